//! `shlex`: words as a shell splits them.

use super::super::call::unknown_of;
use super::super::raise::{Error, Outcome};
use super::super::storage::Heap;
use super::super::value::PyValue;

/// `shlex.split`, `shlex.quote` and `shlex.join` of one argument.
pub(in super::super) fn function(heap: &Heap, name: &str, value: &PyValue) -> Outcome {
    if !value.is_known() || !heap.walk(value) {
        return Ok(unknown_of(std::slice::from_ref(value)));
    }
    match (name, value) {
        ("shlex.split", PyValue::Str(text)) => match split(text) {
            Some(words) => Ok(heap.list(words.into_iter().map(|it| heap.text(it)).collect())),
            None => Err(Error::raise("ValueError", "No closing quotation")),
        },
        ("shlex.quote", PyValue::Str(text)) => Ok(heap.text(quoted(text))),
        ("shlex.join", PyValue::List(_) | PyValue::Tuple(_)) => {
            let words = value.elements().unwrap_or_default().iter().map(|it| match it {
                PyValue::Str(text) => Some(quoted(text)),
                _ => None,
            });
            match words.collect::<Option<Vec<_>>>() {
                Some(words) => Ok(heap.text(words.join(" "))),
                None => Err(Error::type_error("shlex.join() takes texts")),
            }
        }
        _ => Ok(unknown_of(std::slice::from_ref(value))),
    }
}

/// The words of a text in POSIX mode, without comments. `None` when a quote is not closed.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        if matches!(it, ' ' | '\t' | '\r' | '\n') {
            words.extend(word.take());
            continue;
        }
        let current = word.get_or_insert_default();
        match it {
            '\'' => loop {
                match chars.next()? {
                    '\'' => break,
                    it => current.push(it),
                }
            },
            '"' => loop {
                match chars.next()? {
                    '"' => break,
                    '\\' => match chars.next()? {
                        it @ ('"' | '\\') => current.push(it),
                        it => current.extend(['\\', it]),
                    },
                    it => current.push(it),
                }
            },
            '\\' => current.push(chars.next()?),
            it => current.push(it),
        }
    }
    words.extend(word);
    Some(words)
}

fn quoted(text: &str) -> String {
    let safe = |it: char| it.is_ascii_alphanumeric() || "@%+=:,./-_".contains(it);
    match !text.is_empty() && text.chars().all(safe) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\"'\"'")),
    }
}
