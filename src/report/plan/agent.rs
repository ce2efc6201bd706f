//! Plans for coding assistants: short, complete and without drawing, with the lines to write.

use std::io;

use super::words::{WORLDS, cell, counted, limit, money_range, number_range, percent, verdict};
use super::{aspects, elsewhere, function};
use crate::fact::{Unknown, Value};
use crate::plan::{
    Bounds, Choice, DeploymentPlan, Figures, FunctionPlan, Plan, ProcessPlan, Verdict,
};
use crate::report::text::one_line;

/// Writes all plans.
pub(super) fn write(out: &mut dyn io::Write, plans: &[Plan]) -> io::Result<()> {
    let mut gaps: Vec<&Unknown> = Vec::new();
    for deployment in plans.iter().flat_map(|it| &it.deployments) {
        writeln!(out, "{}", head(deployment))?;
        for it in &deployment.processes {
            process(out, deployment, it)?;
            gaps.extend(unknowns(&it.figures));
        }
        for it in &deployment.functions {
            self::function(out, it)?;
            gaps.extend(it.figures.memory_mb.as_ref().err());
            gaps.extend(it.figures.needed_mb.as_ref().err());
        }
        let included = super::included(deployment);
        if !included.is_empty() {
            writeln!(out, "in the price: {}", one_line(&included))?;
        }
        writeln!(out, "not in the price: {}\n", one_line(&deployment.excludes.join(", ")))?;
    }
    let assumed: Vec<_> = plans.iter().flat_map(|it| &it.assumptions).collect();
    if !assumed.is_empty() {
        writeln!(out, "Assumed, as no file says it. Ask the user what is true:")?;
        for it in assumed {
            let (text, settle) = (one_line(&it.text), one_line(&it.settle_with));
            match settle.is_empty() {
                true => writeln!(out, "- {text}")?,
                false => writeln!(out, "- {settle} ({text})")?,
            }
        }
    }
    gaps.retain(|it| !it.settle_with.is_empty());
    let mut said: Vec<&Unknown> = Vec::new();
    for gap in gaps {
        if said.contains(&gap) {
            continue;
        }
        if said.is_empty() {
            writeln!(out, "Not known. Ask the user before setting any of these:")?;
        }
        writeln!(out, "- {} ({})", one_line(&gap.settle_with), one_line(&gap.reason))?;
        said.push(gap);
    }
    Ok(())
}

fn head(it: &DeploymentPlan) -> String {
    let price = match &it.price {
        Ok(usd) => format!("{} a month", money_range(*usd)),
        Err(unknown) => format!("price not known: {}", unknown.reason),
    };
    one_line(&format!("{}: {price}", super::head(it)))
}

fn process(
    out: &mut dyn io::Write,
    deployment: &DeploymentPlan,
    it: &ProcessPlan,
) -> io::Result<()> {
    writeln!(out, "- {} ({})", one_line(&it.name), one_line(&it.kind))?;
    let mut row = |name: &str, text: &str| match text.is_empty() {
        true => Ok(()),
        false => writeln!(out, "  {name}: {}", one_line(text)),
    };
    for aspect in aspects::of_process(&it.figures) {
        row(aspect.name, &aspect.text.replace("**", ""))?;
    }
    let figures = &it.figures;
    if let Some(first) = figures.throughput.first() {
        let all = figures.throughput.iter().map(|it| number_range(it.comfortable));
        row("comfortable", &all.collect::<Vec<_>>().join(" · "))?;
        row("limited by", limit(first.limited_by))?;
    }
    if let Some(verdict) = verdict(&figures.memory) {
        let room = figures
            .memory
            .room_for
            .map(|it| format!("; room for {}", counted(Bounds::exact(f64::from(it)), "worker")));
        row("verdict", &format!("{verdict}{}", room.unwrap_or_default()))?;
    }
    for world in &it.worlds {
        row(WORLDS, &self::choice(&world.figures))?;
    }
    for (idx, choice) in it.choices.iter().enumerate().skip(1) {
        let name = if it.best == Some(idx) { "best" } else { "choice" };
        row(name, &self::choice(choice))?;
    }
    let best = it.best.and_then(|idx| it.choices.get(idx)).filter(|it| !it.with.is_empty());
    match best {
        Some(best) => row("change", &change(best, deployment, it))?,
        None if it.best.is_some() => row("change", "nothing: it is the best of these")?,
        None if it.choices.is_empty() => {}
        None => row("change", "none of the choices is without fault")?,
    }
    let compared = figures.throughput.get(figures.throughput.len() / 2);
    for there in &it.elsewhere {
        row("elsewhere", &elsewhere::summary(there, compared))?;
        for change in &there.changes {
            row(&format!("  {}", change.subject.name()), &change.text)?;
        }
    }
    Ok(())
}

fn function(out: &mut dyn io::Write, it: &FunctionPlan) -> io::Result<()> {
    writeln!(out, "- {} (function)", one_line(&it.name))?;
    for (name, text) in function::all_rows(it, None) {
        writeln!(out, "  {name}: {}", one_line(&text))?;
    }
    let table = function::table(it);
    let Some(((head, _), rows)) = table.split_first() else { return Ok(()) };
    for (idx, (row, notes)) in rows.iter().enumerate().skip(1) {
        let name = if it.best == Some(idx) { "best" } else { "choice" };
        let named = head.iter().zip(row).skip(1).map(|(head, cell)| format!("{cell} {head}"));
        let notes = if notes.is_empty() { String::new() } else { format!("; {notes}") };
        let named: Vec<String> = named.collect();
        writeln!(out, "  {name}: {}: {}{notes}", one_line(&row[0]), named.join(", "))?;
    }
    Ok(())
}

/// One choice in one line.
fn choice(it: &Choice) -> String {
    let price = match &it.price {
        Ok(_) => format!("{} dollars a month", cell(&it.price, plain)),
        Err(_) => "price not known".to_owned(),
    };
    let mut text = format!("{}: {price}", it.label);
    if let Ok(requests) = &it.requests_per_minute {
        text += &format!(", {} requests a minute", number_range(*requests));
    }
    match &it.memory_percent {
        Ok(_) => text += &format!(", {} of memory", cell(&it.memory_percent, percent)),
        Err(_) => text += ", memory not known",
    }
    if !it.breaks.is_empty() {
        text += &format!("; breaks {}", it.breaks.join(", "));
    }
    if it.is_enough == Some(false) {
        text += "; not enough for the demand";
    }
    if let Some(note) = &it.note {
        text += &format!("; {note}");
    }
    text
}

fn plain(usd: f64) -> String {
    super::words::money(usd).trim_start_matches('$').to_owned()
}

/// What to state, so that the same plan comes of it.
fn change(best: &Choice, deployment: &DeploymentPlan, process: &ProcessPlan) -> String {
    let value = |it: &Value| match it.as_str() {
        Some(text) => format!("\"{text}\""),
        None => it.to_string(),
    };
    let lines = best.with.iter().map(|(name, it)| format!("{name} = {}", value(it)));
    let lines = lines.collect::<Vec<_>>().join(", ");
    let place = deployment.home.statement("it", &deployment.manifest, Some(&process.name));
    let place = place.trim_start_matches("`it` under ");
    format!("{lines} where the project sets it; until then, try it under {place}")
}

fn unknowns(it: &Figures) -> impl Iterator<Item = &Unknown> {
    let verdict = it.memory.percent.as_ref().err();
    let verdict = verdict.filter(|_| it.memory.verdict == Verdict::Unknown);
    let all = [it.instances.unknown.as_ref(), verdict, it.no_throughput.as_ref()];
    all.into_iter().flatten()
}
