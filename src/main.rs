//! Exit status and error text; everything else lives in the library.
#![expect(clippy::print_stderr, reason = "the one place that talks to the terminal directly")]

use std::process::ExitCode;

use clap::Parser;
use opslint::cli::{Cli, ExitStatus, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(status) => status.into(),
        Err(error) if is_broken_pipe(&error) => ExitStatus::Clean.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitStatus::Failure.into()
        }
    }
}

/// Whoever read our output has enough of it: `opslint … | head` is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|it| {
        it.downcast_ref::<std::io::Error>()
            .is_some_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
