//! A variable without which the code of a process cannot be loaded: `os.environ["SECRET_KEY"]`.
//!
//! It is looked for where the manifest lists all variables of the process, so that what it does not
//! set is not set. What code catches, and what a file of variables may still set, is none.

use super::entry::Entry;
use super::{Application, SETTINGS_MODULE, Source};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::source::FileId;
use crate::vocabulary as v;

/// The first such variable, where the code reads it.
pub(super) fn variable(
    source: &mut Source<'_, '_>,
    entry: Option<&Entry>,
    application: &Application,
) -> Option<Fact> {
    let without = source.environment.without_others()?;
    let before = std::mem::replace(&mut source.environment, without);
    let settings = settings(source, application);
    let calls = source.calls.len();
    let entry = entry.map(|it| (it.file, it.is_called.then_some(it.name.as_str())));
    let mut files = entry.into_iter().chain(settings.map(|it| (it, None)));
    let found = files.find_map(|(file, call)| {
        let failure = source.evaluate(file, call).failure?;
        Some((failure.variable?, failure.span))
    });
    source.environment = before;
    source.calls.truncate(calls);
    let (name, span) = found?;
    let origin = Origin::written(span, "the code reads it without a default");
    Some(Fact::known(Value::Text(name), origin))
}

/// The settings module of Django, where it is known which one runs.
fn settings(source: &mut Source<'_, '_>, application: &Application) -> Option<FileId> {
    let framework = application.facts.get(v::FRAMEWORK).and_then(Fact::text);
    let is_one = framework == Some("django") && !application.settings.contains_key(SETTINGS_MODULE);
    let dotted = application.modules.first().filter(|_| is_one)?.clone();
    // Settings may read the variable that names them.
    let origin = Origin::new(OriginKind::Derived, "the settings module");
    source.environment.set(SETTINGS_MODULE, Fact::known(Value::Text(dotted.clone()), origin));
    source.module(&dotted)
}
