//! Patterns of `matches`, compiled when an evaluation comes to them.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_lite::{Regex, RegexBuilder};

use crate::needed::Needed;

/// Largest compiled pattern, in bytes: `.{1000}` and its like take more memory than a rule is worth.
const SIZE_MAX: usize = 1 << 20;

/// A pattern. Compiling it takes longer than all the rest of a rule, and most rules never come to
/// theirs; of those that do, most patterns need a word that is not in the text.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Cow<'static, str>,
    needed: OnceLock<Option<Needed>>,
    regex: OnceLock<Option<Regex>>,
}

/// Patterns are alike when they are written alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// A pattern that nobody has looked at yet.
    pub(crate) fn new(text: Cow<'static, str>) -> Self {
        Self { text, needed: OnceLock::new(), regex: OnceLock::new() }
    }

    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub(crate) fn check(&self) -> Result<(), String> {
        let error = match self.compile() {
            Ok(regex) => {
                self.regex.get_or_init(|| Some(regex));
                return Ok(());
            }
            Err(error) => error.to_string(),
        };
        let reason = error.lines().last().unwrap_or_default();
        Err(reason.trim_start_matches("error: ").to_owned())
    }

    /// Whether it matches a text somewhere; `None` when it is wrong, which loading has said.
    pub fn is_match(&self, text: &str) -> Option<bool> {
        if let Some(needed) = self.needed.get_or_init(|| Needed::of(&self.text)) {
            let is_there = needed.is_in(text);
            if !is_there || needed.is_all() {
                return Some(is_there);
            }
        }
        self.regex().map(|it| it.is_match(text))
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| self.compile().ok()).as_ref()
    }

    fn compile(&self) -> Result<Regex, regex_lite::Error> {
        RegexBuilder::new(&self.text).size_limit(SIZE_MAX).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of up to `len` of these letters.
    fn texts(letters: &[&str], len: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..len {
            last = last
                .iter()
                .flat_map(|it| letters.iter().map(move |l| format!("{it}{l}")))
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn what_is_needed_changes_no_answer() {
        let letters = ["a", "b", "-", ".", " ", "ä"];
        let texts = texts(&letters, 5);
        for pattern in [
            "ab|ba|-",
            "^(a|b)$",
            "(^|[ /])ab( |$)",
            "ab?a|a*b|(ab)?-|a{0,1}b",
            "ab+a|a(b|-)a|(a|b)+-",
            "a[.]b|a\\.b|[^a]b",
            "a.b|ab{2}",
            "(?:ab|b-)a|ä+b",
            "(a|)b|()a",
            "(?i)AB",
            "a|(b(a|-)){1,2}",
            "[]a]b",
            "\\sab\\b|b$",
            "ab??a|ab*?-",
            "",
            "a||b",
        ] {
            let lazy = Pattern::new(pattern.into());
            let regex = lazy.compile();
            for text in &texts {
                let expect = regex.as_ref().ok().map(|it| it.is_match(text));
                if expect.is_some() {
                    assert_eq!(lazy.is_match(text), expect, "`{pattern}` in `{text}`");
                }
            }
        }
    }
}
