//! Reports as other programs read them: Python's XML parser, the schema of OASIS, a Markdown
//! parser, and GitHub's own way to read commands. Places are counted again in Python.
#![expect(clippy::disallowed_methods, reason = "tests start an interpreter")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opslint::diagnostic::{Diagnostic, Label, Severity};
use opslint::fix::{Edit, Fix, Safety};
use opslint::outcome::Outcome;
use opslint::report::schema::Schema;
use opslint::report::{Format, ReportOptions, RuleInfo, ShowSecrets, Shown, write};
use opslint::source::{SourceMap, Span};
use serde_json::{Map, Value, json};

/// Formats that programs read.
const FORMATS: &[Format] = &[
    Format::Concise,
    Format::Json,
    Format::Jsonl,
    Format::Sarif,
    Format::Github,
    Format::Gitlab,
    Format::Junit,
    Format::Rdjson,
    Format::Markdown,
    Format::Agent,
];

/// The interpreter with the packages of `tests/oracle/requirements.txt`.
fn python() -> PathBuf {
    let chosen = std::env::var_os("OPSLINT_ORACLE_PYTHON").map(PathBuf::from);
    let python = chosen.unwrap_or_else(|| Path::new(".venv/bin/python").to_owned());
    assert!(
        python.exists(),
        "no Python at `{}`: run `tests/oracle/setup`, or set OPSLINT_ORACLE_PYTHON",
        python.display()
    );
    python
}

/// What is wrong with each report.
fn mistakes(cases: &[Value]) -> Vec<Vec<String>> {
    let mut child = Command::new(python())
        .arg("tests/oracle/formats.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = Value::from(cases.to_vec()).to_string();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Texts, and diagnostics with the text their label stands on.
#[derive(Default)]
struct Scene {
    sources: SourceMap,
    diagnostics: Vec<(Diagnostic, String)>,
}

impl Scene {
    fn add(&mut self, path: &str, text: &str, at: &str, message: &str, severity: Severity) {
        let span = self.span(path, text, at);
        let label = Label::new(span, format!("label: {message}"));
        let rule = ["some-rule", "other-rule"][self.diagnostics.len() % 2];
        let it = Diagnostic::new(rule, severity, message, label).with_help(format!("do {message}"));
        self.diagnostics.push((it, at.to_owned()));
    }

    fn span(&mut self, path: &str, text: &str, at: &str) -> Span {
        let file = self.sources.add(path, text);
        let start = self.sources.file(file).text().find(at).unwrap();
        Span::new(file, start, start + at.len())
    }

    /// Gives the last diagnostic a fix: what stands at these texts is replaced.
    fn fix(&mut self, path: &str, text: &str, safety: Safety, edits: &[(&str, &str)]) {
        let edit = |(at, new): &(&str, &str)| Edit {
            span: self.span(path, text, at),
            text: (*new).to_owned(),
        };
        let edits = edits.iter().map(edit).collect();
        let title = format!("write `{path}`");
        self.diagnostics.last_mut().unwrap().0.fixes.push(Fix { title, safety, edits });
    }

    /// The texts behind a fix: bytes are replaced, the last ones first.
    fn fixed(&self, fix: &Fix) -> Value {
        let mut files = Map::new();
        for it in fix.edits.iter().rev() {
            let file = self.sources.file(it.span.file);
            let old = files.get(file.path()).and_then(Value::as_str).unwrap_or(file.text());
            let mut new = old.to_owned();
            new.replace_range(it.span.range(), &it.text);
            files.insert(file.path().to_owned(), Value::from(new));
        }
        json!({ "title": fix.title, "files": files })
    }

    fn case(&self, format: Format) -> Value {
        let diagnostics: Vec<_> = self.diagnostics.iter().map(|(it, _)| it.clone()).collect();
        let outcome = Outcome { diagnostics, files: 2, processes: 1, ..Outcome::default() };
        let rules = [rule("some-rule"), rule("unused-rule")];
        let options = ReportOptions { rules: &rules, ..ReportOptions::default() };
        let mut out = Vec::new();
        let shown = Shown::outcome(outcome, &self.sources, ShowSecrets::Never);
        write(&mut out, format, &shown, &options).unwrap();
        let files: Map<String, Value> = self
            .sources
            .iter()
            .map(|(_, it)| (it.path().to_owned(), Value::from(it.text())))
            .collect();
        let expect = self.diagnostics.iter().map(|(it, at)| {
            json!({
                "rule": it.rule, "severity": it.severity.name(), "message": it.message,
                "path": self.sources.file(it.primary.span.file).path(), "at": at, "help": it.help,
                "fixes": it.fixes.iter().map(|fix| self.fixed(fix)).collect::<Vec<_>>(),
            })
        });
        let schema: Value = serde_json::from_str(&Schema::Output.text()).unwrap();
        json!({
            "format": format.name(), "text": String::from_utf8(out).unwrap(), "files": files,
            "expect": expect.collect::<Vec<_>>(), "schema": schema,
        })
    }
}

fn rule(id: &str) -> RuleInfo {
    RuleInfo {
        id: id.to_owned(),
        summary: format!("{id} is bad"),
        why: "Because *it* is.\n\nReally.".to_owned(),
        help: "set {workers}".to_owned(),
        url: Some(format!("https://opslint.example/{id}")),
        severity: Some(Severity::Warning),
    }
}

#[track_caller]
fn check(scene: &Scene) {
    check_cases(&FORMATS.iter().map(|it| scene.case(*it)).collect::<Vec<_>>());
}

#[track_caller]
fn check_cases(cases: &[Value]) {
    for (case, mistakes) in cases.iter().zip(mistakes(cases)) {
        let text = case["text"].as_str().unwrap();
        assert!(mistakes.is_empty(), "{}: {mistakes:#?}\n{text}", case["format"]);
    }
}

#[test]
fn an_ordinary_report_is_read_as_it_was_meant() {
    let mut scene = Scene::default();
    let fly = "app = \"shop\"\n[[vm]]\n  memory = \"512mb\"\n";
    let message = "9 workers need about 1,152 MB, the machine has `512 MB`";
    scene.add("Procfile", "web: gunicorn shop.wsgi\n", "gunicorn", message, Severity::Error);
    let related = scene.span("fly.toml", fly, "\"512mb\"");
    scene.diagnostics[0].0.related.push(Label::new(related, "all of `web` [runs] in this"));
    scene.diagnostics[0].0.related.push(Label::new(related, ""));
    scene.add("fly.toml", fly, "shop", "worth knowing", Severity::Info);
    scene.fix(
        "fly.toml",
        fly,
        Safety::Safe,
        &[("shop", "store"), ("memory", "cpus"), ("\"512mb\"", "4")],
    );
    scene.fix("Procfile", "web: gunicorn shop.wsgi\n", Safety::Unsafe, &[("shop", "``` x")]);
    check(&scene);
}

#[test]
fn an_empty_report_is_a_report() {
    check(&Scene::default());
}

#[test]
fn hostile_paths_and_messages_do_no_harm() {
    let mut scene = Scene::default();
    for path in ["a b/ü %20#?.toml", "weird,file=x.toml", "[a](b)*_<i>&.toml", "http/x;y='\".toml"]
    {
        for message in [
            "50% of \"it\" is <b>bold</b> & done",
            "two\nlines, ::error::not a command",
            "a [link](http://x) *star* _under_ # @user `code*`",
            "an odd ` backtick and a \\ backslash",
            "control \u{1b}[31m and \u{0}",
        ] {
            scene.add(path, "k = 1\nv = 2\n", "2", message, Severity::Warning);
        }
    }
    check(&scene);
}

#[test]
fn places_are_right_in_any_text() {
    let mut scene = Scene::default();
    let texts = [
        ("bom.toml", "\u{feff}a = 1\n"),
        ("crlf.toml", "x = 0\r\n\r\n\tkey = \"ü🚀\" # a = 1\r\n"),
        ("cr.toml", "x = 0\rü = 2\ra = 1\r"),
        ("wide.toml", "火 = \"🚀🚀\", a = 1"),
        ("lines.py", "x = (\n  'ü',\n  a = 1\n)\n"),
    ];
    for (path, text) in texts {
        scene.add(path, text, "a = 1", "here", Severity::Error);
        scene.fix(path, text, Safety::Unsafe, &[("a = 1", "ü = \"🚀\"")]);
        scene.fix(path, text, Safety::Safe, &[("= 1", ""), ("1", "🚀")][..1]);
    }
    scene.add("lines.py", texts[4].1, "(\n  'ü',\n  a", "over lines", Severity::Warning);
    check(&scene);
}

#[test]
fn many_diagnostics_stay_apart() {
    let mut scene = Scene::default();
    for _ in 0..25 {
        for severity in [Severity::Info, Severity::Warning, Severity::Error] {
            scene.add("Procfile", "web: run\n", "run", "the same", severity);
        }
    }
    check(&scene);
}

/// What the program prints about the fixtures.
fn run(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    command.args(arguments).env_clear();
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn the_fixtures_are_the_same_in_every_format() {
    // A comment for a pull request has a length that is allowed: one fixture at a time.
    let (short, whole): (Vec<&Format>, Vec<&Format>) =
        FORMATS.iter().partition(|it| it.name() == "markdown");
    let mut folders: Vec<_> = std::fs::read_dir("fixtures").unwrap().map(Result::unwrap).collect();
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let mut cases = fixture_cases("fixtures", &whole);
    for folder in folders {
        cases.extend(fixture_cases(folder.path().to_str().unwrap(), &short));
    }
    check_cases(&cases);
}

/// What opslint says of a folder, in each of the formats, beside what its JSON says.
fn fixture_cases(folder: &str, formats: &[&Format]) -> Vec<Value> {
    let json = run(&["check", "--format", "json", folder]);
    let document: Value = serde_json::from_str(&json).unwrap();
    let mut files = Map::new();
    let mut expect = Vec::new();
    for it in document["diagnostics"].as_array().unwrap() {
        let labels = it["related"].as_array().unwrap().iter().chain([&it["primary"]]);
        let fixes = it["fixes"].as_array().unwrap();
        let labels = labels.chain(fixes.iter().flat_map(|it| it["edits"].as_array().unwrap()));
        for path in labels.map(|label| label["path"].as_str().unwrap()) {
            let text = std::fs::read_to_string(path).unwrap();
            files.insert(path.to_owned(), Value::from(text));
        }
        let primary = &it["primary"];
        let offset = |side: &str| primary["range"][side]["offset"].as_u64().unwrap() as usize;
        let text = files[primary["path"].as_str().unwrap()].as_str().unwrap();
        let fixes = fixes.iter().map(|it| fixed(it, &files));
        expect.push(json!({
            "fixes": fixes.collect::<Vec<_>>(),
            "rule": it["rule"], "severity": it["severity"], "message": it["message"],
            "path": primary["path"], "at": &text[offset("start")..offset("end")],
            "help": it["help"].as_str().unwrap_or_default(),
        }));
    }
    let schema: Value = serde_json::from_str(&Schema::Output.text()).unwrap();
    let case = |format: &&Format| {
        let text = run(&["check", "--format", format.name(), folder]);
        json!({
            "format": format.name(), "text": text, "files": files, "expect": expect,
            "schema": schema,
        })
    };
    formats.iter().map(case).collect()
}

/// The texts behind a fix of the JSON, by its offsets.
fn fixed(fix: &Value, files: &Map<String, Value>) -> Value {
    let mut changed = Map::new();
    for edit in fix["edits"].as_array().unwrap().iter().rev() {
        let path = edit["path"].as_str().unwrap();
        let old = changed.get(path).unwrap_or(&files[path]).as_str().unwrap();
        let mut new = old.to_owned();
        let offset = |side: &str| edit["range"][side]["offset"].as_u64().unwrap() as usize;
        new.replace_range(offset("start")..offset("end"), edit["text"].as_str().unwrap());
        changed.insert(path.to_owned(), Value::from(new));
    }
    json!({ "title": fix["title"], "files": changed })
}

#[test]
fn resolved_fixtures_are_what_their_schema_promises() {
    let schema: Value = serde_json::from_str(&Schema::Resolve.text()).unwrap();
    let text = run(&["resolve", "--format", "json", "fixtures"]);
    check_cases(&[json!({ "format": "resolve", "text": text, "schema": schema })]);
}
