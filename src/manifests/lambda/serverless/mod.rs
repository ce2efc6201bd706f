//! serverless.yml of Serverless Framework 3 and 4 and of osls, for the provider `aws`.
//!
//! Values of `functions.NAME` win over those of `provider`. Variables (`${self:custom.memory}`) are
//! replaced where this file alone decides them; everything else is unknown and says what it waits
//! for. Files for other providers are left alone.
//!
//! Source: github.com/serverless/serverless at b9d7ea51, docs/sf/providers/aws/guide.

mod events;
mod variables;

use std::sync::Arc;

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::{Context, DeploymentDraft, PROCESSES_MAX};
use crate::fact::{Fact, Origin, Unknown};
use crate::platforms::Platform;
use crate::project::Environment;
use crate::source::Span;
use crate::vocabulary;

use self::variables::Variables;
use super::{Function, Shape};

/// The handler that the plugin serverless-wsgi brings: it serves `custom.wsgi.app`.
const WSGI_HANDLERS: &[&str] = &["wsgi_handler.handler", "wsgi.handler"];

/// Lowers a service: a process for each function.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    context.acc.extend(super::schedule::told(root));
    let platform = context.catalog.platform(super::PLATFORM);
    let budget = Arc::clone(context.workspace.budget());
    let service = Service { root, variables: Variables::new(root, &budget), platform };
    let functions = service.functions();
    let span = root.entry("service").map_or(Span::start_of(document.file), Entry::span);
    let name = root.get("service").and_then(|it| it.as_str().or_else(|| it.get("name")?.as_str()));
    let name = name.unwrap_or_default().to_owned();
    let mut deployment = super::deployment(context, name, span, functions);
    if let Some(region) = service.setting(None, "region", super::text) {
        deployment.facts.set(vocabulary::REGION, region);
    }
    let resources = root.at(&["resources", "Resources"]);
    super::rds::database(context.catalog, resources, &mut deployment.facts);
    vec![deployment]
}

struct Service<'a> {
    root: &'a Node,
    variables: Variables<'a>,
    platform: Option<&'a Platform>,
}

impl Service<'_> {
    /// The functions: a table, or the older list of tables.
    fn functions(&self) -> Vec<Function> {
        let Some(functions) = self.root.get("functions") else { return Vec::new() };
        let Ok(functions) = self.variables.node(functions) else { return Vec::new() };
        let tables = match &functions.kind {
            NodeKind::List(tables) => tables.as_slice(),
            _ => std::slice::from_ref(&functions),
        };
        let tables: Vec<Node> =
            tables.iter().filter_map(|it| self.variables.node(it).ok()).collect();
        tables
            .iter()
            .flat_map(Node::entries)
            .take(PROCESSES_MAX + 1)
            .map(|it| self.function(it))
            .collect()
    }

    fn function(&self, entry: &Entry) -> Function {
        let mut function = Function::new(entry.key.clone(), "serverless");
        let table = match self.variables.node(&entry.value) {
            Ok(table) => table,
            Err(reason) => {
                hidden(&mut function, entry.value.span, &reason);
                return function;
            }
        };
        let own = Some(&table);
        if table.get("image").is_some() {
            function.shape = Shape::Image;
        }
        if table.get("capacityProvider").is_some() {
            function.shape = Shape::Managed;
        }
        function.memory_mb = self.setting(own, "memorySize", super::number);
        function.timeout_s = self.setting(own, "timeout", super::number);
        function.temporary_storage_mb = self.setting(own, "ephemeralStorageSize", super::number);
        function.runtime = self.setting(own, "runtime", super::text);
        function.architecture = self.setting(own, "architecture", super::text);
        function.reserved = self.of(&table, "reservedConcurrency", super::number);
        function.provisioned = self.of(&table, "provisionedConcurrency", |node, source| {
            // The longer form is a table that also says when there are more.
            super::number(node.get("executions").unwrap_or(node), source)
        });
        function.triggers = events::triggers(&self.variables, self.root, &table);
        for arn in events::queues(&self.variables, &table) {
            let resources = self.root.at(&["resources", "Resources"]);
            function.add_queue(super::queue::visibility(self.platform, resources, &arn));
        }
        let vpc = table.get("vpc").or_else(|| self.root.at(&["provider", "vpc"]));
        if let Some(subnets) = vpc.and_then(|it| it.get("subnetIds")) {
            let resources = self.root.at(&["resources", "Resources"]);
            function.way_out = super::network::way_out(resources, subnets);
        }
        let system = table.get("fileSystemConfig").map(|it| self.variables.node(it));
        let system = system.map(|it| it.unwrap_or_else(|_| table.clone()));
        function.mount(system.as_ref(), "localMountPath");
        function.environment = self.environment(&table);
        function.app = self.app(&table);
        function.handler =
            table.get("handler").map(|it| self.variables.fact(it, "`handler`", super::text));
        function
    }

    /// A setting of the function, else of the provider.
    fn setting(
        &self,
        function: Option<&Node>,
        key: &str,
        read: impl Fn(&Node, &str) -> Fact,
    ) -> Option<Fact> {
        let provider = || self.of(self.root.get("provider")?, key, &read);
        function.and_then(|it| self.of(it, key, &read)).or_else(provider)
    }

    /// A setting of one table. A key without a value is not set.
    fn of(&self, table: &Node, key: &str, read: impl Fn(&Node, &str) -> Fact) -> Option<Fact> {
        let node = table.get(key).filter(|it| it.kind != NodeKind::Null)?;
        Some(self.variables.fact(node, &format!("`{key}`"), read))
    }

    /// Variables of the provider, then of the function.
    fn environment(&self, function: &Node) -> Environment {
        let mut environment = Environment::new();
        let provider = self.root.get("provider");
        for table in [provider, Some(function)].into_iter().flatten() {
            let Some(table) = table.get("environment") else { continue };
            // A table in another file may set any name: those that are not seen stay unmentioned.
            let Ok(table) = self.variables.node(table) else { continue };
            for Entry { key, value } in table.entries() {
                let state = self.variables.node(value).and_then(|it| super::variable_text(&it));
                environment.set(&key.value, super::variable(&key.value, value.span, state));
            }
        }
        environment
    }

    /// The application behind the plugin serverless-wsgi.
    fn app(&self, function: &Node) -> Option<Fact> {
        let handler = function.get("handler").and_then(Node::as_str)?;
        if !WSGI_HANDLERS.contains(&handler) {
            return None;
        }
        let app = self.root.at(&["custom", "wsgi", "app"])?;
        Some(self.variables.fact(app, "`custom.wsgi.app`", super::text))
    }
}

/// A function that is described somewhere else: nothing of it is known.
fn hidden(function: &mut Function, span: Span, reason: &str) {
    let unknown = || Some(super::unknown(span, "the function", Unknown::because(reason)));
    function.memory_mb = unknown();
    function.timeout_s = unknown();
    function.temporary_storage_mb = unknown();
    function.runtime = unknown();
    function.reserved = unknown();
    function.provisioned = unknown();
    function.triggers.add_unknown(reason);
}

impl Variables<'_> {
    /// A value as a fact: written here, and with the place that a variable took it from.
    fn fact(&self, node: &Node, source: &str, read: impl Fn(&Node, &str) -> Fact) -> Fact {
        let resolved = match self.node(node) {
            Ok(resolved) => resolved,
            Err(reason) => return super::unknown(node.span, source, Unknown::because(reason)),
        };
        if let NodeKind::Map(_) = resolved.kind
            && let Some(expression) = cloudformation(&resolved)
        {
            let reason = format!("`{expression}` is only known when it is deployed");
            return super::unknown(node.span, source, Unknown::because(reason));
        }
        let fact = read(&resolved, source);
        match fact.origin.span == Some(node.span) {
            true => fact,
            false => {
                let text = node.as_str().unwrap_or("variable").to_owned();
                let origin = Origin::written(node.span, source).with_input(text, fact.clone());
                Fact { origin, ..fact }
            }
        }
    }
}

/// `Ref` and `Fn::…`, which CloudFormation works out.
fn cloudformation(node: &Node) -> Option<&str> {
    let [entry] = node.entries() else { return None };
    let key = entry.key.value.as_str();
    (key == "Ref" || key.starts_with("Fn::")).then_some(key)
}
