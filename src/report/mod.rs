//! Diagnostics → bytes. The only place with line numbers and wire formats.
