//! Values that systemd ignores: it logs a line, and goes on as if the line were not there.
//!
//! Sources: systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5), and the
//! parsers that src/core/load-fragment-gperf.gperf.in of systemd 257 names. Each kind is compared with
//! `systemd-analyze verify`. Of keys whose values have grown from version to version, a value counts
//! as known that any of them takes.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node, Text};
use crate::manifests::read;
use crate::nearest::nearest;
use crate::quantity::systemd;
use crate::source::Span;

use super::words::{Strange, words};

/// What a key takes.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Bool,
    Words(&'static [&'static str]),
    /// One of the words, or what is true or false.
    BoolOr(&'static [&'static str]),
    TimeSpan,
    Size,
    /// A number of tasks, or a share.
    Tasks,
    /// A share of one CPU: `200%`.
    Quota,
    Signal,
    Output,
    /// A whole number within bounds.
    Number(i64, i64),
    /// A soft and a hard limit, each a number or `infinity`.
    Limits,
    Mode,
    Assignments,
    /// An absolute path, perhaps behind `-`.
    File,
    /// A folder that may be absent, by its `-`. Any other that is not absolute is refused.
    Start,
    /// Names of folders below one that systemd makes.
    Folders,
}

const RESTART: &[&str] =
    &["no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"];

/// Keys of which a rule with a page of its own speaks.
const TOLD_ELSEWHERE: &[&str] = &["Restart"];

const KEYS: &[(Kind, &[&str])] = &[
    (
        Kind::Bool,
        &[
            "CPUAccounting",
            "GuessMainPID",
            "IOAccounting",
            "LockPersonality",
            "MemoryAccounting",
            "MemoryDenyWriteExecute",
            "NoNewPrivileges",
            "PrivateDevices",
            "PrivateNetwork",
            "ProtectClock",
            "ProtectKernelModules",
            "ProtectKernelTunables",
            "RemainAfterExit",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "SendSIGHUP",
            "SendSIGKILL",
            "TasksAccounting",
        ],
    ),
    (Kind::BoolOr(&["disconnected"]), &["PrivateTmp"]),
    (Kind::BoolOr(&["full", "strict"]), &["ProtectSystem"]),
    (Kind::BoolOr(&["read-only", "tmpfs"]), &["ProtectHome"]),
    (
        Kind::Words(&[
            "simple",
            "exec",
            "forking",
            "oneshot",
            "dbus",
            "notify",
            "notify-reload",
            "idle",
        ]),
        &["Type"],
    ),
    (Kind::Words(&["control-group", "mixed", "process", "none"]), &["KillMode"]),
    (Kind::Words(&["none", "main", "exec", "all"]), &["NotifyAccess"]),
    (
        Kind::TimeSpan,
        &[
            "RestartSec",
            "RuntimeMaxSec",
            "TimeoutSec",
            "TimeoutStartSec",
            "TimeoutStopSec",
            "WatchdogSec",
        ],
    ),
    (
        Kind::Size,
        &["MemoryHigh", "MemoryLimit", "MemoryLow", "MemoryMax", "MemoryMin", "MemorySwapMax"],
    ),
    (Kind::Tasks, &["TasksMax"]),
    (Kind::Quota, &["CPUQuota"]),
    (Kind::Signal, &["FinalKillSignal", "KillSignal", "RestartKillSignal", "WatchdogSignal"]),
    (Kind::Output, &["StandardError", "StandardOutput"]),
    (Kind::Number(-20, 19), &["Nice"]),
    (Kind::Number(-1000, 1000), &["OOMScoreAdjust"]),
    (Kind::Limits, &["LimitNOFILE", "LimitNPROC"]),
    (Kind::Mode, &["UMask", "RuntimeDirectoryMode"]),
    (Kind::Assignments, &["Environment"]),
    (Kind::File, &["EnvironmentFile"]),
    (Kind::Start, &["WorkingDirectory"]),
    (Kind::Words(RESTART), &["Restart"]),
    (
        Kind::Folders,
        &[
            "CacheDirectory",
            "ConfigurationDirectory",
            "LogsDirectory",
            "RuntimeDirectory",
            "StateDirectory",
        ],
    ),
];

/// A part of a line that systemd ignores.
struct Ignored {
    span: Span,
    /// Behind "as".
    why: String,
    help: String,
}

/// Whether systemd ignores a whole line.
pub(super) fn is_ignored(key: &str, text: &Text) -> bool {
    !matches!(kind(key), Some(Kind::Assignments | Kind::Folders) | None)
        && !ignored(key, text).is_empty()
}

/// What it ignores of the lines of a section.
pub(super) fn told(service: &Node) -> Vec<Diagnostic> {
    let texts = service.entries().iter().filter_map(|it| Some((it, it.value.as_text()?)));
    texts.flat_map(|(entry, text)| of_entry(entry, text)).collect()
}

fn of_entry(entry: &Entry, text: &Text) -> Vec<Diagnostic> {
    let key = entry.key.value.as_str();
    if TOLD_ELSEWHERE.contains(&key) {
        return Vec::new();
    }
    ignored(key, text).into_iter().map(|it| diagnostic(key, it.span, &it.why, it.help)).collect()
}

/// Says that systemd ignores a value. `why` stands behind "as".
pub(super) fn diagnostic(key: &str, span: Span, why: &str, help: String) -> Diagnostic {
    let message = format!("systemd ignores this value of `{key}`, as {why}");
    let label = Label::new(span, "");
    Diagnostic::new("unit-value-ignored", Severity::Warning, message, label).with_help(help)
}

fn kind(key: &str) -> Option<Kind> {
    KEYS.iter().find(|(_, keys)| keys.contains(&key)).map(|(kind, _)| *kind)
}

/// Whether something is filled in before systemd reads the line, or by systemd: `@USER@`, `%h`.
pub(super) fn is_filled_in(text: &str) -> bool {
    let mut behind = text.split('%').skip(1);
    read::is_filled_in(text)
        || text.contains('@')
        // A share ends with the sign, or has a blank behind it.
        || behind.any(|it| it.starts_with(|it: char| it.is_alphanumeric() || it == '%'))
}

fn ignored(key: &str, text: &Text) -> Vec<Ignored> {
    let value = text.value.trim();
    let Some(kind) = kind(key) else { return Vec::new() };
    if value.is_empty() || is_filled_in(value) {
        return Vec::new();
    }
    let whole = |why: String, help: String| {
        // What people mean by ` # why` is another line.
        let help = match value.split_once(" #") {
            Some(_) => "write the comment on a line of its own".to_owned(),
            None => help,
        };
        vec![Ignored { span: text.span(), why, help }]
    };
    let not = |what: &str| format!("`{value}` is {what}");
    match kind {
        Kind::Assignments => assignments(text),
        Kind::Folders => folders(text),
        _ if takes(kind, value) => Vec::new(),
        Kind::Bool => whole(not("neither yes nor no"), "write `yes` or `no`".to_owned()),
        Kind::BoolOr(all) | Kind::Words(all) => {
            let is_bool = matches!(kind, Kind::BoolOr(_));
            let all =
                all.iter().copied().chain(is_bool.then_some(["yes", "no"]).into_iter().flatten());
            let help = match nearest(value, all.clone()) {
                Some(near) => format!("write `{near}`"),
                None => {
                    let all: Vec<String> = all.map(|it| format!("`{it}`")).collect();
                    format!("write one of {}", all.join(", "))
                }
            };
            whole(not("not one that it knows"), help)
        }
        Kind::TimeSpan => whole(
            not("no time span"),
            "write seconds, or numbers with units: `90`, `1min 30s`".to_owned(),
        ),
        Kind::Size => whole(
            not("no size"),
            "write a number with one capital letter, or a share: `512M`, `2G`, `50%`".to_owned(),
        ),
        Kind::Tasks => whole(
            not("no number of tasks"),
            "write a number, a share such as `50%`, or `infinity`".to_owned(),
        ),
        Kind::Quota => {
            whole(not("no share"), "write a share of one CPU: `200%` is two of them".to_owned())
        }
        Kind::Signal => whole(not("no signal"), "write its name: `SIGTERM`".to_owned()),
        Kind::Output => {
            let help = match value.starts_with('/') {
                true => format!("write `append:{value}`"),
                false => "write `journal`, `null`, or `append:` and an absolute path".to_owned(),
            };
            whole(not("no place to write to"), help)
        }
        Kind::Number(min, max) => whole(
            not(&format!("no whole number from {min} to {max}")),
            format!("write a number from {min} to {max}"),
        ),
        Kind::Limits => whole(
            not("no limit"),
            "write a number, `infinity`, or a soft limit and a higher hard one: `1024:4096`"
                .to_owned(),
        ),
        Kind::Mode => whole(not("no mode"), "write an octal number: `0027`".to_owned()),
        Kind::Start => whole(
            not("not an absolute path"),
            "write the whole path behind `-`, or `-~` for the home of the user".to_owned(),
        ),
        Kind::File => whole(
            not("not an absolute path"),
            "write the whole path, without quotes: `/srv/shop/.env`".to_owned(),
        ),
    }
}

/// Whether systemd takes a value. Those with parts of their own are looked at part by part.
fn takes(kind: Kind, value: &str) -> bool {
    let share = |it: &str| {
        let share = it.strip_suffix('%')?.parse::<f64>().ok()?;
        it.starts_with(|it: char| it.is_ascii_digit()).then_some(share)
    };
    match kind {
        Kind::Bool => is_bool(value),
        Kind::BoolOr(all) => is_bool(value) || all.contains(&value),
        Kind::Words(all) => all.contains(&value),
        Kind::TimeSpan => systemd::time_span(value).is_some(),
        Kind::Size => {
            value == "infinity"
                || systemd::bytes(value).is_some()
                || share(value).is_some_and(|it| it <= 100.0)
        }
        Kind::Tasks => {
            value == "infinity"
                || value.parse::<u64>().is_ok_and(|it| it > 0)
                || share(value).is_some_and(|it| it > 0.0 && it <= 100.0)
        }
        Kind::Quota => share(value).is_some_and(|it| it > 0.0),
        Kind::Signal => is_signal(value),
        Kind::Output => is_output(value),
        Kind::Number(min, max) => value.parse::<i64>().is_ok_and(|it| (min..=max).contains(&it)),
        Kind::Limits => limits(value),
        Kind::Mode => {
            let digits = value.strip_prefix("0o").unwrap_or(value);
            u32::from_str_radix(digits, 8).is_ok_and(|it| it <= 0o7777)
        }
        Kind::Start => value.strip_prefix('-').is_none_or(|it| it == "~" || it.starts_with('/')),
        Kind::File => value.strip_prefix('-').unwrap_or(value).starts_with('/'),
        Kind::Assignments | Kind::Folders => true,
    }
}

pub(super) fn is_bool(value: &str) -> bool {
    let all = ["1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off"];
    all.iter().any(|it| it.eq_ignore_ascii_case(value))
}

/// Names are in capital letters here, with or without `SIG`.
fn is_signal(value: &str) -> bool {
    let name = value.strip_prefix("SIG").unwrap_or(value);
    let of_real_time = ["RTMIN", "RTMAX"].iter().find_map(|it| name.strip_prefix(it));
    if let Some(rest) = of_real_time {
        return rest.is_empty() || rest.starts_with(['+', '-']);
    }
    let is_known = crate::commands::signal::named(value).is_some();
    is_known
        && (value.parse::<u32>().is_ok() || !value.contains(|it: char| it.is_ascii_lowercase()))
}

fn is_output(value: &str) -> bool {
    const NAMES: &[&str] = &[
        "inherit",
        "null",
        "tty",
        "journal",
        "kmsg",
        "syslog",
        "journal+console",
        "kmsg+console",
        "syslog+console",
        "socket",
        "fd",
    ];
    let path = ["file:", "append:", "truncate:"].iter().find_map(|it| value.strip_prefix(it));
    NAMES.contains(&value)
        || value.strip_prefix("fd:").is_some_and(|it| !it.is_empty())
        || path.is_some_and(|it| it.starts_with('/'))
}

fn limits(value: &str) -> bool {
    let limit = |it: &str| match it.trim() {
        "infinity" => Some(u64::MAX),
        it => it.parse::<u64>().ok(),
    };
    match value.split_once(':') {
        Some((soft, hard)) => {
            matches!((limit(soft), limit(hard)), (Some(soft), Some(hard)) if soft <= hard)
        }
        None => limit(value).is_some(),
    }
}

/// Words that are no assignments: what stands behind a blank belongs to no value without quotes.
fn assignments(text: &Text) -> Vec<Ignored> {
    let raw = text.value.as_str();
    let Some(words) = words(raw, Strange::Refused) else {
        let why = "a quote is never closed, or there is no such escape".to_owned();
        let help = "write the assignment in quotes: `\"NAME=two words\"`".to_owned();
        return vec![Ignored { span: text.span(), why, help }];
    };
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let strange = words
        .into_iter()
        .filter(|(word, _)| !word.split_once('=').is_some_and(|(name, _)| is_name(name)));
    let found = strange.map(|(word, range)| {
        let (why, help) = match word.split_once('=') {
            Some((name, _)) if !name.is_empty() => (
                format!("`{name}` is no name of a variable"),
                "write a name of letters, digits and `_`".to_owned(),
            ),
            _ => (
                "a word without a name and `=` is no assignment".to_owned(),
                "write an assignment with blanks in quotes: `\"NAME=two words\"`".to_owned(),
            ),
        };
        Ignored { span: text.span_of(range), why, help }
    });
    found.collect()
}

/// Folders that are named by a path.
fn folders(text: &Text) -> Vec<Ignored> {
    let Some(words) = words(&text.value, Strange::Refused) else { return Vec::new() };
    let is_strange = |it: &str| it.starts_with('/') || it.split('/').any(|it| it == "..");
    let strange = words.into_iter().filter(|(word, _)| is_strange(word));
    let found = strange.map(|(word, range)| {
        let name = word.rsplit('/').next().unwrap_or_default();
        Ignored {
            span: text.span_of(range),
            why: format!("`{word}` is not a name below its folder"),
            help: format!("write the name alone: `{name}`"),
        }
    });
    found.collect()
}
