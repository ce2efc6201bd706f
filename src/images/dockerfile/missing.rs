//! A Dockerfile that a manifest names and that is not there.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::formats::{self, Role};
use crate::source::Span;
use crate::workspace::{Workspace, folders_up, join};

/// The name that builders look for when none is written.
const USUAL: &str = "Dockerfile";

/// Names that builders take in its place: buildx the first (`handleLowercaseDockerfile`), Podman the
/// second.
const OTHERS: &[&str] = &["dockerfile", "Containerfile"];

/// What names a Dockerfile, and from where.
pub(crate) struct Named<'a> {
    /// Where it is named, or asked for without a name.
    pub(crate) span: Span,
    /// The name; `None` for the usual one, `Dockerfile`.
    pub(crate) name: Option<&'a str>,
    /// The folder that its path starts from.
    pub(crate) folder: &'a str,
    /// Whether the path may also start from a folder above: some platforms start from the folder of
    /// the repository or the one that a command is started in.
    pub(crate) may_be_above: bool,
}

/// Whether a file says how the others are deployed, or describes them: it is none that is built.
fn is_about_deployment(folder: &str, name: &str) -> bool {
    let is_manifest =
        |path: String| formats::of_path(&path).any(|it| matches!(it.role, Role::Manifest(_)));
    let is_text =
        name.ends_with(".md") || name.ends_with(".txt") && !name.starts_with("requirements");
    is_text
        || matches!(name, "app.json" | "opslint.toml" | "LICENSE")
        || join(folder, name).is_some_and(is_manifest)
}

/// The mistake, where the file is certainly not there. A name that is filled in later, a folder
/// that has no files here, such as a submodule, and one outside of the repository are left alone.
pub(crate) fn missing(workspace: &Workspace<'_>, named: &Named<'_>) -> Option<Diagnostic> {
    let Named { span, name: written, folder, may_be_above } = named;
    let name = written.unwrap_or(USUAL);
    if name.contains(['$', '{', '~']) || name.contains("://") {
        return None;
    }
    let path = join(folder, name.trim_start_matches('/')).filter(|it| !it.starts_with(".."))?;
    let beside = workspace.list(folder);
    // Of a manifest alone nobody knows what is left out beside it.
    let is_code = |it: &String| !it.starts_with('.') && !is_about_deployment(folder, it);
    if workspace.is_file(&path) || !beside.iter().any(is_code) {
        return None;
    }
    if written.is_none() && beside.iter().any(|it| OTHERS.contains(&it.as_str())) {
        return None;
    }
    let there =
        |it: &str| join(it, name.trim_start_matches('/')).is_some_and(|it| workspace.is_file(&it));
    let mut help = match written {
        Some(_) => "name a file that is there".to_owned(),
        None => {
            "put a `Dockerfile` there, or name the one that builds it as `dockerfile`".to_owned()
        }
    };
    let mut severity = Severity::Error;
    if let Some((idx, above)) = folders_up(folder).skip(1).enumerate().find(|(_, it)| there(it)) {
        // Files that are used together start from the folder of the first.
        let is_compose = |it: &String| it.trim_start_matches("docker-").starts_with("compose");
        if *may_be_above || workspace.list(above).iter().any(is_compose) {
            return None;
        }
        // `--project-directory` may name that folder.
        severity = Severity::Warning;
        let up = vec![".."; idx + 1].join("/");
        help = format!("let the `context` start from `{up}`, where `{name}` is");
    }
    let message = format!("there is no file `{path}`, so no image is built");
    let label = Label::new(*span, "");
    Some(Diagnostic::new("dockerfile-missing", severity, message, label).with_help(help))
}
