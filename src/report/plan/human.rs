//! Plans for people: one screen for each deployment, readable without colour.

use std::io;

use super::rows::{each, limits, machine, memory, not_known, parent, price_of_one_each};
use super::table::{self, Table};
use super::words::{WORLDS, duration, money, money_range, number, number_range, percent};
use super::{elsewhere, function, is_empty, left_out};
use crate::plan::{
    Assumption, Choice, DeploymentPlan, Figures, FunctionPlan, Plan, ProcessPlan, Throughput,
};
use crate::report::options::{Drawing, ReportOptions};
use crate::report::text::{one_line, width, wrap};

/// Columns in front of what a row says.
const INDENT: usize = 18;

/// Columns in front of its name.
const ROW: usize = 6;

/// Writes all plans.
pub(super) fn write(
    out: &mut dyn io::Write,
    plans: &[Plan],
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    if is_empty(plans) {
        return nothing(out, plans);
    }
    let planned = plans.iter().filter(|it| !it.deployments.is_empty());
    for (idx, plan) in planned.enumerate() {
        let mut page = Page { options, text: String::new() };
        if idx > 0 {
            page.text.push('\n');
        }
        page.plan(plan);
        out.write_all(page.text.as_bytes())?;
    }
    Ok(())
}

/// Says that there is nothing to plan, what there is instead, and what is missing.
fn nothing(out: &mut dyn io::Write, plans: &[Plan]) -> io::Result<()> {
    let instead = left_out(plans);
    if instead.is_empty() {
        return writeln!(
            out,
            "nothing to plan: no web or worker process and no function was found (Procfile,\n\
             fly.toml, render.yaml, serverless.yml, …; `opslint formats` lists what is read)"
        );
    }
    writeln!(
        out,
        "nothing to plan: no process stays (a web or worker process does) or is a function"
    )?;
    for line in instead {
        writeln!(out, "  {}", one_line(&line))?;
    }
    Ok(())
}

struct Page<'a> {
    options: &'a ReportOptions<'a>,
    text: String,
}

impl Page<'_> {
    fn plan(&mut self, plan: &Plan) {
        for (idx, it) in plan.deployments.iter().enumerate() {
            if idx > 0 {
                self.line("");
            }
            self.deployment(it);
        }
        self.assumptions(&plan.assumptions);
    }

    fn deployment(&mut self, it: &DeploymentPlan) {
        let head = super::head(it);
        let price = match &it.price {
            Ok(usd) => format!("{} a month{}", money_range(*usd), function::and_calls(it)),
            Err(_) => match price_of_one_each(it) {
                Some(usd) => format!("{} a month for one instance of each", money_range(usd)),
                None => "price not known".to_owned(),
            },
        };
        self.spread(&self.options.ink.bold(&one_line(&head)), width(&one_line(&head)), &price);
        for it in &it.processes {
            self.line("");
            self.process(it);
        }
        for (idx, one) in it.functions.iter().enumerate() {
            self.line("");
            self.function(one, &it.functions[..idx]);
        }
        self.line("");
        if let Err(unknown) = &it.price
            && it.processes.iter().all(|it| it.figures.instances.unknown.is_none())
        {
            self.row("price", &not_known(unknown));
        }
        let included = super::included(it);
        if !included.is_empty() {
            self.row("with", &included);
        }
        self.row("without", &it.excludes.join(", "));
    }

    fn process(&mut self, plan: &ProcessPlan) {
        let it = &plan.figures;
        let (head, price) = (machine(&plan.name, it), each(it));
        let ink = self.options.ink;
        let rest = head.strip_prefix(plan.name.as_str()).unwrap_or_default().to_owned();
        let inked = ink.bold(&one_line(&plan.name)) + &one_line(&rest);
        self.spread(&inked, width(&one_line(&head)), &price);
        if let Some(unknown) = &it.instances.unknown {
            self.row("instances", &not_known(unknown));
        }
        self.row("memory", &memory(it));
        if let Some(parent) = parent(it) {
            self.more(&parent);
        }
        self.measured(plan);
        self.requests(it);
        self.database(it);
        self.beside(plan);
        self.worlds(plan);
        self.choices(plan);
        self.elsewhere(plan);
    }

    /// A function; what is so of one before, too, is not said again.
    fn function(&mut self, it: &FunctionPlan, before: &[FunctionPlan]) {
        let (head, price) = (function::head(it), function::price(it));
        let rest = head.strip_prefix(it.name.as_str()).unwrap_or_default().to_owned();
        let inked = self.options.ink.bold(&one_line(&it.name)) + &one_line(&rest);
        self.spread(&inked, width(&one_line(&head)), &price);
        let same = function::alike(it, before);
        for (name, text) in function::rows(it, same) {
            self.row(name, &text);
        }
        let rows = function::table(it);
        if rows.len() > 1 && same.is_none() {
            self.line("");
            let lines = table::plain(&rows, it.best, self.options);
            lines.iter().for_each(|it| self.line(it));
        }
    }

    /// The process on other platforms, each with what would have to change.
    fn elsewhere(&mut self, plan: &ProcessPlan) {
        if plan.elsewhere.is_empty() {
            return;
        }
        self.line("");
        let all = &plan.figures.throughput;
        for (idx, it) in plan.elsewhere.iter().enumerate() {
            let name = if idx == 0 { "elsewhere" } else { "" };
            self.row(name, &elsewhere::summary(it, all.get(all.len() / 2)));
            for change in &it.changes {
                self.more(&format!("- {}", change.text));
            }
        }
    }

    /// What was measured, and takes the place of what is usual.
    fn measured(&mut self, plan: &ProcessPlan) {
        let Some(it) = &plan.measured else { return };
        let response = it.response_s.map(|it| format!("{} a request on average", duration(it)));
        let peak = it.requests_per_minute;
        let peak = peak.map(|it| format!("{} requests in the busiest minute", number(it)));
        let all: Vec<String> = [response, peak].into_iter().flatten().collect();
        self.row("measured", &all.join(" · "));
        self.more(&it.source);
    }

    fn requests(&mut self, it: &Figures) {
        if let Some(unknown) = &it.no_throughput {
            self.row("requests", &not_known(unknown));
        }
        let Some(first) = it.throughput.first() else { return };
        let list = |of: &dyn Fn(&Throughput) -> String| {
            it.throughput.iter().map(of).collect::<Vec<_>>().join(" · ")
        };
        let most = list(&|it| {
            let unit = if std::ptr::eq(it, first) { " a minute" } else { "" };
            format!("{}{unit} at {}", number_range(it.most), duration(it.response_s))
        });
        let each = if it.instances.unknown.is_some() { " for each instance" } else { "" };
        self.row("requests", &format!("at most {most}{each}"));
        let comfortable = list(&|it| number_range(it.comfortable));
        self.more(&format!(
            "comfortable (waiting adds at most half the response time): {comfortable}"
        ));
        self.more(&format!("limited by {}", limits(&it.throughput)));
        if let Some(lasting) = it.machine.cpus_lasting {
            self.more(&format!(
                "the lower number can be sustained: {} of a CPU all the time, more only in bursts",
                percent(lasting * 100.0)
            ));
        }
        for at in &it.throughput {
            let Some(demand) = at.demand else { continue };
            let text = match demand.utilisation {
                it if it >= 1.0 => format!(
                    "at {}: too much, {} of the most; requests pile up",
                    duration(at.response_s),
                    percent(it * 100.0)
                ),
                it => format!(
                    "at {}: {} of the most; mean wait {}, 95 % wait at most {}",
                    duration(at.response_s),
                    percent(it * 100.0),
                    duration(demand.mean_wait_s),
                    duration(demand.p95_wait_s)
                ),
            };
            self.row("demand", &text);
        }
    }

    fn database(&mut self, it: &Figures) {
        let connections = &it.connections;
        let Ok(needed) = &connections.needed else { return };
        let of = connections.available.map(|it| format!(" of {}", number(it))).unwrap_or_default();
        let each = match (connections.available, &it.instances.unknown) {
            (None, Some(_)) => " for each instance",
            (_, _) => "",
        };
        let deploy = connections.during_deploy.as_ref().ok().filter(|it| *it != needed);
        let deploy = deploy.map(|it| format!(", {} while a deploy runs", number_range(*it)));
        let text = format!(
            "{}{of} connections{each}{}",
            number_range(*needed),
            deploy.unwrap_or_default()
        );
        self.row("database", &text);
    }

    /// What it costs with busy hours, and as functions.
    fn beside(&mut self, plan: &ProcessPlan) {
        if let Some(usd) = plan.figures.price_by_profile {
            self.row("busy hours", &format!("{} a month with these", money(usd)));
        }
        let Some(functions) = &plan.functions else { return };
        let Some(below) = functions.break_even_per_minute else { return };
        self.row(
            "functions",
            &format!(
                "{} with {} MB is cheaper below {} requests a minute on average; a request takes {} \
                 there",
                functions.platform,
                number(functions.memory_mb),
                number(below),
                duration(functions.response_s)
            ),
        );
    }

    /// What comes of it where the files leave open on what it runs.
    fn worlds(&mut self, plan: &ProcessPlan) {
        let rows: Vec<&Choice> = plan.worlds.iter().map(|it| &it.figures).collect();
        self.table(&Table { title: WORLDS, rows, marked: None }, plan);
    }

    fn choices(&mut self, plan: &ProcessPlan) {
        let rows: Vec<&Choice> = plan.choices.iter().collect();
        let has_none = !rows.is_empty() && plan.best.is_none();
        self.table(&Table { title: "choices", rows, marked: plan.best }, plan);
        if has_none {
            self.more("none of these is without fault");
        }
    }

    fn table(&mut self, table: &Table<'_>, plan: &ProcessPlan) {
        if table.rows.is_empty() {
            return;
        }
        self.line("");
        let lines = table::lines(table, plan, self.options);
        lines.iter().for_each(|it| self.line(it));
    }

    fn assumptions(&mut self, all: &[Assumption]) {
        if all.is_empty() {
            return;
        }
        self.line("");
        let ink = self.options.ink;
        self.line(&ink.yellow("assumed, and how to say what is true:"));
        for it in all {
            let settle = match it.settle_with.as_str() {
                "" => String::new(),
                it => format!(" → {it}"),
            };
            let text = one_line(&format!("{}{settle}", it.text));
            let text = match self.options.drawing {
                Drawing::Unicode => text,
                Drawing::Ascii => text.replace('→', "->"),
            };
            for (idx, line) in wrap(&text, self.options.columns() - 4).iter().enumerate() {
                self.line(&format!("  {}{line}", if idx == 0 { "" } else { "  " }));
            }
        }
    }

    fn line(&mut self, text: &str) {
        self.text += text.trim_end();
        self.text.push('\n');
    }

    /// A text and one at the right end of the line.
    fn spread(&mut self, left: &str, left_width: usize, right: &str) {
        let columns = self.options.columns();
        let gap = columns.saturating_sub(left_width + width(right)).max(2);
        self.line(&format!("{left}{}{right}", " ".repeat(gap)));
    }

    fn row(&mut self, name: &str, text: &str) {
        let columns = self.options.columns().saturating_sub(INDENT);
        for (idx, line) in wrap(&one_line(text), columns).iter().enumerate() {
            let name = if idx == 0 { name } else { "" };
            let pad = " ".repeat((INDENT - ROW).saturating_sub(width(name)));
            self.line(&format!("{}{}{pad}{line}", " ".repeat(ROW), self.options.ink.dim(name)));
        }
    }

    fn more(&mut self, text: &str) {
        self.row("", text);
    }
}
