//! What must be so for a rule to say anything, as `build/needs.rs` sees it in the rule's condition.
//!
//! Most rules are about one kind of process on some platforms. Whether one can apply is told without
//! compiling its expressions, so a run costs what the rules cost that are about its files.

use std::sync::Arc;

use crate::document::{Document, Node, NodeKind};
use crate::expression::{BinaryOp, KnownFacts};
use crate::fact::{Fact, OriginKind, State, Value};
use crate::project::{Environment, Lookup, NamedFacts};
use crate::vocabulary::FactId;

/// A part of a condition, all of whose parts must be true.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// Something is written at a path.
    Path {
        /// The format of the file.
        format: &'static str,
        /// The keys, from the root of its tree.
        keys: &'static [&'static str],
    },
    /// A fact that is like this.
    Fact {
        /// The fact.
        id: FactId,
        /// What it must be like.
        is: Is,
    },
    /// An environment variable that is like this.
    Variable {
        /// Its name.
        name: &'static str,
        /// [`Is::Known`], [`Is::Written`] or [`Is::Certain`].
        is: Is,
    },
    /// A setting that is like this.
    Setting {
        /// Its name.
        name: &'static str,
        /// [`Is::Known`], [`Is::Written`] or [`Is::Certain`].
        is: Is,
    },
    /// One of these ways: `a || b && c`.
    OneOf(&'static [Way]),
    /// None of these ways: `!(a || b && c)`.
    Unless(&'static [Way]),
}

/// One of several ways for a condition to be true: all of its parts are.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// What is seen of it.
    pub parts: &'static [Need],
    /// Whether there is one part, which decides by not applying, too. Beside a part that is open, one
    /// that does not apply leaves the way open.
    pub alone: bool,
}

/// What a fact is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Is {
    /// True or false.
    Bool(bool),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Another text than this.
    Not(&'static str),
    /// On this side of a number.
    Order(BinaryOp, f64),
    /// Something else than null: `has(fact)`.
    Set,
    /// Not unknown: `known(fact)`.
    Known,
    /// Written in a file: `written(fact)`.
    Written,
    /// Known, and nothing of it taken for granted: `certain(fact)`.
    Certain,
}

/// What rules look at.
#[derive(Clone, Copy)]
pub struct Around<'s, 'a> {
    /// Facts of the process or deployment.
    pub facts: Option<&'s KnownFacts<'a>>,
    /// Settings of the server and the application.
    pub settings: Option<&'a NamedFacts>,
    /// Variables of the process.
    pub environment: Option<&'a Environment>,
    /// Files by format.
    pub files: &'a [(&'static str, Arc<Document>)],
}

/// What can be told of a need without evaluating the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    True,
    False,
    /// It is about something that is not there.
    NotApplicable,
    /// It is not known, or not seen here: it has to be evaluated, so that the rule can say of what
    /// it waits.
    Open,
}

impl Need {
    /// Whether it is certain that this is not so, or that nothing of the kind is there: the rule
    /// then does not apply.
    pub fn is_missed(&self, around: &Around<'_, '_>) -> bool {
        matches!(self.told(around), Told::False | Told::NotApplicable)
    }

    fn told(&self, around: &Around<'_, '_>) -> Told {
        match self {
            Self::Path { format, keys } => path(around.files, format, keys),
            Self::Fact { id, is } => around.facts.map_or(Told::Open, |facts| {
                let is_absent = || facts.is_not_applicable(*id);
                match (facts.get(*id), is) {
                    (Some(fact), is) => is.of(fact),
                    (None, Is::Known | Is::Written | Is::Certain) => Told::False,
                    (None, Is::Set) if is_absent() => Told::False,
                    (None, _) if is_absent() => Told::NotApplicable,
                    (None, _) => Told::Open,
                }
            }),
            Self::Variable { name, is } => match around.environment.map(|it| it.get(name)) {
                Some(Lookup::Set(fact)) => is.of(fact),
                // That it is not set is known, and no file says it.
                Some(Lookup::Unset) => Told::when(!matches!(is, Is::Written)),
                Some(Lookup::Unmentioned) | None => Told::False,
            },
            Self::Setting { name, is } => {
                around.settings.and_then(|it| it.get(name)).map_or(Told::False, |it| is.of(it))
            }
            Self::OneOf(ways) => {
                ways.iter().map(|it| it.told(around)).fold(Told::False, |all, it| match (all, it) {
                    (Told::False, it) => it,
                    (all, Told::False) => all,
                    (Told::NotApplicable, Told::NotApplicable) => Told::NotApplicable,
                    _ => Told::Open,
                })
            }
            Self::Unless(ways) => {
                let holds = |it: &Way| it.parts.iter().all(|it| it.told(around) == Told::True);
                if ways.iter().any(holds) { Told::False } else { Told::Open }
            }
        }
    }
}

impl Way {
    /// Whether it is certainly no way to be true. That it is one is left to the evaluation, as there
    /// may be more parts than are seen.
    fn told(&self, around: &Around<'_, '_>) -> Told {
        for part in self.parts {
            match part.told(around) {
                Told::False => return Told::False,
                Told::NotApplicable if self.alone => return Told::NotApplicable,
                _ => {}
            }
        }
        Told::Open
    }
}

impl Told {
    fn when(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Is {
    fn of(self, fact: &Fact) -> Told {
        let is_known = || !matches!(fact.state, State::Unknown(_));
        let is_written = || matches!(fact.origin.kind, OriginKind::Written | OriginKind::Env);
        match (self, fact.value()) {
            (Self::Set, Some(value)) => Told::when(*value != Value::Null),
            (Self::Known, _) => Told::when(is_known()),
            (Self::Written, _) => Told::when(is_known() && is_written()),
            (Self::Certain, _) => Told::when(is_known() && !fact.origin.is_assumed_in_code()),
            (Self::Not(text), Some(Value::Text(it))) => Told::when(it != text),
            (Self::Bool(wanted), Some(Value::Bool(it))) => Told::when(*it == wanted),
            (Self::OneOf(texts), Some(Value::Text(it))) => Told::when(texts.contains(&it.as_str())),
            (Self::OneOf(_), Some(Value::Null)) => Told::False,
            (Self::Order(op, bound), Some(Value::Int(_) | Value::Number(_))) => {
                fact.number().map_or(Told::Open, |it| {
                    Told::when(match op {
                        BinaryOp::Less => it < bound,
                        BinaryOp::LessEqual => it <= bound,
                        BinaryOp::Greater => it > bound,
                        _ => it >= bound,
                    })
                })
            }
            _ => Told::Open,
        }
    }
}

/// Whether something is written at a path: null, and what is not there, is nothing.
fn path(files: &[(&'static str, Arc<Document>)], format: &str, keys: &[&str]) -> Told {
    let Some((_, document)) = files.iter().find(|(it, _)| *it == format) else {
        return Told::False;
    };
    let mut node: &Node = &document.root;
    for key in keys {
        match node.get(key) {
            Some(child) => node = child,
            // What lies below an expression is as unknown as it is.
            None if matches!(node.kind, NodeKind::Dynamic(_)) => return Told::Open,
            None => return Told::False,
        }
    }
    match &node.kind {
        NodeKind::Null => Told::False,
        NodeKind::Dynamic(_) => Told::Open,
        _ => Told::True,
    }
}
