//! Scripts of package.json, as npm, yarn, pnpm, bun and `node --run` start them.
//!
//! All of them give the text of a script to a shell in the folder of its package.json, with the
//! words that are passed on behind it, between the scripts `pre…` and `post…` of the same name.

mod asked;

use std::rc::Rc;
use std::sync::Arc;

use self::asked::{Asked, Manager, Target};
use super::code::Code;
use super::run::{Flow, Run, Status};
use super::start::Start;
use crate::document::{Document, Node, Text};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::Syntax;
use crate::parse::shell::{HOLE_FIRST, HOLES_MAX};
use crate::project::Environment;
use crate::source::{FileId, Span};
use crate::workspace::{join, parent};

/// What npm and pnpm start where package.json has no script `start`.
const SERVER: &str = "server.js";

/// Folders above each other that are looked through for a package.json.
const ABOVE_MAX: usize = 32;

impl Run<'_, '_> {
    /// Starts the script that a package manager is told to start. `None` when it is told something
    /// else; a program that it is told to start takes the place of the words.
    pub(super) fn package_manager(&mut self, start: &mut Start, name: &str) -> Option<Flow> {
        if name == "npx" {
            self.enter_package(start);
            return None;
        }
        let asked = asked::asked(name, &start.words)?;
        if let Some(reason) = asked.open {
            return Some(self.not_known(reason));
        }
        let Target::Script(script) = &asked.target else {
            return self.package_program(start, &asked);
        };
        let (file, document) = match self.package(start, &asked) {
            Ok(found) => found?,
            Err(reason) => return Some(self.not_known(reason)),
        };
        let scripts = document.root.get("scripts");
        let text = |name: &str| scripts.and_then(|it| it.get(name)).and_then(Node::as_text);
        let path = self.workspace.sources.file(file).path().to_owned();
        let hooks = self.has_hooks(asked.manager, file, &document);
        let hook = |before: &str| {
            let name = format!("{before}{script}");
            text(&name).filter(|_| hooks).map(|it| (name, it))
        };
        let main = text(script);
        if main.is_none() {
            let folder = parent(&path);
            let server = join(folder, SERVER).filter(|it| self.workspace.is_file(it));
            let has_server = matches!(asked.manager, Manager::Npm | Manager::Pnpm)
                && script == "start"
                && server.is_some();
            if has_server {
                let span = start.words[0].span;
                start.words = vec![Word::literal("node", span), Word::literal(SERVER, span)];
                start.words.extend(asked.words.iter().cloned());
                start.shell.folder = Ok(folder.to_owned());
                return None;
            }
            // `pnpm -C FOLDER exec NAME` starts what `pnpm -C FOLDER NAME` may not find.
            if asked.or_program && asked.manager == Manager::Pnpm && asked.folder.is_some() {
                return Some(self.not_known("pnpm may not find the program of that folder"));
            }
            if asked.or_program {
                start.words = asked.named.iter().chain(&asked.words).cloned().collect();
                match asked.manager {
                    Manager::Yarn => start.shell.folder = Ok(folder.to_owned()),
                    _ if asked.folder.is_some() => {
                        start.shell.change_folder(self.workspace, asked.folder.as_deref());
                    }
                    _ => {}
                }
                return None;
            }
            if asked.if_present {
                return Some(Flow::Next(Status::Success));
            }
            return Some(self.not_known(format!("`{path}` has no script `{script}`")));
        }
        let main = main?;
        // Scripts start each other by name, so the file alone does not make a circle.
        let key = (file, script.clone());
        if self.package_scripts.contains(&key) {
            return Some(self.not_known(format!("the script `{script}` starts itself")));
        }
        self.package_scripts.push(key);
        let package = Package { file, document: &document, folder: parent(&path) };
        let mut flow = Flow::Next(Status::Success);
        let hook_before = hook("pre").map(|(name, text)| (name, text, &[][..]));
        let hook_after = hook("post").map(|(name, text)| (name, text, &[][..]));
        let own = (script.clone(), main, asked.words.as_slice());
        for (name, text, words) in hook_before.into_iter().chain([own]).chain(hook_after) {
            flow = self.package_script(start, &package, &name, text, words);
            // A script that fails ends it all.
            if flow == Flow::Next(Status::Failure) {
                break;
            }
        }
        self.package_scripts.pop();
        Some(flow)
    }

    fn not_known(&mut self, reason: impl Into<String>) -> Flow {
        self.uncertain(Unknown::because(reason.into()));
        Flow::Next(Status::Unknown)
    }

    /// Puts the program that a manager starts in the place of its words.
    fn package_program(&mut self, start: &mut Start, asked: &Asked) -> Option<Flow> {
        if asked.member.is_some() || asked.at_root {
            let file = match self.package(start, asked) {
                Ok(Some((file, _))) => file,
                Ok(None) => return Some(self.not_known("the workspace is not in this project")),
                Err(reason) => return Some(self.not_known(reason)),
            };
            let path = self.workspace.sources.file(file).path();
            start.shell.folder = Ok(parent(path).to_owned());
        } else if let Some(folder) =
            asked.folder.as_deref().filter(|_| asked.manager != Manager::Npm)
        {
            start.shell.change_folder(self.workspace, Some(folder));
        } else if asked.manager == Manager::Npm && asked.folder.is_none() {
            self.enter_package(start);
        }
        // `yarn exec` reads options behind the program for its own, and drops what it does not know.
        let is_option = |it: &Word| it.known_prefix().starts_with('-');
        if asked.manager == Manager::Yarn && asked.words.iter().skip(1).any(is_option) {
            return Some(self.not_known("yarn may take an option of the program for its own"));
        }
        start.words.clone_from(&asked.words);
        None
    }

    /// npm and npx start a program in the folder of the package, wherever in it they are told to.
    fn enter_package(&mut self, start: &mut Start) {
        let Ok(here) = start.shell.folder.clone() else { return };
        let mut folder = here;
        for _ in 0..ABOVE_MAX {
            if self.package_in(&folder).is_some() {
                start.shell.folder = Ok(folder);
                return;
            }
            if folder.is_empty() || folder.starts_with("..") {
                return;
            }
            folder = parent(&folder).to_owned();
        }
    }

    /// The package.json that is asked for: in the folder, or the nearest one above it. An error
    /// says why it is not known which of several it is.
    fn package(
        &mut self,
        start: &Start,
        asked: &Asked,
    ) -> Result<Option<(FileId, Arc<Document>)>, String> {
        let own = asked.folder.as_deref().unwrap_or(".");
        let Some(mut folder) = start.shell.project_path(self.workspace, own) else {
            return Ok(None);
        };
        let mut found_any = false;
        for _ in 0..ABOVE_MAX {
            if let Some(found) = self.package_in(&folder) {
                found_any = true;
                let is_root = || {
                    let lists = join(&folder, "pnpm-workspace.yaml");
                    found.1.root.get("workspaces").is_some()
                        || lists.is_some_and(|it| self.workspace.is_file(&it))
                };
                match &asked.member {
                    None if !asked.at_root || is_root() => return Ok(Some(found)),
                    None => {}
                    Some(member) => {
                        if let Some(found) = self.member(&folder, &found.1, member) {
                            return Ok(Some(found));
                        }
                    }
                }
            }
            if folder.is_empty() || folder.starts_with("..") {
                break;
            }
            folder = parent(&folder).to_owned();
        }
        match &asked.member {
            Some(member) if found_any => {
                Err(format!("no package.json of the workspace has the name `{member}`"))
            }
            _ => Ok(None),
        }
    }

    /// Names of the scripts of the nearest package.json, in the folder or above it.
    pub(super) fn script_names(&mut self, start: &Start) -> Option<Vec<String>> {
        let mut folder = start.shell.folder.clone().ok()?;
        for _ in 0..ABOVE_MAX {
            if let Some((_, document)) = self.package_in(&folder) {
                let scripts = document.root.get("scripts")?.entries();
                return Some(scripts.iter().map(|it| it.key.value.clone()).collect());
            }
            if folder.is_empty() || folder.starts_with("..") {
                return None;
            }
            folder = parent(&folder).to_owned();
        }
        None
    }

    fn package_in(&mut self, folder: &str) -> Option<(FileId, Arc<Document>)> {
        let file = self.workspace.open(&join(folder, "package.json")?)?;
        let document = self.workspace.look_into(file, Syntax::Json);
        document.root.entries().first()?;
        Some((file, document))
    }

    /// A package of a workspace by its name or its folder.
    fn member(
        &mut self,
        root: &str,
        document: &Document,
        name: &str,
    ) -> Option<(FileId, Arc<Document>)> {
        // pnpm leaves the scope to the reader.
        let is_it = |it: &Document| {
            let own = it.root.get("name").and_then(Node::as_str);
            own.is_some_and(|it| it == name || it.split_once('/').is_some_and(|it| it.1 == name))
        };
        if is_it(document) {
            return self.package_in(root);
        }
        if let Some(path) = name.strip_prefix("./").or_else(|| name.contains('/').then_some(name))
            && !name.starts_with('@')
            && let Some(found) = self.package_in(&join(root, path)?)
        {
            return Some(found);
        }
        let short = name.rsplit('/').next()?;
        let mut patterns = patterns(&document.root);
        let file = self.workspace.open(&join(root, "pnpm-workspace.yaml")?);
        if let Some(file) = file {
            let document = self.workspace.look_into(file, Syntax::Yaml);
            patterns.extend(texts(document.root.get("packages")));
        }
        // Folders are named like their packages nearly always; the name in the file decides.
        let folders = patterns.iter().filter_map(|it| {
            let it = it.trim_start_matches("./").trim_end_matches('/');
            match it.strip_suffix("/*").or_else(|| it.strip_suffix("/**")) {
                Some(above) => join(root, &format!("{above}/{short}")),
                None if it == "*" => join(root, short),
                None => join(root, it),
            }
        });
        let folders: Vec<String> = folders.collect();
        folders.iter().find_map(|it| self.package_in(it).filter(|(_, it)| is_it(it)))
    }

    /// Whether `pre…` and `post…` run around any script. Those of yarn from version 2 on, and those
    /// of pnpm 8 and before, do not.
    ///
    /// Sources: <https://yarnpkg.com/advanced/lifecycle-scripts>,
    /// <https://pnpm.io/settings#enableprepostscripts>, <https://nodejs.org/docs/latest/api/cli.html#--run>
    fn has_hooks(&self, manager: Manager, file: FileId, document: &Document) -> bool {
        let named = document.root.get("packageManager").and_then(Node::as_str);
        let major = |name: &str| {
            let version = named?.strip_prefix(name)?.strip_prefix('@')?;
            version.split('.').next()?.parse::<u32>().ok()
        };
        let folder = parent(self.workspace.sources.file(file).path());
        let has_rc = || join(folder, ".yarnrc.yml").is_some_and(|it| self.workspace.is_file(&it));
        match manager {
            Manager::Npm | Manager::Bun => true,
            Manager::Yarn => major("yarn").map_or_else(|| !has_rc(), |it| it < 2),
            Manager::Pnpm => major("pnpm").is_none_or(|it| it >= 9),
            Manager::Node => false,
        }
    }

    fn package_script(
        &mut self,
        start: &Start,
        package: &Package<'_>,
        name: &str,
        text: &Text,
        rest: &[Word],
    ) -> Flow {
        let mut shell = start.shell.child(package.environment(start, name), Vec::new());
        shell.folder = Ok(package.folder.to_owned());
        shell.dialect = shell.sh;
        let code = Rc::new(with_words(text, rest));
        self.process(&mut shell, &code, start.place)
    }
}

/// A package whose scripts are started.
struct Package<'a> {
    file: FileId,
    document: &'a Document,
    folder: &'a str,
}

impl Package<'_> {
    /// The environment of a script: each manager tells it what it is.
    fn environment(&self, start: &Start, script: &str) -> Environment {
        let mut environment = start.environment.clone();
        let node = |key: &str| self.document.root.get(key).filter(|it| it.as_str().is_some());
        let text = |key: &str| node(key).and_then(Node::as_str).map(str::to_owned);
        let span = |key: &str| node(key).map_or(Span::start_of(self.file), |it| it.span);
        let variables = [
            ("npm_lifecycle_event", Some(script.to_owned()), Span::start_of(self.file)),
            ("npm_package_name", text("name"), span("name")),
            ("npm_package_version", text("version"), span("version")),
        ];
        for (name, value, span) in variables {
            let Some(value) = value else { continue };
            let origin = Origin { kind: OriginKind::Env, ..Origin::written(span, "package.json") };
            environment.set(name, Fact::known(Value::Text(value), origin));
        }
        environment
    }
}

/// The text of a script with the words that are passed on, as a manager quotes them.
fn with_words(text: &Text, rest: &[Word]) -> Code {
    let mut code = Code::verbatim(text.clone(), None);
    if rest.is_empty() {
        return code;
    }
    let mut holes: Vec<Piece> = Vec::new();
    let mut value = text.value.clone();
    for word in rest {
        // What may be any number of words is so behind the manager, too.
        let quote = if word.may_be_several() { "" } else { "'" };
        value.push(' ');
        value.push_str(quote);
        for piece in &word.pieces {
            match &piece.text {
                Ok(text) if piece.expanded.is_none() => {
                    value.push_str(&text.replace('\'', "'\\''"))
                }
                _ if holes.len() < HOLES_MAX => {
                    value.extend(char::from_u32(HOLE_FIRST as u32 + holes.len() as u32));
                    holes.push(piece.clone());
                }
                _ => {}
            }
        }
        value.push_str(quote);
    }
    code.text.value = value;
    code.holes = holes.into();
    code
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let all = node.map(Node::elements).unwrap_or_default();
    all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

/// `workspaces`, as a list or as a table with a list.
fn patterns(root: &Node) -> Vec<String> {
    let node = root.get("workspaces");
    texts(node.and_then(|it| it.get("packages")).or(node))
}
