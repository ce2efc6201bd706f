//! Tables for people: name, value with its unit, and where it comes from.
//!
//! A newcomer sees at a glance why `workers` is 9: the place it is written at, what it was computed
//! from, and what it won over.

use std::io;

use super::{ListedSettings, ResolvedOptions, worlds};
use crate::fact::{Fact, Input, Origin, OriginKind, Overridden, State, Value, one_of};
use crate::project::{Deployment, Facts, Process, Project};
use crate::report::options::Drawing;
use crate::report::position::{Columns, Positions};
use crate::report::text::{self, count, one_line, width, wrap};
use crate::source::SourceMap;
use crate::vocabulary::{self, FactId, Scope, Unit};

/// Values wider than this put their origin on the next line.
const VALUE_COLUMNS_MAX: usize = 18;
/// Source text that is quoted as an origin.
const QUOTE_COLUMNS_MAX: usize = 48;
/// Steps from a value back to what it was computed from. A step that has a row of its own ends it.
const DEPTH_MAX: usize = 4;

/// Writes one table for each process, and one for what a deployment has as a whole.
pub(super) fn write(
    out: &mut dyn io::Write,
    projects: &[Project],
    sources: &SourceMap,
    options: &ResolvedOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let mut tables = Vec::new();
    for project in projects {
        let page = Page { sources, positions: &positions, options, root: &project.root };
        let before = tables.len();
        for deployment in &project.deployments {
            page.tables(&mut tables, deployment);
        }
        // Paths below are relative to the project; one that is started in needs no name.
        if tables.len() > before && !project.root.is_empty() {
            let head = options.report.ink.cyan(&format!("{}/", one_line(&project.root)));
            tables.insert(before, head + "\n");
        }
    }
    match (tables.is_empty(), projects.is_empty()) {
        (true, true) => writeln!(out, "no deployment: found no Procfile, fly.toml or render.yaml"),
        (true, false) => {
            writeln!(
                out,
                "no process: `opslint check` says what was read and why nothing is judged"
            )
        }
        (false, _) => out.write_all(tables.join("\n").as_bytes()),
    }
}

/// The parts of a table, in their order.
const GROUPS: &[&str] = &[
    "server",
    "machine",
    "scale",
    "router",
    "health_check",
    "shutdown",
    "database",
    "function",
    "measured",
];

/// The part of the table that a fact stands in.
fn group(id: FactId) -> usize {
    let name = match id {
        vocabulary::MEMORY_PER_WORKER_MB | vocabulary::MEMORY_NEEDED_MB => "machine",
        vocabulary::BOOT_TIMEOUT_S => "shutdown",
        vocabulary::CONNECTIONS_NEEDED | vocabulary::PRICE_USD_MONTH => "database",
        vocabulary::APP_LIMITS_UPLOAD_MB => "router",
        id => match id.name().split_once('.').map_or("server", |(group, _)| group) {
            "image" | "runtime" => "server",
            "proxy" | "app_limits" => "router",
            "storage" => "machine",
            group => group,
        },
    };
    GROUPS.iter().position(|it| *it == name).unwrap_or(GROUPS.len())
}

/// Facts that the head of a table says already.
const IN_HEAD: &[FactId] = &[vocabulary::MANIFEST, vocabulary::NAME, vocabulary::COMMAND];

/// Whether a fact is to be seen elsewhere: in the head, or on the platform's page.
pub(super) fn is_elsewhere(id: FactId) -> bool {
    IN_HEAD.contains(&id) || id.def().is_trait()
}

/// Whether a setting is one of Django, Flask or another framework, by the fashion of its name.
fn is_of_application(setting: &str) -> bool {
    setting.starts_with(|it: char| it.is_ascii_uppercase())
        && !setting.contains(|it: char| it.is_ascii_lowercase())
}

/// Whether a fact is what everybody expects, and nobody said.
fn is_usual(id: FactId, fact: &Fact) -> bool {
    id == vocabulary::ENVIRONMENT && fact.origin.kind == OriginKind::Default
}

struct Page<'a> {
    sources: &'a SourceMap,
    positions: &'a Positions<'a>,
    options: &'a ResolvedOptions<'a>,
    /// The folder of the project.
    root: &'a str,
}

/// Rows that stand together.
#[derive(Default)]
struct Group {
    title: Option<String>,
    rows: Vec<Row>,
}

/// A row before it is laid out.
struct Row {
    name: String,
    value: String,
    certainty: Certainty,
    /// Paragraphs about where the value comes from, the first beside it.
    origin: Vec<Note>,
}

/// How a value stands out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// Somebody set it, or it follows from what somebody set.
    Set,
    /// Nobody set it: a default of a program or platform.
    Default,
    /// Not known, or known in parts.
    Unknown,
}

/// A line about an origin.
#[derive(PartialEq, Eq)]
struct Note {
    /// How far it stands to the right: inputs of inputs.
    depth: usize,
    text: String,
    is_assumed: bool,
}

impl Page<'_> {
    fn tables(&self, tables: &mut Vec<String>, deployment: &Deployment) {
        let name = self.options.process;
        let wanted = |it: &&Process| name.is_none_or(|name| it.name.value == name);
        let processes: Vec<_> = deployment.processes.iter().filter(wanted).collect();
        tables.extend(processes.iter().map(|it| self.process(deployment, it)));
        if name.is_none() {
            tables.extend(self.deployment(deployment));
        }
    }

    fn process(&self, deployment: &Deployment, process: &Process) -> String {
        let command = process.facts.get(vocabulary::COMMAND).and_then(Fact::text);
        let mut head = vec![self.path(&deployment.manifest), &process.name.value];
        head.extend(command);
        let mut parts = self.facts(&process.facts, Scope::Process);
        let server = process.facts.get(vocabulary::SERVER).and_then(Fact::text);
        let (of_application, of_server): (Vec<Row>, Vec<Row>) =
            self.settings(process).into_iter().partition(|it| is_of_application(&it.name));
        parts.push(Group {
            title: Some(format!("settings of {}", server.unwrap_or("the server"))),
            rows: of_server,
        });
        parts.push(Group {
            title: Some("settings of the application".to_owned()),
            rows: of_application,
        });
        self.table(&head.join(" · "), &parts) + &self.worlds(deployment, process)
    }

    /// What differs where the files leave open on what it runs.
    fn worlds(&self, deployment: &Deployment, process: &Process) -> String {
        let all = worlds::of(self.options.other_worlds(), self.root, deployment, process);
        let lines = worlds::lines(process, &all, self.options.report.columns());
        if lines.is_empty() {
            return String::new();
        }
        let title = "where files leave open on what it runs";
        format!("\n  {}\n{}\n", self.options.report.ink.dim(title), lines.join("\n"))
    }

    /// What the deployment has as a whole; nothing when that is only its platform.
    fn deployment(&self, deployment: &Deployment) -> Option<String> {
        let mut own = deployment.facts.iter().filter(|(id, _)| id.def().scope == Scope::Deployment);
        let is_said = |id| id == vocabulary::PLATFORM || is_elsewhere(id);
        if own.all(|(id, it)| is_said(id) || is_usual(id, it)) {
            return None;
        }
        let processes = count(deployment.processes.len(), "process");
        let head = [self.path(&deployment.manifest), &deployment.name, &processes];
        let head: Vec<_> = head.into_iter().filter(|it| !it.is_empty()).collect();
        Some(self.table(&head.join(" · "), &self.facts(&deployment.facts, Scope::Deployment)))
    }

    fn facts(&self, facts: &Facts, scope: Scope) -> Vec<Group> {
        let mut groups: Vec<Group> = (0..=GROUPS.len()).map(|_| Group::default()).collect();
        for (id, fact) in facts.iter() {
            if id.def().scope == scope && !is_elsewhere(id) && !is_usual(id, fact) {
                groups[group(id)].rows.push(self.row(id.name(), fact, id.def().unit));
            }
        }
        groups
    }

    /// Settings that no fact shows, or all of them.
    fn settings(&self, process: &Process) -> Vec<Row> {
        let is_shown = |it: &Fact| {
            it.origin.span.is_some()
                && process.facts.iter().any(|(_, fact)| fact.origin.span == it.origin.span)
        };
        let wanted = |it: &Fact| match self.options.settings {
            ListedSettings::All => true,
            ListedSettings::Changed => it.origin.kind != OriginKind::Default && !is_shown(it),
        };
        let settings = process.settings.iter().filter(|(_, it)| wanted(it));
        settings.map(|(name, it)| self.row(name, it, Unit::None)).collect()
    }

    fn row(&self, name: &str, fact: &Fact, unit: Unit) -> Row {
        Row {
            name: name.to_owned(),
            value: one_line(&shown(&fact.state, unit)),
            certainty: match (&fact.state, fact.origin.kind) {
                (State::Unknown(_) | State::Pattern(_), _) => Certainty::Unknown,
                (_, OriginKind::Default | OriginKind::Platform) => Certainty::Default,
                _ => Certainty::Set,
            },
            origin: self.notes(fact, unit),
        }
    }

    fn notes(&self, fact: &Fact, unit: Unit) -> Vec<Note> {
        let mut notes = Vec::new();
        let unknown = fact.state.unknown();
        let place = self.origin(&fact.origin);
        match unknown {
            Some(it) => {
                notes.push(note(0, &it.reason));
                if !it.settle_with.is_empty() {
                    notes.push(note(0, &format!("settle it with {}", it.settle_with)));
                }
                if fact.origin.span.is_some() {
                    notes.push(note(0, &place));
                }
            }
            None => {
                let is_assumed = fact.origin.kind == OriginKind::Assumed;
                notes.push(Note { is_assumed, ..note(0, &place) });
            }
        }
        self.inputs(&mut notes, &fact.origin, 1);
        for it in &fact.overridden {
            notes.extend(self.overridden(it, unit));
        }
        notes
    }

    fn inputs(&self, notes: &mut Vec<Note>, of: &Origin, depth: usize) {
        let arrow = match self.options.report.drawing {
            Drawing::Unicode => "←",
            Drawing::Ascii => "<-",
        };
        for Input { name, fact } in &of.inputs {
            // A value that is taken over as it is: its place was said.
            if fact.origin.span.is_some() && fact.origin.span == of.span && of.inputs.len() == 1 {
                continue;
            }
            let id = FactId::from_name(name);
            let unit = id.map_or(Unit::None, |it| it.def().unit);
            let value = shown(&fact.state, unit);
            let is_assumed = fact.origin.kind == OriginKind::Assumed;
            // A fact of the vocabulary has a row that says where it comes from.
            if id.is_some() {
                let text = format!("{arrow} {name} = {value}");
                notes.push(Note { is_assumed, ..note(depth, &text) });
                continue;
            }
            let origin = match fact.state.unknown() {
                Some(it) => it.reason.clone(),
                None => self.origin(&fact.origin),
            };
            let text = match &fact.state {
                State::Known(Value::Null) => format!("{arrow} {origin}"),
                // Words instead of a name: they say where it comes from, too.
                _ if fact.origin.source == *name => {
                    let assumed = if is_assumed { "assumed: " } else { "" };
                    format!("{arrow} {assumed}{name} = {value}")
                }
                _ => format!("{arrow} {name} = {value}: {origin}"),
            };
            notes.push(Note { is_assumed, ..note(depth, &text) });
            if depth < DEPTH_MAX {
                self.inputs(notes, &fact.origin, depth + 1);
            }
        }
    }

    /// A source that lost. That every setting has a default is no news.
    fn overridden(&self, it: &Overridden, unit: Unit) -> Option<Note> {
        if it.origin.kind == OriginKind::Default {
            return None;
        }
        let value = shown(&it.state, unit);
        Some(note(1, &format!("overrides {value} from {}", self.origin(&it.origin))))
    }

    /// Where a value comes from, in one line: the place, and what is there.
    fn origin(&self, origin: &Origin) -> String {
        let Some(span) = origin.span else {
            return match origin.kind {
                OriginKind::Assumed => format!("assumed: {}", origin.source),
                _ => origin.source.clone(),
            };
        };
        let place = self.positions.line_place(span);
        let place = self.path(&place);
        let in_path = format!(" in {}", self.positions.path(span));
        let source = origin.source.replace(&in_path, "");
        let text = one_line(self.sources.text(span).trim());
        let is_short = (1..=QUOTE_COLUMNS_MAX).contains(&width(&text));
        match origin.kind {
            OriginKind::Assumed => format!("assumed: {source} ({place})"),
            OriginKind::Derived if !source.is_empty() => source,
            // Something computed: the expression says more than the name of the setting.
            OriginKind::Written if !origin.inputs.is_empty() && is_short => {
                format!("{place}  {text}")
            }
            _ if source.is_empty() => place.to_owned(),
            _ => format!("{place}  {source}"),
        }
    }

    /// A path as seen from the project's folder.
    fn path<'p>(&self, path: &'p str) -> &'p str {
        match self.root {
            "" => path,
            root => path.strip_prefix(root).and_then(|it| it.strip_prefix('/')).unwrap_or(path),
        }
    }

    /// Rows below a head; a blank line between groups.
    fn table(&self, head: &str, groups: &[Group]) -> String {
        let ink = self.options.report.ink;
        let columns = self.options.report.columns();
        let mut text = String::new();
        for (idx, line) in wrap(&one_line(head), columns - 2).iter().enumerate() {
            text += &format!("{}{}\n", if idx == 0 { "" } else { "  " }, ink.bold(line));
        }
        let rows = || groups.iter().flat_map(|it| &it.rows);
        let names = rows().map(|it| width(&it.name)).max().unwrap_or_default();
        let values = rows().map(|it| width(&it.value)).filter(|it| *it <= VALUE_COLUMNS_MAX);
        let layout = Table { names, values: values.max().unwrap_or_default(), columns };
        let mut is_first = true;
        for Group { title, rows } in groups.iter().filter(|it| !it.rows.is_empty()) {
            if !is_first {
                text.push('\n');
            }
            is_first = false;
            if let Some(title) = title {
                text += &format!("  {}\n", ink.dim(title));
            }
            for (idx, row) in rows.iter().enumerate() {
                // Several facts often have one origin; a long one is said once.
                let like = rows[..idx].iter().find(|it| it.origin == row.origin);
                let like = like.filter(|it| it.origin.len() > 1);
                let note = like.map(|it| note(0, &format!("like {}", it.name)));
                let origin = note.as_ref().map_or(row.origin.as_slice(), std::slice::from_ref);
                self.write_row(&mut text, row, origin, layout);
            }
        }
        text
    }

    fn write_row(&self, text: &mut String, row: &Row, origin: &[Note], table: Table) {
        let ink = self.options.report.ink;
        let pad = |it: &str, columns: usize| " ".repeat(columns.saturating_sub(width(it)));
        let value = match row.certainty {
            Certainty::Set => ink.bold(&row.value),
            Certainty::Default => row.value.clone(),
            Certainty::Unknown => ink.yellow(&row.value),
        };
        *text += &format!("  {}{}  {value}", row.name, pad(&row.name, table.names));
        let indent = 2 + table.names + 2 + table.values + 2;
        let mut is_beside = width(&row.value) <= table.values;
        for note in origin {
            let step = note.depth.saturating_sub(1) * 2;
            let room = table.columns.saturating_sub(indent + step).max(24);
            for (idx, line) in wrap_spaced(&note.text, room).iter().enumerate() {
                let space = match is_beside {
                    true => pad(&row.value, table.values) + "  ",
                    false => format!("\n{}", " ".repeat(indent + step)),
                };
                let space = if idx > 0 && note.depth > 0 { space + "  " } else { space };
                let line = match note {
                    Note { is_assumed: true, .. } => ink.yellow(line),
                    Note { depth: 0, .. } if row.certainty != Certainty::Default => line.clone(),
                    _ => ink.dim(line),
                };
                *text += &(space + &line);
                is_beside = false;
            }
        }
        text.push('\n');
    }
}

/// Columns of a table.
#[derive(Clone, Copy)]
struct Table {
    names: usize,
    values: usize,
    columns: usize,
}

fn note(depth: usize, text: &str) -> Note {
    Note { depth, text: one_line(text), is_assumed: false }
}

/// Like [`wrap`], but keeps the two spaces between a place and what is there.
fn wrap_spaced(text: &str, columns: usize) -> Vec<String> {
    if width(text) <= columns {
        return vec![text.to_owned()];
    }
    wrap(text, columns)
}

/// A value with its unit, as people write it.
pub(in crate::report) fn shown(state: &State, unit: Unit) -> String {
    match state {
        State::Known(Value::List(values)) if values.is_empty() => "none".to_owned(),
        State::Known(Value::List(values)) => {
            values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
        }
        State::Known(Value::Text(text)) if text.is_empty() => "\"\"".to_owned(),
        State::Known(value) => match value.as_number() {
            Some(_) => quantity(std::slice::from_ref(value), unit),
            None => value.to_string(),
        },
        State::OneOf(cases) => {
            one_of(cases.iter().map(|it| shown(&State::Known(it.value.clone()), unit)).collect())
        }
        State::Range { min, max } => {
            quantity(&[Value::of_number(*min), Value::of_number(*max)], unit)
        }
        State::Pattern(_) | State::Unknown(_) => state.to_string(),
    }
}

/// A number, or two with `to` between them, and the unit.
fn quantity(numbers: &[Value], unit: Unit) -> String {
    let number = |it: &Value| match (unit, it) {
        (Unit::UsdMonth, it) => dollars(it.as_number().unwrap_or_default()),
        (Unit::Port | Unit::None, it) => it.to_string(),
        (Unit::Count | Unit::Seconds | Unit::Megabytes, it) => thousands(it),
    };
    let ending = match unit {
        Unit::Seconds => " s",
        Unit::Megabytes => " MB",
        Unit::UsdMonth => "/month",
        Unit::Count | Unit::Port | Unit::None => "",
    };
    numbers.iter().map(number).collect::<Vec<_>>().join(" to ") + ending
}

/// `$1,024.50`.
fn dollars(number: f64) -> String {
    let text = format!("{number:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    match whole.parse() {
        Ok(it) => format!("${}.{cents}", text::thousands(it)),
        Err(_) => format!("${text}"),
    }
}

/// `1,024`; a fraction stays as it is.
fn thousands(number: &Value) -> String {
    match number.as_int().and_then(|it| usize::try_from(it).ok()) {
        Some(it) => text::thousands(it),
        None => number.to_string(),
    }
}
