//! apprunner.yaml: how AWS App Runner builds a web service from source code, and starts it.
//!
//! The size of its instances and how many there are is set with the service and not in the file, so
//! the defaults are assumptions. Services of AWS Copilot that run there are in [`super::copilot`].
//!
//! Source: <https://docs.aws.amazon.com/apprunner/latest/dg/config-file-ref.html>. Numbers are in
//! `platforms/app-runner.toml`.

use crate::document::{Document, Node, Text};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::cloud::{int, variable};
use crate::manifests::{catalog, read};
use crate::platforms::Platform;
use crate::project::{Environment, Facts, Lookup};
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::parent;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "app-runner";

/// Lowers a configuration: one process.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let Some(run) = root.entry("run") else { return Vec::new() };
    let span = run.value.get("command").map_or(run.key.span, |it| it.span);
    let platform = context.catalog.platform(PLATFORM);
    let mut facts = Facts::new();
    let kind = Origin::written(run.key.span, "a service of App Runner");
    facts.set(v::KIND, Fact::known(Value::Text("web".to_owned()), kind));
    let port = run.value.at(&["network", "port"]);
    let port = match port {
        Some(node) => Some(int(node, "`port`")),
        None => platform.and_then(|it| it.router.port.as_ref()).map(|it| it.fact("App Runner")),
    };
    if let Some(platform) = platform {
        service(platform, "the service", &mut facts);
        size(platform, &mut facts);
        languages(platform, root, &mut facts);
    }
    if let Some(port) = &port {
        facts.set(v::ROUTER_PORT, port.clone());
    }
    let process = ProcessDraft {
        name: Spanned::new("service".to_owned(), run.key.span),
        span,
        command: command(&run.value),
        folder: parent(context.manifest).to_owned(),
        environment: environment(platform, &run.value, port.as_ref()),
        facts,
    };
    let mut facts = Facts::new();
    let origin = Origin::written(Span::start_of(document.file), "the file's format");
    facts.set(v::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft { name: String::new(), span, facts, processes: vec![process] }]
}

/// Programs that read the rest of their words as a script, whatever reads the command itself.
const SHELLS: &[&str] = &["sh", "bash", "/bin/sh", "/bin/bash"];

/// Users have seen that `&&` becomes a word of the program: where no shell would make anything of
/// the text, it is the same either way.
/// Source: <https://github.com/aws/apprunner-roadmap/issues/180>.
fn command(run: &Node) -> Command {
    match run.get("command").and_then(Node::as_text) {
        Some(text) if !text.value.trim().is_empty() => words(text),
        _ => Command::Unknown(Unknown::new(
            "apprunner.yaml names no command, and the service does not start without one",
            "`command` under `run`",
        )),
    }
}

/// The words of a command that App Runner is given.
pub(super) fn words(text: &Text) -> Command {
    let first = text.value.split_whitespace().next().unwrap_or_default();
    if SHELLS.contains(&first) {
        return Command::Exec(text.clone());
    }
    let why = "App Runner does not say whether a shell reads the command";
    match first.contains('=') {
        true => Command::Unknown(Unknown::because(why)),
        false => read::words(text, why),
    }
}

/// What App Runner gives every service, whatever it is made of: `who` sets the number of instances.
pub(super) fn service(platform: &Platform, who: &str, facts: &mut Facts) {
    let ids = [v::ROUTER_REQUEST_TIMEOUT_S, v::BOOT_TIMEOUT_S];
    catalog::set_limits(facts, platform, &ids);
    let note = format!("App Runner's number until {who} names another auto scaling configuration");
    catalog::assume(facts, v::ROUTER_SOFT_LIMIT, platform.router.soft_limit.as_ref(), &note);
    catalog::assume(facts, v::SCALE_MIN, platform.scale.instances_default.as_ref(), &note);
    let unknown = Unknown::new(
        "the auto scaling configuration of the service decides how many instances there can be",
        "`scale.max` for the process in opslint.toml",
    );
    let of_platform = |why: &str| Origin::new(OriginKind::Platform, why);
    facts.set(v::SCALE_MAX, Fact::unknown(unknown, of_platform("App Runner")));
    let scales = of_platform("App Runner starts instances by the number of requests");
    facts.set(v::SCALE_AUTOSCALING, Fact::known(Value::Bool(true), scales));
    let kept = of_platform("App Runner keeps at least one instance");
    facts.set(v::SCALE_STOPS_WHEN_IDLE, Fact::known(Value::Bool(false), kept));
}

/// The instance of a service for which no file names one, and what App Runner asks it.
fn size(platform: &Platform, facts: &mut Facts) {
    let note = "App Runner's size until the service names another";
    if let Some(row) = platform.default_machine("web") {
        catalog::assume(facts, v::MACHINE_CPUS, row.cpus.as_ref(), note);
        catalog::assume(facts, v::MACHINE_MEMORY_MB, row.memory_mb.as_ref(), note);
    }
    let source = "App Runner only opens a connection until the service names a path";
    let path = Fact::known(Value::Null, Origin::new(OriginKind::Assumed, source));
    facts.set(v::HEALTH_CHECK_PATH, path);
}

/// The language of the runtime and its version: `runtime-version`, else what the name of the runtime
/// says.
fn languages(platform: &Platform, root: &Node, facts: &mut Facts) {
    let Some(runtime) = root.get("runtime") else { return };
    let Some(name) = runtime.as_str() else { return };
    let written = root.at(&["run", "runtime-version"]);
    let text = |value: String, node: &Node, key: &str| {
        Fact::known(Value::Text(value), Origin::written(node.span, key))
    };
    let whole = written.and_then(|it| Some((it, read::plain_text(it)?)));
    let is_short = whole.as_ref().is_some_and(|(_, it)| it == "3.1");
    let own = whole.filter(|(_, it)| it.contains('.'));
    let own = own.map(|(node, it)| text(it, node, "`runtime-version`"));
    let digits = |language: &str| {
        let digits = name.strip_prefix(language)?;
        digits.bytes().all(|it| it.is_ascii_digit()).then_some(digits)
    };
    if digits("python").is_some() {
        let row = platform.runtime(name).and_then(|it| it.python.as_ref());
        let of_row = row.map(|it| text(it.value.clone(), runtime, "`runtime`"));
        // Without quotes, `3.10` is the number 3.1: no version of Python that is meant.
        if let Some(fact) = own.or(of_row).filter(|_| !is_short) {
            facts.set(v::RUNTIME_PYTHON, fact);
        }
        return;
    }
    let major = digits("nodejs").map(|it| ("node", it.to_owned()));
    let two = digits("ruby").filter(|it| it.len() == 2);
    let minor = two.map(|it| ("ruby", format!("{}.{}", &it[..1], &it[1..])));
    if let Some((language, version)) = major.or(minor) {
        facts.set(v::RUNTIME_LANGUAGE, text(language.to_owned(), runtime, "`runtime`"));
        let version = own.unwrap_or_else(|| text(version, runtime, "`runtime`"));
        facts.set(v::RUNTIME_VERSION, version);
    }
}

/// `PORT`, which is there in any case, and under `network.env` once more; variables and secrets.
fn environment(platform: Option<&Platform>, run: &Node, port: Option<&Fact>) -> Environment {
    let mut environment = Environment::new();
    let injected = platform.map(|it| catalog::injected(it, "web", None, None));
    for (name, fact) in injected.unwrap_or_default() {
        environment.set(name, fact);
    }
    let more = run.at(&["network", "env"]).and_then(Node::as_str);
    for name in more.into_iter().chain(["PORT"]) {
        if let Some(port) = port {
            environment.set(name, of_port(name, port));
        }
    }
    let list = |key: &str| run.get(key).map(Node::elements).unwrap_or_default();
    for (key, place) in [("env", "`env`"), ("secrets", "`secrets`")] {
        for it in list(key) {
            let Some(name) = it.get("name").and_then(Node::as_str) else { continue };
            let value = it.get("value").filter(|_| key == "env");
            let mut written = variable(name, value, it.span, place);
            if let Lookup::Set(set) = environment.get(name)
                && set.origin.kind == OriginKind::Platform
                && set.text() != written.text()
            {
                let why = format!("App Runner sets `{name}`, too, and does not say which counts");
                written.state = State::Unknown(Unknown::because(why));
            }
            environment.set(name, written);
        }
    }
    environment
}

/// A variable that App Runner sets to the port of the service.
pub(super) fn of_port(name: &str, port: &Fact) -> Fact {
    let source = format!("App Runner sets `{name}` to the port of the service");
    let origin = Origin::new(OriginKind::Platform, source).with_input("port", port.clone());
    match port.int() {
        Some(port) => Fact::known(Value::Text(port.to_string()), origin),
        None => Fact::new(port.state.clone(), origin),
    }
}
