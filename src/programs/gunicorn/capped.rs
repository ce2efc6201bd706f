//! `workers = min(cpu_count() * 2 + 1, 4)`: where the cap decides, the CPUs do not.

use std::sync::Arc;

use crate::fact::{Fact, Origin, State, Value};
use crate::launch::Launch;
use crate::python::{Module, PyValue};
use crate::source::FileId;
use crate::workspace::Workspace;

use super::{Runtime, config_file, facts, table};

/// What `cpu_count()` is called where a value depends on it.
const CPU_COUNT: &str = "cpu_count()";

/// How many times more CPUs another host has.
const MORE: i64 = 4;

/// Takes the CPUs out of what the number of workers comes from, where a host with more of them
/// gives the same number.
pub(super) fn settle(
    module: &mut Module,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    (file, runtime): (FileId, Runtime<'_>),
) {
    let name = table::WORKERS.name();
    let number = |module: &Module| match module.get(name).map(|it| &it.value) {
        Some(PyValue::Int(it)) => Some(*it),
        _ => None,
    };
    let counts = |it: &Origin| facts::depends_on(it, CPU_COUNT);
    let is_counted = module.get(name).is_some_and(|it| counts(&it.fact.origin));
    let (Some(workers), true) = (number(module), is_counted) else { return };
    match runtime.cpu_count.int() {
        Some(cpus) => {
            let more = State::Known(Value::Int(cpus.saturating_mul(MORE)));
            let cpu_count = Fact { state: more, ..runtime.cpu_count.clone() };
            let larger = Runtime { cpu_count: &cpu_count, ..runtime };
            let there = config_file::evaluate(workspace, launch, file, larger);
            if number(&there) != Some(workers) {
                return;
            }
        }
        // One number for all that there may be.
        None if matches!(runtime.cpu_count.state, State::Range { .. }) => {}
        None => return,
    }
    let bound = module.bindings.iter_mut().filter(|it| it.name.value == name);
    bound.for_each(|it| without(&mut it.fact.origin));
}

fn without(origin: &mut Origin) {
    origin.inputs.retain(|it| it.name != CPU_COUNT);
    origin.inputs.iter_mut().for_each(|it| without(&mut Arc::make_mut(&mut it.fact).origin));
}
