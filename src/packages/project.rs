//! What a project says that it needs: pyproject.toml and Pipfile, with their optional parts.
//!
//! Sources: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>,
//! <https://packaging.python.org/en/latest/specifications/dependency-groups/>,
//! <https://python-poetry.org/docs/pyproject/>, <https://github.com/pypa/pipfile>

use super::files::asked;
use super::parts::{Parts, is_of_development};
use super::requirement::{self, is_version, normalized};
use super::{Package, Packages};
use crate::document::{Entry, Node};
use crate::parse::Syntax;
use crate::source::FileId;
use crate::workspace::Workspace;

/// Most extras that one takes in, one through the other, and groups likewise.
const TAKEN_IN_MAX: usize = 100;

/// `{"default": {"django": {"version": "==5.2"}}, "develop": {…}}`, and a section for each category.
pub(super) fn pipfile_lock(
    workspace: &Workspace<'_>,
    packages: &mut Packages,
    file: FileId,
    parts: &Parts,
) {
    let document = workspace.look_into(file, Syntax::Json);
    for section in document.root.entries() {
        let name = section.key.value.as_str();
        let is_read = matches!(name, "default" | "develop")
            || !name.starts_with('_') && parts.has_group(name, true, &[]);
        for entry in section.value.entries().iter().filter(|_| is_read) {
            table_entry(packages, entry, name != "develop");
        }
    }
}

/// `[packages]`, and with options `[dev-packages]` and categories.
pub(super) fn pipfile(
    workspace: &Workspace<'_>,
    packages: &mut Packages,
    file: FileId,
    parts: &Parts,
) {
    packages.is_whole = false;
    let document = workspace.look_into(file, Syntax::Toml);
    for section in document.root.entries() {
        let name = section.key.value.as_str();
        let is_read = match name {
            "packages" => true,
            "dev-packages" => parts.has_group("dev", true, &[]) || parts.has_group(name, true, &[]),
            "source" | "requires" | "scripts" | "pipenv" => false,
            category => parts.has_group(category, true, &[]),
        };
        for entry in section.value.entries().iter().filter(|_| is_read) {
            table_entry(packages, entry, name != "dev-packages");
        }
    }
}

/// What a project asks for in pyproject.toml, by the standards, by poetry and by pdm.
pub(super) fn pyproject(
    workspace: &Workspace<'_>,
    packages: &mut Packages,
    file: FileId,
    parts: &Parts,
) {
    packages.is_whole = false;
    let document = workspace.look_into(file, Syntax::Toml);
    let root = &document.root;
    if parts.has_main() {
        listed(packages, root.at(&["project", "dependencies"]), true);
    }
    let dynamic = root.at(&["project", "dynamic"]).map(Node::elements).unwrap_or_default();
    let is_left = |what: &str| dynamic.iter().any(|it| it.as_str() == Some(what));
    if parts.has_main() && is_left("dependencies")
        || parts.has_extras() && is_left("optional-dependencies")
    {
        let reason = "pyproject.toml leaves its dependencies to the build".to_owned();
        packages.hide(reason);
    }
    extras(packages, root, parts);
    groups(packages, root, parts);
    of_poetry(packages, root, parts);
    for group in root.at(&["tool", "pdm", "dev-dependencies"]).map(Node::entries).unwrap_or(&[]) {
        if parts.has_group(&group.key.value, false, &[]) {
            listed(packages, Some(&group.value), false);
        }
    }
}

/// The requirements of a list.
fn listed(packages: &mut Packages, list: Option<&Node>, is_for_production: bool) {
    for node in list.map(Node::elements).unwrap_or_default() {
        if let Some(found) = node.as_str().and_then(requirement::read) {
            packages.add(Package { is_for_production, ..asked(&found, node.span) });
        }
    }
}

/// `[project.optional-dependencies]`. An extra takes in others of its project by its name:
/// `all = ["shop[prod,cache]"]`.
fn extras(packages: &mut Packages, root: &Node, parts: &Parts) {
    let Some(table) = root.at(&["project", "optional-dependencies"]) else { return };
    let own = root.at(&["project", "name"]).and_then(Node::as_str).map(normalized);
    let all = table.entries();
    let is_chosen = |it: &&Entry| parts.has_extra(&it.key.value);
    let mut wanted: Vec<&Entry> = all.iter().filter(is_chosen).collect();
    let mut at = 0;
    while let Some(entry) = wanted.get(at).copied() {
        at += 1;
        for node in entry.value.elements() {
            let Some(found) = node.as_str().and_then(requirement::read) else { continue };
            if Some(normalized(found.name)) != own {
                packages.add(asked(&found, node.span));
                continue;
            }
            for extra in &found.extras {
                let named = all.iter().find(|it| normalized(&it.key.value) == *extra);
                let is_new = |it: &&Entry| !wanted.iter().any(|known| std::ptr::eq(*known, *it));
                wanted.extend(named.filter(is_new).filter(|_| wanted.len() < TAKEN_IN_MAX));
            }
        }
    }
}

/// `[dependency-groups]`, and what uv had before there was a standard.
fn groups(packages: &mut Packages, root: &Node, parts: &Parts) {
    let defaults = root.at(&["tool", "uv", "default-groups"]);
    let names = defaults.map(Node::elements).unwrap_or_default().iter();
    let all = defaults.and_then(Node::as_str).map(str::to_owned);
    let defaults: Vec<String> = names.filter_map(Node::as_str).map(normalized).chain(all).collect();
    let table = root.get("dependency-groups").map(Node::entries).unwrap_or_default();
    let is_chosen = |it: &&Entry| parts.has_group(&it.key.value, false, &defaults);
    let mut wanted: Vec<(&Entry, bool)> =
        table.iter().filter(is_chosen).map(|it| (it, !is_of_development(&it.key.value))).collect();
    let mut at = 0;
    while let Some((entry, is_for_production)) = wanted.get(at).copied() {
        at += 1;
        listed(packages, Some(&entry.value), is_for_production);
        let included = entry.value.elements().iter().filter_map(|it| it.get("include-group"));
        for name in included.filter_map(Node::as_str).map(normalized) {
            let named = table.iter().find(|it| normalized(&it.key.value) == name);
            let is_new = |it: &&Entry| !wanted.iter().any(|(known, _)| std::ptr::eq(*known, *it));
            let named = named.filter(is_new).filter(|_| wanted.len() < TAKEN_IN_MAX);
            wanted.extend(named.map(|it| (it, is_for_production)));
        }
    }
    if parts.has_group("dev", false, &defaults) {
        listed(packages, root.at(&["tool", "uv", "dev-dependencies"]), false);
    }
}

/// `[tool.poetry.dependencies]` with extras, and groups.
fn of_poetry(packages: &mut Packages, root: &Node, parts: &Parts) {
    let Some(poetry) = root.at(&["tool", "poetry"]) else { return };
    let extras = poetry.get("extras").map(Node::entries).unwrap_or_default();
    let chosen: Vec<String> = extras
        .iter()
        .filter(|it| parts.has_extra(&it.key.value))
        .flat_map(|it| it.value.elements())
        .filter_map(Node::as_str)
        .map(normalized)
        .collect();
    let main = poetry.get("dependencies").map(Node::entries).unwrap_or_default();
    for entry in main.iter().filter(|_| parts.has_main()) {
        let is_optional = entry.value.get("optional").and_then(Node::as_bool) == Some(true);
        let is_left_out = is_optional && !chosen.contains(&normalized(&entry.key.value));
        if entry.key.value != "python" && !is_left_out {
            table_entry(packages, entry, true);
        }
    }
    let dev = poetry.get("dev-dependencies").map(|it| ("dev", false, it));
    let groups = poetry.get("group").map(Node::entries).unwrap_or_default().iter();
    let groups = groups.filter_map(|it| {
        let is_optional = it.value.get("optional").and_then(Node::as_bool) == Some(true);
        Some((it.key.value.as_str(), is_optional, it.value.get("dependencies")?))
    });
    for (name, is_optional, table) in groups.chain(dev) {
        if !parts.has_group(name, is_optional, &[]) {
            continue;
        }
        for entry in table.entries() {
            table_entry(packages, entry, !is_of_development(name));
        }
    }
}

/// Keys of a table that say where a package is found instead of in an index.
const PLACES: &[&str] = &["git", "path", "url", "file"];

/// A package of a table: `"==5.2"`, `"5.2"` for poetry, or a table with version and extras.
fn table_entry(packages: &mut Packages, entry: &Entry, is_for_production: bool) {
    let version = entry.value.as_str().or_else(|| entry.value.get("version")?.as_str());
    let major_max = version.and_then(|it| requirement::major_max(it.trim()));
    let version = version.map(|it| it.trim().trim_start_matches('=').trim());
    let version = version.filter(|it| is_version(it)).map(str::to_owned);
    let extras = entry.value.get("extras").map(Node::elements).unwrap_or_default();
    packages.add(Package {
        name: normalized(&entry.key.value),
        version,
        major_max,
        extras: extras.iter().filter_map(Node::as_str).map(normalized).collect(),
        is_direct: PLACES.iter().any(|it| entry.value.get(it).is_some()),
        is_for_production,
        span: entry.key.span,
    });
}
