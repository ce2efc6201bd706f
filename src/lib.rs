//! opslint: policy as code for the files that put a web app into production.
//!
//! # Flow
//!
//! ```text
//! paths ─discover→ files ─parse→ documents ─lower→ project ─check→ diagnostics ─report→ bytes
//!                                   platforms ↗        policy ↗
//! ```
//!
//! # Map
//!
//! Folders are stages, files beside them are the data that stages hand on.
//!
//! | stage | does |
//! | --- | --- |
//! | `discover` | paths → files of projects; the only reader of files |
//! | `parse` | text → [`document::Document`], spans on every key and value |
//! | `keys` | documents × tables of keys → diagnostics about the files themselves |
//! | `lower` | documents → [`project::Project`]: effective facts with their origins |
//! | `platforms` | the catalog: plans, limits and defaults of platforms |
//! | `policy` | rule files and opslint.toml → rules that are ready to run |
//! | `check` | project × policy → [`diagnostic::Diagnostic`]s |
//! | `report` | diagnostics → bytes |
//!
//! # Invariants
//!
//! - Only `discover` and `main` do I/O. Nothing uses the network.
//! - Parsing and lowering are total: they return what they understood, and problems.
//! - Spans come from parsers, never from a later search.
//! - An unknown value never fires a rule.
//! - Output is the same for the same input: no hash order, no clock, no absolute paths.
//! - Only `report` makes line numbers and wire formats.

pub mod budget;
pub mod check;
pub mod cli;

pub mod diagnostic;
pub mod discover;
pub mod document;
pub mod fact;
pub mod formats;
pub mod keys;
pub mod lower;
pub mod parse;
pub mod platforms;
pub mod policy;
pub mod project;
pub mod report;
pub mod rule;
pub mod run;
pub mod settings;
pub mod source;
pub mod vocabulary;
pub mod workspace;
