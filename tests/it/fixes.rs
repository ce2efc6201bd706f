//! `--fix`, `--unsafe-fixes`, `--diff`, `--fix-only`: what is fixed, and all that is left alone.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test changes files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use opslint::document::{Document, Node, NodeKind};
use opslint::edit;
use opslint::fact::Value;
use opslint::fix::{Change, Edit};
use opslint::fixes;
use opslint::parse::{self, Syntax};
use opslint::source::SourceMap;

use crate::cli::Folder;
use crate::program::opslint;

const FLY: &str = "# shop\r\napp = \"shop\"\r\n\r\n[http_service]\r\n  internal_port = 8080   # keep\r\n  \
                   autostop_machines = \"stop\"\r\n\r\n[[vm]]\r\nmemry = \"1gb\"";

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    opslint(folder.path()).arg("check").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_is_safe_is_fixed_and_the_rest_is_reported() {
    let folder = Folder::new("fix-safe").with("fly.toml", FLY);
    let output = run(&folder, &["--fix", "--format", "concise"]);
    assert_eq!(folder.read("fly.toml"), FLY.replace("autostop_machines", "auto_stop_machines"));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("fixed 1 problem in 1 file"), "{output:?}");
    assert!(text(&output.stdout).contains("`memry` is not a key"), "{output:?}");
    assert!(!text(&output.stdout).contains("autostop_machines"), "{output:?}");
    run(&folder, &["--fix", "--unsafe-fixes", "--fix-only", "unknown-key"]);
    let both = FLY.replace("autostop_machines", "auto_stop_machines").replace("memry", "memory");
    assert_eq!(folder.read("fly.toml"), both);
    // A second run changes nothing.
    let again = run(&folder, &["--fix", "--unsafe-fixes", "--fix-only", "unknown-key"]);
    assert!(text(&again.stderr).is_empty(), "{again:?}");
    assert_eq!(folder.read("fly.toml"), both);
}

#[test]
fn two_fixes_that_would_write_one_key_are_not_both_made() {
    let unit =
        "[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/celery -A a worker\nResart=always\n";
    let folder = Folder::new("fix-twice").with("x.service", unit);
    run(&folder, &["--fix", "--unsafe-fixes"]);
    let fixed = folder.read("x.service");
    assert_eq!(fixed.matches("Restart=").count(), 1, "{fixed}");
    assert!(fixed.contains("\nRestart=always\n"), "{fixed}");
}

#[test]
fn a_difference_is_printed_and_nothing_is_written() {
    let folder = Folder::new("fix-diff").with("fly.toml", FLY);
    let output = run(&folder, &["--diff", "--fix-only", "unknown-key"]);
    assert_eq!((output.status.code(), folder.read("fly.toml").as_str()), (Some(1), FLY));
    let diff = text(&output.stdout);
    assert!(diff.starts_with("--- a/fly.toml\n+++ b/fly.toml\n@@ -3,7 +3,7 @@\n"), "{diff}");
    let none = run(&folder, &["--diff", "--fix-only", "too-many-workers"]);
    assert_eq!((none.status.code(), text(&none.stdout).as_str()), (Some(0), ""));
    let wrong = run(&folder, &["--diff", "--fix-only", "too-many-worker"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean `too-many-workers`?"), "{wrong:?}");
}

#[test]
fn a_byte_order_mark_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let marked = format!("\u{FEFF}{FLY}");
    let folder = Folder::new("fix-mark").with("fly.toml", &marked);
    let path = folder.path().join("fly.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    run(&folder, &["--fix"]);
    assert_eq!(folder.read("fly.toml"), marked.replace("autostop_machines", "auto_stop_machines"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_suppressed_or_known_diagnostic_is_not_fixed() {
    let allowed =
        "[http_service]\n# opslint: allow[unknown-key] ours\nautostop_machines = \"stop\"\n";
    let folder = Folder::new("fix-allowed").with("fly.toml", allowed);
    run(&folder, &["--fix"]);
    assert_eq!(folder.read("fly.toml"), allowed);
    let folder = Folder::new("fix-known").with("fly.toml", FLY);
    run(&folder, &["--baseline", "known.toml", "--write-baseline"]);
    run(&folder, &["--fix", "--unsafe-fixes", "--baseline", "known.toml"]);
    assert_eq!(folder.read("fly.toml"), FLY);
}

/// Every single value of a tree by the keys and positions above it.
fn values(node: &Node, path: &str, acc: &mut BTreeMap<String, String>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (idx, it) in entries.iter().enumerate() {
                let again = entries[..idx].iter().filter(|e| e.key.value == it.key.value).count();
                values(&it.value, &format!("{path}/{}#{again}", it.key.value), acc);
            }
        }
        NodeKind::List(elements) => {
            for (idx, it) in elements.iter().enumerate() {
                values(it, &format!("{path}/{idx}"), acc);
            }
        }
        NodeKind::String(text) => drop(acc.insert(path.to_owned(), text.value.clone())),
        kind => drop(acc.insert(path.to_owned(), format!("{kind:?}"))),
    }
}

fn all(document: &Document) -> BTreeMap<String, String> {
    let mut acc = BTreeMap::new();
    values(&document.root, "", &mut acc);
    acc
}

/// Every value and table of a tree with its path.
fn nodes<'a>(node: &'a Node, path: &str, acc: &mut Vec<(String, &'a Node)>) {
    acc.push((path.to_owned(), node));
    for (idx, it) in node.entries().iter().enumerate() {
        let same = node.entries()[..idx].iter().filter(|other| other.key.value == it.key.value);
        nodes(&it.value, &format!("{path}/{}#{}", it.key.value, same.count()), acc);
    }
    for (idx, it) in node.elements().iter().enumerate() {
        nodes(it, &format!("{path}/{idx}"), acc);
    }
}

fn made(text: &str, edits: &[Edit]) -> String {
    let mut new = text.to_owned();
    edits.iter().rev().for_each(|it| new.replace_range(it.span.range(), &it.text));
    new
}

fn files(folder: &Path, acc: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, acc) } else { acc.push(path) }
    }
}

/// Files of fixtures that are trees, as texts.
fn trees() -> Vec<(Syntax, String)> {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut paths);
    paths.sort();
    let tree = |path: PathBuf| {
        let name = path.to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).ok()?.trim_start_matches('\u{feff}').to_owned();
        Some((fixes::syntax_of(&name, &text)?, text))
    };
    paths.into_iter().filter_map(tree).collect()
}

/// What may be different after a change at a path: it, what is below it, and with a removal what
/// stands behind it in its list.
fn allowed(change: &Change, path: &str, other: &str) -> bool {
    let is_below = other == path || other.starts_with(&format!("{path}/"));
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    let is_list = last.parse::<usize>().is_ok();
    let in_parent = other.starts_with(&format!("{parent}/"));
    let name = last.split('#').next().unwrap_or_default();
    let same_name = || other.starts_with(&format!("{parent}/{name}#"));
    is_below || matches!(change, Change::Remove { .. }) && (is_list && in_parent || same_name())
}

#[test]
fn an_edit_of_any_value_of_a_fixture_changes_nothing_else() {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (syntax, text) in trees() {
        let file = SourceMap::new().add("x", text.as_str());
        let document = parse::document(syntax, file, &text);
        if !document.problems.is_empty() {
            continue;
        }
        let before = all(&document);
        let mut places = Vec::new();
        nodes(&document.root, "", &mut places);
        for (path, node) in places {
            let at = node.span;
            let changes = [
                ("set", Change::Set { at, was: None, to: Value::Int(4242) }),
                ("text", Change::Set { at, was: None, to: Value::Text("new value".to_owned()) }),
                ("remove", Change::Remove { at }),
                (
                    "insert",
                    Change::Insert {
                        table: at,
                        keys: vec!["brand_new".to_owned()],
                        to: Value::Int(1),
                    },
                ),
            ];
            for (kind, change) in changes {
                let count = counts.entry(kind).or_default();
                count.0 += 1;
                let Some(edits) = edit::edits(Some(&document), &text, &change) else { continue };
                count.1 += 1;
                let new = made(&text, &edits);
                let again = parse::document(syntax, file, &new);
                // Arguments of instructions have forms of their own: such an edit is not applied.
                if matches!(syntax, Syntax::Dockerfile) && !again.problems.is_empty() {
                    continue;
                }
                assert!(again.problems.is_empty(), "{kind} {path}: {:?}\n{new}", again.problems);
                let after = all(&again);
                let differs = |it: &&String| before.get(*it) != after.get(*it);
                for other in before.keys().chain(after.keys()).filter(differs) {
                    let is_new = kind == "insert" && other.ends_with("/brand_new#0");
                    assert!(
                        is_new || kind != "insert" && allowed(&change, &path, other),
                        "{kind} {path} changed {other} in {syntax:?}\n{new}"
                    );
                }
                // What is left of a file may be nothing.
                let same_end = new.is_empty() || new.ends_with('\n') == text.ends_with('\n');
                assert!(same_end, "{kind} {path} in {syntax:?}\n{new:?}");
            }
        }
    }
    // Most values of real files can be changed; a test that changes nothing proves nothing.
    for (kind, (asked, done)) in counts {
        let least = if kind == "insert" { asked / 10 } else { asked / 3 };
        assert!(asked > 1_000 && done > least, "{kind}: {done} of {asked}");
    }
}
