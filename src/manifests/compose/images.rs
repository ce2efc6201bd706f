//! Services that run a published image: databases, brokers, caches, proxies and applications of others.
//!
//! What is known of them is what the file says: image, ports, volumes, restart, and the command.

use super::ports;
use crate::document::{Entry, Node};
use crate::draft::{Command, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::manifests::read;
use crate::programs::listed::{PROGRAMS, Program, SERVICE, Serves, images};
use crate::project::{Environment, Facts, Lookup};
use crate::source::Span;
use crate::vocabulary as v;

/// The program of an image, when it is one that stands beside those of the project, or a page to look
/// at them.
pub(super) fn program(image: &str) -> Option<&'static Program> {
    let (program, _) = images::of(image)?;
    is_beside(program).then_some(program)
}

fn is_beside(program: &Program) -> bool {
    program.serves == Serves::Others || program.open
}

/// Its entry point puts the name of the program in front of a command that is a word of its own:
/// <https://github.com/minio/minio/blob/master/dockerscripts/docker-entrypoint.sh>.
const MINIO: &str = "minio";

/// The folder that a command has MinIO keep its data in: `server /data`. `None` where it names several
/// or none.
fn minio_folder(service: &Node) -> Option<Fact> {
    let command = service.get("command")?;
    let words: Vec<String> = match command.as_str() {
        Some(text) => text.split_whitespace().map(str::to_owned).collect(),
        None => command.elements().iter().filter_map(read::scalar_text).collect(),
    };
    let mut behind = words.iter().skip_while(|it| *it != "server").skip(1);
    let mut folders = words.iter().filter(|it| it.starts_with('/') && !it.ends_with("minio"));
    let folder = behind.find(|it| it.starts_with('/')).filter(|it| !it.contains(['{', '$']))?;
    (folders.next() == Some(folder) && folders.next().is_none()).then(|| {
        let origin = Origin::written(command.span, "`command`");
        Fact::known(Value::Text(folder.trim_end_matches('/').to_owned()), origin)
    })
}

/// The process of a service that runs such an image. `None` for images that are not known.
pub(super) fn process(
    entry: &Entry,
    folder: &str,
    environment: &Environment,
) -> Option<ProcessDraft> {
    let node = entry.value.get("image")?;
    let image = node.as_str().filter(|it| !it.contains('$'))?;
    let program = program(image)?;
    if !runs_it(program, &entry.value) {
        return None;
    }
    let mut facts = Facts::new();
    of_program(program, node.span, &mut facts);
    if may_keep_data_elsewhere(program, &entry.value) {
        facts.remove(v::IMAGE_DATA_PATH);
    }
    let (name, version) = named(node, image, &mut facts);
    if let Some(console) = open_console(program, &entry.value, node.span) {
        facts.set(v::IMAGE_OPEN_CONSOLE, console);
    }
    // Up to 17, the volume of the image is the folder of the data itself, and one that is mounted
    // above it stays empty. Source: <https://hub.docker.com/_/postgres> (PGDATA)
    let is_below_18 = || version.and_then(images::major).is_some_and(|it| it < 18);
    let own_folder = match name {
        // Source: <https://github.com/timescale/timescaledb-docker-ha> (PGDATA)
        "timescale/timescaledb-ha" => Some("/home/postgres/pgdata/data"),
        _ if program.id == "postgres" && is_below_18() => Some("/var/lib/postgresql/data"),
        "influxdb" => match version.and_then(|it| it.split(['.', '-']).next()) {
            Some("1") => Some("/var/lib/influxdb"),
            Some("2") => Some("/var/lib/influxdb2"),
            _ => None,
        },
        _ => None,
    };
    if let Some(path) = own_folder {
        let origin = Origin::new(OriginKind::Default, "default of the image");
        facts.set(v::IMAGE_DATA_PATH, Fact::known(Value::Text(path.to_owned()), origin));
    }
    if let Some(path) = (program.id == MINIO).then(|| minio_folder(&entry.value)).flatten() {
        facts.set(v::IMAGE_DATA_PATH, path);
    }
    // A file of variables that is not here is not taken to have this one.
    if let ("postgres", true, Lookup::Set(path)) =
        (program.id, environment.has("PGDATA"), environment.get("PGDATA"))
    {
        facts.set(v::IMAGE_DATA_PATH, path.clone());
    }
    Some(draft(entry, folder, environment, facts))
}

/// The process of a service that runs an image which nothing is known of, and that answers at a
/// published port: an application that somebody else builds. One without ports may be a job that
/// ends.
pub(super) fn unknown(
    entry: &Entry,
    folder: &str,
    environment: &Environment,
) -> Option<ProcessDraft> {
    let node = entry.value.get("image")?;
    let image = node.as_str().filter(|it| !it.contains('$'))?;
    let is_known = images::of(image).is_some();
    let has_ports = entry.value.get("ports").is_some_and(|it| !it.elements().is_empty());
    if is_known || !has_ports {
        return None;
    }
    let mut facts = Facts::new();
    let origin = Origin {
        span: Some(node.span),
        ..Origin::new(OriginKind::Assumed, "its image has ports, and is not built here")
    };
    facts.set(v::KIND, Fact::known(Value::Text(SERVICE.to_owned()), origin));
    named(node, image, &mut facts);
    Some(draft(entry, folder, environment, facts))
}

fn draft(entry: &Entry, folder: &str, environment: &Environment, facts: Facts) -> ProcessDraft {
    ProcessDraft {
        name: entry.key.clone(),
        span: entry.key.span,
        command: Command::None,
        folder: folder.to_owned(),
        environment: environment.clone(),
        facts,
    }
}

/// Name and version of an image as facts.
fn named<'i>(node: &Node, image: &'i str, facts: &mut Facts) -> (&'i str, Option<&'i str>) {
    let (name, version) = images::parts(image);
    let text =
        |it: &str| Fact::known(Value::Text(it.to_owned()), read::written(node, "image").origin);
    facts.set(v::IMAGE_NAME, text(name));
    // A digest says more than a tag that moves.
    let digest = image.split_once('@').map(|it| it.1);
    let fixed = match (version, digest) {
        (Some(tag), _) if tag.contains(|it: char| it.is_ascii_digit()) => tag,
        (_, Some(digest)) => digest,
        (tag, None) => tag.unwrap_or("latest"),
    };
    facts.set(v::IMAGE_VERSION, text(fixed));
    (name, version)
}

/// Whether an application of others may keep its data elsewhere than its image does: a variable of
/// it says so, variables are not seen, or it runs as another user.
fn may_keep_data_elsewhere(program: &Program, service: &Node) -> bool {
    let has = |key: &str| service.get(key).is_some();
    let mut variables = service.get("environment").into_iter().flat_map(super::environment::pairs);
    program.kind == Some(SERVICE)
        && (["env_file", "extends", "user", "command", "entrypoint", "configs"]
            .into_iter()
            .any(has)
            || variables.any(|(name, ..)| program.data_env.contains(&name.as_str())))
}

/// A program that asks nobody who he is. A file of variables, a mounted file or a command may make
/// it ask.
fn open_console(program: &Program, service: &Node, span: Span) -> Option<Fact> {
    let says_more = ["env_file", "configs", "secrets", "extends"];
    let command = service.get("command").map(super::kind::plain).unwrap_or_default().join(" ");
    let mut variables = service.get("environment").into_iter().flat_map(super::environment::pairs);
    let mut mounts = service.get("volumes").into_iter().flat_map(Node::elements);
    let mut may_ask = || {
        says_more.iter().any(|it| service.get(it).is_some())
            || may_ask_by(program, &command)
            || mounts.any(|it| !is_mount_of(it, program.data))
    };
    if !program.open
        || !program.login_env.is_empty() && may_ask()
        || variables.any(|(name, ..)| program.login_env.contains(&name.as_str()))
    {
        return None;
    }
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Derived, "image") };
    Some(Fact::known(Value::Text(program.title.to_owned()), origin))
}

/// Whether a command may make a program ask for a login: by an option that does what one of its
/// variables does, by a file, and by what is filled in. Of most programs no option is known.
fn may_ask_by(program: &Program, command: &str) -> bool {
    let options = program.login_options();
    !command.is_empty()
        && (options.is_empty()
            || command.contains('$')
            || options.iter().any(|it| command.contains(it)))
}

/// Whether a mount is of the folder where a program keeps its data, and of nothing else.
fn is_mount_of(mount: &Node, data: Option<&str>) -> bool {
    let target = match mount.get("target") {
        Some(target) => target.as_str(),
        None => mount.as_str().and_then(|it| ports::mount_parts(it).get(1).copied()),
    };
    target.is_some_and(|it| Some(it.trim_end_matches('/')) == data)
}

/// The ports that the program of a service's image listens on; empty where the service may have it
/// listen elsewhere.
pub(super) fn ports(service: &Node) -> &'static [u16] {
    let has = |key: &str| service.get(key).is_some();
    if ["command", "entrypoint", "env_file", "configs", "extends"].into_iter().any(has) {
        return &[];
    }
    let mut variables = service.get("environment").into_iter().flat_map(super::environment::pairs);
    let names_port = |name: &str| name.contains("PORT") || name.contains("LISTEN");
    let is_configured = |it: &Node| {
        let text = it.as_str().or_else(|| it.get("target")?.as_str()).unwrap_or_default();
        text.contains(".conf") || text.contains("conf.d") || text.contains(".cnf")
    };
    let mut mounts = service.get("volumes").into_iter().flat_map(Node::elements);
    if variables.any(|(name, ..)| names_port(&name)) || mounts.any(is_configured) {
        return &[];
    }
    let image = service.get("image").and_then(Node::as_str);
    image.and_then(program).map_or(&[], |it| it.ports)
}

/// Whether a command may name the program of such an image.
fn is_program_of_an_image(name: &str) -> bool {
    let others = PROGRAMS.iter().filter(|it| is_beside(it));
    others.flat_map(|it| it.runs).any(|it| it.names.contains(&name))
}

/// Whether a service runs the program of its image, and none of the clients that come with it.
fn runs_it(program: &Program, service: &Node) -> bool {
    let Some(command) = service.get("command") else { return service.get("entrypoint").is_none() };
    let first = match command.elements().first() {
        Some(first) => first.as_str(),
        None => command.as_str().and_then(|it| it.split_whitespace().next()),
    };
    let is_server = |it: &str| {
        let name = it.rsplit('/').next().unwrap_or(it);
        it.starts_with('-')
            || is_program_of_an_image(name)
            || name == "docker-entrypoint.sh"
            || program.id == MINIO && name == "server"
    };
    service.get("entrypoint").is_none() && first.is_none_or(is_server)
}

/// `redis-cli ping` without a password where the server asks for one: the answer is `NOAUTH`, and
/// redis-cli ends with 0 all the same, as 7.0.15 does; `-e` makes it fail.
pub(super) fn refused_ping(service: &Node, check: &str, span: Span) -> Option<Fact> {
    let variables = service.get("environment").into_iter().flat_map(super::environment::pairs);
    let gives_password = ["--pass", "REDISCLI_AUTH", "--user", "://"];
    let mut words = check.split_whitespace();
    let is_it = check.contains("redis-cli")
        && check.contains("ping")
        && !check.contains('|')
        && !gives_password.iter().any(|it| check.contains(it))
        && !words.any(|it| matches!(it, "-a" | "-e" | "-u") || it.starts_with("-a"))
        && !variables.into_iter().any(|(name, ..)| name == "REDISCLI_AUTH")
        && service.get("env_file").is_none();
    is_it.then(|| {
        let origin = Origin::written(span, "command of the health check");
        Fact::known(Value::Text("redis-cli".to_owned()), origin)
    })
}

/// What a program is, and where its data are. It is none of those that serve an application.
pub(super) fn of_program(program: &Program, span: Span, facts: &mut Facts) {
    let origin = || Origin { span: Some(span), ..Origin::new(OriginKind::Derived, "image") };
    if let Some(kind) = program.kind {
        facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin()));
    }
    facts.set(v::SERVER, Fact::known(Value::Text(program.id.to_owned()), origin()));
    if let Some(data) = program.data {
        let origin = Origin::new(OriginKind::Default, "default of the image");
        facts.set(v::IMAGE_DATA_PATH, Fact::known(Value::Text(data.to_owned()), origin));
    }
}
