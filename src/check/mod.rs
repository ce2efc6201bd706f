//! Project × policy → diagnostics.
