//! Cloud Foundry: apps of a manifest, each with its process `web` and those under `processes`.
//!
//! Where no command is written, the Procfile beside the app has it, or the buildpack chooses one.
//!
//! Source: docs-dev-guide of Cloud Foundry, `deploy-apps/manifest-attributes.html.md.erb` at
//! 027c337d. Numbers are in `platforms/cloud-foundry.toml`.

use crate::document::{Document, Node};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::published;
use crate::manifests::cloud::{int, variable};
use crate::manifests::{catalog, npm, own_image, read, runtime};
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::quantity::MEGABYTE;
use crate::quantity::go::{self, Base};
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::{join, parent};

/// The platform's id in the catalog.
const PLATFORM: &str = "cloud-foundry";

/// A process, with the app that it is of.
struct Part<'n> {
    app: &'n Node,
    /// Its own table; `None` for the process `web` that the app describes itself.
    table: Option<&'n Node>,
    kind: &'n str,
    headline: Span,
}

/// Lowers a manifest: the processes of each app.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let apps = document.root.get("applications").map(Node::elements).unwrap_or_default();
    let platform = context.catalog.platform(PLATFORM);
    let several = apps.len() > 1;
    let mut processes = Vec::new();
    for app in apps {
        if processes.len() > PROCESSES_MAX {
            break;
        }
        for part in parts(app) {
            processes.push(part.process(context, platform, several));
        }
    }
    if processes.is_empty() {
        return Vec::new();
    }
    let mut facts = Facts::new();
    let span = Span::start_of(document.file);
    let origin = Origin::written(span, "the file's format");
    facts.set(v::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// The process `web` is there whether it is listed or not.
fn parts(app: &Node) -> Vec<Part<'_>> {
    let listed = app.get("processes").map(Node::elements).unwrap_or_default();
    let part = |table: &'_ Node| -> Option<(String, Span)> {
        let kind = table.get("type")?;
        Some((kind.as_str()?.to_owned(), kind.span))
    };
    let mut parts = Vec::new();
    if !listed.iter().filter_map(part).any(|(it, _)| it == "web") {
        let headline = app.get("name").map_or(app.span, |it| it.span);
        parts.push(Part { app, table: None, kind: "web", headline });
    }
    for table in listed {
        let kind = table.get("type").filter(|it| it.as_str().is_some());
        let Some(kind) = kind else { continue };
        let headline = kind.span;
        parts.push(Part {
            app,
            table: Some(table),
            kind: kind.as_str().unwrap_or_default(),
            headline,
        });
    }
    parts
}

impl Part<'_> {
    /// A key of the process. The app's own keys are those of its process `web`.
    fn get(&self, key: &str) -> Option<&Node> {
        let own = self.table.and_then(|it| it.get(key));
        own.or_else(|| self.app.get(key).filter(|_| self.kind == "web"))
    }

    /// Whether requests are routed to it.
    fn is_web(&self) -> bool {
        let no_route = self.app.get("no-route").and_then(Node::as_bool) == Some(true);
        self.kind == "web" && !no_route
    }

    fn process(
        &self,
        context: &mut Context<'_, '_>,
        platform: Option<&Platform>,
        several: bool,
    ) -> ProcessDraft {
        let app = self.app.get("name").and_then(Node::as_str).unwrap_or("app");
        let name = if several { format!("{app}/{}", self.kind) } else { self.kind.to_owned() };
        let mut facts = Facts::new();
        let kind = if self.is_web() { "web" } else { "worker" };
        let why = if self.is_web() { "it has a route" } else { "it has no route" };
        let origin = Origin::written(self.headline, why);
        facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
        self.machine(&mut facts);
        self.scale(&mut facts);
        self.limits(platform, &mut facts);
        let mut environment = Environment::new();
        if let Some(platform) = platform {
            for (name, fact) in catalog::injected(platform, kind, None, None) {
                environment.set(name, fact);
            }
        }
        for it in self.app.get("env").map(Node::entries).unwrap_or_default() {
            let value = Some(&it.value).filter(|it| !is_filled_in(it));
            environment.set(&it.key.value, variable(&it.key.value, value, it.key.span, "`env`"));
        }
        let own = parent(context.manifest).to_owned();
        let path = self.app.get("path").and_then(Node::as_str).unwrap_or(".");
        let mut process = ProcessDraft {
            name: Spanned::new(name, self.headline),
            span: self.headline,
            command: Command::Unknown(Unknown::new(
                "the manifest names no command, so the buildpack's own runs",
                "`command` of the app",
            )),
            folder: join(&own, path).unwrap_or(own),
            environment,
            facts,
        };
        self.command(context, &mut process);
        process
    }

    /// `command`, which a shell reads, else that of the Procfile, else that of the image.
    fn command(&self, context: &mut Context<'_, '_>, process: &mut ProcessDraft) {
        let written = self.get("command").and_then(Node::as_text).cloned();
        let docker = self.app.at(&["docker", "image"]);
        if let Some(image) = docker {
            let named = image.as_str().unwrap_or_default();
            let app = self.app.get("name").and_then(Node::as_str).unwrap_or_default();
            let all = [own_image::Named { image: named, names: vec![app] }];
            let is_own = own_image::candidate(all.into_iter()).is_some();
            let made = if is_own { own_image::find(context, named) } else { None };
            process.command = match (made, written) {
                (Some(made), written) => {
                    let command = match written {
                        Some(text) => made.command_alone(Command::Shell(text)),
                        None => made.command(context.acc),
                    };
                    process.environment = made.environment(&process.environment);
                    made.facts(&process.environment, &mut process.facts);
                    process.folder = made.folder;
                    command
                }
                (None, Some(text)) => Command::Shell(text),
                (None, None) => match published::command(named, image.span, None) {
                    Some(known) => known,
                    None => return,
                },
            };
            return;
        }
        match written.filter(|it| !it.value.contains("((")) {
            Some(text) => process.command = Command::Shell(text),
            None if self.kind == "web" => {
                if let Some(command) = npm::web(context, &process.folder) {
                    process.command = command;
                }
            }
            None => {}
        }
        runtime::set_python(context, runtime::Picker::Buildpack, process);
    }

    /// Whoever runs the platform decides how much memory an app has that asks for none.
    fn machine(&self, facts: &mut Facts) {
        let Some(node) = self.get("memory") else {
            let reason =
                "whoever runs the platform decides the memory of an app that asks for none";
            let unknown = Unknown::new(reason, "`memory` of the app");
            let origin = Origin::new(OriginKind::Default, "Cloud Foundry");
            facts.set(v::MACHINE_MEMORY_MB, Fact::unknown(unknown, origin));
            facts.anchor(v::MACHINE_MEMORY_MB, self.headline);
            return;
        };
        let text = read::scalar_text(node);
        let text = text.filter(|it| it.ends_with(|it: char| it.is_ascii_alphabetic()));
        let origin = Origin::written(node.span, "`memory`");
        let fact = match text.and_then(|it| go::bytes(&it, Base::Binary)) {
            Some(bytes) => Fact::known(Value::Int(bytes / MEGABYTE), origin),
            None => Fact::unknown(Unknown::because("`memory` is not a number with a unit"), origin),
        };
        facts.set(v::MACHINE_MEMORY_MB, fact);
    }

    /// `web` has one instance where nothing else is written, other processes have none.
    fn scale(&self, facts: &mut Facts) {
        let fact = match self.get("instances") {
            Some(node) => int(node, "`instances`"),
            None => {
                let number = i64::from(self.kind == "web");
                let origin = Origin::new(OriginKind::Default, "Cloud Foundry default");
                Fact::known(Value::Int(number), origin)
            }
        };
        facts.set(v::SCALE_MIN, fact.clone());
        facts.set(v::SCALE_MAX, fact);
    }

    fn limits(&self, platform: Option<&Platform>, facts: &mut Facts) {
        if let Some(platform) = platform {
            catalog::set_limits(facts, platform, &[v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S]);
            if self.is_web() {
                catalog::set_limits(facts, platform, &[v::BOOT_TIMEOUT_S]);
            }
        }
        if let Some(node) = self.get("timeout").filter(|_| self.is_web()) {
            facts.set(v::BOOT_TIMEOUT_S, int(node, "`timeout`"));
        }
        if self.get("health-check-type").and_then(Node::as_str) == Some("http") {
            let fact = match self.get("health-check-http-endpoint") {
                Some(node) => read::written(node, "`health-check-http-endpoint`"),
                None => Fact::known(
                    Value::Text("/".to_owned()),
                    Origin::new(OriginKind::Default, "Cloud Foundry default"),
                ),
            };
            facts.set(v::HEALTH_CHECK_PATH, fact);
        }
        if let Some(node) = self.get("health-check-invocation-timeout") {
            facts.set(v::HEALTH_CHECK_TIMEOUT_S, int(node, "`health-check-invocation-timeout`"));
        }
    }
}

/// Whether `cf push` fills in a part of a value: `((name))`.
fn is_filled_in(node: &Node) -> bool {
    node.as_str().is_some_and(|it| it.contains("(("))
}
