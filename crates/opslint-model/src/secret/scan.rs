//! Secrets in a text of any language, told by what stands around them.
//!
//! A text may be a file that no parser understands, a command, or a message, so nothing but the
//! nearest characters is looked at: `NAME=value`, `name: "value"`, `--flag value`, the password of
//! an address, the tokens of known services, private keys.

use std::ops::Range;

use super::extent::{
    Grammar, annotation, bare_len, is_word, is_word_byte, last_item, literal, next_item, spaces,
};
use super::name::{self, Hint};
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
    if matches!(grammar, Grammar::Shell | Grammar::Data) && text.contains(" -") {
        options::passwords(text, &mut found);
    }
    for word in words(text) {
        let name = &text[word.clone()];
        let hint = name::hint(name);
        if hint == Hint::None {
            continue;
        }
        let named = Named { text, grammar, word, hint };
        named.after(&mut found);
        named.pair(&mut found);
    }
    merged(found)
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
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
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
        let len = text[start..].find(is_end).unwrap_or(text.len() - start);
        let rest = &text[start..start + len];
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

/// A word that names a secret, in its text.
struct Named<'a> {
    text: &'a str,
    grammar: Grammar,
    word: Range<usize>,
    hint: Hint,
}

impl Named<'_> {
    /// The value behind the name.
    fn after(&self, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        let quote = text[..self.word.start].chars().next_back().filter(|it| "\"'`".contains(*it));
        let mut at = self.word.end;
        // `"NAME": …`, `environ["NAME"] = …`; `\"` in a text within a text.
        let closing = |it: char| quote.is_some_and(|quote| quote == it);
        let mut is_closed = false;
        if text[at..].starts_with("\\\"") {
            (at, is_closed) = (at + 2, true);
        } else if text[at..].starts_with(closing) {
            (at, is_closed) = (at + 1, true);
        }
        if is_closed && text[at..].starts_with(']') {
            at += 1;
        }
        if !is_closed && self.header(at, quote, found) {
            return;
        }
        let blanks = spaces(&text[at..]);
        let rest = &text[at + blanks..];
        let is_default = text[..self.word.start].ends_with("${");
        let Some(len) = self.separator(rest, blanks, is_closed, is_default) else { return };
        let at = at + blanks + len;
        // `"NAME=a b"`: the quote that began before the name ends the value.
        let outer = quote.filter(|_| !is_closed && blanks == 0 && rest.starts_with('='));
        if is_default {
            let end = text[at..].find('}').map_or(text.len(), |it| at + it);
            self.add(at..end, found);
        } else if let Some(quote) = outer {
            let end = text[at..].find([quote, '\n']).map_or(text.len(), |it| at + it);
            self.add(at..end, found);
        } else {
            self.value(at, rest[..len].ends_with(':'), found);
        }
    }

    /// `-H 'Authorization: Bearer value'`: a header of HTTP as one word of a command.
    fn header(&self, at: usize, quote: Option<char>, found: &mut Vec<Range<usize>>) -> bool {
        let text = self.text;
        let before = text[..self.word.start].trim_end_matches(['"', '\'', '\\', ' ']);
        let is_option = before.ends_with("-H") || before.ends_with("--header");
        let is_word =
            self.grammar == Grammar::Shell && quote.is_some() && text[at..].starts_with(": ");
        let is_command = matches!(self.grammar, Grammar::Shell | Grammar::Data);
        let is_header = is_command && is_option && text[at..].starts_with(':');
        if !is_word && !is_header {
            return false;
        }
        let is_end = |it: char| match quote {
            Some(quote) => it == quote || it == '\n',
            None => it.is_whitespace(),
        };
        let start = at + 1;
        let end = text[start..].find(is_end).map_or(text.len(), |it| start + it);
        let start = start + spaces(&text[start..end]);
        let scheme = text[start..end].split_once(' ').map_or("", |(it, _)| it);
        let is_scheme = ["bearer", "basic", "token", "digest", "apikey"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it));
        let start = if is_scheme { start + scheme.len() + 1 } else { start };
        self.add(start..end, found);
        true
    }

    /// Bytes of the separator between the name and its value.
    fn separator(&self, rest: &str, blanks: usize, closed: bool, default: bool) -> Option<usize> {
        if default {
            return [":-", ":=", "-", "="]
                .iter()
                .find(|it| rest.starts_with(**it))
                .map(|it| it.len());
        }
        for it in [":=", "=>", "+=", "?="] {
            if rest.starts_with(it) {
                return Some(it.len());
            }
        }
        let is_comparison = ["==", "=~", "::", ":-", "://"].iter().any(|it| rest.starts_with(it));
        match rest.chars().next()? {
            '=' if !is_comparison => Some(1),
            ':' if !is_comparison && self.takes_colon(&rest[1..], closed) => Some(1),
            // `getenv("NAME", "value")`, `env("NAME", default="value")`.
            ',' if closed && self.is_argument() => {
                let after = rest[1..].trim_start();
                let keyword = after.strip_prefix("default").map(str::trim_start);
                let after =
                    keyword.and_then(|it| it.strip_prefix('=')).unwrap_or(after).trim_start();
                let is_literal = after.starts_with(['"', '\'']);
                is_literal.then_some(rest.len() - after.len())
            }
            _ if blanks > 0 && self.is_before_its_value() => Some(0),
            _ => None,
        }
    }

    /// Whether a colon behind the name begins its value.
    fn takes_colon(&self, after: &str, is_closed: bool) -> bool {
        let is_quoted = after.trim_start_matches([' ', '\t']).starts_with(['"', '\'', '\\']);
        match self.grammar {
            Grammar::Data => true,
            // `NAME: str = "value"`: the type of a variable is passed over as its value begins.
            Grammar::Code => is_quoted || annotation(after).is_some(),
            Grammar::Shell | Grammar::Prose => is_quoted && (is_closed || self.is_upper_case()),
        }
    }

    fn is_upper_case(&self) -> bool {
        !self.text[self.word.clone()].contains(|it: char| it.is_ascii_lowercase())
    }

    /// `name("SECRET", …`: the first argument of a call.
    fn is_argument(&self) -> bool {
        let before = &self.text[..self.word.start - 1];
        let before = before.strip_suffix('(').unwrap_or_default();
        self.is_upper_case() && before.ends_with(|it: char| it.is_alphanumeric() || it == '_')
    }

    /// `--flag value`, `ENV NAME value`: nothing but blanks in between.
    fn is_before_its_value(&self) -> bool {
        if self.grammar != Grammar::Shell {
            return false;
        }
        let before = &self.text[..self.word.start];
        let line = before.rsplit('\n').next().unwrap_or_default().trim();
        let is_instruction =
            ["ENV", "ARG", "SetEnv"].iter().any(|it| line.eq_ignore_ascii_case(it));
        before.ends_with("--") || is_instruction
    }

    /// The value that begins at or after an offset.
    fn value(&self, at: usize, is_colon: bool, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        let mut at = at + spaces(&text[at..]);
        if self.grammar == Grammar::Code {
            if let Some(len) = annotation(&text[at..]).filter(|_| is_colon) {
                at += len;
            }
            at += text[at..].find(|it: char| !it.is_whitespace() && it != '(').unwrap_or(0);
        }
        let mut is_literal = false;
        while let Some(literal) = literal(&text[at..], self.grammar) {
            let body = at + literal.body.start..at + literal.body.end;
            self.add(body, found);
            is_literal = true;
            at += literal.len;
            // `'a' 'b'`, `'a' + 'b'`: one value in several literals.
            if self.grammar != Grammar::Code {
                break;
            }
            let more = text[at..].trim_start();
            let more = more.strip_prefix('+').unwrap_or(more).trim_start();
            if !more.starts_with(['"', '\'']) {
                break;
            }
            at = text.len() - more.len();
        }
        if !is_literal && self.grammar != Grammar::Code {
            let end = at + bare_len(&text[at..], is_colon && self.grammar == Grammar::Data);
            self.add(at..end, found);
        }
    }

    /// `key: NAME` beside `value: …`, in either order, in the same mapping.
    fn pair(&self, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        let before = text[..self.word.start].trim_end_matches(['"', '\'', '\\']);
        let Some(before) = before.trim_end().strip_suffix([':', '=']) else { return };
        let key = before.trim_end().trim_end_matches(['"', '\'', '\\']);
        let start = key.trim_end_matches(is_word).len();
        let keys = ["key", "name", "variable", "env", "envvar", "id"];
        if !keys.iter().any(|it| key[start..].eq_ignore_ascii_case(it)) {
            return;
        }
        let lines = |it: &str| it.match_indices('\n').nth(3).map(|(at, _)| at);
        let end = lines(&text[self.word.end..]).map_or(text.len(), |it| self.word.end + it);
        let behind = &text[self.word.end..end];
        let behind_len = next_item(behind).unwrap_or(behind.len());
        let ahead = &text[..start];
        let from = ahead.rmatch_indices('\n').nth(3).map_or(0, |(at, _)| at);
        let from = from + ahead[from..].rfind(['{', '}']).map_or(0, |it| it + 1);
        let from = last_item(ahead, from);
        for range in [self.word.end..self.word.end + behind_len, from..start] {
            for word in words(&text[range.clone()]) {
                let word = range.start + word.start..range.start + word.end;
                let is_value = ["value", "default", "defaultvalue", "content"]
                    .iter()
                    .any(|it| text[word.clone()].eq_ignore_ascii_case(it));
                let at = text[word.end..].trim_start_matches(['"', '\'', '\\']).trim_start();
                if is_value && at.starts_with([':', '=']) {
                    let grammar = Grammar::Data;
                    let named = Named { text, grammar, word, hint: self.hint };
                    named.value(text.len() - at.len() + 1, true, found);
                }
            }
        }
    }

    /// Adds what is secret of a value.
    fn add(&self, range: Range<usize>, found: &mut Vec<Range<usize>>) {
        let part = part(&self.text[self.word.clone()], self.hint, &self.text[range.clone()]);
        found.extend(part.map(|it| range.start + it.start..range.start + it.end));
    }
}

/// What is secret of the value of a name.
pub(super) fn part(name: &str, hint: Hint, value: &str) -> Option<Range<usize>> {
    // `${OTHER:-value}`: the value is what stands behind the name.
    if let Some(inner) = value.strip_prefix("${")
        && let Some(at) = inner.find(":-").or(inner.find(":="))
    {
        let start = "${".len() + at + ":-".len();
        let end = value.rfind('}').unwrap_or(value.len()).max(start);
        let part = part(name, hint, &value[start..end])?;
        return Some(start + part.start..start + part.end);
    }
    // The name of another variable, where a call or a mapping wants one.
    let is_upper = value.chars().all(|it| it.is_ascii_uppercase() || it == '_');
    let is_name = value == name || (is_upper && value.contains('_'));
    let is_secret = match hint {
        Hint::None => false,
        Hint::Maybe => is_random_named(value),
        Hint::Secret => !is_harmless(value) && !is_name,
    };
    if !is_secret {
        return None;
    }
    // An address shows where it leads, and not what opens it.
    match value.find("://").map(|it| it + "://".len()).zip(value.rfind('@')) {
        Some((start, end)) if start < end => Some(start..end),
        _ => Some(0..value.len()),
    }
}
