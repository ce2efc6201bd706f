//! One stage of a Dockerfile: what its instructions leave behind.
//!
//! Source: docs.docker.com/reference/dockerfile and BuildKit's `frontend/dockerfile/dockerfile2llb`.

mod copy;
mod on_build;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compiled::Programs;
use super::places::{BASE_FOLDER, Places, join_image};
use super::words::{Expansion, expand, list, words};
use super::{Form, Project};
use crate::commands::{is_shell, signal};
use crate::document::{Entry, Text};
use crate::draft::{BuildStep, Command};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::bases::Base;
use crate::images::health;
use crate::launch::Dialect;
use crate::parse::dockerfile::HEREDOC;
use crate::quantity::go;
use crate::source::Span;
use crate::vocabulary::{self, FactId};
use crate::workspace::{Ignored, ImageFiles, Written, join};

/// Variables by name.
pub(super) type Variables = BTreeMap<String, Arc<Fact>>;

/// Most steps of a build that are looked at.
const STEPS_MAX: usize = 1_000;

/// Most files whose text the Dockerfile has that are kept.
const WRITTEN_MAX: usize = 50;

/// Longest path that Linux opens, in bytes (`PATH_MAX` of limits.h).
const PATH_MAX: usize = 4_096;

/// The state at the end of a stage.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) name: Option<String>,
    pub(super) environment: Variables,
    pub(super) arguments: Variables,
    /// The folder that programs start in, as a path of the image.
    pub(super) folder: String,
    /// Words in front of a text for the shell; empty for Docker's own `/bin/sh -c`.
    shell: Vec<Text>,
    pub(super) entrypoint: Option<Form>,
    pub(super) command: Option<Form>,
    /// Whether this stage has a CMD of its own.
    own_command: bool,
    pub(super) stop_signal: Option<Fact>,
    /// The times of `HEALTHCHECK`; none without one.
    pub(super) health_check: Vec<(FactId, Fact)>,
    /// The command of `HEALTHCHECK`.
    pub(super) health_command: Option<Text>,
    /// What `RUN` and `COPY` say, to look for programs in: what is installed is named there.
    pub(super) build_steps: Vec<String>,
    /// `USER`, without a group; the base image's when `None`.
    pub(super) user: Option<Fact>,
    /// The ports of `EXPOSE`.
    pub(super) exposed: Vec<Fact>,
    /// The version of Python that an official image has.
    pub(super) python: Option<Fact>,
    /// The version of another language that an official image has, and that language.
    pub(super) runtime: Option<(&'static str, Fact)>,
    /// The image that it is built on, where none of this file is.
    pub(super) base: Option<String>,
    /// The same at its place.
    pub(super) base_fact: Option<Fact>,
    /// What that image runs, where it is known.
    pub(super) base_command: Option<Form>,
    /// What its entry point puts in front of a command.
    pub(super) base_entry: Vec<Text>,
    /// Whether that entry point takes all words for its own.
    pub(super) base_takes_all: bool,
    /// Files whose text stands in the Dockerfile, and scripts of the base image.
    pub(super) written: Vec<Written>,
    /// The files that the here-documents behind the last instruction become, in order: the path of
    /// each, and whether variables in it are left alone.
    expected: Vec<Option<(String, bool)>>,
    /// Whether the next text that stands in the Dockerfile itself is what a shell runs.
    is_script_next: bool,
    /// Which shell `sh` is.
    pub(super) sh: Dialect,
    pub(super) places: Places,
    /// What was run so far, in the stages that this one copies from, too.
    pub(super) steps: Vec<BuildStep>,
    /// Programs that were compiled in it, or copied from where they were.
    pub(super) compiled: Programs,
    /// Instructions of `ONBUILD`, which a stage on top of this one begins with.
    triggers: Vec<Entry>,
}

impl Stage {
    /// A stage on an image that is not made in this file.
    pub(super) fn new(name: Option<String>) -> Self {
        Self {
            name,
            environment: Variables::new(),
            arguments: Variables::new(),
            folder: BASE_FOLDER.to_owned(),
            shell: Vec::new(),
            entrypoint: None,
            command: None,
            own_command: false,
            stop_signal: None,
            health_check: Vec::new(),
            health_command: None,
            build_steps: Vec::new(),
            user: None,
            exposed: Vec::new(),
            python: None,
            runtime: None,
            base: None,
            base_fact: None,
            base_command: None,
            base_entry: Vec::new(),
            base_takes_all: false,
            written: Vec::new(),
            expected: Vec::new(),
            is_script_next: false,
            sh: Dialect::Unknown,
            places: Places::default(),
            steps: Vec::new(),
            compiled: Programs::default(),
            triggers: Vec::new(),
        }
    }

    /// What is known of the image that it is built on.
    pub(super) fn begin(&mut self, base: &Base, span: Span) {
        self.base_entry = base.entry(span);
        self.base_takes_all = base.takes_all;
        self.written.extend(base.files(span));
        if let Some(folder) = base.folder {
            folder.clone_into(&mut self.folder);
        }
        for (name, value) in base.env {
            let source = format!("`{name}` in `ENV` of the base image");
            let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Env, source) };
            let fact = Fact::known(Value::Text((*value).to_owned()), origin);
            self.environment.insert((*name).to_owned(), Arc::new(fact));
        }
    }

    /// How much it has that a stage on top of it copies.
    pub(super) fn len(&self) -> usize {
        let parts =
            [self.environment.len(), self.places.len(), self.exposed.len(), self.steps.len()];
        parts.iter().sum::<usize>() + self.triggers.len()
    }

    /// Whether this is the stage of a name; Docker does not tell upper from lower case here.
    pub(super) fn is_named(&self, name: Option<&str>) -> bool {
        let (Some(own), Some(name)) = (&self.name, name) else { return false };
        own.eq_ignore_ascii_case(name)
    }

    /// One instruction of the stage. `earlier` are the stages above it.
    pub(super) fn apply(&mut self, project: &Project<'_>, earlier: &[Self], entry: &Entry) {
        let Some(text) = entry.value.as_text() else { return };
        if entry.key.value != HEREDOC {
            self.expected.clear();
            self.is_script_next = false;
        }
        if matches!(entry.key.value.as_str(), "RUN" | "COPY" | "ADD")
            && self.build_steps.len() < STEPS_MAX
        {
            self.build_steps.push(text.value.clone());
        }
        match entry.key.value.as_str() {
            "ARG" => self.arg(project, text),
            "ENV" => self.env(project, text),
            "WORKDIR" => {
                let path = self.expand(project, &text.value);
                if let Some(path) = path.text().filter(|it| self.folder.len() + it.len() < PATH_MAX)
                {
                    self.folder = join_image(&self.folder, path);
                } else {
                    // Paths below it are then known to nobody.
                    self.folder = join_image("/", &text.value);
                }
            }
            "RUN" => {
                self.step(project, text);
                self.is_script_next = runs_here_document(&text.value);
            }
            "SHELL" => self.shell = list(text).unwrap_or_default(),
            "ENTRYPOINT" => {
                self.entrypoint = Some(self.form(text));
                if !self.own_command {
                    self.command = None;
                }
            }
            "CMD" => {
                self.command = Some(self.form(text));
                self.own_command = true;
            }
            "STOPSIGNAL" => {
                let origin = Origin::written(text.span(), "`STOPSIGNAL` in the Dockerfile");
                let signal = self.expand(project, &text.value).fact(origin);
                self.stop_signal = Some(signal::whole(signal));
            }
            "HEALTHCHECK" => {
                self.health_check = health_check(project, text);
                self.health_command = Some(text.clone());
            }
            "USER" => {
                let origin = Origin::written(text.span(), "`USER` in the Dockerfile");
                let name = text.value.split(':').next().unwrap_or_default();
                self.user = Some(self.expand(project, name).fact(origin));
            }
            "EXPOSE" => self.expose(project, text),
            "COPY" | "ADD" => self.copy(project, earlier, text),
            "ONBUILD" => self.triggers.extend(on_build::trigger(project, text)),
            HEREDOC => {
                let is_script = std::mem::take(&mut self.is_script_next);
                let to = (!self.expected.is_empty()).then(|| self.expected.remove(0)).flatten();
                if let Some((path, is_left_alone)) = to {
                    self.here_document(path, text, is_left_alone);
                } else if is_script
                    && is_for_shell(&text.value)
                    && self.build_steps.len() < STEPS_MAX
                {
                    self.build_steps.push(text.value.clone());
                    let expected = self.expected.clone();
                    self.step(project, text);
                    // Those in the script are the shell's.
                    self.expected = expected;
                }
            }
            _ => {}
        }
    }

    /// A step of the build, by the text of its commands.
    fn step(&mut self, project: &Project<'_>, text: &Text) {
        // `ln -sf /bin/bash /bin/sh`
        if text.value.contains("bin/sh") && text.value.contains("ln ") {
            self.sh = Dialect::Unknown;
        }
        self.compiled.run(&text.value, &self.folder);
        self.write(text);
        self.run(project, text);
    }

    /// Keeps a step that may install packages of Python or make a link, by itself or by a script, with
    /// the files that it sees.
    fn run(&mut self, project: &Project<'_>, text: &Text) {
        const SIGNS: &[&str] = &[
            "pip", "poetry", "uv ", "pdm ", "conda", "mamba", "gunicorn", ".sh", "make ", "bash",
            "ln -",
        ];
        if !SIGNS.iter().any(|it| text.value.contains(it)) {
            return;
        }
        let mut places = self.places.clone();
        let mut rest = 0;
        for range in words(&text.value, project.escape) {
            let Some(flag) = text.value[range.clone()].strip_prefix("--") else { break };
            if let Some(mount) = flag.strip_prefix("mount=") {
                bind(project, &mut places, &self.folder, mount);
            }
            rest = range.end;
        }
        let text = text.slice(rest..text.value.len());
        let text = text.slice(text.value.len() - text.value.trim_start().len()..text.value.len());
        let command = match self.form(&text) {
            Form::Words { words, span } => Command::Words { words, span },
            Form::Shell(text) => Command::Shell(text),
            Form::Broken(_) => return,
        };
        let folder = places.folder(&self.folder);
        let files = ImageFiles {
            start: self.folder.clone(),
            folder: folder.unwrap_or_else(|| project.context.to_owned()),
            ignored: Ignored::default(),
            is_open: places.is_open(),
            copied: places.copied(),
            mounted: Vec::new(),
            hidden: Vec::new(),
            made: Vec::new(),
            written: Vec::new(),
            unseen: None,
        };
        self.steps.push(BuildStep { command, files: Arc::new(files), sh: self.sh });
    }

    /// A list is run as it is; everything else is a text for the shell.
    fn form(&self, text: &Text) -> Form {
        match list(text) {
            Some(words) => Form::Words { words, span: text.span() },
            None if is_meant_as_list(&text.value) => Form::Broken(text.span()),
            None if self.shell.is_empty() => Form::Shell(text.clone()),
            None => {
                let mut words = self.shell.clone();
                words.push(text.clone());
                Form::Words { words, span: text.span() }
            }
        }
    }

    fn expand(&self, project: &Project<'_>, text: &str) -> Expansion {
        let lookup =
            |name: &str| self.environment.get(name).or_else(|| self.arguments.get(name)).cloned();
        expand(text, project.escape, project.budget, &lookup)
    }

    /// `ARG NAME`, `ARG NAME=default`, several of them.
    fn arg(&mut self, project: &Project<'_>, text: &Text) {
        for range in words(&text.value, project.escape) {
            let word = &text.value[range.clone()];
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(default)),
                None => (word, None),
            };
            let default = default.map(|it| self.expand(project, it));
            let fact = project.argument(name, default, text.span_of(range));
            self.arguments.insert(name.to_owned(), Arc::new(fact));
        }
    }

    /// `ENV NAME=value …`, or `ENV NAME value` in its old form.
    fn env(&mut self, project: &Project<'_>, text: &Text) {
        let value = text.value.as_str();
        let ranges = words(value, project.escape);
        let Some(first) = ranges.first() else { return };
        let mut set = Vec::new();
        if value[first.clone()].contains('=') {
            for range in ranges {
                let Some(sign) = value[range.clone()].find('=') else { continue };
                let name = &value[range.start..range.start + sign];
                set.push((name, range.start + sign + 1..range.end));
            }
        } else if let Some(second) = ranges.get(1) {
            set.push((&value[first.clone()], second.start..value.len()));
        }
        // All values of one instruction are worked out before any is set.
        let facts: Vec<_> = set
            .into_iter()
            .map(|(name, range)| {
                let origin = Origin {
                    kind: OriginKind::Env,
                    span: Some(text.span_of(range.clone())),
                    source: format!("`{name}` in `ENV` of the Dockerfile"),
                    inputs: Vec::new(),
                };
                (name.to_owned(), Arc::new(self.expand(project, &value[range]).fact(origin)))
            })
            .collect();
        self.environment.extend(facts);
    }

    /// `EXPOSE 8000 8001/tcp`: ports, of which only those of TCP are for requests.
    fn expose(&mut self, project: &Project<'_>, text: &Text) {
        for range in words(&text.value, project.escape) {
            let origin = Origin::written(text.span_of(range.clone()), "`EXPOSE` in the Dockerfile");
            let port = self.expand(project, &text.value[range]);
            let known = port.text().map(|it| {
                let (number, protocol) = it.split_once('/').unwrap_or((it, "tcp"));
                number.parse().ok().filter(|_: &u16| protocol.eq_ignore_ascii_case("tcp"))
            });
            match known {
                Some(Some(number)) => {
                    let origin = port.fact(origin).origin;
                    self.exposed.push(Fact::known(Value::Int(i64::from(number)), origin));
                }
                // A range, or another protocol.
                Some(None) => {}
                None => self.exposed.push(port.fact(origin)),
            }
        }
    }
}

/// `['a', 'b']`, `["a",]`, and not `[ -f a ]`, which is a program of that name.
fn is_meant_as_list(text: &str) -> bool {
    const QUOTES: [char; 6] = ['"', '\'', '“', '‘', '”', '’'];
    let Some(inside) = text.trim().strip_prefix('[') else { return false };
    // `[` and `[[` belong to the shell, and a program `[gunicorn` there is none.
    if !inside.starts_with(char::is_whitespace) && !inside.starts_with('[') {
        return true;
    }
    inside.trim_start().starts_with(QUOTES) && (inside.ends_with(']') || !inside.contains(']'))
}

impl Project<'_> {
    /// The value of a build argument: what the manifest passes, else its default, which a build
    /// may replace.
    pub(super) fn argument(&self, name: &str, default: Option<Expansion>, span: Span) -> Fact {
        if let Some(fact) = (self.arguments)(name) {
            return fact;
        }
        let source = format!("`ARG {name}` of the Dockerfile, unless the build sets it");
        let mut origin = Origin::new(OriginKind::Assumed, source);
        origin.span = Some(span);
        match default {
            Some(default) => default.fact(origin),
            None => match self.global_arguments.get(name) {
                Some(fact) => fact.as_ref().clone(),
                None => {
                    let reason = format!("the build argument `{name}` has no value");
                    Fact::unknown(Unknown::because(reason), origin)
                }
            },
        }
    }
}

/// `HEALTHCHECK --interval=30s --timeout=3s CMD …`; `NONE` takes away the base image's.
/// Source: <https://docs.docker.com/reference/dockerfile/#healthcheck>
fn health_check(project: &Project<'_>, text: &Text) -> Vec<(FactId, Fact)> {
    let mut found = Vec::new();
    for range in words(&text.value, project.escape) {
        let Some(flag) = text.value[range.clone()].strip_prefix("--") else { break };
        let Some((name, time)) = flag.split_once('=') else { continue };
        let id = match name {
            "interval" => vocabulary::HEALTH_CHECK_INTERVAL_S,
            "timeout" => vocabulary::HEALTH_CHECK_TIMEOUT_S,
            "start-period" => vocabulary::HEALTH_CHECK_GRACE_S,
            _ => continue,
        };
        if let Ok(seconds) = go::duration_s(time) {
            let origin = Origin::written(text.span_of(range), "`HEALTHCHECK` in the Dockerfile");
            found.push((id, Fact::known(Value::of_number(seconds), origin)));
        }
    }
    let port = health::port(&text.value, text.span());
    found.extend(port.map(|it| (vocabulary::HEALTH_CHECK_PORT, it)));
    let path = health::path(&text.value, text.span());
    found.extend(path.map(|it| (vocabulary::IMAGE_HEALTH_PATH, it)));
    let deaf = health::accepts_errors(&text.value, text.span());
    found.extend(deaf.map(|it| (vocabulary::HEALTH_CHECK_ACCEPTS_ERRORS, it)));
    found
}

/// Whether a text is for a shell: its first line names no other program.
fn is_for_shell(text: &str) -> bool {
    let program = text.strip_prefix("#!").and_then(|it| it.lines().next());
    program.is_none_or(|it| it.split_whitespace().any(is_shell))
}

/// Whether a shell runs the text that follows an instruction: `RUN <<EOF`, `RUN bash -e <<EOF`.
fn runs_here_document(text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|it| it.starts_with("--")).peekable();
    if words.peek().is_some_and(|it| is_shell(it)) {
        words.next();
    }
    words.find(|it| !it.starts_with('-')).is_some_and(|it| it.starts_with("<<"))
}

/// `type=bind,source=uv.lock,target=uv.lock`: a file of the context, for one step.
fn bind(project: &Project<'_>, places: &mut Places, folder: &str, mount: &str) {
    let part = |names: [&str; 3]| {
        let parts = mount.split(',').filter_map(|it| it.split_once('='));
        parts.into_iter().find(|(name, _)| names.contains(name)).map(|(_, value)| value)
    };
    let is_here = part(["type", "", ""]).is_none_or(|it| it == "bind") && !mount.contains("from=");
    let target = part(["target", "dst", "destination"]);
    let source = part(["source", "src", ""]).or(target);
    let (true, Some(target), Some(source)) = (is_here, target, source) else { return };
    let Some(path) = join(project.context, source.trim_start_matches('/')) else { return };
    let image = join_image(folder, target);
    match (project.is_file)(&path) {
        true => places.add_file(image, path),
        false => places.add_folder(image, path),
    }
}

/// The stage of a name or a number.
pub(super) fn stage<'a>(earlier: &'a [Stage], name: &str) -> Option<&'a Stage> {
    let named = earlier.iter().find(|it| it.is_named(Some(name)));
    named.or_else(|| earlier.get(name.parse::<usize>().ok()?))
}
