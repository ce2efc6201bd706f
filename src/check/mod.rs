//! Project × policy → diagnostics.

pub mod baseline;
pub mod fingerprint;
pub mod suppress;
