//! JavaScript as text: what can be read of it without running it.
//!
//! Comments are blanked, so every offset is that of the file. Nothing is evaluated; an expression
//! that is not one of the few forms below is not known.

use std::ops::Range;

/// Longest expression that is looked into, in bytes.
pub(super) const EXPRESSION_MAX: usize = 500;

/// The text with spaces in place of comments, of the same length.
pub(super) fn without_comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut blank = bytes.to_vec();
    let mut quote: Option<u8> = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let next = bytes.get(at + 1).copied();
        match (quote, byte, next) {
            (Some(_), b'\\', _) => at += 1,
            (Some(open), it, _) if it == open || (it == b'\n' && open != b'`') => quote = None,
            (Some(_), _, _) => {}
            (None, b'\'' | b'"' | b'`', _) => quote = Some(byte),
            (None, b'/', Some(b'/')) => at = blanked(&mut blank, at, line_end(bytes, at)),
            (None, b'/', Some(b'*')) => at = blanked(&mut blank, at, comment_end(text, at)),
            (None, _, _) => {}
        }
        at += 1;
    }
    // Whole runs are blanked, so no character is cut.
    String::from_utf8(blank).unwrap_or_default()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).position(|it| *it == b'\n').map_or(bytes.len(), |it| at + it)
}

fn comment_end(text: &str, at: usize) -> usize {
    let rest = text.get(at + 2..).unwrap_or_default();
    rest.find("*/").map_or(text.len(), |it| at + 2 + it + 2)
}

/// Blanks a run, and gives the last offset in it.
fn blanked(bytes: &mut [u8], start: usize, end: usize) -> usize {
    let run = bytes.get_mut(start..end).unwrap_or_default();
    run.iter_mut().filter(|it| **it != b'\n').for_each(|it| *it = b' ');
    end.saturating_sub(1).max(start)
}

/// The parts between parentheses, from the opening one on, that commas separate.
pub(super) fn arguments(code: &str, open: usize) -> Option<Vec<Range<usize>>> {
    let bytes = code.as_bytes();
    let (mut depth, mut quote) = (0_usize, None);
    let (mut parts, mut start) = (Vec::new(), open + 1);
    let mut at = open;
    while let Some(byte) = bytes.get(at).copied() {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(it), _) if it == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    parts.push(trimmed(code, start..at));
                    parts.retain(|it| !it.is_empty());
                    return Some(parts);
                }
            }
            (None, b',') if depth == 1 => {
                parts.push(trimmed(code, start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
        at += 1;
    }
    None
}

/// The offset of what closes the parenthesis or brace at an offset.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    let mut bytes = code.as_bytes().iter().enumerate().skip(open);
    while let Some((at, byte)) = bytes.next() {
        match (quote, *byte) {
            (Some(_), b'\\') => {
                bytes.next();
            }
            (Some(it), byte) if it == byte => quote = None,
            (Some(_), _) => {}
            (None, it @ (b'\'' | b'"' | b'`')) => quote = Some(it),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) => {}
        }
    }
    None
}

fn trimmed(code: &str, range: Range<usize>) -> Range<usize> {
    let text = code.get(range.clone()).unwrap_or_default();
    let start = range.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

/// The value of a key in an object that is written out: `{ port: 3000 }`, or `{ port }`.
pub(super) fn entry(code: &str, object: &Range<usize>, key: &str) -> Option<Range<usize>> {
    for part in arguments(code, object.start)? {
        let text = code.get(part.clone())?;
        if text == key {
            return Some(part);
        }
        if let Some((name, value)) = text.split_once(':')
            && name.trim().trim_matches(['\'', '"']) == key
        {
            let start = part.end - value.len();
            return Some(trimmed(code, start..part.end));
        }
    }
    None
}

/// What a name is bound to that is used at an offset, where one declaration binds it and nothing
/// assigns it again. Statements of the module itself do not see those of its functions.
pub(super) fn bound(code: &str, name: &str, at: usize) -> Option<Range<usize>> {
    if is_assigned(code, name) {
        return None;
    }
    let own = is_outer(code, at).then(|| bound_where(code, name, &|it| is_outer(code, it)));
    own.flatten().or_else(|| bound_where(code, name, &|_| true))
}

fn bound_where(code: &str, name: &str, counts: &dyn Fn(usize) -> bool) -> Option<Range<usize>> {
    let mut found = None;
    for keyword in ["const ", "let ", "var "] {
        for (start, _) in code.match_indices(&format!("{keyword}{name}")) {
            let rest = code.get(start + keyword.len() + name.len()..)?;
            let value = assigned(rest).filter(|_| counts(start));
            let Some(value) = value else { continue };
            let from = code.len() - value.len();
            let end = value.find(['\n', ';']).map_or(code.len(), |it| from + it);
            if found.replace(trimmed(code, from..end)).is_some() {
                return None;
            }
        }
    }
    found
}

/// Whether a statement beside its declaration gives a name a value: `host = "::"`, `port += 1`,
/// `port++`, `[a, port] = …`.
fn is_assigned(code: &str, name: &str) -> bool {
    const SIGNS: [&str; 6] = ["||=", "&&=", "??=", "+=", "-=", "*="];
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$');
    code.match_indices(name).any(|(start, _)| {
        let (before, behind) = (&code[..start], &code[start + name.len()..]);
        if before.ends_with(|it| is_part(it) || it == '.') || behind.starts_with(is_part) {
            return false;
        }
        let word = before.trim_end().rsplit(|it| !is_part(it)).next().unwrap_or_default();
        if ["const", "let", "var"].contains(&word) {
            return false;
        }
        let behind = behind.trim_start();
        let is_set = behind.starts_with('=')
            && !behind.starts_with("==")
            && !behind.starts_with("=>")
            && !is_in_pattern(before);
        is_set
            || SIGNS.iter().any(|it| behind.starts_with(it))
            || ["++", "--"].iter().any(|it| behind.starts_with(it) || before.ends_with(it))
    })
}

/// Whether a name behind this text has a default in a pattern: `const { port = 3000 } = …`, and not a
/// value in a block.
fn is_in_pattern(before: &str) -> bool {
    const BLOCKS: [&str; 6] = [")", "=>", "else", "try", "do", ";"];
    let before = before.trim_end();
    match before.strip_suffix('{') {
        Some(outer) => !BLOCKS.iter().any(|it| outer.trim_end().ends_with(it)),
        None => before.ends_with([',', '(', ':', '[']),
    }
}

/// Whether an expression asks something: `a ? b : c`, `a === b`; `??` and `?.` ask nothing.
pub(super) fn is_condition(expression: &str) -> bool {
    let plain = expression.replace("??", "").replace("?.", "");
    plain.contains('?') || ["==", "!=", "&&", " < ", " > "].iter().any(|it| plain.contains(it))
}

/// What stands behind the sign in `= 3000`, or in `: number = 3000` of TypeScript.
fn assigned(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let behind_type = || {
        let line = text.strip_prefix(':')?;
        let end = line.find('\n').unwrap_or(line.len());
        let at = line[..end].find('=').filter(|at| !line[*at..].starts_with("=>"))?;
        line.get(at + 1..)
    };
    text.strip_prefix('=').filter(|it| !it.starts_with('=')).or_else(behind_type)
}

/// A name that is taken out of the environment: `const { PORT = 3000, HOST: host } = process.env`.
/// Gives the variable, its place, and its default.
pub(super) fn destructured(
    code: &str,
    name: &str,
) -> Option<(String, Range<usize>, Option<Range<usize>>)> {
    for (at, _) in code.match_indices("= process.env") {
        let end = code.get(..at)?.trim_end().len();
        // What stands behind is a part of the environment.
        let is_part = code.get(at + "= process.env".len()..)?.starts_with(['.', '[']);
        let Some(start) = code.get(..end)?.rfind('{').filter(|_| !is_part) else { continue };
        if !code.get(..end)?.ends_with('}') {
            continue;
        }
        for part in arguments(code, start)? {
            let text = code.get(part.clone())?;
            let (left, default) = match text.split_once('=') {
                Some((left, default)) => {
                    let start = part.end - default.len();
                    (left, Some(trimmed(code, start..part.end)))
                }
                None => (text, None),
            };
            let (variable, own) = left.split_once(':').unwrap_or((left, left));
            if own.trim() == name {
                let variable = variable.trim();
                let place = part.start..part.start + variable.len();
                return Some((variable.to_owned(), place, default));
            }
        }
    }
    None
}

/// A text in quotes, without anything filled in.
pub(super) fn quoted(text: &str) -> Option<&str> {
    let inner = ["'", "\"", "`"]
        .iter()
        .find_map(|it| text.strip_prefix(it).and_then(|rest| rest.strip_suffix(it)))?;
    (!inner.contains(['\'', '"', '`', '$', '\\'])).then_some(inner)
}

/// A whole number, or a product of them: `10 * 1024 * 1024`, `65_000`.
pub(super) fn number(text: &str) -> Option<i64> {
    let factor = |it: &str| it.trim().replace('_', "").parse::<i64>().ok().filter(|it| *it >= 0);
    text.split('*').map(factor).try_fold(1_i64, |all, it| all.checked_mul(it?))
}

/// Files of the project that code loads: `require('./bot')`, `from "../lib/bot.js"`.
pub(super) fn local(code: &str) -> impl Iterator<Item = &str> {
    let quoted = code.split(['\'', '"']).skip(1);
    quoted.filter(|it| it.starts_with("./") || it.starts_with("../"))
}

/// Whether an offset is in a statement of the module itself, not in a function of it.
pub(super) fn is_outer(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    !line.starts_with([' ', '\t']) && line.matches('{').count() == line.matches('}').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_in_place() {
        for (text, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /*x*/ b", "a       b"),
            ("'http://x' // y", "'http://x'     "),
            ("`a // ${b}`", "`a // ${b}`"),
            ("'it\\'s // x'", "'it\\'s // x'"),
            ("/* open", "       "),
        ] {
            let code = without_comments(text);
            assert_eq!(code.len(), text.len(), "{text}");
            assert_eq!(code, expected, "{text}");
        }
    }

    #[test]
    fn every_prefix_of_a_script_is_read() {
        let script = "app.listen({ port: 3000, host: '::' }, () => { f('(', [1, `}`]) }) // é";
        for end in (0..=script.len()).filter(|it| script.is_char_boundary(*it)) {
            let code = without_comments(&script[..end]);
            let open = code.find('(');
            open.and_then(|it| arguments(&code, it));
            bound(&code, "app", 0);
        }
        let parts = arguments(script, 10).unwrap_or_default();
        assert_eq!(script.get(parts[0].clone()), Some("{ port: 3000, host: '::' }"));
        let host = entry(script, &parts[0], "host").and_then(|it| script.get(it));
        assert_eq!(host, Some("'::'"));
    }

    #[test]
    fn a_name_that_is_assigned_again_is_bound_to_nothing() {
        for (code, expected) in [
            ("let host = '::';\nlisten(host)", Some("'::'")),
            ("let host = '::';\nif (prod) host = '0.0.0.0';", None),
            ("let host = '::';\nif (prod) { host = process.env.HOST }", None),
            ("let host = '::';\nhost ||= 'x'", None),
            ("let host = 1;\nhost++", None),
            (
                "const host = '::';\nf({ host, other: 1 }); x.host = 2; if (host === 1) {}",
                Some("'::'"),
            ),
            ("const host = '::';\nconst f = ({ host = 'y' }) => host;", Some("'::'")),
        ] {
            let found = bound(code, "host", code.len()).and_then(|it| code.get(it));
            assert_eq!(found, expected, "{code}");
        }
        for (text, expected) in [
            ("a ? 1 : 2", true),
            ("process.env.A===\"b\"?1:2", true),
            ("process.env.A ?? 1", false),
            ("config?.port || 1", false),
        ] {
            assert_eq!(is_condition(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_whole_or_products() {
        for (text, expected) in
            [("65_000", Some(65000)), ("10 * 1024", Some(10240)), ("x", None), ("-1", None)]
        {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_taken_out_of_the_environment() {
        let code = "const { PORT = 3000, HOST: host = '::', A } = process.env;\n\
                    const { B } = process.env.C";
        let check = |name: &str, expected: Option<(&str, Option<&str>)>| {
            let found = destructured(code, name);
            let found = found.map(|(name, place, default)| {
                assert_eq!(code.get(place), Some(name.as_str()));
                (name, default.and_then(|it| code.get(it)).map(str::to_owned))
            });
            let found = found.as_ref().map(|(name, default)| (name.as_str(), default.as_deref()));
            assert_eq!(found, expected, "{name}");
        };
        check("PORT", Some(("PORT", Some("3000"))));
        check("host", Some(("HOST", Some("'::'"))));
        check("A", Some(("A", None)));
        check("B", None);
        check("HOST", None);
    }
}
