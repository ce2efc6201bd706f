//! `try`, `with` and `match`.

use std::sync::Arc;

use ruff_python_ast::{self as ast, ExceptHandler, Expr, Pattern, Singleton, Stmt};
use ruff_text_size::Ranged;

use super::storage::Opaque;

use super::branch::Flow;
use super::compare::equal;
use super::eval::not_seen;
use super::evaluator::{Evaluator, TryFrame};
use super::raise::{Evaluated, Raised, handles};
use super::state::State;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

type Handler = ast::ExceptHandlerExceptHandler;

impl Evaluator<'_, '_, '_> {
    pub(super) fn exec_try(&mut self, stmt: &ast::StmtTry) -> Flow {
        let handlers: Vec<&Handler> = stmt
            .handlers
            .iter()
            .map(|it| {
                let ExceptHandler::ExceptHandler(it) = it;
                it
            })
            .collect();
        if stmt.finalbody.is_empty() {
            return self.protect(&stmt.body, &stmt.orelse, &handlers, stmt.is_star);
        }
        self.tries.push(TryFrame { calls: self.state.locals.len(), ..TryFrame::default() });
        let flow = self.protect(&stmt.body, &stmt.orelse, &handlers, stmt.is_star);
        let frame = self.tries.pop().unwrap_or_default();
        self.unwind(frame, &stmt.finalbody);
        match self.exec_block(&stmt.finalbody) {
            Flow::Next => flow,
            other => other,
        }
    }

    /// What may be raised and is not taken here passes `finally`: whoever takes it sees what that
    /// did.
    fn unwind(&mut self, frame: TryFrame, body: &[Stmt]) {
        let Some(entry) = frame.entry else { return };
        if self.tries.is_empty() {
            // Nothing takes it, so that it may end the file.
            self.followed = false;
            return;
        }
        self.spend(entry.size());
        let state = std::mem::replace(&mut self.state, entry);
        self.eval_under(&frame.inputs, |it| it.exec_block(body));
        let unwound = std::mem::replace(&mut self.state, state);
        self.note_raise(frame.kinds, unwound, &frame.inputs);
    }

    fn protect(
        &mut self,
        body: &[Stmt],
        orelse: &[Stmt],
        handlers: &[&Handler],
        opaque: bool,
    ) -> Flow {
        self.tries.push(TryFrame { calls: self.state.locals.len(), ..TryFrame::default() });
        let flow = self.exec_block(body);
        let mut frame = self.tries.pop().unwrap_or_default();
        let normal = match flow {
            Flow::Next => self.exec_block(orelse),
            Flow::Raise(raised) if !opaque => self.handle(&raised, handlers),
            flow => flow,
        };
        let Some(entry) = frame.entry.take() else { return normal };
        let normal_state = std::mem::replace(&mut self.state, entry);
        let reason = Opaque::because("it is not known whether the code in `try` raises");
        let path = self.eval_under(&frame.inputs, |it| it.may_handle(&frame, handlers, opaque));
        match path {
            Some(path) => {
                let handled_state = std::mem::take(&mut self.state);
                let paths = [(normal, normal_state), (path, handled_state)];
                self.merge(paths, &reason, &frame.inputs)
            }
            None => {
                self.state = normal_state;
                normal
            }
        }
    }

    /// An exception that is certainly raised: the first handler that takes it runs.
    fn handle(&mut self, raised: &Arc<Raised>, handlers: &[&Handler]) -> Flow {
        let Some((handler, rest)) = handlers.split_first() else {
            return Flow::Raise(raised.clone());
        };
        let inputs = raised.inputs.clone();
        match takes(handler, &raised.kind) {
            Some(true) => self.eval_under(&inputs, |it| it.exec_handler(handler, Some(raised))),
            Some(false) => self.handle(raised, rest),
            None => {
                let reason = Opaque::because("it is not known which handler takes the exception");
                self.fork(
                    &reason,
                    &inputs,
                    |it| it.exec_handler(handler, Some(raised)),
                    |it| it.handle(raised, rest),
                )
            }
        }
    }

    /// Exceptions that may be raised: every handler that may take one may run. `None` when none is
    /// taken here.
    fn may_handle(
        &mut self,
        frame: &TryFrame,
        handlers: &[&Handler],
        opaque: bool,
    ) -> Option<Flow> {
        let mut kinds = frame.kinds.clone();
        let mut path: Option<(Flow, State)> = None;
        let entry = self.state.clone();
        let reason = Opaque::because("it is not known whether the code in `try` raises");
        for handler in handlers {
            let may = opaque || kinds.iter().any(|kind| takes(handler, kind) != Some(false));
            if !may {
                continue;
            }
            kinds.retain(|kind| opaque || takes(handler, kind) != Some(true));
            self.spend(entry.size());
            self.state = entry.clone();
            let flow = self.exec_handler(handler, None);
            let state = std::mem::take(&mut self.state);
            path = Some(match path {
                None => (flow, state),
                Some(other) => {
                    let flow = self.merge([other, (flow, state)], &reason, &frame.inputs);
                    (flow, std::mem::take(&mut self.state))
                }
            });
        }
        if !kinds.is_empty() {
            self.note_raise(kinds, entry, &frame.inputs);
        }
        let (flow, state) = path?;
        self.state = state;
        Some(flow)
    }

    fn exec_handler(&mut self, handler: &Handler, raised: Option<&Arc<Raised>>) -> Flow {
        if let Some(name) = &handler.name {
            let value = PyValue::because("the text of an exception is not known");
            let span = self.span(handler.range);
            self.bind(name, name.range, value.into(), span);
        }
        let unknown = || {
            let error = super::raise::Error::raise("*", "an exception is raised again");
            self.raised(error, handler.range, &Inputs::default())
        };
        let raised = raised.cloned().unwrap_or_else(unknown);
        self.handling.push(raised);
        let flow = self.exec_block(&handler.body);
        self.handling.pop();
        if let Some(name) = &handler.name {
            let unit = self.unit;
            let local = self.state.locals.last_mut().filter(|it| it.unit == unit);
            local.unwrap_or(&mut self.state.globals[unit]).remove(name);
        }
        flow
    }

    pub(super) fn exec_with(&mut self, stmt: &ast::StmtWith) -> Flow {
        let mut swallows = false;
        if let [item] = stmt.items.as_slice() {
            match self.noting_raises(|it| it.enter_prefixed(item)) {
                Err(raised) => return Flow::Raise(raised),
                Ok(true) => {
                    let flow = self.exec_block(&stmt.body);
                    self.prefixes.pop();
                    return flow;
                }
                Ok(false) => {}
            }
        }
        for item in &stmt.items {
            let file = called_name(&item.context_expr).is_some_and(|it| it == "open");
            swallows |= !file && !is_app_context(&item.context_expr);
            if let Err(raised) = self.noting_raises(|it| it.enter_context(item)) {
                return Flow::Raise(raised);
            }
        }
        if !swallows {
            return self.exec_block(&stmt.body);
        }
        // A context manager may swallow an exception, as `contextlib.suppress` does.
        self.tries.push(TryFrame { calls: self.state.locals.len(), ..TryFrame::default() });
        let flow = self.exec_block(&stmt.body);
        let frame = self.tries.pop().unwrap_or_default();
        let reason = Opaque::because("it is not known whether the code in `with` raises");
        let flow = match flow {
            Flow::Raise(raised) => {
                self.give_up(&raised, &self.state.clone());
                Flow::Next
            }
            flow => flow,
        };
        let Some(entry) = frame.entry else { return flow };
        self.note_raise(frame.kinds, entry.clone(), &frame.inputs);
        let state = std::mem::take(&mut self.state);
        self.merge([(flow, state), (Flow::Next, entry)], &reason, &frame.inputs)
    }

    fn enter_context(&mut self, item: &ast::WithItem) -> Evaluated<()> {
        let context = self.eval(&item.context_expr)?;
        self.may_raise("*");
        let Some(target) = &item.optional_vars else { return Ok(()) };
        // A file gives itself.
        let value = match context.value {
            PyValue::Native(name) if *name == *super::library::FILE => PyValue::Native(name),
            value => PyValue::Unknown(value.unknown().unwrap_or_else(not_seen)),
        };
        let value = Traced::new(value, context.inputs);
        self.assign(target, value, item.context_expr.range())
    }

    pub(super) fn exec_match(&mut self, stmt: &ast::StmtMatch) -> Flow {
        let subject = match self.noting_raises(|it| it.eval(&stmt.subject)) {
            Ok(subject) => subject,
            Err(raised) => return Flow::Raise(raised),
        };
        self.exec_cases(&subject, &stmt.cases)
    }

    fn exec_cases(&mut self, subject: &Traced, cases: &[ast::MatchCase]) -> Flow {
        let Some((case, rest)) = cases.split_first() else { return Flow::Next };
        if self.depth >= super::evaluator::DEPTH_MAX {
            let reason = Opaque::because("the code is nested too deeply");
            cases.iter().for_each(|it| self.forget(&it.body, &reason));
            return Flow::Next;
        }
        self.depth += 1;
        let matched = match &case.guard {
            Some(_) => {
                // What the guard does is not looked at.
                self.noting_raises(|it| it.may_raise("*"));
                None
            }
            None => self.matches(subject, &case.pattern),
        };
        let flow = match matched {
            Some(true) => self.eval_under(&subject.inputs, |it| it.exec_block(&case.body)),
            Some(false) => self.exec_cases(subject, rest),
            None => {
                let reason = subject.value.unknown().unwrap_or_else(not_seen);
                self.fork(
                    &reason,
                    &subject.inputs,
                    |it| {
                        it.forget_pattern(&case.pattern);
                        it.exec_block(&case.body)
                    },
                    |it| it.exec_cases(subject, rest),
                )
            }
        };
        self.depth -= 1;
        flow
    }

    /// Whether a pattern matches; binds what it captures when it does.
    fn matches(&mut self, subject: &Traced, pattern: &Pattern) -> Option<bool> {
        match pattern {
            Pattern::MatchValue(it) => {
                let value = self.eval(&it.value).ok()?;
                self.tells_apart(&subject.value, &subject.inputs, &[&value.value]);
                equal(&self.heap, &subject.value, &value.value)
            }
            Pattern::MatchSingleton(it) => {
                let value = match it.value {
                    Singleton::None => PyValue::None,
                    Singleton::True => PyValue::Bool(true),
                    Singleton::False => PyValue::Bool(false),
                };
                let unknown = matches!(subject.value, PyValue::Unknown(_));
                (!unknown).then_some(subject.value == value)
            }
            Pattern::MatchOr(it) => {
                let mut result = Some(false);
                for pattern in &it.patterns {
                    match self.matches(subject, pattern) {
                        Some(true) if result == Some(false) => return Some(true),
                        Some(false) => {}
                        _ => result = None,
                    }
                }
                result
            }
            Pattern::MatchAs(it) => {
                let inner = match &it.pattern {
                    Some(pattern) => self.matches(subject, pattern)?,
                    None => true,
                };
                if let Some(name) = it.name.as_ref().filter(|_| inner) {
                    let span = self.span(it.range);
                    self.bind(name, name.range, subject.clone(), span);
                }
                Some(inner)
            }
            // A text is no sequence here.
            Pattern::MatchSequence(_) if is_plain(&subject.value) => Some(false),
            Pattern::MatchMapping(_) if is_plain(&subject.value) => Some(false),
            _ => None,
        }
    }

    fn forget_pattern(&mut self, pattern: &Pattern) {
        let inputs = Inputs::default();
        for name in super::names::Effects::of_pattern(pattern).assigned {
            let value = Traced::new(PyValue::Unknown(not_seen()), inputs.clone());
            let span = self.span(pattern.range());
            self.bind(&name, pattern.range(), value, span);
        }
    }
}

/// Whether a value has no parts that a pattern could name.
fn is_plain(value: &PyValue) -> bool {
    matches!(
        value,
        PyValue::None
            | PyValue::Bool(_)
            | PyValue::Int(_)
            | PyValue::Float(_)
            | PyValue::Str(_)
            | PyValue::Pattern(_)
    )
}

/// Whether a handler takes an exception of class `kind`.
fn takes(handler: &Handler, kind: &str) -> Option<bool> {
    match handler.type_.as_deref() {
        None => Some(true),
        Some(Expr::Tuple(classes)) => {
            let taken: Vec<_> = classes.iter().map(|it| takes_class(it, kind)).collect();
            if taken.contains(&Some(true)) {
                return Some(true);
            }
            if taken.contains(&None) { None } else { Some(false) }
        }
        Some(class) => takes_class(class, kind),
    }
}

fn takes_class(class: &Expr, kind: &str) -> Option<bool> {
    let name = match class {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return None,
    };
    handles(name, kind)
}

/// Whether it is `app.app_context()` of Flask, which lets exceptions through.
fn is_app_context(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    matches!(&*call.func, Expr::Attribute(it) if it.attr == *"app_context")
}

fn called_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Name(name) => Some(&name.id),
            _ => None,
        },
        _ => None,
    }
}
