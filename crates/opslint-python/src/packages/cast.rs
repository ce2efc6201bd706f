//! What readers of the environment make of the text of a variable.

use super::super::value::PyValue;
use super::reader::Kind;

/// What a read is to give.
#[derive(Clone, Debug)]
pub(super) enum Cast {
    /// The text as it is.
    None,
    Bool,
    Int,
    Float,
    Text,
    /// Texts between commas.
    List,
    /// The dict of a database, from a URL.
    Database,
    /// A function.
    Call(PyValue),
    /// Something that is not followed.
    Other,
}

impl Cast {
    pub(super) fn of(value: &PyValue) -> Self {
        match value {
            PyValue::None => Self::None,
            PyValue::Native(name) => match &**name {
                "builtins.bool" => Self::Bool,
                "builtins.int" => Self::Int,
                "builtins.float" => Self::Float,
                "builtins.str" => Self::Text,
                "builtins.list" => Self::List,
                _ => Self::Other,
            },
            PyValue::Function(_) => Self::Call(value.clone()),
            _ => Self::Other,
        }
    }

    pub(super) fn of_method(name: &str) -> Option<Self> {
        Some(match name {
            "" => Self::None,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "str" => Self::Text,
            "list" => Self::List,
            "db" | "db_url" | "dj_db_url" => Self::Database,
            "tuple" | "dict" | "json" | "url" | "path" | "cache" | "cache_url" | "email"
            | "email_url" | "search_url" | "channels" | "bytes" | "decimal" | "date"
            | "datetime" | "timedelta" | "time" | "uuid" | "enum" | "log_level"
            | "dj_email_url" | "dj_cache_url" => Self::Other,
            _ => return None,
        })
    }

    /// The type of a default, which django-environ takes for the type of the value.
    pub(super) fn of_default(value: &PyValue) -> Self {
        match value.type_name() {
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("str") => Self::Text,
            Some("list") => Self::List,
            Some("NoneType") => Self::None,
            _ => Self::Other,
        }
    }
}

/// What the package takes for true and false. `None` where it raises.
pub(super) fn boolean(kind: Kind, text: &str) -> Option<bool> {
    match kind {
        Kind::Environ => Some(match text.trim().parse::<i64>() {
            Ok(number) => number != 0,
            Err(_) => {
                let text = text.to_lowercase();
                matches!(text.trim(), "true" | "on" | "ok" | "y" | "yes" | "1")
            }
        }),
        Kind::Decouple => match text.to_lowercase().as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
            "n" | "no" | "f" | "false" | "off" | "0" | "" => Some(false),
            _ => None,
        },
        Kind::Starlette => match text.to_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Kind::Environs => match text {
            "t" | "T" | "true" | "True" | "TRUE" | "on" | "On" | "ON" | "y" | "Y" | "yes"
            | "Yes" | "YES" | "1" => Some(true),
            "f" | "F" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" | "n" | "N" | "no"
            | "No" | "NO" | "0" => Some(false),
            _ => None,
        },
    }
}

pub(super) fn is_plain_number(text: &str) -> bool {
    text.chars().all(|it| it.is_ascii_digit() || it == '.') && text.matches('.').count() < 2
}
