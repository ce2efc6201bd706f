//! Dockerfile: what an image runs when its manifest names no command.
//!
//! Only the final stage counts, with the stages that it is built on. What the base image brings is
//! not known: its variables are unknown, and an entry point of its own is taken to pass on what
//! CMD says, as those of the official images do. ONBUILD instructions, which run in other builds,
//! are left out.

mod places;
mod stage;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::document::{Document, Text};
use crate::fact::{Fact, Origin, Unknown, Value};
use crate::lower::draft::{Command, Context, ImageCommand};
use crate::parse::{self, Syntax, dockerfile};
use crate::project::{Environment, Facts};
use crate::source::Span;
use crate::vocabulary;
use crate::workspace::Copied;

use stage::Stage;
use words::{expand, words};

/// Where the parts of a build are.
pub(crate) struct Build<'a> {
    /// The Dockerfile, as a path shown to the user.
    pub(crate) path: &'a str,
    /// The folder that `COPY` copies from, as a path shown to the user.
    pub(crate) context: &'a str,
    /// The stage to stop at; the last one without it.
    pub(crate) target: Option<&'a str>,
    /// The build arguments that the manifest passes.
    pub(crate) arguments: &'a dyn Fn(&str) -> Option<Fact>,
}

/// What an image brings to a process.
#[derive(Debug)]
pub(crate) struct Image {
    entrypoint: Option<Form>,
    command: Option<Form>,
    copied: Vec<Copied>,
    variables: BTreeMap<String, Fact>,
    /// The folder that programs start in, as a path shown to the user: the copy of the project.
    pub(crate) folder: String,
    /// `STOPSIGNAL`.
    pub(crate) stop_signal: Option<Fact>,
    user: Option<Fact>,
    exposed: Vec<Fact>,
    python: Option<Fact>,
}

/// CMD or ENTRYPOINT.
#[derive(Clone, Debug)]
enum Form {
    /// Run as it is.
    Words { words: Vec<Text>, span: Span },
    /// Run by `/bin/sh -c`.
    Shell(Text),
}

impl Form {
    /// The words that Docker makes of it.
    fn words(&self) -> (Vec<Text>, Span) {
        match self {
            Self::Words { words, span } => (words.clone(), *span),
            Self::Shell(text) => {
                let word = |it: &str| Text::new(it, text.span(), Vec::new());
                (vec![word("/bin/sh"), word("-c"), text.clone()], text.span())
            }
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Words { words, .. } if words.is_empty())
    }
}

/// The parts of a build that instructions look at.
struct Project<'a> {
    context: &'a str,
    escape: char,
    arguments: &'a dyn Fn(&str) -> Option<Fact>,
    global_arguments: BTreeMap<String, Fact>,
    is_file: &'a dyn Fn(&str) -> bool,
}

/// Reads the Dockerfile of a build. `None` when there is none, or it makes no image.
///
/// Syntax errors are added to the problems of the run once, however many deployments use the file.
pub(crate) fn image(context: &mut Context<'_, '_>, build: &Build<'_>) -> Option<Image> {
    let file = context.workspace.open(build.path)?;
    if context.workspace.parsed(file).is_none() {
        let parse = |file, text: &str| parse::document(Syntax::Dockerfile, file, text);
        let document = context.workspace.document(file, parse);
        context.acc.extend(document.problems.iter().cloned());
    }
    let document = context.workspace.parsed(file)?;
    // A file with errors builds no image, so there is nothing to be said about one.
    if !document.problems.is_empty() {
        return None;
    }
    let escape = dockerfile::escape(context.workspace.sources.file(file).text());
    let is_file = |path: &str| context.workspace.is_file(path);
    let project = Project {
        context: build.context,
        escape,
        arguments: build.arguments,
        global_arguments: BTreeMap::new(),
        is_file: &is_file,
    };
    let stage = final_stage(project, &document, build.target)?;
    let folder = stage.places.folder(&stage.folder).unwrap_or_else(|| build.context.to_owned());
    Some(Image {
        copied: stage.places.copied(&stage.folder, &folder),
        entrypoint: stage.entrypoint.filter(|it| !it.is_empty()),
        command: stage.command.filter(|it| !it.is_empty()),
        variables: stage.environment,
        folder,
        stop_signal: stage.stop_signal,
        user: stage.user,
        exposed: stage.exposed,
        python: stage.python,
    })
}

fn final_stage(
    mut project: Project<'_>,
    document: &Document,
    target: Option<&str>,
) -> Option<Stage> {
    let mut done: Vec<Stage> = Vec::new();
    let mut current: Option<Stage> = None;
    for entry in document.root.entries() {
        let text = entry.value.as_text();
        match (entry.key.value.as_str(), &mut current) {
            ("FROM", _) => {
                if current.as_ref().is_some_and(|it| it.is_named(target)) {
                    return current;
                }
                done.extend(current.take());
                current = Some(from(&project, &done, text?));
            }
            ("ARG", None) => {
                let mut globals = Stage::new(None);
                globals.arguments.clone_from(&project.global_arguments);
                globals.apply(&project, &[], entry);
                project.global_arguments = globals.arguments;
            }
            (_, Some(stage)) => stage.apply(&project, &done, entry),
            (_, None) => {}
        }
    }
    current
}

/// `FROM [--platform=…] image [AS name]`.
fn from(project: &Project<'_>, done: &[Stage], text: &Text) -> Stage {
    let mut words = words(&text.value, project.escape)
        .into_iter()
        .filter(|it| !text.value[it.clone()].starts_with("--"));
    let lookup = |name: &str| project.global_arguments.get(name).cloned();
    let range = words.next().unwrap_or_default();
    let image = expand(&text.value[range.clone()], project.escape, &lookup);
    let name = words.nth(1).map(|it| text.value[it].to_owned());
    if let Some(base) = done.iter().find(|it| it.is_named(image.text())) {
        return base.child(name);
    }
    let python = image.text().and_then(python_of_image).map(|version| {
        let origin = Origin::written(text.span_of(range), "base image");
        Fact::known(Value::Text(version.to_owned()), origin)
    });
    let mut stage = Stage::new(name);
    stage.python = python;
    stage
}

/// The version of Python in an image that is built from the official ones: `python:3.12-slim`,
/// `ghcr.io/astral-sh/uv:python3.12-bookworm-slim`.
fn python_of_image(image: &str) -> Option<&str> {
    let (name, tag) = image.split('@').next()?.rsplit_once(':')?;
    let tag = match name.rsplit('/').next()? {
        "python" => tag,
        "uv" => tag.split("python").nth(1)?,
        _ => return None,
    };
    let version = tag.split('-').next()?;
    let is_version = version.contains('.')
        && version.split('.').all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    is_version.then_some(version)
}

impl Image {
    /// What starts when the manifest names no command.
    pub(crate) fn command(&self) -> Command {
        let command = match (&self.entrypoint, &self.command) {
            (None, None) => {
                return Command::Unknown(Unknown::new(
                    "the Dockerfile has no `CMD`, so the base image's own runs",
                    "`CMD` in the Dockerfile",
                ));
            }
            (Some(Form::Shell(text)), _) | (None, Some(Form::Shell(text))) => {
                Command::Shell(text.clone())
            }
            (Some(entrypoint), None) => words_command(entrypoint.words()),
            (None, Some(command)) => words_command(command.words()),
            (Some(entrypoint), Some(command)) => {
                let (mut words, _) = entrypoint.words();
                let (arguments, span) = command.words();
                words.extend(arguments);
                words_command((words, span))
            }
        };
        self.in_image(Vec::new(), command)
    }

    /// What starts when the manifest's command takes the place of CMD: the entry point stays.
    pub(crate) fn command_behind_entrypoint(&self, command: Command) -> Command {
        match (&self.entrypoint, command) {
            (_, unknown @ Command::Unknown(_)) => unknown,
            (None, command) => self.in_image(Vec::new(), command),
            // The shell gets the manifest's words as `$0` and on, and runs the same text.
            (Some(Form::Shell(text)), _) => self.in_image(Vec::new(), Command::Shell(text.clone())),
            (Some(Form::Words { words, .. }), command) => self.in_image(words.clone(), command),
        }
    }

    /// What starts when the manifest's command takes the place of both.
    pub(crate) fn command_alone(&self, command: Command) -> Command {
        self.in_image(Vec::new(), command)
    }

    fn in_image(&self, entrypoint: Vec<Text>, command: Command) -> Command {
        if entrypoint.is_empty() && self.copied.is_empty() {
            return command;
        }
        let copied = self.copied.clone();
        Command::Image(Box::new(ImageCommand { entrypoint, command, copied }))
    }

    /// What the image says of itself, beside what it runs. A port is only known where it is the
    /// only one.
    pub(crate) fn facts(&self, facts: &mut Facts) {
        for (id, fact) in
            [(vocabulary::IMAGE_USER, &self.user), (vocabulary::RUNTIME_PYTHON, &self.python)]
        {
            if let Some(fact) = fact {
                facts.set(id, fact.clone());
            }
        }
        if let [port] = self.exposed.as_slice() {
            facts.set(vocabulary::EXPOSED_PORT, port.clone());
        }
    }

    /// `ENV`, and over it the variables that the manifest and the platform set.
    pub(crate) fn environment(&self, over: &Environment) -> Environment {
        let mut environment = over.clone();
        environment.set_below(&self.variables);
        environment
    }
}

fn words_command((words, span): (Vec<Text>, Span)) -> Command {
    Command::Words { words, span }
}

/// `STOPSIGNAL` of an image where the platform has a default of its own, and does not say which
/// of the two counts.
pub(crate) fn undocumented_signal(signal: &Fact, key: &str) -> Fact {
    let unknown = Unknown::new(
        "the Dockerfile sets `STOPSIGNAL`, and the platform has a default of its own",
        format!("`{key}` in the manifest"),
    );
    Fact::unknown(unknown, signal.origin.clone())
}
