//! Which outside facts a value was computed from.

use crate::fact::{Fact, Input};

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
            if !self.0.contains(id) {
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
    /// Inputs made by [`Self::intern_at`], by name and place.
    places: Vec<(String, u32)>,
}

impl InputTable {
    /// The number of an input; `name` and its variable make it unique.
    pub(super) fn intern(
        &mut self,
        name: &str,
        assumed: Option<&str>,
        fact: impl FnOnce() -> Fact,
    ) -> Inputs {
        let known = (0..self.inputs.len())
            .find(|&idx| self.inputs[idx].name == name && self.assumed[idx].as_deref() == assumed);
        let known = known.and_then(|idx| u32::try_from(idx).ok());
        Inputs::one(known.unwrap_or_else(|| {
            self.add(Input { name: name.to_owned(), fact: fact() }, assumed.map(str::to_owned))
        }))
    }

    /// The number of a value of another module; `place` tells two values of one name apart.
    pub(super) fn intern_at(&mut self, name: &str, place: &str, fact: Fact) -> Inputs {
        let key = format!("{name} {place}");
        let known = self.places.iter().find(|(it, _)| *it == key).map(|(_, id)| *id);
        let id = known.unwrap_or_else(|| {
            let id = self.add(Input { name: name.to_owned(), fact }, None);
            self.places.push((key, id));
            id
        });
        Inputs::one(id)
    }

    fn add(&mut self, input: Input, assumed: Option<String>) -> u32 {
        self.inputs.push(input);
        self.assumed.push(assumed);
        u32::try_from(self.inputs.len() - 1).expect("a file asks for fewer than 2^32 facts")
    }

    pub(super) fn resolve(&self, inputs: &Inputs) -> Vec<Input> {
        inputs.ids().iter().map(|id| self.inputs[*id as usize].clone()).collect()
    }

    /// Whether some value was computed from `name` being unset.
    pub(super) fn asked(&self, name: &str) -> bool {
        self.assumed.iter().any(|it| it.as_deref() == Some(name))
    }

    /// The variables that `inputs` take to be unset.
    pub(super) fn assumed_unset(&self, inputs: &Inputs) -> Vec<String> {
        inputs.ids().iter().filter_map(|id| self.assumed[*id as usize].clone()).collect()
    }
}
