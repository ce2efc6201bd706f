//! What a manifest says about its processes, before commands are followed.
//!
//! Each format makes drafts; `resolve` finishes them all in the same way: it adds what opslint.toml
//! states, follows the command to the server, and derives the rest.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Label};
use crate::document::{Document, Text};
use crate::fact::{Fact, Input, Origin, OriginKind, Unknown, Value};
use crate::launch::Dialect;
use crate::parse::Syntax;
use crate::platforms::Catalog;
use crate::project::{Environment, Facts, Lookup};
use crate::settings::{DeploymentSettings, Home, SettingFact};
use crate::source::{Span, Spanned};
use crate::workspace::{ImageFiles, Workspace, join, parent};

/// Processes of one project that are worked out: each weighs hundreds of kilobytes with its settings
/// and where they come from. A CloudFormation stack has room for 500 resources, of which a function
/// is several, and no manifest of people's has as many.
pub(crate) const PROCESSES_MAX: usize = 250;

/// Everything a format may look at while it lowers a manifest.
pub struct Context<'a, 'f> {
    /// Problems found on the way.
    pub acc: &'a mut Vec<Diagnostic>,
    /// The files of the run.
    pub workspace: &'a mut Workspace<'f>,
    /// Plans, limits and defaults of platforms.
    pub catalog: &'a Catalog,
    /// Path of the manifest.
    pub manifest: &'a str,
    /// What opslint.toml states about this manifest, the strongest first.
    pub stated: Vec<&'a DeploymentSettings>,
    /// Variables that opslint.toml states for every deployment.
    pub env: &'a [(Spanned<String>, Spanned<String>)],
    /// Where it states more.
    pub home: &'a Home,
}

impl<'a> Context<'a, '_> {
    /// What opslint.toml states about the deployment under a name, such as `platform`.
    pub fn stated(&self, name: &str) -> Option<&'a SettingFact> {
        self.stated.iter().find_map(|it| it.facts.iter().find(|it| it.name.value == name))
    }

    /// What opslint.toml states about one of its processes, such as its `plan`.
    pub fn stated_of(&self, process: &str, name: &str) -> Option<&'a SettingFact> {
        let processes = self.stated.iter().flat_map(|it| &it.processes);
        processes
            .filter(|it| it.name.value == process)
            .find_map(|it| it.facts.iter().find(|it| it.name.value == name))
    }

    /// Adds the variables that opslint.toml says somebody sets around the deployment, and those that
    /// it says nobody does.
    pub fn state_variables(&self, environment: &mut Environment) {
        let own = self.stated.iter().rev().flat_map(|it| &it.env);
        for (name, value) in self.env.iter().chain(own) {
            let source = format!("`{}` in `[env]` of opslint.toml", name.value);
            let origin = Origin { span: Some(value.span), ..Origin::new(OriginKind::Env, source) };
            environment.set(&name.value, Fact::known(Value::Text(value.value.clone()), origin));
        }
        for (name, is_set) in self.stated.iter().rev().flat_map(|it| &it.set) {
            if !is_set.value && matches!(environment.get(&name.value), Lookup::Unmentioned) {
                let source = format!("`set.{}` in opslint.toml", name.value);
                let origin =
                    Origin { span: Some(is_set.span), ..Origin::new(OriginKind::Env, source) };
                environment.unset(&name.value, origin);
            }
        }
    }

    /// How a user states something about the deployment, or about one of its processes.
    pub fn statement(&self, name: &str, process: Option<&str>) -> String {
        self.home.statement(name, self.manifest, process)
    }

    /// Opens and parses a file beside the manifest.
    pub fn sibling(&mut self, name: &str) -> Option<Arc<Document>> {
        let path = join(parent(self.manifest), name)?;
        let syntax = Syntax::of_path(&path)?;
        let file = self.workspace.open(&path)?;
        Some(self.workspace.document(file, syntax))
    }
}

/// One manifest's view of the project.
#[derive(Debug)]
pub struct DeploymentDraft {
    /// The name the manifest gives it.
    pub name: String,
    /// Where a label goes when nothing nearer is written.
    pub span: Span,
    /// Facts of the deployment as a whole; `platform` is one of them.
    pub facts: Facts,
    /// Its processes, in file order.
    pub processes: Vec<ProcessDraft>,
}

/// One process as its manifest describes it.
#[derive(Debug)]
pub struct ProcessDraft {
    /// Name in the manifest.
    pub name: Spanned<String>,
    /// Where a label goes when nothing nearer is written.
    pub span: Span,
    /// The command.
    pub command: Command,
    /// The folder it starts in, as a path shown to the user.
    pub folder: String,
    /// Variables that the platform and the manifest set, platform first.
    pub environment: Environment,
    /// Machine, scale, router, checks, shutdown.
    pub facts: Facts,
}

/// A command as a manifest has it.
#[derive(Clone, Debug)]
pub enum Command {
    /// Written, and given to a shell.
    Shell(Text),
    /// Written, and split into words without a shell.
    Exec(Text),
    /// A list of words, run without a shell.
    Words {
        /// The words.
        words: Vec<Text>,
        /// The whole list.
        span: Span,
    },
    /// None: the platform calls a function, so nothing is started.
    None,
    /// Run in an image that has files of the project at places of its own.
    Image(Box<ImageCommand>),
    /// Somewhere else: in the image, in a dashboard.
    Unknown(Unknown),
}

/// A command in an image.
#[derive(Clone, Debug)]
pub struct ImageCommand {
    /// The words of the entry point, which get those of the command; may be empty.
    pub entrypoint: Vec<Text>,
    /// The same of the base image, where the Dockerfile has none of its own.
    pub entry_of_base: Vec<Text>,
    /// The base image whose entry point may take the first word for itself: nothing is known of it.
    pub may_take_words: Option<String>,
    /// The command.
    pub command: Command,
    /// The files that it sees.
    pub files: Arc<ImageFiles>,
    /// Which shell `sh` is there.
    pub sh: Dialect,
    /// What was run to build it, in order.
    pub build: Arc<[BuildStep]>,
    /// Why it may have packages of Python that no step installs.
    pub hidden_packages: Option<String>,
    /// What is assumed of the image: that it is the one that runs.
    pub assumed: Vec<Input>,
    /// Programs that the image compiles: the path of each there, and its language.
    pub compiled: Arc<Vec<(String, &'static str)>>,
    /// Why a text that the manifest gives it is run without a shell, at the place that decides it,
    /// where the manifest itself says otherwise.
    pub without_shell: Option<Label>,
}

impl ImageCommand {
    /// A command that sees these files, of an image of which nothing else is known.
    pub(crate) fn seeing(command: Command, files: Arc<ImageFiles>) -> Self {
        Self {
            entrypoint: Vec::new(),
            entry_of_base: Vec::new(),
            may_take_words: None,
            command,
            files,
            sh: Dialect::Unknown,
            build: Arc::default(),
            hidden_packages: None,
            assumed: Vec::new(),
            compiled: Arc::default(),
            without_shell: None,
        }
    }
}

/// A command that is run while an image is built.
#[derive(Clone, Debug)]
pub struct BuildStep {
    /// The command, for the shell or as words.
    pub command: Command,
    /// The files that it sees.
    pub files: Arc<ImageFiles>,
    /// Which shell `sh` is there.
    pub sh: Dialect,
}

impl Command {
    /// Whether it runs in an image: only there, words are run without a shell.
    pub(crate) fn is_in_image(&self) -> bool {
        matches!(self, Self::Exec(_) | Self::Words { .. } | Self::Image(_))
    }
}
