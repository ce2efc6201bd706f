//! railway.toml and railway.json: how Railway builds and runs one service.
//!
//! Limits are set in the dashboard, so the usual plan is assumed. Source: Railway's reference of
//! configuration as code; numbers are in `platforms/railway.toml`.

use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build};
use crate::manifests::packages::{self, Builder};
use crate::manifests::{catalog, npm, procfile, read, usual};
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{folders_up, join, parent};

/// The platform's id in the catalog.
const PLATFORM: &str = "railway";

/// What is said at a Dockerfile that takes the shell from `startCommand`.
const WITHOUT_SHELL: &str = "Railway builds with this Dockerfile whatever `builder` says, and starts \
                             a command in an image without a shell";

/// Lowers a configuration: one process, and one for the command before a deployment.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let deploy = root.get("deploy");
    // Railway writes `null` for what is not set.
    let is_set = |it: &&Entry| it.value.kind != NodeKind::Null;
    let get = |key: &str| deploy.and_then(|it| it.entry(key)).filter(is_set);
    let span = root.entry("deploy").or_else(|| root.entries().first());
    let span = span.map_or(Span::start_of(document.file), |it| it.key.span);
    let folder = parent(context.manifest).to_owned();
    let kind = if get("cronSchedule").is_some() { "cron" } else { "web" };
    let mut facts = Facts::new();
    let origin =
        Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, "a service of Railway") };
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    settings(context, deploy, kind, &mut facts);
    let mut environment = Environment::new();
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        for (name, fact) in catalog::injected(platform, kind, None, None) {
            environment.set(name, fact);
        }
    }
    let mut process = ProcessDraft {
        name: Spanned::new("service".to_owned(), span),
        span,
        command: command(context, deploy),
        folder,
        environment,
        facts,
    };
    image(context, root, &mut process);
    let builder = root.at(&["build", "builder"]).and_then(Node::as_str);
    let is_built = builder.is_none_or(|it| !it.eq_ignore_ascii_case("dockerfile"));
    if let (Command::Unknown(_), true) = (&process.command, is_built && kind == "web")
        && let Some(command) = npm::start(context, &process.folder)
    {
        process.command = command;
    }
    let is_usual = builder
        .is_none_or(|it| ["NIXPACKS", "RAILPACK"].iter().any(|name| name.eq_ignore_ascii_case(it)));
    if is_usual && !matches!(process.command, Command::Image(_)) {
        let build = root.get("build");
        let given =
            |key: &str| build.and_then(|it| it.get(key)).filter(|it| it.kind != NodeKind::Null);
        if given("nixpacksPlan").is_none() && given("nixpacksConfigPath").is_none() {
            packages::set(context, Builder::Railway, given("buildCommand"), &mut process);
        }
    }
    let mut processes: Vec<_> =
        get("preDeployCommand").and_then(|it| release(it, &process)).into_iter().collect();
    processes.push(process);
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    let deployment = DeploymentDraft { name: String::new(), span, facts, processes };
    vec![deployment]
}

/// `startCommand`, else the one of nixpacks.toml beside the file.
fn command(context: &mut Context<'_, '_>, deploy: Option<&Node>) -> Command {
    let text = |it: &Text| Command::Shell(it.clone());
    let written = deploy.and_then(|it| it.get("startCommand")).and_then(Node::as_text);
    if let Some(written) = written.filter(|it| !it.value.trim().is_empty()) {
        return text(written);
    }
    let nixpacks = context.sibling("nixpacks.toml");
    let start = nixpacks.as_ref().and_then(|it| it.root.at(&["start", "cmd"])?.as_text().cloned());
    let folder = parent(context.manifest).to_owned();
    // Its builders run the process `web` of a Procfile: <https://nixpacks.com/docs/configuration/procfile>.
    match start.map(|it| text(&it)).or_else(|| procfile::web(context, &folder)) {
        Some(command) => command,
        None => {
            let name = context.manifest.rsplit('/').next().unwrap_or_default();
            Command::Unknown(Unknown::new(
                format!("{name} names no command, so the image or the builder decides"),
                "`startCommand` under `deploy`",
            ))
        }
    }
}

/// The folder that the path of a Dockerfile starts from. It is one of the repository's root
/// (docs.railway.com/builds/dockerfiles#custom-dockerfile-path), which the folder of the manifest
/// need not be; where several above would do, nobody knows which is meant.
fn folder_with(
    context: &Context<'_, '_>,
    folder: &str,
    name: &str,
    is_written: bool,
) -> Option<String> {
    let has_it = |it: &&str| join(it, name).is_some_and(|path| context.workspace.is_file(&path));
    let up = folders_up(folder).take(if is_written { usize::MAX } else { 1 });
    let mut found = up.filter(has_it);
    let first = found.next()?.to_owned();
    (first == folder || found.next().is_none()).then_some(first)
}

/// A Dockerfile wins over every builder. `startCommand` takes the place of CMD and ENTRYPOINT.
fn image(context: &mut Context<'_, '_>, root: &Node, process: &mut ProcessDraft) {
    let build = root.get("build");
    let written = build.and_then(|it| it.get("dockerfilePath")).and_then(Node::as_str);
    if let Some(node) = build.and_then(|it| it.get("dockerfilePath"))
        && let Some(name) = node.as_str()
    {
        let (span, name, folder) = (node.span, Some(name), process.folder.as_str());
        let named = Named { span, name, folder, may_be_above: true };
        context.acc.extend(missing(context.workspace, &named));
    }
    let name = written.unwrap_or("Dockerfile").trim_start_matches('/');
    let Some(folder) = folder_with(context, &process.folder, name, written.is_some()) else {
        return;
    };
    let Some(path) = join(&folder, name) else { return };
    let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
    let Some(image) = dockerfile::image(context, &build) else { return };
    process.command = match &process.command {
        Command::Unknown(_) => image.command(context.acc),
        // Where a Dockerfile builds, no shell runs the command:
        // <https://docs.railway.com/deployments/start-command>.
        Command::Shell(text) => image.text_without_shell(text, WITHOUT_SHELL),
        written => image.command_alone(written.clone()),
    };
    process.environment = image.environment(&process.environment);
    image.facts(&process.environment, &mut process.facts);
    process.folder = image.folder;
}

/// `preDeployCommand`: a text, or a list with one text.
fn release(entry: &Entry, process: &ProcessDraft) -> Option<ProcessDraft> {
    let text = match entry.value.elements() {
        [one] => one.as_text(),
        _ => entry.value.as_text(),
    };
    let mut facts = Facts::new();
    let origin = Origin::written(entry.key.span, "`preDeployCommand`");
    facts.set(vocabulary::KIND, Fact::known(Value::Text("release".to_owned()), origin));
    Some(ProcessDraft {
        name: Spanned::new("pre-deploy".to_owned(), entry.key.span),
        span: entry.span(),
        command: Command::Shell(text?.clone()),
        folder: process.folder.clone(),
        environment: process.environment.clone(),
        facts,
    })
}

/// The most that a replica gets on the usual plan. What it uses is billed, so no number of CPUs is
/// one to fill.
fn machine(context: &Context<'_, '_>, kind: &str, facts: &mut Facts) {
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        usual::machine(platform, kind, facts);
    }
    let unknown = Unknown::new(
        "limits of a replica are set in Railway's dashboard",
        "`machine.cpus` for the process in opslint.toml",
    );
    let origin = Origin::new(OriginKind::Platform, "Railway");
    facts.set(vocabulary::MACHINE_CPUS, Fact::unknown(unknown, origin));
}

fn settings(context: &Context<'_, '_>, deploy: Option<&Node>, kind: &str, facts: &mut Facts) {
    let get = |key: &str| deploy.and_then(|it| it.get(key));
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        let ids = [
            vocabulary::ROUTER_REQUEST_TIMEOUT_S,
            vocabulary::ROUTER_IDLE_TIMEOUT_S,
            vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S,
            vocabulary::SHUTDOWN_SIGNAL,
            vocabulary::SHUTDOWN_GRACE_S,
        ];
        catalog::set_limits(facts, platform, &ids);
    }
    machine(context, kind, facts);
    let path = match get("healthcheckPath").filter(|it| it.as_str().is_some()) {
        Some(node) => read::written(node, "`healthcheckPath`"),
        None => {
            // What the file leaves out is what the dashboard says (docs.railway.com/config-as-code).
            let source =
                "neither this file nor, as far as files say, Railway's dashboard has a path";
            Fact::known(Value::Null, Origin::new(OriginKind::Assumed, source))
        }
    };
    facts.set(vocabulary::HEALTH_CHECK_PATH, path);
    // Its reference writes some numbers as texts.
    let number = |key: &str| {
        let node = get(key)?;
        let number = node.as_int().or_else(|| node.as_str()?.trim().parse().ok())?;
        Some(Fact::known(Value::Int(number), Origin::written(node.span, format!("`{key}`"))))
    };
    let replicas = match number("numReplicas") {
        Some(fact) => fact,
        None if get("multiRegionConfig").is_some() => {
            let unknown = Unknown::because("each region has a number of its own");
            Fact::unknown(unknown, Origin::new(OriginKind::Platform, "Railway"))
        }
        None => Fact::known(Value::Int(1), Origin::new(OriginKind::Default, "Railway default")),
    };
    facts.set(vocabulary::SCALE_MIN, replicas.clone());
    facts.set(vocabulary::SCALE_MAX, replicas);
    let sleeps = match get("sleepApplication").filter(|it| it.as_bool().is_some()) {
        Some(node) => read::written(node, "`sleepApplication`"),
        None => {
            Fact::known(Value::Bool(false), Origin::new(OriginKind::Default, "Railway default"))
        }
    };
    facts.set(vocabulary::SCALE_STOPS_WHEN_IDLE, sleeps);
    if let Some(seconds) = number("drainingSeconds") {
        facts.set(vocabulary::SHUTDOWN_GRACE_S, seconds);
    }
}
