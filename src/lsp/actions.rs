//! What can be done about a diagnostic: fix it, fix all of a file, allow it here.

use std::collections::HashSet;

use lsp_types::{CodeActionKind, CodeActionParams, MessageType, Position, Range, TextEdit};
use serde_json::{Map, Value, json};

use super::diagnostics::wire;
use super::place::{offset, range, uri_of};
use super::server::Server;
use crate::analysis::{About, Checked, Judgement, Scope, Selection};
use crate::diagnostic::Diagnostic;
use crate::fix::{Edit, Safety};
use crate::fixes;
use crate::report::position::Positions;
use crate::report::without_secrets;

/// The command that shows the page of a rule.
pub(super) const EXPLAIN: &str = "opslint.explain";

/// The most diagnostics that one menu is made of.
const SHOWN_MAX: usize = 50;

impl Server<'_> {
    /// `textDocument/codeAction`.
    pub(super) fn actions(&mut self, params: &CodeActionParams) -> anyhow::Result<Value> {
        let Some((idx, shown)) = self.root(&params.text_document.uri) else { return Ok(json!([])) };
        let wants = |kind: &CodeActionKind| {
            let only = params.context.only.as_ref();
            only.is_none_or(|it| it.iter().any(|it| is_below(kind.as_str(), it.as_str())))
        };
        let mut checked = self.check(idx, About::ProjectsOf(shown.clone()))?;
        let mut actions = Vec::new();
        if wants(&CodeActionKind::QUICKFIX) {
            let here = self.here(&checked, &shown, params.range);
            self.roots[idx].analysis.offer_choices(&mut checked, &here);
            let positions = Positions::new(&checked.sources, self.columns);
            for it in here.iter().filter_map(|it| checked.outcome.diagnostics.get(*it)) {
                actions.extend(self.actions_of(idx, &checked, &positions, it));
            }
        }
        if wants(&fix_all_kind()) {
            actions.extend(self.fix_all(idx, &shown)?);
        }
        Ok(Value::Array(actions))
    }

    /// Which diagnostics a range of a file touches, by their positions: as many as a menu can show.
    fn here(&self, checked: &Checked, path: &str, wanted: Range) -> Vec<usize> {
        let file = checked.sources.id(path).and_then(|it| Some((it, checked.sources.get(it)?)));
        let Some((id, file)) = file else { return Vec::new() };
        let at = |position| offset(file.text(), self.columns, position);
        let (start, end) = (at(wanted.start), at(wanted.end));
        let is_here = |it: &Diagnostic| {
            let span = it.primary.span.range();
            it.primary.span.file == id && span.start <= end && start <= span.end
        };
        let all = checked.outcome.diagnostics.iter().enumerate();
        all.filter(|(_, it)| is_here(it)).map(|(idx, _)| idx).take(SHOWN_MAX).collect()
    }

    fn actions_of(
        &self,
        idx: usize,
        checked: &Checked,
        positions: &Positions<'_>,
        it: &Diagnostic,
    ) -> Vec<Value> {
        let root = &self.roots[idx];
        // Edits are for the file itself, and keep what stands there; words are read by others, too.
        let said = without_secrets(it, &checked.outcome.secrets);
        let diagnostics = json!([wire(root, positions, &said)]);
        let action = |title: &str, edits: &[Edit], is_preferred: bool| {
            let mut changes: Map<String, Value> = Map::new();
            for edit in edits {
                let uri = uri_of(&root.path(positions.path(edit.span)))?;
                let edit = TextEdit::new(range(positions, edit.span), edit.text.clone());
                let of_file = changes.entry(uri.as_str().to_owned()).or_insert_with(|| json!([]));
                of_file.as_array_mut()?.push(json!(edit));
            }
            Some(json!({
                "title": title,
                "kind": CodeActionKind::QUICKFIX,
                "diagnostics": diagnostics,
                "isPreferred": is_preferred,
                "edit": { "changes": changes },
            }))
        };
        let fixes = it.fixes.iter().zip(&said.fixes).enumerate();
        let fixes = fixes.filter_map(|(number, (fix, said))| {
            action(&said.title, &fix.edits, number == 0 && fix.safety == Safety::Safe)
        });
        let mut actions: Vec<Value> = fixes.collect();
        let reason = "why this is meant";
        if let Some(allow) = fixes::allow(it, &[&it.rule], reason, &checked.sources) {
            actions.extend(action(
                &format!("allow `{}` here, with a reason", it.rule),
                &[allow],
                false,
            ));
        }
        if root.analysis.setup().policy.rule(&it.rule).is_some() {
            let title = format!("explain `{}`", it.rule);
            actions.push(json!({
                "title": title,
                "kind": CodeActionKind::QUICKFIX,
                "diagnostics": diagnostics,
                "command": { "title": title, "command": EXPLAIN, "arguments": [it.rule] },
            }));
        }
        actions
    }

    /// Shows the page of a rule, of any of the folders.
    pub(super) fn explain(&mut self, arguments: &[Value]) -> anyhow::Result<Value> {
        let name = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let mut rules = self.roots.iter().filter_map(|it| it.analysis.setup().policy.rule(name));
        let Some(rule) = rules.next() else { anyhow::bail!("there is no rule `{name}`") };
        let mut page = format!("{}: {}\n\n{}", rule.id, rule.summary, rule.why.trim());
        if let Some(url) = rule.url() {
            page += &format!("\n\n{url}");
        }
        self.show(MessageType::INFO, &page);
        Ok(json!({ "page": page }))
    }

    /// All that is safe in one file, in one step.
    fn fix_all(&mut self, idx: usize, shown: &str) -> anyhow::Result<Option<Value>> {
        let scope = Scope { about: About::ProjectsOf(shown.to_owned()), ..Scope::default() };
        let selection =
            Selection { files: Some(HashSet::from([shown.to_owned()])), ..Selection::default() };
        let judgement = Judgement::on((self.today)()?);
        let applied = self.roots[idx].analysis.fix(&scope, &judgement, &selection)?;
        // It was only tried: the editor decides, and tells.
        for path in applied.changed.keys() {
            let text = self.open_text(idx, path);
            self.roots[idx].analysis.set_text(path, text)?;
        }
        let Some(changed) = applied.changed.get(shown) else { return Ok(None) };
        let Some(uri) = uri_of(&self.roots[idx].path(shown)) else { return Ok(None) };
        let lines = u32::try_from(changed.old.matches('\n').count() + 1).unwrap_or(u32::MAX);
        let all = Range::new(Position::new(0, 0), Position::new(lines, 0));
        let edit = TextEdit::new(all, changed.new.to_string());
        let mut changes = Map::new();
        changes.insert(uri.as_str().to_owned(), json!([edit]));
        Ok(Some(json!({
            "title": "fix all that is safe in this file (opslint)",
            "kind": fix_all_kind(),
            "edit": { "changes": changes },
        })))
    }
}

/// All fixes of a file, told from those of other servers: `source.fixAll.opslint` is what a user
/// names to have them made when a file is saved.
pub(super) fn fix_all_kind() -> CodeActionKind {
    CodeActionKind::from("source.fixAll.opslint")
}

/// Whether a kind is another one or one of its parts: `source.fixAll` has `source.fixAll.opslint`.
fn is_below(kind: &str, wanted: &str) -> bool {
    let rest = kind.strip_prefix(wanted);
    wanted.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
}
