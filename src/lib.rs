//! opslint: policy as code for the files that put a web app into production.
//!
//! # Flow
//!
//! ```text
//! paths ─discover→ files ─parse→ documents ─resolve→ project ─check→ diagnostics ─report→ bytes
//!                       manifests, platforms ↗         policy ↗
//! ```
//!
//! # Map
//!
//! Folders are stages; the data that they hand on and the layers with a life of their own are
//! crates, whose modules are re-exported here. A stage uses only what stands below it:
//! `tests/it/layers.rs` has the order, and fails on an import that goes up.
//!
//! | stage | does |
//! | --- | --- |
//! | `discover` | paths → files of projects; the only reader of files |
//! | `formats` | the table of file formats: their names, and how each is told by its content |
//! | `parse` | text → [`document::Document`], spans on every key and value |
//! | `edit` | what is to be different in a file → bytes, and nothing else touched |
//! | `quantity` | text → sizes and durations, one function for each published grammar |
//! | `keys` | documents × tables of keys → diagnostics about the files themselves |
//! | `manifests` | documents → [`draft::DeploymentDraft`]s, one file or folder per format |
//! | `images` | Dockerfiles and the proxies in images → what is built, what stands in front |
//! | `commands` | a command as written → the programs it starts ([`launch::Launch`]) |
//! | `packages` | requirements, lock files, build commands → what of Python is installed |
//! | `programs` | a program and its options → its settings: gunicorn, uvicorn, celery, … |
//! | `apps` | the application that a server serves → its settings: Django, Flask |
//! | `python` | a Python file → what its names are, without running it |
//! | `measure` | logs and metrics → what processes were measured to need |
//! | `resolve` | all of these → [`project::Project`]: effective facts with their origins |
//! | `platforms` | the catalog: plans, limits and defaults of platforms |
//! | `policy` | rule files and opslint.toml → rules that are ready to run |
//! | `plan` | project × request → capacity, cost, choices ([`plan::Plan`]) |
//! | `check` | project × policy → [`diagnostic::Diagnostic`]s |
//! | `fixes` | what would fix a diagnostic → edits of files, checked before they count |
//! | `analysis` | all of it: files in, diagnostics and facts out; what front ends and tests call |
//! | `report` | diagnostics → bytes |
//! | `lsp` | what an editor asks → answers of `analysis` |
//!
//! # Invariants
//!
//! - Only `discover` reads and writes files; `cli` has the terminal and the environment. Nothing
//!   uses the network.
//! - Parsing and lowering are total: they return what they understood, and problems.
//! - Spans come from parsers, never from a later search.
//! - An unknown value never fires a rule.
//! - A project is worked out alone, and side by side with others; what is shared is `Send + Sync`.
//! - Output is the same for the same input: no hash order, no clock, no absolute paths.
//! - Only `report` makes wire formats.

pub mod analysis;
pub mod apps;
pub mod check;
pub mod cli;
pub mod commands;
pub mod discover;
pub mod draft;
pub mod examples;
pub mod fixes;
pub mod formats;
pub mod images;
pub mod keys;
pub mod lsp;
pub mod manifests;
pub mod packages;
mod packed;
pub mod plan;
pub mod platforms;
pub mod policy;
pub mod programs;
pub mod report;
pub mod resolve;

pub use opslint_measure as measure;
pub use opslint_model::{
    absence, assumption, budget, diagnostic, document, fact, fix, glob, known, launch, outcome,
    project, secret, settings, source, spelling, visible, vocabulary,
};
pub use opslint_python as python;
pub use opslint_syntax::{edit, nearest, parse, quantity, workspace};
