//! Texts with expressions in them: `{workers} workers on {machine.cpus} CPUs`.

use std::ops::Range;

use super::ast::{Expr, ExprKind};
use super::check::{Compiled, Mistake, Names, compile};
use super::eval::{EvalError, Scope};
use super::types::Ty;
use super::value::{Digits, Val, shown};
use crate::vocabulary::Unit;

/// A text that is ready to be filled in.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Expr { compiled: Box<Compiled>, offset: usize },
}

impl Template {
    /// Compiles a text; `{{` and `}}` stand for braces.
    pub(crate) fn compile(text: &str, names: &Names) -> Result<Self, Vec<Mistake>> {
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
                parts.push(Part::Text(std::mem::take(&mut plain)));
                match compile(&text[start..start + len], names) {
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
        parts.push(Part::Text(plain));
        if mistakes.is_empty() { Ok(Self { parts }) } else { Err(mistakes) }
    }

    /// The text with values in place of its expressions; what is not known is `unknown`.
    pub(crate) fn fill(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(it) => text.push_str(it),
                Part::Expr { compiled, offset } => {
                    let value: Val<'_> = scope.eval(compiled).map_err(|it| EvalError {
                        range: it.range.start + offset..it.range.end + offset,
                        ..it
                    })?;
                    let digits = match compiled.ty {
                        Ty::Number(Some(Unit::Port)) => Digits::Plain,
                        _ => Digits::Grouped,
                    };
                    text.push_str(&match bounded_count(scope, compiled, &value) {
                        Some(count) => count,
                        // `set workers = unknown` would be an advice to do just that.
                        None if matches!(value, Val::Unknown(_)) => "…".to_owned(),
                        None => shown(&value, digits),
                    });
                }
            }
        }
        Ok(text)
    }
}

/// `count(n, "worker")` of a number that is only bounded: `2 to 4 workers`.
fn bounded_count(scope: &Scope<'_>, compiled: &Compiled, value: &Val<'_>) -> Option<String> {
    let ExprKind::Call { name, arguments, .. } = &compiled.expr.kind else { return None };
    if name != "count" || !value.is_open() {
        return None;
    }
    let part = |expr: &Expr| Compiled { expr: expr.clone(), ..compiled.clone() };
    let number = scope.eval(&part(arguments.first()?)).ok()?;
    let Val::Range(..) = number else { return None };
    let noun = |at: usize| match &arguments.get(at)?.kind {
        ExprKind::Text(noun) => Some(noun.clone()),
        _ => None,
    };
    let many = noun(2).or_else(|| Some(format!("{}s", noun(1)?)))?;
    Some(format!("{} {many}", shown(&number, Digits::Grouped)))
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
    fn expressions_are_filled_in() {
        let template = Template::compile("{1 + 1} of {{x}} {'}'}", &Names::default()).unwrap();
        assert_eq!(template.fill(&Scope::empty()).unwrap(), "2 of {x} }");
    }

    #[test]
    fn a_mistake_is_placed_in_the_whole_text() {
        let text = "ok {nope} and {";
        let mistakes = Template::compile(text, &Names::default()).expect_err("two mistakes");
        let places: Vec<_> = mistakes.iter().map(|it| &text[it.range.clone()]).collect();
        assert_eq!(places, ["nope", "{"]);
    }
}
