//! The workflows around a file of the project.

use std::sync::Arc;

use crate::document::Document;
use crate::draft::Context;
use crate::parse::Syntax;
use crate::workspace::{join, parent};

/// Where GitHub has its workflows.
const GITHUB: &str = ".github/workflows";

/// Where GitLab has its own.
const GITLAB: &str = ".gitlab-ci.yml";

/// The most workflows of a folder that are looked into.
const FILES_MAX: usize = 24;

/// The workflows in the manifest's folder and in those above it that have one of these texts, each
/// with the folder that its commands start in.
pub(crate) fn around(
    context: &mut Context<'_, '_>,
    texts: &[&str],
) -> Vec<(String, Arc<Document>)> {
    let mut found = Vec::new();
    let mut folder = parent(context.manifest).to_owned();
    loop {
        for path in paths(context, &folder) {
            let is_of_use = |text: &str| texts.iter().any(|it| text.contains(it));
            let Some(file) = context.workspace.open_if(&path, &is_of_use) else {
                let encoded = context.workspace.text_of_encoded(&path);
                if encoded.is_some_and(|it| is_of_use(&it)) {
                    // Says that what it does is not known.
                    context.workspace.open(&path);
                }
                continue;
            };
            let document = context.workspace.look_into(file, Syntax::Yaml);
            found.push((folder.clone(), document));
        }
        if folder.is_empty() {
            return found;
        }
        folder = parent(&folder).to_owned();
    }
}

fn paths(context: &Context<'_, '_>, folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    if let Some(inner) = join(folder, GITHUB) {
        let names = context.workspace.list(&inner).into_iter();
        let names = names.filter(|it| it.ends_with(".yml") || it.ends_with(".yaml"));
        paths.extend(names.take(FILES_MAX).filter_map(|it| join(&inner, &it)));
    }
    let gitlab = join(folder, GITLAB);
    paths.extend(gitlab.filter(|it| context.workspace.is_file(it)));
    paths
}
