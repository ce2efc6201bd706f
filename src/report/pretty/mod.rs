//! For people in a terminal: each place in its file, why it matters, and what to do.
//!
//! miette draws the excerpts; the rest is laid out here, because a diagnostic of opslint has labels
//! in several files, and says what was assumed.

mod excerpt;
mod snippet;
mod undecided;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;

use rayon::prelude::*;

use super::assumed::beside_list;
use super::ink::Ink;
use super::options::{CleanRun, Links, ReportOptions, UndecidedRules};
use super::position::{Columns, Positions};
use super::settle;
use super::summary;
use super::text::{one_line, width, wrap};
use crate::diagnostic::Diagnostic;
use crate::outcome::Outcome;
use crate::source::{SourceMap, Span};

use excerpt::Layout;
pub(crate) use undecided::rules as undecided_rules;

/// Columns of the words before the text of a row: `  assumed  `.
const ROW_INDENT: usize = 11;
/// From this many diagnostics on, it is worth it to draw them side by side.
const PARALLEL_FROM: usize = 256;
/// Diagnostics that are drawn before they are written.
const BATCH: usize = 1024;
/// Diagnostics that are drawn at a time by one thread.
const CHUNK: usize = 32;
/// Beyond this, prose is hard to read.
const PROSE_COLUMNS_MAX: usize = 100;

/// Writes every diagnostic and a summary.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let mut places: HashMap<(&str, Span), usize> = HashMap::new();
    for it in &outcome.diagnostics {
        *places.entry((&it.rule, it.primary.span)).or_default() += 1;
    }
    let listed = outcome.assumptions.iter().map(|it| it.text.as_str()).collect();
    let page = Page { sources, places, listed, options };
    let mut explained = BTreeSet::new();
    let worst_first = summary::worst_first(&outcome.diagnostics).into_iter();
    let parts: Vec<(&Diagnostic, Why)> = worst_first
        .map(|it| {
            let is_first = explained.insert(&it.rule);
            (it, if is_first { Why::Said } else { Why::SaidBefore })
        })
        .collect();
    page.write(out, &parts)?;
    if options.undecided == UndecidedRules::Listed && !outcome.undecided.is_empty() {
        out.write_all(undecided::list(&outcome.undecided, options).as_bytes())?;
        writeln!(out)?;
    }
    if options.clean == CleanRun::Silent && outcome.diagnostics.is_empty() {
        return Ok(());
    }
    let settling = settle::lines(&outcome.assumptions, options.columns());
    if !settling.is_empty() {
        let file = outcome.assumptions.first().map_or("opslint.toml", |it| it.file.as_str());
        let file = one_line(file);
        let head =
            format!("Taken until you say otherwise. Change what is wrong, and put it into {file}:");
        writeln!(out, "{}", options.ink.bold(&head))?;
        settling.iter().try_for_each(|it| writeln!(out, "{it}"))?;
        writeln!(out)?;
    }
    for line in summary::lines(outcome, options) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Whether the reason of a rule is printed: only the first time, it is the same every time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Said,
    SaidBefore,
}

/// What every diagnostic is printed with.
struct Page<'a> {
    sources: &'a SourceMap,
    /// How often each rule is shown at each place.
    places: HashMap<(&'a str, Span), usize>,
    /// Why what is assumed is assumed, as far as the report ends with it.
    listed: HashSet<&'a str>,
    options: &'a ReportOptions<'a>,
}

impl Page<'_> {
    /// Writes diagnostics in this order. Many are drawn side by side, some at a time, so that a long
    /// report takes neither one core alone nor the memory of all its text.
    fn write(&self, out: &mut dyn io::Write, parts: &[(&Diagnostic, Why)]) -> io::Result<()> {
        let pool = match parts.len() < PARALLEL_FROM {
            true => None,
            // A system without threads to spare is slower, and not wrong.
            false => rayon::ThreadPoolBuilder::new().build().ok(),
        };
        for batch in parts.chunks(BATCH) {
            match &pool {
                Some(pool) => {
                    let chunks = batch.par_chunks(CHUNK);
                    let texts: Vec<String> =
                        pool.install(|| chunks.map(|it| self.diagnostics(it)).collect());
                    texts.iter().try_for_each(|it| out.write_all(it.as_bytes()))?;
                }
                None => out.write_all(self.diagnostics(batch).as_bytes())?,
            }
        }
        Ok(())
    }

    /// Diagnostics, with an empty line behind each.
    fn diagnostics(&self, parts: &[(&Diagnostic, Why)]) -> String {
        let positions = Positions::new(self.sources, Columns::CodePoints);
        let text = |(it, why): &(&Diagnostic, Why)| self.diagnostic(&positions, it, *why) + "\n";
        parts.iter().map(text).collect()
    }

    fn diagnostic(&self, positions: &Positions<'_>, diagnostic: &Diagnostic, why: Why) -> String {
        let options = self.options;
        let layout = Layout { columns: options.columns(), drawing: options.drawing };
        let Diagnostic { primary, related, .. } = diagnostic;
        let excerpts = excerpt::excerpts(primary, related, self.sources, positions, layout);
        let mut text = self.header(diagnostic);
        text += &snippet::draw(excerpts, diagnostic.severity, options.ink, options.drawing);
        if let Some(process) = self.process(positions, diagnostic) {
            self.row(&mut text, "process", &process);
        }
        if why == Why::Said {
            let rule = options.rule(&diagnostic.rule);
            let why = diagnostic.why.as_deref().or(rule.map(|it| it.why.as_str()));
            self.row(&mut text, "why", first_paragraph(why.unwrap_or_default()));
        }
        self.row(&mut text, "help", diagnostic.help.as_deref().unwrap_or_default());
        for assumption in beside_list(diagnostic, &self.listed) {
            self.row(&mut text, "assumed", &assumption);
        }
        text
    }

    /// `error[rule-id]: message`, broken where the terminal ends.
    fn header(&self, diagnostic: &Diagnostic) -> String {
        let ReportOptions { ink, links, .. } = *self.options;
        let severity = diagnostic.severity.name();
        let title = format!("{severity}[{}]:", diagnostic.rule);
        let header = format!("{title} {}", one_line(&diagnostic.message));
        let columns = self.options.columns();
        let columns = if width(&header) <= columns { columns } else { columns - 2 };
        let lines = wrap(&header, columns);
        let rule = self.options.rule(&diagnostic.rule);
        let url = diagnostic.url.as_deref().or(rule.and_then(|it| it.url.as_deref()));
        let id = match url {
            Some(url) if links == Links::Hyperlinks => Ink::link(url, &diagnostic.rule),
            _ => diagnostic.rule.clone(),
        };
        let head = ink.severity(diagnostic.severity, &format!("{severity}[{id}]"));
        let mut text = String::new();
        for (idx, line) in lines.iter().enumerate() {
            match line.strip_prefix(&title) {
                Some(rest) if idx == 0 => {
                    text += &format!("{head}{}\n", ink.bold(&format!(":{rest}")));
                }
                _ => text += &format!("  {}\n", ink.bold(line)),
            }
        }
        text
    }

    /// Which process it is about, where the labels do not tell.
    fn process(&self, positions: &Positions<'_>, diagnostic: &Diagnostic) -> Option<String> {
        let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        let is_in = |path: &str| labels().any(|it| positions.path(it.span) == path);
        let is_shown = diagnostic.deployments.iter().all(|it| is_in(it));
        let place = (diagnostic.rule.as_str(), diagnostic.primary.span);
        let has_twin = self.places.get(&place).is_some_and(|it| *it > 1);
        if diagnostic.deployments.is_empty() || is_shown && !has_twin {
            return None;
        }
        let deployments = one_line(&diagnostic.deployments.join(", "));
        Some(match &diagnostic.process {
            Some(process) => format!("`{}` of {deployments}", one_line(process)),
            None => format!("all of {deployments}"),
        })
    }

    fn row(&self, text: &mut String, title: &str, prose: &str) {
        if prose.trim().is_empty() {
            return;
        }
        let columns = self.options.columns().min(PROSE_COLUMNS_MAX) - ROW_INDENT - 1;
        for (idx, line) in wrap(&one_line(prose), columns).iter().enumerate() {
            let title = if idx == 0 { title } else { "" };
            let title = self.options.ink.bold(title) + &" ".repeat(ROW_INDENT - 2 - title.len());
            *text += &format!("  {title}{line}\n");
        }
    }
}

fn first_paragraph(markdown: &str) -> &str {
    let markdown = markdown.trim();
    markdown.split_once("\n\n").map_or(markdown, |(first, _)| first)
}

#[cfg(test)]
mod tests;
