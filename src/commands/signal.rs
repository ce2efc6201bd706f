//! Names of signals, as programs that start others take them: `SIGTERM`, `term`, `15`.

use crate::fact::{Fact, State, Value};

/// The signals of Linux by their numbers, from 1. Source: signal(7), x86 and ARM.
const NAMES: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// The whole name of a signal, `SIGTERM`, of a name in any case with or without `SIG`, or of a number.
/// `None` for what is none, and for those of real time.
///
/// Sources: moby `pkg/signal`, `ParseSignal`; supervisor `datatypes.py`, `signal_number`.
pub(super) fn numbered(text: &str) -> Option<&'static str> {
    let text = text.trim().to_ascii_uppercase();
    match text.parse::<usize>() {
        Ok(number) => NAMES.get(number.checked_sub(1)?).copied(),
        Err(_) => {
            let name = text.strip_prefix("SIG").unwrap_or(&text);
            NAMES.into_iter().find(|it| it.strip_prefix("SIG") == Some(name))
        }
    }
}

/// The same of any signal.
pub(crate) fn named(text: &str) -> Option<String> {
    let of_real_time = || {
        let text = text.trim().to_ascii_uppercase();
        let name = text.strip_prefix("SIG").unwrap_or(&text);
        ["RTMIN", "RTMAX"].iter().any(|it| name.starts_with(it)).then(|| format!("SIG{name}"))
    };
    numbered(text).map(str::to_owned).or_else(of_real_time)
}

/// A fact that is the text of a signal, with its whole name.
pub(crate) fn whole(fact: Fact) -> Fact {
    match fact.text().and_then(named) {
        Some(name) => Fact { state: State::Known(Value::Text(name)), ..fact },
        None => fact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_signals() {
        for (text, expect) in [
            ("SIGTERM", Some("SIGTERM")),
            ("term", Some("SIGTERM")),
            ("15", Some("SIGTERM")),
            (" Quit ", Some("SIGQUIT")),
            ("2", Some("SIGINT")),
            ("31", Some("SIGSYS")),
            ("SIGRTMIN+3", Some("SIGRTMIN+3")),
            ("0", None),
            ("32", None),
            ("", None),
            ("NOPE", None),
            ("$SIGNAL", None),
        ] {
            assert_eq!(named(text).as_deref(), expect, "{text:?}");
        }
    }
}
