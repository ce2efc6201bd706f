//! The data that opslint's stages hand on: texts and their places, trees, facts with their origins,
//! projects, what opslint.toml states, diagnostics.
//!
//! Nothing here reads a file, knows a format or decides anything.

pub mod absence;
pub mod assumption;
pub mod budget;
pub mod diagnostic;
pub mod document;
pub mod fact;
pub mod fix;
pub mod glob;
pub mod home;
pub mod known;
pub mod launch;
pub mod named;
pub mod outcome;
pub mod project;
pub mod secret;
pub mod settings;
pub mod source;
pub mod spelling;
pub mod visible;

pub use opslint_names::vocabulary;
