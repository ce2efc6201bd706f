//! Texts with expressions in them: `{workers} workers on {machine.cpus} CPUs`.

use std::borrow::Cow;
use std::ops::Range;

use super::check::{Compiled, Mistake, Names, compile_with};

/// A text that is ready to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(crate) parts: Vec<Part>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it is shown.
    Text(Cow<'static, str>),
    /// What an expression works out to.
    Expr {
        /// The expression.
        compiled: Box<Compiled>,
        /// Where it begins in the text, in bytes.
        offset: usize,
    },
}

impl Template {
    /// Compiles a text; `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// What is wrong with its expressions, with the bytes of each mistake in the whole text.
    pub fn compile(text: &str, names: &Names) -> Result<Self, Vec<Mistake>> {
        Self::compile_with(text, names, true)
    }

    /// The same for a text that was checked before: patterns are left for the evaluation.
    ///
    /// # Errors
    /// As of [`Self::compile`]; there are none where it was checked with the same names.
    pub fn compile_checked(text: &str, names: &Names) -> Result<Self, Vec<Mistake>> {
        Self::compile_with(text, names, false)
    }

    fn compile_with(
        text: &str,
        names: &Names,
        checks_patterns: bool,
    ) -> Result<Self, Vec<Mistake>> {
        let mut parts = Vec::new();
        let mut mistakes = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push(character);
                at += 2;
            } else if character == '{' {
                let Some(len) = expression_len(&rest[1..]) else {
                    mistakes.push(mistake(
                        "the brace is not closed; `{{` stands for a brace",
                        at..at + 1,
                    ));
                    break;
                };
                let start = at + 1;
                parts.push(Part::Text(std::mem::take(&mut plain).into()));
                match compile_with(&text[start..start + len], names, checks_patterns) {
                    Ok(compiled) => {
                        parts.push(Part::Expr { compiled: Box::new(compiled), offset: start });
                    }
                    Err(inner) => mistakes.extend(inner.into_iter().map(|it| Mistake {
                        range: it.range.start + start..it.range.end + start,
                        ..it
                    })),
                }
                at = start + len + 1;
            } else {
                plain.push(character);
                at += character.len_utf8();
            }
        }
        parts.push(Part::Text(plain.into()));
        if mistakes.is_empty() { Ok(Self { parts }) } else { Err(mistakes) }
    }

    /// Its parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

fn mistake(message: &str, range: Range<usize>) -> Mistake {
    Mistake { message: message.to_owned(), range, help: None }
}

/// Length of an expression up to its closing brace, braces in texts not counted.
fn expression_len(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '}') => return Some(at),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_placed_in_the_whole_text() {
        let text = "ok {nope} and {";
        let mistakes = Template::compile(text, &Names::default()).expect_err("two mistakes");
        let places: Vec<_> = mistakes.iter().map(|it| &text[it.range.clone()]).collect();
        assert_eq!(places, ["nope", "{"]);
    }
}
