//! A haproxy.cfg: the backends that requests go to, each with the frontends that lead there.

use super::LENGTH_MAX;
use super::pass::{self, Proxy};
use crate::fact::Unknown;
use crate::images::container::Container;
use crate::images::proxy::{Configuration, Pass};
use crate::parse::haproxy;
use crate::parse::nginx::Directive;
use crate::source::FileId;
use crate::workspace::Workspace;

/// Sections and frontends that are looked at together: more is no file that somebody wrote.
const PROXIES_MAX: usize = 500;

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
    let lines = |it: &Directive| it.block.as_deref().unwrap_or_default().to_vec();
    if sections.iter().flat_map(lines).any(|it| it.name.value.starts_with('.')) {
        return Err(Unknown::because("conditions decide what HAProxy reads of its file"));
    }
    let sets = ["setenv", "presetenv", "resetenv", "unsetenv"];
    let sets_variables =
        sections.iter().flat_map(lines).any(|it| sets.contains(&it.name.value.as_str()));
    let variables = (!sets_variables).then_some(container);
    let proxies = proxies(&sections);
    if proxies.len() > PROXIES_MAX {
        return Err(Unknown::because("the file of HAProxy is too long to be worked out"));
    }
    let listens = proxies.iter().filter(|it| it.is_front()).flat_map(Proxy::ports).collect();
    let passes = proxies.iter().filter(|it| it.is_back());
    let passes = passes.filter_map(|it| pass(&proxies, it, variables)).collect();
    Ok(Configuration { passes, hidden: None, listens })
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

/// Where a backend sends requests; `None` where nothing leads to it, or it has no server.
fn pass(proxies: &[Proxy<'_>], backend: &Proxy<'_>, variables: Option<&Container>) -> Option<Pass> {
    let leads = |it: &&Proxy<'_>| it.is_front() && it.leads_to(backend);
    let fronts: Vec<&Proxy<'_>> = proxies.iter().filter(leads).collect();
    if fronts.is_empty() {
        return None;
    }
    pass::of(backend, &fronts, variables)
}
