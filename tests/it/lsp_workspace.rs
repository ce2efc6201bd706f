//! `opslint lsp` with more than one open file: all of a workspace at once, several folders, files
//! that change, move and go, and what the server asks of its client.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::fs;

use serde_json::{Value, json};

use crate::cli::Folder;
use crate::lsp::{Editor, with_code};

const FLY: &str = "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n[http_service]\n\
                   internal_port = 8080\nautostop_machines = \"stop\"\n";

/// A client that asks for diagnostics, and can be asked.
fn pulling(folder: Folder) -> Editor {
    let capabilities = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": {
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "diagnostics": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
        },
    });
    Editor::with(folder, capabilities)
}

/// What `workspace/diagnostic` says: by the end of the address, the kind, the rules and the id.
fn pull_all(
    editor: &mut Editor,
    known: &[(String, String)],
) -> Vec<(String, String, Vec<String>, String)> {
    let ids = known.iter().map(|(uri, value)| json!({ "uri": uri, "value": value }));
    let params = json!({ "previousResultIds": ids.collect::<Vec<_>>() });
    let answer = editor.ask("workspace/diagnostic", params);
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let items = answer["result"]["items"].as_array().unwrap().iter().map(|it| {
        let codes = it["items"].as_array().into_iter().flatten().map(|it| text(&it["code"]));
        (text(&it["uri"]), text(&it["kind"]), codes.collect(), text(&it["resultId"]))
    });
    items.collect()
}

#[test]
fn all_files_are_asked_for_at_once_and_only_what_changed_is_told() {
    let folder = Folder::new("lsp-all")
        .with("a/fly.toml", FLY)
        .with("b/fly.toml", FLY)
        .with("c/Procfile", "web: gunicorn shop.wsgi --bind 0.0.0.0:$PORT\n");
    let mut editor = pulling(folder);
    assert_eq!(editor.capabilities["diagnosticProvider"]["workspaceDiagnostics"], true);
    let all = pull_all(&mut editor, &[]);
    let of = |all: &[(String, String, Vec<String>, String)], end: &str| {
        all.iter().find(|it| it.0.ends_with(end)).cloned().unwrap()
    };
    for path in ["a/fly.toml", "b/fly.toml"] {
        assert!(of(&all, path).2.iter().any(|it| it == "unknown-key"), "{all:?}");
    }
    let known: Vec<_> = all.iter().map(|it| (it.0.clone(), it.3.clone())).collect();
    // A buffer that is not saved counts, and what has not changed is not sent again.
    editor.write("a/fly.toml", &FLY.replace("autostop", "auto_stop"), 1);
    let now = pull_all(&mut editor, &known);
    assert!(!of(&now, "a/fly.toml").2.contains(&"unknown-key".to_owned()), "{now:?}");
    assert_eq!(of(&now, "a/fly.toml").1, "full");
    assert_eq!(of(&now, "b/fly.toml").1, "unchanged");
    // A file that is gone has nothing left to be said of it.
    fs::remove_file(editor.folder.path().join("b/fly.toml")).unwrap();
    let uri = editor.uri("b/fly.toml");
    editor
        .tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 3 }] }));
    let now = pull_all(&mut editor, &known);
    assert_eq!((of(&now, "b/fly.toml").1.as_str(), of(&now, "b/fly.toml").2.len()), ("full", 0));
    editor.close();
}

#[test]
fn one_file_is_told_again_only_when_something_is_new() {
    let mut editor = pulling(Folder::new("lsp-once").with("fly.toml", FLY));
    let uri = editor.uri("fly.toml");
    let mut pull = |known: Option<&Value>| {
        let params = json!({ "textDocument": { "uri": uri }, "previousResultId": known });
        editor.ask("textDocument/diagnostic", params)["result"].clone()
    };
    let first = pull(None);
    assert_eq!(first["kind"], "full", "{first}");
    let again = pull(Some(&first["resultId"]));
    assert_eq!((&again["kind"], &again["resultId"]), (&json!("unchanged"), &first["resultId"]));
    assert_eq!(pull(Some(&json!("another")))["kind"], "full");
    editor.close();
}

#[test]
fn a_client_is_asked_to_watch_files_and_to_ask_again() {
    let folder = Folder::new("lsp-asks").with("fly.toml", FLY);
    let folder = folder.with("gunicorn.conf.py", "workers = 2\n");
    let mut editor = pulling(folder);
    editor.pull("fly.toml");
    assert_eq!(editor.asked_for, ["client/registerCapability"]);
    fs::write(editor.folder.path().join("gunicorn.conf.py"), "workers = 200\n").unwrap();
    let uri = editor.uri("gunicorn.conf.py");
    editor
        .tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 2 }] }));
    editor.pull("fly.toml");
    editor.pull("fly.toml");
    let asked = &editor.asked_for[1..];
    assert_eq!(asked, ["workspace/diagnostic/refresh", "workspace/inlayHint/refresh"]);
    editor.close();
    // One that says nothing of it is asked nothing.
    let mut editor = Editor::open(Folder::new("lsp-asks-not").with("fly.toml", FLY), &[]);
    editor.write("fly.toml", FLY, 1);
    assert!(editor.asked_for.is_empty());
    editor.close();
}

#[test]
fn the_rule_of_a_diagnostic_is_explained() {
    let mut editor = Editor::open(Folder::new("lsp-explain").with("fly.toml", FLY), &[]);
    editor.write("fly.toml", FLY, 1);
    let mut params = editor.at("fly.toml", 5, 2);
    let place = params["position"].clone();
    params["range"] = json!({ "start": place, "end": place });
    params["context"] = json!({ "diagnostics": [] });
    let actions = editor.ask("textDocument/codeAction", params)["result"].clone();
    let mut actions = actions.as_array().unwrap().iter();
    let explain = actions.find(|it| it["command"]["command"] == "opslint.explain").unwrap();
    let run = json!({
        "command": explain["command"]["command"], "arguments": explain["command"]["arguments"],
    });
    let answer = editor.ask("workspace/executeCommand", run);
    let page = answer["result"]["page"].as_str().unwrap();
    assert!(page.starts_with("unknown-key: "), "{page}");
    assert!(editor.shown.iter().any(|it| it.contains("unknown-key: ")), "{:?}", editor.shown);
    let none = json!({ "command": "opslint.explain", "arguments": ["no-such-rule"] });
    assert!(editor.ask("workspace/executeCommand", none)["error"].is_object());
    editor.close();
}

#[test]
fn folders_come_and_go_and_a_folder_in_another_one_answers_for_its_files() {
    let folder = Folder::new("lsp-folders").with("fly.toml", FLY).with("sub/fly.toml", FLY);
    let mut editor = pulling(folder);
    let sub = editor.uri("sub");
    let change = |added: &[&str], removed: &[&str]| {
        let of = |uris: &[&str]| {
            uris.iter().map(|it| json!({ "uri": it, "name": "x" })).collect::<Vec<_>>()
        };
        json!({ "event": { "added": of(added), "removed": of(removed) } })
    };
    editor.tell("workspace/didChangeWorkspaceFolders", change(&[&sub], &[]));
    let all = pull_all(&mut editor, &[]);
    let ends = all.iter().filter(|it| it.0.ends_with("/sub/fly.toml"));
    assert_eq!(ends.count(), 1, "{all:?}");
    editor.tell("workspace/didChangeWorkspaceFolders", change(&[], &[&sub]));
    let all = pull_all(&mut editor, &[]);
    assert!(all.iter().any(|it| it.0.ends_with("/sub/fly.toml")), "{all:?}");
    editor.close();
}

#[test]
fn the_configuration_of_a_folder_in_another_one_counts_for_its_files() {
    let folder = Folder::new("lsp-nested").with("fly.toml", FLY).with("sub/fly.toml", FLY);
    let folder = folder.with("sub/opslint.toml", "[levels]\nunknown-key = \"off\"\n");
    let mut editor = Editor::open(folder, &[]);
    let sub = editor.uri("sub");
    let event = json!({ "added": [{ "uri": sub, "name": "sub" }], "removed": [] });
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    editor.write("fly.toml", FLY, 1);
    let told = |editor: &Editor, path: &str| {
        let uri = editor.uri(path);
        editor.published.iter().find(|it| it.0 == uri).map(|it| it.1.clone()).unwrap_or_default()
    };
    assert!(with_code(&told(&editor, "fly.toml"), "unknown-key").is_some());
    assert!(with_code(&told(&editor, "sub/fly.toml"), "unknown-key").is_none());
    editor.close();
}

#[test]
fn a_file_that_is_renamed_takes_its_diagnostics_with_it() {
    let mut editor = Editor::open(Folder::new("lsp-rename").with("fly.toml", FLY), &[]);
    editor.write("fly.toml", FLY, 1);
    let (old, new) = (editor.uri("fly.toml"), editor.uri("fly.staging.toml"));
    let path = |name: &str| editor.folder.path().join(name);
    fs::rename(path("fly.toml"), path("fly.staging.toml")).unwrap();
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": old } }));
    editor.tell(
        "workspace/didChangeWatchedFiles",
        json!({ "changes": [{ "uri": old, "type": 3 }, { "uri": new, "type": 1 }] }),
    );
    editor.write("fly.staging.toml", FLY, 1);
    let of = |editor: &Editor, uri: &str| {
        editor.published.iter().find(|it| it.0 == uri).map(|it| it.1.clone())
    };
    assert_eq!(of(&editor, &old).map(|it| it.len()), Some(0));
    let told = of(&editor, &new).unwrap();
    assert!(with_code(&told, "unknown-key").is_some(), "{told:?}");
    editor.close();
}
