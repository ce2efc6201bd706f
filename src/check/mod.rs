//! Project × policy → diagnostics.

pub mod suppress;
