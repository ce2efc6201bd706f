//! Files of environment variables that a manifest names.
//!
//! A file that is not in the project is there where the program runs: its variables are not known.
//! Where an example of it lies beside its place, they are those that the example names.

use std::sync::Arc;

use crate::budget::LEN_MAX;
use crate::document::Syntax;
use crate::fact::{Fact, Input, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::parse::BYTES_MAX;
use crate::parse::bounds::is_cut;
use crate::parse::env_file::{self, Assignment, Flavour};
use crate::programs;
use crate::project::Environment;
use crate::secret;
use crate::source::{FileId, Span};
use crate::workspace::{Opened, Workspace, parent};

/// What names of examples have behind, in front, or instead of that of the file.
const EXAMPLES: &[&str] = &["example", "sample", "template", "dist", "default", "tpl"];

/// A file that a manifest names.
pub(super) struct EnvFile<'a> {
    /// Its path in the project; `None` where it lies outside.
    pub(super) path: Option<String>,
    /// Its name as written.
    pub(super) name: &'a str,
    /// Where it is named.
    pub(super) span: Span,
    /// Whose rules it follows.
    pub(super) flavour: Flavour,
}

/// Adds the variables of a file to those of the files before it.
pub(super) fn add(workspace: &mut Workspace<'_>, file: &EnvFile<'_>, into: &mut Environment) {
    let opened = file.path.as_ref().map(|it| workspace.try_open(it));
    match opened {
        Some(Opened::File(id)) => {
            let way = format!("{:?} {}", file.flavour, file.name);
            let own = workspace.variables_of(id, &way, |workspace| of_file(workspace, id, file));
            // A copy of all names and references, where there are others already.
            match workspace.budget().container(own.count(), 1) {
                Ok(()) => into.set_above(&own),
                Err(spent) => open(file, spent.unknown(), into),
            }
        }
        Some(Opened::Missing) => missing(workspace, file, into),
        Some(Opened::Unknown(unknown)) => open(file, unknown, into),
        None => {
            let reason = format!("`{}` is not in this project", file.name);
            open(file, Unknown::because(reason), into);
        }
    }
}

/// The variables of a file that is there.
fn of_file(workspace: &mut Workspace<'_>, id: FileId, file: &EnvFile<'_>) -> Environment {
    let mut environment = Environment::new();
    // Its comments may allow something. What is wrong with it is said there: that it is too large,
    // or has too many lines.
    let is_cut = is_cut(&workspace.document(id, Syntax::Env));
    let text = workspace.sources.file(id).shared_text();
    let is_read = text.len() <= BYTES_MAX;
    let found = if is_read { env_file::assignments(&text, file.flavour) } else { Vec::new() };
    for it in found.into_iter().take(LEN_MAX) {
        environment.set(it.name.clone(), fact(&it, id, file));
    }
    if is_cut {
        let reason = format!("opslint does not read all of {}", file.name);
        let source = format!("the variables of {}", file.name);
        environment.open_others(Fact::unknown(Unknown::because(reason), origin(file, source)));
    }
    environment
}

/// The variables of a file that is read where it is there: `.env` beside a compose file.
pub(super) fn beside(workspace: &mut Workspace<'_>, file: &EnvFile<'_>) -> Environment {
    let mut environment = Environment::new();
    let opened = file.path.as_ref().map(|it| workspace.try_open(it));
    let has_example = |workspace: &mut Workspace<'_>| {
        file.path.as_deref().is_some_and(|it| example(workspace, it).is_some())
    };
    if !matches!(opened, None | Some(Opened::Missing)) || has_example(workspace) {
        add(workspace, file, &mut environment);
    }
    environment
}

fn origin(file: &EnvFile<'_>, source: String) -> Origin {
    Origin { span: Some(file.span), ..Origin::new(OriginKind::Env, source) }
}

fn fact(it: &Assignment, id: FileId, file: &EnvFile<'_>) -> Fact {
    let source = format!("`{}` in {}, line {}", it.name, file.name, it.line);
    // A name without a value is a place, too.
    let range = if it.value_range.is_empty() { &it.name_range } else { &it.value_range };
    let span = Span::new(id, range.start, range.end);
    let state = match &it.value {
        Some(value) => known(&it.name, value),
        None => {
            let reason =
                format!("`{}` of {} is filled in by whoever starts it", it.name, file.name);
            State::Unknown(Unknown::because(reason))
        }
    };
    Fact::new(state, Origin { span: Some(span), ..origin(file, source) })
}

/// A value that is a secret is not kept: of an address, what is in front of it.
fn known(name: &str, value: &str) -> State {
    let Some(part) = secret::secret_part(name, value) else {
        return State::Known(Value::Text(value.to_owned()));
    };
    let unknown = Unknown::because("it is a secret");
    match value.get(..part.start).filter(|it| !it.is_empty()) {
        Some(before) => {
            State::Pattern(vec![TextPart::Known(before.to_owned()), TextPart::Unknown(unknown)])
        }
        None => State::Unknown(unknown),
    }
}

/// The file is made where the program runs.
fn missing(workspace: &mut Workspace<'_>, file: &EnvFile<'_>, into: &mut Environment) {
    let unknown = |name: &str| {
        Unknown::new(
            format!("`{}` is not in this project", file.name),
            format!("`{name}` under `[env]` in opslint.toml"),
        )
    };
    // What the service reads itself is no example of what it reads beside it.
    let is_read = |id| into.iter().any(|(_, it)| it.origin.span.is_some_and(|it| it.file == id));
    let example = file.path.as_deref().and_then(|it| example(workspace, it));
    let Some((_, example)) = example.filter(|(id, _)| !is_read(*id)) else {
        let reason = format!("`{}` is not in this project, and may set any variable", file.name);
        return open(file, Unknown::because(reason), into);
    };
    into.may_be_more();
    for it in env_file::assignments(&example, file.flavour) {
        let source = format!("`{}` in {}", it.name, file.name);
        into.set(it.name.clone(), Fact::unknown(unknown(&it.name), origin(file, source)));
    }
}

fn open(file: &EnvFile<'_>, unknown: Unknown, into: &mut Environment) {
    let source = format!("the variables of {}", file.name);
    let said = format!("`{}` is not in this project", file.name);
    unread(&said, &Fact::unknown(unknown, origin(file, source)), into);
}

/// Something sets variables that no file of the project shows: `said` tells what and where it is,
/// and `any` stands for each of its variables.
pub(super) fn unread(said: &str, any: &Fact, into: &mut Environment) {
    into.open_others(any.clone());
    let assumed = |name: &str| Origin {
        kind: OriginKind::Assumed,
        span: any.origin.span,
        source: format!("{said}; taken not to set `{name}`"),
        inputs: Vec::new(),
    };
    // Nobody writes a value into the manifest for a file elsewhere to replace it. That is taken for
    // granted of the first of several files, and so of all.
    let before = into.iter().filter(|(_, fact)| fact.origin.kind != OriginKind::Assumed);
    let before: Vec<(String, Fact)> =
        before.map(|(name, fact)| (name.to_owned(), fact.clone())).collect();
    for (name, fact) in before {
        let (state, span) = (fact.state.clone(), fact.origin.span);
        let inputs = vec![Input::new(name.clone(), fact)];
        let origin = Origin { span, inputs, ..assumed(&name) };
        into.put_back(&name, Some(Arc::new(Fact::new(state, origin))));
    }
    // Files that nobody keeps in a repository hold passwords and addresses, and hardly ever the
    // settings of servers.
    for name in programs::own_variables() {
        if !into.has(&name) {
            let origin = assumed(&name);
            into.set(name, Fact::known(Value::Null, origin));
        }
    }
}

/// The example of a file that lies beside its place, and its text.
fn example(workspace: &mut Workspace<'_>, path: &str) -> Option<(FileId, Arc<str>)> {
    let folder = parent(path);
    let own = path.rsplit('/').next().unwrap_or(path);
    let words = |name: &str| -> Vec<String> {
        let parts = name.split(['.', '-', '_']).filter(|it| !it.is_empty());
        let mut all: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        all.sort();
        all
    };
    let of_own = words(own);
    let is_example = |name: &&String| {
        let (marks, rest): (Vec<String>, Vec<String>) =
            words(name).into_iter().partition(|it| EXAMPLES.contains(&it.as_str()));
        // `.env.prod` is made from `.env.example`, too.
        !marks.is_empty() && (rest == of_own || rest == ["env"])
    };
    let names = workspace.list(folder);
    let mut found: Vec<&String> = names.iter().filter(is_example).collect();
    found.sort_by_key(|it| (words(it).len() != of_own.len() + 1, it.len()));
    let name = found.first()?;
    let path = if folder.is_empty() { (*name).clone() } else { format!("{folder}/{name}") };
    let file = workspace.open(&path)?;
    Some((file, workspace.sources.file(file).shared_text()))
}
