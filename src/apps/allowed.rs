//! What Django allows: bodies of requests, and whether it shows errors to whoever causes them.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::vocabulary as v;

use super::{Application, megabytes};

/// The limits of an application, as its settings say.
pub(super) fn limits(application: &mut Application) {
    let Application { settings, facts, .. } = application;
    if let Some(fact) = settings.get("DEBUG") {
        facts.set(v::APP_LIMITS_DEBUG, truth(fact));
    }
    // The limit is on bodies without their files: Django writes those to disk, of any size.
    if let Some(fact) = settings.get("DATA_UPLOAD_MAX_MEMORY_SIZE") {
        facts.set(v::APP_LIMITS_MEMORY_UPLOAD_MB, megabytes(fact));
    }
    let unknown = Unknown::new(
        "Django does not limit the size of files; forms and views may",
        "`app_limits.upload_mb` for the process in opslint.toml",
    );
    let origin = Origin::new(OriginKind::Default, "Django default");
    facts.set(v::APP_LIMITS_UPLOAD_MB, Fact::unknown(unknown, origin));
}

/// Django asks `if settings.DEBUG`: any value counts as true or false.
pub(super) fn truth(fact: &Fact) -> Fact {
    let decided = match fact.value() {
        Some(Value::Bool(value)) => Some(*value),
        Some(Value::Null) => Some(false),
        Some(Value::Int(value)) => Some(*value != 0),
        Some(Value::Text(value)) => Some(!value.is_empty()),
        _ => None,
    };
    let state = match (decided, &fact.state) {
        (Some(value), _) => State::Known(Value::Bool(value)),
        (None, State::Unknown(unknown)) => State::Unknown(unknown.clone()),
        (None, _) => State::Unknown(Unknown::because("the truth of the value is not known")),
    };
    Fact { state, ..fact.clone() }
}
