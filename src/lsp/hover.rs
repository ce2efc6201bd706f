//! What is known of a value that is written at a place, and where a value comes from.

use std::fmt::Write as _;

use lsp_types::{GotoDefinitionParams, HoverParams, TextDocumentPositionParams};
use serde_json::{Value, json};

use super::place::{location, offset, range};
use super::server::Server;
use super::variables;
use crate::analysis::OpenProject;
use crate::fact::{Fact, State};
use crate::project::Project;
use crate::report::position::Positions;
use crate::secret::{Grammar, Secrets};
use crate::source::Span;
use crate::vocabulary::{FactId, Unit};

/// Facts that a hover lists at most.
const LISTED_MAX: usize = 8;

/// A fact with the process it is about.
pub(super) struct Known<'a> {
    pub(super) process: &'a str,
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) fact: &'a Fact,
    secrets: &'a Secrets,
}

impl Known<'_> {
    /// A value of the fact without its secrets.
    pub(super) fn shown(&self, state: &State) -> String {
        self.secrets.mask_named(&self.name, &state.to_string()).into_owned()
    }

    fn prose(&self, text: &str) -> String {
        self.secrets.mask(text, Grammar::Prose).into_owned()
    }
}

impl Server<'_> {
    /// `textDocument/hover`: the page of a rule that is named, or the values written here.
    pub(super) fn hover(&mut self, params: &HoverParams) -> anyhow::Result<Value> {
        let at = &params.text_document_position_params;
        if let Some(page) = self.rule_page(at).or_else(|| self.fact_page(at)) {
            return Ok(page);
        }
        let mut found = None;
        self.with_facts(at, |positions, facts, at| {
            let holds = |it: &&Known<'_>| it.fact.origin.span.is_some_and(|it| it.contains(at));
            let len = |it: &Known<'_>| it.fact.origin.span.map_or(0, |it| it.end - it.start);
            let Some(least) = facts.iter().filter(holds).map(len).min() else { return };
            let mut text = String::new();
            let here: Vec<_> = facts.iter().filter(holds).filter(|it| len(it) == least).collect();
            for it in here.iter().take(LISTED_MAX) {
                let Known { process, name, unit, fact, .. } = it;
                let (value, source) = (it.shown(&fact.state), it.prose(&fact.origin.source));
                let _ = writeln!(text, "- `{name}` = **{value}**{unit} ({process}; {source})");
                for lost in &fact.overridden {
                    let (value, source) = (it.shown(&lost.state), it.prose(&lost.origin.source));
                    let _ = writeln!(text, "  - over {value} ({source})");
                }
            }
            let span = here.first().and_then(|it| it.fact.origin.span);
            found = span.map(|span| {
                let contents = json!({ "kind": "markdown", "value": text });
                json!({ "contents": contents, "range": range(positions, span) })
            });
        });
        Ok(found.unwrap_or(Value::Null))
    }

    /// `textDocument/definition`: where the variable that is named here is set; else where the
    /// inputs of a value are written, and what it overrides.
    pub(super) fn definition(&mut self, params: &GotoDefinitionParams) -> anyhow::Result<Value> {
        let at = &params.text_document_position_params;
        let base = self.root(&at.text_document.uri).map(|(idx, _)| self.roots[idx].named.clone());
        let Some(base) = base else { return Ok(Value::Null) };
        let mut places = Vec::new();
        let mut add = |positions: &Positions<'_>, span| {
            let place = location(&base, positions, span);
            places.extend(place.filter(|it| !places.contains(it)));
        };
        self.with_projects(at, |open, positions, at| {
            let variable = variables::set_at(open, at);
            if !variable.is_empty() {
                return variable.into_iter().for_each(|it| add(positions, it));
            }
            let facts = facts(&open.project, &open.secrets);
            let holds = |it: &&Known<'_>| it.fact.origin.span.is_some_and(|it| it.contains(at));
            for it in facts.iter().filter(holds) {
                let inputs = it.fact.origin.inputs.iter().filter_map(|it| it.fact.origin.span);
                let lost = it.fact.overridden.iter().filter_map(|it| it.origin.span);
                let elsewhere = inputs.chain(lost).filter(|it| !it.contains(at));
                elsewhere.for_each(|it| add(positions, it));
            }
        });
        Ok(json!(places))
    }

    /// Calls with the facts of every project that reads a file, and with a place in it.
    pub(super) fn with_facts(
        &self,
        at: &TextDocumentPositionParams,
        mut act: impl FnMut(&Positions<'_>, &[Known<'_>], Span),
    ) {
        self.with_projects(at, |open, positions, at| {
            act(positions, &facts(&open.project, &open.secrets), at);
        });
    }

    /// Calls with every project that reads a file, and with a place in it.
    fn with_projects(
        &self,
        at: &TextDocumentPositionParams,
        mut act: impl FnMut(&OpenProject, &Positions<'_>, Span),
    ) {
        let Some((idx, path)) = self.root(&at.text_document.uri) else { return };
        for open in self.roots[idx].analysis.projects_of(&path) {
            let Some(file) = open.sources.id(&path) else { continue };
            let at = offset(open.sources.file(file).text(), self.columns, at.position);
            let positions = Positions::new(&open.sources, self.columns);
            act(&open, &positions, Span::new(file, at, at));
        }
    }

    fn rule_page(&self, at: &TextDocumentPositionParams) -> Option<Value> {
        let (idx, path) = self.root(&at.text_document.uri)?;
        let analysis = &self.roots[idx].analysis;
        let text = analysis.text(&path)?;
        let at = offset(&text, self.columns, at.position);
        let line_start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        let line = text[line_start..].lines().next()?;
        if !line.contains("opslint: allow[") {
            return None;
        }
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '-';
        let start = text[..at].trim_end_matches(is_part).len();
        let end = text[at..].find(|it| !is_part(it)).map_or(text.len(), |it| at + it);
        let rule = analysis.setup().policy.rule(text.get(start..end)?)?;
        let mut value = format!("**{}**: {}\n\n{}", rule.id, rule.summary, rule.why);
        if let Some(url) = rule.url() {
            value += &format!("\n\n[{url}]({url})");
        }
        Some(json!({ "contents": { "kind": "markdown", "value": value } }))
    }
}

/// Every fact of every process of a project.
fn facts<'a>(project: &'a Project, secrets: &'a Secrets) -> Vec<Known<'a>> {
    let mut facts = Vec::new();
    for deployment in &project.deployments {
        for process in &deployment.processes {
            let name = process.name.value.as_str();
            facts.extend(process.facts.iter().map(|(id, fact)| Known {
                process: name,
                name: id.name().to_owned(),
                unit: unit(id),
                fact,
                secrets,
            }));
        }
    }
    facts
}

fn unit(id: FactId) -> &'static str {
    match id.def().unit {
        Unit::Seconds => " s",
        Unit::Megabytes => " MB",
        Unit::UsdMonth => " USD a month",
        Unit::None | Unit::Count | Unit::Port => "",
    }
}
