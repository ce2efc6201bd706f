//! Where a value begins and ends, by what the text is written in.

use std::ops::Range;

/// What a text is written in, as far as it decides where a value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// A programming language: a value is a literal in quotes.
    Code,
    /// Commands and lists of variables: `NAME=value`, `--flag value`, `ENV NAME value`.
    Shell,
    /// Lists of variables, one on a line: `NAME=value` to its end, blanks and all.
    Env,
    /// Keys and values: `name: value` to the end of the line, `name = value`.
    Data,
    /// A sentence, in which a colon is punctuation.
    Prose,
}

impl Grammar {
    /// Whether words follow each other as in a command.
    pub(super) fn has_words(self) -> bool {
        matches!(self, Self::Shell | Self::Env)
    }
}

/// Whether names have such a character.
pub(super) fn is_word(it: char) -> bool {
    it.is_ascii() && is_word_byte(it as u8)
}

/// The same for a byte.
pub(super) fn is_word_byte(it: u8) -> bool {
    it.is_ascii_alphanumeric() || it == b'_' || it == b'-'
}

/// Bytes of blanks at the start of a text.
pub(super) fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Bytes of backslashes at the start of a text.
pub(super) fn slashes(text: &str) -> usize {
    text.bytes().take_while(|it| *it == b'\\').count()
}

/// Where the next element of a list or the end of this mapping is.
pub(super) fn next_item(text: &str) -> Option<usize> {
    let dash =
        text.match_indices('\n').find(|(at, _)| text[at + 1..].trim_start().starts_with("- "));
    let brace = text.find(['{', '}']);
    dash.map(|(at, _)| at).into_iter().chain(brace).min()
}

/// Where the last element of a list in front of an offset begins, not before `from`.
pub(super) fn last_item(text: &str, from: usize) -> usize {
    let lines = text[from..].rmatch_indices('\n');
    let dash =
        lines.map(|(at, _)| from + at + 1).find(|at| text[*at..].trim_start().starts_with("- "));
    // The name itself may stand on the line with the dash: then nothing is before it.
    match text.rsplit('\n').next().unwrap_or_default().trim_start().starts_with("- ") {
        true => text.rfind('\n').map_or(0, |it| it + 1),
        false => dash.unwrap_or(from),
    }
}

/// A literal in quotes at the start of a text.
pub(super) struct Literal {
    /// What stands between the quotes.
    pub(super) body: Range<usize>,
    /// With the quotes and what stands before them.
    pub(super) len: usize,
}

pub(super) fn literal(text: &str, grammar: Grammar) -> Option<Literal> {
    let letters = match grammar {
        Grammar::Code => text.find(|it: char| !"rbfuRBFU".contains(it)).filter(|it| *it <= 2)?,
        _ => 0,
    };
    let rest = &text[letters..];
    let quotes = ["\"\"\"", "'''", "\"", "'", "`"];
    // Backticks set off code in sentences; in a shell they run a command.
    let known = if grammar == Grammar::Prose { &quotes[..] } else { &quotes[..4] };
    let escaped = slashes(rest);
    let quote = match escaped > 0 && rest[escaped..].starts_with('"') {
        true => &rest[..=escaped],
        false => known.iter().find(|it| rest.starts_with(**it))?,
    };
    let start = letters + quote.len();
    let mut from = start;
    while let Some(at) = text[from..].find(quote) {
        let end = from + at;
        let slashes = text[start..end].bytes().rev().take_while(|it| *it == b'\\').count();
        if escaped > 0 || slashes.is_multiple_of(2) {
            return Some(Literal { body: start..end, len: end + quote.len() });
        }
        from = end + 1;
    }
    // A quote that is never closed: to the end of the line.
    let end = text[start..].find('\n').map_or(text.len(), |it| start + it);
    Some(Literal { body: start..end, len: end })
}

/// Bytes of what follows a value in the same command, up to its end.
pub(super) fn statement_len(text: &str) -> usize {
    let end = text.find(['\n', ';', '&', '|', '#', '"', '\'', '`']).unwrap_or(text.len());
    text[..end].trim_end().len()
}

/// Bytes of a list or table at the start of a text, up to the bracket that closes it.
pub(super) fn brackets_len(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, it) in text.char_indices() {
        match it {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + usize::from(at > 0);
        }
    }
    text.len()
}

/// Bytes of a value without quotes at the start of a text. In data it goes to the end of the line.
pub(super) fn bare_len(text: &str, is_data: bool) -> usize {
    let line = text.find('\n').map_or(text, |it| &text[..it]);
    let mut end = line.len();
    if is_data {
        for stop in [" #", "\t#", ", "] {
            end = line[..end].find(stop).unwrap_or(end);
        }
    } else {
        let is_end = |it: char| it.is_whitespace() || "\"'`<>".contains(it);
        end = line.find(is_end).unwrap_or(end);
        for (at, it) in line[..end].match_indices([';', '&', '|', ',']) {
            let after = &line[at + it.len()..end];
            let next = after.find(|it| !is_word(it)).unwrap_or(after.len());
            let is_next_name = next > 0 && after[next..].starts_with('=');
            if after.is_empty() || after.starts_with(it) || is_next_name {
                end = at;
                break;
            }
        }
    }
    let value = line[..end].trim_end();
    let unbalanced = |open: char, close: char| value.ends_with(close) && !value.contains(open);
    match unbalanced('(', ')') || unbalanced('[', ']') || unbalanced('{', '}') {
        true => value.len() - 1,
        false => value.len(),
    }
}
