//! Which buildpack builds an app: it decides which variables its processes start with.
//!
//! Sources: <https://devcenter.heroku.com/articles/buildpacks> (order of detection),
//! `bin/detect` of the classic Python buildpack.

use crate::draft::{Command, Context, ProcessDraft};
use crate::programs;
use crate::workspace::{join, parent};

use super::app_json::AppJson;

/// Files by which the Python buildpack knows an app.
const PYTHON_FILES: &[&str] = &[
    "requirements.txt",
    "Pipfile",
    "Pipfile.lock",
    "poetry.lock",
    "uv.lock",
    "pyproject.toml",
    "setup.py",
    "runtime.txt",
    ".python-version",
    "manage.py",
];

/// The file by which the Ruby buildpack knows an app. No other one is tried before it.
const RUBY_FILE: &str = "Gemfile";

/// Files of the other languages that are tried before Python.
const FILES_BEFORE_PYTHON: &[&str] = &["package.json", "project.clj"];

/// The file by which the PHP buildpack knows an app, and those of the languages between Python and it.
const PHP_FILE: &str = "composer.json";
const FILES_BEFORE_PHP: &[&str] = &["pom.xml", "build.gradle", "gradlew", "build.sbt"];

/// What builds an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// The classic Python buildpack alone.
    Python,
    /// The same, because a command starts a program of Python and no file of another language is
    /// there.
    PythonByCommand,
    /// The classic Python and Node.js buildpacks, in any order: both set WEB_CONCURRENCY.
    PythonAndNode,
    /// The classic Node.js buildpack without the Python one.
    Node,
    /// The classic Ruby buildpack alone.
    Ruby,
    /// The classic PHP buildpack alone.
    Php,
    /// A Dockerfile or a Cloud Native Buildpack: nothing but the platform sets variables.
    Image,
    /// Not known.
    Unknown,
}

impl Runtime {
    /// Of an app that buildpacks build: what app.json names, else what Heroku detects.
    pub(crate) fn of_buildpacks(
        context: &Context<'_, '_>,
        app_json: Option<&AppJson>,
        processes: &[ProcessDraft],
    ) -> Self {
        let stack = app_json.and_then(AppJson::stack).and_then(|it| it.as_str());
        if stack == Some("cnb") {
            return Self::Image;
        }
        let buildpacks = app_json.map(AppJson::buildpacks).unwrap_or_default();
        let has = |language: &str| buildpacks.iter().any(|it| is_official(it, language));
        match (has("python"), has("nodejs")) {
            (true, true) => Self::PythonAndNode,
            (true, false) => Self::Python,
            (false, true) if buildpacks.len() == 1 => Self::Node,
            _ if buildpacks.len() == 1 && has("ruby") => Self::Ruby,
            _ if buildpacks.len() == 1 && has("php") => Self::Php,
            _ if !buildpacks.is_empty() => Self::Unknown,
            _ => Self::detected(context, processes),
        }
    }

    /// The name of the language in the catalog.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Python | Self::PythonByCommand | Self::PythonAndNode => Some("python"),
            Self::Node => Some("node"),
            Self::Ruby => Some("ruby"),
            Self::Php => Some("php"),
            Self::Image => Some("docker"),
            Self::Unknown => None,
        }
    }

    fn detected(context: &Context<'_, '_>, processes: &[ProcessDraft]) -> Self {
        let folder = parent(context.manifest).to_owned();
        let has = |names: &[&str]| {
            let mut paths = names.iter().filter_map(|it| join(&folder, it));
            paths.any(|it| context.workspace.is_file(&it))
        };
        if has(&[RUBY_FILE]) {
            return Self::Ruby;
        }
        if has(FILES_BEFORE_PYTHON) {
            return Self::Unknown;
        }
        match has(PYTHON_FILES) {
            true => Self::Python,
            false if has(&[PHP_FILE]) && !has(FILES_BEFORE_PHP) => Self::Php,
            // Heroku builds nothing without such a file, so that it is made before it is pushed.
            false if processes.iter().any(starts_python) => Self::PythonByCommand,
            false => Self::Unknown,
        }
    }
}

/// Whether the first program of a command is one of Python.
fn starts_python(process: &ProcessDraft) -> bool {
    let Command::Shell(text) = &process.command else { return false };
    let first = text.value.split_whitespace().find(|it| !it.contains('='));
    first.is_some_and(|it| it.starts_with("python") || programs::is_program(it))
}

/// Whether a buildpack is Heroku's own of a language: `heroku/python`, its repository, or its
/// archive. Forks may do anything.
fn is_official(buildpack: &str, language: &str) -> bool {
    let name = buildpack.split('#').next().unwrap_or(buildpack).trim_end_matches('/');
    let name = name.strip_suffix(".git").or_else(|| name.strip_suffix(".tgz")).unwrap_or(name);
    let name = name.rsplit([':']).next().unwrap_or(name);
    let mut parts = name.rsplit('/');
    let (last, owner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    owner == "heroku" && last.strip_prefix("heroku-buildpack-").unwrap_or(last) == language
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn official_buildpacks_are_known_by_every_form_of_their_name() {
        for name in [
            "heroku/python",
            "urn:buildpack:heroku/python",
            "https://github.com/heroku/heroku-buildpack-python",
            "https://github.com/heroku/heroku-buildpack-python.git#v250",
            "git@github.com:heroku/heroku-buildpack-python.git",
            "https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/python.tgz",
        ] {
            assert!(is_official(name, "python"), "{name}");
            assert!(!is_official(name, "nodejs"), "{name}");
        }
        for name in ["https://github.com/acme/heroku-buildpack-python", "python", "heroku/ruby"] {
            assert!(!is_official(name, "python"), "{name}");
        }
    }
}
