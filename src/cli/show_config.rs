//! `opslint check --show-config`: each setting and where it comes from.

use std::io::{self, Write};

use crate::analysis::Setup;
use crate::diagnostic::Outcome;
use crate::report;

use super::{CheckArgs, ExitStatus};

/// Prints configuration, and what is wrong with it and with rules.
pub(super) fn run(setup: &Setup, args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let text = report::show_config::show_config(&setup.config, &setup.sources);
    io::stdout().lock().write_all(text.as_bytes())?;
    if setup.broken.is_empty() {
        return Ok(ExitStatus::Clean);
    }
    let outcome = Outcome { diagnostics: setup.broken.clone(), ..Outcome::default() };
    let mut err = io::stderr().lock();
    report::write(&mut err, args.format, &outcome, &setup.sources, &args.report(&[]))?;
    Ok(ExitStatus::Failure)
}
