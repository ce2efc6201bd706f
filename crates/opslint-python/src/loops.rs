//! `for`, `while` and comprehensions.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::storage::Opaque;

use crate::budget::LEN_MAX;

use super::branch::Flow;
use super::containers::enter;
use super::eval::not_seen;
use super::evaluator::{Evaluator, LoopFrame, Pending};
use super::raise::Evaluated;
use super::state::Scope;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// How often the body of one `while` is run before it is given up.
const WHILE_MAX: usize = 500;

/// The same of a loop without end in a task: nothing waits for what comes behind it.
const ENDLESS_TASK_MAX: usize = 3;

impl Evaluator<'_, '_, '_> {
    pub(super) fn exec_for(&mut self, stmt: &ast::StmtFor) -> Flow {
        if let Some(flow) = self.exec_for_environment(stmt) {
            return flow;
        }
        let head = self.noting_raises(|it| {
            let iterable = it.eval(&stmt.iter)?;
            let elements = it.iterate(&iterable, stmt.iter.range())?;
            if elements.is_err() {
                it.may_raise("*");
            }
            Ok((iterable, elements))
        });
        let (iterable, elements) = match head {
            Ok(head) => head,
            Err(raised) => return Flow::Raise(raised),
        };
        let elements = match elements {
            Ok(elements) if !stmt.is_async => elements,
            Ok(_) => return self.loop_over_unknown(stmt, &iterable, &not_seen()),
            Err(unknown) => return self.loop_over_unknown(stmt, &iterable, &unknown),
        };
        let inputs = iterable.inputs.clone();
        let source = stmt.iter.range();
        let mut elements = elements.into_iter();
        // Python looks at the list anew for each turn; we took its elements before the first.
        let watched = super::assign::object_id(&iterable.value);
        let before = watched.map(|id| self.changes_of(id));
        self.eval_under(&inputs.clone(), |it| {
            let target = Some((&*stmt.target, &iterable, source));
            it.run_loop(target, &stmt.body, &stmt.orelse, |it| {
                if watched.map(|id| it.changes_of(id)) != before {
                    return Turn::GiveUp(Opaque::because("the list changes while it is iterated"));
                }
                let Some(element) = elements.next() else { return Turn::End };
                let value = Traced::new(element, inputs.clone());
                match it.noting_raises(|it| it.assign(&stmt.target, value, source)) {
                    Ok(()) => Turn::Run,
                    Err(raised) => Turn::Raise(raised),
                }
            })
        })
    }

    /// How often the object changed so far.
    fn changes_of(&self, id: u32) -> usize {
        self.changes.get(&id).copied().unwrap_or(0)
    }

    pub(super) fn exec_while(&mut self, stmt: &ast::StmtWhile) -> Flow {
        let mut turns = 0;
        let is_endless = has_no_end(stmt);
        let turns_max = if is_endless && self.tasks > 0 { ENDLESS_TASK_MAX } else { WHILE_MAX };
        self.run_loop(None, &stmt.body, &stmt.orelse, |it| {
            turns += 1;
            let test = match it.noting_raises(|it| it.eval(&stmt.test)) {
                Ok(test) => test,
                Err(raised) => return Turn::Raise(raised),
            };
            match test.value.truth() {
                _ if turns > turns_max => {
                    if is_endless {
                        let reason = "a loop before it never ends";
                        it.state.stuck.get_or_insert_with(|| Opaque::because(reason));
                    }
                    let unknown = Opaque::because("the loop runs too long to follow");
                    match is_endless && it.tasks > 0 {
                        true => Turn::Suspend(unknown),
                        false => Turn::GiveUp(unknown),
                    }
                }
                Some(true) => Turn::Run,
                Some(false) => Turn::End,
                None => Turn::GiveUp(test.value.unknown().unwrap_or_else(not_seen)),
            }
        })
    }

    /// Runs a body as long as `next` says so. `target` is what each further turn would assign to.
    pub(super) fn run_loop(
        &mut self,
        target: Option<(&Expr, &Traced, TextRange)>,
        body: &[Stmt],
        orelse: &[Stmt],
        mut next: impl FnMut(&mut Self) -> Turn,
    ) -> Flow {
        let reason = Opaque::because("it is not known when the loop ends");
        self.loops.push(LoopFrame::default());
        let end = loop {
            match next(self) {
                Turn::Run if self.spend(1) => {}
                Turn::Run => {
                    self.forget(body, &Self::exhausted());
                    if let Some((target, ..)) = target {
                        self.forget_targets(target, &Self::exhausted());
                    }
                    break Flow::Next;
                }
                Turn::End => break Flow::Next,
                Turn::Raise(raised) => break Flow::Raise(raised),
                Turn::GiveUp(unknown) => {
                    self.widen(body, &unknown);
                    break self.run_any_number(target, body, &unknown);
                }
                Turn::Suspend(unknown) => {
                    self.widen_task(body, &unknown);
                    break self.run_any_number(target, body, &unknown);
                }
            }
            let flow = self.exec_block(body);
            let continues = match self.loops.last_mut() {
                Some(frame) => std::mem::take(&mut frame.continues),
                None => Vec::new(),
            };
            let live = match flow {
                Flow::Next | Flow::Continue => Some(std::mem::take(&mut self.state)),
                Flow::Dead => None,
                flow if continues.is_empty() => break flow,
                flow => {
                    // This turn leaves on one path and goes on with another: too much to follow.
                    self.forget(body, &reason);
                    let state = self.state.clone();
                    drop(flow);
                    Some(state)
                }
            };
            match self.rejoin(live, continues, &reason) {
                Some(state) => self.state = state,
                None => break Flow::Dead,
            }
        };
        let frame = self.loops.pop().unwrap_or_default();
        self.finish_loop(end, frame, orelse, &reason)
    }

    fn finish_loop(
        &mut self,
        end: Flow,
        frame: LoopFrame,
        orelse: &[Stmt],
        reason: &Opaque,
    ) -> Flow {
        let end = match end {
            Flow::Next => self.exec_block(orelse),
            Flow::Break => Flow::Next,
            flow => flow,
        };
        if frame.breaks.is_empty() {
            return end;
        }
        let broken = self.rejoin(None, frame.breaks, reason).unwrap_or_default();
        let state = std::mem::take(&mut self.state);
        self.merge([(end, state), (Flow::Next, broken)], reason, &Inputs::default())
    }

    pub(super) fn loop_over_unknown(
        &mut self,
        stmt: &ast::StmtFor,
        iterable: &Traced,
        reason: &Opaque,
    ) -> Flow {
        self.loops.push(LoopFrame::default());
        let target = Some((&*stmt.target, iterable, stmt.iter.range()));
        self.widen(&stmt.body, reason);
        let end = self.run_any_number(target, &stmt.body, reason);
        let frame = self.loops.pop().unwrap_or_default();
        self.finish_loop(end, frame, &stmt.orelse, reason)
    }

    /// Runs a body never or any number of times. What it changes from turn to turn is unknown by now,
    /// so that one turn shows all that it may do.
    fn run_any_number(
        &mut self,
        target: Option<(&Expr, &Traced, TextRange)>,
        body: &[Stmt],
        reason: &Opaque,
    ) -> Flow {
        if let Some((target, ..)) = target {
            self.forget_targets(target, reason);
        }
        self.may_raise("*");
        let turn = |it: &mut Self| {
            if let Some((target, iterable, source)) = target {
                let value = Traced::new(PyValue::Unknown(reason.clone()), iterable.inputs.clone());
                if let Err(raised) = it.assign(target, value, source) {
                    return Flow::Raise(raised);
                }
            }
            let flow = it.exec_block(body);
            let continues = it.loops.last_mut().map(|it| std::mem::take(&mut it.continues));
            let live = match flow {
                Flow::Next | Flow::Continue => Some(std::mem::take(&mut it.state)),
                Flow::Dead => None,
                Flow::Break => {
                    // On this path the `else` of the loop is skipped.
                    let (state, value) = (it.state.clone(), PyValue::None.into());
                    if let Some(frame) = it.loops.last_mut() {
                        frame.breaks.push(Pending { state, value });
                    }
                    None
                }
                other => return other,
            };
            match it.rejoin(live, continues.unwrap_or_default(), reason) {
                Some(state) => {
                    it.state = state;
                    Flow::Next
                }
                None => Flow::Dead,
            }
        };
        let inputs = target.map(|(_, iterable, _)| iterable.inputs.clone()).unwrap_or_default();
        let before = self.state.clone();
        let flow = self.fork(reason, &inputs, turn, |_| Flow::Next);
        if matches!(flow, Flow::Next) {
            self.repeat(&before, reason, |it| drop(it.fork(reason, &inputs, turn, |_| Flow::Next)));
        }
        flow
    }

    /// The values of a comprehension, in a scope of its own.
    pub(super) fn eval_comprehension(&mut self, expr: &Expr) -> Evaluated {
        let (generators, outputs): (_, Vec<&Expr>) = match expr {
            Expr::ListComp(it) => (&it.generators, vec![&it.elt]),
            Expr::SetComp(it) => (&it.generators, vec![&it.elt]),
            Expr::Generator(it) => (&it.generators, vec![&it.elt]),
            Expr::DictComp(it) => match &it.key {
                Some(key) => (&it.generators, vec![&**key, &*it.value]),
                None => return Ok(PyValue::Unknown(not_seen()).into()),
            },
            _ => return Ok(PyValue::Unknown(not_seen()).into()),
        };
        let unit = self.unit;
        let id = self.heap.fresh_id();
        let parent = self.state.locals.last().filter(|it| it.unit == unit).map(|it| it.id);
        let prefix = self.qualified("");
        let scope = Scope { id, unit, comprehension: true, parent, prefix, ..Scope::default() };
        self.state.locals.push(scope);
        let mut found = Found::default();
        let result = self.comprehend(generators, &outputs, &mut found);
        self.state.pop_local();
        result?;
        let value = match found.hidden {
            Some(unknown) => PyValue::Unknown(unknown),
            None => self.comprehended(expr, found.rows, &found.inputs)?,
        };
        Ok(Traced::new(value, found.inputs))
    }

    fn comprehended(
        &mut self,
        expr: &Expr,
        rows: Vec<Vec<PyValue>>,
        inputs: &Inputs,
    ) -> Evaluated<PyValue> {
        let range = expr.range();
        if let Expr::DictComp(_) = expr {
            let mut entries = Vec::new();
            for row in rows {
                let [key, value] = row.try_into().unwrap_or([PyValue::None, PyValue::None]);
                let entered = enter(&self.heap, &mut entries, &key, value);
                if !entered.map_err(|error| self.raised(error, range, inputs))? {
                    return Ok(PyValue::Unknown(key.unknown().unwrap_or_else(not_seen)));
                }
            }
            return Ok(self.heap.dict(entries));
        }
        let values: Vec<PyValue> = rows.into_iter().flatten().collect();
        match expr {
            Expr::ListComp(_) => Ok(self.heap.list(values)),
            Expr::SetComp(_) => self.set_of(&values, range, inputs),
            _ => Ok(self.heap.iterator(values, "generator")),
        }
    }

    fn comprehend(
        &mut self,
        generators: &[ast::Comprehension],
        outputs: &[&Expr],
        found: &mut Found,
    ) -> Evaluated<()> {
        let Some((generator, rest)) = generators.split_first() else {
            let mut row = Vec::with_capacity(outputs.len());
            for output in outputs {
                let value = self.eval(output)?;
                found.inputs.add(&value.inputs);
                row.push(value.value);
            }
            found.rows.push(row);
            if found.rows.len() > LEN_MAX {
                found.hidden = Some(Self::exhausted());
            }
            return Ok(());
        };
        let iterable = self.eval(&generator.iter)?;
        found.inputs.add(&iterable.inputs);
        let elements = match self.iterate(&iterable, generator.iter.range())? {
            Ok(elements) if !generator.is_async => elements,
            Ok(_) => {
                return self.comprehend_any(generators, outputs, found, &iterable, not_seen());
            }
            Err(unknown) => {
                return self.comprehend_any(generators, outputs, found, &iterable, unknown);
            }
        };
        for element in elements {
            if !self.spend(1) {
                return found.hide(Self::exhausted());
            }
            let value = Traced::new(element, iterable.inputs.clone());
            self.assign(&generator.target, value, generator.iter.range())?;
            let mut taken = true;
            for condition in &generator.ifs {
                let test = self.eval(condition)?;
                found.inputs.add(&test.inputs);
                match test.value.truth() {
                    Some(truth) => taken = truth,
                    None => {
                        let unknown = test.value.unknown().unwrap_or_else(not_seen);
                        return self.comprehend_any(generators, outputs, found, &iterable, unknown);
                    }
                }
                if !taken {
                    break;
                }
            }
            if taken {
                self.comprehend(rest, outputs, found)?;
            }
        }
        Ok(())
    }
}

impl Evaluator<'_, '_, '_> {
    /// Takes a comprehension whose elements are not known for its effects: each of its expressions
    /// is evaluated never or any number of times.
    fn comprehend_any(
        &mut self,
        generators: &[ast::Comprehension],
        outputs: &[&Expr],
        found: &mut Found,
        iterable: &Traced,
        reason: Opaque,
    ) -> Evaluated<()> {
        let Some((generator, rest)) = generators.split_first() else { return Ok(()) };
        let inner = rest.iter().flat_map(|it| std::iter::once(&it.iter).chain(&it.ifs));
        let all: Vec<&Expr> =
            generator.ifs.iter().chain(inner).chain(outputs.iter().copied()).collect();
        all.iter().for_each(|it| self.widen_expr(it, &reason));
        self.may_raise("*");
        let turn = |it: &mut Self| -> Evaluated {
            let targets = std::iter::once(generator).chain(rest);
            for one in targets {
                let value = Traced::new(PyValue::Unknown(reason.clone()), iterable.inputs.clone());
                it.assign(&one.target, value, one.iter.range())?;
            }
            for expr in &all {
                it.eval(expr)?;
            }
            Ok(PyValue::None.into())
        };
        let none = |_: &mut Self| Ok(PyValue::None.into());
        let before = self.state.clone();
        self.either(&reason, &iterable.inputs, turn, none)?;
        self.repeat(&before, &reason, |it| {
            // On the path that takes no turn nothing is raised.
            let _ = it.either(&reason, &iterable.inputs, turn, none);
        });
        found.hide(reason)
    }
}

/// What to do before a turn of a loop.
pub(super) enum Turn {
    Run,
    End,
    Raise(std::sync::Arc<super::raise::Raised>),
    GiveUp(Opaque),
    /// The loop of a task goes on beside the rest.
    Suspend(Opaque),
}

/// What a comprehension yields.
#[derive(Default)]
struct Found {
    rows: Vec<Vec<PyValue>>,
    inputs: Inputs,
    hidden: Option<Opaque>,
}

impl Found {
    fn hide(&mut self, unknown: Opaque) -> Evaluated<()> {
        self.hidden.get_or_insert(unknown);
        Ok(())
    }
}

/// Whether only an exception leaves the loop: `while True` without `break` and `return`.
fn has_no_end(stmt: &ast::StmtWhile) -> bool {
    let is_always = match &*stmt.test {
        Expr::BooleanLiteral(it) => it.value,
        Expr::NumberLiteral(it) => matches!(&it.value, ast::Number::Int(it) if *it != 0u8),
        _ => false,
    };
    let mut ends = Ends(false);
    ends.visit_body(&stmt.body);
    is_always && !ends.0
}

/// Whether a `break` or `return` was seen, be it that of an inner loop.
struct Ends(bool);

impl<'a> Visitor<'a> for Ends {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Break(_) | Stmt::Return(_) => self.0 = true,
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            stmt => visitor::walk_stmt(self, stmt),
        }
    }
}
