//! app.yaml of App Engine: a service in the standard or the flexible environment is a web process.
//!
//! Without `entrypoint`, App Engine starts gunicorn with `main:app` through a program of its own
//! that decides about the workers, so nothing is known of them.
//!
//! Sources: <https://cloud.google.com/appengine/docs/standard/reference/app-yaml>,
//! <https://cloud.google.com/appengine/docs/standard/python3/runtime>, and
//! github.com/GoogleCloudPlatform/buildpacks, pkg/appengine/appengine.go.

use crate::document::{Document, Node};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile::{self, Build};
use crate::manifests::packages::{self, Builder};
use crate::manifests::{catalog, npm, read};
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{join, parent};

use super::{default, int, variable};

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "app-engine";

/// Keys that choose a way of scaling; the first is the one without them.
const SCALINGS: [&str; 3] = ["automatic_scaling", "basic_scaling", "manual_scaling"];

/// Lowers an app.yaml: one process.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let Some(runtime) = root.entry("runtime") else { return Vec::new() };
    let headline = runtime.span();
    let platform = context.catalog.platform(PLATFORM);
    let mut facts = Facts::new();
    let kind = Origin::written(headline, "a service gets requests");
    facts.set(vocabulary::KIND, Fact::known(Value::Text("web".to_owned()), kind));
    match is_flexible(root) {
        true => flexible(root, headline, &mut facts),
        false => standard(platform, root, headline, &mut facts),
    }
    if let Some(version) = python(root) {
        facts.set(vocabulary::RUNTIME_PYTHON, version);
    }
    if let Some((language, version)) = node_or_ruby(root) {
        facts.set(vocabulary::RUNTIME_LANGUAGE, language);
        facts.set(vocabulary::RUNTIME_VERSION, version);
    }
    let name = root.get("service").or_else(|| root.get("module"));
    let name = name.and_then(|it| Some((it.as_str()?, it.span))).unwrap_or(("default", headline));
    let mut process = ProcessDraft {
        name: Spanned::new(name.0.to_owned(), name.1),
        span: headline,
        command: command(root),
        folder: parent(context.manifest).to_owned(),
        environment: environment(platform, root),
        facts,
    };
    let language = runtime.value.as_str().unwrap_or_default();
    if language == "custom" {
        image(context, root, &mut process);
    }
    if let (Command::Unknown(_), true) = (&process.command, language.starts_with("nodejs"))
        && let Some(command) = npm::start(context, &process.folder)
    {
        process.command = command;
    }
    let is_built = !is_flexible(root) && matches!(process.command, Command::Shell(_));
    if is_built && language.starts_with("python3") {
        packages::set(context, Builder::AppEngine, None, &mut process);
    }
    let platform = super::platform_of_format(PLATFORM, Span::start_of(document.file));
    vec![super::deployment(platform, headline, vec![process])]
}

fn is_flexible(root: &Node) -> bool {
    let env = root.get("env").and_then(Node::as_str);
    matches!(env, Some("flex" | "flexible")) || root.get("vm").and_then(Node::as_bool) == Some(true)
}

fn command(root: &Node) -> Command {
    match root.get("entrypoint").and_then(Node::as_text) {
        Some(text) if !text.value.trim().is_empty() => Command::Shell(text.clone()),
        _ => Command::Unknown(Unknown::new(
            "app.yaml names no command, so App Engine chooses the server and its workers",
            "`entrypoint` in app.yaml",
        )),
    }
}

/// `runtime: custom` builds the Dockerfile in the folder of app.yaml.
fn image(context: &mut Context<'_, '_>, root: &Node, process: &mut ProcessDraft) {
    let folder = process.folder.clone();
    let Some(path) = join(&folder, "Dockerfile").filter(|it| context.workspace.is_file(it)) else {
        return;
    };
    let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
    let Some(image) = dockerfile::image(context, &build) else { return };
    if root.get("entrypoint").is_none() {
        process.command = image.command(context.acc);
    }
    process.environment = image.environment(&process.environment);
    image.facts(&process.environment, &mut process.facts);
    process.folder = image.folder;
}

fn environment(platform: Option<&Platform>, root: &Node) -> Environment {
    let mut environment = Environment::new();
    let injected = platform.map(|it| catalog::injected(it, "web", None, None));
    for (name, fact) in injected.unwrap_or_default() {
        environment.set(name, fact);
    }
    for entry in root.get("env_variables").map(Node::entries).unwrap_or_default() {
        let fact =
            variable(&entry.key.value, Some(&entry.value), entry.key.span, "`env_variables`");
        environment.set(&entry.key.value, fact);
    }
    environment
}

/// The version in `python312`, or in `runtime_config` of the flexible environment.
fn python(root: &Node) -> Option<Fact> {
    let runtime = root.get("runtime")?;
    if let Some(version) = root.at(&["runtime_config", "runtime_version"]) {
        let text = read::scalar_text(version).filter(|it| it.contains('.'))?;
        let is_python = runtime.as_str() == Some("python");
        let origin = Origin::written(version.span, "`runtime_version`");
        return is_python.then(|| Fact::known(Value::Text(text), origin));
    }
    let digits = runtime.as_str()?.strip_prefix("python")?;
    let is_version = digits.len() >= 2 && digits.bytes().all(|it| it.is_ascii_digit());
    let (major, minor) = is_version.then(|| digits.split_at(1))?;
    let origin = Origin::written(runtime.span, "`runtime`");
    Some(Fact::known(Value::Text(format!("{major}.{minor}")), origin))
}

/// The language and the version in `nodejs20` and `ruby32`.
fn node_or_ruby(root: &Node) -> Option<(Fact, Fact)> {
    let runtime = root.get("runtime")?;
    let is_version = |it: &&str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit());
    let text = runtime.as_str()?;
    let digits = |name: &str| text.strip_prefix(name).filter(is_version);
    let (language, version) = match (digits("nodejs"), digits("ruby")) {
        (Some(major), _) => ("node", major.to_owned()),
        (None, Some(digits)) => ("ruby", format!("{}.{}", &digits[..1], &digits[1..])),
        (None, None) => return None,
    };
    let fact =
        |text: String| Fact::known(Value::Text(text), Origin::written(runtime.span, "`runtime`"));
    Some((fact(language.to_owned()), fact(version)))
}

/// The instance class, and what comes with the way of scaling.
fn standard(platform: Option<&Platform>, root: &Node, headline: Span, facts: &mut Facts) {
    let scaling = SCALINGS.iter().find(|it| root.get(it).is_some()).unwrap_or(&SCALINGS[0]);
    let row = platform.and_then(|it| it.scaling(scaling));
    let class = root.get("instance_class").filter(|it| it.as_str().is_some());
    let default_class = row.and_then(|it| it.plan.as_ref());
    let name = class.and_then(Node::as_str).or(default_class.map(|it| it.value.as_str()));
    let plan = platform
        .zip(name)
        .and_then(|(platform, name)| Some((platform, platform.plan_of_any_kind(name)?)));
    let span = class.map_or(headline, |it| it.span);
    if let Some((platform, plan)) = plan {
        catalog::set_machine(facts, &catalog::machine(platform, plan), Some(span));
    }
    let class = class.map(|it| read::written(it, "`instance_class`"));
    if let Some(fact) = class.or_else(|| default_class.map(|it| it.fact("App Engine default"))) {
        facts.set(vocabulary::MACHINE_PLAN, fact);
        facts.anchor(vocabulary::MACHINE_PLAN, headline);
    }
    if let Some(timeout) = row.and_then(|it| it.request_timeout_s.as_ref()) {
        let what = format!("App Engine with `{scaling}`");
        facts.set(vocabulary::ROUTER_REQUEST_TIMEOUT_S, timeout.fact(&what));
        facts.anchor(vocabulary::ROUTER_REQUEST_TIMEOUT_S, headline);
    }
    let options = root.get(scaling);
    if let Some(node) = options.and_then(|it| it.get("max_concurrent_requests")) {
        facts.set(vocabulary::ROUTER_HARD_LIMIT, int(node, "`max_concurrent_requests`"));
    }
    scale(scaling, options, headline, facts);
}

fn scale(scaling: &str, options: Option<&Node>, headline: Span, facts: &mut Facts) {
    let written = |key: &str| {
        let node = options.and_then(|it| it.get(key))?;
        Some(int(node, &format!("`{key}`")))
    };
    let manual = scaling == "manual_scaling";
    let (min, max) = match manual {
        true => (written("instances"), written("instances")),
        false => (written("min_instances"), written("max_instances")),
    };
    let none = || default(Value::Int(0), "App Engine stops instances without traffic");
    let min = if manual { min } else { min.or_else(|| Some(none())) };
    let stops = min.as_ref().and_then(Fact::int).map(|it| it == 0);
    let origin = |source| Origin::new(OriginKind::Platform, source);
    let by_load = origin("App Engine starts instances by load, unless their number is written");
    let stops = stops.map(|it| Fact::known(Value::Bool(it), origin("whether an instance is kept")));
    for (id, fact) in [
        (vocabulary::SCALE_MIN, min),
        (vocabulary::SCALE_MAX, max),
        (vocabulary::SCALE_AUTOSCALING, Some(Fact::known(Value::Bool(!manual), by_load))),
        (vocabulary::SCALE_STOPS_WHEN_IDLE, stops),
    ] {
        if let Some(fact) = fact {
            facts.set(id, fact);
            facts.anchor(id, headline);
        }
    }
}

/// A machine of the flexible environment, as far as it is written.
fn flexible(root: &Node, headline: Span, facts: &mut Facts) {
    let resource = |key: &str| root.at(&["resources", key]);
    if let Some(node) = resource("cpu").filter(|it| it.as_number().is_some()) {
        facts.set(vocabulary::MACHINE_CPUS, read::written(node, "`cpu`"));
    }
    if let Some((node, gb)) = resource("memory_gb").and_then(|it| Some((it, it.as_number()?))) {
        let origin = Origin::written(node.span, "`memory_gb`");
        let memory = Fact::known(Value::of_number((gb * 1024.0).floor()), origin);
        facts.set(vocabulary::MACHINE_MEMORY_MB, memory);
    }
    let scaling = |keys: [&str; 2]| root.at(&keys).map(|it| int(it, &format!("`{}`", keys[1])));
    let instances = scaling(["manual_scaling", "instances"]);
    let min = scaling(["automatic_scaling", "min_num_instances"]).or_else(|| instances.clone());
    let max = scaling(["automatic_scaling", "max_num_instances"]).or(instances);
    let path = root.at(&["readiness_check", "path"]);
    for (id, fact) in [
        (vocabulary::SCALE_MIN, min),
        (vocabulary::SCALE_MAX, max),
        (vocabulary::HEALTH_CHECK_PATH, path.map(|it| read::written(it, "`readiness_check`"))),
    ] {
        if let Some(fact) = fact {
            facts.set(id, fact);
            facts.anchor(id, headline);
        }
    }
}
