//! What of the value of a name is secret: all of it, the password of an address, a default.

use std::ops::Range;

use super::name::Hint;
use super::value::{is_harmless, is_random_named, likely_part};

/// What is secret of the value of a name.
pub(super) fn of(name: &str, hint: Hint, value: &str) -> Option<Range<usize>> {
    let range = default_of(value);
    let start = range.start;
    let value = &value[range];
    // The name of another variable, where a call or a mapping wants one.
    let is_upper = value.chars().all(|it| it.is_ascii_uppercase() || it == '_');
    let is_name = value == name || (is_upper && value.contains('_'));
    let is_secret = match hint {
        Hint::None => false,
        Hint::Maybe => is_random_named(value),
        Hint::Likely => {
            let part = likely_part(value)?;
            return Some(start + part.start..start + part.end);
        }
        Hint::Secret => !is_harmless(value) && !is_name,
    };
    if !is_secret {
        return None;
    }
    // An address shows where it leads, and not what opens it.
    match value.find("://").map(|it| it + "://".len()).zip(value.rfind('@')) {
        Some((from, to)) if from < to => Some(start + from..start + to),
        _ => Some(start..start + value.len()),
    }
}

/// Where the value of `${OTHER:-value}` stands: behind the name, however deep in one another.
fn default_of(value: &str) -> Range<usize> {
    let mut range = 0..value.len();
    let mut is_closed = true;
    while let Some(inner) = value[range.clone()].strip_prefix("${") {
        let Some(at) = inner.find(":-").or_else(|| inner.find(":=")) else { break };
        let start = range.start + "${".len() + at + ":-".len();
        // One look at a text that closes nothing is enough.
        let end = if is_closed { value[start..range.end].rfind('}') } else { None };
        is_closed = end.is_some();
        range = start..end.map_or(range.end, |it| start + it);
    }
    range
}
