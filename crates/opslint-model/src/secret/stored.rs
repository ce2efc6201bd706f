//! What a command writes to where secrets go: `echo value > token`, `echo value | chpasswd`, the lines
//! of a text that begins with `<<`.

use std::ops::Range;

use super::commands::Words;
use super::extent::{Grammar, is_word, literal, slashes};
use super::name::{self, Hint};
use super::scan::ahead;
use super::value::is_harmless;

/// Names of files that hold nothing but secrets and do not say so by a word.
const FILES: &[&str] = &[
    ".fetchmailrc",
    ".git-credentials",
    ".htpasswd",
    ".msmtprc",
    ".pgpass",
    "htpasswd",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "pgpass",
];

/// Words of commands that read a secret.
const READERS: &[&str] = &[
    "--password-stdin",
    "--stdin-password",
    "--with-token",
    "chpasswd",
    "htpasswd",
    "passwd",
    "secret",
    "secrets",
];

/// Programs that look at what they are given and pass it on.
const FILTERS: &[&str] =
    &["grep", "egrep", "fgrep", "sed", "awk", "cut", "tr", "wc", "rg", "logger"];

/// The literals of a command `echo` or `printf` whose name ends at an offset.
pub(super) fn printed(text: &str, at: usize, found: &mut Vec<Range<usize>>) -> usize {
    let end = ahead(text, at);
    // A line goes on behind a backslash.
    let is_break = |it: &(usize, &str)| !text[..at + it.0].trim_end().ends_with('\\');
    let line = text[at..end].match_indices('\n').find(is_break).map_or(end, |it| at + it.0);
    let sign = match redirection(&text[at..line]) {
        Ok(sign) => sign,
        Err(end) => return at + end,
    };
    if !is_place(&text[at + sign..line]) {
        return at + sign;
    }
    let mut words = Words::new(&text[..at + sign], at);
    while let Some(value) = words.next_value() {
        let shown = &text[value.clone()];
        let is_option = shown.starts_with('-') && shown.len() < 4;
        let is_form = shown.starts_with('%') && shown.len() < 5;
        if !is_option && !is_form && !is_made_of_others(shown) {
            found.push(value);
        }
    }
    at + sign
}

/// Where what a command prints goes on, out of quotes: `>` or `|`; else where it ends.
fn redirection(text: &str) -> Result<usize, usize> {
    let mut at = 0;
    while let Some(it) = text[at..].chars().next() {
        match it {
            '>' if text[at..].starts_with(">&") => return Err(at),
            '>' if text[..at].ends_with('2') => {}
            '>' => return Ok(at),
            '|' if text[at..].starts_with("||") => return Err(at),
            '|' => return Ok(at),
            ';' | '&' => return Err(at),
            '\\' if text[at + slashes(&text[at..])..].starts_with('"') => {
                at += literal(&text[at..], Grammar::Shell).map_or(1, |it| it.len);
                continue;
            }
            '"' | '\'' => {
                // The quote that all of the command stands in is closed behind it.
                let len = literal(&text[at..], Grammar::Shell).map_or(1, |it| it.len);
                let is_word = text[..at].ends_with([' ', '\t', '\\', '=']);
                at += if is_word { len } else { 1 };
                continue;
            }
            _ => {}
        }
        at += it.len_utf8();
    }
    Err(at)
}

/// The lines of a text that follows a `<<`, and the word behind `<<<`.
pub(super) fn inline(text: &str, found: &mut Vec<Range<usize>>) {
    let mut read = 0;
    for (at, _) in text.match_indices("<<") {
        // What stands in such a text begins no other one.
        if at < read || text[..at].ends_with('<') {
            continue;
        }
        let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        // Of a line that is longer nobody knows how it begins.
        if at - start > 2 * 1024 {
            continue;
        }
        let end = text[at..ahead(text, at)].find('\n').map_or(ahead(text, at), |it| at + it);
        let line = &text[start..end];
        let copied = || {
            let rest = line.trim_start();
            let word = ["COPY ", "ADD "].into_iter().find(|it| rest.starts_with(it))?;
            Some(line.len() - rest.len() + word.len())
        };
        let target = line.find('>').or_else(|| line.find("tee ")).or_else(copied);
        let reads =
            READERS.iter().any(|it| line[..at - start].split_whitespace().any(|word| word == *it));
        if !reads && !target.is_some_and(|it| is_place(&line[it..])) {
            continue;
        }
        if text[at..].starts_with("<<<") {
            let value = Words::new(text, at + 3).next_value();
            found.extend(value.filter(|it| !is_made_of_others(&text[it.clone()])));
            continue;
        }
        let sign = text[at + 2..end].trim_start_matches(['-', '~', ' ', '"', '\'', '\\']);
        let word = &sign[..sign.find(|it| !is_word(it)).unwrap_or(sign.len())];
        if word.is_empty() {
            continue;
        }
        let mut from = end + 1;
        while from < text.len() {
            let stop = text[from..].find('\n').map_or(text.len(), |it| from + it);
            let line = text[from..stop].trim();
            if line == word {
                break;
            }
            if !line.is_empty() && !is_made_of_others(line) {
                let start = from + text[from..stop].find(line).unwrap_or(0);
                found.push(start..start + line.len());
            }
            from = stop + 1;
            if from - end > LINES_MAX {
                break;
            }
        }
        read = from;
    }
}

/// Bytes of such a text at most: no secret is longer.
const LINES_MAX: usize = 64 * 1024;

/// Whether the rest of a command, from `>` or `|` on, writes to where secrets go.
fn is_place(rest: &str) -> bool {
    let is_file = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.trim_start_matches('.');
        let stem = stem.split('.').next().unwrap_or(stem);
        FILES.contains(&name)
            || path.contains("/secrets/")
            || name::hint(stem) == Hint::Secret
            || is_key(name)
    };
    let is_piped = rest.starts_with('|');
    let rest = rest.trim_start_matches(['>', '|', ' ', '\t']);
    let end = rest.find([';', '&', '|']).unwrap_or(rest.len());
    let clean = |it: &str| it.trim_matches(['"', '\'', '\\', ',', ']', ')']).to_owned();
    let words = rest[..end].split_whitespace().map(clean).filter(|it| !it.is_empty());
    let words: Vec<String> = words.take(16).collect();
    let Some(first) = words.first() else { return false };
    if !is_piped {
        return match first.as_str() {
            "tee" => words.iter().skip(1).any(|it| is_file(it)),
            // `COPY <<EOF target`
            _ if first.starts_with("<<") => words.last().is_some_and(|it| is_file(it)),
            _ => is_file(first),
        };
    }
    let program = words.iter().map(String::as_str).find(|it| *it != "sudo").unwrap_or(first);
    if FILTERS.contains(&program) {
        return false;
    }
    if program == "tee" || words.iter().any(|it| it.starts_with('>')) {
        return words.iter().skip(1).any(|it| is_file(it.trim_start_matches('>')));
    }
    let is_sudo = first == "sudo" && words.iter().any(|it| it == "-S");
    let is_reader = |it: &String| READERS.contains(&it.as_str());
    is_sudo || words.iter().any(is_reader)
}

/// `secret.key`, `server.pem`: a file with a private key.
fn is_key(name: &str) -> bool {
    [".key", ".pem", ".p8"].iter().any(|it| name.ends_with(it))
}

/// Whether a text says nothing but where its value comes from: `$NAME`, `$USER:$PASSWORD`.
fn is_made_of_others(text: &str) -> bool {
    if is_harmless(text) {
        return true;
    }
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once('$') {
        plain += before;
        let end = match after.chars().next() {
            Some('{') => after.find('}').map_or(after.len(), |it| it + 1),
            Some('(') => after.find(')').map_or(after.len(), |it| it + 1),
            _ => after
                .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                .unwrap_or(after.len()),
        };
        rest = &after[end..];
    }
    plain += rest;
    !plain.contains(|it: char| it.is_alphanumeric())
}
