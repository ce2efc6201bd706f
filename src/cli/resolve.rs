//! `opslint resolve`: what each process will run with.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::analysis::{Analysis, FactsAnswer, Options};
use crate::diagnostic::Severity;
use crate::discover::Disk;
use crate::nearest::did_you_mean;
use crate::policy::config::INVALID_CONFIG;
use crate::project::Project;
use crate::report::{
    ListedSettings, ResolvedFormat, ResolvedOptions, Shown, ShownWorlds, write_difference,
    write_resolved,
};

use super::terminal::Terminal;
use super::{ColorArgs, ConfigArgs, ExitStatus, SecretsArgs, say_broken, streams};

#[derive(Debug, Args)]
pub(super) struct ResolveArgs {
    /// Folder to search for projects, or a file whose project is shown
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Show only processes of this name
    process: Option<String>,

    /// How to print facts
    #[arg(long, value_enum, default_value_t = ResolvedFormat::Human)]
    format: ResolvedFormat,

    /// Show every setting of the server, also those at their default
    #[arg(long)]
    settings: bool,

    /// Compare two deployments by their manifests, such as that of production and that of staging,
    /// and show only what differs
    #[arg(long, num_args = 2, value_names = ["MANIFEST", "OTHER"])]
    diff: Vec<PathBuf>,

    #[command(flatten)]
    secrets: SecretsArgs,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    color: ColorArgs,
}

/// Resolves and prints.
pub(super) fn run(args: &ResolveArgs) -> anyhow::Result<ExitStatus> {
    let paths = if args.diff.is_empty() { vec![args.path.clone()] } else { args.diff.clone() };
    let disk = Disk::here()?.with_checked(&paths);
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    let FactsAnswer { projects, problems, sources, secrets } = analysis.facts();
    if let Some(name) = &args.process {
        expect_process(name, &projects)?;
    }
    let worlds = analysis.other_worlds(&projects, &sources);
    let worlds = ShownWorlds::new(worlds, &secrets, args.secrets.show());
    let shown = Shown::projects(projects, &sources, &secrets, args.secrets.show());
    if let [left, right] = args.diff.as_slice() {
        let (left, right) = (analysis.shown_path(left), analysis.shown_path(right));
        let all = || shown.get_projects().iter().flat_map(|it| &it.deployments);
        for manifest in [&left, &right] {
            if all().all(|it| it.manifest != *manifest) {
                let known: Vec<&str> = all().map(|it| it.manifest.as_str()).collect();
                let help = did_you_mean(manifest, &known).unwrap_or_default();
                bail!("`{manifest}` deploys nothing; {help}");
            }
        }
        let ink = Terminal::of(args.color.color).report().ink;
        let out = &mut streams::report_stdout();
        write_difference(out, args.format, &shown, (&left, &right), ink)?;
        return Ok(ExitStatus::Clean);
    }
    let options = ResolvedOptions {
        report: Terminal::of(args.color.color).report(),
        process: args.process.as_deref(),
        settings: if args.settings { ListedSettings::All } else { ListedSettings::Changed },
        worlds: Some(&worlds),
    };
    write_resolved(&mut streams::report_stdout(), args.format, &shown, &options)?;
    let broken = &analysis.setup().broken;
    let is_broken = !broken.is_empty() || problems.iter().any(|it| it.rule == INVALID_CONFIG);
    // What a file says badly is for `check`; here it counts that something was not understood.
    let unread = problems.into_iter().filter(|it| it.severity == Severity::Error);
    say_broken(broken.iter().cloned().chain(unread), &sources, &secrets)?;
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}

/// Makes sure that a process has the name that was asked for.
///
/// # Errors
/// When none has; the message names the one that may be meant.
fn expect_process(name: &str, projects: &[Project]) -> anyhow::Result<()> {
    let deployments = projects.iter().flat_map(|it| &it.deployments);
    let processes = deployments.flat_map(|it| &it.processes);
    let mut names: Vec<&str> = processes.map(|it| it.name.value.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.contains(&name) {
        return Ok(());
    }
    match did_you_mean(name, &names) {
        Some(help) => bail!("no process is named `{name}`; {help}"),
        None => bail!("no process is named `{name}`: there is none at all"),
    }
}
