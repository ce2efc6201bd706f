//! What is wrong on account of a statement in opslint.toml is wrong where the process is started.

use crate::diagnostic::{Diagnostic, Label};
use crate::project::{Deployment, Process};
use crate::source::SourceMap;
use crate::vocabulary as v;

/// Moves what points at a statement to the command of the process: there it is changed, there a
/// comment allows it, and there a reviewer looks for it. The statement is a further place.
pub(super) fn at_process(
    diagnostics: &mut [Diagnostic],
    sources: &SourceMap,
    deployment: &Deployment,
    process: &Process,
) {
    let is_statement =
        |it: &Diagnostic| sources.file(it.primary.span.file).path() == deployment.home.file();
    for it in diagnostics.iter_mut().filter(|it| is_statement(it)) {
        let places = [v::SERVER, v::COMMAND].into_iter().filter_map(|it| process.facts.span(it));
        let mut places = places.chain([process.name.span]);
        let Some(at) = places.find(|at| at.file != it.primary.span.file) else { continue };
        let text = match it.primary.text.is_empty() {
            true => "stated here".to_owned(),
            false => std::mem::take(&mut it.primary.text),
        };
        let statement = Label::new(it.primary.span, text);
        it.primary = Label::new(at, "");
        it.related.retain(|it| it.span != at);
        it.related.insert(0, statement);
    }
}
