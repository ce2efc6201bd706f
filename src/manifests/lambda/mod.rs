//! Functions on AWS Lambda, whichever tool deploys them: one process of kind `function` for each.
//!
//! The files of Serverless Framework, SAM, Zappa and Chalice say the same things in different
//! words. Each of them is read into a [`Function`]; what follows from it is worked out in one place.
//! Numbers are in `platforms/aws-lambda.toml`.

pub(crate) mod chalice;
mod facts;
mod network;
mod queue;
mod rds;
pub(crate) mod sam;
mod schedule;
pub(crate) mod serverless;
mod trigger;
pub(crate) mod zappa;

use crate::document::{Node, NodeKind};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::read;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{join, parent};

use self::trigger::Triggers;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "aws-lambda";

/// A function as a file describes it. What the file does not say is `None`: a default applies.
struct Function {
    name: Spanned<String>,
    /// The tool in the catalog whose defaults apply; empty for those of Lambda itself.
    tool: &'static str,
    shape: Shape,
    /// The folder of its code and its requirements, from that of the file; empty for the same.
    folder: String,
    /// Whether it asks for accelerator devices.
    accelerated: bool,
    memory_mb: Option<Fact>,
    timeout_s: Option<Fact>,
    temporary_storage_mb: Option<Fact>,
    runtime: Option<Fact>,
    architecture: Option<Fact>,
    reserved: Option<Fact>,
    provisioned: Option<Fact>,
    triggers: Triggers,
    /// How long the shortest of its queues hides a message.
    queue_visibility_s: Option<Fact>,
    /// What its subnets lead out by, where the file describes them.
    way_out: Option<Fact>,
    /// The folders in which file systems are mounted; empty without one.
    mounts: Facts,
    environment: Environment,
    app: Option<Fact>,
    /// What the runtime calls, where no tool stands between.
    handler: Option<Fact>,
    framework: Option<Fact>,
}

/// What Lambda makes of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A runtime of Lambda with the unpacked code.
    Package,
    /// A container image.
    Image,
    /// Instances that are kept: other limits, and many requests at once.
    Managed,
}

impl Function {
    fn new(name: Spanned<String>, tool: &'static str) -> Self {
        Self {
            name,
            tool,
            shape: Shape::Package,
            folder: String::new(),
            accelerated: false,
            memory_mb: None,
            timeout_s: None,
            temporary_storage_mb: None,
            runtime: None,
            architecture: None,
            reserved: None,
            provisioned: None,
            triggers: Triggers::default(),
            queue_visibility_s: None,
            way_out: None,
            mounts: Facts::new(),
            environment: Environment::new(),
            app: None,
            handler: None,
            framework: None,
        }
    }

    /// Takes in the queue of one event: of several, the one with the shortest time counts.
    fn add_queue(&mut self, visibility_s: Option<Fact>) {
        let Some(new) = visibility_s else { return };
        let is_shorter = match (&self.queue_visibility_s, new.number()) {
            (Some(old), Some(new)) => old.number().is_some_and(|old| new < old),
            (old, _) => old.is_none(),
        };
        if is_shorter {
            self.queue_visibility_s = Some(new);
        }
    }

    /// Takes in the file systems that are mounted: a list of tables, or one of them, in which `key`
    /// has the folder.
    fn mount(&mut self, systems: Option<&Node>, key: &str) {
        let Some(systems) = systems else { return };
        let each = match &systems.kind {
            NodeKind::List(each) => each.as_slice(),
            _ => std::slice::from_ref(systems),
        };
        let paths: Vec<&Node> = each.iter().map(|it| it.get(key).unwrap_or(it)).collect();
        read::mounted(&mut self.mounts, &paths, "folder of a file system");
    }

    fn into_process(self, context: &Context<'_, '_>) -> ProcessDraft {
        let facts = facts::facts(context.catalog, &self);
        let beside = parent(context.manifest);
        let folder = join(beside, &self.folder).unwrap_or_else(|| beside.to_owned());
        ProcessDraft {
            span: self.name.span,
            name: self.name,
            command: Command::None,
            folder,
            environment: self.environment,
            facts,
        }
    }
}

/// A deployment of functions.
fn deployment(
    context: &Context<'_, '_>,
    name: String,
    span: Span,
    functions: Vec<Function>,
) -> DeploymentDraft {
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    let processes = functions.into_iter().map(|it| it.into_process(context)).collect();
    DeploymentDraft { name, span, facts, processes }
}

/// A whole number, also one in quotes.
fn number(node: &Node, source: &str) -> Fact {
    match read::int(node) {
        Some(value) => Fact::known(Value::Int(value), Origin::written(node.span, source)),
        None => not_a(node, source, "a whole number"),
    }
}

/// A text.
fn text(node: &Node, source: &str) -> Fact {
    match node.as_str() {
        Some(value) => {
            Fact::known(Value::Text(value.to_owned()), Origin::written(node.span, source))
        }
        None => not_a(node, source, "text"),
    }
}

fn not_a(node: &Node, source: &str, wanted: &str) -> Fact {
    let reason = match &node.kind {
        NodeKind::Dynamic(text) => format!("`{text}` is only known when it is deployed"),
        _ => format!("{source} is not {wanted}"),
    };
    unknown(node.span, source, Unknown::because(reason))
}

/// A value that a file names and that nobody knows before it is deployed.
fn unknown(span: Span, source: &str, unknown: Unknown) -> Fact {
    Fact::unknown(unknown, Origin::written(span, source))
}

/// An environment variable as a file has it.
fn variable(name: &str, span: Span, state: Result<Value, String>) -> Fact {
    let origin = Origin {
        kind: OriginKind::Env,
        span: Some(span),
        source: format!("environment variable `{name}`"),
        inputs: Vec::new(),
    };
    let state = match state {
        Ok(value) => State::Known(value),
        Err(reason) => {
            State::Unknown(Unknown::new(reason, format!("`{name}` under `[env]` in opslint.toml")))
        }
    };
    Fact::new(state, origin)
}

/// The text that an environment variable gets; the reason when it gets none that is known.
fn variable_text(node: &Node) -> Result<Value, String> {
    match read::scalar_text(node) {
        Some(text) => Ok(Value::Text(text)),
        None if node.kind == NodeKind::Null => Ok(Value::Null),
        None => Err("it is only known when the function is deployed".to_owned()),
    }
}

/// Milliseconds as a fact in seconds.
fn seconds_of_millis(fact: Fact) -> Fact {
    let Some(millis) = fact.number() else { return fact };
    Fact { state: State::Known(Value::Number(millis / 1000.0)), ..fact }
}
