//! Python values as far as a settings file lets us know them.

use super::storage::{
    Bound, Class, Entries, Heap, Held, Items, Measure, Opaque, Part, Parts, Text, Tuple,
};

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
    Str(Text),
    /// A `list`.
    List(Items),
    /// A `tuple`.
    Tuple(Tuple),
    /// A `dict`.
    Dict(Entries),
    /// A `set`, elements in the order of their first insertion.
    Set(Items),
    /// A function or lambda of the file, or of a module of the project.
    Function(Held),
    /// A class of the file, or of a module of the project.
    Class(Class),
    /// An object of such a class.
    Object(Class),
    /// A module, by its dotted name.
    Module(Text),
    /// An object of Python's library by dotted name: `os.environ`, `os.getenv`, `builtins.int`.
    Native(Text),
    /// A method of a value: `os.environ.get`, `"a".join`.
    Method(Bound),
    /// A `pathlib.Path` with this text.
    Path(Text),
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
    Pattern(Parts),
    /// Not known before the program runs.
    Unknown(Opaque),
}

/// Something that whoever is given a value can change, beside the lists, dicts and sets inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// A module, the names of one, or the environment.
    Named(String),
    /// A class or an object, by its number.
    Class(u32),
}

/// A function of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; `<lambda>` for a lambda.
    pub name: String,
    /// The same with what it is nested in: `make.<locals>.hook`.
    pub qualified: String,
    /// Positional parameters that have no default.
    pub positional_min: usize,
    /// Positional parameters, with and without a default. What gunicorn calls the arity of a hook.
    pub positional_max: usize,
    /// Whether it takes `*args`.
    pub variadic: bool,
    /// Keyword-only parameters without a default.
    pub keyword_required: usize,
    /// Whether it is a `staticmethod`, which does not take its object.
    pub(super) is_static: bool,
    /// The module it is written in, as the evaluator counts them, and its offset there.
    pub(super) unit: usize,
    pub(super) offset: u32,
    /// Values of parameter defaults, by parameter.
    pub(super) defaults: Vec<(String, PyValue)>,
    /// The local scope it was made in; `None` for the module's.
    pub(super) parent: Option<u32>,
}

impl PyValue {
    /// A value that nothing in the project settles.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self::Unknown(Opaque::because(reason))
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
    pub fn unknown(&self) -> Option<Opaque> {
        let unknown = match self {
            Self::Unknown(unknown) => Some(unknown.clone()),
            Self::Pattern(parts) => parts.gap().cloned(),
            Self::Range { .. } => Some(Opaque::because("only bounds of the number are known")),
            Self::List(items) | Self::Set(items) => items.unknown(),
            Self::Tuple(items) => items.unknown(),
            Self::Dict(entries) => entries.unknown(),
            _ => None,
        };
        unknown.map(Opaque::into_reason)
    }

    /// How large the value is with everything inside.
    pub(super) fn measure(&self) -> Measure {
        match self {
            Self::Str(text) | Self::Path(text) => Measure::plain(text.len()),
            Self::Module(text) => Measure::world(text.len()),
            Self::Native(text) if leads_to_world(text) => Measure::world(text.len()),
            Self::Class(it) | Self::Object(it) => Measure::world(it.name().len()),
            Self::Native(text) => Measure::plain(text.len()),
            Self::Pattern(parts) => Measure::plain(parts.bytes()),
            Self::List(items) | Self::Set(items) => items.measure(),
            Self::Tuple(items) => items.measure(),
            Self::Dict(entries) => entries.measure(),
            Self::Method(method) => method.measure(),
            Self::Function(function) => function.measure(),
            _ => Measure::plain(0),
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
            Self::Native(_) | Self::Method(_) | Self::Path(_) | Self::Object(_) => return None,
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
                .any(|it| matches!(it, Part::Known(text) if !text.is_empty()))
                .then_some(true),
            Self::Native(_) | Self::Object(_) | Self::Unknown(_) => None,
        }
    }

    /// The elements of what [`Heap::iterator`] made.
    pub(super) fn iterated(&self) -> Option<&[PyValue]> {
        match self {
            Self::Method(it) if it.name().starts_with("iter ") => it.object().elements(),
            _ => None,
        }
    }

    /// Whether this is a `range`, which can be iterated again and again.
    pub(super) fn is_range(&self) -> bool {
        matches!(self, Self::Method(method) if method.name() == "iter range")
    }

    /// The bounds of a number and whether it certainly is an `int`.
    pub(super) fn bounds(&self) -> Option<(f64, f64, bool)> {
        const EXACT_MAX: u64 = 1 << 53;
        match self {
            Self::Bool(value) => Some((f64::from(*value), f64::from(*value), true)),
            Self::Int(value) if value.unsigned_abs() <= EXACT_MAX => {
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

    /// What looking at the value costs, what is inside its elements aside, in steps.
    pub(super) fn breadth(&self) -> usize {
        match self {
            Self::Str(text) | Self::Path(text) => text.len() / 64,
            Self::List(items) | Self::Set(items) => 1 + items.len() / 4,
            Self::Tuple(items) => 1 + items.len() / 4,
            Self::Dict(entries) => 1 + entries.len() / 4,
            Self::Pattern(parts) => parts.len() / 4,
            _ => 0,
        }
    }

    /// Whether two containers are one and the same in memory.
    pub(super) fn shares(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) | (Self::Set(a), Self::Set(b)) => a.shares(b),
            (Self::Tuple(a), Self::Tuple(b)) => a.shares(b),
            (Self::Dict(a), Self::Dict(b)) => a.shares(b),
            _ => false,
        }
    }

    /// The entries of a dict; none for any other value.
    pub(super) fn entries(&self) -> &[(PyValue, PyValue)] {
        match self {
            Self::Dict(entries) => entries,
            _ => &[],
        }
    }

    /// Adds the ids of every list, dict and set in this value. It costs as much as
    /// [`Self::measure`] says.
    pub(super) fn collect_ids(&self, ids: &mut Vec<u32>) {
        if !self.measure().has_objects() {
            return;
        }
        match self {
            Self::List(items) | Self::Set(items) => {
                ids.push(items.id());
                items.iter().for_each(|it| it.collect_ids(ids));
            }
            Self::Tuple(items) => items.iter().for_each(|it| it.collect_ids(ids)),
            Self::Dict(entries) => {
                ids.push(entries.id());
                entries.iter().for_each(|(_, value)| value.collect_ids(ids));
            }
            Self::Method(method) => method.object().collect_ids(ids),
            Self::Function(function) => {
                function.defaults.iter().for_each(|(_, value)| value.collect_ids(ids));
            }
            _ => {}
        }
    }

    /// Adds the names of every module, namespace and environment in this value. It costs as much as
    /// [`Self::measure`] says.
    pub(super) fn collect_world(&self, found: &mut Vec<Reach>) {
        if !self.measure().reaches_world() {
            return;
        }
        match self {
            Self::Module(name) | Self::Native(name) => found.push(Reach::Named(name.to_string())),
            Self::Class(it) | Self::Object(it) => found.push(Reach::Class(it.id())),
            Self::List(items) | Self::Set(items) => {
                items.iter().for_each(|it| it.collect_world(found));
            }
            Self::Tuple(items) => items.iter().for_each(|it| it.collect_world(found)),
            Self::Dict(entries) => entries.iter().for_each(|(_, it)| it.collect_world(found)),
            Self::Method(method) => method.object().collect_world(found),
            Self::Function(function) => {
                function.defaults.iter().for_each(|(_, it)| it.collect_world(found));
            }
            _ => {}
        }
    }

    /// The value with the object `id` replaced wherever it stands; `None` when it stands nowhere.
    pub(super) fn replaced(&self, heap: &Heap, id: u32, with: &PyValue) -> Option<PyValue> {
        if !self.measure().may_hold(id) {
            return None;
        }
        heap.spend(1);
        let each = |items: &[PyValue]| -> Option<Vec<PyValue>> {
            let changed: Vec<_> = items.iter().map(|it| it.replaced(heap, id, with)).collect();
            let any = changed.iter().any(Option::is_some);
            let all = changed.into_iter().zip(items).map(|(new, old)| new.unwrap_or(old.clone()));
            any.then(|| all.collect())
        };
        match self {
            Self::List(items) | Self::Set(items) if items.id() == id => Some(with.clone()),
            Self::Dict(entries) if entries.id() == id => Some(with.clone()),
            Self::List(items) => each(items).map(|it| heap.list_as(items.id(), it)),
            Self::Set(items) => each(items).map(|it| heap.set_as(items.id(), it)),
            Self::Tuple(items) => each(items).map(|it| heap.tuple(it)),
            Self::Dict(entries) => {
                let values: Vec<_> = entries.iter().map(|(_, it)| it.clone()).collect();
                let values = each(&values)?.into_iter();
                let keys = entries.iter().map(|(key, _)| key.clone());
                Some(heap.dict_as(entries.id(), keys.zip(values).collect()))
            }
            _ => {
                let mut ids = Vec::new();
                self.collect_ids(&mut ids);
                let reason = "an object it uses changes while the file runs";
                ids.contains(&id).then(|| Self::because(reason))
            }
        }
    }
}

/// Whether whoever is given this object can change the environment, or the names of a module.
fn leads_to_world(name: &str) -> bool {
    name == "os.environ" || name.starts_with(super::namespace::NAMESPACE)
}
