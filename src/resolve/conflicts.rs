//! Settings that two files set differently.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::{Fact, Origin, OriginKind, State};
use crate::source::Span;

/// Says where one file sets what another file sets differently: one of the two is not what somebody
/// thinks it is. A variable that a default reads is no second setting: `$PORT` is there to be used,
/// and `$WEB_CONCURRENCY` has a rule of its own.
pub(super) fn settings(acc: &mut Vec<Diagnostic>, settings: &BTreeMap<String, Fact>) {
    let from_file = |origin: &Origin| {
        matches!(origin.kind, OriginKind::Written | OriginKind::Env) && !is_default(origin)
    };
    for (name, fact) in settings {
        let (Some(value), Some(span)) = (fact.value(), fact.origin.span) else { continue };
        let loser = fact.overridden.iter().find(|it| {
            let differs = matches!(&it.state, State::Known(other) if other != value);
            differs && from_file(&it.origin) && it.origin.span.is_some_and(|it| it != span)
        });
        if let (Some(loser), true) = (loser, from_file(&fact.origin))
            && let Some(other) = loser.origin.span
        {
            acc.push(conflict(name, &fact.state, span, &loser.state, other));
        }
    }
}

/// Whether the value is the one variable that a default reads: it stands where that variable is set.
fn is_default(origin: &Origin) -> bool {
    let [input] = origin.inputs.as_slice() else { return false };
    input.name.starts_with('$') && input.fact.origin.span == origin.span
}

fn conflict(name: &str, wins: &State, span: Span, loses: &State, other: Span) -> Diagnostic {
    let message = format!("`{name}` is set twice: {wins} wins over {loses}");
    let label = Label::new(span, "this wins");
    Diagnostic::new("conflicting-values", Severity::Info, message, label)
        .with_related(other, "this has no effect")
        .with_help(format!("set `{name}` in one place"))
        .about(name)
}
