//! A Dockerfile that no manifest uses: a deployment of its own, wherever that may run.
//!
//! Much of what is wrong with a server needs no platform. An image makes a process when its command
//! is a server that is known, or when it says that it listens: then its base and its variables can
//! be judged, whatever a script starts in it. Of all others nothing could be said.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finish::Finish;
use super::{configured, ecosystem};
use crate::document::Entry;
use crate::draft::{Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::formats;
use crate::images::dockerfile::{self, Build};
use crate::manifests::{clues, compose, fly, procfile, usual};
use crate::parse::Syntax;
use crate::project::{Deployment, Environment, Facts, Process, ProjectFile};
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::{is_within, join, parent};

/// Names of Dockerfiles that are for a server. Others are for tests, tools and single parts.
const NAMES: &[&str] = &["Dockerfile", "Dockerfile.prod", "Dockerfile.production"];

/// Names that builders take where there is no `Dockerfile`.
const OTHER_NAMES: &[&str] = &["dockerfile", "Containerfile"];

/// What Heroku reads of an app that has neither a Procfile nor a heroku.yml.
const APP_JSON: &str = "app.json";

/// Name of the process, which no file gives it.
const PROCESS: &str = "image";

/// Whether a file may be a deployment of its own.
pub(super) fn is_candidate(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    NAMES.contains(&name) || OTHER_NAMES.contains(&name) || name == APP_JSON
}

/// Adds the Dockerfiles and configurations of gunicorn and pm2 that manifests of other folders cannot be
/// about: those in the folder of a project, and those with no project around or below them.
pub(super) fn add(roots: &mut BTreeMap<String, Vec<String>>, paths: &[String]) {
    // What lies in a hidden folder is for tools: `.devcontainer` says nothing about the rest.
    let is_hidden =
        |it: &&String| it.split('/').any(|it| it.starts_with('.') && it.len() > 1 && it != "..");
    let known: Vec<String> = roots.keys().filter(|it| !is_hidden(it)).cloned().collect();
    let is_any = |it: &&String| {
        is_candidate(it) || configured::is_candidate(it) || ecosystem::is_candidate(it)
    };
    for path in paths.iter().filter(is_any) {
        let folder = parent(path);
        let is_near = |root: &&String| is_within(root, folder) || is_within(folder, root);
        if known.iter().find(is_near).is_none_or(|it| it == folder) {
            roots.entry(folder.to_owned()).or_default().push(path.clone());
        }
    }
}

/// The deployment of a Dockerfile. `None` when it runs no server that is known, or one that is for
/// development.
pub(super) fn deployment(
    finish: &mut Finish<'_, '_>,
    path: &str,
) -> Option<(Deployment, ProjectFile)> {
    // What is wrong with a file that nobody deploys is nobody's concern.
    let (problems, of_files) = (finish.acc.len(), finish.workspace.problems.len());
    let found = draft(finish, path).map(|(draft, file)| (finish.deployment(path, draft), file));
    let beside = |it: &&str| join(parent(path), it).is_some_and(|it| finish.workspace.is_file(&it));
    let is_configured = CONFIGURATIONS.iter().any(beside);
    let is_theirs = found.iter().flat_map(|(it, _)| &it.processes).any(is_for_developers);
    let workbench = if is_theirs && !is_configured { workbench(finish, path) } else { None };
    let mut found = match found {
        Some((it, _)) if !it.processes.iter().all(|it| is_server(it, path)) => {
            finish.workspace.starts_no_server(no_server(&it, path));
            None
        }
        Some((it, _))
            if let Some(why) =
                it.processes.iter().find_map(|it| left(it, workbench.as_deref())) =>
        {
            let purpose = r#"purpose = "production""#;
            let statement = finish.settings.home.statement(purpose, path, None);
            finish.workspace.starts_no_server(format!(
                "{path} was not judged: {why}; if it is deployed, state {statement}"
            ));
            None
        }
        found => found,
    };
    // Only now is it known whether the server answers requests.
    for process in found.iter_mut().flat_map(|(it, _)| &mut it.processes) {
        if process.facts.get(v::KIND).and_then(Fact::text) != Some("web") {
            usual::LIMITS_OF_WEB.iter().for_each(|it| process.facts.remove(*it));
        }
    }
    if found.is_none() {
        finish.acc.truncate(problems);
        if !is_refused_server(finish, path) {
            finish.workspace.problems.truncate(of_files);
        }
    }
    found
}

/// Why the image is not taken for one that serves.
fn no_server(deployment: &Deployment, path: &str) -> String {
    let facts = deployment.processes.first().map(|it| &it.facts);
    let server = facts.and_then(|it| it.get(v::SERVER));
    let why = match server.map(|it| (&it.state, it.text())) {
        Some((State::Unknown(unknown), _)) => unknown.reason.clone(),
        Some((_, Some(name))) => format!("`{name}` is no server that opslint knows"),
        Some(_) => "its command ends by itself".to_owned(),
        None => "it has no command".to_owned(),
    };
    format!("{path} is not known to start a server: {why}")
}

/// Whether a file that is meant to start a server that is known is refused by the builder or cannot
/// be read: then that is all there is to say.
fn is_refused_server(finish: &mut Finish<'_, '_>, path: &str) -> bool {
    let document = match finish.workspace.open(path) {
        Some(file) => finish.workspace.document(file, Syntax::Dockerfile),
        None => match finish.workspace.tree_of_encoded(path, Syntax::Dockerfile) {
            Some(document) => Arc::new(document),
            None => return false,
        },
    };
    let is_unread = finish.workspace.text_of_encoded(path).is_some();
    let is_refused = is_unread || !document.problems.is_empty();
    let starts = |it: &&Entry| matches!(it.key.value.as_str(), "CMD" | "ENTRYPOINT");
    let last = document.root.entries().iter().rfind(starts);
    let command = last.and_then(|it| it.value.as_text()).map(|it| it.value.as_str());
    let is_word = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.');
    let mut words = command.unwrap_or_default().split(|it| !is_word(it));
    is_refused && words.any(|it| v::SERVERS.contains(&it))
}

/// Files that configure a server for production. Beside one of them a command for developers is a
/// mistake, and not what the image is for.
const CONFIGURATIONS: &[&str] =
    &["gunicorn.conf.py", "gunicorn_config.py", "gunicorn_conf.py", "uwsgi.ini"];

/// Whether a process is for a server: one that is known, a program of
/// its own in an image that says that it answers requests, or what a script starts in an image that
/// says that it listens or that has a language of programs. One that is for developers is a mistake,
/// whichever it is: nothing here says that the image is theirs.
fn is_server(process: &Process, path: &str) -> bool {
    let get = |id| process.facts.get(id);
    // What a generator fills in or copies is not built here.
    let is_template = path.split('/').any(|it| it.starts_with("template"));
    let Some(server) = get(v::SERVER).and_then(Fact::text) else {
        let is_open = get(v::SERVER).is_none_or(|it| it.value().is_none());
        let signs = [v::EXPOSED_PORT, v::RUNTIME_PYTHON, v::RUNTIME_VERSION];
        let has_command = get(v::IMAGE_INTERPRETER).is_none();
        let is_told = !is_template && signs.into_iter().any(|it| get(it).is_some());
        return is_open && is_told && has_command && get(v::IMAGE_BASE).is_some();
    };
    if v::SERVERS.contains(&server) {
        return !is_template || !is_for_developers(process);
    }
    let answers = get(v::KIND).and_then(Fact::text) == Some("web");
    answers && !is_template && get(v::IMAGE_BASE).is_some()
}

/// Whether a process is a development server, reloads its code, or starts in the environment of
/// developers.
fn is_for_developers(process: &Process) -> bool {
    let flag = process.facts.get(v::DEV_SERVER).and_then(Fact::value);
    let environment = process.settings.get("environment").and_then(Fact::text);
    flag == Some(&Value::Bool(true)) || environment == Some("development")
}

/// The developer's compose file beside a Dockerfile that builds something here.
fn workbench(finish: &mut Finish<'_, '_>, path: &str) -> Option<String> {
    let folder = parent(path);
    let names = finish.workspace.list(folder);
    let mut paths = names.iter().filter(|it| formats::of_path(it).any(|it| it.name == "compose"));
    paths
        .find(|it| {
            let path = join(folder, it);
            path.is_some_and(|it| compose::is_workbench(finish.workspace, &it))
        })
        .cloned()
}

/// Why an image is left to developers: opslint.toml says so, or it starts what is for them and their
/// compose file builds it.
fn left(process: &Process, workbench: Option<&str>) -> Option<String> {
    let server = process.facts.get(v::SERVER).and_then(Fact::text).unwrap_or("its program");
    match (process.facts.get(v::PURPOSE).and_then(Fact::text), workbench) {
        (Some("development"), _) => Some("opslint.toml says that it is for development".to_owned()),
        (None, Some(file)) if is_for_developers(process) => Some(format!(
            "it starts `{server}`, which is for development, and {file} beside it is for a \
             developer's machine"
        )),
        _ => None,
    }
}

fn draft(finish: &mut Finish<'_, '_>, path: &str) -> Option<(DeploymentDraft, ProjectFile)> {
    let folder = parent(path);
    let mut context = finish.context(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == APP_JSON {
        let draft = procfile::without(&mut context)?;
        let file = context.workspace.open(path)?;
        let document = context.workspace.document(file, Syntax::Json);
        return Some((draft, ProjectFile::alone("app-json", file, document)));
    }
    let has_usual = || join(folder, NAMES[0]).is_some_and(|it| context.workspace.is_file(&it));
    if OTHER_NAMES.contains(&name) && has_usual() {
        return None;
    }
    if fly::is_deployed_with(&mut context, path) {
        return None;
    }
    let build = Build { path, context: folder, target: None, arguments: &|_| None };
    let image = dockerfile::image(&mut context, &build)?;
    let file = context.workspace.open(path)?;
    let document = context.workspace.document(file, Syntax::Dockerfile);
    let span = document.root.entries().first()?.key.span;
    let environment = image.environment(&Environment::new());
    let mut facts = Facts::new();
    image.facts(&environment, &mut facts);
    facts.set(v::KIND, kind(&environment, &facts, span));
    let mut process = ProcessDraft {
        name: Spanned::new(PROCESS.to_owned(), span),
        span,
        command: image.command(context.acc),
        folder: image.folder,
        environment,
        facts,
    };
    let platform = platform(&mut context);
    match platform.text().and_then(|it| context.catalog.platform(it)) {
        Some(platform) => usual::complete_as(platform, "web", Some("docker"), &mut process),
        None => usual::of_image(&context, &platform, &mut process),
    }
    let mut facts = Facts::new();
    facts.set(v::PLATFORM, platform);
    let draft = DeploymentDraft { name: String::new(), span, facts, processes: vec![process] };
    let file = ProjectFile::alone("dockerfile", file, Arc::clone(&document));
    Some((draft, file))
}

/// What the image is for, as far as it says so itself.
fn kind(environment: &Environment, image: &Facts, span: Span) -> Fact {
    let place = |id| image.get(id).and_then(|it| it.origin.span);
    let port = image.get(v::EXPOSED_PORT).and_then(Fact::int);
    let (kind, span, assumed) = if environment.sets("PORT") {
        ("web", Some(span), "`PORT` is set in the image".to_owned())
    } else if image.get(v::IMAGE_HEALTH_PATH).is_some() {
        ("web", place(v::IMAGE_HEALTH_PATH), "its health check asks it by HTTP".to_owned())
    } else if let Some(port) = port.filter(|it| !OF_OTHERS.contains(it)) {
        ("web", place(v::EXPOSED_PORT), format!("it listens on port {port}: `EXPOSE`"))
    } else {
        ("worker", Some(span), "no file says what it is for".to_owned())
    };
    let origin = Origin { span, ..Origin::new(OriginKind::Assumed, assumed) };
    Fact::known(Value::Text(kind.to_owned()), origin)
}

/// Ports of protocols other than HTTP: mail, names, files, shells, databases, queues and caches.
/// Source: <https://www.iana.org/assignments/service-names-port-numbers/>, read 2026-11-29.
const OF_OTHERS: &[i64] = &[
    20, 21, 22, 23, 25, 53, 69, 110, 123, 143, 161, 389, 465, 514, 587, 636, 993, 995, 1433, 1521,
    1883, 2181, 3306, 4222, 5432, 5671, 5672, 6379, 6432, 8883, 9042, 9092, 11211, 27017, 50051,
];

/// Where the image runs: what opslint.toml says, else what other files show.
fn platform(context: &mut Context<'_, '_>) -> Fact {
    if let Some(stated) = context.stated("platform") {
        return stated.fact();
    }
    clues::platform(context).unwrap_or_else(|| {
        let settle_with = context.statement("platform", None);
        let unknown = Unknown::new("a Dockerfile does not say where it runs", settle_with);
        Fact::unknown(unknown, Origin::new(OriginKind::Default, "Dockerfile"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_is_alone_where_no_manifest_of_another_folder_may_use_it() {
        let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let check = |manifests: &[&str], dockerfile: &str, expect: bool| {
            let mut roots = BTreeMap::new();
            for it in manifests {
                roots.insert(parent(it).to_owned(), owned(&[it]));
            }
            add(&mut roots, &owned(&[dockerfile]));
            let is_alone = roots.values().flatten().any(|it| it == dockerfile);
            assert_eq!(is_alone, expect, "{dockerfile} beside {manifests:?}");
        };
        check(&[], "Dockerfile", true);
        check(&["compose.yaml"], "Dockerfile", true);
        check(&["compose.yaml"], "api/Dockerfile", false);
        check(&["deploy/fly.toml"], "Dockerfile", false);
        check(&["../shop/deploy/fly.toml"], "../shop/Dockerfile", false);
        check(&[".deploy/fly.toml"], "Dockerfile", true);
        check(&["web/fly.toml"], "api/Dockerfile", true);
        check(&["api-v2/fly.toml"], "api/Dockerfile", true);
        check(&[], "Dockerfile.dev", false);
        check(&[], "Containerfile", true);
        check(&["web/fly.toml"], "web/app.json", true);
    }
}
