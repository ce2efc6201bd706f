//! One cause is one diagnostic: what follows from something that is said at the same place is not
//! said once more.

use crate::check::assumptions;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// By the rule that names a cause, the rules that only name what follows from it there.
const CONSEQUENCES: &[(&str, &[&str])] = &[
    // Whoever gets `$PORT` as it stands refuses it.
    (
        "unexpanded-variable",
        &["invalid-setting", "gunicorn-rejected-value", "gunicorn-invalid-bind"],
    ),
    // Fewer workers is the advice of both.
    ("memory-overcommit", &["workers-from-host-cpus", "too-many-workers", "celery-never-replaced"]),
    ("python-refused-by-buildpack", &["python-end-of-life"]),
    // The second of two values is judged when it is the only one.
    ("duplicate-key", &["wrong-type", "value-not-allowed", "value-out-of-range", "unknown-key"]),
];

/// The diagnostics without those that follow from others.
pub(crate) fn without_consequences(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for (cause, consequences) in CONSEQUENCES {
        let is_cause = |it: &&Diagnostic| it.rule == *cause;
        let labels = |it: &Diagnostic| {
            std::iter::once(&it.primary).chain(&it.related).map(|it| it.span).collect::<Vec<_>>()
        };
        let place = |it: &Diagnostic| {
            let is_open = assumptions::rests_on_world(it);
            labels(it).into_iter().map(move |span| (span, is_open)).collect::<Vec<_>>()
        };
        let causes: Vec<(Span, bool)> =
            diagnostics.iter().filter(is_cause).flat_map(place).collect();
        if causes.is_empty() {
            continue;
        }
        diagnostics.retain(|it| {
            let follows = consequences.contains(&it.rule.as_str());
            // What is so on an assumed machine alone hides nothing that is so on every other.
            let hides = |(cause, is_open): &(Span, bool)| {
                overlap(*cause, it.primary.span) && (!is_open || assumptions::rests_on_world(it))
            };
            !(follows && causes.iter().any(hides))
        });
    }
    diagnostics
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Severity};
    use crate::source::SourceMap;

    fn check(cause: (u32, u32), follows: (u32, u32), rule: &str, expect: usize) {
        let start = Span::start_of(SourceMap::new().add("x", ""));
        let said = |rule: &str, (from, to): (u32, u32)| {
            let span = Span { start: from, end: to, ..start };
            Diagnostic::new(rule, Severity::Error, "", Label::new(span, ""))
        };
        let all = vec![said(rule, follows), said("unexpanded-variable", cause)];
        assert_eq!(without_consequences(all).len(), expect, "{cause:?} {follows:?} {rule}");
    }

    #[test]
    fn a_consequence_is_dropped_only_where_its_cause_is_said() {
        check((4, 9), (4, 9), "invalid-setting", 1);
        check((6, 9), (4, 9), "invalid-setting", 1);
        check((4, 9), (9, 12), "invalid-setting", 2);
        check((4, 9), (4, 9), "fixed-port", 2);
    }
}
