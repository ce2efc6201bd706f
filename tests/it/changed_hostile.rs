//! `--changed-since` in repositories that were made to have commands run.
//!
//! Each repository is shown to be live: a command of git that people run every day runs what it
//! names. opslint then has to give the honest answer, or none, and run nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests make repositories")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cli::Folder;
use super::outputs::{Run, commit, git, run};

const FLY: &str = "app = \"shop\"\n[http_service]\ninternal_port = 8080\nbogus = 1\n";

/// A repository with a manifest that was edited, beside a program that leaves a mark.
struct Trap {
    folder: Folder,
}

impl Trap {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name).with("shop/fly.toml", FLY).with("shop/other/fly.toml", FLY);
        let it = Self { folder };
        git(&it.shop(), &["init", "--quiet"]);
        commit(&it.shop());
        let mark = it.mark();
        it.write("payload", &format!("#!/bin/sh\ntouch '{}'\nexec cat\n", mark.display()));
        Command::new("chmod").arg("+x").arg(it.payload()).status().unwrap();
        it.write("shop/fly.toml", &format!("{FLY}# edited\n"));
        it
    }

    fn shop(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("mark")
    }

    fn payload(&self) -> String {
        self.folder.path().join("payload").to_str().unwrap().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn set(self, key: &str, value: &str) -> Self {
        let value = value.replace("PAYLOAD", &self.payload());
        git(&self.shop(), &["config", key, &value]);
        self
    }

    /// The trap works: this command of git runs the payload.
    #[track_caller]
    fn live_for(self, folder: &Path, arguments: &[&str]) -> Self {
        let _ = Command::new("git")
            .current_dir(folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(self.mark().exists(), "git {arguments:?} does not run the payload");
        fs::remove_file(self.mark()).unwrap();
        self
    }

    #[track_caller]
    fn since(&self, folder: &Path, revision: &str, environment: &[(&str, &str)]) -> Run {
        let found = run(
            folder,
            &["check", "--format", "concise", "--changed-since", revision],
            environment,
        );
        assert!(!self.mark().exists(), "the payload ran: {}{}", found.stdout, found.stderr);
        found
    }

    /// The edited file is shown, the other one is not, and nothing ran.
    #[track_caller]
    fn check(&self, environment: &[(&str, &str)]) {
        let found = self.since(&self.shop(), "HEAD", environment);
        assert_eq!(found.status, 1, "{}{}", found.stdout, found.stderr);
        assert!(found.stdout.contains("fly.toml:4:1: warning[unknown-key]"), "{}", found.stdout);
        assert!(!found.stdout.contains("other/"), "{}", found.stdout);
        self.plan(environment);
    }

    /// What the commit has is told without running anything, too.
    #[track_caller]
    fn plan(&self, environment: &[(&str, &str)]) {
        let found = run(&self.shop(), &["plan", "--against", "HEAD"], environment);
        assert!(!self.mark().exists(), "the payload ran: {}{}", found.stdout, found.stderr);
        assert_eq!((found.status, found.stdout.as_str()), (0, ""), "{}", found.stderr);
    }
}

#[test]
fn a_bare_repository_among_the_files_of_a_clone_is_no_repository() {
    let trap = Trap::new("bare");
    let (inner, outer, clone) =
        (trap.shop(), trap.folder.path().join("outer"), trap.folder.path().join("clone"));
    let app = outer.join("app");
    fs::create_dir_all(&app).unwrap();
    let copied = Command::new("cp").arg("-r").arg(inner.join(".git/objects")).arg(&app).status();
    assert!(copied.unwrap().success());
    let head = Command::new("git").current_dir(&inner).args(["rev-parse", "HEAD"]).output();
    let head = String::from_utf8(head.unwrap().stdout).unwrap();
    let payload = trap.payload();
    for (path, text) in [
        ("HEAD", "ref: refs/heads/main\n"),
        ("refs/heads/main", &head),
        ("fly.toml", FLY),
        (
            "config",
            &format!(
                "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\n\
                 fsmonitor = \"sh {payload} #\"\n"
            ),
        ),
    ] {
        trap.write(&format!("outer/app/{path}"), text);
    }
    git(&outer, &["init", "--quiet"]);
    commit(&outer);
    git(trap.folder.path(), &["clone", "--quiet", "outer", "clone"]);
    let trap = trap.live_for(&clone.join("app"), &["status"]);
    // The honest answer: nothing has changed since it was cloned.
    let found = trap.since(&clone.join("app"), "HEAD", &[]);
    assert_eq!(found.status, 0, "{}{}", found.stdout, found.stderr);
    trap.write("clone/app/fly.toml", &format!("{FLY}# edited\n"));
    let found = trap.since(&clone.join("app"), "HEAD", &[]);
    assert!(found.stdout.starts_with("fly.toml:"), "{}{}", found.stdout, found.stderr);
    // With `.git` that is no repository, git itself goes on to look, at the bare one first.
    fs::create_dir(clone.join("app/.git")).unwrap();
    let found = trap.since(&clone.join("app"), "HEAD", &[]);
    assert_eq!(found.status, 2, "{}{}", found.stdout, found.stderr);
}

#[test]
fn no_file_system_monitor_runs() {
    let trap = Trap::new("fsmonitor").set("core.fsmonitor", "sh PAYLOAD #");
    let shop = trap.shop();
    trap.live_for(&shop, &["status"]).check(&[]);
}

#[test]
fn no_configuration_that_is_included_runs_anything() {
    let trap = Trap::new("include");
    trap.write("evil", &format!("[core]\nfsmonitor = \"sh {} #\"\n", trap.payload()));
    let evil = trap.folder.path().join("evil").to_str().unwrap().to_owned();
    let shop = trap.shop();
    trap.set("include.path", &evil).live_for(&shop, &["status"]).check(&[]);
}

#[test]
fn no_filter_runs() {
    for (key, attributes) in [
        ("filter.f.clean", ".git/info/attributes"),
        ("filter.f.process", ".git/info/attributes"),
        ("filter.f.clean", ".gitattributes"),
    ] {
        let trap = Trap::new("filter").set(key, "sh PAYLOAD");
        trap.write(&format!("shop/{attributes}"), "* filter=f\n");
        let shop = trap.shop();
        trap.live_for(&shop, &["diff"]).check(&[]);
    }
}

#[test]
fn no_external_diff_or_conversion_to_text_runs() {
    let trap = Trap::new("external").set("diff.external", "sh PAYLOAD #");
    let shop = trap.shop();
    trap.live_for(&shop, &["diff"]).check(&[]);
    let trap = Trap::new("textconv").set("diff.d.textconv", "sh PAYLOAD");
    trap.write("shop/.git/info/attributes", "* diff=d\n");
    let shop = trap.shop();
    trap.live_for(&shop, &["diff"]).check(&[]);
}

#[test]
fn no_hook_runs() {
    let trap = Trap::new("hooks");
    for name in ["post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"] {
        fs::copy(trap.payload(), trap.shop().join(".git/hooks").join(name)).unwrap();
    }
    let shop = trap.shop();
    trap.live_for(&shop, &["update-ref", "refs/heads/x", "HEAD"]).check(&[]);
    let trap = Trap::new("hooks-path").set("core.hooksPath", "PAYLOAD-folder");
    for name in ["post-index-change", "reference-transaction"] {
        trap.write(&format!("payload-folder/{name}"), &fs::read_to_string(trap.payload()).unwrap());
        let hook = trap.folder.path().join("payload-folder").join(name);
        Command::new("chmod").arg("+x").arg(hook).status().unwrap();
    }
    let shop = trap.shop();
    trap.live_for(&shop, &["update-ref", "refs/heads/x", "HEAD"]).check(&[]);
}

#[test]
fn no_other_program_that_configuration_names_runs() {
    let mut trap = Trap::new("programs");
    for key in [
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "core.gitProxy",
        "credential.helper",
        "gpg.program",
        "interactive.diffFilter",
        "diff.tool",
        "pager.rev-parse",
        "pager.merge-base",
        "pager.ls-tree",
        "uploadpack.packObjectsHook",
    ] {
        trap = trap.set(key, "PAYLOAD");
    }
    for key in ["alias.rev-parse", "alias.merge-base", "alias.ls-tree", "alias.x"] {
        trap = trap.set(key, "!sh PAYLOAD");
    }
    let shop = trap.shop();
    trap.live_for(&shop, &["x"]).check(&[]);
}

#[test]
fn nothing_is_fetched() {
    let absent = "12".repeat(20);
    for (url, key, value) in [
        ("ssh://git@host.invalid/x", "core.sshCommand", "sh PAYLOAD #"),
        ("ext::sh PAYLOAD", "protocol.ext.allow", "always"),
    ] {
        let trap = Trap::new("promisor");
        // Git would wait for a program that answers nothing.
        let mark = trap.mark();
        trap.write("payload", &format!("#!/bin/sh\ntouch '{}'\nexit 1\n", mark.display()));
        let url = url.replace("PAYLOAD", &trap.payload());
        let trap = trap
            .set("core.repositoryformatversion", "1")
            .set("extensions.partialClone", "o")
            .set("remote.o.promisor", "true")
            .set("remote.o.url", &url)
            .set(key, value);
        let commit = format!("{absent}^{{commit}}");
        let shop = trap.shop();
        let trap = trap.live_for(&shop, &["rev-parse", "--verify", &commit]);
        let found = trap.since(&shop, &absent, &[]);
        assert_eq!(found.status, 2, "{}", found.stdout);
        assert!(found.stderr.contains("fetch-depth: 0"), "{}", found.stderr);
        let found = run(&shop, &["plan", "--against", &absent], &[]);
        assert!(!mark.exists(), "the payload ran: {}", found.stderr);
        assert_eq!(found.status, 2, "{}", found.stdout);
        trap.check(&[]);
    }
}

#[test]
fn a_file_that_the_clone_lacks_is_no_file_that_was_not_there() {
    let trap = Trap::new("lacking");
    let shop = trap.shop();
    trap.plan(&[]);
    let mut named = Command::new("git");
    named.current_dir(&shop).args(["rev-parse", "HEAD:fly.toml"]);
    let blob = String::from_utf8(named.output().unwrap().stdout).unwrap();
    let (folder, name) = blob.trim().split_at(2);
    let object = shop.join(".git/objects").join(folder).join(name);
    fs::remove_file(object).unwrap();
    let found = run(&shop, &["plan", "--against", "HEAD"], &[]);
    assert_eq!((found.status, found.stdout.as_str()), (2, ""), "{}", found.stderr);
    assert!(found.stderr.contains("cannot read `fly.toml` of that commit"), "{}", found.stderr);
    assert!(found.stderr.contains("fetch-depth: 0"), "{}", found.stderr);
}

#[test]
fn nothing_waits_for_an_exclude_file_that_is_a_fifo() {
    let trap = Trap::new("excludes");
    let fifo = trap.folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    trap.set("core.excludesFile", fifo.to_str().unwrap()).check(&[]);
}

/// Git reads these before anything else, and would wait.
#[test]
fn nothing_waits_for_a_file_of_git_that_is_a_fifo() {
    for name in ["HEAD", "packed-refs", "shallow", "config", "refs/heads/x", "objects/pack/x.idx"] {
        let trap = Trap::new("fifo-of-git");
        let path = trap.shop().join(".git").join(name);
        let _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        refuses(&trap, &format!(".git/{name}`, which is a FIFO"));
    }
    for key in ["include.path", "includeIf.gitdir:/**.path"] {
        let trap = Trap::new("fifo-included");
        let first = trap.folder.path().join("first");
        fs::write(&first, "[include]\n\tpath = second\n").unwrap();
        let second = trap.folder.path().join("second");
        assert!(Command::new("mkfifo").arg(&second).status().unwrap().success());
        let text = format!("[{}]\n\tpath = ../../first\n", section(key));
        let config = trap.shop().join(".git/config");
        fs::write(&config, fs::read_to_string(&config).unwrap() + &text).unwrap();
        refuses(&trap, "second`, which is a FIFO");
    }
}

/// The head of a section of git's configuration, of a key of it.
fn section(key: &str) -> String {
    match key.strip_prefix("includeIf.").and_then(|it| it.strip_suffix(".path")) {
        Some(condition) => format!("includeIf \"{condition}\""),
        None => "include".to_owned(),
    }
}

/// Both commands end with status 2 and these words, at once: git itself is not run.
#[track_caller]
fn refuses(trap: &Trap, words: &str) {
    let compared = run(&trap.shop(), &["plan", "--against", "HEAD"], &[]);
    for found in [trap.since(&trap.shop(), "HEAD", &[]), compared] {
        assert_eq!(found.status, 2, "{}{}", found.stdout, found.stderr);
        assert!(found.stderr.contains(words), "{}", found.stderr);
        assert!(!found.stderr.contains("does not answer"), "{}", found.stderr);
    }
}

/// Git shows what it does not understand.
#[test]
fn what_git_quotes_of_a_file_elsewhere_is_not_shown() {
    let trap = Trap::new("quotes");
    trap.write("secret", "[core]\n\tabbrev = kanarie\n\tbigFileThreshold = kanarie\n");
    let trap = trap.set("include.path", "../../secret");
    refuses(&trap, "cannot read the configuration");
    let found = trap.since(&trap.shop(), "HEAD", &[]);
    assert!(!found.stderr.contains("kanarie"), "{}", found.stderr);
}

#[test]
fn replaced_commits_and_objects_of_others_hide_no_change() {
    let trap = Trap::new("replace");
    let shop = trap.shop();
    // Whoever replaces the commit by one that has the edit says that nothing was edited.
    git(&shop, &["branch", "before"]);
    commit(&shop);
    git(&shop, &["replace", "before", "HEAD"]);
    let found = trap.since(&shop, "before", &[]);
    assert_eq!(found.status, 1, "{}{}", found.stdout, found.stderr);

    // The same by a file that gives commits other parents: what was first comes last.
    let trap = Trap::new("grafts");
    let shop = trap.shop();
    git(&shop, &["branch", "before"]);
    commit(&shop);
    let id = |it: &str| fs::read_to_string(shop.join(".git/refs/heads").join(it)).unwrap();
    let (before, after) = (id("before"), id("main"));
    trap.write("shop/.git/info/grafts", &format!("{} {}\n", before.trim(), after.trim()));
    let found = trap.since(&shop, "before", &[]);
    assert_eq!(found.status, 1, "{}{}", found.stdout, found.stderr);

    let trap = Trap::new("alternates");
    let elsewhere = trap.folder.path().join("elsewhere");
    git(trap.folder.path(), &["clone", "--quiet", "--bare", "shop", "elsewhere"]);
    let objects = format!("{}\n", elsewhere.join("objects").display());
    trap.write("shop/.git/objects/info/alternates", &objects);
    trap.check(&[]);
}

#[test]
fn variables_about_git_do_not_count() {
    let trap = Trap::new("variables");
    git(trap.folder.path(), &["init", "--quiet", "elsewhere"]);
    let payload = format!("sh {} #", trap.payload());
    let folder = trap.folder.path().to_str().unwrap().to_owned();
    let elsewhere = format!("{folder}/elsewhere");
    let dir = format!("{elsewhere}/.git");
    let trace = format!("{folder}/trace");
    for (name, value) in [
        ("GIT_DIR", dir.as_str()),
        ("GIT_WORK_TREE", &elsewhere),
        ("GIT_COMMON_DIR", &dir),
        ("GIT_OBJECT_DIRECTORY", &format!("{dir}/objects")),
        ("GIT_INDEX_FILE", &format!("{dir}/index")),
        ("GIT_NAMESPACE", "x"),
        ("GIT_TRACE", &trace),
        ("GIT_TRACE2_EVENT", &trace),
        ("GIT_EXTERNAL_DIFF", &payload),
        ("GIT_SSH_COMMAND", &payload),
        ("GIT_PAGER", &payload),
        ("GIT_EXEC_PATH", &elsewhere),
        ("GIT_GLOB_PATHSPECS", "1"),
        ("GIT_SHALLOW_FILE", &trace),
    ] {
        trap.check(&[(name, value)]);
        assert!(!Path::new(&trace).exists(), "{name}");
    }
    trap.check(&[
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
        ("GIT_CONFIG_VALUE_0", &payload),
    ]);
}

#[test]
fn a_program_of_the_repository_is_not_the_users_git() {
    let trap = Trap::new("program");
    for folder in ["", "bin/"] {
        let path = format!("shop/{folder}git");
        trap.write(&path, &fs::read_to_string(trap.payload()).unwrap());
        Command::new("chmod").arg("+x").arg(trap.folder.path().join(path)).status().unwrap();
    }
    let bin = trap.shop().join("bin").to_str().unwrap().to_owned();
    for path in [".", "", "bin", &bin] {
        trap.check(&[("PATH", &format!("{path}:/usr/local/bin:/usr/bin:/bin"))]);
    }
}

#[test]
fn a_file_named_git_leads_to_no_command() {
    let trap = Trap::new("gitdir").set("core.fsmonitor", "sh PAYLOAD #");
    let shop = trap.shop();
    fs::rename(shop.join(".git"), shop.join("data")).unwrap();
    fs::write(shop.join(".git"), "gitdir: data\n").unwrap();
    trap.live_for(&shop, &["status"]).check(&[]);
}

/// Files of a commit are as strange as those of a folder: links out of it, submodules, names with
/// signs that act, texts that are none.
#[test]
fn what_a_commit_has_leads_nowhere() {
    let folder = Folder::new("plan-commit")
        .with("outside/conf.py", "bind = 'k4narie:80'\n")
        .with("shop/Procfile", "web: gunicorn -c link/conf.py shop.wsgi\n")
        .with("shop/fly.toml", "app = \"shop\"\n")
        .with("shop/a\u{1b}[31mb/Procfile", "web: gunicorn blog.wsgi\n")
        .with("shop/::error x/Procfile", "web: gunicorn blog.wsgi\n")
        .with("shop/bad/Procfile", b"web: gunicorn \xff\xfe\n");
    let shop = folder.path().join("shop");
    std::os::unix::fs::symlink("../outside", shop.join("link")).unwrap();
    std::os::unix::fs::symlink("/proc/self/environ", shop.join("render.yaml")).unwrap();
    git(&shop, &["init", "--quiet"]);
    commit(&shop);
    let below = shop.join("below");
    fs::create_dir(&below).unwrap();
    fs::write(below.join("Procfile"), "web: gunicorn blog.wsgi\n").unwrap();
    git(&below, &["init", "--quiet"]);
    commit(&below);
    commit(&shop);
    for it in ["Procfile", "fly.toml", "bad/Procfile"] {
        fs::remove_file(shop.join(it)).unwrap();
    }
    for format in ["human", "json", "markdown", "html"] {
        let arguments = ["plan", "--against", "HEAD", "--format", format];
        let found = run(&shop, &arguments, &[("CANARY", "k4narie")]);
        assert!(found.status <= 2, "{format}: {}", found.stderr);
        for it in ["k4narie", "\u{1b}"] {
            assert!(!found.stdout.contains(it) && !found.stderr.contains(it), "{format}: {it}");
        }
        let acts = |it: &str| it.trim_start().starts_with("::");
        assert!(!found.stdout.lines().any(acts), "{format}: {}", found.stdout);
    }
    for revision in ["--output=x", "-h", "HEAD:Procfile", "HEAD\u{1b}", "@{-1}", ""] {
        let against = format!("--against={revision}");
        let found = run(&shop, &["plan", &against], &[]);
        assert_eq!(found.status, 2, "{revision}: {}{}", found.stdout, found.stderr);
        assert!(!shop.join("x").exists() && !found.stderr.contains('\u{1b}'), "{revision}");
    }
}
