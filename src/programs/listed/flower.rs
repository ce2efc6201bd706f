//! Flower's own file, which is read where nothing names another one.
//!
//! Source: flower/options.py and flower/command.py of 2.0: `conf`, `apply_options`.

use super::Program;
use crate::fact::{Fact, Origin, Unknown};
use crate::launch::Launch;
use crate::programs::Server;
use crate::workspace::Workspace;

/// The file, in the folder that it starts in.
const FILE: &str = "flowerconfig.py";

/// What the file may say is not known: it is a program.
pub(super) fn facts(
    server: &mut Server,
    workspace: &Workspace<'_>,
    program: &Program,
    launch: &Launch,
) {
    let path = workspace.join(&launch.folder, FILE);
    if !path.is_some_and(|it| workspace.is_file(&it)) {
        return;
    }
    for option in program.table.options {
        let unknown = Unknown::because(format!("`{FILE}` may set it"));
        let origin = Origin::written(launch.span, "the command");
        let fact = Fact::unknown(unknown, origin);
        if let Some(id) = option.fact {
            server.facts.set(id, fact.clone());
        }
        server.settings.insert(option.name.to_owned(), fact);
    }
}
