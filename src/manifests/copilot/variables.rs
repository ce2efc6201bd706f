//! Variables of a workload: those of Copilot, a file, the manifest, secrets and what addons give.

use super::{Type, Workload};
use crate::document::{Entry, Node};
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::manifests::cloud::variable;
use crate::manifests::env_file::{self, EnvFile};
use crate::manifests::{app_runner, catalog};
use crate::parse::env_file::Flavour;
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::vocabulary as v;
use crate::workspace::{join, parent};

/// The variables of the main container.
pub(super) fn environment(
    context: &mut Context<'_, '_>,
    workload: &Workload<'_>,
    platform: Option<&Platform>,
    facts: &Facts,
) -> Environment {
    let mut environment = Environment::new();
    let kind = facts.get(v::KIND).and_then(Fact::text).unwrap_or("worker");
    let injected = platform.map(|it| catalog::injected(it, kind, None, None));
    for (name, fact) in injected.unwrap_or_default() {
        environment.set(name, fact);
    }
    if let (Type::RequestDriven, Some(port)) = (workload.what, facts.get(v::ROUTER_PORT)) {
        environment.set("PORT", app_runner::of_port("PORT", port));
    }
    addons(context, &mut environment);
    written(context, workload.root, &workload.folder, &mut environment);
    environment
}

/// `env_file`, over it `variables`, and `secrets`: of the main container or a sidecar.
pub(super) fn written(
    context: &mut Context<'_, '_>,
    table: &Node,
    root: &str,
    environment: &mut Environment,
) {
    if let Some(node) = table.get("env_file")
        && let Some(name) = node.as_str()
    {
        let path = join(root, name).filter(|it| !it.starts_with("..") && !name.contains("${"));
        // ECS takes everything behind `=` for the value.
        let file = EnvFile { path, name, span: node.span, flavour: Flavour::Raw };
        env_file::add(context.workspace, &file, environment);
    }
    let list = |key: &str| table.get(key).map(Node::entries).unwrap_or_default();
    for Entry { key, value } in list("variables") {
        let is_filled = value.as_str().is_some_and(|it| it.contains("${"));
        let known = Some(value).filter(|_| !is_filled);
        environment.set(&key.value, variable(&key.value, known, key.span, "`variables`"));
    }
    for Entry { key, .. } in list("secrets") {
        environment.set(&key.value, variable(&key.value, None, key.span, "`secrets`"));
    }
}

/// Outputs of the templates in `addons` are variables, in capitals.
fn addons(context: &Context<'_, '_>, environment: &mut Environment) {
    let Some(folder) = join(parent(context.manifest), "addons") else { return };
    if context.workspace.list(&folder).is_empty() {
        return;
    }
    let unknown = Unknown::because(format!("outputs of the templates in `{folder}` are variables"));
    let origin = Origin::new(OriginKind::Env, format!("`{folder}`"));
    let any = Fact::unknown(unknown, origin);
    env_file::unread(&format!("`{folder}` has templates with outputs"), &any, environment);
}
