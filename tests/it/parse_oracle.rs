//! Our trees against those of Python's `tomllib` and `json`, and of PyYAML.
//!
//! Files of the fixtures are read whole, and with each of their lines taken out: what both parsers
//! take must be the same tree in the same order of keys, and what only one of them takes is a bug
//! of ours, but for what is listed here.
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and start an interpreter")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, thread};

use opslint::document::{Document, Node, NodeKind};
use opslint::parse::{Syntax, document};
use opslint::source::SourceMap;
use serde_json::{Value, json};

use crate::schema_oracle::{files, python};

struct Case {
    name: String,
    syntax: Syntax,
    text: String,
}

fn syntax_name(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Toml => "toml",
        Syntax::Json => "json",
        _ => "yaml",
    }
}

/// The files of the fixtures that Python has a parser for.
fn fixtures() -> Vec<Case> {
    let known = |it: &str| matches!(Syntax::of_path(it), Some(it) if it != Syntax::Python);
    let case = |path: &std::path::PathBuf| {
        let name = path.to_string_lossy().into_owned();
        let syntax = Syntax::of_path(&name).unwrap();
        Case { syntax, text: fs::read_to_string(path).unwrap(), name }
    };
    files("fixtures", known).iter().map(case).collect()
}

/// What Python's parsers say of each case.
fn answers(cases: &[Case]) -> Vec<Value> {
    let input: Vec<_> = cases
        .iter()
        .map(|it| json!({ "syntax": syntax_name(it.syntax), "text": it.text }))
        .collect();
    let mut child = Command::new(python())
        .arg(Path::new("tests/oracle/trees.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = Value::from(input).to_string();
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the parsers failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn parse(case: &Case) -> Document {
    let mut sources = SourceMap::new();
    let file = sources.add(case.name.as_str(), case.text.as_str());
    document(case.syntax, file, &case.text)
}

/// A tree of ours in the form of the script's.
fn tree(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => json!(["null", ""]),
        NodeKind::Bool(it) => json!(["bool", it.to_string()]),
        NodeKind::Integer(it) => json!(["int", it.to_string()]),
        NodeKind::Float(it) => json!(["float", it.to_string()]),
        NodeKind::String(it) => json!(["str", it.value]),
        NodeKind::List(nodes) => json!(["list", nodes.iter().map(tree).collect::<Vec<_>>()]),
        NodeKind::Map(entries) => {
            let entries = entries.iter().map(|it| json!([it.key.value, tree(&it.value)]));
            json!(["map", entries.collect::<Vec<_>>()])
        }
        NodeKind::Dynamic(_) => json!(["dynamic", ""]),
    }
}

/// Where two trees differ first, as a path and both values.
fn difference(path: &str, ours: &Value, theirs: &Value) -> Option<String> {
    let differ = || Some(format!("{path}: ours {ours}, theirs {theirs}"));
    if ours[0] != theirs[0] {
        return differ();
    }
    match ours[0].as_str().unwrap() {
        "float" => {
            let number = |it: &Value| it[1].as_str().unwrap().parse::<f64>().unwrap();
            let (ours, theirs) = (number(ours), number(theirs));
            let same = ours == theirs || (ours.is_nan() && theirs.is_nan());
            if same { None } else { differ() }
        }
        "list" | "map" => {
            let (a, b) = (ours[1].as_array().unwrap(), theirs[1].as_array().unwrap());
            let keys = |it: &[Value]| it.iter().map(|it| it[0].clone()).collect::<Vec<_>>();
            if ours[0] == "map" && keys(a) != keys(b) {
                return Some(format!("{path}: our keys {:?}, theirs {:?}", keys(a), keys(b)));
            }
            if a.len() != b.len() {
                return differ();
            }
            a.iter().zip(b).enumerate().find_map(|(idx, (a, b))| match ours[0] == "map" {
                true => difference(&format!("{path}.{}", a[0]), &a[1], &b[1]),
                false => difference(&format!("{path}[{idx}]"), a, b),
            })
        }
        _ if ours == theirs => None,
        _ => differ(),
    }
}

/// Whether we refuse a text as a whole, as Python's parsers do. In YAML and JSON, a key that stands
/// twice is for us to say and not for them.
fn refused(case: &Case, ours: &Document) -> bool {
    ours.problems.iter().any(|it| match it.rule.as_str() {
        "syntax-error" | "template-file" => true,
        _ => case.syntax == Syntax::Toml,
    })
}

/// What is wrong with our reading of each case.
fn disagreements(cases: &[Case]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (case, theirs) in cases.iter().zip(answers(cases)) {
        let ours = parse(case);
        let Some(tree_of_python) = theirs.get("tree") else {
            // PyYAML follows YAML 1.1, and our JSON has comments and trailing commas.
            if case.syntax == Syntax::Toml && !refused(case, &ours) {
                wrong.push(format!("{}: only Python refuses it: {}", case.name, theirs["error"]));
            }
            continue;
        };
        if refused(case, &ours) {
            let problem = ours.problems.first().map(|it| it.message.clone());
            wrong.push(format!("{}: only we refuse it: {problem:?}", case.name));
            continue;
        }
        compared += 1;
        let found = difference("", &tree(&ours.root), tree_of_python);
        wrong.extend(found.map(|it| format!("{}: {it}", case.name)));
    }
    assert!(compared * 4 >= cases.len(), "most cases were refused by both: {compared} were not");
    wrong
}

#[test]
fn trees_of_fixtures_are_what_python_reads() {
    let wrong = disagreements(&fixtures());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn trees_of_fixtures_without_a_line_are_what_python_reads() {
    let mut cases = Vec::new();
    for case in fixtures() {
        let lines: Vec<_> = case.text.split_inclusive('\n').collect();
        for missing in 0..lines.len().min(150) {
            let text = [&lines[..missing], &lines[missing + 1..]].concat().concat();
            let name = format!("{} without line {}", case.name, missing + 1);
            cases.push(Case { name, syntax: case.syntax, text });
        }
    }
    let wrong = disagreements(&cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
