//! Types of expressions, and units: what may be compared and computed with what.

use opslint_names::vocabulary::{FactId, Type, Unit};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// A value of a file: anything.
    Any,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number that counts something; `None` for a number in a rule, which fits every unit.
    Number(Option<Unit>),
    /// A text; one of these when they are listed.
    Text(Option<&'static [&'static str]>),
    /// A list.
    List(Box<Ty>),
    /// An element of `processes`.
    Process,
}

impl Ty {
    /// The type of a fact.
    pub(crate) fn of_fact(id: FactId) -> Self {
        let def = id.def();
        match def.ty {
            Type::Bool => Self::Bool,
            Type::Int | Type::Number => Self::Number(Some(def.unit)),
            Type::Text => Self::Text(None),
            Type::Enum(values) => Self::Text(Some(values)),
            Type::List => Self::List(Box::new(Self::Text(None))),
        }
    }

    /// What it is, as an author would say it.
    pub fn name(&self) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Number(None) => "a number".to_owned(),
            Self::Number(Some(unit)) => unit_name(*unit).to_owned(),
            Self::Text(_) => "text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Process => "a process".to_owned(),
        }
    }

    /// Whether a value of this type may be compared with one of `other`. Units are another matter.
    pub(crate) fn compares_with(&self, other: &Self) -> bool {
        use Ty::{Any, Bool, List, Null, Number, Process, Text};
        matches!(
            (self, other),
            (Any | Null, _)
                | (_, Any | Null)
                | (Bool, Bool)
                | (Number(_), Number(_))
                | (Text(_), Text(_))
                | (List(_), List(_))
                | (Process, Process)
        )
    }
}

/// What a number counts, as an author would say it.
pub(crate) fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "a number",
        Unit::Count => "a count",
        Unit::Seconds => "seconds",
        Unit::Megabytes => "megabytes",
        Unit::UsdMonth => "dollars per month",
        Unit::Port => "a port",
    }
}

/// The unit of a sum, difference or comparison; the two units when they do not agree.
pub(crate) fn same_unit(a: Option<Unit>, b: Option<Unit>) -> Result<Option<Unit>, (Unit, Unit)> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Err((a, b)),
        (a, b) => Ok(a.or(b)),
    }
}

/// The unit of a product: a count of something is that something.
pub(crate) fn product_unit(a: Option<Unit>, b: Option<Unit>) -> Result<Option<Unit>, (Unit, Unit)> {
    match (a, b) {
        (None | Some(Unit::Count), unit) | (unit, None | Some(Unit::Count)) => Ok(unit.or(a).or(b)),
        (Some(a), Some(b)) => Err((a, b)),
    }
}

/// The unit of a quotient: how often one amount fits into another is a count.
pub(crate) fn quotient_unit(
    a: Option<Unit>,
    b: Option<Unit>,
) -> Result<Option<Unit>, (Unit, Unit)> {
    match (a, b) {
        (unit, None | Some(Unit::Count)) => Ok(unit),
        (None, Some(_)) => Ok(None),
        (Some(a), Some(b)) if a == b => Ok(Some(Unit::Count)),
        (Some(a), Some(b)) => Err((a, b)),
    }
}
