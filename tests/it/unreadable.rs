//! A file that is there and cannot be read may say anything: what it could set is unknown.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::cli::Folder;
use super::outputs::run;

/// A fact of the only process, as the JSON output has it.
fn fact(folder: &Path, name: &str) -> Value {
    let found = run(folder, &["resolve", "--format", "json", "--no-config"], &[]);
    let resolved: Value = serde_json::from_str(&found.stdout).unwrap();
    resolved["projects"][0]["deployments"][0]["processes"][0]["facts"][name].clone()
}

/// Ways in which a file cannot be read.
fn spoil(folder: &Path, path: &str, way: &str) {
    let path = folder.join(path);
    let bytes = match way {
        "UTF-16" => "x = 1".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "Latin-1" => b"# caf\xE9\n".to_vec(),
        "binary" => vec![0, 1, 2],
        "too large" => vec![b'#'; 17 * 1024 * 1024],
        _ => {
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            return;
        }
    };
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_it_could_set_is_unknown_and_no_default() {
    let manifest = |command: &str| format!("web: {command}\n");
    let fly = "app = \"a\"\n[build]\ndockerfile = \"Image\"\n".to_owned();
    for (path, fact_name, files) in [
        ("gunicorn.conf.py", "workers", [("Procfile", manifest("gunicorn shop.wsgi"))]),
        ("ops/conf", "workers", [("Procfile", manifest("gunicorn -c ops/conf shop.wsgi"))]),
        ("conf.py", "workers", [("Procfile", manifest("gunicorn -c python:conf shop.wsgi"))]),
        ("start.sh", "server", [("Procfile", manifest("sh start.sh"))]),
        ("start.sh", "server", [("Procfile", manifest(". ./start.sh && gunicorn shop.wsgi"))]),
        ("uwsgi.ini", "workers", [("Procfile", manifest("uwsgi --ini uwsgi.ini"))]),
        ("Image", "server", [("fly.toml", fly.clone())]),
        ("runtime.txt", "runtime.python", [("Procfile", manifest("gunicorn shop.wsgi"))]),
    ] {
        for way in ["UTF-16", "Latin-1", "binary", "too large", "FIFO"] {
            let folder =
                Folder::new("unreadable").with("ops/x", "").with(".python-version", "3.12");
            let folder = files.iter().fold(folder, |it, (path, text)| it.with(path, text));
            spoil(folder.path(), path, way);
            let found = fact(folder.path(), fact_name);
            assert!(found.get("unknown").is_some(), "{path}, {way}, {fact_name}: {found}");
            let reported = run(folder.path(), &["check", "--format", "concise"], &[]);
            assert!(reported.stdout.contains("[unreadable-file]"), "{path}: {}", reported.stdout);
        }
    }
}

/// Every reader: a file of another encoding that would be of use is reported with its place, one
/// whose name alone does not say what it is, too.
#[test]
fn a_file_of_another_encoding_is_reported_wherever_it_is_read() {
    let kubernetes = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  \
                      selector: {matchLabels: {app: web}}\n  template:\n    spec:\n      \
                      containers:\n      - {name: web, image: shop, command: [gunicorn, a:b]}\n";
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: \
                  web}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: \
                  web}\n  minReplicas: 2\n  maxReplicas: 4\n";
    let knative = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web}\nspec: \
                   {template: {spec: {containers: [{image: shop}]}}}\n";
    let sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: \
               AWS::Serverless::Function\n    Properties: {Handler: a.b, Runtime: python3.13}\n";
    let script = "#!/bin/sh\nexec gunicorn shop.wsgi\n";
    let image = "FROM python:3.13\nCOPY start.sh ./\nCMD [\"./start.sh\"]\n";
    let fly = "app = \"shop\"\n[http_service]\ninternal_port = 8080\n";
    for (path, text, beside) in [
        ("k8s/web.yaml", kubernetes, None),
        ("k8s/hpa.yaml", scaler, Some(("k8s/web.yaml", kubernetes))),
        ("service.yaml", knative, None),
        ("template.yaml", sam, None),
        ("app.yaml", "runtime: python313\nentrypoint: gunicorn shop.wsgi\n", None),
        (
            ".chalice/config.json",
            "{\"version\": \"2.0\", \"app_name\": \"a\", \"stages\": {}}",
            None,
        ),
        ("manifest.yml", "applications:\n- {name: shop, command: gunicorn shop.wsgi}\n", None),
        ("Dockerfile", "FROM python:3.13\nCMD gunicorn shop.wsgi\n", None),
        ("Dockerfile", image, Some(("fly.toml", fly))),
        ("bin/start", script, Some(("Procfile", "web: bin/start\n"))),
        ("start.sh", "exec gunicorn shop.wsgi\n", Some(("Procfile", "web: ./start.sh\n"))),
        ("supervisord.conf", "[supervisord]\n[program:web]\ncommand=gunicorn shop.wsgi\n", None),
        ("fly.toml", fly, None),
    ] {
        let text = match path.ends_with("json") {
            true => text.replace("\"a\"", "\"\u{e9}\""),
            false => format!("{text}\n# caf\u{e9}\n"),
        };
        let latin_1: Vec<u8> = text.chars().map(|it| u32::from(it) as u8).collect();
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (way, bytes) in [("Latin-1", latin_1), ("UTF-16", utf_16)] {
            let folder = Folder::new("unreadable-reader").with(path, bytes);
            let folder = match beside {
                Some((name, text)) => folder.with(name, text),
                None => folder,
            };
            let found = run(folder.path(), &["check", "--format", "concise"], &[]);
            let place = format!("{path}:1:1: error[unreadable-file]");
            assert!(found.stdout.contains(&place), "{path}, {way}: {}", found.stdout);
        }
    }
}

/// What is of no use to opslint may have any encoding.
#[test]
fn a_file_of_another_encoding_that_is_for_others_is_no_problem() {
    let folder = Folder::new("unreadable-other")
        .with("Procfile", "web: bin/serve --port 80\n")
        .with("bin/serve", b"#!/usr/bin/env ruby\n# caf\xE9\n".as_slice())
        .with("config.yaml", b"name: caf\xE9\n".as_slice())
        .with("template.yaml", b"name: caf\xE9\n".as_slice())
        .with("app.yaml", b"name: caf\xE9\n".as_slice());
    let found = run(folder.path(), &["check", "--format", "concise"], &[]);
    assert!(!found.stdout.contains("[unreadable-file]"), "{}", found.stdout);
}

#[test]
fn settings_that_cannot_be_read_are_not_those_of_the_framework() {
    let wsgi = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n";
    let folder = Folder::new("unreadable-settings")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("shop/wsgi.py", wsgi)
        .with("shop/settings.py", "INSTALLED_APPS = []\n");
    let debug = |folder: &Folder| {
        let found = run(folder.path(), &["resolve", "--format", "json", "--settings"], &[]);
        let resolved: Value = serde_json::from_str(&found.stdout).unwrap();
        let process = &resolved["projects"][0]["deployments"][0]["processes"][0];
        process["settings"]["DEBUG"].clone()
    };
    assert_eq!(debug(&folder)["value"], false);
    for way in ["UTF-16", "Latin-1"] {
        spoil(folder.path(), "shop/settings.py", way);
        assert!(debug(&folder).get("unknown").is_some(), "{way}: {}", debug(&folder));
    }
    let folder = folder.with("shop/settings.py", "from .base import *\nINSTALLED_APPS = []\n");
    spoil(folder.path(), "shop/base.py", "Latin-1");
    assert!(debug(&folder).get("unknown").is_some(), "{}", debug(&folder));
}

#[test]
fn python_is_read_in_the_encoding_that_it_names() {
    for (text, workers) in [
        (b"# -*- coding: latin-1 -*-\n# caf\xE9\nworkers = 9\n".as_slice(), 9),
        (b"#!/x\n# vim: fileencoding=cp1252\nworkers = len('caf\xE9')\n", 4),
        (b"# coding: shift_jis\nworkers = len('\x82\xA0\x82\xA2')\n", 2),
        (b"# coding: ascii\nworkers = 7\n", 7),
        ("# coding: utf-8\nworkers = len('é')\n".as_bytes(), 1),
    ] {
        for (path, command) in
            [("gunicorn.conf.py", "gunicorn a.wsgi"), ("ops.conf", "gunicorn -c ops.conf a.wsgi")]
        {
            let folder = Folder::new("encoding")
                .with("Procfile", format!("web: {command}\n"))
                .with(path, text);
            assert_eq!(fact(folder.path(), "workers")["value"], workers, "{path}");
        }
    }
}

#[test]
fn a_program_that_is_no_text_is_no_problem() {
    let folder = Folder::new("binary")
        .with("Procfile", "web: bin/server --port 80\n")
        .with("bin/server", b"\x7fELF\0\0\0\xff");
    let found = run(folder.path(), &["check"], &[]);
    assert!(found.stdout.contains("no problems found"), "{}", found.stdout);
}

#[test]
fn names_that_are_too_long_are_names_of_nothing() {
    let name = "a".repeat(300);
    let folder = Folder::new("long").with("Procfile", format!("web: gunicorn {name}.wsgi\n"));
    let found = run(folder.path(), &["check"], &[]);
    assert_eq!(found.status, 0, "{}{}", found.stdout, found.stderr);
    let folder = folder.with("Procfile", format!("web: gunicorn -c {name}.py shop.wsgi\n"));
    let found = run(folder.path(), &["check", "--format", "concise"], &[]);
    assert!(!found.stdout.contains("unreadable-file"), "{}", found.stdout);
}

#[test]
fn whole_numbers_are_printed_as_they_are() {
    let number = "9007199254740993";
    let text = format!("web: gunicorn shop.wsgi --timeout {number}\n");
    let folder = Folder::new("numbers").with("Procfile", text);
    assert_eq!(fact(folder.path(), "timeout_s")["value"].to_string(), number);
    for arguments in [["resolve"].as_slice(), &["check"], &["resolve", "--settings"]] {
        let found = run(folder.path(), arguments, &[]);
        assert!(!found.stdout.contains("740,992"), "{}", found.stdout);
        assert!(!found.stdout.contains("740992"), "{}", found.stdout);
    }
    let shown = run(folder.path(), &["resolve"], &[]).stdout;
    assert!(shown.contains("9,007,199,254,740,993 s"), "{shown}");
}

/// The first line that says why nothing is known of the server.
fn why(folder: &Folder) -> String {
    let found = fact(folder.path(), "server");
    found["unknown"]["reason"].as_str().or(found["unknown"].as_str()).unwrap().to_owned()
}

#[test]
fn reasons_say_what_is_missing() {
    let folder = Folder::new("reasons").with("Procfile", "web: honcho start\n");
    assert_eq!(why(&folder), "a process of `Procfile` starts `Procfile` again");
    let folder = Folder::new("reasons").with("Procfile", "web: honcho start -f Procfile.dev\n");
    assert_eq!(why(&folder), "`Procfile.dev` is not in the project");
    let compose = "services:\n  web:\n    build: .\n    command: gunicorn a.wsgi\n";
    let folder = Folder::new("reasons").with("docker-compose.yml", compose);
    assert!(why(&folder).contains("is not known without `Dockerfile`"), "{}", why(&folder));
}

/// Names that other programs use too: the text tells whether a platform reads the file.
#[test]
fn a_manifest_of_a_common_name_in_utf_16_is_named() {
    let app = "runtime: python312\nentrypoint: gunicorn main:app\ninstance_class: F1\n";
    let mark = |it: &str| format!("\u{FEFF}{it}");
    for (path, text, is_named) in [
        ("app.yaml", app.to_owned(), true),
        ("app.yaml", mark(app), true),
        ("app.yaml", mark("title: Hello\n"), false),
        ("app.json", mark("{\"expo\": {}}\n"), false),
    ] {
        let folder = Folder::new("utf-16-common").with("x", "");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(folder.path().join(path), bytes).unwrap();
        let found = run(folder.path(), &["check", "--format", "concise"], &[]).stdout;
        assert_eq!(found.contains("[unreadable-file]"), is_named, "{path}: {text}\n{found}");
    }
}

/// Manifests whose names are those of other programs' files, too, and comments or blanks that their
/// formats allow.
const COMMON: &[(&str, &str, &str)] = &[
    (
        "k8s/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {}, \
         template: {spec: {containers: [{name: web, image: shop, command: [gunicorn, a:b]}]}}}\n",
        "# comment\n",
    ),
    ("manifest.yml", "applications:\n- {name: a, command: gunicorn a:b, memory: 10M}\n", "#  \n"),
    ("config/deploy.yml", "service: a\nimage: b\nservers: {web: {hosts: [1.2.3.4]}}\n", "\n"),
    ("supervisord.conf", "[program:a]\ncommand=gunicorn a:b\n", "; comment\n"),
    ("app.yaml", "runtime: python39\nentrypoint: gunicorn a:b\n", "# runtime\n"),
    (
        "service.yaml",
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n",
        "# comment\n",
    ),
    (
        ".github/workflows/a.yml",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: gcloud run deploy s --image x}]}}\n",
        "# comment\n",
    ),
    (
        "template.yaml",
        "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}\n",
        "# comment\n",
    ),
    (".chalice/config.json", "{\"app_name\": \"a\", \"stages\": {\"dev\": {}}}", " "),
    (
        "task-definition.json",
        "{\"family\": \"a\", \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\"}]}",
        "\n",
    ),
];

#[track_caller]
fn is_reported(path: &str, text: String, expect: bool) {
    let shown: String = text.chars().take(60).collect();
    let line = std::panic::Location::caller().line();
    let folder = Folder::new(&format!("unreadable-padded-{line}")).with(path, text);
    let found = run(folder.path(), &["check", "--format", "concise"], &[]);
    let has = found.stdout.starts_with(path) && found.stdout.contains("error[unreadable-file]");
    assert_eq!((has, found.status), (expect, i32::from(expect)), "{path} {shown}{}", found.stdout);
}

/// What is put before or behind a manifest hides nothing.
#[test]
fn a_manifest_that_is_too_large_is_reported_though_others_have_its_name() {
    for (path, text, padding) in COMMON {
        let padding = padding.repeat(2_200_000 / padding.len());
        is_reported(path, format!("{padding}{text}"), true);
        is_reported(path, format!("{text}{padding}"), true);
    }
    for (path, text, padding) in &COMMON[1..3] {
        let padding = padding.repeat(17_000_000 / padding.len());
        is_reported(path, format!("{padding}{text}"), true);
        is_reported(path, padding, false);
    }
}

/// The same with values that opslint does not read: too many, too deep, or aliases of too many.
#[test]
fn a_manifest_that_is_not_read_whole_is_reported_though_others_have_its_name() {
    let app = "applications:\n- {name: a, command: gunicorn a:b, memory: 10M}\n";
    let many: String = (0..5_001).map(|it| format!("k{it}: 1\n")).collect();
    is_reported("manifest.yml", format!("{many}{app}"), true);
    is_reported("manifest.yml", many, false);
    let deep = format!("x: {}{}\n", "[".repeat(200), "]".repeat(200));
    is_reported("manifest.yml", format!("{deep}{app}"), true);
    is_reported("manifest.yml", deep, false);
    let first = format!("x: &a [{}]\ny: [{}]\n", "1, ".repeat(1_000), "*a, ".repeat(20));
    let alias = "z: &b [{name: a, memory: 10M}]\napplications: *b\n";
    is_reported("manifest.yml", format!("{first}{alias}"), true);
    let long = format!("x: &a \"{}\"\ny: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(100));
    is_reported("manifest.yml", format!("{long}{app}"), true);
}

#[test]
fn large_files_of_others_that_have_such_names_are_left_alone() {
    let data = "- {name: a, kind: dataset, image: a.png, command: x, runtimes: 1}\n";
    let data = data.repeat(2_200_000 / data.len());
    for (path, ..) in COMMON.iter().filter(|it| it.0.ends_with("yaml") || it.0.ends_with("yml")) {
        is_reported(path, data.clone(), false);
    }
    is_reported("task-definition.json", format!("[{}1]", "1,\n".repeat(800_000)), false);
    is_reported("supervisord.conf", "[a]\nprogram=1\n".repeat(160_000), false);
}

/// Services behind more files than opslint follows, or behind one that nobody has, are not there for
/// any rule: that is said with its place.
#[test]
fn a_service_that_cannot_be_put_together_is_reported() {
    let service = "services:\n  web: {build: ., command: gunicorn a.wsgi}\n";
    let chain = |len: usize, from: &str, link: &dyn Fn(&str) -> String| {
        let files = (1..len).map(|it| (format!("{it}.yml"), link(&format!("{}.yml", it + 1))));
        let last =
            [(format!("{len}.yml"), service.to_owned()), ("Dockerfile".to_owned(), String::new())];
        let folder = Folder::new("unreadable-chain").with("compose.yaml", link(from));
        files.chain(last).fold(folder, |it, (path, text)| it.with(&path, text))
    };
    let reported = |folder: &Folder| {
        let found = run(folder.path(), &["check", "--format", "concise"], &[]);
        let lines = found.stdout.lines().filter(|it| it.contains("[unreadable-file]"));
        (lines.map(str::to_owned).collect::<Vec<_>>(), found.status)
    };
    let extends =
        |file: &str| format!("services:\n  web: {{extends: {{file: {file}, service: web}}}}\n");
    let include = |file: &str| format!("include: [{file}]\n");
    for link in [&extends as &dyn Fn(&str) -> String, &include] {
        assert!(reported(&chain(7, "1.yml", link)).0.is_empty());
        let (found, status) = reported(&chain(12, "1.yml", link));
        assert!(found.len() == 1 && found[0].contains("a chain of more than 8"), "{found:?}");
        assert_eq!(status, 1);
    }
    for (from, problem) in [
        ("none.yml", "`none.yml`, which a service extends, is not in this project"),
        ("compose.yaml", "a chain of more than 8"),
    ] {
        let (found, status) = reported(&chain(1, from, &extends));
        let place = "compose.yaml:2:18: error";
        assert!(found.len() == 1 && found[0].starts_with(place), "{found:?}");
        assert!(found[0].contains(problem) && status == 1, "{found:?}");
    }
}

/// A wrapper that nobody here knows may start what its words say, also when they are one word.
#[test]
fn what_an_unknown_wrapper_starts_is_unknown() {
    for wrapper in ["fish -c", "script -c", "envconsul -c", "own-runner --exec"] {
        let command = format!("web: {wrapper} \"gunicorn a.wsgi --workers 9\"\n");
        let folder = Folder::new("unreadable-wrapper").with("Procfile", command);
        let found = fact(folder.path(), "server");
        assert!(found.get("unknown").is_some(), "{wrapper}: {found}");
    }
    let folder = Folder::new("unreadable-wrapper").with("Procfile", "web: own-runner \"a b c\"\n");
    let found = fact(folder.path(), "server");
    assert!(found.get("unknown").is_none(), "{found}");
}

/// A kustomization behind more others than opslint follows is not built: that is said.
#[test]
fn an_overlay_that_is_too_deep_is_reported() {
    let overlay = |len: usize| {
        let change = "replicas: [{name: web, count: 2}]\n";
        let kustomization = |it: usize| format!("resources: [../{it}]\n{change}");
        let folder = (0..len).fold(Folder::new("unreadable-overlay"), |folder, it| {
            folder.with(&format!("k/{it}/kustomization.yaml"), kustomization(it + 1))
        });
        let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: \
                   {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      \
                   containers: [{name: web, image: shop, command: [gunicorn, a.wsgi]}]\n";
        let last = format!("k/{len}/kustomization.yaml");
        let folder = folder.with(&last, "resources: [web.yaml]\n");
        let folder = folder.with(&format!("k/{len}/web.yaml"), web);
        let found = run(folder.path(), &["check", "--format", "concise"], &[]);
        found.stdout.lines().filter(|it| it.contains("[unreadable-file]")).count()
    };
    assert_eq!(overlay(3), 0);
    // Only those that reach the end within the chain are built.
    assert_eq!(overlay(10), 2);
}

/// macOS has no such names.
#[cfg(target_os = "linux")]
#[test]
fn a_manifest_whose_path_is_no_text_is_said_not_to_be_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new("unreadable-name").with("a/Procfile", "web: gunicorn a:b\n");
    let strange = folder.path().join(OsStr::from_bytes(b"caf\xE9"));
    std::fs::create_dir(&strange).unwrap();
    std::fs::write(strange.join("notes.txt"), "").unwrap();
    let found = run(folder.path(), &["check", "."], &[]);
    assert!(!found.stderr.contains("UTF-8"), "{}", found.stderr);
    std::fs::write(strange.join("Procfile"), "web: gunicorn a:b\n").unwrap();
    let found = run(folder.path(), &["check", "."], &[]);
    assert_eq!(found.status, 2, "{}", found.stderr);
    assert!(found.stderr.contains("its path is not UTF-8"), "{}", found.stderr);
}
