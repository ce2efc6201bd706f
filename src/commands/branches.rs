//! Commands of which a condition decides whether they run: `if`, `&&`, `case` and loops.
//!
//! A condition that rests on an assumption is decided, and what came of it says so: the values it
//! set, and the programs it started. What the other way would have started is kept beside them.

use std::rc::Rc;
use std::sync::Arc;

use super::code::Code;
use super::condition::{Operand, Outcome};
use super::decide::stays;
use super::expand::{Expander, Unmentioned};
use super::frames::{Frame, FrameKind, Left};
use super::run::{Flow, Found, Place, Run, Status, maybe};
use super::shell::Shell;
use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::parse::shell::{self, Arm, Item, LoopHead, Part, PartKind};

/// How far a walk has come, apart from the programs it found.
struct Mark {
    problems: usize,
    started: usize,
    waits: Option<usize>,
    rounds: Option<usize>,
    uncertain: Option<Unknown>,
    frames: Vec<Frame>,
}

/// One of the ways a command may go on.
pub(super) type Way<'a, 'r, 'w> = &'a mut dyn FnMut(&mut Run<'r, 'w>, &mut Shell, Place) -> Flow;

impl<'r, 'w> Run<'r, 'w> {
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
        let outcome = Outcome { status, assumed: self.assumed.take() };
        self.either(
            shell,
            &outcome,
            place,
            &mut |run, shell, place| run.items(shell, code, body, place),
            &mut |run, shell, place| run.branches(shell, code, rest, otherwise, place),
        )
    }

    /// Goes one of two ways, or both where the outcome is not known.
    pub(super) fn either<'a>(
        &mut self,
        shell: &mut Shell,
        outcome: &Outcome,
        place: Place,
        yes: Way<'a, 'r, 'w>,
        no: Way<'a, 'r, 'w>,
    ) -> Flow {
        let (taken, other) = match outcome.status {
            Status::Unknown => {
                let place = maybe(place);
                let mut fork = shell.clone();
                let taken = yes(self, shell, place);
                let skipped = no(self, &mut fork, place);
                return rejoin(shell, taken, fork, skipped);
            }
            Status::Success => (yes, no),
            Status::Failure => (no, yes),
        };
        match &outcome.assumed {
            None => taken(self, shell, place),
            Some(assumed) => self.assumed_way(shell, assumed, place, taken, other),
        }
    }

    /// Goes the way that an assumption decides for.
    fn assumed_way(
        &mut self,
        shell: &mut Shell,
        assumed: &Arc<Fact>,
        place: Place,
        taken: Way<'_, 'r, 'w>,
        other: Way<'_, 'r, 'w>,
    ) -> Flow {
        let start = self.found.len();
        let mut ours = shell.clone();
        let flow = taken(self, &mut ours, place);
        if flow == Flow::Exit && self.found.len() == start {
            // `[ -z "$X" ] && exit 1`: the process runs, so somebody sets the variable.
            return other(self, shell, place);
        }
        for found in &mut self.found[start..] {
            found.assumed.push(Arc::clone(assumed));
        }
        let end = self.found.len();
        let mark = self.mark();
        let mut theirs = shell.clone();
        other(self, &mut theirs, maybe(place));
        self.back_to(mark);
        let others: Vec<Found> = self.found.drain(end..).collect();
        self.otherwise.extend(others);
        for name in ours.differing(&theirs) {
            ours.rests_on(&name, assumed);
            if flow == Flow::Leave {
                self.left_rests_on(&name, assumed);
            }
        }
        *shell = ours;
        flow
    }

    pub(super) fn repeated(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        head: &LoopHead,
        body: &[Item],
        place: Place,
    ) -> Flow {
        if let LoopHead::Words { words: Some(words), .. } = head {
            let mut expander = self.expander(shell, code, Unmentioned::Unknown);
            words.iter().for_each(|it| drop(expander.words(it)));
        }
        // Rounds on paper: what one changes is different in each, and decides what the next does.
        let start = self.found.len();
        for _ in 0..2 {
            let mark = self.mark();
            let mut round = shell.clone();
            let (flow, left) = self.framed(FrameKind::Loop, &mut round, |run, shell| {
                run.round(shell, code, head, body, maybe(place))
            });
            self.found.truncate(start);
            self.back_to(mark);
            let _ = behind_round(&mut round, flow, left);
            let changed = shell.differing(&round);
            let had_arguments = shell.arguments.is_some();
            *shell = shell.clone().join(&round);
            let is_stable = changed.is_empty() && had_arguments == shell.arguments.is_some();
            for name in changed {
                shell.assign(&name, changes(&name));
            }
            if is_stable {
                break;
            }
        }
        let mut fork = shell.clone();
        let (flow, left) = self.framed(FrameKind::Loop, &mut fork, |run, shell| {
            run.round(shell, code, head, body, place)
        });
        let flow = behind_round(&mut fork, flow, left);
        // What ends in a loop may run again: only what stays is settled by its first round.
        for found in &mut self.found[start..] {
            if found.place == Place::Foreground && !stays(found) {
                found.place = Place::Maybe;
            }
        }
        let skipped = shell.clone();
        let flow = rejoin(&mut fork, flow, skipped, Flow::Next(Status::Success));
        *shell = fork;
        self.assumed = None;
        flow
    }

    /// One round of a loop: its head, and its body.
    fn round(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        head: &LoopHead,
        body: &[Item],
        place: Place,
    ) -> Flow {
        let mut place = place;
        match head {
            LoopHead::Words { name, .. } => {
                shell.assign(name, changes(name));
                place = maybe(place);
            }
            LoopHead::Condition(condition) => {
                let start = self.found.len();
                let flow = self.items(shell, code, condition, Place::Condition);
                let assumed = self.assumed.take();
                if flow == Flow::Next(Status::Failure) && assumed.is_none() {
                    return Flow::Next(Status::Success);
                }
                if flow != Flow::Next(Status::Success) || assumed.is_some() {
                    place = maybe(place);
                } else if !place.is_background() {
                    // `while kill -0 $PID; do sleep 5; done`
                    self.rounds.get_or_insert(start);
                }
            }
            LoopHead::Arithmetic(parts) => {
                for name in names(parts) {
                    shell.assign(&name, changes(&name));
                }
                place = maybe(place);
            }
        }
        self.items(shell, code, body, place)
    }

    /// Runs what is only asked for what it does to a shell.
    pub(super) fn leave_no_trace(&mut self, inner: impl FnOnce(&mut Self)) {
        let mark = self.mark();
        let (found, written) = (self.found.len(), self.written.len());
        inner(self);
        self.found.truncate(found);
        self.written.truncate(written);
        self.back_to(mark);
    }

    /// What a way that is not taken leaves no trace in.
    fn mark(&self) -> Mark {
        Mark {
            problems: self.acc.len(),
            started: self.started.len(),
            waits: self.waits,
            rounds: self.rounds,
            uncertain: self.uncertain.clone(),
            frames: self.frames.clone(),
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.acc.truncate(mark.problems);
        self.started.truncate(mark.started);
        (self.waits, self.rounds) = (mark.waits, mark.rounds);
        self.uncertain = mark.uncertain;
        self.frames = mark.frames;
    }

    pub(super) fn case(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        subject: &shell::Word,
        arms: &[Arm],
        place: Place,
    ) -> Flow {
        let mut expander = self.expander(shell, code, Unmentioned::Nothing);
        // What no file sets is compared with names somebody has: any of them may be right.
        let subject_word = expander.value(subject);
        let subject = Operand::of(&subject_word).filter(|it| !it.is_unset);
        let open = self.unset_variable(&subject_word);
        let assumed = subject.as_ref().and_then(|it| it.assumed.clone());
        let text = subject.map(|it| it.text);
        if let Some(name) = open {
            self.compares_arms(shell, code, &name, arms);
        }
        let state = subject_word.state();
        let subject = Subject { text, unknown: state.unknown() };
        let mut open = Vec::new();
        let (mut is_complete, mut falls) = (false, false);
        for arm in arms {
            // `;&` of the arm before goes on here, whatever the patterns say.
            if falls {
                open.push(arm);
                continue;
            }
            let mut expander = self.expander(shell, code, Unmentioned::Unknown);
            let may_ignore_case = expander.shell.may_have("nocasematch");
            let matched = matched(&mut expander, &subject, arm).filter(|_| !may_ignore_case);
            match matched {
                Some(false) => continue,
                Some(true) if open.is_empty() && !arm.falls_through => {
                    let outcome = Outcome { status: Status::Success, assumed };
                    let others: Vec<&Arm> =
                        arms.iter().filter(|it| !std::ptr::eq(*it, arm)).collect();
                    return self.either(
                        shell,
                        &outcome,
                        place,
                        &mut |run, shell, place| run.items(shell, code, &arm.body, place),
                        &mut |run, shell, place| run.one_of(shell, code, &others, None, place),
                    );
                }
                Some(true) | None => {
                    open.push(arm);
                    falls = arm.falls_through;
                }
            }
            is_complete |= matched == Some(true) && !arm.falls_through;
            if is_complete {
                break;
            }
        }
        let skipped = (!is_complete).then(|| (shell.clone(), Flow::Next(Status::Success)));
        self.one_of(shell, code, &open, skipped, place)
    }

    /// Notes the texts that a `case` compares a variable with.
    fn compares_arms(&mut self, shell: &mut Shell, code: &Rc<Code>, name: &str, arms: &[Arm]) {
        for word in arms.iter().flat_map(|it| &it.patterns) {
            let mut expander = self.expander(shell, code, Unmentioned::Unknown);
            if let Some(text) = expander.pattern(&word.parts).and_then(|it| it.literal()) {
                self.workspace.compares(name, &text);
            }
        }
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

/// The value of a variable in a loop.
fn changes(name: &str) -> Fact {
    let reason = format!("`${name}` changes with each round of a loop");
    let origin = Origin::new(OriginKind::Env, "a loop in the command");
    Fact::unknown(Unknown::because(reason), origin)
}

/// What `case` compares with its patterns.
struct Subject<'a> {
    text: Option<String>,
    /// Why it is not known, and what it is known not to be.
    unknown: Option<&'a Unknown>,
}

/// Whether an arm of a `case` matches; `None` when that is not known.
fn matched(expander: &mut Expander<'_, '_, '_>, subject: &Subject<'_>, arm: &Arm) -> Option<bool> {
    let mut open = false;
    for word in &arm.patterns {
        let pattern = expander.pattern(&word.parts);
        if pattern.as_ref().is_some_and(super::pattern::Pattern::matches_all) {
            return if open { None } else { Some(true) };
        }
        let budget = expander.run.workspace.budget();
        let found = pattern.and_then(|it| match (&subject.text, subject.unknown) {
            (Some(text), _) => it.matches(text, budget),
            (None, Some(unknown)) => it.literal().filter(|it| unknown.excludes(it)).map(|_| false),
            (None, None) => None,
        });
        match found {
            Some(true) => return if open { None } else { Some(true) },
            Some(false) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(false) }
}

/// The names in an arithmetic expression.
fn names(parts: &[Part]) -> Vec<String> {
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let texts = parts.iter().filter_map(|it| match &it.kind {
        PartKind::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    let words = texts.flat_map(|it| it.split(move |it| !is_name(it)));
    let names = words.filter(|it| it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_'));
    names.map(str::to_owned).collect()
}

/// Continues after two ways of which one was taken.
fn rejoin(shell: &mut Shell, flow: Flow, other: Shell, other_flow: Flow) -> Flow {
    match (flow, other_flow) {
        (Flow::Next(a), Flow::Next(b)) => {
            *shell = shell.clone().join(&other);
            Flow::Next(a.or(b))
        }
        (flow @ Flow::Next(_), _) => flow,
        (_, flow @ Flow::Next(_)) => {
            *shell = other;
            flow
        }
        (Flow::Leave, _) | (_, Flow::Leave) => Flow::Leave,
        (Flow::Exit, Flow::Exit) => Flow::Exit,
    }
}

/// What holds behind a round of a loop, whichever way it ended.
fn behind_round(shell: &mut Shell, flow: Flow, left: Option<Left>) -> Flow {
    match left {
        Some(left) => rejoin(shell, flow, left.shell, Flow::Next(left.status)),
        None => flow,
    }
}
