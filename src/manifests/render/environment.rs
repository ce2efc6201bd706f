//! The environment of a service: what Render sets, then groups, then the service's own variables.

use std::collections::HashMap;

use crate::document::Node;
use crate::draft::Context;
use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::{catalog, read};
use crate::project::Environment;

use super::{PLATFORM, everywhere, machine, runtime};

/// Variables of groups that all services of a Blueprint have together: each service has all of a
/// group's, so that a small file may ask for millions.
const VARIABLES_MAX: usize = 100_000;

/// The groups of variables of a Blueprint.
pub(super) struct Groups<'a> {
    root: &'a Node,
    by_name: HashMap<&'a str, &'a Node>,
    /// Variables that may still be taken from them.
    left: usize,
}

impl<'a> Groups<'a> {
    /// Those of a file. Of two with one name, the first.
    pub(super) fn new(root: &'a Node) -> Self {
        let mut by_name = HashMap::new();
        for group in everywhere(root, "envVarGroups") {
            if let Some(name) = group.get("name").and_then(Node::as_str) {
                by_name.entry(name).or_insert(group);
            }
        }
        Self { root, by_name, left: VARIABLES_MAX }
    }

    /// The whole file.
    pub(super) fn root(&self) -> &'a Node {
        self.root
    }

    /// Sets the variables of a group; one that is not in this file was made in the dashboard and
    /// stays unmentioned.
    fn set(&mut self, name: &str, node: &Node, environment: &mut Environment) {
        let group = self.by_name.get(name).and_then(|it| it.get("envVars"));
        let variables = group.map(Node::elements).unwrap_or_default();
        if variables.len() > self.left {
            let reason =
                "the services of this file have more variables of groups than opslint reads";
            let origin = Origin::written(node.span, "`fromGroup`");
            environment.open_others(Fact::unknown(Unknown::because(reason), origin));
            return;
        }
        self.left -= variables.len();
        for variable in variables {
            set(variable, &format!("group `{name}`"), environment);
        }
    }
}

/// The variables that a service starts with, as far as the Blueprint says.
pub(super) fn environment(
    context: &Context<'_, '_>,
    groups: &mut Groups<'_>,
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
        if let Some(node) = variable.get("fromGroup")
            && let Some(name) = node.as_str()
        {
            groups.set(name, node, &mut environment);
        }
    }
    for variable in variables {
        set(variable, "`envVars`", &mut environment);
    }
    environment
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
