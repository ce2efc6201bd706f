//! docker compose: services that run the project's own code.
//!
//! Most compose files are for a developer's machine. One that says so by its name, or by mounting
//! the source over the image, is left alone. Of the others, a service counts as production only
//! when its file or the service says so (`restart`, `deploy`, a name such as
//! `docker-compose.prod.yml`): then the defaults of compose are facts, and not before.
//!
//! Source: compose-spec, `05-services.md`. Numbers are in `platforms/compose.toml`.

mod environment;
mod given;
mod image;
mod images;
mod interpolate;
mod kind;
mod labels;
mod limits;
mod merge;
mod mounts;
mod network;
mod own;
mod ports;
mod proxy;
mod refused;
mod served;
mod stack;
mod stage;
mod start;
mod stores;
mod volumes;

use crate::commands::signal;
use crate::document::{Document, Entry, Node, Text};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Input, Origin, OriginKind, Unknown, Value};
use crate::images::{dockerfile, health};
use crate::manifests::{catalog, read};
use crate::parse::Syntax;
use crate::project::Facts;
use crate::quantity::go;
use crate::source::Span;
use crate::vocabulary;
use crate::workspace::{Workspace, parent};

use interpolate::Variables;
pub(crate) use stage::is_workbench;
use stage::{Stage, is_deployed_here, is_for_developers, purpose, says_development};
use start::Start;
use volumes::{mounts_source, volumes};

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "compose";

/// Parts of names of files that deploy nothing.
const DEVELOPMENT: &[&str] = &[
    "dev",
    "devel",
    "develop",
    "development",
    "local",
    "test",
    "override",
    "debug",
    "debugpy",
    "e2e",
    "ci",
    "notebook",
    "circleci",
    "cypress",
    "hotreload",
    "watch",
];

/// Parts of names of files that another file is made of: that one is deployed.
const TEMPLATE: &[&str] = &["template", "tmpl", "tpl", "example", "sample"];

/// Parts of file names that say that a file is for a server.
const PRODUCTION: &[&str] = &["prod", "production", "staging", "live", "deploy"];

/// Whether a compose file says of any service that it runs on a server.
pub(crate) fn deploys(workspace: &mut Workspace<'_>, path: &str) -> bool {
    let Some(file) = workspace.open(path) else { return false };
    let document = workspace.document(file, Syntax::Yaml);
    let services = document.root.get("services").map(Node::entries).unwrap_or_default();
    let words = words(path);
    let is_any = |of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
    let stage = stage_of(&words, services);
    !is_any(DEVELOPMENT) && services.iter().any(|it| is_deployed_here(&it.value, stage))
}

/// The words of a file's name. Folders are looked at where files are found: only there is it known
/// where the project begins.
fn words(path: &str) -> Vec<String> {
    let file_name = path.rsplit('/').next().unwrap_or_default();
    let words = file_name.split(|it: char| !it.is_ascii_alphanumeric());
    words.map(str::to_ascii_lowercase).collect()
}

fn stage_of(words: &[String], services: &[Entry]) -> Stage {
    let is_any = |of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
    match () {
        () if is_any(PRODUCTION) => Stage::Production,
        () if is_any(TEMPLATE) => Stage::Template,
        () if services.iter().any(|it| says_development(&it.value)) => Stage::Development,
        () => Stage::Unsaid,
    }
}

/// Whether opslint.toml says that a server runs what the file starts.
fn is_stated(context: &Context<'_, '_>) -> bool {
    context.stated("purpose").is_some_and(|it| it.fact().text() == Some("production"))
}

/// Whether only services of included files are deployed, by files whose names say that they are for a
/// developer's machine: `include: [compose.dev-db.yaml]`.
fn is_for_development(context: &Context<'_, '_>, services: &[Entry]) -> bool {
    let stage = stage_of(&words(context.manifest), services);
    let is_elsewhere = |it: &Entry| {
        let path = context.workspace.sources.file(it.key.span.file).path();
        path != context.manifest && words(path).iter().any(|it| DEVELOPMENT.contains(&it.as_str()))
    };
    let mut deployed = services.iter().filter(|it| is_deployed_here(&it.value, stage)).peekable();
    stage == Stage::Unsaid && deployed.peek().is_some() && deployed.all(is_elsewhere)
}

/// Whether the name of a file says that nothing is deployed from it.
fn is_left(context: &Context<'_, '_>) -> bool {
    let words = words(context.manifest);
    let mut all = words.iter().map(String::as_str);
    all.any(|it| DEVELOPMENT.contains(&it) || it.starts_with("devcontainer")) && !is_stated(context)
}

/// A compose file with those that it is laid over or extends.
pub(crate) fn whole(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    if is_left(context) {
        return None;
    }
    refused::check(context, document);
    merge::document(context, document)
}

/// Lowers a compose file: a process for each service that is built here.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    if is_left(context) {
        return Vec::new();
    }
    let words = words(context.manifest);
    let is_stated = is_stated(context);
    let services = stage::first_services(context, &document.root);
    let is_overlaid = merge::is_overlaid(context, document);
    let own = match () {
        () if is_overlaid => Stage::Base,
        () if is_for_development(context, services) => Stage::Included,
        () => stage_of(&words, services),
    };
    // Where the file says of some services that a server runs them, the others stay a developer's.
    let deploys = services.iter().any(|it| is_deployed_here(&it.value, own));
    let stage = if is_stated && !deploys { Stage::Production } else { own };
    let is_production = stage == Stage::Production;
    let start = start::of(context, services);
    let mut processes = Vec::new();
    let mut is_deployed = false;
    // Beside a program whose source is mounted, everything is for a developer.
    let is_in_work: Vec<bool> = services
        .iter()
        .map(|it| {
            is_worked_on(&it.value, services)
                || !is_deployed_here(&it.value, own) && volumes::mounts_code(context, &it.value)
        })
        .collect();
    let is_workbench = !is_production && is_in_work.contains(&true);
    let all = std::iter::zip(services, &is_in_work);
    for (service, is_in_work) in all.filter(|(it, _)| !is_for_developers(&it.value)) {
        // That there are more is said where they are counted.
        if processes.len() > PROCESSES_MAX {
            break;
        }
        if is_deployed_here(&service.value, stage)
            && let Some((service, assumed)) = own::made(context, service, services)
        {
            let start = Start { assumed: Some(assumed), ..start.clone() };
            processes.push(process(context, &service, &start, stage));
            is_deployed = true;
            continue;
        }
        let is_built = service.value.get("build").is_some();
        let is_of_project = is_built || image::runs_what_is_mounted(&service.value, &start.folder);
        let says_its_program = is_deployed_here(&service.value, stage)
            && !is_workbench
            && own::says_its_program(&service.value);
        // In a file for a server the mount is a mistake, and the service is deployed all the same.
        if (is_of_project || says_its_program) && (is_production || !is_in_work) {
            processes.push(process(context, service, &start, stage));
            is_deployed = true;
        } else if let Some(process) =
            beside(context, service, (stage, is_workbench)).filter(|_| !is_built)
        {
            is_deployed |= is_production
                || is_stated
                || is_deployed_here(&service.value, stage)
                    && !is_workbench
                    && stack::has_visitors(context, (service, &process), services);
            processes.push(process);
        }
    }
    // Databases for a developer's machine are nothing that is deployed.
    if !is_deployed {
        if !services.is_empty() {
            let path = context.manifest;
            let statement = context.statement(r#"purpose = "production""#, None);
            context.workspace.starts_no_server(format!(
                "{path} was not judged: no service of it is built here, and none that is kept running \
                 starts a program that opslint knows; if a server runs it, state {statement}"
            ));
        }
        if let Some(at) = is_in_work.iter().position(|it| *it) {
            let (path, name) = (context.manifest, &services[at].key.value);
            let statement = context.statement(r#"purpose = "production""#, None);
            context.workspace.leaves_to_developers(format!(
                "{path} was not judged: the source of `{name}` is mounted, as on a developer's \
                 machine; if a server runs it, state {statement}"
            ));
        }
        return Vec::new();
    }
    mounts::not_there(context, services, stage, &start);
    kind::by_others(services, &mut processes);
    network::joined(services, &mut processes);
    proxy::join_all(context, document, &mut processes);
    volumes::may_have_data(document, services, &mut processes);
    let span = document.root.entry("services").map_or(document.root.span, |it| it.key.span);
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    if let Some(fact) = stores::eviction(context.workspace, services, &start.folder) {
        facts.set(vocabulary::BROKER_EVICTION, fact);
    }
    if let Some(fact) = stores::connections_max(services).filter(|_| is_deployed) {
        facts.set(vocabulary::DATABASE_CONNECTIONS_MAX, fact);
    }
    let name = document.root.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
    vec![DeploymentDraft { name, span, facts, processes }]
}

/// Whether the source tree is mounted over the image, as on a developer's machine, and nothing says
/// that this is how it is deployed, too.
fn is_worked_on(service: &Node, services: &[Entry]) -> bool {
    mounts_source(service) && !stage::serves_from_source(service, services)
}

/// A service that runs a program of others: a database, a broker, a cache, a proxy.
fn beside(
    context: &mut Context<'_, '_>,
    entry: &Entry,
    (stage, is_workbench): (Stage, bool),
) -> Option<ProcessDraft> {
    let folder = parent(context.manifest);
    let service = &entry.value;
    let environment = environment::of(context, service);
    // Where nothing says that a server runs it, there is nothing to ask of an unknown image.
    let unknown = || {
        images::unknown(entry, folder, &environment)
            .filter(|_| is_deployed_here(service, stage) && !is_workbench)
    };
    let mut process = images::process(entry, folder, &environment).or_else(unknown)?;
    let span = entry.key.span;
    let mut facts = Facts::new();
    limits::machine(context, service, span, &mut facts);
    if is_deployed_here(service, stage) {
        defaults(context, &mut facts);
    }
    let purpose = match is_workbench {
        true => {
            let source = "the source of another service is mounted";
            let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, source) };
            Fact::known(Value::Text("development".to_owned()), origin)
        }
        false => purpose(service, span, stage),
    };
    facts.set(vocabulary::PURPOSE, purpose);
    let variables = environment::around(context, span);
    written(service, span, &variables, &mut facts);
    refused_ping(context, service, folder, &mut facts);
    volumes(service, &variables, &mut facts);
    ports::facts(service, images::ports(service), &variables, &mut facts);
    let image = service.get("image").and_then(Node::as_str);
    let missing = image.and_then(|image| {
        check_words(service.get("healthcheck")?)
            .find_map(|it| dockerfile::tools::missing(image, &[], it))
    });
    if let Some(missing) = missing {
        facts.set(vocabulary::HEALTH_CHECK_MISSING_TOOL, missing);
    }
    facts.extend(process.facts);
    process.facts = facts;
    Some(process)
}

/// Whether the check of a Redis that asks for a password takes `NOAUTH` for an answer.
fn refused_ping(context: &mut Context<'_, '_>, service: &Node, folder: &str, facts: &mut Facts) {
    let Some(test) = service.at(&["healthcheck", "test"]) else { return };
    let words = || test.elements().iter().filter_map(Node::as_str).collect::<Vec<_>>();
    let text = test.as_str().map_or_else(|| words().join(" "), str::to_owned);
    if facts.get(vocabulary::HEALTH_CHECK_ACCEPTS_ERRORS).is_none()
        && stores::asks_for_password(context.workspace, service, folder)
        && let Some(deaf) = images::refused_ping(service, &text, test.span)
    {
        facts.set(vocabulary::HEALTH_CHECK_ACCEPTS_ERRORS, deaf);
    }
}

/// The words of the command of a health check, or the command as one text.
fn check_words(check: &Node) -> impl Iterator<Item = &Text> {
    let test = check.get("test").into_iter();
    test.flat_map(|it| {
        it.as_text().into_iter().chain(it.elements().iter().filter_map(Node::as_text))
    })
}

fn process(
    context: &mut Context<'_, '_>,
    entry: &Entry,
    from: &Start,
    stage: Stage,
) -> ProcessDraft {
    let service = &entry.value;
    let span = entry.key.span;
    let mut facts = Facts::new();
    let kind = if service.get("ports").is_some() || service.get("expose").is_some() {
        ("web", "it has ports")
    } else {
        ("worker", kind::NO_PORTS)
    };
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, kind.1) };
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.0.to_owned()), origin));
    limits::machine(context, service, span, &mut facts);
    if is_deployed_here(service, stage) {
        defaults(context, &mut facts);
    }
    facts.set(vocabulary::PURPOSE, purpose(service, span, stage));
    let variables = environment::around(context, span);
    written(service, span, &variables, &mut facts);
    volumes(service, &variables, &mut facts);
    ports::facts(service, &[], &variables, &mut facts);
    let mut process = ProcessDraft {
        name: entry.key.clone(),
        span,
        command: Command::Unknown(Unknown::new(
            "the service names no command, so the image's own runs",
            format!("`command` of `{}`", entry.key.value),
        )),
        folder: from.folder.clone(),
        environment: environment::of(context, service),
        facts,
    };
    image::read(context, service, from, &mut process);
    process
}

fn defaults(context: &Context<'_, '_>, facts: &mut Facts) {
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        let ids = [vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];
        catalog::set_limits(facts, platform, &ids);
    }
}

/// Whether compose fills in nothing here.
fn is_plain(text: &str) -> bool {
    !text.contains('$')
}

/// What the service itself says of its network, stop, scale and check.
fn written(service: &Node, span: Span, variables: &Variables, facts: &mut Facts) {
    if let Some(shared) = network::shared(service) {
        facts.set(vocabulary::SHARED_NETWORK, shared);
    }
    let set_duration = |facts: &mut Facts, id, node: Option<&Node>, source: &str| {
        let Some(node) = node.filter(|it| it.as_str().is_some()) else { return };
        let (filled, assumed) = limits::filled(node.clone(), variables);
        let seconds = filled.as_str().map(go::compose_duration_s);
        let origin = Origin::written(node.span, source);
        let origin =
            assumed.into_iter().fold(origin, |it, input| it.with_input(input.name, input.fact));
        match seconds {
            Some(Ok(seconds)) => facts.set(id, Fact::known(Value::of_number(seconds), origin)),
            // Something else than the default, which nobody knows.
            Some(Err(_)) if filled.as_str().is_some_and(|it| it.contains('$')) => {
                let unknown = Unknown::because("compose fills in variables of the duration");
                facts.set(id, Fact::unknown(unknown, origin));
            }
            _ => {}
        }
    };
    let grace = service.get("stop_grace_period");
    set_duration(facts, vocabulary::SHUTDOWN_GRACE_S, grace, "`stop_grace_period`");
    facts.anchor(vocabulary::SHUTDOWN_GRACE_S, span);
    if let Some(node) = service.get("stop_signal").filter(|it| it.as_str().is_some()) {
        let signal = read::written(node, "`stop_signal`");
        facts.set(vocabulary::SHUTDOWN_SIGNAL, signal::whole(signal));
    }
    let replicas = service.at(&["deploy", "replicas"]).or_else(|| service.get("scale"));
    let replicas = match replicas {
        Some(node) => limits::count(node, variables),
        None => Fact::known(Value::Int(1), Origin::new(OriginKind::Default, "compose default")),
    };
    facts.set(vocabulary::SCALE_MIN, replicas.clone());
    facts.set(vocabulary::SCALE_MAX, replicas);
    let check = service.get("healthcheck");
    let get = |key: &str| check.and_then(|it| it.get(key));
    for (id, key) in [
        (vocabulary::HEALTH_CHECK_INTERVAL_S, "interval"),
        (vocabulary::HEALTH_CHECK_TIMEOUT_S, "timeout"),
        (vocabulary::HEALTH_CHECK_GRACE_S, "start_period"),
    ] {
        set_duration(facts, id, get(key), &format!("`{key}` of `healthcheck`"));
    }
    if let Some(test) = get("test") {
        let words = || test.elements().iter().filter_map(Node::as_str).collect::<Vec<_>>();
        let text = test.as_str().map_or_else(|| words().join(" "), str::to_owned);
        if let Some(port) = health::port(&text, test.span) {
            facts.set(vocabulary::HEALTH_CHECK_PORT, port);
        }
        // `${CHECK:-curl localhost}` rests on the variable. A text that is not known as a whole
        // stays as it is written.
        let filled = interpolate::fill(&text, variables);
        let resting = |it: Fact| {
            let add = |origin: Origin, it: Input| origin.with_input(it.name, it.fact);
            Fact { origin: filled.inputs.iter().cloned().fold(it.origin.clone(), add), ..it }
        };
        let deaf = health::accepts_errors(filled.text().unwrap_or(&text), test.span).map(resting);
        if let Some(deaf) = deaf {
            facts.set(vocabulary::HEALTH_CHECK_ACCEPTS_ERRORS, deaf);
        }
    }
}
