//! Tables about deployments and processes that do not exist: a typing error there would be silent.

use super::problems;
use crate::diagnostic::Diagnostic;
use crate::glob::is_pattern;
use crate::project::{Deployment, Project};
use crate::settings::DeploymentSettings;
use crate::workspace::{Opened, Workspace, join};

/// Adds what one table names and this run shows not to exist.
///
/// A manifest that this run did not look at is only missed when there is no such file.
pub(super) fn check(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    projects: &[Project],
    table: &DeploymentSettings,
) {
    let written = &table.manifest;
    let Some(path) = join(&table.folder, &written.value) else { return };
    if is_pattern(&path) {
        return;
    }
    let all = || projects.iter().flat_map(|it| &it.deployments);
    let found: Vec<&Deployment> = all().filter(|it| it.manifest == path).collect();
    if found.is_empty() && workspace.try_open(&path) == Opened::Missing {
        let known: Vec<_> = all().map(|it| it.manifest.as_str()).collect();
        acc.push(problems::no_manifest(written.span, &written.value, &known));
        return;
    }
    let mut known: Vec<_> =
        found.iter().flat_map(|it| &it.processes).map(|it| it.name.value.as_str()).collect();
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
    use crate::project::{Environment, Facts, Process};
    use crate::source::{Span, Spanned};
    use crate::workspace::MemoryFiles;

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
        let span = Span::start_of(workspace.open("Procfile").unwrap());
        let process = Process {
            name: Spanned::new("web".to_owned(), span),
            span,
            facts: Facts::new(),
            settings: Default::default(),
            environment: Environment::new(),
        };
        let deployment = Deployment {
            manifest: "Procfile".to_owned(),
            name: String::new(),
            span,
            facts: Facts::new(),
            processes: vec![process],
        };
        let project =
            Project { root: String::new(), deployments: vec![deployment], files: Vec::new() };
        config.check_deployments(&mut acc, &mut workspace, &[project]);
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
