//! Statements.

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::storage::Opaque;
use crate::source::Spanned;

use super::branch::Flow;
use super::containers;
use super::eval::not_seen;
use super::evaluator::{DEPTH_MAX, Evaluator};
use super::packages::{FLASK_APP, FLASK_CONFIG, Reader};
use super::raise::{Error, Evaluated};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// A branch of an `if`: `None` for `else`.
type Clause<'a> = (Option<&'a Expr>, &'a [Stmt]);

impl Evaluator<'_, '_, '_> {
    /// Runs the statements of a block.
    pub(super) fn exec_block(&mut self, body: &[Stmt]) -> Flow {
        for (idx, stmt) in body.iter().enumerate() {
            if !self.spend(1) {
                self.forget(&body[idx..], &Self::exhausted());
                return Flow::Next;
            }
            match self.exec(stmt) {
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

    /// A statement without blocks. Inside a `try`, the state before and after it is noted when it
    /// may raise.
    fn exec_simple(&mut self, stmt: &Stmt) -> Flow {
        if self.calls.is_empty() {
            self.latest.clear();
        }
        if self.tries.is_empty() {
            return self.exec_plain(stmt);
        }
        let before = self.state.clone();
        self.spend(before.size());
        let outer = std::mem::take(&mut self.may_raise);
        let flow = self.exec_plain(stmt);
        let kinds = std::mem::replace(&mut self.may_raise, outer);
        if !kinds.is_empty() {
            let after = self.state.clone();
            let inputs = self.control.clone();
            self.note_raise(kinds.clone(), before, &inputs);
            self.note_raise(kinds, after, &inputs);
        }
        flow
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
            Stmt::ClassDef(it) => {
                self.may_raise("*");
                let value = self.heap.class(&it.name);
                self.bind(&it.name, it.name.range, value.into(), self.span(it.name.range));
                Ok(())
            }
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
        let condition = match self.eval(test) {
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

    fn exec_assign(&mut self, assign: &ast::StmtAssign) -> Evaluated<()> {
        if let ([Expr::Tuple(targets)], Expr::Tuple(sources)) = (&*assign.targets, &*assign.value) {
            let starred = |it: &Expr| matches!(it, Expr::Starred(_));
            let same = targets.len() == sources.len();
            if same && !targets.iter().chain(sources).any(starred) {
                return self.assign_each(&targets.elts, &sources.elts);
            }
        }
        let value = self.eval(&assign.value)?;
        for target in &assign.targets {
            self.assign(target, value.clone(), assign.value.range())?;
        }
        Ok(())
    }

    /// `a, b = x, y`: each name gets the place of its own expression.
    fn assign_each(&mut self, targets: &[Expr], sources: &[Expr]) -> Evaluated<()> {
        let values = sources.iter().map(|it| self.eval(it)).collect::<Evaluated<Vec<_>>>()?;
        for ((target, value), source) in targets.iter().zip(values).zip(sources) {
            self.assign(target, value, source.range())?;
        }
        Ok(())
    }

    /// Assigns a value, written at `source`, to a target of any form.
    pub(super) fn assign(
        &mut self,
        target: &Expr,
        value: Traced,
        source: TextRange,
    ) -> Evaluated<()> {
        match target {
            Expr::Name(name) => {
                let span = self.span(source);
                self.bind(&name.id, name.range, value, span);
                Ok(())
            }
            Expr::Tuple(it) => self.unpack(&it.elts, value, source),
            Expr::List(it) => self.unpack(&it.elts, value, source),
            Expr::Starred(it) => self.assign(&it.value, value, source),
            Expr::Subscript(it) => self.assign_item(it, value, source),
            Expr::Attribute(it) => self.assign_attribute(it, value),
            _ => Ok(()),
        }
    }

    fn unpack(&mut self, targets: &[Expr], value: Traced, source: TextRange) -> Evaluated<()> {
        let star = targets.iter().position(|it| matches!(it, Expr::Starred(_)));
        let elements = match self.iterate(&value, source)? {
            Ok(elements) => elements,
            Err(unknown) => {
                let value = Traced::new(PyValue::Unknown(unknown), value.inputs);
                return targets.iter().try_for_each(|it| self.assign(it, value.clone(), source));
            }
        };
        let fits = match star {
            Some(_) => elements.len() + 1 >= targets.len(),
            None => elements.len() == targets.len(),
        };
        if !fits {
            let message = format!("{} values for {} names", elements.len(), targets.len());
            return Err(self.raised(Error::raise("ValueError", message), source, &value.inputs));
        }
        let extra = elements.len() + 1 - targets.len();
        let mut elements = elements.into_iter();
        for (idx, target) in targets.iter().enumerate() {
            let element = match star == Some(idx) {
                true => {
                    let some = elements.by_ref().take(extra).collect();
                    self.heap.list(some)
                }
                false => elements.next().unwrap_or(PyValue::None),
            };
            self.assign(target, Traced::new(element, value.inputs.clone()), source)?;
        }
        Ok(())
    }

    fn assign_item(
        &mut self,
        target: &ast::ExprSubscript,
        value: Traced,
        source: TextRange,
    ) -> Evaluated<()> {
        let object = self.eval(&target.value)?;
        if matches!(&*target.slice, Expr::Slice(_)) {
            self.poison(&object.value, &Opaque::because("a slice of it is assigned"));
            return Ok(());
        }
        let key = self.eval(&target.slice)?;
        if matches!(&object.value, PyValue::Native(name) if name == "os.environ") {
            return self.set_variable(&key, value, target.range);
        }
        if matches!(&object.value, PyValue::Native(name) if name == FLASK_CONFIG) {
            self.record_flask(&key.value, value, source);
            return Ok(());
        }
        let inputs = value.inputs.with(&key.inputs);
        let (Some(id), false) = (object_id(&object.value), holds(&value.value, &object.value))
        else {
            self.may_raise("*");
            self.poison(&object.value, &not_seen());
            return Ok(());
        };
        match containers::store(&self.heap, &object.value, &key.value, value.value) {
            Ok(Some(changed)) => self.replace_object(id, &changed, &inputs),
            Ok(None) => {
                self.may_raise("*");
                self.poison(&object.value, &key.value.unknown().unwrap_or_else(not_seen));
            }
            Err(error) => return Err(self.raised(error, target.range, &inputs)),
        }
        Ok(())
    }

    /// An attribute of an object that we do not follow; of a module of ours, a name of it.
    fn assign_attribute(&mut self, target: &ast::ExprAttribute, value: Traced) -> Evaluated<()> {
        let object = self.eval(&target.value)?;
        self.may_raise("*");
        if Reader::is_one(&object.value) {
            self.poison(&object.value, &Opaque::because("an attribute of it is assigned"));
            return Ok(());
        }
        if matches!(&object.value, PyValue::Native(name) if name == FLASK_APP) {
            self.assign_flask(&target.attr, value, target.range);
            return Ok(());
        }
        let unit = match &object.value {
            PyValue::Module(module) => self.unit_of(module),
            _ => None,
        };
        if let Some(slot) = unit.and_then(|it| self.state.globals[it].get_mut(&target.attr)) {
            slot.value = value;
            self.next_version += 1;
            slot.version = self.next_version;
        }
        if matches!(&object.value, PyValue::None | PyValue::Int(_) | PyValue::Str(_)) {
            let error = Error::raise("AttributeError", format!("no attribute `{}`", target.attr));
            return Err(self.raised(error, target.range, &object.inputs));
        }
        Ok(())
    }

    fn exec_augmented(&mut self, stmt: &ast::StmtAugAssign) -> Evaluated<()> {
        let old = self.eval(&stmt.target)?;
        let new = self.eval(&stmt.value)?;
        // Lists, dicts and sets change in place, so every name of the object sees it.
        if let Some(id) = object_id(&old.value) {
            let elements = match (&old.value, stmt.op) {
                (PyValue::List(_), ast::Operator::Add) => self.iterate(&new, stmt.range)?,
                _ => Err(not_seen()),
            };
            let inputs = new.inputs.with(&old.inputs);
            let object = match (&old.value, elements) {
                (PyValue::List(items), Ok(more)) => {
                    let values = items.iter().cloned().chain(more).collect();
                    self.heap.list_as(items.id(), values)
                }
                (_, Err(unknown)) => PyValue::Unknown(unknown),
                _ => PyValue::Unknown(not_seen()),
            };
            self.replace_object(id, &object, &inputs);
            return self.assign(&stmt.target, Traced::new(object, inputs), stmt.value.range());
        }
        let value = self.binary(stmt.op, old, new, stmt.range)?;
        self.assign(&stmt.target, value, stmt.value.range())
    }

    fn exec_delete(&mut self, target: &Expr) -> Evaluated<()> {
        match target {
            Expr::Name(name) => {
                let unit = self.unit;
                let local = self.state.locals.last_mut().filter(|it| it.unit == unit);
                let scope = local.unwrap_or(&mut self.state.globals[unit]);
                if !scope.remove(&name.id) && scope.opaque.is_none() {
                    let message = format!("`{}` is not defined", name.id);
                    let error = Error::raise("NameError", message);
                    return Err(self.raised(error, name.range, &Inputs::default()));
                }
            }
            Expr::Subscript(it) => {
                let object = self.eval(&it.value)?;
                let key = self.eval(&it.slice)?;
                if matches!(&object.value, PyValue::Native(name) if name == "os.environ") {
                    return self.remove_variable(&key, it.range);
                }
                match (
                    object_id(&object.value),
                    containers::delete(&self.heap, &object.value, &key.value),
                ) {
                    (Some(id), Ok(Some(changed))) => {
                        self.replace_object(id, &changed, &key.inputs);
                    }
                    (_, Err(error)) => return Err(self.raised(error, it.range, &key.inputs)),
                    _ => self.poison(&object.value, &not_seen()),
                }
            }
            Expr::Tuple(it) => return it.elts.iter().try_for_each(|it| self.exec_delete(it)),
            Expr::List(it) => return it.elts.iter().try_for_each(|it| self.exec_delete(it)),
            _ => self.may_raise("*"),
        }
        Ok(())
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

/// The identity of an object that can change.
pub(super) fn object_id(value: &PyValue) -> Option<u32> {
    match value {
        PyValue::List(items) | PyValue::Set(items) => Some(items.id()),
        PyValue::Dict(entries) => Some(entries.id()),
        _ => None,
    }
}

/// Whether `value` holds `object`, so that storing it there would make a circle.
pub(super) fn holds(value: &PyValue, object: &PyValue) -> bool {
    let Some(id) = object_id(object).filter(|it| value.measure().may_hold(*it)) else {
        return false;
    };
    let mut ids = Vec::new();
    value.collect_ids(&mut ids);
    ids.contains(&id)
}
