//! Plans as one page that stands alone: no script, no request, light and dark.

use std::io;

use super::plot::{Line, Plot};
use super::words::{WORLDS, cell, duration, money, number, percent};
use super::{aspects, function};
use crate::plan::{Choice, Curves, DeploymentPlan, FunctionPlan, Plan, Point, ProcessPlan};
use crate::report::text::one_line;

/// How the page looks. Colours of text are at least 4.5 : 1 on their ground.
const STYLE: &str = "
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --soft: #57606a;
  --line: #d0d7de; --good: #e6f4ea; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --text: #e6e9ec;
  --soft: #a3adb8; --line: #3a424a; --good: #17331f; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; border-top: 1px solid var(--line);
  padding-top: 1rem; } h3 { font-size: 1.1rem; margin-bottom: .25rem; }
p.soft, figcaption, .soft { color: var(--soft); }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; min-width: 36rem; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right;
  overflow-wrap: normal; }
th:first-child, td:first-child { min-width: 9rem; }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; }
tr.best { background: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
  gap: 1rem; }
figure { margin: 0; } figure svg { width: 100%; height: auto; max-width: 30rem; }
figcaption b { font-weight: 600; color: var(--text); }
.key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 .6rem;
  vertical-align: -.05rem; }
.ladder { display: grid; grid-template-columns: minmax(9rem, 16rem) 1fr; gap: .3rem .8rem; }
.bar { background: #2e7bc4; height: .9rem; align-self: center; min-width: 2px; }
.ladder .rung { display: grid; grid-template-columns: 1fr 7.5rem; gap: .5rem; }
.name { white-space: nowrap; }
code { font: .9em ui-monospace, monospace; }
ul { padding-left: 1.2rem; }
@media (max-width: 40rem) { .ladder { grid-template-columns: 1fr; } }
";

/// Writes all plans.
pub(super) fn write(out: &mut dyn io::Write, plans: &[Plan]) -> io::Result<()> {
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">\n<title>opslint plan</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    )?;
    writeln!(out, "<main>\n<h1>opslint plan</h1>")?;
    if super::is_empty(plans) {
        writeln!(
            out,
            "<p>Nothing to plan: no web or worker process and no function was found.</p>"
        )?;
        for it in super::left_out(plans) {
            writeln!(out, "<p class=\"soft\">{}</p>", escaped(&it))?;
        }
    }
    for plan in plans {
        plan.deployments.iter().try_for_each(|it| deployment(out, it))?;
        if plan.assumptions.is_empty() {
            continue;
        }
        writeln!(out, "<h2>Assumed, and how to say what is true</h2>\n<ul>")?;
        for it in &plan.assumptions {
            let settle = match it.settle_with.as_str() {
                "" => String::new(),
                it => format!(" <span class=\"soft\">→ {}</span>", marked(it)),
            };
            writeln!(out, "<li>{}{settle}</li>", marked(&it.text))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn deployment(out: &mut dyn io::Write, it: &DeploymentPlan) -> io::Result<()> {
    writeln!(out, "<h2>{}</h2>", escaped(&super::head(it)))?;
    let price = super::difference::price(it);
    let included = super::included(it);
    let with = if included.is_empty() { included } else { format!("with {}, ", marked(&included)) };
    let calls = function::and_calls(it);
    writeln!(
        out,
        "<p><strong>{price}</strong> a month{calls} <span class=\"soft\">{with}without {}</span></p>",
        marked(&it.excludes.join(", "))
    )?;
    it.processes.iter().try_for_each(|it| process(out, it))?;
    let mut all = it.functions.iter().enumerate();
    all.try_for_each(|(idx, one)| function(out, one, &it.functions[..idx]))
}

/// A function; what is so of one before, too, is not said again.
fn function(out: &mut dyn io::Write, it: &FunctionPlan, before: &[FunctionPlan]) -> io::Result<()> {
    let same = function::alike(it, before);
    writeln!(out, "<h3>{}</h3>\n<dl>", escaped(&it.name))?;
    for (name, text) in function::all_rows(it, same) {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", marked(&text))?;
    }
    writeln!(out, "</dl>")?;
    let rows = function::table(it);
    let shown = rows.split_first().filter(|it| !it.1.is_empty() && same.is_none());
    let Some(((head, _), rows)) = shown else {
        return Ok(());
    };
    let label = escaped(&format!("Choices of {}", it.name));
    let head: String =
        head.iter().map(|it| format!("<th scope=\"col\">{}</th>", escaped(it))).collect();
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n\
         <thead><tr>{head}<th scope=\"col\">remarks</th></tr></thead>\n<tbody>"
    )?;
    for (idx, (row, notes)) in rows.iter().enumerate() {
        let (class, best) = match it.best == Some(idx) {
            true => (" class=\"best\"", "<strong>best</strong> "),
            false => ("", ""),
        };
        let cells: String = row.iter().map(|it| format!("<td>{}</td>", escaped(it))).collect();
        writeln!(out, "<tr{class}>{cells}<td>{best}{}</td></tr>", escaped(notes))?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn process(out: &mut dyn io::Write, it: &ProcessPlan) -> io::Result<()> {
    writeln!(out, "<h3>{}</h3>\n<dl>", escaped(&it.name))?;
    for aspect in aspects::of_process(&it.figures) {
        let text = escaped(&aspect.text);
        let text = match text.strip_suffix("**").and_then(|it| it.rsplit_once("**")) {
            Some((before, marked)) => format!("{before}<span class=\"bad\">{marked}</span>"),
            None => text,
        };
        writeln!(out, "<dt>{}</dt><dd>{text}</dd>", aspect.name)?;
    }
    writeln!(out, "</dl>")?;
    let worlds: Vec<&Choice> = it.worlds.iter().map(|it| &it.figures).collect();
    table(out, it, (WORLDS, "Worlds"), &worlds, None)?;
    table(out, it, ("choice", "Choices"), &it.choices.iter().collect::<Vec<_>>(), it.best)?;
    elsewhere(out, it)?;
    match &it.curves {
        Some(curves) => plots(out, curves),
        None => Ok(()),
    }
}

/// The process on other platforms, each with what would have to change.
fn elsewhere(out: &mut dyn io::Write, it: &ProcessPlan) -> io::Result<()> {
    if it.elsewhere.is_empty() {
        return Ok(());
    }
    let all = &it.figures.throughput;
    writeln!(out, "<h4>{} elsewhere</h4>\n<ul>", escaped(&it.name))?;
    for there in &it.elsewhere {
        let summary = super::elsewhere::summary(there, all.get(all.len() / 2));
        writeln!(out, "<li>{}", marked(&summary))?;
        if !there.changes.is_empty() {
            let items = there.changes.iter().map(|it| format!("<li>{}</li>", marked(&it.text)));
            writeln!(out, "<ul class=\"soft\">{}</ul>", items.collect::<String>())?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>")
}

fn table(
    out: &mut dyn io::Write,
    it: &ProcessPlan,
    (title, name): (&str, &str),
    rows: &[&Choice],
    best: Option<usize>,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let label = escaped(&format!("{name} of {}", it.name));
    // Nobody sends requests to a worker.
    let has_requests = !it.figures.throughput.is_empty();
    let has_slots = rows.iter().any(|it| it.slots.is_ok());
    let slots = if has_slots { "<th scope=\"col\">slots</th>" } else { "" };
    let requests = if has_requests { "<th scope=\"col\">requests a minute</th>" } else { "" };
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n\
         <thead><tr><th scope=\"col\">{title}</th><th scope=\"col\">$ a month</th>\
         {slots}{requests}\
         <th scope=\"col\">memory</th><th scope=\"col\">remarks</th></tr></thead>\n<tbody>"
    )?;
    for (idx, choice) in rows.iter().enumerate() {
        row(out, choice, best == Some(idx), (has_slots, has_requests))?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn row(
    out: &mut dyn io::Write,
    it: &Choice,
    is_best: bool,
    (has_slots, has_requests): (bool, bool),
) -> io::Result<()> {
    let (class, best) =
        if is_best { (" class=\"best\"", "<strong>best</strong> ") } else { ("", "") };
    let breaks =
        it.breaks.iter().map(|it| format!("<span class=\"bad\">breaks {}</span>", escaped(it)));
    let notes = breaks.chain(it.note.as_deref().map(escaped)).collect::<Vec<_>>().join("; ");
    writeln!(
        out,
        "<tr{class}><td>{}</td><td>{}</td>{}{}<td>{}</td><td>{best}{notes}</td></tr>",
        escaped(&it.label),
        cell(&it.price, |it| money(it).trim_start_matches('$').to_owned()),
        match has_slots {
            true => format!("<td>{}</td>", cell(&it.slots, number)),
            false => String::new(),
        },
        match has_requests {
            true => format!("<td>{}</td>", cell(&it.requests_per_minute, number)),
            false => String::new(),
        },
        cell(&it.memory_percent, percent),
    )
}

fn line<'a>(name: &'a str, points: &'a [Point]) -> Line<'a> {
    Line { name, points }
}

fn plots(out: &mut dyn io::Write, it: &Curves) -> io::Result<()> {
    let at = duration(it.response_s);
    let last = it.memory_by_workers.last().map_or(0.0, |it| it.0);
    let whole = [(0.0, 100.0), (last, 100.0)];
    let crossing = match it.break_even {
        Some(below) => format!("; functions cost less below {}", number(below)),
        None => String::new(),
    };
    let load = "requests a minute";
    let all = [
        (
            format!("Requests a minute of one instance by its workers, at {at}"),
            Plot {
                x: "workers",
                y: load,
                lines: vec![line("requests", &it.requests_by_workers)],
                top: None,
            },
        ),
        (
            "Memory by workers: above all of it they are killed".to_owned(),
            Plot {
                x: "workers",
                y: "% of memory",
                lines: match it.memory_by_workers.is_empty() {
                    true => Vec::new(),
                    false => vec![line("memory", &it.memory_by_workers), line("all of it", &whole)],
                },
                top: None,
            },
        ),
        (
            format!("Waiting by load, at {at}"),
            Plot {
                x: load,
                y: "seconds",
                lines: vec![line("mean", &it.mean_wait), line("95 % wait less", &it.p95_wait)],
                top: Some(it.response_s * 5.0),
            },
        ),
        (
            format!("Cost by demand that is the same all month, at {at}{crossing}"),
            Plot {
                x: load,
                y: "$ a month",
                lines: match it.cost_as_functions.is_empty() {
                    true => vec![line("instances", &it.cost)],
                    false => {
                        vec![line("instances", &it.cost), line("functions", &it.cost_as_functions)]
                    }
                },
                top: None,
            },
        ),
    ];
    writeln!(out, "<div class=\"plots\">")?;
    for (caption, plot) in &all {
        let Some(svg) = plot.svg() else { continue };
        let keys = plot.legend().into_iter().map(|(color, name)| {
            format!(
                " <span class=\"name\"><span class=\"key\" \
                 style=\"background:{color}\"></span>{name}</span>"
            )
        });
        let keys: String = keys.collect();
        writeln!(out, "<figure>{svg}<figcaption>{}{keys}</figcaption></figure>", escaped(caption))?;
    }
    writeln!(out, "</div>")?;
    ladder(out, it)
}

/// Timeouts in the order in which a request meets them; the longest is as wide as there is room.
fn ladder(out: &mut dyn io::Write, it: &Curves) -> io::Result<()> {
    let most = it.timeouts.iter().map(|it| it.1).fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(());
    }
    writeln!(out, "<h4>Timeouts, from the client to the end</h4>\n<div class=\"ladder\">")?;
    for (name, seconds) in &it.timeouts {
        // Hours beside seconds: only a logarithm shows both.
        let share = 100.0 * (1.0 + seconds).ln() / (1.0 + most).ln();
        writeln!(
            out,
            "<div>{}</div><div class=\"rung\"><div class=\"bar\" style=\"width:{share:.0}%\"></div>\
             <div>{}</div></div>",
            escaped(name),
            duration(*seconds)
        )?;
    }
    writeln!(out, "</div>")
}

/// A text of which nothing is markup, with what stands between backticks as code.
fn marked(text: &str) -> String {
    let safe = escaped(text);
    let parts: Vec<&str> = safe.split('`').collect();
    // An odd number of backticks pairs nothing.
    if parts.len().is_multiple_of(2) {
        return safe;
    }
    let part = |(idx, text): (usize, &&str)| match idx % 2 {
        0 => (*text).to_owned(),
        _ => format!("<code>{text}</code>"),
    };
    parts.iter().enumerate().map(part).collect()
}

/// A text of which nothing is markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in one_line(text).chars() {
        match it {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            it => safe.push(it),
        }
    }
    safe
}
