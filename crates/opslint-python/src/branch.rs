//! Paths that are not decided: both are taken, and what they come to is joined.

use std::sync::Arc;

use super::storage::Opaque;

use super::evaluator::{Evaluator, Pending};
use super::raise::{Evaluated, Raised};
use super::state::State;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// How a block ends.
#[derive(Debug)]
pub(super) enum Flow {
    /// At its end.
    Next,
    Break,
    Continue,
    Return(Traced),
    Raise(Arc<Raised>),
    /// On no path that goes on here; every one left earlier and is noted where it goes.
    Dead,
}

impl Evaluator<'_, '_, '_> {
    /// Evaluates code that runs because of `inputs`.
    pub(super) fn eval_under<T>(&mut self, inputs: &Inputs, run: impl FnOnce(&mut Self) -> T) -> T {
        if inputs.is_empty() {
            return run(self);
        }
        let control = self.control.clone();
        self.control.add(inputs);
        let result = run(self);
        self.control = control;
        result
    }

    /// What comes of each of two ways to go on, with the state that it leaves behind.
    fn both<T>(
        &mut self,
        inputs: &Inputs,
        left: impl FnOnce(&mut Self) -> T,
        right: impl FnOnce(&mut Self) -> T,
    ) -> [(T, State); 2] {
        let before = self.state.clone();
        self.spend(before.size());
        let left = self.eval_under(inputs, left);
        let left_state = std::mem::replace(&mut self.state, before);
        let right = self.eval_under(inputs, right);
        [(left, left_state), (right, std::mem::take(&mut self.state))]
    }

    /// The value of one of two expressions.
    pub(super) fn either(
        &mut self,
        reason: &Opaque,
        inputs: &Inputs,
        left: impl FnOnce(&mut Self) -> Evaluated,
        right: impl FnOnce(&mut Self) -> Evaluated,
    ) -> Evaluated {
        let [(left, left_state), (right, right_state)] = self.both(inputs, left, right);
        match (left, right) {
            (Ok(left), Ok(right)) => {
                self.state = self.join(left_state, right_state, reason, inputs);
                let value = self.joiner(reason, inputs).values(&left.value, &right.value);
                Ok(Traced::new(value, left.inputs.with(&right.inputs).with(inputs)))
            }
            (Ok(value), Err(raised)) => {
                self.give_up(&raised, &right_state);
                self.state = left_state;
                Ok(Traced::new(value.value, value.inputs.with(inputs)))
            }
            (Err(raised), Ok(value)) => {
                self.give_up(&raised, &left_state);
                self.state = right_state;
                Ok(Traced::new(value.value, value.inputs.with(inputs)))
            }
            (Err(raised), Err(other)) => {
                self.give_up(&other, &right_state);
                self.state = left_state;
                Err(raised)
            }
        }
    }

    /// Runs one of two blocks.
    pub(super) fn fork(
        &mut self,
        reason: &Opaque,
        inputs: &Inputs,
        left: impl FnOnce(&mut Self) -> Flow,
        right: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        let paths = self.both(inputs, left, right);
        self.merge(paths, reason, inputs)
    }

    /// Goes on with the paths that reach the end of their block, and notes the others.
    pub(super) fn merge(
        &mut self,
        paths: [(Flow, State); 2],
        reason: &Opaque,
        inputs: &Inputs,
    ) -> Flow {
        let raises = paths.iter().all(|(flow, _)| matches!(flow, Flow::Raise(_)));
        let mut live: Option<State> = None;
        let mut last: Option<(State, Arc<Raised>)> = None;
        let mut dead = State::default();
        for (flow, state) in paths {
            match flow {
                Flow::Next => {
                    live = Some(match live {
                        Some(other) => self.join(other, state, reason, inputs),
                        None => state,
                    });
                    continue;
                }
                Flow::Raise(raised) => {
                    if raises && last.is_none() {
                        last = Some((state, raised));
                        continue;
                    }
                    self.give_up(&raised, &state);
                    dead = state;
                }
                Flow::Return(value) => {
                    dead = state.clone();
                    if let Some(returns) = self.calls.last_mut() {
                        returns.push(Pending { state, value });
                    }
                }
                Flow::Break | Flow::Continue => {
                    dead = state.clone();
                    let value = PyValue::None.into();
                    if let Some(frame) = self.loops.last_mut() {
                        let paths = match flow {
                            Flow::Break => &mut frame.breaks,
                            _ => &mut frame.continues,
                        };
                        paths.push(Pending { state, value });
                    }
                }
                Flow::Dead => dead = state,
            }
        }
        match (live, last) {
            (Some(state), _) => {
                self.state = state;
                Flow::Next
            }
            (None, Some((state, raised))) => {
                self.state = state;
                Flow::Raise(raised)
            }
            (None, None) => {
                self.state = dead;
                Flow::Dead
            }
        }
    }

    /// Joins paths that left a loop or function early with the one that did not.
    pub(super) fn rejoin(
        &mut self,
        live: Option<State>,
        pending: Vec<Pending>,
        reason: &Opaque,
    ) -> Option<State> {
        let states = pending.into_iter().map(|it| it.state);
        live.into_iter()
            .chain(states)
            .reduce(|left, right| self.join(left, right, reason, &Inputs::default()))
    }
}
