//! What the path of a manifest says: which file it is, and which environment it deploys.

use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::formats;
use crate::platforms::Platform;
use crate::project::{Facts, Lookup, Process};
use crate::source::Span;
use crate::vocabulary;

/// Words in the names of files and folders, and the environments that they stand for.
const WORDS: &[(&str, &[&str])] = &[
    ("production", &["production", "prod"]),
    ("staging", &["staging", "stage", "stg"]),
    ("review", &["review", "preview"]),
    ("development", &["development", "devel", "dev", "local"]),
    ("test", &["test", "tests", "testing", "qa", "e2e", "ci"]),
];

/// Sets the manifest of a deployment, and its environment. Stages of one file are deployments that
/// are called after their environments.
pub(super) fn set(facts: &mut Facts, path: &str, deployment: &str, span: Span) {
    let start = Span::start_of(span.file);
    let origin = Origin::written(start, "the file");
    facts.set(vocabulary::MANIFEST, Fact::known(Value::Text(path.to_owned()), origin));
    let (name, origin) = match (of_word(&deployment.to_ascii_lowercase()), environment(path)) {
        (Some(name), _) => (name, Origin::written(span, "the name of the deployment")),
        (None, Some(name)) => {
            (name, Origin::written(start, "the name of the file or of its folder"))
        }
        (None, None) => ("production", Origin::new(OriginKind::Default, "no name says otherwise")),
    };
    facts.set(vocabulary::ENVIRONMENT, Fact::known(Value::Text(name.to_owned()), origin));
}

/// The environment that a path names: the last part that names one counts.
fn environment(path: &str) -> Option<&'static str> {
    path.rsplit('/').find_map(|part| {
        let part = part.to_ascii_lowercase();
        let mut words = part.split(|it: char| !it.is_ascii_alphanumeric());
        words.find_map(of_word)
    })
}

/// Variables in which applications are told their environment.
const VARIABLES: &[&str] =
    &["ENVIRONMENT", "APP_ENV", "DJANGO_ENV", "RAILS_ENV", "DEPLOY_ENV", "STAGE", "ENV"];

/// Environments that users see before a change goes live. That another is named in a variable may
/// well be the mistake: `RAILS_ENV=development` in the manifest of production.
const BEFORE: &[&str] = &["staging", "review"];

/// Sets the environment of a deployment whose name says nothing, where a variable of all its
/// processes does.
pub(super) fn by_variables(facts: &mut Facts, processes: &mut [Process]) {
    let is_open = |it: &Fact| it.origin.kind == OriginKind::Default;
    if !facts.get(vocabulary::ENVIRONMENT).is_some_and(is_open) {
        return;
    }
    let told = |process: &Process| {
        VARIABLES.iter().find_map(|it| {
            let Lookup::Set(fact) = process.environment.get(it) else { return None };
            let name = of_word(&fact.text()?.to_ascii_lowercase())?;
            BEFORE.contains(&name).then_some((name, *it, fact.origin.span))
        })
    };
    let Some((name, variable, span)) = processes.first().and_then(told) else { return };
    if processes.iter().all(|it| told(it).is_some_and(|it| it.0 == name)) {
        let origin = Origin { span, ..Origin::new(OriginKind::Derived, format!("`${variable}`")) };
        let fact = Fact::known(Value::Text(name.to_owned()), origin);
        // Processes have what is said of all of them.
        for facts in std::iter::once(facts).chain(processes.iter_mut().map(|it| &mut it.facts)) {
            facts.set(vocabulary::ENVIRONMENT, fact.clone());
        }
    }
}

fn of_word(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(_, known)| known.contains(&word)).map(|(name, _)| *name)
}

/// Writes the manifest at `path` into the advice of its platform in the place of the usual one:
/// `under `[env]` of fly.toml` is fly.staging.toml here. A word that names a file of the same
/// format stands for it.
pub(super) fn in_advice(platform: &Platform, facts: &mut Facts, path: &str) {
    let own: Vec<&str> = formats::of_path(path).map(|it| it.name).collect();
    let is_usual = |word: &str| {
        word.contains('.')
            && word != path
            && formats::of_path(word).any(|it| own.contains(&it.name))
    };
    for (id, fact) in platform.trait_facts() {
        let Some(text) = fact.text().filter(|it| it.split(' ').any(is_usual)) else { continue };
        let words: Vec<&str> =
            text.split(' ').map(|it| if is_usual(it) { path } else { it }).collect();
        let state = State::Known(Value::Text(words.join(" ")));
        facts.set(*id, Fact { state, ..fact.as_ref().clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_path_names_the_environment() {
        for (path, expect) in [
            ("fly.toml", None),
            ("fly.staging.toml", Some("staging")),
            ("deploy/prod/Procfile", Some("production")),
            ("tests/docker-compose.local.yml", Some("development")),
            ("render-preview.yaml", Some("review")),
            ("contests/product.service", None),
        ] {
            assert_eq!(environment(path), expect, "{path}");
        }
    }
}
