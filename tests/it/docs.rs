//! Pages that are written from the program's own data are up to date.
#![expect(clippy::disallowed_methods, reason = "tests read the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use expect_test::expect_file;
use opslint::analysis::{Analysis, ConfigOptions, Options};
use opslint::fact::{Fact, OriginKind};
use opslint::formats;
use opslint::policy::Policy;
use opslint::report::explain::{RulePage, index};
use opslint::vocabulary::VOCABULARY;
use opslint::workspace::MemoryFiles;

use super::plan::fixtures;

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

/// What has been seen to say each fact.
#[derive(Default)]
struct Said {
    formats: BTreeSet<&'static str>,
    programs: BTreeSet<String>,
}

/// `opslint facts` and `opslint explain FACT` name the formats that say a fact, and the programs
/// that have a default of it: what was seen in a fixture or in an example of a rule.
#[test]
fn what_says_a_fact_is_written_from_what_was_read() {
    let mut said: BTreeMap<&str, Said> = BTreeMap::new();
    let policy = Arc::new(Policy::default());
    let all = fixtures().into_iter().map(|(_, files)| files);
    for files in all.chain(examples()) {
        let config = ConfigOptions { policy: Some(Arc::clone(&policy)), ..Default::default() };
        let options = Options { config, ..Options::with_policy(Arc::default()) };
        let Ok(analysis) = Analysis::open(files, options) else { continue };
        let answer = analysis.facts();
        for project in &answer.projects {
            let of_processes = project.deployments.iter().flat_map(|it| &it.processes);
            let of_deployments = project.deployments.iter().map(|it| &it.facts);
            for facts in of_processes.map(|it| &it.facts).chain(of_deployments) {
                for (id, fact) in facts.iter() {
                    let format = fact.origin.span.and_then(|it| {
                        let of_project = project.files.iter().find(|known| known.file == it.file);
                        let of_name = || only_format(answer.sources.file(it.file).path());
                        of_project.map(|it| it.format).or_else(of_name)
                    });
                    note(said.entry(id.name()).or_default(), fact, format);
                }
            }
        }
    }
    let mut text = String::new();
    for def in VOCABULARY {
        let Some(Said { formats, programs }) = said.remove(def.name) else { continue };
        if formats.is_empty() && programs.is_empty() {
            continue;
        }
        let formats: Vec<&str> = formats.into_iter().collect();
        let programs: Vec<String> = programs.into_iter().collect();
        text += &format!("{}\t{}\t{}\n", def.name, formats.join(", "), programs.join(", "));
    }
    expect_file!["../../src/cli/said.txt"].assert_eq(&text);
}

/// The format of a file by its name, where no other has such names.
fn only_format(path: &str) -> Option<&'static str> {
    let mut of_path = formats::of_path(path);
    match (of_path.next(), of_path.next()) {
        (Some(format), None) => Some(format.name),
        _ => None,
    }
}

fn note(said: &mut Said, fact: &Fact, format: Option<&'static str>) {
    match (fact.origin.kind, format) {
        (OriginKind::Written | OriginKind::Env, Some(format)) => {
            said.formats.insert(format);
        }
        (OriginKind::Default, _) => {
            let program = fact.origin.source.strip_suffix(" default");
            said.programs.extend(program.map(str::to_owned));
        }
        _ => {}
    }
}

/// The files of each example of each rule, without its marks.
fn examples() -> impl Iterator<Item = MemoryFiles> {
    let rules = Policy::builtin_with_examples(&mut Vec::new()).rules;
    let is_mark = |line: &&str| {
        let rest = line.trim_start_matches(' ').trim_start_matches(['^', '~']);
        let has_sign = line.trim_start_matches(' ').starts_with(['^', '~']);
        !(has_sign && (rest.is_empty() || rest.starts_with([' ', '\n', '\r'])))
    };
    rules.into_iter().flat_map(|it| it.examples).map(move |example| {
        let without = |text: &str| text.split_inclusive('\n').filter(is_mark).collect::<String>();
        let files = example.files.iter();
        files.fold(MemoryFiles::new(), |all, (path, text)| all.with(path, without(&text.value)))
    })
}
