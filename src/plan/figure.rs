//! Numbers of a plan: between two bounds where the files leave a range, or not known and why.

use crate::fact::{Fact, State, Unknown, Value};
use crate::project::Facts;
use crate::vocabulary::FactId;

/// A number between two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The smallest possible value.
    pub min: f64,
    /// The largest possible value.
    pub max: f64,
}

/// A number, or why it is not known and what would settle it.
pub type Figure = Result<Bounds, Unknown>;

impl Bounds {
    /// One number.
    pub const fn exact(value: f64) -> Self {
        Self { min: value, max: value }
    }

    /// Both bounds by a function that grows with its input.
    #[must_use]
    pub fn map(self, compute: impl Fn(f64) -> f64) -> Self {
        Self { min: compute(self.min), max: compute(self.max) }
    }

    /// The product of two numbers that are not negative.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self { min: self.min * other.min, max: self.max * other.max }
    }

    /// The sum of two numbers.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { min: self.min + other.min, max: self.max + other.max }
    }

    /// Whether it is one number.
    pub fn is_exact(self) -> bool {
        self.min == self.max
    }
}

/// The number of a fact. `what` names it where nothing is known of it.
pub(super) fn of(facts: &Facts, id: FactId, what: &str) -> Figure {
    match facts.get(id) {
        Some(fact) => of_fact(fact, what),
        None => Err(Unknown::because(format!("no file tells {what}"))),
    }
}

/// The same, as a number where there is one.
pub(super) fn known(facts: &Facts, id: FactId) -> Option<Bounds> {
    of(facts, id, "").ok()
}

/// A text that is known.
pub(super) fn text(facts: &Facts, id: FactId) -> Option<&str> {
    facts.get(id).and_then(Fact::text)
}

fn of_fact(fact: &Fact, what: &str) -> Figure {
    if let Some((min, max)) = fact.state.bounds() {
        return Ok(Bounds { min, max });
    }
    Err(match &fact.state {
        State::Known(Value::Null) => Unknown::because(format!("there is no {what}")),
        state => {
            state.open().unwrap_or_else(|| Unknown::because(format!("{what} is not a number")))
        }
    })
}
