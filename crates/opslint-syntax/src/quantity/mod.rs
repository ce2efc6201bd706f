//! Sizes and durations: one function for each published grammar, whoever asks.
//!
//! What a file means and what may be written in it are both worked out here, so that facts, checks
//! of keys, rules and configuration cannot disagree about a text. `tests/vendors.txt` has what the
//! programs themselves make of many texts.

pub mod cron;
pub mod fpm;
pub mod go;
pub mod java;
pub mod kubernetes;
pub mod nginx;
pub mod own;
pub mod systemd;

#[cfg(test)]
mod tests;

/// Bytes of a megabyte: all of opslint counts memory in units of 1024 × 1024 bytes.
pub const MEGABYTE: i64 = 1 << 20;

/// The digits and points at the start of a text, and what stands behind them.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    text.split_at(end)
}
