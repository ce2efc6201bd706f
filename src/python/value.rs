//! Python values as far as a settings file lets us know them.

use std::rc::Rc;

use crate::fact::{TextPart, Unknown};

/// A Python value, or what is known of it.
///
/// Equality is ours: it tells `1`, `1.0` and `True` apart, and does not look at identity.
/// Python's `==` is `compare::equal`.
#[derive(Clone, Debug, PartialEq)]
pub enum PyValue {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`. One that does not fit is unknown.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(String),
    /// A `list`.
    List(Items),
    /// A `tuple`.
    Tuple(Rc<Vec<PyValue>>),
    /// A `dict`.
    Dict(Entries),
    /// A `set`, elements in the order of their first insertion.
    Set(Items),
    /// A function or lambda of the file, or of a module of the project.
    Function(Rc<Function>),
    /// A class of the file, by name.
    Class(String),
    /// A module, by its dotted name.
    Module(String),
    /// An object of Python's library by dotted name: `os.environ`, `os.getenv`, `builtins.int`.
    Native(String),
    /// A method of a value: `os.environ.get`, `"a".join`.
    Method(Rc<(PyValue, String)>),
    /// A `pathlib.Path` with this text.
    Path(String),
    /// A number between two bounds, both included.
    Range {
        /// The smallest possible value.
        min: f64,
        /// The largest possible value.
        max: f64,
        /// Whether it certainly is an `int`; otherwise it may be a `float`.
        is_int: bool,
    },
    /// A `str` of which parts are known.
    Pattern(Vec<TextPart>),
    /// Not known before the program runs.
    Unknown(Unknown),
}

/// The elements of a list or a set. Derefs to a slice.
#[derive(Clone, Debug)]
pub struct Items {
    /// Which object this is: values that share an id are one object in Python.
    pub(super) id: u32,
    pub(super) values: Rc<Vec<PyValue>>,
}

/// The entries of a dict in insertion order. Derefs to a slice.
#[derive(Clone, Debug)]
pub struct Entries {
    /// Which object this is, see [`Items`].
    pub(super) id: u32,
    pub(super) entries: Rc<Vec<(PyValue, PyValue)>>,
}

/// A function of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; `<lambda>` for a lambda.
    pub name: String,
    /// Positional parameters that have no default.
    pub positional_min: usize,
    /// Positional parameters, with and without a default. What gunicorn calls the arity of a hook.
    pub positional_max: usize,
    /// Whether it takes `*args`.
    pub variadic: bool,
    /// Keyword-only parameters without a default.
    pub keyword_required: usize,
    /// The module it is written in, as the evaluator counts them, and its offset there.
    pub(super) unit: usize,
    pub(super) offset: u32,
    /// Values of parameter defaults, by parameter.
    pub(super) defaults: Vec<(String, PyValue)>,
    /// The local scope it was made in; `None` for the module's.
    pub(super) parent: Option<u32>,
}

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl std::ops::Deref for Items {
    type Target = [PyValue];

    fn deref(&self) -> &[PyValue] {
        &self.values
    }
}

impl std::ops::Deref for Entries {
    type Target = [(PyValue, PyValue)];

    fn deref(&self) -> &[(PyValue, PyValue)] {
        &self.entries
    }
}

impl Entries {
    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&PyValue> {
        let found = self.entries.iter().find(|(it, _)| matches!(it, PyValue::Str(it) if it == key));
        found.map(|(_, value)| value)
    }
}

impl PyValue {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }

    pub(super) fn tuple(values: Vec<PyValue>) -> Self {
        Self::Tuple(Rc::new(values))
    }

    /// A value that nothing in the project settles.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self::Unknown(Unknown::because(reason))
    }

    /// A text that is not known, but certainly is a text.
    pub(super) fn some_text(unknown: Unknown) -> Self {
        Self::Pattern(vec![TextPart::Unknown(unknown)])
    }

    /// A number between bounds, exact when they meet.
    pub(super) fn range(min: f64, max: f64, is_int: bool) -> Self {
        const EXACT_MAX: f64 = 9e15;
        if !min.is_finite() || !max.is_finite() || min.abs() > EXACT_MAX || max.abs() > EXACT_MAX {
            return Self::because("the number may be too large");
        }
        if is_int && min == max {
            return Self::Int(min as i64);
        }
        Self::Range { min: min.min(max), max: min.max(max), is_int }
    }

    /// Why the value, or a part of it, is not known; `None` when all of it is.
    pub fn unknown(&self) -> Option<Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown.clone()),
            Self::Pattern(parts) => parts.iter().find_map(|it| match it {
                TextPart::Unknown(unknown) => Some(unknown.clone()),
                TextPart::Known(_) => None,
            }),
            Self::Range { .. } => Some(Unknown::because("only bounds of the number are known")),
            Self::List(items) | Self::Set(items) => items.iter().find_map(Self::unknown),
            Self::Tuple(items) => items.iter().find_map(Self::unknown),
            Self::Dict(entries) => {
                entries.iter().find_map(|(key, value)| key.unknown().or_else(|| value.unknown()))
            }
            _ => None,
        }
    }

    /// Whether the value is known in full.
    pub fn is_known(&self) -> bool {
        self.unknown().is_none()
    }

    /// Name of the Python type; `None` when it is not known.
    pub fn type_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) | Self::Pattern(_) => "str",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::Function(_) => "function",
            Self::Class(_) => "type",
            Self::Module(_) => "module",
            Self::Range { is_int: true, .. } => "int",
            Self::Native(_) | Self::Method(_) | Self::Path(_) => return None,
            Self::Range { .. } | Self::Unknown(_) => return None,
        })
    }

    /// Python's truth value, when it is decided.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Int(value) => Some(*value != 0),
            Self::Float(value) => Some(*value != 0.0),
            Self::Str(value) => Some(!value.is_empty()),
            Self::List(items) | Self::Set(items) => Some(!items.is_empty()),
            Self::Tuple(items) => Some(!items.is_empty()),
            Self::Dict(entries) => Some(!entries.is_empty()),
            Self::Function(_) | Self::Class(_) | Self::Module(_) | Self::Path(_) => Some(true),
            Self::Method(_) => Some(true),
            Self::Range { min, max, .. } => (*min > 0.0 || *max < 0.0).then_some(true),
            Self::Pattern(parts) => parts
                .iter()
                .any(|it| matches!(it, TextPart::Known(text) if !text.is_empty()))
                .then_some(true),
            Self::Native(_) | Self::Unknown(_) => None,
        }
    }

    /// What iterating yields in place of an object that is only good for iterating: `range(3)`,
    /// `dict.items()`, a generator.
    pub(super) fn iterator(values: Vec<PyValue>, kind: &str) -> Self {
        Self::Method(Rc::new((Self::tuple(values), format!("iter {kind}"))))
    }

    /// The elements of an [`Self::iterator`].
    pub(super) fn iterated(&self) -> Option<&[PyValue]> {
        match self {
            Self::Method(method) if method.1.starts_with("iter ") => method.0.elements(),
            _ => None,
        }
    }

    /// Whether this is a `range`, which can be iterated again and again.
    pub(super) fn is_range(&self) -> bool {
        matches!(self, Self::Method(method) if method.1 == "iter range")
    }

    /// The bounds of a number and whether it certainly is an `int`.
    pub(super) fn bounds(&self) -> Option<(f64, f64, bool)> {
        const EXACT_MAX: i64 = 1 << 53;
        match self {
            Self::Bool(value) => Some((f64::from(*value), f64::from(*value), true)),
            Self::Int(value) if value.abs() <= EXACT_MAX => {
                Some((*value as f64, *value as f64, true))
            }
            Self::Float(value) if value.is_finite() => Some((*value, *value, false)),
            Self::Range { min, max, is_int } => Some((*min, *max, *is_int)),
            _ => None,
        }
    }

    /// The elements of a list or a tuple.
    pub fn elements(&self) -> Option<&[PyValue]> {
        match self {
            Self::List(items) => Some(items),
            Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Adds the ids of every list, dict and set in this value.
    pub(super) fn collect_ids(&self, ids: &mut Vec<u32>) {
        match self {
            Self::List(items) | Self::Set(items) => {
                ids.push(items.id);
                items.iter().for_each(|it| it.collect_ids(ids));
            }
            Self::Tuple(items) => items.iter().for_each(|it| it.collect_ids(ids)),
            Self::Dict(entries) => {
                ids.push(entries.id);
                entries.iter().for_each(|(_, value)| value.collect_ids(ids));
            }
            Self::Method(method) => method.0.collect_ids(ids),
            Self::Function(function) => {
                function.defaults.iter().for_each(|(_, value)| value.collect_ids(ids));
            }
            _ => {}
        }
    }

    /// Replaces the object `id` wherever it stands in this value. Whether anything changed.
    pub(super) fn replace(&mut self, id: u32, with: &PyValue) -> bool {
        let own = match self {
            Self::List(items) | Self::Set(items) => items.id == id,
            Self::Dict(entries) => entries.id == id,
            _ => false,
        };
        if own {
            *self = with.clone();
            return true;
        }
        if !self.holds(id) {
            return false;
        }
        match self {
            Self::List(items) | Self::Set(items) => {
                Rc::make_mut(&mut items.values).iter_mut().for_each(|it| {
                    it.replace(id, with);
                });
            }
            Self::Tuple(items) => Rc::make_mut(items).iter_mut().for_each(|it| {
                it.replace(id, with);
            }),
            Self::Dict(entries) => {
                Rc::make_mut(&mut entries.entries).iter_mut().for_each(|(_, value)| {
                    value.replace(id, with);
                });
            }
            _ => *self = Self::because("an object it uses changes while the file runs"),
        }
        true
    }

    fn holds(&self, id: u32) -> bool {
        match self {
            Self::List(items) | Self::Set(items) => {
                items.id == id || items.iter().any(|it| it.holds(id))
            }
            Self::Tuple(items) => items.iter().any(|it| it.holds(id)),
            Self::Dict(entries) => {
                entries.id == id || entries.iter().any(|(_, value)| value.holds(id))
            }
            Self::Method(method) => method.0.holds(id),
            Self::Function(function) => function.defaults.iter().any(|(_, it)| it.holds(id)),
            _ => false,
        }
    }
}
