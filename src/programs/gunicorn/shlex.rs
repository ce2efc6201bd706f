//! `GUNICORN_CMD_ARGS`, split as Python's `shlex.split` splits it: quotes, no expansions.

use std::sync::Arc;

use crate::fact::{Fact, State};
use crate::launch::{Piece, Word};
use crate::source::{SourceMap, Span};

/// The words of a variable's value; `Err` when a quote is not closed.
///
/// A value that is not fully known is one unknown word, which may hold any flags.
pub(super) fn words(variable: &Fact, fallback: Span, sources: &SourceMap) -> Result<Vec<Word>, ()> {
    let span = variable.origin.span.unwrap_or(fallback);
    let text = match &variable.state {
        State::Known(value) => value.to_string(),
        open => return Ok(open.open().map(|it| unknown_word(it, span)).into_iter().collect()),
    };
    let split = split(&text)?;
    let shared = Arc::new(variable.clone());
    let place = |start: usize, end: usize| match sources.text(span) {
        written if written == text => sub(span, start, end),
        written if written.get(1..=text.len()) == Some(&text) => sub(span, start + 1, end + 1),
        _ => span,
    };
    let word = |(word, start, end): (String, usize, usize)| Word {
        pieces: vec![Piece {
            text: Ok(word),
            span: place(start, end),
            expanded: Some(Arc::clone(&shared)),
        }],
        span: place(start, end),
    };
    Ok(split.into_iter().map(word).collect())
}

fn unknown_word(unknown: crate::fact::Unknown, span: Span) -> Word {
    Word { pieces: vec![Piece { text: Err(unknown), span, expanded: None }], span }
}

fn sub(span: Span, start: usize, end: usize) -> Span {
    Span::new(span.file, span.start as usize + start, span.start as usize + end)
}

/// Words with their first and last byte in `text`.
fn split(text: &str) -> Result<Vec<(String, usize, usize)>, ()> {
    let mut words = Vec::new();
    let mut word: Option<(String, usize)> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            words.extend(word.take().map(|(word, start)| (word, start, at)));
            continue;
        }
        let (current, _) = word.get_or_insert_with(|| (String::new(), at));
        match c {
            '\'' => loop {
                match chars.next() {
                    Some((_, '\'')) => break,
                    Some((_, c)) => current.push(c),
                    None => return Err(()),
                }
            },
            '"' => loop {
                match chars.next() {
                    Some((_, '"')) => break,
                    Some((_, '\\')) => match chars.next() {
                        Some((_, c @ ('"' | '\\'))) => current.push(c),
                        Some((_, c)) => current.extend(['\\', c]),
                        None => return Err(()),
                    },
                    Some((_, c)) => current.push(c),
                    None => return Err(()),
                }
            },
            '\\' => current.push(chars.next().ok_or(())?.1),
            c => current.push(c),
        }
    }
    words.extend(word.map(|(word, start)| (word, start, text.len())));
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values are what Python's `shlex.split` returns.
    #[test]
    fn words_are_split_as_shlex_splits_them() {
        let check = |text: &str, expected: &[&str]| {
            let words = split(text).unwrap();
            let words: Vec<_> = words.iter().map(|(word, ..)| word.as_str()).collect();
            assert_eq!(words, expected, "{text}");
        };
        check("--workers 4  --preload", &["--workers", "4", "--preload"]);
        check(r#"--name "a b" 'c "d"' e\ f"#, &["--name", "a b", "c \"d\"", "e f"]);
        check(r#""a\nb" "\"" '' x#y"#, &[r"a\nb", "\"", "", "x#y"]);
        assert!(split("--name 'a").is_err());
        assert!(split("a\\").is_err());
    }
}
