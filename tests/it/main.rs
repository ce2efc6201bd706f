//! One binary for all tests that use the library from outside.

mod analysis;
mod analysis_edits;
mod application_oracle;
mod bad_input;
mod cli;
mod docs;
mod fixtures;
mod formats_oracle;
mod homes;
mod hosting;
mod lambda;
mod layers;
mod oracle_gunicorn;
mod outputs;
mod parse_oracle;
mod python_cases;
mod python_oracle;
mod readme;
mod schema_oracle;
#[cfg(unix)]
mod shell_oracle;
mod tidy;
