//! The layers of the program, checked on its imports: a module uses only what stands below it.
//!
//! Between crates the compiler sees to that already; here, modules of all crates are alike.
//! Code in tests may look anywhere, so it is left out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "this test reads the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules of `src` and of the crates, the lowest layer first. A module uses those of its own layer and of the layers
/// below, and no two use each other, however long the way around.
const LAYERS: [(&str, &[&str]); 8] = [
    (
        "model: the data that the others hand on",
        &[
            "absence",
            "assumption",
            "budget",
            "diagnostic",
            "document",
            "fact",
            "fix",
            "known",
            "glob",
            "home",
            "launch",
            "named",
            "outcome",
            "project",
            "secret",
            "settings",
            "source",
            "spelling",
            "visible",
            "vocabulary",
        ],
    ),
    (
        "syntax: text → trees and numbers",
        &["edit", "expression", "measure", "nearest", "packed", "parse", "quantity"],
    ),
    ("files: what there is, by name and by content", &["formats", "workspace"]),
    ("catalog: what platforms and keys are known to be", &["keys", "platforms"]),
    (
        "meaning: what files say about processes",
        &["apps", "commands", "draft", "images", "manifests", "packages", "programs", "python"],
    ),
    ("stages", &["check", "discover", "fixes", "plan", "policy", "report", "resolve"]),
    ("the core that all front ends call", &["analysis"]),
    ("front ends", &["cli", "examples", "lsp"]),
];

/// Of the code, the largest share that one module may have, in percent.
const SHARE_MAX: usize = 35;

/// A use of another module: where it is written.
type Uses = BTreeMap<&'static str, BTreeMap<&'static str, String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders of code: that of the program, and that of each crate.
fn code_folders() -> Vec<PathBuf> {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let crates = crates.map(|it| it.unwrap().path().join("src"));
    crates.chain([root().join("src")]).collect()
}

/// Every file of code that is no test, as its path and its text.
fn files() -> Vec<(String, String)> {
    let mut folders = code_folders();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let shown = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            if shown.ends_with(".rs") && !shown.contains("/tests") {
                files.push((shown, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The module that a file belongs to; none for `lib.rs` and `main.rs`, which only list modules.
/// Some modules have a crate to themselves.
fn module(path: &str) -> Option<&str> {
    for name in ["expression", "measure", "policy", "python"] {
        if path.starts_with(&format!("crates/opslint-{name}/")) {
            return Some(name);
        }
    }
    let (_, path) = path.split_once("src/")?;
    let name = path.split('/').next()?.trim_end_matches(".rs");
    (!matches!(name, "lib" | "main")).then_some(name)
}

/// The lines of code in front of the unit tests, without comments, with their numbers.
fn code(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().enumerate().map(|(idx, line)| (idx + 1, line));
    let code = lines.take_while(|(_, line)| *line != "mod tests {");
    code.map(|(number, line)| (number, line.split("//").next().unwrap_or_default())).collect()
}

/// Names of modules that code asks for, each with the number of a line: `crate::x`,
/// `crate::{x, y}`.
fn asked(code: &[(usize, &str)]) -> Vec<(String, usize)> {
    let is_name = |it: &char| it.is_alphanumeric() || *it == '_';
    let mut text = String::new();
    let mut lines = Vec::new();
    for (number, line) in code {
        lines.push((text.len(), *number));
        text.push_str(line);
        text.push('\n');
    }
    let line_of = |at: usize| lines.iter().rev().find(|(start, _)| *start <= at).map(|it| it.1);
    let mut names = Vec::new();
    for (at, found) in text.match_indices("crate::") {
        let number = line_of(at).unwrap();
        let rest = &text[at + found.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push((rest.chars().take_while(is_name).collect(), number));
            continue;
        };
        let mut depth = 0;
        let mut name = String::new();
        for it in group.chars() {
            match it {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => names.push((std::mem::take(&mut name), number)),
                it if depth == 0 => name.push(it),
                _ => {}
            }
        }
        names.push((name, number));
    }
    let head = |it: String| it.trim().chars().take_while(is_name).collect::<String>();
    names.into_iter().map(|(name, number)| (head(name), number)).collect()
}

/// The layer of a module, from 0 for the lowest.
fn layer(module: &str) -> Option<(usize, &'static str)> {
    let mut layers = LAYERS.iter().enumerate();
    layers.find_map(|(idx, (_, modules))| Some((idx, *modules.iter().find(|it| **it == module)?)))
}

fn uses() -> Uses {
    let mut uses = Uses::new();
    for (path, text) in files() {
        let Some((_, module)) = module(&path).and_then(layer) else { continue };
        let uses = uses.entry(module).or_default();
        for (name, number) in asked(&code(&text)) {
            let Some((_, other)) = layer(&name).filter(|(_, it)| *it != module) else { continue };
            uses.entry(other).or_insert_with(|| format!("{path}:{number}"));
        }
    }
    uses
}

#[track_caller]
fn none(places: Vec<String>) {
    assert!(places.is_empty(), "\n{}\n", places.join("\n"));
}

#[test]
fn imports_are_found_in_every_form() {
    let text =
        "use crate::{a, b::{c, d}, e};\nuse crate::f::g; // crate::h\nlet it = crate::i::j();";
    let found: Vec<_> =
        asked(&code(text)).into_iter().map(|(name, line)| format!("{name}{line}")).collect();
    assert_eq!(found, ["a1", "b1", "e1", "f2", "i3"]);
}

#[test]
fn every_module_has_a_layer() {
    let files = files();
    let modules: BTreeSet<&str> = files.iter().filter_map(|(path, _)| module(path)).collect();
    let strangers = modules.iter().filter(|it| layer(it).is_none());
    none(
        strangers
            .map(|it| format!("{it}: give it a layer in tests/it/layers.rs, above all it uses"))
            .collect(),
    );
    let known = LAYERS.iter().flat_map(|(_, modules)| *modules);
    none(
        known
            .filter(|it| !modules.contains(*it))
            .map(|it| format!("tests/it/layers.rs: `{it}` is no module any more"))
            .collect(),
    );
}

#[test]
fn no_module_uses_what_stands_above_it() {
    let mut places = Vec::new();
    for (module, uses) in &uses() {
        let (own, _) = layer(module).unwrap();
        for (other, place) in uses {
            let (above, _) = layer(other).unwrap();
            if above > own {
                places.push(format!(
                    "{place}: `{module}` ({}) uses `{other}` ({}): move what it needs down, or \
                     pass it in",
                    LAYERS[own].0, LAYERS[above].0
                ));
            }
        }
    }
    none(places);
}

#[test]
fn no_modules_use_each_other() {
    let uses = uses();
    let reached = |start: &'static str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(module) = open.pop() {
            for other in uses.get(module).into_iter().flatten().map(|(other, _)| *other) {
                if seen.insert(other) {
                    open.push(other);
                }
            }
        }
        seen
    };
    let mut places = Vec::new();
    for (module, used) in &uses {
        for (other, place) in used.iter().filter(|(other, _)| reached(other).contains(module)) {
            places.push(format!(
                "{place}: `{module}` uses `{other}`, which leads back to `{module}`: what both \
                 need belongs in a module below them"
            ));
        }
    }
    none(places);
}

#[test]
fn no_module_is_most_of_the_program() {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in files() {
        let module = module(&path).unwrap_or("lib").to_owned();
        *lines.entry(module).or_default() += text.lines().count();
    }
    let all: usize = lines.values().sum();
    let large = lines.iter().filter(|(_, count)| **count * 100 > all * SHARE_MAX);
    none(
        large
            .map(|(module, count)| {
                let share = count * 100 / all;
                format!("{module}: {share} % of the code, split it by what its parts are for")
            })
            .collect(),
    );
}

/// The layers as boxes, the highest first; each uses only what stands below it.
fn picture() -> String {
    const COLUMNS: usize = 72;
    let mut text = format!("┌{}┐\n", "─".repeat(COLUMNS + 2));
    for (idx, (name, modules)) in LAYERS.iter().enumerate().rev() {
        let mut lines = vec![(*name).to_owned()];
        let mut line = String::from("   ");
        for module in *modules {
            if line.len() + module.len() + 1 > COLUMNS {
                lines.push(std::mem::replace(&mut line, String::from("   ")));
            }
            line += &format!(" {module}");
        }
        lines.push(line);
        for line in lines {
            let pad = " ".repeat(COLUMNS - line.chars().count());
            text += &format!("│ {line}{pad} │\n");
        }
        let (left, right) = if idx == 0 { ('└', '┘') } else { ('├', '┤') };
        text += &format!("{left}{}{right}\n", "─".repeat(COLUMNS + 2));
    }
    text
}

#[test]
fn the_picture_of_the_layers_is_that_of_the_code() {
    let path = root().join("docs/architecture.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("```text\n").unwrap();
    let (kept, after) = rest.split_once("```").unwrap();
    let real = picture();
    if std::env::var_os("UPDATE_EXPECT").is_some() && kept != real {
        fs::write(&path, format!("{before}```text\n{real}```{after}")).unwrap();
        return;
    }
    assert_eq!(kept, real, "`UPDATE_EXPECT=1 cargo test` rewrites {}", path.display());
}
