//! Which arguments the methods of `str` take: what they refuse is an exception, and no value that
//! is merely beyond us.
//!
//! Source: <https://docs.python.org/3/library/stdtypes.html#string-methods>, `Objects/unicodeobject.c`.

use super::raise::Error;
use super::value::PyValue;

/// What a parameter takes.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    TextOrNone,
    /// A text, or a tuple of texts.
    Affix,
    Int,
    /// A bound of a part of the text.
    Bound,
    /// One character.
    Character,
    Any,
}

/// How many arguments a method needs at least, and what each takes.
fn parameters(method: &str) -> Option<(usize, &'static [Takes])> {
    use Takes::{Affix, Any, Bound, Character, Int, Text, TextOrNone};
    Some(match method {
        "capitalize" | "casefold" | "isalnum" | "isalpha" | "isascii" | "isdecimal" | "isdigit"
        | "isidentifier" | "islower" | "isnumeric" | "isprintable" | "isspace" | "istitle"
        | "isupper" | "lower" | "swapcase" | "title" | "upper" => (0, &[]),
        "strip" | "lstrip" | "rstrip" => (0, &[TextOrNone]),
        "removeprefix" | "removesuffix" | "partition" | "rpartition" => (1, &[Text]),
        "startswith" | "endswith" => (1, &[Affix, Bound, Bound]),
        "count" | "find" | "index" | "rfind" | "rindex" => (1, &[Text, Bound, Bound]),
        "replace" => (2, &[Text, Text, Int]),
        "zfill" => (1, &[Int]),
        "center" | "ljust" | "rjust" => (1, &[Int, Character]),
        "split" | "rsplit" => (0, &[TextOrNone, Int]),
        "splitlines" => (0, &[Any]),
        "expandtabs" => (0, &[Int]),
        "join" | "translate" => (1, &[Any]),
        _ => return None,
    })
}

/// The exception of a method of `str` that is called with these arguments, where that is certain.
pub(super) fn refused(method: &str, args: &[PyValue]) -> Option<Error> {
    let (least, takes) = parameters(method)?;
    if args.len() < least || args.len() > takes.len() {
        let count = args.len();
        return Some(Error::type_error(format!("`{method}` does not take {count} arguments")));
    }
    let wrong = args.iter().zip(takes).find(|(it, takes)| !may_take(**takes, it))?.0;
    let kind = wrong.type_name().unwrap_or("object");
    Some(Error::type_error(format!("`{method}` does not take this `{kind}`")))
}

fn may_take(takes: Takes, value: &PyValue) -> bool {
    let Some(kind) = value.type_name() else { return true };
    let is_int = matches!(kind, "int" | "bool");
    match takes {
        Takes::Any => true,
        Takes::Text => kind == "str",
        Takes::TextOrNone => matches!(kind, "str" | "NoneType"),
        Takes::Affix => matches!(kind, "str" | "tuple"),
        Takes::Int => is_int,
        Takes::Bound => is_int || kind == "NoneType",
        Takes::Character => match value {
            PyValue::Str(text) => text.chars().count() == 1,
            _ => kind == "str",
        },
    }
}
