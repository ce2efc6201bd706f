//! Settings that two files set differently.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::{Origin, OriginKind, State};
use crate::policy::config::FILE_NAME;
use crate::project::{Facts, NamedFacts};
use crate::resolve::stated::{INSTANCES, PLAN};
use crate::settings::SettingFact;
use crate::source::{SourceMap, Span};
use crate::vocabulary::{self, FactId};

/// Says where one file sets what another file sets differently: one of the two is not what somebody
/// thinks it is. A variable that a default reads is no second setting: `$PORT` is there to be used,
/// and `$WEB_CONCURRENCY` has a rule of its own.
pub(super) fn settings(acc: &mut Vec<Diagnostic>, sources: &SourceMap, settings: &NamedFacts) {
    let from_file = |origin: &Origin| {
        matches!(origin.kind, OriginKind::Written | OriginKind::Env) && !is_default(origin)
    };
    for (name, fact) in settings {
        let (Some(value), Some(span)) = (fact.value(), fact.origin.span) else { continue };
        let loser = fact.overridden.iter().find(|it| {
            let differs = matches!(&it.state, State::Known(other) if other != value);
            let of_platform = it.origin.inputs.iter().any(|it| is_of_platform(&it.fact.origin));
            differs
                && !of_platform
                && from_file(&it.origin)
                && it.origin.span.is_some_and(|it| it != span)
        });
        if let (Some(loser), true) = (loser, from_file(&fact.origin))
            && let Some(other) = loser.origin.span
        {
            let mut conflict = conflict(name, &fact.state, span, &loser.state, other);
            // In one command nothing is a layer over something else: one of them is a slip.
            if is_on_one_line(sources, span, other) {
                conflict.severity = Severity::Warning;
            }
            acc.push(conflict);
        }
    }
}

/// Says where opslint.toml states something else than a file of the project: the statement wins, and
/// it may be left from a time when the file said nothing.
pub(super) fn stated(
    acc: &mut Vec<Diagnostic>,
    sources: &SourceMap,
    facts: &Facts,
    stated: &[&SettingFact],
) {
    for it in stated {
        let at = it.value.span;
        let id = match it.name.value.as_str() {
            PLAN => Some(vocabulary::MACHINE_PLAN),
            INSTANCES => Some(vocabulary::SCALE_MAX),
            name => FactId::from_name(name),
        };
        // What is tried on the command line is said with it in view.
        let is_in_file = sources.file(at.file).path().ends_with(FILE_NAME);
        let fact = id.and_then(|id| facts.get(id)).filter(|_| is_in_file);
        let Some(fact) = fact.filter(|it| it.origin.span == Some(at)) else { continue };
        let file = fact.overridden.iter().find_map(|it| {
            let is_other = matches!((&it.state, &fact.state), (State::Known(file), State::Known(said)) if file != said);
            let place = it.origin.span.filter(|place| place.file != at.file)?;
            (is_other && it.origin.kind == OriginKind::Written).then_some((&it.state, place))
        });
        if let Some((state, place)) = file {
            let name = it.name.value.as_str();
            let mut conflict = conflict(name, &fact.state, at, state, place);
            conflict.help = Some(format!(
                "take `{name}` out of {FILE_NAME} if the file is right, or change the file"
            ));
            acc.push(conflict);
        }
    }
}

/// Whether nobody wrote a value: the platform sets it.
fn is_of_platform(origin: &Origin) -> bool {
    origin.span.is_none() && matches!(origin.kind, OriginKind::Assumed | OriginKind::Platform)
}

fn is_on_one_line(sources: &SourceMap, a: Span, b: Span) -> bool {
    let between = Span { start: a.end.min(b.end), end: a.start.max(b.start), ..a };
    a.file == b.file && between.start <= between.end && !sources.text(between).contains('\n')
}

/// Whether the value is the one variable that a default reads: it stands where that variable is set.
fn is_default(origin: &Origin) -> bool {
    let [input] = origin.inputs.as_slice() else { return false };
    input.name.starts_with('$') && input.fact.origin.span == origin.span
}

fn conflict(name: &str, wins: &State, span: Span, loses: &State, other: Span) -> Diagnostic {
    let message = format!("`{name}` is set twice: {wins} is used, and {loses} is ignored");
    let label = Label::new(span, "this value is used");
    Diagnostic::new("conflicting-values", Severity::Info, message, label)
        .with_related(other, "this value is ignored")
        .with_help(format!("set `{name}` in one place"))
        .about(name)
}
