//! `opslint check --show-config`: each setting and where it comes from.

use std::io::Write as _;

use crate::analysis::Setup;
use crate::outcome::Outcome;
use crate::report::{self, Shown, Wire};

use super::{CheckArgs, ExitStatus, streams};

/// Prints configuration, and what is wrong with it and with rules.
pub(super) fn run(setup: &Setup, args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let secrets = args.secrets.show();
    let text = report::show_config::show_config(&setup.config, &setup.sources, secrets)?;
    let mut out = streams::stdout(Wire::Toml);
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if setup.broken.is_empty() {
        return Ok(ExitStatus::Clean);
    }
    let outcome = Outcome { diagnostics: setup.broken.clone(), ..Outcome::default() };
    let shown = Shown::outcome(outcome, &setup.sources, secrets);
    report::write(&mut streams::report_stderr(), args.format, &shown, &args.report(&[]))?;
    Ok(ExitStatus::Failure)
}
