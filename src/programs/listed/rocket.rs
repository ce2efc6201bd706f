//! Where a server made with Rocket listens: its variables, else Rocket.toml, else at the host itself.
//!
//! Source: <https://rocket.rs/guide/v0.5/configuration/>

use super::sources;
use crate::document::Node;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::vocabulary::{self as v, FactId};
use crate::workspace::Workspace;

/// Settings with their variables and defaults.
const SETTINGS: &[(&str, &str, FactId)] =
    &[("address", "ROCKET_ADDRESS", v::BIND_HOST), ("port", "ROCKET_PORT", v::PORT)];

/// Sections of Rocket.toml, the strongest first, for a program that is built for a release.
const SECTIONS: &[&str] = &["global", "release", "default"];

/// Words of code that configures Rocket itself.
const IN_CODE: &[&str] = &["rocket::custom", "figment", "Figment", "Config", ".configure("];

/// Sets the host and the port of a program whose sources are those of the project.
pub(crate) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let Some(manifest) = sources::open(workspace, launch, "Cargo.toml") else { return };
    let manifest = workspace.look_into(manifest.1, Syntax::Toml);
    let Some(rocket) = manifest.root.at(&["dependencies", "rocket"]) else { return };
    let version = rocket.as_str().or_else(|| rocket.get("version")?.as_str()).unwrap_or_default();
    // Before 0.5, the address depended on the environment.
    let is_known = version.trim_start_matches(['=', '^', '~', ' ']).starts_with("0.5");
    let code = sources::text(workspace, launch, "src/main.rs");
    if !is_known || code.is_none_or(|it| IN_CODE.iter().any(|word| it.contains(word))) {
        return;
    }
    if !matches!(launch.environment.get("ROCKET_PROFILE"), Lookup::Unset | Lookup::Unmentioned) {
        return;
    }
    let path = workspace.join(&launch.folder, "Rocket.toml");
    let file = path.filter(|it| workspace.is_there(it)).and_then(|it| workspace.open(&it));
    let document = file.map(|it| workspace.look_into(it, Syntax::Toml));
    for (key, variable, id) in SETTINGS {
        let written = document.as_ref().and_then(|it| {
            let node = SECTIONS.iter().find_map(|section| it.root.at(&[section, key]))?;
            Some(written(node, key))
        });
        let fact = match launch.environment.get(variable) {
            Lookup::Set(given) => value(*id, given.clone()),
            Lookup::Unset | Lookup::Unmentioned => match written {
                Some(written) => value(*id, written),
                None => default_fact(default(*id), "Rocket"),
            },
        };
        server.facts.set(*id, fact);
    }
}

fn default(id: FactId) -> Value {
    if id == v::PORT { Value::Int(8000) } else { Value::Text("127.0.0.1".to_owned()) }
}

fn written(node: &Node, key: &str) -> Fact {
    let origin = Origin::written(node.span, format!("`{key}` in Rocket.toml"));
    match sources::scalar(node) {
        Some(text) => Fact::known(Value::Text(text), origin),
        None => Fact::unknown(Unknown::because("it is no plain value"), origin),
    }
}

/// A port as a number.
fn value(id: FactId, fact: Fact) -> Fact {
    let number = fact.text().and_then(|it| it.trim().parse().ok());
    match number {
        Some(number) if id == v::PORT => Fact { state: State::Known(Value::Int(number)), ..fact },
        _ => fact,
    }
}
