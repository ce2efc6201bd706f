//! One parameter of a program: its flags, where its value comes from, and what it is.

use super::super::call::Arguments;
use super::super::trace::Inputs;
use super::super::value::PyValue;

/// A parameter of a function that words become.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// The name that the function has for it.
    pub(super) name: String,
    /// Flags that give it a value; none for an operand.
    pub(super) flags: Vec<String>,
    /// Flags that take it back: `--no-reload`.
    pub(super) off: Vec<String>,
    pub(super) kind: Kind,
    pub(super) default: Given,
    /// Variables that are looked at where no word says it.
    pub(super) variables: Vec<String>,
    /// What decides about the default.
    pub(super) inputs: Inputs,
}

/// What a parameter is when nothing is said.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Value(PyValue),
    /// What a function gives.
    Call(PyValue),
    /// It must be said.
    Required,
}

/// What its words become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    Text,
    Bool,
    /// A flag without a value.
    Flag,
    /// Something that is not followed.
    Open,
}

/// What decides about a parameter in a way that is not followed, so that one word may not be its
/// value.
const DECIDING: [&str; 4] = ["nargs", "multiple", "count", "cls"];

/// What decides about its value.
const CHANGING: [&str; 6] =
    ["callback", "prompt", "flag_value", "parser", "click_type", "is_eager"];

impl Parameter {
    /// `click.option("--port", "-p", default=8000, type=int, envvar="PORT")`.
    pub(super) fn option(arguments: &Arguments, inputs: &Inputs) -> Option<Self> {
        let (names, flags, off) = declared(&arguments.positional)?;
        let first = flags.iter().find(|it| it.starts_with("--")).or(flags.first())?;
        let name = match names.first() {
            Some(name) => name.clone(),
            None => first.trim_start_matches('-').replace('-', "_").to_lowercase(),
        };
        let is_flag = match arguments.keyword("is_flag") {
            Some(PyValue::Bool(it)) => *it,
            None => !off.is_empty(),
            Some(_) => return None,
        };
        let mut it = Self::of(name, flags, arguments, inputs)?;
        it.off = off;
        if is_flag {
            it.kind = Kind::Flag;
            if let Given::Value(PyValue::None) = it.default {
                it.default = Given::Value(PyValue::Bool(false));
            }
        }
        if let (Given::Value(PyValue::None), Some(PyValue::Bool(true))) =
            (&it.default, arguments.keyword("required"))
        {
            it.default = Given::Required;
        }
        Some(it)
    }

    /// `click.argument("port", type=int)`.
    pub(super) fn argument(arguments: &Arguments, inputs: &Inputs) -> Option<Self> {
        let [PyValue::Str(name)] = arguments.positional.as_slice() else { return None };
        let name = name.replace('-', "_").to_lowercase();
        let mut it = Self::of(name, Vec::new(), arguments, inputs)?;
        let is_optional = matches!(arguments.keyword("required"), Some(PyValue::Bool(false)));
        if matches!(it.default, Given::Value(PyValue::None)) && !is_optional {
            it.default = Given::Required;
        }
        Some(it)
    }

    fn of(
        name: String,
        flags: Vec<String>,
        arguments: &Arguments,
        inputs: &Inputs,
    ) -> Option<Self> {
        let has = |names: &[&str]| names.iter().any(|it| is_said(arguments.keyword(it)));
        if has(&DECIDING) || matches!(arguments.keyword("expose_value"), Some(PyValue::Bool(false)))
        {
            return None;
        }
        let default = arguments.keyword("default").cloned().unwrap_or(PyValue::None);
        let mut kind = match arguments.keyword("type").filter(|it| !matches!(it, PyValue::None)) {
            Some(of) => Kind::of_type(of),
            None => Kind::of_value(&default),
        };
        if has(&CHANGING) {
            kind = Kind::Open;
        }
        let default = match default {
            PyValue::Function(_) => Given::Call(default),
            other => Given::Value(other),
        };
        let variables = variables(arguments.keyword("envvar"))?;
        let (off, inputs) = (Vec::new(), inputs.clone());
        Some(Self { name, flags, off, kind, default, variables, inputs })
    }
}

/// Names, flags and flags that take back, of the texts that declare a parameter.
pub(super) fn declared(texts: &[PyValue]) -> Option<(Vec<String>, Vec<String>, Vec<String>)> {
    let (mut names, mut flags, mut off) = (Vec::new(), Vec::new(), Vec::new());
    for it in texts {
        let PyValue::Str(text) = it else { return None };
        let (on, no) = text.split_once('/').unwrap_or((text, ""));
        match on.trim() {
            "" => {}
            on if on.starts_with('-') => flags.push(on.to_owned()),
            name => names.push(name.to_owned()),
        }
        off.extend(Some(no.trim().to_owned()).filter(|it| !it.is_empty()));
    }
    Some((names, flags, off))
}

/// The variables of `envvar`: one, or a list. `None` where they are not known.
pub(super) fn variables(value: Option<&PyValue>) -> Option<Vec<String>> {
    let text = |it: &PyValue| match it {
        PyValue::Str(text) => Some(text.to_string()),
        _ => None,
    };
    match value {
        None | Some(PyValue::None) => Some(Vec::new()),
        Some(one @ PyValue::Str(_)) => Some(text(one).into_iter().collect()),
        Some(list) => list.elements()?.iter().map(text).collect(),
    }
}

fn is_said(value: Option<&PyValue>) -> bool {
    !matches!(value, None | Some(PyValue::None | PyValue::Bool(false) | PyValue::Int(1)))
}

impl Kind {
    /// What words become by `type`.
    fn of_type(of: &PyValue) -> Self {
        match of {
            PyValue::Native(name) => Self::of_name(name.rsplit('.').next().unwrap_or(name)),
            PyValue::Unknown(unknown) => match unknown.import() {
                Some("click.INT" | "click.IntRange") => Self::Int,
                Some("click.FLOAT" | "click.FloatRange") => Self::Float,
                Some("click.STRING" | "click.Path") => Self::Text,
                Some("click.BOOL") => Self::Bool,
                _ => Self::Open,
            },
            _ => Self::Open,
        }
    }

    /// The same by the name of a built-in type.
    pub(super) fn of_name(name: &str) -> Self {
        match name {
            "int" => Self::Int,
            "float" => Self::Float,
            "str" => Self::Text,
            "bool" => Self::Bool,
            _ => Self::Open,
        }
    }

    /// What words become by the default.
    fn of_value(value: &PyValue) -> Self {
        match value.type_name() {
            None => Self::Open,
            Some("NoneType") => Self::Text,
            Some(name) => Self::of_name(name),
        }
    }
}
