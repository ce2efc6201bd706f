//! `.streamlit/config.toml`: what Streamlit reads below its flags and variables.
//!
//! Source: streamlit/config.py of 1.67.0; the file of the project wins over that of the user.

use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::Server;
use crate::vocabulary::{self as v, FactId};
use crate::workspace::Workspace;

/// The file, from the folder that the program starts in.
const FILE: &str = ".streamlit/config.toml";

/// Keys of the section `server`, with the settings that they are.
const KEYS: &[(&str, &str, FactId)] =
    &[("port", "port", v::PORT), ("address", "host", v::BIND_HOST)];

/// Sets what neither flags nor variables say.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let path = workspace.join(&launch.folder, FILE);
    let file = path.and_then(|it| workspace.open(&it));
    let document = file.map(|it| workspace.look_into(it, Syntax::Toml));
    // `setup.sh` of the recipe for Heroku writes the file of the user.
    let written = launch.written.iter().find(|it| it.ends_with(FILE));
    let is_of_user = |it: &String| *it == format!("/{FILE}") || it.starts_with("/root/");
    let replaces = written.is_some_and(|it| !is_of_user(it));
    for (key, setting, id) in KEYS {
        let is_default =
            server.settings.get(setting).is_none_or(|it| it.origin.kind == OriginKind::Default);
        if !is_default {
            continue;
        }
        let node = document.as_ref().and_then(|it| it.root.at(&["server", key]));
        let Some(node) = node.filter(|_| !replaces) else {
            if written.is_some() {
                let unknown = Unknown::because(format!("the command writes `{FILE}` itself"));
                let fact = Fact::unknown(unknown, Origin::written(launch.span, "the command"));
                server.settings.insert((*setting).to_owned(), fact.clone());
                server.facts.set(*id, fact);
            }
            continue;
        };
        let value = match (node.as_int(), node.as_str()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(text)) => Value::Text(text.to_owned()),
            (None, None) => continue,
        };
        let fact = Fact::known(value, Origin::written(node.span, format!("`{key}` in {FILE}")));
        server.settings.insert((*setting).to_owned(), fact.clone());
        server.facts.set(*id, fact);
    }
}
