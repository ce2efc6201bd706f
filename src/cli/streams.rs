//! Standard output and standard error. Nothing else opens them, and everything that is printed
//! passes a [`SafeWriter`]: names and values of strangers cannot act on a terminal or a CI server.

use std::io::{self, BufWriter, IsTerminal as _, StderrLock, StdoutLock, Write};

use crate::discover;
use crate::report::{Ink, SafeWriter, Wire};
use crate::secret::{Grammar, Secrets};

/// Standard output, which says when nothing of it arrives.
pub(super) struct Stdout(StdoutLock<'static>);

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        opslint_stdout::expect_open()?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Standard output for text of one kind.
pub(super) fn stdout(wire: Wire) -> SafeWriter<BufWriter<Stdout>> {
    SafeWriter::new(report_stdout(), wire)
}

/// Standard output for reports, each of which is safe by its format.
pub(super) fn report_stdout() -> BufWriter<Stdout> {
    BufWriter::new(Stdout(io::stdout().lock()))
}

/// Standard error for text.
pub(super) fn stderr(ink: Ink) -> SafeWriter<StderrLock<'static>> {
    SafeWriter::new(report_stderr(), Wire::Prose(ink))
}

/// Standard error for reports, each of which is safe by its format.
pub(super) fn report_stderr() -> StderrLock<'static> {
    io::stderr().lock()
}

/// Prints what opslint says of itself: completions, the manual, schemas.
pub(super) fn print_own(text: &[u8]) -> io::Result<()> {
    let mut out = report_stdout();
    out.write_all(text)?;
    out.flush()
}

/// Prints a line about the run to standard error: `error: …`, `warning: …`.
///
/// Secrets that were typed and the folder that opslint was started in are taken out of it.
pub(super) fn say(title: &str, text: &str) {
    let text = Secrets::none_known().mask(text, Grammar::Prose);
    let folder = discover::current_folder().map(|it| format!("{}/", it.display()));
    let text = match folder {
        Ok(folder) if folder.len() > 1 => text.replace(&folder, ""),
        _ => text.into_owned(),
    };
    let mut err = SafeWriter::new(io::stderr().lock(), Wire::Prose(Ink::Plain));
    // Nothing is lost when standard error does not take it: the exit status says it, too.
    let _ = writeln!(err, "{title}: {text}");
}

/// Prints a text with colours to standard error.
pub(super) fn say_styled(text: &str, ink: Ink) {
    let mut err = SafeWriter::new(io::stderr().lock(), Wire::Prose(ink));
    let _ = err.write_all(text.as_bytes());
}

/// Whether a person reads standard error.
pub(super) fn is_stderr_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether a person reads standard output.
pub(super) fn is_stdout_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person can be asked: types on standard input, and reads standard output.
pub(super) fn is_dialogue() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Shows a sign of life on a terminal, over the one before. An empty one takes it away.
pub(super) fn show_progress(text: &str) {
    let end = if text.is_empty() { "\u{1b}[K" } else { "" };
    // Nothing is lost when standard error does not take it.
    let _ = write!(io::stderr(), "\r{text}{end}");
}

/// Whether an error is that nobody reads our output any more.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|it| {
        let it = it.downcast_ref::<io::Error>();
        it.is_some_and(|it| it.kind() == io::ErrorKind::BrokenPipe)
    })
}
