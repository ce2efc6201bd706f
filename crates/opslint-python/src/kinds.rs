//! What a value may be that is not known.

use std::fmt;

/// A set of kinds of Python values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// `None`.
    pub const NONE: Self = Self(1);
    /// `True` and `False`.
    pub const BOOL: Self = Self(1 << 1);
    /// An `int` that is no `bool`.
    pub const INT: Self = Self(1 << 2);
    /// A `float`.
    pub const FLOAT: Self = Self(1 << 3);
    /// A `str`.
    pub const STR: Self = Self(1 << 4);
    /// `bytes`.
    pub const BYTES: Self = Self(1 << 5);
    /// A `list`.
    pub const LIST: Self = Self(1 << 6);
    /// A `tuple`.
    pub const TUPLE: Self = Self(1 << 7);
    /// A `dict`.
    pub const DICT: Self = Self(1 << 8);
    /// A `set`.
    pub const SET: Self = Self(1 << 9);
    /// A function.
    pub const FUNCTION: Self = Self(1 << 10);
    /// A class.
    pub const CLASS: Self = Self(1 << 11);
    /// A module.
    pub const MODULE: Self = Self(1 << 12);
    /// Anything else: an instance of another class.
    pub const OTHER: Self = Self(1 << 13);
    /// Any of them.
    pub const ANY: Self = Self((1 << 14) - 1);

    const NAMES: [(Self, &'static str); 14] = [
        (Self::NONE, "NoneType"),
        (Self::BOOL, "bool"),
        (Self::INT, "int"),
        (Self::FLOAT, "float"),
        (Self::STR, "str"),
        (Self::BYTES, "bytes"),
        (Self::LIST, "list"),
        (Self::TUPLE, "tuple"),
        (Self::DICT, "dict"),
        (Self::SET, "set"),
        (Self::FUNCTION, "function"),
        (Self::CLASS, "type"),
        (Self::MODULE, "module"),
        (Self::OTHER, "object"),
    ];

    /// Kinds that are in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every kind is also in `other`.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether some kind is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The name of Python's type, when it can be only one.
    pub fn name(self) -> Option<&'static str> {
        Self::NAMES.iter().find(|(it, _)| *it == self).map(|(_, name)| *name)
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("any");
        }
        let names = Self::NAMES.iter().filter(|(it, _)| it.meets(*self)).map(|(_, name)| *name);
        f.write_str(&names.collect::<Vec<_>>().join(" or "))
    }
}
