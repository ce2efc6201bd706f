//! Excerpts → lines in a terminal, drawn by miette.
//!
//! miette shows labels of one text per diagnostic, and one message above them. Here each excerpt is
//! a diagnostic of its own without a message; whoever calls this puts them below one header.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::excerpt::Excerpt;
use crate::diagnostic::Severity;
use crate::report::ink::Ink;
use crate::report::options::Drawing;

/// Draws the excerpts of one diagnostic, their frames below each other.
pub(super) fn draw(
    excerpts: Vec<Excerpt>,
    severity: Severity,
    ink: Ink,
    drawing: Drawing,
) -> String {
    let digits = |it: &Excerpt| it.last_line_number.to_string().len();
    let digits_max = excerpts.iter().map(digits).max().unwrap_or_default();
    let mut text = String::new();
    for excerpt in excerpts {
        let indent = " ".repeat(digits_max - digits(&excerpt));
        let theme = theme(&excerpt, severity, ink, drawing);
        for line in render(excerpt, theme).lines() {
            text.push_str(&indent);
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn render(excerpt: Excerpt, theme: GraphicalTheme) -> String {
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_context_lines(0)
        .without_primary_span_start()
        .without_syntax_highlighting()
        .with_wrap_lines(false);
    let mut text = String::new();
    handler.render_report(&mut text, &Picture(excerpt)).expect("writing to a text cannot fail");
    // The line of the message, which is empty.
    text.split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

fn theme(excerpt: &Excerpt, severity: Severity, ink: Ink, drawing: Drawing) -> GraphicalTheme {
    let mut characters = match drawing {
        Drawing::Unicode => ThemeCharacters::unicode(),
        Drawing::Ascii => ThemeCharacters::ascii(),
    };
    characters.error = String::new();
    let styles = match ink {
        Ink::Plain => ThemeStyles::none(),
        Ink::Ansi => {
            let ansi = ThemeStyles::ansi();
            let primary = match severity {
                Severity::Error => ansi.error.bold(),
                Severity::Warning => ansi.warning.bold(),
                Severity::Info => ansi.advice.bold(),
            };
            let related = ThemeStyles::none().link.blue().bold();
            let style = |is_primary| if is_primary { primary } else { related };
            let highlights = excerpt.labels.iter().map(|it| style(it.is_primary)).collect();
            ThemeStyles { link: ThemeStyles::none().link.cyan(), highlights, ..ansi }
        }
    };
    GraphicalTheme { characters, styles }
}

/// An excerpt as miette sees it.
#[derive(Debug)]
struct Picture(Excerpt);

impl fmt::Display for Picture {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Picture {}

impl miette::Diagnostic for Picture {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.labels.iter().map(|it| {
            let text = (!it.text.is_empty()).then(|| it.text.clone());
            let (start, len) = (it.range.start, it.range.len());
            match it.is_primary {
                true => LabeledSpan::new_primary_with_span(text, (start, len)),
                false => LabeledSpan::new(text, start, len),
            }
        })))
    }
}

impl SourceCode for Picture {
    /// The whole excerpt, whatever is asked for: it holds the lines to show and no others.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Excerpt { place, first_line_number, last_line_number, text, .. } = &self.0;
        Ok(Box::new(MietteSpanContents::new_named(
            place.clone(),
            text.as_bytes(),
            (0, text.len()).into(),
            first_line_number - 1,
            0,
            last_line_number - first_line_number + 1,
        )))
    }
}
