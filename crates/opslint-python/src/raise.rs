//! What a Python operation comes to: a value, or an exception.

use std::sync::Arc;

use crate::source::Span;

use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// What an operation on plain values comes to.
pub(super) type Outcome<T = PyValue> = Result<T, Error>;

/// What an expression comes to.
pub(super) type Evaluated<T = Traced> = Result<T, Arc<Raised>>;

/// An exception without a place, as operations on plain values raise it.
#[derive(Clone, Debug)]
pub(super) struct Error {
    pub(super) kind: String,
    pub(super) message: String,
}

/// An exception on its way to a handler.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    /// Name of the class.
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) span: Span,
    /// What decided that it is raised.
    pub(super) inputs: Inputs,
}

impl Error {
    pub(super) fn raise(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into() }
    }

    pub(super) fn type_error(message: impl Into<String>) -> Self {
        Self::raise("TypeError", message)
    }
}

/// Built-in exception classes, each with its base.
const BASES: [(&str, &str); 40] = [
    ("Exception", "BaseException"),
    ("SystemExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"),
    ("GeneratorExit", "BaseException"),
    ("ArithmeticError", "Exception"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BufferError", "Exception"),
    ("EOFError", "Exception"),
    ("ImportError", "Exception"),
    ("LookupError", "Exception"),
    ("MemoryError", "Exception"),
    ("NameError", "Exception"),
    ("OSError", "Exception"),
    ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"),
    ("StopIteration", "Exception"),
    ("StopAsyncIteration", "Exception"),
    ("SyntaxError", "Exception"),
    ("SystemError", "Exception"),
    ("TypeError", "Exception"),
    ("ValueError", "Exception"),
    ("Warning", "Exception"),
    ("FloatingPointError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("ModuleNotFoundError", "ImportError"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("UnboundLocalError", "NameError"),
    ("ConnectionError", "OSError"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("PermissionError", "OSError"),
    ("TimeoutError", "OSError"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("IndentationError", "SyntaxError"),
    ("UnicodeError", "ValueError"),
    ("DeprecationWarning", "Warning"),
];

/// Exception classes of libraries that this evaluator raises, each with its base.
const OF_LIBRARIES: [(&str, &str); 2] =
    [("JSONDecodeError", "ValueError"), ("ImproperlyConfigured", "Exception")];

/// Whether `name` is a built-in exception class.
pub(super) fn is_exception(name: &str) -> bool {
    name == "BaseException" || BASES.iter().any(|(it, _)| *it == name)
}

/// Whether a handler for `handler` takes an exception of class `kind`; `None` when that depends on
/// classes that we do not see.
pub(super) fn handles(handler: &str, kind: &str) -> Option<bool> {
    // `IOError` and `EnvironmentError` are other names of `OSError`.
    let handler = match handler {
        "IOError" | "EnvironmentError" => "OSError",
        other => other,
    };
    if !is_exception(handler) {
        return if is_exception(kind) { None } else { Some(handler == kind).filter(|it| *it) };
    }
    if handler == "BaseException" {
        return Some(true);
    }
    let of_library = OF_LIBRARIES.iter().find(|(it, _)| *it == kind);
    if let Some((_, base)) = of_library {
        return handles(handler, base);
    }
    if !is_exception(kind) {
        return if handler == "Exception" { Some(true) } else { None };
    }
    let mut class = kind;
    loop {
        if class == handler {
            return Some(true);
        }
        match BASES.iter().find(|(it, _)| *it == class) {
            Some((_, base)) => class = base,
            None => return Some(false),
        }
    }
}
