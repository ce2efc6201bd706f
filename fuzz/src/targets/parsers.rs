//! Parsers: what they say of a text is about that text.

use opslint::document::{Node, Text};
use opslint::glob;
use opslint::parse::{self, Syntax};
use opslint::quantity::{go, kubernetes, nginx, own, systemd};
use opslint::source::{FileId, SourceMap, Span};

fn file(text: &str) -> FileId {
    SourceMap::new().add("file", text)
}

/// A parser of documents.
pub(super) fn document(syntax: Syntax, text: &str) {
    let document = parse::document(syntax, file(text), text);
    node(text, &document.root);
    for problem in &document.problems {
        span(text, problem.primary.span);
        problem.related.iter().for_each(|it| span(text, it.span));
        assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem:?}");
    }
    document.comments.iter().for_each(|it| span(text, *it));
}

fn span(text: &str, it: Span) {
    assert!(text.get(it.range()).is_some(), "{it:?} is not in the text");
}

fn node(text: &str, it: &Node) {
    span(text, it.span);
    if let Some(it) = it.as_text() {
        words(text, it);
    }
    it.elements().iter().for_each(|it| node(text, it));
    for entry in it.entries() {
        span(text, entry.key.span);
        node(text, &entry.value);
    }
}

/// Every word of a value is somewhere in the text.
fn words(text: &str, it: &Text) {
    for word in it.value.split_whitespace() {
        let at = word.as_ptr() as usize - it.value.as_ptr() as usize;
        span(text, it.span_of(at..at + word.len()));
    }
}

/// The shell's grammar.
pub(super) fn shell(text: &str) {
    let script = parse::shell::parse(text);
    // Looking at the whole of it finds a tree that is too deep to be looked at.
    assert!(!format!("{script:?}").is_empty());
}

/// nginx's grammar.
pub(super) fn nginx(text: &str) {
    for directive in parse::nginx::parse(file(text), text) {
        span(text, directive.name.span);
    }
}

/// The grammar of Caddyfiles.
pub(super) fn caddyfile(text: &str) {
    let file = file(text);
    for directive in parse::caddy::parse(file, text) {
        span(text, directive.name.span);
        span(text, directive.span);
    }
    for directive in parse::caddy::parse_directives(file, text) {
        span(text, directive.span);
    }
}

pub(super) fn xml(text: &str) {
    let file = file(text);
    let root = parse::xml::parse(file, text);
    let mut open: Vec<_> = root.iter().collect();
    while let Some(element) = open.pop() {
        span(text, element.name.span);
        span(text, element.span);
        open.extend(element.elements());
    }
}

/// Sizes and durations in every grammar.
pub(super) fn quantities(text: &str) {
    for text in text.lines() {
        let numbers = [
            go::duration_s(text).ok(),
            go::compose_duration_s(text).ok(),
            go::caddy_duration_s(text).ok(),
            kubernetes::amount(text),
            self::nginx_timeout(text),
            own::megabytes(text),
            own::seconds(text),
        ];
        assert!(numbers.iter().flatten().all(|it| !it.is_nan()), "{text}: {numbers:?}");
        let _ = (go::flyctl_mb(text), go::flyctl_gb(text), nginx::bytes(text));
        let _ = go::humanized_bytes(text);
        let _ = (systemd::time_span(text), systemd::bytes(text));
    }
}

fn nginx_timeout(text: &str) -> Option<f64> {
    nginx::timeout_s(text)
}

/// A pattern on the first line, paths on the others.
pub(super) fn globs(text: &str) {
    let (pattern, paths) = text.split_once('\n').unwrap_or((text, text));
    let path_pattern = glob::Pattern::new("", pattern, &[]);
    for path in paths.lines().chain([pattern]) {
        let _ = glob::matches(pattern, path);
        if let Ok(pattern) = &path_pattern {
            let _ = pattern.matches(path);
        }
    }
}
