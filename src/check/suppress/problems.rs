//! Everything that opslint says about suppressions: one constructor for each.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::nearest::did_you_mean;
use crate::platforms::Date;
use crate::policy::config::LOCKED;
use crate::source::Span;

/// A suppression that cannot be understood.
pub const INVALID: &str = "invalid-suppression";
/// A suppression that holds nothing back.
pub const UNUSED: &str = "unused-suppression";
/// A suppression whose last day is over.
pub const EXPIRED: &str = "expired-suppression";

const FORM: &str = "write `# opslint: allow[rule-id] reason`";

fn invalid(span: Span, message: impl Into<String>, label: &str) -> Diagnostic {
    Diagnostic::new(INVALID, Severity::Warning, message, Label::new(span, label))
}

pub(super) fn not_allow(span: Span, word: &str) -> Diagnostic {
    let message = match word {
        "" => "nothing follows `opslint:`".to_owned(),
        word => format!("`{word}` is not a word that opslint knows in a comment"),
    };
    invalid(span, message, "expected `allow[…]`").with_help(FORM)
}

pub(super) fn no_rules(span: Span) -> Diagnostic {
    invalid(span, "the suppression names no rule", "expected `[rule-id]` after this")
        .with_help(FORM)
}

pub(super) fn no_reason(span: Span) -> Diagnostic {
    invalid(span, "the suppression gives no reason", "no reason")
        .with_help("say why this is right here, after the `]`, for whoever reads it in a year")
}

pub(super) fn unknown_rule(span: Span, rule: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = invalid(span, format!("`{rule}` is not a rule"), "not known");
    match did_you_mean(rule, known) {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic.with_help("`opslint rules` lists every rule"),
    }
}

pub(super) fn not_a_date(span: Span, text: &str) -> Diagnostic {
    invalid(span, format!("`until={text}` is not a date"), "not a date")
        .with_help("write a day of the calendar, such as `until=2027-01-31`")
}

pub(super) fn part_of_a_command(span: Span) -> Diagnostic {
    invalid(span, "a Procfile has no comments at the end of a line", "part of the command")
        .with_help("write it on a line of its own, above this one")
}

pub(super) fn unused(span: Span, rule: &str) -> Diagnostic {
    let message = format!("nothing here needs `{rule}` to be allowed");
    Diagnostic::new(UNUSED, Severity::Warning, message, Label::new(span, "holds nothing back"))
        .with_help(format!("remove `{rule}` from the suppression"))
}

pub(super) fn expired(span: Span, rule: &str, until: Date, needed: Needed) -> Diagnostic {
    let message = format!("the suppression of `{rule}` ended on {until}");
    let help = match needed {
        Needed::Yes => "do what its reason promised, or give it a later date",
        Needed::No => "remove it: nothing here needs it any more",
    };
    let label = Label::new(span, "no longer counts");
    Diagnostic::new(EXPIRED, Severity::Warning, message, label).with_help(help)
}

/// Whether a suppression would hold something back if it counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    Yes,
    No,
}

pub(super) fn locked(span: Span, rule: &str) -> Diagnostic {
    let message = format!("`{rule}` is locked: it cannot be suppressed");
    let label = Label::new(span, "has no effect");
    Diagnostic::new(LOCKED, Severity::Error, message, label)
        .with_help("remove the suppression, and change what the rule is about")
}
