//! Secrets in a text of any language, told by what stands around them.
//!
//! A text may be a file that no parser understands, a command, or a message, so nothing but the
//! nearest characters is looked at: `NAME=value`, `name: "value"`, `--flag value`, the password of
//! an address, the tokens of known services, private keys.

use std::ops::Range;

use super::extent::{Grammar, is_word_byte};
use super::name::{self, Hint};
use super::named::{DECLARE, Named};
use super::options;
use super::value::{is_harmless, is_random, is_random_named, token_len};

/// The parts of a text that are secrets, ascending and apart from each other.
pub(super) fn secrets(text: &str, grammar: Grammar) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Most texts are short and have no such sign: looking for one byte is cheaper than for several.
    if text.contains('-') {
        private_keys(text, &mut found);
    }
    if text.contains(':') {
        addresses(text, &mut found);
    }
    tokens(text, &mut found);
    if matches!(grammar, Grammar::Shell | Grammar::Env | Grammar::Data) && text.contains(" -") {
        options::passwords(text, &mut found);
    }
    // Looked for once there is a name that asks for it.
    let mut declares = None;
    let mut long_until = 0;
    for word in words(text) {
        let name = &text[word.clone()];
        let hint = name::hint(name);
        let is_cookie = hint == Hint::None && name.eq_ignore_ascii_case("cookie");
        if word.start < long_until || hint == Hint::None && !is_cookie {
            continue;
        }
        let near = near(text, &word);
        let before = found.len();
        let word = word.start - near.start..word.end - near.start;
        let declares = *declares.get_or_insert_with(|| DECLARE.iter().any(|it| text.contains(it)));
        let word_of = word.clone();
        let named = Named { text: &text[near.clone()], declares, grammar, word: word_of, hint };
        if is_cookie {
            // A name that says so in the header of a request alone.
            let named = Named { hint: Hint::Secret, ..named };
            named.header(word.end, named.quote(), &mut found);
        } else {
            named.after(&mut found);
            named.pair(&mut found);
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
    let mut start = word.start.saturating_sub(NEAR);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    start..ahead(text, word.end)
}

/// The end of what is looked at behind an offset.
fn ahead(text: &str, from: usize) -> usize {
    let mut end = (from + NEAR).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
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

/// The passwords of addresses: `scheme://user:password@host`.
fn addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = text[from..].find("://") {
        let start = from + at + "://".len();
        from = start;
        let is_end = |it: char| it.is_whitespace() || "\"'`<>|;,".contains(it);
        let rest = &text[start..ahead(text, start)];
        let rest = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        // A password that was not encoded may have a slash in it; a port has no `@` behind it.
        let at_sign = rest[..authority].rfind('@').or_else(|| rest.rfind('@'));
        let Some(at_sign) = at_sign else { continue };
        let user = &rest[..at_sign];
        match user.split_once(':') {
            Some((_, after))
                if after.split('/').next().is_some_and(is_port) && after.contains('/') => {}
            Some((name, password)) if !is_harmless(password) && !name.contains('/') => {
                found.push(start + name.len() + 1..start + at_sign);
            }
            None if is_random_named(user) => found.push(start..start + at_sign),
            _ => {}
        }
    }
}

/// The password of a value that is an address as a whole, where blanks in it were not encoded: in
/// running text an address ends at the first one.
pub(super) fn password_with_blanks(value: &str) -> Option<Range<usize>> {
    let (scheme, rest) = value.split_once("://")?;
    let is_scheme = |it: char| it.is_ascii_alphanumeric() || "+.-".contains(it);
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return None;
    }
    let (name, password) = rest[..rest.rfind('@')?].split_once(':')?;
    let is_path = password.split_once('/').is_some_and(|(port, _)| is_port(port));
    let is_one = password.contains([' ', '\t'])
        && !is_path
        && !name.contains(['/', ' ', '?', '#'])
        && !password.contains("://")
        && !is_harmless(password);
    let start = scheme.len() + "://".len() + name.len() + 1;
    is_one.then_some(start..start + password.len())
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.len() <= 5 && text.bytes().all(|it| it.is_ascii_digit())
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
