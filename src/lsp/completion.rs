//! What may be written where the cursor is: keys and values of the files of platforms, of
//! opslint.toml and of rule files.

use lsp_types::{CompletionItemKind, CompletionItemTag, CompletionParams, Position, Range};
use serde_json::{Value, json};

use super::cursor::{Cursor, Wanted, cursor};
use super::own::own_file;
use super::place::{length, offset};
use super::server::Server;
use crate::document::{Node, Syntax};
use crate::formats::{self, Format};
use crate::keys;
use crate::parse;
use crate::platforms::Plan;
use crate::policy::offer::{
    Offer, OwnFile, expression_names, is_expression, own_keys, own_values, type_of,
};
use crate::source::FileId;

/// What is offered, before it is an item of the protocol.
#[derive(Default)]
struct Item {
    label: String,
    insert: String,
    detail: String,
    doc: String,
    kind: Option<CompletionItemKind>,
    /// The earlier, the more likely it is wanted.
    rank: u8,
    is_deprecated: bool,
}

/// The text around the cursor, and where what is offered goes.
struct Around<'t> {
    text: &'t str,
    at: usize,
    syntax: Syntax,
    cursor: Cursor,
}

impl Server<'_> {
    /// `textDocument/completion`.
    pub(super) fn completion(&mut self, params: &CompletionParams) -> anyhow::Result<Value> {
        let at = &params.text_document_position;
        let Some((idx, path)) = self.root(&at.text_document.uri) else { return Ok(Value::Null) };
        let Some(text) = self.roots[idx].analysis.text(&path) else { return Ok(Value::Null) };
        let byte = offset(&text, self.columns, at.position);
        let own = own_file(&path, &text);
        let format = own.is_none().then(|| format(&path, &text)).flatten();
        let syntax = match (own, format) {
            (Some(_), _) => Some(Syntax::Toml),
            (None, format) => format.and_then(|it| it.syntax(&path)),
        };
        let found = syntax.and_then(|it| Some((it, cursor(it, &text, byte)?)));
        let Some((syntax, cursor)) = found else { return Ok(Value::Null) };
        let around = Around { text: &text, at: byte, syntax, cursor };
        let (items, start) = match (own, format) {
            (Some(own), _) => self.own_items(idx, own, &around),
            (None, Some(format)) => (self.format_items(idx, format, &around), around.cursor.start),
            (None, None) => return Ok(Value::Null),
        };
        let back = length(self.columns, text.get(start..byte).unwrap_or_default());
        let first = at.position.character.saturating_sub(back);
        let range = Range::new(Position::new(at.position.line, first), at.position);
        let items: Vec<Value> = items.into_iter().map(|it| it.wire(range)).collect();
        Ok(json!({ "isIncomplete": false, "items": items }))
    }

    fn format_items(&self, idx: usize, format: &Format, around: &Around<'_>) -> Vec<Item> {
        let path = &around.cursor.path;
        if around.cursor.wanted == Wanted::Key {
            let keys = keys::keys_at(format.name, path).into_iter();
            return keys
                .map(|it| Item {
                    insert: around.key(&it.name, it.is_table),
                    detail: it.takes,
                    doc: it.deprecated.clone().unwrap_or_default(),
                    kind: Some(CompletionItemKind::PROPERTY),
                    rank: match (it.is_required, &it.deprecated) {
                        (true, _) => 0,
                        (false, None) => 1,
                        (false, Some(_)) => 2,
                    },
                    is_deprecated: it.deprecated.is_some(),
                    label: it.name,
                })
                .collect();
        }
        let named = |table: &str| {
            let document = parse::document(around.syntax, FileId::embedded(0), around.text);
            let table = document.root.get(table).map_or(&[][..], Node::entries);
            table.iter().map(|it| it.key.value.clone()).collect()
        };
        let catalog = &self.roots[idx].analysis.setup().surroundings.catalog;
        let platform = catalog.platform(platform_of(format));
        let values = keys::values_at(format.name, path, named);
        let last = path.last().map_or("", String::as_str);
        let mut items: Vec<Item> = values
            .into_iter()
            .map(|it| Item {
                insert: around.value(&it.text, it.is_text),
                detail: platform
                    .and_then(|known| known.plan_of_any_kind(&it.text))
                    .map(plan_text)
                    .unwrap_or_default(),
                kind: Some(CompletionItemKind::ENUM_MEMBER),
                label: it.text,
                ..Item::default()
            })
            .collect();
        let takes_plan = keys::is_key(format.name, path) && matches!(last, "plan" | "size");
        if items.is_empty() && takes_plan {
            let plans = platform.into_iter().flat_map(|it| it.sold_plans());
            items.extend(plans.map(|it| plan_item(it, around)));
        }
        items
    }

    /// Items for opslint.toml or a rule file, and where what they replace begins.
    fn own_items(&self, idx: usize, own: OwnFile, around: &Around<'_>) -> (Vec<Item>, usize) {
        let Cursor { path, wanted, start, typed, .. } = &around.cursor;
        let offers = match wanted {
            Wanted::Key => own_keys(own, path),
            Wanted::Value => own_values(own, path),
        };
        if own == OwnFile::Rule && offers.contains(&Offer::Expression) {
            // Of a text, only what stands in braces is an expression.
            let is_inside = around.cursor.quote.is_some()
                && (is_expression(path) || typed.rfind('{') > typed.rfind('}'));
            if !is_inside {
                return (Vec::new(), *start);
            }
            let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.');
            let word = typed.len() - typed.trim_end_matches(is_part).len();
            return (expressions(), around.at - word);
        }
        let items = offers.into_iter().flat_map(|it| self.own_item(idx, it, around)).collect();
        (items, *start)
    }

    fn own_item(&self, idx: usize, offer: Offer, around: &Around<'_>) -> Vec<Item> {
        let analysis = &self.roots[idx].analysis;
        let setup = analysis.setup();
        let name = |label: &str, detail: &str| Item {
            insert: match around.cursor.wanted {
                Wanted::Key => around.key(label, true),
                Wanted::Value => around.value(label, true),
            },
            label: label.to_owned(),
            detail: detail.to_owned(),
            kind: Some(CompletionItemKind::REFERENCE),
            ..Item::default()
        };
        let of_path = || around.cursor.path.get(1).map(|it| analysis.projects_of(it));
        match offer {
            Offer::Key { name, doc, is_table } => vec![Item {
                label: name.to_owned(),
                insert: around.key(name, is_table),
                doc: doc.to_owned(),
                kind: Some(CompletionItemKind::PROPERTY),
                ..Item::default()
            }],
            Offer::Fact(def) => {
                // Inside of `machine`, the rest of the name is the key.
                let last = around.cursor.path.last().map_or("", String::as_str);
                let short = def.name.strip_prefix(last).and_then(|it| it.strip_prefix('.'));
                let label = short.unwrap_or(def.name);
                vec![Item {
                    label: label.to_owned(),
                    insert: around.fact_key(label),
                    detail: type_of(def),
                    doc: def.doc.to_owned(),
                    kind: Some(CompletionItemKind::FIELD),
                    rank: 1,
                    ..Item::default()
                }]
            }
            Offer::Text(it) => vec![name(it, "")],
            Offer::Bool(it) => vec![Item {
                label: it.to_string(),
                insert: it.to_string(),
                kind: Some(CompletionItemKind::KEYWORD),
                ..Item::default()
            }],
            Offer::Rules => setup.policy.rules.iter().map(|it| name(&it.id, &it.summary)).collect(),
            Offer::Manifests => analysis.manifest_paths().map(|it| name(it, "")).collect(),
            Offer::Processes => {
                let projects = of_path().unwrap_or_default();
                let deployments = projects.iter().flat_map(|it| &it.project.deployments);
                let mut names: Vec<&str> = deployments
                    .flat_map(|it| &it.processes)
                    .map(|it| it.name.value.as_str())
                    .collect();
                names.sort_unstable();
                names.dedup();
                names.into_iter().map(|it| name(it, "")).collect()
            }
            Offer::Plans => self.plans(idx, around),
            Offer::Expression => Vec::new(),
        }
    }

    /// The plans of the platform that the text names, or else of the one that the manifest is for.
    fn plans(&self, idx: usize, around: &Around<'_>) -> Vec<Item> {
        let analysis = &self.roots[idx].analysis;
        let catalog = &analysis.setup().surroundings.catalog;
        let is_named = |it: &&str| around.text.contains(&format!("platform = \"{it}\""));
        let named = catalog.ids().find(is_named).map(str::to_owned);
        let known = || {
            let manifest = around.cursor.path.get(1)?;
            let projects = analysis.projects_of(manifest);
            let deployments = projects.iter().flat_map(|it| &it.project.deployments);
            let mut facts = deployments.flat_map(|it| it.facts.iter());
            let fact = facts.find(|(id, _)| id.name() == "platform")?.1;
            fact.text().map(str::to_owned)
        };
        let platform = named.or_else(known).and_then(|it| catalog.platform(&it));
        let plans = platform.into_iter().flat_map(|it| it.sold_plans());
        plans.map(|it| plan_item(it, around)).collect()
    }
}

impl Around<'_> {
    /// A key with the sign behind it.
    fn key(&self, name: &str, is_table: bool) -> String {
        let line = self.text[..self.cursor.start].rsplit('\n').next().unwrap_or_default();
        let is_header = line.trim_start().starts_with('[');
        match self.syntax {
            _ if self.cursor.quote.is_some() => name.to_owned(),
            Syntax::Toml if is_header || is_table => bare(name),
            Syntax::Toml => format!("{} = ", bare(name)),
            Syntax::Yaml | Syntax::YamlStream if is_table => format!("{name}:"),
            Syntax::Yaml | Syntax::YamlStream => format!("{name}: "),
            Syntax::Json => format!("\"{name}\": "),
            Syntax::Unit | Syntax::ConfigParser if !is_header => format!("{name}="),
            _ => name.to_owned(),
        }
    }

    /// A fact as a key: its dots are those of tables.
    fn fact_key(&self, name: &str) -> String {
        if self.cursor.quote.is_some() { name.to_owned() } else { format!("{name} = ") }
    }

    fn value(&self, text: &str, is_text: bool) -> String {
        let has_quotes = matches!(self.syntax, Syntax::Toml | Syntax::Json);
        match is_text && has_quotes && self.cursor.quote.is_none() {
            true => format!("\"{text}\""),
            false => text.to_owned(),
        }
    }
}

impl Item {
    fn wire(self, range: Range) -> Value {
        let mut item = json!({
            "label": self.label,
            "kind": self.kind.unwrap_or(CompletionItemKind::TEXT),
            "sortText": format!("{}{}", self.rank, self.label),
            "filterText": self.insert.trim_matches('"'),
            "textEdit": { "range": range, "newText": self.insert },
        });
        if !self.detail.is_empty() {
            item["detail"] = json!(self.detail);
        }
        if !self.doc.is_empty() {
            item["documentation"] = json!({ "kind": "markdown", "value": self.doc });
        }
        if self.is_deprecated {
            item["tags"] = json!([CompletionItemTag::DEPRECATED]);
        }
        item
    }
}

fn expressions() -> Vec<Item> {
    let item = |(name, detail, doc): (String, String, &str)| Item {
        insert: name.clone(),
        label: name,
        detail,
        doc: doc.to_owned(),
        kind: Some(CompletionItemKind::VARIABLE),
        ..Item::default()
    };
    expression_names().map(item).collect()
}

/// A name as a key of TOML, in quotes where it needs them.
fn bare(name: &str) -> String {
    let is_bare = name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
    if is_bare { name.to_owned() } else { format!("\"{name}\"") }
}

/// The format of a file with tables of keys: the one that the text looks like, else the first.
fn format(path: &str, text: &str) -> Option<&'static Format> {
    let mut candidates = formats::of_path(path).filter(|it| keys::is_format(it.name));
    let first = candidates.next()?;
    let syntax = first.syntax(path)?;
    let root = parse::document(syntax, FileId::embedded(0), text).root;
    let all = std::iter::once(first).chain(candidates);
    Some(all.into_iter().find(|it| (it.recognise)(&root)).unwrap_or(first))
}

/// The platform that reads files of a format.
fn platform_of(format: &Format) -> &'static str {
    match format.name {
        "app-json" | "heroku-yml" | "procfile" => "heroku",
        name => name,
    }
}

fn plan_item(plan: &Plan, around: &Around<'_>) -> Item {
    Item {
        label: plan.name.clone(),
        insert: around.value(&plan.name, true),
        detail: plan_text(plan),
        kind: Some(CompletionItemKind::ENUM_MEMBER),
        ..Item::default()
    }
}

/// What a plan gives and costs: `512 MB · $25 a month`.
fn plan_text(plan: &Plan) -> String {
    let cpus = plan.cpus.as_ref().map(|it| match it.value {
        1.0 => "1 CPU".to_owned(),
        cpus => format!("{cpus} CPUs"),
    });
    let memory = plan.memory_mb.as_ref().map(|it| format!("{} MB", it.value));
    let price = plan.price_usd_month.as_ref().map(|it| format!("${} a month", it.value));
    [cpus, memory, price].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
