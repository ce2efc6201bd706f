//! Scripts of package.json, as npm, yarn, pnpm, bun and `node --run` start them.
//!
//! All of them give the text of a script to a shell in the folder of its package.json, with the
//! words that are passed on behind it. What they read of their own options is left out.

use std::rc::Rc;
use std::sync::Arc;

use super::code::Code;
use super::run::{Flow, Run, Status};
use super::start::Start;
use crate::document::{Document, Node, Text};
use crate::fact::Unknown;
use crate::launch::{Piece, Word};
use crate::parse::Syntax;
use crate::parse::shell::{HOLE_FIRST, HOLES_MAX};
use crate::source::FileId;
use crate::workspace::{join, parent};

/// Programs that start scripts of package.json.
const MANAGERS: &[&str] = &["npm", "yarn", "yarnpkg", "pnpm", "bun"];

/// Commands of npm that start the script of the same name.
const NPM_SCRIPTS: &[&str] = &["start", "stop", "test", "restart"];

/// Commands of yarn, pnpm and bun that are no scripts.
const OWN_COMMANDS: &[&str] = &[
    "add", "audit", "cache", "ci", "config", "create", "dedupe", "deploy", "fetch", "global", "i",
    "info", "init", "install", "link", "list", "outdated", "pack", "patch", "publish", "rebuild",
    "remove", "rm", "test", "update", "upgrade", "version", "why", "x", "pm", "build", "help",
];

/// Options of the managers that take the next word.
const VALUED: &[&str] = &[
    "--loglevel",
    "--reporter",
    "--registry",
    "--cache",
    "--config",
    "--env-file",
    "--mutex",
    "--network-timeout",
];

/// What a command line of a manager asks for.
#[derive(Debug, Default)]
struct Asked {
    /// Folder of the package, from `--prefix`, `-C`, `--dir` or `--cwd`.
    folder: Option<String>,
    /// Name of the workspace.
    member: Option<String>,
    /// The script, and the index of the word that names it.
    script: Option<String>,
    at: usize,
    /// Whether a program takes the place of a script that is not there.
    or_program: bool,
    /// Index of the first word that is passed on, or of the program of `exec`.
    rest: usize,
    /// Whether a program is started, and no script.
    program: bool,
    /// Why it is not known what is asked.
    open: Option<&'static str>,
}

impl Run<'_, '_> {
    /// Starts the script that a package manager is told to start. `None` when it is told something
    /// else; a program that it is told to start takes the place of the words.
    pub(super) fn package_manager(&mut self, start: &mut Start, name: &str) -> Option<Flow> {
        let asked = match name {
            "node" => node_run(&start.words)?,
            it if MANAGERS.contains(&it) => asked(it, &start.words)?,
            _ => return None,
        };
        if let Some(reason) = asked.open {
            self.uncertain(Unknown::because(reason));
            return Some(Flow::Next(Status::Unknown));
        }
        if asked.program {
            if asked.rest < start.words.len() {
                start.words.drain(..asked.rest);
            }
            return None;
        }
        let script = asked.script.clone()?;
        let (file, document) = self.package(start, &asked)?;
        let scripts = document.root.get("scripts");
        let text = |name: &str| scripts.and_then(|it| it.get(name)).and_then(Node::as_text);
        let Some(main) = text(&script) else {
            if asked.or_program {
                start.words.drain(..asked.at);
                return None;
            }
            let path = self.workspace.sources.file(file).path().to_owned();
            self.uncertain(Unknown::because(format!("`{path}` has no script `{script}`")));
            return Some(Flow::Next(Status::Unknown));
        };
        // Scripts start each other by name, so the file alone does not make a circle.
        let key = (file, script.clone());
        if self.package_scripts.contains(&key) {
            self.uncertain(Unknown::because(format!("the script `{script}` starts itself")));
            return Some(Flow::Next(Status::Unknown));
        }
        self.package_scripts.push(key);
        if let Some(before) = text(&format!("pre{script}")) {
            self.package_script(start, file, before, &[]);
        }
        let rest = start.words.get(asked.rest..).unwrap_or_default().to_vec();
        let flow = self.package_script(start, file, main, &rest);
        self.package_scripts.pop();
        Some(flow)
    }

    /// The package.json that is asked for: in the folder, or the nearest one above it.
    fn package(&mut self, start: &Start, asked: &Asked) -> Option<(FileId, Arc<Document>)> {
        let own = asked.folder.as_deref().unwrap_or(".");
        let mut folder = start.shell.project_path(self.workspace, own)?;
        loop {
            if let Some(found) = self.package_in(&folder) {
                return match &asked.member {
                    Some(member) => self.member(&folder, &found.1, member),
                    None => Some(found),
                };
            }
            if folder.is_empty() || folder.starts_with("..") {
                return None;
            }
            folder = parent(&folder).to_owned();
        }
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
        let is_it = |it: &Document| it.root.get("name").and_then(Node::as_str) == Some(name);
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

    fn package_script(&mut self, start: &Start, file: FileId, text: &Text, rest: &[Word]) -> Flow {
        let path = self.workspace.sources.file(file).path().to_owned();
        let mut shell = start.shell.child(start.environment.clone(), Vec::new());
        shell.folder = Ok(parent(&path).to_owned());
        shell.dialect = shell.sh;
        let code = Rc::new(with_words(text, rest));
        let place = start.place;
        let flow = self.deeper(|it| it.code(&mut shell, &code, place));
        match flow {
            Flow::Next(status) | Flow::Return(status) => Flow::Next(status),
            Flow::Exit => Flow::Next(Status::Success),
        }
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
        value.push_str(" '");
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
        value.push('\'');
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

/// `node --run script`.
fn node_run(words: &[Word]) -> Option<Asked> {
    let text = |idx: usize| words.get(idx).and_then(Word::text);
    let first = text(1)?;
    let (script, rest) = match first.split_once('=') {
        Some(("--run", name)) => (name.to_owned(), 2),
        None if first == "--run" => (text(2)?, 3),
        _ => return None,
    };
    let rest = if text(rest).as_deref() == Some("--") { rest + 1 } else { rest };
    Some(Asked { script: Some(script), rest, ..Asked::default() })
}

/// Reads the words of a manager. `None` when they start nothing that is followed here.
fn asked(manager: &str, words: &[Word]) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut idx = 1;
    let mut runs = false;
    while let Some(text) = words.get(idx).and_then(Word::text) {
        idx += 1;
        let (option, value) = match text.split_once('=') {
            Some((option, value)) if text.starts_with('-') => (option, Some(value.to_owned())),
            _ => (text.as_str(), None),
        };
        let mut value_of = || {
            value.clone().or_else(|| {
                idx += 1;
                words.get(idx - 1).and_then(Word::text)
            })
        };
        match option {
            "--prefix" | "-C" | "--dir" | "--cwd" => asked.folder = Some(value_of()?),
            "-w" | "--workspace" if manager == "npm" => asked.member = Some(value_of()?),
            "--filter" | "-F" if manager != "npm" => {
                asked.member = Some(value_of()?);
            }
            "--workspaces" | "-ws" | "-r" | "--recursive" | "--parallel" => {
                asked.open = Some("the script of several packages is started");
            }
            "--" if asked.script.is_some() => {
                asked.rest = idx;
                break;
            }
            "--" => {}
            it if VALUED.contains(&it) && value.is_none() => idx += 1,
            it if it.starts_with('-') => {}
            "workspace" if manager.starts_with("yarn") && !runs => {
                asked.member = Some(words.get(idx).and_then(Word::text)?);
                idx += 1;
            }
            "run" | "run-script" | "rum" | "urn" if !runs => runs = true,
            "exec" | "x" | "dlx" if !runs => {
                let dashes = words.get(idx).and_then(Word::text).as_deref() == Some("--");
                return Some(Asked { program: true, rest: idx + usize::from(dashes), ..asked });
            }
            // npm reads its own options behind the script, too.
            _ if asked.script.is_some() => {
                asked.rest = idx - 1;
                break;
            }
            script => {
                let is_script = match manager {
                    "npm" => runs || NPM_SCRIPTS.contains(&script),
                    // A file, and no script.
                    "bun" if script.contains(['/', '.']) => return None,
                    _ => runs || !OWN_COMMANDS.contains(&script),
                };
                if !is_script {
                    return None;
                }
                asked.script = Some(script.to_owned());
                asked.at = idx - 1;
                asked.or_program = manager != "npm" && !runs || manager == "yarn";
                asked.rest = words.len();
                if manager == "npm" {
                    continue;
                }
                let dashes = words.get(idx).and_then(Word::text).as_deref() == Some("--");
                asked.rest = idx + usize::from(dashes && manager.starts_with("yarn"));
                break;
            }
        }
    }
    if asked
        .member
        .as_deref()
        .is_some_and(|it| it.contains("...") || it.contains(['*', '!', '[', '{']))
    {
        asked.open = Some("the script of several packages is started");
    }
    asked.script.is_some().then_some(asked)
}
