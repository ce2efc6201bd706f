//! `gcloud run deploy` in a workflow: a service of Cloud Run that no file describes.
//!
//! Its options are those of a service's YAML under other names, so they are read as one. What they
//! leave out is what the service has already.
//!
//! Source: <https://cloud.google.com/sdk/gcloud/reference/run/deploy>.

use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::draft::{Command, Context, DeploymentDraft};
use crate::fact::{Fact, Origin, Unknown, Value};
use crate::formats;
use crate::images::dockerfile::{self, Build};
use crate::manifests::steps::{self, Built, Flag, HOLE, Run, flag};
use crate::manifests::{env_file, procfile, read};
use crate::parse::Syntax;
use crate::project::{Environment, Facts};
use crate::quantity::go;
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::join;

use super::cloud_run::{PLATFORM, Service, Written};

/// Options without a value, beside those that begin with one of [`SWITCH_PREFIXES`].
///
/// Source: the flags of `gcloud run deploy` that are no `=VALUE`.
const SWITCHES: &[&str] = &[
    "allow-unauthenticated",
    "async",
    "cpu-boost",
    "cpu-throttling",
    "default-url",
    "invoker-iam-check",
    "iap",
    "q",
    "quiet",
    "session-affinity",
    "use-http2",
    "gpu-zonal-redundancy",
    "deploy-health-check",
];

/// Options that begin so have no value.
const SWITCH_PREFIXES: &[&str] = &["no-", "clear-"];

/// Names of the process where the workflow fills in that of the service.
const SERVICE: &str = "service";

/// A command that deploys a service.
struct Deploy<'r> {
    run: &'r Run,
    flags: Vec<Flag>,
    name: Option<Spanned<String>>,
}

/// Lowers a workflow: a deployment for each service that it deploys.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let manifest = context.manifest;
    let format = formats::FORMATS.iter().find(|it| it.name == "workflow");
    let root = format.map_or("", |it| it.root(manifest)).to_owned();
    let runs = steps::runs(&document.root, &root);
    let builds: Vec<Built> = runs.iter().filter_map(Built::of).collect();
    let mut drafts: Vec<DeploymentDraft> = Vec::new();
    for deploy in runs.iter().filter_map(Deploy::of) {
        drafts.extend(deploy.draft(context, &root, &builds));
    }
    drafts
}

impl<'r> Deploy<'r> {
    fn of(run: &'r Run) -> Option<Self> {
        let is_switch = |name: &str| {
            SWITCHES.contains(&name) || SWITCH_PREFIXES.iter().any(|it| name.starts_with(it))
        };
        let (flags, others) = run.parts(&is_switch);
        let mut others = others.into_iter().filter(|it| it.value != "sudo").peekable();
        others.next_if(|it| it.value == "gcloud")?;
        others.next_if(|it| matches!(it.value.as_str(), "beta" | "alpha"));
        others.next_if(|it| it.value == "run")?;
        others.next_if(|it| it.value == "deploy")?;
        let name = others.next().filter(|it| !it.value.contains(HOLE));
        let name = name.map(|it| Spanned::new(it.value.clone(), it.span()));
        Some(Self { run, flags, name })
    }

    fn value(&self, names: &[&str]) -> Option<&Text> {
        flag(&self.flags, names)?.value.as_ref()
    }

    fn draft(
        &self,
        context: &mut Context<'_, '_>,
        root: &str,
        builds: &[Built],
    ) -> Option<DeploymentDraft> {
        let span = self.name.as_ref().map_or(self.run.span, |it| it.span);
        let tree = self.service();
        let service = Service::of(&tree, Written::Command)?;
        let platform = context.catalog.platform(PLATFORM);
        let folder = self.run.folder.clone().unwrap_or_else(|| root.to_owned());
        let mut process = service.plain(platform, &folder);
        process.command = Command::Unknown(Unknown::because(
            "the image that is deployed is not made from a Dockerfile that is known",
        ));
        let image = self.image(context, root, builds);
        let has_image = image.is_some();
        service.start(context, &mut process, image);
        if !has_image && let Some(source) = self.source(&folder) {
            // Buildpacks run what a Procfile says:
            // <https://cloud.google.com/docs/buildpacks/about-procfile>.
            process.folder.clone_from(&source);
            if let (Command::Unknown(_), Some(web)) =
                (&process.command, procfile::web(context, &source))
            {
                process.command = web;
            }
        }
        self.environment(context, &mut process.environment);
        self.advice(&mut process.facts);
        let fact = Fact::known(
            Value::Text(PLATFORM.to_owned()),
            Origin::written(self.run.span, "`gcloud run deploy`"),
        );
        let mut deployment = super::deployment(fact, span, vec![process]);
        deployment.name = self.name.as_ref().map_or_else(String::new, |it| it.value.clone());
        if let Some(region) = self.value(&["region"]) {
            let region = read::written(&steps::node(region), "`--region`");
            deployment.facts.set(vocabulary::REGION, region);
        }
        Some(deployment)
    }

    /// Which options say what a service in a file says by keys.
    ///
    /// Source: <https://cloud.google.com/sdk/gcloud/reference/run/deploy>
    fn advice(&self, facts: &mut Facts) {
        let origin = Origin::written(self.run.span, "`gcloud run deploy`");
        for (id, text) in [
            (vocabulary::PLATFORM_ADVICE_MEMORY, "`--memory`"),
            (vocabulary::PLATFORM_ADVICE_SECRET, "with `--set-secrets`"),
            (vocabulary::PLATFORM_ADVICE_STAYS, "set `--min-instances 1`"),
            (vocabulary::PLATFORM_ADVICE_VARIABLE, "with `--set-env-vars`"),
        ] {
            facts.set(id, Fact::known(Value::Text(text.to_owned()), origin.clone()));
        }
    }

    /// The folder of `--source`.
    fn source(&self, folder: &str) -> Option<String> {
        let source = self.value(&["source"]).filter(|it| !it.value.contains(HOLE))?;
        join(folder, &source.value)
    }

    /// The image that is made from a Dockerfile of the project.
    fn image(
        &self,
        context: &mut Context<'_, '_>,
        root: &str,
        builds: &[Built],
    ) -> Option<dockerfile::Image> {
        let folder = self.run.folder.as_deref()?;
        if flag(&self.flags, &["source"]).is_some() {
            let folder = self.source(folder)?;
            let path = join(&folder, "Dockerfile")?;
            let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
            return dockerfile::image(context, &build);
        }
        let written = self.value(&["image"])?;
        let here = Built { path: join(root, "Dockerfile")?, folder: root.to_owned(), target: None };
        let (built, reason) = match builds {
            [] if is_registry(&written.value) => (&here, format!("`{}` makes it", here.path)),
            [first, rest @ ..] if rest.iter().all(|it| it == first) => {
                (first, format!("the workflow builds `{}`", first.path))
            }
            _ => return None,
        };
        let build = Build {
            path: &built.path,
            context: &built.folder,
            target: built.target.as_deref(),
            arguments: &|_| None,
        };
        let mut image = dockerfile::image(context, &build)?;
        let name = written.value.replace(HOLE, "…");
        image.assume(format!("`{name}` is taken to be the image of the project: {reason}"));
        Some(image)
    }

    /// The options as the YAML of the service that they make.
    fn service(&self) -> Node {
        let span = self.name.as_ref().map_or(self.run.span, |it| it.span);
        let value = |names: &[&str]| self.value(names).map(|it| (steps::node(it), it));
        let named = |key: &str, names: &[&str]| Some(Entry::of(key, value(names)?.0));
        let limits: Vec<Entry> =
            ["cpu", "memory"].iter().filter_map(|it| named(it, &[it])).collect();
        let name = self.name.as_ref().map_or(SERVICE, |it| it.value.as_str());
        let mut container =
            vec![Entry::of("resources", map(vec![Entry::of("limits", map(limits, span))], span))];
        container.extend(named("image", &["image"]));
        let whole = |it: (Node, &Text)| number(it.0);
        if let Some(port) = value(&["port"]).map(whole) {
            let port = map(vec![Entry::of("containerPort", port)], span);
            container.push(Entry::of("ports", list(vec![port], span)));
        }
        for key in ["command", "args"] {
            if let Some(text) = self.value(&[key]).filter(|it| !it.value.is_empty()) {
                let words = items(text).iter().map(steps::node).collect();
                container.push(Entry::of(key, list(words, text.span())));
            }
        }
        let mut spec = vec![Entry::of("containers", list(vec![map(container, span)], span))];
        spec.extend(value(&["timeout"]).map(|it| Entry::of("timeoutSeconds", seconds(it.0))));
        let concurrency = value(&["concurrency"]).filter(|it| it.1.value != "default");
        spec.extend(concurrency.map(|it| Entry::of("containerConcurrency", whole(it))));
        let mut annotations = Vec::new();
        for (key, names) in
            [("minScale", ["min-instances", "min"]), ("maxScale", ["max-instances", "max"])]
        {
            let written = value(&names).filter(|it| it.1.value != "default");
            let key = format!("autoscaling.knative.dev/{key}");
            annotations.extend(written.map(|it| Entry::of(&key, whole(it))));
        }
        if let Some(it) = flag(&self.flags, &["cpu-throttling", "no-cpu-throttling"]) {
            let is_on = it.name == "cpu-throttling";
            let node = Node::new(NodeKind::Bool(is_on), it.span);
            annotations.push(Entry::of("run.googleapis.com/cpu-throttling", node));
        }
        let environment = "execution-environment";
        let key = format!("run.googleapis.com/{environment}");
        annotations.extend(named(&key, &[environment]));
        let metadata = map(vec![Entry::of("annotations", map(annotations, span))], span);
        let template =
            map(vec![Entry::of("metadata", metadata), Entry::of("spec", map(spec, span))], span);
        let name = Node::new(NodeKind::String(Text::new(name, span, Vec::new())), span);
        let metadata = map(vec![Entry::of("name", name)], span);
        let spec = map(vec![Entry::of("template", template)], span);
        map(vec![Entry::of("metadata", metadata), Entry::of("spec", spec)], span)
    }

    /// Variables of the options.
    fn environment(&self, context: &mut Context<'_, '_>, environment: &mut Environment) {
        if let Some(file) = self.value(&["env-vars-file"]) {
            self.file(context, file, environment);
        }
        for it in self.flags.iter().filter(|it| it.name.ends_with("-env-vars")) {
            for pair in it.value.iter().flat_map(items) {
                let Some((name, _)) = pair.value.split_once('=') else { continue };
                let value = steps::node(&pair.slice(name.len() + 1..pair.value.len()));
                let place = format!("`--{}`", it.name);
                let fact = super::variable(name, Some(&value), pair.span(), &place);
                environment.set(name, fact);
            }
        }
        for it in self.flags.iter().filter(|it| it.name.ends_with("-secrets")) {
            for pair in it.value.iter().flat_map(items) {
                let Some((name, _)) = pair.value.split_once('=') else { continue };
                environment.set(name, super::variable(name, None, pair.span(), "a secret"));
            }
        }
    }

    /// The variables of a YAML file with nothing but names and values.
    fn file(&self, context: &mut Context<'_, '_>, name: &Text, environment: &mut Environment) {
        let is_plain = !name.value.contains(HOLE);
        let path = self.run.folder.as_deref().filter(|_| is_plain);
        let path = path.and_then(|it| join(it, &name.value));
        let file = path.and_then(|it| context.workspace.open(&it));
        let Some(file) = file else {
            let said = "the file of `--env-vars-file` is not in the project";
            let unknown = Unknown::new(said, "the variable under `[env]` in opslint.toml");
            let origin = Origin::written(name.span(), "`--env-vars-file`");
            env_file::unread(said, &Fact::unknown(unknown, origin), environment);
            return;
        };
        let document = context.workspace.look_into(file, Syntax::Yaml);
        for it in document.root.entries() {
            let name = &it.key.value;
            let place = "the file of `--env-vars-file`";
            environment.set(name, super::variable(name, Some(&it.value), it.span(), place));
        }
    }
}

/// The parts of a list: between commas, or between what stands between two `^` at its start; lines
/// count as well where an action makes the list.
///
/// Source: <https://cloud.google.com/sdk/gcloud/reference/topic/escaping>
fn items(text: &Text) -> Vec<Text> {
    let custom = text.value.strip_prefix('^').and_then(|it| it.split_once('^'));
    let (separators, start): (Vec<&str>, usize) = match custom {
        Some((separator, _)) if !separator.is_empty() => (vec![separator], separator.len() + 2),
        _ => (vec![",", "\n"], 0),
    };
    let mut parts = Vec::new();
    let mut at = start;
    while at <= text.value.len() {
        let rest = &text.value[at..];
        let found = separators.iter().filter_map(|it| Some((rest.find(it)?, it.len()))).min();
        let (len, skip) = found.unwrap_or((rest.len(), 1));
        parts.push(text.slice(at..at + len));
        at += len + skip;
    }
    parts.retain(|it| !it.value.trim().is_empty());
    parts
}

/// Seconds of a duration: a number of them, or numbers with units.
fn seconds(node: Node) -> Node {
    let seconds = match node.as_str() {
        None => return node,
        Some(text) => text.parse().ok().or_else(|| go::duration_s(text).ok()),
    };
    match seconds {
        Some(seconds) if seconds >= 0.0 => {
            Node::new(NodeKind::Integer(seconds.round() as i64), node.span)
        }
        _ => node,
    }
}

/// A whole number that is written as text.
fn number(node: Node) -> Node {
    match node.as_str().and_then(|it| it.parse().ok()) {
        Some(value) => Node::new(NodeKind::Integer(value), node.span),
        None => node,
    }
}

fn map(entries: Vec<Entry>, span: Span) -> Node {
    Node::new(NodeKind::Map(entries), span)
}

fn list(nodes: Vec<Node>, span: Span) -> Node {
    Node::new(NodeKind::List(nodes), span)
}

/// Whether an image is in a registry of Google's, where people keep their own.
fn is_registry(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    let rest = &image[host.len()..];
    let is_sample = ["/cloudrun/", "/knative-samples/", "/google-samples/"];
    let is_google = host == "gcr.io"
        || host.ends_with(".gcr.io")
        || host.ends_with("-docker.pkg.dev")
        || host.contains(HOLE);
    is_google && !is_sample.iter().any(|it| rest.starts_with(it))
}
