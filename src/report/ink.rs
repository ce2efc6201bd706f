//! Colours of the terminal, or none.
//!
//! Only the 16 colours that themes define are used, so that everything stays readable on any
//! background. Nothing is said by colour alone.

use crate::diagnostic::Severity;

/// Whether to use colours and bold letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Text alone, as for a file or a pipe.
    Plain,
    /// Escape sequences that every terminal knows.
    Ansi,
}

impl Ink {
    /// Bold.
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Less important than the rest.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// An address.
    pub(crate) fn underlined(self, text: &str) -> String {
        self.with("4", text)
    }

    /// Something known and good, or an advice.
    pub(crate) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Something uncertain.
    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    /// A name or a place.
    pub(crate) fn cyan(self, text: &str) -> String {
        self.with("36", text)
    }

    /// In the colour of a severity, bold.
    pub(crate) fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        self.with(code, text)
    }

    /// A text that terminals show as a link to `url`.
    pub(crate) fn link(url: &str, text: &str) -> String {
        format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Ansi if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}
