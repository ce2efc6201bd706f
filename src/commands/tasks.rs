//! Scripts of Python projects: commands that pyproject.toml and Pipfile name, and the programs that
//! an installation of the project makes of its functions.
//!
//! Sources: <https://pipenv.pypa.io/en/latest/scripts.html>,
//! <https://pdm-project.org/latest/usage/scripts/>, <https://poethepoet.natn.io/tasks/>,
//! <https://rye.astral.sh/guide/pyproject/#toolryescripts>,
//! <https://hatch.pypa.io/latest/config/environment/overview/#scripts>,
//! <https://github.com/taskipy/taskipy>,
//! <https://pixi.sh/latest/workspace/advanced_tasks/>,
//! <https://packaging.python.org/en/latest/specifications/entry-points/>

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::code::Code;
use super::exec_form;
use super::run::{Flow, Run, Status};
use super::start::Start;
use crate::document::{Document, Node, NodeKind, Text};
use crate::fact::Unknown;
use crate::launch::Word;
use crate::parse::Syntax;
use crate::programs;
use crate::source::{FileId, Span};
use crate::workspace::{join, parent};

/// A tool that runs scripts by their names.
struct Tool {
    name: &'static str,
    /// Its own file, or pyproject.toml.
    file: &'static str,
    /// The table with the scripts.
    table: &'static [&'static str],
}

const fn tool(name: &'static str, file: &'static str, table: &'static [&'static str]) -> Tool {
    Tool { name, file, table }
}

/// Wrappers that run programs of the environment of a Python project.
const PYTHON: &[&str] =
    &["conda", "hatch", "micromamba", "pdm", "pipenv", "pixi", "poe", "poetry", "rye", "uv"];

const PROJECT: &str = "pyproject.toml";

/// The environment of hatch that is used where none is named.
const HATCH_DEFAULT: &str = "default";

#[rustfmt::skip]
const TOOLS: &[Tool] = &[
    tool("pipenv", "Pipfile", &["scripts"]),
    tool("pdm", PROJECT, &["tool", "pdm", "scripts"]),
    tool("poe", PROJECT, &["tool", "poe", "tasks"]),
    tool("rye", PROJECT, &["tool", "rye", "scripts"]),
    tool("pixi", "pixi.toml", &["tasks"]),
    tool("pixi", PROJECT, &["tool", "pixi", "tasks"]),
];

/// Tables of functions that become programs when the project is installed.
const ENTRY_POINTS: &[&[&str]] = &[&["project", "scripts"], &["tool", "poetry", "scripts"]];

/// Files in which setuptools looks for them, too.
///
/// Source: <https://setuptools.pypa.io/en/latest/userguide/entry_point.html>
const OF_SETUPTOOLS: &[&str] = &["setup.cfg", "setup.py"];

/// Keys of a script that is a table, and what each has.
const KEYS: &[(&str, Form)] = &[
    ("cmd", Form::Command),
    ("shell", Form::Shell),
    ("call", Form::Function),
    ("callable", Form::Function),
    ("reference", Form::Function),
    ("script", Form::Function),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Words, run without a shell by most tools.
    Command,
    /// Text for a shell.
    Shell,
    /// `module:function`.
    Function,
}

/// Where the function stands that a program of this name calls: `shop.cli:main` of
/// `shop = shop.cli:main` below `console_scripts`, in quotes or not.
fn console_script(text: &str, name: &str) -> Option<(usize, usize)> {
    let scripts = text.find("console_scripts")?;
    let is_dotted = |it: char| it.is_alphanumeric() || "_.:".contains(it);
    text[scripts..].match_indices(name).find_map(|(at, _)| {
        let at = scripts + at;
        let is_start = text[..at].ends_with(['\'', '"', ' ', '\t', '\n', '[']);
        let rest = &text[at + name.len()..];
        let value = rest.trim_start_matches(' ').strip_prefix('=').filter(|_| is_start)?;
        let value = value.trim_start_matches(' ');
        let from = text.len() - value.len();
        let len = value.find(|it| !is_dotted(it)).unwrap_or(value.len());
        value[..len].contains(':').then_some((from, from + len))
    })
}

impl Run<'_, '_> {
    /// Starts the script that a tool is told to run. `None` when the project has none of this name:
    /// then it is a program, or the words have been replaced by those of the script. `environment` is
    /// that of hatch in which it is run.
    pub(super) fn task(
        &mut self,
        start: &mut Start,
        tool: &str,
        environment: Option<&str>,
    ) -> Option<Flow> {
        if !PYTHON.contains(&tool) {
            return None;
        }
        let name = start.words.first()?.text().filter(|it| !it.contains('/'))?;
        if tool == "hatch"
            && let Some(document) = self.nearest(start, PROJECT)
        {
            // Environments inherit what the default one has.
            let own = [environment.unwrap_or(HATCH_DEFAULT), HATCH_DEFAULT];
            let tables = own.into_iter();
            let mut tables =
                tables.filter_map(|it| document.root.at(&["tool", "hatch", "envs", it, "scripts"]));
            if let Some(node) = tables.find_map(|it| it.get(&name)) {
                return self.run_task(start, &name, (tool, node));
            }
        }
        for it in TOOLS.iter().filter(|it| it.name == tool) {
            if let Some(document) = self.nearest(start, it.file)
                && let Some(node) = document.root.at(it.table).and_then(|table| table.get(&name))
            {
                return self.run_task(start, &name, (it.name, node));
            }
        }
        self.entry_point(start, &name)
    }

    /// What a runner of the project's own tasks starts. It goes on where the project has no such task.
    pub(super) fn task_of_project(
        &mut self,
        start: &mut Start,
        runner: &str,
    ) -> ControlFlow<Option<Flow>> {
        match runner {
            "make" | "gmake" => match self.make(start) {
                Some(flow) => ControlFlow::Break(Some(flow)),
                None => ControlFlow::Continue(()),
            },
            "just" => match self.just(start) {
                Some(flow) => ControlFlow::Break(Some(flow)),
                None => ControlFlow::Continue(()),
            },
            "task" => self.taskipy(start),
            _ => ControlFlow::Continue(()),
        }
    }

    /// `task serve` of taskipy. It goes on where the project has no such task of it: the program may
    /// be another one of this name.
    fn taskipy(&mut self, start: &mut Start) -> ControlFlow<Option<Flow>> {
        let name = start.words.get(1).and_then(Word::text).unwrap_or_default();
        let Some(document) = self.nearest(start, PROJECT) else { return ControlFlow::Continue(()) };
        let Some(tasks) = document.root.at(&["tool", "taskipy", "tasks"]) else {
            return ControlFlow::Continue(());
        };
        let Some(node) = tasks.get(&name) else { return ControlFlow::Continue(()) };
        start.words.remove(0);
        // What runs before it, and variables of its own.
        let variables = document.root.at(&["tool", "taskipy", "variables"]);
        if tasks.get(&format!("pre_{name}")).is_some() || variables.is_some() {
            return ControlFlow::Break(Some(self.not_followed(&name)));
        }
        ControlFlow::Break(self.run_task(start, &name, ("taskipy", node)))
    }

    /// Makes the words those of Python that calls a function of the project, where a program of this
    /// name is made of it.
    pub(super) fn entry_point(&mut self, start: &mut Start, name: &str) -> Option<Flow> {
        // Nobody gives a function the name of a server that the project installs.
        if programs::is_program(name) {
            return None;
        }
        if let Some(document) = self.nearest(start, PROJECT) {
            let mut tables = ENTRY_POINTS.iter().filter_map(|it| document.root.at(it));
            if let Some(node) = tables.find_map(|table| table.get(name)) {
                return match &node.kind {
                    NodeKind::String(text) => self.call(start, name, text),
                    _ => self.run_task(start, name, ("poetry", node)),
                };
            }
        }
        let function = OF_SETUPTOOLS.iter().find_map(|it| {
            let file = self.nearest_file(start, it)?;
            let text = self.workspace.sources.file(file).shared_text();
            let (from, to) = console_script(&text, name)?;
            Some(Text::new(text.get(from..to)?, Span::new(file, from, to), Vec::new()))
        })?;
        self.call(start, name, &function)
    }

    /// The file of this name in the folder of the command, or the nearest one above it, as TOML.
    fn nearest(&mut self, start: &Start, name: &str) -> Option<Arc<Document>> {
        let file = self.nearest_file(start, name)?;
        Some(self.workspace.look_into(file, Syntax::Toml))
    }

    fn nearest_file(&mut self, start: &Start, name: &str) -> Option<FileId> {
        let mut folder = start.shell.project_path(self.workspace, ".")?;
        loop {
            if let Some(file) = join(&folder, name).and_then(|it| self.workspace.open(&it)) {
                return Some(file);
            }
            if folder.is_empty() || folder.starts_with("..") {
                return None;
            }
            folder = parent(&folder).to_owned();
        }
    }

    fn run_task(
        &mut self,
        start: &mut Start,
        name: &str,
        (tool, node): (&str, &Node),
    ) -> Option<Flow> {
        let keyed = KEYS.iter().find_map(|(key, form)| Some((*form, node.get(key)?)));
        let (form, node) = keyed.unwrap_or((Form::Command, node));
        match (form, &node.kind) {
            (Form::Function, NodeKind::String(text)) => self.call(start, name, text),
            (Form::Command, NodeKind::String(text)) if !needs_shell(&text.value) => {
                let mut ignored = Vec::new();
                let mut words = exec_form::split(&mut ignored, &[], text);
                words.extend(start.words.drain(1..));
                self.replaced(start, name, words)
            }
            (Form::Command | Form::Shell, NodeKind::String(text)) if start.words.len() == 1 => {
                let mut shell = start.shell_with_environment();
                let code = Rc::new(Code::verbatim(text.clone(), None));
                Some(self.process(&mut shell, &code, start.place))
            }
            // To others a list is several commands.
            (Form::Command, NodeKind::List(elements)) if matches!(tool, "pdm" | "rye") => {
                let texts: Option<Vec<Text>> =
                    elements.iter().map(|it| it.as_text().cloned()).collect();
                let mut ignored = Vec::new();
                let mut words =
                    exec_form::words(&mut ignored, &texts.unwrap_or_default(), node.span);
                words.extend(start.words.drain(1..));
                self.replaced(start, name, words)
            }
            _ => Some(self.not_followed(name)),
        }
    }

    fn replaced(&mut self, start: &mut Start, name: &str, words: Vec<Word>) -> Option<Flow> {
        let starts_itself = words.first().and_then(Word::text).as_deref() == Some(name);
        if words.is_empty() || starts_itself {
            return Some(self.not_followed(name));
        }
        start.words = words;
        None
    }

    /// `module:function` as Python that calls it.
    fn call(&mut self, start: &mut Start, name: &str, text: &Text) -> Option<Flow> {
        let is_name =
            |it: &str| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || it == '_');
        let named = text.value.trim().split_once(':');
        let Some((module, function)) = named.filter(|(module, function)| {
            is_name(function.trim_end_matches("()")) && module.split('.').all(is_name)
        }) else {
            return Some(self.not_followed(name));
        };
        let function = function.trim_end_matches("()");
        let code = format!("from {module} import {function}; {function}()");
        let words = ["python", "-c", &code].map(|it| Word::literal(it, text.span()));
        start.words.splice(..1, words);
        None
    }

    fn not_followed(&mut self, name: &str) -> Flow {
        let reason = format!("`{name}` is a script of the project that opslint does not follow");
        self.uncertain(Unknown::because(reason));
        Flow::Next(Status::Unknown)
    }
}

/// Whether a command has what only a shell understands; tools give such a text to one, or fail.
fn needs_shell(text: &str) -> bool {
    text.contains(['&', '|', ';', '<', '>', '$', '`', '\n'])
}

#[cfg(test)]
mod tests {
    use super::console_script;

    #[test]
    fn setuptools_lists_programs_with_their_functions() {
        for text in [
            "[options.entry_points]\nconsole_scripts =\n    shop-web = shop.cli:main\n",
            "setup(entry_points={'console_scripts': ['x=a:b', 'shop-web=shop.cli:main']})",
            "setup(entry_points=\"\"\"\n[console_scripts]\nshop-web=shop.cli:main\n\"\"\")",
        ] {
            let found = console_script(text, "shop-web").map(|(from, to)| &text[from..to]);
            assert_eq!(found, Some("shop.cli:main"), "{text}");
            assert_eq!(console_script(text, "web"), None, "{text}");
        }
    }
}
