//! A script that starts its server itself: `python app.py`, `python -m shop`.
//!
//! The script is evaluated as Python runs it, and the call that starts the server is looked for in
//! what it did. Variables that no file sets are taken to be unset, as for the configuration of a
//! server.

use std::collections::BTreeMap;

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::programs::calls::{self, Call};
use crate::python::{Binding, Module, PyValue, Unmentioned};
use crate::source::FileId;
use crate::workspace::{Workspace, parent};

use super::{Source, environment, fact, folders, state};

/// Before the name of a call, in a record.
const CALL: &str = "call ";

/// What a script starts.
pub(crate) struct Start {
    /// The call, or why it is not known.
    pub(crate) call: Result<Call, Unknown>,
    /// The application that it serves, as a server's command names one: `app.py:app`.
    pub(crate) app: Option<Fact>,
}

/// The script that a command runs; `None` when it runs none of the project.
pub(crate) fn start(workspace: &mut Workspace<'_>, launch: &Launch, cpus: &Fact) -> Option<Start> {
    let server = Server::default();
    let mut folders = folders(workspace, launch, &server);
    let environment = environment(launch, &server);
    let script = Script::of(launch)?;
    let unmentioned = Unmentioned::Unset;
    let file = match &script {
        Script::Path(word) => {
            let path = workspace.join(&launch.folder, word)?;
            folders.insert(0, parent(&path).to_owned());
            workspace.open(&path)?
        }
        Script::Module(dotted) => {
            let folders = folders.clone();
            let environment = environment.clone();
            let calls = Vec::new();
            let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
            source.module(&format!("{dotted}.__main__")).or_else(|| source.module(dotted))?
        }
        Script::Function(dotted, _) => {
            let folders = folders.clone();
            let environment = environment.clone();
            let calls = Vec::new();
            let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
            source.module(dotted)?
        }
    };
    let path = workspace.sources.file(file).path().to_owned();
    let calls = Vec::new();
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    let module = match &script {
        Script::Function(_, name) => source.call(file, name, calls::is_start),
        Script::Path(_) | Script::Module(_) => source.run(file, calls::is_start),
    };
    let text = source.workspace.sources.file(file).shared_text();
    let called = call(&module, &path, &text);
    let app = called.as_ref().ok().and_then(|it| application(&source, &module, file, &it.dotted));
    Some(Start { call: called, app })
}

/// What Python is told to run.
enum Script {
    Path(String),
    Module(String),
    /// A function of a module, which is called.
    Function(String, String),
}

impl Script {
    fn of(launch: &Launch) -> Option<Self> {
        let program = launch.argv.first()?.text()?;
        let name = program.rsplit('/').next()?;
        let words = launch.argv.get(1..)?;
        if has_extension(name) {
            return Some(Self::Path(program.clone()));
        }
        if !(name.starts_with("python") || name.starts_with("pypy")) {
            return None;
        }
        let mut words = words.iter().map(Word::text);
        loop {
            match words.next()??.as_str() {
                "-m" => return Some(Self::Module(words.next()??)),
                "-W" | "-X" => {
                    words.next()?;
                }
                "-c" => return Self::of_code(&words.next()??),
                it if it.starts_with('-') => {}
                it => return Some(Self::Path(it.to_owned())),
            }
        }
    }
}

impl Script {
    /// `from shop.cli import main; main()`: what the program of an entry point does.
    fn of_code(code: &str) -> Option<Self> {
        let (module, rest) = code.strip_prefix("from ")?.split_once(" import ")?;
        let (name, call) = rest.split_once("; ")?;
        let is_call = call.strip_suffix("()") == Some(name);
        is_call.then(|| Self::Function(module.to_owned(), name.to_owned()))
    }
}

fn has_extension(name: &str) -> bool {
    name.strip_suffix(".py").is_some_and(|it| !it.is_empty())
}

/// The one call that starts what the process is for.
fn call(module: &Module, path: &str, text: &str) -> Result<Call, Unknown> {
    let because = |what: &str| Err(Unknown::because(format!("`{path}` {what}")));
    let found: Vec<(&str, &Binding)> = module
        .records
        .iter()
        .filter_map(|it| Some((it.name.value.strip_prefix(CALL)?, it)))
        .filter(|(name, _)| !name.contains(' '))
        .collect();
    let (dotted, record) = match found.as_slice() {
        [one] => *one,
        [] => match &module.failure {
            Some(failure) => return because(&format!("ends with {}", failure.message)),
            None => return because("starts no server that opslint can follow"),
        },
        _ => return because("starts one of several servers"),
    };
    if calls::serves_nothing(dotted) && may_serve(module, text) {
        return because("may serve beside its work");
    }
    let mut origin = record.fact.origin.clone();
    origin.source = format!("`{dotted}` in {path}");
    if record.maybe_unset {
        let source = format!("the script comes to `{dotted}`");
        let reached = Fact::known(Value::Bool(true), Origin::new(OriginKind::Assumed, source));
        origin = origin.with_input("script", reached);
    }
    let mut arguments = BTreeMap::new();
    let mut hidden = None;
    let prefix = format!("{CALL}{dotted} ");
    for it in &module.records {
        let Some(name) = it.name.value.strip_prefix(&prefix) else { continue };
        if name == "*" {
            hidden = it.fact.state.open();
            continue;
        }
        let parameter = match name.parse::<usize>() {
            Ok(idx) => calls::parameter(dotted, idx),
            Err(_) => Some(name),
        };
        if let Some(parameter) = parameter {
            argument(&mut arguments, dotted, parameter, it);
        }
    }
    Ok(Call { dotted: dotted.to_owned(), arguments, hidden, origin })
}

/// An argument of a call; an address is a host and a port.
fn argument(arguments: &mut BTreeMap<String, Fact>, dotted: &str, name: &str, record: &Binding) {
    let mut whole = Fact { state: state(&record.value), ..fact(record) };
    whole.origin.source = format!("`{name}` of `{dotted}`");
    whole.overridden.clear();
    match (name, &record.value) {
        ("address", PyValue::Tuple(parts)) if parts.len() == 2 => {
            for (name, part) in ["host", "port"].iter().zip(parts.iter()) {
                let fact = Fact { state: state(part), ..whole.clone() };
                arguments.insert((*name).to_owned(), fact);
            }
        }
        _ => {
            arguments.insert(name.to_owned(), whole);
        }
    }
}

/// Whether a script that works on something may serve, too: from a thread, or through code that is
/// not followed.
fn may_serve(module: &Module, text: &str) -> bool {
    const SIGNS: &[&str] =
        &["Thread", "flask", "Flask", "aiohttp", "http.server", "uvicorn", "webhook", "keep_alive"];
    module.record("flask app").is_some() || SIGNS.iter().any(|it| text.contains(it))
}

/// The application that a call serves: the object it belongs to, or its first argument.
fn application(
    source: &Source<'_, '_>,
    module: &Module,
    file: FileId,
    dotted: &str,
) -> Option<Fact> {
    let record = |what: &str| module.record(&format!("{CALL}{dotted} {what}"));
    let is_method = matches!(dotted, "flask.app.run");
    let binding = if is_method { record("self") } else { record("app").or_else(|| record("0")) }?;
    let origin = Origin { source: format!("`{dotted}`"), ..binding.fact.origin.clone() };
    if let PyValue::Str(text) = &binding.value {
        return Some(Fact::known(Value::Text(text.to_string()), origin));
    }
    let span = binding.fact.origin.span?;
    let name = source.workspace.sources.text(span);
    let is_name = name.chars().all(|it| it.is_alphanumeric() || it == '_');
    if span.file != file || !is_name {
        return None;
    }
    let path = source.workspace.sources.file(file).path();
    let folder = source.folders.first().map(String::as_str).unwrap_or_default();
    let path = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let text = format!("{path}:{name}");
    Some(Fact { state: State::Known(Value::Text(text)), ..Fact::known(Value::Null, origin) })
}
