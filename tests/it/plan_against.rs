//! `opslint plan --against`: what changed since a commit, and the gate on its price.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "fixtures are files")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::process::Command;

use super::cli::{Folder, check};
use super::plan::{heroku, json, refused};

/// Runs git in a folder, as a user would.
fn git(folder: &Folder, arguments: &[&str]) {
    let set = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    command.args(set).args(arguments).current_dir(folder.path());
    assert!(command.output().unwrap().status.success(), "git {arguments:?}");
}

/// What changed since a commit is printed, and nothing when nothing did; a hook that the
/// repository configures does not run.
#[test]
fn a_difference_is_what_changed() {
    let folder = heroku();
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "a"]);
    git(&folder, &["config", "core.fsmonitor", "touch ran; false"]);
    assert_eq!(check(&folder, &["plan", "--against", "HEAD"], 0), "");
    assert_eq!(check(&folder, &["plan", "--against", "HEAD", "--format", "markdown"], 0), "");
    let table = "[deployments.Procfile]\nplatform = \"heroku\"\n\
                 [deployments.Procfile.processes.web]\nplan = \"standard-2x\"\ninstances = 3\n";
    let folder = folder.with("opslint.toml", table);
    let markdown = check(&folder, &["plan", "--against", "HEAD", "--format", "markdown"], 0);
    assert!(markdown.starts_with("### opslint plan: +$100 a month\n"), "{markdown}");
    assert!(markdown.contains("| Procfile · web | machine | 2 × standard-1x | 3 × standard-2x |"));
    let text = check(&folder, &["plan", "--against", "HEAD"], 0);
    assert!(text.contains("machine            2 × standard-1x → 3 × standard-2x"), "{text}");
    let document = json(&folder, &["--against", "HEAD"]);
    assert_eq!(document["against"]["price_usd_month_change"]["max"], 100);
    assert_eq!(document["against"]["deployments"][0]["price_usd_month"]["max"], 50);
    let gate = |allowed: &str, status| {
        check(&folder, &["plan", "--against", "HEAD", "--fail-above", allowed], status)
    };
    gate("+$100", 0);
    gate("99.5", 1);
    assert!(!folder.path().join("ran").exists(), "a command of the repository ran");
    let (status, error) = refused(&folder, &["--against", "nowhere"]);
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("`nowhere` is not a commit of this clone"), "{error}");
    assert_eq!(refused(&folder, &["--fail-above", "1"]).0, Some(2));
    assert_eq!(refused(&folder, &["--against", "HEAD", "--fail-above", "-5"]).0, Some(2));
}

/// A new manifest is new, and one that is gone is gone.
#[test]
fn a_deployment_comes_and_goes() {
    let fly = "app = \"a\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n[http_service]\n\
               internal_port = 8000\nmin_machines_running = 1\n[[vm]]\nsize = \"shared-cpu-1x\"\n";
    let folder = heroku();
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "a"]);
    std::fs::remove_file(folder.path().join("Procfile")).unwrap();
    let folder = folder.with("fly.toml", fly);
    let text = check(&folder, &["plan", "--against", "HEAD"], 0);
    assert!(text.contains("new: "), "{text}");
    assert!(text.contains("gone: $50"), "{text}");
}

/// A manifest that is a link of the commit is what it leads to; one that leaves the repository, or
/// that leads in a circle, is no file.
#[test]
fn links_of_a_commit_are_followed_inside_of_it() {
    let folder = heroku();
    std::fs::create_dir(folder.path().join("deploy")).unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::rename(at("Procfile"), at("deploy/web.txt")).unwrap();
    for (target, name) in [
        ("deploy/web.txt", "Procfile"),
        ("../a/../deploy/../Procfile", "a"),
        ("/etc/passwd", "fly.toml"),
        ("../../outside.toml", "render.yaml"),
        ("round", "round"),
    ] {
        std::os::unix::fs::symlink(target, at(name)).unwrap();
    }
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "a"]);
    assert_eq!(check(&folder, &["plan", "--against", "HEAD"], 0), "");
    let web = std::fs::read_to_string(at("deploy/web.txt")).unwrap();
    std::fs::write(at("deploy/web.txt"), web.replace("web:", "web: WEB_CONCURRENCY=5")).unwrap();
    let text = check(&folder, &["plan", "--against", "HEAD"], 0);
    assert!(!text.contains("new: ") && text.contains("Procfile · web"), "{text}");
}

/// Deployments of one manifest are each compared with what it was.
#[test]
fn environments_of_one_manifest_are_told_apart() {
    let manifest = |memory: u32| {
        format!(
            "name: web\ntype: Load Balanced Web Service\nimage: {{build: Dockerfile, port: 80}}\n\
             http: {{path: /}}\nenvironments:\n  test: {{memory: 1024}}\n  \
             prod: {{memory: {memory}}}\n"
        )
    };
    let path = "copilot/web/manifest.yml";
    let image = "FROM python:3.13-slim\nCMD [\"gunicorn\", \"shop.wsgi\"]\n";
    let folder = Folder::new("environments").with("Dockerfile", image).with(path, manifest(512));
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "a"]);
    let plan = check(&folder, &["plan"], 0);
    assert!(plan.contains("copilot/web/manifest.yml · test on AWS Copilot"), "{plan}");
    assert!(plan.contains("copilot/web/manifest.yml · prod on AWS Copilot"), "{plan}");
    assert_eq!(check(&folder, &["plan", "--against", "HEAD"], 0), "");
    let folder = folder.with(path, manifest(2048));
    let text = check(&folder, &["plan", "--against", "HEAD"], 0);
    assert!(text.contains("manifest.yml · prod · web"), "{text}");
    assert!(!text.contains("manifest.yml · test · web"), "{text}");
    let changes = &json(&folder, &["--against", "HEAD"])["against"]["changes"];
    assert_eq!(changes[0]["manifest"], path);
    assert_eq!(changes[0]["deployment"], "prod");
}
