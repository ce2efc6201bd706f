//! `opslint check`: arguments → analysis → report.

use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};

use crate::analysis::{Analysis, Checked, Judgement, Options, Scope};
use crate::diagnostic::Outcome;
use crate::discover::{self, Disk, StdinFile, shown_path};
use crate::policy::config::FailOn;
use crate::report;

use super::convert::rule_infos;
use super::timing::{Progress, Stages};
use super::{CheckArgs, ExitStatus, SuppressionsArgs, clock, output, say, show_config};

/// Lints and prints.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let mut stages = Stages::start();
    let disk = disk(args)?;
    let progress = Progress::watch(disk.opened(), !args.quiet && !args.verbose);
    let changed = args.changed_since.as_ref();
    let changed = changed.map(|it| discover::changed_since(disk.base(), it)).transpose()?;
    let stdin = args.stdin_filename.iter().cloned().collect();
    let paths = if args.stdin_filename.is_some() { stdin } else { args.paths.clone() };
    let options = Options { paths, config: args.config.options(), ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    stages.end("open");
    if args.show_config {
        return show_config::run(analysis.setup(), args);
    }
    let problems = &analysis.found().problems;
    say(problems.iter().map(|it| format!("warning: {it}\n")));
    let mut checked = analysis.check(&args.scope(), &args.judgement()?)?;
    if let Some(changed) = &changed {
        checked.keep_changed(changed);
    }
    stages.end("check");
    if let Some((path, text)) = &checked.new_baseline {
        discover::write(Path::new(path), text.as_bytes())
            .with_context(|| format!("cannot write `{path}`"))?;
    }
    drop(progress);
    let rules = rule_infos(analysis.setup());
    output::write(args, &checked.outcome, &checked.sources, &args.report(&rules))?;
    stages.end("report");
    if args.verbose {
        say([stages.table()].into_iter());
    }
    if checked.is_broken() || !problems.is_empty() {
        return Ok(ExitStatus::Failure);
    }
    let configured = analysis.setup().config.fail_on().map(|it| it.value);
    let fail_on = args.fail_on()?.or(configured).unwrap_or_default();
    Ok(status(&checked.outcome, fail_on))
}

/// `opslint suppressions`: everything that is allowed somewhere.
pub(super) fn suppressions(args: &SuppressionsArgs) -> anyhow::Result<ExitStatus> {
    let disk = Disk::new(discover::current_folder()?);
    let (paths, config) = (args.paths.clone(), args.config.options());
    let analysis = Analysis::open(disk, Options { paths, config, ..Options::default() })?;
    let judgement = Judgement::on(clock::today()?);
    let Checked { suppressions, sources, .. } = analysis.check(&Scope::default(), &judgement)?;
    let text = report::suppressions::suppressions(&suppressions, &sources);
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitStatus::Clean)
}

/// The files on disk, one of them perhaps replaced by standard input.
fn disk(args: &CheckArgs) -> anyhow::Result<Disk> {
    let disk = Disk::new(discover::current_folder()?);
    let Some(name) = &args.stdin_filename else { return Ok(disk) };
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    let Ok(text) = discover::decode(bytes) else {
        bail!("standard input is not UTF-8 text");
    };
    let path = shown_path(disk.base(), name);
    Ok(disk.with_stdin(Some(StdinFile { path, text })))
}

fn status(outcome: &Outcome, fail_on: FailOn) -> ExitStatus {
    let is_bad = fail_on.at_least.is_some_and(|it| crate::check::has(outcome, it));
    let is_open = fail_on.undecided && !outcome.undecided.is_empty();
    if is_bad || is_open { ExitStatus::Found } else { ExitStatus::Clean }
}
