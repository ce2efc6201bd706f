//! `json.loads` and `json.dumps` with their defaults.

use std::fmt::{self, Write};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::budget::NESTING_MAX;

use super::super::call::unknown_of;
use super::super::containers::insert_entry;
use super::super::numbers::too_large;
use super::super::raise::{Error, Outcome};
use super::super::render::float_repr;
use super::super::storage::Heap;
use super::super::value::PyValue;

/// `json.loads(text)`.
pub(in super::super) fn loads(heap: &Heap, value: &PyValue) -> Outcome {
    let PyValue::Str(text) = value else { return of_other("loads", value) };
    if !heap.walk(value) || nesting(text) > NESTING_MAX {
        return Ok(PyValue::because("the text is too large to read"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Reader(heap).deserialize(&mut reader);
    match parsed.and_then(|it| reader.end().map(|()| it)) {
        Ok(value) => Ok(value),
        // Python takes these for numbers, and halves of characters for characters.
        Err(_) if ["NaN", "Infinity", "\\ud", "\\uD"].iter().any(|it| text.contains(it)) => {
            Ok(PyValue::because("the text is not standard JSON"))
        }
        Err(_) => Err(Error::raise("JSONDecodeError", "the text is not JSON")),
    }
}

/// How deep brackets stand in brackets at most; those in texts count too.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for it in text.bytes() {
        match it {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// `json.dumps(value)`.
pub(in super::super) fn dumps(heap: &Heap, value: &PyValue) -> Outcome {
    if !value.is_known() || !heap.walk(value) {
        return Ok(unknown_of(std::slice::from_ref(value)));
    }
    let mut out = String::new();
    match write(&mut out, value) {
        Written::All => Ok(heap.text(out)),
        Written::Refused => Err(Error::type_error("the object is not JSON serializable")),
        Written::Unknown => Ok(unknown_of(std::slice::from_ref(value))),
    }
}

fn of_other(name: &str, value: &PyValue) -> Outcome {
    match value.type_name() {
        Some("str") | None => Ok(unknown_of(std::slice::from_ref(value))),
        Some(kind) => Err(Error::type_error(format!("json.{name}() cannot take a `{kind}`"))),
    }
}

/// Whether a value could be written.
#[derive(PartialEq, Eq)]
enum Written {
    All,
    Refused,
    Unknown,
}

fn write(out: &mut String, value: &PyValue) -> Written {
    match value {
        PyValue::None => out.push_str("null"),
        PyValue::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        PyValue::Int(value) => out.push_str(&value.to_string()),
        PyValue::Float(value) if value.is_nan() => out.push_str("NaN"),
        PyValue::Float(value) if value.is_infinite() => {
            out.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" });
        }
        PyValue::Float(value) => out.push_str(&float_repr(*value)),
        PyValue::Str(text) => write_text(out, text),
        PyValue::List(_) | PyValue::Tuple(_) => {
            out.push('[');
            for (idx, item) in value.elements().unwrap_or_default().iter().enumerate() {
                out.push_str(if idx > 0 { ", " } else { "" });
                match write(out, item) {
                    Written::All => {}
                    other => return other,
                }
            }
            out.push(']');
        }
        PyValue::Dict(entries) => {
            out.push('{');
            for (idx, (key, value)) in entries.iter().enumerate() {
                out.push_str(if idx > 0 { ", " } else { "" });
                let mut name = String::new();
                match key {
                    PyValue::Str(text) => name.push_str(text),
                    PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) => {
                        write(&mut name, key);
                    }
                    _ => return Written::Refused,
                }
                write_text(out, &name);
                out.push_str(": ");
                match write(out, value) {
                    Written::All => {}
                    other => return other,
                }
            }
            out.push('}');
        }
        PyValue::Set(_) | PyValue::Function(_) | PyValue::Module(_) | PyValue::Path(_) => {
            return Written::Refused;
        }
        _ => return Written::Unknown,
    }
    Written::All
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(it),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("writing to a text does not fail");
                }
            }
        }
    }
    out.push('"');
}

/// Reads a value in the order in which it is written.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a Heap);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = PyValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PyValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = PyValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<PyValue, E> {
        Ok(PyValue::None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<PyValue, E> {
        Ok(PyValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<PyValue, E> {
        Ok(PyValue::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<PyValue, E> {
        Ok(i64::try_from(value).map_or_else(|_| too_large(), PyValue::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<PyValue, E> {
        // What is too large for 64 bits comes as a float, whole or not, and so does `-0`.
        let may_be_int = value.fract() == 0.0 && (value.abs() >= 9e18 || value == 0.0);
        let is_negative_zero = value == 0.0 && value.is_sign_negative();
        Ok(match may_be_int && (value != 0.0 || is_negative_zero) {
            true => too_large(),
            false => PyValue::Float(value),
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<PyValue, E> {
        Ok(self.0.text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<PyValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self)? {
            values.push(value);
        }
        Ok(self.0.list(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<PyValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(Key(key)) = items.next_key()? {
            let value = items.next_value_seed(self)?;
            insert_entry(self.0, &mut entries, &self.0.text(key), value);
        }
        Ok(self.0.dict(entries))
    }
}

struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
