//! Packages of Python that are installed for a process: what requirements, lock files and the
//! commands of a build ask for.
//!
//! A file counts only where something installs from it: a command of the build, an instruction of
//! the Dockerfile, or a buildpack, which looks for files of certain names. Packages of development
//! that stand in a lock file count as installed, because whether they are left out is an option of
//! many programs; what only Windows or macOS gets does not.

use std::collections::BTreeMap;

use crate::document::Text;
use crate::draft::Command;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::project::{Environment, Facts};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join, parent};

mod bringing;
mod commands;
mod files;
mod lacks;
mod needed;
mod parts;
mod project;
mod refusing;
mod requirement;
mod requires;
pub(crate) mod weights;

#[cfg(test)]
mod tests;

/// Files that name packages, in the order in which Heroku's buildpack looks for them.
///
/// Source: <https://github.com/heroku/heroku-buildpack-python/blob/main/lib/package_manager.sh>
pub(crate) const BUILDPACK_FILES: &[&str] =
    &["Pipfile.lock", "Pipfile", "requirements.txt", "poetry.lock", "uv.lock"];

/// Files that name packages, wherever they are read.
const FILES: &[&str] = &[
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
];

/// A package that something asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name as PEP 503 writes it: `google-cloud-storage`.
    pub(crate) name: String,
    /// The version, where only one will do.
    pub(crate) version: Option<String>,
    /// The highest major version that will do, where newer ones are kept out.
    pub(crate) major_max: Option<u64>,
    /// The optional parts of it that are asked for: `standard` of `uvicorn[standard]`.
    pub(crate) extras: Vec<String>,
    /// Whether it is found somewhere else than in an index, so that nobody knows what it needs.
    pub(crate) is_direct: bool,
    /// Whether it is certainly meant for where the application runs. A lock file names what
    /// development needs, too.
    pub(crate) is_for_production: bool,
    /// Where it is asked for.
    pub(crate) span: Span,
}

/// What is installed.
#[derive(Debug)]
pub(crate) struct Packages {
    found: BTreeMap<String, Package>,
    /// Whether what they need in turn is among them, as in a lock file.
    is_whole: bool,
    /// Whether one of them is called nobody knows what.
    is_unnamed: bool,
    /// Whether something else may bring a server: another file beside it that names packages, of
    /// which the program that installs takes one, or a step of a build that is not followed.
    may_be_of_others: bool,
    /// Whether an image is built with them, whose base brings no packages.
    is_of_image: bool,
    /// Why there may be others, which nothing that is read asks for.
    hidden: Option<Unknown>,
    /// The files and commands, as a user knows them.
    sources: Vec<String>,
    /// The files of requirements that were read: one that takes in another is read once.
    read: Vec<FileId>,
    /// Lines that took in a file.
    included: usize,
}

/// Most packages of a process that are known by name. The largest lock files have a thousand.
const PACKAGES_MAX: usize = 3_000;

impl Default for Packages {
    fn default() -> Self {
        Self {
            found: BTreeMap::new(),
            is_whole: true,
            is_unnamed: false,
            may_be_of_others: false,
            is_of_image: false,
            hidden: None,
            sources: Vec::new(),
            read: Vec::new(),
            included: 0,
        }
    }
}

impl Packages {
    /// A package by its normalized name.
    pub(crate) fn get(&self, name: &str) -> Option<&Package> {
        self.found.get(name)
    }

    /// Whether a package may be asked for: it is, or something is asked for that is not read.
    pub(crate) fn may_have(&self, name: &str) -> bool {
        self.found.contains_key(name) || self.hidden.is_some()
    }

    /// Every package, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Package> {
        self.found.values()
    }

    /// Whether no more packages are taken in; there may be others then.
    fn is_full(&mut self) -> bool {
        let is_full = self.found.len() >= PACKAGES_MAX;
        if is_full {
            self.hide(format!("there are more than {PACKAGES_MAX} packages"));
        }
        is_full
    }

    fn add(&mut self, package: Package) {
        if !self.found.contains_key(&package.name) && self.is_full() {
            return;
        }
        let known = self.found.entry(package.name.clone()).or_insert_with(|| package.clone());
        if known.version.is_none() {
            known.version = package.version;
        }
        known.major_max = [known.major_max, package.major_max].into_iter().flatten().min();
        known.extras.extend(package.extras);
        known.is_direct |= package.is_direct;
        known.is_for_production |= package.is_for_production;
    }

    /// More is installed than what is known to be.
    fn hide(&mut self, reason: impl Into<String>) {
        self.is_whole = false;
        self.hidden.get_or_insert_with(|| Unknown::because(reason));
    }

    fn from(&mut self, source: impl Into<String>) {
        let source = source.into();
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    /// `packages.installed` and `packages.complete`.
    fn facts(&self, facts: &mut Facts) {
        if self.sources.is_empty() {
            return;
        }
        let source = self.sources.join(" and ");
        let span = self.found.values().map(|it| it.span).min_by_key(|it| it.start);
        let origin = Origin { span, ..Origin::new(OriginKind::Written, source) };
        let names = self.found.keys().map(|it| Value::Text(it.clone())).collect();
        let state = match &self.hidden {
            Some(unknown) => State::Unknown(unknown.clone()),
            None => State::Known(Value::List(names)),
        };
        facts.set(v::PACKAGES_INSTALLED, Fact::new(state, origin.clone()));
        let complete = State::Known(Value::Bool(self.is_whole));
        facts.set(v::PACKAGES_COMPLETE, Fact::new(complete, origin.clone()));
        let unnamed = State::Known(Value::Bool(self.is_unnamed));
        facts.set(v::PACKAGES_UNNAMED, Fact::new(unnamed, origin));
        lacks::facts(self, facts);
    }
}

/// What is installed for a process that is described in `manifest`, as facts.
///
/// `None` where nothing says how packages come to it.
pub(crate) fn installed(
    workspace: &mut Workspace<'_>,
    manifest: &str,
    command: &Command,
    folder: &str,
    environment: &Environment,
    facts: &mut Facts,
) -> Option<Packages> {
    let build = facts.get(v::BUILD_COMMAND).and_then(build_command);
    let packages = match (command, build) {
        (Command::Image(image), _) => commands::of_image(workspace, image, environment),
        (_, Some(text)) => commands::of_build(workspace, &text, folder, environment),
        _ if is_built_by_buildpack(workspace, manifest) => {
            of_builder(workspace, folder, BUILDPACK_FILES)
        }
        _ => {
            let file = facts.get(v::BUILD_REQUIREMENTS).and_then(Fact::text)?.to_owned();
            of_builder(workspace, folder, &[&file])
        }
    }?;
    packages.facts(facts);
    Some(packages)
}

/// The command that builds, as text for a shell.
fn build_command(fact: &Fact) -> Option<Text> {
    Some(Text::new(fact.text()?, fact.origin.span?, Vec::new()))
}

/// Whether a buildpack makes what runs: every platform that reads a Procfile has one, and some of
/// them prefer a Dockerfile.
pub(crate) fn is_built_by_buildpack(workspace: &Workspace<'_>, manifest: &str) -> bool {
    let dockerfile = join(parent(manifest), "Dockerfile");
    manifest.rsplit('/').next() == Some("Procfile")
        && !dockerfile.is_some_and(|it| workspace.is_file(&it))
}

pub(crate) use self::needed::{MYSQL_ENGINE, Needed, POSTGRESQL_ENGINE, lacking};
pub(crate) use self::refusing::facts as refused;
pub(crate) use self::requires::facts as requires;

/// What the files beside a manifest ask for, whether or not something installs from them: enough
/// for a guess about what code may import.
pub(crate) fn asked_for(workspace: &mut Workspace<'_>, folder: &str) -> Packages {
    let mut packages = Packages::default();
    for name in FILES {
        let Some(path) = join(folder, name) else { continue };
        if workspace.is_file(&path) {
            files::read(workspace, &mut packages, &path);
            return packages;
        }
    }
    packages
}

/// What is installed from the first of these files that is there.
fn of_builder(workspace: &mut Workspace<'_>, folder: &str, names: &[&str]) -> Option<Packages> {
    let mut paths = names.iter().filter_map(|it| join(folder, it));
    let path = paths.find(|it| workspace.is_file(it))?;
    let others = FILES.iter().filter_map(|it| join(folder, it)).filter(|it| *it != path);
    let may_be_of_others = others.into_iter().any(|it| names_packages(workspace, &it));
    let mut packages = Packages { may_be_of_others, ..Packages::default() };
    files::read(workspace, &mut packages, &path);
    Some(packages)
}

/// Whether a file of these names packages: many a pyproject.toml only configures tools.
fn names_packages(workspace: &mut Workspace<'_>, path: &str) -> bool {
    if !workspace.is_file(path) {
        return false;
    }
    let is_project = path.rsplit('/').next() == Some("pyproject.toml");
    let file = workspace.open(path).filter(|_| is_project);
    file.is_none_or(|it| workspace.sources.file(it).text().contains("dependencies"))
}
