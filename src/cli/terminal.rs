//! What the terminal can show: colours, width, links.
#![expect(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::env;

use terminal_size::{Width, terminal_size};

use super::{ColorChoice, streams};
use crate::report::{Drawing, Ink, Links, ReportOptions};

/// Columns when the output is no terminal, or does not tell.
const WIDTH_DEFAULT: usize = 100;

/// Beyond this, lines are hard to read.
const WIDTH_MAX: usize = 120;

/// What standard output can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Whether to use colours.
    pub(super) color: bool,
    /// Columns to fill at most.
    pub(super) width: usize,
    /// Whether rule ids may be links.
    pub(super) links: bool,
    /// Whether to draw with ASCII only: the locale is not UTF-8.
    pub(super) ascii: bool,
}

impl Terminal {
    /// Colours, or none.
    pub(super) fn ink(self) -> Ink {
        if self.color { Ink::Ansi } else { Ink::Plain }
    }

    /// Asks the environment, in the order of <https://no-color.org> and <https://force-color.org>.
    pub(super) fn of(choice: ColorChoice) -> Self {
        let is_terminal = Stream::Output.is_terminal();
        let color = has_color(choice, is_terminal);
        Self { color, width: width(is_terminal), links: is_terminal && color, ascii: ascii() }
    }

    /// Columns that lines of a list fill at most. Another program gets each line as a whole.
    pub(super) fn list_columns() -> Option<usize> {
        Stream::Output.is_terminal().then(|| width(true))
    }

    /// A report for this terminal.
    pub(super) fn report(self) -> ReportOptions<'static> {
        ReportOptions {
            width: self.width,
            ink: self.ink(),
            drawing: if self.ascii { Drawing::Ascii } else { Drawing::Unicode },
            links: if self.links { Links::Hyperlinks } else { Links::None },
            ..ReportOptions::default()
        }
    }
}

/// One of the two streams that are printed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

impl Stream {
    fn is_terminal(self) -> bool {
        match self {
            Self::Output => streams::is_stdout_terminal(),
            Self::Error => streams::is_stderr_terminal(),
        }
    }
}

/// Colours for a stream, before any flag is known.
pub(super) fn ink_of(stream: Stream) -> Ink {
    if has_color(ColorChoice::Auto, stream.is_terminal()) { Ink::Ansi } else { Ink::Plain }
}

fn has_color(choice: ColorChoice, is_terminal: bool) -> bool {
    let set = |name| env::var_os(name).is_some_and(|it| !it.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|it| it == "dumb");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto if set("FORCE_COLOR") => true,
        ColorChoice::Auto => is_terminal && !dumb,
    }
}

/// Whether the locale says that the terminal shows nothing but ASCII. Without a locale, most do
/// more: only an explicit "C" or "POSIX" counts.
fn ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|it| env::var(it).ok());
    locale.is_some_and(|it| it == "C" || it == "POSIX")
}

fn width(is_terminal: bool) -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    let asked = || terminal_size().map(|(Width(width), _)| usize::from(width));
    let width = columns.or_else(|| is_terminal.then(asked).flatten());
    width.unwrap_or(WIDTH_DEFAULT).clamp(40, WIDTH_MAX)
}
