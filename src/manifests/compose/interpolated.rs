//! Values in which compose fills in `$NAME` and `${…}` from the environment that it is started in.
//!
//! Source: <https://docs.docker.com/reference/compose-file/interpolation/>

use crate::fact::{State, TextPart, Unknown, Value};

/// What is known of a value: the text around what is filled in.
pub(super) fn state(value: Option<String>, name: &str) -> State {
    let unknown = || {
        Unknown::new(
            format!("compose takes `{name}` from the environment it is started in"),
            format!("`{name}` under `[env]` in opslint.toml"),
        )
    };
    let Some(value) = value else { return State::Unknown(unknown()) };
    let mut parts = Vec::new();
    let mut known = String::new();
    let mut rest = value.as_str();
    while let Some(at) = rest.find('$') {
        known.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if let Some(text) = behind.strip_prefix('$') {
            known.push('$');
            rest = text;
            continue;
        }
        if !known.is_empty() {
            parts.push(TextPart::Known(std::mem::take(&mut known)));
        }
        parts.push(TextPart::Unknown(unknown()));
        rest = &behind[variable_len(behind)..];
    }
    known.push_str(rest);
    match parts.is_empty() {
        true => State::Known(Value::Text(known)),
        false => {
            let is_alone = parts.len() == 1 && known.is_empty();
            if !known.is_empty() {
                parts.push(TextPart::Known(known));
            }
            if is_alone { State::Unknown(unknown()) } else { State::Pattern(parts) }
        }
    }
}

/// The length of a variable behind its dollar sign, with the braces around it.
fn variable_len(text: &str) -> usize {
    if !text.starts_with('{') {
        let is_other = |it: char| !(it.is_ascii_alphanumeric() || it == '_');
        return text.find(is_other).unwrap_or(text.len());
    }
    let mut depth = 0_usize;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: &str) {
        let state = state(Some(value.to_owned()), "URL");
        let text = match &state {
            State::Known(value) => value.to_string(),
            State::Unknown(_) => "?".to_owned(),
            State::Pattern(parts) => parts
                .iter()
                .map(|it| match it {
                    TextPart::Known(text) => text.as_str(),
                    TextPart::Unknown(_) => "?",
                })
                .collect(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text, expected, "{value}");
    }

    #[test]
    fn what_stands_around_a_variable_is_known() {
        check("postgres://shop:${PASSWORD}@db/shop", "postgres://shop:?@db/shop");
        check("$HOST:5432", "?:5432");
        check("${A:-${B}}x", "?x");
    }

    #[test]
    fn a_variable_alone_is_not_known_and_two_dollar_signs_are_one() {
        check("${URL}", "?");
        check("$URL", "?");
        check("pa$$word", "pa$word");
        check("${URL", "?");
        check("", "");
    }
}
