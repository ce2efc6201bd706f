//! `opslint resolve`: what each process will run with.

use crate::check;
use crate::discover::{self, Disk, shown_path};
use crate::report::{ListedSettings, ResolvedOptions, Shown, write_resolved};
use crate::run;
use crate::workspace::Workspace;

use super::session::{Session, config_folder};
use super::terminal::Terminal;
use super::{ExitStatus, ResolveArgs, say_broken, streams};

/// Resolves and prints.
pub(super) fn run(args: &ResolveArgs) -> anyhow::Result<ExitStatus> {
    let paths = std::slice::from_ref(&args.path);
    let disk = Disk::new(discover::current_folder()?).with_checked(paths);
    let found = discover::find(&disk, paths)?;
    let mut workspace = Workspace::new(&disk);
    let named = vec![shown_path(disk.base(), &args.path)];
    let folder = config_folder(&found, &named);
    let session = Session::open(&disk, &mut workspace, &folder, &args.config)?;
    let (projects, problems) = run::resolve(&mut workspace, &found.paths, &session.surroundings);
    let sources = &workspace.sources;
    let secrets = check::secrets(&workspace, &projects);
    let shown = Shown::projects(projects, sources, &secrets, args.secrets.show());
    let options = ResolvedOptions {
        report: Terminal::of(args.color.color).report(),
        process: args.process.as_deref(),
        settings: if args.settings { ListedSettings::All } else { ListedSettings::Changed },
    };
    write_resolved(&mut streams::report_stdout(), args.format, &shown, &options)?;
    let is_broken = !session.broken.is_empty();
    say_broken(session.broken.into_iter().chain(problems), sources)?;
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}
