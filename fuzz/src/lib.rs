//! What is fuzzed, in one place: `cargo fuzz` and the runner for a stable compiler share it.
//!
//! A target takes any bytes and panics when opslint does something that it must not: a panic, a
//! span outside of its file, a report that is not what its format says, a control character in what
//! people read. The runner adds limits of time and memory.

pub mod chains;
pub mod mutate;
pub mod seeds;
mod targets;

/// Something that takes any input.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of the program of `cargo fuzz`.
    pub name: &'static str,
    /// Whether fixtures of this path are inputs to start from.
    pub takes: fn(&str) -> bool,
    /// Does what is to be done with an input. Panics where something is wrong.
    pub run: fn(&str),
}

/// Every target.
pub const TARGETS: &[Target] = targets::TARGETS;

/// Runs one target. Bytes that are no text are made one: files that are none never get to parsers.
///
/// # Panics
/// When opslint does something that it must not, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|it| it.name == name).expect("the name of a target");
    (target.run)(&String::from_utf8_lossy(data));
}
