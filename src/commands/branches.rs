//! Commands of which a condition decides whether they run: `if`, `case` and loops.

use std::rc::Rc;

use super::condition;
use super::expand::Expander;
use super::run::{Flow, Place, Run, Status, maybe};
use super::shell::{Code, Shell};
use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::parse::shell::{self, Arm, Item};

impl Run<'_, '_> {
    pub(super) fn branches(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        branches: &[(Vec<Item>, Vec<Item>)],
        otherwise: &[Item],
        place: Place,
    ) -> Flow {
        let Some(((condition, body), rest)) = branches.split_first() else {
            return self.items(shell, code, otherwise, place);
        };
        let status = match self.items(shell, code, condition, Place::Condition) {
            Flow::Next(status) => status,
            flow => return flow,
        };
        match status {
            Status::Success => self.items(shell, code, body, place),
            Status::Failure => self.branches(shell, code, rest, otherwise, place),
            Status::Unknown => {
                let place = maybe(place);
                let mut other = shell.clone();
                let taken = self.items(shell, code, body, place);
                let skipped = self.branches(&mut other, code, rest, otherwise, place);
                rejoin(shell, taken, other, skipped)
            }
        }
    }

    pub(super) fn repeated(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        variable: Option<&str>,
        body: &[Item],
        place: Place,
    ) -> Flow {
        let mut fork = shell.clone();
        if let Some(name) = variable {
            let reason = format!("`${name}` changes with each round of a loop");
            let origin = Origin::new(OriginKind::Env, "a loop in the command");
            fork.assign(name, Fact::unknown(Unknown::because(reason), origin));
        }
        let before = fork.clone();
        let flow = self.items(&mut fork, code, body, maybe(place));
        rejoin(&mut fork, flow, before, Flow::Next(Status::Success));
        *shell = fork;
        Flow::Next(Status::Success)
    }

    pub(super) fn case(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        subject: &shell::Word,
        arms: &[Arm],
        place: Place,
    ) -> Flow {
        let subject = condition::certain_text(&self.expander(shell, code).value(subject));
        let mut open = Vec::new();
        for arm in arms {
            match matched(&mut self.expander(shell, code), subject.as_deref(), arm) {
                Some(false) => {}
                Some(true) if open.is_empty() => return self.items(shell, code, &arm.body, place),
                Some(true) => {
                    open.push(arm);
                    return self.one_of(shell, code, &open, None, place);
                }
                None => open.push(arm),
            }
        }
        let skipped = (shell.clone(), Flow::Next(Status::Success));
        self.one_of(shell, code, &open, Some(skipped), place)
    }

    /// Runs each arm as one that may be chosen; `skipped` is what holds when none is.
    fn one_of(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        arms: &[&Arm],
        skipped: Option<(Shell, Flow)>,
        place: Place,
    ) -> Flow {
        let start = shell.clone();
        let mut result = skipped;
        for arm in arms {
            if self.count().is_err() {
                return Flow::Exit;
            }
            let mut fork = start.clone();
            let flow = self.items(&mut fork, code, &arm.body, maybe(place));
            result = Some(match result {
                None => (fork, flow),
                Some((mut joined, before)) => {
                    let flow = rejoin(&mut joined, before, fork, flow);
                    (joined, flow)
                }
            });
        }
        let Some((joined, flow)) = result else { return Flow::Next(Status::Success) };
        *shell = joined;
        flow
    }
}

/// Whether an arm of a `case` matches; `None` when that is not known.
fn matched(expander: &mut Expander<'_>, subject: Option<&str>, arm: &Arm) -> Option<bool> {
    let mut open = false;
    for pattern in &arm.patterns {
        let text = condition::certain_text(&expander.value(pattern));
        if text.as_deref() == Some("*") {
            return if open { None } else { Some(true) };
        }
        match (subject, text) {
            (Some(subject), Some(text)) => match condition::matches(&text, subject) {
                Some(true) => return if open { None } else { Some(true) },
                Some(false) => {}
                None => open = true,
            },
            _ => open = true,
        }
    }
    if open { None } else { Some(false) }
}

/// Continues after two ways of which one was taken.
fn rejoin(shell: &mut Shell, flow: Flow, other: Shell, other_flow: Flow) -> Flow {
    match (flow, other_flow) {
        (Flow::Next(_), Flow::Next(_)) => {
            *shell = shell.clone().join(&other);
            Flow::Next(Status::Unknown)
        }
        (Flow::Next(_), _) => Flow::Next(Status::Unknown),
        (_, Flow::Next(_)) => {
            *shell = other;
            Flow::Next(Status::Unknown)
        }
        (Flow::Return(_), _) | (_, Flow::Return(_)) => Flow::Return(Status::Unknown),
        (Flow::Exit, Flow::Exit) => Flow::Exit,
    }
}
