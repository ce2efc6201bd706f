//! Sources of what a build compiles: they are in the project, and not in the image.

use crate::document::{Node, NodeKind};
use crate::fact::{Fact, Origin, Value};
use crate::launch::Launch;
use crate::project::assumed_unset;
use crate::source::{FileId, Span};
use crate::workspace::{Workspace, join};

/// A file of the sources with the folder that they are in: where the program starts, else that of
/// the project.
pub(super) fn open(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    name: &str,
) -> Option<(String, FileId)> {
    let root = workspace.root().unwrap_or_default().to_owned();
    for folder in [launch.folder.clone(), root] {
        let path = join(&folder, name);
        if let Some(path) = path.filter(|it| workspace.is_file(it)) {
            return Some((folder, workspace.open_in_project(&path)?));
        }
    }
    None
}

/// The text of such a file.
pub(super) fn text(workspace: &mut Workspace<'_>, launch: &Launch, name: &str) -> Option<String> {
    let (_, file) = open(workspace, launch, name)?;
    Some(workspace.sources.file(file).text().to_owned())
}

/// A plain value as text: in settings, `8080` and `"8080"` are the same.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Integer(number) => Some(number.to_string()),
        _ => node.as_str().map(str::to_owned),
    }
}

/// The name of a variable that something hangs on, where no file sets it.
pub(super) fn hanging_on(name: &str, place: Span) -> Fact {
    let origin = Origin::written(place, "what the code falls back on");
    let origin = origin.with_input(format!("${name}"), assumed_unset(name));
    Fact::known(Value::Text(name.to_owned()), origin)
}
