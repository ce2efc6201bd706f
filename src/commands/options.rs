//! Options of the shell: `set` and `shopt`.

use super::flow::Status;
use super::shell::Shell;
use crate::launch::Word;

/// `set -a`, `set -o name`, and `set -- words`.
pub(super) fn set(shell: &mut Shell, rest: &[Word]) {
    for (idx, word) in rest.iter().enumerate() {
        let Some(text) = word.text() else {
            shell.arguments = None;
            return;
        };
        match text.as_str() {
            "--" => {
                shell.arguments = Some(rest[idx + 1..].into());
                return;
            }
            "-" => {
                if idx + 1 < rest.len() {
                    shell.arguments = Some(rest[idx + 1..].into());
                }
                return;
            }
            // The name behind `-o` or `+o`.
            name if idx > 0 && is_named_option(&rest[idx - 1]) => {
                shell.set_option(name, rest[idx - 1].known_prefix().starts_with('-'));
            }
            option if option.starts_with(['-', '+']) && !option.starts_with("--") => {
                letters(shell, option);
            }
            _ => {
                shell.arguments = Some(rest[idx..].into());
                return;
            }
        }
    }
}

/// Options as letters: `-euf`.
pub(super) fn letters(shell: &mut Shell, option: &str) {
    for (letter, name) in [('a', "allexport"), ('f', "noglob")] {
        if option.contains(letter) {
            shell.set_option(name, option.starts_with('-'));
        }
    }
}

/// `-o`, `+o` and `-euo`: the next word is the name of an option.
fn is_named_option(word: &Word) -> bool {
    word.text().is_some_and(|it| it.starts_with(['-', '+']) && it.ends_with('o'))
}

/// `shopt -s names`, `shopt -u names`, and `shopt -o` for those of `set -o`.
pub(super) fn shopt(shell: &mut Shell, rest: &[Word]) -> Status {
    let texts: Vec<String> = rest.iter().filter_map(Word::text).collect();
    let has = |letter| texts.iter().any(|it| it.starts_with('-') && it.contains(letter));
    let is_on = match (has('s'), has('u')) {
        (true, false) => true,
        (false, true) => false,
        _ => return Status::Unknown,
    };
    for name in texts.iter().filter(|it| !it.starts_with('-')) {
        shell.set_option(name, is_on);
    }
    Status::Success
}
