//! `opslint lsp` while something is written: completion, and our own files: opslint.toml and rules.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::{Value, json};

use crate::cli::Folder;
use crate::lsp::{Editor, with_code};

/// What is offered at the `|` of a text, which is written into a file.
fn offered(editor: &mut Editor, path: &str, text: &str, version: i64) -> Vec<Value> {
    let place = text.find('|').unwrap();
    let before = &text[..place];
    editor.write(path, &text.replace('|', ""), version);
    let line = before.matches('\n').count();
    let character = before.rsplit('\n').next().unwrap().chars().count();
    let answer = editor.ask("textDocument/completion", editor.at(path, line, character));
    answer["result"]["items"].as_array().cloned().unwrap_or_default()
}

fn item<'a>(items: &'a [Value], label: &str) -> &'a Value {
    let labels = || items.iter().map(|it| it["label"].to_string()).collect::<Vec<_>>().join(" ");
    items
        .iter()
        .find(|it| it["label"] == label)
        .unwrap_or_else(|| panic!("no {label}: {}", labels()))
}

#[test]
fn keys_and_values_of_a_platform_are_offered_where_they_belong() {
    let folder = Folder::new("lsp-complete").with("fly.toml", "app = \"shop\"\n");
    let mut editor = Editor::open(folder, &[]);
    let items = offered(&mut editor, "fly.toml", "app = \"shop\"\n[http_service]\nauto_st|", 1);
    let stop = item(&items, "auto_stop_machines");
    assert_eq!(stop["textEdit"]["newText"], "auto_stop_machines = ");
    assert_eq!(stop["textEdit"]["range"]["start"], json!({ "line": 2, "character": 0 }));
    assert_eq!(stop["textEdit"]["range"]["end"], json!({ "line": 2, "character": 7 }));
    assert!(items.iter().all(|it| it["label"] != "kill_timeout"));
    let text = "[http_service]\nauto_stop_machines = |";
    let items = offered(&mut editor, "fly.toml", text, 2);
    assert_eq!(item(&items, "suspend")["textEdit"]["newText"], "\"suspend\"");
    let text = "[processes]\nweb = \"run\"\n[[vm]]\nprocesses = [\"|";
    let items = offered(&mut editor, "fly.toml", text, 3);
    assert_eq!(item(&items, "web")["textEdit"]["newText"], "web");
    let text = "[[vm]]\nsize = \"ü|";
    let items = offered(&mut editor, "fly.toml", text, 4);
    let size = item(&items, "shared-cpu-2x");
    assert!(size["detail"].as_str().unwrap().contains("512 MB"), "{size}");
    assert_eq!(size["textEdit"]["range"]["start"], json!({ "line": 1, "character": 8 }));
    editor.close();
}

#[test]
fn yaml_and_json_have_their_own_signs() {
    let folder = Folder::new("lsp-complete-yaml")
        .with("render.yaml", "services: []\n")
        .with("app.json", "{}\n");
    let mut editor = Editor::open(folder, &[]);
    let text = "services:\n  - type: web\n    runtime: python\n    pl|";
    let items = offered(&mut editor, "render.yaml", text, 1);
    assert_eq!(item(&items, "plan")["textEdit"]["newText"], "plan: ");
    let text = "services:\n  - type: web\n    runtime: python\n    plan: |";
    let items = offered(&mut editor, "render.yaml", text, 2);
    let plan = item(&items, "standard");
    assert_eq!(plan["detail"], "1 CPU · 2048 MB · $25 a month");
    assert_eq!(plan["textEdit"]["newText"], "standard");
    let items = offered(&mut editor, "app.json", "{\"form|", 1);
    assert_eq!(item(&items, "formation")["textEdit"]["newText"], "formation");
    let items = offered(&mut editor, "app.json", "{\"formation\": {\"web\": {\"size\": \"|", 2);
    assert!(item(&items, "standard-1x")["detail"].as_str().unwrap().contains("512 MB"));
    editor.close();
}

#[test]
fn configuration_is_completed_and_judged_while_it_is_written() {
    let folder = Folder::new("lsp-config").with("Procfile", "web: gunicorn shop.wsgi\n");
    let mut editor = Editor::open(folder, &[]);
    let items = offered(&mut editor, "opslint.toml", "[deployments.|", 1);
    assert_eq!(item(&items, "Procfile")["textEdit"]["newText"], "Procfile");
    let items = offered(&mut editor, "opslint.toml", "[deployments.Procfile.processes.|", 2);
    item(&items, "web");
    let text = "[deployments.Procfile.processes.web]\n|";
    let items = offered(&mut editor, "opslint.toml", text, 3);
    let workers = item(&items, "memory_per_worker_mb");
    assert_eq!(workers["detail"], "whole number in MB");
    let text = "[deployments.Procfile]\nplatform = \"heroku\"\n\
                [deployments.Procfile.processes.web]\nplan = \"|";
    let items = offered(&mut editor, "opslint.toml", text, 4);
    assert!(item(&items, "basic")["detail"].as_str().unwrap().contains("$7 a month"));
    let items = offered(&mut editor, "opslint.toml", "[levels]\ntoo-many|", 5);
    assert_eq!(item(&items, "too-many-workers")["textEdit"]["newText"], "too-many-workers");
    let items = offered(&mut editor, "opslint.toml", "[levels]\ntoo-many-workers = \"|", 6);
    item(&items, "error");
    editor.write("opslint.toml", "[levels]\ntoo-many-worker = \"error\"\n", 7);
    let told = editor.pull("opslint.toml");
    assert!(with_code(&told, "invalid-config").is_some(), "{told:?}");
    let published = editor.published.iter().find(|(uri, _)| uri.ends_with("opslint.toml"));
    assert_eq!(published.unwrap().1, told);
    editor.close();
}

#[test]
fn a_rule_is_written_with_help_and_its_examples_are_run() {
    let rule = include_str!("../../rules/too-many-workers.toml");
    let folder = Folder::new("lsp-rule").with("policy/too-much.toml", rule);
    let mut editor = Editor::open(folder, &[]);
    editor.write("policy/too-much.toml", rule, 1);
    assert_eq!(editor.pull("policy/too-much.toml"), Vec::<Value>::new());
    let document = json!({ "textDocument": { "uri": editor.uri("policy/too-much.toml") } });
    let lenses = editor.ask("textDocument/codeLens", document);
    let command = &lenses["result"][0]["command"];
    assert!(command["title"].as_str().unwrap().starts_with("run the examples: "), "{lenses}");
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    let answer = editor.ask("workspace/executeCommand", run.clone());
    assert_eq!(answer["result"]["failed"], 0, "{answer}");
    assert!(editor.shown.last().unwrap().contains("0 failed"), "{:?}", editor.shown);
    // A marker that moves is a failure at its example.
    let broken = rule.replacen(" ^", "  ^", 1);
    editor.write("policy/too-much.toml", &broken, 2);
    let answer = editor.ask("workspace/executeCommand", run);
    assert_eq!(answer["result"]["failed"], 1, "{answer}");
    let told = editor.pull("policy/too-much.toml");
    assert!(with_code(&told, "example-failed").is_some(), "{told:?}");
    // A name that is none is said while it is written.
    let wrong = rule
        .replacen("workers", "wrkers", 3)
        .replace("[check]\n", "[check]\nwhen = \"wrkers > 1\"\n");
    editor.write("policy/too-much.toml", &wrong, 3);
    let told = editor.pull("policy/too-much.toml");
    assert!(with_code(&told, "invalid-rule").is_some(), "{told:?}");
    assert!(with_code(&told, "example-failed").is_none(), "{told:?}");
    let text = "since = \"0.1.0\"\nlevel = \"info\"\nsummary = \"x\"\n[check]\non = \"process\"\nwhen = \"workers > 1 && mach|\"\n";
    let items = offered(&mut editor, "policy/too-much.toml", text, 4);
    let memory = item(&items, "machine.memory_mb");
    assert!(memory["detail"].as_str().unwrap().contains("MB"), "{memory}");
    assert_eq!(memory["textEdit"]["range"]["start"], json!({ "line": 5, "character": 23 }));
    let hover = editor.ask("textDocument/hover", editor.at("policy/too-much.toml", 5, 9));
    let page = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(page.starts_with("`workers`: whole number"), "{page}");
    editor.close();
}

#[test]
fn a_client_is_told_of_one_way_to_get_diagnostics() {
    let capabilities = |text_document: Value| {
        let folder = Folder::new("lsp-delivery").with("fly.toml", "ap = 1\n");
        let editor = Editor::with(folder, json!({ "textDocument": text_document }));
        let pulls = editor.capabilities["diagnosticProvider"].is_object();
        editor.close();
        pulls
    };
    let (push, pull) = (json!({ "publishDiagnostics": {} }), json!({ "diagnostic": {} }));
    let both = json!({ "publishDiagnostics": {}, "diagnostic": {} });
    assert_eq!([push, pull, both].map(capabilities), [false, true, false]);
}
