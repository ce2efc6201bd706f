//! How many processes and deployments of one project are worked out, and how long commands are.
//!
//! A file of 8 MB has room for hundreds of thousands.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Text;
use crate::draft::{Command, DeploymentDraft, ImageCommand, PROCESSES_MAX};
use crate::fact::Unknown;
use crate::source::{FileId, Span};

/// Deployments of one project that are worked out.
const DEPLOYMENTS_MAX: usize = 1_000;

/// The longest command, in bytes. Linux starts no program with a longer argument, which a command
/// for a shell is.
///
/// Source: `MAX_ARG_STRLEN` in include/uapi/linux/binfmts.h, 32 pages; execve(2)
const COMMAND_MAX: usize = 128 * 1024;

/// What is left for one project.
#[derive(Debug)]
pub(super) struct Bounds {
    processes: usize,
    deployments: usize,
    /// Whether whole manifests are left out.
    has_left_out: bool,
}

impl Bounds {
    /// All of it.
    pub(super) fn new() -> Self {
        Self { processes: PROCESSES_MAX, deployments: DEPLOYMENTS_MAX, has_left_out: false }
    }

    /// Whether there is no room for anything that a further manifest may have. Then it need not be
    /// lowered, and the first one is a problem: none of them is judged.
    pub(super) fn leaves_out(&mut self, acc: &mut Vec<Diagnostic>, file: FileId) -> bool {
        let is_full = self.processes == 0;
        if is_full && !std::mem::replace(&mut self.has_left_out, true) {
            let text = "no process of this file and of those behind it is checked";
            let label = Label::new(Span::start_of(file), text);
            let message = format!("opslint reads the first {PROCESSES_MAX} processes of a project");
            acc.push(problem(message, label));
        }
        is_full
    }

    /// The part of a draft that there is room for. What is left out is a problem: it is not judged.
    pub(super) fn cut(
        &mut self,
        acc: &mut Vec<Diagnostic>,
        mut draft: DeploymentDraft,
    ) -> Option<DeploymentDraft> {
        if self.deployments == 0 {
            return None;
        }
        self.deployments -= 1;
        if self.deployments == 0 {
            let message = format!("opslint reads the first {DEPLOYMENTS_MAX} deployments");
            acc.push(problem(message, Label::new(draft.span, "and nothing behind this one")));
        }
        if draft.processes.len() > self.processes
            && let Some(first) = draft.processes.get(self.processes)
        {
            let label = Label::new(first.span, "this one and those behind it are not checked");
            let message = format!("opslint reads the first {PROCESSES_MAX} processes of a project");
            acc.push(problem(message, label));
            draft.processes.truncate(self.processes);
        }
        self.processes -= draft.processes.len();
        for process in &mut draft.processes {
            if len(&process.command) > COMMAND_MAX {
                let message = format!("the command is longer than {} kB", COMMAND_MAX / 1_024);
                let label = Label::new(process.span, "no system starts this process");
                let help = "write what it does into a script";
                acc.push(problem(message.clone(), label).with_help(help));
                process.command = Command::Unknown(Unknown::because(message));
            }
        }
        Some(draft)
    }
}

/// Bytes of all words of a command.
fn len(command: &Command) -> usize {
    let of_words = |words: &[Text]| words.iter().map(|it| it.value.len() + 1).sum::<usize>();
    match command {
        Command::Shell(text) | Command::Exec(text) => text.value.len(),
        Command::Words { words, .. } => of_words(words),
        Command::Image(image) => {
            let ImageCommand { entrypoint, entry_of_base, command, .. } = image.as_ref();
            of_words(entrypoint) + of_words(entry_of_base) + len(command)
        }
        Command::None | Command::Unknown(_) => 0,
    }
}

fn problem(message: String, label: Label) -> Diagnostic {
    Diagnostic::new("unreadable-file", Severity::Error, message, label)
        .with_help("split the file, or check its parts on their own")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{Command, ProcessDraft};
    use crate::project::{Environment, Facts};
    use crate::source::{SourceMap, Spanned};

    fn draft(processes: usize) -> DeploymentDraft {
        let span = Span::start_of(SourceMap::new().add("Procfile", ""));
        let process = |idx: usize| ProcessDraft {
            name: Spanned::new(format!("p{idx}"), span),
            span,
            command: Command::None,
            folder: String::new(),
            environment: Environment::new(),
            facts: Facts::default(),
        };
        let processes = (0..processes).map(process).collect();
        DeploymentDraft { name: String::new(), span, facts: Facts::default(), processes }
    }

    #[test]
    fn the_processes_of_all_deployments_count_and_what_is_left_out_is_said() {
        let (mut bounds, mut said) = (Bounds::new(), Vec::new());
        let mut cut = |processes| {
            let kept = bounds.cut(&mut said, draft(processes)).map(|it| it.processes.len());
            (kept, said.len())
        };
        assert_eq!(cut(PROCESSES_MAX - 10), (Some(PROCESSES_MAX - 10), 0));
        assert_eq!(cut(10), (Some(10), 0));
        assert_eq!(cut(1), (Some(0), 1));
        let file = SourceMap::new().add("Procfile", "");
        assert!(bounds.leaves_out(&mut said, file) && bounds.leaves_out(&mut said, file));
        assert!(!Bounds::new().leaves_out(&mut said, file));
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn a_command_that_no_system_starts_is_not_read() {
        let span = Span::start_of(SourceMap::new().add("Procfile", ""));
        let kept = |len: usize| {
            let (mut said, mut draft) = (Vec::new(), draft(1));
            draft.processes[0].command =
                Command::Shell(Text::new("a".repeat(len), span, Vec::new()));
            let kept = Bounds::new().cut(&mut said, draft).expect("room");
            (matches!(kept.processes[0].command, Command::Shell(_)), said.len())
        };
        assert_eq!(kept(COMMAND_MAX), (true, 0));
        assert_eq!(kept(COMMAND_MAX + 1), (false, 1));
    }

    #[test]
    fn deployments_are_bounded_too() {
        let (mut bounds, mut said) = (Bounds::new(), Vec::new());
        let kept = (0..=DEPLOYMENTS_MAX).filter_map(|_| bounds.cut(&mut said, draft(0))).count();
        assert_eq!((kept, said.len()), (DEPLOYMENTS_MAX, 1));
    }
}
