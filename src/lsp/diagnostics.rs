//! Diagnostics as the protocol has them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr as _;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentDiagnosticParams, NumberOrString, Uri,
};
use serde_json::{Value, json};

use super::place::{location, range};
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
        let items = by_path.remove(&root.path(&shown));
        Ok(json!({ "kind": "full", "items": items.unwrap_or_default() }))
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
