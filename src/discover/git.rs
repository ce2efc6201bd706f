//! Runs git such that nothing of the repository runs.
//!
//! A repository configures commands: `core.fsmonitor`, filters, hooks, pagers, external diffs, the
//! programs that fetch. They run when git looks at the index or the work tree, or fetches. So only
//! `rev-parse`, `merge-base`, `ls-tree` and `cat-file` without filters are run, which look at commits,
//! trees and objects; in the folder that holds `.git`, so that no other folder can pose as a repository; without the network; and
//! with a limit of time, since a FIFO can stand wherever git reads a file.

mod opened;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How long all commands of one run may take together. Reading a few trees takes milliseconds.
const TIME_MAX: Duration = Duration::from_secs(4);

/// Far more than the entries of the files that opslint reads.
const OUTPUT_MAX: u64 = 16 * 1024 * 1024;

/// Where programs are when nobody says so, as shells have it.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What git is run with, whatever the repository and the surroundings say. Some overlap: an older
/// git does not know all of them.
const SETTINGS: &[&str] = &[
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
];
const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    // A file of no name: `.git/info/grafts` would give commits other parents.
    ("GIT_GRAFT_FILE", ""),
    ("LC_ALL", "C"),
];

/// The user's git, and what it is run with.
#[derive(Debug)]
pub struct Git {
    environment: Vec<(OsString, OsString)>,
    /// How long its commands may still take.
    time_left: Cell<Duration>,
    /// Folders of repositories of which it was seen that git opens nothing but files.
    seen: RefCell<BTreeSet<PathBuf>>,
}

impl Git {
    /// Git in this environment. What it says about repositories (`GIT_DIR`, `GIT_CONFIG_COUNT`,
    /// `GIT_TRACE`, …) is left out: a hook has other ideas of where the repository is.
    pub fn new(environment: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let is_kept = |(name, _): &(OsString, OsString)| {
            !name.to_string_lossy().to_ascii_uppercase().starts_with("GIT_")
        };
        let environment = environment.filter(is_kept).collect();
        Self { environment, time_left: Cell::new(TIME_MAX), seen: RefCell::default() }
    }

    /// What a command prints about the repository whose `.git` is in `top`.
    ///
    /// # Errors
    /// When git cannot be run, takes too long, would open what is no file, or fails.
    pub(super) fn run(&self, top: &Path, arguments: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
        if !self.seen.borrow().contains(top) {
            let home = self.environment.iter().find(|(name, _)| name == "HOME");
            opened::check(top, home.map(|it| Path::new(&it.1)))?;
            self.seen.borrow_mut().insert(top.to_owned());
        }
        let (status, out, said) = self.output(top, arguments)?;
        if !status.success() {
            let command = arguments[0].to_string_lossy();
            let failure = failure(&String::from_utf8_lossy(&said));
            return Err(Failure { message: format!("git {command} {failure}") }.into());
        }
        Ok(out)
    }

    /// The same, of objects that a clone may lack: where git fails, it says what to fetch.
    ///
    /// # Errors
    /// As [`Git::run`].
    pub(super) fn run_fetched(&self, top: &Path, arguments: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
        self.run(top, arguments).map_err(|error| match error.is::<Failure>() {
            true => error.context(NOT_FETCHED),
            false => error,
        })
    }

    fn output(
        &self,
        top: &Path,
        arguments: &[&OsStr],
    ) -> anyhow::Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
        let Some(program) = self.program(top) else {
            bail!("cannot find git, which knows what has changed");
        };
        let mut child = Command::new(program)
            .args(SETTINGS)
            .arg("-C")
            .arg(top)
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(ENVIRONMENT.iter().copied())
            // `.git` that is no repository does not make one of the folders around it count.
            .env("GIT_CEILING_DIRECTORIES", top.parent().unwrap_or(top))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run git, which knows what has changed")?;
        let started = Instant::now();
        let until = started + self.time_left.get();
        let streams = (in_background(child.stdout.take()), in_background(child.stderr.take()));
        let out = wait(&mut child, &streams.0, until)?;
        let said = wait(&mut child, &streams.1, until)?;
        self.time_left.set(self.time_left.get().saturating_sub(started.elapsed()));
        if out.len() as u64 > OUTPUT_MAX {
            bail!("git {} prints too much", arguments[0].to_string_lossy());
        }
        Ok((child.wait().context("cannot wait for git")?, out, said))
    }

    /// The program. One that the repository brings along is not the user's, even where `PATH` has
    /// a folder of it.
    fn program(&self, top: &Path) -> Option<PathBuf> {
        let is_path = |it: &&(OsString, OsString)| it.0.eq_ignore_ascii_case("PATH");
        let path = self.environment.iter().find(is_path).map(|it| it.1.as_os_str());
        let path = path.unwrap_or(OsStr::new(DEFAULT_PATH));
        let name = format!("git{}", std::env::consts::EXE_SUFFIX);
        let candidates = std::env::split_paths(path).filter(|it| it.is_absolute());
        candidates.map(|it| it.join(&name)).find(|it| {
            let real = it.canonicalize();
            real.is_ok_and(|real| is_program(&real) && !real.starts_with(top))
        })
    }
}

/// What to do about a commit of which something is absent.
pub const NOT_FETCHED: &str = "a part of that commit is not in this clone; fetch all of it first \
    (`fetch-depth: 0` for actions/checkout, `git fetch --unshallow` elsewhere)";

/// That git itself failed, and why.
#[derive(Debug)]
struct Failure {
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Why git failed, by parts of what it says. It is not shown as it stands: it quotes lines of files
/// that the repository names, wherever they are.
const FAILURES: &[(&str, &str)] = &[
    (
        "dubious ownership",
        "refuses a repository of another user; `git config --global --add safe.directory` lets it in",
    ),
    ("not a git repository", "finds no repository here"),
    ("ambiguous argument", "knows no such revision"),
    ("unknown revision", "knows no such revision"),
    ("Needed a single revision", "knows no such revision"),
    ("bad revision", "knows no such revision"),
    ("ot a valid object name", "knows no such object"),
    ("ot a tree object", "finds a part of the repository missing"),
    ("bad object", "finds a part of the repository missing"),
    ("could not read", "finds a part of the repository missing"),
    ("nable to read", "finds a part of the repository missing"),
    ("nable to find", "finds a part of the repository missing"),
    ("missing blob", "finds a part of the repository missing"),
    ("missing object", "finds a part of the repository missing"),
    ("repo version", "is too old for the format of this repository"),
    ("repository extension", "is too old for the format of this repository"),
    ("bad config", "cannot read the configuration of this repository"),
    ("config value", "cannot read the configuration of this repository"),
    ("config file", "cannot read the configuration of this repository"),
];

fn failure(said: &str) -> &'static str {
    let known = FAILURES.iter().find(|(part, _)| said.contains(part));
    known.map_or("failed; run it by hand to see why", |it| it.1)
}

/// What a stream of git brings until then.
fn wait(
    child: &mut Child,
    stream: &mpsc::Receiver<Vec<u8>>,
    until: Instant,
) -> anyhow::Result<Vec<u8>> {
    if let Ok(text) = stream.recv_timeout(until.saturating_duration_since(Instant::now())) {
        return Ok(text);
    }
    // It may have ended by itself by now.
    let _ = child.kill();
    let _ = child.wait();
    bail!("git does not answer; more than {} seconds are not waited", TIME_MAX.as_secs());
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.symlink_metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Reads a stream to its end without anybody waiting for it.
fn in_background(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(stream) = stream {
            // What could be read before an error is what there is.
            let _ = stream.take(OUTPUT_MAX + 1).read_to_end(&mut text);
        }
        // Nobody listens any more when time was over.
        let _ = send.send(text);
    });
    receive
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Git reads its configuration before anything else, and what the configuration includes.
    #[test]
    fn a_repository_that_never_answers_is_given_up() {
        let folder = std::env::temp_dir().join(format!("opslint-git-{}", std::process::id()));
        let made = Command::new("git").args(["init", "--quiet"]).arg(&folder).status();
        assert!(made.expect("git is there").success());
        let fifo = folder.join("never");
        let made = Command::new("mkfifo").arg(&fifo).status();
        assert!(made.expect("mkfifo is there").success());
        let include = ["config", "include.path"].map(OsStr::new);
        let set = Command::new("git").current_dir(&folder).args(include).arg(&fifo).status();
        assert!(set.expect("git is there").success());
        let git = Git::new(std::env::vars_os());
        let failed = git.run(&folder, &["rev-parse", "HEAD"].map(OsStr::new));
        let said = failed.map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        assert!(said.ends_with("never`, which is a FIFO"), "{said}");
        // It may have come there since.
        git.seen.borrow_mut().insert(folder.clone());
        git.time_left.set(Duration::from_millis(300));
        let failed = git.run(&folder, &["rev-parse", "HEAD"].map(OsStr::new));
        let said = failed.map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        assert!(said.starts_with("git does not answer"), "{said}");
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
    }
}
