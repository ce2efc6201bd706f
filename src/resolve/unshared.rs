//! Variables that one process of a deployment has and another one that needs them lacks.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::formats;
use crate::images::bases;
use crate::project::{Lookup, Process};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join, parent};

/// Says which others have the variable that the code of a process cannot be loaded without.
pub(super) fn variables(workspace: &mut Workspace<'_>, manifest: &str, processes: &mut [Process]) {
    for at in 0..processes.len() {
        let Some(name) = processes[at].facts.get(v::CODE_FAILS_WITHOUT).and_then(Fact::text) else {
            continue;
        };
        // A base image of which nothing is known may have the variable, or something that sets it.
        let base = processes[at].facts.get(v::IMAGE_BASE).and_then(Fact::text);
        if base.is_some_and(bases::may_take_words) {
            continue;
        }
        // What an assumption sets, no file does.
        let has = |it: &&Process| match it.environment.get(name) {
            Lookup::Set(fact) => it.environment.has(name) && !fact.origin.is_assumed(),
            Lookup::Unset | Lookup::Unmentioned => false,
        };
        let others = processes.iter().enumerate().filter(|(idx, _)| *idx != at).map(|it| it.1);
        let names: Vec<Value> =
            others.filter(has).map(|it| Value::Text(it.name.value.clone())).collect();
        if !names.is_empty() && !is_laid_over(workspace, manifest, &processes[at].name.value) {
            let origin = Origin::new(OriginKind::Derived, "variables of the other processes");
            let span = processes[at].span;
            let fact = Fact::known(Value::List(names), Origin { span: Some(span), ..origin });
            processes[at].facts.set(v::VARIABLES_SET_FOR, fact);
        }
    }
}

/// Whether another compose file beside the manifest names the service: it may be laid over it, and
/// give it more variables.
fn is_laid_over(workspace: &mut Workspace<'_>, manifest: &str, service: &str) -> bool {
    let folder = parent(manifest);
    let names = workspace.names(folder);
    let others = names.iter().filter_map(|it| join(folder, it));
    let mut others = others.filter(|it| it != manifest && formats::is_compose(it));
    let key = format!("{service}:");
    others.any(|it| workspace.open_if(&it, &|text| text.contains(&key)).is_some())
}
