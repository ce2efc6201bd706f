//! What rests on an assumption says so: a program that only runs if a variable is not set.

use crate::commands::Launches;
use crate::draft::Command;
use crate::fact::{Fact, Input, State, Unknown, Value};
use crate::project::Facts;
use crate::resolve::stated;
use crate::settings::{Home, SettingFact};
use crate::vocabulary::{self, FactId};

/// Says of a fact that it rests on assumptions.
pub(super) fn rests_on(facts: &mut Facts, id: FactId, assumed: &[Input]) {
    let Some(mut fact) = facts.get(id).cloned() else { return };
    add(&mut fact, assumed);
    facts.set(id, fact);
}

/// The same for all facts.
pub(super) fn all_rest_on(facts: &mut Facts, assumed: &[Input]) {
    if assumed.is_empty() {
        return;
    }
    let ids: Vec<FactId> = facts.iter().map(|(id, _)| id).collect();
    ids.into_iter().for_each(|it| rests_on(facts, it, assumed));
}

/// Adds assumptions to what a fact comes from.
pub(super) fn add(fact: &mut Fact, assumed: &[Input]) {
    for it in assumed {
        fact.origin = fact.origin.clone().with_input(it.name.clone(), it.fact.clone());
    }
}

/// What a command rests on: which server it is for where that is assumed, and else what has no name
/// but its reason.
pub(super) fn by_reason(fact: &Fact) -> Input {
    let server = fact.text().map(|_| vocabulary::SERVER.name().to_owned());
    Input::new(server.unwrap_or_else(|| fact.origin.source.clone()), fact.clone())
}

/// Whether opslint.toml says which server a command is for, where that is assumed.
fn is_stated(assumed: &Fact, stated: &[&SettingFact]) -> bool {
    let says = |it: &&&SettingFact| it.name.value == vocabulary::SERVER.name();
    let Some(said) = stated.iter().rfind(says) else { return false };
    assumed.text().is_some_and(|it| said.fact().text() == Some(it))
}

/// What a command rests on: conditions in it that go one way, which of its programs is the server,
/// and that its image is made by a Dockerfile of the project, unless opslint.toml says so. An error is why nothing is known of it:
/// opslint.toml says that another file makes the image, or none.
pub(super) fn of_command(
    command: &Command,
    launches: &Launches,
    (home, stated): (&Home, &[&SettingFact]),
    is_set: &dyn Fn(&str) -> Option<bool>,
) -> Result<Vec<Input>, Unknown> {
    let open = launches.assumed.iter().filter(|it| !is_stated(it, stated));
    let mut all: Vec<Input> = open.map(by_reason).collect();
    let Command::Image(image) = command else { return Ok(all) };
    let is_it = |it: &&&SettingFact| it.name.value == vocabulary::IMAGE_DOCKERFILE.name();
    for it in &image.assumed {
        if let Some(variable) = it.name.strip_prefix('$') {
            match is_set(variable) {
                Some(true) => return Err(Unknown::because(stated::is_set_to_what(variable))),
                Some(false) => {}
                None => all.push(it.clone()),
            }
            continue;
        }
        let path = it.fact.text().map(|it| home.key(it));
        match stated.iter().rfind(is_it) {
            Some(said) if said.fact().text() == path.as_deref() => {}
            Some(said) => {
                let reason = match said.fact().text() {
                    Some(other) if !other.is_empty() => {
                        format!(
                            "opslint.toml says that `{other}` makes the image, and it is not the one that is found"
                        )
                    }
                    _ => "opslint.toml says that no Dockerfile of the project makes the image"
                        .to_owned(),
                };
                return Err(Unknown::because(reason));
            }
            None => {
                let path = path.map(Value::Text).unwrap_or(Value::Null);
                let fact = Fact { state: State::Known(path), ..Fact::clone(&it.fact) };
                all.push(Input::new(it.name.clone(), fact));
            }
        }
    }
    Ok(all)
}
