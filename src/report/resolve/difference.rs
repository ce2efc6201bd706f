//! `opslint resolve --diff`: two deployments side by side, and only what differs.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use serde::Serialize;

use super::human::shown;
use crate::fact::State;
use crate::project::{Deployment, Facts, Lookup, Process, Project};
use crate::report::ink::Ink;
use crate::report::safe::{SafeWriter, Wire};
use crate::report::shown::Shown;
use crate::report::text::{count, one_line, width};
use crate::secret::MASK;
use crate::vocabulary::{Scope, Unit, VOCABULARY};

use super::ResolvedFormat;

/// Values wider than this put the other one on the next line.
const VALUE_COLUMNS_MAX: usize = 32;

/// What two deployments have, and what differs.
#[derive(Serialize)]
struct DifferenceV1<'a> {
    version: u32,
    left: &'a str,
    right: &'a str,
    /// Of the deployment as a whole first, where `process` is null.
    processes: Vec<ProcessV1<'a>>,
    only_left: Vec<&'a str>,
    only_right: Vec<&'a str>,
}

#[derive(Serialize)]
struct ProcessV1<'a> {
    process: Option<&'a str>,
    differences: Vec<RowV1>,
    /// How many facts, settings and variables are the same.
    same: usize,
    /// How many cannot be compared: their secrets are masked on both sides.
    masked: usize,
}

/// A fact, setting or variable that differs, as people are shown it; null where one side has none.
#[derive(Serialize)]
struct RowV1 {
    name: String,
    left: Option<String>,
    right: Option<String>,
}

/// Writes what differs between two deployments of the projects, by the paths of their manifests.
///
/// # Errors
/// When `out` refuses. Whether both manifests are there is for the caller to see.
pub fn write_difference(
    out: &mut dyn io::Write,
    format: ResolvedFormat,
    projects: &Shown<Vec<Project>>,
    (left, right): (&str, &str),
    ink: Ink,
) -> io::Result<()> {
    let of = |manifest: &str| {
        let mut all = projects.get_projects().iter().flat_map(|it| &it.deployments);
        all.find(|it| it.manifest == manifest)
    };
    let (Some(left), Some(right)) = (of(left), of(right)) else { return Ok(()) };
    let document = difference(left, right);
    match format {
        ResolvedFormat::Json => {
            let mut out = SafeWriter::new(out, Wire::Json);
            serde_json::to_writer_pretty(&mut out, &document)?;
            writeln!(out)?;
            out.flush()
        }
        ResolvedFormat::Human => {
            let mut out = SafeWriter::new(out, Wire::Prose(ink));
            human(&mut out, &document, ink)?;
            out.flush()
        }
    }
}

fn difference<'a>(left: &'a Deployment, right: &'a Deployment) -> DifferenceV1<'a> {
    let own = Side { facts: &left.facts, process: None };
    let other = Side { facts: &right.facts, process: None };
    let mut processes = vec![compared(None, Scope::Deployment, &own, &other)];
    let named = |of: &'a Deployment, name: &str| -> Option<&'a Process> {
        of.processes.iter().find(|it| it.name.value == name)
    };
    let only = |of: &'a Deployment, other: &'a Deployment| -> Vec<&'a str> {
        let names = of.processes.iter().map(|it| it.name.value.as_str());
        names.filter(|it| named(other, it).is_none()).collect()
    };
    for it in &left.processes {
        let name = it.name.value.as_str();
        let Some(there) = named(right, name) else { continue };
        let own = Side { facts: &it.facts, process: Some(it) };
        let other = Side { facts: &there.facts, process: Some(there) };
        processes.push(compared(Some(name), Scope::Process, &own, &other));
    }
    DifferenceV1 {
        version: 1,
        left: &left.manifest,
        right: &right.manifest,
        processes,
        only_left: only(left, right),
        only_right: only(right, left),
    }
}

/// One of the two.
struct Side<'a> {
    facts: &'a Facts,
    process: Option<&'a Process>,
}

fn compared<'a>(
    process: Option<&'a str>,
    scope: Scope,
    left: &Side<'_>,
    right: &Side<'_>,
) -> ProcessV1<'a> {
    let mut differences = Vec::new();
    let (mut same, mut masked) = (0, 0);
    let mut add = |name: &str, left: Option<String>, right: Option<String>| match left == right {
        // Stars stand for different secrets as they do for the same one.
        true if left.as_ref().is_some_and(|it| it.contains(MASK)) => masked += 1,
        true => same += usize::from(left.is_some()),
        false => differences.push(RowV1 { name: name.to_owned(), left, right }),
    };
    let of_scope = VOCABULARY.iter().filter(|it| it.scope == scope && !it.is_trait());
    // The path of the file is what tells the two apart.
    for def in of_scope.filter(|it| it.name != "manifest") {
        let value = |side: &Side<'_>| {
            let (_, fact) = side.facts.iter().find(|(id, _)| id.name() == def.name)?;
            Some(plain(&fact.state, def.unit))
        };
        add(def.name, value(left), value(right));
    }
    let settings = |side: &Side<'_>| -> Vec<String> {
        side.process.iter().flat_map(|it| it.settings.keys().map(str::to_owned)).collect()
    };
    let mut names = settings(left);
    names.extend(settings(right));
    names.sort();
    names.dedup();
    for name in names {
        let value =
            |side: &Side<'_>| Some(plain(&side.process?.settings.get(&name)?.state, Unit::None));
        // What a fact shows is not said again under the name of the setting.
        if left.facts.iter().all(|(id, _)| id.name() != name) {
            add(&format!("setting {name}"), value(left), value(right));
        }
    }
    let mut names = variables(left);
    names.append(&mut variables(right));
    for name in names {
        add(&format!("variable {name}"), variable(left, name), variable(right, name));
    }
    ProcessV1 { process, differences, same, masked }
}

/// Names of the variables that files say something of.
fn variables<'a>(side: &Side<'a>) -> BTreeSet<&'a str> {
    side.process.iter().flat_map(|it| it.environment.names()).collect()
}

/// What a variable is set to; nothing where it is not set, as far as files say.
fn variable(side: &Side<'_>, name: &str) -> Option<String> {
    match side.process?.environment.get(name) {
        Lookup::Set(fact) => Some(plain(&fact.state, Unit::None)),
        Lookup::Unset | Lookup::Unmentioned => None,
    }
}

/// A value for people. Of what is not known, the reason is elsewhere.
fn plain(state: &State, unit: Unit) -> String {
    match state {
        State::Unknown(_) => "unknown".to_owned(),
        state => one_line(&shown(state, unit)),
    }
}

fn human(out: &mut dyn io::Write, document: &DifferenceV1<'_>, ink: Ink) -> io::Result<()> {
    let rows = || document.processes.iter().flat_map(|it| &it.differences);
    let names = rows().map(|it| width(&it.name)).max().unwrap_or(0);
    let values = rows().map(|it| width(it.left.as_deref().unwrap_or("-")));
    let values = values.chain([width(document.left)]).filter(|it| *it <= VALUE_COLUMNS_MAX);
    let values = values.max().unwrap_or(0);
    let mut is_first = true;
    for ProcessV1 { process, differences, same, masked } in &document.processes {
        if differences.is_empty() && process.is_none() {
            continue;
        }
        if !is_first {
            writeln!(out)?;
        }
        is_first = false;
        let title = process.map_or("deployment", |it| it);
        let gap = (names + 2).saturating_sub(width(title)) + 2;
        let head = format!("{title}{}{}", " ".repeat(gap), document.left);
        let gap = values.saturating_sub(width(document.left)) + 2;
        writeln!(out, "{}", ink.bold(&format!("{head}{}{}", " ".repeat(gap), document.right)))?;
        for RowV1 { name, left, right } in differences {
            let (left, right) = (left.as_deref().unwrap_or("-"), right.as_deref().unwrap_or("-"));
            let name = format!("  {name}{}", " ".repeat(names - width(name)));
            let gap = " ".repeat(values.saturating_sub(width(left)));
            match width(left) <= values {
                true => writeln!(out, "{name}  {left}{gap}  {right}")?,
                false => {
                    writeln!(out, "{name}  {left}")?;
                    writeln!(out, "{}{right}", " ".repeat(names + values + 6))?;
                }
            }
        }
        writeln!(out, "  {}", ink.dim(&format!("the same: {}", count(*same, "value"))))?;
        if *masked > 0 {
            let masked = count(*masked, "secret");
            let text = format!("not compared: {masked}; `--show-secrets` compares and shows them");
            writeln!(out, "  {}", ink.dim(&text))?;
        }
    }
    for (only, manifest) in
        [(&document.only_left, document.left), (&document.only_right, document.right)]
    {
        if !only.is_empty() {
            writeln!(out, "\nonly in {manifest}: {}", one_line(&only.join(", ")))?;
        }
    }
    Ok(())
}
