//! Documents → project: what each process will really run with.
//!
//! One file per format. Lowering is total: what a file does not say is unknown, never an error.

use crate::diagnostic::Diagnostic;
use crate::project::Project;
use crate::settings::Settings;
use crate::workspace::Workspace;

pub mod command;
pub mod gunicorn;
pub mod launch;
pub mod python;
pub mod servers;

/// Lowers the files at `paths` to projects, one for each folder with a manifest.
///
/// `paths` are the candidates that `discover` found, sorted; other files are opened when a manifest
/// or a command names them. Problems of files are added to `acc`.
pub fn projects(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    paths: &[String],
    settings: &Settings,
) -> Vec<Project> {
    let _ = (acc, workspace, paths, settings);
    Vec::new()
}
