//! Values that a file works out, behind the place where it does.

use lsp_types::{InlayHintParams, TextDocumentPositionParams};
use serde_json::{Value, json};

use super::hover::Known;
use super::place::range;
use super::server::Server;
use crate::secret::is_secret;

impl Server<'_> {
    /// `textDocument/inlayHint`: `= 9` behind `cpu_count() * 2 + 1`.
    pub(super) fn hints(&mut self, params: &InlayHintParams) -> anyhow::Result<Value> {
        let at = TextDocumentPositionParams {
            text_document: params.text_document.clone(),
            position: params.range.start,
        };
        let mut hints: Vec<Value> = Vec::new();
        self.with_facts(&at, |positions, facts, at| {
            let is_worked_out = |it: &&Known<'_>| {
                !it.fact.origin.inputs.is_empty()
                    && it.fact.value().is_some()
                    && !is_secret(&it.name)
            };
            for it in facts.iter().filter(is_worked_out) {
                let Some(span) = it.fact.origin.span.filter(|it| it.file == at.file) else {
                    continue;
                };
                let place = range(positions, span);
                let is_wanted = params.range.start <= place.end && place.end <= params.range.end;
                let label = format!(" = {}{}", it.shown(&it.fact.state), it.unit);
                let hint = json!({
                    "position": place.end,
                    "label": label,
                    "tooltip": format!("`{}` of {}", it.name, it.process),
                });
                let is_new = !hints
                    .iter()
                    .any(|it| it["position"] == hint["position"] && it["label"] == hint["label"]);
                if is_wanted && is_new {
                    hints.push(hint);
                }
            }
        });
        Ok(Value::Array(hints))
    }
}
