//! Tables of choices and of worlds for people: a row for each, and what to know of it below.

use super::rows::notes;
use super::words::{cell, duration, money, number, percent};
use crate::plan::{Choice, ProcessPlan};
use crate::report::options::{Drawing, ReportOptions};
use crate::report::text::{width, wrap};

/// A table before it is laid out.
pub(super) struct Table<'a> {
    /// What the rows are.
    pub(super) title: &'static str,
    /// The rows.
    pub(super) rows: Vec<&'a Choice>,
    /// The one that is pointed at.
    pub(super) marked: Option<usize>,
}

/// The columns that a process has something for.
struct Columns {
    /// The response time that requests are compared at; `None` where nobody sends any.
    at: Option<String>,
    has_database: bool,
    /// Event loops take any number at once.
    has_slots: bool,
}

impl Columns {
    fn of(plan: &ProcessPlan, rows: &[&Choice]) -> Self {
        let all = &plan.figures.throughput;
        Self {
            at: all.get(all.len() / 2).map(|it| format!("at {}", duration(it.response_s))),
            has_database: rows.iter().any(|it| it.connections.needed.is_ok()),
            has_slots: rows.iter().any(|it| it.slots.is_ok()),
        }
    }

    fn head(&self, title: &str) -> Vec<String> {
        let mut head = vec![title.to_owned(), "$/month".to_owned()];
        head.extend(self.has_slots.then(|| "slots".to_owned()));
        head.extend(self.at.clone());
        head.push("memory".to_owned());
        head.extend(self.has_database.then(|| "database".to_owned()));
        head
    }

    fn row(&self, it: &Choice) -> Vec<String> {
        let money = |usd: f64| money(usd).trim_start_matches('$').to_owned();
        let mut row = vec![it.label.clone(), cell(&it.price, money)];
        row.extend(self.has_slots.then(|| cell(&it.slots, number)));
        if self.at.is_some() {
            row.push(cell(&it.requests_per_minute, number));
        }
        row.push(cell(&it.memory_percent, percent));
        if self.has_database {
            let of = it.connections.available.map(|it| format!("/{}", number(it)));
            row.push(cell(&it.connections.needed, number) + &of.unwrap_or_default());
        }
        row
    }
}

/// The lines of a table.
pub(super) fn lines(
    table: &Table<'_>,
    plan: &ProcessPlan,
    options: &ReportOptions<'_>,
) -> Vec<String> {
    let columns = Columns::of(plan, &table.rows);
    let mut rows = vec![(columns.head(table.title), String::new())];
    rows.extend(table.rows.iter().map(|it| (columns.row(it), notes(it))));
    plain(&rows, table.marked, options)
}

/// The lines of rows with their notes, the head first.
pub(super) fn plain(
    rows: &[(Vec<String>, String)],
    marked: Option<usize>,
    options: &ReportOptions<'_>,
) -> Vec<String> {
    let Some(((head, _), rows)) = rows.split_first() else { return Vec::new() };
    let all = || std::iter::once(head).chain(rows.iter().map(|it| &it.0));
    let wide = |column: usize| all().map(|it| width(&it[column])).max().unwrap_or_default();
    let widths: Vec<usize> = (0..head.len()).map(wide).collect();
    let ink = options.ink;
    let arrow = match options.drawing {
        Drawing::Unicode => "→",
        Drawing::Ascii => ">",
    };
    let mut lines = vec![format!("      {}", ink.dim(&laid_out(head, &widths)))];
    for (idx, (row, notes)) in rows.iter().enumerate() {
        let is_marked = marked == Some(idx);
        let mark = if is_marked { arrow } else { " " };
        let text = laid_out(row, &widths);
        let inked = if is_marked { ink.bold(&text) } else { text.clone() };
        let room = options.columns().saturating_sub(6 + width(&text) + 3);
        match notes.is_empty() {
            true => lines.push(format!("    {mark} {inked}")),
            false if width(notes) <= room => {
                lines.push(format!("    {mark} {inked}   {}", ink.dim(notes)));
            }
            false => {
                lines.push(format!("    {mark} {inked}"));
                let below = wrap(notes, options.columns().saturating_sub(10));
                lines.extend(below.iter().map(|it| format!("          {}", ink.dim(it))));
            }
        }
    }
    lines
}

/// The first cell at the left, numbers at the right of their columns.
fn laid_out(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (idx, (text, columns)) in cells.iter().zip(widths).enumerate() {
        let pad = " ".repeat(columns.saturating_sub(width(text)));
        match idx {
            0 => line += &format!("{text}{pad}"),
            _ => line += &format!("   {pad}{text}"),
        }
    }
    line
}
