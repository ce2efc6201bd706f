//! `opslint measure`: logs and metrics → opslint.measured.toml.

use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::slice::from_ref;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};

use crate::analysis::{Analysis, Options};
use crate::discover::{self, Disk, Stream};
use crate::measure::{self, AccessFormat, AccessSyntax, FileReport, Measure, Measured};
use crate::report::{Wire, write_measured, write_unread};

use super::terminal::{self, Stream as Standard};
use super::{ExitStatus, MeasureArgs, streams};

/// Name of standard input.
const STDIN: &str = "-";

/// Runs shorter than this show no progress, and the time between two looks at it.
const PATIENCE: Duration = Duration::from_millis(600);
const PACE: Duration = Duration::from_millis(120);

/// Cells of the progress bar.
const CELLS: u64 = 24;

/// Reads, and writes what was measured.
pub(super) fn run(args: &MeasureArgs) -> anyhow::Result<ExitStatus> {
    let inputs = inputs(&args.files)?;
    let mut options = measuring(args)?;
    for text in &args.access_format {
        let syntax = if text.contains("%(") { AccessSyntax::Gunicorn } else { AccessSyntax::Nginx };
        let Some(format) = AccessFormat::new(syntax, text) else {
            bail!(
                "`--access-format {text}`: no line can be read by it; it needs the status, \
                 `%(s)s` or `$status`, and a text between any two fields"
            );
        };
        options.access_formats.insert(0, format);
    }
    let mut measure = Measure::new(options);
    let all = inputs.iter().map(|it| it.1.as_ref()?.size).sum();
    let mut progress = Progress::new(all);
    let mut grown = Vec::new();
    for (name, input) in inputs {
        let before = progress.read;
        let Some(input) = input else {
            measure.read(&name, progress.watch(io::stdin().lock()));
            continue;
        };
        let size = input.size;
        measure.read(&name, progress.watch(input));
        if size.is_some_and(|it| it < progress.read - before) {
            grown.push(name);
        }
    }
    progress.end();
    let (mut measured, report) = measure.finish();
    if let Some(FileReport { name, error: Some(error), .. }) =
        report.files.iter().find(|it| it.error.is_some())
    {
        bail!("cannot read `{name}` to its end: {error}; nothing was written");
    }
    for name in grown {
        let text = format!("{name} grew while it was read, up to where it ended then");
        streams::say("note", &text);
    }
    write_unread(&mut streams::stderr(terminal::ink_of(Standard::Error)), &report)?;
    if measured.processes.is_empty() {
        bail!("nothing was measured, so nothing was written");
    }
    measured.written = args.config.today()?.to_string();
    finish(args, &measured)
}

fn finish(args: &MeasureArgs, measured: &Measured) -> anyhow::Result<ExitStatus> {
    let text = measured.to_toml();
    if args.print {
        let mut out = streams::stdout(Wire::Toml);
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(ExitStatus::Clean);
    }
    let path = args.project.join(measure::FILE_NAME);
    let shown = path.strip_prefix(".").unwrap_or(&path).display();
    let disk = Disk::here()?.with_checked(from_ref(&args.project));
    if disk.leads_out(&path) {
        bail!("cannot write {shown}: a link there leads out of the project");
    }
    let place = disk.place_to_write(&path);
    let place = place.map_err(|it| anyhow!("cannot write {shown}: {}", it.in_words()))?;
    discover::write(&place, text.as_bytes()).with_context(|| format!("cannot write {shown}"))?;
    let mut out = streams::stdout(Wire::Prose(terminal::ink_of(Standard::Output)));
    writeln!(out, "wrote {shown}\n")?;
    write_measured(&mut out, measured)?;
    writeln!(
        out,
        "\nfrom now on, `opslint check` and `opslint plan` take these values for measured"
    )?;
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// What the project says about its processes and logs.
fn measuring(args: &MeasureArgs) -> anyhow::Result<measure::Options> {
    let paths = vec![args.project.clone()];
    let disk = Disk::here()?.with_checked(&paths);
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let options = Analysis::open(disk, options)?.measuring();
    if let Some(name) = &args.process {
        let known: Vec<&str> = options.processes.iter().map(|it| it.name.as_str()).collect();
        if !known.is_empty() && !known.contains(&name.as_str()) {
            bail!(
                "`--process {name}`: the project has no such process; it has {}",
                known.join(", ")
            );
        }
    }
    Ok(measure::Options { process: args.process.clone(), ..options })
}

/// Opens everything that was named, before anything is read.
fn inputs(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Option<Stream>)>> {
    let mut inputs = Vec::new();
    for path in paths {
        let shown = path.display();
        if path == Path::new(STDIN) {
            inputs.push(("standard input".to_owned(), None));
            continue;
        }
        let found = discover::streams(path).with_context(|| format!("cannot list `{shown}`"))?;
        if found.is_empty() {
            bail!("no file matches `{shown}`");
        }
        for path in found {
            let shown = path.display().to_string();
            let stream = Stream::open(&path).with_context(|| format!("cannot read `{shown}`"))?;
            inputs.push((shown, Some(stream)));
        }
    }
    Ok(inputs)
}

/// A bar on a terminal that says how much was read, while that takes long.
struct Progress {
    /// Bytes of all inputs, unless one of them is a pipe.
    all: Option<u64>,
    read: u64,
    next: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    fn new(all: Option<u64>) -> Self {
        let next = streams::is_stderr_terminal().then(|| Instant::now() + PATIENCE);
        Self { all, read: 0, next, is_shown: false }
    }

    fn watch<R: Read>(&mut self, input: R) -> Watched<'_, R> {
        Watched { input, progress: self }
    }

    fn took(&mut self, bytes: usize) {
        self.read += bytes as u64;
        let now = Instant::now();
        if self.next.is_some_and(|it| it <= now) {
            self.next = Some(now + PACE);
            self.is_shown = true;
            streams::show_progress(&self.text());
        }
    }

    fn text(&self) -> String {
        let mb = |bytes: u64| bytes / 1_000_000;
        let Some(all) = self.all.filter(|it| *it > 0) else {
            return format!("{} MB read", mb(self.read));
        };
        // A file that grows is longer than it was.
        let read = self.read.min(all);
        let full = usize::try_from(read * CELLS / all).unwrap_or_default();
        let bar = "#".repeat(full) + &".".repeat(CELLS as usize - full);
        format!("[{bar}] {:>3} % of {} MB", read * 100 / all, mb(all))
    }

    fn end(&self) {
        if self.is_shown {
            streams::show_progress("");
        }
    }
}

/// An input whose bytes are counted.
struct Watched<'a, R> {
    input: R,
    progress: &'a mut Progress,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.progress.took(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_and_never_overflows() {
        let mut progress =
            Progress { all: Some(200_000_000), read: 0, next: None, is_shown: false };
        assert_eq!(progress.text(), format!("[{}]   0 % of 200 MB", ".".repeat(24)));
        progress.took(100_000_000);
        assert_eq!(
            progress.text(),
            format!("[{}{}]  50 % of 200 MB", "#".repeat(12), ".".repeat(12))
        );
        progress.took(300_000_000);
        assert_eq!(progress.text(), format!("[{}] 100 % of 200 MB", "#".repeat(24)));
    }
}
