//! What `break`, `continue`, `return` and `exit` end.
//!
//! The state at such a command is that of the shell behind the loop, function or file that it
//! leaves. Where a condition decides about it, that is one of the ways to get there: [`Run`] keeps
//! these states, and joins them with what holds at the end.

use std::rc::Rc;

use super::Dialect;
use super::builtins::number;
use super::code::Code;
use super::flow::{Flow, Place, Status};
use super::run::Run;
use super::shell::Shell;
use crate::fact::Fact;
use crate::launch::Word;

/// Something that a command may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    Loop,
    Function,
    /// A file that the shell reads with `.`.
    Sourced,
    /// A copy of the shell: `( … )`, and each command of a pipeline.
    Subshell,
    /// Another shell.
    Process,
}

/// Something that is being run, and how it was left until now.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    kind: FrameKind,
    /// How many functions run around it.
    scopes: usize,
    left: Option<Left>,
}

/// The state in which something was left, and its status.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub(super) shell: Shell,
    pub(super) status: Status,
}

impl Run<'_, '_> {
    /// Runs `inner` as something that may be left, and how it was.
    pub(super) fn framed(
        &mut self,
        kind: FrameKind,
        shell: &mut Shell,
        inner: impl FnOnce(&mut Self, &mut Shell) -> Flow,
    ) -> (Flow, Option<Left>) {
        self.frames.push(Frame { kind, scopes: shell.scope_count(), left: None });
        let flow = inner(self, shell);
        let left = self.frames.pop().and_then(|it| it.left);
        (flow, left)
    }

    /// Runs a function or a file in this shell: behind it, the shell goes on in whatever state it
    /// was left.
    pub(super) fn returning(
        &mut self,
        kind: FrameKind,
        shell: &mut Shell,
        inner: impl FnOnce(&mut Self, &mut Shell) -> Flow,
    ) -> Flow {
        match self.framed(kind, shell, inner) {
            (flow, None) => flow,
            (Flow::Next(status), Some(left)) => {
                *shell = shell.clone().join(&left.shell);
                Flow::Next(status.or(left.status))
            }
            // A loop around a sourced file may be left, too.
            (Flow::Leave | Flow::Exit, Some(left)) => {
                *shell = left.shell;
                Flow::Next(left.status)
            }
        }
    }

    /// Runs commands in a copy of the shell, and how it ends.
    pub(super) fn subshell(
        &mut self,
        fork: &mut Shell,
        inner: impl FnOnce(&mut Self, &mut Shell) -> Flow,
    ) -> Status {
        let (flow, left) = self.framed(FrameKind::Subshell, fork, inner);
        ended(flow, left.as_ref())
    }

    /// Runs a text of commands in another shell, and how it ends for the one that waits for it. Like
    /// every program it is taken to succeed, unless it fails whatever happens.
    pub(super) fn process(&mut self, shell: &mut Shell, code: &Rc<Code>, place: Place) -> Flow {
        let inner =
            |run: &mut Self, shell: &mut Shell| run.deeper(|it| it.code(shell, code, place));
        let (flow, left) = self.framed(FrameKind::Process, shell, inner);
        Flow::Next(match (ended(flow, left.as_ref()), flow, &left) {
            _ if place == Place::Condition => Status::Unknown,
            (Status::Failure, ..) => Status::Failure,
            (status, Flow::Next(_), None) => status,
            _ => Status::Success,
        })
    }

    /// `break` and `continue`, perhaps of several loops at once.
    pub(super) fn leave_loop(&mut self, shell: &Shell, rest: &[Word]) -> Flow {
        let count = rest.first().map_or(Some(1), number).unwrap_or(1).max(1);
        let mut target = None;
        let mut found = 0;
        for (idx, frame) in self.frames.iter().enumerate().rev() {
            match frame.kind {
                FrameKind::Loop => {
                    target = Some(idx);
                    found += 1;
                }
                FrameKind::Sourced => {}
                // A copy of the shell ends where it would leave a loop around it.
                FrameKind::Subshell if target.is_none() && self.is_in_loop(idx) => {
                    self.note(idx, shell, Status::Success);
                    return Flow::Exit;
                }
                FrameKind::Function | FrameKind::Subshell | FrameKind::Process => break,
            }
            if found == count {
                break;
            }
        }
        // Outside of a loop, shells go on.
        let Some(idx) = target else { return Flow::Next(Status::Success) };
        self.note(idx, shell, Status::Success);
        Flow::Leave
    }

    /// Whether a loop runs around a frame, in the same function.
    fn is_in_loop(&self, idx: usize) -> bool {
        let around = self.frames[..idx].iter().rev();
        let mut kinds = around.map(|it| it.kind);
        kinds.find(|it| !matches!(it, FrameKind::Sourced | FrameKind::Subshell))
            == Some(FrameKind::Loop)
    }

    /// `return`.
    pub(super) fn leave_function(&mut self, shell: &Shell, status: Status) -> Flow {
        let is_end = |it: &Frame| it.kind != FrameKind::Loop;
        let idx = self.frames.iter().rposition(is_end);
        match idx.map(|it| self.frames[it].kind) {
            Some(FrameKind::Function | FrameKind::Sourced) => {
                self.note(idx.unwrap_or_default(), shell, status);
                Flow::Leave
            }
            // bash complains, and goes on.
            Some(FrameKind::Process) | None if shell.dialect == Dialect::Bash => {
                Flow::Next(Status::Failure)
            }
            // In a copy of the shell it ends that.
            _ => self.exit(shell, status),
        }
    }

    /// The shell ends, or becomes a program with this status.
    pub(super) fn exit(&mut self, shell: &Shell, status: Status) -> Flow {
        let is_shell = |it: &Frame| matches!(it.kind, FrameKind::Subshell | FrameKind::Process);
        if let Some(idx) = self.frames.iter().rposition(is_shell) {
            self.note(idx, shell, status);
        }
        Flow::Exit
    }

    /// Keeps the state in which a frame is left.
    fn note(&mut self, idx: usize, shell: &Shell, status: Status) {
        let mut shell = shell.clone();
        let frame = &mut self.frames[idx];
        while shell.scope_count() > frame.scopes {
            shell.leave_function();
        }
        frame.left = Some(match frame.left.take() {
            None => Left { shell, status },
            Some(before) => {
                Left { shell: before.shell.join(&shell), status: before.status.or(status) }
            }
        });
    }

    /// Notes that the state in which something was left rests on an assumption.
    pub(super) fn left_rests_on(&mut self, name: &str, assumed: &Fact) {
        if let Some(left) = self.frames.last_mut().and_then(|it| it.left.as_mut()) {
            left.shell.rests_on(name, assumed);
        }
    }

    /// How many of the frames around may have been left already.
    pub(super) fn left_count(&self) -> usize {
        self.frames.iter().filter(|it| it.left.is_some()).count()
    }
}

/// How a shell ends whose commands end so and that may have been left before.
fn ended(flow: Flow, left: Option<&Left>) -> Status {
    match (flow, left) {
        (Flow::Next(status), None) => status,
        (Flow::Next(status), Some(left)) => status.or(left.status),
        (Flow::Leave | Flow::Exit, Some(left)) => left.status,
        (Flow::Leave | Flow::Exit, None) => Status::Unknown,
    }
}
