//! One cause is one diagnostic: what follows from something that is said at the same place is not
//! said once more.

use crate::check::assumptions;
use crate::diagnostic::{Diagnostic, Label};
use crate::source::{SourceMap, Span};

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

/// Rules about what is absent: files of one folder that were copied from each other lack it alike.
const ALIKE: &[&str] =
    &["health-check-missing", "https-not-forced", "proxy-headers-not-trusted", "stop-signal-unset"];

/// Makes one of what several files of a folder lack alike: the others are further places of it.
pub(super) fn gather(diagnostics: &mut Vec<Diagnostic>, sources: &SourceMap) {
    let folder = |it: &Diagnostic| {
        let path = sources.file(it.primary.span.file).path();
        path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned())
    };
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for it in diagnostics.drain(..) {
        let is_same = |first: &&mut Diagnostic| {
            (&first.rule, &first.message, &first.help) == (&it.rule, &it.message, &it.help)
                && first.primary.span.file != it.primary.span.file
                && folder(first) == folder(&it)
        };
        let is_alike = ALIKE.contains(&it.rule.as_str());
        match kept.iter_mut().find(|first| is_alike && is_same(first)) {
            Some(first) => {
                let here = Label::new(it.primary.span, "the same here");
                if !first.related.contains(&here) {
                    first.related.push(here);
                }
            }
            None => kept.push(it),
        }
    }
    *diagnostics = kept;
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

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
    fn copies_of_one_file_lack_a_thing_once() {
        let mut sources = SourceMap::new();
        let mut said = |path: &str, rule: &str| {
            let span = Span::start_of(sources.add(path, "x"));
            Diagnostic::new(rule, Severity::Info, "absent", Label::new(span, ""))
        };
        let mut all = vec![
            said("fly.toml", "health-check-missing"),
            said("fly.dev.toml", "health-check-missing"),
            said("api/fly.toml", "health-check-missing"),
            said("fly.toml", "image-without-version"),
            said("fly.dev.toml", "image-without-version"),
        ];
        gather(&mut all, &sources);
        let related: Vec<usize> = all.iter().map(|it| it.related.len()).collect();
        assert_eq!(related, [1, 0, 0, 0]);
    }

    #[test]
    fn a_consequence_is_dropped_only_where_its_cause_is_said() {
        check((4, 9), (4, 9), "invalid-setting", 1);
        check((6, 9), (4, 9), "invalid-setting", 1);
        check((4, 9), (9, 12), "invalid-setting", 2);
        check((4, 9), (4, 9), "fixed-port", 2);
    }
}
