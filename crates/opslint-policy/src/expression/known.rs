//! Facts of one process or deployment by id, and what has been worked out of them: every rule of a
//! run asks the same few.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::value::{Val, Wanted};
use crate::absence::Absence;
use crate::fact::{Fact, State, Unknown};
use crate::project::Facts;
use crate::vocabulary::{FactId, VOCABULARY};

/// Facts that took part in a rule, by the names that it asked for.
pub type UsedFacts<'a> = Vec<(Cow<'static, str>, &'a Arc<Fact>)>;

/// Facts by id.
pub struct KnownFacts<'a> {
    facts: &'a Facts,
    by_id: Vec<Option<&'a Arc<Fact>>>,
    /// Values that are not known, by id: each is made once, and shared by what asks for it.
    open: RefCell<Vec<Option<Val<'a>>>>,
    /// Room for the facts that one rule uses, for the next one.
    room: Cell<UsedFacts<'a>>,
}

impl<'a> KnownFacts<'a> {
    /// These facts.
    pub fn new(facts: &'a Facts) -> Self {
        let mut by_id = vec![None; VOCABULARY.len()];
        facts.shared().for_each(|(id, fact)| by_id[id.index()] = Some(fact));
        let open = RefCell::new(vec![None; VOCABULARY.len()]);
        Self { facts, by_id, open, room: Cell::default() }
    }

    /// The fact, if it applies here at all.
    pub fn get(&self, id: FactId) -> Option<&'a Arc<Fact>> {
        self.by_id[id.index()]
    }

    /// Whether a fact that is not there is about something that is not there.
    pub fn is_not_applicable(&self, id: FactId) -> bool {
        matches!(self.value(id, None), Val::NotApplicable)
    }

    /// What a rule sees of a fact that is not known or not there.
    pub(super) fn value(&self, id: FactId, fact: Option<&'a Fact>) -> Val<'a> {
        let make = || match fact {
            Some(fact) => Val::of_fact(&Wanted::Fact(id), fact),
            None => absent(Wanted::Fact(id), self.facts.absence(id)),
        };
        if fact.is_some_and(|it| !matches!(it.state, State::Unknown(_))) {
            return make();
        }
        self.open.borrow_mut()[id.index()].get_or_insert_with(make).clone()
    }

    /// An empty list for the facts that a rule uses.
    pub fn take_room(&self) -> UsedFacts<'a> {
        self.room.take()
    }

    /// Gives the list back.
    pub fn give_room(&self, mut used: UsedFacts<'a>) {
        used.clear();
        self.room.set(used);
    }
}

/// A fact or setting that is not there.
pub(super) fn absent<'a>(wanted: Wanted, absence: Absence) -> Val<'a> {
    match absence {
        Absence::NotApplicable => Val::NotApplicable,
        Absence::Follows(other, unknown) => Val::missing(Wanted::Fact(other), unknown),
        Absence::Unsaid => Val::missing(wanted, Unknown::because("not set in any file")),
    }
}
