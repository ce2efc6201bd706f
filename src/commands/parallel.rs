//! Runners of several commands at once or in turn: concurrently, and npm-run-all with `run-p` and
//! `run-s`.
//!
//! Sources: <https://github.com/open-cli-tools/concurrently/blob/main/docs/cli/shortcuts.md> (9.2.1),
//! <https://github.com/mysticatea/npm-run-all/blob/master/docs/npm-run-all.md> (4.1.5)

use super::run::{Flow, Place, Run, Status};
use super::start::Start;
use crate::fact::Unknown;
use crate::launch::Word;

/// Options of concurrently that take the next word (`concurrently --help`).
const CONCURRENTLY_VALUED: &[&str] = &[
    "-m",
    "--max-processes",
    "-n",
    "--names",
    "--name-separator",
    "-s",
    "--success",
    "--hide",
    "-p",
    "--prefix",
    "-c",
    "--prefix-colors",
    "-l",
    "--prefix-length",
    "-t",
    "--timestamp-format",
    "--restart-tries",
    "--restart-after",
    "--default-input-target",
    "--kill-signal",
    "--ks",
    "--teardown",
];

/// Managers whose scripts concurrently starts by a short name: `npm:start`.
const MANAGERS: &[&str] = &["npm", "yarn", "pnpm", "bun", "node"];

/// Options of npm-run-all that take the next word; those with `=` stand in one.
const RUN_ALL_VALUED: &[&str] = &["--max-parallel", "--npm-path"];

/// What a runner starts.
enum Part {
    /// Text for a shell.
    Text(Word),
    /// A script of package.json with words for it, and the manager that starts it.
    Script { manager: &'static str, name: String, words: Vec<Word>, place: Word },
}

impl Run<'_, '_> {
    /// Starts what a runner is told to start. `None` when the program is none.
    pub(super) fn parallel(&mut self, start: &Start, name: &str) -> Option<Flow> {
        let groups = match name {
            "concurrently" | "conc" => vec![(true, self.of_concurrently(start))],
            "run-p" => vec![(true, self.of_run_all(start, &start.words[1..]))],
            "run-s" => vec![(false, self.of_run_all(start, &start.words[1..]))],
            "npm-run-all" => self.groups(start),
            _ => return None,
        };
        let mut flow = Flow::Next(Status::Success);
        for (at_once, parts) in groups {
            let Some(parts) = parts else {
                let reason = format!("what `{name}` starts is not written out");
                self.uncertain(Unknown::because(reason));
                return Some(Flow::Next(Status::Unknown));
            };
            flow = if at_once { self.at_once(start, parts) } else { self.in_turn(start, parts) };
            if !matches!(flow, Flow::Next(Status::Success | Status::Unknown)) {
                break;
            }
        }
        Some(flow)
    }

    /// Starts all, and waits for each. One alone is what is waited for.
    fn at_once(&mut self, start: &Start, parts: Vec<Part>) -> Flow {
        if parts.len() == 1 {
            return self.in_turn(start, parts);
        }
        let place = match start.place {
            Place::Foreground | Place::Background => Place::Background,
            _ => Place::MaybeBackground,
        };
        for part in parts {
            self.managed += 1;
            self.part(start, part, place);
            self.managed -= 1;
        }
        if !start.place.is_background() {
            self.waits.get_or_insert(self.found.len());
        }
        Flow::Next(Status::Success)
    }

    fn in_turn(&mut self, start: &Start, parts: Vec<Part>) -> Flow {
        let mut flow = Flow::Next(Status::Success);
        for part in parts {
            flow = self.part(start, part, start.place);
            if !matches!(flow, Flow::Next(Status::Success | Status::Unknown)) {
                break;
            }
        }
        flow
    }

    fn part(&mut self, start: &Start, part: Part, place: Place) -> Flow {
        let environment = start.environment.clone();
        let shell = start.shell.child(environment.clone(), Vec::new());
        let words = match part {
            Part::Text(text) => {
                let words = start.words.clone();
                let mut start = Start { words, environment, shell, place, replaces_shell: false };
                start.shell.dialect = start.shell.sh;
                return self.script_text(&start, &text, Vec::new());
            }
            Part::Script { manager, name, words, place } => {
                let run = if manager == "node" { "--run" } else { "run" };
                let mut all = vec![literal(manager, &place), literal(run, &place)];
                all.push(literal(&name, &place));
                if manager == "npm" && !words.is_empty() {
                    all.push(literal("--", &place));
                }
                all.extend(words);
                all
            }
        };
        self.program(&shell, words, environment, place, false)
    }

    /// The commands of concurrently. `None` where a word is not known.
    fn of_concurrently(&mut self, start: &Start) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut words = start.words[1..].iter();
        while let Some(word) = words.next() {
            let text = word.text()?;
            match text.as_str() {
                // What stands behind is for the commands.
                "--" => return None,
                "-P" | "--passthrough-arguments" => return None,
                it if CONCURRENTLY_VALUED.contains(&it) => drop(words.next()),
                it if it.starts_with('-') => {}
                it => match MANAGERS
                    .iter()
                    .find(|name| it.strip_prefix(*name).is_some_and(|rest| rest.starts_with(':')))
                {
                    None => parts.push(Part::Text(word.clone())),
                    Some(manager) => {
                        let script = &it[manager.len() + 1..];
                        self.scripts_of(start, manager, script, word, &mut parts)?;
                    }
                },
            }
        }
        (!parts.is_empty()).then_some(parts)
    }

    /// The groups of npm-run-all: `-p` and `-s` begin one.
    fn groups(&mut self, start: &Start) -> Vec<(bool, Option<Vec<Part>>)> {
        let words = &start.words[1..];
        let mut groups = Vec::new();
        let (mut at_once, mut from) = (false, 0);
        for (idx, word) in words.iter().enumerate() {
            let next = match word.text().as_deref() {
                Some("-p" | "--parallel") => true,
                Some("-s" | "--sequential" | "--serial") => false,
                _ => continue,
            };
            groups.push((at_once, from..idx));
            (at_once, from) = (next, idx + 1);
        }
        groups.push((at_once, from..words.len()));
        let filled = groups.into_iter().filter(|it| !it.1.is_empty());
        filled.map(|(at_once, range)| (at_once, self.of_run_all(start, &words[range]))).collect()
    }

    /// The scripts that npm-run-all is told to start. `None` where they are not known.
    fn of_run_all(&mut self, start: &Start, words: &[Word]) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.text()?;
            match text.as_str() {
                // `{1}` in a script stands for a word behind.
                "--" => return None,
                it if RUN_ALL_VALUED.contains(&it) => drop(words.next()),
                it if it.starts_with('-') => {}
                it if it.contains('{') => return None,
                it => self.scripts_of(start, "npm", it, word, &mut parts)?,
            }
        }
        Some(parts)
    }

    /// The scripts that a pattern names, with words that stand behind it: `start:*`, `build -- -w`.
    fn scripts_of(
        &mut self,
        start: &Start,
        manager: &'static str,
        text: &str,
        place: &Word,
        acc: &mut Vec<Part>,
    ) -> Option<()> {
        let (pattern, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim_start().strip_prefix("-- ").unwrap_or(rest);
        let is_open = |it: &str| it.contains(['"', '\'', '$', '`', '\\', '!']);
        // Each `**` may be any number of parts; nobody writes several.
        if is_open(rest) || is_open(pattern) || pattern.matches("**").count() > 1 {
            return None;
        }
        let words: Vec<Word> = rest.split_whitespace().map(|it| literal(it, place)).collect();
        let names = match pattern.contains('*') {
            false => vec![pattern.to_owned()],
            true => {
                let mut names = self.script_names(start)?;
                names.retain(|it| matches(pattern, it));
                names
            }
        };
        if names.is_empty() {
            return None;
        }
        acc.extend(names.into_iter().map(|name| Part::Script {
            manager,
            name,
            words: words.clone(),
            place: place.clone(),
        }));
        Some(())
    }
}

fn literal(text: &str, place: &Word) -> Word {
    Word::literal(text, place.span)
}

/// Whether a name is one of a pattern: `*` is a part between colons, `**` any number of parts.
fn matches(pattern: &str, name: &str) -> bool {
    fn parts(pattern: &[&str], name: &[&str]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (["**", rest @ ..], _) => (0..=name.len()).any(|skipped| parts(rest, &name[skipped..])),
            ([first, rest @ ..], [own, others @ ..]) => {
                crate::glob::matches(first, own) && parts(rest, others)
            }
            _ => false,
        }
    }
    let pattern: Vec<&str> = pattern.split(':').collect();
    let name: Vec<&str> = name.split(':').collect();
    parts(&pattern, &name)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_one_part_of_a_name() {
        for (pattern, name, expect) in [
            ("start:*", "start:web", true),
            ("start:*", "start:web:debug", false),
            ("start:**", "start:web:debug", true),
            ("start:*", "start", false),
            ("*:web", "start:web", true),
            ("start:w*", "start:web", true),
        ] {
            assert_eq!(matches(pattern, name), expect, "{pattern} {name}");
        }
    }
}
