//! Conditions in a line of code that settings decide rather than data, told by their words alone.

/// Words of what decides whether something is done at all.
const SWITCHES: &[&str] = &[
    "async",
    "background",
    "conf",
    "debug",
    "enable",
    "env",
    "feature",
    "flag",
    "flipper",
    "inline",
    "pennant",
    "queue",
    "redis",
    "setting",
    "sidekiq",
    "sync",
    "test",
    "toggle",
    "worker",
];

/// Words of conditions, and of what is tried first.
const DECIDING: &[&str] = &[
    "if ", "if(", "if:", "unless ", "unless:", "case ", "when ", "when(", "match(", "match (",
    "switch", "while ", "&&", "||", " ? ", "and ", "or ", "rescue", "catch",
];

/// Whether a setting may decide in this line what happens behind it.
pub(super) fn decides(line: &str) -> bool {
    let line = line.to_lowercase();
    DECIDING.iter().any(|it| line.contains(it)) && SWITCHES.iter().any(|it| line.contains(it))
}
