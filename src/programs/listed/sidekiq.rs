//! sidekiq.yml, and what Sidekiq does without it.
//!
//! Source: <https://github.com/sidekiq/sidekiq/blob/main/lib/sidekiq/cli.rb> (`parse_config`)

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::source::FileId;
use crate::vocabulary::{self as v, FactId};
use crate::workspace::{Opened, Workspace, join};

use super::{puma, ruby};

/// Files that are read when none is named.
const FILES: &[&str] = &["config/sidekiq.yml", "config/sidekiq.yml.erb"];

/// Variables that name the environment, the first that is set counts.
const STAGES: &[&str] = &["APP_ENV", "RAILS_ENV", "RACK_ENV"];

/// Settings of the file, with their facts and their defaults: that of all releases, and before it
/// those of the releases below one.
///
/// Source: <https://github.com/sidekiq/sidekiq/blob/main/Changes.md> (5.2.0, 6.0, 7.0.0)
const SETTINGS: &[(&str, FactId, Defaults)] = &[
    ("concurrency", v::THREADS, Defaults { below: &[((5, 2), 25), ((7, 0), 10)], newest: 5 }),
    ("timeout", v::GRACEFUL_TIMEOUT_S, Defaults { below: &[((6, 0), 8)], newest: 25 }),
];

/// A default that has changed.
struct Defaults {
    below: &'static [((u32, u32), i64)],
    newest: i64,
}

impl Defaults {
    /// That of a release; of the newest where none is known.
    fn of(&self, release: Option<(u32, u32)>) -> i64 {
        let is_it = |(below, _): &&((u32, u32), i64)| release.is_some_and(|it| it < *below);
        self.below.iter().find(is_it).map_or(self.newest, |(_, default)| *default)
    }
}

/// Sets what flags leave open. The file counts before `RAILS_MAX_THREADS`.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    // Of several, the last one counts.
    let file = launch.values_of(&["-C", "--config"]).pop();
    let release = ruby::release(workspace, launch, "sidekiq");
    for (name, id, defaults) in SETTINGS {
        let given = server.settings.get(name).cloned();
        let given = given.filter(|it| it.value() != Some(&Value::Null));
        if let Some(flag) = given.as_ref().filter(|it| it.origin.kind == OriginKind::Written) {
            let flag = without_variables(flag.clone());
            server.settings.insert((*name).to_owned(), flag.clone());
            server.facts.set(*id, flag);
            continue;
        }
        let fact = match (read(workspace, launch, cpus, (file.as_ref(), name)), given) {
            (Some(fact), _) | (None, Some(fact)) => fact,
            (None, None) => default_fact(Value::Int(defaults.of(release)), "Sidekiq"),
        };
        server.settings.insert((*name).to_owned(), fact.clone());
        server.facts.set(*id, fact);
    }
    if let Some(threads) = server.facts.get(v::THREADS).cloned() {
        server.facts.set(v::CONCURRENCY, threads);
    }
    if let Some(queues) = queues(workspace, launch, file.as_ref()) {
        server.facts.set(v::JOBS_QUEUES, queues);
    }
}

/// Where code may tell it other queues.
const INITIALIZERS: &str = "config/initializers";

/// Words of code that does.
const STEERS: &[&str] = &["capsule", ".queues", "options[:queues]"];

/// Whether a file has such words.
struct Steers(bool);

impl Steers {
    fn read(text: &str) -> Self {
        Self(STEERS.iter().any(|it| text.contains(it)))
    }
}

/// The queues that it takes jobs from, without their weights: those of `-q`, which win, those of the
/// file, or the default one.
fn queues(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    named: Option<&Option<String>>,
) -> Option<Fact> {
    let folder = workspace.join(&launch.folder, INITIALIZERS)?;
    for name in workspace.list(&folder) {
        let file = join(&folder, &name).and_then(|it| workspace.open(&it));
        if file.is_some_and(|it| workspace.of_text(it, Steers::read).0) {
            return None;
        }
    }
    let given = launch.values_of(&["-q", "--queue"]);
    let place = launch.argv.iter().find(|it| it.known_prefix().starts_with("-q"));
    let place = place.or_else(|| launch.argv.iter().find(|it| it.known_prefix() == "--queue"));
    if launch.argv.iter().any(|it| it.text().is_none()) {
        return None;
    }
    if !given.is_empty() {
        let names: Option<Vec<String>> = given.into_iter().collect();
        let names = names?.iter().map(|it| name(it)).collect::<Option<Vec<Value>>>()?;
        let origin = Origin::written(place.or(launch.argv.first())?.span, "`-q`");
        return Some(Fact::known(Value::List(names), origin));
    }
    let (node, path) = match node(workspace, launch, (named, "queues")) {
        None => {
            let usual = Value::List(vec![Value::Text("default".to_owned())]);
            return Some(default_fact(usual, "Sidekiq"));
        }
        Some(found) => found.ok().map(|(node, _, path)| (node, path))?,
    };
    let each = |it: &Node| name(it.as_str().or_else(|| it.elements().first()?.as_str())?);
    let names = node.elements().iter().map(each).collect::<Option<Vec<Value>>>()?;
    let origin = Origin::written(node.span, format!("`queues` in {path}"));
    (!names.is_empty()).then(|| Fact::known(Value::List(names), origin))
}

/// The queue of `low` or `low,2`, where it is written out.
fn name(text: &str) -> Option<Value> {
    let name = text.split(',').next().unwrap_or(text).trim().trim_start_matches(':');
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    (!name.is_empty() && name.chars().all(is_plain)).then(|| Value::Text(name.to_owned()))
}

/// A value without the variable that it wins over: Puma and the pool of the database read
/// `RAILS_MAX_THREADS`, too, so that it is there for them and contradicts nothing.
fn without_variables(mut fact: Fact) -> Fact {
    fact.overridden.retain(|it| it.origin.kind != OriginKind::Env);
    fact
}

/// What the file says of a setting. `None` when there is no file, or it says nothing.
fn read(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    (named, name): (Option<&Option<String>>, &str),
) -> Option<Fact> {
    let (value, file, path) = match node(workspace, launch, (named, name))? {
        Ok(found) => found,
        Err(unknown) => {
            return Some(Fact::unknown(unknown, Origin::new(OriginKind::Default, "Sidekiq")));
        }
    };
    let origin = Origin::written(value.span, format!("`{name}` in {path}"));
    if let Some(number) = value.as_int() {
        return Some(Fact::new(State::Known(Value::Int(number)), origin));
    }
    let Some(code) = value.as_str().and_then(ruby::embedded) else {
        let reason = format!("`{name}` is not a number");
        return Some(Fact::unknown(Unknown::because(reason), origin));
    };
    Some(puma::expression(launch, cpus, (file, &path), code, origin))
}

/// The value of a setting in the file that is read, with that file and its path.
fn node(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    (named, name): (Option<&Option<String>>, &str),
) -> Option<Result<(Node, FileId, String), Unknown>> {
    let unknown = |reason: String| Some(Err(Unknown::because(reason)));
    let candidates = match named {
        None => FILES.to_vec(),
        Some(Some(path)) => vec![path.as_str()],
        Some(None) => return unknown("which file Sidekiq reads is not known".to_owned()),
    };
    let mut found = None;
    for path in candidates {
        let opened = match workspace.join(&launch.folder, path) {
            Some(path) => workspace.try_open(&path),
            None => Opened::Unknown(Unknown::because(format!("`{path}` is outside this project"))),
        };
        match opened {
            Opened::File(file) => {
                found = Some((path, file));
                break;
            }
            Opened::Missing if named.is_some() => {
                return unknown(format!("`{path}` is not in this project"));
            }
            Opened::Missing => {}
            Opened::Unknown(reason) => return Some(Err(reason)),
        }
    }
    let (path, file) = found?;
    // What a template writes as a value is one; its other parts may write any line.
    let text = workspace.sources.file(file).text();
    if text.matches("<%").count() != text.matches(": <%=").count() {
        return unknown(format!("`{path}` is a template"));
    }
    let document = workspace.look_into(file, Syntax::Yaml);
    let key = format!(":{name}");
    let get = |it: &Node| it.get(&key).or_else(|| it.get(name)).cloned();
    let sections = document.root.entries().iter().filter(|it| get(&it.value).is_some());
    let mut values: Vec<Node> = sections.filter_map(|it| get(&it.value)).collect();
    // The environment decides whether a section counts: in production, that of production.
    if !values.is_empty() {
        let variable = |it: &&str| match launch.environment.get(it) {
            Lookup::Set(fact) => Some(fact.text().map(str::to_owned)),
            Lookup::Unset | Lookup::Unmentioned => None,
        };
        let flag = launch.values_of(&["-e", "--environment"]).pop();
        let stage = flag.or_else(|| STAGES.iter().find_map(variable)).flatten();
        let Some(rails) = stage else {
            return unknown(format!(
                "which section of `{path}` applies depends on the environment"
            ));
        };
        values = [rails.clone(), format!(":{rails}")]
            .iter()
            .filter_map(|it| get(document.root.get(it)?))
            .collect();
    }
    let value = values.first().cloned().or_else(|| get(&document.root))?;
    Some(Ok((value, file, path.to_owned())))
}
