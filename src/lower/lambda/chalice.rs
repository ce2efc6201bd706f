//! `.chalice/config.json` of AWS Chalice: each stage is a deployment.
//!
//! Which functions there are is said by decorators in app.py, so a stage has the function of the
//! API and those that the file names. A value of a function wins over that of its stage, and that
//! over the one at the top.
//!
//! Source: chalice 1.34.0, config.py and constants.py.

use crate::document::{Document, Entry, Node, NodeKind};
use crate::fact::{Fact, Unknown};
use crate::lower::draft::{Context, DeploymentDraft};
use crate::project::Environment;
use crate::source::{Span, Spanned};

use super::Function;

/// Keys that a config.json of Chalice has.
const KEYS: &[&str] =
    &["app_name", "stages", "lambda_timeout", "lambda_memory_size", "lambda_functions"];

/// The function that all routes lead to.
const API_HANDLER: &str = "api_handler";

/// Keys about the API: who writes one has an API.
const API_KEYS: &[&str] = &[
    "api_gateway_stage",
    "api_gateway_endpoint_type",
    "api_gateway_endpoint_vpce",
    "api_gateway_policy_file",
    "api_gateway_custom_domain",
    "minimum_compression_size",
];

/// Whether the tree is a configuration of Chalice. The folder says so already.
pub(crate) fn recognise(root: &Node) -> bool {
    KEYS.iter().any(|it| root.get(it).is_some())
}

/// Lowers the configuration: a deployment for each stage.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let stages = root.get("stages").map(Node::entries).unwrap_or_default();
    let app = root.get("app_name").and_then(Node::as_str).unwrap_or_default();
    if stages.is_empty() {
        // Chalice deploys the stage `dev` when none is named.
        let span = root.entry("app_name").map_or(Span::start_of(document.file), Entry::span);
        let stage = Stage { name: Spanned::new("dev".to_owned(), span), table: None, root };
        return vec![super::deployment(context, app.to_owned(), span, stage.functions())];
    }
    let lower = |it: &Entry| {
        let stage = Stage { name: it.key.clone(), table: Some(&it.value), root };
        let name = format!("{app}-{}", it.key.value);
        super::deployment(context, name, it.key.span, stage.functions())
    };
    stages.iter().map(lower).collect()
}

struct Stage<'a> {
    name: Spanned<String>,
    table: Option<&'a Node>,
    root: &'a Node,
}

impl<'a> Stage<'a> {
    fn functions(&self) -> Vec<Function> {
        let named = self.table.and_then(|it| it.get("lambda_functions"));
        let named = named.map(Node::entries).unwrap_or_default();
        let mut functions = Vec::new();
        if !named.iter().any(|it| it.key.value == API_HANDLER) {
            let name = self.process(API_HANDLER, self.name.span);
            functions.push(self.function(name, API_HANDLER, None));
        }
        for Entry { key, value } in named {
            functions.push(self.function(
                self.process(&key.value, key.span),
                &key.value,
                Some(value),
            ));
        }
        functions
    }

    /// Functions of several stages have names of their own, as they have on AWS.
    fn process(&self, function: &str, span: Span) -> Spanned<String> {
        Spanned::new(format!("{}-{function}", self.name.value), span)
    }

    fn function(&self, name: Spanned<String>, key: &str, table: Option<&Node>) -> Function {
        let mut function = Function::new(name, "chalice");
        let shared = self.root.get("lambda_functions").and_then(|it| it.get(key));
        let tables = [table, self.table, shared, Some(self.root)];
        let tables: Vec<&Node> = tables.into_iter().flatten().collect();
        let get = |key: &str| {
            let mut found = tables.iter().filter_map(|it| it.get(key));
            found.find(|it| it.kind != NodeKind::Null)
        };
        let number = |key: &str| get(key).map(|it| super::number(it, &format!("`{key}`")));
        function.memory_mb = number("lambda_memory_size");
        function.timeout_s = number("lambda_timeout");
        function.reserved = number("reserved_concurrency");
        let python = Unknown::because("Chalice takes the Python that it runs with itself");
        function.runtime = Some(self.runtime(python));
        function.environment = environment(&tables);
        let api = API_KEYS.iter().find_map(|it| tables.iter().find_map(|table| table.entry(it)));
        match api.filter(|_| key == API_HANDLER) {
            Some(entry) => function.triggers.add("rest-api", entry.key.span),
            None => function.triggers.add_unknown("app.py says what calls the function"),
        }
        function
    }

    fn runtime(&self, unknown: Unknown) -> Fact {
        super::unknown(self.name.span, "runtime", unknown)
    }
}

/// Variables of the top, the stage and the function; the nearest wins.
fn environment(tables: &[&Node]) -> Environment {
    let mut environment = Environment::new();
    for table in tables.iter().rev().filter_map(|it| it.get("environment_variables")) {
        for Entry { key, value } in table.entries() {
            let state = super::variable_text(value);
            environment.set(&key.value, super::variable(&key.value, value.span, state));
        }
    }
    environment
}
