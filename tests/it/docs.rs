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

/// The programs as a table: what each reads, and where that was found.
#[test]
fn the_page_of_programs_is_written_from_the_program_files() {
    let mut paths: Vec<_> =
        fs::read_dir("programs").unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "toml"));
    paths.sort();
    let mut page = String::from(
        "# Programs\n\nWritten from the files in `programs/`, which say more. Servers for Python have \
         their options in the code, and `opslint facts` lists every fact.\n",
    );
    for path in paths {
        let table: toml::Table = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        page += &program(&table);
    }
    expect_file!["../../docs/programs.md"].assert_eq(&page);
}

fn program(table: &toml::Table) -> String {
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let list = |value: Option<&toml::Value>| {
        let all = value.and_then(toml::Value::as_array).into_iter().flatten();
        all.filter_map(toml::Value::as_str)
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let tables =
        |key: &str| table.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let mut out = format!("\n## {}\n\n", text("title"));
    out += &format!("`{}` serves {}.", text("id"), text("serves"));
    for it in tables("runs") {
        out += &format!(" Started as {}", list(it.get("names")));
        let subcommands = list(it.get("subcommands"));
        out +=
            &if subcommands.is_empty() { ".".to_owned() } else { format!(" with {subcommands}.") };
    }
    for it in tables("images") {
        out += &format!(" Image {}.", list(it.get("names")));
    }
    out += "\n\n";
    let options = tables("options");
    if !options.is_empty() {
        out += "| option | flags | variables | default | fact |\n| --- | --- | --- | --- | --- |\n";
        for it in options {
            let get = |key: &str| it.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            let default = match it.get("default") {
                Some(toml::Value::String(text)) => format!("`{text}`"),
                Some(toml::Value::Integer(number)) => number.to_string(),
                Some(toml::Value::Boolean(value)) => value.to_string(),
                _ => String::new(),
            };
            let (flags, env) = (list(it.get("flags")), list(it.get("env")));
            out +=
                &format!("| {} | {flags} | {env} | {default} | {} |\n", get("name"), get("fact"));
        }
        out += "\n";
    }
    for (_, source) in table["sources"].as_table().expect("sources are a table") {
        let get = |key: &str| source.get(key).and_then(toml::Value::as_str);
        out += &format!("Source: <{}>", get("url").expect("a source has an address"));
        for part in [get("version"), get("checked"), get("note")].into_iter().flatten() {
            out += &format!(", {part}");
        }
        out += "\n";
    }
    out
}
