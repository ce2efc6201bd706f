//! Modules that run what Python would run: debuggers and profilers.

use crate::launch::Word;

/// A module, and its options.
struct Watcher {
    /// Names of the module, and of a program that is the same.
    names: &'static [&'static str],
    /// The word that must stand behind it.
    subcommand: Option<&'static str>,
    /// Options that take the next word.
    valued: &'static [&'static str],
}

/// Sources: `python -m debugpy --help` (1.8.22), `python -m cProfile --help` and `python -m pdb
/// --help` (3.13), `coverage run --help` (7.17.5)
#[rustfmt::skip]
const WATCHERS: &[Watcher] = &[
    Watcher {
        names: &["debugpy"],
        subcommand: None,
        valued: &["--listen", "--connect", "--configure-qt", "--configure-subProcess", "--log-to",
            "--parent-session-pid", "--adapter-access-token"],
    },
    Watcher {
        names: &["cProfile", "profile"],
        subcommand: None,
        valued: &["-o", "--outfile", "-s", "--sort"],
    },
    Watcher { names: &["pdb"], subcommand: None, valued: &["-c", "--command"] },
    Watcher {
        names: &["coverage"],
        subcommand: Some("run"),
        valued: &["--concurrency", "--context", "--data-file", "--include", "--omit", "--rcfile",
            "--save-signal", "--source"],
    },
];

/// How many of the words behind the name of a module belong to it, where the others are what Python
/// is to run: `-m module`, `-c text` or a file, with their words.
pub(super) fn inner(name: &str, words: &[Word]) -> Option<usize> {
    let watcher = WATCHERS.iter().find(|it| it.names.contains(&name))?;
    let mut idx = 0;
    if let Some(subcommand) = watcher.subcommand {
        if words.first()?.text()? != subcommand {
            return None;
        }
        idx += 1;
    }
    loop {
        let text = words.get(idx)?.text()?;
        // `pdb -c` is a command of its own.
        if watcher.valued.contains(&text.as_str()) {
            idx += 2;
            continue;
        }
        match text.as_str() {
            "-m" | "-c" => return words.get(idx + 1).map(|_| idx),
            "--pid" | "--module" => return None,
            it if it.starts_with('-') => idx += 1,
            _ => return Some(idx),
        }
    }
}
