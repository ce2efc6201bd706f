//! Worker classes of the project: what they are made from decides what they are.
//!
//! `class Worker(UvicornWorker): CONFIG_KWARGS = {...}` tells uvicorn more than gunicorn's settings
//! do, and wins over them.
//!
//! Source: uvicorn-worker 0.4.0, `UvicornWorker.__init__`

use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::project::{Facts, NamedFacts};
use crate::python::{Binding, ClassFacts, PyValue};
use crate::vocabulary::{self, FactId};
use crate::workspace::Workspace;

use super::Runtime;
use super::config_file;
use super::object::Object;
use super::table;
use super::values::Table;
use super::worker::WorkerKind;

/// The attribute with options of uvicorn.
const OPTIONS: &str = "CONFIG_KWARGS";

/// Options of uvicorn that are facts.
const FACTS: &[(&str, FactId)] = &[
    ("timeout_keep_alive", vocabulary::KEEPALIVE_S),
    ("limit_max_requests", vocabulary::MAX_REQUESTS),
];

/// A worker class of the project.
#[derive(Debug)]
pub(super) struct CustomWorker {
    /// What kind of worker the class is that it is made from.
    pub(super) kind: WorkerKind,
    /// The name of that class.
    pub(super) name: String,
    /// Options that it gives uvicorn.
    options: Vec<(String, Fact)>,
}

/// The worker class, where it is one of the project that is made from one that is known.
pub(super) fn worker(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &Table,
    runtime: Runtime<'_>,
) -> Option<CustomWorker> {
    let class = match table.object(table::WORKER_CLASS) {
        Object::Text(dotted) => {
            let dotted = dotted.strip_prefix('#').unwrap_or(dotted);
            let is_own = WorkerKind::from_class(dotted, None) == WorkerKind::Other;
            let is_path = dotted.contains('.') && !dotted.contains([':', '/']);
            if !is_own || !is_path {
                return None;
            }
            config_file::class(workspace, launch, dotted, runtime)?
        }
        Object::Class(_) | Object::Unknown(_) => table.class.clone()?,
        _ => return None,
    };
    let known = class.bases.iter().find_map(|it| Some((it, WorkerKind::of_path(it)?)));
    let (name, kind) = known?;
    let options = match kind {
        WorkerKind::Uvicorn => options(&class),
        _ => Vec::new(),
    };
    let name = name.rsplit('.').next().unwrap_or(name).to_owned();
    Some(CustomWorker { kind, name, options })
}

/// What the class says in [`OPTIONS`], each at its place.
fn options(class: &ClassFacts) -> Vec<(String, Fact)> {
    let Some(binding) = class.attributes.iter().find(|it| it.name.value == OPTIONS) else {
        return Vec::new();
    };
    let PyValue::Dict(entries) = &binding.value else {
        // Any option may be in it.
        return FACTS.iter().map(|(name, _)| ((*name).to_owned(), unknown(binding))).collect();
    };
    let text = |it: &PyValue| match it {
        PyValue::Str(text) => Some(text.to_string()),
        _ => None,
    };
    let option = |(key, value): &(PyValue, PyValue)| {
        let name = text(key)?;
        let source = format!("`{name}` in `{OPTIONS}`");
        let origin = Origin { source, ..binding.fact.origin.clone() };
        Some((name, Fact::new(Object::from(value).state(), origin)))
    };
    entries.iter().filter_map(option).collect()
}

fn unknown(binding: &Binding) -> Fact {
    let reason = || Unknown::because(format!("`{OPTIONS}` is not known"));
    let unknown = binding.fact.state.open().unwrap_or_else(reason);
    Fact { state: State::Unknown(unknown), ..binding.fact.clone() }
}

impl CustomWorker {
    /// Adds what the class tells uvicorn: over gunicorn's own settings.
    pub(super) fn add(self, facts: &mut Facts, settings: &mut NamedFacts) {
        for (name, fact) in self.options {
            // Without a value of its own, uvicorn takes none for the option.
            let is_fact = FACTS.iter().find(|it| it.0 == name);
            if let Some((_, id)) = is_fact {
                let fact = match facts.get(*id).cloned() {
                    Some(loser) => fact.clone().over(loser),
                    None => fact.clone(),
                };
                facts.set(*id, never(*id, fact));
            }
            let fact = match settings.remove(&name) {
                Some(loser) => fact.over(loser),
                None => fact,
            };
            settings.insert(name, fact);
        }
    }
}

/// A worker that is told no number of requests is not replaced, which is 0 among gunicorn's facts.
fn never(id: FactId, fact: Fact) -> Fact {
    match (id == vocabulary::MAX_REQUESTS, fact.value()) {
        (true, Some(Value::Null)) => Fact { state: State::Known(Value::Int(0)), ..fact },
        _ => fact,
    }
}
