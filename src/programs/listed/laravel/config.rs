//! Values of Laravel's configuration, which is PHP: what stands behind a key of an array, as far as it is
//! plain or the usual `env('NAME', DEFAULT)`. Anything else is not known.

use std::ops::Range;

use crate::fact::Fact;
use crate::launch::Launch;
use crate::project::{Lookup, assumed_unset};

/// What a value comes to.
#[derive(Debug)]
pub(super) enum Read {
    /// The text in the file: nothing else says it.
    Written(String),
    /// The text in the file, unless this variable is set; no manifest sets it.
    Unless(String, String),
    /// What a variable is set to.
    Set(Fact),
}

impl Read {
    /// The text, and the variable that is taken to be unset for it.
    pub(super) fn text(self) -> Option<(String, Option<(String, Fact)>)> {
        match self {
            Self::Written(text) => Some((text, None)),
            Self::Unless(text, name) => {
                let unset = (format!("${name}"), assumed_unset(&name));
                Some((text, Some(unset)))
            }
            Self::Set(fact) => Some((fact.text()?.to_owned(), None)),
        }
    }
}

/// What a value comes to; `plain` reads one that is written out, or the default of its variable.
pub(super) fn read(
    value: &str,
    launch: &Launch,
    plain: impl Fn(&str) -> Option<String>,
) -> Option<Read> {
    let Some((name, default)) = variable(value) else { return plain(value).map(Read::Written) };
    match launch.environment.get(name) {
        Lookup::Set(given) => Some(Read::Set(given.clone())),
        Lookup::Unset => plain(default).map(Read::Written),
        Lookup::Unmentioned => plain(default).map(|it| Read::Unless(it, name.to_owned())),
    }
}

/// A text that is written out.
pub(super) fn text(value: &str) -> Option<String> {
    quoted(value).map(str::to_owned)
}

/// The array behind a key: where it starts, and its text up to the first that ends in it.
pub(super) fn block<'t>(text: &'t str, key: &str) -> Option<(usize, &'t str)> {
    let open = start(text, key)?;
    let start = open + text[open..].strip_prefix('[').map(|_| 1)?;
    Some((start, &text[start..start + text[start..].find(']')?]))
}

/// What stands behind a key of an array, up to the comma that ends it.
pub(super) fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.get(place(text, key)?)
}

/// Where that stands.
pub(super) fn place(text: &str, key: &str) -> Option<Range<usize>> {
    let from = start(text, key)?;
    let mut depth = 0_usize;
    let end = text[from..].char_indices().find_map(|(at, it)| {
        match it {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' | '\n' | ']' if depth == 0 => return Some(from + at),
            _ => {}
        }
        None
    });
    let end = end.unwrap_or(text.len());
    Some(from..from + text[from..end].trim_end().len())
}

/// Where the value of a key starts. What stands in a comment is no key.
fn start(text: &str, key: &str) -> Option<usize> {
    let keys = [format!("'{key}'"), format!("\"{key}\"")];
    let mut lines = 0;
    let from = text.split_inclusive('\n').find_map(|line| {
        let at = lines;
        lines += line.len();
        let is_comment =
            ["//", "#", "*", "/*", "|"].iter().any(|it| line.trim_start().starts_with(it));
        keys.iter().filter(|_| !is_comment).find_map(|it| {
            let behind = line.find(it.as_str())? + it.len();
            let value = line[behind..].trim_start_matches(' ').strip_prefix("=>")?;
            Some(at + line.len() - value.len())
        })
    })?;
    let rest = &text[from..];
    Some(from + (rest.len() - rest.trim_start_matches(' ').len()))
}

/// The variable of `env('NAME', DEFAULT)`, and its default: `null` without one.
pub(super) fn variable(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("env(")?.strip_suffix(')')?;
    let (name, default) = inner.split_once(',').unwrap_or((inner, "null"));
    Some((quoted(name.trim())?, default.trim()))
}

pub(super) fn quoted(text: &str) -> Option<&str> {
    let inner = ['\'', '"'].iter().find_map(|it| text.strip_prefix(*it)?.strip_suffix(*it))?;
    (!inner.contains(['\'', '"', '$'])).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_an_array_end_with_their_comma() {
        let text = "return [\n // 'default' => 'x',\n 'default' => env('QUEUE_CONNECTION', 'redis'),\n\
                    'connections' => ['database' => ['driver' => 'database', 'retry_after' => 90]]];";
        let default = value(text, "default");
        assert_eq!(default, Some("env('QUEUE_CONNECTION', 'redis')"));
        assert_eq!(default.and_then(variable), Some(("QUEUE_CONNECTION", "'redis'")));
        assert_eq!(value(text, "driver"), Some("'database'"));
        assert_eq!(value(text, "retry_after"), Some("90"));
        assert_eq!(value(text, "queue"), None);
        assert_eq!(quoted("'a' . 'b'"), None);
    }

    #[test]
    fn a_variable_is_plain_or_none() {
        for (text, expect) in [
            ("env('A')", Some(("A", "null"))),
            ("env('A', path('x'))", Some(("A", "path('x')"))),
            ("env($name, 'x')", None),
            ("env('A', 'x') . 'y'", None),
            ("'x'", None),
        ] {
            assert_eq!(variable(text), expect, "{text}");
        }
        let text = "/*\n| 'driver' => 'x',\n*/\n'driver'   => 'file',\n# 'a' => [1],\n'a' => [2],";
        assert_eq!(value(text, "driver"), Some("'file'"));
        assert_eq!(block(text, "a").map(|it| it.1), Some("2"));
    }
}
