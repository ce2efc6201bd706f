//! Words of a line, as systemd takes them apart.
//!
//! Source: `extract_first_word` and `cunescape_one` of systemd 252, src/basic

use std::ops::Range;

/// What happens to an escape that there is not, such as `\q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strange {
    /// It takes the rest of the line away: in assignments.
    Refused,
    /// It stays as it is written: in commands.
    Kept,
}

/// The word that starts at an offset, without quotes, which may stand anywhere in it, and with the
/// characters that its escapes stand for; and where it ends. `None` for a quote that is not closed,
/// and for a strange escape where it is refused: systemd takes nothing of it then.
fn word(raw: &str, start: usize, strange: Strange) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut quote = None;
    let mut at = start;
    while let Some(letter) = raw.get(at..)?.chars().next() {
        match letter {
            '\\' => match escape(&raw[at..]) {
                Some((escaped, len)) => {
                    word.push(escaped);
                    at += len;
                    continue;
                }
                None if strange == Strange::Kept && raw.len() > at + 1 => word.push(letter),
                None => return None,
            },
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            _ if quote.is_none() && letter.is_whitespace() => return Some((word, at)),
            _ => word.push(letter),
        }
        at += letter.len_utf8();
    }
    quote.is_none().then_some((word, raw.len()))
}

/// A word, and the range that it is written in.
pub(super) type Word = (String, Range<usize>);

/// The words of a line; `None` for one with a word that systemd does not read.
pub(super) fn words(raw: &str, strange: Strange) -> Option<Vec<Word>> {
    let (found, are_all) = readable(raw, strange);
    are_all.then_some(found)
}

/// The words of a line up to one that systemd does not read, and whether they are all: that word
/// takes those behind it away.
pub(super) fn readable(raw: &str, strange: Strange) -> (Vec<Word>, bool) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = raw[at..].find(|it: char| !it.is_whitespace()).map(|it| at + it) {
        let Some((word, end)) = word(raw, start, strange) else { return (found, false) };
        found.push((word, start..end));
        at = end;
    }
    (found, true)
}

/// The character that the escape at the start of a text stands for, and how long the escape is.
pub(super) fn escape(text: &str) -> Option<(char, usize)> {
    let escaped = text.strip_prefix('\\')?.chars().next()?;
    let simple = |it: char| Some((it, 1 + escaped.len_utf8()));
    let code = |start: usize, len: usize, radix: u32| {
        let digits = text.get(start..start + len)?;
        let is_digit = |it: char| it.is_digit(radix);
        let number = digits.chars().all(is_digit).then(|| u32::from_str_radix(digits, radix))?;
        let found = char::from_u32(number.ok()?).filter(|it| *it != '\0')?;
        Some((found, start + len))
    };
    match escaped {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        's' => simple(' '),
        '\\' | '"' | '\'' => simple(escaped),
        'x' => code(2, 2, 16),
        'u' => code(2, 4, 16),
        'U' => code(2, 8, 16),
        '0'..='7' => code(1, 3, 8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, strange: Strange, expect: Option<&[&str]>) {
        let found = words(raw, strange);
        let found: Option<Vec<_>> =
            found.as_ref().map(|it| it.iter().map(|it| it.0.as_str()).collect());
        assert_eq!(found.as_deref(), expect, "{raw}");
    }

    #[test]
    fn a_strange_escape_stays_in_a_command_and_ends_assignments() {
        check("/bin/x \\q", Strange::Kept, Some(&["/bin/x", "\\q"]));
        check("A=1 B=\\q", Strange::Refused, None);
        check("a\\sb\\x41\\101 c", Strange::Kept, Some(&["a bAA", "c"]));
        check("\\xZZ", Strange::Kept, Some(&["\\xZZ"]));
    }

    #[test]
    fn quotes_are_to_be_closed() {
        check("/bin/x \"5", Strange::Kept, None);
        check("it's", Strange::Kept, None);
        check("'a b'\"c\"d", Strange::Kept, Some(&["a bcd"]));
        check("a\\", Strange::Kept, None);
    }
}
