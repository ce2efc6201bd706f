//! The lines of a recipe of make or just, each by itself in a shell.

use std::rc::Rc;

use super::code::Code;
use super::makefile::Line;
use super::run::{Flow, Place, Run, Status};
use super::start::Start;
use crate::document::{Segment, Text};
use crate::source::{FileId, Span};

/// What stands in front of the program of the last line: make starts a plain one without a shell, and
/// the shell of just runs it in its own place.
const IN_ITS_PLACE: &str = "exec ";

impl Run<'_, '_> {
    /// Runs the lines of a recipe, until one that may not fail does. They run in `folder`, or where
    /// the program was started.
    pub(super) fn recipe(
        &mut self,
        start: &Start,
        (file, text): (FileId, &str),
        lines: Vec<Line>,
        folder: Option<&str>,
    ) -> Flow {
        let span = Span::new(file, 0, text.len());
        let count = lines.len();
        for (idx, mut line) in lines.into_iter().enumerate() {
            if idx + 1 == count && line.is_simple() {
                line.text.insert_str(0, IN_ITS_PLACE);
                line.pieces.iter_mut().for_each(|it| it.0 += IN_ITS_PLACE.len());
            }
            let may_fail = line.may_fail;
            let pieces = line.pieces.iter().filter(|(_, range)| !range.is_empty());
            let segments = pieces.map(|(at, range)| Segment {
                decoded: *at,
                source: range.start,
                len: range.len(),
            });
            let text = Text::new(line.text, span, segments.collect());
            let code = Rc::new(Code::verbatim(text, None));
            let mut shell = start.shell_with_environment();
            if let Some(folder) = folder {
                shell.folder = Ok(folder.to_owned());
            }
            match self.process(&mut shell, &code, start.place) {
                _ if start.place == Place::Condition => return Flow::Next(Status::Unknown),
                Flow::Next(Status::Failure) if !may_fail => {
                    return Flow::Next(Status::Failure);
                }
                _ => {}
            }
        }
        Flow::Next(Status::Success)
    }
}
