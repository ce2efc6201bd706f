//! Variables that `flask run` reads from files beside the application.
//!
//! Source: <https://flask.palletsprojects.com/en/stable/cli/#environment-variables-from-dotenv>

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::env_file::{self, Flavour};
use crate::project::Lookup;
use crate::source::Span;
use crate::workspace::{Opened, Workspace};

/// The files, the one that wins first.
const FILES: [&str; 2] = [".env", ".flaskenv"];

/// Variables of the command itself. Of the others, what a developer's file says is none of the server.
const PREFIX: &str = "FLASK_RUN_";

/// The start with the variables of these files, where it has none of that name; `None` without such.
///
/// They are read where python-dotenv is installed, which nobody who has them leaves out.
pub(super) fn of_flask(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Launch> {
    let mut found = Vec::new();
    for name in FILES {
        let Some(path) = workspace.join(&launch.folder, name) else { continue };
        let Opened::File(file) = workspace.try_open(&path) else { continue };
        let text = workspace.sources.file(file).shared_text();
        for it in env_file::assignments(&text, Flavour::Compose) {
            if !it.name.starts_with(PREFIX) {
                continue;
            }
            let source = format!("`{}` in {name}", it.name);
            let span = Span::new(file, it.value_range.start, it.value_range.end);
            let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Env, source) };
            let state = match it.value {
                Some(value) => State::Known(Value::Text(value)),
                None => State::Unknown(Unknown::because(format!("{name} fills in variables"))),
            };
            found.push((it.name, Fact::new(state, origin)));
        }
    }
    if found.is_empty() {
        return None;
    }
    let mut started = launch.clone();
    for (name, fact) in found {
        if !matches!(started.environment.get(&name), Lookup::Set(_)) {
            started.environment.set(name, fact);
        }
    }
    Some(started)
}
