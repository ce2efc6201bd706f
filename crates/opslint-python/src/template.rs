//! `"…" % values` and `"…".format(…)`. Values that are not known leave gaps in the text.

use super::raise::{Error, Outcome};
use super::render::{format_text_of, format_value, repr, str_of};
use super::storage::{Heap, Opaque};
use super::text::Writer;
use super::value::PyValue;

/// Writes a value as `format(value, spec)` does after the conversion `!r` or `!s`.
pub(super) fn formatted(
    heap: &Heap,
    writer: &mut Writer,
    value: &PyValue,
    conversion: Option<char>,
    spec: &str,
) -> Outcome<()> {
    if matches!(value, PyValue::Pattern(_)) && spec.is_empty() && conversion != Some('r') {
        writer.value(value);
        return Ok(());
    }
    let text = match conversion {
        None => format_value(heap, value, spec)?,
        Some(conversion) => {
            let converted = match conversion {
                'r' => repr(heap, value),
                's' => str_of(heap, value),
                _ => None,
            };
            match converted {
                Some(text) if spec.is_empty() => Some(text),
                Some(text) => format_text_of(&text, spec)?,
                None => None,
            }
        }
    };
    match text {
        Some(text) => writer.text(&text),
        None => writer.gap(gap(value)),
    }
    Ok(())
}

fn gap(value: &PyValue) -> Opaque {
    let reason = || Opaque::because("how Python prints this value is not known");
    value.unknown().unwrap_or_else(reason)
}

fn unusual(writer: &mut Writer) {
    writer.gap(Opaque::because("the format is not usual"));
}

/// `template % values`.
pub(super) fn percent(heap: &Heap, template: &str, values: &PyValue) -> Outcome {
    let mut fields = PercentFields { values, next: 0 };
    let mut writer = Writer::default();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        writer.text(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('%') {
            writer.text("%");
            rest = tail;
            continue;
        }
        let value = match rest.strip_prefix('(') {
            Some(named) => {
                let Some((name, tail)) = named.split_once(')') else {
                    return Err(Error::raise("ValueError", "incomplete format key"));
                };
                rest = tail;
                fields.named(heap, name)?
            }
            None => fields.positional()?,
        };
        let flags_end = rest.find(|it: char| !"0123456789.+- #".contains(it));
        let Some(end) = flags_end else {
            return Err(Error::raise("ValueError", "incomplete format"));
        };
        let kind = rest[end..].chars().next().unwrap_or(' ');
        percent_field(heap, &mut writer, &value, &rest[..end], kind)?;
        rest = &rest[end + kind.len_utf8()..];
    }
    writer.text(rest);
    fields.finish()?;
    Ok(writer.finish(heap))
}

/// Whether a template of `%` has a field that not every value fits, such as `%d`.
pub(super) fn asks_for_a_kind(template: &str) -> bool {
    template.replace("%%", "").split('%').skip(1).any(|field| {
        let named = field.strip_prefix('(').and_then(|it| it.split_once(')'));
        let field = named.map_or(field, |(_, it)| it);
        let kind = field.trim_start_matches(|it: char| "0123456789.+- #".contains(it));
        !kind.starts_with(['s', 'r'])
    })
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

    fn named(&mut self, heap: &Heap, name: &str) -> Outcome {
        self.next = usize::MAX;
        heap.spend(self.values.entries().len() / 8);
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

fn percent_field(
    heap: &Heap,
    writer: &mut Writer,
    value: &PyValue,
    flags: &str,
    kind: char,
) -> Outcome<()> {
    let plain = flags.is_empty();
    match kind {
        's' if plain => formatted(heap, writer, value, None, ""),
        'r' if plain => formatted(heap, writer, value, Some('r'), ""),
        's' | 'r' => {
            let text = match kind {
                's' => str_of(heap, value),
                _ => repr(heap, value),
            };
            match (text, text_flags(flags)) {
                (Some(text), Some(flags)) => writer.text(&flags.apply(&text)),
                (None, _) => writer.gap(gap(value)),
                (_, None) => unusual(writer),
            }
            Ok(())
        }
        'd' | 'i' | 'u' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'x' | 'X' | 'o' => {
            percent_number(heap, writer, value, flags, kind)
        }
        'c' if matches!(value, PyValue::Int(_)) && !may_be_a_character(value) => {
            Err(Error::raise("OverflowError", "%c arg not in range(0x110000)"))
        }
        'c' if !may_be_a_character(value) => {
            Err(Error::type_error("%c requires an int or a text of one character"))
        }
        'a' | 'c' => {
            unusual(writer);
            Ok(())
        }
        _ => Err(Error::raise("ValueError", "unsupported format character")),
    }
}

/// Whether `%c` may take the value: it wants a number of a character, or a character.
fn may_be_a_character(value: &PyValue) -> bool {
    match value {
        PyValue::Str(text) => text.chars().count() == 1,
        PyValue::Int(code) => u32::try_from(*code).is_ok_and(|it| it <= u32::from(char::MAX)),
        PyValue::Bool(_) | PyValue::Pattern(_) => true,
        other => other.type_name().is_none_or(|it| it == "int"),
    }
}

fn percent_number(
    heap: &Heap,
    writer: &mut Writer,
    value: &PyValue,
    flags: &str,
    kind: char,
) -> Outcome<()> {
    let decimal = matches!(kind, 'd' | 'i' | 'u');
    let value = match value {
        PyValue::Bool(value) => PyValue::Int(i64::from(*value)),
        // `%d` cuts the fraction off.
        PyValue::Float(value) if decimal => super::numbers::int_of_float(*value)?,
        PyValue::Float(_) if matches!(kind, 'x' | 'X' | 'o') => {
            return Err(Error::type_error(format!("%{kind} format: an integer is required")));
        }
        PyValue::Pattern(_) => return Err(Error::type_error("%d format: a number is required")),
        PyValue::Unknown(_) | PyValue::Range { .. } => value.clone(),
        PyValue::Int(_) | PyValue::Float(_) => value.clone(),
        PyValue::Native(_) | PyValue::Method(_) => {
            writer.gap(gap(value));
            return Ok(());
        }
        _ => return Err(Error::type_error(format!("%{kind} format: a number is required"))),
    };
    // Width, sign and precision mean the same in a format specification, except for these.
    let left = flags.contains('-');
    let bare = flags.replace('-', "");
    let bare = if left { bare.trim_start_matches('0') } else { bare.as_str() };
    let specification = match kind {
        _ if flags.contains('#') => None,
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' if flags.contains('.') => None,
        'i' | 'u' => Some(format!("{}{bare}d", if left { "<" } else { "" })),
        _ => Some(format!("{}{bare}{kind}", if left { "<" } else { "" })),
    };
    match specification {
        Some(specification) => formatted(heap, writer, &value, None, &specification),
        None => {
            unusual(writer);
            Ok(())
        }
    }
}

/// The flags of `%-8.3s`.
struct TextFlags {
    left: bool,
    width: usize,
    precision: Option<usize>,
}

fn text_flags(flags: &str) -> Option<TextFlags> {
    const WIDTH_MAX: usize = 1_000;
    let rest = flags.trim_start_matches(['-', '+', ' ', '#', '0']);
    let (width, precision) = match rest.split_once('.') {
        Some((width, precision)) => (width, Some(precision)),
        None => (rest, None),
    };
    let number = |it: &str| if it.is_empty() { Some(0) } else { it.parse::<usize>().ok() };
    let precision = match precision {
        Some(it) => Some(number(it)?),
        None => None,
    };
    let width = number(width)?;
    let left = flags.contains('-');
    (width <= WIDTH_MAX).then_some(TextFlags { left, width, precision })
}

impl TextFlags {
    fn apply(&self, text: &str) -> String {
        let cut: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        let missing = " ".repeat(self.width.saturating_sub(cut.chars().count()));
        if self.left { cut + &missing } else { missing + &cut }
    }
}

/// `template.format(*args, **kwargs)`.
pub(super) fn format_method(
    heap: &Heap,
    template: &str,
    args: &[PyValue],
    keywords: &[(String, PyValue)],
) -> Outcome {
    let mut scanner = Scanner { heap, args, keywords, next: 0, numbered: false };
    let mut writer = Writer::default();
    scanner.scan(&mut writer, template, 0)?;
    Ok(writer.finish(heap))
}

struct Scanner<'a> {
    heap: &'a Heap,
    args: &'a [PyValue],
    keywords: &'a [(String, PyValue)],
    next: usize,
    numbered: bool,
}

impl Scanner<'_> {
    fn scan(&mut self, writer: &mut Writer, template: &str, depth: usize) -> Outcome<()> {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            writer.text(&rest[..at]);
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if let Some(tail) = rest.strip_prefix(brace) {
                writer.text(brace);
                rest = tail;
                continue;
            }
            let field = if brace == "{" { field_end(rest) } else { None };
            let Some(end) = field else {
                return Err(Error::raise("ValueError", "single `{` or `}` in format string"));
            };
            self.field(writer, &rest[..end], depth)?;
            rest = &rest[end + 1..];
        }
        writer.text(rest);
        Ok(())
    }

    fn field(&mut self, writer: &mut Writer, field: &str, depth: usize) -> Outcome<()> {
        if depth > 1 {
            unusual(writer);
            return Ok(());
        }
        let (head, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = match head.split_once('!') {
            Some((name, conversion)) => (name, conversion.chars().next()),
            None => (head, None),
        };
        let first = name.find(['.', '[']).unwrap_or(name.len());
        let value = self.lookup(&name[..first])?;
        let value = self.part(value, &name[first..])?;
        let mut inner = Writer::default();
        self.scan(&mut inner, spec, depth + 1)?;
        match inner.into_known() {
            Some(spec) => formatted(self.heap, writer, &value, conversion, &spec),
            None => {
                unusual(writer);
                Ok(())
            }
        }
    }

    /// What `[0][key]` leads to. Attributes are not looked up.
    fn part(&self, mut value: PyValue, path: &str) -> Outcome {
        let mut rest = path;
        while !rest.is_empty() {
            let inside = rest.strip_prefix('[').and_then(|it| it.split_once(']'));
            let Some((key, tail)) = inside.filter(|(key, _)| !key.is_empty()) else {
                return Ok(PyValue::because("the format looks into an object"));
            };
            let digits = key.bytes().all(|it| it.is_ascii_digit());
            let key = match key.parse() {
                Ok(idx) if digits => PyValue::Int(idx),
                _ => self.heap.text(key),
            };
            value = super::containers::subscript(self.heap, &value, &key)?;
            rest = tail;
        }
        Ok(value)
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
