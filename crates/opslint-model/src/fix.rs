//! What would fix a diagnostic: first as a change that somebody wants, then as bytes of files.
//!
//! Rules and checks know what is to be different, and not how a file says it: they make
//! [`Proposal`]s. Where the trees and texts are at hand, each becomes a [`Fix`], or nothing when the
//! file does not say it in a way that can be changed without touching anything else.

use crate::known::Value;
use crate::source::Span;

/// Whether a fix may be applied without a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// What is written today has no effect or fails, and the new text has one meaning.
    Safe,
    /// It changes what runs, so somebody has to agree.
    Unsafe,
}

impl Safety {
    /// Every value with its name in rule files and output.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Safe, "safe"), (Self::Unsafe, "unsafe")];

    /// The name in rule files and output.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The value of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(safety, _)| *safety)
    }
}

/// Bytes of a file that are replaced by a text; one of the two may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub span: Span,
    /// What comes in their place, in the file's own line ends.
    pub text: String,
}

/// Edits that together fix a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "write `memory`".
    pub title: String,
    /// Whether it may be applied without a look at it.
    pub safety: Safety,
    /// The edits, by place; no two touch the same bytes.
    pub edits: Vec<Edit>,
}

/// A fix that is wanted, in the terms of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What it does, as an order.
    pub title: String,
    /// Whether it may be applied without a look at it.
    pub safety: Safety,
    /// What is to be different; all of it, or nothing.
    pub changes: Vec<Change>,
}

/// One thing that is to be different in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another value, where one is written.
    Set {
        /// The bytes of the value.
        at: Span,
        /// What is read there today; the change is left out when the bytes say something else.
        was: Option<Value>,
        /// The new value.
        to: Value,
    },
    /// A value of another kind, in quotes only where that kind has them.
    Rewrite {
        /// The bytes of the value.
        at: Span,
        /// The new value.
        to: Value,
    },
    /// Another name for a key, a flag or a word.
    Rename {
        /// The bytes of the name.
        at: Span,
        /// What they say today.
        was: String,
        /// The new name.
        to: String,
    },
    /// Without the entry, element or flag at these bytes, which are those of its key or value.
    Remove {
        /// The bytes of the key or the value.
        at: Span,
    },
    /// With a value that is not there.
    Insert {
        /// The bytes of the nearest table that is there.
        table: Span,
        /// The keys below it; tables between are made.
        keys: Vec<String>,
        /// The value.
        to: Value,
    },
    /// With one more option beside another one: a flag in a command, an assignment in a file.
    Option {
        /// The bytes of the value of the other one, or of the program that gets it.
        beside: Span,
        /// Which of the two is meant.
        neighbour: Neighbour,
        /// What is read there today; the change is left out when the bytes say something else.
        was: Value,
        /// The flag in a command, dashes included.
        flag: String,
        /// The name in a configuration file; `None` when there is no such file.
        setting: Option<String>,
        /// The value; true for a flag that takes none.
        to: Value,
    },
    /// With directives of nginx wherever requests are passed on to the same place.
    Directives {
        /// The bytes of the name of a directive that passes requests on.
        beside: Span,
        /// The directives, each with its `;`.
        text: String,
    },
}

/// What a new option stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// The value of another option.
    Option,
    /// The program that takes both.
    Program,
}

impl Proposal {
    /// A proposal of one change.
    pub fn new(title: impl Into<String>, safety: Safety, change: Change) -> Self {
        Self { title: title.into(), safety, changes: vec![change] }
    }

    /// Makes another one a part of this: both are made, or neither.
    pub fn join(&mut self, part: Self) {
        self.title = format!("{}, and {}", self.title, part.title);
        self.safety = self.safety.max(part.safety);
        self.changes.extend(part.changes);
    }
}

impl Change {
    /// The bytes that it starts from.
    pub fn span(&self) -> Span {
        match self {
            Self::Set { at, .. } | Self::Rewrite { at, .. } => *at,
            Self::Rename { at, .. } | Self::Remove { at } => *at,
            Self::Insert { table, .. } => *table,
            Self::Option { beside, .. } | Self::Directives { beside, .. } => *beside,
        }
    }

    /// The same, to change them.
    pub fn span_mut(&mut self) -> &mut Span {
        match self {
            Self::Set { at, .. } | Self::Rewrite { at, .. } => at,
            Self::Rename { at, .. } | Self::Remove { at } => at,
            Self::Insert { table, .. } => table,
            Self::Option { beside, .. } | Self::Directives { beside, .. } => beside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safety_names_round_trip() {
        for (safety, name) in Safety::ALL {
            assert_eq!((safety.name(), Safety::from_name(name)), (name, Some(safety)));
        }
    }
}
