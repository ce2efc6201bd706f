//! opslint.toml and rule files while they are written: what is wrong with a rule, its examples, and
//! what the facts in its expressions are.

use lsp_types::{
    CodeLensParams, Diagnostic, ExecuteCommandParams, MessageType, TextDocumentPositionParams, Uri,
};
use serde_json::{Value, json};

use super::actions::EXPLAIN;
use super::diagnostics::wire;
use super::place::{offset, range};
use super::server::Server;
use crate::diagnostic;
use crate::examples::{self, Tested};
use crate::policy::Policy;
use crate::policy::config::FILE_NAME;
use crate::policy::offer::{OwnFile, expression_names};
use crate::report::position::Positions;
use crate::source::SourceMap;

/// The command that runs the examples of a rule file.
pub(super) const TEST_RULE: &str = "opslint.testRule";

/// Which of our own files it is. Rule files may have any name, so their tables are looked at.
pub(super) fn own_file(path: &str, text: &str) -> Option<OwnFile> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == FILE_NAME {
        return Some(OwnFile::Config);
    }
    let has = |start: &str| text.lines().any(|it| it.trim_end().starts_with(start));
    let is_rule = name.ends_with(".toml") && has("[check]") && has("summary") && has("level");
    is_rule.then_some(OwnFile::Rule)
}

/// A rule file alone, with what is wrong with it.
struct Loaded {
    sources: SourceMap,
    policy: Policy,
    broken: Vec<diagnostic::Diagnostic>,
}

impl Server<'_> {
    fn load_rule(&self, uri: &Uri) -> Option<(usize, String, Loaded)> {
        let (idx, path) = self.root(uri)?;
        let text = self.roots[idx].analysis.text(&path)?;
        if own_file(&path, &text) != Some(OwnFile::Rule) {
            return None;
        }
        let mut loaded =
            Loaded { sources: SourceMap::new(), policy: Policy::default(), broken: Vec::new() };
        let file = loaded.sources.add(&path, text.as_ref());
        loaded.policy.add(&mut loaded.broken, file, &path, &text);
        Some((idx, path, loaded))
    }

    /// What is wrong with a rule file that no configuration names, and which of the examples of any
    /// rule file failed when they were run last.
    pub(super) fn rule_diagnostics(&self, uri: &Uri) -> Vec<Diagnostic> {
        let Some((idx, _, loaded)) = self.load_rule(uri) else { return Vec::new() };
        let positions = Positions::new(&loaded.sources, self.columns);
        loaded.broken.iter().map(|it| wire(&self.roots[idx], &positions, it)).collect()
    }

    /// `textDocument/codeLens`: the examples of a rule file can be run.
    pub(super) fn lenses(&self, params: &CodeLensParams) -> Value {
        let uri = &params.text_document.uri;
        let Some((_, _, loaded)) = self.load_rule(uri) else { return json!([]) };
        let positions = Positions::new(&loaded.sources, self.columns);
        let Some(rule) = loaded.policy.rules.first() else { return json!([]) };
        let of = |fails: bool| rule.examples.iter().filter(|it| it.fails == fails).count();
        let title = format!("run the examples: {} failing, {} passing", of(true), of(false));
        let place = rule.examples.first().and_then(|it| it.files.first()).map(|it| it.1.span);
        let Some(span) = place else { return json!([]) };
        let lens = |range: lsp_types::Range| {
            json!({
                "range": range,
                "command": { "title": title, "command": TEST_RULE, "arguments": [uri] },
            })
        };
        let top = lsp_types::Range::default();
        json!([lens(top), lens(range(&positions, span))])
    }

    /// `workspace/executeCommand`: runs the examples of a rule file and says what came of them.
    pub(super) fn execute(&mut self, params: &ExecuteCommandParams) -> anyhow::Result<Value> {
        if params.command == EXPLAIN {
            return self.explain(&params.arguments);
        }
        anyhow::ensure!(params.command == TEST_RULE, "there is no command `{}`", params.command);
        let uri = params.arguments.first().cloned().unwrap_or_default();
        let uri: Uri = serde_json::from_value(uri)?;
        let Some((idx, path, loaded)) = self.load_rule(&uri) else {
            anyhow::bail!("this is not a rule file");
        };
        if let Some(it) = loaded.broken.first() {
            self.show(MessageType::ERROR, &format!("the rule cannot be read: {}", it.message));
            return Ok(json!({ "failed": Value::Null, "report": it.message }));
        }
        let tested = examples::test(&loaded.policy);
        let report = tested.report();
        let kind = if tested.failures.is_empty() { MessageType::INFO } else { MessageType::ERROR };
        self.show(kind, report.lines().last().unwrap_or_default());
        let failed = tested.failures.len();
        let diagnostics = self.failed(idx, &loaded, &tested);
        self.set_failed(idx, &path, diagnostics);
        Ok(json!({ "failed": failed, "report": report }))
    }

    fn failed(&self, idx: usize, loaded: &Loaded, tested: &Tested) -> Vec<Diagnostic> {
        let positions = Positions::new(&loaded.sources, self.columns);
        let found = tested.failed.iter().map(|it| {
            let label = diagnostic::Label::new(it.span, "this example");
            let message = format!("this example does not say what it marks\n{}", it.text);
            let found = diagnostic::Diagnostic::new(
                "example-failed",
                diagnostic::Severity::Error,
                message,
                label,
            );
            wire(&self.roots[idx], &positions, &found)
        });
        found.collect()
    }

    /// The page of a fact or function that an expression of a rule file names, or that opslint.toml
    /// states.
    pub(super) fn fact_page(&self, at: &TextDocumentPositionParams) -> Option<Value> {
        let (idx, path) = self.root(&at.text_document.uri)?;
        let text = self.roots[idx].analysis.text(&path)?;
        own_file(&path, &text)?;
        let at = offset(&text, self.columns, at.position);
        let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.');
        let start = text.get(..at)?.trim_end_matches(is_part).len();
        let end = text.get(at..)?.find(|it| !is_part(it)).map_or(text.len(), |it| at + it);
        let word = text.get(start..end)?.trim_matches('.');
        let (name, detail, doc) = expression_names().find(|it| it.0 == word)?;
        let value = format!("`{name}`: {detail}\n\n{doc}");
        Some(json!({ "contents": { "kind": "markdown", "value": value } }))
    }
}
