//! Facts under the names that a program or an application has for them.

use std::borrow::{Borrow, Cow};
use std::collections::{BTreeMap, btree_map};
use std::ops::Index;
use std::sync::Arc;

use crate::fact::Fact;

/// Facts by name. A server has about a hundred settings, of which a project sets a few: the others
/// are the same facts for all processes, and are shared until one of them is changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedFacts {
    facts: BTreeMap<Name, Arc<Fact>>,
}

type Name = Cow<'static, str>;

impl NamedFacts {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fact of a name.
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.get_shared(name).map(AsRef::as_ref)
    }

    /// The same, to share it.
    pub fn get_shared(&self, name: &str) -> Option<&Arc<Fact>> {
        self.facts.get(name)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Fact> {
        self.facts.get_mut(name).map(Arc::make_mut)
    }

    /// Whether there is a fact of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.facts.contains_key(name)
    }

    /// Sets a fact, replacing what was there.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, fact: impl Into<Arc<Fact>>) {
        self.facts.insert(name.into(), fact.into());
    }

    /// Takes a fact out.
    pub fn remove(&mut self, name: &str) -> Option<Fact> {
        self.facts.remove(name).map(Arc::unwrap_or_clone)
    }

    /// Keeps the facts that `keeps` says yes to.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str, &Fact) -> bool) {
        self.facts.retain(|name, fact| keeps(name, fact));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// All facts by name, in the order of names.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.facts.iter())
    }

    /// The same, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Fact)> {
        self.facts.iter_mut().map(|(name, fact)| (name.borrow(), Arc::make_mut(fact)))
    }

    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The facts, in the order of names.
    pub fn values(&self) -> impl Iterator<Item = &Fact> {
        self.iter().map(|(_, fact)| fact)
    }

    /// The same, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Fact> {
        self.facts.values_mut().map(Arc::make_mut)
    }

    /// Takes every fact of `others`, which win.
    pub fn take(&mut self, others: Self) {
        self.facts.extend(others.facts);
    }
}

/// Facts by name, in the order of names.
#[derive(Clone, Debug)]
pub struct Iter<'a>(btree_map::Iter<'a, Name, Arc<Fact>>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a Fact);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, fact)| (name.borrow(), fact.as_ref()))
    }
}

impl<'a> IntoIterator for &'a NamedFacts {
    type Item = (&'a str, &'a Fact);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: Into<Cow<'static, str>>, F: Into<Arc<Fact>>> FromIterator<(N, F)> for NamedFacts {
    fn from_iter<I: IntoIterator<Item = (N, F)>>(facts: I) -> Self {
        let facts = facts.into_iter().map(|(name, fact)| (name.into(), fact.into()));
        Self { facts: facts.collect() }
    }
}

impl<N: Into<Cow<'static, str>>, F: Into<Arc<Fact>>> Extend<(N, F)> for NamedFacts {
    fn extend<I: IntoIterator<Item = (N, F)>>(&mut self, facts: I) {
        self.facts.extend(facts.into_iter().map(|(name, fact)| (name.into(), fact.into())));
    }
}

impl Index<&str> for NamedFacts {
    type Output = Fact;

    /// # Panics
    /// When there is no fact of this name.
    fn index(&self, name: &str) -> &Fact {
        &self.facts[name]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Origin, OriginKind, Value};

    #[test]
    fn a_shared_fact_is_changed_for_one_alone() {
        let origin = Origin::new(OriginKind::Default, "default");
        let shared = Arc::new(Fact::known(Value::Int(1), origin));
        let mut one: NamedFacts = [("workers", Arc::clone(&shared))].into_iter().collect();
        let other = one.clone();
        if let Some(fact) = one.get_mut("workers") {
            fact.origin.kind = OriginKind::Assumed;
        }
        assert_eq!(one["workers"].origin.kind, OriginKind::Assumed);
        assert_eq!(other["workers"], *shared);
    }
}
