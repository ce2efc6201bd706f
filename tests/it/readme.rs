//! The README and the pages show what opslint prints: their outputs are compared with real ones.
#![expect(clippy::disallowed_methods, reason = "the README is a file, and so is its update switch")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use opslint::formats::FORMATS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README is there")
}

/// What the program prints for these arguments, in the folder of the repository.
fn output(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
        .args(arguments.split_whitespace())
        .current_dir(root())
        .env_clear()
        .env("COLUMNS", "100")
        .env("LANG", "C.UTF-8")
        .output()
        .expect("opslint starts");
    String::from_utf8(output.stdout).expect("the report is UTF-8")
}

/// The arguments of the last command of each console block with a text block behind it.
fn shown(document: &str) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.find("```console\n") {
        rest = &rest[at + "```console\n".len()..];
        let (commands, after) = rest.split_once("```").unwrap_or((rest, ""));
        let last = commands.lines().rev().find_map(|it| it.strip_prefix("$ "));
        let arguments = last.and_then(|it| {
            it.strip_prefix("opslint ").or_else(|| it.strip_prefix("cargo run --release -- "))
        });
        let text = after.strip_prefix("\n\n```text\n").and_then(|it| it.split_once("\n```"));
        if let (Some(arguments), Some((text, _))) = (arguments, text) {
            shown.push((arguments.to_owned(), text.to_owned()));
        }
    }
    shown
}

/// The README and the pages of `docs/`. That of all rules is written from their files.
fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("the pages are there");
    let docs = docs.map(|it| it.expect("a page").path());
    let is_page = |it: &PathBuf| it.extension().is_some_and(|it| it == "md");
    let mut documents: Vec<PathBuf> = docs.filter(is_page).collect();
    documents.retain(|it| !it.ends_with("rules.md"));
    documents.push(root().join("README.md"));
    documents.sort();
    documents
}

#[test]
fn outputs_in_documents_are_what_opslint_prints() {
    let mut count = 0;
    for path in documents() {
        let mut document = fs::read_to_string(&path).expect("a page is text");
        for (arguments, text) in shown(&document) {
            count += 1;
            let real = output(&arguments);
            // A long output is cut where the page says so.
            let lines = match text.strip_suffix("\n…") {
                Some(kept) => kept.lines().count(),
                None => real.trim_end().lines().count(),
            };
            let real = real.trim_end().lines().take(lines).collect::<Vec<_>>().join("\n");
            let kept = text.strip_suffix("\n…").unwrap_or(&text).to_owned();
            if env::var_os("UPDATE_EXPECT").is_some() {
                document = document.replace(&kept, &real);
                fs::write(&path, &document).expect("a page can be written");
                continue;
            }
            let path = path.display();
            assert_eq!(kept, real, "{path}: `UPDATE_EXPECT=1 cargo test` rewrites it");
        }
    }
    assert!(count >= 6, "{count} outputs are shown");
}

/// The texts of an SVG, one after the other, without blanks.
fn texts_of_svg(svg: &str) -> String {
    let texts = regex::Regex::new("(?s)<text[^>]*>(.*?)</text>").expect("a pattern");
    let text: String = texts.captures_iter(svg).map(|it| it[1].to_owned()).collect();
    let signs = [("&#160;", ""), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">")];
    let text = signs.iter().fold(text, |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&").split_whitespace().collect()
}

#[test]
fn the_picture_of_the_terminal_shows_what_opslint_prints() {
    let svg = fs::read_to_string(root().join("docs/public/check.svg")).expect("the picture");
    let real: String = output("check fixtures/shop").split_whitespace().collect();
    let shown = texts_of_svg(&svg);
    assert!(real.len() > 1_000 && shown.contains(&real), "run `docs/pictures`: {shown}\n{real}");
}

#[test]
fn the_table_of_formats_in_the_readme_is_the_table_of_formats() {
    let readme = readme();
    let head = "| format | files | what is read |\n| --- | --- | --- |\n";
    let start = readme.find(head).expect("the README has the table") + head.len();
    let len = readme[start..].find("\n\n").expect("a blank line ends the table") + 1;
    let mut real = String::new();
    for format in FORMATS {
        let patterns: Vec<_> = format.patterns.iter().map(|it| format!("`{it}`")).collect();
        real += &format!("| {} | {} | {} |\n", format.name, patterns.join(", "), format.reads);
    }
    let kept = &readme[start..start + len];
    if env::var_os("UPDATE_EXPECT").is_some() && kept != real {
        let readme = [&readme[..start], &real, &readme[start + len..]].concat();
        fs::write(root().join("README.md"), readme).expect("the README can be written");
        return;
    }
    assert_eq!(kept, real, "`UPDATE_EXPECT=1 cargo test` rewrites it");
}

#[test]
fn the_hooks_of_pre_commit_run_whatever_has_changed() {
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("the hooks");
    let ids = hooks.lines().filter(|it| it.starts_with("- id: ")).count();
    let always = hooks.lines().filter(|it| *it == "  always_run: true").count();
    assert!(ids >= 2 && ids == always, "{hooks}");
}

#[test]
fn the_first_command_of_contributing_makes_a_rule_that_is_not_there_yet() {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("the page is there");
    let (_, rest) = text.split_once("new-rule ").expect("a rule is begun");
    let (id, _) = rest.split_once(" --folder rules").expect("it goes into our folder");
    let path = root().join("rules").join(format!("{id}.toml"));
    assert!(!path.exists(), "a newcomer who types it is refused: {} is there", path.display());
}

/// `cargo test` takes one filter, and more only behind `--`: a guide that says otherwise ends a
/// newcomer's first try.
#[test]
fn test_commands_of_contributing_have_one_filter_in_front() {
    let page = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("the guide is there");
    let mut seen = 0;
    for start in ["cargo test ", "tests/run "] {
        for (at, _) in page.match_indices(start) {
            let command = page[at + start.len()..].split(['`', '\n']).next().unwrap_or_default();
            let front = command.split(" -- ").next().unwrap_or_default();
            let filters = front.replace("--test it", "").replace("--lib", "");
            let filters = filters.split_whitespace().take_while(|it| *it != "--").count();
            assert!(filters <= 1, "`{start}{command}`");
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} commands");
}
