//! `opslint init`: an opslint.toml for this project, with what its files leave open.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context;

use crate::analysis::{Analysis, ConfigFile, ConfigOptions, FactsAnswer, Options};
use crate::discover::{self, Disk};
use crate::policy::config;
use crate::report::{Ink, ShowSecrets, Shown, Wire, starting_config};

use super::{ExitStatus, InitArgs, streams};

/// For the `.pre-commit-config.yaml` of a project.
const PRE_COMMIT: &str = concat!(
    "  - repo: https://github.com/opslint/opslint\n",
    "    rev: v",
    env!("CARGO_PKG_VERSION"),
    "\n    hooks:\n      - id: opslint\n"
);

/// Writes the file, and says what to do next.
pub(super) fn run(args: &InitArgs) -> anyhow::Result<ExitStatus> {
    let disk = Disk::new(discover::current_folder()?);
    let config = ConfigOptions { file: ConfigFile::Ignored, ..ConfigOptions::default() };
    let options = Options { paths: vec![".".into()], config, ..Options::default() };
    let FactsAnswer { projects, sources, secrets, .. } = Analysis::open(disk, options)?.facts();
    let shown = Shown::projects(projects, &sources, &secrets, ShowSecrets::Never);
    let (text, asked) = starting_config(&shown)?;
    if args.stdout {
        let mut out = streams::stdout(Wire::Toml);
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(ExitStatus::Clean);
    }
    discover::write_new(Path::new(config::FILE_NAME), &text)
        .with_context(|| format!("cannot write {}", config::FILE_NAME))?;
    let open = match asked {
        0 => "the files of this project leave nothing open".to_owned(),
        1 => "1 value that no file says is in it as a comment".to_owned(),
        asked => format!("{asked} values that no file says are in it as comments"),
    };
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    writeln!(out, "wrote {}: {open}", config::FILE_NAME)?;
    writeln!(out, "\nTo run on every commit, add to .pre-commit-config.yaml:\n\n{PRE_COMMIT}")?;
    out.flush()?;
    Ok(ExitStatus::Clean)
}
