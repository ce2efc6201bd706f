//! zappa_settings.json, .toml or .yaml: each stage is a deployment of one function.
//!
//! The function serves requests, and the same function runs asynchronous tasks, scheduled events and
//! `zappa manage`: programs that nobody waits for call it too.
//!
//! Source: github.com/zappa/Zappa at bcb46289, zappa/cli.py and README.md.

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::{Context, DeploymentDraft};
use crate::fact::{Fact, Origin, Value};
use crate::project::Environment;
use crate::source::Span;
use crate::vocabulary;

use super::Function;
use super::trigger::Triggers;

/// Keys that name an application.
const APPLICATIONS: &[&str] = &["app_function", "django_settings", "modular_app", "lambda_handler"];

/// Stages that extend stages: beyond this, they extend each other.
const EXTENDS_MAX: usize = 16;

/// Lowers the settings: a deployment for each stage that can be deployed.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let mut deployments = Vec::new();
    for stage in root.entries() {
        if stage.value.entries().is_empty() {
            continue;
        }
        let stage = Stage::of(root, stage);
        // A stage without an application is there to be extended.
        if APPLICATIONS.iter().all(|it| stage.get(it).is_none()) {
            continue;
        }
        let key = &stage.entry.key;
        let functions = vec![stage.function()];
        let mut draft = super::deployment(context, key.value.clone(), key.span, functions);
        if let Some(region) = stage.get("aws_region") {
            draft.facts.set(vocabulary::REGION, super::text(region, "`aws_region`"));
        }
        deployments.push(draft);
    }
    deployments
}

/// A stage and those it extends, the nearest first.
struct Stage<'a> {
    entry: &'a Entry,
    tables: Vec<&'a Node>,
}

impl<'a> Stage<'a> {
    fn of(root: &'a Node, entry: &'a Entry) -> Self {
        let mut tables = vec![&entry.value];
        while let Some(last) = tables.last().filter(|_| tables.len() < EXTENDS_MAX) {
            let base = last.get("extends").and_then(Node::as_str).and_then(|it| root.get(it));
            let Some(base) = base else { break };
            tables.push(base);
        }
        Self { entry, tables }
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.tables.iter().find_map(|it| it.entry(key))
    }

    fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|it| &it.value).filter(|it| it.kind != NodeKind::Null)
    }

    fn number(&self, key: &str) -> Option<Fact> {
        self.get(key).map(|it| super::number(it, &format!("`{key}`")))
    }

    fn text(&self, key: &str) -> Option<Fact> {
        self.get(key).map(|it| super::text(it, &format!("`{key}`")))
    }

    fn function(&self) -> Function {
        let mut function = Function::new(self.entry.key.clone(), "zappa");
        function.memory_mb = self.number("memory_size");
        function.timeout_s = self.number("timeout_seconds");
        let storage = self.get("ephemeral_storage").and_then(|it| it.get("Size"));
        function.temporary_storage_mb =
            storage.map(|it| super::number(it, "`ephemeral_storage.Size`"));
        function.runtime = self.text("runtime");
        function.architecture = self.text("architecture");
        function.reserved = self.number("lambda_concurrency");
        function.mount(self.get("efs_config"), "LocalMountPath");
        function.triggers = self.triggers();
        function.environment = self.environment();
        function.app = self.text("app_function");
        function.framework = self.get("django_settings").map(|it| {
            let origin = Origin::written(it.span, "`django_settings`");
            Fact::known(Value::Text("django".to_owned()), origin)
        });
        function
    }

    fn triggers(&self) -> Triggers {
        let mut triggers = Triggers::default();
        let place = self.entry.key.span;
        let span = |key: &str| self.entry(key).map_or(place, |it| it.key.span);
        let flag = |key: &str| self.get(key).and_then(Node::as_bool);
        let gateway = flag("apigateway_enabled").or_else(|| flag("use_apigateway")).unwrap_or(true);
        if gateway {
            let version = self.get("apigateway_version").and_then(Node::as_str);
            let name = if version == Some("v2") { "http-api" } else { "rest-api" };
            triggers.add(name, span("apigateway_version"));
        }
        if flag("alb_enabled") == Some(true) {
            triggers.add("alb", span("alb_enabled"));
        }
        if flag("function_url_enabled") == Some(true) {
            triggers.add("function-url", span("function_url_enabled"));
        }
        for event in self.get("events").map(Node::elements).unwrap_or_default() {
            let scheduled = event.get("expression").or(event.get("expressions")).is_some();
            triggers.add(if scheduled { "schedule" } else { "event" }, event.span);
        }
        triggers.add("direct", place);
        triggers
    }

    fn environment(&self) -> Environment {
        let mut environment = Environment::new();
        for key in ["aws_environment_variables", "environment_variables"] {
            let table = self.get(key).map(Node::entries).unwrap_or_default();
            for Entry { key, value } in table {
                let state = super::variable_text(value);
                environment.set(&key.value, super::variable(&key.value, value.span, state));
            }
        }
        self.set_django_settings(&mut environment);
        environment
    }

    /// Zappa starts Django with the settings that it is told.
    fn set_django_settings(&self, environment: &mut Environment) {
        let Some(settings) = self.get("django_settings") else { return };
        let place: Span = settings.span;
        let state = super::variable_text(settings);
        let name = "DJANGO_SETTINGS_MODULE";
        environment.set(name, super::variable(name, place, state));
    }
}
