//! Every sentence of this stage that is not data.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Node, NodeKind};
use crate::fact::Value;
use crate::fix::{Change, Safety};
use crate::nearest::{is_clear, is_same_name, nearest};
use crate::platforms::Date;
use crate::source::Span;

use super::schema::{Bare, Kind, Scalar, Schema, Table, Type, Unknown};
use super::units::plain;
use crate::quantity::go::NotDuration;

/// The helper of a spelling: the nearest key, or what the data says about this one.
pub(super) enum Hint<'a> {
    /// A key of this table has nearly this name.
    Nearest(&'a str),
    /// The data knows what was meant.
    Told(&'a str),
    /// A sibling of this table has the key.
    Elsewhere(&'a str),
    /// Nothing is near.
    None,
}

pub(super) fn unknown_key(
    schema: &Schema,
    table: &Table,
    (key, span): (&str, Span),
    place: &str,
    hint: &Hint<'_>,
) -> Diagnostic {
    let reader = &schema.reader;
    let (severity, effect) = match table.unknown {
        Unknown::Ignored => (Severity::Warning, format!("{reader} ignores it")),
        Unknown::Refused => (Severity::Error, format!("{reader} refuses the file")),
        Unknown::Misspelt => (Severity::Warning, format!("{reader} knows no such key")),
        Unknown::Undocumented => (Severity::Warning, format!("{reader} documents no such key")),
    };
    let message = match hint {
        Hint::Elsewhere(owner) => format!("`{key}` is a key of {owner}, not of {place}"),
        _ => format!("`{key}` is not a key of {place}"),
    };
    let diagnostic =
        Diagnostic::new(super::UNKNOWN_KEY, severity, message, Label::new(span, effect));
    let diagnostic = match hint {
        Hint::Elsewhere(_) => diagnostic,
        _ => diagnostic.about(place),
    };
    match hint {
        Hint::Nearest(name) => {
            let help = format!("write `{name}`");
            let change = Change::Rename { at: span, was: key.to_owned(), to: (*name).to_owned() };
            diagnostic.with_fix(&help, safety(key, name), change).with_help(help)
        }
        Hint::Told(help) => diagnostic.with_help(*help),
        Hint::Elsewhere(_) => without(diagnostic.with_help("remove it"), key, span),
        Hint::None => match listed(table) {
            Some(keys) => {
                let help = format!("remove it; the keys here are {keys}");
                without(diagnostic.with_help(help), key, span)
            }
            None => without(diagnostic.with_help("remove it"), key, span),
        },
    }
}

/// A key under a wrong name, with fixes that also put right what is wrong with its value, and with
/// none where that cannot be: one error in place of another is no fix. What is wrong further down
/// in a table has a line of its own; it makes the fix one that somebody has to look at.
pub(super) fn whole(
    mut diagnostic: Diagnostic,
    of_value: Vec<Diagnostic>,
    value: &Node,
) -> Diagnostic {
    let is_table = |it: &Node| matches!(it.kind, NodeKind::Map(_));
    let has_lines = is_table(value) || value.elements().iter().any(is_table);
    let here = [value.span, diagnostic.primary.span];
    let is_below = |it: &Diagnostic| has_lines && !here.contains(&it.primary.span);
    for mut it in of_value.into_iter().filter(|it| it.severity > Severity::Info) {
        if is_below(&it) {
            diagnostic.proposals.iter_mut().for_each(|above| above.safety = Safety::Unsafe);
        } else if it.proposals.is_empty() {
            diagnostic.proposals.clear();
        } else {
            let part = it.proposals.swap_remove(0);
            diagnostic.proposals.iter_mut().for_each(|above| above.join(part.clone()));
        }
    }
    diagnostic
}

/// A name in another fashion is the same name; one that is only near may be another one.
fn safety(written: &str, right: &str) -> Safety {
    if is_same_name(written, right) { Safety::Safe } else { Safety::Unsafe }
}

/// With the fix that takes out what nobody reads. What was meant by it is not known.
fn without(diagnostic: Diagnostic, key: &str, span: Span) -> Diagnostic {
    diagnostic.with_fix(format!("remove `{key}`"), Safety::Unsafe, Change::Remove { at: span })
}

/// With the fix that writes another text in place of a value.
fn written(
    diagnostic: Diagnostic,
    (value, new): (&str, &str),
    span: Span,
    how: Safety,
) -> Diagnostic {
    let text = |it: &str| Value::Text(it.to_owned());
    let change = Change::Set { at: span, was: Some(text(value)), to: text(new) };
    diagnostic.with_fix(format!("write `{new}`"), how, change)
}

/// The keys of a small table.
fn listed(table: &Table) -> Option<String> {
    let keys: Vec<_> = table.keys.keys().map(|it| format!("`{it}`")).collect();
    (1..=8).contains(&keys.len()).then(|| keys.join(", "))
}

pub(super) fn wrong_type(
    key: &str,
    types: &[Type],
    node: &Node,
    (span, shape): (Span, &str),
    help: Option<TypeHelp>,
) -> Diagnostic {
    let expected = expected(types);
    let message = format!("`{key}` must be {expected}, not {shape}");
    let label = Label::new(span, node.type_name());
    let diagnostic = Diagnostic::new("wrong-type", Severity::Error, message, label);
    match help {
        Some((help, Some(to))) => {
            let change = Change::Rewrite { at: node.span, to };
            diagnostic.with_fix(&help, Safety::Safe, change).with_help(help)
        }
        Some((help, None)) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// What to do about a value of another form, and the value to write, where it is plain.
pub(super) type TypeHelp = (String, Option<Value>);

/// The forms of a value as a phrase: "a string or a list of strings".
pub(super) fn expected(types: &[Type]) -> String {
    let mut phrases: Vec<String> = Vec::new();
    for ty in types {
        let phrase = match ty {
            Type::Any => "any value".to_owned(),
            Type::Table(_) | Type::Map(_) => "a table".to_owned(),
            Type::List(elements) => list_of(elements),
            Type::Scalar(scalar) if scalar.deprecated.is_some() => continue,
            Type::Scalar(scalar) => single(scalar).to_owned(),
        };
        if !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    }
    match phrases.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "something else".to_owned(),
    }
}

fn single(scalar: &Scalar) -> &'static str {
    match scalar.kind {
        Kind::String => "a string",
        Kind::Digits | Kind::Int => "an integer",
        Kind::Number => "a number",
        Kind::Bool => "a boolean",
        Kind::Duration => "a duration such as `\"30s\"`",
        Kind::Cron => "a cron expression such as `\"0 5 * * *\"`",
        Kind::Size if scalar.bare == Some(Bare::Mb) => "a size such as `\"512mb\"`",
        Kind::Size => "a size such as `\"10gb\"`",
        Kind::Scalar => "a single value",
    }
}

fn list_of(elements: &[Type]) -> String {
    match elements {
        [Type::Table(_) | Type::Map(_)] => "a list of tables".to_owned(),
        [Type::Scalar(it)] if it.kind == Kind::String => "a list of strings".to_owned(),
        [Type::Scalar(it)] if it.kind == Kind::Int => "a list of integers".to_owned(),
        _ => "a list".to_owned(),
    }
}

pub(super) fn missing_key(severity: Severity, key: &str, place: &str, span: Span) -> Diagnostic {
    let label = Label::new(span, format!("needs `{key}`"));
    let message = format!("`{key}` is missing in {place}");
    Diagnostic::new("missing-key", severity, message, label)
        .with_help(format!("add `{key}`"))
        .about(key)
}

/// A key that still works; `new` is another name for the same.
pub(super) fn deprecated_key(
    (key, new): (&str, Option<&str>),
    span: Span,
    help: &str,
) -> Diagnostic {
    let label = Label::new(span, "still works");
    let message = format!("`{key}` is deprecated");
    let diagnostic =
        Diagnostic::new("deprecated-key", Severity::Info, message, label).with_help(help);
    match new {
        Some(new) => {
            let change = Change::Rename { at: span, was: key.to_owned(), to: new.to_owned() };
            diagnostic.with_fix(format!("write `{new}`"), Safety::Safe, change)
        }
        None => diagnostic,
    }
}

pub(super) fn deprecated_form(key: &str, span: Span, help: &str) -> Diagnostic {
    let label = Label::new(span, "still works");
    let message = format!("this form of `{key}` is deprecated");
    Diagnostic::new("deprecated-key", Severity::Info, message, label).with_help(help)
}

pub(super) fn legacy_value(key: &str, value: &str, new: &str, span: Span) -> Diagnostic {
    let label = Label::new(span, "still works");
    let message = format!("`{value}` is an old name of the {key} `{new}`");
    let diagnostic = Diagnostic::new("deprecated-key", Severity::Info, message, label)
        .with_help(format!("write `{new}`"));
    written(diagnostic, (value, new), span, Safety::Safe)
}

pub(super) fn ignored_key(key: &str, span: Span, why: &str) -> Diagnostic {
    let message = format!("`{key}` has no effect: {why}");
    let label = Label::new(span, "has no effect");
    Diagnostic::new("key-without-effect", Severity::Info, message, label)
        .with_help("remove it")
        .with_fix(format!("remove `{key}`"), Safety::Safe, Change::Remove { at: span })
}

pub(super) fn not_allowed(
    scalar: &Scalar,
    key: &str,
    value: &str,
    span: Span,
    nearest: Option<&str>,
) -> Diagnostic {
    let label = match scalar.refused.get(value) {
        Some(why) => why.clone(),
        None if scalar.values.len() <= 8 => format!("not one of {}", quoted(&scalar.values)),
        None => format!("not one of {} values", scalar.values.len()),
    };
    let message = format!("`{key}` cannot be `{value}`");
    let diagnostic =
        Diagnostic::new("value-not-allowed", scalar.severity, message, Label::new(span, label));
    match nearest {
        Some(nearest) => {
            let diagnostic = diagnostic.with_help(format!("write `{nearest}`"));
            match is_clear(value, nearest, scalar.values.iter().map(String::as_str)) {
                true => written(diagnostic, (value, nearest), span, safety(value, nearest)),
                false => diagnostic,
            }
        }
        None if scalar.refused.contains_key(value) && scalar.instead.is_some() => {
            Diagnostic { help: scalar.instead.clone(), ..diagnostic }
        }
        None if scalar.values.is_empty() => diagnostic,
        None if scalar.values.len() > 16 => {
            let first = scalar.values.iter().find(|it| !scalar.refused.contains_key(*it));
            match first {
                Some(it) => diagnostic.with_help(format!("use another one, such as `{it}`")),
                None => diagnostic,
            }
        }
        None => diagnostic.with_help(format!("use one of {}", quoted(&scalar.values))),
    }
}

fn quoted(values: &[String]) -> String {
    values.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

/// Names in a sentence, the first of them where they are many.
fn some_of(names: &[&str]) -> String {
    /// As many as a sentence has room for.
    const MOST: usize = 12;
    let shown: Vec<_> = names.iter().take(MOST).map(|it| format!("`{it}`")).collect();
    match names.len().checked_sub(MOST).filter(|it| *it > 0) {
        Some(more) => format!("{} and {more} more", shown.join(", ")),
        None => shown.join(", "),
    }
}

pub(super) fn not_named(
    severity: Severity,
    value: &str,
    table: &str,
    names: &[&str],
    span: Span,
) -> Diagnostic {
    let known = some_of(names);
    let label = Label::new(span, format!("not in `{table}`"));
    let message = format!("`{value}` is not one of the {table}: {known}");
    let diagnostic = Diagnostic::new("value-not-allowed", severity, message, label)
        .with_help(format!("name one of {known}, or add `{value}` to `{table}`"));
    match nearest(value, names.iter().copied()) {
        Some(near) if is_clear(value, near, names.iter().copied()) => {
            written(diagnostic, (value, near), span, safety(value, near))
        }
        _ => diagnostic,
    }
}

/// An empty text where something must stand.
pub(super) fn empty(scalar: &Scalar, key: &str, span: Span) -> Diagnostic {
    let message = format!("`{key}` must not be empty");
    let label = Label::new(span, "says nothing");
    let found = Diagnostic::new("value-not-allowed", Severity::Error, message, label);
    match scalar.values.is_empty() {
        true => found.with_help(format!("write a value, or remove `{key}`")),
        false => found.with_help(format!("use one of {}", quoted(&scalar.values))),
    }
}

/// A text that breaks a pattern: what it must be, in words.
pub(super) fn malformed(severity: Severity, key: &str, must: &str, span: Span) -> Diagnostic {
    let message = format!("`{key}` must {must}");
    let label = match must.strip_prefix("be ") {
        Some(form) => format!("is not {form}"),
        None => format!("does not {must}"),
    };
    let label = Label::new(span, label);
    Diagnostic::new("value-not-allowed", severity, message, label)
}

pub(super) fn not_a_schedule(key: &str, text: &str, why: &str, span: Span) -> Diagnostic {
    let message = format!("`{key}` cannot be `{text}`: it {why}");
    let label = Label::new(span, "the job never runs");
    let help =
        "write minute, hour, day of the month, month and day of the week, such as `0 5 * * *`";
    Diagnostic::new("value-not-allowed", Severity::Error, message, label).with_help(help)
}

pub(super) fn not_a_duration(key: &str, text: &str, why: NotDuration, span: Span) -> Diagnostic {
    let label = match why {
        NotDuration::Unitless => "has no unit",
        NotDuration::UnknownUnit => "units are `ns`, `us`, `ms`, `s`, `m`, `h`",
        NotDuration::Malformed => "not a duration",
    };
    let message = format!("`{key} = \"{text}\"` is not a valid duration");
    let diagnostic =
        Diagnostic::new("value-not-allowed", Severity::Error, message, Label::new(span, label));
    match why {
        NotDuration::Unitless => {
            let new = format!("{text}s");
            let diagnostic = diagnostic.with_help(format!("write the unit: `\"{new}\"`"));
            written(diagnostic, (text, &new), span, Safety::Safe)
        }
        _ => diagnostic.with_help("write numbers with units, such as `\"30s\"` or `\"1m30s\"`"),
    }
}

pub(super) fn not_a_size(key: &str, text: &str, span: Span) -> Diagnostic {
    let message = format!("`{key} = \"{text}\"` is not a valid size");
    let label = Label::new(span, "not a size");
    Diagnostic::new("value-not-allowed", Severity::Error, message, label)
        .with_help("write a number and a unit, such as `\"512mb\"` or `\"1gb\"`")
}

pub(super) fn duration_unit(key: &str, number: f64, unit: Bare, span: Span) -> Diagnostic {
    let number = plain(number);
    let (severity, long, short) = match unit {
        Bare::Ms => (Severity::Warning, "milliseconds", "ms"),
        _ => (Severity::Error, "nanoseconds", "ns"),
    };
    let message = format!("`{key} = {number}` is {number} {long}");
    let label = Label::new(span, format!("{number} {short}"));
    let new = format!("{number}s");
    let change = Change::Set { at: span, was: None, to: Value::Text(new.clone()) };
    Diagnostic::new("duration-unit", severity, message, label)
        .with_help(format!("write the unit: `\"{new}\"`"))
        .with_fix(format!("write `\"{new}\"`"), Safety::Safe, change)
}

/// A number beyond a bound; `bound` names the bound with its unit.
pub(super) fn out_of_range(
    scalar: &Scalar,
    key: &str,
    (bound, written): (&str, &str),
    span: Span,
) -> Diagnostic {
    let message = format!("`{key}` is {written}, but must be {bound}");
    let label = scalar.effect.clone().unwrap_or_else(|| format!("must be {bound}"));
    Diagnostic::new("value-out-of-range", scalar.severity, message, Label::new(span, label))
}

/// The same about a bound that nobody has compared for a year: it may have been raised.
pub(super) fn perhaps_raised(found: Diagnostic, day: Date) -> Diagnostic {
    let message = format!("{} (as of {day})", found.message);
    Diagnostic { severity: found.severity.min(Severity::Warning), message, ..found }
}

pub(super) fn too_many(key: &str, count: usize, most: usize, span: Span) -> Diagnostic {
    let message = format!("`{key}` has {count} elements, at most {most} are allowed");
    let label = Label::new(span, format!("{count} elements"));
    Diagnostic::new("value-out-of-range", Severity::Error, message, label)
}
