//! Which values nobody wrote, by which rules were decided, and the line that settles each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::assumption::{self, Assumption};
use crate::diagnostic::{Confidence, Diagnostic};
use crate::fact::{Fact, Input, Origin, OriginKind, State, Unknown, Value};
use crate::policy::config::{self, toml_text};
use crate::policy::expression::{Digits, Val, Wanted, shown};
use crate::project::{Deployment, Facts, Process, Project};
use crate::settings::toml_key;
use crate::vocabulary::{self, FactId, Scope};

/// What a person decides, and files often leave to a dashboard. A number of the catalog about which
/// sources disagree is assumed, too, but nobody who runs an app can settle it.
const CHOICES: &[FactId] = &[
    vocabulary::PLATFORM,
    vocabulary::KIND,
    vocabulary::MACHINE_PLAN,
    vocabulary::MACHINE_MEMORY_MB,
    vocabulary::SCALE_MIN,
    vocabulary::SCALE_MAX,
    vocabulary::MEMORY_PER_WORKER_MB,
];

/// What is assumed of a project, whether or not a rule needs it.
pub fn of_project(project: &Project) -> Vec<Assumption> {
    let mut all = Vec::new();
    for deployment in &project.deployments {
        let whole = Place { deployment, process: None };
        assumption::merge(&mut all, whole.of_facts(&deployment.facts));
        for process in &deployment.processes {
            let place = Place { deployment, process: Some(process) };
            assumption::merge(&mut all, place.of_facts(&process.facts));
        }
    }
    all
}

/// What the assumptions are about.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) process: Option<&'a Process>,
}

impl Place<'_> {
    fn of_facts(self, facts: &Facts) -> Vec<Assumption> {
        let mut roots = Roots::default();
        facts.iter().for_each(|(id, fact)| roots.add(id.name(), fact));
        self.made_of(roots)
    }

    /// Adds the assumptions that a rule was decided by.
    pub(super) fn record<'f>(
        self,
        acc: &mut Vec<Assumption>,
        rule: &str,
        used: impl Iterator<Item = (&'f str, &'f Fact)>,
    ) {
        let mut roots = Roots::default();
        used.for_each(|(name, fact)| roots.add(name, fact));
        // What ends by itself is neither for requests nor for jobs: nobody can say which is true.
        let server = self.process.and_then(|it| it.facts.get(vocabulary::SERVER));
        if server.and_then(Fact::value) == Some(&Value::Null) {
            roots.found.retain(|(name, _)| *name != vocabulary::KIND.name());
        }
        for (name, fact) in roots.found {
            // Many rules rest on the same few values, so most are there already.
            let known = acc.iter_mut().find(|it| self.is_about(it, name, fact));
            if let Some(known) = known {
                if !known.rules.contains(rule) {
                    known.rules.insert(rule.to_owned());
                }
            } else if let Some(mut new) = self.assumption(name, fact) {
                new.rules.insert(rule.to_owned());
                acc.push(new);
            }
        }
    }

    /// Whether what is assumed of a value is already this assumption.
    fn is_about(self, known: &Assumption, name: &str, fact: &Fact) -> bool {
        let Some((key, scope)) = key(name) else { return false };
        let is_said = fact.value().is_some_and(|it| match key.starts_with('$') {
            true => *it != Value::Null,
            false => can_be_written(it),
        });
        if !is_said {
            return false;
        }
        let process = self.process.filter(|_| scope == Scope::Process);
        known.name == key
            && known.manifest == self.deployment.manifest
            && known.process.as_deref() == process.map(|it| it.name.value.as_str())
            && (self.process.is_some() || scope != Scope::Process)
    }

    fn made_of(self, roots: Roots<'_>) -> Vec<Assumption> {
        let made = roots.found.into_iter().filter_map(|(name, fact)| self.assumption(name, fact));
        let mut all = Vec::new();
        assumption::merge(&mut all, made);
        all
    }

    fn assumption(self, name: &str, fact: &Fact) -> Option<Assumption> {
        let value = fact.value()?;
        let (key, scope) = key(name)?;
        // `plan` and `instances` are those of a process, also where a total rests on them.
        if self.process.is_none() && scope == Scope::Process {
            return None;
        }
        let process = self.process.filter(|_| scope == Scope::Process);
        let inside = match (key.strip_prefix('$'), process) {
            (Some(variable), _) => format!("env.{}", toml_key(variable)),
            (None, Some(process)) => format!("processes.{}.{key}", toml_key(&process.name.value)),
            (None, None) => key.to_owned(),
        };
        let written = match key.starts_with('$') {
            // That a variable is not set is nothing that can be written.
            true if *value == Value::Null => return None,
            true => toml::Value::String(value.to_string()),
            false => toml_value(value)?,
        };
        let line = format!("{inside} = {}", toml_text::value_text(&written));
        Some(self.stating((key, process), fact, &line))
    }

    /// The assumption that a line settles which stands in the deployment's table.
    fn stating(
        self,
        (name, process): (&str, Option<&Process>),
        fact: &Fact,
        line: &str,
    ) -> Assumption {
        let manifest = self.deployment.manifest.as_str();
        let home = &self.deployment.home;
        let deployment = format!("deployments.{}", toml_key(&home.key(manifest)));
        let settle_with = format!("{deployment}.{line}");
        let table = match process {
            Some(it) => format!("{deployment}.processes.{}", toml_key(&it.name.value)),
            None => deployment,
        };
        Assumption {
            manifest: manifest.to_owned(),
            file: home.file().to_owned(),
            process: process.map(|it| it.name.value.clone()),
            name: name.to_owned(),
            value: fact.value().cloned().unwrap_or(Value::Null),
            text: fact.origin.source.clone(),
            place: home.place(&settle_with, &table),
            settle_with,
            behind: None,
            rules: [].into(),
        }
    }

    /// What a diagnostic rests on, each with the line that settles it.
    fn behind(self, diagnostic: &Diagnostic) -> Vec<Assumption> {
        let mut found = Vec::new();
        for used in &diagnostic.facts {
            collect(&mut found, (&used.name, &used.fact), None);
        }
        let is_open = |it: &Behind<'_>| !it.fact.origin.is_doubtful();
        found.retain(|it| !diagnostic.whatever.contains(it.name) && is_open(it));
        let lines = found.iter().filter_map(|it| {
            let own = self.settling(it.name, it.fact);
            // What has no name of its own is settled with the fact that it decides.
            own.or_else(|| {
                let (id, decided) = it.decides?;
                let stated = self.settling(id.name(), decided)?;
                Some(Assumption { text: it.fact.origin.source.clone(), ..stated })
            })
        });
        lines.collect()
    }

    /// The line that settles an assumed value by its own name.
    fn settling(self, name: &str, fact: &Fact) -> Option<Assumption> {
        match name.strip_prefix('$') {
            Some(variable) if fact.value() == Some(&Value::Null) => {
                let line = format!("set.{} = false", toml_key(variable));
                Some(self.stating((name, None), fact, &line))
            }
            _ if key(name).is_some() => self.assumption(name, fact),
            _ => self.stating_fact(FactId::from_name(name)?, fact),
        }
    }

    /// The line that states any fact of the vocabulary.
    fn stating_fact(self, id: FactId, fact: &Fact) -> Option<Assumption> {
        let value = match fact.value()? {
            // That there is none is what was found: a line that says it would outlive the repair.
            Value::Null if id == vocabulary::HEALTH_CHECK_PATH => return None,
            Value::Null if config::may_be_none(id) => "\"\"".to_owned(),
            value => toml_text::value_text(&toml_value(value)?),
        };
        // What a file is for, it is for with all of its processes.
        let is_whole = id == vocabulary::PURPOSE || id.def().scope != Scope::Process;
        let process = self.process.filter(|_| !is_whole);
        if !config::can_be_stated(id) || process.is_none() && !is_whole {
            return None;
        }
        let line = match process {
            Some(it) => format!("processes.{}.{} = {value}", toml_key(&it.name.value), id.name()),
            None => format!("{} = {value}", id.name()),
        };
        Some(self.stating((id.name(), process), fact, &line))
    }
}

/// An assumed value behind a diagnostic, and the nearest fact that rests on it and can be stated.
struct Behind<'a> {
    name: &'a str,
    fact: &'a Fact,
    decides: Option<(FactId, &'a Fact)>,
}

fn collect<'a>(
    acc: &mut Vec<Behind<'a>>,
    (name, fact): (&'a str, &'a Fact),
    around: Option<(FactId, &'a Fact)>,
) {
    let is_stated =
        |it: &FactId| config::can_be_stated(*it) && fact.value().is_some_and(can_be_written);
    let decides = FactId::from_name(name).filter(is_stated).map(|it| (it, fact)).or(around);
    // What a variable says that is assumed is settled with the variable.
    let of_variable = |it: &Input| it.name.starts_with('$') && it.fact.origin.is_assumed();
    let follows = fact.origin.inputs.iter().any(of_variable);
    if fact.origin.kind == OriginKind::Assumed && !follows && !is_of_every_host(name, fact) {
        acc.push(Behind { name, fact, decides });
    }
    for input in &fact.origin.inputs {
        collect(acc, (&input.name, &input.fact), decides);
    }
}

/// Adds what diagnostics rest on, so that everything that is shown as assumed can be settled.
pub(crate) fn add_behind(acc: &mut Vec<Assumption>, project: &Project, diagnostics: &[Diagnostic]) {
    for it in diagnostics.iter().filter(|it| it.confidence == Confidence::Assumed) {
        let about = project.deployments.iter().filter(|of| it.deployments.contains(&of.manifest));
        for deployment in about {
            let name = it.process.as_ref();
            let process = name.and_then(|name| {
                deployment.processes.iter().find(|process| process.name.value == *name)
            });
            for mut assumption in (Place { deployment, process }).behind(it) {
                assumption.behind = Some(it.severity);
                assumption.rules.insert(it.rule.to_string());
                assumption::merge(acc, [assumption]);
            }
        }
    }
}

/// Takes the memory of a machine to its plan where both are assumed: the plan settles both.
pub(crate) fn join_machines(all: &mut Vec<Assumption>) {
    let (plan, memory) = ("plan", vocabulary::MACHINE_MEMORY_MB.name());
    let (memories, mut rest): (Vec<_>, Vec<_>) = all.drain(..).partition(|it| it.name == memory);
    for it in memories {
        let is_own = |known: &&mut Assumption| {
            known.name == plan && (&known.manifest, &known.process) == (&it.manifest, &it.process)
        };
        match rest.iter_mut().find(is_own) {
            Some(known) => known.take_over(it),
            None => rest.push(it),
        }
    }
    *all = rest;
}

/// Names the world in which each of these is so, where files do not say that it is this one.
pub(crate) fn name_worlds(diagnostics: &mut [Diagnostic]) {
    for it in diagnostics.iter_mut().filter(|it| it.confidence == Confidence::Assumed) {
        let world = world(it);
        it.message.push_str(&world);
    }
}

/// Whether it is so on a machine or platform that no file names. What kind of process it is, and
/// how much memory one worker takes, are assumptions about the files and not about where they run.
pub(super) fn rests_on_world(diagnostic: &Diagnostic) -> bool {
    const WORLD: &[FactId] = &[
        vocabulary::PLATFORM,
        vocabulary::MACHINE_PLAN,
        vocabulary::MACHINE_MEMORY_MB,
        vocabulary::SCALE_MIN,
        vocabulary::SCALE_MAX,
    ];
    let ids = assumed(diagnostic).into_iter().filter_map(FactId::from_name);
    ids.into_iter().any(|it| WORLD.contains(&it))
}

/// ` (assuming platform heroku, plan basic, 1 instance)`.
fn world(diagnostic: &Diagnostic) -> String {
    let roots = Roots::of(diagnostic);
    let of = |ids: &[FactId]| {
        let found = roots.found.iter();
        let value = |(name, fact): &(&str, &Fact)| {
            let id = FactId::from_name(name).filter(|it| ids.contains(it))?;
            Some(shown(&Val::of_fact(&Wanted::Fact(id), fact), Digits::Grouped))
        };
        found.filter_map(value).next()
    };
    let instances = |it: String| match it.as_str() {
        "1" => "1 instance".to_owned(),
        it => format!("{it} instances"),
    };
    let parts = [
        of(&[vocabulary::PLATFORM]).map(|it| format!("platform {it}")),
        of(&[vocabulary::MACHINE_PLAN]).map(|it| format!("plan {it}")),
        // How much a host may have is a range, which names no machine.
        of(&[vocabulary::MACHINE_MEMORY_MB])
            .filter(|it| it.bytes().all(|it| it.is_ascii_digit() || it == b','))
            .map(|it| format!("{it} MB")),
        of(&[vocabulary::SCALE_MIN, vocabulary::SCALE_MAX]).map(instances),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>() {
        parts if parts.is_empty() => String::new(),
        parts => format!(" (assuming {})", parts.join(", ")),
    }
}

/// The names of the assumed values that a diagnostic rests on.
pub(crate) fn assumed(diagnostic: &Diagnostic) -> Vec<&str> {
    Roots::of(diagnostic).found.into_iter().map(|(name, _)| name).collect()
}

/// Sets the confidence that follows from the facts and from what makes no difference.
pub(crate) fn set_confidence(diagnostic: &mut Diagnostic) {
    let is_outdated = diagnostic.facts.iter().any(|it| it.fact.origin.as_of().is_some());
    diagnostic.confidence = match is_outdated || !assumed(diagnostic).is_empty() {
        true => Confidence::Assumed,
        false => Confidence::Certain,
    };
}

/// Lets go of the facts of diagnostics that were not taken for granted and rest on nothing that was:
/// few reports show them, and they are most of what a diagnostic weighs.
pub(crate) fn keep_assumed(diagnostics: &mut [Diagnostic]) {
    let mut pruned = Pruned::default();
    for diagnostic in diagnostics {
        diagnostic.facts.retain(|it| it.fact.origin.is_assumed());
        diagnostic.facts.shrink_to_fit();
        diagnostic.facts.iter_mut().for_each(|it| pruned.prune(&mut it.fact));
    }
}

/// Facts that diagnostics share, as they were and without what is not taken for granted: they share
/// them afterwards, too. The first are held, so that none of another one has the same address.
#[derive(Default)]
struct Pruned(HashMap<*const Fact, (Arc<Fact>, Arc<Fact>)>);

impl Pruned {
    /// Lets go of what stands behind a fact and is not taken for granted.
    fn prune(&mut self, fact: &mut Arc<Fact>) {
        let whole = Arc::clone(fact);
        if let Some((_, pruned)) = self.0.get(&Arc::as_ptr(fact)) {
            *fact = Arc::clone(pruned);
            return;
        }
        let is_kept = |it: &Input| it.fact.origin.is_assumed() || it.name == Origin::DOUBT;
        let inputs = whole.origin.inputs.iter().filter(|it| is_kept(it)).cloned();
        let mut inputs: Vec<Input> = inputs.collect();
        inputs.iter_mut().for_each(|it| self.prune(&mut it.fact));
        let Origin { kind, span, source, .. } = &whole.origin;
        let origin = Origin { kind: *kind, span: *span, source: source.clone(), inputs };
        *fact = Arc::new(Fact::new(whole.state.clone(), origin));
        self.0.insert(Arc::as_ptr(&whole), (whole, Arc::clone(fact)));
    }
}

/// Whether it is between what the smallest and the largest host have that are rented: what is so on
/// each of them rests on none.
pub(crate) fn is_of_every_host(name: &str, fact: &Fact) -> bool {
    const OF_HOST: &[FactId] = &[vocabulary::MACHINE_MEMORY_MB, vocabulary::MACHINE_VISIBLE_CPUS];
    matches!(fact.state, State::Range { .. }) && OF_HOST.iter().any(|it| it.name() == name)
}

/// How opslint.toml calls a value, and whether each process has its own.
fn key(name: &str) -> Option<(&str, Scope)> {
    if name.starts_with('$') {
        return Some((name, Scope::Deployment));
    }
    let id = FactId::from_name(name).filter(|it| CHOICES.contains(it))?;
    let key = match id {
        vocabulary::MACHINE_PLAN => "plan",
        vocabulary::SCALE_MIN | vocabulary::SCALE_MAX => "instances",
        _ => id.name(),
    };
    Some((key, id.def().scope))
}

/// A value as opslint.toml has it; null is nothing that can be written.
pub fn toml_value(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(it) => toml::Value::Boolean(*it),
        Value::Int(it) => toml::Value::Integer(*it),
        Value::Number(it) => toml::Value::Float(*it),
        Value::Text(it) => toml::Value::String(it.clone()),
        Value::List(list) => {
            toml::Value::Array(list.iter().map(toml_value).collect::<Option<_>>()?)
        }
    })
}

/// Whether opslint.toml has such values.
fn can_be_written(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::List(list) => list.iter().all(can_be_written),
        Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Text(_) => true,
    }
}

/// The assumed values behind facts, each once.
#[derive(Default)]
struct Roots<'a> {
    found: Vec<(&'a str, &'a Fact)>,
    seen: HashSet<*const Fact>,
}

impl<'a> Roots<'a> {
    /// Those behind a diagnostic that make a difference.
    fn of(diagnostic: &'a Diagnostic) -> Self {
        let mut roots = Self::default();
        diagnostic.facts.iter().for_each(|it| roots.add(&it.name, &it.fact));
        roots.found.retain(|(name, _)| !diagnostic.whatever.contains(*name));
        roots
    }

    fn add(&mut self, name: &'a str, fact: &'a Fact) {
        if fact.origin.kind == OriginKind::Assumed && !is_of_every_host(name, fact) {
            let is_known = |it: &&(&str, &Fact)| it.0 == name && it.1.state == fact.state;
            if self.found.iter().find(is_known).is_none() {
                self.found.push((name, fact));
            }
        }
        for input in &fact.origin.inputs {
            if self.seen.insert(Arc::as_ptr(&input.fact)) {
                self.add(&input.name, &input.fact);
            }
        }
    }
}

/// Takes away what is assumed: it is not known, and the reason says what would have been taken.
pub(crate) fn forget(project: &mut Project) {
    let forget = |fact: &mut Fact| {
        if fact.origin.is_taken_for_granted() {
            let reason = format!("it is assumed to be {}, and no file says it", fact.state);
            fact.state = State::Unknown(Unknown::because(reason));
            fact.origin = Origin::new(OriginKind::Default, "no file says it");
        }
    };
    for deployment in &mut project.deployments {
        deployment.facts.iter_mut().for_each(|(_, fact)| forget(fact));
        for process in &mut deployment.processes {
            process.facts.iter_mut().for_each(|(_, fact)| forget(fact));
            process.settings.values_mut().for_each(forget);
        }
    }
}
