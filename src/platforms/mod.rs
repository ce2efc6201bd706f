//! The catalog of platforms: plans, limits and defaults, each with a source and a date.
