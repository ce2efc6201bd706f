//! Units that systemd refuses as a whole: it does not load them, so that nothing starts.
//!
//! Source: `service_verify`, `config_parse_exec`, `config_parse_working_directory` and
//! `config_parse_user_group_compat` of systemd 257, src/core; compared with `systemd-analyze verify`.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Node, Text};
use crate::source::Span;

use super::values::{self, is_bool, is_filled_in};
use super::words::{Strange, words};
use super::{counting, last};

/// Keys that have commands.
const COMMANDS: &[&str] = &[
    "ExecCondition",
    "ExecReload",
    "ExecStart",
    "ExecStartPost",
    "ExecStartPre",
    "ExecStop",
    "ExecStopPost",
];

/// Why systemd refuses a unit.
pub(super) fn told(service: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(second_command(service));
    found.extend(restarted_oneshot(service));
    found.extend(without_bus_name(service));
    // Each line is read, whether or not a later one replaces it.
    for entry in service.entries() {
        let (key, Some(text)) = (entry.key.value.as_str(), entry.value.as_text()) else { continue };
        found.extend(match key {
            "WorkingDirectory" => working_directory(text),
            "User" | "Group" => account(key, text),
            "DynamicUser" => dynamic_user(text),
            _ if COMMANDS.contains(&key) => command(key, text),
            _ => None,
        });
    }
    found
}

fn refused(span: Span, why: &str, help: impl Into<String>) -> Diagnostic {
    let message = format!("systemd refuses the unit: {why}");
    let label = Label::new(span, "");
    Diagnostic::new("unit-refused", Severity::Error, message, label).with_help(help)
}

/// A second command, which only `Type=oneshot` may have: an empty line takes those before it away.
fn second_command(service: &Node) -> Option<Diagnostic> {
    if last(service, "Type").is_some_and(|it| it.value.trim() == "oneshot") {
        return None;
    }
    let all: Vec<Span> = counting(service, "ExecStart").into_iter().flat_map(commands).collect();
    let (first, second) = match all.as_slice() {
        [first, .., second] => (*first, *second),
        _ => return None,
    };
    let message = "the unit has two commands, so systemd refuses to start it";
    let label = Label::new(second, "a second command");
    let found = Diagnostic::new("second-exec-start", Severity::Error, message, label);
    let found = found.with_related(first, "the first");
    Some(found.with_help("write an empty line `ExecStart=` in front of the one that counts"))
}

/// The commands of a line, which a word `;` parts.
fn commands(text: &Text) -> Vec<Span> {
    let Some(words) = words(&text.value, Strange::Kept) else { return vec![text.span()] };
    let is_end = |range: &std::ops::Range<usize>| text.value.get(range.clone()) == Some(";");
    let ranges: Vec<_> = words.into_iter().map(|it| it.1).collect();
    let parts = ranges.split(is_end).filter_map(|it| Some(it.first()?.start..it.last()?.end));
    parts.map(|it| text.span_of(it)).collect()
}

/// What runs once is not started again because it ended well.
fn restarted_oneshot(service: &Node) -> Option<Diagnostic> {
    let once = last(service, "Type").filter(|it| it.value.trim() == "oneshot")?;
    let again = last(service, "Restart")?;
    let value = again.value.trim();
    if !matches!(value, "always" | "on-success") {
        return None;
    }
    let why = format!("`Restart={value}` is not for `Type=oneshot`");
    let help = "write `Restart=on-failure`, or `Type=simple` for what keeps running";
    Some(refused(again.span(), &why, help).with_related(once.span(), "the type"))
}

fn without_bus_name(service: &Node) -> Option<Diagnostic> {
    let of_bus = last(service, "Type").filter(|it| it.value.trim() == "dbus")?;
    if last(service, "BusName").is_some_and(|it| !it.value.trim().is_empty()) {
        return None;
    }
    let help = "write `BusName=` and the name that the service takes, or another type";
    Some(refused(of_bus.span(), "`Type=dbus` needs a `BusName`", help))
}

/// A folder that is not absolute: `~` alone is the home of the user, and nothing else begins so.
fn working_directory(text: &Text) -> Option<Diagnostic> {
    let value = text.value.trim();
    let is_absolute = value.is_empty() || value == "~" || value.starts_with(['/', '-']);
    if is_absolute || is_filled_in(value) {
        return None;
    }
    let unquoted = value.trim_matches(['"', '\'']);
    let (why, help) = match unquoted.strip_prefix("~/") {
        _ if unquoted != value && unquoted.starts_with('/') => (
            "quotes are part of the path of `WorkingDirectory`".to_owned(),
            format!("write `WorkingDirectory={unquoted}`"),
        ),
        Some(rest) => (
            format!("`{value}` is not an absolute path, and no shell fills in `~`"),
            format!("write `%h/{rest}` where the unit is a user's, else the whole path"),
        ),
        None => (
            format!("`{value}` is not an absolute path"),
            format!("write the whole path: `/srv/{}`", unquoted.trim_start_matches("./")),
        ),
    };
    Some(refused(text.span(), &why, help))
}

/// A name that no account can have.
fn account(key: &str, text: &Text) -> Option<Diagnostic> {
    let value = text.value.trim();
    if is_filled_in(value) || !value.contains([':', '/']) {
        return None;
    }
    let why = format!("`{value}` is no name of `{key}`");
    let help = match value.split_once(':') {
        Some((user, group)) if key == "User" => {
            format!("write `User={user}`, and `Group={group}` on a line of its own")
        }
        _ => "write the name of an account, or its number".to_owned(),
    };
    Some(refused(text.span(), &why, help))
}

/// Whether the account is made for the service: of all switches the one that is taken seriously.
fn dynamic_user(text: &Text) -> Option<Diagnostic> {
    let value = text.value.trim();
    if value.is_empty() || is_bool(value) || is_filled_in(value) {
        return None;
    }
    let why = format!("`{value}` is neither yes nor no");
    Some(refused(text.span(), &why, "write `yes` or `no`"))
}

/// A command that systemd cannot read. One that may fail, by its prefix `-`, is ignored instead.
fn command(key: &str, text: &Text) -> Option<Diagnostic> {
    let Some(words) = words(&text.value, Strange::Kept) else {
        let why = format!("a quote in `{key}` is never closed");
        let help = "close it, or write `\\'` and `\\\"` for one that is meant";
        return Some(refused(text.span(), &why, help));
    };
    let (program, range) = words.first()?;
    let bare = program.trim_start_matches(['-', '@', ':', '+', '!', '|']);
    if is_filled_in(bare) || is_template(bare) {
        return None;
    }
    let (why, help) = if bare.len() > 1 && bare.ends_with('/') {
        (format!("`{bare}` is a folder"), "write the path of a program".to_owned())
    // That of the command itself is a rule of its own.
    } else if key != "ExecStart" && bare.contains('/') && !bare.starts_with('/') {
        let name = bare.trim_start_matches("./").trim_start_matches("~/");
        let help = format!("write the whole path: `/srv/app/{name}`");
        (format!("`{bare}` is a relative path"), help)
    } else {
        return None;
    };
    let span = text.span_of(range.clone());
    let may_fail = program[..program.len() - bare.len()].contains('-');
    Some(match may_fail {
        true => values::diagnostic(key, span, &why, help),
        false => refused(span, &format!("{why}, in `{key}`"), help),
    })
}

/// Whether a path begins with a word that is filled in when the unit is installed: `PREFIX/bin/x`.
fn is_template(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    first.len() > 3
        && first.chars().all(|it| it.is_ascii_uppercase() || matches!(it, '0'..='9' | '_'))
}
