//! Passwords in addresses: `scheme://user:password@host`, and what stands for one in their paths and
//! queries.

use std::ops::Range;

use super::name::Hint;
use super::scan::ahead;
use super::value::{is_drawn, is_harmless, is_random_named};

/// What the name of a part of a query says about its value: `?sig=`, `?key=`.
/// Sources: "Create a service SAS" of Azure Storage; "Use API keys with REST" of Google Cloud.
pub(super) fn hint_in_query(name: &str) -> Hint {
    match name {
        "sig" | "signature" => Hint::Secret,
        "key" | "auth" | "code" => Hint::Likely,
        _ => Hint::None,
    }
}

/// The passwords of the addresses in a text.
pub(super) fn passwords(text: &str, found: &mut Vec<Range<usize>>) {
    // JSON may write a slash with a backslash before it.
    for sign in ["://", ":\\/\\/"] {
        for (at, _) in text.match_indices(sign) {
            behind_scheme(text, at, at + sign.len(), found);
        }
    }
    if text.contains('@') {
        without_scheme(text, found);
    }
}

/// What of `user:password@host`, or of a path, is secret behind `scheme://`.
fn behind_scheme(text: &str, colon: usize, start: usize, found: &mut Vec<Range<usize>>) {
    let near = &text[start..ahead(text, start)];
    // Another address within this one is looked at by itself.
    let near = near.find("://").map_or(near, |it| &near[..it]);
    let rest = &near[..near.find(is_end).unwrap_or(near.len())];
    if let Some(bot) = bot_token(rest) {
        found.push(start + bot.start..start + bot.end);
    }
    let rest = match is_password_begun(rest) {
        true => with_odd_signs(text, colon, near, rest),
        false => rest,
    };
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password that was not encoded may have a slash in it; a port has no `@` behind it.
    let at_sign = rest[..authority].rfind('@').or_else(|| rest.rfind('@'));
    let Some(at_sign) = at_sign else { return };
    let user = &rest[..at_sign];
    match user.split_once(':') {
        Some((_, after)) if after.split('/').next().is_some_and(is_port) && after.contains('/') => {
        }
        Some((name, password)) if !is_harmless(password) && !name.contains('/') => {
            found.push(start + name.len() + 1..start + at_sign);
        }
        None if is_random_named(user) => found.push(start..start + at_sign),
        _ => {}
    }
}

/// Where an address ends in running text.
fn is_end(it: char) -> bool {
    it.is_whitespace() || "\"'`<>|;,".contains(it)
}

/// Whether a password has begun where an address seems to end: `user:odd,password@host`. Behind the
/// port of a host is none.
fn is_password_begun(rest: &str) -> bool {
    rest.split_once(':').is_some_and(|(user, password)| {
        let is_user = !user.contains(['/', '?', '@']);
        is_user && !password.contains(['/', '@']) && !is_port(password)
    })
}

/// The rest of an address up to the quote that it stands in, or to a blank, if its host follows there.
fn with_odd_signs<'t>(text: &str, colon: usize, near: &'t str, rest: &'t str) -> &'t str {
    // In a list of addresses, the sign is that of another one.
    let near = near.find("//").map_or(near, |it| &near[..it]);
    if !near.contains('@') {
        return rest;
    }
    let is_of_scheme = |it: u8| it.is_ascii_alphanumeric() || b"+.-_=".contains(&it);
    let before = text.as_bytes()[..colon].iter().rev().find(|it| !is_of_scheme(**it));
    let quote = before.map(|it| char::from(*it)).filter(|it| "\"'`".contains(*it));
    let mut was_slash = false;
    let end = near.find(|it: char| {
        let is_quote = quote.map_or("\"'`".contains(it), |quote| quote == it);
        let is_escaped = std::mem::replace(&mut was_slash, it == '\\');
        it.is_whitespace() || is_quote && !is_escaped
    });
    let whole = &near[..end.unwrap_or(near.len())];
    if whole.len() > rest.len() && whole.contains('@') { whole } else { rest }
}

/// `/bot12345:token/` in an address: how bots of Telegram log in.
/// Source: "Making requests" in the Telegram Bot API.
fn bot_token(rest: &str) -> Option<Range<usize>> {
    let at = rest.find("/bot")? + "/bot".len();
    let (id, token) = rest[at..].split_once(':')?;
    let is_id = id.len() >= 5 && id.bytes().all(|it| it.is_ascii_digit());
    let len = token.find('/').unwrap_or(token.len());
    let start = at + id.len() + 1;
    (is_id && len > 0 && !is_harmless(&token[..len])).then_some(start..start + len)
}

/// So many bytes on either side of an `@` are a user, a password and a host.
const PART_MAX: usize = 256;

/// `user:password@host` without a scheme, where letters and digits are in the password, and
/// `//user:password@host` with any.
fn without_scheme(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_part = |it: &u8| !it.is_ascii_whitespace() && !b"\"'`/@,;()[]{}<>=".contains(it);
    for (at, _) in text.match_indices('@') {
        oracle(text, at, found);
        let from = at.saturating_sub(PART_MAX);
        let len = bytes[from..at].iter().rev().take_while(|it| is_part(it)).count();
        let start = at - len;
        let Some((user, password)) = text.get(start..at).and_then(|it| it.split_once(':')) else {
            continue;
        };
        let is_user = |it: u8| it.is_ascii_alphanumeric() || b"_.+-".contains(&it);
        let host =
            text[at + 1..].split(|it: char| !it.is_ascii_alphanumeric() && !".-_".contains(it));
        let host = host.into_iter().next().unwrap_or_default();
        let is_host = host.starts_with(|it: char| it.is_ascii_alphabetic()) && !is_algorithm(host);
        let before = &text[..start];
        let is_certain = before.ends_with("//");
        if !is_host || !user.bytes().all(is_user) || before.ends_with("://") {
            continue;
        }
        let is_other =
            user.is_empty() || BEFORE_ADDRESSES.contains(&user) || password.contains(':');
        if !is_harmless(password) && (is_certain || !is_other && is_drawn(password)) {
            found.push(start + user.len() + 1..at);
        }
    }
}

/// Parts of the names of values by which a program logs in to a database.
const DATABASES: &[&str] =
    &["conn", "database", "db", "dsn", "login", "oracle", "ora", "tns", "userid", "connect"];

/// `name/password@host`, which clients of Oracle take, in an address of JDBC and as the value of a
/// name that says so.
fn oracle(text: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let from = at.saturating_sub(PART_MAX);
    let is_part = |it: &u8| !it.is_ascii_whitespace() && !b"\"'`@,;()[]{}<>=/:".contains(it);
    let len = bytes[from..at].iter().rev().take_while(|it| is_part(it)).count();
    let start = at - len;
    if len == 0 || start == 0 || bytes[start - 1] != b'/' {
        return;
    }
    let is_name = |it: &u8| it.is_ascii_alphanumeric() || b"_$#".contains(it);
    let from = (start - 1).saturating_sub(PART_MAX);
    let user = bytes[from..start - 1].iter().rev().take_while(|it| is_name(it)).count();
    let before = &text[..start - 1 - user];
    let is_jdbc = || [":thin:", ":oci:", ":oci8:"].iter().any(|it| before.ends_with(it));
    let is_named = || {
        let before = before.trim_end_matches(['"', '\'', '\\', ' ']);
        let Some(before) = before.strip_suffix(['=', ':']) else { return false };
        let before = before.trim_end_matches(['"', '\'', ' ']);
        let name = before.rsplit(|it: char| !it.is_ascii_alphanumeric() && it != '_').next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        name.split('_').any(|it| DATABASES.contains(&it))
    };
    if user > 0 && !is_harmless(&text[start..at]) && (is_jdbc() || is_named()) {
        found.push(start..at);
    }
}

/// What stands before a colon and an address of mail, or the version of a package.
const BEFORE_ADDRESSES: &[&str] = &[
    "acct",
    "author",
    "bcc",
    "cc",
    "contact",
    "email",
    "file",
    "from",
    "git",
    "jsr",
    "link",
    "mail",
    "mailto",
    "maintainer",
    "npm",
    "sip",
    "sips",
    "to",
    "workspace",
    "xmpp",
];

/// `sha256` of `python:3.12@sha256:…`.
fn is_algorithm(host: &str) -> bool {
    host.strip_prefix("sha").is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
}

/// The passwords of addresses that are part of another one: `postgres%3A%2F%2Fuser%3Apassword%40host`.
pub(super) fn encoded_passwords(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices("%2F%2F").chain(text.match_indices("%2f%2f")) {
        let start = at + "%2F%2F".len();
        let near = &text[start..ahead(text, start)];
        let near = near.find("%2F%2F").map_or(near, |it| &near[..it]);
        let near = near.find("%2f%2f").map_or(near, |it| &near[..it]);
        let rest = &near[..near.find(is_end).unwrap_or(near.len())];
        let find = |text: &str, upper, lower| text.find(upper).or_else(|| text.find(lower));
        let Some(colon) = find(rest, "%3A", "%3a") else { continue };
        let password = colon + "%3A".len();
        let Some(len) = rest[password..].find("%40") else { continue };
        let value = &rest[password..password + len];
        if !value.contains("%2F") && !value.contains("%2f") && !is_harmless(value) {
            found.push(start + password..start + password + len);
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
