//! The environment of a service: what Render sets, then groups, then the service's own variables.

use crate::document::Node;
use crate::draft::Context;
use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::{catalog, read};
use crate::project::Environment;

use super::{PLATFORM, everywhere, machine, runtime};

/// The variables that a service starts with, as far as the Blueprint says.
pub(super) fn environment(
    context: &Context<'_, '_>,
    root: &Node,
    service: &Node,
    kind: &str,
) -> Environment {
    let mut environment = Environment::new();
    let language = runtime(service).map(|(it, _)| it);
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        let plan = machine::plan(platform, service, kind);
        for (name, fact) in catalog::injected(platform, kind, language, plan) {
            environment.set(name, fact);
        }
    }
    let variables = service.get("envVars").map(Node::elements).unwrap_or_default();
    for variable in variables {
        if let Some(group) = variable.get("fromGroup").and_then(Node::as_str) {
            from_group(root, group, &mut environment);
        }
    }
    for variable in variables {
        set(variable, "`envVars`", &mut environment);
    }
    environment
}

/// A group of this file; one that is not in it was made in the dashboard and stays unmentioned.
fn from_group(root: &Node, name: &str, environment: &mut Environment) {
    let groups = everywhere(root, "envVarGroups");
    let group = groups.iter().find(|it| it.get("name").and_then(Node::as_str) == Some(name));
    let variables = group.and_then(|it| it.get("envVars")).map(Node::elements);
    for variable in variables.unwrap_or_default() {
        set(variable, &format!("group `{name}`"), environment);
    }
}

fn set(variable: &Node, place: &str, environment: &mut Environment) {
    let Some(key) = variable.get("key").and_then(Node::as_str) else { return };
    let source = format!("`{key}` in {place}");
    let value = variable.get("value");
    let origin = Origin {
        kind: OriginKind::Env,
        span: Some(value.map_or(variable.span, |it| it.span)),
        source,
        inputs: Vec::new(),
    };
    let fact = match value.and_then(read::scalar_text) {
        Some(text) => Fact::known(Value::Text(text), origin),
        None => Fact::unknown(unknown(variable, key), origin),
    };
    environment.set(key, fact);
}

/// Whether a variable gets its value from a database or another service.
pub(crate) fn comes_from_resource(fact: &Fact) -> bool {
    matches!(&fact.state, State::Unknown(unknown) if unknown.kind == GapKind::Resource)
}

fn unknown(variable: &Node, key: &str) -> Unknown {
    let settle_with = format!("`{key}` under `[env]` in opslint.toml");
    let database = variable.get("fromDatabase");
    let property = database.and_then(|it| it.get("property")).and_then(Node::as_str);
    let reason = if property == Some("connectionPoolString") {
        format!("`{key}` comes from the connection pool of a database")
    } else if database.is_some() || variable.get("fromService").is_some() {
        let reason = format!("`{key}` comes from another resource");
        return Unknown::new(reason, settle_with).of_kind(GapKind::Resource);
    } else if variable.get("generateValue").is_some() {
        format!("Render generates `{key}`")
    } else {
        format!("`{key}` is set in Render's dashboard")
    };
    Unknown::new(reason, settle_with)
}
