//! Our JSON Schemas against `jsonschema` for Python: the schemas say what the parsers say.
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and start an interpreter")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opslint::diagnostic::Diagnostic;
use opslint::examples::{Start, new_rule};
use opslint::policy::config::{Request, load};
use opslint::report::schema::Schema;
use opslint::vocabulary::{Scope, Type, VOCABULARY};
use opslint::workspace::{MemoryFiles, Workspace};
use serde_json::{Map, Value, json};

/// The interpreter with the packages of `tests/oracle/requirements.txt`.
pub(crate) fn python() -> PathBuf {
    let chosen = std::env::var_os("OPSLINT_ORACLE_PYTHON").map(PathBuf::from);
    let python = chosen.unwrap_or_else(|| Path::new(".venv/bin/python").to_owned());
    assert!(
        python.exists(),
        "no Python at `{}`: run `tests/oracle/setup`, or set OPSLINT_ORACLE_PYTHON",
        python.display()
    );
    python
}

/// The validator's errors about each case.
pub(crate) fn validate(cases: &[Value]) -> Vec<Vec<String>> {
    let mut child = Command::new(python())
        .arg("tests/oracle/validate.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let schemas: Map<_, _> =
        Schema::ALL.iter().map(|(it, name)| ((*name).to_owned(), json!(it.text()))).collect();
    let input = json!({ "schemas": schemas, "cases": cases }).to_string();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the validator failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn toml_case(schema: Schema, text: &str) -> Value {
    json!({ "schema": schema.name(), "toml": text })
}

/// Files below a folder whose name satisfies a condition, sorted.
pub(crate) fn files(folder: &str, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if wanted(&path.file_name().unwrap().to_string_lossy()) => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

#[track_caller]
fn check_files(schema: Schema, paths: &[PathBuf]) {
    let case = |it: &PathBuf| toml_case(schema, &fs::read_to_string(it).unwrap());
    let cases: Vec<_> = paths.iter().map(case).collect();
    for (path, errors) in paths.iter().zip(validate(&cases)) {
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn every_rule_file_is_valid() {
    check_files(Schema::Rule, &files("rules", |it| it.ends_with(".toml")));
}

#[test]
fn every_opslint_toml_of_the_fixtures_is_valid() {
    check_files(Schema::Config, &files("fixtures", |it| it == "opslint.toml"));
}

/// Whether opslint itself takes a text for a configuration.
fn opslint_accepts(text: &str) -> Result<(), Vec<String>> {
    let files = MemoryFiles::new().with("opslint.toml", text);
    let mut workspace = Workspace::new(&files);
    let candidates = ["opslint.toml".to_owned()];
    let mut acc: Vec<Diagnostic> = Vec::new();
    load(&mut acc, &mut workspace, &Request { candidates: &candidates, ..Request::default() });
    match acc.is_empty() {
        true => Ok(()),
        false => Err(acc.into_iter().map(|it| it.message).collect()),
    }
}

#[track_caller]
fn check_agreement(texts: &[String]) {
    let cases: Vec<_> = texts.iter().map(|it| toml_case(Schema::Config, it)).collect();
    for (text, errors) in texts.iter().zip(validate(&cases)) {
        let ours = opslint_accepts(text);
        let agree = ours.is_ok() == errors.is_empty();
        assert!(agree, "{text}\nopslint: {ours:?}\nschema: {errors:?}");
    }
}

/// One value of the right type and one of a wrong type for every fact.
#[test]
fn parser_and_schema_agree_on_every_fact() {
    let mut texts = Vec::new();
    for def in VOCABULARY {
        let right = match def.ty {
            Type::Bool => "true".to_owned(),
            Type::Int | Type::Number => "1".to_owned(),
            Type::Text => "\"fly\"".to_owned(),
            Type::Enum(names) => format!("{:?}", names[0]),
            Type::List => "[\"a\"]".to_owned(),
        };
        let table = match def.scope {
            Scope::Process => "[deployments.Procfile.processes.web]",
            Scope::Deployment => "[deployments.Procfile]",
        };
        for value in [&right, "-1", "{ a = 1 }", "[1]", "1.5"] {
            texts.push(format!("{table}\n{} = {value}", def.name));
            texts.push(format!("{table}\n{:?} = {value}", def.name));
        }
    }
    check_agreement(&texts);
}

/// What a rule may say of values that are not known: the parser and the schema agree.
#[test]
fn parser_and_schema_agree_on_unknown_in_rules() {
    let values = ["passes", "fails", "fail", "unknown", ""];
    let template = new_rule("a-rule", &Start::default(), &[]).unwrap().text;
    let text = |value: &str| {
        let require = "require = \"workers <= 8\"\n";
        template.replace(require, &format!("{require}unknown = {value}\n"))
    };
    let mut cases: Vec<_> =
        values.iter().map(|it| toml_case(Schema::Rule, &text(&format!("{it:?}")))).collect();
    cases.push(toml_case(Schema::Rule, &text("true")));
    let mut errors = validate(&cases);
    assert!(!errors.pop().unwrap().is_empty(), "the schema takes a boolean");
    for (value, errors) in values.iter().zip(errors) {
        let start = Start { unknown: Some((*value).to_owned()), ..Start::default() };
        let ours = new_rule("a-rule", &start, &[]);
        assert_eq!(ours.is_ok(), errors.is_empty(), "{value}: {ours:?}\nschema: {errors:?}");
    }
}

#[test]
fn parser_and_schema_agree_on_every_key() {
    let web = "[deployments.Procfile.processes.web]";
    let entry = "[[suppressions]]\nrule = \"a-b\"\npath = \"*.json\"";
    let texts = [
        "",
        "extends = []",
        "extends = \"a\"",
        "rules = [\"a\"]",
        "rules = [\"/a\"]",
        "rules = [1]",
        "rule = [\"a\"]",
        "platforms = 1",
        "fail-on = \"error\"",
        "fail-on = \"undecided\"",
        "fail-on = [\"error\", \"undecided\"]",
        "fail-on = \"fatal\"",
        "fail-on = 1",
        "baseline = \"a.toml\"",
        "baseline = \"/a.toml\"",
        "levels = { a = \"off\", b = \"error\" }",
        "levels = { a = \"of\" }",
        "levels = { a = true }",
        "env = { A = \"1\", B = 2, C = true, D = 1.5 }",
        "env = { A = [] }",
        "[deployments.Procfile]\nplatform = \"fly\"\nenv.A = \"1\"",
        "[deployments.Procfile]\nplan = \"eco\"",
        "[deployments.\"/Procfile\"]",
        "[deployments.Procfile]\nmachine.memory_mb = 512",
        "[deployments.Procfile]\nprocesses = []",
        &format!("{web}\nplan = \"eco\"\ninstances = 2"),
        &format!("{web}\nplan = 1"),
        &format!("{web}\ninstances = -1"),
        &format!("{web}\nplatform = \"fly\""),
        &format!("{web}\nmachine.memory = 512"),
        &format!("{web}\nmachine = 512"),
        &format!("{web}\nport = 70000"),
        "[[overrides]]\npaths = [\"a/**\"]\nlevels = { a = \"off\" }",
        "[[overrides]]\npaths = [\"a/**\"]",
        "[[overrides]]\npaths = [\"/a\"]\nlevels = {}",
        "[[overrides]]\npaths = []\nlevels = {}\nlevel = 1",
        &format!("{entry}\nreason = \"x\""),
        &format!("{entry}\nreason = \"x\"\nprocess = \"web\"\nuntil = 2027-01-31"),
        &format!("{entry}\nreason = \"x\"\nuntil = \"2027-02-31\""),
        &format!("{entry}\nreason = \" \""),
        entry,
    ];
    check_agreement(&texts.map(str::to_owned));
}

#[test]
fn output_schemas_refuse_what_is_not_output() {
    let cases = [
        (Schema::Output, json!({ "version": 1 })),
        (
            Schema::Output,
            json!({ "version": 2, "diagnostics": [], "undecided": [], "summary": {} }),
        ),
        (Schema::Resolve, json!({ "version": 1, "projects": [{ "path": "" }] })),
    ];
    let cases: Vec<_> = cases
        .iter()
        .map(|(schema, json)| json!({ "schema": schema.name(), "json": json.to_string() }))
        .collect();
    for errors in validate(&cases) {
        assert!(!errors.is_empty());
    }
}
