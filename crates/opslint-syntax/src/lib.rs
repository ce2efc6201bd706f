//! Texts → trees and numbers: the files of a run, parsers, sizes and durations, suggestions.
//!
//! Parsers are total: they return what they understood, and problems; no text makes them panic.

use opslint_model::{budget, diagnostic, document, fact, fix, source};

pub mod edit;
pub mod parse;
pub mod quantity;
pub mod workspace;

pub use opslint_names::nearest;
