//! Nothing outside of the project is read, and nothing but regular files, whatever files say.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cli::Folder;
use super::outputs::{git, run};

/// What only the file outside of the project says.
const SECRET: &str = "kanarie";

/// A manifest with a key that there is not.
const FLY: &str = "app = \"shop\"\n[http_service]\ninternal_port = 8080\nbogus = 1\n";

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// No command prints what stands outside of `project`. Gives what `resolve` prints.
#[track_caller]
fn check_silent(folder: &Folder, project: &str) -> String {
    let project = folder.path().join(project);
    let mut resolved = String::new();
    for arguments in [
        ["check", "--format", "json"].as_slice(),
        &["check", "--no-suppressions"],
        &["resolve", "--settings"],
        &["init", "--stdout"],
        &["suppressions"],
        &["check", "--show-config"],
    ] {
        let found = run(&project, arguments, &[]);
        let said = found.stdout.clone() + &found.stderr;
        assert!(!said.contains(SECRET), "{arguments:?}: {said}");
        if arguments[0] == "resolve" {
            resolved = found.stdout;
        }
    }
    resolved
}

/// A project whose files lead to others beside it.
fn beside(name: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name)
        .with("outside/netrc", format!("machine example.invalid password {SECRET}\n"))
        .with("outside/conf.py", format!("bind = '{SECRET}'\nworkers = 7\n"))
        .with("outside/start.sh", format!("exec gunicorn shop.wsgi --bind {SECRET}\n"))
        .with("outside/env", format!("WEB_CONCURRENCY={SECRET}\n"))
        .with("outside/Dockerfile", format!("FROM python:3.12\nCMD gunicorn {SECRET}.wsgi\n"))
        .with("outside/opslint.toml", format!("{SECRET} = 1\n"))
        .with("outside/rules/r.toml", format!("{SECRET} = 1\n"));
    files.iter().fold(folder, |it, (path, text)| it.with(&format!("project/{path}"), text))
}

#[test]
fn a_configuration_outside_is_unknown_and_no_default() {
    for path in ["../outside/conf.py", "../outside/netrc", "./x/../../outside/conf.py"] {
        let command = format!("web: gunicorn -c {path} shop.wsgi\n");
        let resolved = check_silent(&beside("outside-c", &[("Procfile", &command)]), "project");
        let workers = resolved.lines().find(|it| it.trim_start().starts_with("workers")).unwrap();
        assert!(workers.contains("unknown"), "{path}: {workers}");
        let words = resolved.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("is outside of the project"), "{path}: {resolved}");
    }
}

#[test]
fn nothing_that_a_file_names_outside_is_read() {
    let up = "../../../../../../../../../../../proc/self/status";
    let far = format!("web: gunicorn -c {up} shop.wsgi\n");
    for files in [
        [("Procfile", far.as_str())].as_slice(),
        &[("Procfile", "web: sh ../outside/start.sh\n")],
        &[("Procfile", "web: . ../outside/start.sh\n")],
        &[("Procfile", "web: honcho -f ../outside/netrc start\n")],
        &[("Procfile", "web: uwsgi --ini ../outside/netrc\n")],
        &[("fly.toml", "app = \"a\"\n[build]\ndockerfile = \"../outside/Dockerfile\"\n")],
        &[
            ("Procfile", "web: gunicorn shop.wsgi\n"),
            ("opslint.toml", "extends = [\"../outside/opslint.toml\"]\n"),
        ],
        &[
            ("Procfile", "web: gunicorn shop.wsgi\n"),
            ("opslint.toml", "rules = [\"../outside/rules\"]\n"),
        ],
        &[
            ("Procfile", "web: gunicorn shop.wsgi\n"),
            ("opslint.toml", "platforms = [\"../outside/netrc\"]\n"),
        ],
        &[
            ("Procfile", "web: gunicorn shop.wsgi\n"),
            ("opslint.toml", "baseline = \"../outside/netrc\"\n"),
        ],
        &[(
            "docker-compose.yml",
            "services:\n  web:\n    image: a\n    command: gunicorn a.wsgi\n    env_file: ../outside/env\n    ports: [\"80:80\"]\n",
        )],
        &[(
            "docker-compose.yml",
            "include: [../outside/netrc]\nservices:\n  web:\n    extends: {file: ../outside/netrc, service: web}\n    ports: [\"80:80\"]\n",
        )],
        &[(
            "serverless.yml",
            "service: a\nprovider: {name: aws, runtime: python3.12}\ncustom: ${file(../outside/netrc)}\nfunctions:\n  a: {handler: a.b, timeout: \"${file(../outside/netrc):x}\"}\n",
        )],
        &[(
            "web.service",
            "[Service]\nEnvironmentFile=../outside/env\nExecStart=/usr/bin/gunicorn a.wsgi\n",
        )],
        &[("Procfile", "web: gunicorn shop.wsgi\n"), ("requirements.txt", "-r ../outside/netrc\n")],
        &[
            ("Procfile", "web: gunicorn shop.wsgi\n"),
            (
                "gunicorn.conf.py",
                "import sys\nsys.path.insert(0, '../outside')\nfrom conf import bind, workers\n",
            ),
        ],
    ] {
        check_silent(&beside("outside-all", files), "project");
    }
}

#[test]
fn a_link_that_leads_outside_is_not_followed() {
    for (name, target) in [
        ("gunicorn.conf.py", "../outside/conf.py"),
        ("gunicorn.conf.py", "ABSOLUTE/outside/conf.py"),
        ("Dockerfile", "../outside/Dockerfile"),
        ("opslint.toml", "../outside/opslint.toml"),
        ("fly.staging.toml", "../outside/netrc"),
        ("settings", "../outside"),
    ] {
        let files = [
            ("Procfile", "web: gunicorn shop.wsgi -c settings/conf.py\nx: gunicorn shop.wsgi\n"),
            ("fly.toml", "app = \"a\"\n"),
        ];
        let folder = beside("outside-links", &files);
        let target = target.replace("ABSOLUTE", folder.path().to_str().unwrap());
        symlink(target, folder.path().join("project").join(name)).unwrap();
        check_silent(&folder, "project");
    }
}

#[test]
fn a_rule_that_cannot_be_read_is_a_failure() {
    let manifest = "web: gunicorn shop.wsgi\n";
    let folder = Folder::new("outside-rules")
        .with("project/Procfile", manifest)
        .with("project/opslint.toml", "rules = [\"policy\"]\n")
        .with("project/policy/a.toml", b"# caf\xe9\n")
        .with("outside/rule.toml", format!("{SECRET} = 1\n"));
    let policy = folder.path().join("project/policy");
    let check = |words: &str| {
        for arguments in [["check"].as_slice(), &["check", "--fail-on=never"], &["test", "policy"]]
        {
            let found = run(&folder.path().join("project"), arguments, &[]);
            let said = found.stdout + &found.stderr;
            assert_eq!(found.status, 2, "{arguments:?}: {said}");
            assert!(said.contains("policy/") && said.contains(words), "{arguments:?}: {said}");
        }
    };
    check("not UTF-8");
    fs::remove_file(policy.join("a.toml")).unwrap();
    fifo(&policy.join("b.toml"));
    check("FIFO");
    fs::remove_file(policy.join("b.toml")).unwrap();
    symlink("../../outside/rule.toml", policy.join("c.toml")).unwrap();
    let found = run(&folder.path().join("project"), &["check"], &[]);
    assert_eq!(found.status, 2, "{}", found.stdout);
    assert!(!found.stdout.contains(SECRET), "{}", found.stdout);
    assert!(found.stdout.contains("outside of the project"), "{}", found.stdout);
}

#[test]
fn a_link_that_stays_inside_is_followed() {
    for target in ["ops/conf.py", "ABSOLUTE/project/ops/conf.py", "../project/ops/conf.py"] {
        let files = [("Procfile", "web: gunicorn shop.wsgi\n"), ("ops/conf.py", "workers = 7\n")];
        let folder = beside("inside-links", &files);
        let target = target.replace("ABSOLUTE", folder.path().to_str().unwrap());
        symlink(target, folder.path().join("project/gunicorn.conf.py")).unwrap();
        let resolved = check_silent(&folder, "project");
        let workers = resolved.lines().find(|it| it.trim_start().starts_with("workers")).unwrap();
        assert!(workers.contains(" 7 "), "{workers}");
    }
}

#[test]
fn the_repository_is_the_project_where_there_is_one() {
    let files = [("Procfile", "web: gunicorn -c ../outside/conf.py shop.wsgi\n")];
    let folder = beside("outside-git", &files);
    let resolved = || run(&folder.path().join("project"), &["resolve"], &[]).stdout;
    assert!(resolved().contains("outside of the project"), "{}", resolved());
    git(folder.path(), &["init", "--quiet"]);
    assert!(!resolved().contains("outside of the project"), "{}", resolved());
    // A repository of its own, such as a submodule, ends there.
    git(&folder.path().join("project"), &["init", "--quiet"]);
    assert!(resolved().contains("outside of the project"), "{}", resolved());
    // And it does when the folder around it is checked, too.
    let found = run(folder.path(), &["check", "--format", "json"], &[]);
    assert!(!found.stdout.contains(SECRET), "{}", found.stdout);
}

#[test]
fn what_the_user_names_is_read_wherever_it_is() {
    let files = [("Procfile", "web: gunicorn shop.wsgi\n")];
    let folder = beside("outside-named", &files)
        .with("policy/own.toml", "extends = [\"../base/base.toml\"]\n")
        .with("base/base.toml", "[env]\nWEB_CONCURRENCY = 5\n");
    let project = folder.path().join("project");
    let found = run(&project, &["resolve", "--config", "../policy/own.toml"], &[]);
    let workers = found.stdout.lines().find(|it| it.trim_start().starts_with("workers"));
    assert!(workers.unwrap().contains(" 5 "), "{}{}", found.stdout, found.stderr);
    // A configuration of the project is not trusted more because it was named.
    let folder = folder.with("project/own.toml", "extends = [\"../outside/opslint.toml\"]\n");
    let found = run(&project, &["check", "--config", "own.toml"], &[]);
    assert_eq!(found.status, 2);
    assert!(!found.stdout.contains(SECRET), "{}", found.stdout);
    assert!(found.stdout.contains("is outside of the project"), "{}", found.stdout);
    drop(folder);
}

#[test]
fn no_fifo_is_waited_for() {
    for path in [
        ".gitignore",
        ".ignore",
        ".git/info/exclude",
        "a/.gitignore",
        "fly.toml",
        "opslint.toml",
        "gunicorn.conf.py",
        "Dockerfile",
        "requirements.txt",
        "manage.py",
        ".python-version",
        "policy/rule.toml",
    ] {
        let folder = Folder::new("fifo")
            .with("Procfile", "web: gunicorn shop.wsgi\n")
            .with("render.yaml", "services: []\n")
            .with("a/Procfile", "web: gunicorn shop.wsgi\n");
        let fifo_path = folder.path().join(path);
        fs::create_dir_all(fifo_path.parent().unwrap()).unwrap();
        fifo(&fifo_path);
        let set: &[&str] = match path.starts_with("policy/") {
            true => &["check", "--set", "rules=[\"policy\"]"],
            false => &["check"],
        };
        let found = run(folder.path(), set, &[]);
        assert!(found.status <= 2, "{path}: {}{}", found.stdout, found.stderr);
        run(&folder.path().join("a"), &["resolve"], &[]);
    }
}

/// Each file of each fixture is a FIFO once, beside all others of its project: one run looks at
/// hundreds of projects, and would wait for whichever it opens.
#[test]
fn no_file_that_a_project_leads_to_is_opened_as_a_fifo() {
    let folder = Folder::new("fifo-everywhere");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut projects = 0;
    for fixture in below(&fixtures) {
        let files = files(&fixture);
        for (idx, spoilt) in files.iter().enumerate() {
            let name = fixture.file_name().unwrap().to_str().unwrap();
            let project = folder.path().join(format!("{name}-{idx}"));
            for file in &files {
                let path = project.join(file.strip_prefix(&fixture).unwrap());
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                if file == spoilt {
                    fifo(&path);
                } else {
                    fs::copy(file, &path).unwrap();
                }
            }
            projects += 1;
        }
    }
    assert!(projects > 100, "{projects}");
    for arguments in [
        ["check", "--format", "json"].as_slice(),
        &["check", "--format", "pretty", "--diff", "--unsafe-fixes"],
        &["resolve", "--settings", "--format", "json"],
        &["plan", "--format", "json"],
        &["init", "--stdout"],
        &["suppressions"],
        &["test", "."],
    ] {
        // Whoever waits for a FIFO does so for ever, and uses no time of a processor.
        let mut run = Command::new("timeout");
        let run = run.arg("120").arg(env!("CARGO_BIN_EXE_opslint")).args(arguments);
        let status = run.current_dir(folder.path()).output().unwrap().status.code();
        assert!(status.is_some_and(|it| it <= 2), "{arguments:?}: {status:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test copies fixtures")]
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in below(folder) {
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.file_name().is_some_and(|it| it != "expected.txt") {
            all.push(path);
        }
    }
    all
}

#[test]
fn the_users_own_excludes_do_not_change_the_answer() {
    let folder = Folder::new("excludes")
        .with("project/Procfile", "web: gunicorn shop.wsgi\n")
        .with("project/fly.toml", FLY);
    let home = folder.path().join("home");
    let ignore = home.join(".config/git/ignore");
    fs::create_dir_all(ignore.parent().unwrap()).unwrap();
    let environment = [("HOME", home.to_str().unwrap())];
    let check = || run(&folder.path().join("project"), &["check"], &environment).stdout;
    let answer = check();
    assert!(answer.contains("bogus"), "{answer}");
    fs::write(&ignore, "fly.toml\n").unwrap();
    assert_eq!(check(), answer);
    fs::remove_file(&ignore).unwrap();
    fifo(&ignore);
    assert_eq!(check(), answer);
}

#[test]
fn what_is_named_and_is_no_file_is_a_failure_in_its_own_words() {
    let folder = Folder::new("named").with("Procfile", "web: gunicorn shop.wsgi\n");
    fifo(&folder.path().join("fly.toml"));
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (arguments, words) in [
        (["check", "fly.toml"].as_slice(), "`fly.toml` is a FIFO, neither a file nor a folder"),
        (&["check", "/dev/null"], "`/dev/null` is a device, neither a file nor a folder"),
        (&["resolve", "fly.toml"], "`fly.toml` is a FIFO, neither a file nor a folder"),
        (&["check", "none"], "`none` does not exist"),
        (&["check", "--config", "/dev/null"], "`/dev/null` is a device and not a file"),
        (&["check", "--config", "folder"], "`folder` is a folder and not a file"),
        (&["check", "--config", "fly.toml"], "`fly.toml` is a FIFO and not a file"),
        (&["check", "--config", "none"], "`none` does not exist"),
    ] {
        let found = run(folder.path(), arguments, &[]);
        assert_eq!(found.status, 2, "{arguments:?}: {}", found.stdout);
        assert!(found.stderr.contains(words), "{arguments:?}: {}", found.stderr);
    }
}

#[test]
fn ignore_files_leave_out_as_git_and_ripgrep_do() {
    let bad = FLY;
    let folder = Folder::new("ignored")
        .with(".gitignore", "\u{feff}build/\n!build/keep\n*.staging.toml\n/only-top\n# x\n\\#y\n")
        .with("build/fly.toml", bad)
        .with("only-top/fly.toml", bad)
        .with("a/only-top/fly.toml", bad)
        .with("a/fly.staging.toml", bad)
        .with("a/.gitignore", "!fly.staging.toml\nfly.toml\n")
        .with("a/fly.toml", bad)
        .with("b/.ignore", "!fly.toml\n")
        .with("b/.gitignore", "fly.toml\n")
        .with("b/fly.toml", bad)
        .with("c/fly.toml", bad)
        .with(".git/info/exclude", "/c\n")
        .with("d/.git/info/exclude", "")
        .with("d/build/fly.toml", bad);
    let found = run(folder.path(), &["check", "--format", "concise"], &[]);
    let shown: Vec<&str> = found
        .stdout
        .lines()
        .filter(|it| it.contains("[unknown-key]"))
        .filter_map(|it| it.split(':').next())
        .collect();
    // In a repository of its own, what the outer one leaves out does not count.
    assert_eq!(shown, ["a/fly.staging.toml", "b/fly.toml", "d/build/fly.toml"], "{}", found.stdout);
    let below = run(&folder.path().join("a"), &["check", "--format", "concise"], &[]);
    assert!(below.stdout.starts_with("fly.staging.toml:"), "{}", below.stdout);
    assert!(!below.stdout.contains("fly.toml:"), "{}", below.stdout);
}
