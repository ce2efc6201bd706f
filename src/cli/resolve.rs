//! `opslint resolve`: what each process will run with.

use std::io::{self, Write};

use crate::analysis::{Analysis, Options};
use crate::discover::{self, Disk};
use crate::report::{ListedSettings, ResolvedOptions, write_resolved};

use super::terminal::Terminal;
use super::{ExitStatus, ResolveArgs, say_broken};

/// Resolves and prints.
pub(super) fn run(args: &ResolveArgs) -> anyhow::Result<ExitStatus> {
    let disk = Disk::new(discover::current_folder()?);
    let (paths, config) = (vec![args.path.clone()], args.config.options());
    let analysis = Analysis::open(disk, Options { paths, config, ..Options::default() })?;
    let answer = analysis.facts();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let options = ResolvedOptions {
        report: Terminal::of(args.color.color).report(),
        process: args.process.as_deref(),
        settings: if args.settings { ListedSettings::All } else { ListedSettings::Changed },
    };
    write_resolved(&mut out, args.format, &answer.projects, &answer.sources, &options)?;
    out.flush()?;
    let broken = &analysis.setup().broken;
    let is_broken = !broken.is_empty();
    say_broken(broken.iter().cloned().chain(answer.problems), &answer.sources)?;
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}
