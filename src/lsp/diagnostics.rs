//! Diagnostics as the protocol has them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::str::FromStr as _;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentDiagnosticParams, NumberOrString, Uri, WorkspaceDiagnosticParams,
};
use serde_json::{Value, json};

use super::place::{location, path_of, range, uri_of};
use super::roots::Root;
use super::server::Server;
use crate::analysis::About;
use crate::diagnostic::{self, Severity};
use crate::outcome::Outcome;
use crate::report::position::{Columns, Positions};
use crate::report::{ShowSecrets, Shown};

impl Server<'_> {
    /// `textDocument/diagnostic`: what is to be said of one file.
    pub(super) fn pull(&mut self, params: &DocumentDiagnosticParams) -> anyhow::Result<Value> {
        let Some((idx, shown)) = self.root(&params.text_document.uri) else {
            return Ok(json!({ "kind": "full", "items": [] }));
        };
        let checked = self.check(idx, About::ProjectsOf(shown.clone()))?;
        let outcome = Shown::outcome(checked.outcome, &checked.sources, ShowSecrets::Never);
        let root = &self.roots[idx];
        let mut by_path = by_path(root, &outcome, self.columns);
        self.add_own(idx, &shown, &mut by_path);
        let items = by_path.remove(&root.path(&shown)).unwrap_or_default();
        Ok(report(&items, params.previous_result_id.as_deref()))
    }

    /// `workspace/diagnostic`: what is to be said of every file. Of those of which something was
    /// said before, and nothing is now, that too.
    pub(super) fn pull_all(&mut self, params: &WorkspaceDiagnosticParams) -> anyhow::Result<Value> {
        let mut all: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        let known = params.previous_result_ids.iter();
        let known: BTreeMap<PathBuf, &str> =
            known.filter_map(|it| Some((path_of(&it.uri)?, it.value.as_str()))).collect();
        all.extend(known.keys().map(|it| (it.clone(), Vec::new())));
        for idx in 0..self.roots.len() {
            let checked = self.check(idx, About::Everything)?;
            let outcome = Shown::outcome(checked.outcome, &checked.sources, ShowSecrets::Never);
            let mut by_path = by_path(&self.roots[idx], &outcome, self.columns);
            for shown in self.open_in(idx) {
                self.add_own(idx, &shown, &mut by_path);
            }
            // A folder inside of another one answers for its files.
            by_path.retain(|path, _| self.answers_for(idx, path));
            all.extend(by_path);
        }
        let items = all.iter().filter_map(|(path, items)| {
            let mut report = report(items, known.get(path).copied());
            let fields = report.as_object_mut()?;
            fields.insert("uri".to_owned(), json!(uri_of(path)?));
            fields.insert("version".to_owned(), Value::Null);
            Some(report)
        });
        Ok(json!({ "items": items.collect::<Vec<_>>() }))
    }
}

/// The diagnostics of a file, or that they are those that the client has.
fn report(items: &[Diagnostic], known: Option<&str>) -> Value {
    let mut hasher = DefaultHasher::new();
    json!(items).to_string().hash(&mut hasher);
    let id = format!("{:016x}", hasher.finish());
    match known == Some(id.as_str()) {
        true => json!({ "kind": "unchanged", "resultId": id }),
        false => json!({ "kind": "full", "resultId": id, "items": items }),
    }
}

/// The diagnostics of each file.
pub(super) fn by_path(
    root: &Root,
    outcome: &Shown<Outcome>,
    columns: Columns,
) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let positions = Positions::new(&outcome.sources, columns);
    let mut by_path: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    for it in &outcome.what.diagnostics {
        let file = outcome.sources.file(it.primary.span.file);
        if file.is_own() {
            continue;
        }
        let path = root.path(file.path());
        by_path.entry(path).or_default().push(wire(root, &positions, it));
    }
    by_path
}

/// A diagnostic as the protocol has it. Fingers point at related places, in other files too.
pub(super) fn wire(
    root: &Root,
    positions: &Positions<'_>,
    it: &diagnostic::Diagnostic,
) -> Diagnostic {
    let related = it.related.iter().filter_map(|label| {
        let location = location(&root.named, positions, label.span)?;
        let message = if label.text.is_empty() { "here".to_owned() } else { label.text.clone() };
        Some(DiagnosticRelatedInformation { location, message })
    });
    let mut message = it.message.clone();
    if let Some(help) = &it.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let has_no_effect = matches!(it.rule.as_str(), "key-without-effect" | "unused-suppression");
    let tags = match (has_no_effect, it.rule.as_str()) {
        (true, _) => Some(vec![DiagnosticTag::UNNECESSARY]),
        (_, "deprecated-key") => Some(vec![DiagnosticTag::DEPRECATED]),
        _ => None,
    };
    Diagnostic {
        range: range(positions, it.primary.span),
        severity: Some(match it.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(it.rule.clone())),
        code_description: it
            .url
            .as_deref()
            .and_then(|it| Uri::from_str(it).ok())
            .map(|href| CodeDescription { href }),
        source: Some("opslint".to_owned()),
        message,
        related_information: Some(related.collect()),
        tags,
        data: None,
    }
}
