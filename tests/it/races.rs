//! Somebody puts a link where a file or folder was, between the look at it and its opening: nothing
//! outside of the project is read or written, whoever is faster.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a test writes what opslint reads")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::cli::Folder;
use super::outputs::{Run, run};

/// What only the file outside of the project says.
const SECRET: &str = "kanarie";

/// A setting whose name has a letter in the wrong case, which a fix repairs.
const FIXABLE: &str = "Workers = 3\n";

/// So many runs may go by before both sides were seen.
const RUNS_MAX: usize = 60;

/// Puts the file and a link to another one in turn under a name, each at once.
fn swap_file(file: &Path, text: &str, target: &Path, is_over: &AtomicBool) {
    let new = file.with_extension("new");
    while !is_over.load(Ordering::Relaxed) {
        symlink(target, &new).unwrap();
        fs::rename(&new, file).unwrap();
        thread::yield_now();
        fs::write(&new, text).unwrap();
        fs::rename(&new, file).unwrap();
        thread::yield_now();
    }
}

/// Puts the folder and a link to another one in turn under a name.
fn swap_folder(folder: &Path, target: &Path, is_over: &AtomicBool) {
    let aside = folder.with_extension("aside");
    while !is_over.load(Ordering::Relaxed) {
        fs::rename(folder, &aside).unwrap();
        symlink(target, folder).unwrap();
        thread::yield_now();
        fs::remove_file(folder).unwrap();
        fs::rename(&aside, folder).unwrap();
        thread::yield_now();
    }
}

/// Runs opslint while something is swapped, until `seen` has said yes to one run and no to another.
fn race(
    project: &Path,
    arguments: &[&str],
    swap: impl Fn(&AtomicBool) + Sync,
    mut seen: impl FnMut(&Run) -> Option<bool>,
) {
    let is_over = AtomicBool::new(false);
    let both = thread::scope(|scope| {
        scope.spawn(|| swap(&is_over));
        let (mut yes, mut no) = (0, 0);
        let mut judge = || {
            for _ in 0..RUNS_MAX {
                match seen(&run(project, arguments, &[])) {
                    Some(true) => yes += 1,
                    Some(false) => no += 1,
                    None => {}
                }
                if yes >= 5 && no >= 5 {
                    break;
                }
            }
        };
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut judge));
        is_over.store(true, Ordering::Relaxed);
        judged.map(|()| (yes, no))
    });
    let (yes, no) = both.unwrap_or_else(|it| std::panic::resume_unwind(it));
    // A busy machine may show one side only; neither would mean that nothing was raced for.
    assert!(yes > 0 || no > 0, "{arguments:?} saw neither the file nor the link");
}

/// A project in a folder, and beside it what it must not reach.
fn beside(name: &str, files: &[(&str, &str)]) -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new(name).with("outside/gunicorn.conf.py", format!("bind = '{SECRET}'\n"));
    let folder = files.iter().fold(folder, |it, (path, text)| it.with(path, text));
    let (project, outside) = (folder.path().join("project"), folder.path().join("outside"));
    (folder, project, outside)
}

/// `Some(true)` when the file was read, `Some(false)` when what is in its place leads outside.
#[track_caller]
fn read(found: &Run) -> Option<bool> {
    let said = found.stdout.clone() + &found.stderr;
    assert!(!said.contains(SECRET), "{said}");
    let is_read = said.contains("7777");
    (is_read || said.contains("outside of the project")).then_some(is_read)
}

#[test]
fn a_link_in_place_of_a_file_is_not_read() {
    let text = "bind = '0.0.0.0:7777'\n";
    let (_folder, project, outside) = beside(
        "race-file",
        &[("project/Procfile", "web: gunicorn a.wsgi\n"), ("project/gunicorn.conf.py", text)],
    );
    let (file, target) = (project.join("gunicorn.conf.py"), outside.join("gunicorn.conf.py"));
    race(
        &project,
        &["resolve", "--settings"],
        |is_over| swap_file(&file, text, &target, is_over),
        read,
    );
}

#[test]
fn a_link_in_place_of_a_folder_is_not_entered() {
    let (_folder, project, outside) = beside(
        "race-folder",
        &[
            ("project/Procfile", "web: gunicorn -c conf/gunicorn.conf.py a.wsgi\n"),
            ("project/conf/gunicorn.conf.py", "bind = '0.0.0.0:7777'\n"),
        ],
    );
    let folder = project.join("conf");
    race(
        &project,
        &["resolve", "--settings"],
        |is_over| swap_folder(&folder, &outside, is_over),
        read,
    );
}

#[test]
fn a_link_in_place_of_the_project_is_not_taken_for_it() {
    let (_folder, project, outside) = beside(
        "race-project",
        &[
            ("outside/Procfile", "web: gunicorn a.wsgi\n"),
            ("outside/opslint.toml", "[variables]\nWEB_CONCURRENCY = 'kanarie'\n"),
            ("project/app/Procfile", "web: gunicorn a.wsgi\n"),
            ("project/app/gunicorn.conf.py", "bind = '0.0.0.0:7777'\n"),
        ],
    );
    let app = project.join("app");
    race(
        &project,
        &["resolve", "--settings"],
        |is_over| swap_folder(&app, &outside, is_over),
        |found| {
            // As long as it is a link, it is no folder of the project that could be searched.
            let is_empty = found.status == 2 && found.stderr.contains("nothing");
            read(found).or(is_empty.then_some(false))
        },
    );
}

/// Nothing is written outside, though what stands there says the same as what was read.
fn check_fix(name: &str, swap: impl Fn(&Path, &Path, &AtomicBool) + Sync) {
    let (folder, project, outside) = beside(
        name,
        &[
            ("outside/gunicorn.conf.py", FIXABLE),
            ("outside/Procfile", "web: gunicorn a.wsgi\n"),
            ("project/app/Procfile", "web: gunicorn a.wsgi\n"),
            ("project/app/gunicorn.conf.py", FIXABLE),
        ],
    );
    let app = project.join("app");
    race(
        &project,
        &["check", "--fix"],
        |is_over| swap(&app, &outside, is_over),
        |found| {
            assert_eq!(folder.read("outside/gunicorn.conf.py"), FIXABLE, "{}", found.stderr);
            let mut names: Vec<_> =
                fs::read_dir(&outside).unwrap().map(|it| it.unwrap().file_name()).collect();
            names.sort();
            assert_eq!(names, ["Procfile", "gunicorn.conf.py"], "{}", found.stderr);
            let fixed =
                fs::read_to_string(app.join("gunicorn.conf.py")).is_ok_and(|it| it != FIXABLE);
            if fixed {
                // The next run has something to do again.
                let _ = fs::write(app.join("gunicorn.conf.py"), FIXABLE);
                fs::write(outside.join("gunicorn.conf.py"), FIXABLE).unwrap();
            }
            Some(found.stderr.contains("fixed"))
        },
    );
}

#[test]
fn a_link_in_place_of_a_file_is_not_written_through() {
    check_fix("race-fix-file", |app, outside, is_over| {
        let (file, target) = (app.join("gunicorn.conf.py"), outside.join("gunicorn.conf.py"));
        swap_file(&file, FIXABLE, &target, is_over);
    });
}

#[test]
fn a_link_in_place_of_a_folder_is_not_written_through() {
    check_fix("race-fix-folder", swap_folder);
}
