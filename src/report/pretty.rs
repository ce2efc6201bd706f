//! Terminal output through miette.
//!
//! miette shows labels from one file per diagnostic, so labels of other files become further
//! snippets of the same diagnostic here. Nothing outside this module knows about that limit.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, NamedSource, SourceCode,
    SourceSpan, SpanContents,
};

use super::ReportOptions;
use super::style::{Paint, wrap};
use crate::diagnostic::{Diagnostic, Label, Outcome, Severity};
use crate::fact::{Origin, OriginKind};
use crate::source::{FileId, SourceMap};

/// Width of the words in front of a note: `assumed` and two blanks.
const NOTE_INDENT: usize = 11;

/// Writes every diagnostic with its places, then what they add up to.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions,
) -> io::Result<()> {
    let paint = Paint::new(options.color);
    for diagnostic in &outcome.diagnostics {
        header(out, diagnostic, &paint, options)?;
        for (file, labels) in by_place(diagnostic, sources) {
            write!(out, "{}", snippet(file, &labels, diagnostic, sources, options))?;
        }
        notes(out, diagnostic, &paint, options)?;
        writeln!(out)?;
    }
    if options.show_undecided {
        super::undecided::write(out, outcome, &paint, options)?;
    }
    summary(out, outcome, &paint, options)
}

fn header(
    out: &mut dyn io::Write,
    diagnostic: &Diagnostic,
    paint: &Paint,
    options: &ReportOptions,
) -> io::Result<()> {
    let severity = diagnostic.severity;
    let rule = match (&diagnostic.url, options.links) {
        (Some(url), true) => format!("\x1b]8;;{url}\x1b\\{}\x1b]8;;\x1b\\", diagnostic.rule),
        _ => diagnostic.rule.clone(),
    };
    let name = paint.severity(severity, &format!("{}[{rule}]", severity.name()));
    writeln!(out, "{name}: {}", paint.bold(&diagnostic.message))
}

/// Lines between two labels up to which both stand in one snippet.
const NEAR_LINES: usize = 2;

/// Labels that are near each other, the primary one's first, the others in order of mention.
fn by_place<'a>(
    diagnostic: &'a Diagnostic,
    sources: &SourceMap,
) -> Vec<(FileId, Vec<(&'a Label, bool)>)> {
    let mut places: Vec<(FileId, Vec<(&Label, bool)>)> = Vec::new();
    let primary = std::iter::once((&diagnostic.primary, true));
    for (label, is_primary) in primary.chain(diagnostic.related.iter().map(|it| (it, false))) {
        let near = |(file, labels): &&mut (FileId, Vec<(&Label, bool)>)| {
            let text = sources.file(*file).text();
            *file == label.span.file
                && labels.iter().any(|it| lines_between(text, it.0, label) <= NEAR_LINES)
        };
        match places.iter_mut().find(near) {
            Some((_, labels)) => labels.push((label, is_primary)),
            None => places.push((label.span.file, vec![(label, is_primary)])),
        }
    }
    places
}

fn lines_between(text: &str, a: &Label, b: &Label) -> usize {
    let (from, to) = (a.span.start.min(b.span.start), a.span.start.max(b.span.start));
    text.get(from as usize..to as usize).map_or(usize::MAX, |it| it.matches('\n').count())
}

/// The lines of one file with labels. miette puts its own header in front, which is taken off.
fn snippet(
    file: FileId,
    labels: &[(&Label, bool)],
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    options: &ReportOptions,
) -> String {
    let source = sources.file(file);
    let (text, labels) = shortened(source.text(), labels);
    let report = Snippet {
        source: NamedSource::new(source.path(), text),
        labels,
        severity: diagnostic.severity,
    };
    let theme = match (options.color, options.ascii) {
        (true, false) => GraphicalTheme::unicode(),
        (true, true) => GraphicalTheme {
            characters: miette::ThemeCharacters::ascii(),
            ..GraphicalTheme::unicode()
        },
        (false, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(options.width)
        .with_context_lines(1)
        .with_links(false)
        .without_syntax_highlighting()
        .tab_width(4);
    let mut rendered = String::new();
    if handler.render_report(&mut rendered, &report).is_err() {
        return String::new();
    }
    let start = rendered.lines().position(|it| it.contains("╭─[") || it.contains(",-["));
    let lines = rendered.lines().skip(start.unwrap_or(usize::MAX));
    lines.filter(|it| !it.trim().is_empty()).map(|it| format!("{it}\n")).collect()
}

/// Longest line that is shown whole.
const LINE_MAX: usize = 200;

/// The text with long lines cut around their labels: minified JSON is one line.
fn shortened(text: &str, labels: &[(&Label, bool)]) -> (String, Vec<LabeledSpan>) {
    let labeled = |start: usize, len: usize, (label, is_primary): &(&Label, bool)| {
        let text = (!label.text.is_empty()).then(|| label.text.clone());
        match is_primary {
            true => LabeledSpan::new_primary_with_span(text, (start, len)),
            false => LabeledSpan::new_with_span(text, (start, len)),
        }
    };
    // A block is labelled on its first line: all of its lines would drown what matters.
    let span_of = |it: &(&Label, bool)| {
        let range = it.0.span.range();
        let first = text.get(range.clone()).and_then(|it| it.lines().next()).unwrap_or_default();
        range.start..range.start + first.trim_end().len()
    };
    let long = |it: &(&Label, bool)| line_of(text, span_of(it).start).len() > LINE_MAX;
    if !labels.iter().any(long) {
        let whole = |it| labeled(span_of(it).start, span_of(it).len(), it);
        return (text.to_owned(), labels.iter().map(whole).collect());
    }
    // Everything far from the first label gives way: what is left is one short text.
    let first = span_of(&labels[0]).start;
    let line = line_of(text, first);
    let from = boundary(text, first.saturating_sub(LINE_MAX / 3).max(line.start));
    let to = boundary(text, (first + LINE_MAX / 2).min(line.end));
    let newlines: String = text[..line.start].chars().filter(|it| *it == '\n').collect();
    let prefix = newlines.len() + if from > line.start { '…'.len_utf8() } else { 0 };
    let mark = if from > line.start { "…" } else { "" };
    let short = format!("{newlines}{mark}{}", &text[from..to]);
    let kept = labels.iter().filter(|it| from <= span_of(it).start && span_of(it).start <= to);
    let kept = kept.map(|it| {
        let start = span_of(it).start - from + prefix;
        labeled(start, span_of(it).len().min(short.len() - start), it)
    });
    let kept = kept.collect();
    (short, kept)
}

fn line_of(text: &str, at: usize) -> std::ops::Range<usize> {
    let at = boundary(text, at.min(text.len()));
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
    start..end
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

fn notes(
    out: &mut dyn io::Write,
    diagnostic: &Diagnostic,
    paint: &Paint,
    options: &ReportOptions,
) -> io::Result<()> {
    let mut note = |name: &str, text: &str| {
        let width = options.width.saturating_sub(NOTE_INDENT).max(20);
        for (idx, line) in wrap(text, width).into_iter().enumerate() {
            let head = if idx == 0 { format!("  {name:<9}") } else { " ".repeat(NOTE_INDENT) };
            writeln!(out, "{}{line}", paint.dim(&head))?;
        }
        io::Result::Ok(())
    };
    if let Some(why) = &diagnostic.why {
        note("why", first_paragraph(why))?;
    }
    if let Some(help) = &diagnostic.help {
        note("help", help)?;
    }
    for assumed in assumptions(diagnostic) {
        note("assumed", &assumed)?;
    }
    Ok(())
}

/// The reason in short; the rule's page has the rest.
fn first_paragraph(text: &str) -> &str {
    text.trim().split("\n\n").next().unwrap_or_default()
}

/// What a diagnostic takes for granted, each once, with what replaces it.
fn assumptions(diagnostic: &Diagnostic) -> Vec<String> {
    let mut found = BTreeMap::new();
    for used in &diagnostic.facts {
        collect(&used.name, &used.fact.origin, &mut found);
    }
    found.into_values().collect()
}

fn collect(name: &str, origin: &Origin, found: &mut BTreeMap<String, String>) {
    if origin.kind == OriginKind::Assumed {
        let text = match name {
            "memory_per_worker_mb" => format!(
                "{}; measured it? set `memory_per_worker_mb` in opslint.toml",
                origin.source
            ),
            _ => origin.source.clone(),
        };
        found.insert(origin.source.clone(), text);
    }
    for input in &origin.inputs {
        collect(&input.name, &input.fact.origin, found);
    }
}

fn summary(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    paint: &Paint,
    options: &ReportOptions,
) -> io::Result<()> {
    if options.quiet && outcome.diagnostics.is_empty() {
        return Ok(());
    }
    let count = |severity| outcome.diagnostics.iter().filter(|it| it.severity == severity).count();
    let mut parts = Vec::new();
    for (severity, one, many) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "note", "notes"),
    ] {
        match count(severity) {
            0 => {}
            1 => parts.push(paint.severity(severity, &format!("1 {one}"))),
            n => parts.push(paint.severity(severity, &format!("{n} {many}"))),
        }
    }
    let found = match parts.is_empty() {
        true => "nothing found".to_owned(),
        false => parts.join(", "),
    };
    let processes = plural(outcome.processes, "process", "processes");
    writeln!(out, "{found} in {processes}, {} read", plural(outcome.files, "file", "files"))?;
    if outcome.suppressed > 0 {
        writeln!(out, "{} suppressed", plural(outcome.suppressed, "diagnostic", "diagnostics"))?;
    }
    if !outcome.undecided.is_empty() && !options.show_undecided {
        let undecided = plural(outcome.undecided.len(), "question", "questions");
        let text = format!("{undecided} left undecided, for lack of facts: --show-undecided");
        writeln!(out, "{}", paint.dim(&text))?;
    }
    Ok(())
}

/// `1 file`, `2 files`.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What miette is given: labels in one text.
struct Snippet {
    source: NamedSource<String>,
    labels: Vec<LabeledSpan>,
    severity: Severity,
}

impl fmt::Debug for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("snippet")
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet {}

impl miette::Diagnostic for Snippet {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // miette asks without context for the place in its header, and with it for the lines to
        // show: those of the labels are enough.
        if context_lines_before == 0 {
            return self.source.read_span(span, 0, 0);
        }
        let text = self.source.inner();
        let start = line_of(text, span.offset()).start;
        let end = line_of(text, span.offset() + span.len().saturating_sub(1)).end;
        self.source.read_span(&(start, end - start).into(), 0, 0)
    }
}
