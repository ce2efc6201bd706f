//! What several worlds have in common of which none is the usual one: few platforms that may run a
//! deployment, few settings modules, the ways that conditions on variables can go.

use super::ways;
use super::worlds::{Elsewhere, Open, Seen, choices, is_same, of_deployment};
use crate::apps::SETTINGS_MODULE;
use crate::check::{self, Found};
use crate::diagnostic::{Diagnostic, Undecided, UsedFact};
use crate::fact::{Fact, GapKind, State, Value};
use crate::plan::Statement;
use crate::policy::rule::Rule;
use crate::project::{Deployment, Project};
use crate::settings::Settings;
use crate::source::FileId;
use crate::vocabulary;
use crate::workspace::Compared;

impl Elsewhere<'_> {
    /// What is so whichever way conditions on variables go that no file sets.
    pub(super) fn ways(&self, project: &Project, compared: &Compared, found: &mut Found) {
        // What is taken as in production goes one way.
        let is_usual = |name: &String| self.usual.iter().any(|it| it.name == *name);
        let mut compared = compared.clone();
        compared.retain(|name, _| !is_usual(name));
        let ways = ways::of(&compared);
        let open = |it| Open { rounds: ways.len(), ..of_deployment(it, std::iter::empty()) };
        let open: Vec<Open<'_>> = match ways.is_empty() {
            true => return,
            false => project.deployments.iter().map(open).collect(),
        };
        self.agree_in(&open, Rests::OnAnything, found, |round, rules| {
            let settings = Settings { chosen: ways[round].clone(), ..self.settings() };
            self.look_with(&settings, &self.setup.sources, None, rules)
        });
    }

    /// Settles what could not be decided, and is in each of these worlds.
    pub(super) fn agree(&self, open: Vec<Open<'_>>, rests: Rests, found: &mut Found) {
        self.agree_in(&open, rests, found, |round, rules| {
            let statements = open.iter().filter_map(|it| it.others.get(round));
            self.look(&statements.collect::<Vec<_>>(), rules)
        });
    }

    fn agree_in(
        &self,
        open: &[Open<'_>],
        rests: Rests,
        found: &mut Found,
        look: impl Fn(usize, &[&Rule]) -> Option<Seen>,
    ) {
        if open.is_empty() {
            return;
        }
        let mut left = Left::new(open, found, rests);
        // A rule that asks for what is known of the platform is silent without it, and not open.
        let mut rules = check::rules_of(&self.setup.policy);
        if rests == Rests::OnAnything {
            rules.retain(|it| left.has(&it.id));
        }
        let mut worlds: Vec<Seen> = Vec::new();
        for round in 0..open.iter().map(|it| it.rounds).max().unwrap_or(0) {
            if rules.is_empty() {
                return;
            }
            let Some(seen) = look(round, &rules) else { return };
            left.keep(&seen, round);
            worlds.push(seen);
            rules.retain(|it| left.has(&it.id));
        }
        let Some(first) = worlds.first() else { return };
        left.decided_alike();
        found.undecided.retain(|it| !left.decided.iter().any(|decided| is_same_gap(it, decided)));
        for mut common in left.fires {
            let of = open.iter().find(|it| it.is_about(&common)).map_or(0, |it| it.rounds);
            let worlds = &worlds[..of.min(worlds.len())];
            common.help = most_common(worlds, &common);
            common.facts.retain(|it| !stands_in(&it.fact, first.stated_in));
            if rests == Rests::OnAnything {
                let same: Vec<&Diagnostic> =
                    worlds.iter().filter_map(|it| it.find(&common, &[])).collect();
                let has = |of: &Diagnostic, it: &UsedFact| {
                    of.facts.iter().any(|own| (&own.name, &own.fact) == (&it.name, &it.fact))
                };
                let mut facts = std::mem::take(&mut common.facts);
                // What is taken for granted in one of them is so for all that is said.
                facts.retain(|it| {
                    it.fact.origin.is_assumed() || same.iter().all(|same| has(same, it))
                });
                common.facts = facts;
            }
            check::assumptions::set_confidence(&mut common);
            found.diagnostics.push(common);
        }
    }
}

impl Seen {
    /// Whether a diagnostic names nothing that only this world has.
    fn is_whole(&self, diagnostic: &Diagnostic, rests: Rests) -> bool {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        labels.map(|it| it.span.file).all(|it| Some(it) != self.stated_in)
            && (rests == Rests::OnAnything
                || choices(diagnostic).iter().all(|it| *it == vocabulary::KIND))
    }
}

/// What a diagnostic that all worlds have in common may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rests {
    /// On no choice that is open beside the one that makes the worlds, but for what a process is for:
    /// that is the same in all of them, and named.
    OnNothing,
    /// On other choices, too: it names them.
    OnAnything,
}

/// What every world that was looked into has in common.
struct Left<'a> {
    open: &'a [Open<'a>],
    rests: Rests,
    /// What is said without a platform.
    said: Vec<Diagnostic>,
    /// What could not be decided, and is decided in each of them.
    decided: Vec<Undecided>,
    /// What is said in each of them, and not without a platform.
    fires: Vec<Diagnostic>,
    /// Of what could not be decided, that of which something is said in some of them.
    fires_somewhere: Vec<Undecided>,
}

impl<'a> Left<'a> {
    fn new(open: &'a [Open<'a>], found: &Found, rests: Rests) -> Self {
        let is_here = |it: &&Undecided| {
            let manifest = it.deployment();
            open.iter().any(|open| Some(open.manifest) == manifest)
        };
        Self {
            open,
            rests,
            said: found.diagnostics.clone(),
            decided: found.undecided.iter().filter(is_here).cloned().collect(),
            fires: Vec::new(),
            fires_somewhere: Vec::new(),
        }
    }

    /// Drops what is wrong in some worlds and right in others, or wrong in other words: that stays
    /// undecided.
    fn decided_alike(&mut self) {
        let Self { decided, fires, fires_somewhere, .. } = self;
        decided.retain(|it| {
            !fires_somewhere.iter().any(|fired| is_same_gap(it, fired))
                || fires.iter().any(|diagnostic| is_gap_of(it, diagnostic))
        });
    }

    /// Drops what is otherwise in this world.
    fn keep(&mut self, seen: &Seen, round: usize) {
        let open = self.open;
        let is_asked = |manifest: Option<&str>| {
            let of = open.iter().find(|it| Some(it.manifest) == manifest);
            of.is_some_and(|it| it.rounds > round)
        };
        self.decided.retain(|it| {
            !is_asked(it.deployment())
                || !seen.found.undecided.iter().any(|open| is_same_gap(it, open))
        });
        let fired = |it: &&Undecided| {
            seen.found.diagnostics.iter().any(|diagnostic| is_gap_of(it, diagnostic))
        };
        self.fires_somewhere.extend(self.decided.iter().filter(fired).cloned());
        let manifest = |it: &Diagnostic| it.deployment().map(str::to_owned);
        if round > 0 {
            self.fires
                .retain(|it| !is_asked(manifest(it).as_deref()) || seen.find(it, &[]).is_some());
            return;
        }
        let is_here = |it: &&Diagnostic| is_asked(manifest(it).as_deref());
        let is_new = |it: &&Diagnostic| !self.said.iter().any(|said| is_same(said, it));
        let here = seen.found.diagnostics.iter().filter(is_here).filter(is_new);
        self.fires = here.filter(|it| seen.is_whole(it, self.rests)).cloned().collect();
    }

    fn has(&self, rule: &str) -> bool {
        self.fires.iter().any(|it| it.rule == rule) || self.decided.iter().any(|it| it.rule == rule)
    }
}

/// The few platforms that may run a deployment, of which none is known to be the one.
pub(super) fn undecided(deployment: &Deployment) -> Option<Open<'_>> {
    let platform = deployment.facts.get(vocabulary::PLATFORM)?;
    match &platform.state.unknown()?.kind {
        GapKind::OneOf(ids) => Some(of_deployment(deployment, ids.iter().map(String::as_str))),
        _ => None,
    }
}

/// The few settings modules that a deployment may name. All settings of one module are so together,
/// so a rule that looks at several of them never sees a mixture.
pub(super) fn modules(deployment: &Deployment) -> Option<Open<'_>> {
    let named = deployment.processes.iter().find_map(|it| it.settings.get(SETTINGS_MODULE));
    let Some(State::OneOf(cases)) = named.map(|it| &it.state) else { return None };
    let statement = |value: &Value| Statement {
        manifest: deployment.manifest.clone(),
        process: None,
        name: format!("${SETTINGS_MODULE}"),
        value: value.clone(),
    };
    let others = cases.iter().map(|it| statement(&it.value)).collect();
    Some(Open { rounds: cases.len(), others, ..of_deployment(deployment, std::iter::empty()) })
}

/// Whether both are about the same rule and process.
fn is_same_gap(a: &Undecided, b: &Undecided) -> bool {
    (&a.rule, &a.asked) == (&b.rule, &b.asked)
}

/// Whether a diagnostic says what could not be decided.
fn is_gap_of(gap: &Undecided, diagnostic: &Diagnostic) -> bool {
    *gap.rule == *diagnostic.rule
        && gap.process() == diagnostic.process.as_deref()
        && gap.deployment() == diagnostic.deployment()
}

/// The advice that most worlds give.
fn most_common(worlds: &[Seen], diagnostic: &Diagnostic) -> Option<String> {
    let said: Vec<&String> =
        worlds.iter().filter_map(|it| it.find(diagnostic, &[])?.help.as_ref()).collect();
    let count = |help: &&&String| said.iter().filter(|it| **it == **help).count();
    said.iter().rev().max_by_key(count).map(|it| (*it).clone())
}

/// Whether a fact is stated in this text, or something behind it is.
fn stands_in(fact: &Fact, file: Option<FileId>) -> bool {
    fact.origin.span.is_some_and(|it| Some(it.file) == file)
        || fact.origin.inputs.iter().any(|it| stands_in(&it.fact, file))
}
