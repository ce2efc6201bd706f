//! Text → `Document`. Total: what was understood, and problems.
