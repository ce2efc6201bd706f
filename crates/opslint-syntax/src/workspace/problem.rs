//! What is said of a file that is there and cannot be read.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::Unknown;
use crate::source::{FileId, Span};

use super::{StoredFile, Unreadable, Workspace};
use crate::document::{Document, Syntax};
use crate::parse;

impl Workspace<'_> {
    /// The text of a file that was opened and cannot be read, because it has another encoding. It
    /// tells what the file is for, and counts for nothing else.
    pub fn text_of_encoded(&self, path: &str) -> Option<Arc<str>> {
        Some(self.encoded(path)?.1)
    }

    /// The tree of such a file.
    pub fn tree_of_encoded(&self, path: &str, syntax: Syntax) -> Option<Document> {
        let (file, text) = self.encoded(path)?;
        Some(parse::bounds::document(syntax, file, &text))
    }

    /// Whether a file that was opened is too large to be read, and has the words of a manifest of its
    /// name.
    pub fn is_large_manifest(&self, path: &str) -> bool {
        let unreadable = self.opened_at(path).and_then(|it| it.unreadable.as_ref());
        matches!(unreadable, Some(Unreadable::TooLarge { is_manifest: true, .. }))
    }

    fn encoded(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        let file = self.opened_at(path)?;
        match &file.unreadable {
            Some(Unreadable::Encoded(_, text)) => Some((file.id, Arc::clone(text))),
            _ => None,
        }
    }

    fn opened_at(&self, path: &str) -> Option<&StoredFile> {
        let found = match &self.image {
            None => self.known(path),
            Some(image) => image.originals(path).iter().find_map(|it| self.known(it)),
        };
        found?.file().map(Arc::as_ref)
    }
}

impl Unreadable {
    /// The reason in words, behind "cannot read the file: ".
    pub fn in_words(&self) -> String {
        match self {
            Self::Missing => "it does not exist".to_owned(),
            Self::Outside => "it is outside of the project".to_owned(),
            Self::Special(what) => format!("it is {what}, and opslint reads regular files only"),
            Self::NotText(looks_like) => {
                format!("it is not UTF-8 text and looks like {looks_like}")
            }
            Self::Encoded(looks_like, _) => Self::NotText(looks_like).in_words(),
            Self::TooLarge { .. } => "it is larger than opslint reads".to_owned(),
            Self::Refused(why) => why.clone(),
        }
    }

    /// Why nothing is known of what the file at `path` says.
    pub(super) fn unknown(&self, path: &str) -> Unknown {
        Unknown::because(match self {
            Self::Outside => format!("`{path}` is outside of the project"),
            reason => format!("`{path}` cannot be read: {}", reason.in_words()),
        })
    }
}

pub(super) fn unreadable(file: FileId, reason: &Unreadable) -> Diagnostic {
    let (message, help) = match reason {
        Unreadable::Encoded(looks_like, _) => {
            return unreadable(file, &Unreadable::NotText(looks_like));
        }
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
        Unreadable::TooLarge { bytes, .. } => (parse::too_large(*bytes), None),
        Unreadable::Refused(why) => (format!("the file cannot be read: {why}"), None),
    };
    let label = Label::new(Span::start_of(file), "");
    let diagnostic = Diagnostic::new("unreadable-file", Severity::Error, message, label);
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}
