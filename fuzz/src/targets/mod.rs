//! The table of targets.

mod edits;
mod lsp;
mod measure;
mod parsers;
mod plans;
mod projects;
mod rules;

use opslint::parse::Syntax;

use crate::Target;

macro_rules! targets {
    ($($name:literal, $takes:expr, $run:expr;)*) => {
        pub(crate) const TARGETS: &[Target] =
            &[$(Target { name: $name, takes: $takes, run: $run }),*];
    };
}

targets! {
    "toml", |it| it.ends_with(".toml"), |it| parsers::document(Syntax::Toml, it);
    "yaml", is_yaml, |it| parsers::document(Syntax::Yaml, it);
    "json", |it| it.ends_with(".json"), |it| parsers::document(Syntax::Json, it);
    "procfile", is_procfile, |it| parsers::document(Syntax::Procfile, it);
    "dockerfile", is_dockerfile, |it| parsers::document(Syntax::Dockerfile, it);
    "yaml_stream", is_yaml, |it| parsers::document(Syntax::YamlStream, it);
    "ini", |it| it.ends_with(".conf"), |it| parsers::document(Syntax::ConfigParser, it);
    "unit", |it| it.ends_with(".service"), |it| parsers::document(Syntax::Unit, it);
    "python", is_python, |it| parsers::document(Syntax::Python, it);
    "shell", is_script, parsers::shell;
    "nginx", is_nginx, parsers::nginx;
    "caddyfile", is_caddyfile, parsers::caddyfile;
    "xml", |it| it.ends_with(".xml"), parsers::xml;
    "quantities", |_| false, parsers::quantities;
    "globs", |it| it.ends_with(".dockerignore"), parsers::globs;
    "evaluator", is_python, projects::gunicorn_config;
    "settings", is_python, projects::settings;
    "script", is_script, projects::start_script;
    "image", is_dockerfile, projects::image;
    "proxy", is_nginx, projects::proxy;
    "caddy", is_caddyfile, projects::caddy;
    "haproxy", is_haproxy, projects::haproxy;
    "rule_file", is_rule, rules::file;
    "expression", |_| false, rules::expression;
    "config", is_config, projects::config;
    "baseline", |_| false, projects::baseline;
    "measure", |_| false, measure::log;
    "edits", |it| it.ends_with('/'), edits::edits;
    "plan", |it| it.ends_with('/'), plans::plan;
    "lsp", |_| false, lsp::messages;
    "project", |it| it.ends_with('/'), projects::files;
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

fn is_procfile(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|it| it.starts_with("Procfile"))
}

fn is_dockerfile(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|it| it.starts_with("Dockerfile"))
}

fn is_python(path: &str) -> bool {
    path.ends_with(".py")
}

fn is_script(path: &str) -> bool {
    path.ends_with(".sh") || path.contains("/bin/")
}

fn is_nginx(path: &str) -> bool {
    path.contains("nginx") && (path.ends_with(".conf") || path.ends_with(".erb"))
}

fn is_caddyfile(path: &str) -> bool {
    path.ends_with("Caddyfile") || path.ends_with(".caddy")
}

fn is_haproxy(path: &str) -> bool {
    path.ends_with("haproxy.cfg")
}

fn is_config(path: &str) -> bool {
    path.ends_with("opslint.toml")
}

fn is_rule(path: &str) -> bool {
    path.starts_with("rules/")
}
