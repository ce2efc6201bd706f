//! How commands end, and the programs that are found on the way.

use std::sync::Arc;

use super::{Dialect, Runner};
use crate::fact::{Fact, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::Launch;
use crate::source::Span;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Success,
    Failure,
    Unknown,
}

impl Status {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Success } else { Self::Failure }
    }

    /// The status where two ways come together.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Success => Self::Failure,
            Self::Failure => Self::Success,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// What comes after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next command.
    Next(Status),
    /// Nothing more of the loop, function or sourced file that is left.
    Leave,
    /// Nothing: the shell ended, or became another program.
    Exit,
}

/// How certain and how visible a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Foreground,
    Background,
    /// In the foreground, if a condition holds that is not known.
    Maybe,
    /// In the background, if a condition holds that is not known.
    MaybeBackground,
    /// As a condition: only its exit status counts.
    Condition,
}

impl Place {
    pub(super) fn is_background(self) -> bool {
        matches!(self, Self::Background | Self::MaybeBackground)
    }
}

/// A program that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) launch: Launch,
    /// The first word of the command that starts it, as a shell reads it: `"$@"`.
    pub(super) word_at: Option<Span>,
    pub(super) place: Place,
    /// Whether the shell becomes this program.
    pub(super) replaces_shell: bool,
    /// Whether a script starts it. A shell that runs a script never becomes its last program by
    /// itself, as it may with `-c`.
    pub(super) in_script: bool,
    /// Whether a package manager or a Procfile runner starts its shell, and passes signals on or
    /// does not.
    pub(super) is_managed: bool,
    /// What starts it with the other processes of a Procfile.
    pub(super) runner: Option<Runner>,
    /// The shell that starts it.
    pub(super) dialect: Dialect,
    /// Why it cannot be relied on, such as a folder that is not known.
    pub(super) doubt: Option<Unknown>,
    /// What decided that it is started: variables that are taken to be unset.
    pub(super) assumed: Vec<Arc<Fact>>,
}

pub(super) fn maybe(place: Place) -> Place {
    match place {
        Place::Foreground => Place::Maybe,
        Place::Background => Place::MaybeBackground,
        place => place,
    }
}

/// The part of a path after the last `/`.
pub(super) fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a program, by its name or path, reads shell commands.
pub(crate) fn is_shell(program: &str) -> bool {
    const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "zsh", "ksh"];
    SHELLS.contains(&basename(program))
}

/// The fact of a variable that the command sets.
pub(super) fn assigned(mut fact: Fact, name: &str, span: Span) -> Fact {
    fact.origin.kind = OriginKind::Env;
    fact.origin.span = Some(span);
    fact.origin.source = format!("`{name}` in the command");
    // A value that is a gap as a whole is simply unknown.
    if let State::Pattern(parts) = &fact.state
        && let [TextPart::Unknown(unknown)] = parts.as_slice()
    {
        fact.state = State::Unknown(unknown.clone());
    }
    if let State::Known(Value::Null) = fact.state {
        fact.state = State::Known(Value::Text(String::new()));
    }
    fact
}
