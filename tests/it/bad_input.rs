//! Whatever stands in a file: no panic, no hang, spans inside the text, and other files unharmed.
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and write bad files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::document::{Document, Node};
use opslint::fact::Fact;
use opslint::parse::{Syntax, document};
use opslint::source::{SourceMap, Span};
use opslint::vocabulary;
use opslint::workspace::MemoryFiles;
use proptest::prelude::*;
use serde_json::Value;

use crate::cli;
use crate::schema_oracle::files;

/// Larger than opslint reads.
const TOO_LARGE: usize = 10 * 1024 * 1024;

fn syntax_of(path: &Path) -> Option<Syntax> {
    let name = path.file_name()?.to_str()?;
    let is_procfile = name.starts_with("Procfile") || name.ends_with(".Procfile");
    if is_procfile { Some(Syntax::Procfile) } else { Syntax::of_path(name) }
}

fn fixtures(syntax: Syntax) -> Vec<String> {
    let is_one = |it: &str| match syntax {
        Syntax::ConfigParser => it.ends_with("supervisord.conf"),
        Syntax::YamlStream => syntax_of(Path::new(it)) == Some(Syntax::Yaml),
        _ => syntax_of(Path::new(it)) == Some(syntax),
    };
    let all = files("fixtures", is_one);
    assert!(!all.is_empty(), "no fixture of {syntax:?}");
    all.iter().map(|it| fs::read_to_string(it).unwrap()).collect()
}

fn parse(syntax: Syntax, text: &str) -> Document {
    let mut sources = SourceMap::new();
    let file = sources.add("file", text);
    document(syntax, file, text)
}

#[track_caller]
fn check_span(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} is not in {text:?}");
}

/// Every span lies in the text, on character boundaries, and words are where they are said to be.
#[track_caller]
fn check_node(text: &str, node: &Node) {
    check_span(text, node.span);
    if let Some(it) = node.as_text() {
        for word in it.value.split_whitespace() {
            let at = word.as_ptr() as usize - it.value.as_ptr() as usize;
            let span = it.span_of(at..at + word.len());
            check_span(text, span);
            // Where the place of a word is not known, or it has escapes, its span is wider.
            let found = &text[span.range()];
            assert!(
                found == word || span == it.span() || found.contains(['\\', '\'']),
                "{word:?} is said to be at {found:?}"
            );
        }
    }
    node.elements().iter().for_each(|it| check_node(text, it));
    for entry in node.entries() {
        check_span(text, entry.key.span);
        check_node(text, &entry.value);
    }
}

#[track_caller]
fn check(syntax: Syntax, text: &str) -> Document {
    let document = parse(syntax, text);
    check_node(text, &document.root);
    for problem in &document.problems {
        check_span(text, problem.primary.span);
        assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem:?}");
    }
    document.comments.iter().for_each(|it| check_span(text, *it));
    document
}

#[track_caller]
fn check_prefixes(syntax: Syntax) {
    for text in fixtures(syntax) {
        for (end, _) in text.char_indices() {
            check(syntax, &text[..end]);
        }
        check(syntax, &text);
        check(syntax, &text.replace('\n', "\r\n"));
    }
}

#[test]
fn every_prefix_of_toml_is_read() {
    check_prefixes(Syntax::Toml);
}

#[test]
fn every_prefix_of_yaml_is_read() {
    check_prefixes(Syntax::Yaml);
}

#[test]
fn every_prefix_of_a_stream_of_yaml_is_read() {
    check_prefixes(Syntax::YamlStream);
}

#[test]
fn every_prefix_of_an_ini_file_is_read() {
    check_prefixes(Syntax::ConfigParser);
}

#[test]
fn every_prefix_of_json_is_read() {
    check_prefixes(Syntax::Json);
}

#[test]
fn every_prefix_of_a_procfile_is_read() {
    check_prefixes(Syntax::Procfile);
}

#[test]
fn every_prefix_of_python_is_read() {
    check_prefixes(Syntax::Python);
}

/// Line ends of another system change no key and no value but those of texts with line breaks.
#[test]
fn line_ends_of_windows_change_no_key() {
    for syntax in [Syntax::Toml, Syntax::Yaml, Syntax::Json, Syntax::Procfile, Syntax::Python] {
        for text in fixtures(syntax) {
            let keys = |text: &str| -> Vec<String> {
                let root = parse(syntax, text).root;
                root.entries().iter().map(|it| it.key.value.clone()).collect()
            };
            assert_eq!(keys(&text), keys(&text.replace('\n', "\r\n")), "{text}");
        }
    }
}

fn any_fixture() -> impl Strategy<Value = (Syntax, String)> {
    let mut all = Vec::new();
    for syntax in [Syntax::Toml, Syntax::Yaml, Syntax::Json, Syntax::Procfile, Syntax::Python] {
        all.extend(fixtures(syntax).into_iter().map(|it| (syntax, it)));
    }
    prop::sample::select(all)
}

/// What a slip of the hand puts into a file.
const SLIPS: &[&str] = &[
    "", "\"", "'", "\"\"\"", "[", "]", "{", "}", ":", "=", ",", "#", "\n", "\r\n", "\t", " ", "\\",
    "é", "🚀", "\u{feff}", "\0", "|", ">", "&a ", "*a", "<<: ", "- ", "? ", "!x ", "%", "---\n",
    "//",
];

proptest! {
    #[test]
    fn fixtures_with_slips_are_read(
        (syntax, text) in any_fixture(),
        slips in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..20, prop::sample::select(SLIPS)), 1..4),
    ) {
        let mut text: Vec<char> = text.chars().collect();
        for (at, len, slip) in slips {
            let at = at.index(text.len() + 1);
            let end = (at + len).min(text.len());
            text.splice(at..end, slip.chars());
        }
        check(syntax, &text.into_iter().collect::<String>());
    }
}

/// Texts that make a careless reader take the square of their length.
#[test]
fn long_texts_of_one_kind_are_read() {
    let many = 60_000;
    let keys = |line: fn(usize) -> String| (0..many).map(line).collect::<String>();
    let cases = [
        (Syntax::Yaml, keys(|it| format!("key{it}: 1\n"))),
        (Syntax::Yaml, format!("a: \"{}\"", " ".repeat(1_000_000))),
        (Syntax::Yaml, format!("a: \"{}\"", " x".repeat(100_000))),
        (Syntax::Yaml, format!("a: &a [{}]\nb: [{}]", "x,".repeat(many), "*a,".repeat(many))),
        (Syntax::Yaml, format!("a: |\n{}", "  line \n".repeat(many))),
        (Syntax::Yaml, "#\n".repeat(many)),
        (Syntax::Toml, keys(|it| format!("key{it} = 1\n"))),
        (Syntax::Toml, "[[a]]\n".repeat(10_000)),
        (Syntax::Toml, format!("a = \"\"\"{}\"\"\"", "\\\n   ".repeat(many))),
        (Syntax::Toml, format!("a = '{}'", " ".repeat(1_000_000))),
        (Syntax::Json, format!("{{{}\"z\": 1}}", keys(|it| format!("\"key{it}\": 1,\n")))),
        (Syntax::Json, format!("[\"{}\"]", "\\u0041 ".repeat(many))),
        (Syntax::Json, "[1,".repeat(100) + &"1,".repeat(many)),
        (Syntax::Procfile, keys(|it| format!("web{it}: run\n"))),
        (Syntax::Procfile, "x\n".repeat(many)),
        (Syntax::Python, keys(|it| format!("key{it} = 'a'\n"))),
        (Syntax::Python, format!("a = [{}]\n", "-1, ".repeat(many))),
    ];
    for (syntax, text) in cases {
        let document = parse(syntax, &text);
        check_span(&text, document.root.span);
    }
}

/// Ways to nest that do not use brackets.
#[test]
fn deep_nesting_of_every_kind_is_read() {
    let blocks = |open: &str| -> String {
        (0..2_000).map(|it| format!("{}{open}\n", " ".repeat(it))).collect()
    };
    let cases = [
        (Syntax::Toml, "a.".repeat(100_000) + "a = 1"),
        (Syntax::Toml, format!("[{}a]\nb = 1", "a.".repeat(100_000))),
        (Syntax::Toml, format!("[[{}a]]\nb = 1", "a.".repeat(100_000))),
        (Syntax::Toml, (0..3_000).map(|it| format!("[{}a]\n", "a.".repeat(it / 20))).collect()),
        (Syntax::Yaml, blocks("a:")),
        (Syntax::Yaml, blocks("-")),
        (Syntax::Yaml, "? ".repeat(50_000)),
        (Syntax::Yaml, "[".repeat(127) + &"]".repeat(127)),
        (Syntax::Json, "{\"a\":".repeat(120) + "1" + &"}".repeat(120)),
        (Syntax::Json, "{\"a\":".repeat(50_000)),
        (Syntax::Python, blocks("if x:")),
        (Syntax::Python, format!("a = {}1", "not ".repeat(50_000))),
    ];
    for (syntax, text) in cases {
        let document = parse(syntax, &text);
        check_span(&text, document.root.span);
    }
}

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Rules and messages of `opslint check` about a file.
fn diagnostics(output: &Value, path: &str) -> Vec<(String, String)> {
    let all = output["diagnostics"].as_array().unwrap().iter();
    let here = all.filter(|it| it["primary"]["path"] == path);
    here.map(|it| (text(&it["rule"]), text(&it["message"]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn bad_files_are_named_and_hide_no_other_file() {
    let utf_16 = |text: &str| -> Vec<u8> {
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let folder = Folder::new("bad-input");
    let broken = "app = \"a\"\n[env\nPORT = 8080\n";
    folder.write("utf16/fly.toml", &utf_16("app = \"a\"\n"));
    folder.write("latin1/Procfile", b"# caf\xE9\nweb: run\n");
    folder.write("large/fly.toml", &vec![b'#'; TOO_LARGE]);
    folder.write("huge/render.yaml", &vec![b'#'; 2 * TOO_LARGE]);
    folder.write("nul/Procfile", b"web: run\0\n");
    folder.write("deep/fly.toml", ("a = ".to_owned() + &"[".repeat(200_000)).as_bytes());
    folder.write("empty/fly.toml", b"");
    folder.write("broken/fly.toml", broken.as_bytes());
    folder.write("bom/fly.toml", format!("\u{feff}{broken}").as_bytes());
    folder.write("crlf/fly.toml", broken.replace('\n', "\r\n").as_bytes());
    folder.write("good/Procfile", b"web one\n");
    let run = Command::new(env!("CARGO_BIN_EXE_opslint"))
        .args(["check", "--format", "json", "."])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    let output: Value = serde_json::from_slice(&run.stdout).unwrap();
    for (path, rule, part) in [
        ("utf16/fly.toml", "unreadable-file", "UTF-16"),
        ("latin1/Procfile", "unreadable-file", "Latin-1"),
        ("large/fly.toml", "unreadable-file", "10 MB; the limit is 2 MB"),
        ("huge/render.yaml", "unreadable-file", "20 MB; the limit is 2 MB"),
        ("nul/Procfile", "unreadable-file", "UTF-16"),
        ("deep/fly.toml", "unreadable-file", "deep"),
        ("broken/fly.toml", "syntax-error", ""),
        ("good/Procfile", "syntax-error", "name: command"),
    ] {
        let found = diagnostics(&output, path);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found[0].0 == rule && found[0].1.contains(part), "{path}: {found:?}");
    }
    assert_eq!(diagnostics(&output, "empty/fly.toml"), []);
    // A byte order mark and line ends change neither what is said nor the line it is said of.
    let place = |path: &str| {
        let all = output["diagnostics"].as_array().unwrap();
        let found = all.iter().find(|it| it["primary"]["path"] == path).unwrap();
        let start = &found["primary"]["range"]["start"];
        (text(&found["message"]), start["line"].clone(), start["column"].clone())
    };
    assert_eq!(place("bom/fly.toml"), place("broken/fly.toml"));
    assert_eq!(place("crlf/fly.toml"), place("broken/fly.toml"));
}

/// Each file that is absent adds to what is taken for granted, and must not double it.
#[test]
fn many_absent_files_of_variables_are_read_like_one() {
    let files: Vec<String> = (0..40).map(|idx| format!("missing-{idx}.env")).collect();
    let compose = format!(
        "services:\n  web:\n    build: .\n    restart: always\n    ports: [\"80:8000\"]\n    \
         env_file: {files:?}\n    environment:\n      WEB_CONCURRENCY: \"3\"\n    \
         command: gunicorn shop.wsgi --bind 0.0.0.0:8000\n"
    );
    let files = MemoryFiles::new()
        .with("compose.yaml", compose)
        .with("Dockerfile", "FROM python:3.13-slim\nCOPY . .\n");
    let facts = Analysis::open(files, Options::plain()).unwrap().facts();
    let process = &facts.projects[0].deployments[0].processes[0];
    assert_eq!(process.facts.get(vocabulary::WORKERS).and_then(Fact::int), Some(3));
}

/// What stands where opslint's own files are looked for was meant to be one.
#[cfg(unix)]
#[test]
fn configuration_that_is_no_file_is_a_failure() {
    type Make = fn(&Path);
    let ways: [(&str, Make, &str); 3] = [
        ("folder", |it| std::fs::create_dir(it).unwrap(), "it is a folder"),
        ("link", |it| std::os::unix::fs::symlink("gone.toml", it).unwrap(), "leads nowhere"),
        ("link to a folder", |it| std::os::unix::fs::symlink("sub", it).unwrap(), "to a folder"),
    ];
    for (name, make, why) in ways {
        let folder = cli::Folder::new("own-no-file").with("Procfile", "web: gunicorn shop.wsgi\n");
        let folder = folder.with("sub/Procfile", "web: gunicorn shop.wsgi\n");
        make(&folder.path().join("opslint.toml"));
        for command in ["check", "check sub", "resolve", "plan", "rules", "init --stdout"] {
            let mut run = Command::new(env!("CARGO_BIN_EXE_opslint"));
            let run = run.args(command.split(' ')).current_dir(folder.path()).output().unwrap();
            let text = [run.stdout, run.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert_eq!(run.status.code(), Some(2), "{name} {command}: {text}");
            assert!(text.contains(why), "{name} {command}: {text}");
        }
    }
}
