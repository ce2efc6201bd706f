//! What dash makes of commands that only bash has.
//!
//! Seen with dash 0.5.12, which Debian 12 and Ubuntu 24.04 have as `sh`.

use crate::launch::Word;
use crate::parse::shell::{Command, CommandKind, LoopHead, Part, PartKind, Simple};

/// Builtins of bash that dash takes for programs, which are not there.
const MISSING: [&str; 20] = [
    "bind",
    "builtin",
    "caller",
    "compgen",
    "complete",
    "compopt",
    "declare",
    "dirs",
    "disown",
    "enable",
    "help",
    "history",
    "let",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "source",
    "typeset",
];

/// Whether a builtin fails, and changes nothing.
pub(super) fn fails(name: &str, operands: &[Word]) -> bool {
    let text = |idx: usize| operands.get(idx).and_then(Word::text);
    match name {
        "printf" => text(0).as_deref() == Some("-v"),
        // `[ "$X" == a ]` and `[ -v X ]`: an operator that is not known.
        "test" | "[" => {
            let operands = operands.iter().filter_map(Word::text);
            let operands: Vec<String> = operands.filter(|it| it != "]" && it != "!").collect();
            match operands.as_slice() {
                [operator, _] => operator == "-v",
                [_, operator, _] => operator == "==",
                _ => false,
            }
        }
        name => MISSING.contains(&name),
    }
}

/// Whether an assignment is the name of a program to dash, which is not there: `X+=1`.
pub(super) fn has_strange_assignment(simple: &Simple) -> bool {
    simple.assignments.iter().any(|it| it.append || it.index.is_some())
}

/// What dash does not read, so that it ends: arrays, `for ((…))` and `<(…)`.
pub(super) fn unreadable(command: &Command) -> Option<&'static str> {
    let is_process = |it: &Part| matches!(it.kind, PartKind::Process(_));
    match &command.kind {
        CommandKind::Simple(simple) => {
            let mut assignments = simple.assignments.iter().chain(&simple.arrays);
            if assignments.any(|it| it.elements.is_some()) {
                return Some("arrays");
            }
            let mut parts = simple.words.iter().flat_map(|it| &it.parts);
            parts.any(is_process).then_some("`<(…)`")
        }
        CommandKind::Loop { head: LoopHead::Arithmetic(_), .. } => Some("`for ((…))`"),
        _ => None,
    }
}
