//! Layers → what lowering needs: each name once, the strongest statement about it.

use super::layer::Layer;
use crate::glob::is_pattern;
use crate::settings::{DeploymentSettings, Home, SettingFact, Settings};
use crate::source::Spanned;
use crate::workspace::join;

/// The settings of these layers together, the weakest first.
pub(super) fn settings<'a>(
    layers: impl Iterator<Item = &'a Layer>,
    platforms: Vec<(String, String)>,
    above: &[String],
) -> Settings {
    let mut env = Vec::new();
    let mut deployments: Vec<DeploymentSettings> = Vec::new();
    for layer in layers {
        merge_env(&mut env, &layer.env);
        for it in &layer.deployments {
            let same = |other: &&mut DeploymentSettings| place(other) == place(it);
            match deployments.iter_mut().find(same) {
                Some(known) => merge_deployment(known, it),
                None => deployments.push(it.clone()),
            }
        }
    }
    // A table that names its manifest wins over a pattern, and a later one over an earlier one.
    deployments.reverse();
    deployments.sort_by_key(|it| is_pattern(&it.manifest.value));
    Settings {
        env,
        deployments,
        home: Home::default(),
        platforms,
        above: above.to_vec(),
        chosen: Vec::new(),
        usual: Vec::new(),
        elsewhere: None,
    }
}

/// The manifest as a path seen from the start folder: two files may name the same one.
fn place(it: &DeploymentSettings) -> Option<String> {
    join(&it.folder, &it.manifest.value)
}

fn merge_deployment(known: &mut DeploymentSettings, stronger: &DeploymentSettings) {
    merge_env(&mut known.env, &stronger.env);
    merge_env(&mut known.set, &stronger.set);
    merge_facts(&mut known.facts, &stronger.facts);
    for process in &stronger.processes {
        match known.processes.iter_mut().find(|it| it.name.value == process.name.value) {
            Some(known) => {
                merge_facts(&mut known.facts, &process.facts);
                merge_facts(&mut known.settings, &process.settings);
            }
            None => known.processes.push(process.clone()),
        }
    }
}

/// A variable and what is said of it.
type Variable<T> = (Spanned<String>, Spanned<T>);

fn merge_env<T: Clone>(known: &mut Vec<Variable<T>>, stronger: &[Variable<T>]) {
    for variable in stronger {
        match known.iter_mut().find(|it| it.0.value == variable.0.value) {
            Some(known) => *known = variable.clone(),
            None => known.push(variable.clone()),
        }
    }
}

fn merge_facts(known: &mut Vec<SettingFact>, stronger: &[SettingFact]) {
    for fact in stronger {
        known.retain(|it| !replaces(&fact.name.value, &it.name.value));
        known.push(fact.clone());
    }
}

/// Whether a statement about one name settles the other one too.
fn replaces(stronger: &str, weaker: &str) -> bool {
    let settles = |alias: &str, fact: &str| {
        (stronger == alias && weaker == fact) || (stronger == fact && weaker == alias)
    };
    stronger == weaker
        || settles("plan", "machine.plan")
        // `scale.min` alone does not take the place of `instances`, which says more.
        || (stronger == "instances" && matches!(weaker, "scale.min" | "scale.max"))
}
