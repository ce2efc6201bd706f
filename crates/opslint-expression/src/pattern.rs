//! Patterns of `matches`, compiled when an evaluation comes to them.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_lite::{Regex, RegexBuilder};

/// Largest compiled pattern, in bytes: `.{1000}` and its like take more memory than a rule is worth.
const SIZE_MAX: usize = 1 << 20;

/// A pattern. Compiling it takes longer than all the rest of a rule, and most rules never come to
/// theirs.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Cow<'static, str>,
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
        Self { text, regex: OnceLock::new() }
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

    /// The compiled pattern; `None` when it is wrong, which loading has said.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| self.compile().ok()).as_ref()
    }

    fn compile(&self) -> Result<Regex, regex_lite::Error> {
        RegexBuilder::new(&self.text).size_limit(SIZE_MAX).build()
    }
}
