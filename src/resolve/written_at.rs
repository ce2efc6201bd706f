//! Puts what was found in texts that a manifest holds to where they are written: in the manifest.
//!
//! Readers of a ConfigMap's text see a file of its own. Facts of it and what is wrong with it go on
//! with places in the file of the ConfigMap, which is the one that people know and change.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Origin};
use crate::project::{Deployment, Facts};
use crate::source::Span;
use crate::workspace::Workspace;

/// The deployment, and everything that is wrong with files so far.
pub(super) fn put(
    acc: &mut [Diagnostic],
    workspace: &mut Workspace<'_>,
    deployment: &mut Deployment,
) {
    if !workspace.holds_any() {
        return;
    }
    let mut problems = std::mem::take(&mut workspace.problems);
    let place = &Place(workspace);
    acc.iter_mut().chain(&mut problems).for_each(|it| of_diagnostic(it, place));
    of_facts(&mut deployment.facts, place);
    for process in &mut deployment.processes {
        of_facts(&mut process.facts, place);
        process.settings.values_mut().for_each(|it| of_fact(it, place));
        process.environment.iter_mut().for_each(|(_, it)| of_fact(it, place));
        process.environment.open_mut().into_iter().for_each(|it| of_fact(it, place));
    }
    workspace.problems = problems;
}

/// Where the bytes of a span are written.
struct Place<'a, 'w>(&'a Workspace<'w>);

impl Place<'_, '_> {
    fn of(&self, span: Span) -> Span {
        self.0.written_at(span)
    }
}

fn of_facts(facts: &mut Facts, place: &Place<'_, '_>) {
    facts.iter_mut().for_each(|(_, it)| of_fact(it, place));
    facts.anchors_mut().for_each(|it| *it = place.of(*it));
}

fn of_fact(fact: &mut Fact, place: &Place<'_, '_>) {
    of_origin(&mut fact.origin, place);
    fact.overridden.iter_mut().for_each(|it| of_origin(&mut it.origin, place));
}

fn of_origin(origin: &mut Origin, place: &Place<'_, '_>) {
    if let Some(span) = &mut origin.span
        && let new = place.of(*span)
        && new != *span
    {
        // It says the name of the file, and so does who shows the place.
        let path = |it: Span| place.0.sources.file(it.file).path();
        origin.source = origin.source.replace(path(*span), path(new));
        *span = new;
    }
    origin.inputs.iter_mut().for_each(|it| of_shared(&mut it.fact, place));
}

/// Most stand elsewhere, and go on being shared.
fn of_shared(fact: &mut Arc<Fact>, place: &Place<'_, '_>) {
    if is_moved(fact, place) {
        of_fact(Arc::make_mut(fact), place);
    }
}

fn is_moved(fact: &Fact, place: &Place<'_, '_>) -> bool {
    let of_origin = |it: &Origin| {
        it.span.is_some_and(|it| place.of(it) != it)
            || it.inputs.iter().any(|it| is_moved(&it.fact, place))
    };
    of_origin(&fact.origin) || fact.overridden.iter().any(|it| of_origin(&it.origin))
}

fn of_diagnostic(diagnostic: &mut Diagnostic, place: &Place<'_, '_>) {
    let labels = std::iter::once(&mut diagnostic.primary).chain(&mut diagnostic.related);
    labels.for_each(|it| it.span = place.of(it.span));
    diagnostic.facts.iter_mut().for_each(|it| of_shared(&mut it.fact, place));
    for change in diagnostic.proposals.iter_mut().flat_map(|it| &mut it.changes) {
        *change.span_mut() = place.of(change.span());
    }
}
