//! A Python value as a validator of gunicorn sees it, of which parts may be unknown.

use crate::fact::{State, TextPart, Unknown, Value};
use crate::python::{self, Kinds, PyValue};

/// A Python value, or what is known of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    /// None.
    None,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A str.
    Text(String),
    /// A list or a tuple.
    List(Vec<Object>),
    /// A dict, in the order of insertion.
    Dict(Vec<(Object, Object)>),
    /// A function, by its qualified name.
    Function {
        /// `__qualname__`.
        name: String,
        /// How many positional parameters it has, when that is known.
        positional: Option<usize>,
    },
    /// A class, by its qualified name.
    Class(String),
    /// A value of a type that no validator takes, by the name of the type.
    Other(String),
    /// bytes.
    Bytes,
    /// A dict of which nothing else is known.
    Mapping,
    /// An object of Python's library or of a package, in words. It may have elements.
    Library(String),
    /// An integer between two bounds, both included.
    Range(i64, i64),
    /// A str of which parts are unknown.
    Pattern(Vec<TextPart>),
    /// Anything.
    Unknown(Unknown),
}

impl Object {
    /// What a fact's value is to Python: texts of environment variables and command lines.
    pub(super) fn from_state(state: &State) -> Self {
        match state {
            State::Known(value) => Self::from_value(value),
            State::Range { min, max } => Self::Range(*min as i64, *max as i64),
            State::Pattern(parts) => Self::Pattern(parts.clone()),
            State::Unknown(unknown) => Self::Unknown(unknown.clone()),
            State::OneOf(_) => match (state.bounds(), state.open()) {
                (Some((min, max)), _) => Self::Range(min as i64, max as i64),
                (None, Some(unknown)) => Self::Unknown(unknown),
                (None, None) => Self::None,
            },
        }
    }

    /// An object of Python's library, by its dotted name.
    fn of_library(dotted: &str) -> Self {
        let name = dotted.rsplit('.').next().unwrap_or(dotted).to_owned();
        match python::kinds_of(dotted) {
            Kinds::FUNCTION => Self::Function { name, positional: None },
            Kinds::CLASS => Self::Class(name),
            Kinds::MODULE => Self::Other("module".to_owned()),
            Kinds::BYTES => Self::Bytes,
            Kinds::DICT => Self::Mapping,
            Kinds::INT => Self::Range(i64::MIN, i64::MAX),
            Kinds::OTHER => Self::Library(match (dotted, name.strip_suffix("()")) {
                ("open()", _) => "an open file".to_owned(),
                (_, Some(class)) => format!("a `{class}`"),
                (_, None) => format!("the object `{dotted}`"),
            }),
            _ => Self::Unknown(Unknown::because(format!("`{dotted}` is not a plain value"))),
        }
    }

    fn from_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::None,
            Value::Bool(it) => Self::Bool(*it),
            Value::Int(it) => Self::Int(*it),
            Value::Number(it) => Self::Float(*it),
            Value::Text(it) => Self::Text(it.clone()),
            Value::List(items) => Self::List(items.iter().map(Self::from_value).collect()),
        }
    }

    /// What a rule and a user see of it. Dictionaries are lists of pairs, functions are shown as
    /// `--print-config` shows them, and a list with one incomplete text is that text.
    pub(super) fn state(&self) -> State {
        match self {
            Self::Range(i64::MIN, i64::MAX) => {
                State::Unknown(Unknown::because("the number is not known"))
            }
            Self::Range(min, max) if min == max => State::Known(Value::Int(*min)),
            Self::Range(min, max) => State::Range { min: *min as f64, max: *max as f64 },
            Self::Pattern(parts) => State::Pattern(parts.clone()),
            Self::List(items) if matches!(items.as_slice(), [Self::Pattern(_)]) => items[0].state(),
            other => match other.value() {
                Ok(value) => State::Known(value),
                Err(unknown) => State::Unknown(unknown),
            },
        }
    }

    /// The value, or why a part of it is unknown.
    fn value(&self) -> Result<Value, Unknown> {
        Ok(match self {
            Self::None => Value::Null,
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(it) => Value::Int(*it),
            Self::Float(it) => Value::Number(*it),
            Self::Text(it) => Value::Text(it.clone()),
            Self::List(items) => {
                Value::List(items.iter().map(Self::value).collect::<Result<_, _>>()?)
            }
            Self::Dict(pairs) => {
                let pair = |(key, value): &(Self, Self)| -> Result<Value, Unknown> {
                    Ok(Value::List(vec![key.value()?, value.value()?]))
                };
                Value::List(pairs.iter().map(pair).collect::<Result<_, _>>()?)
            }
            Self::Function { name, .. } | Self::Class(name) => Value::Text(format!("<{name}()>")),
            Self::Bytes => return Err(Unknown::because("it is bytes")),
            Self::Mapping => return Err(Unknown::because("the dictionary is not known")),
            Self::Other(kind) => return Err(Unknown::because(format!("it is a {kind}"))),
            Self::Library(what) => return Err(Unknown::because(format!("it is {what}"))),
            Self::Range(i64::MIN, i64::MAX) => {
                return Err(Unknown::because("the number is not known"));
            }
            Self::Range(..) => return Err(Unknown::because("a branch decides between two values")),
            Self::Pattern(parts) => return Err(gap(parts)),
            Self::Unknown(unknown) => return Err(unknown.clone()),
        })
    }

    /// The text of a str that is known in full.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(it) => Some(it),
            _ => None,
        }
    }

    /// Why nothing exact is known; `None` when it is known.
    pub(super) fn unknown(&self) -> Option<Unknown> {
        self.value().err()
    }

    /// What it is, as a user would say it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(it) => it.to_string(),
            Self::Float(it) if it.fract() == 0.0 => format!("{it:.1}"),
            Self::Float(it) => it.to_string(),
            Self::Text(it) => format!("\"{it}\""),
            Self::List(_) => "a list".to_owned(),
            Self::Dict(_) | Self::Mapping => "a dictionary".to_owned(),
            Self::Function { name, .. } => format!("the function {name}"),
            Self::Class(name) => format!("the class {name}"),
            Self::Bytes => "bytes".to_owned(),
            Self::Other(kind) => format!("a {kind}"),
            Self::Library(what) => what.clone(),
            Self::Range(i64::MIN, i64::MAX) => "a whole number".to_owned(),
            Self::Range(min, max) => format!("{min} to {max}"),
            Self::Pattern(_) => "a text".to_owned(),
            Self::Unknown(_) => "a value".to_owned(),
        }
    }

    /// What one of two values is, when it is not known which.
    #[must_use]
    pub(super) fn join(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let bounds = |it: &Self| match it {
            Self::Int(value) => Some((*value, *value)),
            Self::Range(min, max) => Some((*min, *max)),
            _ => None,
        };
        match (bounds(&self), bounds(&other), &self, &other) {
            (Some(a), Some(b), ..) => Self::Range(a.0.min(b.0), a.1.max(b.1)),
            (_, _, Self::Unknown(_), _) => self,
            (_, _, _, Self::Unknown(_)) => other,
            _ => Self::Unknown(Unknown::because(format!(
                "it is {} or {}, which this project does not decide",
                self.describe(),
                other.describe()
            ))),
        }
    }
}

/// JSON, as `json.load` reads it.
impl From<&serde_json::Value> for Object {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(it) => Self::Bool(*it),
            serde_json::Value::Number(it) => match it.as_i64() {
                Some(it) => Self::Int(it),
                None => Self::Float(it.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(it) => Self::Text(it.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(pairs) => {
                let pair = |(key, value): (&String, &serde_json::Value)| {
                    (Self::Text(key.clone()), Self::from(value))
                };
                Self::Dict(pairs.iter().map(pair).collect())
            }
        }
    }
}

impl From<&PyValue> for Object {
    fn from(value: &PyValue) -> Self {
        let all = |items: &[PyValue]| items.iter().map(Self::from).collect();
        match value {
            PyValue::None => Self::None,
            PyValue::Bool(it) => Self::Bool(*it),
            PyValue::Int(it) => Self::Int(*it),
            PyValue::Float(it) => Self::Float(*it),
            PyValue::Str(it) => Self::Text(it.to_string()),
            PyValue::List(items) => Self::List(all(items)),
            PyValue::Tuple(items) => Self::List(all(items)),
            PyValue::Set(items) if items.len() < 2 => Self::List(all(items)),
            PyValue::Set(_) => Self::Unknown(Unknown::because("a set has no order")),
            PyValue::Dict(entries) => {
                let pair = |(key, value): &(PyValue, PyValue)| (key.into(), value.into());
                Self::Dict(entries.iter().map(pair).collect())
            }
            PyValue::Function(it) => {
                Self::Function { name: it.qualified.clone(), positional: Some(it.positional_max) }
            }
            PyValue::Class(class) => Self::Class(class.name().to_owned()),
            PyValue::Object(class) => Self::Other(format!("{} object", class.name())),
            PyValue::Module(_) => Self::Other("module".to_owned()),
            PyValue::Method(_) => Self::Other("method".to_owned()),
            PyValue::Path(_) => Self::Other("path".to_owned()),
            PyValue::Native(name) => Self::of_library(name),
            PyValue::Range { min, max, is_int: true } => Self::Range(*min as i64, *max as i64),
            PyValue::Range { .. } => {
                Self::Unknown(Unknown::because("only bounds of the number are known"))
            }
            PyValue::Pattern(parts) => Self::Pattern(parts.to_model()),
            PyValue::Unknown(unknown) => Self::Unknown(unknown.to_model()),
        }
    }
}

/// The first unknown part of a text.
fn gap(parts: &[TextPart]) -> Unknown {
    let unknown = parts.iter().find_map(|it| match it {
        TextPart::Unknown(unknown) => Some(unknown.clone()),
        TextPart::Known(_) => None,
    });
    unknown.unwrap_or_else(|| Unknown::because("a part of the text is not known"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_integers_join_to_a_range() {
        assert_eq!(Object::Int(4).join(Object::Int(2)).state().to_string(), "2..4");
        assert_eq!(Object::Int(4).join(Object::Int(4)), Object::Int(4));
    }

    #[test]
    fn a_list_with_an_unknown_element_is_unknown() {
        let unknown = Object::Unknown(Unknown::because("x"));
        let list = Object::List(vec![Object::Int(1), unknown]);
        assert_eq!(list.unknown(), Some(Unknown::because("x")));
    }
}
