//! .do/app.yaml: an app spec of DigitalOcean App Platform.
//!
//! Source: docs.digitalocean.com/products/app-platform/reference/app-spec. Numbers are in
//! `platforms/digitalocean.toml`.

use std::collections::BTreeSet;

use crate::document::{Document, Node};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build};
use crate::manifests::packages::{self, Builder};
use crate::manifests::{catalog, npm, read, runtime};
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{join, parent};

/// The platform's id in the catalog.
const PLATFORM: &str = "digitalocean";

/// Lists of components that run code.
const COMPONENTS: &[(&str, &str)] = &[("services", "web"), ("workers", "worker"), ("jobs", "cron")];

/// Lowers an app spec: a process for each service, worker and job.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let spec = document.root.get("spec").unwrap_or(&document.root);
    let mut processes = Vec::new();
    for (list, kind) in COMPONENTS {
        let components = spec.get(list).map(Node::elements).unwrap_or_default();
        for component in components.iter().take((PROCESSES_MAX + 1).saturating_sub(processes.len()))
        {
            processes.push(process(context, spec, component, kind));
        }
    }
    if processes.is_empty() {
        return Vec::new();
    }
    let name = spec.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
    let span = spec.entry("name").map_or(Span::start_of(document.file), |it| it.span());
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    if let Some(region) = spec.get("region").filter(|it| it.as_str().is_some()) {
        facts.set(vocabulary::REGION, read::written(region, "`region`"));
    }
    vec![DeploymentDraft { name, span, facts, processes }]
}

fn process(
    context: &mut Context<'_, '_>,
    spec: &Node,
    component: &Node,
    kind: &str,
) -> ProcessDraft {
    let entry = component.entry("name").or_else(|| component.entries().first());
    let span = entry.map_or(component.span, |it| it.span());
    let name = component.get("name").and_then(Node::as_str).unwrap_or(kind).to_owned();
    let job = component.get("kind").and_then(Node::as_str);
    let kind = match job {
        Some("PRE_DEPLOY" | "POST_DEPLOY" | "FAILED_DEPLOY") => "release",
        _ => kind,
    };
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the list it is in");
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    machine(context, component, span, kind, &mut facts);
    if kind == "web" {
        router(context, component, &mut facts);
    }
    shutdown(context, component, &mut facts);
    let mut environment = environment(spec, component);
    if kind == "web" {
        port(context, component, &mut environment, &mut facts);
    }
    if component.get("dockerfile_path").is_none() && component.get("image").is_none() {
        buildpack(component, &mut environment);
    }
    // The file is in `.do`, and paths are relative to the root of the repository.
    let root = parent(parent(context.manifest)).to_owned();
    let source = component.get("source_dir").and_then(Node::as_str).unwrap_or_default();
    let folder = join(&root, source.trim_start_matches('/')).unwrap_or_else(|| root.clone());
    let mut process = ProcessDraft {
        name: Spanned::new(name, span),
        span,
        command: command(component),
        folder,
        environment,
        facts,
    };
    // Its buildpack of Python is Heroku's: `runtime.txt` and `.python-version` pick the version.
    // Source: <https://docs.digitalocean.com/products/app-platform/reference/buildpacks/python/>
    if component.get("dockerfile_path").is_none() && component.get("image").is_none() {
        runtime::set_python(context, runtime::Picker::Buildpack, &mut process);
        if is_of_one_repository(spec) {
            packages::set(context, Builder::Heroku, component.get("build_command"), &mut process);
        }
    }
    if let Some(node) = component.get("dockerfile_path")
        && let Some(path) = node.as_str()
    {
        if is_of_one_repository(spec) {
            let named =
                Named { span: node.span, name: Some(path), folder: &root, may_be_above: true };
            context.acc.extend(missing(context.workspace, &named));
        }
        image(context, &root, path, &mut process);
    } else if let (Command::Unknown(_), "web", None) =
        (&process.command, kind, component.get("image"))
        && let Some(command) = npm::web(context, &process.folder)
    {
        // Buildpacks run what a Procfile says, or `npm start`:
        // <https://docs.digitalocean.com/products/app-platform/reference/buildpacks/python/>.
        process.command = command;
    }
    process
}

/// Whether all components are built from one repository, which is then taken to be this one.
fn is_of_one_repository(spec: &Node) -> bool {
    let lists = ["services", "workers", "jobs", "static_sites", "functions"];
    let components = lists.iter().filter_map(|it| spec.get(it)).flat_map(Node::elements);
    let named = components.filter_map(|it| {
        let hosted =
            ["github", "gitlab", "bitbucket"].iter().find_map(|host| it.at(&[host, "repo"]));
        hosted.or_else(|| it.at(&["git", "repo_clone_url"]))?.as_str()
    });
    named.collect::<BTreeSet<&str>>().len() < 2
}

fn command(component: &Node) -> Command {
    match component.get("run_command").and_then(Node::as_text) {
        Some(text) if !text.value.trim().is_empty() => Command::Shell(text.clone()),
        _ => Command::Unknown(Unknown::new(
            "the app spec names no command, so the buildpack or the image decides",
            "`run_command` in the app spec",
        )),
    }
}

/// `run_command` takes the place of CMD, and the entry point stays.
fn image(context: &mut Context<'_, '_>, root: &str, path: &str, process: &mut ProcessDraft) {
    let Some(path) = join(root, path.trim_start_matches('/')) else { return };
    let folder = process.folder.clone();
    let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
    let Some(image) = dockerfile::image(context, &build) else { return };
    process.command = match &process.command {
        Command::Unknown(_) => image.command(context.acc),
        written => image.command_behind_entrypoint(context.acc, written.clone()),
    };
    process.environment = image.environment(&process.environment);
    image.facts(&process.environment, &mut process.facts);
    process.folder = image.folder;
}

/// The variables of the app, and over them those of the component. `${…}` is filled in by the
/// platform; what counts only for the build is left out.
fn environment(spec: &Node, component: &Node) -> Environment {
    let mut environment = Environment::new();
    for owner in [spec, component] {
        for variable in owner.get("envs").map(Node::elements).unwrap_or_default() {
            let scope = variable.get("scope").and_then(Node::as_str);
            let Some(key) = variable.get("key").and_then(Node::as_str) else { continue };
            if scope == Some("BUILD_TIME") {
                continue;
            }
            let value = variable.get("value");
            let origin = Origin {
                kind: OriginKind::Env,
                span: Some(value.map_or(variable.span, |it| it.span)),
                source: format!("`{key}` in `envs`"),
                inputs: Vec::new(),
            };
            let text = value.and_then(read::scalar_text).filter(|it| !it.contains("${"));
            let secret = variable.get("type").and_then(Node::as_str) == Some("SECRET");
            let fact = match text.filter(|_| !secret) {
                Some(text) => Fact::known(Value::Text(text), origin),
                None => {
                    let reason = format!("DigitalOcean sets `{key}` when the process starts");
                    let settle_with = format!("`{key}` under `[env]` in opslint.toml");
                    Fact::unknown(Unknown::new(reason, settle_with), origin)
                }
            };
            environment.set(key, fact);
        }
    }
    environment
}

fn machine(context: &Context<'_, '_>, component: &Node, span: Span, kind: &str, facts: &mut Facts) {
    let platform = context.catalog.platform(PLATFORM);
    match component.get("instance_size_slug").filter(|it| it.as_str().is_some()) {
        Some(node) => {
            let slug = node.as_str().unwrap_or_default();
            let plan = platform.and_then(|it| Some((it, it.plan(slug, kind)?)));
            if let Some((platform, plan)) = plan {
                let machine = catalog::machine(platform, plan);
                catalog::set_machine(facts, &machine, Some(node.span));
            }
            facts.set(vocabulary::MACHINE_PLAN, read::written(node, "`instance_size_slug`"));
        }
        None => {
            let plan = platform.and_then(|it| Some((it, catalog::default_plan(it, kind)?)));
            if let Some((platform, plan)) = plan {
                let machine = assumed(&catalog::machine(platform, plan));
                catalog::set_machine(facts, &machine, Some(span));
            }
        }
    }
    if kind == "web" || kind == "worker" {
        scale(component, span, facts);
    }
}

/// The smallest machine, which a component without a size is taken to get.
fn assumed(machine: &Facts) -> Facts {
    let mut facts = Facts::new();
    for (id, fact) in machine.iter() {
        let source = format!("{}: a component without a size gets this", fact.origin.source);
        let origin = Origin { kind: OriginKind::Assumed, source, ..fact.origin.clone() };
        facts.set(id, Fact { origin, ..fact.clone() });
    }
    facts
}

fn scale(component: &Node, span: Span, facts: &mut Facts) {
    let autoscaling = component.entry("autoscaling");
    let origin = match autoscaling {
        Some(entry) => Origin::written(entry.key.span, "`autoscaling`"),
        None => Origin::new(OriginKind::Default, "no `autoscaling` is written"),
    };
    let is_on = Fact::known(Value::Bool(autoscaling.is_some()), origin);
    facts.set(vocabulary::SCALE_AUTOSCALING, is_on);
    for (id, key) in [
        (vocabulary::SCALE_MIN, "min_instance_count"),
        (vocabulary::SCALE_MAX, "max_instance_count"),
    ] {
        let written = match autoscaling {
            Some(entry) => entry.value.get(key).map(|it| read::written(it, key)),
            None => component.get("instance_count").map(|it| read::written(it, "`instance_count`")),
        };
        let default = || {
            let origin = Origin::new(OriginKind::Default, "DigitalOcean default");
            Fact::known(Value::Int(1), origin)
        };
        facts.set(id, written.unwrap_or_else(default));
        facts.anchor(id, span);
    }
    let origin = Origin::new(OriginKind::Platform, "DigitalOcean stops no instance when idle");
    facts.set(vocabulary::SCALE_STOPS_WHEN_IDLE, Fact::known(Value::Bool(false), origin));
}

fn router(context: &Context<'_, '_>, component: &Node, facts: &mut Facts) {
    let Some(check) = component.get("health_check") else {
        let origin = Origin::new(OriginKind::Default, "DigitalOcean only opens a connection");
        facts.set(vocabulary::HEALTH_CHECK_PATH, Fact::known(Value::Null, origin));
        return;
    };
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        let ids = [vocabulary::HEALTH_CHECK_INTERVAL_S, vocabulary::HEALTH_CHECK_TIMEOUT_S];
        catalog::set_limits(facts, platform, &ids);
    }
    for (id, key) in [
        // The old name of `http_path`, which is still taken.
        (vocabulary::HEALTH_CHECK_PATH, "path"),
        (vocabulary::HEALTH_CHECK_PATH, "http_path"),
        (vocabulary::HEALTH_CHECK_INTERVAL_S, "period_seconds"),
        (vocabulary::HEALTH_CHECK_TIMEOUT_S, "timeout_seconds"),
        (vocabulary::HEALTH_CHECK_GRACE_S, "initial_delay_seconds"),
    ] {
        if let Some(node) = check.get(key) {
            facts.set(id, read::written(node, &format!("`{key}`")));
        }
    }
}

/// What the buildpack of Python sets, which is Heroku's: its scripts look at the memory and the CPUs
/// of the container, and what they see there is not published.
fn buildpack(component: &Node, environment: &mut Environment) {
    let slug = component.get("environment_slug").and_then(Node::as_str);
    let name = "WEB_CONCURRENCY";
    if slug.is_some_and(|it| it != "python") || environment.has(name) {
        return;
    }
    let reason = "the buildpack of Python sets it from the memory and CPUs that it sees";
    let settle_with = format!("`{name}` under `[env]` in opslint.toml");
    let origin = Origin::new(OriginKind::Platform, "buildpack of DigitalOcean");
    environment.set(name, Fact::unknown(Unknown::new(reason, settle_with), origin));
}

/// `http_port`, which is 8080 where none is written. Without a variable `PORT`, one is added with the
/// same value, so that a server that reads it listens there.
fn port(
    context: &Context<'_, '_>,
    component: &Node,
    environment: &mut Environment,
    facts: &mut Facts,
) {
    let is_set = environment.has("PORT");
    let default = context.catalog.platform(PLATFORM).and_then(|it| it.router.port.as_ref());
    let port = match component.get("http_port").filter(|it| it.as_int().is_some()) {
        Some(node) => read::written(node, "`http_port`"),
        None if is_set => return,
        None => match default {
            Some(port) => port.fact("DigitalOcean default of `http_port`"),
            None => return,
        },
    };
    if !is_set {
        let value = Value::Text(port.state.to_string());
        let origin = Origin::new(OriginKind::Platform, "DigitalOcean sets `PORT` to `http_port`");
        environment.set("PORT", Fact::known(value, origin.with_input("http_port", port.clone())));
    }
    facts.set(vocabulary::ROUTER_PORT, port);
}

fn shutdown(context: &Context<'_, '_>, component: &Node, facts: &mut Facts) {
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        let ids = [vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];
        catalog::set_limits(facts, platform, &ids);
    }
    let grace = component.at(&["termination", "grace_period_seconds"]);
    if let Some(node) = grace.filter(|it| it.as_int().is_some()) {
        facts.set(vocabulary::SHUTDOWN_GRACE_S, read::written(node, "`grace_period_seconds`"));
    }
}
