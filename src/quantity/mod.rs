//! Sizes and durations: one function for each published grammar, whoever asks.
//!
//! What a file means and what may be written in it are both worked out here, so that facts, checks
//! of keys, rules and configuration cannot disagree about a text.

pub mod go;
