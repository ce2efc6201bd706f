//! Procfile: one line, one process.
//!
//! Many platforms read it, so a Procfile alone does not say where it runs. An app.json of Heroku or
//! Dokku or an apppack.toml beside it does; otherwise opslint.toml must. Heroku does not read the Procfile of
//! an app that heroku.yml builds.

use std::collections::HashMap;

use crate::document::{Document, Entry};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::formats::recognise;
use crate::manifests::heroku::{self, AppJson, Runtime};
use crate::manifests::{apppack, dokku, npm};
use crate::manifests::{clues, misnamed, runtime, usual};
use crate::parse::Syntax;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{join, parent};

/// Lowers a Procfile.
pub fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let folder = parent(context.manifest).to_owned();
    let mut processes = counting(document.root.entries())
        .filter_map(|it| process(it, &folder))
        .take(PROCESSES_MAX + 1)
        .collect::<Vec<_>>();
    if processes.is_empty() {
        return Vec::new();
    }
    let app_json = AppJson::open(context);
    if let Some(web) = processes.iter().find(|it| it.name.value == "web") {
        let misnamed = misnamed::find(context, app_json.as_ref(), web);
        context.acc.extend(misnamed);
    }
    let platform = platform(context, app_json.as_ref());
    let mut facts = Facts::new();
    match platform.text() {
        Some(heroku::PLATFORM) => {
            let runtime = Runtime::of_buildpacks(context, app_json.as_ref(), &processes);
            heroku::complete(context, app_json.as_ref(), runtime, &mut processes);
            let addons = app_json.as_ref().map(AppJson::addons).unwrap_or_default();
            heroku::database(context, addons, &mut facts);
            heroku::store(context, addons, &mut facts);
        }
        Some(apppack::PLATFORM) => apppack::complete(context, &mut processes),
        Some(dokku::PLATFORM) => dokku::complete(context, &mut processes),
        Some(other) => {
            if let Some(platform) = context.catalog.platform(other) {
                processes.iter_mut().for_each(|it| usual::complete(platform, it));
            }
        }
        None => anywhere(context, &platform, &mut processes),
    }
    facts.set(vocabulary::PLATFORM, platform);
    versions(context, &mut processes);
    let span = Span::start_of(document.file);
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// The lines that count, in file order: who takes two of one name at all takes the last.
fn counting(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let last: HashMap<&str, usize> =
        entries.iter().enumerate().map(|(idx, it)| (it.key.value.as_str(), idx)).collect();
    let is_last = move |(idx, it): &(usize, &Entry)| last[it.key.value.as_str()] == *idx;
    entries.iter().enumerate().filter(is_last).map(|(_, it)| it)
}

/// An app on Heroku without a Procfile: its buildpack runs the script `start` of package.json.
/// `None` where app.json is not one of Heroku's, or something else may be what counts.
///
/// Source: <https://devcenter.heroku.com/articles/nodejs-support#default-web-process-type>
pub(crate) fn without(context: &mut Context<'_, '_>) -> Option<DeploymentDraft> {
    let app_json = AppJson::open(context)?;
    let span = app_json.evidence()?;
    let is_image = app_json.stack().is_some_and(|it| it.as_str() == Some("container"));
    if is_image || context.sibling("heroku.yml").is_some() {
        return None;
    }
    let folder = parent(context.manifest).to_owned();
    let command = npm::start(context, &folder)?;
    let source = "Heroku runs `npm start` where there is no Procfile";
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Platform, source) };
    let mut own = Facts::new();
    own.set(vocabulary::KIND, Fact::known(Value::Text("web".to_owned()), origin));
    let mut processes = vec![ProcessDraft {
        name: Spanned::new("web".to_owned(), span),
        span,
        command,
        folder,
        environment: Environment::new(),
        facts: own,
    }];
    let mut facts = Facts::new();
    let runtime = Runtime::of_buildpacks(context, Some(&app_json), &processes);
    heroku::complete(context, Some(&app_json), runtime, &mut processes);
    heroku::database(context, app_json.addons(), &mut facts);
    heroku::store(context, app_json.addons(), &mut facts);
    let origin = Origin::written(span, "an app.json of Heroku");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(heroku::PLATFORM.to_owned()), origin));
    versions(context, &mut processes);
    Some(DeploymentDraft { name: String::new(), span, facts, processes })
}

/// The machines of all platforms that may run it, where none is the likeliest. A file of another
/// name is read by none of them, and heroku.yml takes the place of one beside it.
fn anywhere(context: &mut Context<'_, '_>, platform: &Fact, processes: &mut [ProcessDraft]) {
    let State::Unknown(unknown) = &platform.state else { return };
    let is_replaced = context.sibling("heroku.yml").is_some();
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    let ids = match &unknown.kind {
        GapKind::OneOf(ids) => ids.iter().map(String::as_str).collect(),
        _ if name == "Procfile" && !is_replaced => context.catalog.readers(name),
        _ => return,
    };
    for process in processes {
        usual::anywhere(context.catalog, (&ids, Some(unknown)), usual::Runs::Procfile, process);
    }
}

/// The versions of languages, which are the same for all processes: the first one asks for the files.
fn versions(context: &mut Context<'_, '_>, processes: &mut [ProcessDraft]) {
    let Some((first, others)) = processes.split_first_mut() else { return };
    runtime::set_python(context, runtime::Picker::Buildpack, first);
    runtime::set_ruby_or_node(context, first);
    for id in [vocabulary::RUNTIME_PYTHON, vocabulary::RUNTIME_VERSION] {
        if let Some(version) = first.facts.get(id) {
            others.iter_mut().for_each(|it| it.facts.set(id, version.clone()));
        }
    }
}

/// Where a Procfile runs: what opslint.toml says, else what other files show.
fn platform(context: &mut Context<'_, '_>, app_json: Option<&AppJson>) -> Fact {
    if let Some(stated) = context.stated("platform") {
        return stated.fact();
    }
    let known = |id: &str, span, source| {
        Fact::known(Value::Text(id.to_owned()), Origin::written(span, source))
    };
    let file_name = context.manifest.rsplit('/').next().unwrap_or_default();
    if file_name != "Procfile" {
        return unknown_platform(context, "platforms read a Procfile of exactly that name");
    }
    // What a generator copies into projects is run where they are, and not here.
    if misnamed::is_in_template(context.manifest) {
        return unknown_platform(context, "it is a template for the projects of others");
    }
    let stack = app_json.and_then(AppJson::stack);
    let container = stack.is_none_or(|it| it.as_str() == Some("container"));
    let heroku_yml = context.sibling("heroku.yml");
    if container && heroku_yml.is_some_and(|it| recognise::heroku_yml(&it.root)) {
        let reason = "heroku.yml is beside it, and Heroku reads only one of the two";
        return unknown_platform(context, reason);
    }
    let on_heroku = app_json.and_then(AppJson::evidence);
    match (on_heroku, apppack::evidence(context)) {
        (Some(_), Some(_)) => {
            let reason = "app.json shows that it runs on Heroku, apppack.toml on AppPack";
            unknown_platform(context, reason)
        }
        (Some(span), None) => known(heroku::PLATFORM, span, "a Heroku app.json is beside it"),
        (None, Some(span)) => known(apppack::PLATFORM, span, "an apppack.toml is beside it"),
        (None, None) => match dokku::evidence(context) {
            Some(span) => known(dokku::PLATFORM, span, "an app.json for Dokku is beside it"),
            None => clues::platform(context).unwrap_or_else(|| {
                unknown_platform(context, "a Procfile does not say which platform runs it")
            }),
        },
    }
}

fn process(entry: &Entry, folder: &str) -> Option<ProcessDraft> {
    let command = entry.value.as_text()?.clone();
    let mut facts = Facts::new();
    let origin = Origin::written(entry.key.span, "name of the process");
    facts
        .set(vocabulary::KIND, Fact::known(Value::Text(kind(&entry.key.value).to_owned()), origin));
    Some(ProcessDraft {
        name: entry.key.clone(),
        span: entry.span(),
        command: Command::Shell(command),
        folder: folder.to_owned(),
        environment: Environment::new(),
        facts,
    })
}

/// What the process `web` of the Procfile in a folder runs, for platforms that have a file of their
/// own beside it, and no Dockerfile.
pub(crate) fn web(context: &mut Context<'_, '_>, folder: &str) -> Option<Command> {
    let dockerfile = join(folder, "Dockerfile")?;
    if context.workspace.is_file(&dockerfile) {
        return None;
    }
    let file = context.workspace.open(&join(folder, "Procfile")?)?;
    let document = context.workspace.look_into(file, Syntax::Procfile);
    let command = document.root.get("web")?.as_text()?;
    Some(Command::Shell(command.clone()))
}

/// What a process of this name is for: `web` and `release` mean the same on every platform that
/// reads Procfiles, and only `web` is routed to.
pub(crate) fn kind(name: &str) -> &'static str {
    match name {
        "web" => "web",
        "release" => "release",
        _ => "worker",
    }
}

fn unknown_platform(context: &Context<'_, '_>, reason: &str) -> Fact {
    let settle_with = context.statement("platform", None);
    let unknown = Unknown::new(reason, settle_with);
    Fact::unknown(unknown, Origin::new(OriginKind::Default, "Procfile"))
}
