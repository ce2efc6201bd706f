//! The facts that took part in a rule, and what is remembered of those that nobody wrote.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Found, Subject};
use crate::check::assumptions::Place;
use crate::diagnostic::UsedFact;
use crate::fact::{Fact, OriginKind};
use crate::policy::expression::Scope;
use crate::policy::rule::Rule;
use crate::vocabulary;

/// A fact that took part, under the name that it was asked for by.
pub(super) struct Used<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) fact: &'a Arc<Fact>,
}

impl<'a> Used<'a> {
    pub(super) fn of(it: &'a UsedFact) -> Self {
        Self { name: Cow::Borrowed(&it.name), fact: &it.fact }
    }

    pub(super) fn kept(&self) -> UsedFact {
        UsedFact { name: self.name.to_string(), fact: Arc::clone(self.fact) }
    }
}

impl Subject<'_> {
    /// The facts that were asked for, with what they rest on.
    pub(super) fn used<'s>(&'s self, scope: &'s Scope<'_>) -> Vec<Used<'s>> {
        let used = scope.used.borrow();
        let used = used.iter().map(|(name, fact)| Used { name: name.clone(), fact });
        let mut facts: Vec<Used<'s>> = used.collect();
        self.add_platform(&mut facts);
        facts
    }

    /// Whether something that took part was taken for granted, or may rest on a platform that was.
    pub(super) fn rests_on_assumption(&self, scope: &Scope<'_>) -> bool {
        let platform = self.deployment.and_then(|it| it.facts.get(vocabulary::PLATFORM));
        platform.is_some_and(|it| it.origin.is_assumed())
            || scope.used.borrow().iter().any(|(_, it)| it.origin.is_assumed())
    }

    /// Remembers what a rule was decided by that nobody wrote.
    pub(super) fn record(&self, rule: &Rule, used: &[Used<'_>], found: &mut Found) {
        let Some(deployment) = self.deployment else { return };
        if used.iter().any(|it| it.fact.origin.is_assumed()) {
            let place = Place { deployment, process: self.process };
            let used = used.iter().map(|it| (it.name.as_ref(), it.fact.as_ref()));
            place.record(&mut found.assumptions, &rule.id, used);
        }
    }

    /// Where the platform is assumed, so is all that rests on it: it is one of the facts used.
    fn add_platform<'s>(&'s self, facts: &mut Vec<Used<'s>>) {
        let platform = self.deployment.and_then(|it| it.facts.get_shared(vocabulary::PLATFORM));
        let Some(platform) = platform.filter(|it| it.origin.is_assumed()) else { return };
        if facts.iter().any(|it| rests_on_platform(it.fact)) {
            let name = Cow::Borrowed(vocabulary::PLATFORM.name());
            facts.retain(|it| it.name != name);
            facts.push(Used { name, fact: platform });
        }
    }
}

/// Whether a published limit or default of the platform took part.
fn rests_on_platform(fact: &Fact) -> bool {
    matches!(fact.origin.kind, OriginKind::Platform | OriginKind::Outdated)
        || fact.origin.inputs.iter().any(|it| rests_on_platform(&it.fact))
}
