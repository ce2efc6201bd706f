//! Values as text: `repr`, `str`, and the format specifications of f-strings and `format`.

use super::numbers::Number;
use super::raise::{Error, Outcome};
use super::storage::Heap;
use super::value::PyValue;

/// `str(value)`, when all of it is known.
pub(super) fn str_of(heap: &Heap, value: &PyValue) -> Option<String> {
    match value {
        PyValue::Str(text) | PyValue::Path(text) => heap.walk(value).then(|| text.to_string()),
        _ => repr(heap, value),
    }
}

/// `repr(value)`, when all of it is known.
pub(super) fn repr(heap: &Heap, value: &PyValue) -> Option<String> {
    let mut out = String::new();
    (heap.walk(value) && write_repr(&mut out, value)).then_some(out)
}

/// Writes `repr(value)`. False when a part of it is not known.
fn write_repr(out: &mut String, value: &PyValue) -> bool {
    match value {
        PyValue::None => out.push_str("None"),
        PyValue::Bool(true) => out.push_str("True"),
        PyValue::Bool(false) => out.push_str("False"),
        PyValue::Int(value) => out.push_str(&value.to_string()),
        PyValue::Float(value) => out.push_str(&float_repr(*value)),
        PyValue::Str(text) => return write_text_repr(out, text),
        PyValue::List(items) => return write_items(out, ["[", "]"], items),
        PyValue::Tuple(items) if items.len() == 1 => return write_items(out, ["(", ",)"], items),
        PyValue::Tuple(items) => return write_items(out, ["(", ")"], items),
        PyValue::Dict(entries) => {
            out.push('{');
            for (idx, (key, value)) in entries.iter().enumerate() {
                out.push_str(if idx > 0 { ", " } else { "" });
                if !write_repr(out, key) {
                    return false;
                }
                out.push_str(": ");
                if !write_repr(out, value) {
                    return false;
                }
            }
            out.push('}');
        }
        // The order of a set with more elements depends on hashes.
        PyValue::Set(items) if items.is_empty() => out.push_str("set()"),
        PyValue::Set(items) if items.len() == 1 => return write_items(out, ["{", "}"], items),
        _ => return false,
    }
    true
}

fn write_items(out: &mut String, [open, close]: [&str; 2], items: &[PyValue]) -> bool {
    out.push_str(open);
    for (idx, item) in items.iter().enumerate() {
        out.push_str(if idx > 0 { ", " } else { "" });
        if !write_repr(out, item) {
            return false;
        }
    }
    out.push_str(close);
    true
}

/// `repr` of a `float`: the shortest digits that read back, with an exponent where Python has one.
pub(super) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `repr` of a text. False when it depends on the version of Python.
fn write_text_repr(out: &mut String, text: &str) -> bool {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for it in text.chars() {
        match it {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            it if it == quote => out.extend(['\\', it]),
            ' '..='~' => out.push(it),
            '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\x{:02x}", it as u32)),
            it if it.is_alphanumeric() => out.push(it),
            // Whether Python escapes the rest depends on its Unicode tables.
            _ => return false,
        }
    }
    out.push(quote);
    true
}

/// `repr` of a text as part of a message, cut where it is long.
pub(super) fn text_shown(text: &str) -> String {
    const SHOWN_MAX: usize = 100;
    let mut out = String::new();
    let shown = &text[..text.floor_char_boundary(SHOWN_MAX)];
    match write_text_repr(&mut out, shown) {
        true if shown.len() < text.len() => out + "…",
        true => out,
        false => "a text".to_owned(),
    }
}

/// `format(value, spec)`. `Ok(None)` when the value or the specification is beyond us.
pub(super) fn format_value(heap: &Heap, value: &PyValue, spec: &str) -> Outcome<Option<String>> {
    if spec.is_empty() {
        return Ok(str_of(heap, value));
    }
    if !heap.walk(value) {
        return Ok(None);
    }
    let Some(spec) = Spec::parse(spec) else { return Ok(None) };
    match (value, Number::of(value)) {
        (PyValue::Str(text), _) => format_text(text, &spec),
        // A truth value with a specification is formatted as the number that it is.
        (_, Some(number)) => format_number(number, &spec),
        (value, None) if value.is_known() => Err(Error::type_error("unsupported format string")),
        _ => Ok(None),
    }
}

/// `format(text, spec)` of a text.
pub(super) fn format_text_of(text: &str, spec: &str) -> Outcome<Option<String>> {
    match Spec::parse(spec) {
        Some(spec) => format_text(text, &spec),
        None => Ok(None),
    }
}

/// A format specification: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str) -> Option<Self> {
        const WIDTH_MAX: usize = 1_000;
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        let mut spec = Self::default();
        let is_align = |it: Option<&char>| matches!(it, Some('<' | '>' | '^' | '='));
        if is_align(chars.get(1)) {
            spec.fill = Some(chars[0]);
            spec.align = Some(chars[1]);
            at = 2;
        } else if is_align(chars.first()) {
            spec.align = Some(chars[0]);
            at = 1;
        }
        let mut take = |set: &str| {
            let found = chars.get(at).copied().filter(|it| set.contains(*it));
            at += usize::from(found.is_some());
            found
        };
        spec.sign = take("+- ");
        spec.alternate = take("#").is_some();
        spec.zero = take("0").is_some();
        let number = |take: &mut dyn FnMut(&str) -> Option<char>| {
            let mut digits = String::new();
            while let Some(digit) = take("0123456789") {
                digits.push(digit);
            }
            if digits.is_empty() { Some(None) } else { digits.parse::<usize>().ok().map(Some) }
        };
        spec.width = number(&mut take)?.unwrap_or(0);
        spec.grouping = take(",_");
        if take(".").is_some() {
            spec.precision = Some(number(&mut take)??);
        }
        spec.kind = take("sdbox XeEfFgGn%c").filter(|it| *it != ' ');
        let too_large = spec.width > WIDTH_MAX || spec.precision.is_some_and(|it| it > WIDTH_MAX);
        (at == chars.len() && !too_large).then_some(spec)
    }

    /// Puts `body` into the width; `sign` stays in front of zeros.
    fn pad(&self, sign: &str, body: &str, align: char) -> String {
        let align = self.align.unwrap_or(if self.zero && align == '>' { '=' } else { align });
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let len = sign.chars().count() + body.chars().count();
        let missing = self.width.saturating_sub(len);
        let fills = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
        match align {
            '<' => format!("{sign}{body}{}", fills(missing)),
            '^' => format!("{}{sign}{body}{}", fills(missing / 2), fills(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fills(missing)),
            _ => format!("{}{sign}{body}", fills(missing)),
        }
    }
}

fn format_text(text: &str, spec: &Spec) -> Outcome<Option<String>> {
    if !matches!(spec.kind, None | Some('s')) {
        return Err(Error::raise("ValueError", "this format is not for text"));
    }
    if spec.sign.is_some() || spec.alternate || spec.grouping.is_some() || spec.align == Some('=') {
        return Err(Error::raise("ValueError", "this format is not for text"));
    }
    // Whether `0` pads text at the left changed between Python versions.
    if spec.zero {
        return Ok(None);
    }
    let cut: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    Ok(Some(spec.pad("", &cut, '<')))
}

fn format_number(number: Number, spec: &Spec) -> Outcome<Option<String>> {
    // Zeros and separators together are grouped by rules of their own.
    if spec.grouping.is_some() && (spec.zero || spec.fill == Some('0')) {
        return Ok(None);
    }
    let negative = match number {
        Number::Int(value) => value < 0,
        Number::Float(value) => value.is_sign_negative() && !value.is_nan(),
    };
    let body = match (number, spec.kind) {
        (Number::Int(value), None | Some('d' | 'b' | 'o' | 'x' | 'X')) => {
            if spec.precision.is_some() {
                return Err(Error::raise("ValueError", "Precision not allowed"));
            }
            int_body(value.unsigned_abs(), spec)
        }
        (Number::Float(_), Some('d' | 'b' | 'o' | 'x' | 'X' | 'c')) | (_, Some('s')) => {
            return Err(Error::raise("ValueError", "this format is not for this type"));
        }
        (Number::Int(value), Some('c')) => return format_character(value, spec),
        (_, Some('n')) => return Ok(None),
        (number, kind) => match float_body(number.as_float().abs(), kind, spec) {
            Some(body) => body,
            None => return Ok(None),
        },
    };
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let prefix = match (spec.alternate, spec.kind) {
        (true, Some('b')) => "0b",
        (true, Some('o')) => "0o",
        (true, Some('x')) => "0x",
        (true, Some('X')) => "0X",
        (true, None | Some('d')) => "",
        (true, _) => return Ok(None),
        (false, _) => "",
    };
    Ok(Some(spec.pad(&format!("{sign}{prefix}"), &body, '>')))
}

/// The character of a number.
fn format_character(value: i64, spec: &Spec) -> Outcome<Option<String>> {
    let is_plain = spec.precision.is_none() && spec.sign.is_none() && spec.grouping.is_none();
    if !is_plain || spec.alternate {
        return Err(Error::raise("ValueError", "this format is not for a character"));
    }
    match u32::try_from(value).ok().filter(|it| *it <= u32::from(char::MAX)) {
        // A half of a surrogate pair is a character in Python.
        Some(code) => Ok(char::from_u32(code).map(|it| spec.pad("", &it.to_string(), '>'))),
        None => Err(Error::raise("OverflowError", "%c arg not in range(0x110000)")),
    }
}

fn int_body(value: u64, spec: &Spec) -> String {
    let (digits, group) = match spec.kind {
        Some('b') => (format!("{value:b}"), 4),
        Some('o') => (format!("{value:o}"), 4),
        Some('x') => (format!("{value:x}"), 4),
        Some('X') => (format!("{value:X}"), 4),
        _ => (value.to_string(), 3),
    };
    grouped(&digits, spec.grouping, group)
}

fn float_body(value: f64, kind: Option<char>, spec: &Spec) -> Option<String> {
    if !value.is_finite() {
        let text = if value.is_nan() { "nan" } else { "inf" };
        let percent = if kind == Some('%') { "%" } else { "" };
        let upper = kind.is_some_and(|it| it.is_ascii_uppercase());
        let text = if upper { text.to_uppercase() } else { text.to_owned() };
        return (!spec.zero).then(|| text + percent);
    }
    let precision = spec.precision.unwrap_or(6);
    let body = match kind {
        Some('f' | 'F') => format!("{value:.precision$}"),
        Some('%') => format!("{:.precision$}%", value * 100.0),
        Some('e' | 'E') => exponent_form(value, precision, kind == Some('E')),
        Some('g' | 'G') => general_form(value, precision.max(1), kind == Some('G')),
        None if spec.precision.is_none() => float_repr(value),
        _ => return None,
    };
    if spec.grouping.is_none() {
        return Some(body);
    }
    let end = body.find(|it: char| !it.is_ascii_digit()).unwrap_or(body.len());
    Some(grouped(&body[..end], spec.grouping, 3) + &body[end..])
}

fn exponent_form(value: f64, precision: usize, upper: bool) -> String {
    let scientific = format!("{value:.precision$e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    let letter = if upper { 'E' } else { 'e' };
    format!("{mantissa}{letter}{sign}{:02}", exponent.abs())
}

fn general_form(value: f64, precision: usize, upper: bool) -> String {
    let scientific = format!("{value:.*e}", precision - 1);
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, it)| it.parse().ok()).unwrap_or_default();
    let limit = i32::try_from(precision).unwrap_or(i32::MAX);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..limit).contains(&exponent) {
        let decimals = usize::try_from(limit - 1 - exponent).unwrap_or_default();
        return trimmed(&format!("{value:.decimals$}"));
    }
    let full = exponent_form(value, precision - 1, upper);
    let split = full.find(['e', 'E']).unwrap_or(full.len());
    trimmed(&full[..split]) + &full[split..]
}

fn grouped(digits: &str, separator: Option<char>, group: usize) -> String {
    let Some(separator) = separator else { return digits.to_owned() };
    let mut out = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(group) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}
