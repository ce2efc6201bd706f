//! What the files of a project show about the platform that it runs on, where none names it.
//!
//! This module says what is to be seen; what it means is data of the platforms.

mod code;
mod commands;
mod images;

pub(super) use commands::is_named;

use crate::draft::Context;
use crate::fact::{Fact, GapKind, Origin, OriginKind, Unknown, Value};
use crate::formats::{self, Role};
use crate::manifests::compose;
use crate::platforms::{Clue, ClueKind, Weighed};
use crate::workspace::{join, parent};

/// Least weight on which a platform is taken for granted: one sign that is rarely found elsewhere.
const WEIGHT_MIN: i32 = 2;

/// Folders beside the manifest whose files are clues, too.
const FOLDERS: &[&str] = &[
    "bin",
    ".do",
    ".ebextensions",
    ".elasticbeanstalk",
    ".platform",
    ".platform/nginx",
    ".platform/nginx/conf.d",
    ".platform/hooks/prebuild",
    ".platform/hooks/predeploy",
    ".platform/hooks/postdeploy",
    "clevercloud",
    "copilot",
];

/// Folders in which projects keep the manifests of where they run.
const DEPLOY: &[&str] = &["deploy", "deployment", "deployments", ".deploy", "infra", "hosting"];

/// Files that name packages, one a line.
const PACKAGES: &[&str] = &[
    "requirements.txt",
    "requirements/base.txt",
    "requirements/prod.txt",
    "requirements/production.txt",
    "requirements.in",
    "pyproject.toml",
    "Pipfile",
];

/// Weight of what is of no use on other platforms: where it speaks for another one, a manifest that
/// several platforms read decides nothing.
const WEIGHT_ELSEWHERE: i32 = 3;

/// The platform that most speaks for among those that may run a manifest of this name, as an
/// assumption that says why. Where several are as likely, the platform is unknown, and one of them.
/// `None` where nothing speaks for any, and where the project plainly runs elsewhere, or has another
/// manifest of the likeliest one.
pub(crate) fn platform(context: &mut Context<'_, '_>) -> Option<Fact> {
    let folder = parent(context.manifest).to_owned();
    let clues = clues(context, &folder);
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    let readers = context.catalog.readers(name);
    let (mine, others): (Vec<_>, Vec<_>) =
        context.catalog.weigh(&clues).into_iter().partition(|it| readers.contains(&it.platform));
    if others.iter().any(|it| it.weight >= WEIGHT_ELSEWHERE) {
        return None;
    }
    let first = mine.first()?;
    // What speaks against the platform that such files are made for speaks against all that read
    // them beside it: something else runs this.
    let plain = [ClueKind::File, ClueKind::Manifest].map(|it| Clue::new(it, name));
    let usual = context.catalog.weigh(&plain).first().map(|it| it.platform);
    let is_refuted = usual.is_some_and(|usual| mine.iter().all(|it| it.platform != usual));
    if is_refuted && first.weight < WEIGHT_ELSEWHERE {
        return None;
    }
    // A Procfile alone says less than a folder of manifests for others.
    let is_named_only = first.found.iter().all(|(sign, clue)| sign.adds <= 0 || clue.text == name);
    let deployed = if is_named_only { deployed(context, &folder) } else { Vec::new() };
    if !deployed.is_empty() && deployed.iter().all(|it| *it != first.platform) {
        let able = deployed.into_iter().filter(|it| readers.contains(it));
        let ids: Vec<&str> = std::iter::once(first.platform).chain(able).collect();
        return (ids.len() > 1).then(|| one_of(context, &ids));
    }
    let has_own = first.found.iter().any(|(sign, clue)| {
        sign.adds >= WEIGHT_ELSEWHERE && clue.kind == ClueKind::File && is_manifest(&clue.text)
    });
    if has_own {
        return None;
    }
    let likeliest: Vec<&Weighed<'_>> = mine.iter().filter(|it| it.weight == first.weight).collect();
    if likeliest.len() > 1 || first.weight < WEIGHT_MIN {
        let ids: Vec<&str> = likeliest.iter().map(|it| it.platform).collect();
        return Some(one_of(context, &ids));
    }
    let mut seen: Vec<String> = Vec::new();
    for (sign, clue) in &first.found {
        if sign.adds > 0 && !seen.contains(&format!("`{}`", clue.text)) {
            seen.push(format!("`{}`", clue.text));
        }
    }
    let platform = context.catalog.platform(first.platform)?.name();
    let are = if seen.len() == 1 { "is" } else { "are" };
    let source = format!("{platform} runs this: {} {are} here", and(&seen));
    let origin = Origin::new(OriginKind::Assumed, source);
    Some(Fact::known(Value::Text(first.platform.to_owned()), origin))
}

/// The platforms that a folder of manifests beside this one is for, each once.
fn deployed<'a>(context: &mut Context<'a, '_>, folder: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for inner in DEPLOY {
        let Some(path) = join(folder, inner) else { continue };
        found.extend(context.workspace.list(&path));
    }
    let catalog = context.catalog;
    let of_one = |it: &String| match catalog.readers(it).as_slice() {
        [platform] if is_manifest(it) => Some(*platform),
        _ => None,
    };
    let mut platforms: Vec<&str> = found.iter().filter_map(of_one).collect();
    platforms.sort_unstable();
    platforms.dedup();
    platforms
}

/// An unknown platform that is one of a few.
fn one_of(context: &Context<'_, '_>, platforms: &[&str]) -> Fact {
    let ids: Vec<String> = platforms.iter().map(|it| (*it).to_owned()).collect();
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    let reason = format!("a {name} does not say which platform runs it");
    let settle_with = context.statement("platform", None);
    let unknown = Unknown::new(reason, settle_with).of_kind(GapKind::OneOf(ids));
    Fact::unknown(unknown, Origin::new(OriginKind::Default, name))
}

/// Whether a file beside the manifest is one, too.
fn is_manifest(path: &str) -> bool {
    formats::of_path(path).any(|it| matches!(it.role, Role::Manifest(_)))
}

/// `a`, `a and b`, `a, b and c`.
fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn clues(context: &mut Context<'_, '_>, folder: &str) -> Vec<Clue> {
    let mut clues = Vec::new();
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    clues.push(Clue::new(ClueKind::Manifest, name));
    for it in context.workspace.list(folder) {
        // Others call what is no application a manifest, too.
        let is_manifest = it == "manifest.yml" || it == "manifest.yaml";
        if is_manifest && !text(context, folder, &it).contains("applications:") {
            continue;
        }
        // A developer's compose file says nothing of where the image runs otherwise.
        let is_compose = formats::of_path(&it).any(|it| it.name == "compose");
        let path = join(folder, &it).filter(|_| is_compose);
        let deploys = |path: String| {
            compose::deploys(context.workspace, &path)
                && !compose::is_workbench(context.workspace, &path)
        };
        if path.is_none_or(deploys) {
            clues.push(Clue::new(ClueKind::File, it));
        }
    }
    for inner in FOLDERS {
        let Some(path) = join(folder, inner) else { continue };
        let names = context.workspace.list(&path).into_iter();
        clues.extend(names.map(|it| Clue::new(ClueKind::File, format!("{inner}/{it}"))));
    }
    further_out(&mut clues, context, folder);
    sockets(&mut clues, context);
    images::add(&mut clues, context, folder);
    twins(&mut clues, context, folder);
    code::add(&mut clues, context, folder);
    for name in PACKAGES {
        for line in text(context, folder, name).lines() {
            let line = line.trim_start().trim_start_matches(['"', '\'']);
            let end = line.find(|it: char| !it.is_ascii_alphanumeric() && !"-_.".contains(it));
            let package = &line[..end.unwrap_or(line.len())];
            if !package.is_empty() {
                clues.push(Clue::new(ClueKind::Package, package));
            }
        }
    }
    commands::add(&mut clues, context, folder);
    clues
}

/// The manifests of one platform further out that name the folder: they build what is in it.
fn further_out(clues: &mut Vec<Clue>, context: &mut Context<'_, '_>, folder: &str) {
    let mut at = folder;
    while !at.is_empty() {
        at = parent(at);
        let catalog = context.catalog;
        let is_of_one = |it: &str| is_manifest(it) && catalog.readers(it).len() == 1;
        let names = context.workspace.names_like(at, "manifests of one platform", &is_of_one);
        let inside = folder.strip_prefix(at).unwrap_or(folder).trim_start_matches('/').to_owned();
        for name in names.iter() {
            if commands::names(&text(context, at, name), &inside) {
                clues.push(Clue::new(ClueKind::File, name));
            }
        }
    }
}

/// The manifest's lines, and the files of its kind beside it that say the same.
fn twins(clues: &mut Vec<Clue>, context: &mut Context<'_, '_>, folder: &str) {
    let name = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    let own = text(context, folder, &name);
    let lines = own.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    clues.extend(lines.clone().map(|it| Clue::new(ClueKind::Line, it)));
    let kind = format!("{name}.");
    let names = context.workspace.names(folder);
    for other in names.iter().filter(|it| it.starts_with(&kind)) {
        let text = text(context, folder, other);
        let others = text.lines().map(str::trim);
        if others.filter(|it| !it.is_empty() && !it.starts_with('#')).eq(lines.clone()) {
            clues.push(Clue::new(ClueKind::Twin, other));
        }
    }
}

/// The unix sockets that commands of the manifest listen on: `unix:/run/shop.sock`.
fn sockets(clues: &mut Vec<Clue>, context: &mut Context<'_, '_>) {
    let folder = parent(context.manifest).to_owned();
    let name = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    for line in text(context, &folder, &name).lines().filter(|it| !it.starts_with('#')) {
        for (_, rest) in
            line.match_indices(SOCKET).map(|(at, found)| line.split_at(at + found.len()))
        {
            let path = rest.split([' ', '"', '\'', ',', ']', ';']).next().unwrap_or_default();
            // `unix:///run/shop.sock` and `unix:/run/shop.sock` are the same.
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() && !path.contains('$') {
                clues.push(Clue::new(ClueKind::Socket, path));
            }
        }
    }
}

/// In front of the path of a unix socket.
const SOCKET: &str = "unix:";

/// The text of a file beside the manifest; empty when there is none.
fn text(context: &mut Context<'_, '_>, folder: &str, name: &str) -> String {
    let file = join(folder, name).and_then(|it| {
        // Most are not there, and the names of a folder are known to all who ask.
        let (around, own) = it.rsplit_once('/').unwrap_or(("", &it));
        let is_there = context.workspace.names(around).iter().any(|it| it == own)
            && context.workspace.is_file(&it);
        is_there.then(|| context.workspace.open_if_text(&it)).flatten()
    });
    file.map_or_else(String::new, |it| context.workspace.sources.file(it).text().to_owned())
}
