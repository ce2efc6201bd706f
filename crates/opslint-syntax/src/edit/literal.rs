//! Values as a language writes them, in the quotes that were there.

use crate::document::{NodeKind, Syntax};
use crate::fact::Value;
use crate::source::Span;

/// The bytes of a literal without its quotes.
pub(super) fn inside_quotes(at: Span, raw: &str) -> Span {
    let quote = (raw.len() - unquoted(raw).len()) / 2;
    Span::new(at.file, at.start as usize + quote, at.end as usize - quote)
}

/// A literal without its quotes, if it has any.
pub(super) fn unquoted(raw: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = raw.strip_prefix(quote).and_then(|it| it.strip_suffix(quote))
            && !inner.contains(quote)
        {
            return inner;
        }
    }
    raw
}

/// `to` in the unit that `inner` has, if `inner` says `was`: `600` where `512mb` says 512 is
/// `600mb`. `None` when it says something else.
pub(super) fn in_the_unit_of(inner: &str, was: &Value, to: &Value) -> Option<Value> {
    let says = match was {
        Value::Text(text) => inner == text,
        Value::Bool(it) => inner.eq_ignore_ascii_case(if *it { "true" } else { "false" }),
        Value::Null => inner.is_empty(),
        // One address of a server is a list of one.
        Value::List(values) => matches!(values.as_slice(), [Value::Text(it)] if it == inner),
        Value::Int(_) | Value::Number(_) => {
            let digits = inner.trim_end_matches(|it: char| it.is_ascii_alphabetic());
            let number: f64 = digits.parse().ok()?;
            let unit = &inner[digits.len()..];
            if was.as_number() != Some(number) {
                return None;
            }
            return match (unit, to) {
                ("", _) => Some(to.clone()),
                (unit, Value::Int(_) | Value::Number(_)) => {
                    Some(Value::Text(format!("{}{unit}", plain(to)?)))
                }
                _ => None,
            };
        }
    };
    says.then(|| to.clone())
}

/// A value as text without quotes; `None` for what has none.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Bool(it) => Some(it.to_string()),
        Value::Int(it) => Some(it.to_string()),
        Value::Number(it) if it.is_finite() => Some(it.to_string()),
        Value::Text(it) => Some(it.clone()),
        Value::Number(_) | Value::Null | Value::List(_) => None,
    }
}

/// The literal of a value where another one stands.
pub(super) fn replacing(syntax: Syntax, raw: &str, old: &NodeKind, to: &Value) -> Option<String> {
    match (old, to) {
        (NodeKind::String(_), Value::Bool(_) | Value::Int(_) | Value::Number(_)) => {
            // A variable is text, also where it reads like a number.
            let is_quoted = raw.starts_with(['"', '\'']) || verbatim(syntax);
            if is_quoted { quoted(syntax, raw, &plain(to)?) } else { bare(syntax, to) }
        }
        (NodeKind::String(_), Value::Text(text)) => quoted(syntax, raw, text),
        (NodeKind::Map(_), _) => None,
        // A tuple stays one.
        (NodeKind::List(_), Value::List(_)) if raw.starts_with('(') => {
            let list = bare(syntax, to)?;
            let inner = list.strip_prefix('[')?.strip_suffix(']')?;
            let comma = if inner.contains(',') { "" } else { "," };
            Some(format!("({inner}{comma})"))
        }
        _ => bare(syntax, to),
    }
}

/// The literal of a value where none stands.
pub(super) fn bare(syntax: Syntax, value: &Value) -> Option<String> {
    match value {
        Value::Bool(it) if syntax == Syntax::Python => {
            Some(if *it { "True" } else { "False" }.to_owned())
        }
        Value::Text(text) if matches!(syntax, Syntax::Yaml | Syntax::YamlStream) => {
            quoted(syntax, "", text)
        }
        Value::Text(text) => quoted(syntax, "\"", text),
        Value::List(values) if !verbatim(syntax) => {
            let values: Option<Vec<_>> = values.iter().map(|it| bare(syntax, it)).collect();
            Some(format!("[{}]", values?.join(", ")))
        }
        value => plain(value),
    }
}

/// Languages whose values are the rest of a line.
fn verbatim(syntax: Syntax) -> bool {
    matches!(
        syntax,
        Syntax::Procfile
            | Syntax::Dockerfile
            | Syntax::Unit
            | Syntax::Ini
            | Syntax::ConfigParser
            | Syntax::Nginx
            | Syntax::Env
    )
}

/// A text in the quotes that `like` begins with.
fn quoted(syntax: Syntax, like: &str, text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let is_long = ["\"\"\"", "'''"].iter().any(|it| like.starts_with(it));
    let quote = like.chars().next().filter(|it| matches!(it, '"' | '\''));
    let escaped = |quote: char| {
        let mut literal = String::from(quote);
        for it in text.chars() {
            if it == quote || it == '\\' {
                literal.push('\\');
            }
            literal.push(it);
        }
        literal.push(quote);
        literal
    };
    match (syntax, quote) {
        _ if is_long => None,
        (Syntax::Toml, Some('\'')) if !text.contains('\'') => Some(format!("'{text}'")),
        (Syntax::Toml | Syntax::Json, Some(_)) => Some(escaped('"')),
        (Syntax::Python, Some(quote)) => Some(escaped(quote)),
        (Syntax::Yaml | Syntax::YamlStream, Some('\'')) => {
            Some(format!("'{}'", text.replace('\'', "''")))
        }
        (Syntax::Yaml | Syntax::YamlStream, Some(_)) => Some(escaped('"')),
        (Syntax::Yaml | Syntax::YamlStream, None)
            if like.starts_with(['|', '>', '&', '!', '*']) =>
        {
            None
        }
        (Syntax::Yaml | Syntax::YamlStream, None) if is_plain_yaml(text) => Some(text.to_owned()),
        (Syntax::Yaml | Syntax::YamlStream, None) => Some(escaped('"')),
        // Options between quotes, as `GUNICORN_CMD_ARGS` has them.
        (Syntax::Env, Some(quote)) if text.split(' ').all(super::words::is_plain) => {
            Some(format!("{quote}{text}{quote}"))
        }
        (Syntax::Nginx, Some(quote)) if super::words::is_plain(text) => {
            Some(format!("{quote}{text}{quote}"))
        }
        (Syntax::Nginx | Syntax::Env, _) => super::words::is_plain(text).then(|| text.to_owned()),
        (Syntax::Ini, _) => {
            // `$(NAME)`, `%(name)` and `@(file)` stand for something.
            let is_plain =
                !text.is_empty() && text.trim() == text && !text.contains(['$', '%', '@']);
            is_plain.then(|| text.to_owned())
        }
        (Syntax::Procfile | Syntax::Dockerfile | Syntax::Unit | Syntax::ConfigParser, _) => {
            (!text.is_empty() && !text.ends_with('\\')).then(|| text.to_owned())
        }
        // Another kind of literal, such as a raw or formatted string.
        (Syntax::Toml | Syntax::Json | Syntax::Python, None) => None,
    }
}

/// A key in the quotes that `raw` has.
pub(super) fn key(syntax: Syntax, raw: &str, name: &str) -> Option<String> {
    let is_word = !name.is_empty()
        && name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
    if raw.starts_with(['"', '\'']) || syntax == Syntax::Json {
        return quoted(syntax, if raw.is_empty() { "\"" } else { raw }, name);
    }
    let is_identifier =
        is_word && !name.contains('-') && !name.starts_with(|it: char| it.is_ascii_digit());
    match syntax {
        Syntax::Yaml | Syntax::YamlStream => quoted(syntax, "", name),
        Syntax::Python => is_identifier.then(|| name.to_owned()),
        Syntax::Toml if !is_word => quoted(syntax, "\"", name),
        _ => is_word.then(|| name.to_owned()),
    }
}

/// Whether a text stays a text in YAML without quotes, in every version of it.
fn is_plain_yaml(text: &str) -> bool {
    let inner = |it: char| it.is_ascii_alphanumeric() || "_./@+-=,:% ".contains(it);
    let starts = text.starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '/' | '_'))
        || text.starts_with(|it: char| it.is_ascii_digit())
            && text.contains(|it: char| it.is_ascii_alphabetic());
    let is_word_of_yaml = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        .contains(&text.to_ascii_lowercase().as_str());
    let is_number = text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o");
    starts
        && text.chars().all(inner)
        && !is_word_of_yaml
        && !is_number
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
}
