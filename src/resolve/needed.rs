//! Variables without which a published image ends before it has done anything.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::programs::listed::{self, Need, images};
use crate::project::{Environment, Facts, Lookup};
use crate::vocabulary as v;
use crate::workspace::is_within;

/// Names a variable that is to be set: one of those that the image of a process asks for, where none
/// of them is set.
pub(super) fn variable(facts: &mut Facts, environment: &Environment) {
    let server = facts.get(v::SERVER).and_then(Fact::text);
    let (Some(program), Some(image)) = (server.and_then(listed::of_id), facts.get(v::IMAGE_NAME))
    else {
        return;
    };
    if may_have_data(facts, program.data.unwrap_or_default()) {
        return;
    }
    // `${DB_PASSWORD:-}` is only empty as long as nobody sets the variable.
    let is_set = |name: &&str| match environment.get(name) {
        Lookup::Set(fact) => fact.text() != Some("") || fact.origin.is_assumed(),
        Lookup::Unset | Lookup::Unmentioned => false,
    };
    let is_needed = |it: &&Need| asks(it, facts) && !it.one_of.iter().any(&is_set);
    let needed = program.needs.iter().find(is_needed).and_then(|it| it.one_of.first());
    if let Some(name) = needed {
        let source = "what the image asks for";
        let origin = Origin { span: image.origin.span, ..Origin::new(OriginKind::Derived, source) };
        facts.set(v::VARIABLES_NEEDED, Fact::known(Value::Text((*name).to_owned()), origin));
    }
}

/// Whether the image is one that asks.
fn asks(need: &Need, facts: &Facts) -> bool {
    let text = |id| facts.get(id).and_then(Fact::text);
    let is_image = text(v::IMAGE_NAME).is_some_and(|it| need.images.contains(&it));
    // A tag without a number moves with the newest version, and a digest may be of any.
    let is_late = |tag: &str| {
        need.from.is_none_or(|from| {
            !tag.contains(':') && images::major(tag).is_none_or(|major| major >= from)
        })
    };
    is_image
        && text(v::IMAGE_VERSION).is_some_and(is_late)
        && !need.unless_mounted.is_some_and(|it| may_be_mounted(facts, it))
}

/// Whether the folder with the data may have some before the first start: then the image asks for
/// nothing.
fn may_have_data(facts: &Facts, folder: &str) -> bool {
    let holds = |it: &Value| {
        it.as_str().is_some_and(|it| {
            let it = it.trim_end_matches('/');
            is_within(it, folder) || is_within(folder, it)
        })
    };
    facts.get(v::STORAGE_MAY_HAVE_DATA).is_some_and(|it| match it.value() {
        Some(Value::List(folders)) => folders.iter().any(holds),
        _ => true,
    })
}

/// Whether something may be mounted at a folder, or below it.
fn may_be_mounted(facts: &Facts, folder: &str) -> bool {
    let is_there = |it: &Value| it.as_str().is_some_and(|it| it.starts_with(folder));
    [v::STORAGE_PATHS, v::MOUNTS_PATHS].into_iter().filter_map(|it| facts.get(it)).any(
        |it| match it.value() {
            Some(Value::List(paths)) => paths.iter().any(is_there),
            Some(Value::Null) => false,
            _ => true,
        },
    )
}
