//! The command line of a package manager: which script or program it asks for, in which folder, and
//! what is passed on.
//!
//! Seen with npm 11.19.1, yarn 1.22.22, pnpm 10.34.9 and bun 1.4.5, which a test asks the same.

use crate::launch::Word;

/// Programs that start scripts of package.json.
const MANAGERS: &[(&str, Manager)] = &[
    ("npm", Manager::Npm),
    ("yarn", Manager::Yarn),
    ("yarnpkg", Manager::Yarn),
    ("pnpm", Manager::Pnpm),
    ("bun", Manager::Bun),
];

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Npm,
    Yarn,
    Pnpm,
    Bun,
    /// `node --run`, which is none and starts scripts all the same.
    Node,
}

/// Commands of npm that start the script of the same name, by each of their names.
const NPM_SCRIPTS: &[(&str, &str)] = &[
    ("start", "start"),
    ("stop", "stop"),
    ("restart", "restart"),
    ("test", "test"),
    ("t", "test"),
    ("tst", "test"),
];

/// Commands of yarn (`yarn help`), which are no scripts.
#[rustfmt::skip]
const YARN_COMMANDS: &[&str] = &[
    "access", "add", "audit", "autoclean", "bin", "cache", "check", "config", "create",
    "generate-lock-entry", "global", "help", "import", "info", "init", "install", "licenses",
    "link", "list", "login", "logout", "node", "outdated", "owner", "pack", "plugin", "policies",
    "publish", "remove", "rebuild", "set", "tag", "team", "unlink", "unplug", "up", "upgrade",
    "upgrade-interactive", "version", "versions", "why",
];

/// Commands of pnpm (`pnpm help -a`), and those of npm that it hands on.
#[rustfmt::skip]
const PNPM_COMMANDS: &[&str] = &[
    "access", "add", "approve-builds", "audit", "bin", "bugs", "c", "cache", "cat-file",
    "cat-index", "config", "create", "dedupe", "deploy", "deprecate", "dist-tag", "docs", "doctor",
    "edit", "env", "fetch", "find-hash", "help", "i", "ignored-builds", "import", "info", "init",
    "install", "install-test", "it", "licenses", "link", "list", "ll", "ln", "login", "logout",
    "ls", "outdated", "owner", "pack", "patch", "patch-commit", "patch-remove", "ping", "pkg",
    "prefix", "profile", "prune", "publish", "rb", "rebuild", "remove", "repo", "rm", "root",
    "s", "se", "search", "self-update", "server", "set-script", "setup", "show", "star", "stars",
    "store", "team", "token", "un", "uninstall", "unlink", "unpublish", "unstar", "up", "update",
    "upgrade", "v", "version", "view", "whoami", "why", "xmas",
];

/// Commands of bun (`bun --help`), and names that it keeps for later.
#[rustfmt::skip]
const BUN_COMMANDS: &[&str] = &[
    "a", "add", "audit", "build", "c", "create", "deploy", "discord", "feedback", "fmt", "getcompletes", "help",
    "i", "info", "init", "install", "link", "list", "login", "logout", "outdated", "patch",
    "patch-commit", "pm", "prune", "publish", "r", "remove", "repl", "rm", "test", "unlink", "update",
    "upgrade", "whoami", "why",
];

/// Options of npm that take the next word.
#[rustfmt::skip]
const NPM_VALUED: &[&str] = &[
    "--loglevel", "--registry", "--cache", "--userconfig", "--globalconfig", "--script-shell",
    "--node-options", "--logs-dir", "--logs-max", "--location", "--color", "--package",
];

/// Options of yarn in front of a script that take the next word (`yarn help`).
#[rustfmt::skip]
const YARN_VALUED: &[&str] = &[
    "--mutex", "--network-timeout", "--network-concurrency", "--registry", "--cache-folder",
    "--modules-folder", "--preferred-cache-folder", "--global-folder", "--link-folder",
    "--use-yarnrc", "--proxy", "--https-proxy", "--scripts-prepend-node-path", "--emoji",
];

/// Options of pnpm in front of a script that take the next word (`pnpm help run`).
#[rustfmt::skip]
const PNPM_VALUED: &[&str] = &[
    "--loglevel", "--reporter", "--registry", "--workspace-concurrency", "--store-dir",
    "--resume-from", "--script-shell", "--test-pattern", "--changed-files-ignore-pattern",
    "--package", "--virtual-store-dir", "--modules-dir",
];

/// Options of bun in front of a script that take the next word (`bun run --help`).
#[rustfmt::skip]
const BUN_VALUED: &[&str] = &[
    "-r", "--preload", "--require", "--import", "--env-file", "--config", "-c", "--shell",
    "--elide-lines", "--inspect-wait", "-d", "--define", "-l", "--loader", "--conditions",
    "--port", "--tsconfig-override", "-F",
];

/// What is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A script, by its name.
    Script(String),
    /// The program that the words begin with.
    Program,
}

/// What a command line of a manager asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) manager: Manager,
    pub(super) target: Target,
    /// Folder of the package, from `--prefix`, `-C`, `--dir` or `--cwd`.
    pub(super) folder: Option<String>,
    /// Name or folder of the package of a workspace.
    pub(super) member: Option<String>,
    /// Whether the package is the root of the workspace: `pnpm -w`.
    pub(super) at_root: bool,
    /// Whether a program of that name takes the place of a script that is not there.
    pub(super) or_program: bool,
    /// Whether nothing happens where the script is not there: `--if-present`.
    pub(super) if_present: bool,
    /// The word that names the script.
    pub(super) named: Option<Word>,
    /// What is passed on. Of a program, its name comes first.
    pub(super) words: Vec<Word>,
    /// Why it is not known what is started.
    pub(super) open: Option<&'static str>,
}

impl Asked {
    /// What is asked of a manager with no option and no word more.
    fn new(manager: Manager, target: Target) -> Self {
        Self {
            manager,
            target,
            folder: None,
            member: None,
            at_root: false,
            or_program: false,
            if_present: false,
            named: None,
            words: Vec::new(),
            open: None,
        }
    }
}

const SEVERAL: &str = "the script of several packages is started";

/// Reads the words of a manager, of which `name` is the program. `None` when they start nothing
/// that is followed here.
pub(super) fn asked(name: &str, words: &[Word]) -> Option<Asked> {
    if name == "node" {
        return node_run(words);
    }
    let manager = MANAGERS.iter().find(|(it, _)| *it == name)?.1;
    let target = Target::Program;
    let asked = Asked::new(manager, target);
    let mut reader = Reader { asked, words, idx: 1, runs: false };
    reader.read()?;
    let mut asked = reader.asked;
    let is_pattern = |it: &str| it.contains("...") || it.contains(['*', '!', '[', '{', '^']);
    if asked.member.as_deref().is_some_and(is_pattern) {
        asked.open = Some(SEVERAL);
    }
    Some(asked)
}

/// `node --run script`.
fn node_run(words: &[Word]) -> Option<Asked> {
    let text = |idx: usize| words.get(idx).and_then(Word::text);
    let first = text(1)?;
    let (script, rest) = match first.split_once('=') {
        Some(("--run", name)) => (name.to_owned(), 2),
        None if first == "--run" => (text(2)?, 3),
        _ => return None,
    };
    let rest = if text(rest).as_deref() == Some("--") { rest + 1 } else { rest };
    let asked = Asked::new(Manager::Node, Target::Script(script));
    Some(Asked { words: words.get(rest..).unwrap_or_default().to_vec(), ..asked })
}

struct Reader<'a> {
    asked: Asked,
    words: &'a [Word],
    idx: usize,
    /// Whether `run` was among the words.
    runs: bool,
}

impl Reader<'_> {
    fn text(&self) -> Option<String> {
        self.words.get(self.idx).and_then(Word::text)
    }

    /// The words from here on.
    fn rest(&self) -> Vec<Word> {
        self.words.get(self.idx..).unwrap_or_default().to_vec()
    }

    /// Takes the words up to the script or program; `None` when it is another command.
    fn read(&mut self) -> Option<()> {
        while let Some(text) = self.text() {
            self.idx += 1;
            if text.starts_with('-') {
                self.option(&text)?;
                continue;
            }
            if let Some(found) = self.command(&text) {
                return found;
            }
        }
        None
    }

    /// An option. `None` when its value is not known.
    fn option(&mut self, text: &str) -> Option<()> {
        use Manager::{Bun, Npm, Pnpm, Yarn};
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let manager = self.asked.manager;
        match (manager, name) {
            (Npm, "--prefix" | "-C")
            | (Yarn | Bun, "--cwd")
            | (Pnpm, "-C" | "--dir" | "--prefix") => {
                self.asked.folder = Some(self.value(value)?);
            }
            (Npm, "-w" | "--workspace") | (Pnpm | Bun, "--filter" | "-F") => {
                let member = self.value(value)?;
                if self.asked.member.replace(member).is_some() {
                    self.asked.open = Some(SEVERAL);
                }
            }
            (Pnpm, "-w" | "--workspace-root") => self.asked.at_root = true,
            (_, "--if-present") => self.asked.if_present = true,
            (Npm, "--workspaces" | "-ws")
            | (Pnpm, "-r" | "--recursive" | "--parallel" | "--filter-prod")
            | (Bun, "--workspaces" | "--parallel" | "--sequential") => {
                self.asked.open = Some(SEVERAL);
            }
            (Npm, "-c" | "--call") => self.asked.open = Some("npm gives a text to a shell"),
            _ => {
                let valued = match manager {
                    Npm => NPM_VALUED,
                    Yarn => YARN_VALUED,
                    Pnpm => PNPM_VALUED,
                    Bun => BUN_VALUED,
                    Manager::Node => &[],
                };
                if value.is_none() && valued.contains(&name) {
                    self.idx += 1;
                }
            }
        }
        Some(())
    }

    /// The value of an option: behind `=`, or the next word.
    fn value(&mut self, attached: Option<String>) -> Option<String> {
        attached.or_else(|| {
            let value = self.text();
            self.idx += 1;
            value
        })
    }

    /// A word that is no option. `None` to go on, `Some(None)` when nothing is started that is
    /// followed here.
    #[expect(clippy::option_option, reason = "whether to go on, and what is found")]
    fn command(&mut self, text: &str) -> Option<Option<()>> {
        use Manager::{Bun, Npm, Pnpm, Yarn};
        let manager = self.asked.manager;
        let is_first = !self.runs;
        match (manager, text) {
            (Yarn, "workspace") if is_first => {
                self.asked.member = self.text();
                self.idx += 1;
                return self.asked.member.is_none().then_some(None);
            }
            (Yarn, "workspaces") if is_first => {
                self.asked.open = Some(SEVERAL);
                return Some(Some(()));
            }
            (Npm, "run" | "run-script" | "rum" | "urn")
            | (Yarn | Pnpm, "run")
            | (Pnpm, "run-script")
            | (Bun, "run")
                if is_first =>
            {
                // bun takes the word for a script behind these.
                if manager == Bun && (self.asked.member.is_some() || self.asked.folder.is_some()) {
                    self.asked.open = Some("bun reads `run` behind this option in its own way");
                }
                self.runs = true;
                return None;
            }
            (Npm | Bun, "exec" | "x") | (Yarn | Pnpm, "exec") if is_first => {
                return Some(self.program());
            }
            // What is fetched is started in the same way.
            (Yarn | Pnpm, "dlx") if is_first => return Some(self.program()),
            _ => {}
        }
        Some(self.script(text))
    }

    /// `exec`: the words behind it, npm's own options left out.
    fn program(&mut self) -> Option<()> {
        self.asked.target = Target::Program;
        match self.asked.manager {
            Manager::Npm => self.npm_words(),
            Manager::Bun | Manager::Yarn | Manager::Pnpm | Manager::Node => {
                while let Some(text) = self.text().filter(|it| it.starts_with('-')) {
                    self.idx += 1;
                    if text == "--" {
                        break;
                    }
                    self.option(&text)?;
                }
                self.asked.words = self.rest();
            }
        }
        (!self.asked.words.is_empty() || self.asked.open.is_some()).then_some(())
    }

    fn script(&mut self, name: &str) -> Option<()> {
        let manager = self.asked.manager;
        let own = match manager {
            Manager::Npm => &[],
            Manager::Yarn => YARN_COMMANDS,
            Manager::Pnpm => PNPM_COMMANDS,
            Manager::Bun => BUN_COMMANDS,
            Manager::Node => &[],
        };
        let name = match manager {
            Manager::Npm | Manager::Pnpm if !self.runs => {
                let short = NPM_SCRIPTS.iter().find(|(it, _)| *it == name).map(|(_, it)| *it);
                match short {
                    Some(script) => script,
                    None if manager == Manager::Npm => return None,
                    None => name,
                }
            }
            // A file, and no script.
            Manager::Bun if name.contains('/') || name.contains('.') => return None,
            _ => name,
        };
        if !self.runs && own.contains(&name) {
            return None;
        }
        if manager == Manager::Pnpm && name == "restart" && !self.runs {
            self.asked.open = Some("pnpm starts the scripts `stop`, `restart` and `start`");
        }
        // Those of pnpm are started side by side.
        if manager == Manager::Pnpm && name.starts_with('/') {
            self.asked.open = Some("the scripts that a pattern matches are started");
        }
        self.asked.target = Target::Script(name.to_owned());
        self.asked.named = self.words.get(self.idx - 1).cloned();
        self.asked.or_program = match manager {
            Manager::Npm | Manager::Node => false,
            // Of packages that are filtered, only scripts are started.
            Manager::Pnpm => !self.runs && self.asked.member.is_none(),
            Manager::Yarn => true,
            Manager::Bun => self.asked.member.is_none(),
        };
        match manager {
            Manager::Npm => self.npm_words(),
            Manager::Pnpm | Manager::Node => self.asked.words = self.rest(),
            // The first `--` of all is left out.
            Manager::Yarn => {
                let mut words = self.rest();
                let is_dashes = |it: &Word| it.text().as_deref() == Some("--");
                if let Some(at) = words.iter().position(is_dashes) {
                    words.remove(at);
                }
                self.asked.words = words;
            }
            Manager::Bun => {
                let has_dashes = self.text().as_deref() == Some("--");
                self.idx += usize::from(has_dashes);
                self.asked.words = self.rest();
            }
        }
        Some(())
    }

    /// npm reads its own options among the words up to `--`, and passes on what stands behind.
    fn npm_words(&mut self) {
        while let Some(word) = self.words.get(self.idx) {
            let text = word.text();
            self.idx += 1;
            match text.as_deref() {
                Some("--") => break,
                Some(option) if option.starts_with('-') && option.len() > 1 => {
                    if self.option(option).is_none() {
                        self.asked.open = Some("an option of npm is only known when it runs");
                    }
                }
                _ => self.asked.words.push(word.clone()),
            }
        }
        let rest = self.rest();
        self.asked.words.extend(rest);
    }
}
