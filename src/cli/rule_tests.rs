//! `opslint test`: the examples in rule files.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::analysis::{ConfigOptions, Setup, add_rules};
use crate::diagnostic::Diagnostic;
use crate::discover::{self, Disk};
use crate::examples;
use crate::outcome::Outcome;
use crate::platforms::Catalog;
use crate::policy::Policy;
use crate::report::{self, Format, Ink, ReportOptions, ShowSecrets, Shown, Wire};
use crate::source::SourceMap;
use crate::workspace::{Files as _, Reach, Workspace};

use super::{ExitStatus, streams};

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Rule files, and folders with rule files; without one, the rules that come with opslint
    pub(super) paths: Vec<PathBuf>,
}

/// Runs the examples, and says what they show that they should not.
pub(super) fn run(args: &TestArgs) -> anyhow::Result<ExitStatus> {
    let disk = Disk::here()?;
    let mut workspace = Workspace::new(&disk);
    let mut broken = Vec::new();
    let mut policy = Policy::default();
    if args.paths.is_empty() {
        policy = Policy::builtin_with_examples(&mut broken);
        policy.check_expressions(&mut broken);
        let files = broken.iter().map(|it| it.primary.span.file);
        Policy::add_embedded(&mut workspace.sources, files);
    }
    for path in &args.paths {
        let shown = discover::shown_path(disk.base(), path);
        let (reach, paths) = match discover::is_file(&disk, path) {
            Ok(()) if disk.leads_out(path) => {
                bail!("cannot read `{}`: a link there leads out of the project", path.display())
            }
            // The user has named it, wherever it is.
            Ok(()) => (Reach::Anywhere, vec![shown]),
            // What is in a folder, others may have put there.
            Err(_) => {
                let reach = disk.reach(&shown);
                let paths = discover::rule_files(&disk, &shown, &reach)
                    .with_context(|| format!("cannot read the rules in `{}`", path.display()))?;
                (reach, paths)
            }
        };
        workspace.set_reach(reach);
        if paths.is_empty() {
            bail!("`{}` has no rule file: none of its files ends in .toml", path.display());
        }
        add_rules(&mut broken, &mut policy, &mut workspace, &paths);
    }
    let catalog = catalog();
    policy.check_platforms(&mut broken, &catalog.ids().collect::<Vec<_>>());
    let tested = examples::test(&policy);
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    write!(out, "{}", tested.report())?;
    out.flush()?;
    let is_broken = !broken.is_empty();
    say_mistakes(broken, &workspace.sources)?;
    Ok(match (is_broken, tested.failures.is_empty()) {
        (true, _) => ExitStatus::Failure,
        (false, false) => ExitStatus::Found,
        (false, true) => ExitStatus::Clean,
    })
}

/// The platforms that rules may name: ours, and those of the configuration of this folder.
pub(super) fn catalog() -> Catalog {
    let setup = Disk::here()
        .map_err(anyhow::Error::from)
        .and_then(|it| Setup::open(it, &ConfigOptions::default()));
    setup.map_or_else(|_| Catalog::builtin(), |it| it.surroundings.catalog)
}

/// Prints mistakes in rule files with their lines and what to write instead.
fn say_mistakes(mistakes: Vec<Diagnostic>, sources: &SourceMap) -> anyhow::Result<()> {
    if mistakes.is_empty() {
        return Ok(());
    }
    let outcome = Outcome { diagnostics: mistakes, ..Outcome::default() };
    let shown = Shown::outcome(outcome, sources, ShowSecrets::Never);
    let options = ReportOptions { clean: report::CleanRun::Silent, ..ReportOptions::default() };
    Ok(report::write(&mut streams::report_stderr(), Format::Pretty, &shown, &options)?)
}
