//! The secrets in the files of a run and in the environments of its processes.

use crate::project::Project;
use crate::secret::Secrets;
use crate::workspace::Workspace;

/// Everything in these files and processes that no report may show.
pub fn secrets(workspace: &Workspace<'_>, projects: &[Project]) -> Secrets {
    let mut secrets = Secrets::none_known();
    for (file, it) in workspace.sources.iter().filter(|(_, it)| !it.is_own()) {
        secrets.read(file, it);
    }
    workspace.documents().for_each(|it| secrets.read_tree(it));
    let deployments = projects.iter().flat_map(|it| &it.deployments);
    for process in deployments.flat_map(|it| &it.processes) {
        for (name, fact) in process.environment.iter() {
            if let Some(value) = fact.text() {
                secrets.read_named(name, value);
            }
        }
    }
    secrets
}
