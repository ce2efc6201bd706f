//! For people in a terminal: each place in its file, why it matters, and what to do.
//!
//! miette draws the excerpts; the rest is laid out here, because a diagnostic of opslint has labels
//! in several files, and says what was assumed.

mod excerpt;
mod snippet;
mod undecided;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;

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
/// Beyond this, prose is hard to read.
const PROSE_COLUMNS_MAX: usize = 100;

/// Writes every diagnostic and a summary.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let mut places: HashMap<(&str, Span), usize> = HashMap::new();
    for it in &outcome.diagnostics {
        *places.entry((&it.rule, it.primary.span)).or_default() += 1;
    }
    let listed = outcome.assumptions.iter().map(|it| it.text.as_str()).collect();
    let page = Page { sources, positions: &positions, places, listed, options };
    let mut explained = BTreeSet::new();
    for diagnostic in summary::worst_first(&outcome.diagnostics) {
        let is_first = explained.insert(&diagnostic.rule);
        let text = page.diagnostic(diagnostic, if is_first { Why::Said } else { Why::SaidBefore });
        out.write_all(text.as_bytes())?;
        writeln!(out)?;
    }
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
            format!("Assumed, because no file says otherwise. State the true values in {file}:");
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
    positions: &'a Positions<'a>,
    /// How often each rule is shown at each place.
    places: HashMap<(&'a str, Span), usize>,
    /// Why what is assumed is assumed, as far as the report ends with it.
    listed: HashSet<&'a str>,
    options: &'a ReportOptions<'a>,
}

impl Page<'_> {
    fn diagnostic(&self, diagnostic: &Diagnostic, why: Why) -> String {
        let options = self.options;
        let layout = Layout { columns: options.columns(), drawing: options.drawing };
        let Diagnostic { primary, related, .. } = diagnostic;
        let excerpts = excerpt::excerpts(primary, related, self.sources, self.positions, layout);
        let mut text = self.header(diagnostic);
        text += &snippet::draw(excerpts, diagnostic.severity, options.ink, options.drawing);
        if let Some(process) = self.process(diagnostic) {
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
    fn process(&self, diagnostic: &Diagnostic) -> Option<String> {
        let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        let is_in = |path: &str| labels().any(|it| self.positions.path(it.span) == path);
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
