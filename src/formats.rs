//! Every file format that opslint knows: one table, everything else derived from it.
//!
//! A row says by which names files are found and what is read from them. Adding a format is adding
//! a row, a file in `manifests/`, and a fixture.

use crate::document::Node;
use crate::draft::Lower;
use crate::manifests::cloud::{app_engine, cloud_run, netlify, vercel};
use crate::manifests::lambda::{chalice, sam, serverless, zappa};
use crate::manifests::{
    apppack, compose, digitalocean, fly, heroku, procfile, railway, render, systemd,
};
use crate::parse::Syntax;
use crate::workspace::parent;

/// A kind of file, by the names it is found by.
#[derive(Clone, Copy)]
pub struct Format {
    /// Name in rules (`file.fly`) and output.
    pub name: &'static str,
    /// File names it is found by; `*` stands for any text. A pattern with a `/` is about the folder
    /// that the file is in, too: the project is the folder around that one.
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
        name: "serverless",
        patterns: &[
            "serverless.yml",
            "serverless.yaml",
            "serverless.json",
            "serverless.*.yml",
            "serverless.*.yaml",
            "serverless-*.yml",
            "serverless-*.yaml",
        ],
        excluded: &[],
        role: Role::Manifest(serverless::lower),
        recognise: serverless::recognise,
        reads: "functions on AWS Lambda: memory, time limit, events, concurrency, environment",
    },
    Format {
        name: "sam",
        patterns: &[
            "template.yaml",
            "template.yml",
            "template.json",
            "sam.yaml",
            "sam.yml",
            "*.sam.yaml",
            "*.sam.yml",
            "*-template.yaml",
            "*-template.yml",
            "template-*.yaml",
            "template-*.yml",
        ],
        excluded: &[],
        role: Role::Manifest(sam::lower),
        recognise: sam::recognise,
        reads: "functions of an AWS SAM template, with `Globals`, events and environment",
    },
    Format {
        name: "zappa",
        patterns: &[
            "zappa_settings.json",
            "zappa_settings.toml",
            "zappa_settings.yaml",
            "zappa_settings.yml",
        ],
        excluded: &[],
        role: Role::Manifest(zappa::lower),
        recognise: zappa::recognise,
        reads: "stages with their function, what calls it, environment",
    },
    Format {
        name: "chalice",
        patterns: &[".chalice/config.json"],
        excluded: &[],
        role: Role::Manifest(chalice::lower),
        recognise: chalice::recognise,
        reads: "stages with their functions, environment",
    },
    Format {
        name: "compose",
        patterns: &[
            "compose.yaml",
            "compose.yml",
            "compose.*.yaml",
            "compose.*.yml",
            "docker-compose*.yml",
            "docker-compose*.yaml",
        ],
        excluded: &[],
        role: Role::Manifest(compose::lower),
        recognise: compose::recognise,
        reads: "services that are built here: image, command, limits, environment, shutdown",
    },
    Format {
        name: "digitalocean",
        patterns: &[".do/app.yaml", ".do/app.yml", ".do/deploy.template.yaml"],
        excluded: &[],
        role: Role::Manifest(digitalocean::lower),
        recognise: digitalocean::recognise,
        reads: "services, workers, jobs, sizes, scaling, checks, environment",
    },
    Format {
        name: "railway",
        patterns: &["railway.toml", "railway.json"],
        excluded: &[],
        role: Role::Manifest(railway::lower),
        recognise: railway::recognise,
        reads: "command, replicas, check, shutdown; nixpacks.toml and the Dockerfile beside it",
    },
    Format {
        name: "systemd",
        patterns: &["*.service"],
        excluded: &[],
        role: Role::Manifest(systemd::lower),
        recognise: systemd::recognise,
        reads: "command, limits, environment, shutdown",
    },
    Format {
        name: "cloud-run",
        patterns: &[
            "service.yaml",
            "service.yml",
            "service.*.yaml",
            "*.service.yaml",
            "service-*.yaml",
            "*-service.yaml",
            "cloudrun.yaml",
            "cloudrun-*.yaml",
            "cloud-run.yaml",
            "cloud-run-*.yaml",
        ],
        excluded: &[],
        role: Role::Manifest(cloud_run::lower),
        recognise: cloud_run::recognise,
        reads: "a Cloud Run service: CPUs, memory, concurrency, timeout, scale, environment",
    },
    Format {
        name: "app-engine",
        patterns: &["app.yaml", "app.yml", "app.*.yaml", "app-*.yaml"],
        excluded: &[],
        role: Role::Manifest(app_engine::lower),
        recognise: app_engine::recognise,
        reads: "an App Engine service: runtime, instance class, entrypoint, scaling, environment",
    },
    Format {
        name: "vercel",
        patterns: &["vercel.json"],
        excluded: &[],
        role: Role::Manifest(vercel::lower),
        recognise: vercel::recognise,
        reads: "functions and Python builds on Vercel: duration, memory, runtime, region",
    },
    Format {
        name: "netlify",
        patterns: &["netlify.toml"],
        excluded: &[],
        role: Role::Manifest(netlify::lower),
        recognise: netlify::recognise,
        reads: "functions on Netlify that have a table of their own",
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
    Format {
        name: "application",
        // The server's command names the module, so a settings module may have any other name.
        patterns: &["settings.py", "wsgi.py", "asgi.py"],
        excluded: &[],
        role: Role::Shared,
        recognise: |_| true,
        reads: "what Django, Flask and SQLAlchemy are told: upload limits, debug mode, connections",
    },
    Format {
        name: "nginx",
        patterns: &["nginx.conf", "nginx.conf.erb"],
        excluded: &[],
        role: Role::Shared,
        recognise: |_| true,
        reads: "the largest body and the timeout of requests that are passed on",
    },
];

impl Format {
    /// Whether a file at this path may be of this format.
    pub fn matches(&self, path: &str) -> bool {
        let any = |patterns: &[&str]| patterns.iter().any(|it| glob(it, tail(path, it)));
        any(self.patterns) && !any(self.excluded)
    }

    /// Whether files of other programs have these names more often. What such a file is only shows
    /// in what was understood of it, so one that is not understood is none of ours.
    pub(crate) fn has_common_name(&self) -> bool {
        matches!(self.name, "sam" | "chalice" | "cloud-run" | "app-engine")
    }

    /// The folder of the project that a file of this format is in.
    pub(crate) fn root<'a>(&self, path: &'a str) -> &'a str {
        let in_folder = self.patterns.iter().any(|it| it.contains('/'));
        if in_folder { parent(parent(path)) } else { parent(path) }
    }

    /// The syntax of a file of this format.
    pub fn syntax(&self, path: &str) -> Option<Syntax> {
        match self.name {
            "procfile" => Some(Syntax::Procfile),
            "dockerfile" => Some(Syntax::Dockerfile),
            "systemd" => Some(Syntax::Unit),
            _ => Syntax::of_path(path),
        }
    }
}

/// The format that a file of this name may have.
pub fn of_path(path: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|it| it.matches(path))
}

/// Whether a file at this path is worth reading at all.
pub fn is_candidate(path: &str) -> bool {
    FORMATS.iter().any(|it| it.matches(path))
}

/// Whether files of this name may be worth reading in some folder: a look before the path is made.
pub(crate) fn may_be_named(file_name: &str) -> bool {
    let last = |pattern: &'static str| pattern.rsplit('/').next().unwrap_or(pattern);
    FORMATS.iter().flat_map(|it| it.patterns).any(|it| glob(last(it), file_name))
}

/// The end of a path that has as many parts as a pattern.
fn tail<'a>(path: &'a str, pattern: &str) -> &'a str {
    let parts = pattern.matches('/').count();
    path.rmatch_indices('/').nth(parts).map_or(path, |(at, _)| &path[at + 1..])
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
        check("shop/settings.py", Some("application"));
        check("config/nginx.conf.erb", Some("nginx"));
        check("README.md", None);
        check("api/template.yaml", Some("sam"));
        check("serverless.prod.yml", Some("serverless"));
    }

    #[test]
    fn a_pattern_with_a_folder_is_about_both() {
        check(".chalice/config.json", Some("chalice"));
        check("a/b/.chalice/config.json", Some("chalice"));
        check("a/config.json", None);
        check("config.json", None);
        check("a.chalice/config.json", None);
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
