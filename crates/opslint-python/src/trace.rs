//! Which outside facts a value was computed from.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::fact::{Fact, Input, OriginKind, State};

use super::value::PyValue;

/// A value and the outside facts it was computed from.
#[derive(Clone, Debug)]
pub(super) struct Traced {
    pub(super) value: PyValue,
    pub(super) inputs: Inputs,
}

impl Traced {
    pub(super) fn new(value: PyValue, inputs: Inputs) -> Self {
        Self { value, inputs }
    }
}

impl From<PyValue> for Traced {
    fn from(value: PyValue) -> Self {
        Self { value, inputs: Inputs::default() }
    }
}

/// How many inputs of one value are kept. Real values have a handful.
const INPUTS_MAX: usize = 64;

/// How many facts may stand behind one input. A chain of modules that each use two names of the one
/// before doubles them at every module.
const WEIGHT_MAX: usize = 200;

/// How many facts a fact comes to with all that it was computed from; counts no further than `max`.
fn weight(fact: &Fact, max: usize) -> usize {
    let lost = fact.overridden.iter().map(|it| &it.origin);
    let inputs = std::iter::once(&fact.origin).chain(lost).flat_map(|it| &it.inputs);
    inputs.fold(1 + fact.overridden.len(), |sum, it| match sum > max {
        true => sum,
        false => sum + weight(&it.fact, max - sum),
    })
}

/// The assumptions behind a fact, once each: what must not be lost of where it comes from.
fn assumptions(fact: &Fact) -> Vec<Input> {
    let mut found: Vec<Input> = Vec::new();
    let mut open: Vec<&Input> = fact.origin.inputs.iter().collect();
    while let Some(input) = open.pop() {
        let is_new = || found.iter().all(|it| it.name != input.name);
        if input.fact.origin.kind == OriginKind::Assumed && is_new() {
            found.push(input.clone());
        }
        open.extend(&input.fact.origin.inputs);
    }
    found
}

/// A set of inputs by their number in [`InputTable`], in the order they took part.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Inputs(Vec<u32>);

impl Inputs {
    pub(super) fn one(id: u32) -> Self {
        Self(vec![id])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn ids(&self) -> &[u32] {
        &self.0
    }

    pub(super) fn add(&mut self, other: &Self) {
        for id in &other.0 {
            if self.0.len() < INPUTS_MAX && !self.0.contains(id) {
                self.0.push(*id);
            }
        }
    }

    #[must_use]
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }
}

/// Every outside fact that the evaluation asked for, once each.
#[derive(Debug, Default)]
pub(super) struct InputTable {
    inputs: Vec<Input>,
    /// The variable that an input takes to be unset, by input.
    assumed: Vec<Option<String>>,
    /// The variables in `assumed`.
    asked: HashSet<String>,
    /// Inputs by name and by the variable that they take to be unset.
    by_name: HashMap<(String, Option<String>), u32>,
    /// Inputs made by [`Self::intern_at`], by name and place.
    by_place: HashMap<(String, String), u32>,
}

impl InputTable {
    /// The number of an input; `name` and its variable make it unique.
    pub(super) fn intern(
        &mut self,
        name: &str,
        assumed: Option<&str>,
        fact: impl FnOnce() -> Fact,
    ) -> Inputs {
        let assumed = assumed.map(str::to_owned);
        let key = (name.to_owned(), assumed.clone());
        let known = self.by_name.get(&key).copied();
        Inputs::one(known.unwrap_or_else(|| {
            let id = self.add(Input::new(name, fact()), assumed);
            self.by_name.insert(key, id);
            id
        }))
    }

    /// The number of a value of another module; `place` tells two values of one name apart.
    pub(super) fn intern_at(&mut self, name: &str, place: &str, fact: Fact) -> Inputs {
        let key = (name.to_owned(), place.to_owned());
        let known = self.by_place.get(&key).copied();
        Inputs::one(known.unwrap_or_else(|| {
            let id = self.add(Input::new(name, fact), None);
            self.by_place.insert(key, id);
            id
        }))
    }

    fn add(&mut self, mut input: Input, assumed: Option<String>) -> u32 {
        if weight(&input.fact, WEIGHT_MAX) > WEIGHT_MAX {
            let fact = Arc::make_mut(&mut input.fact);
            fact.origin.inputs = assumptions(fact);
            fact.overridden.clear();
        }
        self.asked.extend(assumed.clone());
        self.inputs.push(input);
        self.assumed.push(assumed);
        u32::try_from(self.inputs.len() - 1).expect("a file asks for fewer than 2^32 facts")
    }

    pub(super) fn resolve(&self, inputs: &Inputs) -> Vec<Input> {
        inputs.ids().iter().map(|id| self.inputs[*id as usize].clone()).collect()
    }

    /// Whether some value was computed from `name` being unset.
    pub(super) fn asked(&self, name: &str) -> bool {
        self.asked.contains(name)
    }

    /// The only such variable that no file sets among what stands behind a value: taken to be unset,
    /// or set to nobody knows what.
    pub(super) fn only_open_variable(
        &self,
        inputs: &Inputs,
        is_such: fn(&str) -> bool,
    ) -> Option<&str> {
        let of_id = |id: &u32| {
            let input = &self.inputs[*id as usize];
            let variable = input.name.strip_prefix('$').filter(|it| is_such(it))?;
            let is_open = self.assumed[*id as usize].is_some()
                || matches!(input.fact.state, State::Unknown(_));
            is_open.then_some(variable)
        };
        let mut found = inputs.ids().iter().filter_map(of_id);
        let first = found.next()?;
        found.all(|it| it == first).then_some(first)
    }

    /// The variables that `inputs` take to be unset.
    pub(super) fn assumed_unset(&self, inputs: &Inputs) -> Vec<String> {
        inputs.ids().iter().filter_map(|id| self.assumed[*id as usize].clone()).collect()
    }
}
