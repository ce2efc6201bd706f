//! Tables about deployments and processes that do not exist: a typing error there would be silent.

use super::problems;
use crate::diagnostic::Diagnostic;
use crate::glob::is_pattern;
use crate::settings::{DeploymentSettings, Home};
use crate::workspace::{Files, Unreadable, join};

/// Adds what one table names and this run shows not to exist.
///
/// `deployments` are the manifests with the names of their processes, `above` the folders around the
/// one opslint was started in. A manifest that this run did
/// not look at is only missed when there is no such file.
pub(super) fn check(
    acc: &mut Vec<Diagnostic>,
    files: &dyn Files,
    (deployments, above): (&[(String, Vec<String>)], &[String]),
    table: &DeploymentSettings,
) {
    let written = &table.manifest;
    let Some(path) = join(&table.folder, &written.value) else { return };
    if is_pattern(&path) {
        return;
    }
    let found: Vec<_> = deployments.iter().filter(|(manifest, _)| *manifest == path).collect();
    let is_missing = || files.read(&path, &files.reach(&table.folder)) == Err(Unreadable::Missing);
    if found.is_empty() && is_missing() {
        // As this file names them, which is not as they are shown.
        let file = format!("{}/{}", table.folder, super::FILE_NAME);
        let home = Home::new(file.trim_start_matches('/'), above);
        let known: Vec<String> = deployments.iter().map(|(it, _)| home.key(it)).collect();
        let others = known.iter().map(String::as_str).filter(|it| *it != written.value);
        let known: Vec<&str> = others.collect();
        acc.push(problems::no_manifest(written.span, &written.value, &known));
        return;
    }
    let mut known: Vec<_> = found.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
    known.dedup();
    // A manifest of which nothing was understood proves nothing.
    if known.is_empty() {
        return;
    }
    for process in table.processes.iter().filter(|it| !known.contains(&it.name.value.as_str())) {
        let name = &process.name;
        acc.push(problems::no_process(name.span, &name.value, &written.value, &known));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::config::{Request, load};
    use crate::workspace::{MemoryFiles, Workspace};

    /// What is said about a configuration beside a Procfile with a `web` process, and an empty
    /// fly.toml that this run did not look at.
    #[track_caller]
    fn check(config: &str, expect: &[&str]) {
        let files = MemoryFiles::new()
            .with("opslint.toml", config)
            .with("Procfile", "web: run")
            .with("fly.toml", "");
        let mut workspace = Workspace::new(&files);
        let candidates = ["opslint.toml".to_owned()];
        let request = Request { candidates: &candidates, ..Request::default() };
        let mut acc = Vec::new();
        let config = load(&mut acc, &mut workspace, &request);
        assert!(acc.is_empty(), "{acc:?}");
        let deployments = [("Procfile".to_owned(), vec!["web".to_owned()])];
        config.check_deployments(&mut acc, &files, &deployments);
        let sources = &workspace.sources;
        let problem = |it: &Diagnostic| {
            let help = it.help.as_deref().unwrap_or_default();
            format!("`{}`: {}; {help}", sources.text(it.primary.span), it.message)
        };
        assert_eq!(acc.iter().map(problem).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_manifest_that_does_not_exist_is_named() {
        let expect = "`Profile`: there is no file `Profile`; did you mean `Procfile`?";
        check("deployments.Profile.platform = \"heroku\"", &[expect]);
        check("deployments.Procfile.platform = \"heroku\"", &[]);
    }

    #[test]
    fn a_process_that_does_not_exist_is_named() {
        let expect = "`wbe`: `Procfile` has no process `wbe`; did you mean `web`?";
        check("deployments.Procfile.processes.wbe.workers = 1", &[expect]);
        check("deployments.Procfile.processes.web.workers = 1", &[]);
    }

    #[test]
    fn what_this_run_did_not_look_at_is_left_alone() {
        check("deployments.\"fly.toml\".processes.app.workers = 1", &[]);
        check("deployments.\"**/Profile\".processes.wbe.workers = 1", &[]);
    }
}
