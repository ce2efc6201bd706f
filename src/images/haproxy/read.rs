//! A haproxy.cfg: the backends that requests go to, each with the frontends that lead there.

use super::LENGTH_MAX;
use super::pass::{self, Proxy};
use crate::fact::Unknown;
use crate::images::container::Container;
use crate::images::proxy::Configuration;
use crate::parse::haproxy;
use crate::parse::nginx::Directive;
use crate::source::FileId;
use crate::workspace::Workspace;

/// Frontends and backends of a file: more is none that somebody wrote.
const PROXIES_MAX: usize = 500;

/// Lines that are looked at, those of a frontend for each backend that it leads to.
const LINES_MAX: usize = 500_000;

/// Reads the file.
pub(super) fn file(
    workspace: &Workspace<'_>,
    container: &Container,
    file: FileId,
) -> Result<Configuration, Unknown> {
    let text = workspace.sources.file(file).shared_text();
    if text.len() > LENGTH_MAX {
        return Err(Unknown::because("the file of HAProxy is too long to be worked out"));
    }
    if text.contains("{{") || text.contains("{%") {
        return Err(Unknown::because("the file of HAProxy is a template"));
    }
    let sections = haproxy::parse(file, &text);
    let names =
        || sections.iter().flat_map(|it| it.block.iter().flatten()).map(|it| &it.name.value);
    if names().any(|it| it.starts_with('.')) {
        return Err(Unknown::because("conditions decide what HAProxy reads of its file"));
    }
    let sets = ["setenv", "presetenv", "resetenv", "unsetenv"];
    let variables = (!names().any(|it| sets.contains(&it.as_str()))).then_some(container);
    let proxies = proxies(&sections);
    if proxies.len() > PROXIES_MAX {
        return Err(Unknown::because("the file of HAProxy is too long to be worked out"));
    }
    let listens = proxies.iter().filter(|it| it.is_front()).flat_map(Proxy::ports).collect();
    let lengths: Vec<usize> = proxies.iter().map(Proxy::len).collect();
    let mut looked_at = 0;
    let mut passes = Vec::new();
    for backend in proxies.iter().filter(|it| it.is_back()) {
        let leads = |it: &&Proxy<'_>| it.is_front() && it.leads_to(backend);
        let fronts: Vec<&Proxy<'_>> = proxies.iter().filter(leads).collect();
        let leading = proxies.iter().zip(&lengths).filter(|it| leads(&it.0));
        looked_at += leading.map(|it| it.1).sum::<usize>() + backend.len();
        if looked_at > LINES_MAX {
            return Err(Unknown::because("the file of HAProxy is too long to be worked out"));
        }
        // Nothing comes to a backend that no frontend names.
        if !fronts.is_empty() {
            passes.extend(pass::of(backend, &fronts, variables));
        }
    }
    Ok(Configuration { passes, hidden: None, listens, refused: Vec::new(), folders: Vec::new() })
}

/// Frontends, backends and what is both, each with its defaults.
fn proxies(sections: &[Directive]) -> Vec<Proxy<'_>> {
    let mut last: Option<&Directive> = None;
    let mut proxies = Vec::new();
    for section in sections {
        match section.name.value.as_str() {
            "defaults" => last = Some(section),
            "frontend" | "backend" | "listen" => {
                let from = match (section.argument(1), section.argument(2)) {
                    (Some("from"), Some(name)) => sections
                        .iter()
                        .find(|it| it.name.value == "defaults" && it.argument(0) == Some(name)),
                    _ => last,
                };
                proxies.push(Proxy::new(section, from));
            }
            _ => {}
        }
    }
    proxies
}
