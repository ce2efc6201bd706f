//! Images that a workflow builds: of which Dockerfile, and what they are called.

use super::{HOLE, Run, around, flag, runs};
use crate::draft::Context;
use crate::programs::listed::images::parts;
use crate::workspace::join;

/// What a workflow has that builds an image.
const MARKS: &[&str] =
    &["docker build", "docker buildx", "docker/build-push-action", "docker image"];

/// A build of an image in a workflow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Built {
    /// The Dockerfile, as a path shown to the user.
    pub(crate) path: String,
    /// The folder that it sees.
    pub(crate) folder: String,
    /// The stage that is built, where one is named.
    pub(crate) target: Option<String>,
}

impl Built {
    /// `docker build`, and `gcloud builds submit`, which builds the Dockerfile of the folder that it
    /// sends.
    pub(crate) fn of(run: &Run) -> Option<Self> {
        let (flags, others) = run.parts(&is_switch);
        let words: Vec<&str> = others.iter().map(|it| it.value.as_str()).collect();
        let context = match words.as_slice() {
            ["docker", "build", rest @ ..]
            | ["docker", "buildx", "build", rest @ ..]
            | ["docker", "image", "build", rest @ ..] => *rest.first()?,
            ["gcloud", "builds", "submit", rest @ ..] if flag(&flags, &["config"]).is_none() => {
                rest.first().copied().unwrap_or(".")
            }
            _ => return None,
        };
        let value = |names: &[&str]| flag(&flags, names).and_then(|it| it.value.as_ref());
        let plain = |it: &str| (!it.contains(HOLE)).then(|| it.to_owned());
        let at = run.folder.as_deref()?;
        let folder = join(at, &plain(context)?)?;
        let path = match value(&["file", "f"]) {
            Some(file) => join(at, &plain(&file.value)?)?,
            None => join(&folder, "Dockerfile")?,
        };
        let target = match value(&["target"]) {
            Some(it) => Some(plain(&it.value)?),
            None => None,
        };
        Some(Self { path, folder, target })
    }

    /// How the workflows around a manifest build an image of this name. `None` where none does, and
    /// where they disagree.
    pub(crate) fn named(context: &mut Context<'_, '_>, image: &str) -> Option<Self> {
        let mut found: Vec<Self> = Vec::new();
        for (folder, document) in around(context, MARKS) {
            let runs = runs(&document.root, &folder);
            let own = runs.iter().filter(|it| tags(it).iter().any(|it| is_same(it, image)));
            found.extend(own.filter_map(Self::of));
        }
        let first = found.pop()?;
        found.iter().all(|it| *it == first).then_some(first)
    }
}

/// Options without a value.
fn is_switch(name: &str) -> bool {
    matches!(name, "push" | "load" | "pull" | "no-cache" | "q" | "quiet" | "async" | "rm")
        || name.starts_with("no-")
}

/// The names that a build gives its image; of an action, one a line or between commas.
fn tags(run: &Run) -> Vec<String> {
    let (flags, _) = run.parts(&is_switch);
    let named = flags.iter().filter(|it| matches!(it.name.as_str(), "t" | "tag"));
    let values = named.filter_map(|it| it.value.as_ref());
    let all = values.flat_map(|it| it.value.split([',', '\n']));
    all.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

/// Whether a build makes the image of a manifest, whichever version of it.
fn is_same(built: &str, image: &str) -> bool {
    let (built, image) = (parts(built).0, parts(image).0);
    !built.contains(HOLE) && built == image
}
