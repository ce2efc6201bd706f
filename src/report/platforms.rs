//! The catalog of platforms as tables: what can be had, its limits, and where that is published.
//!
//! A value that is not known is `-`; one that sources disagree about has a `?` behind it.

use std::io;

use crate::fact::Value;
use crate::platforms::{Catalog, Inject, Plan, Platform, Row, Section, Sourced, ToValue};

use super::columns::Align::{Left, Right};
use super::columns::Table;
use super::ink::Ink;

/// Writes one line for each platform.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_platforms(out: &mut dyn io::Write, catalog: &Catalog, ink: Ink) -> io::Result<()> {
    let mut table = Table::new(&[("id", Left), ("plans", Right), ("databases", Right)]);
    table.head.extend([("values", Right), ("oldest", Left), ("url", Left)]);
    for platform in catalog.ids().filter_map(|it| catalog.platform(it)) {
        let rows = platform.rows();
        let oldest = rows.iter().map(|it| it.source.checked).min();
        table.rows.push(vec![
            platform.id().to_owned(),
            platform.sold_plans().count().to_string(),
            platform.databases().len().to_string(),
            rows.len().to_string(),
            oldest.map_or_else(String::new, |it| it.to_string()),
            platform.url().unwrap_or_default().to_owned(),
        ]);
    }
    table.write(out, ink)
}

/// Writes everything that is known of a platform.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_platform(
    out: &mut dyn io::Write,
    platform: &Platform,
    width: usize,
    ink: Ink,
) -> io::Result<()> {
    let title = format!("{}  {}", platform.name(), platform.url().unwrap_or_default());
    writeln!(out, "{}", ink.bold(title.trim_end()))?;
    for (title, table) in
        [("plans", plans(platform)), ("sizes", sizes(platform)), ("databases", databases(platform))]
    {
        section(out, ink, title, &table)?;
    }
    section(out, ink, "prices of what is used", &usage(platform, width))?;
    section(out, ink, "taken where nothing says more", &worlds(platform, width))?;
    section(out, ink, "what speaks for it", &evidence(platform, width))?;
    section(out, ink, "variables that are set", &injected(platform))?;
    section(out, ink, "what calls functions", &triggers(platform))?;
    section(out, ink, "defaults of tools", &tools(platform))?;
    section(out, ink, "runtimes", &runtimes(platform))?;
    for Section { title, values } in platform.sections() {
        let mut table = Table::new(&[("", Left), ("", Left), ("", Left)]);
        for (key, value) in &values {
            table.rows.push(vec![words(key), with_unit(key, value), value.source.to_string()]);
            table.note(value.note.as_deref(), width);
        }
        section(out, ink, title, &table)?;
    }
    Ok(())
}

/// Writes one line for each value that nobody has compared with its source for a year. `of` is the
/// platform or language that the rows are of.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_stale(out: &mut dyn io::Write, of: &str, mut rows: Vec<Row>) -> io::Result<()> {
    rows.sort_by_key(|it| it.source.checked);
    for row in rows {
        let source = &row.source;
        writeln!(out, "{}  {of}.{}  {}", source.checked, row.path, source.url)?;
    }
    Ok(())
}

fn plans(platform: &Platform) -> Table {
    let mut table = Table::new(&[
        ("plan", Left),
        ("CPUs", Right),
        ("seen", Right),
        ("kind", Left),
        ("MB", Right),
        ("USD/month", Right),
        ("for", Left),
        ("source", Left),
    ]);
    for plan in platform.sold_plans() {
        table.rows.push(vec![
            plan.name.clone(),
            cell(&plan.cpus),
            cell(&plan.visible_cpus),
            cell(&plan.cpu_kind),
            cell(&plan.memory_mb),
            cell(&plan.price_usd_month),
            kinds(plan),
            plan.source.to_string(),
        ]);
    }
    table
}

fn kinds(plan: &Plan) -> String {
    plan.kinds.names().join(", ")
}

/// Sizes that are chosen by CPUs and memory, and the one that processes have by themselves.
fn sizes(platform: &Platform) -> Table {
    let mut table = Table::new(&[("CPUs", Right), ("MB", Left), ("source", Left)]);
    for size in platform.machine_sizes() {
        let choices = size.memory_mb_choices.as_ref();
        let choices = match (choices, &size.memory_mb_min, &size.memory_mb_max) {
            (Some(choices), ..) => choices_text(&choices.value),
            (None, Some(min), Some(max)) => format!("{} to {}", min.value, max.value),
            (None, None, Some(max)) => format!("at most {}", max.value),
            (None, ..) => "-".to_owned(),
        };
        let cpus = match size.cpus_below {
            Some(below) => format!("{} to below {below}", size.cpus),
            None => size.cpus.to_string(),
        };
        table.rows.push(vec![cpus, choices, size.source.to_string()]);
    }
    for default in platform.default_machines().iter().filter(|it| it.cpus.is_some()) {
        let memory = format!("{} when no size is set", cell(&default.memory_mb));
        table.rows.push(vec![cell(&default.cpus), memory, default.source.to_string()]);
    }
    table
}

/// `1024, 2048`, or `2048 to 8192` for more than four.
fn choices_text(choices: &[u32]) -> String {
    match choices {
        [first, .., last] if choices.len() > 4 => format!("{first} to {last}"),
        _ => choices.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn databases(platform: &Platform) -> Table {
    let mut table = Table::new(&[
        ("plans", Left),
        ("kind", Left),
        ("connections", Right),
        ("MB", Right),
        ("USD/month", Right),
        ("source", Left),
    ]);
    for database in platform.databases() {
        table.rows.push(vec![
            database.plans.join(", "),
            format!("{:?}", database.kind).to_lowercase(),
            cell(&database.connections_max),
            cell(&database.memory_mb),
            cell(&database.price_usd_month),
            database.source.to_string(),
        ]);
    }
    table
}

fn usage(platform: &Platform, width: usize) -> Table {
    let mut table = Table::new(&[
        ("unit", Left),
        ("how", Left),
        ("processor", Left),
        ("USD", Right),
        ("free a month", Right),
        ("regions", Left),
        ("source", Left),
    ]);
    for price in platform.usage() {
        table.rows.push(vec![
            price.unit.name().to_owned(),
            price.mode.clone().unwrap_or_default(),
            price.architecture.clone().unwrap_or_default(),
            price.price_usd.as_ref().map_or_else(String::new, |it| {
                let text = it.value.to_string();
                if it.doubtful { format!("{text} ?") } else { text }
            }),
            cell(&price.free_month),
            match price.regions.as_slice() {
                [] => "all others".to_owned(),
                regions => regions.join(", "),
            },
            price.source.to_string(),
        ]);
        table.note(price.note.as_deref(), width);
    }
    table
}

fn worlds(platform: &Platform, width: usize) -> Table {
    let mut table =
        Table::new(&[("for", Left), ("plan", Left), ("instances", Right), ("source", Left)]);
    for world in platform.default_worlds() {
        table.rows.push(vec![
            world.kinds.names().join(", "),
            cell(&world.plan),
            cell(&world.instances),
            world.source.to_string(),
        ]);
        table.note(world.note.as_deref(), width);
    }
    table
}

fn evidence(platform: &Platform, width: usize) -> Table {
    let mut table = Table::new(&[("weight", Right), ("", Left), ("", Left), ("source", Left)]);
    for it in platform.evidence() {
        let kind = it.kind.name().to_owned();
        table.rows.push(vec![
            it.sign().adds.to_string(),
            kind,
            it.text.clone(),
            it.source.to_string(),
        ]);
        table.note(it.note.as_deref(), width);
    }
    table
}

fn injected(platform: &Platform) -> Table {
    let mut table =
        Table::new(&[("variable", Left), ("value", Left), ("where", Left), ("source", Left)]);
    for inject in platform.injects() {
        let value = match (&inject.value, &inject.value_from) {
            (Some(value), _) => value.value.clone(),
            (None, Some(_)) => "by plan".to_owned(),
            (None, None) => "at run time".to_owned(),
        };
        let row = vec![inject.name.clone(), value, places(inject), inject.source.to_string()];
        table.rows.push(row);
    }
    table
}

fn triggers(platform: &Platform) -> Table {
    let mut table = Table::new(&[
        ("trigger", Left),
        ("waits s", Right),
        ("idle s", Right),
        ("body MB", Right),
        ("payload MB", Right),
        ("source", Left),
    ]);
    for trigger in platform.triggers() {
        table.rows.push(vec![
            trigger.name.clone(),
            cell(&trigger.request_timeout_s),
            cell(&trigger.idle_timeout_s),
            cell(&trigger.body_limit_mb),
            cell(&trigger.payload_limit_mb),
            trigger.source.to_string(),
        ]);
    }
    table
}

fn tools(platform: &Platform) -> Table {
    let mut table = Table::new(&[("tool", Left), ("MB", Right), ("s", Right), ("source", Left)]);
    for tool in platform.tools() {
        let (memory, timeout) = (cell(&tool.memory_mb), cell(&tool.timeout_s));
        table.rows.push(vec![tool.title.clone(), memory, timeout, tool.source.to_string()]);
    }
    table
}

fn runtimes(platform: &Platform) -> Table {
    let mut table = Table::new(&[
        ("runtime", Left),
        ("supported until", Left),
        ("updates until", Left),
        ("source", Left),
    ]);
    for runtime in platform.runtimes() {
        table.rows.push(vec![
            runtime.name.clone(),
            cell(&runtime.deprecated),
            cell(&runtime.update_blocked),
            runtime.source.to_string(),
        ]);
    }
    table
}

/// `python, web`: the languages and kinds of process that a variable is for.
fn places(inject: &Inject) -> String {
    let mut places = inject.runtimes.clone();
    places.extend_from_slice(inject.kinds.names());
    places.join(", ")
}

fn section(out: &mut dyn io::Write, ink: Ink, title: &str, table: &Table) -> io::Result<()> {
    if table.rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", ink.bold(title))?;
    table.write(out, ink)
}

fn cell<T: ToValue>(value: &Option<Sourced<T>>) -> String {
    value.as_ref().map_or_else(|| "-".to_owned(), |it| shown(&it.value.to_value(), it.doubtful))
}

fn shown(value: &Value, doubtful: bool) -> String {
    let text = match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::List(values) => values.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    };
    if doubtful { format!("{text} ?") } else { text }
}

/// Ends of keys that are units.
const UNITS: &[(&str, &str)] =
    &[("_s", " s"), ("_mb", " MB"), ("_gb", " GB"), ("_bytes", " bytes"), ("_percent", " %")];

/// Splits the unit off a key, whether or not a bound follows it: `grace_s_max`.
fn unit(key: &str) -> Option<(String, &'static str)> {
    let (stem, bound) = ["_max", "_min", "_default"]
        .iter()
        .find_map(|it| Some((key.strip_suffix(it)?, *it)))
        .unwrap_or((key, ""));
    let (name, unit) = UNITS.iter().find_map(|(end, it)| Some((stem.strip_suffix(end)?, *it)))?;
    Some((format!("{name}{bound}"), unit))
}

/// A key as words: `request_timeout_s` is `request timeout`.
fn words(key: &str) -> String {
    unit(key).map_or_else(|| key.to_owned(), |(name, _)| name).replace('_', " ")
}

fn with_unit(key: &str, value: &Sourced<Value>) -> String {
    let unit = unit(key).map_or("", |(_, it)| it);
    let text = shown(&value.value, false);
    let doubt = if value.doubtful { " ?" } else { "" };
    format!("{text}{unit}{doubt}")
}

#[cfg(test)]
mod tests;
