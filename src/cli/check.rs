//! `opslint check`: diagnostics of projects.

use std::collections::BTreeSet;
use std::env;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::check::baseline::{Baseline, Home};
use crate::check::suppress;
use crate::discover::{self, Changed, Disk, Found, Git, StdinFile, shown_path};
use crate::outcome::Outcome;
use crate::policy::config::FailOn;
use crate::report::{self, CleanRun, Ink, ReportOptions, RuleInfo, Shown, UndecidedRules, Wire};
use crate::run;
use crate::workspace::{Opened, Workspace};

use super::session::{Session, config_folder};
use super::terminal::Terminal;
use super::timing::{Progress, Stages};
use super::{CheckArgs, ExitStatus, SuppressionsArgs, output, say_broken, streams};

/// Lints and prints.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let mut stages = Stages::start();
    let (disk, paths) = disk(args)?;
    let progress = Progress::watch(disk.opened(), !args.quiet && !args.verbose);
    let changed = args.changed_since.as_ref();
    let changed = changed
        .map(|it| Changed::since(&disk, Git::new(env::vars_os()), it, &paths))
        .transpose()?;
    let found = discover::find(&disk, &paths)?;
    stages.end("discover");
    let mut workspace = Workspace::new(&disk);
    let named: Vec<String> = paths.iter().map(|it| shown_path(disk.base(), it)).collect();
    let folder = config_folder(&found, &named);
    let mut session = Session::open(&disk, &mut workspace, &folder, &args.config)?;
    stages.end("configure");
    if args.show_config {
        let secrets = args.secrets.show();
        let text = report::show_config::show_config(&session.config, &workspace.sources, secrets)?;
        print(&text, Wire::Toml)?;
        return broken_status(&mut session, &workspace, args);
    }
    say_problems(&found);
    let mut outcome = judge(&mut session, &mut workspace, &found, args, &mut stages)?;
    if let Some(changed) = &changed {
        let paths = workspace.sources.iter().map(|(_, it)| it.path().to_owned());
        let changed = changed.among(&disk, paths)?;
        keep_changed(&mut outcome, &workspace, &changed);
    }
    let is_broken = !session.broken.is_empty();
    outcome.diagnostics.splice(0..0, session.broken.drain(..));
    drop(progress);
    let rules = session.rule_infos();
    let options = options(args, Terminal::of(args.color.color), &rules);
    let configured = session.config.fail_on().map(|it| it.value);
    let fail_on = fail_on(args)?.or(configured).unwrap_or_default();
    let shown = Shown::outcome(outcome, &workspace.sources, args.secrets.show());
    let printed = output::write(args, &shown, &options);
    stages.end("report");
    if args.verbose {
        streams::say_styled(&stages.table(), Ink::Plain);
    }
    if is_broken || !found.problems.is_empty() {
        printed?;
        return Ok(ExitStatus::Failure);
    }
    match (status(shown.get(), fail_on), printed) {
        // The verdict does not depend on who reads the report.
        (ExitStatus::Found, Err(error)) if streams::is_broken_pipe(&error) => Ok(ExitStatus::Found),
        (status, printed) => printed.map(|()| status),
    }
}

/// `opslint suppressions`: everything that is allowed somewhere.
pub(super) fn suppressions(args: &SuppressionsArgs) -> anyhow::Result<ExitStatus> {
    let disk = Disk::new(discover::current_folder()?).with_checked(&args.paths);
    let found = discover::find(&disk, &args.paths)?;
    let mut workspace = Workspace::new(&disk);
    let named: Vec<String> = args.paths.iter().map(|it| shown_path(disk.base(), it)).collect();
    let folder = config_folder(&found, &named);
    let session = Session::open(&disk, &mut workspace, &folder, &args.config)?;
    let mut outcome =
        run::check(&mut workspace, &found.paths, &session.surroundings, &session.policy);
    let is_broken = !session.broken.is_empty() || !outcome.broken.is_empty();
    let broken = session.broken.iter().cloned().chain(outcome.broken.drain(..));
    say_broken(broken, &workspace.sources)?;
    let suppressed = suppress(&session, &workspace, &mut outcome)?;
    let text = report::suppressions::suppressions(&suppressed.suppressions, &workspace.sources);
    print(&text, Wire::Prose(Ink::Plain))?;
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}

fn print(text: &str, wire: Wire) -> io::Result<()> {
    let mut out = streams::stdout(wire);
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn judge(
    session: &mut Session,
    workspace: &mut Workspace<'_>,
    found: &Found,
    args: &CheckArgs,
    stages: &mut Stages,
) -> anyhow::Result<Outcome> {
    let (projects, problems) = run::resolve(workspace, &found.paths, &session.surroundings);
    stages.end("resolve");
    session.config.check_deployments(&mut session.broken, workspace, &projects);
    let mut outcome = crate::check::projects(workspace, &projects, problems, &session.policy);
    session.broken.append(&mut outcome.broken);
    if !args.no_suppressions {
        outcome.suppressed += suppress(session, workspace, &mut outcome)?.held_back;
    }
    baseline(session, workspace, &mut outcome, found, args)?;
    crate::check::judge_all(&session.policy, &workspace.sources, &mut outcome);
    if !found.only.is_empty() {
        only(&mut outcome, workspace, &found.only);
    }
    if args.stdin_filename.is_some() {
        turn_to(&mut outcome, workspace, &found.only);
    }
    stages.end("check");
    Ok(outcome)
}

fn suppress(
    session: &Session,
    workspace: &Workspace<'_>,
    outcome: &mut Outcome,
) -> anyhow::Result<suppress::Suppressed> {
    let today = session.today.to_string();
    let Session { policy, config, .. } = session;
    Ok(crate::check::apply_suppressions(workspace, outcome, policy, config, &today))
}

/// Takes out what the baseline knows, or writes it.
fn baseline(
    session: &mut Session,
    workspace: &mut Workspace<'_>,
    outcome: &mut Outcome,
    found: &Found,
    args: &CheckArgs,
) -> anyhow::Result<()> {
    let configured = session.config.baseline().map(|it| {
        workspace.set_reach(it.reach);
        it.path
    });
    let given = args.baseline.as_ref().map(|it| it.to_string_lossy().into_owned());
    let Some(path) = given.or(configured) else {
        if args.write_baseline {
            bail!("--write-baseline needs --baseline FILE, or `baseline` in opslint.toml");
        }
        return Ok(());
    };
    let opened = match args.baseline {
        Some(_) => workspace.open_named(&path),
        None => workspace.try_open(&path),
    };
    if let Opened::Unknown(it) = &opened {
        bail!("cannot use the baseline: {}", it.reason);
    }
    let file = opened.file();
    if file.is_none() && !args.write_baseline {
        bail!("the baseline `{path}` does not exist; --write-baseline writes it");
    }
    let old = file.map(|file| {
        let text = workspace.sources.file(file).shared_text();
        Baseline::parse(&mut session.broken, file, &text)
    });
    let above = session.config.above.clone();
    let home = Home { path: &path, above: &above };
    let looked_at = |path: &str| found.paths.iter().any(|it| it == path);
    if args.write_baseline {
        let secrets = &outcome.secrets;
        let mut new = Baseline::of(&outcome.diagnostics, secrets, &workspace.sources, home);
        if let Some(old) = &old {
            new = new.with_unjudged(old, home, &looked_at);
        }
        discover::write(Path::new(&path), new.render()?.as_bytes())
            .with_context(|| format!("cannot write `{path}`"))?;
        outcome.suppressed += outcome.diagnostics.len();
        outcome.diagnostics.clear();
        return Ok(());
    }
    if let Some(old) = old {
        let undecided = std::mem::take(&mut outcome.undecided);
        let sources = &workspace.sources;
        outcome.suppressed +=
            old.apply(&mut outcome.diagnostics, &undecided, sources, home, &looked_at);
        outcome.undecided = undecided;
    }
    Ok(())
}

/// Keeps what touches the files that were named one by one.
fn only(outcome: &mut Outcome, workspace: &Workspace<'_>, files: &[String]) {
    let named = |file| files.iter().any(|it| it == workspace.sources.file(file).path());
    outcome.diagnostics.retain(|it| {
        named(it.primary.span.file) || it.related.iter().any(|it| named(it.span.file))
    });
    outcome.undecided.retain(|it| named(it.span.file));
}

/// Puts the label in the buffer first: an editor shows a diagnostic where its user is, and most
/// know no second place.
fn turn_to(outcome: &mut Outcome, workspace: &Workspace<'_>, files: &[String]) {
    let is_here = |file| files.iter().any(|it| it == workspace.sources.file(file).path());
    for it in &mut outcome.diagnostics {
        if is_here(it.primary.span.file) {
            continue;
        }
        if let Some(label) = it.related.iter_mut().find(|it| is_here(it.span.file)) {
            std::mem::swap(label, &mut it.primary);
        }
    }
}

/// Keeps what a changed file takes part in. The rest is counted: it is there all the same.
fn keep_changed(outcome: &mut Outcome, workspace: &Workspace<'_>, changed: &BTreeSet<String>) {
    let has_changed = |file| changed.contains(workspace.sources.file(file).path());
    let before = outcome.diagnostics.len();
    outcome.diagnostics.retain(|it| it.files().any(has_changed));
    outcome.elsewhere = before - outcome.diagnostics.len();
    outcome.undecided.retain(|it| has_changed(it.span.file));
}

/// The files on disk, one of them perhaps replaced by standard input; and the paths to look at.
fn disk(args: &CheckArgs) -> anyhow::Result<(Disk, Vec<PathBuf>)> {
    let disk = Disk::new(discover::current_folder()?);
    let Some(name) = &args.stdin_filename else {
        return Ok((disk.with_checked(&args.paths), args.paths.clone()));
    };
    let disk = disk.with_checked(std::slice::from_ref(name));
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    let Ok(text) = discover::decode(bytes) else {
        bail!("standard input is not UTF-8 text");
    };
    let path = shown_path(disk.base(), name);
    Ok((disk.with_stdin(Some(StdinFile { path, text })), vec![name.clone()]))
}

fn options<'a>(args: &CheckArgs, terminal: Terminal, rules: &'a [RuleInfo]) -> ReportOptions<'a> {
    let listed = args.show_undecided;
    ReportOptions {
        undecided: if listed { UndecidedRules::Listed } else { UndecidedRules::Counted },
        clean: if args.quiet { CleanRun::Silent } else { CleanRun::Said },
        rules,
        ..terminal.report()
    }
}

/// What `--fail-on` says; severities and `undecided` may stand together with a comma.
fn fail_on(args: &CheckArgs) -> anyhow::Result<Option<FailOn>> {
    let Some(text) = &args.fail_on else { return Ok(None) };
    match FailOn::from_names(text.split(',').map(str::trim)) {
        Some(fail_on) => Ok(Some(fail_on)),
        None => bail!("`--fail-on {text}`: expected one of {}", FailOn::NAMES.join(", ")),
    }
}

fn status(outcome: &Outcome, fail_on: FailOn) -> ExitStatus {
    let is_bad = fail_on.at_least.is_some_and(|it| crate::check::has(outcome, it));
    let is_open = fail_on.undecided && !outcome.undecided.is_empty();
    if is_bad || is_open { ExitStatus::Found } else { ExitStatus::Clean }
}

/// Prints what is wrong with configuration and rules after `--show-config`.
fn broken_status(
    session: &mut Session,
    workspace: &Workspace<'_>,
    args: &CheckArgs,
) -> anyhow::Result<ExitStatus> {
    if session.broken.is_empty() {
        return Ok(ExitStatus::Clean);
    }
    let outcome =
        Outcome { diagnostics: std::mem::take(&mut session.broken), ..Outcome::default() };
    let terminal = Terminal::of(args.color.color);
    let options = options(args, terminal, &[]);
    let shown = Shown::outcome(outcome, &workspace.sources, args.secrets.show());
    report::write(&mut streams::report_stderr(), args.format, &shown, &options)?;
    Ok(ExitStatus::Failure)
}

/// Folders that could not be read: what they hold is missing from the report.
fn say_problems(found: &Found) {
    for problem in &found.problems {
        streams::say("warning", problem);
    }
}
