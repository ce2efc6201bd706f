//! Which settings module a Django project runs with: the one that is named, or one of few.

use crate::fact::{Case, Fact, Origin, OriginKind, State, Unknown, Value};
use crate::project::{Lookup, unmentioned};
use crate::python::Module;
use crate::workspace::parent;

use super::entry::Entry;
use super::{Application, SETTINGS_MODULE, Source, fact};

/// Words in the names of settings modules that a deployment may run with.
const DEPLOYED: &[&str] = &[
    "settings",
    "prod",
    "production",
    "staging",
    "stage",
    "live",
    "deploy",
    "deployment",
    "server",
    "release",
    "heroku",
    "render",
    "fly",
    "aws",
    "gcp",
    "azure",
    "docker",
    "dokku",
    "railway",
];

/// Words in the names of those that none runs with.
const NOT_DEPLOYED: &[&str] =
    &["test", "tests", "testing", "pytest", "ci", "local", "dev", "develop", "development", "docs"];

/// Most modules that are read beside the one that is named.
const OTHERS_MAX: usize = 4;

/// The settings module, and those that may run in its place.
pub(super) struct Named {
    fact: Fact,
    /// Modules that a deployment may name instead, where nothing but a default names one.
    others: Vec<String>,
}

impl Named {
    /// The one that is named; unknown where another one may run.
    pub(super) fn certain(&self) -> Fact {
        match self.doubt() {
            Some(unknown) => Fact { state: State::Unknown(unknown), ..self.fact.clone() },
            None => self.fact.clone(),
        }
    }

    /// The modules that may run, where there are several and all of them are read.
    pub(super) fn candidates(&self) -> Option<Fact> {
        if self.others.len() > OTHERS_MAX {
            return None;
        }
        let first = Case::new(self.fact.value()?.clone(), self.fact.origin.span);
        let others = self.others.iter().map(|it| Case::new(Value::Text(it.clone()), None));
        let state = State::one_of(std::iter::once(first).chain(others).collect())?;
        let is_open = matches!(state, State::OneOf(_));
        is_open.then(|| Fact { state, ..self.fact.clone() })
    }

    /// Each module that may run, the one that is named first.
    pub(super) fn each(&self) -> impl Iterator<Item = Fact> {
        let others = self.others.iter().take(OTHERS_MAX).map(|it| {
            let state = State::Known(Value::Text(it.clone()));
            Fact { state, ..self.fact.clone() }
        });
        std::iter::once(self.fact.clone()).chain(others)
    }

    /// Why it is not known which one runs.
    pub(super) fn doubt(&self) -> Option<Unknown> {
        let other = self.others.first()?;
        let Unknown { reason, settle_with, .. } = unmentioned(SETTINGS_MODULE);
        Some(Unknown::new(format!("{reason}, and `{other}` may be meant"), settle_with))
    }
}

/// What an application is with each of several settings modules: known where all agree, one of few
/// where each says something, unknown elsewhere.
pub(super) fn agreed(
    mut first: Application,
    others: Vec<Application>,
    doubt: Option<Unknown>,
) -> Application {
    let Some(doubt) = doubt else { return first };
    for (name, fact) in first.settings.iter_mut() {
        let theirs: Vec<_> = others.iter().map(|it| it.settings.get(name)).collect();
        merge(fact, &theirs, &doubt);
    }
    let ids: Vec<_> = first.facts.iter().map(|(id, fact)| (id, fact.clone())).collect();
    for (id, mut fact) in ids {
        let theirs: Vec<_> = others.iter().map(|it| it.facts.get(id)).collect();
        merge(&mut fact, &theirs, &doubt);
        let anchor = first.facts.span(id);
        first.facts.set(id, fact);
        if let Some(span) = anchor {
            first.facts.anchor(id, span);
        }
    }
    for other in others {
        for (id, fact) in other.facts.iter() {
            if first.facts.get(id).is_some() {
                continue;
            }
            let origin = Origin { span: None, ..fact.origin.clone() };
            first.facts.set(id, Fact::unknown(doubt.clone(), origin));
        }
        first.modules.extend(other.modules);
    }
    first
}

/// Makes a fact what it is with all modules.
fn merge(fact: &mut Fact, others: &[Option<&Fact>], doubt: &Unknown) {
    if others.iter().all(|it| it.is_some_and(|it| it.state == fact.state)) {
        return;
    }
    let cases = |it: &Fact| match &it.state {
        State::Known(value) => Some(vec![Case::new(value.clone(), it.origin.span)]),
        State::OneOf(cases) => Some(cases.clone()),
        _ => None,
    };
    let all = std::iter::once(cases(fact)).chain(others.iter().map(|it| cases((*it)?)));
    let all: Option<Vec<Vec<Case>>> = all.collect();
    let state = all.and_then(|it| State::one_of(it.concat()));
    fact.state = state.unwrap_or_else(|| State::Unknown(doubt.clone()));
    fact.overridden.clear();
}

/// The name of the settings module: what the environment says, what the entry sets over it, or
/// what the entry sets where the environment says nothing.
pub(super) fn named(source: &mut Source<'_, '_>, entry: Option<&Entry>) -> Option<Named> {
    let given = match source.environment.get(SETTINGS_MODULE) {
        Lookup::Set(fact) => Some(fact.clone()),
        Lookup::Unset | Lookup::Unmentioned => None,
    };
    let alone = |fact| Named { fact, others: Vec::new() };
    let Some(entry) = entry else { return given.map(alone) };
    let mut environment = source.environment.clone();
    if given.is_none() {
        environment.unset(SETTINGS_MODULE, Origin::new(OriginKind::Assumed, "not mentioned"));
    }
    let outer = std::mem::replace(&mut source.environment, environment);
    let module = source.evaluate(entry.file, entry.is_called.then_some(entry.name.as_str()));
    source.environment = outer;
    // What the entry sets, the settings see.
    for record in &module.records {
        let name = record.name.value.strip_prefix("env ");
        let Some(name) = name.map(|it| it.strip_prefix("default ").unwrap_or(it)) else { continue };
        if name != SETTINGS_MODULE {
            source.environment.set(name, fact(record));
        }
    }
    if let Some(record) = module.record(&format!("env {SETTINGS_MODULE}")) {
        return Some(alone(fact(record)));
    }
    if let Some(given) = given {
        return Some(alone(given));
    }
    let record = module.record(&format!("env default {SETTINGS_MODULE}"))?;
    let mut fact = fact(record);
    fact.origin.inputs.clear();
    let others = fact.text().map(|it| other_modules(source, it)).unwrap_or_default();
    Some(Named { fact, others })
}

/// Settings modules beside the default one that a deployment may name instead.
fn other_modules(source: &mut Source<'_, '_>, dotted: &str) -> Vec<String> {
    let Some(file) = source.module(dotted) else { return Vec::new() };
    let path = source.workspace.sources.file(file).path().to_owned();
    let is_package = path.ends_with("/__init__.py");
    let own = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".py").to_owned();
    let package = if is_package { dotted } else { dotted.rsplit_once('.').map_or("", |it| it.0) };
    let names = source.workspace.list(parent(&path));
    let others = names.iter().filter_map(|it| it.strip_suffix(".py")).filter(|name| {
        let words: Vec<&str> = name.split('_').collect();
        let any = |list: &[&str]| words.iter().any(|it| list.contains(it));
        *name != own && any(DEPLOYED) && !any(NOT_DEPLOYED)
    });
    let named = |name: &str| match package.is_empty() {
        true => name.to_owned(),
        false => format!("{package}.{name}"),
    };
    others.map(named).collect()
}

/// Settings that stand at the top of a module, whatever part of them it has.
const OF_ANY: &[&str] = &["ALLOWED_HOSTS", "DATABASES", "DEBUG", "MIDDLEWARE", "SECRET_KEY"];

/// Settings that every project names.
const OF_EACH: &[&str] = &["INSTALLED_APPS", "ROOT_URLCONF"];

/// Whether a module assigns no settings that it would: they come in another way.
pub(super) fn is_empty(module: &Module) -> bool {
    !OF_EACH.iter().chain(OF_ANY).any(|it| module.get(it).is_some())
}

/// Why what the module does not assign is not known, where it has only a part of the settings.
pub(super) fn partial(module: &Module, name: Option<&str>) -> Option<Unknown> {
    if OF_EACH.iter().any(|it| module.get(it).is_some()) {
        return None;
    }
    let name = name.unwrap_or_default();
    let taken = "so it is taken for a part of the settings";
    Some(Unknown::because(format!("`{name}` has no `INSTALLED_APPS`, {taken}")))
}
