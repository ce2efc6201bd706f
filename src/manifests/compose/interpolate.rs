//! What compose fills in before anything runs: `$NAME`, `${NAME}`, `${NAME:-default}`.
//!
//! The values are those of the environment that compose is started in, else of `.env` beside the
//! file. What neither sets is taken to be unset, so that a default applies.
//!
//! Source: <https://docs.docker.com/reference/compose-file/interpolation/>

use crate::fact::{Fact, Input, State, TextPart, Unknown, Value};
use crate::project::{Environment, Lookup, assumed_unset};

/// A text with its variables filled in.
pub(super) struct Filled {
    pub(super) state: State,
    /// The variables that were filled in.
    pub(super) inputs: Vec<Input>,
}

impl Filled {
    /// The text, when all of it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.state {
            State::Known(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// What is taken for granted about the variables.
    pub(super) fn assumed(&self) -> impl Iterator<Item = Fact> {
        let inputs = self.inputs.iter().map(|it| &it.fact);
        inputs.filter(|it| it.origin.is_assumed()).cloned()
    }
}

/// Fills in the variables of a text.
pub(super) fn fill(text: &str, variables: &Environment) -> Filled {
    let mut filler = Filler { variables, parts: Vec::new(), inputs: Vec::new() };
    filler.text(text);
    let Filler { parts, inputs, .. } = filler;
    let state = match parts.as_slice() {
        [] => State::Known(Value::Text(String::new())),
        [TextPart::Known(text)] => State::Known(Value::Text(text.clone())),
        [TextPart::Unknown(unknown)] => State::Unknown(unknown.clone()),
        _ => State::Pattern(parts),
    };
    Filled { state, inputs }
}

struct Filler<'a> {
    variables: &'a Environment,
    parts: Vec<TextPart>,
    inputs: Vec<Input>,
}

impl Filler<'_> {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            self.known(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('$') {
                self.known("$");
                rest = behind;
                continue;
            }
            rest = self.variable(rest);
        }
        self.known(rest);
    }

    /// Fills in what stands behind a `$`; returns what follows it.
    fn variable<'t>(&mut self, text: &'t str) -> &'t str {
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let Some(inner) = text.strip_prefix('{') else {
            let len = text.find(|it| !is_part(it)).unwrap_or(text.len());
            if len == 0 {
                self.known("$");
            } else {
                self.value(&text[..len], None);
            }
            return &text[len..];
        };
        let Some(end) = closing_brace(inner) else {
            self.open(Unknown::because("a brace is not closed"));
            return "";
        };
        let (inside, behind) = (&inner[..end], &inner[end + 1..]);
        let len = inside.find(|it| !is_part(it)).unwrap_or(inside.len());
        let (name, default) = inside.split_at(len);
        let is_simple = !default.contains('$');
        match default {
            "" => self.value(name, None),
            it if it.starts_with(":-") && is_simple => self.value(name, Some((&it[2..], true))),
            it if it.starts_with('-') && is_simple => self.value(name, Some((&it[1..], false))),
            it if it.starts_with(":?") || it.starts_with('?') => self.value(name, None),
            _ => self.open(Unknown::because(format!("`{inside}` is not followed"))),
        }
        behind
    }

    /// The value of a variable, or its default; with `true`, one that is empty has it, too.
    fn value(&mut self, name: &str, default: Option<(&str, bool)>) {
        let input = |fact: Fact| Input { name: format!("${name}"), fact };
        match (self.variables.get(name), default) {
            (Lookup::Set(fact), default) => {
                let fact = fact.clone();
                match (fact.text(), default) {
                    (Some(""), Some((default, true))) => self.known(default),
                    (Some(text), _) => self.known(text),
                    (None, _) => self.open(fact.state.open().unwrap_or_else(|| missing(name))),
                }
                self.inputs.push(input(fact));
            }
            (Lookup::Unset | Lookup::Unmentioned, Some((default, _))) => {
                self.known(default);
                self.inputs.push(input(assumed_unset(name)));
            }
            (Lookup::Unset | Lookup::Unmentioned, None) => self.open(missing(name)),
        }
    }

    fn known(&mut self, text: &str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(TextPart::Known(known)) => known.push_str(text),
            _ => self.parts.push(TextPart::Known(text.to_owned())),
        }
    }

    fn open(&mut self, unknown: Unknown) {
        self.parts.push(TextPart::Unknown(unknown));
    }
}

/// Where the brace is that closes one before the text: a default may hold further variables.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The unknown of a variable that only the environment of compose has.
pub(super) fn missing(name: &str) -> Unknown {
    Unknown::new(
        format!("compose takes `{name}` from the environment it is started in"),
        format!("`{name}` under `[env]` in opslint.toml"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Origin, OriginKind};

    #[test]
    fn variables_and_defaults_are_filled_in() {
        let mut variables = Environment::new();
        for (name, value) in [("A", "1"), ("EMPTY", "")] {
            let origin = Origin::new(OriginKind::Env, name);
            variables.set(name, Fact::known(Value::Text(value.to_owned()), origin));
        }
        for (text, expected) in [
            ("x", Some("x")),
            ("$A-${A}", Some("1-1")),
            ("$$A", Some("$A")),
            ("${A:-2}", Some("1")),
            ("${EMPTY:-2}${EMPTY-3}", Some("2")),
            ("${B:-2}${B-3}", Some("23")),
            ("${B:-}", Some("")),
            ("${A:?no}", Some("1")),
            ("$B", None),
            ("a${B}", None),
            ("${B:-${A}}", None),
            ("${A:+3}", None),
            ("${A", None),
            ("$", Some("$")),
        ] {
            assert_eq!(fill(text, &variables).text(), expected, "{text}");
        }
        let parts = |text| match fill(text, &variables).state {
            State::Pattern(parts) => parts.len(),
            _ => 1,
        };
        assert_eq!(parts("${B:-${A}}"), 1);
        assert_eq!(parts("postgres://shop:${B:-${A}}@db"), 3);
        assert_eq!(fill("${B:-2}", &variables).assumed().count(), 1);
        assert_eq!(fill("${A:-2}", &variables).assumed().count(), 0);
    }
}
