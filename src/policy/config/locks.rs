//! Locked rules, and whom they hold against.
//!
//! A rule with `locked = true` belongs to the configuration that brings it. What lies nearer to the
//! checked files, such as the opslint.toml of a folder below, may raise its level and neither lower
//! it, nor replace the rule, nor hold back with a baseline what it finds. The command line may: who
//! starts opslint decides what is checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keys::ALL_RULES;
use super::{Config, FailOn, Layer, RuleLevel};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::policy::levels::{ASSUMED, Level, Levels};
use crate::policy::rule::Rule;
use crate::source::Span;

/// Something nearer tries what only the owner of a locked rule may do.
pub const LOCKED: &str = "locked-suppression";

/// A file that opslint cannot judge: no locked rule is asked about it, so whoever brings one decides
/// about this as well.
pub const UNREADABLE: &str = "unreadable-file";

/// Who brought each locked rule: a place in [`Config::ordered`].
#[derive(Clone, Debug, Default)]
pub struct Locks {
    owners: BTreeMap<String, usize>,
}

impl Locks {
    /// Locks a rule for everything after the layer at this place.
    pub fn add(&mut self, rule: &str, layer: usize) {
        self.owners.entry(rule.to_owned()).or_insert(layer);
    }

    /// Every locked rule.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(String::as_str)
    }

    /// The place of the layer that brought a locked rule.
    pub fn owner(&self, rule: &str) -> Option<usize> {
        self.owners.get(rule).copied()
    }
}

impl Config {
    /// All layers, the weakest first: those of which only locked rules count, then the others.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = &Layer> {
        self.guards.iter().chain(&self.layers)
    }

    /// Whether the layer at a place may do to a rule what only its owner may.
    pub(crate) fn may_decide(&self, place: usize, rule: &str, locks: &Locks) -> bool {
        let Some(owner) = locks.owner(rule) else { return true };
        let layer = |place| self.ordered().nth(place);
        let is_given = layer(place).is_none_or(|it| it.is_given);
        // Who starts opslint with a policy does not leave it to the repository.
        if layer(owner).is_some_and(|it| it.is_given) {
            return is_given;
        }
        place <= owner
            || is_given
            || layer(place).map(|it| &it.folder) == layer(owner).map(|it| &it.folder)
    }

    /// What else makes a run fail, beside what [`Self::fail_on`] says of all rules: for a locked one,
    /// what those say who may make it milder. For what is tried with locked rules, what any of them
    /// says. Empty for other rules.
    pub fn fail_on_of_locked(&self, rule: &str, locks: &Locks) -> Vec<FailOn> {
        let locked = locks.rules().filter(|it| rule == LOCKED || *it == rule);
        let said_of = |rule: &str| {
            let may_decide =
                self.ordered().enumerate().filter(|it| self.may_decide(it.0, rule, locks));
            may_decide.filter_map(|(_, layer)| layer.fail_on.as_ref()).last().map(|it| it.value)
        };
        locked.map(|it| said_of(it).unwrap_or_default()).collect()
    }

    /// The levels that configuration sets, and what is wrong with those that do not count.
    pub fn levels(&self, locks: &Locks, rules: &[Rule]) -> (Levels, Vec<Diagnostic>) {
        let mut decisions = Decisions { levels: Levels::new(), problems: Vec::new() };
        let own = |rule: &str| match rules.iter().find(|it| it.id == rule) {
            Some(it) => Some(it.level),
            None => (rule == UNREADABLE).then_some(Level::Error),
        };
        let all = || {
            let guards = self.guards.len();
            self.ordered().enumerate().map(move |(place, it)| (place, place < guards, it))
        };
        for (place, is_guard, layer) in all() {
            for (id, (rule, level)) in meant(&layer.levels, rules) {
                if is_guard && locks.owner(id).is_none() {
                    continue;
                }
                let before = decisions.levels.level(id, "").or_else(|| own(id));
                if decisions.counts(self.may_decide(place, id, locks), before, level.value) {
                    decisions.levels.set(id, level.value);
                } else {
                    decisions.problems.push(level_locked(rule.span, id));
                }
            }
        }
        // Levels for all files are known now; those for some of them are compared with these.
        let general = decisions.levels.clone();
        for (place, is_guard, layer) in all() {
            for it in &layer.overrides {
                let paths: Arc<[_]> = it.paths.iter().map(|it| it.value.clone()).collect();
                for (id, (rule, level)) in meant(&it.levels, rules) {
                    if is_guard && locks.owner(id).is_none() {
                        continue;
                    }
                    let before = general.level(id, "").or_else(|| own(id));
                    if decisions.counts(self.may_decide(place, id, locks), before, level.value) {
                        decisions.levels.set_for(Arc::clone(&paths), id, level.value);
                    } else {
                        decisions.problems.push(level_locked(rule.span, id));
                    }
                }
            }
        }
        for rule in locks.rules() {
            let assumed = self.assumed_of(rule, locks);
            decisions.levels.set_assumed_of(rule, &assumed);
        }
        (decisions.levels, decisions.problems)
    }

    /// What those say of `assumed` who may decide about a locked rule. Others may raise it: it is no
    /// attempt at the rule when they lower it for all others.
    fn assumed_of(&self, rule: &str, locks: &Locks) -> Levels {
        let mut levels = Levels::new();
        let of = |all: &[RuleLevel]| {
            let named = all.iter().find(|it| it.0.value == ASSUMED);
            named.map(|it| it.1.value)
        };
        let counts = |place, before: Option<Level>, level| {
            self.may_decide(place, rule, locks) || before.is_some_and(|it| level >= it)
        };
        for (place, layer) in self.ordered().enumerate() {
            let level = of(&layer.levels);
            if let Some(level) = level.filter(|it| counts(place, levels.level(ASSUMED, ""), *it)) {
                levels.set(ASSUMED, level);
            }
        }
        let general = levels.level(ASSUMED, "");
        for (place, layer) in self.ordered().enumerate() {
            for it in &layer.overrides {
                let level = of(&it.levels).filter(|it| counts(place, general, *it));
                let Some(level) = level else { continue };
                let paths: Arc<[_]> = it.paths.iter().map(|it| it.value.clone()).collect();
                levels.set_for(paths, ASSUMED, level);
            }
        }
        levels
    }
}

/// Rules with the level that a table gives them. The most exact name of a rule in the table counts:
/// its own, that of its group, or `*`.
fn meant<'a>(
    levels: &'a [RuleLevel],
    rules: &'a [Rule],
) -> impl Iterator<Item = (&'a str, &'a RuleLevel)> {
    let has = |name: &str| levels.iter().any(|it| it.0.value == name);
    let is_rule = |name: &str| rules.iter().any(|it| it.id == name);
    levels.iter().flat_map(move |it| {
        let name = it.0.value.as_str();
        let is_meant = |rule: &Rule| {
            let of_group = rule.group == name && !is_rule(name);
            of_group || name == ALL_RULES && (is_rule(&rule.group) || !has(&rule.group))
        };
        let members = rules.iter().filter(|rule| is_meant(rule) && !has(&rule.id));
        let members: Vec<&str> = members.map(|it| it.id.as_ref()).collect();
        let is_group = name == ALL_RULES || rules.iter().any(|it| it.group == name);
        let named = if is_group && !is_rule(name) { members } else { vec![name] };
        named.into_iter().map(move |rule| (rule, it))
    })
}

struct Decisions {
    levels: Levels,
    problems: Vec<Diagnostic>,
}

impl Decisions {
    /// Whether a decision counts: whoever may not lower a level may raise it.
    fn counts(&self, may_decide: bool, before: Option<Level>, level: Level) -> bool {
        may_decide || before.is_none_or(|before| level >= before)
    }
}

fn level_locked(span: Span, rule: &str) -> Diagnostic {
    let message = format!("`{rule}` is locked: its level cannot be lowered here");
    locked(span, message, "remove this line; the level is set where the rule comes from")
}

/// A rule file that would take the place of a locked rule.
pub(crate) fn replaces_locked(span: Span, rule: &str) -> Diagnostic {
    let message = format!("`{rule}` is locked: no other rule can take its place");
    locked(span, message, "give this rule another name")
}

/// An entry of a baseline that would hold back what a locked rule found.
pub(crate) fn held_back_locked(span: Span, rule: &str) -> Diagnostic {
    let message = format!("`{rule}` is locked: this baseline cannot hold it back");
    locked(span, message, "take it out with `opslint check --write-baseline`")
}

fn locked(span: Span, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(LOCKED, Severity::Error, message, Label::new(span, "has no effect"))
        .with_help(help)
}
