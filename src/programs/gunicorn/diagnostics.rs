//! What opslint says about gunicorn: one constructor for each diagnostic.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::Value;
use crate::fix::{Change, Safety};
use crate::launch::Word;
use crate::source::Span;

use super::names::{self, Miss};
use super::table::{self, GUNICORN_VERSION, SettingId};
use super::validate::Refusal;
use super::worker::{self, RemovedWorker};

fn error(rule: &str, message: String, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, Severity::Error, message, Label::new(span, label))
}

fn warning(rule: &str, message: String, span: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, Severity::Warning, message, Label::new(span, label))
}

/// The flag of a word, without an attached value.
fn flag_text(word: &Word) -> String {
    let text = word.known_prefix();
    text.split('=').next().unwrap_or_default().to_owned()
}

/// `takes` says whether gunicorn starts with what was written, under another flag: what it would
/// refuse there is no fix.
pub(super) fn unknown_flag(word: &Word, takes: impl FnOnce(&str) -> bool) -> Diagnostic {
    let flag = flag_text(word);
    if let Some(removed) = names::removed_flag(&flag) {
        let message = format!("gunicorn has no `{flag}` since {}", removed.removed_in);
        let label = "gunicorn refuses to start";
        return error("gunicorn-removed-setting", message, word.span, label)
            .with_help(removed.instead);
    }
    let message = format!("gunicorn has no flag `{flag}`");
    let made = error("gunicorn-unknown-flag", message, word.span, "gunicorn refuses to start");
    match names::flag_suggestion(&flag) {
        Some(right) if takes(right) => {
            renamed(made, (&flag, right), flag_span(word), Safety::Unsafe)
        }
        Some(right) => made.with_help(format!("write `{right}`")),
        None => made,
    }
}

/// With the help and the fix that write another name.
fn renamed(made: Diagnostic, (was, to): (&str, &str), at: Span, how: Safety) -> Diagnostic {
    let help = format!("write `{to}`");
    let change = Change::Rename { at, was: was.to_owned(), to: to.to_owned() };
    made.with_fix(&help, how, change).with_help(help)
}

/// The bytes of the flag of a word, where it is written as it is read; all of them otherwise.
fn flag_span(word: &Word) -> Span {
    let (start, len) = (word.span.start as usize, flag_text(word).len());
    let end = (start + len).min(word.span.end as usize);
    Span::new(word.span.file, start, end)
}

/// A word behind the application that is not a flag; gunicorn reports it like an unknown flag.
pub(super) fn unrecognised_word(word: &Word) -> Diagnostic {
    let text = word.known_prefix();
    let message = format!("gunicorn does not expect `{text}` here");
    error("gunicorn-unknown-flag", message, word.span, "gunicorn refuses to start")
        .with_help("a value with blanks needs quotes, and the application is named once")
}

pub(super) fn ambiguous_flag(word: &Word, candidates: &[&str]) -> Diagnostic {
    let flag = flag_text(word);
    let listed: Vec<_> = candidates.iter().map(|it| format!("`{it}`")).collect();
    let message = format!("`{flag}` is the start of several gunicorn flags");
    error("gunicorn-ambiguous-flag", message, word.span, "gunicorn refuses to start")
        .with_help(format!("write one of {}", listed.join(", ")))
}

pub(super) fn flag_without_value(word: &Word, flag: &str) -> Diagnostic {
    let message = format!("`{flag}` needs a value");
    error("gunicorn-flag-without-value", message, word.span, "gunicorn refuses to start")
}

pub(super) fn unexpected_value(word: &Word, flag: &str) -> Diagnostic {
    let message = format!("`{flag}` takes no value");
    error("gunicorn-unexpected-value", message, word.span, "gunicorn refuses to start")
        .with_help(format!("write `{flag}` alone"))
        .with_fix(
            format!("write `{flag}` alone"),
            Safety::Unsafe,
            Change::Rename {
                at: word.span,
                was: word.known_prefix().to_owned(),
                to: flag.to_owned(),
            },
        )
}

pub(super) fn unclosed_quote(span: Span) -> Diagnostic {
    let message = "`GUNICORN_CMD_ARGS` has a quote that is not closed".to_owned();
    error("gunicorn-rejected-value", message, span, "gunicorn refuses to start")
}

pub(super) fn rejected_value(
    setting: SettingId,
    value: &str,
    refusal: &Refusal,
    span: Span,
) -> Diagnostic {
    let message = format!("gunicorn refuses {value} for `{}`", setting.name());
    error("gunicorn-rejected-value", message, span, "gunicorn does not start with this")
        .with_help(format!("it takes {}", refusal.0))
}

pub(super) fn ignored_word(word: &Word) -> Diagnostic {
    let text = word.known_prefix();
    let message = format!("gunicorn ignores `{text}`: it loads one application");
    // argparse takes `--timeout 60` in one word for no flag.
    let help = match text.starts_with('-') && text.contains(' ') {
        true => "remove the quotes around it: they make one argument of a flag and its value",
        false => "remove it, or put quotes around a name with blanks",
    };
    warning("gunicorn-ignored-argument", message, word.span, "ignored").with_help(help)
}

pub(super) fn app_missing(span: Span) -> Diagnostic {
    let message = "gunicorn is not told which application to load".to_owned();
    error("gunicorn-app-missing", message, span, "gunicorn refuses to start")
        .with_help("name it as `module:variable`, or set `wsgi_app` in the config file")
}

pub(super) fn config_missing(path: &str, span: Span, in_chdir: Option<&str>) -> Diagnostic {
    let message = format!("gunicorn's config file `{path}` is not there");
    let made = error("gunicorn-config-missing", message, span, "gunicorn refuses to start");
    match in_chdir {
        Some(found) => made
            .with_help(format!("`-c` is looked up before `--chdir` applies; write `-c {found}`")),
        None => made.with_help("the path starts at the folder where gunicorn is started"),
    }
}

/// The project has the config file only where `--chdir` leads, and an image may have more files.
pub(super) fn config_in_chdir(path: &str, span: Span, found: &str) -> Diagnostic {
    let message = format!("gunicorn's config file `{path}` is only at `{found}` in this project");
    let label = "`-c` is looked up before `--chdir` applies";
    warning("gunicorn-config-missing", message, span, label)
        .with_help(format!("write `-c {found}`, unless the image has another `{path}`"))
}

/// A file that a setting names.
pub(super) fn file_missing(id: SettingId, path: &str, span: Span) -> Diagnostic {
    let message = format!("`{path}`, the file that `{}` names, is not there", id.name());
    error("gunicorn-file-missing", message, span, "gunicorn refuses to start")
        .with_help("the path starts at the folder where gunicorn is started, or at `--chdir`")
}

/// A name that an import of another package gives to a setting.
pub(super) fn setting_shadowed(id: SettingId, import: &str, span: Span) -> Diagnostic {
    let name = id.name();
    let message = format!("gunicorn takes `{import}` for its setting `{name}`");
    let (module, member) = import.rsplit_once('.').unwrap_or(("", import));
    let help = match module {
        "" => format!("write `import {member} as` with another name"),
        module => format!("write `from {module} import {member} as` with another name"),
    };
    warning("gunicorn-setting-shadowed", message, span, "gunicorn reads every name of this file")
        .with_help(help)
}

/// The configuration of the log that `logging.config` refuses.
pub(super) fn log_config_fails(id: SettingId, problem: &str, span: Span) -> Diagnostic {
    let message = format!("gunicorn cannot apply `{}`: {problem}", id.name());
    error("gunicorn-log-config-fails", message, span, "gunicorn refuses to start")
        .with_help("a key here replaces all that gunicorn's own configuration has under it")
}

pub(super) fn config_fails(span: Span, why: &str) -> Diagnostic {
    let message = format!("this config file fails when gunicorn reads it: {why}");
    error("gunicorn-config-fails", message, span, "gunicorn refuses to start")
}

/// `./gunicorn.conf.py` is there, and `-c` names another file.
pub(super) fn config_replaced(default: Span, by: Span, path: &str) -> Diagnostic {
    let message = format!("`gunicorn.conf.py` is never read, because `-c` names `{path}`");
    Diagnostic::new(
        "gunicorn-config-not-loaded",
        Severity::Info,
        message,
        Label::new(by, "only this file is read"),
    )
    .with_related(default, "this file has no effect on this process")
    .with_help("gunicorn reads one config file; move what is needed into it")
}

/// The only config file is in the folder that `--chdir` names.
pub(super) fn config_behind_chdir(default: Span, chdir: Span, path: &str) -> Diagnostic {
    let message = format!("`{path}` is never read: gunicorn looks for it before it changes folder");
    warning("gunicorn-config-not-loaded", message, chdir, "this applies after the lookup")
        .with_related(default, "none of this has an effect")
        .with_help(format!("add `-c {path}`"))
}

/// `stands` says whether gunicorn takes the value under the name that was meant: nobody read it yet.
pub(super) fn missed_name(miss: Miss, name: &str, span: Span, stands: bool) -> Diagnostic {
    let right = miss.setting().name();
    let message = match miss {
        Miss::Case(_) => format!("gunicorn ignores `{name}`: setting names are lower case"),
        Miss::Known(_) | Miss::Letter(_) | Miss::Words(_) => {
            format!("gunicorn ignores `{name}`: it has no such setting")
        }
    };
    let made = warning("gunicorn-unknown-setting", message, span, "has no effect");
    match stands {
        // The value was ignored so far, and counts from then on.
        true => renamed(made, (name, right), span, Safety::Unsafe),
        false => made.with_help(format!("write `{right}`")),
    }
}

pub(super) fn removed_name(name: &str, span: Span) -> Diagnostic {
    let removed = names::removed_setting(name);
    let since = removed.map_or("", |it| it.removed_in);
    let message = format!("gunicorn ignores `{name}`, which it does not have since {since}");
    warning("gunicorn-removed-setting", message, span, "has no effect")
        .with_help(removed.map_or("remove it", |it| it.instead))
}

pub(super) fn annotation_without_value(setting: SettingId, span: Span) -> Diagnostic {
    let name = setting.name();
    let message = format!("`{name}:` is a type hint and sets nothing");
    warning("gunicorn-setting-without-value", message, span, "has no effect")
        .with_help(format!("write `{name} = …`"))
}

pub(super) fn without_effect(setting: SettingId, worker_class: &str, span: Span) -> Diagnostic {
    let name = setting.name();
    let message = format!("`{name}` has no effect with the worker class `{worker_class}`");
    let label = "ignored by this worker class";
    let made = warning("gunicorn-setting-without-effect", message, span, label)
        .with_help(format!("remove it, or choose a worker class that reads `{name}`"));
    // No request is served otherwise: routers open a connection anew.
    let severity = if setting == table::KEEPALIVE { Severity::Info } else { made.severity };
    Diagnostic { severity, ..made }
}

/// A setting that another setting switches off.
pub(super) fn without_partner(setting: SettingId, why: &str, help: &str, span: Span) -> Diagnostic {
    let message = format!("`{}` has no effect: {why}", setting.name());
    warning("gunicorn-setting-without-effect", message, span, "has no effect").with_help(help)
}

/// `is_certain` when files say which gunicorn is installed.
pub(super) fn removed_worker(
    removed: &RemovedWorker,
    name: &str,
    span: Span,
    is_certain: bool,
) -> Diagnostic {
    let message = format!("gunicorn has no worker class `{name}` since {}", removed.removed_in);
    let label = match is_certain {
        true => "gunicorn refuses to start",
        false => "a newer gunicorn refuses to start",
    };
    let made = error("gunicorn-removed-worker-class", message, span, label);
    let severity = if is_certain { Severity::Error } else { Severity::Warning };
    Diagnostic { severity, ..made }.with_help(
        "use `gevent` or `gthread`, or `asgi` for an ASGI application, or pin an older gunicorn",
    )
}

pub(super) fn unknown_worker(name: &str, span: Span) -> Diagnostic {
    let message = format!("gunicorn {GUNICORN_VERSION} has no worker class `{name}`");
    let made = error("gunicorn-unknown-worker-class", message, span, "gunicorn refuses to start");
    let near = |it: &&str| strsim::jaro_winkler(it, name) > 0.85;
    match worker::aliases().find(near) {
        Some(right) => renamed(made, (name, right), span, Safety::Unsafe),
        None => made.with_help("a class of another package is named by its import path"),
    }
}

pub(super) fn invalid_web_concurrency(value: &str, span: Span) -> Diagnostic {
    let message = match value.trim() {
        "" => "gunicorn crashes at start: `WEB_CONCURRENCY` is set and blank".to_owned(),
        _ => format!("gunicorn crashes at start: `WEB_CONCURRENCY` is `{value}`, not an integer"),
    };
    error("invalid-web-concurrency", message, span, "gunicorn refuses to start")
        .with_help("write a whole number, or remove the variable")
}

pub(super) fn web_concurrency_overridden(
    variable: Span,
    by: Option<Span>,
    how: &str,
) -> Diagnostic {
    let message = format!("`WEB_CONCURRENCY` has no effect: {how} wins over it");
    let made = warning("web-concurrency-overridden", message, variable, "has no effect");
    let made = match by {
        Some(by) => made.with_related(by, "this value is used"),
        None => made,
    };
    made.with_help("set the number of workers in one place")
}

fn one_for_zero(at: Span) -> Change {
    Change::Set { at, was: Some(Value::Int(0)), to: Value::Int(1) }
}

pub(super) fn no_threads(span: Span) -> Diagnostic {
    let message = "gthread workers fail to boot with 0 threads".to_owned();
    error("gunicorn-without-threads", message, span, "0 threads")
        .with_help("set `threads` to 1 or more")
        .with_fix("write `1`", Safety::Unsafe, one_for_zero(span))
}

pub(super) fn invalid_bind(address: &str, problem: &str, span: Span) -> Diagnostic {
    let message = format!("gunicorn cannot listen on `{address}`: {problem}");
    error("gunicorn-invalid-bind", message, span, "gunicorn fails at start")
        .with_help("write `HOST:PORT`, `unix:PATH` or `fd://NUMBER`")
}
