//! The state of a shell: variables, positional parameters, folder, functions.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Surroundings;
use crate::document::{Segment, Text};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{Command, HOLE_FIRST, HOLES_MAX};
use crate::project::{Environment, Lookup};
use crate::source::Span;
use crate::workspace::{self, Workspace};

/// Folders that platforms put a project in. A path below one of them is a path of the project when
/// there is such a file.
///
/// Heroku and AppPack: `/app`; Render: `/opt/render/project/src`; Cloud Native Buildpacks:
/// `/workspace`.
const PROJECT_FOLDERS: [&str; 3] = ["/app", "/opt/render/project/src", "/workspace"];

/// A text that a shell reads, and what stands for the parts of it that are not known as text.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) text: Text,
    pub(super) holes: Vec<Piece>,
}

/// What is known of a shell variable.
pub(super) enum Variable<'a> {
    Set(&'a Fact),
    Unset,
    Unmentioned,
}

/// The state of a shell.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// Exported variables: what programs see.
    pub(super) environment: Environment,
    /// Variables that are not exported; `None` is unset.
    locals: BTreeMap<String, Option<Fact>>,
    /// `$1` and on; `None` when they are not known.
    pub(super) arguments: Option<Vec<Word>>,
    pub(super) folder: Result<String, Unknown>,
    /// The folder of the project.
    root: String,
    pub(super) functions: BTreeMap<String, (Rc<Code>, Rc<Command>)>,
    /// `set -a`.
    pub(super) exports_all: bool,
}

impl Shell {
    pub(super) fn new(surroundings: &Surroundings<'_>) -> Self {
        Self {
            environment: surroundings.environment.clone(),
            locals: BTreeMap::new(),
            arguments: Some(Vec::new()),
            folder: Ok(surroundings.folder.to_owned()),
            root: surroundings.folder.to_owned(),
            functions: BTreeMap::new(),
            exports_all: false,
        }
    }

    /// A shell that this one starts: it sees exported variables only.
    pub(super) fn child(&self, environment: Environment, arguments: Vec<Word>) -> Self {
        Self {
            environment,
            locals: BTreeMap::new(),
            arguments: Some(arguments),
            folder: self.folder.clone(),
            root: self.root.clone(),
            functions: BTreeMap::new(),
            exports_all: false,
        }
    }

    pub(super) fn get(&self, name: &str) -> Variable<'_> {
        match self.locals.get(name) {
            Some(Some(fact)) => return Variable::Set(fact),
            Some(None) => return Variable::Unset,
            None => {}
        }
        match self.environment.get(name) {
            Lookup::Set(fact) => Variable::Set(fact),
            Lookup::Unset => Variable::Unset,
            Lookup::Unmentioned => Variable::Unmentioned,
        }
    }

    /// `NAME=value`. A variable that is exported stays exported.
    pub(super) fn assign(&mut self, name: &str, fact: Fact) {
        if self.exports_all || matches!(self.environment.get(name), Lookup::Set(_)) {
            self.environment.set(name, fact);
        } else {
            self.locals.insert(name.to_owned(), Some(fact));
        }
    }

    /// `export NAME`.
    pub(super) fn export(&mut self, name: &str) {
        if let Some(Some(fact)) = self.locals.remove(name) {
            self.environment.set(name, fact);
        }
    }

    /// `unset NAME`.
    pub(super) fn unset(&mut self, name: &str, span: Span) {
        let origin = Origin { kind: OriginKind::Env, ..Origin::written(span, "`unset`") };
        self.locals.remove(name);
        self.environment.unset(name, origin);
    }

    /// `cd path`.
    pub(super) fn change_folder(&mut self, workspace: &Workspace<'_>, path: Option<&str>) {
        let folder = path.and_then(|it| self.project_path(workspace, it));
        self.folder = folder.ok_or_else(|| {
            let shown = path.map_or_else(|| "that folder".to_owned(), |it| format!("`{it}`"));
            Unknown::because(format!("the command runs in {shown}, which is not in the project"))
        });
    }

    /// A path that the shell would open as a path shown to the user; `None` outside the project.
    pub(super) fn project_path(&self, workspace: &Workspace<'_>, path: &str) -> Option<String> {
        if workspace.is_in_image() {
            return workspace.join(self.folder.as_ref().ok()?, path);
        }
        for folder in PROJECT_FOLDERS {
            if let Some(inside) = path.strip_prefix(folder)
                && (inside.is_empty() || inside.starts_with('/'))
            {
                return workspace::join(&self.root, inside.trim_start_matches('/'));
            }
        }
        workspace::join(self.folder.as_ref().ok()?, path)
    }

    /// This state where it agrees with `other`, and unknown where the two differ.
    #[must_use]
    pub(super) fn join(mut self, other: &Self) -> Self {
        let mut names: BTreeSet<String> = self.locals.keys().cloned().collect();
        names.extend(other.locals.keys().cloned());
        for shell in [&self, other] {
            names.extend(shell.environment.iter().map(|(name, _)| name.to_owned()));
        }
        for name in names {
            let (ours, theirs) = (self.state(&name), other.state(&name));
            if ours == theirs {
                continue;
            }
            let reason = format!("`${name}` depends on a condition in the command");
            let source = format!("`${name}` in the command");
            let origin = Origin::new(OriginKind::Env, source);
            self.assign(&name, Fact::unknown(Unknown::because(reason), origin));
        }
        if self.folder != other.folder {
            let reason = "the folder it runs in depends on a condition in the command";
            self.folder = Err(Unknown::because(reason));
        }
        let texts = |it: &Self| -> Option<Vec<Option<String>>> {
            Some(it.arguments.as_ref()?.iter().map(Word::text).collect())
        };
        if texts(&self) != texts(other) {
            self.arguments = None;
        }
        self.functions.extend(other.functions.clone());
        self
    }

    fn state(&self, name: &str) -> Option<State> {
        match self.get(name) {
            Variable::Set(fact) => Some(fact.state.clone()),
            Variable::Unset => Some(State::Known(Value::Null)),
            Variable::Unmentioned => None,
        }
    }
}

impl Code {
    /// A word as the text of a script. Parts that are not known, or that come from a variable,
    /// become holes, so that they keep their origin.
    pub(super) fn from_word(word: &Word) -> Self {
        let mut value = String::new();
        let mut segments = Vec::new();
        let mut holes: Vec<Piece> = Vec::new();
        for piece in &word.pieces {
            let text = match &piece.text {
                Ok(text) if piece.expanded.is_none() || !is_plain(text) => text,
                Ok(text) if ends_in_name(&value) => text,
                _ if holes.len() < HOLES_MAX => {
                    let hole = char::from_u32(HOLE_FIRST as u32 + holes.len() as u32);
                    value.extend(hole);
                    holes.push(piece.clone());
                    continue;
                }
                _ => continue,
            };
            let end = segments.last().map_or(0, |it: &Segment| it.source + it.len);
            let is_here = word.span.contains(piece.span) && end <= piece.span.range().start;
            let is_verbatim = piece.expanded.is_none() && piece.span.range().len() == text.len();
            if is_here && is_verbatim {
                segments.push(Segment {
                    decoded: value.len(),
                    source: piece.span.range().start,
                    len: text.len(),
                });
            }
            value.push_str(text);
        }
        Self { text: Text::new(value, word.span, segments), holes }
    }
}

/// Whether what follows the text may go on with the name of a variable: `$NA`.
fn ends_in_name(text: &str) -> bool {
    let Some((_, name)) = text.rsplit_once('$') else { return false };
    let name = name.strip_prefix('{').unwrap_or(name);
    name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// Whether a shell reads the text as itself wherever it stands in a word.
fn is_plain(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"_-./:,@%+".contains(&it);
    !text.is_empty() && text.bytes().all(plain)
}
