//! What is wrong with the variables of a Dockerfile, before anything runs.

use super::words::words;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Text};

/// Ends of names whose values open something for certain: fewer than those whose values are hidden,
/// as here it is said to be wrong.
const SECRETS: &[&str] = &[
    "API_KEY",
    "AUTH_TOKEN",
    "PASSWD",
    "PASSWORD",
    "PRIVATE_KEY",
    "SECRET",
    "SECRET_ACCESS_KEY",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
];

/// Parts of values that stand in for a secret while the image is built.
const STAND_INS: &[&str] = &[
    "build",
    "change",
    "collectstatic",
    "dummy",
    "example",
    "fake",
    "ignore",
    "insecure",
    "none",
    "not-",
    "not_",
    "notused",
    "nothing",
    "placeholder",
    "temp",
    "test",
    "tmp",
    "unused",
    "xxx",
];

/// Reports values that begin with `=`, and secrets that the image keeps.
pub(super) fn check(acc: &mut Vec<Diagnostic>, document: &Document, escape: char) {
    let entries = document.root.entries();
    let last = entries.iter().rposition(|it| it.key.value == "FROM").unwrap_or_default();
    for (idx, entry) in entries.iter().enumerate().filter(|(_, it)| it.key.value == "ENV") {
        let Some(text) = entry.value.as_text() else { continue };
        acc.extend(begins_with_equals(text, escape));
        if idx > last {
            acc.extend(secrets(&entries[last..idx], text, escape));
        }
    }
}

/// `ENV NAME = "1"`: a name without `=` makes all that follows the value.
/// Source: <https://docs.docker.com/reference/dockerfile/#env>
fn begins_with_equals(text: &Text, escape: char) -> Option<Diagnostic> {
    let words = words(&text.value, escape);
    let (name, second) = (words.first()?, words.get(1)?);
    let name = &text.value[name.clone()];
    if name.contains('=') || !text.value[second.clone()].starts_with('=') {
        return None;
    }
    let value = text.value[second.start..].trim_start_matches('=').trim();
    let message =
        format!("the value of `{name}` begins with `=`, because a space stands in front of it");
    let label =
        Label::new(text.span_of(second.start..text.value.len()), "all of this is the value");
    let help = format!("write `ENV {name}={value}`");
    Some(
        Diagnostic::new("equals-sign-in-variable", Severity::Warning, message, label)
            .with_help(help),
    )
}

/// `ENV SECRET_KEY=…`, and `ARG SECRET_KEY` that is made one.
/// Source: <https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/>
fn secrets(before: &[Entry], text: &Text, escape: char) -> Vec<Diagnostic> {
    let pair = |range: std::ops::Range<usize>| {
        let word = &text.value[range.clone()];
        let (name, value) = word.split_once('=')?;
        let value = value.trim_matches(['"', '\'']);
        let upper = name.to_ascii_uppercase();
        let is_secret = SECRETS.iter().any(|it| {
            let rest = upper.strip_suffix(it);
            rest.is_some_and(|it| it.is_empty() || it.ends_with('_'))
        });
        let message = match value.strip_prefix('$') {
            _ if !is_secret => return None,
            Some(argument) => {
                let argument = argument.trim_matches(['{', '}']);
                let is_own = before.iter().any(|it| {
                    let names = it.value.as_text().map_or("", |it| it.value.as_str());
                    it.key.value == "ARG" && names.split_whitespace().any(|it| it == argument)
                });
                if !is_own {
                    return None;
                }
                format!("`{name}` of the build stays in the image, where `docker inspect` shows it")
            }
            None if is_stand_in(value) => return None,
            None => {
                format!("`{name}` stands in the Dockerfile and in each image that is made of it")
            }
        };
        let label = Label::new(text.span_of(range), "");
        let help = match value.starts_with('$') {
            true => {
                "pass it to the program when it starts, and to a step of the build with \
                     `RUN --mount=type=secret`"
            }
            false => {
                "remove it here, take a new value, and pass that to the program when it starts"
            }
        };
        let found = Diagnostic::new("secret-in-image", Severity::Warning, message, label);
        Some(found.with_help(help))
    };
    words(&text.value, escape).into_iter().filter_map(pair).collect()
}

/// Whether a value is none, or made up for the build.
fn is_stand_in(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.is_empty() || value.contains('$') || STAND_INS.iter().any(|it| lower.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret;

    #[test]
    fn what_is_said_to_be_a_secret_is_hidden() {
        for name in SECRETS {
            assert!(secret::is_secret(name), "{name}");
        }
    }
}
