//! Dockerfile: what an image runs when its manifest names no command.
//!
//! Only the final stage counts, with the stages that it is built on. What the base image brings is
//! not known: its variables are unknown, and an entry point of its own is taken to pass on what
//! CMD says, as those of the official images do. ONBUILD instructions run in a stage on top of theirs;
//! those of other builds are left out. What RUN makes is not known: a program sees what COPY and ADD bring, less what
//! `.dockerignore` leaves out, and a file that it names beside these may be there. HEALTHCHECK
//! counts where Docker itself runs the image: for compose.

mod base;
mod compiled;
mod exposed;
mod made;
pub(crate) mod missing;
mod mounted;
mod places;
mod stage;
mod starts;
#[cfg(test)]
mod tests;
pub(crate) mod tools;
mod variables;
mod words;
mod written;

use std::sync::Arc;

use crate::budget::{Budget, LEN_MAX};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Text};
use crate::draft::{BuildStep, Context, ProcessDraft};
use crate::fact::{Fact, Input, Origin, OriginKind, State, Unknown, Value};
use crate::images::{bases, published};
use crate::launch::Dialect;
use crate::parse::{Syntax, dockerfile};
use crate::project::{Environment, Facts};
use crate::source::Span;
use crate::vocabulary::{self, FactId};
use crate::workspace::{Ignored, ImageFiles, Opened, Workspace, join};

pub(crate) use compiled::{Compiled, language, language_after};
pub(crate) use mounted::published;
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
    /// The version of another language that it has, and that language.
    runtime: Option<(&'static str, Fact)>,
    /// The image that it is built on.
    base: Option<String>,
    /// The same at its place.
    base_fact: Option<Fact>,
    /// The command of `HEALTHCHECK`.
    health_command: Option<Text>,
    /// What the steps of the build say.
    build_steps: Vec<String>,
    /// What that image runs, where it is known.
    base_command: Option<Form>,
    /// What the entry point of that image puts in front of a command.
    base_entry: Vec<Text>,
    /// Whether that entry point takes all words for its own.
    base_takes_all: bool,
    /// Which shell `sh` is.
    sh: Dialect,
    /// What was run to build it.
    build: Arc<[BuildStep]>,
    /// Programs of it that were compiled on the way.
    compiled: Arc<Vec<Compiled>>,
    /// Why nothing else is known of it.
    hidden: Option<Unknown>,
    /// The Dockerfile that makes it, as a path shown to the user.
    path: String,
    /// What is assumed of it: that it is the one that runs.
    assumed: Vec<Input>,
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
pub(crate) fn image(context: &mut Context<'_, '_>, build: &Build<'_>) -> Option<Image> {
    image_started_in(context, build, None)
}

/// The same, where the manifest names the folder that the image starts in, in place of `WORKDIR`.
pub(crate) fn image_started_in(
    context: &mut Context<'_, '_>,
    build: &Build<'_>,
    start: Option<&str>,
) -> Option<Image> {
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
    variables::check(context.acc, &document, escape);
    let stage = final_stage(project, &document, build.target)?;
    let ignored = ignored(context.workspace, build);
    Some(made(stage, build, start, ignored))
}

/// The image that the last stage of a build is.
fn made(mut stage: Stage, build: &Build<'_>, start: Option<&str>, ignored: Ignored) -> Image {
    if let Some(start) = start {
        stage.folder = places::join_image(&stage.folder, start);
    }
    let found = stage.places.folder(&stage.folder);
    // A manifest names a folder because it is another one than the image's own.
    let hidden = match (&found, start) {
        (None, Some(start)) => {
            Some(Unknown::because(format!("`{start}` holds nothing that is copied from here")))
        }
        _ => None,
    };
    let folder = found.unwrap_or_else(|| build.context.to_owned());
    let files = ImageFiles {
        start: stage.folder,
        folder: folder.clone(),
        ignored,
        is_open: stage.places.is_open() || stage.places.len() == 0,
        copied: stage.places.copied(),
        mounted: Vec::new(),
        hidden: Vec::new(),
        made: made::names(&stage.build_steps),
        written: stage.written,
        unseen: None,
    };
    Image {
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
        runtime: stage.runtime,
        base: stage.base,
        base_fact: stage.base_fact,
        health_command: stage.health_command,
        build_steps: stage.build_steps,
        base_command: stage.base_command,
        base_entry: stage.base_entry,
        base_takes_all: stage.base_takes_all,
        compiled: Arc::new(stage.compiled.into_found()),
        sh: stage.sh,
        build: stage.steps.into(),
        hidden,
        path: build.path.to_owned(),
        assumed: Vec::new(),
    }
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
        return base.child(project, done, name);
    }
    let span = text.span_of(range);
    let at_place = |value: &str| {
        Fact::known(Value::Text(value.to_owned()), Origin::written(span, "base image"))
    };
    let mut stage = Stage::new(name);
    stage.python = image.text().and_then(base::python).map(at_place);
    stage.base_fact = image.text().map(at_place);
    stage.runtime = image.text().and_then(published::runtime).map(|(language, version)| {
        let mut version = at_place(version);
        let name = vocabulary::RUNTIME_LANGUAGE.name();
        version.origin = version.origin.with_input(name, at_place(language));
        (language, version)
    });
    stage.base = image.text().map(str::to_owned);
    let base = image.text().and_then(bases::of);
    if let Some(base) = base {
        stage.begin(base, span);
    }
    let words = base.and_then(|it| it.command(span));
    let words = words.or_else(|| image.text().and_then(|it| published::words(it, span)));
    stage.base_command = words.map(|words| Form::Words { words, span });
    stage.sh = image.text().map_or(Dialect::Unknown, base::sh);
    stage
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
            runtime: None,
            base: None,
            base_fact: None,
            health_command: None,
            build_steps: Vec::new(),
            base_command: None,
            base_entry: Vec::new(),
            base_takes_all: false,
            compiled: Arc::default(),
            sh: Dialect::Unknown,
            build: Arc::default(),
            hidden: Some(unknown),
            path: build.path.to_owned(),
            assumed: Vec::new(),
        }
    }

    /// The image that it is built on, as `FROM` names it.
    pub(crate) fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// The program that a command calls and that the image certainly lacks: its base does, and no
    /// step of the build names it.
    pub(crate) fn missing_tool(&self, command: &Text) -> Option<Fact> {
        tools::missing(self.base()?, &self.build_steps, command)
    }

    /// The same of the image's own health check.
    pub(crate) fn missing_own_tool(&self) -> Option<Fact> {
        self.missing_tool(self.health_command.as_ref()?)
    }

    /// The files of the project that it has.
    pub(crate) fn files(&self) -> &ImageFiles {
        &self.files
    }

    /// Whether a program that starts in it finds a file of the project at a path.
    pub(crate) fn has(&self, workspace: &mut Workspace<'_>, path: &str) -> bool {
        let inside = workspace.in_image(Some(&self.files));
        inside.join(&self.folder, path).is_some_and(|it| inside.is_there(&it))
    }

    /// Whether it runs what its base runs.
    pub(crate) fn runs_as_base(&self) -> bool {
        self.hidden.is_none() && self.entrypoint.is_none() && self.command.is_none()
    }

    /// Says why it is taken to be the image that runs.
    pub(crate) fn assume(&mut self, reason: String) {
        let origin = Origin::new(OriginKind::Assumed, reason);
        let fact = Fact::known(Value::Text(self.path.clone()), origin);
        let name = vocabulary::IMAGE_DOCKERFILE.name().to_owned();
        self.assumed.push(Input::new(name, fact));
    }

    /// What the image says of itself, beside what it runs. A port is only known where it is the
    /// only one. `over` are the variables that the manifest and the platform set.
    pub(crate) fn facts(&self, over: &Environment, facts: &mut Facts) {
        for (id, fact) in [
            (vocabulary::IMAGE_USER, &self.user),
            (vocabulary::RUNTIME_PYTHON, &self.python),
            (vocabulary::IMAGE_BASE, &self.base_fact),
        ] {
            if let Some(fact) = fact {
                facts.set(id, fact.clone());
            }
        }
        let asked = self.health_check.iter().find(|(id, _)| *id == vocabulary::IMAGE_HEALTH_PATH);
        if let Some((id, path)) = asked {
            facts.set(*id, path.clone());
        }
        if self.runs_as_base()
            && let Some(base) = &self.base_fact
            && let Some(program) = base.text().and_then(tools::interpreter)
        {
            let fact =
                Fact { state: State::Known(Value::Text(program.to_owned())), ..base.clone() };
            facts.set(vocabulary::IMAGE_INTERPRETER, fact);
        }
        if let Some((language, version)) = &self.runtime {
            let origin = Origin { inputs: Vec::new(), ..version.origin.clone() };
            let language = Fact::known(Value::Text((*language).to_owned()), origin);
            facts.set(vocabulary::RUNTIME_LANGUAGE, language);
            facts.set(vocabulary::RUNTIME_VERSION, version.clone());
        }
        if let [port] = self.exposed.as_slice() {
            facts.set(vocabulary::EXPOSED_PORT, exposed::exposed(port, over));
        }
    }

    /// Whether the Dockerfile names an entry point.
    pub(crate) fn has_entrypoint(&self) -> bool {
        self.entrypoint.is_some()
    }

    /// Gives a process what the image brings beside a command: variables, what it says of itself,
    /// the folder, and the signal that stops it, which counts where containers run as they are.
    pub(crate) fn bring(self, process: &mut ProcessDraft) {
        process.environment = self.environment(&process.environment);
        if let Some(signal) = &self.stop_signal {
            process.facts.set(vocabulary::SHUTDOWN_SIGNAL, signal.clone());
        }
        self.facts(&process.environment, &mut process.facts);
        process.folder = self.folder;
    }

    /// `ENV`, and over it the variables that the manifest and the platform set.
    pub(crate) fn environment(&self, over: &Environment) -> Environment {
        let mut environment = over.clone();
        environment.set_below(&self.variables);
        environment
    }
}

fn broken_list(span: Span) -> Diagnostic {
    let message = "this is not valid JSON, so Docker runs it as a shell command".to_owned();
    let label = Label::new(span, "a shell gets this text as it is");
    Diagnostic::new("broken-dockerfile-list", Severity::Error, message, label)
        .with_help("use double quotes, one comma between two words, and none after the last")
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
