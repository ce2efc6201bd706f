//! What a manifest mounts into a container, and images that run nothing else.
//!
//! `python:3.12` with the project mounted to `/app` is an image as good as one that copies it: what is
//! mounted is what runs.

use std::sync::Arc;

use super::{Build, Image, Project, Variables, from, made};
use crate::document::Text;
use crate::draft::Context;
use crate::workspace::{Copied, Ignored};

/// An image that nobody here builds, as its bare name in a `FROM` would make it.
pub(crate) fn published(context: &mut Context<'_, '_>, name: &Text, folder: &str) -> Image {
    let budget = Arc::clone(context.workspace.budget());
    let no_argument = |_: &str| None;
    let project = Project {
        context: folder,
        escape: '\\',
        arguments: &no_argument,
        global_arguments: Variables::new(),
        budget: &budget,
        is_file: &|_| false,
        list: &|_| Vec::new(),
    };
    let stage = from(&project, &[], name);
    let build = Build { path: "", context: folder, target: None, arguments: &no_argument };
    made(stage, &build, None, Ignored::default())
}

impl Image {
    /// Mounts parts of the project, and at `hidden` what nobody can look into, into a container that
    /// starts in `start`, where that is another folder than the image's own.
    pub(crate) fn mount(&mut self, mounted: Vec<Copied>, hidden: &[String], start: Option<&str>) {
        let files = Arc::make_mut(&mut self.files);
        if let Some(start) = start {
            start.clone_into(&mut files.start);
        }
        files.mount(mounted, hidden);
        self.folder.clone_from(&files.folder);
    }
}
