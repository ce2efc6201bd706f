//! Texts, regular expressions and word lists: how long they are, and what they say.

use super::lex::Part;

/// Brackets, and what closes them.
const BRACKETS: &[(char, char)] = &[('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')];

/// Bytes of the word that a text begins with.
pub(super) fn word_len(text: &str) -> usize {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let len = text.find(|it| !is_part(it)).unwrap_or(text.len());
    if text.starts_with(|it: char| it.is_ascii_digit()) { 0 } else { len }
}

/// The text in quotes that begins at `start`, and its length with them.
pub(super) fn quoted(text: &str, start: usize, quote: char) -> Option<(Vec<Part>, usize)> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = start + quote.len_utf8();
    loop {
        let rest = text.get(at..)?;
        let next = rest.chars().next()?;
        if next == quote {
            at += next.len_utf8();
            break;
        }
        if quote != '\'' && rest.starts_with("#{") {
            let len = code_len(&rest[2..])?;
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Code(at + 2..at + 2 + len));
            at += 2 + len + 1;
            continue;
        }
        if next == '\\' {
            let escaped = rest[1..].chars().next()?;
            let is_kept = quote == '\'' && !matches!(escaped, '\\' | '\'');
            if is_kept {
                literal.push('\\');
            }
            literal.push(match (quote, escaped) {
                ('\'', _) => escaped,
                (_, 'n') => '\n',
                (_, 't') => '\t',
                (_, 's') => ' ',
                // The others are numbers of characters.
                (_, other) if other.is_ascii_alphanumeric() => return None,
                (_, other) => other,
            });
            at += 1 + escaped.len_utf8();
            continue;
        }
        literal.push(next);
        at += next.len_utf8();
    }
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Some((parts, at - start))
}

/// Bytes of the code in `#{…}` up to its end. Braces in texts count for none.
fn code_len(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((idx, it)) = chars.next() {
        match (quote, it) {
            (_, '\\') => {
                chars.next();
            }
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(it),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(idx),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// Bytes of the regular expression that a text begins with, on one line.
pub(super) fn pattern_len(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((idx, it)) = chars.next() {
        match it {
            '\\' => {
                chars.next();
            }
            '\n' => return None,
            '/' => return Some(idx + 1 + word_len(&text[idx + 1..])),
            _ => {}
        }
    }
    None
}

/// Bytes of a `%w[…]` or `%i(…)` that a text begins with. Others are not understood.
pub(super) fn percent_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("%w").or_else(|| text.strip_prefix("%i"))?;
    let open = rest.chars().next()?;
    let close = BRACKETS.iter().find(|it| it.0 == open)?.1;
    let inner = &rest[open.len_utf8()..];
    let end = inner.find(close)?;
    if inner[..end].contains([open, '\\']) {
        return None;
    }
    Some(2 + open.len_utf8() + end + close.len_utf8())
}
