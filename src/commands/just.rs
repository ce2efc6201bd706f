//! `just RECIPE`: the lines of a plain justfile, each by itself in a shell.
//!
//! Source: <https://just.systems/man/en/>: the nearest `justfile` at or above the folder is taken, and
//! its lines run in its folder.

use super::justfile::Justfile;
use super::run::{Flow, Run};
use super::start::Start;
use crate::workspace::{join, parent};

/// The files that are looked for; just tells no upper case from lower.
const FILES: &[&str] = &["justfile", "Justfile", ".justfile", "JUSTFILE"];

impl Run<'_, '_> {
    /// Runs what `just` makes. `None` where the project has no justfile, or one that is not plain.
    pub(super) fn just(&mut self, start: &Start) -> Option<Flow> {
        let words: Option<Vec<String>> = start.words[1..].iter().map(|it| it.text()).collect();
        let words = words.filter(|it| !it.first().is_some_and(|it| it.starts_with('-')))?;
        let mut folder = start.shell.project_path(self.workspace, ".")?;
        let path = loop {
            let mut paths = FILES.iter().filter_map(|it| join(&folder, it));
            match paths.find(|it| self.workspace.is_file(it)) {
                Some(path) => break path,
                None if folder.is_empty() || folder == "/" => return None,
                None => folder = parent(&folder).to_owned(),
            }
        };
        let file = self.workspace.open_if_text(&path)?;
        let text = self.workspace.sources.file(file).shared_text();
        let justfile = self.workspace.of_text(file, Justfile::parse);
        let lines = (*justfile).as_ref()?.lines(&words)?;
        Some(self.recipe(start, (file, &text), lines, Some(&folder)))
    }
}
