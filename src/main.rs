//! The exit status and the allocator; everything else lives in the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Facts are many small values: with the system's allocator, a quarter of a run is spent in it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    opslint::cli::start().into()
}
