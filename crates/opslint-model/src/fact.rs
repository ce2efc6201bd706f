//! A value of the model, and how we know it.
//!
//! A [`Fact`] is what is known of a value, and its [`Origin`]. Nothing in the model is a bare value:
//! every reader must decide what to do when a value is not known.

use std::sync::Arc;

use crate::source::Span;
use crate::vocabulary;

pub use crate::known::one_of;
pub use crate::known::{CANDIDATES_MAX, Case, GapKind, State, TextPart, Unknown, Value};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginKind {
    /// In a file of the project: a setting, a flag, a key.
    Written,
    /// In an environment variable that a file sets.
    Env,
    /// The default of a program; no file mentions it.
    Default,
    /// A published limit or default of the platform.
    Platform,
    /// Computed from other facts.
    Derived,
    /// Taken for granted; the user can replace it by a measurement.
    Assumed,
    /// A published limit that vendors only raise, last compared more than a year ago. The input
    /// [`Origin::AS_OF`] is the day.
    Outdated,
    /// Measured by `opslint measure` on running processes.
    Measured,
}

impl OriginKind {
    /// Every kind with its name in output.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Written, "written"),
        (Self::Env, "env"),
        (Self::Default, "default"),
        (Self::Platform, "platform"),
        (Self::Derived, "derived"),
        (Self::Assumed, "assumed"),
        (Self::Outdated, "outdated"),
        (Self::Measured, "measured"),
    ];

    /// The name in output.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// The most values that stand behind one, those behind them included.
const BEHIND_MAX: usize = 256;

/// Values one behind the other: readers of JSON give up at 128 levels, and each value takes three.
const BEHIND_DEPTH_MAX: usize = 24;

/// The most sources that are named which lost to one value.
const OVERRIDDEN_MAX: usize = 16;

/// The longest text that is kept of a value that another was computed from, in bytes.
const INPUT_TEXT_MAX: usize = 4_096;

/// Where a value comes from: the kind, the place, and the values it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The kind of origin.
    pub kind: OriginKind,
    /// Where it is written. Platform and default values have none.
    pub span: Option<Span>,
    /// What stands behind it, as shown to a user: "gunicorn default", "`--workers` in Procfile",
    /// "Fly.io shared-cpu-1x (docs.fly.io, 2026-08-07)".
    pub source: String,
    /// The values it was computed from, such as `cpu_count()` in `cpu_count() * 2 + 1`, or the
    /// environment variable that a default reads.
    pub inputs: Vec<Input>,
}

/// A value that another value was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// What it is: the name of a fact, `cpu_count()`, `$WEB_CONCURRENCY`.
    pub name: String,
    /// The value and where it comes from. Shared: one value stands behind many.
    pub fact: Arc<Fact>,
}

impl Input {
    /// A value, by what it is.
    pub fn new(name: impl Into<String>, fact: impl Into<Arc<Fact>>) -> Self {
        Self { name: name.into(), fact: fact.into() }
    }
}

impl Origin {
    /// Name of the input of an outdated limit that is the day on which it was true.
    pub const AS_OF: &'static str = "as of";

    /// Name of the input of a value about which the vendor's pages disagree.
    pub const DOUBT: &'static str = "sources disagree";

    /// A value about which the vendor's pages disagree: whoever runs the app cannot settle it.
    pub fn doubtful(source: impl Into<String>) -> Self {
        let source = source.into();
        let doubt = Fact::known(Value::Bool(true), Self::new(OriginKind::Platform, source.clone()));
        Self::new(OriginKind::Assumed, source).with_input(Self::DOUBT, doubt)
    }

    /// Whether the vendor's pages disagree about the value.
    pub fn is_doubtful(&self) -> bool {
        self.kind == OriginKind::Assumed && self.inputs.iter().any(|it| it.name == Self::DOUBT)
    }

    /// A limit that may have been raised since `day`, an ISO date.
    pub fn outdated(source: impl Into<String>, day: String) -> Self {
        let read = Self::new(OriginKind::Platform, "the day on which the source was read");
        Self::new(OriginKind::Outdated, source)
            .with_input(Self::AS_OF, Fact::known(Value::Text(day), read))
    }

    /// The day of an outdated limit that took part, here or in any input.
    pub fn as_of(&self) -> Option<&str> {
        if self.kind == OriginKind::Outdated {
            return self.inputs.iter().find(|it| it.name == Self::AS_OF)?.fact.text();
        }
        self.inputs.iter().find_map(|it| it.fact.origin.as_of())
    }

    /// An origin without a place.
    pub fn new(kind: OriginKind, source: impl Into<String>) -> Self {
        Self { kind, span: None, source: source.into(), inputs: Vec::new() }
    }

    /// Written at `span`.
    pub fn written(span: Span, source: impl Into<String>) -> Self {
        Self { kind: OriginKind::Written, span: Some(span), source: source.into(), inputs: vec![] }
    }

    /// Adds a value it was computed from.
    ///
    /// Values are computed from values, so that what stands behind them may double at each step.
    /// Beyond [`BEHIND_MAX`] values, or [`BEHIND_DEPTH_MAX`] one behind the other, only the
    /// assumptions are kept.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>, fact: impl Into<Arc<Fact>>) -> Self {
        let (name, fact) = (name.into(), fact.into());
        let is_same = |it: &Input| {
            let (a, b) = (&it.fact.origin, &fact.origin);
            it.name == name && (a.span, &a.source) == (b.span, &b.source)
        };
        if self.inputs.iter().any(|it| is_same(it) && it.fact.state == fact.state) {
            return self;
        }
        let mut left = BEHIND_MAX;
        let is_near = fact.origin.depth_is_below(BEHIND_DEPTH_MAX);
        if is_near && self.takes(&mut left) && fact.takes(&mut left) {
            self.inputs.push(Input { name, fact });
        } else if fact.origin.is_assumed() && !self.is_assumed() || self.inputs.len() < 16 {
            self.inputs.push(Input::new(name, fact.alone()));
        }
        self
    }

    /// Whether values stand behind values less than `max` deep.
    fn depth_is_below(&self, max: usize) -> bool {
        let rest = max.checked_sub(1);
        rest.is_some_and(|max| self.inputs.iter().all(|it| it.fact.origin.depth_is_below(max)))
    }

    /// Takes 1 for this origin and for each value behind it; `false` when not enough is left.
    fn takes(&self, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(1) else { return false };
        *left = rest;
        self.inputs.iter().all(|it| it.fact.takes(left))
    }

    /// The first assumption that took part.
    fn assumption(&self) -> Option<Self> {
        if self.kind == OriginKind::Assumed {
            return Some(Self { inputs: Vec::new(), ..self.clone() });
        }
        self.inputs.iter().find_map(|it| it.fact.origin.assumption())
    }

    /// Whether something took part, here or in any input, that no file says and no vendor published.
    pub fn is_taken_for_granted(&self) -> bool {
        self.kind == OriginKind::Assumed
            || self.inputs.iter().any(|it| it.fact.origin.is_taken_for_granted())
    }

    /// Whether an assumption took part, here or in any input.
    pub fn is_assumed(&self) -> bool {
        matches!(self.kind, OriginKind::Assumed | OriginKind::Outdated)
            || self.inputs.iter().any(|it| it.fact.origin.is_assumed())
    }

    /// The same, but for which Dockerfile makes the image: what the code in it says is no less certain
    /// for that.
    pub fn is_assumed_in_code(&self) -> bool {
        let of_code = |it: &&Input| it.name != vocabulary::IMAGE_DOCKERFILE.name();
        matches!(self.kind, OriginKind::Assumed | OriginKind::Outdated)
            || self.inputs.iter().filter(of_code).any(|it| it.fact.origin.is_assumed_in_code())
    }
}

/// A source that lost to another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Overridden {
    /// What it said.
    pub state: State,
    /// Where it said so.
    pub origin: Origin,
}

/// A value of the model, and how we know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What is known.
    pub state: State,
    /// How we know it.
    pub origin: Origin,
    /// Sources that lost to this one, strongest first.
    pub overridden: Vec<Overridden>,
}

impl Fact {
    /// A fact that nothing was overridden for.
    pub fn new(state: State, origin: Origin) -> Self {
        Self { state, origin, overridden: Vec::new() }
    }

    /// A known value.
    pub fn known(value: Value, origin: Origin) -> Self {
        Self::new(State::Known(value), origin)
    }

    /// An unknown value.
    pub fn unknown(unknown: Unknown, origin: Origin) -> Self {
        Self::new(State::Unknown(unknown), origin)
    }

    /// The value, when it is known exactly.
    pub fn value(&self) -> Option<&Value> {
        match &self.state {
            State::Known(value) => Some(value),
            _ => None,
        }
    }

    /// A known number, whole or not.
    pub fn number(&self) -> Option<f64> {
        self.value()?.as_number()
    }

    /// A known whole number.
    pub fn int(&self) -> Option<i64> {
        self.value()?.as_int()
    }

    /// A known text.
    pub fn text(&self) -> Option<&str> {
        self.value()?.as_str()
    }

    /// A known boolean.
    pub fn bool(&self) -> Option<bool> {
        self.value()?.as_bool()
    }

    /// A text without the parts of it that are not known; `None` for what is no text.
    pub fn known_text(&self) -> Option<String> {
        let known = |it: &TextPart| match it {
            TextPart::Known(text) => text.clone(),
            TextPart::Unknown(_) => String::new(),
        };
        match &self.state {
            State::Known(Value::Text(text)) => Some(text.clone()),
            State::Pattern(parts) => Some(parts.iter().map(known).collect()),
            _ => None,
        }
    }

    /// Why it is not known exactly; `None` when it is. Of one of few, what decides between them
    /// settles it: a variable that a condition compares settles all that depends on it.
    pub fn open(&self) -> Option<Unknown> {
        let mut unknown = self.state.open()?;
        if let State::OneOf(_) = &self.state {
            let mut behind = self.origin.inputs.iter().filter_map(|it| it.fact.state.unknown());
            if let Some(decides) = behind.find(|it| !it.settle_with.is_empty()) {
                unknown.settle_with.clone_from(&decides.settle_with);
            }
        }
        Some(unknown)
    }

    /// This fact as the winner over `loser`, whose own losers stay behind it.
    #[must_use]
    pub fn over(mut self, loser: Fact) -> Self {
        self.overridden.push(Overridden { state: loser.state, origin: loser.origin });
        self.overridden.extend(loser.overridden);
        self.overridden.truncate(OVERRIDDEN_MAX);
        self
    }

    /// Takes 1 for each value that stands behind this one, and more for a long text.
    fn takes(&self, left: &mut usize) -> bool {
        let text = self.text().map_or(0, |it| it.len() / INPUT_TEXT_MAX);
        let Some(rest) = left.checked_sub(text) else { return false };
        *left = rest;
        self.origin.takes(left) && self.overridden.iter().all(|it| it.origin.takes(left))
    }

    /// The value without what stands behind it, except for an assumption.
    fn alone(&self) -> Self {
        let is_long = self.text().is_some_and(|it| it.len() > INPUT_TEXT_MAX);
        let state = match is_long {
            true => State::Unknown(Unknown::because("the text is too long to be kept here")),
            false => self.state.clone(),
        };
        let mut origin = Origin { inputs: Vec::new(), ..self.origin.clone() };
        if let Some(assumed) = self.origin.assumption().filter(|_| !origin.is_assumed()) {
            let name = assumed.source.clone();
            let fact = Self::new(State::Known(Value::Null), assumed);
            origin.inputs.push(Input::new(name, fact));
        }
        Self::new(state, origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assumed_input_makes_the_result_assumed() {
        let assumed = Fact::known(Value::Int(128), Origin::new(OriginKind::Assumed, "per worker"));
        let origin = Origin::new(OriginKind::Derived, "sum").with_input("memory", assumed);
        let outer = Origin::new(OriginKind::Derived, "more")
            .with_input("sum", Fact::known(Value::Int(1), origin));
        assert!(outer.is_assumed());
    }

    #[test]
    fn what_stands_behind_a_value_does_not_double() {
        let assumed = Fact::known(Value::Int(1), Origin::new(OriginKind::Assumed, "first"));
        let mut fact = assumed;
        for step in 0..100 {
            let origin = Origin::new(OriginKind::Derived, step.to_string())
                .with_input("left", fact.clone())
                .with_input("right", fact);
            fact = Fact::known(Value::Int(step), origin);
            assert!(fact.origin.is_assumed(), "{step}");
            assert!(fact.takes(&mut (2 * BEHIND_MAX)), "{step}");
        }
        let origin = Origin::new(OriginKind::Derived, "same").with_input("a", fact.clone());
        assert_eq!(origin.with_input("a", fact).inputs.len(), 1);
    }

    #[test]
    fn losers_are_listed_strongest_first() {
        let fact = |n| Fact::known(Value::Int(n), Origin::new(OriginKind::Default, n.to_string()));
        let winner = fact(3).over(fact(2).over(fact(1)));
        let sources: Vec<_> =
            winner.overridden.iter().map(|it| it.origin.source.as_str()).collect();
        assert_eq!(sources, ["2", "1"]);
    }

    #[test]
    fn kind_names_match_their_order() {
        for (kind, name) in OriginKind::ALL {
            assert_eq!(kind.name(), name);
        }
    }
}
