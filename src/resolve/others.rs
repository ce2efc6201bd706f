//! One process resolved anew beside all others as they are.
//!
//! What is stated of one process changes no other, so a project with many processes is not worked
//! out whole for each choice of one of them. What depends on all of them, such as connections, is
//! summed up anew.

use crate::project::{Process, Project};

/// A project of which one process is resolved anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others<'a> {
    /// The project as it is.
    pub(crate) project: &'a Project,
    /// Path of the manifest of that process.
    pub(crate) manifest: &'a str,
    /// Its name.
    pub(crate) process: &'a str,
}

impl<'a> Others<'a> {
    /// A process as it is; `None` where it has to be resolved.
    pub(super) fn get(&self, manifest: &str, deployment: &str, name: &str) -> Option<&'a Process> {
        if manifest == self.manifest && name == self.process {
            return None;
        }
        let same =
            |it: &&crate::project::Deployment| it.manifest == manifest && it.name == deployment;
        let deployment = self.project.deployments.iter().find(same)?;
        deployment.processes.iter().find(|it| it.name.value == name)
    }
}
