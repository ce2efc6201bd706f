//! The exit status; everything else lives in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    opslint::cli::start().into()
}
