//! Which names the modules of Python's library have, and what kind of value each is.
//!
//! `names.txt` is made by `tests/oracle/library.py`, which says how to read it, from typeshed and
//! from Python itself. A module that it does not list is one of which nothing is known.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ruff_text_size::TextRange;

use super::super::evaluator::Evaluator;
use super::super::kinds::Kinds;
use super::super::raise::{Error, Evaluated};
use super::super::storage::Heap;
use super::super::trace::Inputs;
use super::super::value::PyValue;
use super::super::versions::PythonVersion;

/// A line for each module: its name, and ` name:kind` for each of its names.
static MODULES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let line = |it: &'static str| it.split_once(' ').map(|(name, _)| (name, it));
    include_str!("names.txt").lines().filter_map(line).collect()
});

/// The Pythons whose names are listed. An older one has names that were removed since, and a newer
/// one may have more.
const LISTED: std::ops::RangeInclusive<PythonVersion> = (3, 10)..=(3, 14);

/// The name of what `open()` gives.
pub(in super::super) const FILE: &str = "open()";

/// What ends the name of an object that a call gave: `configparser.ConfigParser()`.
const MADE: &str = "()";

/// The kind of a name of a module, as `names.txt` writes it; `None` when the module has no such
/// name, and an empty text when nothing is known of the module.
fn kind(module: &str, name: &str) -> Option<&'static str> {
    let Some(line) = MODULES.get(module) else { return Some("") };
    let start = line.find(&format!(" {name}:"))? + name.len() + 2;
    line.get(start..)?.split(' ').next()
}

/// What an object of the library certainly is, by its dotted name. [`Kinds::ANY`] when that is not
/// known, as for a text or number whose value depends on the machine.
pub fn kinds_of(dotted: &str) -> Kinds {
    match dotted {
        "bytes()" => return Kinds::BYTES,
        "os.environ.copy()" => return Kinds::DICT,
        "os.environ" => return Kinds::OTHER,
        // python-decouple 3.8: `config = AutoConfig()`.
        "decouple.config" => return Kinds::OTHER,
        // The result of `logging.getLogger()` has this name, too.
        "logging.Logger" => return Kinds::CLASS.or(Kinds::OTHER),
        _ if dotted.ends_with(MADE) => return Kinds::OTHER,
        _ => {}
    }
    let Some((module, name)) = dotted.rsplit_once('.') else { return Kinds::ANY };
    if module == "builtins" {
        return builtin(name);
    }
    match kind(module, name).and_then(|it| it.chars().next()) {
        Some('f') => Kinds::FUNCTION,
        Some('c' | 'C') => Kinds::CLASS,
        Some('m') => Kinds::MODULE,
        Some('i') => Kinds::INT,
        Some('o') => Kinds::OTHER,
        _ => Kinds::ANY,
    }
}

/// What a built-in name is.
fn builtin(name: &str) -> Kinds {
    const CLASSES: [&str; 25] = [
        "bool",
        "bytearray",
        "bytes",
        "classmethod",
        "complex",
        "dict",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "list",
        "map",
        "memoryview",
        "object",
        "property",
        "range",
        "reversed",
        "set",
        "slice",
        "staticmethod",
        "str",
        "super",
        "tuple",
        "type",
    ];
    match name {
        "Ellipsis" | "NotImplemented" => Kinds::OTHER,
        "copyright" | "credits" | "exit" | "help" | "license" | "quit" => Kinds::OTHER,
        _ if CLASSES.contains(&name) || name.starts_with(char::is_uppercase) => Kinds::CLASS,
        _ if name.starts_with("__") => Kinds::ANY,
        _ => Kinds::FUNCTION,
    }
}

/// Whether a module of the library has a name; true for a module that is not listed.
pub fn library_has(module: &str, name: &str) -> bool {
    kind(module, name).is_some()
}

/// Whether the name is that of an object which a call gave: two of them are not one object.
pub(in super::super) fn is_made(name: &str) -> bool {
    name.ends_with(MADE)
}

/// What calling a class of the library gives, when it is an object that is not a text, number or
/// container.
pub(super) fn instance(heap: &Heap, class: &str) -> Option<PyValue> {
    let (module, name) = class.rsplit_once('.')?;
    (kind(module, name) == Some("c")).then(|| heap.native(format!("{class}{MADE}")))
}

impl Evaluator<'_, '_, '_> {
    /// The exception `error` when a module of the library certainly has no such name.
    pub(in super::super) fn check_has(
        &mut self,
        module: &str,
        name: &str,
        error: &str,
        range: TextRange,
    ) -> Evaluated<()> {
        let listed = self.host.python.is_none_or(|it| LISTED.contains(&it));
        if !listed || name.starts_with('_') || kind(module, name).is_some() {
            return Ok(());
        }
        let message = match error {
            "ImportError" => format!("cannot import name `{name}` from `{module}`"),
            _ => format!("module `{module}` has no attribute `{name}`"),
        };
        Err(self.raised(Error::raise(error, message), range, &Inputs::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_python() {
        assert_eq!(kinds_of("os.chdir"), Kinds::FUNCTION);
        assert_eq!(kinds_of("configparser.ConfigParser"), Kinds::CLASS);
        assert_eq!(kinds_of("configparser.ConfigParser()"), Kinds::OTHER);
        assert_eq!(kinds_of("os.sep"), Kinds::ANY);
        assert_eq!(kinds_of("nowhere.name"), Kinds::ANY);
        assert_eq!(kind("os", "no_such_thing"), None);
        assert_eq!(kind("nowhere", "name"), Some(""));
    }
}
