//! Pages that are written from the program's own data are up to date.
#![expect(clippy::disallowed_methods, reason = "tests read the repository")]

use std::fs;

use expect_test::expect_file;
use opslint::report::explain::{RulePage, index};

#[test]
fn the_page_of_rules_is_written_from_the_rule_files() {
    let mut paths: Vec<_> = fs::read_dir("rules").unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "toml"));
    paths.sort();
    let page = |path: &std::path::PathBuf| {
        let id = path.file_stem().unwrap().to_string_lossy();
        RulePage::read(&id, &fs::read_to_string(path).unwrap())
    };
    let pages: Vec<_> = paths.iter().map(page).collect();
    expect_file!["../../docs/rules.md"].assert_eq(&index(&pages));
}
