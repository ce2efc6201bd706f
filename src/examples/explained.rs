//! What an author needs when an example does not do what it should: why the rule is silent, with the
//! facts that it saw, and the example with the marks of what is said now.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Mark, without_marks};
use crate::analysis::{Analysis, Options};
use crate::check::{Reasons, reasons};
use crate::policy::Policy;
use crate::policy::rule::{Example, On, Rule};
use crate::settings::toml_key;
use crate::workspace::MemoryFiles;

/// Why a rule says nothing of these files.
pub(super) fn why(alone: &Arc<Policy>, rule: &Rule, files: MemoryFiles) -> anyhow::Result<String> {
    let Some(check) = &rule.check else { return Ok(String::new()) };
    let analysis = Analysis::open(files, Options::with_policy(Arc::clone(alone)))?;
    let facts = analysis.facts();
    let all: Vec<Reasons> =
        facts.projects.iter().flat_map(|it| reasons(&facts.sources, it, rule)).collect();
    if all.is_empty() {
        let what = match check.on {
            On::Process => "no process that is deployed",
            On::Deployment | On::Project => "no deployment",
            On::File => "no file of the format that `select` names",
        };
        return Ok(format!(
            "  these files have {what}: `opslint formats` lists the names that are read\n"
        ));
    }
    let mut text = String::new();
    for Reasons { about, lines } in all {
        let mut lines = lines.iter();
        let verdict = lines.next().map(String::as_str).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {about}: {verdict}");
        lines.for_each(|it| {
            let _ = writeln!(text, "      {it}");
        });
    }
    Ok(text)
}

/// An example with the marks of what is said of it, to be pasted over the old one. `None` where
/// nothing is said, or a text of it cannot stand in literal quotes.
pub(super) fn pasted(example: &Example, found: &[Mark]) -> Option<String> {
    let mut text = "  what is said now, to be pasted:\n\n".to_owned();
    for line in with_marks(example, found)?.lines() {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
    Some(text)
}

/// A failing example with the marks of what is said of it, under the same conditions.
pub(super) fn with_marks(example: &Example, found: &[Mark]) -> Option<String> {
    if !example.fails || found.is_empty() {
        return None;
    }
    let mut text = "[[fail]]\n".to_owned();
    for (path, file) in &example.files {
        let (plain, _) = without_marks(path, &file.value);
        if plain.contains("'''") {
            return None;
        }
        let _ = writeln!(text, "{} = '''", toml_key(path));
        for (idx, line) in plain.lines().enumerate() {
            let _ = writeln!(text, "{line}");
            for it in found.iter().filter(|it| it.path == *path && it.line_number == idx + 1) {
                let sign = if it.is_primary { "^" } else { "~" };
                let mark = format!("{}{}", " ".repeat(it.column), sign.repeat(it.len));
                let _ = writeln!(text, "{}", format!("{mark} {}", it.text).trim_end());
            }
        }
        text.push_str("'''\n");
    }
    Some(text)
}
