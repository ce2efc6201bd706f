//! `opslint init`: an opslint.toml for this project, with what its files leave open.

use std::io::Write as _;
use std::path::Path;
use std::slice::from_ref;

use anyhow::{Context, bail};

use crate::analysis::{
    Analysis, ConfigFile, ConfigOptions, FactsAnswer, Judgement, Options, Scope,
};
use crate::assumption::Assumption;
use crate::check::assumptions;
use crate::diagnostic::Diagnostic;
use crate::discover::{self, Disk};
use crate::fact::Value;
use crate::nearest::did_you_mean;
use crate::policy::config::extended::{NewLine, extended};
use crate::policy::config::{self, INVALID_CONFIG, toml_text};
use crate::project::{Deployment, Project};
use crate::report::{Ink, ShowSecrets, Shown, Wire, starting_config};
use crate::secret::Secrets;
use crate::settings::toml_key;
use crate::vocabulary::{self, FactId};

use super::{ExitStatus, InitArgs, clock, say_broken, streams};

/// For the `.pre-commit-config.yaml` of a project.
const PRE_COMMIT: &str = concat!(
    "  - repo: https://github.com/opslint/opslint\n",
    "    rev: v",
    env!("CARGO_PKG_VERSION"),
    "\n    hooks:\n      - id: opslint\n"
);

/// `web=standard-1x` as typed.
pub(super) fn plan(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((process, plan)) if !process.is_empty() && !plan.is_empty() => {
            Ok((process.to_owned(), plan.to_owned()))
        }
        _ => Err("expected PROCESS=PLAN, such as web=standard-1x".to_owned()),
    }
}

/// Writes the file, or adds to it, and says what to do next.
pub(super) fn run(args: &InitArgs) -> anyhow::Result<ExitStatus> {
    let folder = discover::current_folder()?.join(&args.folder);
    if !folder.is_dir() {
        bail!("`{}` is not a folder", args.folder.display());
    }
    let before = analysis(&folder, Vec::new())?.facts();
    let wrong = wrong(&before.problems);
    if !wrong.is_empty() {
        say_broken(wrong.into_iter(), &before.sources, &before.secrets)?;
        return Ok(ExitStatus::Failure);
    }
    let stated = stated(&before, args)?;
    let analysis = analysis(&folder, stated.iter().map(set).collect())?;
    let FactsAnswer { projects, sources, secrets, problems } = analysis.facts();
    let wrong = self::wrong(&problems);
    if !wrong.is_empty() {
        bail!(said(&wrong));
    }
    let existing = sources.id(config::FILE_NAME).map(|it| sources.file(it).text().to_owned());
    let shown = Shown::projects(projects, &sources, &secrets, ShowSecrets::Never);
    let (base, asked) = match &existing {
        Some(text) => (text.clone(), 0),
        None => starting_config(&shown)?,
    };
    let kept = existing.as_deref().map(|it| kept(it, &stated)).unwrap_or_default();
    let mut lines = stated;
    if existing.is_some() {
        lines.extend(suggested(&shown));
    }
    lines.extend(behind(&analysis)?);
    // What somebody wrote may hold secrets, and is not printed.
    let base = if args.stdout && existing.is_some() { String::new() } else { base };
    let (text, added) =
        extended(&base, &lines).with_context(|| format!("cannot add to {}", config::FILE_NAME))?;
    if args.stdout {
        let mut out = streams::stdout(Wire::Toml);
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(ExitStatus::Clean);
    }
    let path = folder.join(config::FILE_NAME);
    if Disk::here()?.with_checked(from_ref(&args.folder)).leads_out(&path) {
        bail!("cannot write {}: a link there leads out of the project", config::FILE_NAME);
    }
    let written = match existing {
        Some(_) if added == 0 => Ok(()),
        Some(_) => discover::write(&path, text.as_bytes()),
        None => discover::write_new(&path, &text),
    };
    written.with_context(|| format!("cannot write {}", config::FILE_NAME))?;
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    if existing.is_some() {
        let what = match added {
            0 => "nothing to add".to_owned(),
            1 => "added 1 line".to_owned(),
            added => format!("added {added} lines"),
        };
        writeln!(out, "{}: {what}; your own lines are unchanged", config::FILE_NAME)?;
        for it in kept {
            writeln!(out, "  {it}")?;
        }
        out.flush()?;
        return Ok(ExitStatus::Clean);
    }
    let open = match asked {
        0 => "the files of this project leave nothing open".to_owned(),
        1 => "1 value that no file states is in it as a comment: if it is true, uncomment it and \
              run opslint again"
            .to_owned(),
        asked => format!(
            "{asked} values that no file states are in it as comments: uncomment those that are \
             true, and run opslint again"
        ),
    };
    writeln!(out, "wrote {}: {open}", config::FILE_NAME)?;
    writeln!(out, "\nTo run on every commit, add to .pre-commit-config.yaml:\n\n{PRE_COMMIT}")?;
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// What is stated against the catalog.
fn wrong(problems: &[Diagnostic]) -> Vec<Diagnostic> {
    problems.iter().filter(|it| it.rule == INVALID_CONFIG).cloned().collect()
}

/// What is wrong with what the flags state, and what was meant.
fn said(wrong: &[Diagnostic]) -> String {
    let one = |it: &Diagnostic| match &it.help {
        Some(help) => format!("{}: {help}", it.message),
        None => it.message.clone(),
    };
    wrong.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// What diagnostics rest on beside what is open in any project: variables that no file sets, options
/// that configuration leaves out. As comments.
fn behind(analysis: &Analysis) -> anyhow::Result<Vec<NewLine>> {
    let judgement = Judgement::on(clock::today()?);
    let outcome = analysis.check(&Scope::default(), &judgement)?.outcome;
    let line = |it: Assumption| {
        let mut table = vec!["deployments".to_owned(), it.manifest];
        table.extend(it.process.iter().flat_map(|it| ["processes".to_owned(), it.clone()]));
        let is_unset = it.value == Value::Null;
        let (key, value) = match it.name.strip_prefix('$') {
            Some(variable) if is_unset => {
                table.push("set".to_owned());
                (variable.to_owned(), toml::Value::Boolean(false))
            }
            // Others stand in a table of their own, and `init` asks for them once.
            Some(_) => return None,
            None => {
                let none = FactId::from_name(&it.name).filter(|it| config::may_be_none(*it));
                let none = none.filter(|_| is_unset).map(|_| toml::Value::String(String::new()));
                let value = none.or_else(|| assumptions::toml_value(&it.value));
                (it.name, value?)
            }
        };
        Some(NewLine { table, key, value, suggested: Some(format!("assumed: {}", it.text)) })
    };
    let shown = outcome.assumptions.into_iter().filter(|it| it.behind.is_some());
    Ok(shown.filter_map(line).collect())
}

/// The projects of a folder under its opslint.toml, if there is one, and `set`.
fn analysis(folder: &Path, set: Vec<String>) -> anyhow::Result<Analysis> {
    // The nearest one, as no argument names it: a link that leads outside is not followed.
    let has_flags = !set.is_empty();
    let own = folder.join(config::FILE_NAME);
    let file = match own.exists() || own.is_symlink() {
        true => ConfigFile::Nearest,
        false => ConfigFile::Ignored,
    };
    let disk = Disk::new(folder);
    let config = ConfigOptions { file, set, ..ConfigOptions::default() };
    let options = Options { paths: vec![".".into()], config, ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    let broken = &analysis.setup().broken;
    if !broken.is_empty() && has_flags {
        bail!(said(broken));
    }
    if !broken.is_empty() {
        say_broken(broken.iter().cloned(), &analysis.setup().sources, &Secrets::none_known())?;
        bail!("{} must be right before lines are added to it", config::FILE_NAME);
    }
    Ok(analysis)
}

/// What somebody wrote otherwise than the arguments state it: `init` changes no line.
fn kept(existing: &str, stated: &[NewLine]) -> Vec<String> {
    let Ok(root) = existing.parse::<toml::Table>() else { return Vec::new() };
    let written = |line: &NewLine| {
        let (first, more) = line.table.split_first()?;
        let table = more.iter().try_fold(root.get(first)?, |at, key| at.get(key))?;
        table.get(&line.key).filter(|it| **it != line.value).cloned()
    };
    let said = |line: &NewLine| {
        let NewLine { table, key, value, .. } = line;
        let table = table.iter().map(|it| toml_key(it)).collect::<Vec<_>>().join(".");
        let old = toml_text::value_text(&written(line)?);
        let value = toml_text::value_text(value);
        Some(format!(
            "`{key} = {old}` stands under `[{table}]` already; write `{key} = {value}` there if \
             that is true"
        ))
    };
    stated.iter().filter_map(said).collect()
}

/// What the arguments state, as lines: a platform where no file names one, a plan for each process
/// of that name.
fn stated(before: &FactsAnswer, args: &InitArgs) -> anyhow::Result<Vec<NewLine>> {
    let mut lines = Vec::new();
    let line = |table: &[&str], key: &str, value: &str| NewLine {
        table: table.iter().map(|it| (*it).to_owned()).collect(),
        key: key.to_owned(),
        value: toml::Value::String(value.to_owned()),
        suggested: None,
    };
    let deployments = || before.projects.iter().flat_map(|it| &it.deployments);
    if let Some(id) = &args.platform {
        let is_open = |it: &&Deployment| {
            let platform = it.facts.get(vocabulary::PLATFORM);
            platform.is_none_or(|it| it.value().is_none() || it.origin.is_assumed())
        };
        let open: Vec<&Deployment> = deployments().filter(is_open).collect();
        if open.is_empty() {
            bail!("`--platform {id}` settles nothing: the files name the platform of all there is");
        }
        let of = |it: &&Deployment| line(&["deployments", &it.manifest], "platform", id);
        lines.extend(open.iter().map(of));
    }
    for (process, plan) in &args.plan {
        let has_it = |it: &&Deployment| it.processes.iter().any(|it| it.name.value == *process);
        let of = |it: &Deployment| {
            line(&["deployments", &it.manifest, "processes", process], "plan", plan)
        };
        let found: Vec<NewLine> = deployments().filter(has_it).map(of).collect();
        if found.is_empty() {
            let processes = deployments().flat_map(|it| &it.processes);
            let names: Vec<&str> = processes.map(|it| it.name.value.as_str()).collect();
            let hint = did_you_mean(process, &names).map(|it| format!("; {it}"));
            let hint = hint.unwrap_or_default();
            bail!("`--plan {process}={plan}`: no process is named `{process}`{hint}");
        }
        lines.extend(found);
    }
    Ok(lines)
}

/// The same as a flag.
fn set(line: &NewLine) -> String {
    let path: Vec<String> = line.table.iter().chain([&line.key]).map(|it| toml_key(it)).collect();
    format!("{}={}", path.join("."), toml_text::value_text(&line.value))
}

/// What is still taken for granted, as comments.
fn suggested(shown: &Shown<Vec<Project>>) -> Vec<NewLine> {
    let assumed = shown.get_projects().iter().flat_map(assumptions::of_project);
    assumed
        .filter_map(|it| {
            let mut table = vec!["deployments".to_owned(), it.manifest.clone()];
            table.extend(it.process.iter().flat_map(|it| ["processes".to_owned(), it.clone()]));
            // Variables stand in a table of their own, and `init` asks for them once.
            let value = assumptions::toml_value(&it.value).filter(|_| !it.name.starts_with('$'))?;
            let suggested = Some(format!("assumed: {}", it.text));
            Some(NewLine { table, key: it.name, value, suggested })
        })
        .collect()
}
