//! One idea has one name: what `docs/glossary.md` says is not the word is nowhere in texts of ours.
#![expect(clippy::disallowed_methods, reason = "texts of the repository are read where they are")]

use std::fs;
use std::path::{Path, PathBuf};

/// Names that have a meaning of their own in what opslint reads, so that texts need them.
const HAS_ANOTHER_MEANING: &[&str] = &[
    "annotation",
    "attribute",
    "engine",
    "hole",
    "metric",
    "observed",
    "priority",
    "scenario",
    "skipped",
    "stack",
    "workload",
    "workspace",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Texts for people: pages, rules and platforms.
fn texts() -> Vec<PathBuf> {
    let mut texts = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for (folder, kind) in [("docs", "md"), ("rules", "toml"), ("rules", "md"), ("platforms", "md")]
    {
        let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
        let paths = entries.map(|it| it.expect("an entry").path());
        texts.extend(paths.filter(|it| it.extension().is_some_and(|it| it == kind)));
    }
    texts.retain(|it| !it.ends_with("glossary.md") && !it.ends_with("rules.md"));
    texts
}

/// The words of the last column of the table.
fn not_used(glossary: &str) -> Vec<String> {
    let rows = glossary.lines().filter(|it| it.starts_with("| ")).skip(2);
    let last = rows.filter_map(|it| it.trim_end_matches(" |").rsplit(" | ").next());
    let words = last.flat_map(|it| it.split(", ")).map(str::to_owned);
    words.filter(|it| !HAS_ANOTHER_MEANING.contains(&it.as_str())).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
    text.match_indices(word).any(|(at, _)| {
        let after = &text[at + word.len()..];
        !text[..at].ends_with(is_letter)
            && !after.strip_prefix('s').unwrap_or(after).starts_with(is_letter)
    })
}

#[test]
fn one_idea_has_one_name() {
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).expect("the glossary");
    let words = not_used(&glossary);
    assert!(words.len() > 20, "{words:?}");
    for path in texts() {
        let text = fs::read_to_string(&path).expect("a text").to_lowercase();
        for word in &words {
            assert!(!has_word(&text, word), "{} says `{word}`", path.display());
        }
    }
}

#[test]
fn a_word_is_found_alone_and_not_inside_of_another() {
    assert!(has_word("two findings here", "finding"));
    assert!(has_word("a finding", "finding"));
    assert!(!has_word("pathfinding", "finding"));
    assert!(!has_word("findings-first", "finding"));
}
