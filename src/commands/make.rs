//! `make TARGET`: the recipes of a plain Makefile, each line by itself.
//!
//! Source: <https://www.gnu.org/software/make/manual/make.html>. GNU make passes SIGTERM on to what it
//! runs (`fatal_error_signal` in `src/commands.c`), so it is no shell in between.

use std::collections::BTreeMap;

use super::makefile::Makefile;
use super::run::{Flow, Run};
use super::start::Start;
use crate::workspace::join;

/// The files that are looked for, in this order.
const FILES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];

/// Options that change nothing about what is run.
const SILENT: &[&str] = &["-s", "--silent", "--quiet", "--no-print-directory"];

impl Run<'_, '_> {
    /// Runs what `make` makes. `None` where the project has no Makefile, or one that is not plain.
    pub(super) fn make(&mut self, start: &Start) -> Option<Flow> {
        let mut goals = Vec::new();
        let mut given = BTreeMap::new();
        for word in &start.words[1..] {
            let text = word.text()?;
            match text.split_once('=') {
                _ if SILENT.contains(&text.as_str()) => {}
                _ if text.starts_with('-') => return None,
                Some((name, value)) => drop(given.insert(name.to_owned(), value.to_owned())),
                None => goals.push(text),
            }
        }
        let folder = start.shell.project_path(self.workspace, ".")?;
        let mut paths = FILES.iter().filter_map(|it| join(&folder, it));
        let path = paths.find(|it| self.workspace.is_file(it))?;
        let file = self.workspace.open_if_text(&path)?;
        let text = self.workspace.sources.file(file).shared_text();
        let makefile = self.workspace.of_text(file, Makefile::parse);
        let makefile = (*makefile).as_ref()?;
        if goals.is_empty() {
            goals.push(makefile.first()?.to_owned());
        }
        let workspace = &*self.workspace;
        let is_file = |name: &str| {
            let path = join(&folder, name);
            path.is_some_and(|it| workspace.is_file(&it) || !workspace.names(&it).is_empty())
        };
        let mut lines = Vec::new();
        for goal in &goals {
            lines.extend(makefile.lines(goal, &given, &is_file)?);
        }
        Some(self.recipe(start, (file, &text), lines, None))
    }
}
