//! copilot/NAME/manifest.yml: a service or job of AWS Copilot, on Fargate or on App Runner.
//!
//! Copilot makes templates of CloudFormation of it, and builds the images that it names a Dockerfile
//! for. What stands under `environments` is laid over the rest for the environment of that name.
//!
//! Source: <https://github.com/aws/copilot-cli>, internal/pkg/manifest and
//! internal/pkg/template/templates/workloads. Numbers are in `platforms/copilot.toml`.

mod environments;
mod image;
mod limits;
mod overrides;
mod refused;
mod router;
mod sidecars;
mod variables;

use self::environments::Variant;
use self::overrides::Overrides;
use crate::document::{Document, Node};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::app_runner;
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::parent;

/// The platform's id in the catalog.
const PLATFORM: &str = "copilot";

/// What a manifest describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    LoadBalanced,
    RequestDriven,
    Backend,
    Worker,
    Job,
}

impl Type {
    /// `None` for files in a bucket, and for what Copilot does not know.
    fn of(root: &Node) -> Option<Self> {
        Some(match root.get("type")?.as_str()? {
            "Load Balanced Web Service" => Self::LoadBalanced,
            "Request-Driven Web Service" => Self::RequestDriven,
            "Backend Service" => Self::Backend,
            "Worker Service" => Self::Worker,
            "Scheduled Job" => Self::Job,
            _ => return None,
        })
    }

    fn platform(self) -> &'static str {
        match self {
            Self::RequestDriven => app_runner::PLATFORM,
            _ => PLATFORM,
        }
    }
}

/// A manifest as one environment gets it.
struct Workload<'n> {
    root: &'n Node,
    what: Type,
    headline: Span,
    /// The folder around `copilot`, which paths start from.
    folder: String,
}

/// Lowers a manifest: a deployment for each environment that it names, or one for all.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let Some(what) = Type::of(&document.root) else { return Vec::new() };
    let variants = environments::variants(context, document);
    let mut said = Vec::new();
    let mut deployments = Vec::new();
    for Variant { name, span, root } in &variants {
        let workload = Workload {
            root,
            what,
            headline: root.get("name").map_or(root.span, |it| it.span),
            folder: parent(parent(parent(context.manifest))).to_owned(),
        };
        let before = context.acc.len();
        deployments.push(workload.deployment(context, document, (name.clone(), *span)));
        // What several environments have in common is wrong once.
        let found = context.acc.split_off(before);
        for it in found {
            let place = (it.rule.clone(), it.primary.span, it.message.clone());
            if !said.contains(&place) {
                said.push(place);
                context.acc.push(it);
            }
        }
    }
    deployments
}

impl<'n> Workload<'n> {
    fn get(&self, key: &str) -> Option<&'n Node> {
        self.root.get(key)
    }

    fn name(&self) -> &'n str {
        self.get("name").and_then(Node::as_str).unwrap_or("service")
    }

    /// The load balancer's part; `None` without one.
    fn http(&self) -> Option<&'n Node> {
        let node = self.get("http")?;
        (!node.entries().is_empty()).then_some(node)
    }

    fn deployment(
        &self,
        context: &mut Context<'_, '_>,
        document: &Document,
        (name, span): (String, Span),
    ) -> DeploymentDraft {
        let overrides = Overrides::of(context, self);
        refused::check(context, self, &overrides);
        let platform = context.catalog.platform(self.what.platform());
        let mut processes = vec![self.process(context, platform, &overrides)];
        processes.extend(sidecars::processes(context, self, platform));
        let mut facts = Facts::new();
        let origin = Origin::written(
            self.get("type").map_or(Span::start_of(document.file), |it| it.span),
            "`type` of the manifest",
        );
        let platform = Value::Text(self.what.platform().to_owned());
        facts.set(v::PLATFORM, Fact::known(platform, origin));
        DeploymentDraft { name, span, facts, processes }
    }

    fn process(
        &self,
        context: &mut Context<'_, '_>,
        platform: Option<&Platform>,
        overrides: &Overrides<'_>,
    ) -> ProcessDraft {
        let mut facts = Facts::new();
        self.kind(&mut facts);
        limits::set(self, platform, &mut facts);
        router::set(self, platform, &mut facts);
        overrides.apply(&mut facts);
        let span = self.headline;
        let mut process = ProcessDraft {
            name: Spanned::new(self.name().to_owned(), span),
            span,
            command: Command::Unknown(Unknown::because("the manifest names no image")),
            folder: self.folder.clone(),
            environment: Environment::new(),
            facts,
        };
        process.environment = variables::environment(context, self, platform, &process.facts);
        overrides.variables(&mut process.environment);
        image::start(context, self, &mut process);
        if overrides.replace_command() {
            let reason = "`taskdef_overrides` says what the container starts";
            process.command = Command::Unknown(Unknown::because(reason));
        }
        process
    }

    /// What the type says; a backend without a load balancer may be for anything that has a port.
    fn kind(&self, facts: &mut Facts) {
        let span = self.get("type").map(|it| it.span);
        let port = self.get("image").and_then(|it| it.get("port"));
        let (kind, sure, why) = match self.what {
            Type::LoadBalanced | Type::RequestDriven => ("web", true, "`type`"),
            Type::Worker => ("worker", true, "`type`"),
            Type::Job => ("cron", true, "`type`"),
            Type::Backend if self.http().is_some() => ("web", true, "`http`"),
            Type::Backend if port.is_some() => ("web", false, "it has a port"),
            Type::Backend => ("worker", false, "it has no port"),
        };
        let origin = if sure { OriginKind::Written } else { OriginKind::Assumed };
        let origin = Origin { span, ..Origin::new(origin, why) };
        facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    }
}
