//! `.chalice/config.json` of AWS Chalice: each stage is a deployment.
//!
//! Which functions there are is said by decorators in app.py: a stage has the function of the API,
//! those of app.py, and those that the configuration names. A value of a function wins over that of its stage, and that
//! over the one at the top.
//!
//! Source: chalice 1.34.0, config.py and constants.py.

mod app;

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::{Context, DeploymentDraft};
use crate::fact::{Fact, Unknown};
use crate::project::Environment;
use crate::source::{Span, Spanned};

use crate::workspace::{join, parent};

use self::app::App;
use super::Function;

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

/// Lowers the configuration: a deployment for each stage.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let stages = root.get("stages").map(Node::entries).unwrap_or_default();
    let code = code(context);
    let app = root.get("app_name").and_then(Node::as_str).unwrap_or_default();
    if stages.is_empty() {
        // Chalice deploys the stage `dev` when none is named.
        let span = root.entry("app_name").map_or(Span::start_of(document.file), Entry::span);
        let stage =
            Stage { name: Spanned::new("dev".to_owned(), span), table: None, root, code: &code };
        return vec![super::deployment(context, app.to_owned(), span, stage.functions())];
    }
    let lower = |it: &Entry| {
        let stage = Stage { name: it.key.clone(), table: Some(&it.value), root, code: &code };
        let name = format!("{app}-{}", it.key.value);
        super::deployment(context, name, it.key.span, stage.functions())
    };
    stages.iter().map(lower).collect()
}

/// app.py beside the folder of the configuration.
fn code(context: &mut Context<'_, '_>) -> App {
    let path = join(parent(parent(context.manifest)), "app.py");
    let file = path.and_then(|it| context.workspace.open(&it));
    let text = |file| (file, context.workspace.sources.file(file).shared_text());
    file.map(text).map_or_else(App::default, |(file, text)| App::read(file, &text))
}

struct Stage<'a> {
    name: Spanned<String>,
    table: Option<&'a Node>,
    root: &'a Node,
    code: &'a App,
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
        let of_code = self.code.functions.iter();
        for (name, _) in of_code.filter(|(it, _)| named.iter().all(|e| e.key.value != it.value)) {
            functions.push(self.function(self.process(&name.value, name.span), &name.value, None));
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
        // The configuration is in a folder of its own beside the code.
        function.folder = "..".to_owned();
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
        self.set_triggers(&mut function, key, &tables);
        function
    }

    fn set_triggers(&self, function: &mut Function, key: &str, tables: &[&Node]) {
        let api = API_KEYS.iter().find_map(|it| tables.iter().find_map(|table| table.entry(it)));
        let route = self.code.route.or(api.map(|it| it.key.span));
        if let (API_HANDLER, Some(span)) = (key, route) {
            return function.triggers.add("rest-api", span);
        }
        let mut of_code = self.code.functions.iter().filter(|(it, _)| it.value == key);
        match of_code.next() {
            Some((name, Some(trigger))) => function.triggers.add(trigger, name.span),
            Some((_, None)) => {}
            None => function.triggers.add_unknown("app.py does not say what calls the function"),
        }
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
