//! Everything that can be wrong with opslint.toml or `--set`: one constructor for each.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::nearest::did_you_mean;
use crate::parse::BYTES_MAX;
use crate::source::Span;
use crate::workspace::Opened;

/// Id of the rule that all of these belong to. They make opslint exit with status 2.
pub const INVALID_CONFIG: &str = "invalid-config";

fn invalid(span: Span, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
    Diagnostic::new(INVALID_CONFIG, Severity::Error, message, Label::new(span, label))
}

fn with_suggestion(diagnostic: Diagnostic, name: &str, known: &[&str]) -> Diagnostic {
    match did_you_mean(name, known) {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// A problem of the TOML parser: in this file it means that opslint cannot do its job.
pub(super) fn syntax(problem: Diagnostic) -> Diagnostic {
    let message = format!("not valid TOML: {}", problem.message);
    Diagnostic { rule: INVALID_CONFIG.to_owned(), severity: Severity::Error, message, ..problem }
}

/// A table that has more entries than are read: opslint does not know all that this file says.
pub(super) fn cut(problem: Diagnostic) -> Diagnostic {
    Diagnostic { rule: INVALID_CONFIG.to_owned(), ..problem }
}

/// Nobody writes so much by hand, and its tree would take hundreds of megabytes.
pub(super) fn too_large(span: Span, bytes: usize) -> Diagnostic {
    let mb = |it: usize| it.div_ceil(1 << 20);
    let message =
        format!("the file is too large ({} MB; the limit is {} MB)", mb(bytes), mb(BYTES_MAX));
    invalid(span, message, "nothing of it counts")
}

pub(super) fn unknown_key(span: Span, key: &str, known: &[&str]) -> Diagnostic {
    let leaf = key.rsplit('.').next().unwrap_or(key);
    let diagnostic = invalid(span, format!("unknown key `{key}`"), "not a key of this table");
    with_suggestion(diagnostic, leaf, known)
}

pub(super) fn missing_key(span: Span, key: &str, doc: &str) -> Diagnostic {
    invalid(span, format!("`{key}` is missing"), "in this table")
        .with_help(format!("add `{key} = …`: {}", sentence_part(doc)))
}

/// A sentence of the key table in the middle of another.
fn sentence_part(doc: &str) -> String {
    let mut letters = doc.trim_end_matches('.').chars();
    letters.next().map_or(String::new(), |it| it.to_lowercase().chain(letters).collect())
}

pub(super) fn wrong_type(span: Span, key: &str, expected: &str, found: &str) -> Diagnostic {
    invalid(span, format!("`{key}` must be {expected}, not {found}"), format!("this is {found}"))
}

/// A value that is none of those that are known; names the nearest one.
pub(crate) fn wrong_name(span: Span, what: &str, name: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = invalid(span, format!("`{name}` is not {what}"), "not known");
    with_suggestion(diagnostic, name, known)
}

pub(super) fn unknown_fact(span: Span, name: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = invalid(span, format!("`{name}` is neither a key nor a fact"), "not known");
    match did_you_mean(name, known) {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic.with_help("`opslint facts` lists every fact"),
    }
}

pub(super) fn wrong_unit(span: Span, name: &str, fact: &str, unit: &str) -> Diagnostic {
    invalid(span, format!("`{name}` is not a fact; opslint counts it in {unit}"), "another unit")
        .with_help(format!("write `{fact}`, in {unit}"))
}

pub(super) fn unit_in_text(
    span: Span,
    fact: &str,
    unit: &str,
    written: &str,
    converted: Option<String>,
) -> Diagnostic {
    let message = format!("`{fact}` must be a number of {unit}, not the text \"{written}\"");
    let help = match converted {
        Some(number) => format!("write `{fact} = {number}`"),
        None => format!("write a number; the unit is part of the name `{fact}`"),
    };
    invalid(span, message, "text").with_help(help)
}

pub(super) fn out_of_range(span: Span, name: &str, range: &str) -> Diagnostic {
    invalid(span, format!("`{name}` must be {range}"), "out of range")
}

pub(super) fn belongs_to_process(span: Span, key: &str) -> Diagnostic {
    invalid(span, format!("`{key}` belongs to a process, not to the deployment"), "not here")
        .with_help(format!("write it under `processes.NAME`, such as `processes.web.{key}`"))
}

pub(super) fn belongs_to_deployment(span: Span, key: &str) -> Diagnostic {
    invalid(span, format!("`{key}` belongs to the deployment, not to one process"), "not here")
        .with_help("write it one table up, under `[deployments.\"…\"]`")
}

/// A key at the top that each deployment has; `meant` is the platform that its value is near to.
pub(super) fn belongs_to_a_deployment(span: Span, key: &str, meant: Option<&str>) -> Diagnostic {
    let help = match (key, meant) {
        ("processes", _) => "write `[deployments.\"MANIFEST\".processes.NAME]`, such as \
             `[deployments.\"Procfile\".processes.web]`"
            .to_owned(),
        (_, meant) => {
            let value = meant.map_or_else(|| "…".to_owned(), |it| format!("\"{it}\""));
            format!(
                "write `{key} = {value}` under `[deployments.\"MANIFEST\"]`, such as \
                 `[deployments.\"Procfile\"]`"
            )
        }
    };
    invalid(span, format!("`{key}` belongs to a deployment"), "not here").with_help(help)
}

/// A key at the top that each process has.
pub(super) fn belongs_to_a_process(span: Span, key: &str) -> Diagnostic {
    let help = format!(
        "write `{key}` under `[deployments.\"MANIFEST\".processes.NAME]`, such as \
         `[deployments.\"Procfile\".processes.web]`"
    );
    invalid(span, format!("`{key}` belongs to a process"), "not here").with_help(help)
}

/// A level at the top.
pub(super) fn belongs_to_levels(span: Span, key: &str) -> Diagnostic {
    invalid(span, format!("`{key}` is a level"), "not here").with_help("write it under `[levels]`")
}

pub(super) fn stated_twice(span: Span, name: &str, first: Span) -> Diagnostic {
    invalid(span, format!("`{name}` is stated twice"), "again here")
        .with_related(first, "first here")
}

pub(super) fn not_a_pattern(span: Span, text: &str, why: &str) -> Diagnostic {
    let shown: String = text.chars().take(60).collect();
    let rest = if shown.len() < text.len() { "…" } else { "" };
    invalid(span, format!("`{shown}{rest}` is not a path pattern: {why}"), "not a pattern")
}

pub(super) fn not_a_date(span: Span, text: &str) -> Diagnostic {
    invalid(span, format!("`{text}` is not a date"), "not a date")
        .with_help("write a day of the calendar, such as `2027-01-31`")
}

pub(super) fn empty_reason(span: Span) -> Diagnostic {
    invalid(span, "the reason is empty", "no reason")
        .with_help("say why this is right here, for whoever reads it in a year")
}

pub(super) fn no_manifest(span: Span, manifest: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no file `{manifest}`");
    with_suggestion(invalid(span, message, "no such file"), manifest, known)
}

pub(super) fn no_process(span: Span, name: &str, manifest: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{manifest}` has no process `{name}`");
    with_suggestion(invalid(span, message, "no such process"), name, known)
}

pub(super) fn absolute_path(span: Span, path: &str) -> Diagnostic {
    invalid(span, format!("`{path}` is an absolute path"), "absolute")
        .with_help("write it relative to the file it is in, so that it holds on every machine")
}

pub(super) fn unreadable(span: Span, path: &str, opened: &Opened) -> Diagnostic {
    match opened {
        Opened::Unknown(it) => invalid(span, it.reason.clone(), "cannot be read"),
        _ => invalid(span, format!("cannot read `{path}`"), "no such file"),
    }
}

pub(super) fn not_installed(span: Span, package: &str) -> Diagnostic {
    let message = format!("`{package}` is not installed in this repository");
    let help = "install it into node_modules or .venv of the repository; a package that is \
                installed elsewhere is named with `--policy`";
    invalid(span, message, "no such package").with_help(help)
}

pub(super) fn pack_too_new(span: Span, pack: &str, wanted: &str) -> Diagnostic {
    let own = env!("CARGO_PKG_VERSION");
    let message = format!("`{pack}` needs opslint {wanted} or later, this is {own}");
    invalid(span, message, "newer than this one")
        .with_help("update opslint, or take an older version of the pack")
}

pub(super) fn not_a_version(span: Span, text: &str) -> Diagnostic {
    invalid(span, format!("`{text}` is not a version"), "not a version")
        .with_help("write numbers with dots between, such as `0.1.0`")
}

pub(super) fn extends_itself(span: Span, path: &str) -> Diagnostic {
    invalid(span, format!("`{path}` extends itself"), "back to where it started")
        .with_help("take one of the files out of `extends`")
}

pub(super) fn broken_platform(span: Span, message: &str) -> Diagnostic {
    invalid(span, format!("not a platform file: {message}"), "here")
}

pub(super) fn flag_without_value(span: Span, flag: &str) -> Diagnostic {
    invalid(span, format!("`--set {flag}` has no value"), "expected `=` and a value")
        .with_help("write `--set KEY=VALUE`, such as `--set fail-on=error`")
}

pub(super) fn exclusive_fail_on(span: Span) -> Diagnostic {
    invalid(span, "`fail-on` names more than one severity", "one too many")
        .with_help("name the mildest one; worse ones fail too")
}
