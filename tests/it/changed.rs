//! `--changed-since` in honest repositories: which files count as changed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cli::Folder;
use super::outputs::{commit, git, run};

const FLY: &str = "app = \"shop\"\n[http_service]\ninternal_port = 8080\nbogus = 1\n";

fn repository(name: &str, files: &[&str]) -> Folder {
    let folder = files.iter().fold(Folder::new(name), |it, path| it.with(path, FLY));
    git(folder.path(), &["init", "--quiet"]);
    commit(folder.path());
    folder
}

fn edit(path: PathBuf) {
    fs::write(path, format!("{FLY}# edited\n")).unwrap();
}

/// The files that `check` shows, each of which has an unknown key.
#[track_caller]
fn shown(folder: &Path, arguments: &[&str]) -> BTreeSet<String> {
    let arguments = [&["check", "--format", "concise", "--changed-since"], arguments].concat();
    let found = run(folder, &arguments, &[]);
    assert!(found.status < 2, "{}{}", found.stdout, found.stderr);
    let lines = found.stdout.lines().filter(|it| it.contains("[unknown-key]"));
    lines.filter_map(|it| it.split(':').next()).map(str::to_owned).collect()
}

#[track_caller]
fn check(folder: &Path, arguments: &[&str], expect: &[&str]) {
    assert_eq!(shown(folder, arguments), expect.iter().map(|it| (*it).to_owned()).collect());
}

#[test]
fn edited_new_staged_and_renamed_files_are_changed() {
    let folder = repository("changed-kinds", &["a/fly.toml", "b/fly.toml", "c/fly.toml"]);
    let path = folder.path();
    check(path, &["HEAD"], &[]);
    edit(path.join("a/fly.toml"));
    fs::create_dir(path.join("new")).unwrap();
    fs::write(path.join("new/fly.toml"), FLY).unwrap();
    git(path, &["mv", "b", "moved"]);
    check(path, &["HEAD"], &["a/fly.toml", "moved/fly.toml", "new/fly.toml"]);
    git(path, &["add", "--all"]);
    check(path, &["HEAD"], &["a/fly.toml", "moved/fly.toml", "new/fly.toml"]);
    commit(path);
    check(path, &["HEAD"], &[]);
    check(path, &["HEAD~1"], &["a/fly.toml", "moved/fly.toml", "new/fly.toml"]);
    // What is as it was is not changed, whatever happened in between.
    fs::write(path.join("a/fly.toml"), FLY).unwrap();
    check(path, &["HEAD~1"], &["moved/fly.toml", "new/fly.toml"]);
}

#[test]
fn a_file_that_is_gone_shows_what_led_to_it() {
    let folder = Folder::new("changed-gone")
        .with("a/Procfile", "web: gunicorn -c conf.py shop.wsgi\n")
        .with("a/conf.py", "workers = 2\n")
        .with("b/Procfile", "web: gunicorn -c conf.py shop.wsgi\n");
    let path = folder.path();
    git(path, &["init", "--quiet"]);
    commit(path);
    let missing = |revision: &str| -> Vec<String> {
        let found = run(path, &["--format=concise", "--changed-since", revision], &[]);
        let lines = found.stdout.lines().filter(|it| it.contains("gunicorn-config-missing"));
        lines.filter_map(|it| it.split(':').next()).map(str::to_owned).collect()
    };
    assert_eq!(missing("HEAD"), [""; 0], "b/Procfile was like that before");
    fs::remove_file(path.join("a/conf.py")).unwrap();
    assert_eq!(missing("HEAD"), ["a/Procfile"]);
    commit(path);
    assert_eq!(missing("HEAD"), [""; 0]);
    assert_eq!(missing("HEAD~1"), ["a/Procfile"]);
}

#[test]
fn paths_are_those_of_the_folder_that_opslint_was_started_in() {
    let folder = repository("changed-below", &["app/fly.toml", "app/x/fly.toml", "y/fly.toml"]);
    edit(folder.path().join("app/x/fly.toml"));
    edit(folder.path().join("y/fly.toml"));
    check(&folder.path().join("app"), &["HEAD"], &["x/fly.toml"]);
    check(&folder.path().join("app"), &["HEAD", "..", "."], &["../y/fly.toml", "x/fly.toml"]);
    check(folder.path(), &["HEAD", "app/x/fly.toml"], &["app/x/fly.toml"]);
}

#[test]
fn names_are_taken_as_they_are() {
    let names = [":(top)x", "a b", "é", "-n", "*", "q\"\\", "line\nend"];
    let files: Vec<String> = names.iter().map(|it| format!("{it}/fly.toml")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let folder = repository("changed-names", &files);
    check(folder.path(), &["HEAD"], &[]);
    edit(folder.path().join("*/fly.toml"));
    check(folder.path(), &["HEAD"], &["*/fly.toml"]);
}

#[test]
fn each_path_is_compared_in_its_own_repository() {
    let one = repository("changed-one", &["fly.toml"]);
    let two = repository("changed-two", &["fly.toml"]);
    let three = Folder::new("changed-three").with("fly.toml", FLY);
    edit(two.path().join("fly.toml"));
    let name = two.path().file_name().unwrap().to_str().unwrap();
    let beside = format!("../{name}");
    check(one.path(), &["HEAD", ".", &beside], &[&format!("{beside}/fly.toml")]);
    let outside = three.path().to_str().unwrap();
    let found = run(one.path(), &["check", "--changed-since", "HEAD", ".", outside], &[]);
    assert_eq!(found.status, 2);
    assert!(found.stderr.contains("is in no git repository"), "{}", found.stderr);
}

#[test]
fn ids_of_sha_256_are_compared_too() {
    let folder = Folder::new("changed-sha256").with("a/fly.toml", FLY).with("b/fly.toml", FLY);
    git(folder.path(), &["init", "--quiet", "--object-format=sha256"]);
    commit(folder.path());
    check(folder.path(), &["HEAD"], &[]);
    edit(folder.path().join("b/fly.toml"));
    check(folder.path(), &["HEAD"], &["b/fly.toml"]);
}

#[test]
fn line_ends_of_a_checkout_are_no_change_and_committed_ones_are() {
    let folder = repository("changed-crlf", &["fly.toml"]);
    let path = folder.path().join("fly.toml");
    fs::write(&path, FLY.replace('\n', "\r\n")).unwrap();
    check(folder.path(), &["HEAD"], &[]);
    fs::write(&path, FLY.replace('\n', "\r\n").replace("8080", "8081")).unwrap();
    check(folder.path(), &["HEAD"], &["fly.toml"]);
    fs::write(&path, FLY.replace('\n', "\r\n")).unwrap();
    git(folder.path(), &["-c", "core.autocrlf=false", "commit", "--quiet", "-am", "crlf"]);
    check(folder.path(), &["HEAD~1"], &["fly.toml"]);
}

#[test]
fn a_link_and_what_it_leads_to_are_looked_at() {
    let folder = repository("changed-links", &["one/fly.toml", "two/fly.toml"]);
    let path = folder.path();
    fs::create_dir_all(path.join("link")).unwrap();
    symlink("../one/fly.toml", path.join("link/fly.toml")).unwrap();
    commit(path);
    check(path, &["HEAD"], &[]);
    // The link is as it was, the file is not.
    edit(path.join("one/fly.toml"));
    check(path, &["HEAD"], &["link/fly.toml", "one/fly.toml"]);
    // The file is as it was, the link is not.
    fs::write(path.join("one/fly.toml"), FLY).unwrap();
    fs::remove_file(path.join("link/fly.toml")).unwrap();
    symlink("../two/fly.toml", path.join("link/fly.toml")).unwrap();
    check(path, &["HEAD"], &["link/fly.toml"]);
    // A link became a file of the same text.
    fs::remove_file(path.join("link/fly.toml")).unwrap();
    fs::write(path.join("link/fly.toml"), FLY).unwrap();
    check(path, &["HEAD"], &["link/fly.toml"]);
}

#[test]
fn a_submodule_is_compared_with_the_commit_that_was_pinned() {
    let inner = repository("changed-inner", &["fly.toml", "x/fly.toml"]);
    let folder = repository("changed-outer", &["fly.toml"]);
    let path = folder.path();
    let url = inner.path().to_str().unwrap();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "sub"];
    git(path, &add);
    commit(path);
    check(path, &["HEAD"], &[]);
    check(path, &["HEAD~1"], &["sub/fly.toml", "sub/x/fly.toml"]);
    edit(path.join("sub/x/fly.toml"));
    check(path, &["HEAD"], &["sub/x/fly.toml"]);
    // Another commit is checked out, and then pinned.
    commit(&path.join("sub"));
    check(path, &["HEAD"], &["sub/x/fly.toml"]);
    commit(path);
    check(path, &["HEAD"], &[]);
    check(path, &["HEAD~1"], &["sub/x/fly.toml"]);
    // A repository that the outer one does not know is new.
    git(path, &["clone", "--quiet", url, "clone"]);
    check(path, &["HEAD"], &["clone/fly.toml", "clone/x/fly.toml"]);
    check(&path.join("clone"), &["HEAD"], &[]);
}

#[test]
fn a_work_tree_of_its_own_is_a_repository() {
    let folder = repository("changed-tree", &["main/fly.toml"]);
    git(folder.path(), &["worktree", "add", "--quiet", "tree", "-b", "side"]);
    edit(folder.path().join("tree/main/fly.toml"));
    check(&folder.path().join("tree"), &["main"], &["main/fly.toml"]);
}

#[test]
fn an_unsaved_buffer_is_compared_instead_of_its_file() {
    let folder = repository("changed-buffer", &["fly.toml"]);
    let since = |text: &str| {
        let input = folder.path().join("buffer");
        fs::write(&input, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
            .args(["check", "--changed-since=HEAD", "--stdin-filename=fly.toml"])
            .current_dir(folder.path())
            .stdin(fs::File::open(&input).unwrap())
            .output();
        output.unwrap().status.code()
    };
    assert_eq!(since(FLY), Some(0));
    assert_eq!(since(&format!("{FLY}# edited\n")), Some(1));
}

#[test]
fn what_a_clone_lacks_is_said_and_not_fetched() {
    let origin = repository("changed-origin", &["fly.toml"]);
    edit(origin.path().join("fly.toml"));
    commit(origin.path());
    let url = format!("file://{}", origin.path().display());
    git(origin.path(), &["config", "uploadpack.allowFilter", "true"]);
    let top = Folder::new("changed-clones");
    git(top.path(), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    git(top.path(), &["clone", "--quiet", "--filter=tree:0", "--no-checkout", &url, "partial"]);
    let partial = top.path().join("partial");
    fs::write(partial.join("fly.toml"), FLY).unwrap();
    for (clone, revision) in
        [("shallow", "HEAD~1"), ("shallow", "no-branch"), ("partial", "HEAD~1")]
    {
        let found = run(&top.path().join(clone), &["--changed-since", revision], &[]);
        assert_eq!(found.status, 2, "{clone}: {}", found.stdout);
        assert!(found.stderr.contains("fetch-depth: 0"), "{clone}: {}", found.stderr);
    }
    // Nothing was fetched: the tree is still not there.
    let tree = Command::new("git")
        .current_dir(&partial)
        .env("GIT_NO_LAZY_FETCH", "1")
        .args(["cat-file", "-e", "HEAD~1^{tree}"])
        .output()
        .unwrap();
    assert!(!tree.status.success());
}

#[test]
fn files_that_git_tracks_are_read_although_it_is_told_to_leave_them_out() {
    for version in ["2", "4"] {
        let folder = Folder::new(&format!("tracked-{version}"))
            .with(".gitignore", "fly.toml\n/out/\n")
            .with("fly.toml", FLY)
            .with("other/fly.toml", FLY)
            .with("out/a/fly.toml", FLY)
            .with("out/a/render.yaml", "services: []\nbogus: 1\n")
            .with("out/b/fly.toml", FLY)
            .with("left/.ignore", "fly.toml\n")
            .with("left/fly.toml", FLY);
        let path = folder.path();
        git(path, &["init", "--quiet"]);
        let seen = || -> BTreeSet<String> {
            let found = run(path, &["check", "--format=concise", "."], &[]);
            let lines = found.stdout.lines().filter(|it| it.contains("[unknown-key]"));
            lines.filter_map(|it| it.split(':').next()).map(str::to_owned).collect()
        };
        assert_eq!(seen(), BTreeSet::new());
        git(path, &["add", "--force", "fly.toml", "out/a/fly.toml", "left/fly.toml"]);
        git(path, &["update-index", "--index-version", version]);
        let expect = ["fly.toml", "out/a/fly.toml"].map(str::to_owned);
        assert_eq!(seen(), BTreeSet::from(expect), "version {version}");
    }
}

/// Who names one file hears nothing of the others, and that there is something to hear.
#[test]
fn what_is_in_files_that_were_not_named_is_counted() {
    let folder = Folder::new("not-named")
        .with("Procfile", "web: gunicorn a.wsgi --workers 2\n")
        .with("fly.toml", "app = \"x\"\nbogus = 1\n[http_service]\ninternal_port = 8080\n");
    let of = |arguments: &[&str]| {
        let all = [&["check", "--no-config"], arguments].concat();
        run(folder.path(), &all, &[]).stdout
    };
    let all = of(&["--format", "concise"]);
    let others = all.lines().filter(|it| it.starts_with("fly.toml:")).count();
    assert!(others > 0 && all.lines().count() == others, "{all}");
    let named = of(&["Procfile"]);
    assert!(named.contains("no problems found in the files that were named\n"), "{named}");
    let counted =
        if others == 1 { "1 diagnostic".to_owned() } else { format!("{others} diagnostics") };
    assert!(named.contains(&format!("{counted} in other files of the project, hidden")), "{named}");
    assert_eq!(of(&["Procfile", "--format", "concise"]), "");
    // All files are all that there is.
    let both = of(&["Procfile", "fly.toml"]);
    assert!(!both.contains("hidden"), "{both}");
}
