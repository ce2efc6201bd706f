//! Statements.

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged;

use super::storage::Opaque;
use crate::source::Spanned;

use super::branch::Flow;
use super::eval::not_seen;
use super::evaluator::{DEPTH_MAX, Evaluator};
use super::raise::Error;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// A branch of an `if`: `None` for `else`.
type Clause<'a> = (Option<&'a Expr>, &'a [Stmt]);

impl Evaluator<'_, '_, '_> {
    /// Runs the statements of a block.
    pub(super) fn exec_block(&mut self, body: &[Stmt]) -> Flow {
        for (idx, stmt) in body.iter().enumerate() {
            let flow = if self.spend(1) { self.exec(stmt) } else { Flow::Next };
            // What the last statement did up to its last step is not all that it does.
            if self.heap.is_spent() {
                self.forget(&body[idx..], &Self::exhausted());
                return Flow::Next;
            }
            match flow {
                Flow::Next => {}
                flow => return flow,
            }
        }
        Flow::Next
    }

    fn exec(&mut self, stmt: &Stmt) -> Flow {
        if self.depth >= DEPTH_MAX {
            let reason = Opaque::because("the code is nested too deeply");
            self.forget(std::slice::from_ref(stmt), &reason);
            return Flow::Next;
        }
        self.depth += 1;
        let flow = match stmt {
            Stmt::If(it) => {
                let first: Clause<'_> = (Some(&it.test), &it.body);
                let rest = it.elif_else_clauses.iter().map(|it| (it.test.as_ref(), &*it.body));
                let clauses: Vec<Clause<'_>> = std::iter::once(first).chain(rest).collect();
                self.exec_clauses(&clauses)
            }
            Stmt::For(it) => self.exec_for(it),
            Stmt::While(it) => self.exec_while(it),
            Stmt::Try(it) => self.exec_try(it),
            Stmt::With(it) => self.exec_with(it),
            Stmt::Match(it) => self.exec_match(it),
            simple => self.exec_simple(simple),
        };
        self.depth -= 1;
        flow
    }

    /// A statement without blocks.
    fn exec_simple(&mut self, stmt: &Stmt) -> Flow {
        if self.calls.is_empty() {
            self.latest.clear();
        }
        self.noting_raises(|it| it.exec_plain(stmt))
    }

    /// Runs a simple statement, or the head of one with blocks. Inside a `try`, the state before and
    /// after it is noted when it may raise.
    pub(super) fn noting_raises<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        if self.tries.is_empty() {
            return run(self);
        }
        let before = self.state.clone();
        self.spend(before.size());
        let outer = std::mem::take(&mut self.may_raise);
        let result = run(self);
        let kinds = std::mem::replace(&mut self.may_raise, outer);
        if !kinds.is_empty() {
            let after = self.state.clone();
            let inputs = self.control.clone();
            self.note_raise(kinds.clone(), before, &inputs);
            self.note_raise(kinds, after, &inputs);
        }
        result
    }

    fn exec_plain(&mut self, stmt: &Stmt) -> Flow {
        let done = match stmt {
            Stmt::Assign(it) => self.exec_assign(it),
            Stmt::AugAssign(it) => self.exec_augmented(it),
            Stmt::AnnAssign(it) => match &it.value {
                Some(value) => self.eval(value).and_then(|result| {
                    let span = value.range();
                    self.assign(&it.target, result, span)
                }),
                None => {
                    self.note_annotation(it);
                    Ok(())
                }
            },
            Stmt::Expr(it) => self.eval(&it.value).map(drop),
            Stmt::Import(it) => self.exec_import(it),
            Stmt::ImportFrom(it) => self.exec_import_from(it),
            Stmt::FunctionDef(it) => self.exec_function(it),
            Stmt::ClassDef(it) => self.exec_class(it),
            Stmt::Delete(it) => it.targets.iter().try_for_each(|it| self.exec_delete(it)),
            Stmt::Return(it) => {
                let value = match &it.value {
                    Some(value) => self.eval(value),
                    None => Ok(PyValue::None.into()),
                };
                return match value {
                    Ok(value) => {
                        Flow::Return(Traced::new(value.value, value.inputs.with(&self.control)))
                    }
                    Err(raised) => Flow::Raise(raised),
                };
            }
            Stmt::Raise(it) => return self.exec_raise(it),
            Stmt::Assert(it) => return self.exec_assert(it),
            Stmt::Break(_) => return Flow::Break,
            Stmt::Continue(_) => return Flow::Continue,
            _ => Ok(()),
        };
        match done {
            Ok(()) => Flow::Next,
            Err(raised) => Flow::Raise(raised),
        }
    }

    fn note_annotation(&mut self, stmt: &ast::StmtAnnAssign) {
        let Expr::Name(name) = &*stmt.target else { return };
        let name = Spanned::new(name.id.to_string(), self.span(name.range));
        let is_new = self.annotated.insert(name.span.start);
        if self.unit == 0 && self.calls.is_empty() && is_new {
            self.annotations.push(name);
        }
    }

    fn exec_clauses(&mut self, clauses: &[Clause<'_>]) -> Flow {
        let Some((&(test, body), rest)) = clauses.split_first() else { return Flow::Next };
        let Some(test) = test else { return self.exec_block(body) };
        if self.depth >= DEPTH_MAX {
            let reason = Opaque::because("the code is nested too deeply");
            clauses.iter().for_each(|(_, body)| self.forget(body, &reason));
            return Flow::Next;
        }
        let condition = match self.noting_raises(|it| it.eval(test)) {
            Ok(condition) => condition,
            Err(raised) => return Flow::Raise(raised),
        };
        self.depth += 1;
        let inputs = &condition.inputs;
        let flow = match condition.value.truth() {
            Some(true) => {
                let flow = self.eval_under(inputs, |it| it.exec_block(body));
                rest.iter().for_each(|(_, body)| self.mark_untaken(body, inputs));
                flow
            }
            Some(false) => {
                let flow = self.eval_under(inputs, |it| it.exec_clauses(rest));
                self.mark_untaken(body, inputs);
                flow
            }
            None => {
                let reason = condition.value.unknown().unwrap_or_else(not_seen);
                self.fork(&reason, inputs, |it| it.exec_block(body), |it| it.exec_clauses(rest))
            }
        };
        self.depth -= 1;
        flow
    }

    /// Names that a branch would have assigned depend on what decided against it.
    fn mark_untaken(&mut self, body: &[Stmt], inputs: &Inputs) {
        if inputs.is_empty() {
            return;
        }
        let unit = self.unit;
        let effects = self.effects_of(body);
        self.spend(effects.assigned.len());
        for name in &effects.assigned {
            let local = self.state.locals.last_mut().filter(|it| it.unit == unit);
            let scope = local.unwrap_or(&mut self.state.globals[unit]);
            if let Some(slot) = scope.get_mut(name) {
                slot.value.inputs.add(inputs);
            }
        }
    }

    fn exec_raise(&mut self, stmt: &ast::StmtRaise) -> Flow {
        let Some(exception) = &stmt.exc else {
            if let Some(raised) = self.handling.last() {
                return Flow::Raise(raised.clone());
            }
            let error = Error::raise("RuntimeError", "there is no exception to raise again");
            return Flow::Raise(self.raised(error, stmt.range, &Inputs::default()));
        };
        let (class, arguments) = match &**exception {
            Expr::Call(call) => (&*call.func, &*call.arguments.args),
            other => (other, &[][..]),
        };
        let kind = match class {
            Expr::Name(name) => name.id.to_string(),
            Expr::Attribute(attribute) => attribute.attr.to_string(),
            _ => "*".to_owned(),
        };
        let message = match arguments.first().map(|it| self.eval(it)) {
            Some(Ok(Traced { value: PyValue::Str(text), .. })) => text.to_string(),
            Some(Err(raised)) => return Flow::Raise(raised),
            _ => format!("`{kind}` is raised"),
        };
        Flow::Raise(self.raised(Error::raise(kind, message), stmt.range, &Inputs::default()))
    }

    fn exec_assert(&mut self, stmt: &ast::StmtAssert) -> Flow {
        let test = match self.eval(&stmt.test) {
            Ok(test) => test,
            Err(raised) => return Flow::Raise(raised),
        };
        match test.value.truth() {
            Some(true) => Flow::Next,
            Some(false) => {
                let error = Error::raise("AssertionError", "the assertion does not hold");
                Flow::Raise(self.raised(error, stmt.range, &test.inputs))
            }
            None => {
                self.may_raise("AssertionError");
                Flow::Next
            }
        }
    }
}
