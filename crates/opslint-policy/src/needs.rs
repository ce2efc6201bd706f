//! What must be so for a rule to say anything, as `build/needs.rs` sees it in the rule's condition.
//!
//! Most rules are about one kind of process on some platforms. Whether one can apply is told without
//! compiling its expressions, so a run costs what the rules cost that are about its files.

use std::sync::Arc;

use crate::document::Document;
use crate::expression::{BinaryOp, KnownFacts};
use crate::fact::{Fact, OriginKind, State, Value};
use crate::vocabulary::FactId;

/// A part of a condition, all of whose parts must be true.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A file of this format.
    Format(&'static str),
    /// A fact that is like this.
    Fact {
        /// The fact.
        id: FactId,
        /// What it must be like.
        is: Is,
    },
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

impl Need {
    /// Whether it is certain that this is not so, or that nothing of the kind is there: the rule
    /// then does not apply. What is not known has to be evaluated, so that the rule can say of what
    /// it waits.
    pub fn is_missed(
        &self,
        facts: Option<&KnownFacts<'_>>,
        files: &[(&'static str, Arc<Document>)],
    ) -> bool {
        match self {
            Self::Format(format) => files.iter().all(|(it, _)| it != format),
            Self::Fact { id, is } => facts.is_some_and(|facts| match (facts.get(*id), is) {
                (Some(fact), is) => is.excludes(fact),
                (None, Is::Known | Is::Written | Is::Certain) => true,
                (None, _) => facts.is_not_applicable(*id),
            }),
        }
    }
}

impl Is {
    fn excludes(self, fact: &Fact) -> bool {
        let is_open = || matches!(fact.state, State::Unknown(_));
        match (self, fact.value()) {
            (Self::Set, value) => matches!(value, Some(Value::Null)),
            (Self::Known, _) => is_open(),
            (Self::Written, _) => {
                is_open() || !matches!(fact.origin.kind, OriginKind::Written | OriginKind::Env)
            }
            (Self::Certain, _) => is_open() || fact.origin.is_assumed(),
            (Self::Not(text), Some(Value::Text(it))) => it == text,
            (Self::Bool(wanted), Some(Value::Bool(it))) => *it != wanted,
            (Self::OneOf(texts), Some(Value::Text(it))) => !texts.contains(&it.as_str()),
            (Self::Order(op, bound), Some(Value::Int(_) | Value::Number(_))) => {
                fact.number().is_some_and(|it| !match op {
                    BinaryOp::Less => it < bound,
                    BinaryOp::LessEqual => it <= bound,
                    BinaryOp::Greater => it > bound,
                    _ => it >= bound,
                })
            }
            _ => false,
        }
    }
}
