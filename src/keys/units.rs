//! Numbers as diagnostics show them.

/// A number of units as a user would say it: `300 ns`, `0.5`.
pub(super) fn plain(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => format!("{}", value as i64),
        false => format!("{value}"),
    }
}
