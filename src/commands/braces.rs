//! Brace expansion of bash: `{a,b}` and `{1..3}`.

use std::ops::Range;

use crate::budget::LEN_MAX;
use crate::parse::shell::{Part, PartKind};

/// Longest word with braces that is worked out, in characters and expansions.
const TOKENS_MAX: usize = 2_000;

/// Deepest nesting of braces.
const DEPTH_MAX: usize = 12;

/// A character that no quote protects, or any other part of a word.
#[derive(Clone, Debug)]
enum Token {
    Char(char, Range<usize>),
    /// A character that a sequence makes: it stands nowhere in the text.
    Made(char, Range<usize>),
    Part(Part),
}

/// The words that a word becomes, as parts. One when it has no braces; `None` when there are too
/// many of them.
pub(super) fn expand(parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    let has_brace =
        |it: &Part| matches!(&it.kind, PartKind::Literal(text) if !it.quoted && text.contains('{'));
    if !parts.iter().any(has_brace) {
        return Some(vec![parts.to_vec()]);
    }
    let mut tokens = Vec::new();
    for part in parts {
        match &part.kind {
            PartKind::Literal(text) if !part.quoted => {
                let char = |(idx, it): (usize, char)| {
                    let start = part.range.start + idx;
                    Token::Char(it, start..start + it.len_utf8())
                };
                tokens.extend(text.char_indices().map(char));
            }
            _ => tokens.push(Token::Part(part.clone())),
        }
    }
    if tokens.len() > TOKENS_MAX {
        return None;
    }
    let words = alternatives(&tokens, 0)?;
    Some(words.into_iter().map(|it| join(&it)).collect())
}

fn alternatives(tokens: &[Token], depth: usize) -> Option<Vec<Vec<Token>>> {
    if depth > DEPTH_MAX {
        return None;
    }
    let opens = tokens.iter().enumerate().filter(|(_, it)| it.is('{')).map(|(idx, _)| idx);
    for open in opens {
        let Some((close, commas)) = matching(tokens, open) else { continue };
        let inside = &tokens[open + 1..close];
        let middles = match commas.is_empty() {
            true => match sequence(inside) {
                Some(made) => made?,
                None => continue,
            },
            false => listed(tokens, open, close, &commas, depth)?,
        };
        let tails = alternatives(&tokens[close + 1..], depth)?;
        if middles.len().checked_mul(tails.len())? > LEN_MAX {
            return None;
        }
        let mut words = Vec::new();
        for middle in &middles {
            words.extend(tails.iter().map(|tail| [&tokens[..open], middle, tail].concat()));
        }
        return Some(words);
    }
    Some(vec![tokens.to_vec()])
}

/// The alternatives between commas, each of which may have braces again.
fn listed(
    tokens: &[Token],
    open: usize,
    close: usize,
    commas: &[usize],
    depth: usize,
) -> Option<Vec<Vec<Token>>> {
    let mut middles = Vec::new();
    let mut start = open + 1;
    for end in commas.iter().copied().chain([close]) {
        middles.extend(alternatives(&tokens[start..end], depth + 1)?);
        start = end + 1;
    }
    Some(middles)
}

/// The brace that closes the one at `open`, and the commas between them that are in no other pair.
fn matching(tokens: &[Token], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0usize;
    let mut commas = Vec::new();
    for (idx, it) in tokens.iter().enumerate().skip(open) {
        if it.is('{') {
            depth += 1;
        } else if it.is('}') {
            depth -= 1;
            if depth == 0 {
                return Some((idx, commas));
            }
        } else if it.is(',') && depth == 1 {
            commas.push(idx);
        }
    }
    None
}

/// `1..3`, `1..9..2` and `a..e`; `Some(None)` for more than are worked out.
#[expect(clippy::option_option, reason = "no sequence, and too long a one, are two answers")]
fn sequence(tokens: &[Token]) -> Option<Option<Vec<Vec<Token>>>> {
    let char = |it: &Token| match it {
        Token::Char(it, _) => Some(*it),
        _ => None,
    };
    let text: String = tokens.iter().map(char).collect::<Option<_>>()?;
    let mut parts = text.split("..");
    let (first, last, step) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |it| it.parse::<i64>().ok())?.unsigned_abs().max(1);
    let range = tokens.first()?.range().start..tokens.last()?.range().end;
    let word = |text: String| text.chars().map(|it| Token::Made(it, range.clone())).collect();
    let letter = |it: &str| it.parse::<char>().ok().filter(char::is_ascii_alphabetic);
    let numbers = first.parse::<i64>().ok().zip(last.parse::<i64>().ok());
    // `{01..10}` pads with zeros, and letters of both cases have signs between them.
    let pads = [first, last].iter().any(|it| {
        it.trim_start_matches('-').len() > 1 && it.trim_start_matches('-').starts_with('0')
    });
    let (from, to, is_letter) = match (numbers, letter(first), letter(last)) {
        (Some(_), ..) if pads => return Some(None),
        (Some((from, to)), ..) => (from, to, false),
        (None, Some(from), Some(to)) => (i64::from(from as u32), i64::from(to as u32), true),
        _ => return None,
    };
    let count = usize::try_from(from.abs_diff(to) / step).unwrap_or(usize::MAX);
    if count >= LEN_MAX {
        return Some(None);
    }
    let value = |idx: usize| {
        let by = i64::try_from(idx as u64 * step).unwrap_or(i64::MAX);
        if from <= to { from.saturating_add(by) } else { from.saturating_sub(by) }
    };
    let shown = |it: i64| match u8::try_from(it).ok().filter(|_| is_letter) {
        Some(byte) => char::from(byte).to_string(),
        None => it.to_string(),
    };
    Some(Some((0..=count).map(|idx| word(shown(value(idx)))).collect()))
}

fn join(tokens: &[Token]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for token in tokens {
        let (kind, range) = match token {
            Token::Part(part) => {
                parts.push(part.clone());
                continue;
            }
            Token::Char(it, range) => (PartKind::Literal(it.to_string()), range.clone()),
            Token::Made(it, range) => (PartKind::AnsiC(it.to_string()), range.clone()),
        };
        match (parts.last_mut(), token) {
            (
                Some(Part { kind: PartKind::Literal(text), range: last, quoted: false }),
                Token::Char(it, _),
            ) if last.end == range.start => {
                text.push(*it);
                last.end = range.end;
            }
            (
                Some(Part { kind: PartKind::AnsiC(text), range: last, quoted: false }),
                Token::Made(it, _),
            ) if *last == range => {
                text.push(*it);
            }
            _ => parts.push(Part { kind, range, quoted: false }),
        }
    }
    parts
}

impl Token {
    fn is(&self, sign: char) -> bool {
        matches!(self, Self::Char(it, _) if *it == sign)
    }

    fn range(&self) -> Range<usize> {
        match self {
            Self::Char(_, range) | Self::Made(_, range) => range.clone(),
            Self::Part(part) => part.range.clone(),
        }
    }
}
