//! Methods of `str`.

use crate::fact::{TextPart, Unknown};

use super::convert::is_space;
use super::raise::{Error, Outcome};
use super::value::PyValue;

/// `text.method(*args)`. `Ok(None)` for a method or arguments that are beyond us.
pub(super) fn method(text: &str, name: &str, args: &[PyValue]) -> Outcome<Option<PyValue>> {
    let value = match (name, args) {
        ("lower", []) => PyValue::Str(text.to_lowercase()),
        ("upper", []) => PyValue::Str(text.to_uppercase()),
        ("casefold", []) if text.is_ascii() => PyValue::Str(text.to_ascii_lowercase()),
        ("capitalize", []) if text.is_ascii() => PyValue::Str(capitalized(text)),
        ("title", []) if text.is_ascii() => PyValue::Str(titled(text)),
        ("swapcase", []) if text.is_ascii() => PyValue::Str(swapped(text)),
        ("strip" | "lstrip" | "rstrip", []) => stripped(text, name, is_space),
        ("strip" | "lstrip" | "rstrip", [PyValue::None]) => stripped(text, name, is_space),
        ("strip" | "lstrip" | "rstrip", [PyValue::Str(set)]) => {
            stripped(text, name, |it| set.contains(it))
        }
        ("removeprefix", [PyValue::Str(it)]) => {
            PyValue::text(text.strip_prefix(it.as_str()).unwrap_or(text))
        }
        ("removesuffix", [PyValue::Str(it)]) if !it.is_empty() => {
            PyValue::text(text.strip_suffix(it.as_str()).unwrap_or(text))
        }
        ("startswith" | "endswith", [affix]) => {
            return affixed(text, name == "startswith", affix);
        }
        ("replace", [PyValue::Str(from), PyValue::Str(to)]) => replaced(text, from, to),
        ("replace", [PyValue::Str(from), PyValue::Str(to), PyValue::Int(count @ 0..)]) => {
            PyValue::Str(text.replacen(from.as_str(), to, usize::try_from(*count).unwrap_or(0)))
        }
        ("find", [PyValue::Str(part)]) => {
            PyValue::Int(text.find(part.as_str()).map_or(-1, |at| chars_in(&text[..at])))
        }
        ("count", [PyValue::Str(part)]) if !part.is_empty() => {
            PyValue::Int(text.matches(part.as_str()).count() as i64)
        }
        ("zfill", [PyValue::Int(width @ ..=1000)]) => PyValue::Str(zero_filled(text, *width)),
        ("ljust" | "rjust" | "center", [PyValue::Int(width @ ..=1000)]) => {
            match justified(text, name, *width) {
                Some(value) => value,
                None => return Ok(None),
            }
        }
        ("isdigit" | "isnumeric" | "isdecimal" | "isalpha" | "isalnum", []) if text.is_ascii() => {
            let holds: fn(&u8) -> bool = match name {
                "isalpha" => u8::is_ascii_alphabetic,
                "isalnum" => u8::is_ascii_alphanumeric,
                _ => u8::is_ascii_digit,
            };
            PyValue::Bool(!text.is_empty() && text.as_bytes().iter().all(holds))
        }
        ("isspace", []) => PyValue::Bool(!text.is_empty() && text.chars().all(is_space)),
        ("islower", []) if text.is_ascii() => cased(text, u8::is_ascii_lowercase),
        ("isupper", []) if text.is_ascii() => cased(text, u8::is_ascii_uppercase),
        ("isascii", []) => PyValue::Bool(text.is_ascii()),
        ("partition" | "rpartition", [PyValue::Str(separator)]) => {
            return partition(text, separator, name == "partition").map(Some);
        }
        ("index", [PyValue::Str(part)]) => match text.find(part.as_str()) {
            Some(at) => PyValue::Int(chars_in(&text[..at])),
            None => return Err(Error::raise("ValueError", "substring not found")),
        },
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// The parts of `split`, `rsplit` and `splitlines`. `Ok(None)` when beyond us.
pub(super) fn split(text: &str, name: &str, args: &[PyValue]) -> Outcome<Option<Vec<String>>> {
    let max = match args.get(1) {
        None | Some(PyValue::Int(-1)) => usize::MAX,
        Some(PyValue::Int(max @ 0..)) => usize::try_from(*max).unwrap_or(usize::MAX),
        Some(_) => return Ok(None),
    };
    let owned = |it: &str| it.to_owned();
    Ok(match (name, args.first()) {
        ("splitlines", None)
            if !text.contains(['\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}']) =>
        {
            let unified = text.replace("\r\n", "\n").replace('\r', "\n");
            let body = unified.strip_suffix('\n').unwrap_or(&unified);
            Some(if unified.is_empty() { vec![] } else { body.split('\n').map(owned).collect() })
        }
        ("split" | "rsplit", None | Some(PyValue::None)) if max == usize::MAX => {
            Some(text.split(is_space).filter(|it| !it.is_empty()).map(owned).collect())
        }
        ("split" | "rsplit", Some(PyValue::Str(separator))) if separator.is_empty() => {
            return Err(Error::raise("ValueError", "empty separator"));
        }
        ("split", Some(PyValue::Str(separator))) => {
            Some(text.splitn(max.saturating_add(1), separator.as_str()).map(owned).collect())
        }
        ("rsplit", Some(PyValue::Str(separator))) => {
            let parts = text.rsplitn(max.saturating_add(1), separator.as_str());
            let mut parts: Vec<String> = parts.map(owned).collect();
            parts.reverse();
            Some(parts)
        }
        _ => None,
    })
}

/// `separator.join(items)`. Parts that are not known leave gaps.
pub(super) fn join(separator: &str, items: &[PyValue]) -> Outcome {
    let mut parts = Vec::new();
    for (idx, item) in items.iter().enumerate() {
        if idx > 0 {
            parts.push(TextPart::Known(separator.to_owned()));
        }
        match item {
            PyValue::Str(text) => parts.push(TextPart::Known(text.clone())),
            PyValue::Pattern(pieces) => parts.extend(pieces.iter().cloned()),
            PyValue::Unknown(unknown) => parts.push(TextPart::Unknown(unknown.clone())),
            PyValue::Native(_) | PyValue::Method(_) => {
                return Ok(PyValue::because("an object that is not known is joined"));
            }
            _ => return Err(Error::type_error("`join` takes texts only")),
        }
    }
    Ok(from_parts(parts))
}

/// A text of parts: known in full, or a pattern.
pub(super) fn from_parts(parts: Vec<TextPart>) -> PyValue {
    let mut merged: Vec<TextPart> = Vec::with_capacity(parts.len());
    for part in parts {
        match (merged.last_mut(), part) {
            (Some(TextPart::Known(before)), TextPart::Known(text)) => before.push_str(&text),
            (_, TextPart::Known(text)) if text.is_empty() => {}
            (_, part) => merged.push(part),
        }
    }
    match merged.as_mut_slice() {
        [] => PyValue::Str(String::new()),
        [TextPart::Known(text)] => PyValue::Str(std::mem::take(text)),
        _ => PyValue::Pattern(merged),
    }
}

/// The parts of a value that is a text, or that a format turns into one.
pub(super) fn parts_of(value: &PyValue) -> Vec<TextPart> {
    match value {
        PyValue::Str(text) => vec![TextPart::Known(text.clone())],
        PyValue::Pattern(parts) => parts.clone(),
        other => vec![TextPart::Unknown(
            other
                .unknown()
                .unwrap_or_else(|| Unknown::because("the text of an object is not known")),
        )],
    }
}

/// A method of a text with gaps, where the known parts decide it.
pub(super) fn pattern_method(parts: &[TextPart], name: &str, args: &[PyValue]) -> Option<PyValue> {
    match (name, args, parts.first(), parts.last()) {
        ("startswith", [PyValue::Str(it)], Some(TextPart::Known(text)), _)
            if text.len() >= it.len() || !it.starts_with(text.as_str()) =>
        {
            Some(PyValue::Bool(text.starts_with(it.as_str())))
        }
        ("endswith", [PyValue::Str(it)], _, Some(TextPart::Known(text)))
            if text.len() >= it.len() || !it.ends_with(text.as_str()) =>
        {
            Some(PyValue::Bool(text.ends_with(it.as_str())))
        }
        _ => None,
    }
}

fn capitalized(text: &str) -> String {
    let mut out = text.to_ascii_lowercase();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}

fn titled(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        out.push(if inside { it.to_ascii_lowercase() } else { it.to_ascii_uppercase() });
        inside = it.is_ascii_alphabetic();
    }
    out
}

fn swapped(text: &str) -> String {
    let swap = |it: char| match it.is_ascii_lowercase() {
        true => it.to_ascii_uppercase(),
        false => it.to_ascii_lowercase(),
    };
    text.chars().map(swap).collect()
}

fn stripped(text: &str, name: &str, takes: impl Fn(char) -> bool) -> PyValue {
    PyValue::text(match name {
        "lstrip" => text.trim_start_matches(takes),
        "rstrip" => text.trim_end_matches(takes),
        _ => text.trim_start_matches(&takes).trim_end_matches(&takes),
    })
}

fn affixed(text: &str, start: bool, affix: &PyValue) -> Outcome<Option<PyValue>> {
    let holds = |it: &str| if start { text.starts_with(it) } else { text.ends_with(it) };
    match affix {
        PyValue::Str(affix) => Ok(Some(PyValue::Bool(holds(affix)))),
        PyValue::Tuple(affixes) => {
            let texts = affixes.iter().map(|it| match it {
                PyValue::Str(it) => Some(it.as_str()),
                _ => None,
            });
            let texts: Option<Vec<_>> = texts.collect();
            Ok(texts.map(|it| PyValue::Bool(it.into_iter().any(holds))))
        }
        PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::List(_) => {
            Err(Error::type_error("an affix must be a text or a tuple of texts"))
        }
        _ => Ok(None),
    }
}

fn replaced(text: &str, from: &str, to: &str) -> PyValue {
    const LEN_MAX: usize = 100_000;
    let growth = text.len().saturating_add(1).saturating_mul(to.len());
    if growth > LEN_MAX {
        return PyValue::because("the text grows too long");
    }
    PyValue::Str(text.replace(from, to))
}

fn chars_in(text: &str) -> i64 {
    text.chars().count() as i64
}

fn zero_filled(text: &str, width: i64) -> String {
    let missing = usize::try_from(width - chars_in(text)).unwrap_or(0);
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (&text[..1], digits),
        None => ("", text),
    };
    format!("{sign}{}{digits}", "0".repeat(missing))
}

fn justified(text: &str, name: &str, width: i64) -> Option<PyValue> {
    let missing = usize::try_from(width - chars_in(text)).unwrap_or(0);
    Some(PyValue::Str(match name {
        "ljust" => format!("{text}{}", " ".repeat(missing)),
        "rjust" => format!("{}{text}", " ".repeat(missing)),
        // Which side gets the odd space follows a rule of its own.
        _ if missing % 2 == 1 => return None,
        _ => format!("{0}{text}{0}", " ".repeat(missing / 2)),
    }))
}

fn cased(text: &str, holds: fn(&u8) -> bool) -> PyValue {
    let mut letters = text.bytes().filter(u8::is_ascii_alphabetic).peekable();
    PyValue::Bool(letters.peek().is_some() && letters.all(|it| holds(&it)))
}

fn partition(text: &str, separator: &str, first: bool) -> Outcome {
    if separator.is_empty() {
        return Err(Error::raise("ValueError", "empty separator"));
    }
    let found = if first { text.split_once(separator) } else { text.rsplit_once(separator) };
    let parts = match (found, first) {
        (Some((before, after)), _) => [before, separator, after],
        (None, true) => [text, "", ""],
        (None, false) => ["", "", text],
    };
    Ok(PyValue::tuple(parts.into_iter().map(PyValue::text).collect()))
}
