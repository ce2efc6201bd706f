//! Plans as Markdown, for a page or a comment.

use std::io;

use super::aspects;
use super::words::{WORLDS, cell, money, number, percent};
use super::{elsewhere, function};
use crate::plan::{Choice, DeploymentPlan, FunctionPlan, Plan, ProcessPlan};
use crate::report::text::one_line;

/// Writes all plans.
pub(super) fn write(out: &mut dyn io::Write, plans: &[Plan]) -> io::Result<()> {
    if super::is_empty(plans) {
        writeln!(out, "Nothing to plan: no web or worker process and no function was found.")?;
        return super::left_out(plans).iter().try_for_each(|it| writeln!(out, "- {}", escaped(it)));
    }
    for plan in plans {
        for it in &plan.deployments {
            deployment(out, it)?;
        }
        if plan.assumptions.is_empty() {
            continue;
        }
        writeln!(out, "Assumed, and how to say what is true:\n")?;
        for it in &plan.assumptions {
            let settle = match it.settle_with.as_str() {
                "" => String::new(),
                it => format!(" → {it}"),
            };
            writeln!(out, "- {}{}", escaped(&it.text), one_line(&settle))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn deployment(out: &mut dyn io::Write, it: &DeploymentPlan) -> io::Result<()> {
    writeln!(out, "## {}\n", escaped(&super::head(it)))?;
    let price = super::difference::price(it);
    let excludes = escaped(&it.excludes.join(", "));
    let included = super::included(it);
    let with =
        if included.is_empty() { included } else { format!(", with {}", escaped(&included)) };
    let calls = function::and_calls(it);
    writeln!(out, "Price a month: **{price}{calls}**{with}, without {excludes}.\n")?;
    it.processes.iter().try_for_each(|it| process(out, it))?;
    let mut all = it.functions.iter().enumerate();
    all.try_for_each(|(idx, one)| function(out, one, &it.functions[..idx]))
}

/// A function; what is so of one before, too, is not said again.
fn function(out: &mut dyn io::Write, it: &FunctionPlan, before: &[FunctionPlan]) -> io::Result<()> {
    let same = function::alike(it, before);
    writeln!(out, "### {}\n\n| | |\n| --- | --- |", escaped(&it.name))?;
    for (name, text) in function::all_rows(it, same) {
        writeln!(out, "| {name} | {} |", escaped(&text))?;
    }
    writeln!(out)?;
    let rows = function::table(it);
    let shown = rows.split_first().filter(|it| !it.1.is_empty() && same.is_none());
    let Some(((head, _), rows)) = shown else {
        return Ok(());
    };
    let of_numbers = " ---: |".repeat(head.len() - 1);
    writeln!(out, "| | {} | |\n| --- | --- |{of_numbers} --- |", head.join(" | "))?;
    for (idx, (row, notes)) in rows.iter().enumerate() {
        let mark = if it.best == Some(idx) { "→" } else { "" };
        let cells: Vec<String> = row.iter().map(|it| escaped(it)).collect();
        writeln!(out, "| {mark} | {} | {} |", cells.join(" | "), one_line(notes))?;
    }
    writeln!(out)
}

fn process(out: &mut dyn io::Write, it: &ProcessPlan) -> io::Result<()> {
    writeln!(out, "### {}\n\n| | |\n| --- | --- |", escaped(&it.name))?;
    for aspect in aspects::of_process(&it.figures) {
        // The marks of a verdict are ours.
        let text = escaped(&aspect.text).replace(r"\*\*", "**");
        writeln!(out, "| {} | {text} |", aspect.name)?;
    }
    writeln!(out)?;
    let worlds: Vec<&Choice> = it.worlds.iter().map(|it| &it.figures).collect();
    table(out, WORLDS, &worlds, None)?;
    table(out, "choice", &it.choices.iter().collect::<Vec<_>>(), it.best)?;
    let all = &it.figures.throughput;
    for there in &it.elsewhere {
        writeln!(out, "- {}", escaped(&elsewhere::summary(there, all.get(all.len() / 2))))?;
        for change in &there.changes {
            writeln!(out, "  - {}", escaped(&change.text))?;
        }
    }
    if it.elsewhere.is_empty() { Ok(()) } else { writeln!(out) }
}

fn table(
    out: &mut dyn io::Write,
    title: &str,
    rows: &[&Choice],
    best: Option<usize>,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "| | {title} | $/month | slots | requests a minute | memory | |")?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | ---: | --- |")?;
    for (idx, choice) in rows.iter().enumerate() {
        let mark = if best == Some(idx) { "→" } else { "" };
        writeln!(out, "| {mark} | {}", row(choice))?;
    }
    writeln!(out)
}

fn row(it: &Choice) -> String {
    let usd = |it: f64| money(it).trim_start_matches('$').to_owned();
    let breaks: Vec<String> = it.breaks.iter().map(|it| format!("breaks `{it}`")).collect();
    let notes = breaks.into_iter().chain(it.note.clone()).collect::<Vec<_>>().join("; ");
    format!(
        "{} | {} | {} | {} | {} | {} |",
        escaped(&it.label),
        cell(&it.price, usd),
        cell(&it.slots, number),
        cell(&it.requests_per_minute, number),
        cell(&it.memory_percent, percent),
        one_line(&notes)
    )
}

/// A text of which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in one_line(text).chars() {
        if matches!(it, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '@') {
            safe.push('\\');
        }
        safe.push(it);
    }
    safe
}
