//! `opslint check`: arguments → analysis → report.

use std::env;
use std::mem::{self, ManuallyDrop};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;

use crate::analysis::{Analysis, Setup};
use crate::discover::{Changed, Disk, Git};
use crate::outcome::Outcome;
use crate::policy::config::FailOn;
use crate::report::{Format, Ink, Shown};

use super::timing::{Progress, Stages};
use super::{
    CheckArgs, ExitStatus, allow, beside, fix, generate, output, show_config, streams, watch,
};

/// Lints and prints.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let has_statistics = matches!(args.format, Format::Pretty | Format::Json);
    if args.statistics && !has_statistics {
        bail!("--statistics is for people, or one document with `--format json`");
    }
    if args.more.watch {
        return watch::run(args);
    }
    let mut stages = Stages::start();
    let options = args.options()?;
    let disk = Arc::new(beside::disk(args)?);
    let progress = Progress::watch(disk.opened(), !args.quiet && !args.verbose);
    let since = |it| Changed::since(&disk, Git::new(env::vars_os()), it, &options.paths);
    let changed = args.changed_since.as_deref().map(since).transpose()?;
    // The process ends with this run, and taking apart what it knows would be a tenth of it.
    let mut analysis = ManuallyDrop::new(Analysis::open(Arc::clone(&disk), options)?);
    stages.end("discover");
    if args.show_config {
        return show_config::run(analysis.setup(), args);
    }
    let problems = analysis.found().problems.clone();
    problems.iter().for_each(|it| streams::say("warning", it));
    if args.diff {
        return fix::diff(&mut analysis, args);
    }
    let checked = match args.fix {
        true => fix::run(&mut analysis, &disk, args)?,
        false => analysis.check(&args.scope(), &args.judgement()?)?,
    };
    let checked = match &args.more.add_allow {
        Some(reason) => allow::run(&mut analysis, &disk, args, reason)?,
        None => checked,
    };
    let mut checked = ManuallyDrop::new(checked);
    if let Some(changed) = &changed {
        let configuration = analysis.setup().configuration();
        let may_have = checked.may_have_changed().into_iter().chain(configuration.iter().cloned());
        let changed = changed.among(&disk, may_have)?;
        checked.keep_changed(&changed, &configuration);
    }
    if output::has_fixes(args) {
        let all: Vec<usize> = (0..checked.outcome.diagnostics.len()).collect();
        analysis.offer_choices(&mut checked, &all);
    }
    stages.end("check");
    let read: Vec<PathBuf> = checked.read.iter().map(|it| disk.base().join(it.as_ref())).collect();
    output::check_targets(args, &disk, &read)?;
    beside::write_baseline(args, &disk, &checked)?;
    drop(progress);
    beside::say_passed_over(args, &checked);
    let is_broken = !checked.broken().is_empty() || !problems.is_empty();
    let verdict = status(&checked.outcome, analysis.setup(), args.fail_on()?);
    if let Some(least) = args.min_severity {
        checked.keep_severe(least);
    }
    let outcome = mem::take(&mut checked.outcome);
    let shown = Shown::outcome(outcome, &checked.sources, args.secrets.show());
    let shown = ManuallyDrop::new(shown);
    let rules = args.rule_infos(analysis.setup(), shown.get());
    let printed = output::write(args, &shown, &args.report(&rules));
    stages.end("report");
    if args.verbose {
        streams::say_styled(&stages.table(), Ink::Plain);
    }
    if is_broken {
        printed?;
        return Ok(ExitStatus::Failure);
    }
    // A verdict that nobody could read is none.
    printed.map(|()| verdict)
}

/// What a run comes to. Who starts opslint decides; otherwise configuration, of which the part that
/// lies nearer says nothing milder of locked rules.
fn status(outcome: &Outcome, setup: &Setup, given: Option<FailOn>) -> ExitStatus {
    let configured = || setup.config.fail_on().map(|it| it.value).unwrap_or_default();
    let general = given.unwrap_or_else(configured);
    let fails = |rule: &str, fails: &dyn Fn(FailOn) -> bool| {
        let strict = || setup.config.fail_on_of_locked(rule, &setup.policy.locks);
        fails(general) || given.is_none() && strict().into_iter().any(fails)
    };
    let is_bad = outcome.diagnostics.iter().any(|it| {
        fails(&it.rule, &|fail_on| fail_on.at_least.is_some_and(|least| it.severity >= least))
    });
    let is_open = outcome.undecided.iter().any(|it| fails(&it.rule, &|it| it.undecided));
    if is_bad || is_open { ExitStatus::Found } else { ExitStatus::Clean }
}

/// Checks where no command was named.
pub(super) fn run_unnamed(args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    refuse_mistyped_command(&args.paths)?;
    run(args)
}

/// A word that is no path of anything and nearly a command was meant as one.
fn refuse_mistyped_command(paths: &[PathBuf]) -> anyhow::Result<()> {
    let Some(path) = paths.first() else { return Ok(()) };
    let is_word = |it: &&str| !it.contains(['/', '\\', '.']);
    let Some(word) = path.to_str().filter(is_word) else { return Ok(()) };
    let is_missing = Disk::here()?.is_missing(path);
    match generate::nearest_command(word).filter(|_| is_missing) {
        Some(near) => {
            bail!("there is no command, folder or file `{word}`; did you mean `opslint {near}`?")
        }
        None => Ok(()),
    }
}
