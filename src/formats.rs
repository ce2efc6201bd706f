//! Every file format that opslint knows: one table, everything else derived from it.
//!
//! A row says by which names files are found and what is read from them. Adding a format is adding
//! a row, a file in `lower/`, and a fixture.

use crate::document::Node;
use crate::lower::draft::Lower;
use crate::lower::{apppack, fly, heroku, procfile, render};
use crate::parse::Syntax;
use crate::workspace::parent;

/// A kind of file, by the names it is found by.
#[derive(Clone, Copy)]
pub struct Format {
    /// Name in rules (`file.fly`) and output.
    pub name: &'static str,
    /// File names it is found by; `*` stands for any text.
    pub patterns: &'static [&'static str],
    /// Names that match a pattern and are something else.
    pub excluded: &'static [&'static str],
    /// What the file is to a project.
    pub role: Role,
    /// Whether the tree looks like this format: names are used by other programs too.
    pub recognise: fn(&Node) -> bool,
    /// What is read from it, in one sentence.
    pub reads: &'static str,
}

/// What a file is to a project.
#[derive(Clone, Copy)]
pub enum Role {
    /// It deploys: each one is a deployment of its own.
    Manifest(Lower),
    /// It is read into the deployments that use it.
    Shared,
}

/// Every format, in the order in which a file name is tried.
pub const FORMATS: &[Format] = &[
    Format {
        name: "procfile",
        patterns: &["Procfile", "Procfile.*"],
        // Foreman and honcho start these on a developer's machine; they deploy nothing.
        excluded: &[
            "Procfile.dev",
            "Procfile.local",
            "Procfile.development",
            "Procfile.test",
            "Procfile.rs",
            "Procfile.md",
            "Procfile.windows",
            "Procfile.dev.*",
            "Procfile.example",
        ],
        role: Role::Manifest(procfile::lower),
        recognise: |_| true,
        reads: "the command of each process",
    },
    Format {
        name: "heroku-yml",
        patterns: &["heroku.yml"],
        excluded: &[],
        role: Role::Manifest(heroku::manifest::lower),
        recognise: heroku::manifest::recognise,
        reads: "processes, images, add-ons and variables of an app on the container stack",
    },
    Format {
        name: "app-json",
        patterns: &["app.json"],
        excluded: &[],
        role: Role::Shared,
        recognise: heroku::app_json::recognise,
        reads: "formation, add-ons, variables, buildpacks, stack",
    },
    Format {
        name: "apppack",
        patterns: &["apppack.toml"],
        excluded: &[],
        role: Role::Manifest(apppack::lower),
        recognise: |_| true,
        reads: "services and the release command of builds from a Dockerfile",
    },
    Format {
        name: "fly",
        patterns: &["fly.toml", "fly.*.toml", "fly.json", "fly.*.json", "fly.yaml", "fly.*.yaml"],
        excluded: &[],
        role: Role::Manifest(fly::lower),
        recognise: fly::recognise,
        reads: "process groups, machines, services, checks, environment, shutdown",
    },
    Format {
        name: "render",
        patterns: &["render.yaml", "render.yml", "render*.yaml", "render*.yml"],
        excluded: &[],
        role: Role::Manifest(render::lower),
        recognise: render::recognise,
        reads: "services, plans, scaling, environment, databases",
    },
    Format {
        name: "dockerfile",
        patterns: &["Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile"],
        // Templates, and what says which files a build leaves out.
        excluded: &["Dockerfile.j2", "Dockerfile.*.j2", "Dockerfile.erb", "*.dockerignore"],
        role: Role::Shared,
        recognise: |_| true,
        reads: "what an image runs, its variables, folder, port, user and Python version",
    },
    Format {
        name: "gunicorn",
        patterns: &["gunicorn.conf.py", "gunicorn_config.py", "gunicorn_conf.py", "gunicorn.py"],
        excluded: &[],
        role: Role::Shared,
        recognise: |_| true,
        reads: "every setting, evaluated as Python would",
    },
];

impl Format {
    /// Whether a file of this name may be of this format.
    pub fn matches(&self, file_name: &str) -> bool {
        let any = |patterns: &[&str]| patterns.iter().any(|it| glob(it, file_name));
        any(self.patterns) && !any(self.excluded)
    }

    /// The syntax of a file of this format.
    pub fn syntax(&self, path: &str) -> Option<Syntax> {
        match self.name {
            "procfile" => Some(Syntax::Procfile),
            "dockerfile" => Some(Syntax::Dockerfile),
            _ => Syntax::of_path(path),
        }
    }
}

/// The format that a file of this name may have.
pub fn of_path(path: &str) -> Option<&'static Format> {
    let name = &path[parent(path).len()..];
    let name = name.strip_prefix('/').unwrap_or(name);
    FORMATS.iter().find(|it| it.matches(name))
}

/// Whether a file of this name is worth reading at all.
pub fn is_candidate(file_name: &str) -> bool {
    FORMATS.iter().any(|it| it.matches(file_name))
}

/// A regular expression that finds every path that may be of a format, and opslint.toml: what
/// pre-commit calls `files`.
pub fn path_pattern() -> String {
    let names = FORMATS.iter().flat_map(|it| it.patterns).chain(&["opslint.toml"]);
    let names: Vec<String> = names.map(|it| regex::escape(it).replace(r"\*", "[^/]*")).collect();
    format!("(^|/)({})$", names.join("|"))
}

/// Matches a name against a pattern in which `*` stands for any text.
pub(crate) fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name
            .strip_prefix(head)
            .is_some_and(|rest| rest.len() >= tail.len() && ends_match(tail, rest)),
    }
}

fn ends_match(tail: &str, rest: &str) -> bool {
    match tail.contains('*') {
        false => rest.ends_with(tail),
        true => (0..=rest.len())
            .filter(|it| rest.is_char_boundary(*it))
            .any(|start| glob(tail, &rest[start..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Option<&str>) {
        assert_eq!(of_path(path).map(|it| it.name), expect, "{path}");
    }

    #[test]
    fn files_are_known_by_their_names() {
        check("Procfile", Some("procfile"));
        check("a/b/Procfile.staging", Some("procfile"));
        check("Procfile.dev", None);
        check("Procfile.dev.example", None);
        check("fly.toml", Some("fly"));
        check("fly.kb.staging.toml", Some("fly"));
        check("fly.yml", None);
        check("render-worker.yaml", Some("render"));
        check("prerender.yaml", None);
        check("ops/gunicorn.conf.py", Some("gunicorn"));
        check("README.md", None);
    }

    #[test]
    fn the_pattern_finds_what_the_table_finds() {
        let pattern = regex::Regex::new(&path_pattern()).unwrap();
        for path in ["Procfile", "a/Procfile.web", "b/c/fly.staging.toml", "opslint.toml"] {
            assert!(pattern.is_match(path), "{path}");
        }
        for path in ["MyProcfile", "Procfile/x", "flyztoml", "a/opslint.toml.bak", "README.md"] {
            assert!(!pattern.is_match(path), "{path}");
        }
    }
}
