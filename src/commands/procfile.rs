//! Procfile runners inside a command: `honcho start -f Procfile.workers`.

use std::ops::Range;
use std::rc::Rc;

use super::code::Code;
use super::run::{Flow, Place, Run, Script, Status};
use super::shell::Shell;
use crate::document::Text;
use crate::fact::Unknown;
use crate::launch::Word;
use crate::source::Span;
use crate::workspace::Opened;

/// A program that starts the processes of a Procfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runner {
    /// Its name, as in `honcho start`.
    pub name: &'static str,
    /// The signal that its programs get, whichever it gets itself; `None` where that is not known.
    pub stop_signal: Option<&'static str>,
}

/// Sources: honcho 2.0.0, `honcho/manager.py` and `honcho/compat.py` (`killpg` with SIGTERM);
/// foreman 0.87.2, `lib/foreman/engine.rb` (`terminate_gracefully`).
const RUNNERS: [Runner; 6] = [
    Runner { name: "honcho", stop_signal: Some("SIGTERM") },
    Runner { name: "foreman", stop_signal: Some("SIGTERM") },
    Runner { name: "forego", stop_signal: None },
    Runner { name: "overmind", stop_signal: None },
    Runner { name: "hivemind", stop_signal: None },
    Runner { name: "goreman", stop_signal: None },
];

/// Options that take the next word.
const VALUED: [&str; 18] = [
    "-f",
    "--procfile",
    "-e",
    "--env",
    "-d",
    "--app-root",
    "-p",
    "--port",
    "-c",
    "--concurrency",
    "-m",
    "--formation",
    "-l",
    "--processes",
    "-t",
    "--timeout",
    "-q",
    "--quiet",
];

impl Run<'_, '_> {
    /// The program of this name, where the words start the processes of a Procfile.
    pub(super) fn procfile_runner(words: &[Word], name: &str) -> Option<Runner> {
        let runner = RUNNERS.into_iter().find(|it| it.name == name)?;
        (name == "hivemind" || Arguments::read(words).operands_start()).then_some(runner)
    }

    /// Starts the processes of a Procfile side by side. The one named `web`, or the only one, is
    /// what stays in the foreground.
    pub(super) fn procfile(
        &mut self,
        shell: &Shell,
        (words, runner): (&[Word], Runner),
        place: Place,
    ) -> Flow {
        let mut arguments = Arguments::read(words);
        if arguments.operands_start() {
            arguments.operands.remove(0);
        } else if !arguments.operands.is_empty() {
            arguments.procfile = arguments.operands.remove(0);
        }
        let path = shell.project_path(self.workspace, &arguments.procfile);
        let opened = path.map_or(Opened::Missing, |it| self.workspace.try_open(&it));
        let file = match opened {
            Opened::File(file) if !self.scripts.contains(&Script::File(file)) => file,
            opened => {
                let name = &arguments.procfile;
                self.uncertain(match opened {
                    Opened::Unknown(unknown) => unknown,
                    Opened::File(_) => {
                        Unknown::because(format!("a process of `{name}` starts `{name}` again"))
                    }
                    Opened::Missing => Unknown::because(format!("`{name}` is not in the project")),
                });
                return Flow::Next(Status::Unknown);
            }
        };
        let text = self.workspace.sources.file(file).shared_text();
        let entries = self.workspace.of_text(file, entries);
        let named = entries.0.iter().map(|(name, start)| (&text[name.clone()], *start));
        let entries: Vec<(&str, usize)> =
            named.filter(|(name, _)| arguments.starts(name)).collect();
        self.scripts.push(Script::File(file));
        let before = self.runner.replace(runner);
        for (name, start) in &entries {
            // A Procfile of thousands of processes: none of the others is followed.
            if self.is_spent() {
                break;
            }
            let stays = entries.len() == 1 || *name == "web";
            let place = if stays { place } else { Place::Background };
            let line = text[*start..].lines().next().unwrap_or_default();
            let span = Span::new(file, *start, start + line.len());
            let text = Text::verbatim(line, span, *start);
            let code = Rc::new(Code::verbatim(text, None));
            let mut shell = shell.clone();
            self.deeper(|it| it.code(&mut shell, &code, place));
        }
        self.runner = before;
        self.scripts.pop();
        Flow::Next(Status::Success)
    }
}

/// What a runner is told.
struct Arguments {
    procfile: String,
    /// The subcommand, then names of processes.
    operands: Vec<String>,
}

impl Arguments {
    fn read(words: &[Word]) -> Self {
        let mut arguments = Self { procfile: "Procfile".to_owned(), operands: Vec::new() };
        let texts: Vec<String> = words[1..].iter().filter_map(Word::text).collect();
        let mut texts = texts.into_iter();
        while let Some(text) = texts.next() {
            let (option, value) = match text.split_once('=') {
                Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
                None => (text.clone(), None),
            };
            if !text.starts_with('-') {
                arguments.operands.push(text);
                continue;
            }
            let value = match value {
                None if VALUED.contains(&option.as_str()) => texts.next(),
                value => value,
            };
            match (option.as_str(), value) {
                ("-f" | "--procfile", Some(value)) => arguments.procfile = value,
                ("-l" | "--processes", Some(value)) => {
                    arguments.operands.extend(value.split(',').map(str::to_owned));
                }
                _ => {}
            }
        }
        arguments
    }

    fn operands_start(&self) -> bool {
        self.operands.first().is_some_and(|it| matches!(it.as_str(), "start" | "s"))
    }

    fn starts(&self, name: &str) -> bool {
        self.operands.is_empty() || self.operands.iter().any(|it| it == name)
    }
}

/// The places of the names of processes, and the offset of each command.
struct Entries(Vec<(Range<usize>, usize)>);

/// The processes of a Procfile.
///
/// honcho and foreman read lines that match `^([A-Za-z0-9_-]+):\s*(.+)$` and skip all others.
fn entries(text: &str) -> Entries {
    let mut acc = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let Some((name, command)) = line.split_once(':') else { continue };
        let is_name = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
        let blank = command.len() - command.trim_start().len();
        if !name.is_empty() && name.bytes().all(is_name) && !command.trim().is_empty() {
            acc.push((start..start + name.len(), start + name.len() + 1 + blank));
        }
    }
    Entries(acc)
}
