//! What is said of a file that is there and cannot be read.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, Span};

use super::Unreadable;
use crate::parse;

pub(super) fn unreadable(file: FileId, reason: &Unreadable) -> Diagnostic {
    let (message, help) = match reason {
        Unreadable::Missing => ("the file does not exist".to_owned(), None),
        Unreadable::Outside => (
            "the link leads out of the project, where opslint reads nothing".to_owned(),
            Some("put the file itself here: nobody else's clone has what the link leads to"),
        ),
        Unreadable::Special(what) => {
            (format!("this is {what}; opslint reads regular files only"), None)
        }
        Unreadable::NotText(looks_like) => (
            format!("the file is not UTF-8 text; it looks like {looks_like}"),
            Some("save it as UTF-8; platforms read it as UTF-8 too"),
        ),
        Unreadable::TooLarge(bytes) => (parse::too_large(*bytes), None),
        Unreadable::Refused(why) => (format!("the file cannot be read: {why}"), None),
    };
    let label = Label::new(Span::start_of(file), "");
    let diagnostic = Diagnostic::new("unreadable-file", Severity::Error, message, label);
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}
