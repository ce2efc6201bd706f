//! `opslint check --watch`: the report again whenever a file changes, until somebody ends it.
//!
//! Projects stay in memory, and only those that read a file which changed are worked out again.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Args;

use super::fix::counted;
use super::{CheckArgs, ExitStatus, streams};
use crate::analysis::{Analysis, Keep, Options};
use crate::discover::{Disk, Lookout};
use crate::report::{self, Shown};

/// What may follow a check.
#[derive(Debug, Args)]
pub(super) struct MoreArgs {
    /// Allow what is left, with this reason: by comments, and in opslint.toml where a file has none
    #[arg(long, value_name = "REASON", conflicts_with_all = ["diff", "changed_since", "write_baseline", "stdin_filename", "no_suppressions"])]
    pub(super) add_allow: Option<String>,

    /// Report again whenever a file changes
    #[arg(long, conflicts_with_all = ["fix", "diff", "changed_since", "write_baseline", "stdin_filename", "add_allow", "output_file", "statistics", "show_config"])]
    pub(super) watch: bool,
}

/// Between two looks at the files that were read.
const PACE: Duration = Duration::from_millis(150);
/// Between two searches for projects that have come or gone, at least.
const SEARCH_PACE: Duration = Duration::from_secs(2);
/// A look takes at most one part of so many of the time: watching is no work for the machine.
const SHARE: u32 = 20;

/// Takes away what is on the screen, and what was scrolled out of it.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// Checks and watches until the process is ended.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let options = Options { keep: Keep::Projects, ..args.options()? };
    let disk = Arc::new(Disk::here()?.with_checked(&args.paths));
    let lookout = Lookout::new(disk.base());
    let (disk_too, options_too) = (Arc::clone(&disk), options.clone());
    let mut watch = Watch { args, disk: disk_too, options: options_too, lookout, shown: None };
    // What is wrong at the start ends it; later, it may be half written.
    let mut analysis = Analysis::open(disk, options)?;
    loop {
        let round = watch.round(&analysis);
        watch.settle_after(&analysis, round)?;
        let news = watch.wait(&analysis)?;
        if let Err(error) = watch.take(&mut analysis, news) {
            watch.show(format!("error: {error:#}\n"))?;
        }
    }
}

/// What changed: some files, or which projects there are.
enum News {
    Files(Vec<String>),
    Projects(Box<Analysis>),
}

struct Watch<'a> {
    args: &'a CheckArgs,
    disk: Arc<Disk>,
    options: Options,
    lookout: Lookout,
    /// What was printed last; `None` before the first report, which may be an empty one.
    shown: Option<String>,
}

impl Watch<'_> {
    /// The report of now, and the paths of all files that were read for it.
    fn round(&self, analysis: &Analysis) -> anyhow::Result<(String, Vec<String>)> {
        let mut checked = analysis.check(&self.args.scope(), &self.args.judgement()?)?;
        let read = checked.read.iter().map(|it| it.to_string()).collect();
        let outcome = std::mem::take(&mut checked.outcome);
        let shown = Shown::outcome(outcome, &checked.sources, self.args.secrets.show());
        let mut text = Vec::new();
        let rules = self.args.rule_infos(analysis.setup(), shown.get());
        report::write(&mut text, self.args.format, &shown, &self.args.report(&rules))?;
        Ok((String::from_utf8_lossy(&text).into_owned(), read))
    }

    /// Shows what came of a round, and looks at its files from now on.
    fn settle_after(
        &mut self,
        analysis: &Analysis,
        round: anyhow::Result<(String, Vec<String>)>,
    ) -> anyhow::Result<()> {
        let (text, mut read) = round.unwrap_or_else(|it| (format!("error: {it:#}\n"), Vec::new()));
        read.extend(analysis.found().paths.iter().cloned());
        // One may come.
        read.push(crate::policy::config::FILE_NAME.to_owned());
        self.lookout.settle(read.iter().map(String::as_str));
        self.show(text)
    }

    /// Prints a report, unless it stands there already: nothing flickers for a change that changes
    /// nothing.
    fn show(&mut self, text: String) -> anyhow::Result<()> {
        if self.shown.as_ref() == Some(&text) {
            return Ok(());
        }
        let mut out = streams::report_stdout();
        if streams::is_stdout_terminal() {
            let files = counted(self.lookout.len(), "file", "files");
            write!(out, "{CLEAR}{text}\nwatching {files}; Ctrl+C ends\n")?;
        } else {
            write!(out, "{text}")?;
        }
        out.flush()?;
        self.shown = Some(text);
        Ok(())
    }

    /// Waits until something has changed.
    fn wait(&self, analysis: &Analysis) -> anyhow::Result<News> {
        let (_sender, silence) = mpsc::channel::<()>();
        let mut searched = Instant::now();
        let mut pace = PACE;
        let mut search_pace = SEARCH_PACE;
        loop {
            // Nothing is ever sent: the wait ends by its time.
            let _ = silence.recv_timeout(pace);
            let start = Instant::now();
            let changed = self.lookout.changed();
            if !changed.is_empty() {
                return Ok(News::Files(changed));
            }
            pace = PACE.max(start.elapsed() * SHARE);
            if searched.elapsed() >= search_pace {
                let start = Instant::now();
                let fresh = Analysis::open(Arc::clone(&self.disk), self.options.clone());
                if let Ok(fresh) = fresh
                    && fresh.found().paths != analysis.found().paths
                {
                    return Ok(News::Projects(Box::new(fresh)));
                }
                search_pace = SEARCH_PACE.max(start.elapsed() * SHARE);
                searched = Instant::now();
            }
        }
    }

    /// Takes note of what changed. What an error leaves half done is read anew.
    fn take(&self, analysis: &mut Analysis, news: News) -> anyhow::Result<()> {
        match news {
            News::Projects(fresh) => *analysis = *fresh,
            News::Files(paths) => {
                let each = paths.iter().try_for_each(|it| analysis.set_text(it, None));
                if each.is_err() {
                    *analysis = Analysis::open(Arc::clone(&self.disk), self.options.clone())?;
                }
            }
        }
        Ok(())
    }
}
