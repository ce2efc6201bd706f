//! Logs and metrics of running processes → what they were measured to need.
//!
//! [`Measure`] reads any number of inputs, one after the other, in constant memory. What a line is,
//! is recognised from the line; [`Measure::finish`] gives the [`Measured`] facts of each process,
//! and a [`Report`] on what was read.
//!
//! Nothing of a log but names of processes and numbers leaves this crate: no path, address, header,
//! query or user agent. Names are those of containers, dynos, pods and functions.

mod access;
mod account;
mod collect;
mod envelope;
mod file;
mod input;
mod json;
mod measure;
mod names;
mod number;
mod readers;
mod sample;
mod schema;
mod time;
mod write;

pub use access::{AccessFormat, AccessSyntax};
pub use account::{FileReport, Report, Unrecognised};
pub use file::{
    Boot, Counts, Events, Function, Measured, Memory, Period, Process, Quantiles, Requests,
    SAMPLES_MIN, Slope, VERSION,
};
pub use measure::{Measure, Options};
pub use names::KnownProcess;
pub use sample::Source;
pub use schema::schema;
pub use time::Time;

/// Name of the file that measured facts are kept in, beside opslint.toml.
pub const FILE_NAME: &str = "opslint.measured.toml";
