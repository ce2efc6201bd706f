//! Diagnostics → bytes. The only place with line numbers and wire formats.

pub mod show_config;
