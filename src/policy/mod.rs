//! Rule files and opslint.toml → a policy that is ready to run.

pub mod config;
pub mod levels;
pub mod rule_keys;
