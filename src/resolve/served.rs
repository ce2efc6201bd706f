//! The settings of the program that stays, with what its application configures.

use crate::apps;
use crate::diagnostic::Diagnostic;
use crate::launch::Launch;
use crate::programs::gunicorn::{self, Runtime};
use crate::programs::{self, Server, ServerKind};
use crate::workspace::Workspace;

/// Works out the settings of a program of a known kind.
pub(super) fn server(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    kind: ServerKind,
    launch: &Launch,
    runtime: Runtime<'_>,
) -> Server {
    if kind == ServerKind::Gunicorn {
        let resolved = gunicorn::resolve(acc, workspace, launch, runtime);
        return Server { settings: resolved.settings, facts: resolved.facts };
    }
    let cpus = runtime.cpu_count;
    let mut problems = Vec::new();
    let server = programs::resolve(&mut problems, workspace, kind, launch, cpus, None);
    // The options name the application, and its configuration decides about other options.
    let configuration = match kind {
        ServerKind::Celery | ServerKind::CeleryBeat => {
            apps::celery(workspace, launch, cpus, &server)
        }
        _ => None,
    };
    match configuration {
        Some(known) => programs::resolve(acc, workspace, kind, launch, cpus, Some(&known)),
        None => {
            acc.append(&mut problems);
            server
        }
    }
}
