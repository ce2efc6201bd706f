//! One idea has one name: what `docs/glossary.md` says is not the word is nowhere in texts of ours,
//! and in no name of the code.
#![expect(clippy::disallowed_methods, reason = "texts of the repository are read where they are")]

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

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

/// Words of what the code is about: of file descriptors, and of GitLab's report.
const HAS_ANOTHER_MEANING_IN_CODE: &[&str] = &["descriptor", "violation"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Texts for people: pages, rules and platforms.
fn texts() -> Vec<PathBuf> {
    let mut texts = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for (folder, kind) in [
        ("docs", "md"),
        ("docs/cookbook/rules", "toml"),
        ("rules", "toml"),
        ("rules", "md"),
        ("platforms", "md"),
        ("platforms", "toml"),
        ("programs", "toml"),
        ("keys", "toml"),
    ] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
        let paths = entries.map(|it| it.expect("an entry").path());
        texts.extend(paths.filter(|it| it.extension().is_some_and(|it| it == kind)));
    }
    // Heroku's own word for a plan is the one that its users look for.
    let own = ["glossary.md", "rules.md", "platforms/heroku.toml"];
    texts.retain(|it| !own.iter().any(|own| it.ends_with(own)));
    texts
}

/// The words of the last column of the first table; the second one has words of platforms.
fn not_used(glossary: &str) -> Vec<String> {
    let (glossary, _) = glossary.split_once("\n## ").expect("a chapter of platforms");
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

/// Names and comments of the code.
fn code(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of code") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            code(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("words.rs") {
            found.push(path);
        }
    }
}

/// The words that names in a text are made of, a blank between two: `QuickFix` is `quick fix`.
fn words_of_names(text: &str) -> String {
    let name = Regex::new("[A-Za-z_][A-Za-z0-9_]*").expect("a pattern");
    let word = Regex::new("[A-Z]?[a-z0-9]+|[A-Z]+").expect("a pattern");
    let words = |it: &str| {
        word.find_iter(it).map(|it| it.as_str().to_lowercase()).collect::<Vec<_>>().join(" ")
    };
    name.find_iter(text).map(|it| words(it.as_str())).collect::<Vec<_>>().join("\n")
}

#[test]
fn one_idea_has_one_name_in_code() {
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).expect("the glossary");
    let mut words = not_used(&glossary);
    words.retain(|it| !HAS_ANOTHER_MEANING_IN_CODE.contains(&it.as_str()));
    let mut paths = Vec::new();
    for folder in ["src", "crates", "tests/it", "build"] {
        code(&root().join(folder), &mut paths);
    }
    assert!(paths.len() > 300, "{}", paths.len());
    for path in paths {
        let names = words_of_names(&fs::read_to_string(&path).expect("code is text"));
        for word in &words {
            assert!(!has_word(&names, word), "{} says `{word}`", path.display());
        }
    }
}

#[test]
fn names_are_taken_apart() {
    assert_eq!(words_of_names("QuickFix::has_finding"), "quick fix\nhas finding");
    assert!(has_word(&words_of_names("let all_findings = 1"), "finding"));
}

#[test]
fn a_word_is_found_alone_and_not_inside_of_another() {
    assert!(has_word("two findings here", "finding"));
    assert!(has_word("a finding", "finding"));
    assert!(!has_word("pathfinding", "finding"));
    assert!(!has_word("findings-first", "finding"));
}
