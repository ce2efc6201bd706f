//! Names of signals, as programs that start others take them: `SIGTERM`, `term`, `15`.

/// The signals of Linux by their numbers, from 1. Source: signal(7), x86 and ARM.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// The whole name of a signal, `SIGTERM`, of a name in any case with or without `SIG`, or of a number.
/// `None` for what is none.
///
/// Sources: moby `pkg/signal`, `ParseSignal`; supervisor `datatypes.py`, `signal_number`.
pub(crate) fn named(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let name = match text.parse::<usize>() {
        Ok(number) => NAMES.get(number.checked_sub(1)?)?,
        Err(_) => text.strip_prefix("SIG").unwrap_or(&text),
    };
    let is_real_time = name.starts_with("RTMIN") || name.starts_with("RTMAX");
    (NAMES.contains(&name) || is_real_time).then(|| format!("SIG{name}"))
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
