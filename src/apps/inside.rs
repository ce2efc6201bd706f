//! The place of one value inside of a statement that may fill a screen.

use std::ops::Range;

use crate::fact::Fact;
use crate::source::{SourceMap, Span};

/// Puts a fact, whose place is the name of a statement, at the value that these keys lead to, each
/// of which may have several names. Where the text names the last one twice, or not at all, the
/// place is the value of the key above it if it fits into a line, and else it stays.
pub(super) fn narrowed(sources: &SourceMap, fact: &Fact, keys: &[&[&str]]) -> Fact {
    let mut fact = fact.clone();
    let Some(span) = fact.origin.span else { return fact };
    let text = sources.file(span.file).text();
    if let Some(range) = of_keys(text, span.start as usize, keys) {
        let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end)) else {
            return fact;
        };
        fact.origin.span = Some(Span { start, end, ..span });
    }
    fact
}

/// The bytes of the value that keys lead to in the statement that starts at a byte.
fn of_keys(text: &str, from: usize, keys: &[&[&str]]) -> Option<Range<usize>> {
    let mut region = from..end(text, from, |_| false)?;
    let mut found = None;
    for (idx, key) in keys.iter().enumerate() {
        match of_key(text, region.clone(), key) {
            Some(At::Value(range)) => {
                region = range.clone();
                found = Some((idx, range));
            }
            Some(At::Index(rest)) => region = rest..region.end,
            None => {}
        }
    }
    let (idx, range) = found?;
    let is_last = idx + 1 == keys.len();
    (is_last || !text.get(range.clone())?.contains('\n')).then_some(range)
}

/// What stands behind a key.
enum At {
    /// Its value.
    Value(Range<usize>),
    /// Another key, from this byte on: `["default"]["NAME"] = 1`.
    Index(usize),
}

/// What stands behind the one key that is named in a part of the text: `"KEY": 60`, `key=60` and
/// `["KEY"] = 60`.
fn of_key(text: &str, within: Range<usize>, names: &[&str]) -> Option<At> {
    let part = text.get(within.clone())?;
    let behind = names.iter().flat_map(|key| {
        part.match_indices(key).filter_map(|(at, key)| {
            let is_part = |it: char| it.is_alphanumeric() || it == '_';
            let before = part[..at].chars().next_back();
            let after = within.start + at + key.len();
            let is_word = !before.is_some_and(is_part) && !text[after..].starts_with(is_part);
            let rest = text[after..within.end].trim_start_matches(['"', '\'', ']', ' ']);
            let is_key = rest.starts_with([':', '=', '[']) && !rest.starts_with("==");
            (is_word && is_key).then(|| within.end - rest.len())
        })
    });
    let mut behind = behind;
    let at = behind.next()?;
    if behind.next().is_some() {
        return None;
    }
    if text[at..].starts_with('[') {
        return Some(At::Index(at));
    }
    let value = text[at + 1..within.end].trim_start();
    let start = within.end - value.len();
    let stop = end(text, start, |it| matches!(it, ',' | ')' | ']' | '}'))?.min(within.end);
    let value = text[start..stop].trim_end();
    (!value.is_empty()).then_some(At::Value(start..start + value.len()))
}

/// Where a piece of Python ends: at the end of a line, a comment or a sign that stops it, none of
/// them inside of brackets or quotes.
fn end(text: &str, from: usize, stops: impl Fn(char) -> bool) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut is_comment = false;
    let mut before = ' ';
    for (at, it) in rest.char_indices() {
        match (quote, it) {
            _ if is_comment => is_comment = it != '\n',
            (Some(open), _) if it == open && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(it),
            (None, it) if depth == 0 && (matches!(it, '#' | '\n') || stops(it)) => {
                return Some(from + at);
            }
            (None, '#') => is_comment = true,
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = it;
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: &[&[&str]] = &[&["default"], &["CONN_MAX_AGE", "conn_max_age"]];

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(of_keys(text, 0, AGE).map(|it| &text[it]), expect, "{text}");
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
        check("D = {'default': {'CONN_MAX_AGE': 6}, 'b': {'CONN_MAX_AGE': 0}}", Some("6"));
        check("D = {'default': {'NAME': ')', # 'x\n 'CONN_MAX_AGE': 6}}", Some("6"));
        check("D = {'default': OTHER}", Some("OTHER"));
        check("D = {'default': {\n'NAME': 1}}", None);
        check("D = OTHER\nE = {'CONN_MAX_AGE': 6}", None);
        check("CONN_MAX_AGE", None);
    }
}
