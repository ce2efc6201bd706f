//! Passwords that stand beside the name of a user, or in the place of one: tables of users, labels
//! and blocks for basic authentication, headers of HTTP, statements of SQL, arguments of calls.

use std::ops::Range;

use super::commands;
use super::extent::{Grammar, is_word, literal, slashes, spaces};
use super::programs::{self, Form, Lengths, with_lengths};
use super::scan::ahead;
use super::stored;
use super::value::{is_drawn, is_harmless};

/// Functions by which of their arguments is a password, from 0.
/// Sources: Django's `UserManager`, `make_password` and `set_password`; Werkzeug's
/// `generate_password_hash`; Requests' "Authentication"; aiohttp's `BasicAuth`; pika's
/// `PlainCredentials`; cryptography's `Fernet`; smtplib's and ftplib's `login`.
const CALLS: [&[&str]; 3] = [
    &["set_password", "make_password", "generate_password_hash", "Fernet"],
    &["HTTPBasicAuth", "HTTPDigestAuth", "BasicAuth", "PlainCredentials", "login"],
    &["create_superuser", "create_user"],
];

/// Functions that open a session with a database by one text.
const CONNECTORS: &[&str] = &["connect", "create_pool", "SessionPool", "ConnectionPool"];

/// Names of tables of users with their passwords, in small letters.
const USERS: &[&str] = &[
    "users",
    "logins",
    "accounts",
    "auth_users",
    "basic_auth_users",
    "http_auth_users",
    "valid_users",
    "user_passwords",
    "admin_users",
    "allowed_users",
];

/// Names of what a proxy asks a visitor for.
const BASIC: &[&str] = &["basicauth", "basic_auth", "basic-auth", "digestauth"];

/// Settings of it that hold no password.
const BASIC_SETTINGS: &[&str] = &["usersfile", "realm", "removeheader", "headerfield"];

/// How a header says what follows.
const SCHEMES: &[&str] = &["bearer", "basic", "token", "digest", "apikey", "bot"];

/// Headers with a password or token.
const HEADERS: &[&str] = &["authorization", "proxy-authorization", "x-authorization"];

/// Other words at which something is looked for.
const WORDS: &[&str] = &["echo", "printf", "identified", "password", "auth"];

/// The lengths of all of these, by their first bytes.
const LENGTHS: Lengths = {
    let mut lengths = programs::LENGTHS;
    let all = [USERS, BASIC, HEADERS, WORDS, CONNECTORS, CALLS[0], CALLS[1], CALLS[2]];
    let mut idx = 0;
    while idx < all.len() {
        lengths = with_lengths(lengths, all[idx]);
        idx += 1;
    }
    lengths
};

/// How far a text was read for words that begin something: such a word within it begins nothing.
#[derive(Debug, Default)]
pub(super) struct Reads<'t>(Vec<(&'t str, usize)>);

/// So many programs may stand in one command, and each is given a password.
const READS_MAX: usize = 4;

impl<'t> Reads<'t> {
    /// Reads on from a word to the offset that `read` gives back, unless that was done before.
    fn read(&mut self, text: &'t str, word: &Range<usize>, read: impl FnOnce() -> usize) {
        let name = &text[word.clone()];
        self.0.retain(|it| it.1 > word.start);
        if self.0.len() < READS_MAX && self.0.iter().all(|it| it.0 != name) {
            self.0.push((name, read()));
        }
    }
}

/// All that is looked for at a word which does not name a secret itself.
pub(super) fn at_word<'t>(
    text: &'t str,
    word: &Range<usize>,
    grammar: Grammar,
    reads: &mut Reads<'t>,
    found: &mut Vec<Range<usize>>,
) {
    let name = &text[word.clone()];
    let first = name.as_bytes().first().map_or(0, |it| usize::from(it.to_ascii_lowercase()));
    if name.len() > 31 || LENGTHS[first] >> name.len() & 1 == 0 {
        return;
    }
    if programs::is_program(name) && is_program_here(text, word) {
        reads.read(text, word, || commands::passwords(text, name, word.end, found));
    }
    match name {
        "echo" | "printf" if is_program_here(text, word) => {
            reads.read(text, word, || stored::printed(text, word.end, found));
        }
        "auth" => pair(text, word.end, found),
        _ if is_one_of(name, BASIC) => {
            reads.read(text, word, || basic(text, word.end, found));
        }
        _ if name.eq_ignore_ascii_case("identified") => identified(text, word.end, found),
        _ if name.eq_ignore_ascii_case("password") => of_sql(text, word, found),
        _ if is_one_of(name, HEADERS) => header(text, word.end, grammar, found),
        _ => {}
    }
    if grammar == Grammar::Prose {
        return;
    }
    if text[word.end..].starts_with('(') {
        call(text, word, found);
    } else if is_one_of(name, USERS) {
        reads.read(text, word, || users(text, word, grammar, found));
    }
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// Whether a word may be the name of a program: what stands around it is no part of a name.
fn is_program_here(text: &str, word: &Range<usize>) -> bool {
    let before = text[..word.start].chars().next_back();
    let is_begun = before.is_none_or(|it| it.is_whitespace() || "\"'`/([=|;&\\@$-".contains(it));
    // A dash is that of an element of a list or of nothing.
    let is_option = text[..word.start].ends_with('-');
    let after = text[word.end..].chars().next();
    // A comma stands behind the words of a list.
    is_begun && !is_option && after.is_some_and(|it| it.is_whitespace() || "\"'`\\,".contains(it))
}

/// Labels, blocks and lists for basic authentication.
///
/// Sources: Traefik's "BasicAuth" middleware, Caddy's directive `basic_auth`, the labels of
/// caddy-docker-proxy.
fn basic(text: &str, at: usize, found: &mut Vec<Range<usize>>) -> usize {
    let near = &text[at..ahead(text, at)];
    if let Some(label) = near.strip_prefix(['.', '_']) {
        let len = label.find(|it: char| !is_word(it) && it != '.').unwrap_or(label.len());
        if BASIC_SETTINGS.iter().any(|it| label[..len].to_ascii_lowercase().ends_with(it)) {
            return at;
        }
        let rest = label[len..].trim_start_matches(['"', '\'', '\\', ' ']);
        if let Some(value) = rest.strip_prefix(['=', ':']) {
            let value = value.trim_start_matches(['"', '\'', '\\', ' ']);
            let start = at + near.len() - value.len();
            let end = value.find(|it: char| it.is_whitespace() || "\"'\\".contains(it));
            let value = value[..end.unwrap_or(value.len())].trim_end_matches([']', '}', ',']);
            found.extend(behind_user(text, start..start + value.len()));
        }
        return at;
    }
    let line = near.find('\n').unwrap_or(near.len());
    if near[..line].trim_end().ends_with('{') {
        let block = &near[line..near.find('}').unwrap_or(near.len()).max(line)];
        for line in block.lines() {
            let mut words = line.split_whitespace();
            if let Some(value) = words.next().and_then(|_| words.next())
                && !is_harmless(value)
            {
                let start = value.as_ptr() as usize - text.as_ptr() as usize;
                found.push(start..start + value.len());
            }
        }
        return at + line + block.len();
    }
    let Some(key) = near[..near.len().min(USERS_NEAR)].find("users").map(|it| it + 5) else {
        return at;
    };
    let Some(list) = near[key..].trim_start_matches(['"', '\'', ' ']).strip_prefix([':', '='])
    else {
        return at;
    };
    let start = at + near.len() - list.len();
    let is_flow = list.trim_start().starts_with('[');
    let end = match is_flow {
        true => list.find(']').unwrap_or(list.len()),
        false => list
            .match_indices('\n')
            .find(|(at, _)| {
                let next = list[at + 1..].trim_start();
                !next.starts_with('-') && !next.starts_with('#') && !next.is_empty()
            })
            .map_or(list.len(), |it| it.0),
    };
    for part in list[..end].split([',', '\n', '[']) {
        let part = part.trim().trim_start_matches("- ").trim_matches(['"', '\'', ' ']);
        if !part.is_empty() {
            let from = part.as_ptr() as usize - text.as_ptr() as usize;
            debug_assert!(from >= start);
            found.extend(behind_user(text, from..from + part.len()));
        }
    }
    start + end
}

/// Bytes behind `basicAuth:` in which its users are looked for.
const USERS_NEAR: usize = 300;

/// What follows the first colon of `user:password`, or all of a value without one.
fn behind_user(text: &str, value: Range<usize>) -> Option<Range<usize>> {
    let start = text[value.clone()].find(':').map_or(value.start, |it| value.start + it + 1);
    (!is_harmless(&text[start..value.end])).then_some(start..value.end)
}

/// `Authorization: Bearer value`, in any language.
fn header(text: &str, at: usize, grammar: Grammar, found: &mut Vec<Range<usize>>) {
    let near = &text[at..ahead(text, at)];
    let rest = near.trim_start_matches(['"', '\'', '\\', '`', ']', ' ']);
    let Some(rest) = rest.strip_prefix(['=', ':', ',']) else { return };
    let rest = rest.trim_start_matches(['"', '\'', '\\', '`', ' ']);
    let rest = rest.strip_prefix("f\"").or_else(|| rest.strip_prefix("f'")).unwrap_or(rest);
    let Some((scheme, value)) = rest.split_once(' ') else { return };
    if !is_one_of(scheme, SCHEMES) {
        return;
    }
    let start = at + near.len() - value.len() + spaces(value);
    let value = value.trim_start_matches([' ', '\t']);
    let len = value.find(|it: char| it.is_whitespace() || "\"'`\\,;".contains(it));
    let value = &value[..len.unwrap_or(value.len())];
    let is_said = grammar == Grammar::Prose && !is_drawn(value);
    if !is_harmless(value) && !value.starts_with(['{', '$', '<']) && !is_said {
        found.push(start..start + value.len());
    }
}

/// `IDENTIFIED BY 'value'`, `IDENTIFIED WITH plugin BY 'value'`.
fn identified(text: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let end = text.floor_char_boundary(at + SQL_NEAR);
    let lower = text[at..end].to_ascii_lowercase();
    if let Some(by) = lower.find(" by ") {
        let behind = by + " by ".len();
        let password = if lower[behind..].starts_with("password ") { "password ".len() } else { 0 };
        quoted(text, at + behind + password, found);
    }
}

/// Bytes around a word of SQL in which the others of its statement are.
const SQL_NEAR: usize = 120;

/// `CREATE USER name PASSWORD 'value'`, `PASSWORD('value')`.
fn of_sql(text: &str, word: &Range<usize>, found: &mut Vec<Range<usize>>) {
    let after = &text[word.end..];
    let is_function = after.starts_with('(') && text[word.clone()] == *"PASSWORD";
    let from = text.ceil_char_boundary(word.start.saturating_sub(SQL_NEAR));
    let is_statement = || {
        let before = text[from..word.start].to_ascii_lowercase();
        let mut words = before.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|it| it == "user" || it == "role")
    };
    if is_function {
        quoted(text, word.end + 1, found);
    } else if after.starts_with(' ') && is_statement() {
        quoted(text, word.end + spaces(after), found);
    }
}

/// What is quoted at an offset.
fn quoted(text: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let rest = &text[at..ahead(text, at)];
    let skipped = slashes(rest);
    if !rest[skipped..].starts_with(['"', '\'']) {
        return;
    }
    let at = at + skipped;
    if let Some(it) = literal(&text[at..ahead(text, at)], Grammar::Shell) {
        let body = at + it.body.start..at + it.body.end;
        // The backslash of the quote that closes.
        let trimmed = text[body.clone()].trim_end_matches('\\').len();
        let body = body.start..body.start + trimmed;
        if !is_harmless(&text[body.clone()]) {
            found.push(body);
        }
    }
}

/// `auth=("user", "value")`.
fn pair(text: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let rest = text[at..].trim_start_matches(' ');
    let Some(rest) = rest.strip_prefix('=') else { return };
    let rest = rest.trim_start_matches(' ');
    if rest.starts_with('(') {
        found.extend(argument(text, text.len() - rest.len(), 1));
    }
}

/// The password among the arguments of a call.
fn call(text: &str, word: &Range<usize>, found: &mut Vec<Range<usize>>) {
    let name = &text[word.clone()];
    if CONNECTORS.contains(&name) {
        let value = argument(text, word.end, 0);
        found.extend(value.and_then(|it| commands::password(text, it, Form::Oracle)));
        return;
    }
    let Some(nth) = CALLS.iter().position(|it| it.contains(&name)) else { return };
    if name == "login" && !text[..word.start].ends_with('.') {
        return;
    }
    found.extend(argument(text, word.end, nth));
}

/// An argument of the call whose bracket opens at an offset, if it is a literal.
fn argument(text: &str, at: usize, nth: usize) -> Option<Range<usize>> {
    let near = &text[at..ahead(text, at).min(at + 512).max(at)];
    let mut depth = 0_usize;
    let mut idx = 0;
    let mut from = 1;
    let mut commas = 0;
    // Within a text, quotes have backslashes before them.
    while let Some(it) = near.get(idx..)?.chars().next() {
        match it {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 1 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 1 && commas == nth => break,
            ',' if depth == 1 => {
                commas += 1;
                from = idx + 1;
            }
            '"' | '\'' => {
                let it = literal(&near[idx..], Grammar::Code)?;
                if depth == 1
                    && commas == nth
                    && near[from..idx].trim().trim_matches('\\').is_empty()
                {
                    let body = at + idx + it.body.start..at + idx + it.body.end;
                    let len = text[body.clone()].trim_end_matches('\\').len();
                    let body = body.start..body.start + len;
                    return (!is_harmless(&text[body.clone()])).then_some(body);
                }
                idx += it.len;
                continue;
            }
            _ => {}
        }
        idx += it.len_utf8();
    }
    None
}

/// `USERS = {"admin": "value"}`, `USERS=admin:value`.
fn users(
    text: &str,
    word: &Range<usize>,
    grammar: Grammar,
    found: &mut Vec<Range<usize>>,
) -> usize {
    let is_upper = !text[word.clone()].contains(|it: char| it.is_ascii_lowercase());
    if !is_upper && grammar != Grammar::Code {
        return word.end;
    }
    let near = &text[word.end..ahead(text, word.end)];
    let rest = near.trim_start_matches(['"', '\'', '\\', ']', ' ']);
    let is_comparison = rest.starts_with("==") || rest.starts_with("::");
    let Some(rest) = rest.strip_prefix(['=', ':']).filter(|_| !is_comparison) else {
        return word.end;
    };
    let rest = rest.trim_start_matches(['"', '\'', '\\', ' ']);
    let start = word.end + near.len() - rest.len();
    if rest.starts_with('{') {
        return table(text, start, found);
    }
    if grammar != Grammar::Code {
        let end = rest.find(|it: char| it.is_whitespace() || "\"'\\;".contains(it));
        let value = start..start + end.unwrap_or(rest.len());
        let (user, password) = text[value.clone()].split_once(':').unwrap_or_default();
        let is_user = !user.is_empty() && user.chars().all(|it| is_word(it) || it == '.');
        if is_user && !password.starts_with('/') {
            found.extend(behind_user(text, value));
        }
    }
    start
}

/// The values of a table of literals whose brace opens at an offset.
fn table(text: &str, at: usize, found: &mut Vec<Range<usize>>) -> usize {
    let near = &text[at..ahead(text, at)];
    let mut idx = 1;
    let mut depth = 1_usize;
    let mut is_value = false;
    while let Some(it) = near[idx..].chars().next() {
        match it {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            ':' => is_value = true,
            ',' => is_value = false,
            '\\' => {}
            '"' | '\'' => {
                let Some(it) = literal(&near[idx..], Grammar::Shell) else { break };
                let body = at + idx + it.body.start..at + idx + it.body.end;
                let len = text[body.clone()].trim_end_matches('\\').len();
                let body = body.start..body.start + len;
                if depth == 1 && is_value && !is_harmless(&text[body.clone()]) {
                    found.push(body);
                }
                is_value = false;
                idx += it.len;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        idx += it.len_utf8();
    }
    at + idx
}

/// `s/NAME/value/`: what a stream editor puts in the place of a name that holds a secret.
pub(super) fn replaced(text: &str, word: &Range<usize>, found: &mut Vec<Range<usize>>) {
    let before = text[..word.start].trim_end_matches(['^', '$', '{', '_', '<', '@', '%']);
    let Some(sign) = before.chars().next_back().filter(|it| "/|#,~".contains(*it)) else { return };
    let command = &before[..before.len() - 1];
    let is_begun = command.strip_suffix('s').is_some_and(|it| !it.ends_with(is_word));
    let near = &text[word.end..ahead(text, word.end)];
    let line = &near[..near.find('\n').unwrap_or(near.len())];
    if !is_begun {
        return;
    }
    let mut parts = line.split(sign);
    let (Some(pattern), Some(value), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    if pattern.contains([' ', '=']) || is_harmless(value) || value.starts_with('$') {
        return;
    }
    let start = word.end + pattern.len() + sign.len_utf8();
    found.push(start..start + value.len());
}
