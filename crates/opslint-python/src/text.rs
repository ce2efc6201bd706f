//! Methods of `str`, and how texts are put together.

use std::collections::HashSet;

use crate::budget::{LEN_MAX, TEXT_MAX};

use super::convert::is_space;
use super::raise::{Error, Outcome};
use super::storage::{Heap, Opaque, Part};
use super::value::PyValue;

/// Puts a text together that may have gaps, and stops where it grows longer than is followed.
#[derive(Debug, Default)]
pub(super) struct Writer {
    parts: Vec<Part>,
    bytes: usize,
}

impl Writer {
    /// Adds a text.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(text.len());
        if text.is_empty() || self.is_over() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Known(before)) => before.push_str(text),
            _ => self.parts.push(Part::Known(text.to_owned())),
        }
    }

    /// Adds a text that is not known.
    pub(super) fn gap(&mut self, unknown: Opaque) {
        if !self.is_over() {
            self.parts.push(Part::Gap(unknown));
        }
    }

    /// Adds a text, or a value that a format turns into one.
    pub(super) fn value(&mut self, value: &PyValue) {
        match value {
            PyValue::Str(text) => self.text(text),
            PyValue::Pattern(parts) => {
                for part in parts.iter() {
                    match part {
                        Part::Known(text) => self.text(text),
                        Part::Gap(unknown) => self.gap(unknown.clone()),
                    }
                }
            }
            other => {
                let reason = || Opaque::because("the text of an object is not known");
                self.gap(other.unknown().unwrap_or_else(reason));
            }
        }
    }

    /// The text, when it has no gaps and is not too long.
    pub(super) fn into_known(mut self) -> Option<String> {
        match self.parts.as_mut_slice() {
            _ if self.bytes > TEXT_MAX => None,
            [] => Some(String::new()),
            [Part::Known(text)] => Some(std::mem::take(text)),
            _ => None,
        }
    }

    fn is_over(&self) -> bool {
        self.bytes > TEXT_MAX || self.parts.len() > LEN_MAX
    }

    /// The text.
    pub(super) fn finish(self, heap: &Heap) -> PyValue {
        match heap.allows(self.bytes) {
            Ok(()) => heap.parts(self.parts),
            Err(spent) => heap.some_text(spent),
        }
    }
}

/// `text.method(*args)`. `Ok(None)` for a method or arguments that are beyond us.
pub(super) fn method(
    heap: &Heap,
    text: &str,
    name: &str,
    args: &[PyValue],
) -> Outcome<Option<PyValue>> {
    let value = match (name, args) {
        ("lower", []) => heap.text(text.to_lowercase()),
        ("upper", []) => heap.text(text.to_uppercase()),
        ("casefold", []) if text.is_ascii() => heap.text(text.to_ascii_lowercase()),
        ("capitalize", []) if text.is_ascii() => heap.text(capitalized(text)),
        ("title", []) if text.is_ascii() => heap.text(titled(text)),
        ("swapcase", []) if text.is_ascii() => heap.text(swapped(text)),
        ("strip" | "lstrip" | "rstrip", []) => stripped(heap, text, name, is_space),
        ("strip" | "lstrip" | "rstrip", [PyValue::None]) => stripped(heap, text, name, is_space),
        ("strip" | "lstrip" | "rstrip", [PyValue::Str(set)]) => {
            let set: HashSet<char> = set.chars().collect();
            stripped(heap, text, name, |it| set.contains(&it))
        }
        ("removeprefix", [PyValue::Str(it)]) => heap.text(text.strip_prefix(&**it).unwrap_or(text)),
        ("removesuffix", [PyValue::Str(it)]) if !it.is_empty() => {
            heap.text(text.strip_suffix(&**it).unwrap_or(text))
        }
        ("startswith" | "endswith", [affix]) => {
            return affixed(text, name == "startswith", affix);
        }
        ("replace", [PyValue::Str(from), PyValue::Str(to)]) => {
            replaced(heap, text, from, to, usize::MAX)
        }
        ("replace", [PyValue::Str(from), PyValue::Str(to), PyValue::Int(count @ 0..)]) => {
            replaced(heap, text, from, to, usize::try_from(*count).unwrap_or(0))
        }
        ("find", [PyValue::Str(part)]) => {
            PyValue::Int(text.find(&**part).map_or(-1, |at| chars_in(&text[..at])))
        }
        ("rfind", [PyValue::Str(part)]) => {
            PyValue::Int(text.rfind(&**part).map_or(-1, |at| chars_in(&text[..at])))
        }
        ("count", [PyValue::Str(part)]) if !part.is_empty() => {
            PyValue::Int(text.matches(&**part).count() as i64)
        }
        ("zfill", [PyValue::Int(width @ ..=1000)]) => heap.text(zero_filled(text, *width)),
        ("ljust" | "rjust" | "center", [PyValue::Int(width @ ..=1000)]) => {
            heap.text(justified(text, name, *width, ' '))
        }
        ("ljust" | "rjust" | "center", [PyValue::Int(width @ ..=1000), PyValue::Str(fill)])
            if fill.chars().count() == 1 =>
        {
            heap.text(justified(text, name, *width, fill.chars().next().unwrap_or(' ')))
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
            return partition(heap, text, separator, name == "partition").map(Some);
        }
        ("index" | "rindex", [PyValue::Str(part)]) => {
            let found = if name == "index" { text.find(&**part) } else { text.rfind(&**part) };
            match found {
                Some(at) => PyValue::Int(chars_in(&text[..at])),
                None => return Err(Error::raise("ValueError", "substring not found")),
            }
        }
        ("count", [PyValue::Str(_)]) => PyValue::Int(chars_in(text) + 1),
        ("expandtabs", []) if !text.contains(['\t']) => heap.text(text),
        ("istitle", []) if text.is_ascii() => PyValue::Bool(is_title(text)),
        ("isprintable", []) if text.is_ascii() => {
            PyValue::Bool(text.bytes().all(|it| (b' '..=b'~').contains(&it)))
        }
        ("isidentifier", []) if text.is_ascii() => {
            let part = |it: u8| it == b'_' || it.is_ascii_alphanumeric();
            let starts = text.bytes().next().is_some_and(|it| !it.is_ascii_digit());
            PyValue::Bool(starts && text.bytes().all(part))
        }
        ("translate", [PyValue::Dict(table)]) => return translated(heap, text, table),
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
        ("splitlines", Some(PyValue::Bool(true))) => return Ok(lines_with_ends(text)),
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
        ("split", None | Some(PyValue::None)) => {
            let mut parts = Vec::new();
            let mut rest = text.trim_start_matches(is_space);
            while !rest.is_empty() {
                let end = rest.find(is_space).filter(|_| parts.len() < max);
                parts.push(rest[..end.unwrap_or(rest.len())].to_owned());
                rest = end.map_or("", |it| rest[it..].trim_start_matches(is_space));
            }
            Some(parts)
        }
        ("split" | "rsplit", Some(PyValue::Str(separator))) if separator.is_empty() => {
            return Err(Error::raise("ValueError", "empty separator"));
        }
        ("split", Some(PyValue::Str(separator))) => {
            Some(text.splitn(max.saturating_add(1), &**separator).map(owned).collect())
        }
        ("rsplit", Some(PyValue::Str(separator))) => {
            let parts = text.rsplitn(max.saturating_add(1), &**separator);
            let mut parts: Vec<String> = parts.map(owned).collect();
            parts.reverse();
            Some(parts)
        }
        _ => None,
    })
}

/// `separator.join(items)`. Parts that are not known leave gaps.
pub(super) fn join(heap: &Heap, separator: &str, items: &[PyValue]) -> Outcome {
    let mut writer = Writer::default();
    for (idx, item) in items.iter().enumerate() {
        if idx > 0 {
            writer.text(separator);
        }
        match item {
            PyValue::Str(_) | PyValue::Pattern(_) | PyValue::Unknown(_) => writer.value(item),
            PyValue::Native(_) | PyValue::Method(_) => {
                return Ok(PyValue::because("an object that is not known is joined"));
            }
            _ => return Err(Error::type_error("`join` takes texts only")),
        }
    }
    Ok(writer.finish(heap))
}

/// A method of a text with gaps, where the known parts decide it.
pub(super) fn pattern_method(parts: &[Part], name: &str, args: &[PyValue]) -> Option<PyValue> {
    match (name, args, parts.first(), parts.last()) {
        ("startswith", [PyValue::Str(it)], Some(Part::Known(text)), _)
            if text.len() >= it.len() || !it.starts_with(&**text) =>
        {
            Some(PyValue::Bool(text.starts_with(&**it)))
        }
        ("endswith", [PyValue::Str(it)], _, Some(Part::Known(text)))
            if text.len() >= it.len() || !it.ends_with(&**text) =>
        {
            Some(PyValue::Bool(text.ends_with(&**it)))
        }
        _ => None,
    }
}

/// `splitlines(True)`, for the ends of lines that are usual.
fn lines_with_ends(text: &str) -> Option<Vec<String>> {
    if text.contains(['\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).map(|at| match rest[at..].starts_with("\r\n") {
            true => at + 2,
            false => at + 1,
        });
        let (line, tail) = rest.split_at(end.unwrap_or(rest.len()));
        lines.push(line.to_owned());
        rest = tail;
    }
    Some(lines)
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

fn stripped(heap: &Heap, text: &str, name: &str, takes: impl Fn(char) -> bool) -> PyValue {
    heap.text(match name {
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
                PyValue::Str(it) => Some(&**it),
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

fn replaced(heap: &Heap, text: &str, from: &str, to: &str, count: usize) -> PyValue {
    let found = text.matches(from).count().min(count);
    let len = text.len().saturating_add(found.saturating_mul(to.len()));
    match heap.allows(len.saturating_sub(found * from.len())) {
        Ok(()) => heap.text(text.replacen(from, to, count)),
        Err(spent) => heap.some_text(spent),
    }
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

fn justified(text: &str, name: &str, width: i64, fill: char) -> String {
    let missing = usize::try_from(width - chars_in(text)).unwrap_or(0);
    let fills = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    match name {
        "ljust" => format!("{text}{}", fills(missing)),
        "rjust" => format!("{}{text}", fills(missing)),
        _ => {
            // As CPython does it: the odd one goes to the left only where the width is odd, too.
            let odd = missing & usize::try_from(width).unwrap_or(0) & 1;
            let left = missing / 2 + odd;
            format!("{}{text}{}", fills(left), fills(missing - left))
        }
    }
}

fn is_title(text: &str) -> bool {
    let (mut inside, mut any) = (false, false);
    for it in text.bytes() {
        if it.is_ascii_alphabetic() {
            if it.is_ascii_uppercase() == inside {
                return false;
            }
            any = true;
        }
        inside = it.is_ascii_alphabetic();
    }
    any
}

/// `text.translate(table)` with what `str.maketrans` makes of two texts.
fn translated(heap: &Heap, text: &str, table: &[(PyValue, PyValue)]) -> Outcome<Option<PyValue>> {
    heap.spend(text.len() * table.len() / 8);
    let mut out = String::new();
    for it in text.chars() {
        let code = PyValue::Int(i64::from(u32::from(it)));
        match table.iter().find(|(key, _)| *key == code).map(|(_, value)| value) {
            None => out.push(it),
            Some(PyValue::None) => {}
            Some(PyValue::Str(text)) => out.push_str(text),
            Some(PyValue::Int(code)) => match u32::try_from(*code).ok().and_then(char::from_u32) {
                Some(it) => out.push(it),
                None => return Ok(None),
            },
            Some(_) => return Ok(None),
        }
        if heap.allows(out.len()).is_err() {
            return Ok(None);
        }
    }
    let is_table = table.iter().all(|(key, _)| matches!(key, PyValue::Int(_)));
    Ok(is_table.then(|| heap.text(out)))
}

fn cased(text: &str, holds: fn(&u8) -> bool) -> PyValue {
    let mut letters = text.bytes().filter(u8::is_ascii_alphabetic).peekable();
    PyValue::Bool(letters.peek().is_some() && letters.all(|it| holds(&it)))
}

fn partition(heap: &Heap, text: &str, separator: &str, first: bool) -> Outcome {
    if separator.is_empty() {
        return Err(Error::raise("ValueError", "empty separator"));
    }
    let found = if first { text.split_once(separator) } else { text.rsplit_once(separator) };
    let parts = match (found, first) {
        (Some((before, after)), _) => [before, separator, after],
        (None, true) => [text, "", ""],
        (None, false) => ["", "", text],
    };
    Ok(heap.tuple(parts.into_iter().map(|it| heap.text(it)).collect()))
}
