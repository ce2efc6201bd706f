//! `"…" % values` and `"…".format(…)`. Values that are not known leave gaps in the text.

use crate::fact::{TextPart, Unknown};

use super::raise::{Error, Outcome};
use super::render::{format_value, repr, str_of};
use super::text::{from_parts, parts_of};
use super::value::PyValue;

/// A value as `format(value, spec)` after the conversion `!r` or `!s`, in parts.
pub(super) fn formatted(
    value: &PyValue,
    conversion: Option<char>,
    spec: &str,
) -> Outcome<Vec<TextPart>> {
    if matches!(value, PyValue::Pattern(_)) && spec.is_empty() && conversion != Some('r') {
        return Ok(parts_of(value));
    }
    let converted = match conversion {
        Some('r') => repr(value),
        Some('s') => str_of(value),
        Some(_) => None,
        None => {
            let text = format_value(value, spec)?;
            return Ok(vec![text.map_or_else(|| gap(value), TextPart::Known)]);
        }
    };
    let Some(text) = converted else { return Ok(vec![gap(value)]) };
    let text = format_value(&PyValue::Str(text), spec)?;
    Ok(vec![text.map_or_else(|| gap(value), TextPart::Known)])
}

fn gap(value: &PyValue) -> TextPart {
    let reason = || Unknown::because("how Python prints this value is not known");
    TextPart::Unknown(value.unknown().unwrap_or_else(reason))
}

/// `template % values`.
pub(super) fn percent(template: &str, values: &PyValue) -> Outcome {
    let mut fields = PercentFields { values, next: 0 };
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        parts.push(TextPart::Known(rest[..at].to_owned()));
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('%') {
            parts.push(TextPart::Known("%".to_owned()));
            rest = tail;
            continue;
        }
        let value = match rest.strip_prefix('(') {
            Some(named) => {
                let Some((name, tail)) = named.split_once(')') else {
                    return Err(Error::raise("ValueError", "incomplete format key"));
                };
                rest = tail;
                fields.named(name)?
            }
            None => fields.positional()?,
        };
        let flags_end = rest.find(|it: char| !"0123456789.+- #".contains(it));
        let Some(end) = flags_end else {
            return Err(Error::raise("ValueError", "incomplete format"));
        };
        let kind = rest[end..].chars().next().unwrap_or(' ');
        parts.extend(percent_field(&value, &rest[..end], kind)?);
        rest = &rest[end + kind.len_utf8()..];
    }
    parts.push(TextPart::Known(rest.to_owned()));
    fields.finish()?;
    Ok(from_parts(parts))
}

struct PercentFields<'a> {
    values: &'a PyValue,
    next: usize,
}

impl PercentFields<'_> {
    fn positional(&mut self) -> Outcome {
        self.next += 1;
        match self.values {
            PyValue::Tuple(values) => match values.get(self.next - 1) {
                Some(value) => Ok(value.clone()),
                None => Err(Error::type_error("not enough arguments for format string")),
            },
            // It may be a tuple of any length.
            PyValue::Unknown(unknown) => Ok(PyValue::Unknown(unknown.clone())),
            single if self.next == 1 => Ok(single.clone()),
            _ => Err(Error::type_error("not enough arguments for format string")),
        }
    }

    fn named(&mut self, name: &str) -> Outcome {
        self.next = usize::MAX;
        match self.values {
            PyValue::Dict(entries) => match entries.get(name) {
                Some(value) => Ok(value.clone()),
                None if entries.iter().any(|(key, _)| !key.is_known()) => {
                    Ok(PyValue::because("a key of the dict is not known"))
                }
                None => Err(Error::raise("KeyError", format!("`{name}`"))),
            },
            PyValue::Unknown(unknown) => Ok(PyValue::Unknown(unknown.clone())),
            _ => Err(Error::type_error("format requires a mapping")),
        }
    }

    fn finish(&self) -> Outcome<()> {
        let used = match self.values {
            PyValue::Tuple(values) => self.next >= values.len(),
            PyValue::Dict(_) | PyValue::List(_) | PyValue::Unknown(_) => true,
            _ => self.next >= 1,
        };
        if used {
            return Ok(());
        }
        Err(Error::type_error("not all arguments converted during string formatting"))
    }
}

fn percent_field(value: &PyValue, flags: &str, kind: char) -> Outcome<Vec<TextPart>> {
    let plain = flags.is_empty();
    match kind {
        's' if plain => formatted(value, None, ""),
        'r' if plain => formatted(value, Some('r'), ""),
        'd' | 'i' | 'u' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'x' | 'X' | 'o' => {
            let whole = matches!(kind, 'd' | 'i' | 'u');
            let value = match value {
                PyValue::Bool(value) => PyValue::Int(i64::from(*value)),
                // `%d` cuts the fraction off.
                PyValue::Float(value) if whole && value.is_finite() => {
                    super::numbers::int_of_float(*value)?
                }
                PyValue::Pattern(_) | PyValue::Unknown(_) | PyValue::Range { .. } => value.clone(),
                PyValue::Int(_) | PyValue::Float(_) => value.clone(),
                PyValue::Native(_) | PyValue::Method(_) => return Ok(vec![gap(value)]),
                _ => {
                    let message = format!("%{kind} format: a number is required");
                    return Err(Error::type_error(message));
                }
            };
            // Width, sign and precision mean the same here, except for these.
            let translated = match (flags, kind) {
                (_, _) if flags.contains(['-', '#']) => None,
                (_, 'd' | 'i' | 'u') if flags.contains('.') => None,
                (_, 'i' | 'u') => Some(format!("{flags}d")),
                _ => Some(format!("{flags}{kind}")),
            };
            match translated {
                Some(spec) => formatted(&value, None, &spec),
                None => Ok(vec![TextPart::Unknown(Unknown::because("the format is not usual"))]),
            }
        }
        's' | 'r' | 'a' | 'c' | '%' => {
            Ok(vec![TextPart::Unknown(Unknown::because("the format is not usual"))])
        }
        _ => Err(Error::raise("ValueError", "unsupported format character")),
    }
}

/// `template.format(*args, **kwargs)`.
pub(super) fn format_method(
    template: &str,
    args: &[PyValue],
    keywords: &[(String, PyValue)],
) -> Outcome {
    let mut scanner = Scanner { args, keywords, next: 0, numbered: false };
    let parts = scanner.scan(template, 0)?;
    Ok(from_parts(parts))
}

struct Scanner<'a> {
    args: &'a [PyValue],
    keywords: &'a [(String, PyValue)],
    next: usize,
    numbered: bool,
}

impl Scanner<'_> {
    fn scan(&mut self, template: &str, depth: usize) -> Outcome<Vec<TextPart>> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            parts.push(TextPart::Known(rest[..at].to_owned()));
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if let Some(tail) = rest.strip_prefix(brace) {
                parts.push(TextPart::Known(brace.to_owned()));
                rest = tail;
                continue;
            }
            let field = if brace == "{" { field_end(rest) } else { None };
            let Some(end) = field else {
                return Err(Error::raise("ValueError", "single `{` or `}` in format string"));
            };
            parts.extend(self.field(&rest[..end], depth)?);
            rest = &rest[end + 1..];
        }
        parts.push(TextPart::Known(rest.to_owned()));
        Ok(parts)
    }

    fn field(&mut self, field: &str, depth: usize) -> Outcome<Vec<TextPart>> {
        let unusual = || Ok(vec![TextPart::Unknown(Unknown::because("the format is not usual"))]);
        if depth > 1 {
            return unusual();
        }
        let (head, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = match head.split_once('!') {
            Some((name, conversion)) => (name, conversion.chars().next()),
            None => (head, None),
        };
        let value = if name.contains(['.', '[']) {
            PyValue::because("the format looks into an object")
        } else {
            self.lookup(name)?
        };
        let spec = match from_parts(self.scan(spec, depth + 1)?) {
            PyValue::Str(spec) => spec,
            _ => return unusual(),
        };
        formatted(&value, conversion, &spec)
    }

    fn lookup(&mut self, name: &str) -> Outcome {
        let positional = |idx: usize| match self.args.get(idx) {
            Some(value) => Ok(value.clone()),
            None => Err(Error::raise("IndexError", "Replacement index out of range")),
        };
        let number = name.parse().ok();
        self.numbered |= number.is_some();
        if self.numbered && (name.is_empty() || self.next > 0) {
            let message = "cannot mix automatic and manual field numbering";
            return Err(Error::raise("ValueError", message));
        }
        if name.is_empty() {
            self.next += 1;
            return positional(self.next - 1);
        }
        if let Some(idx) = number {
            return positional(idx);
        }
        match self.keywords.iter().find(|(key, _)| key == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(Error::raise("KeyError", format!("`{name}`"))),
        }
    }
}

/// Where the field that starts here ends: at the `}` that is not of a field in its specification.
fn field_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, it) in text.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}
