//! Documents → project: what each process will really run with.
//!
//! One file per format. Lowering is total: what a file does not say is unknown, never an error.

pub mod command;
pub mod gunicorn;
pub mod launch;
pub mod python;
pub mod servers;
