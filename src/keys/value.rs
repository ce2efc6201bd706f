//! Single values: which form they have, and whether they are within its bounds.

use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::fact::Value;
use crate::nearest::nearest;
use crate::platforms::Date;
use crate::quantity::cron::{self, Dialect};
use crate::quantity::go;

use super::conditions::{Found, Scope};
use super::schema::{Bare, Kind, Scalar, Type};
use super::units::plain;
use super::wording;

/// What there is to know about a value beside itself.
pub(super) struct Context<'a> {
    /// The key.
    pub(super) key: &'a str,
    /// The whole file.
    pub(super) root: &'a Node,
    /// What a bare number counts here.
    pub(super) bare: Option<Bare>,
    /// The day that bounds are compared with.
    pub(super) today: Option<Date>,
}

/// Whether a text still waits to be filled in: `{APP_NAME}`, `<your-app>`, `YOUR_KEY`, `${NAME}`.
pub(super) fn is_placeholder(text: &str) -> bool {
    let pairs = [('{', '}'), ('<', '>'), ('[', ']')];
    let enclosed = |(open, close): (char, char)| {
        text.find(open).is_some_and(|start| text[start..].contains(close))
    };
    let lower = text.to_ascii_lowercase();
    pairs.into_iter().any(enclosed)
        || ["your_", "your-", "changeme", "change-me", "change_me", "todo", "xxx", "example-"]
            .iter()
            .any(|it| lower.starts_with(it))
        || lower.contains("-your-")
        || text.starts_with('$')
        || (text.starts_with("__") && text.ends_with("__"))
}

/// Whether a value is what nothing at all would be.
pub(super) fn says_nothing(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null | NodeKind::Bool(false) | NodeKind::Integer(0) => true,
        NodeKind::String(text) => text.value.is_empty(),
        NodeKind::List(elements) => elements.is_empty(),
        NodeKind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether a value has the form of a scalar, whatever its bounds.
pub(super) fn accepts(scalar: &Scalar, node: &Node) -> bool {
    match (&node.kind, scalar.kind) {
        (NodeKind::Map(_) | NodeKind::List(_), _) => false,
        (_, Kind::Scalar) => true,
        (NodeKind::Bool(_), kind) => kind == Kind::Bool,
        (NodeKind::String(text), Kind::Digits) => text.value.parse::<i64>().is_ok(),
        (NodeKind::String(_), kind) => {
            matches!(kind, Kind::String | Kind::Duration | Kind::Cron | Kind::Size)
        }
        (NodeKind::Integer(_), Kind::Int | Kind::Number) => true,
        (NodeKind::Float(it), Kind::Int) => it.fract() == 0.0,
        (NodeKind::Float(_), Kind::Number) => true,
        (NodeKind::Integer(_) | NodeKind::Float(_), Kind::Duration | Kind::Size) => {
            scalar.bare.is_some()
        }
        _ => false,
    }
}

/// What to do about a value of another form. `header` is the path of a table with a header.
pub(super) fn help_for_type(
    types: &[Type],
    node: &Node,
    header: Option<&str>,
) -> Option<wording::TypeHelp> {
    let takes = |kinds: &[Kind]| {
        types.iter().any(|it| matches!(it, Type::Scalar(it) if kinds.contains(&it.kind)))
    };
    let list = types.iter().find_map(|it| match it {
        Type::List(elements) => Some(elements),
        _ => None,
    });
    match (&node.kind, list, header) {
        (NodeKind::String(it), _, _)
            if takes(&[Kind::Int, Kind::Number]) && it.value.parse::<f64>().is_ok() =>
        {
            let number = it.value.parse().map(Value::of_number).ok();
            Some((format!("remove the quotes: `{}`", it.value), number))
        }
        (NodeKind::String(it), _, _)
            if takes(&[Kind::Bool]) && matches!(it.value.as_str(), "true" | "false") =>
        {
            let to = Value::Bool(it.value == "true");
            Some((format!("remove the quotes: `{}`", it.value), Some(to)))
        }
        (NodeKind::String(it), Some(_), _) => {
            let list = Value::List(vec![Value::Text(it.value.clone())]);
            Some((format!("write a list: `[\"{}\"]`", it.value), Some(list)))
        }
        (NodeKind::Map(_), Some(_), Some(path)) => Some((format!("write `[[{path}]]`"), None)),
        (NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_), _, _)
            if takes(&[Kind::String, Kind::Size]) =>
        {
            let text = match &node.kind {
                NodeKind::Bool(it) => Some(it.to_string()),
                NodeKind::Integer(it) => Some(it.to_string()),
                // A fraction may be written in several ways, and only one of them is meant.
                _ => None,
            };
            Some(("put it in quotes".to_owned(), text.map(Value::Text)))
        }
        (NodeKind::List(_), None, _) if types.iter().any(|it| matches!(it, Type::Table(_))) => {
            Some(("write it once, as a table".to_owned(), None))
        }
        _ => None,
    }
}

/// What is wrong with a value that has the form of `scalar`.
pub(super) fn check(scalar: &Scalar, node: &Node, context: &Context<'_>) -> Option<Diagnostic> {
    match (&node.kind, scalar.kind) {
        (NodeKind::String(text), _) if text.value.is_empty() && scalar.filled => {
            Some(wording::empty(scalar, context.key, node.span))
        }
        (NodeKind::String(text), Kind::Duration) if !text.value.is_empty() => {
            match go::duration_s(&text.value) {
                Ok(seconds) => range(scalar, node, context, seconds, "s"),
                Err(why) => Some(wording::not_a_duration(context.key, &text.value, why, node.span)),
            }
        }
        (NodeKind::String(text), Kind::Size) if !text.value.is_empty() => {
            let bare = context.bare.unwrap_or(Bare::Gb);
            let size = match bare {
                Bare::Gb => go::flyctl_gb(&text.value),
                _ => go::flyctl_mb(&text.value),
            };
            match size {
                Some(size) => range(scalar, node, context, size as f64, size_unit(bare)),
                None => Some(wording::not_a_size(context.key, &text.value, node.span)),
            }
        }
        (NodeKind::String(text), Kind::Cron) => {
            let why = cron::refused(&text.value, Dialect::Common)?;
            Some(wording::not_a_schedule(context.key, &text.value, &why, node.span))
        }
        (NodeKind::String(text), Kind::String) => string(scalar, node, context, &text.value),
        (NodeKind::String(text), Kind::Digits) => {
            range(scalar, node, context, text.value.parse().ok()?, "")
        }
        (NodeKind::Integer(_) | NodeKind::Float(_), kind) => {
            number(scalar, node, context, kind, node.as_number()?)
        }
        _ => None,
    }
}

fn size_unit(bare: Bare) -> &'static str {
    match bare {
        Bare::Gb => "gb",
        _ => "mb",
    }
}

fn number(
    scalar: &Scalar,
    node: &Node,
    context: &Context<'_>,
    kind: Kind,
    value: f64,
) -> Option<Diagnostic> {
    // Below one second the number was meant to be seconds: nobody checks or waits by less.
    let (one_second, unit) = match (kind, context.bare) {
        (Kind::Duration, Some(Bare::Ns)) => (1e9, "s"),
        (Kind::Duration, Some(Bare::Ms)) => (1e3, "s"),
        (Kind::Duration, _) => (1.0, "s"),
        (Kind::Size, bare) => (1.0, size_unit(bare.unwrap_or(Bare::Gb))),
        _ => (1.0, ""),
    };
    if let (Some(bare), true) =
        (context.bare, one_second > 1.0 && value > 0.0 && value < one_second)
    {
        return Some(wording::duration_unit(context.key, value, bare, node.span));
    }
    range(scalar, node, context, value / one_second, unit)
}

fn range(
    scalar: &Scalar,
    node: &Node,
    context: &Context<'_>,
    value: f64,
    unit: &str,
) -> Option<Diagnostic> {
    if scalar.except.contains(&value) {
        return None;
    }
    // A size is shown as it is written: half a gigabyte is none to flyctl, which counts whole ones.
    let written = match (&node.kind, scalar.kind) {
        (NodeKind::String(text), Kind::Size) => text.value.clone(),
        _ => format!("{}{unit}", plain(value)),
    };
    // What is accepted beside the range: `0 or from 1s to 60s`.
    let ones: Vec<_> = scalar.except.iter().map(|it| format!("{} or ", plain(*it))).collect();
    if let Some(step) = scalar.multiple_of.filter(|it| value % it != 0.0) {
        let bound = format!("{}a multiple of {}{unit}", ones.concat(), plain(step));
        return Some(wording::out_of_range(scalar, context.key, (&bound, &written), node.span));
    }
    let low = scalar.min.is_some_and(|it| value < it);
    let high = scalar.max.is_some_and(|it| value > it);
    if !low && !high {
        return None;
    }
    let bound = match (scalar.min, scalar.max) {
        (Some(min), Some(max)) => format!("from {}{unit} to {}{unit}", plain(min), plain(max)),
        (Some(min), None) => format!("at least {}{unit}", plain(min)),
        (_, max) => format!("at most {}{unit}", plain(max.unwrap_or_default())),
    };
    let bound = ones.concat() + &bound;
    let found = wording::out_of_range(scalar, context.key, (&bound, &written), node.span);
    let is_old = |it: &Date| context.today.is_some_and(|today| it.is_older_than_a_year(today));
    Some(match scalar.checked.filter(|it| high && is_old(it)) {
        Some(day) => wording::perhaps_raised(found, day),
        None => found,
    })
}

fn string(scalar: &Scalar, node: &Node, context: &Context<'_>, text: &str) -> Option<Diagnostic> {
    if let Some((table, default)) = &scalar.names {
        return named(scalar, node, context, text, (table, default));
    }
    if text.is_empty() {
        return None;
    }
    if let Some(start) = scalar.starts_with.as_ref().filter(|it| !text.starts_with(*it)) {
        let must = format!("start with `{start}`");
        return Some(wording::malformed(scalar.severity, context.key, &must, node.span));
    }
    if let Some(part) = scalar.contains.as_ref().filter(|it| !text.contains(*it)) {
        let must = format!("contain `{part}`");
        return Some(wording::malformed(scalar.severity, context.key, &must, node.span));
    }
    if let Some((_, form)) = scalar.pattern.as_ref().filter(|(it, _)| !it.is_match(text)) {
        let must = format!("be {form}");
        return Some(wording::malformed(scalar.severity, context.key, &must, node.span));
    }
    let same = |it: &&String| match scalar.folds_case {
        true => it.eq_ignore_ascii_case(text),
        false => *it == text,
    };
    if let Some((old, new)) = scalar.legacy.iter().find(|(old, _)| same(old)) {
        return Some(wording::legacy_value(context.key, old, new, node.span));
    }
    if scalar.values.is_empty() || scalar.values.iter().any(|it| same(&it)) {
        return None;
    }
    let values = scalar.values.iter().map(String::as_str);
    // `python-3.11` and `node20`: the value with a version behind it.
    let is_start = |it: &&str| {
        let rest = text.strip_prefix(*it);
        rest.is_some_and(|it| {
            it.starts_with(|it: char| it.is_ascii_digit() || "-_:@=".contains(it))
        })
    };
    let nearest = nearest(text, values.clone())
        .or_else(|| values.clone().find(is_start))
        .filter(|_| !scalar.refused.contains_key(text));
    Some(wording::not_allowed(scalar, context.key, text, node.span, nearest))
}

/// Keys of a table that a text may have to be one of. No file of people has more.
const NAMES_MAX: usize = 250;

/// A text that must be a key of another table of the file.
fn named(
    scalar: &Scalar,
    node: &Node,
    context: &Context<'_>,
    text: &str,
    (table, default): (&str, &str),
) -> Option<Diagnostic> {
    let scope = Scope { table: context.root, root: context.root, folds_case: false };
    let names: Vec<&str> = match scope.find(table) {
        Found::Absent => vec![default],
        Found::At(entry) if !entry.value.entries().is_empty() => {
            entry.value.entries().iter().map(|it| it.key.value.as_str()).collect()
        }
        _ => return None,
    };
    if names.contains(&text) || names.len() > NAMES_MAX {
        return None;
    }
    if names.iter().any(|it| is_placeholder(it) || *it == "<<") {
        return None;
    }
    let table = table.trim_start_matches('/');
    Some(wording::not_named(scalar.severity, text, table, &names, node.span))
}
