//! Diagnostics → bytes. The only place with line numbers and wire formats.

pub mod explain;
pub mod schema;
pub mod show_config;
pub mod suppressions;
