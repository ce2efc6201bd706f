//! `just RECIPE`: the lines of a plain justfile, each by itself in a shell.
//!
//! Source: <https://just.systems/man/en/>: the nearest `justfile` at or above the folder is taken, and
//! its lines run in its folder.

use std::rc::Rc;

use super::code::Code;
use super::justfile::Justfile;
use super::run::{Flow, Place, Run, Status};
use super::start::Start;
use crate::document::Text;
use crate::source::Span;
use crate::workspace::{join, parent};

/// The files that are looked for; just tells no upper case from lower.
const FILES: &[&str] = &["justfile", "Justfile", ".justfile", "JUSTFILE"];

/// The shell runs the last program of a line in its own place.
const IN_ITS_PLACE: &str = "exec ";

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
        let lines = Justfile::parse(&text)?.lines(&words)?;
        let whole = Text::verbatim(&*text, Span::new(file, 0, text.len()), 0);
        let count = lines.len();
        for (idx, mut line) in lines.into_iter().enumerate() {
            if idx + 1 == count && line.is_simple() {
                line.text.insert_str(0, IN_ITS_PLACE);
                line.pieces.iter_mut().for_each(|it| it.0 += IN_ITS_PLACE.len());
            }
            let may_fail = line.may_fail;
            let code = Rc::new(Code::verbatim(whole.filled(line.text, &line.pieces), None));
            let mut shell = start.shell_with_environment();
            shell.folder = Ok(folder.clone());
            let place = start.place;
            match self.deeper(|it| it.code(&mut shell, &code, place)) {
                _ if place == Place::Condition => return Some(Flow::Next(Status::Unknown)),
                Flow::Next(Status::Failure) | Flow::Return(Status::Failure) if !may_fail => {
                    return Some(Flow::Next(Status::Failure));
                }
                _ => {}
            }
        }
        Some(Flow::Next(Status::Success))
    }
}
