//! The examples on the pages of this stage's rules: what they mark is what is said, and no more.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::diagnostics;
use crate::diagnostic::Severity;
use crate::parse::{self, Syntax};
use crate::source::{SourceMap, Span};

const PAGES: [(&str, &str); 10] = [
    ("contradicting-keys", include_str!("../../../rules/contradicting-keys.toml")),
    ("deprecated-key", include_str!("../../../rules/deprecated-key.toml")),
    ("duplicate-key", include_str!("../../../rules/duplicate-key.toml")),
    ("duration-unit", include_str!("../../../rules/duration-unit.toml")),
    ("key-without-effect", include_str!("../../../rules/key-without-effect.toml")),
    ("missing-key", include_str!("../../../rules/missing-key.toml")),
    ("unknown-key", include_str!("../../../rules/unknown-key.toml")),
    ("value-not-allowed", include_str!("../../../rules/value-not-allowed.toml")),
    ("value-out-of-range", include_str!("../../../rules/value-out-of-range.toml")),
    ("wrong-type", include_str!("../../../rules/wrong-type.toml")),
];

#[derive(Deserialize)]
struct Page {
    level: String,
    fail: Vec<BTreeMap<String, String>>,
    pass: Vec<BTreeMap<String, String>>,
}

/// The level of a rule of this stage: the worst that it says.
pub(super) fn level(rule: &str) -> Option<Severity> {
    let (_, text) = PAGES.iter().find(|(id, _)| *id == rule)?;
    let page: Page = toml::from_str(text).unwrap();
    Severity::from_name(&page.level)
}

#[test]
fn examples_mark_what_is_said() {
    for (rule, text) in PAGES {
        let page: Page = toml::from_str(text).unwrap();
        assert!(!page.fail.is_empty() && !page.pass.is_empty(), "{rule} lacks examples");
        for (path, example) in page.fail.iter().chain(&page.pass).flatten() {
            let (plain, marked) = unmarked(example);
            assert_eq!(said(rule, path, &plain), marked, "{rule}, {path}:\n{example}");
        }
        for (path, example) in page.fail.iter().flatten() {
            assert!(!unmarked(example).1.is_empty(), "{rule}, {path} marks nothing:\n{example}");
        }
    }
}

/// A label: line index, column, marked text, and what it says.
type Mark = (usize, usize, String, String);

/// An example without its marker lines, and the marks.
fn unmarked(example: &str) -> (String, Vec<Mark>) {
    let mut plain: Vec<&str> = Vec::new();
    let mut marks = Vec::new();
    for line in example.lines() {
        let marker = line.trim_start();
        let len = marker.len() - marker.trim_start_matches(['^', '~']).len();
        if len == 0 {
            plain.push(line);
            continue;
        }
        let column = line.len() - marker.len();
        let above = plain.last().expect("a marker stands below a line");
        let text = above[column..column + len].to_owned();
        marks.push((plain.len() - 1, column, text, marker[len..].trim().to_owned()));
    }
    marks.sort();
    (plain.join("\n") + "\n", marks)
}

/// The labels of what one rule says about a text.
fn said(rule: &str, path: &str, text: &str) -> Vec<Mark> {
    let format = match path {
        "fly.toml" => "fly",
        "render.yaml" => "render",
        "apppack.toml" => "apppack",
        _ => panic!("no format for {path}"),
    };
    let syntax = Syntax::of_path(path).unwrap();
    let (sources, mut found) = diagnostics(format, syntax, text);
    let file = SourceMap::new().add("file", "");
    found.extend(parse::document(syntax, file, text).problems);
    let mut marks: Vec<Mark> = found
        .iter()
        .filter(|it| it.rule == rule)
        .flat_map(|it| std::iter::once(&it.primary).chain(&it.related))
        .map(|label| mark(&sources, label.span, &label.text))
        .collect();
    marks.sort();
    marks
}

fn mark(sources: &SourceMap, span: Span, label: &str) -> Mark {
    let text = sources.file(span.file).text();
    let before = &text[..span.start as usize];
    let column = before.len() - before.rfind('\n').map_or(0, |it| it + 1);
    (before.matches('\n').count(), column, sources.text(span).to_owned(), label.to_owned())
}
