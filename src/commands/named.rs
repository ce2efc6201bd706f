//! The variables that the text of a script names: those that it reads from its environment, and those
//! that it sets itself. Here-documents count, which become files that other programs read.

use std::collections::BTreeSet;

/// Most names that are kept: a script has a few.
const NAMES_MAX: usize = 200;

/// Variables that a shell sets itself, whatever its environment says.
///
/// Source: <https://www.gnu.org/software/bash/manual/html_node/Bash-Variables.html>
const OF_SHELLS: &[&str] = &[
    "BASHPID",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_VERSION",
    "EUID",
    "FUNCNAME",
    "IFS",
    "LINENO",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "PIPESTATUS",
    "PPID",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHLVL",
    "UID",
];

/// What texts name.
#[derive(Debug, Default)]
pub(super) struct Named {
    read: BTreeSet<String>,
    assigned: BTreeSet<String>,
}

impl Named {
    /// Adds what a text names.
    pub(super) fn add(&mut self, text: &str) {
        for (at, _) in text.match_indices('$') {
            let rest = text[at + 1..].trim_start_matches('{');
            let name = name_of(rest);
            if !name.is_empty() && self.read.len() < NAMES_MAX {
                self.read.insert(name.to_owned());
            }
        }
        // `for NAME in` and `read NAME`
        for word in ["for ", "read "] {
            for (at, _) in text.match_indices(word) {
                let name = name_of(text[at + word.len()..].trim_start());
                let is_command = text[..at].chars().next_back().is_none_or(is_between);
                if is_command && !name.is_empty() && self.assigned.len() < NAMES_MAX {
                    self.assigned.insert(name.to_owned());
                }
            }
        }
        for (at, _) in text.match_indices('=') {
            if self.assigned.len() == NAMES_MAX {
                break;
            }
            let before = &text[..at];
            let rest = before.trim_end_matches(is_inside);
            let name = &before[rest.len()..];
            // `let "N=1"` and `declare "N=1"`
            let is_start = rest.chars().next_back().is_none_or(|it| is_between(it) || it == '"');
            if name.is_empty() || name_of(name) != name || !is_start {
                continue;
            }
            // `PORT="${PORT:-8000}"` reads what it sets.
            let value = text[at + 1..].split(is_between).next().unwrap_or_default();
            let is_own =
                value.contains(&format!("${name}")) || value.contains(&format!("${{{name}"));
            if !is_own {
                self.assigned.insert(name.to_owned());
            }
        }
    }

    /// The variables that are read and set nowhere.
    pub(super) fn reads(self) -> BTreeSet<String> {
        let outside = self.read.difference(&self.assigned);
        outside.filter(|it| !OF_SHELLS.contains(&it.as_str())).cloned().collect()
    }
}

fn is_inside(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

/// Whether a character may stand between two words or commands.
fn is_between(it: char) -> bool {
    it.is_whitespace() || ";&|()".contains(it)
}

/// The name that a text begins with; empty where it begins with none.
fn name_of(text: &str) -> &str {
    let end = text.find(|it| !is_inside(it)).unwrap_or(text.len());
    let name = &text[..end];
    if name.starts_with(|it: char| it.is_ascii_digit()) { "" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let mut named = Named::default();
        named.add(text);
        let reads: Vec<String> = named.reads().into_iter().collect();
        assert_eq!(reads, expect, "{text}");
    }

    #[test]
    fn what_a_text_reads_and_does_not_set_comes_from_outside() {
        check("echo \"port = $PORT\" > a.toml", &["PORT"]);
        check("cat > a.toml <<EOF\nport = ${PORT:-1}\nEOF\n", &["PORT"]);
        check("export PORT=8000 && a --port $PORT", &[]);
        check("PORT=${PORT:-8000}\na --port=$PORT $1 $$", &["PORT"]);
        check("a --set=PORT $HOST", &["HOST"]);
        check("for it in a b; do run $it; done", &[]);
        check("let \"W=2+2\"; while read -r line; do run $W $line; done", &["line"]);
        check("cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && run $UID $RELAY", &["RELAY"]);
        check("$", &[]);
        check("é=$PORT ü", &["PORT"]);
    }
}
