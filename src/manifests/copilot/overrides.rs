//! What changes the templates that Copilot makes of a manifest: rules of `taskdef_overrides`, and
//! patches in the folder `overrides` beside it.
//!
//! Source: <https://aws.github.io/copilot-cli/docs/developing/overrides/taskdef-overrides/>.

use super::Workload;
use crate::document::Node;
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::cloud::int;
use crate::manifests::env_file;
use crate::project::{Environment, Facts};
use crate::vocabulary as v;
use crate::workspace::{join, parent};

/// The path of the main container in a task definition.
const MAIN: &str = "ContainerDefinitions[0].";

/// What is known to change a template.
pub(super) struct Overrides<'n> {
    /// Paths in the task definition with their values.
    rules: Vec<(&'n Node, &'n str, Option<&'n Node>)>,
    /// The folder of patches that nobody here applies.
    patches: Option<String>,
}

impl<'n> Overrides<'n> {
    pub(super) fn of(context: &Context<'_, '_>, workload: &Workload<'n>) -> Self {
        let rules = workload.get("taskdef_overrides").map(Node::elements).unwrap_or_default();
        let rules = rules.iter().filter_map(|it| {
            let path = it.get("path")?;
            Some((path, path.as_str()?, it.get("value")))
        });
        let folder = join(parent(context.manifest), "overrides");
        let patches = folder.filter(|it| !context.workspace.list(it).is_empty());
        Self { rules: rules.collect(), patches }
    }

    fn value(&self, wanted: &str) -> Option<&'n Node> {
        let mut found = self.rules.iter().rev().filter(|(_, path, _)| *path == wanted);
        found.next().and_then(|(_, _, value)| *value)
    }

    fn has(&self, start: &str) -> bool {
        self.rules
            .iter()
            .any(|(_, path, _)| path.strip_prefix(MAIN).is_some_and(|it| it.starts_with(start)))
    }

    /// Whether the size of the task may be another one than the manifest says.
    pub(super) fn replace_size(&self) -> bool {
        self.patches.is_some()
            || self.rules.iter().any(|(_, path, _)| matches!(*path, "Cpu" | "Memory"))
    }

    /// Whether the main container starts something else.
    pub(super) fn replace_command(&self) -> bool {
        ["Command", "EntryPoint", "Image"].iter().any(|it| self.has(it))
    }

    /// Lays the rules over what the manifest says. What patches may change is assumed to stay.
    pub(super) fn apply(&self, facts: &mut Facts) {
        let key = |key: &str| self.value(&format!("{MAIN}{key}"));
        if let Some(node) = key("StopTimeout") {
            facts.set(v::SHUTDOWN_GRACE_S, int(node, "`StopTimeout` in `taskdef_overrides`"));
        }
        if let Some(node) = self.value("Memory") {
            facts.set(v::MACHINE_MEMORY_MB, int(node, "`Memory` in `taskdef_overrides`"));
        }
        if let Some(node) = key("Memory") {
            facts.set(v::MACHINE_MEMORY_MB, int(node, "`Memory` in `taskdef_overrides`"));
        }
        if let Some(node) = self.value("Cpu") {
            let units = int(node, "`Cpu` in `taskdef_overrides`");
            let cpus = units.int().map(|it| Value::of_number(it as f64 / 1024.0));
            let origin = units.origin.clone();
            facts.set(v::MACHINE_CPUS, cpus.map_or(units, |it| Fact::known(it, origin)));
        }
        let Some(folder) = &self.patches else { return };
        let all: Vec<_> = facts.iter().map(|(id, fact)| (id, fact.clone())).collect();
        for (id, fact) in all {
            if id == v::KIND {
                continue;
            }
            let source = format!("{}; taken not to be changed in `{folder}`", fact.origin.source);
            let origin = Origin { kind: OriginKind::Assumed, source, ..fact.origin };
            facts.set(id, Fact { origin, ..fact });
        }
    }

    /// Variables that the manifest does not show.
    pub(super) fn variables(&self, environment: &mut Environment) {
        let rule = self.rules.iter().find(|(_, path, _)| {
            path.strip_prefix(MAIN)
                .is_some_and(|it| ["Environment", "Secrets"].iter().any(|key| it.starts_with(key)))
        });
        let place = rule.map(|(node, ..)| ("`taskdef_overrides`".to_owned(), Some(node.span)));
        let place = place.or_else(|| Some((format!("`{}`", self.patches.as_ref()?), None)));
        let Some((place, span)) = place else { return };
        let unknown = Unknown::because(format!("{place} may set any variable"));
        let origin = Origin { span, ..Origin::new(OriginKind::Env, place.clone()) };
        let any = Fact::unknown(unknown, origin);
        env_file::unread(&format!("{place} changes the template"), &any, environment);
    }
}
