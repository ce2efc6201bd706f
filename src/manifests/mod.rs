//! Manifests: one file or folder per format → drafts of deployments.
//!
//! A format says which processes there are, with commands, environment and machine. It does not
//! follow a command: `resolve` does that for every format in the same way. Lowering is total: what
//! a file does not say is unknown, never an error.

use crate::document::Document;
use crate::draft::{Context, DeploymentDraft};
use crate::formats::Manifest;

pub(crate) mod app_runner;
pub(crate) mod apppack;
pub(crate) mod catalog;
pub(crate) mod cloud;
pub(crate) mod cloud_foundry;
pub(crate) mod clues;
pub(crate) mod compose;
pub(crate) mod copilot;
pub(crate) mod digitalocean;
pub(crate) mod dokku;
pub(crate) mod ecs;
mod env_file;
pub mod fly;
pub(crate) mod heroku;
pub(crate) mod kamal;
pub(crate) mod kubernetes;
pub(crate) mod lambda;
mod misnamed;
mod npm;
mod on_host;
mod own_image;
mod packages;
pub mod procfile;
pub(crate) mod railway;
pub(crate) mod read;
pub mod render;
mod runtime;
mod shared_folder;
mod sizes;
pub(crate) mod steps;
pub(crate) mod stores;
pub(crate) mod supervisord;
pub(crate) mod systemd;
pub(crate) mod usual;

/// A manifest with what other files add to it: those that it is laid over or extends, and drop-ins.
/// `None` where it is all by itself.
pub(crate) fn whole(
    manifest: Manifest,
    context: &mut Context<'_, '_>,
    document: &Document,
) -> Option<Document> {
    match manifest {
        Manifest::Compose => compose::whole(context, document),
        Manifest::Kamal => kamal::whole(context, document),
        Manifest::Kustomize => kubernetes::kustomize::whole(context, document),
        Manifest::Systemd => systemd::whole(context, document),
        _ => None,
    }
}

/// Lowers one manifest of a format, which is whole.
pub(crate) fn lower(
    manifest: Manifest,
    context: &mut Context<'_, '_>,
    document: &Document,
) -> Vec<DeploymentDraft> {
    let lower = match manifest {
        Manifest::Procfile => procfile::lower,
        Manifest::HerokuYml => heroku::manifest::lower,
        Manifest::AppPack => apppack::lower,
        Manifest::AppRunner => app_runner::lower,
        Manifest::Copilot => copilot::lower,
        Manifest::Fly => fly::lower,
        Manifest::Render => render::lower,
        Manifest::Serverless => lambda::serverless::lower,
        Manifest::Sam => lambda::sam::lower,
        Manifest::Zappa => lambda::zappa::lower,
        Manifest::Chalice => lambda::chalice::lower,
        Manifest::Compose => compose::lower,
        Manifest::DigitalOcean => digitalocean::lower,
        Manifest::Railway => railway::lower,
        Manifest::Systemd => systemd::lower,
        Manifest::CloudRun => cloud::cloud_run::lower,
        Manifest::AppEngine => cloud::app_engine::lower,
        Manifest::Vercel => cloud::vercel::lower,
        Manifest::Netlify => cloud::netlify::lower,
        Manifest::Kubernetes => kubernetes::lower,
        Manifest::Kustomize => kubernetes::kustomize::lower,
        Manifest::Kamal => kamal::lower,
        Manifest::Supervisord => supervisord::lower,
        Manifest::Ecs => ecs::lower,
        Manifest::CloudFoundry => cloud_foundry::lower,
        Manifest::Workflow => cloud::gcloud::lower,
    };
    lower(context, document)
}
