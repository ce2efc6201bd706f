//! A script that starts its server itself: `python app.py`, `python -m shop`.
//!
//! The script is evaluated as Python runs it, and the call that starts the server is looked for in
//! what it did. Variables that no file sets are taken to be unset, as for the configuration of a
//! server.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fact::{Fact, Origin, OriginKind, Overridden, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::programs::calls::{self, Call, Role};
use crate::python::{Binding, Module, PyValue, Unmentioned};
use crate::source::{FileId, SourceMap, Span};
use crate::workspace::{Workspace, parent};

use super::commands::{self, Becomes, Commands};
use super::{Source, environment, fact, folders, state};

/// Before the name of a call, in a record.
const CALL: &str = "call ";

/// Before the name of a setting that an application tells gunicorn, in a record.
const SETTING: &str = "gunicorn cfg ";

/// The record that the application is one of the project.
const SETTING_MADE: &str = "gunicorn made";

/// The record of the application that it names.
const SETTING_APP: &str = "gunicorn app";

/// What a script starts.
pub(crate) struct Start {
    /// What it is, or why it is not known.
    pub(crate) outcome: Result<Outcome, Unknown>,
    /// The application that it serves, as a server's command names one: `app.py:app`.
    pub(crate) app: Option<Fact>,
}

/// What a script comes to.
pub(crate) enum Outcome {
    /// A call that serves or works in the process of the script.
    Call(Call),
    /// Commands, and why nothing is known where none of them stays.
    Commands(Commands, Unknown),
}

/// The script that a command runs; `None` when it runs none of the project.
pub(crate) fn start(workspace: &mut Workspace<'_>, launch: &Launch, cpus: &Fact) -> Option<Start> {
    let server = Server::default();
    let folders = folders(workspace, launch, &server);
    let environment = environment(launch, &server);
    let script = Script::of(launch)?;
    let unmentioned = Unmentioned::Unset;
    let file = match &script {
        Script::Path(word, _) => {
            let path = workspace.join(&launch.folder, word)?;
            workspace.open(&path)?
        }
        Script::Module(dotted, _) => {
            let folders = folders.clone();
            let environment = environment.clone();
            let calls = Vec::new();
            let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
            source.module(&format!("{dotted}.__main__")).or_else(|| source.module(dotted))?
        }
        Script::Function(dotted, ..) => {
            let folders = folders.clone();
            let environment = environment.clone();
            let calls = Vec::new();
            let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
            source.module(dotted)?
        }
        // A text is a file by what it says.
        Script::Code(code, _) => workspace.sources.add(format!("-c {code}"), code.as_str()),
    };
    let path = match &script {
        Script::Code(..) => "-c".to_owned(),
        _ => workspace.sources.file(file).path().to_owned(),
    };
    let calls = Vec::new();
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    let argv = script.arguments(launch, &source.workspace.sources);
    let mut module = match &script {
        Script::Function(_, name, _) => source.call(file, name, calls::is_start, argv.as_deref()),
        Script::Path(..) | Script::Module(..) | Script::Code(..) => {
            source.run(file, calls::is_start, argv.as_deref())
        }
    };
    let text = source.workspace.sources.file(file).shared_text();
    if let Script::Code(_, idx) = script {
        // A reader has the command, and no such file.
        let place = (file, launch.argv[idx].span);
        module.records.iter_mut().for_each(|it| put(&mut it.fact.origin, place));
    }
    let called = call(&module, &path, &text);
    let app = called.as_ref().ok().and_then(|it| application(&source, &module, file, &it.dotted));
    let module_name = importable(&path, &source.folders);
    let started = commands::of_module(&module, module_name.as_deref());
    let outcome = match (called, started) {
        (Err(unknown), Some(Ok(started))) => Ok(Outcome::Commands(started, unknown)),
        (Ok(_), Some(Ok(started))) if started.becomes() == Becomes::Maybe => {
            Err(Unknown::because(format!("`{path}` starts one of several servers")))
        }
        (Ok(_), Some(Ok(started))) if started.becomes() == Becomes::Yes => {
            let unknown = Unknown::because(format!("`{path}` becomes another program"));
            Ok(Outcome::Commands(started, unknown))
        }
        (called, _) => called.map(Outcome::Call),
    };
    Some(Start { outcome, app })
}

/// The folder of the script that a command runs by its path: Python imports from there.
/// Source: <https://docs.python.org/3/library/sys.html#sys.path>
pub(super) fn folder(workspace: &Workspace<'_>, launch: &Launch) -> Option<String> {
    let Script::Path(word, _) = Script::of(launch)? else { return None };
    let path = workspace.join(&launch.folder, &word)?;
    Some(parent(&path).to_owned())
}

/// The name that a file can be imported under, from the first of the folders that has it.
fn importable(path: &str, folders: &[String]) -> Option<String> {
    let path = path.strip_suffix(".py")?;
    let mut relative = folders.iter().filter_map(|folder| match folder.as_str() {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    });
    Some(relative.next()?.replace('/', "."))
}

/// What Python is told to run.
enum Script {
    /// A path, and the index of its word.
    Path(String, usize),
    /// A module, and the index of its word.
    Module(String, usize),
    /// A function of a module, which is called, and the index of the word that says so.
    Function(String, String, usize),
    /// A text, and the index of its word.
    Code(String, usize),
}

/// Puts what comes from one file at another place.
fn put(origin: &mut Origin, (file, place): (FileId, Span)) {
    if origin.span.is_some_and(|it| it.file == file) {
        origin.span = Some(place);
    }
    for input in &mut origin.inputs {
        put(&mut Arc::make_mut(&mut input.fact).origin, (file, place));
    }
}

impl Script {
    fn of(launch: &Launch) -> Option<Self> {
        let program = launch.argv.first()?.text()?;
        let name = program.rsplit('/').next()?;
        if has_extension(name) {
            return Some(Self::Path(program.clone(), 0));
        }
        if !(name.starts_with("python") || name.starts_with("pypy")) {
            return None;
        }
        let mut idx = 1;
        loop {
            match launch.argv.get(idx)?.text()?.as_str() {
                "-m" => return Some(Self::Module(launch.argv.get(idx + 1)?.text()?, idx + 1)),
                "-W" | "-X" => idx += 2,
                "-c" => {
                    let code = launch.argv.get(idx + 1)?.text()?;
                    let function = Self::of_code(&code, idx + 1);
                    return function.or(Some(Self::Code(code, idx + 1)));
                }
                it if it.starts_with('-') => idx += 1,
                it => return Some(Self::Path(it.to_owned(), idx)),
            }
        }
    }

    /// What the script sees as `sys.argv`. `None` where a word may be several; a port is one.
    fn arguments(&self, launch: &Launch, sources: &SourceMap) -> Option<Vec<Fact>> {
        let is_port = |it: &Word| matches!(sources.text(it.span), "$PORT" | "${PORT}");
        let idx = match self {
            Self::Path(_, idx) | Self::Module(_, idx) => *idx,
            // `sys.argv[0]` is the option, or the program of an entry point.
            Self::Code(_, idx) => *idx - 1,
            Self::Function(_, _, idx) => *idx,
        };
        let words = launch.argv.get(idx..)?;
        let fact =
            |it: &Word| (!it.may_be_several() || is_port(it)).then(|| it.fact("the command"));
        words.iter().map(fact).collect()
    }
}

impl Script {
    /// `from shop.cli import main; main()`: what the program of an entry point does.
    fn of_code(code: &str, idx: usize) -> Option<Self> {
        let (module, rest) = code.strip_prefix("from ")?.split_once(" import ")?;
        let (name, call) = rest.split_once("; ")?;
        let is_call = call.strip_suffix("()") == Some(name);
        is_call.then(|| Self::Function(module.to_owned(), name.to_owned(), idx))
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
    let of = |role: Role| found.iter().filter(move |(name, _)| calls::role(name) == role);
    let main: Vec<_> = match of(Role::Main).next() {
        Some(_) => of(Role::Main).collect(),
        None => of(Role::Beside).take(1).collect(),
    };
    let (dotted, record) = match main.as_slice() {
        [one] if is_repeated(one) => return because("starts several servers"),
        [one] => **one,
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
    let parts = of(Role::Part).map(|it| it.0);
    for dotted in parts.chain([dotted]) {
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
            match parameter {
                Some("*") => hidden = table(&mut arguments, dotted, it).or(hidden),
                Some(parameter) => argument(&mut arguments, dotted, parameter, it),
                None => {}
            }
        }
    }
    let mut settings = Vec::new();
    if dotted.starts_with("gunicorn.") {
        if module.record(SETTING_MADE).is_none() {
            hidden = Some(Unknown::because("gunicorn reads its own options"));
        }
        for it in &module.records {
            match it.name.value.strip_prefix(SETTING) {
                Some("*") => hidden = it.fact.state.open(),
                Some(name) => {
                    let mut it = it.clone();
                    it.fact.origin.source = format!("`{name}` in {path}");
                    settings.push((name.to_owned(), it));
                }
                None => {}
            }
        }
    }
    Ok(Call { dotted: dotted.to_owned(), arguments, hidden, settings, origin })
}

/// Whether a server is started at two places, one after the other. One in a loop is started anew.
fn is_repeated((dotted, record): &(&str, &Binding)) -> bool {
    let other = |it: &Overridden| it.origin.span != record.fact.origin.span;
    !calls::serves_nothing(dotted) && record.fact.overridden.iter().any(other)
}

/// The arguments in a dict. Why there may be others, where it is not known.
fn table(
    arguments: &mut BTreeMap<String, Fact>,
    dotted: &str,
    record: &Binding,
) -> Option<Unknown> {
    let PyValue::Dict(entries) = &record.value else { return record.fact.state.open() };
    for (key, value) in entries.iter() {
        if let PyValue::Str(key) = key {
            let one = Binding { value: value.clone(), ..record.clone() };
            argument(arguments, dotted, key, &one);
        }
    }
    None
}

/// Parameters that take a host and a port.
const ADDRESSES: &[&str] = &["addr", "bind_addr", "listener", "server_address"];

/// An argument of a call; an address is a host and a port. A list of one is that one.
fn argument(arguments: &mut BTreeMap<String, Fact>, dotted: &str, name: &str, record: &Binding) {
    let mut whole = Fact { state: state(&record.value), ..fact(record) };
    whole.origin.source = format!("`{name}` of `{dotted}`");
    whole.overridden.clear();
    match (name, &record.value) {
        (_, PyValue::List(items)) => {
            let items = items.iter().map(state);
            let known = items.map(|it| match it {
                State::Known(value) => Ok(value),
                open => Err(open),
            });
            whole.state = match known.collect::<Result<Vec<_>, _>>() {
                Ok(mut values) if values.len() == 1 => State::Known(values.swap_remove(0)),
                Ok(values) => State::Known(Value::List(values)),
                Err(open) => open,
            };
            arguments.insert(name.to_owned(), whole);
        }
        (name, PyValue::Tuple(parts)) if ADDRESSES.contains(&name) && parts.len() == 2 => {
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
    if dotted.starts_with("gunicorn.") {
        let record = module.record(SETTING_APP)?;
        let origin = &record.fact.origin;
        let origin =
            Origin { source: "`app_uri`".to_owned(), inputs: Vec::new(), ..origin.clone() };
        return Some(Fact::new(state(&record.value), origin));
    }
    let record = |what: &str| module.record(&format!("{CALL}{dotted} {what}"));
    let is_method = matches!(dotted, "flask.app.run");
    let binding = if is_method {
        record("self")
    } else {
        record("app").or_else(|| record("target")).or_else(|| record("0"))
    }?;
    let origin = Origin { source: format!("`{dotted}`"), ..binding.fact.origin.clone() };
    if let PyValue::Str(text) = &binding.value {
        return Some(Fact::known(Value::Text(text.to_string()), origin));
    }
    let span = binding.fact.origin.span?;
    let name = source.workspace.sources.text(span);
    let is_name = name.chars().all(|it| it.is_alphanumeric() || it == '_')
        && !name.starts_with(|it: char| it.is_ascii_digit());
    if span.file != file || !is_name {
        return None;
    }
    let path = source.workspace.sources.file(file).path();
    let folder = source.folders.first().map(String::as_str).unwrap_or_default();
    let path = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let text = format!("{path}:{name}");
    Some(Fact { state: State::Known(Value::Text(text)), ..Fact::known(Value::Null, origin) })
}
