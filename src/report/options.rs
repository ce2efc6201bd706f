//! What a caller decides about a report: the terminal, the amount, and what rules say of
//! themselves.

use super::ink::Ink;
use crate::diagnostic::Severity;

/// How a report is to look. Formats for programs ignore what is about terminals.
#[derive(Clone, Copy, Debug)]
pub struct ReportOptions<'a> {
    /// Columns of the terminal. Less than 40 counts as 40.
    pub width: usize,
    /// Colours, or text alone.
    pub ink: Ink,
    /// The characters that lines are drawn with.
    pub drawing: Drawing,
    /// Whether rule ids lead to their pages.
    pub links: Links,
    /// Whether rules that could not be decided are counted or listed.
    pub undecided: UndecidedRules,
    /// What a run without diagnostics prints.
    pub clean: CleanRun,
    /// What rules say of themselves, sorted by id: all of them for formats that describe them, else
    /// those that fired.
    pub rules: &'a [RuleInfo],
}

impl Default for ReportOptions<'_> {
    /// Text for a file or a pipe.
    fn default() -> Self {
        Self {
            width: 100,
            ink: Ink::Plain,
            drawing: Drawing::Unicode,
            links: Links::None,
            undecided: UndecidedRules::Counted,
            clean: CleanRun::Said,
            rules: &[],
        }
    }
}

impl<'a> ReportOptions<'a> {
    /// The rule of an id.
    pub(crate) fn rule(&self, id: &str) -> Option<&'a RuleInfo> {
        let idx = self.rules.binary_search_by(|it| it.id.as_str().cmp(id)).ok()?;
        self.rules.get(idx)
    }

    /// The width, where lines still make sense.
    pub(crate) fn columns(&self) -> usize {
        self.width.max(40)
    }
}

/// The characters that lines are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// Lines and corners.
    Unicode,
    /// Characters that every terminal and log viewer has.
    Ascii,
}

/// Whether texts lead to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// No links.
    None,
    /// Escape sequences (OSC 8) that terminals show as links.
    Hyperlinks,
}

/// What is said about rules that could not be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndecidedRules {
    /// How many there are.
    Counted,
    /// Each of them, what is missing, and what would settle it.
    Listed,
}

/// What is printed for people when there is no diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CleanRun {
    /// A line that says so.
    Said,
    /// Nothing at all.
    Silent,
}

/// What a rule says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The id.
    pub id: String,
    /// The bad state in one line.
    pub summary: String,
    /// Why it matters; Markdown.
    pub why: String,
    /// What to do; Markdown, with `{expressions}`.
    pub help: String,
    /// The rule's page.
    pub url: Option<String>,
    /// How bad it is, unless configuration says otherwise. `None`: off.
    pub severity: Option<Severity>,
}
