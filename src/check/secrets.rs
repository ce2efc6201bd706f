//! The secrets in the files of a project and in the environments of its processes.

use std::sync::Arc;

use crate::document::Document;
use crate::project::Project;
use crate::secret::Secrets;
use crate::source::SourceMap;

/// Everything in these files and processes that no report may show.
pub(crate) fn secrets(
    sources: &SourceMap,
    documents: &[Arc<Document>],
    project: Option<&Project>,
) -> Secrets {
    let mut secrets = Secrets::none_known();
    for (file, it) in sources.iter().filter(|(_, it)| !it.is_own()) {
        secrets.read(file, it);
    }
    documents.iter().for_each(|it| secrets.read_tree(it));
    let deployments = project.into_iter().flat_map(|it| &it.deployments);
    for process in deployments.flat_map(|it| &it.processes) {
        for (name, fact) in process.environment.iter() {
            if let Some(value) = fact.text() {
                secrets.read_named(name, value);
            }
        }
    }
    secrets
}
