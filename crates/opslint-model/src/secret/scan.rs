//! Secrets in a text of any language, told by what stands around them.
//!
//! A text may be a file that no parser understands, a command, or a message, so nothing but the
//! nearest characters is looked at: `NAME=value`, `name: "value"`, `--flag value`, the password of
//! an address, the tokens of known services, private keys.

use std::ops::Range;

use super::address;
use super::extent::{Grammar, is_word_byte};
use super::logins::{self, Reads};
use super::name::{self, Hint};
use super::named::{DECLARE, Named};
use super::stored;
use super::value::{is_random, token_len};

/// The parts of a text that are secrets, ascending and apart from each other.
pub(super) fn secrets(text: &str, grammar: Grammar) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Most texts are short and have no such sign: looking for one byte is cheaper than for several.
    if text.contains('-') {
        private_keys(text, &mut found);
    }
    if text.contains([':', '@']) {
        address::passwords(text, &mut found);
    }
    if text.contains("%3") {
        address::encoded_passwords(text, &mut found);
    }
    tokens(text, &mut found);
    if grammar != Grammar::Prose && text.contains("<<") {
        stored::inline(text, &mut found);
    }
    // Looked for once there is a name that asks for it.
    let mut declares = None;
    let mut long_until = 0;
    let mut reads = Reads::default();
    for word in words(text) {
        let name = &text[word.clone()];
        logins::at_word(text, &word, grammar, &mut reads, &mut found);
        let is_of_query =
            || text[..word.start].ends_with(['?', '&']) && text[word.end..].starts_with('=');
        let hint = match name::hint(name) {
            Hint::None if is_of_query() => address::hint_in_query(name),
            hint => hint,
        };
        if word.start < long_until || hint == Hint::None {
            continue;
        }
        let near = near(text, &word);
        let before = found.len();
        let word = word.start - near.start..word.end - near.start;
        let declares = *declares.get_or_insert_with(|| DECLARE.iter().any(|it| text.contains(it)));
        let word_of = word.clone();
        let named = Named { text: &text[near.clone()], declares, grammar, word: word_of, hint };
        // A cookie of a request opens what the user may see, whatever it looks like.
        let is_cookie = name.eq_ignore_ascii_case("cookie") && {
            let named = Named { hint: Hint::Secret, word: word.clone(), ..named };
            named.header(word.end, named.quote(), &mut found)
        };
        if !is_cookie {
            named.after(&mut found);
            named.pair(&mut found);
            named.option(&mut found);
            if hint == Hint::Secret {
                named.compared(&mut found);
                logins::replaced(named.text, &named.word, &mut found);
            }
        }
        for it in &mut found[before..] {
            *it = it.start + near.start..it.end + near.start;
            if it.end == near.end && near.end < text.len() {
                // It goes on: all of its line is taken for it, and what is named in there too.
                it.end = text[it.end..].find('\n').map_or(text.len(), |at| it.end + at);
                long_until = it.end;
            }
        }
    }
    merged(found)
}

/// Bytes on either side of a name in which its value is looked for: a line may be megabytes long and
/// have a name in every few bytes.
const NEAR: usize = 8 * 1024;

/// What stands around a word.
fn near(text: &str, word: &Range<usize>) -> Range<usize> {
    text.ceil_char_boundary(word.start.saturating_sub(NEAR))..ahead(text, word.end)
}

/// The end of what is looked at behind an offset.
pub(super) fn ahead(text: &str, from: usize) -> usize {
    text.floor_char_boundary(from + NEAR)
}

/// Sorted, with those that touch as one.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|it| !it.is_empty());
    ranges.sort_by_key(|it| (it.start, it.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for it in ranges {
        match merged.last_mut() {
            Some(last) if it.start <= last.end => last.end = last.end.max(it.end),
            _ => merged.push(it),
        }
    }
    merged
}

/// The words of a text that may be names: they begin with a letter or `_`.
pub(super) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    let bytes = text.as_bytes();
    std::iter::from_fn(move || {
        let start = from + bytes[from..].iter().position(|it| is_word_byte(*it))?;
        let end = bytes[start..].iter().position(|it| !is_word_byte(*it));
        from = end.map_or(bytes.len(), |it| start + it);
        let word = &bytes[start..from];
        let dashes = word.iter().position(|it| *it != b'-').unwrap_or(word.len());
        Some(start + dashes..from)
    })
    .filter(|it| it.len() > 1)
}

/// The bodies of private keys in PEM.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = text[from..].find("-----BEGIN ") {
        let start = from + at;
        let head = &text[start..];
        let Some(end) = head["-----BEGIN ".len()..].find("-----").map(|it| it + 16) else { return };
        from = start + end;
        if head[..end].contains("PRIVATE KEY") {
            let stop = text[from..].find("-----END").map_or(text.len(), |it| from + it);
            found.push(from..stop);
            from = stop;
        }
    }
}

/// Tokens of known services, and long texts that were drawn by chance.
fn tokens(text: &str, found: &mut Vec<Range<usize>>) {
    let is_part = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'_' | b'-');
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(is_part) {
        let start = from + at;
        let end = bytes[start..].iter().position(|it| !is_part(it));
        let run = end.unwrap_or(bytes.len() - start);
        let token = token_len(&text[start..]);
        if token > 0 {
            found.push(start..start + token);
            from = start + token;
            continue;
        }
        from = start + run;
        let run = &text[start..from];
        // A token may stand behind a dash or a slash: `-psk_live_…`, `/services/xoxb-…`.
        let separates = |(_, it): &(usize, u8)| matches!(it, b'/' | b'-' | b'_');
        for (idx, _) in run.bytes().enumerate().filter(separates) {
            let inner = token_len(&text[start + idx + 1..]);
            if inner > 0 {
                found.push(start + idx + 1..start + idx + 1 + inner);
            }
        }
        if is_random(run) && !is_hash(&text[..start], run) {
            let padding = text[from..].find(|it| it != '=').unwrap_or(text.len() - from);
            found.push(start..from + padding);
        }
    }
}

/// Whether a run of Base64 is the hash of something public: `sha512-…`, `sha256:…`, `h1:…`.
fn is_hash(before: &str, run: &str) -> bool {
    let is_name = |it: &str| {
        let digits = it.strip_prefix("sha").or(it.strip_prefix("md")).or(it.strip_prefix('h'));
        digits.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
    };
    let name = before.strip_suffix([':', '=', '-']).unwrap_or_default();
    let name = name.rsplit(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default();
    is_name(name) || run.split_once('-').is_some_and(|(name, _)| is_name(name))
}
