//! What a project says about logs: names of processes, and the formats of access logs.

use crate::fact::Fact;
use crate::measure::{AccessFormat, AccessSyntax, KnownProcess, Options};
use crate::parse::nginx::{self, Directive};
use crate::project::{Process, Project};
use crate::source::SourceMap;
use crate::vocabulary as v;
use crate::workspace::{Files as _, Reach};

use super::Analysis;

/// Names of files that nginx is configured by.
const NGINX_FILES: &[&str] = &["nginx.conf", "nginx.conf.erb", "default.conf"];

/// The most files of nginx that are looked into.
const NGINX_FILES_MAX: usize = 16;

impl Analysis {
    /// What measuring needs to know of the projects: who their processes are, and how they log.
    pub fn measuring(&self) -> Options {
        let projects = self.facts().projects;
        let mut options = Options::default();
        for process in projects.iter().flat_map(processes) {
            add(&mut options, process);
        }
        let paths = self
            .found
            .paths
            .iter()
            .filter(|it| NGINX_FILES.contains(&it.rsplit('/').next().unwrap_or(it)));
        for path in paths.take(NGINX_FILES_MAX) {
            if let Ok(text) = self.files.read(path, &Reach::Anywhere) {
                let mut sources = SourceMap::default();
                let file = sources.add(path, text.to_string());
                log_formats(&mut options.access_formats, &nginx::parse(file, &text));
            }
        }
        options
    }
}

fn processes(project: &Project) -> impl Iterator<Item = &Process> {
    project.deployments.iter().flat_map(|it| &it.processes)
}

fn add(options: &mut Options, process: &Process) {
    let text = |id| process.facts.get(id).and_then(Fact::text);
    let format = process.settings.get("access_log_format").and_then(Fact::text);
    let format = format.and_then(|it| AccessFormat::new(AccessSyntax::Gunicorn, it));
    if let Some(format) = format.filter(|it| !options.access_formats.contains(it)) {
        options.access_formats.push(format);
    }
    let kind = text(v::KIND);
    if matches!(kind, Some("release" | "cron")) {
        return;
    }
    let known = KnownProcess {
        name: process.name.value.clone(),
        is_web: kind == Some("web"),
        is_function: kind == Some("function"),
        program: text(v::SERVER).map(str::to_owned),
        workers: workers(process),
    };
    // The same process in the manifests of two platforms is one.
    match options.processes.iter_mut().find(|it| it.name == known.name) {
        Some(process) => {
            process.is_web |= known.is_web;
            process.is_function |= known.is_function;
            // With as many workers on one platform as on the other, it does not matter where the
            // logs come from.
            if process.workers != known.workers {
                process.workers = None;
            }
        }
        None => options.processes.push(known),
    }
}

/// How many processes serve in an instance, where files say it.
fn workers(process: &Process) -> Option<u32> {
    let workers = process.facts.get(v::WORKERS).and_then(Fact::int)?;
    u32::try_from(workers).ok().filter(|it| *it > 0)
}

/// The formats that `log_format NAME [escape=…] 'part' 'part';` defines.
fn log_formats(acc: &mut Vec<AccessFormat>, directives: &[Directive]) {
    for directive in directives {
        if let Some(block) = &directive.block {
            log_formats(acc, block);
        }
        if directive.name.value != "log_format" {
            continue;
        }
        let parts = directive.arguments.iter().skip(1).map(|it| it.text.as_deref());
        let parts = parts.filter(|it| !it.is_some_and(|it| it.starts_with("escape=")));
        let Some(parts) = parts.collect::<Option<Vec<_>>>() else { continue };
        let format = AccessFormat::new(AccessSyntax::Nginx, &parts.concat());
        if let Some(format) = format.filter(|it| !acc.contains(it)) {
            acc.push(format);
        }
    }
}
