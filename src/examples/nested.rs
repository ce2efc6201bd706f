//! Blueprints of Render with projects: what a rule says of a list at the root of the file it says
//! of the same list in an environment of a project.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{found_marks, without_marks};
use crate::policy::Policy;
use crate::policy::rule::{Example, Rule};
use crate::workspace::MemoryFiles;

/// The lists that stand in an environment.
const LISTS: [&str; 3] = ["services:", "databases:", "envVarGroups:"];

/// The lists of a Blueprint in an environment, and everything else where it was.
fn nested(text: &str) -> String {
    let (mut root, mut inner, mut is_inner) = (String::new(), String::new(), false);
    for line in text.lines() {
        if !line.starts_with([' ', '-', '#']) && !line.is_empty() {
            is_inner = LISTS.iter().any(|it| line.starts_with(it));
        }
        let _ = match is_inner {
            true => writeln!(inner, "        {line}"),
            false => writeln!(root, "{line}"),
        };
    }
    format!("{root}projects:\n  - name: p\n    environments:\n      - name: production\n{inner}")
}

/// What a rule says of an example, without places.
fn said(rule: &Rule, example: &Example, change: impl Fn(&str) -> String) -> Vec<String> {
    let files = example.files.iter().fold(MemoryFiles::new(), |files, (path, text)| {
        let (text, _) = without_marks(path, &text.value);
        files.with(path.clone(), if path == "render.yaml" { change(&text) } else { text })
    });
    let alone = Arc::new(Policy::only(rule));
    let found = found_marks(&alone, rule, files).expect("it runs");
    let mut texts: Vec<String> = found.into_iter().map(|it| it.text).collect();
    texts.sort();
    texts
}

#[test]
fn a_rule_says_the_same_of_the_lists_of_a_project() {
    let policy = Policy::builtin_with_examples(&mut Vec::new());
    let (mut compared, mut wrong) = (0, Vec::new());
    for rule in policy.rules.iter().filter(|it| it.check.is_some()) {
        let is_flat = |it: &&Example| {
            let blueprint = it.files.iter().find(|(path, _)| path == "render.yaml");
            blueprint.is_some_and(|(_, text)| !text.value.contains("projects:"))
        };
        for (idx, example) in rule.examples.iter().filter(is_flat).enumerate() {
            let flat = said(rule, example, str::to_owned);
            let inner = said(rule, example, nested);
            compared += 1;
            if flat != inner {
                wrong.push(format!("{} {idx}: {flat:?} and {inner:?}", rule.id));
            }
        }
    }
    assert!(compared > 50, "{compared} examples have a Blueprint");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
