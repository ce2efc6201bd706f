//! Knative YAML of a Cloud Run service: its ingress container is a web process, and each sidecar a
//! process of its own.
//!
//! Knative runs on any Kubernetes cluster, with other limits: only a file that mentions Google's own
//! keys or registries is taken for Cloud Run. The image in such a registry is taken to be made from
//! a Dockerfile in the same folder, if there is one. Cloud Run stops instances that have no requests, so the time between its signals takes nothing from a request: no fact is
//! made of it.
//!
//! Sources: <https://cloud.google.com/run/docs/reference/yaml/v1>,
//! <https://cloud.google.com/run/docs/container-contract>.

mod sidecars;

use crate::document::{Document, Node};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::images::dockerfile::{self, Build};
use crate::manifests::own_image::{self, Started};
use crate::manifests::{catalog, read};
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::quantity::{MEGABYTE, kubernetes};
use crate::source::Span;
use crate::vocabulary::{self, FactId};
use crate::workspace::join;

use super::{default, int, variable};

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "cloud-run";

/// The label of a service that names its region.
const LOCATION: &str = "cloud.googleapis.com/location";

/// A service, with what stands around its ingress container.
pub(super) struct Service<'n> {
    root: &'n Node,
    template: &'n Node,
    container: &'n Node,
    /// What the container is in its instances.
    role: Role,
    /// Where a label goes for what the container does not say.
    headline: Span,
    /// What the service was read from.
    written: Written,
}

/// What a container is in the instances of its service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It gets the requests.
    Ingress,
    /// Only the others reach it.
    Sidecar,
}

/// What a service is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// A file, which has all of it.
    File,
    /// Options of a command: what they leave out is what the service had before, and for a new one
    /// the default.
    Command,
}

/// Lowers a service: a process for each container.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let Some(service) = Service::of(&document.root, Written::File) else { return Vec::new() };
    let catalog = context.catalog;
    let stated = context.stated("platform").map(|it| it.fact());
    let platform = stated.unwrap_or_else(|| service.platform());
    let row = platform.text().filter(|it| *it == PLATFORM).and_then(|it| catalog.platform(it));
    let processes = service.processes(context, row);
    let mut deployment = super::deployment(platform, service.headline, processes);
    // `gcloud run services describe --format export` writes it, and `replace` reads it.
    if let Some(region) = service.root.at(&["metadata", "labels", LOCATION]) {
        deployment
            .facts
            .set(vocabulary::REGION, read::written(region, "the label of its location"));
    }
    vec![deployment]
}

impl<'n> Service<'n> {
    pub(super) fn of(root: &'n Node, written: Written) -> Option<Self> {
        let template = root.at(&["spec", "template"])?;
        let containers = template.at(&["spec", "containers"])?.elements();
        // With sidecars, the container that has ports is the one that gets requests.
        let container = match containers {
            [only] => only,
            several => several.iter().find(|it| it.get("ports").is_some())?,
        };
        let headline = root.at(&["metadata", "name"]).map_or(container.span, |it| it.span);
        Some(Self { root, template, container, role: Role::Ingress, headline, written })
    }

    /// Cloud Run, if something in the file is Google's.
    fn platform(&self) -> Fact {
        let metadata = [self.root.get("metadata"), self.template.get("metadata")];
        let keys = metadata
            .into_iter()
            .flatten()
            .flat_map(|it| ["annotations", "labels"].into_iter().filter_map(|key| it.get(key)));
        let own = keys.flat_map(Node::entries).find(|it| it.key.value.contains("googleapis.com"));
        let image = self.container.get("image").filter(|it| is_registry_of_google(it));
        let span = own.map(|it| it.key.span).or(image.map(|it| it.span));
        match span {
            Some(span) => Fact::known(
                Value::Text(PLATFORM.to_owned()),
                Origin::written(span, "a name of Google Cloud"),
            ),
            None => Fact::unknown(
                Unknown::new(
                    "Knative runs on any cluster, and nothing in the file is Google's",
                    "`platform = \"cloud-run\"` in opslint.toml",
                ),
                Origin::written(self.headline, "the file's format"),
            ),
        }
    }

    /// The image that the container runs, where the project makes it.
    fn own_image(&self, context: &mut Context<'_, '_>, folder: &str) -> Option<dockerfile::Image> {
        let named = self.container.get("image")?;
        if let Some(built) = own_image::built(context, named.as_str()?) {
            return Some(built);
        }
        let name = self.root.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
        if is_own_image(named, name) {
            return image(context, folder);
        }
        let all: Vec<_> = self.containers().iter().filter_map(started).collect();
        own_image::assumed_by_code(context, &started(self.container)?, &all)
    }

    fn containers(&self) -> &'n [Node] {
        let all = self.template.at(&["spec", "containers"]);
        all.map(Node::elements).unwrap_or_default()
    }

    /// The process without what its image brings, for those who know the image.
    pub(super) fn plain(&self, platform: Option<&Platform>, folder: &str) -> ProcessDraft {
        let mut facts = Facts::new();
        self.kind(&mut facts);
        self.machine(platform, &mut facts);
        if self.role == Role::Ingress {
            self.router(platform, &mut facts);
        }
        self.scale(platform, &mut facts);
        self.checks(&mut facts);
        self.volumes(&mut facts);
        ProcessDraft {
            name: self.shown_name(),
            span: self.container.span,
            command: Command::Unknown(Unknown::new(
                "the file names no command, so the image's own runs",
                "`command` and `args` of the container",
            )),
            folder: folder.to_owned(),
            environment: self.environment(platform),
            facts,
        }
    }

    /// The folders that outlive an instance: buckets and network shares. The others are memory, or
    /// hold what the platform puts there.
    fn volumes(&self, facts: &mut Facts) {
        const PASSING: &[&str] = &["emptyDir", "secret", "configMap"];
        let all = self.template.at(&["spec", "volumes"]).map(Node::elements).unwrap_or_default();
        let passes = |name: &str| {
            let named = all.iter().find(|it| it.get("name").and_then(Node::as_str) == Some(name));
            named.is_some_and(|it| PASSING.iter().any(|key| it.get(key).is_some()))
        };
        let mounts = self.container.get("volumeMounts").map(Node::elements).unwrap_or_default();
        let kept =
            mounts.iter().filter(|it| !it.get("name").and_then(Node::as_str).is_some_and(passes));
        let paths: Vec<&Node> = kept.filter_map(|it| it.get("mountPath")).collect();
        read::mounted(facts, &paths, "`volumeMounts`");
    }

    /// What starts in an image of the project; without one, where the whole command is written.
    /// `command` takes the place of ENTRYPOINT, and then CMD is not used; `args` takes that of CMD.
    pub(super) fn start(
        &self,
        context: &mut Context<'_, '_>,
        process: &mut ProcessDraft,
        image: Option<dockerfile::Image>,
    ) {
        let list = |key: &str| self.container.get(key).filter(|it| !it.elements().is_empty());
        let (command, args) = (list("command"), list("args"));
        let written = match (command, args) {
            (None, None) => None,
            (Some(first), second) => Some(words(&[Some(first), second])),
            (None, args) => Some(words(&[args])),
        };
        let Some(image) = image else {
            let written = own_image::Written { words: written, is_whole: command.is_some() };
            let named = self.container.get("image");
            let known = named.and_then(|named| {
                written.in_another(context, &started(self.container)?, named.span)
            });
            process.command =
                known.unwrap_or_else(|| own_image::not_known(args.map(|_| "args"), "command"));
            return;
        };
        process.command = match written {
            None => image.command(context.acc),
            Some(written) if command.is_some() => image.command_alone(written),
            Some(written) => image.command_behind_entrypoint(context.acc, written),
        };
        process.environment = image.environment(&process.environment);
        image.facts(&process.environment, &mut process.facts);
        process.folder = image.folder;
    }

    fn environment(&self, platform: Option<&Platform>) -> Environment {
        let mut environment = Environment::new();
        if let Some(platform) = platform {
            for (name, fact) in catalog::injected(platform, "web", None, None) {
                environment.set(name, fact);
            }
        }
        if self.role == Role::Sidecar {
            let why = "only the container that gets requests is told a port";
            environment.unset("PORT", Origin::new(OriginKind::Platform, why));
        } else if let Some(port) = self.port() {
            environment.set("PORT", variable("PORT", Some(port), port.span, "`ports`"));
        }
        for entry in self.container.get("env").map(Node::elements).unwrap_or_default() {
            let Some(name) = entry.get("name").and_then(Node::as_str) else { continue };
            // A name without a value is set to nothing.
            let (value, from) = (entry.get("value"), entry.get("valueFrom"));
            let fact = match (value, from) {
                (None, None) => default(Value::Text(String::new()), "a variable without a value"),
                _ => variable(name, value, entry.span, "`env`"),
            };
            environment.set(name, fact);
        }
        environment
    }

    fn port(&self) -> Option<&'n Node> {
        let port = self.container.get("ports")?.elements().first()?.get("containerPort")?;
        read::int(port).map(|_| port)
    }

    fn machine(&self, platform: Option<&Platform>, facts: &mut Facts) {
        let limit = |key: &str| self.container.at(&["resources", "limits", key]);
        let row = platform.and_then(|it| it.default_machine("web"));
        let what = "Cloud Run default";
        let cpus = match limit("cpu") {
            Some(node) => Some(measured(node, self.key("cpu"), amount(node))),
            None => row.and_then(|it| it.cpus.as_ref()).map(|it| it.fact(what)),
        };
        let memory = match limit("memory") {
            Some(node) => Some(measured(
                node,
                self.key("memory"),
                amount(node).map(|it| (it / MEGABYTE as f64).floor()),
            )),
            None => row.and_then(|it| it.memory_mb.as_ref()).map(|it| it.fact(what)),
        };
        self.set(facts, vocabulary::MACHINE_CPUS, cpus);
        self.set(facts, vocabulary::MACHINE_MEMORY_MB, memory);
        let least = platform.and_then(|it| it.machine.memory_mb_min_second_generation.as_ref());
        if let (Some(least), Some(generation)) = (least, self.second_generation()) {
            let least = least.fact("Cloud Run's second generation");
            let origin = least.origin.with_input("execution-environment", generation);
            facts.set(vocabulary::MACHINE_MIN_MEMORY_MB, Fact { origin, ..least });
        }
    }

    /// The second generation of the execution environment, where it is asked for.
    fn second_generation(&self) -> Option<Fact> {
        let template = self.template.at(&["metadata", "annotations"]);
        let node = template?.get("run.googleapis.com/execution-environment")?;
        let is_second = node.as_str() == Some("gen2");
        let origin = Origin::written(node.span, self.key("execution-environment"));
        is_second.then(|| Fact::known(Value::Text("gen2".to_owned()), origin))
    }

    fn router(&self, platform: Option<&Platform>, facts: &mut Facts) {
        let spec = |key: &str| self.template.at(&["spec", key]);
        let limit = |id: FactId| platform.and_then(|it| catalog::limit(it, id));
        let timeout = match spec("timeoutSeconds") {
            Some(node) => Some(int(node, self.key("timeoutSeconds"))),
            None => limit(vocabulary::ROUTER_REQUEST_TIMEOUT_S),
        };
        self.set(facts, vocabulary::ROUTER_REQUEST_TIMEOUT_S, timeout);
        let concurrency = match spec("containerConcurrency") {
            Some(node) if read::int(node) != Some(0) => {
                Some(int(node, self.key("containerConcurrency")))
            }
            _ => self.default_concurrency(platform, facts),
        };
        self.set(facts, vocabulary::ROUTER_HARD_LIMIT, concurrency);
        let ports = self.container.get("ports").map(Node::elements).unwrap_or_default();
        let name = ports.first().and_then(|it| it.get("name")).and_then(Node::as_str);
        let mut maxima =
            vec![vocabulary::ROUTER_REQUEST_TIMEOUT_MAX_S, vocabulary::ROUTER_HARD_LIMIT_MAX];
        // Bodies over HTTP/2 have no limit.
        if name != Some("h2c") {
            maxima.push(vocabulary::ROUTER_BODY_LIMIT_MB);
        }
        for id in maxima {
            self.set(facts, id, limit(id));
        }
        let port = match self.port() {
            Some(node) => Some(int(node, self.key("containerPort"))),
            None => platform.and_then(|it| it.router.port.as_ref()).map(|it| it.fact("Cloud Run")),
        };
        self.set(facts, vocabulary::ROUTER_PORT, port);
    }

    /// 80 requests at once; one with less than a CPU.
    fn default_concurrency(&self, platform: Option<&Platform>, facts: &Facts) -> Option<Fact> {
        let fact = platform.and_then(|it| catalog::limit(it, vocabulary::ROUTER_HARD_LIMIT))?;
        let cpus = facts.get(vocabulary::MACHINE_CPUS)?;
        let state = match cpus.number() {
            Some(cpus) if cpus >= 1.0 => fact.state,
            Some(_) => State::Known(Value::Int(1)),
            None => cpus.state.clone(),
        };
        let origin = fact.origin.with_input(vocabulary::MACHINE_CPUS.name(), cpus.clone());
        Some(Fact::new(state, origin))
    }

    fn scale(&self, platform: Option<&Platform>, facts: &mut Facts) {
        let template = self.template.at(&["metadata", "annotations"]);
        let service = self.root.at(&["metadata", "annotations"]);
        let written = |key: &str| {
            let of_service = service.and_then(|it| it.get(&format!("run.googleapis.com/{key}")));
            let of_revision =
                template.and_then(|it| it.get(&format!("autoscaling.knative.dev/{key}")));
            of_service.or(of_revision).map(|it| int(it, self.key(key)))
        };
        let none = || default(Value::Int(0), "Cloud Run stops all instances without traffic");
        let min = written("minScale").or_else(|| platform.map(|_| none()));
        let stops = min.as_ref().and_then(Fact::int).map(|it| it == 0);
        if let (Some(stops), Some(min)) = (stops, &min) {
            let origin = Origin::new(OriginKind::Derived, "whether an instance is kept")
                .with_input(vocabulary::SCALE_MIN.name(), min.clone());
            let fact = Fact::known(Value::Bool(stops), origin);
            self.set(facts, vocabulary::SCALE_STOPS_WHEN_IDLE, Some(fact));
        }
        let quota = || {
            let unknown = Unknown::new(
                "the quota of the project decides how many instances there can be",
                match self.written {
                    Written::File => "`autoscaling.knative.dev/maxScale`",
                    Written::Command => "`--max-instances` of `gcloud run deploy`",
                },
            );
            Fact::unknown(unknown, Origin::new(OriginKind::Platform, "Cloud Run"))
        };
        self.set(facts, vocabulary::SCALE_MIN, min);
        self.set(facts, vocabulary::SCALE_MAX, Some(written("maxScale").unwrap_or_else(quota)));
        let scales = Origin::new(OriginKind::Platform, "instances are started by load");
        let scales = Fact::known(Value::Bool(true), scales);
        self.set(facts, vocabulary::SCALE_AUTOSCALING, Some(scales));
        // The CPU stays between requests where the file says so.
        let throttling = template.and_then(|it| it.get("run.googleapis.com/cpu-throttling"));
        let throttled = throttling.and_then(|it| Some((it, read::scalar_text(it)?)));
        if let Some((node, text)) = throttled {
            let origin = Origin::written(node.span, self.key("cpu-throttling"));
            let fact = Fact::known(Value::Bool(text != "false"), origin);
            facts.set(vocabulary::CPU_ONLY_DURING_REQUESTS, fact);
        }
        facts.anchor(vocabulary::CPU_ONLY_DURING_REQUESTS, self.headline);
    }

    /// What the liveness probe asks for. The probe at the start is over when requests come.
    fn checks(&self, facts: &mut Facts) {
        let Some(probe) = self.container.get("livenessProbe") else { return };
        for (id, path) in [
            (vocabulary::HEALTH_CHECK_PATH, ["httpGet", "path"].as_slice()),
            (vocabulary::HEALTH_CHECK_INTERVAL_S, &["periodSeconds"]),
            (vocabulary::HEALTH_CHECK_TIMEOUT_S, &["timeoutSeconds"]),
            (vocabulary::HEALTH_CHECK_GRACE_S, &["initialDelaySeconds"]),
        ] {
            let fact = probe.at(path).map(|it| read::written(it, "`livenessProbe`"));
            self.set(facts, id, fact);
        }
    }

    /// How messages call a key: by the option of the command that stands for it.
    fn key(&self, key: &str) -> &'static str {
        let (key, option) = match key {
            "cpu" => ("`cpu`", "`--cpu`"),
            "memory" => ("`memory`", "`--memory`"),
            "timeoutSeconds" => ("`timeoutSeconds`", "`--timeout`"),
            "containerConcurrency" => ("`containerConcurrency`", "`--concurrency`"),
            "containerPort" => ("`containerPort`", "`--port`"),
            "minScale" => ("`minScale`", "`--min-instances`"),
            "maxScale" => ("`maxScale`", "`--max-instances`"),
            "execution-environment" => ("`execution-environment`", "`--execution-environment`"),
            "cpu-throttling" => ("`cpu-throttling`", "`--cpu-throttling`"),
            _ => ("a key", "an option"),
        };
        match self.written {
            Written::File => key,
            Written::Command => option,
        }
    }

    /// What a command leaves out stays as it was, and is the default of a new service.
    fn kept(&self, id: FactId, fact: Fact) -> Fact {
        let is_kept = [
            vocabulary::MACHINE_CPUS,
            vocabulary::MACHINE_MEMORY_MB,
            vocabulary::ROUTER_REQUEST_TIMEOUT_S,
            vocabulary::ROUTER_HARD_LIMIT,
            vocabulary::SCALE_MIN,
        ];
        let is_default = fact.origin.kind != OriginKind::Written;
        if self.written == Written::File || !is_default || !is_kept.contains(&id) {
            return fact;
        }
        let source = format!(
            "{}: a new service gets this where `gcloud run deploy` says nothing of it",
            fact.origin.source
        );
        let origin = Origin { kind: OriginKind::Assumed, source, ..fact.origin };
        Fact { origin, ..fact }
    }

    fn set(&self, facts: &mut Facts, id: FactId, fact: Option<Fact>) {
        if let Some(fact) = fact.map(|it| self.kept(id, it)) {
            facts.set(id, fact);
            facts.anchor(id, self.headline);
        }
    }
}

/// The image of a container, with what it starts. `None` where it names none.
fn started(container: &Node) -> Option<Started<'_>> {
    Started::of(container, ["command", "args"])
}

/// Registries in which people keep their own images. `gcr.io/cloudrun` and the like are samples.
fn is_registry_of_google(image: &Node) -> bool {
    let Some((host, rest)) = image.as_str().and_then(|it| it.split_once('/')) else { return false };
    let is_sample = ["cloudrun/", "knative-samples/", "google-samples/"];
    (host == "gcr.io" || host.ends_with(".gcr.io") || host.ends_with("-docker.pkg.dev"))
        && !is_sample.iter().any(|it| rest.starts_with(it))
}

/// Whether an image is named like the service that runs it: then it is taken to come from the
/// Dockerfile beside the file, and else nothing is known of it.
fn is_own_image(image: &Node, service: &str) -> bool {
    let path = image.as_str().and_then(|it| it.split_once('/')).map_or("", |(_, path)| path);
    let names = path.split(['/', ':', '@']);
    is_registry_of_google(image) && names.into_iter().any(|it| it == service)
}

/// The amount of a scalar; nothing here can be less than none.
pub(crate) fn amount(node: &Node) -> Option<f64> {
    kubernetes::amount(&read::scalar_text(node)?).filter(|it| *it >= 0.0)
}

fn image(context: &mut Context<'_, '_>, folder: &str) -> Option<dockerfile::Image> {
    let path = join(folder, "Dockerfile")?;
    if !context.workspace.is_file(&path) {
        return None;
    }
    let build = Build { path: &path, context: folder, target: None, arguments: &|_| None };
    dockerfile::image(context, &build)
}

/// The words of some lists, run without a shell.
pub(crate) fn words(lists: &[Option<&Node>]) -> Command {
    let nodes = || lists.iter().flatten().flat_map(|it| it.elements());
    let words: Option<Vec<_>> = nodes().map(|it| it.as_text().cloned()).collect();
    let span = lists.iter().flatten().next().map(|it| it.span);
    match (words, span) {
        (Some(words), Some(span)) => Command::Words { words, span },
        _ => Command::Unknown(Unknown::because("a word of the command is not text")),
    }
}

pub(crate) fn measured(node: &Node, source: &str, amount: Option<f64>) -> Fact {
    let origin = Origin::written(node.span, source);
    match amount {
        Some(amount) => Fact::known(Value::of_number(amount), origin),
        None => {
            let reason = format!("{source} is not an amount as Kubernetes writes it");
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
}
