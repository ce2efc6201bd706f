//! Dockerfile: what an image runs when its manifest names no command.
//!
//! Only the final stage counts, with the stages that it is built on. What the base image brings is
//! not known: its variables are unknown, and an entry point of its own is taken to pass on what
//! CMD says, as those of the official images do. ONBUILD instructions, which run in other builds,
//! are left out. What RUN makes is not known: a program sees what COPY and ADD bring, less what
//! `.dockerignore` leaves out, and a file that it names beside these may be there. HEALTHCHECK
//! counts where Docker itself runs the image: for compose.

mod places;
mod stage;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::budget::{Budget, LEN_MAX};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Text};
use crate::draft::{BuildStep, Command, Context, ImageCommand};
use crate::fact::{Fact, Input, Origin, Unknown, Value};
use crate::launch::Dialect;
use crate::parse::{Syntax, dockerfile};
use crate::project::{Environment, Facts, Lookup};
use crate::source::Span;
use crate::vocabulary::{self, FactId};
use crate::workspace::{Ignored, ImageFiles, Opened, Workspace, join};

use stage::{Stage, Variables};
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
    files: Arc<ImageFiles>,
    variables: Variables,
    /// The folder that programs start in, as a path shown to the user: the copy of the project.
    pub(crate) folder: String,
    /// `STOPSIGNAL`.
    pub(crate) stop_signal: Option<Fact>,
    /// The times of `HEALTHCHECK`, for those platforms that heed it.
    pub(crate) health_check: Vec<(FactId, Fact)>,
    user: Option<Fact>,
    exposed: Vec<Fact>,
    python: Option<Fact>,
    /// The image that it is built on.
    base: Option<String>,
    /// Which shell `sh` is.
    sh: Dialect,
    /// What was run to build it.
    build: Arc<[BuildStep]>,
    /// Why nothing else is known of it.
    hidden: Option<Unknown>,
}

/// CMD or ENTRYPOINT.
#[derive(Clone, Debug)]
enum Form {
    /// Run as it is.
    Words { words: Vec<Text>, span: Span },
    /// Run by `/bin/sh -c`.
    Shell(Text),
    /// Meant as a list, and run by `/bin/sh -c`, which finds no program of that name.
    Broken(Span),
}

impl Form {
    /// The words that Docker makes of it.
    fn words(&self) -> (Vec<Text>, Span) {
        match self {
            Self::Words { words, span } => (words.clone(), *span),
            Self::Broken(span) => (Vec::new(), *span),
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
    global_arguments: Variables,
    budget: &'a Budget,
    is_file: &'a dyn Fn(&str) -> bool,
    list: &'a dyn Fn(&str) -> Vec<String>,
}

/// Reads the Dockerfile of a build. `None` when there is none, or it makes no image.
///
pub(crate) fn image(context: &mut Context<'_, '_>, build: &Build<'_>) -> Option<Image> {
    let file = match context.workspace.try_open(build.path) {
        Opened::File(file) => file,
        Opened::Missing => return None,
        Opened::Unknown(unknown) => return Some(Image::hidden(build, unknown)),
    };
    let document = context.workspace.document(file, Syntax::Dockerfile);
    // A file with errors builds no image, so there is nothing to be said about one.
    if !document.problems.is_empty() {
        return None;
    }
    let escape = dockerfile::escape(context.workspace.sources.file(file).text());
    let is_file = |path: &str| context.workspace.is_file(path);
    let list = |folder: &str| context.workspace.list(folder);
    let budget = Arc::clone(context.workspace.budget());
    let project = Project {
        context: build.context,
        escape,
        arguments: build.arguments,
        global_arguments: Variables::new(),
        budget: &budget,
        is_file: &is_file,
        list: &list,
    };
    let stage = final_stage(project, &document, build.target)?;
    let folder = stage.places.folder(&stage.folder).unwrap_or_else(|| build.context.to_owned());
    let files = ImageFiles {
        start: stage.folder,
        folder: folder.clone(),
        ignored: ignored(context.workspace, build),
        is_open: stage.places.is_open(),
        copied: stage.places.copied(),
    };
    Some(Image {
        files: Arc::new(files),
        entrypoint: stage.entrypoint.filter(|it| !it.is_empty()),
        command: stage.command.filter(|it| !it.is_empty()),
        variables: stage.environment,
        folder,
        stop_signal: stage.stop_signal,
        health_check: stage.health_check,
        user: stage.user,
        exposed: stage.exposed,
        python: stage.python,
        base: stage.base,
        sh: stage.sh,
        build: stage.steps.into(),
        hidden: None,
    })
}

/// What the build leaves out: a file beside the Dockerfile counts before that of the context.
fn ignored(workspace: &mut Workspace<'_>, build: &Build<'_>) -> Ignored {
    let own = format!("{}.dockerignore", build.path);
    let common = join(build.context, ".dockerignore");
    let file = workspace.open(&own).or_else(|| workspace.open(&common?));
    file.map_or_else(Ignored::default, |it| {
        Ignored::read(build.context, workspace.sources.file(it).text())
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
                // A stage on another one copies all that it has.
                let len: usize = done.iter().map(Stage::len).sum();
                if len > 4 * LEN_MAX || done.len() > LEN_MAX / 10 {
                    return None;
                }
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
    let image = expand(&text.value[range.clone()], project.escape, project.budget, &lookup);
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
    stage.base = image.text().map(str::to_owned);
    stage.sh = image.text().map_or(Dialect::Unknown, sh_of_image);
    stage
}

/// Official images that are built on Debian or Ubuntu, unless their tag says another system.
const DEBIAN_IMAGES: [&str; 9] =
    ["buildpack-deps", "debian", "golang", "node", "php", "python", "ruby", "rust", "ubuntu"];

/// Which shell `sh` is in an official image: dash in those that are built on Debian.
///
/// Sources: <https://hub.docker.com/_/python> and the pages of the others (image variants);
/// <https://www.debian.org/doc/debian-policy/ch-files.html#scripts>, <https://wiki.ubuntu.com/DashAsBinSh>.
fn sh_of_image(image: &str) -> Dialect {
    const LIBRARIES: [&str; 4] =
        ["library/", "docker.io/library/", "docker.io/", "public.ecr.aws/docker/library/"];
    const OTHER_SYSTEMS: [&str; 4] = ["alpine", "windows", "nanoserver", "ubi"];
    let image = image.split('@').next().unwrap_or_default();
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
    let library = LIBRARIES.iter().find_map(|it| name.strip_prefix(it));
    let name = library.unwrap_or(name);
    let other = OTHER_SYSTEMS.iter().any(|it| tag.contains(it));
    let uv =
        name == "ghcr.io/astral-sh/uv" && ["bookworm", "trixie"].iter().any(|it| tag.contains(it));
    match !other && DEBIAN_IMAGES.contains(&name) || uv {
        true => Dialect::Dash,
        false => Dialect::Unknown,
    }
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
    /// An image whose Dockerfile is there and cannot be read.
    fn hidden(build: &Build<'_>, unknown: Unknown) -> Self {
        Self {
            files: Arc::default(),
            entrypoint: None,
            command: None,
            variables: Variables::new(),
            folder: build.context.to_owned(),
            stop_signal: None,
            health_check: Vec::new(),
            user: None,
            exposed: Vec::new(),
            python: None,
            base: None,
            sh: Dialect::Unknown,
            build: Arc::default(),
            hidden: Some(unknown),
        }
    }

    /// The image that it is built on, as `FROM` names it.
    pub(crate) fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// The files of the project that it has.
    pub(crate) fn files(&self) -> &ImageFiles {
        &self.files
    }

    /// Whether it runs what its base runs.
    pub(crate) fn runs_as_base(&self) -> bool {
        self.hidden.is_none() && self.entrypoint.is_none() && self.command.is_none()
    }

    /// Something of the project may be mounted over what was copied: any file may be there.
    pub(crate) fn mount(&mut self) {
        self.files = Arc::default();
    }

    /// What starts when the manifest names no command.
    pub(crate) fn command(&self, acc: &mut Vec<Diagnostic>) -> Command {
        if let Some(unknown) = &self.hidden {
            return Command::Unknown(unknown.clone());
        }
        let command = match (&self.entrypoint, &self.command) {
            (Some(Form::Broken(span)), _) | (None, Some(Form::Broken(span))) => {
                return broken(acc, *span);
            }
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
            // The entry point gets the text behind `/bin/sh -c`, and may do anything with it.
            (Some(_), Some(Form::Broken(_))) => {
                return Command::Unknown(Unknown::because("`CMD` is a broken list"));
            }
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
    pub(crate) fn command_behind_entrypoint(
        &self,
        acc: &mut Vec<Diagnostic>,
        command: Command,
    ) -> Command {
        if let Some(unknown) = &self.hidden {
            return Command::Unknown(unknown.clone());
        }
        match (&self.entrypoint, command) {
            (_, unknown @ Command::Unknown(_)) => unknown,
            (Some(Form::Broken(span)), _) => broken(acc, *span),
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
        let files = Arc::clone(&self.files);
        let sh = self.sh;
        let build = Arc::clone(&self.build);
        let hidden_packages = self.hidden_packages();
        let image = ImageCommand { entrypoint, command, files, sh, build, hidden_packages };
        Command::Image(Box::new(image))
    }

    /// Why its base may bring packages of Python: others than the official images may.
    fn hidden_packages(&self) -> Option<String> {
        let Some(base) = &self.base else { return Some("its base image is not known".to_owned()) };
        let name = base.split(['@', ':']).next().unwrap_or_default();
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        let is_plain = matches!(name, "python" | "debian" | "ubuntu" | "alpine" | "pypy")
            || name == "ghcr.io/astral-sh/uv";
        (!is_plain).then(|| format!("the image `{base}` may bring packages"))
    }

    /// What the image says of itself, beside what it runs. A port is only known where it is the
    /// only one. `over` are the variables that the manifest and the platform set.
    pub(crate) fn facts(&self, over: &Environment, facts: &mut Facts) {
        for (id, fact) in
            [(vocabulary::IMAGE_USER, &self.user), (vocabulary::RUNTIME_PYTHON, &self.python)]
        {
            if let Some(fact) = fact {
                facts.set(id, fact.clone());
            }
        }
        if let [port] = self.exposed.as_slice() {
            facts.set(vocabulary::EXPOSED_PORT, exposed(port, over));
        }
    }

    /// `ENV`, and over it the variables that the manifest and the platform set.
    pub(crate) fn environment(&self, over: &Environment) -> Environment {
        let mut environment = over.clone();
        environment.set_below(&self.variables);
        environment
    }
}

/// `EXPOSE $PORT` is what the build makes of it. Where the manifest sets the variable to something
/// else, the program is told that, and the image says nothing about it.
fn exposed(port: &Fact, over: &Environment) -> Fact {
    let differs = |it: &Input| match over.get(it.name.trim_start_matches('$')) {
        Lookup::Set(fact) => fact.state != it.fact.state,
        Lookup::Unset | Lookup::Unmentioned => false,
    };
    let Some(input) = port.origin.inputs.iter().find(|it| differs(it)) else { return port.clone() };
    let reason = format!("`{}` is another at run time than in the build", input.name);
    Fact::unknown(Unknown::because(reason), port.origin.clone())
}

fn broken(acc: &mut Vec<Diagnostic>, span: Span) -> Command {
    acc.push(broken_list(span));
    Command::Unknown(Unknown::because("the Dockerfile gives a broken list to a shell"))
}

fn broken_list(span: Span) -> Diagnostic {
    let message = "this looks like a list, but Docker takes it for a text".to_owned();
    let label = Label::new(span, "a shell gets this text as it is");
    Diagnostic::new("broken-dockerfile-list", Severity::Error, message, label)
        .with_help("use double quotes, one comma between two words, and none after the last")
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
