//! What each process runs with: tables for people, JSON for programs.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::position::Positions;
use super::style::{Paint, wrap};
use super::wire::{self, FactV1};
use crate::fact::{Fact, Input, Origin, OriginKind, State};
use crate::project::{Deployment, Facts, Process, Project};
use crate::source::{SourceMap, Span};
use crate::vocabulary::{self, FactId, Unit};

/// How resolved facts are shown.
#[derive(Clone, Copy, Debug)]
pub struct ResolveOptions<'a> {
    /// Whether to use colours.
    pub color: bool,
    /// Columns to fill at most.
    pub width: usize,
    /// Only processes of this name.
    pub process: Option<&'a str>,
    /// Whether to show every setting of the server, also those at their default.
    pub settings: bool,
}

/// Facts that the headline of a process already shows.
const IN_HEADLINE: &[FactId] = &[
    vocabulary::PLATFORM,
    vocabulary::KIND,
    vocabulary::NAME,
    vocabulary::SERVER,
    vocabulary::APP,
    vocabulary::COMMAND,
];

/// Writes a table for each process.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_resolved(
    out: &mut dyn io::Write,
    projects: &[Project],
    sources: &SourceMap,
    options: &ResolveOptions<'_>,
) -> io::Result<()> {
    let mut table =
        Table { positions: Positions::new(sources), paint: Paint::new(options.color), options };
    for deployment in projects.iter().flat_map(|it| &it.deployments) {
        for process in shown(deployment, options.process) {
            table.process(out, deployment, process)?;
        }
        table.totals(out, deployment)?;
    }
    Ok(())
}

fn shown<'a>(
    deployment: &'a Deployment,
    name: Option<&'a str>,
) -> impl Iterator<Item = &'a Process> {
    deployment.processes.iter().filter(move |it| name.is_none_or(|name| it.name.value == name))
}

struct Table<'a> {
    positions: Positions<'a>,
    paint: Paint,
    options: &'a ResolveOptions<'a>,
}

/// Width of the columns in front of where a value comes from.
const NAME_WIDTH: usize = 26;
const VALUE_WIDTH: usize = 16;

impl Table<'_> {
    fn process(
        &mut self,
        out: &mut dyn io::Write,
        deployment: &Deployment,
        process: &Process,
    ) -> io::Result<()> {
        writeln!(out, "{}", self.paint.bold(&headline(deployment, process)))?;
        if let Some(command) = process.facts.get(vocabulary::COMMAND) {
            let text = match &command.state {
                State::Unknown(unknown) => unknown.reason.clone(),
                state => state.to_string(),
            };
            writeln!(out, "  {}", self.paint.dim(&one_line(&text, self.options.width - 2)))?;
        }
        for (id, fact) in process.facts.iter().filter(|(id, _)| !IN_HEADLINE.contains(id)) {
            self.row(out, id.name(), id.def().unit, fact, process.facts.span(id))?;
        }
        let is_fact = |name: &str| FactId::from_name(name).is_some();
        let settings: BTreeMap<&String, &Fact> = process
            .settings
            .iter()
            .filter(|(name, fact)| {
                self.options.settings || fact.origin.kind != OriginKind::Default && !is_fact(name)
            })
            .collect();
        if !settings.is_empty() {
            writeln!(out, "  {}", self.paint.dim("settings of the server"))?;
        }
        for (name, fact) in settings {
            self.row(out, name, Unit::None, fact, None)?;
        }
        writeln!(out)
    }

    fn row(
        &self,
        out: &mut dyn io::Write,
        name: &str,
        unit: Unit,
        fact: &Fact,
        anchor: Option<Span>,
    ) -> io::Result<()> {
        let value = one_line(&with_unit(&fact.state, unit), 60);
        let indent = 2 + NAME_WIDTH + 1 + VALUE_WIDTH + 2;
        let head = format!("  {name:<NAME_WIDTH$} {value:<VALUE_WIDTH$}  ");
        let mut lines = vec![self.origin(&fact.origin, anchor)];
        if let State::Unknown(unknown) = &fact.state {
            lines = vec![unknown.reason.clone()];
            if !unknown.settle_with.is_empty() {
                lines.push(format!("settle it with {}", unknown.settle_with));
            }
        }
        self.inputs(&fact.origin.inputs, 0, &mut lines);
        for overridden in &fact.overridden {
            let value = with_unit(&overridden.state, unit);
            lines.push(format!("overrides {value}: {}", self.origin(&overridden.origin, None)));
        }
        let width = self.options.width.saturating_sub(indent).max(30);
        let mut first = true;
        for line in lines.iter().flat_map(|it| wrap_indented(it, width)) {
            match first {
                true if head.chars().count() <= indent => write!(out, "{head}")?,
                true => write!(out, "{head}\n{:indent$}", "")?,
                false => write!(out, "{:indent$}", "")?,
            }
            writeln!(out, "{}", self.paint.dim(&line))?;
            first = false;
        }
        Ok(())
    }

    /// Where a value comes from, in one line.
    fn origin(&self, origin: &Origin, anchor: Option<Span>) -> String {
        let place = origin.span.map(|it| self.positions.line(it));
        match (place, origin.kind) {
            (Some(place), _) => format!("{place}  {}", origin.source),
            (None, OriginKind::Assumed) => format!("assumed: {}", origin.source),
            (None, OriginKind::Derived) => format!("= {}", origin.source),
            (None, OriginKind::Platform) => match anchor {
                Some(anchor) => format!("{}  {}", self.positions.line(anchor), origin.source),
                None => origin.source.clone(),
            },
            (None, _) => origin.source.clone(),
        }
    }

    /// The values that took part, two levels deep: further ones are in their own rows.
    fn inputs(&self, inputs: &[Input], depth: usize, lines: &mut Vec<String>) {
        for input in inputs {
            let value = match &input.fact.state {
                State::Known(crate::fact::Value::Null) => String::new(),
                state => format!("{} = {state}: ", input.name),
            };
            let indent = "  ".repeat(depth);
            let origin = self.origin(&input.fact.origin, None);
            lines.push(format!("{indent}← {value}{origin}"));
            if depth == 0 {
                self.inputs(&input.fact.origin.inputs, depth + 1, lines);
            }
        }
    }

    /// What the deployment costs, and the connections it needs of its database.
    fn totals(&self, out: &mut dyn io::Write, deployment: &Deployment) -> io::Result<()> {
        if self.options.process.is_some() {
            return Ok(());
        }
        let known = |id| deployment.facts.get(id).filter(|it| it.number().is_some());
        let mut lines = Vec::new();
        if let Some(price) = known(vocabulary::PRICE_USD_MONTH) {
            let price = with_unit(&price.state, Unit::UsdMonth);
            lines.push(format!("costs about {price} when every instance runs all month"));
        }
        let connections = known(vocabulary::DATABASE_CONNECTIONS_MAX);
        match (known(vocabulary::CONNECTIONS_NEEDED), connections) {
            (Some(needed), Some(max)) => {
                let of = format!("{} of the database's {} connections", needed.state, max.state);
                lines.push(format!("can open {of}, at one for each thread"));
            }
            (None, Some(max)) => {
                lines.push(format!("has a database with {} connections", max.state));
            }
            _ => {}
        }
        for line in &lines {
            writeln!(out, "{} {line}", deployment.manifest)?;
        }
        if !lines.is_empty() {
            writeln!(out)?;
        }
        Ok(())
    }
}

/// `fly.toml · web · gunicorn shop.wsgi`
fn headline(deployment: &Deployment, process: &Process) -> String {
    let text = |facts: &Facts, id| facts.get(id).and_then(Fact::text).map(str::to_owned);
    let mut parts = vec![deployment.manifest.clone(), process.name.value.clone()];
    let kind = text(&process.facts, vocabulary::KIND);
    let platform = text(&deployment.facts, vocabulary::PLATFORM);
    let on = platform.unwrap_or_else(|| "unknown platform".to_owned());
    let kind = kind.filter(|it| *it != process.name.value);
    parts.push(kind.map_or(on.clone(), |it| format!("{it} on {on}")));
    let server = text(&process.facts, vocabulary::SERVER);
    let app = text(&process.facts, vocabulary::APP);
    parts.extend(server.map(|it| app.map_or(it.clone(), |app| format!("{it} {app}"))));
    parts.join(" · ")
}

fn with_unit(state: &State, unit: Unit) -> String {
    let suffix = match unit {
        Unit::Seconds => " s",
        Unit::Megabytes => " MB",
        Unit::UsdMonth => " USD/month",
        _ => "",
    };
    match state {
        State::Known(value) if value.as_number().is_some() => format!("{state}{suffix}"),
        State::Range { .. } => format!("{state}{suffix}"),
        _ => state.to_string(),
    }
}

/// A text in one line of at most `width` characters.
fn one_line(text: &str, width: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(width) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Wraps a line and keeps its indentation.
fn wrap_indented(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let blanks = " ".repeat(indent);
    let lines = wrap(line, width.saturating_sub(indent));
    lines.into_iter().map(|it| format!("{blanks}{it}")).collect()
}

#[derive(Serialize)]
struct DocumentV1<'a> {
    version: u32,
    projects: Vec<ProjectV1<'a>>,
}

#[derive(Serialize)]
struct ProjectV1<'a> {
    path: &'a str,
    deployments: Vec<DeploymentV1<'a>>,
}

#[derive(Serialize)]
struct DeploymentV1<'a> {
    manifest: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    platform: Option<&'a str>,
    facts: BTreeMap<&'static str, FactV1>,
    processes: Vec<ProcessV1<'a>>,
}

#[derive(Serialize)]
struct ProcessV1<'a> {
    name: &'a str,
    kind: Option<&'a str>,
    command: Option<&'a str>,
    facts: BTreeMap<&'static str, FactV1>,
    settings: BTreeMap<&'a str, FactV1>,
}

/// Writes one JSON document, version 1.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_resolved_json(
    out: &mut dyn io::Write,
    projects: &[Project],
    sources: &SourceMap,
    process: Option<&str>,
) -> io::Result<()> {
    let positions = Positions::new(sources);
    let facts = |facts: &Facts| {
        facts.iter().map(|(id, it)| (id.name(), wire::fact(&positions, id.name(), it))).collect()
    };
    let document = DocumentV1 {
        version: 1,
        projects: projects
            .iter()
            .map(|project| ProjectV1 {
                path: if project.root.is_empty() { "." } else { &project.root },
                deployments: project
                    .deployments
                    .iter()
                    .map(|it| DeploymentV1 {
                        manifest: &it.manifest,
                        name: &it.name,
                        platform: it.facts.get(vocabulary::PLATFORM).and_then(Fact::text),
                        facts: facts(&it.facts),
                        processes: shown(it, process)
                            .map(|it| ProcessV1 {
                                name: &it.name.value,
                                kind: it.facts.get(vocabulary::KIND).and_then(Fact::text),
                                command: it.facts.get(vocabulary::COMMAND).and_then(Fact::text),
                                facts: facts(&it.facts),
                                settings: it
                                    .settings
                                    .iter()
                                    .map(|(name, it)| {
                                        (name.as_str(), wire::fact(&positions, "", it))
                                    })
                                    .collect(),
                            })
                            .collect(),
                    })
                    .collect(),
            })
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
