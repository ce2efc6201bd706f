//! `opslint resolve`: what each process will run with.

use crate::analysis::{Analysis, FactsAnswer, Options};
use crate::discover::{self, Disk};
use crate::report::{ListedSettings, ResolvedOptions, Shown, ShownWorlds, write_resolved};

use super::terminal::Terminal;
use super::{ExitStatus, ResolveArgs, say_broken, streams};

/// Resolves and prints.
pub(super) fn run(args: &ResolveArgs) -> anyhow::Result<ExitStatus> {
    let paths = vec![args.path.clone()];
    let disk = Disk::new(discover::current_folder()?).with_checked(&paths);
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    let FactsAnswer { projects, problems, sources, secrets } = analysis.facts();
    let worlds = analysis.other_worlds(&projects, &sources);
    let worlds = ShownWorlds::new(worlds, &secrets, args.secrets.show());
    let shown = Shown::projects(projects, &sources, &secrets, args.secrets.show());
    let options = ResolvedOptions {
        report: Terminal::of(args.color.color).report(),
        process: args.process.as_deref(),
        settings: if args.settings { ListedSettings::All } else { ListedSettings::Changed },
        worlds: Some(&worlds),
    };
    write_resolved(&mut streams::report_stdout(), args.format, &shown, &options)?;
    let broken = &analysis.setup().broken;
    let is_broken = !broken.is_empty();
    say_broken(broken.iter().cloned().chain(problems), &sources)?;
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}
