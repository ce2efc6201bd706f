//! A file that was meant to be a Procfile and has another name.

use super::clues;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::draft::{Context, ProcessDraft};
use crate::manifests::heroku::AppJson;
use crate::workspace::{join, parent};

/// Endings that an editor or a system adds without being asked.
const ADDED: &[&str] = &["txt", "yml", "yaml"];

/// Files beside it that say what starts.
const START_ELSEWHERE: &[&str] = &[
    "Procfile",
    "Dockerfile",
    "app.yaml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "fly.toml",
    "heroku.yml",
    "railway.json",
    "railway.toml",
    "render.yaml",
];

/// Says so where no Procfile is beside it, and no other file names it.
///
/// Source: <https://devcenter.heroku.com/articles/procfile#procfile-naming-and-location>
pub(super) fn find(
    context: &mut Context<'_, '_>,
    app_json: Option<&AppJson>,
    web: &ProcessDraft,
) -> Option<Diagnostic> {
    let path = context.manifest;
    let name = path.rsplit('/').next().unwrap_or_default();
    let (stem, ending) = name.split_once('.').map_or((name, None), |(a, b)| (a, Some(b)));
    let is_other = name != "Procfile" && ending.is_none_or(|it| ADDED.contains(&it));
    // A buildpack takes another file for the Procfile, and an image or a runner names its own.
    let buildpacks = app_json.map(AppJson::buildpacks).unwrap_or_default();
    let folder = parent(path).to_owned();
    let has = |name: &&str| join(&folder, name).is_some_and(|it| context.workspace.is_file(&it));
    if !is_other
        || !stem.eq_ignore_ascii_case("Procfile")
        || is_in_template(path)
        || folder.split('/').any(|it| matches!(it, "doc" | "docs"))
        || buildpacks.iter().any(|it| it.contains("procfile"))
        || START_ELSEWHERE.iter().any(has)
        || clues::is_named(context, &folder, name)
    {
        return None;
    }
    let message = format!("no platform reads `{name}`, so the command of `web` never starts");
    let label = Label::new(web.name.span, "the name of the file must be `Procfile`");
    let found = Diagnostic::new("misnamed-procfile", Severity::Warning, message, label);
    Some(found.with_help(format!("rename it: `git mv {name} Procfile`")))
}

/// Whether a file is copied into the projects of others: no platform runs it where it is.
pub(super) fn is_in_template(path: &str) -> bool {
    parent(path).split('/').any(|it| matches!(it, "template" | "templates"))
}
