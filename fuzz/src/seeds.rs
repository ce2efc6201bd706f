//! Inputs to start from: the fixtures, what was found before, and the words of each grammar.
#![expect(clippy::disallowed_methods, reason = "fixtures are read where they are")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::Target;

/// Larger files teach nothing that smaller ones do not, and cost the time of many.
const SEED_MAX: usize = 16 * 1024;

/// The folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a target starts from, always in the same order.
pub fn of(target: &Target) -> Vec<String> {
    let mut seeds = vec![String::new()];
    let mut paths = Vec::new();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target.name);
    files(&own, &mut paths);
    seeds.extend(paths.iter().filter_map(|it| text(it)));
    for folder in ["fixtures", "rules"] {
        let mut paths = Vec::new();
        files(&root().join(folder), &mut paths);
        let shown = |it: &Path| {
            let below = it.strip_prefix(root()).unwrap_or(it);
            below.to_string_lossy().replace('\\', "/")
        };
        let taken = paths.iter().filter(|it| (target.takes)(&shown(it)));
        seeds.extend(taken.filter_map(|it| text(it)));
    }
    if (target.takes)("fixtures/") {
        seeds.extend(trees());
    }
    seeds.retain(|it| it.len() <= SEED_MAX);
    seeds
}

/// Each fixture as one input.
fn trees() -> Vec<String> {
    let mut folders = entries(&root().join("fixtures"));
    folders.retain(|it| it.is_dir());
    folders.sort();
    let tree = |folder: &PathBuf| {
        let mut paths = Vec::new();
        files(folder, &mut paths);
        let file = |it: &PathBuf| {
            let path = it.strip_prefix(folder).ok()?.to_string_lossy().replace('\\', "/");
            Some(format!("=== {path}\n{}", text(it)?))
        };
        paths.iter().filter(|it| !it.ends_with("expected.txt")).filter_map(file).collect()
    };
    folders.iter().map(tree).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|it| it.path()).collect()
}

fn files(folder: &Path, acc: &mut Vec<PathBuf>) {
    let mut paths = entries(folder);
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, acc) } else { acc.push(path) }
    }
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Pieces that mean something in one of the grammars, one in a line; `\n` stands for a line break.
const WORDS: &str = include_str!("../words.txt");

/// Pieces that mean something in one of the grammars.
pub fn words() -> Vec<String> {
    let unescaped = |it: &str| {
        let it =
            it.replace("\\n", "\n").replace("\\r", "\r").replace("\\0", "\0").replace("\\t", "\t");
        it.replace("\\e", "\u{1b}").replace("\\b", "\u{feff}").replace("\\u", "\u{202e}")
    };
    WORDS.lines().map(unescaped).collect()
}
