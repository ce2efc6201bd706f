//! The place of one value inside of a statement that may fill a screen.

use std::ops::Range;

use crate::fact::Fact;
use crate::source::{SourceMap, Span};

/// Puts a fact, whose place is the name of a statement, at the value that one of these keys has
/// behind it. Where the text names them twice, or not at all, the place stays.
pub(super) fn narrowed(sources: &SourceMap, fact: &Fact, keys: &[&str]) -> Fact {
    let mut fact = fact.clone();
    let Some(span) = fact.origin.span else { return fact };
    let text = sources.file(span.file).text();
    if let Some(range) = of_key(text, span.start as usize, keys) {
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end)) else {
            return fact;
        };
        fact.origin.span = Some(Span { start, end, ..span });
    }
    fact
}

/// The bytes of the value of the one key that is named from a byte on: `"KEY": 60`, `key=60` and
/// `["KEY"] = 60`.
fn of_key(text: &str, from: usize, keys: &[&str]) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let mut found =
        keys.iter().flat_map(|key| rest.match_indices(key).map(|(at, key)| from + at + key.len()));
    let after = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let value = text[after..].trim_start_matches(['"', '\'', ']', ' ']);
    let value = value.strip_prefix([':', '='])?.trim_start_matches(' ');
    let start = text.len() - value.len();
    let mut depth = 0_usize;
    let ends = value.char_indices().find(|(_, it)| {
        match it {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ',' | ')' | ']' | '}' | '#' | '\n' if depth == 0 => return true,
            _ => {}
        }
        false
    });
    let end = ends.map_or(value.len(), |(at, _)| at);
    let value = value[..end].trim_end();
    (!value.is_empty()).then_some(start..start + value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        let range = of_key(text, 0, &["CONN_MAX_AGE", "conn_max_age"]);
        assert_eq!(range.map(|it| &text[it]), expect, "{text}");
    }

    #[test]
    fn the_value_of_the_one_key_is_found() {
        check("D = {'default': {'NAME': 'a', 'CONN_MAX_AGE': 60}}", Some("60"));
        check(
            "D = {\n    \"CONN_MAX_AGE\": int(e(\"A\", 60)), # long\n}",
            Some("int(e(\"A\", 60))"),
        );
        check("D = {'default': config(\n    conn_max_age=600,\n    ssl=True)}", Some("600"));
        check("D['default']['CONN_MAX_AGE'] = None\n", Some("None"));
        check("D = {'a': {'CONN_MAX_AGE': 6}, 'b': {'CONN_MAX_AGE': 0}}", None);
        check("D = {'default': OTHER}", None);
        check("CONN_MAX_AGE", None);
    }
}
