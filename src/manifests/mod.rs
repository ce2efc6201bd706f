//! Manifests: one file or folder per format → drafts of deployments.
//!
//! A format says which processes there are, with commands, environment and machine. It does not
//! follow a command: `resolve` does that for every format in the same way. Lowering is total: what
//! a file does not say is unknown, never an error.

pub(crate) mod apppack;
pub(crate) mod catalog;
pub(crate) mod cloud;
pub(crate) mod compose;
pub(crate) mod digitalocean;
mod dokku;
pub mod fly;
pub(crate) mod heroku;
pub(crate) mod lambda;
pub mod procfile;
pub(crate) mod railway;
pub(crate) mod read;
pub mod render;
mod runtime;
pub(crate) mod systemd;
