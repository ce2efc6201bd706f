//! What an application falls back on where a variable is not set and no file sets it: pages of
//! errors, a key that everyone can read, a database that is a file.

use crate::fact::{Fact, GapKind, Input, Origin, OriginKind, Value};
use crate::project::Environment;
use crate::python::{Binding, Unmentioned};
use crate::vocabulary as v;

use super::django::{Default, SECRET_KEY, SETTINGS, Settings, of_module};
use super::entry::Entry;
use super::pools::Pool;
use super::{Application, Source, allowed, code, flask, pools};

const ENGINE: &str = "DATABASES.default.ENGINE";

/// Looks at the settings of Django once more, where a variable that no file sets decides about one of
/// these.
pub(super) fn of_django(
    source: &mut Source<'_, '_>,
    (named, settings): (&Fact, &Settings),
    environment: Environment,
    application: &mut Application,
) {
    let debug = application.facts.get(v::APP_LIMITS_DEBUG).filter(|it| is_open(it)).cloned();
    let engine = application.settings.get(ENGINE).filter(|it| is_open(it)).cloned();
    let key = settings.binding(SECRET_KEY).ok().flatten().filter(|it| is_open(&it.fact));
    if debug.is_none() && engine.is_none() && key.is_none() {
        return;
    }
    let settings = unset(source, environment, |it| of_module(it, named));
    if let Some(debug) = debug {
        let fact = allowed::truth(&settings.get("DEBUG", Default::False));
        match fact.bool() {
            // A dashboard says otherwise only by mistake.
            Some(false) => application.facts.set(v::APP_LIMITS_DEBUG, fact),
            Some(true) => says(application, v::CODE_DEBUG_UNLESS, &fact, debug.origin),
            None => {}
        }
    }
    if let (Some(key), Ok(Some(now))) = (key, settings.binding(SECRET_KEY)) {
        secret(source, application, key, now);
    }
    if let Some(engine) = engine {
        let now = settings.table("DATABASES", &["default", "ENGINE"]);
        let is_file = now.text().is_some_and(|it| it.contains("sqlite"));
        let name = settings.table("DATABASES", &["default", "NAME"]);
        let is_in_memory = name.text().is_some_and(|it| it.contains(":memory:"));
        if is_file && !is_in_memory {
            says(application, v::CODE_DATABASE_FILE_UNLESS, &now, engine.origin);
        }
    }
}

/// Takes back an assumption where both branches agree: a setting that is the same when the variable
/// is not set at all does not rest on what it is taken to be.
pub(super) fn agreed(
    source: &mut Source<'_, '_>,
    named: &Fact,
    environment: &Environment,
    application: &mut Application,
) {
    let taken = environment.iter().filter(|(_, it)| it.origin.is_assumed());
    let taken: Vec<String> = taken.map(|(name, _)| name.to_owned()).collect();
    let rests = |it: &Fact| it.value().is_some() && it.origin.is_assumed();
    if taken.is_empty() || !application.settings.values().any(rests) {
        return;
    }
    let mut without = environment.clone();
    for name in taken {
        without.unset(name, Origin::new(OriginKind::Default, "not set"));
    }
    let settings = unset(source, without, |it| of_module(it, named));
    let mut agree = |name: String, now: Fact| {
        if let Some(fact) = application.settings.get_mut(&name).filter(|it| rests(it))
            && fact.state == now.state
        {
            fact.origin.inputs.retain(|it| !it.fact.origin.is_assumed());
        }
    };
    for (name, default) in SETTINGS {
        agree((*name).to_owned(), settings.get(name, *default));
    }
    for key in ["ENGINE", "HOST", "NAME"] {
        let now = settings.table("DATABASES", &["default", key]);
        agree(format!("DATABASES.default.{key}"), now);
    }
}

/// The same of the module that makes an application of Flask, or that opens a database with
/// SQLAlchemy: the key that signs its sessions, and the address of the database.
pub(super) fn of_code(
    source: &mut Source<'_, '_>,
    entry: &Entry,
    (key, url): (Option<&Binding>, Option<&Fact>),
    application: &mut Application,
) {
    let key = key.filter(|it| is_open(&it.fact));
    let url = url.filter(|it| is_open(it));
    if key.is_none() && url.is_none() {
        return;
    }
    let environment = source.environment.clone();
    let call = entry.is_called.then_some(entry.name.as_str());
    let module = unset(source, environment, |it| it.evaluate(entry.file, call));
    if let (Some(key), Some(now)) = (key, flask::binding(&module, SECRET_KEY)) {
        secret(source, application, key, now);
    }
    if let (Some(url), Some(now)) = (url, flask::database_file(&module)) {
        says(application, v::CODE_DATABASE_FILE_UNLESS, &now, url.origin.clone());
    }
}

/// The connections of a pool whose size hangs on variables that no file sets: taken to be unset. As
/// it was, where they decide nothing.
pub(super) fn pool(source: &mut Source<'_, '_>, entry: &Entry, pool: Pool) -> Pool {
    if !is_open(&pool.most) {
        return pool;
    }
    let environment = source.environment.clone();
    let before = source.calls.len();
    let now = unset(source, environment, |it| {
        let module = it.evaluate_application(entry);
        let engine = flask::pool(&module).map(|most| Pool { most, least: 0 });
        engine.or_else(|| pools::of_calls(&it.calls[before..]))
    });
    now.filter(|it| it.most.int().is_some()).unwrap_or(pool)
}

/// Does something with variables unset that no file sets.
fn unset<'w, 's, T>(
    source: &mut Source<'w, 's>,
    environment: Environment,
    look: impl FnOnce(&mut Source<'w, 's>) -> T,
) -> T {
    let calls = source.calls.len();
    let unmentioned = std::mem::replace(&mut source.unmentioned, Unmentioned::Nowhere);
    let now = std::mem::replace(&mut source.environment, environment);
    let seen = look(source);
    source.unmentioned = unmentioned;
    source.environment = now;
    source.calls.truncate(calls);
    seen
}

/// Whether a variable that no file sets decides.
fn is_open(fact: &Fact) -> bool {
    fact.state.unknown().is_some_and(|it| matches!(it.kind, GapKind::Variable(_)))
}

/// The key that is written in the code beside its variable, labelled at its name: the value is
/// nobody's business.
fn secret(source: &Source<'_, '_>, application: &mut Application, key: &Binding, now: &Binding) {
    let is_written = now.fact.text().is_some_and(|it| !it.is_empty()) && !now.maybe_unset;
    if is_written {
        let origin =
            Origin::written(code::own_place(&source.workspace.sources, key), "written in the code");
        says(application, v::CODE_SECRET_UNLESS, &now.fact, origin);
    }
}

/// Says on which variable it hangs, at the place where the code reads it. opslint.toml may say that
/// the variable is set.
fn says(application: &mut Application, id: v::FactId, now: &Fact, place: Origin) {
    let is_unset =
        |it: &&Input| it.name.starts_with('$') && it.fact.origin.kind == OriginKind::Assumed;
    let Some(unset) = now.origin.inputs.iter().find(is_unset) else { return };
    let name = Value::Text(unset.name.trim_start_matches('$').to_owned());
    let origin = Origin { kind: OriginKind::Written, inputs: vec![unset.clone()], ..place };
    application.facts.set(id, Fact::known(name, origin));
}
