//! Templates of AWS SAM: `AWS::Serverless::Function` with `Globals`, and plain `AWS::Lambda::Function`
//! in the same template or in one of CloudFormation alone.
//!
//! What an intrinsic function stands for is decided when the template is deployed, so it is unknown.
//! That holds for a parameter with a default too: whoever deploys may give another value. Only a
//! parameter that allows a single value is known, and one that `samconfig.toml` gives.
//!
//! Source: aws-sam-translator 1.115.0.

mod config;
pub(super) mod intrinsic;

use crate::document::{Document, Entry, Node};
use crate::draft::{Context, DeploymentDraft, PROCESSES_MAX};
use crate::fact::{Fact, Unknown};
use crate::platforms::Platform;
use crate::project::Environment;
use crate::source::{SourceMap, Span};
use crate::vocabulary;

use self::intrinsic::Property;
use super::trigger::{Triggers, Wait};
use super::{Function, Shape};

/// The type of a function that SAM makes.
const SERVERLESS: &str = "AWS::Serverless::Function";

/// The type of a function as CloudFormation has it.
const PLAIN: &str = "AWS::Lambda::Function";

/// The type of a resource that has a function called for what a queue or a stream has.
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// Lowers a template: a process for each function.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    context.acc.extend(super::schedule::told(&document.root));
    let platform = context.catalog.platform(super::PLATFORM);
    let root = &*config::filled(context, document);
    let sources = &context.workspace.sources;
    let template = Template { root, sources, platform };
    let functions = template.functions();
    let span = Span::start_of(document.file);
    if functions.is_empty() {
        return Vec::new();
    }
    let mut deployment = super::deployment(context, String::new(), span, functions);
    super::rds::database(context.catalog, root.get("Resources"), &mut deployment.facts);
    if let Some(region) = config::region(context, document) {
        deployment.facts.set(vocabulary::REGION, region);
    }
    vec![deployment]
}

fn kind(resource: &Node) -> Option<&str> {
    resource.get("Type")?.as_str()
}

struct Template<'a> {
    root: &'a Node,
    sources: &'a SourceMap,
    platform: Option<&'a Platform>,
}

impl<'a> Template<'a> {
    fn functions(&self) -> Vec<Function> {
        let resources = self.root.get("Resources").map(Node::entries).unwrap_or_default();
        resources.iter().filter_map(|it| self.function(it)).take(PROCESSES_MAX + 1).collect()
    }

    fn function(&self, resource: &'a Entry) -> Option<Function> {
        let globals = match kind(&resource.value)? {
            SERVERLESS => self.root.at(&["Globals", "Function"]),
            PLAIN => None,
            _ => return None,
        };
        let tables = Tables { template: self, own: resource.value.get("Properties"), globals };
        let mut function = Function::new(resource.key.clone(), "");
        let is_image = tables.get("PackageType").and_then(Node::as_str) == Some("Image");
        if is_image || tables.get("ImageUri").is_some() {
            function.shape = Shape::Image;
        }
        if tables.get("CapacityProviderConfig").is_some() {
            function.shape = Shape::Managed;
        }
        function.accelerated = tables.get("AcceleratorConfig").is_some();
        function.memory_mb = tables.fact(&["MemorySize"], super::number);
        function.timeout_s = tables.fact(&["Timeout"], super::number);
        function.temporary_storage_mb = tables.fact(&["EphemeralStorage", "Size"], super::number);
        function.runtime = tables.fact(&["Runtime"], super::text);
        function.handler = tables.fact(&["Handler"], super::text);
        // `sam build` installs the requirements that stand there, and no others.
        let folder = tables.get("CodeUri").and_then(Node::as_str);
        if let Some(folder) = folder.filter(|it| !it.contains("://")) {
            function.folder = folder.trim_end_matches('/').to_owned();
        }
        function.architecture = tables.fact(&["Architectures"], |node, source| {
            super::text(node.elements().first().unwrap_or(node), source)
        });
        function.reserved = tables.fact(&["ReservedConcurrentExecutions"], super::number);
        let provisioned = ["ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"];
        function.provisioned = tables.fact(&provisioned, super::number);
        function.environment = tables.environment();
        function.triggers = self.triggers(&tables);
        for event in tables.get("Events").map_or(&[][..], Node::entries) {
            if event.value.get("Type").and_then(Node::as_str) == Some("SQS")
                && let Some(arn) = event.value.at(&["Properties", "Queue"])
            {
                let resources = self.root.get("Resources");
                function.add_queue(super::queue::visibility(self.platform, resources, arn));
            }
        }
        function.mount(tables.get("FileSystemConfigs"), "LocalMountPath");
        for arn in self.mapped(&resource.key.value) {
            let resources = self.root.get("Resources");
            function.add_queue(super::queue::visibility(self.platform, resources, arn));
        }
        let subnets = tables.get("VpcConfig").and_then(|it| it.get("SubnetIds"));
        function.way_out =
            subnets.and_then(|it| super::network::way_out(self.root.get("Resources"), it));
        Some(function)
    }

    /// The sources of events that resources of their own give to a function.
    fn mapped(&self, function: &str) -> impl Iterator<Item = &'a Node> {
        let resources = self.root.get("Resources").map(Node::entries).unwrap_or_default();
        let mappings = resources.iter().filter(|it| kind(&it.value) == Some(MAPPING));
        let properties = mappings.filter_map(|it| it.value.get("Properties"));
        let of_function = properties.filter(move |it| {
            let named = it.get("FunctionName");
            let is_it = |it| intrinsic::referenced(it).or_else(|| super::queue::described(it));
            named.and_then(is_it) == Some(function)
        });
        of_function.filter_map(|it| it.get("EventSourceArn"))
    }

    /// Everything in `Events`, and the function's URL.
    fn triggers(&self, tables: &Tables<'_>) -> Triggers {
        let mut triggers = Triggers::default();
        let url = tables.own.and_then(|it| it.entry("FunctionUrlConfig"));
        let url = url.or_else(|| tables.globals?.entry("FunctionUrlConfig"));
        if let Some(entry) = url {
            triggers.add("function-url", entry.key.span);
        }
        let Some(events) = tables.get("Events") else { return triggers };
        if let Property::Unknown(reason) = self.property(events) {
            triggers.add_unknown(reason);
        }
        for Entry { key, value } in events.entries() {
            let Some(name) = value.get("Type").and_then(Node::as_str) else {
                triggers.add_unknown(format!("the event `{}` has no type", key.value));
                continue;
            };
            match name {
                "Api" => triggers.add_waiting("rest-api", key.span, self.wait(value, "RestApiId")),
                "HttpApi" => triggers.add_waiting("http-api", key.span, self.wait(value, "ApiId")),
                _ => match event(name) {
                    Some(name) => triggers.add(name, key.span),
                    None => triggers
                        .add_unknown(format!("`{name}` is an event that opslint does not know")),
                },
            }
        }
        triggers
    }

    /// How long an API waits. One with a definition of its own may say so there.
    fn wait(&self, event: &Node, api: &str) -> Wait {
        let properties = event.get("Properties");
        if let Some(node) = properties.and_then(|it| it.get("TimeoutInMillis")) {
            let fact = self.fact(node, "`TimeoutInMillis`", super::number);
            return fact.map_or(Wait::Published, |it| Wait::Written(super::seconds_of_millis(it)));
        }
        let Some(api) = properties.and_then(|it| it.get(api)) else { return Wait::Published };
        let resource = intrinsic::referenced(api)
            .and_then(|it| self.root.get("Resources")?.get(it)?.get("Properties"));
        let Some(resource) = resource else {
            return Wait::Unknown("the API is described somewhere else".to_owned());
        };
        let own = ["DefinitionBody", "DefinitionUri"].iter().find(|it| resource.get(it).is_some());
        match own {
            Some(key) => Wait::Unknown(format!("`{key}` of the API may set it")),
            None => Wait::Published,
        }
    }

    /// A property as a fact; `None` when it is not set.
    fn fact(&self, node: &Node, source: &str, read: impl Fn(&Node, &str) -> Fact) -> Option<Fact> {
        match self.property(node) {
            Property::Absent => None,
            Property::Unknown(reason) => {
                Some(super::unknown(node.span, source, Unknown::because(reason)))
            }
            Property::Known(known) => Some(read(known, source)),
        }
    }

    fn property<'n>(&self, node: &'n Node) -> Property<'n>
    where
        'a: 'n,
    {
        intrinsic::property(self.root, self.sources, node)
    }
}

/// The properties of a function: its own, then those of `Globals`.
struct Tables<'a> {
    template: &'a Template<'a>,
    own: Option<&'a Node>,
    globals: Option<&'a Node>,
}

impl Tables<'_> {
    fn get(&self, key: &str) -> Option<&Node> {
        let own = self.own.and_then(|it| it.get(key));
        own.or_else(|| self.globals?.get(key))
    }

    /// The property at a path, when it is written.
    fn fact(&self, path: &[&str], read: impl Fn(&Node, &str) -> Fact) -> Option<Fact> {
        let (key, rest) = path.split_first()?;
        let node = self.get(key)?;
        let node = match self.template.property(node) {
            Property::Known(_) => node.at(rest)?,
            // The table as a whole is an intrinsic function.
            Property::Absent | Property::Unknown(_) => node,
        };
        self.template.fact(node, &format!("`{}`", path.join(".")), read)
    }

    /// Variables of `Globals`, then those of the function.
    fn environment(&self) -> Environment {
        let mut environment = Environment::new();
        for table in [self.globals, self.own].into_iter().flatten() {
            let Some(table) = table.at(&["Environment", "Variables"]) else { continue };
            for Entry { key, value } in table.entries() {
                let state = match self.template.property(value) {
                    Property::Known(node) => super::variable_text(node),
                    Property::Unknown(reason) => Err(reason),
                    Property::Absent => continue,
                };
                environment.set(&key.value, super::variable(&key.value, value.span, state));
            }
        }
        environment
    }
}

/// The trigger behind a type of event.
fn event(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "SQS" | "MQ" => "queue",
        "Kinesis" | "DynamoDB" | "MSK" | "SelfManagedKafka" | "DocumentDB" => "stream",
        "Schedule" | "ScheduleV2" => "schedule",
        "S3" | "SNS" | "CloudWatchEvent" | "EventBridgeRule" | "CloudWatchLogs" | "IoTRule"
        | "AlexaSkill" | "Cognito" => "event",
        _ => return None,
    })
}
