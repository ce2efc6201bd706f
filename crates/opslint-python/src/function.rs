//! Functions of the project: definitions, and calls that are followed into their body.

use std::sync::Arc;

use ruff_python_ast::{self as ast, Expr, Parameters};
use ruff_text_size::{Ranged, TextRange};

use super::storage::{Held, Opaque};

use super::branch::Flow;
use super::call::Arguments;
use super::evaluator::{DEPTH_MAX, Evaluator, Pending};
use super::names::{Callable, callable_at};
use super::raise::{Error, Evaluated, Raised};
use super::state::Scope;
use super::trace::{Inputs, Traced};
use super::value::{Function, PyValue};

impl Evaluator<'_, '_, '_> {
    pub(super) fn exec_function(&mut self, stmt: &ast::StmtFunctionDef) -> Evaluated<()> {
        let known = |it: &ast::Decorator| match &it.expression {
            Expr::Name(name) => name.id.as_str() == "staticmethod" || is_cache(&it.expression),
            Expr::Attribute(_) => is_cache(&it.expression),
            // `@lru_cache(maxsize=1)`
            Expr::Call(call) => is_cache(&call.func),
            _ => false,
        };
        let span = self.span(stmt.name.range);
        let is_kept = |it: &ast::Decorator| match &it.expression {
            Expr::Call(call) => is_cache(&call.func),
            decorator => is_cache(decorator),
        };
        // What a second call does not do is not followed.
        let counts = stmt.decorator_list.iter().any(is_kept) && rebinds(&stmt.body);
        if counts || !stmt.decorator_list.iter().all(known) {
            if let Some(value) = self.decorated_program(stmt)? {
                self.bind(&stmt.name, stmt.name.range, value.into(), span);
                return Ok(());
            }
            for decorator in &stmt.decorator_list {
                self.eval(&decorator.expression)?;
            }
            let value = PyValue::because(format!("`{}` is decorated", stmt.name));
            self.bind(&stmt.name, stmt.name.range, value.into(), span);
            return Ok(());
        }
        let offset = stmt.name.range.start().to_u32();
        let is_static = super::classes::is_static(&stmt.decorator_list);
        let value = self.function(&stmt.name, Some(&stmt.parameters), offset, is_static)?;
        self.bind(&stmt.name, stmt.name.range, value, span);
        Ok(())
    }

    pub(super) fn eval_lambda(&mut self, lambda: &ast::ExprLambda) -> Evaluated {
        let offset = lambda.range.start().to_u32();
        self.function("<lambda>", lambda.parameters.as_deref(), offset, false)
    }

    pub(super) fn function(
        &mut self,
        name: &str,
        parameters: Option<&Parameters>,
        offset: u32,
        is_static: bool,
    ) -> Evaluated {
        let mut inputs = Inputs::default();
        let mut defaults = Vec::new();
        let mut function = Function {
            name: name.to_owned(),
            qualified: self.qualified(name),
            positional_min: 0,
            positional_max: 0,
            variadic: false,
            keyword_required: 0,
            is_static,
            unit: self.unit,
            offset,
            defaults: Vec::new(),
            parent: None,
        };
        if let Some(parameters) = parameters {
            for parameter in parameters.iter_non_variadic_params() {
                if let Some(default) = &parameter.default {
                    let value = self.eval(default)?;
                    inputs.add(&value.inputs);
                    defaults.push((parameter.parameter.name.to_string(), value.value));
                }
            }
            let positional = || parameters.posonlyargs.iter().chain(&parameters.args);
            function.positional_max = positional().count();
            function.positional_min = positional().filter(|it| it.default.is_none()).count();
            function.variadic = parameters.vararg.is_some();
            let required = parameters.kwonlyargs.iter().filter(|it| it.default.is_none());
            function.keyword_required = required.count();
        }
        function.defaults = defaults;
        function.parent = self.enclosing_scope();
        if let Some(scope) = function.parent.and_then(|it| self.state.scope_mut(it)) {
            scope.captured = true;
        }
        Ok(Traced::new(self.heap.function(function), inputs))
    }

    /// The scope that functions made here see: not that of a class around them.
    pub(super) fn enclosing_scope(&self) -> Option<u32> {
        let local = self.state.locals.last().filter(|it| it.unit == self.unit)?;
        if local.class { local.parent } else { Some(local.id) }
    }

    /// The name of something made here with what it is nested in.
    pub(super) fn qualified(&self, name: &str) -> String {
        let local = self.state.locals.iter().rev().find(|it| it.unit == self.unit);
        let prefix = local.filter(|it| !it.is_global(name)).map_or("", |it| it.prefix.as_str());
        format!("{prefix}{name}")
    }

    /// Calls a function of the project.
    pub(super) fn call_function(
        &mut self,
        function: &Held,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated {
        let parsed = Arc::clone(&self.units[function.unit].parsed);
        let is_coroutine = match callable_at(parsed.suite(), function.offset) {
            Some(Callable::Function(it)) => it.is_async && !self.effects_of(&it.body).yields,
            _ => false,
        };
        if is_coroutine && arguments.hidden.is_none() {
            return Ok(Traced::new(self.coroutine(function, arguments), inputs.clone()));
        }
        self.follow_function(function, arguments, inputs, range)
    }

    /// Follows a call into the body of a function of the project.
    pub(super) fn follow_function(
        &mut self,
        function: &Held,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated {
        let parsed = Arc::clone(&self.units[function.unit].parsed);
        let Some(callable) = callable_at(parsed.suite(), function.offset) else {
            return Ok(self.opaque_call(&arguments, &Opaque::because("a function is not found")));
        };
        let live = function.parent.is_none_or(|id| self.state.scope(id).is_some());
        let (parameters, effects) = match &callable {
            Callable::Function(it) => (Some(&*it.parameters), self.effects_of(&it.body)),
            Callable::Lambda(it) => (it.parameters.as_deref(), self.effects_of_body(&it.body)),
        };
        if effects.yields || !live || arguments.hidden.is_some() {
            let reason = Opaque::because(format!("`{}` is not followed", function.name));
            self.forget_function(function, &reason);
            return Ok(self.opaque_call(&arguments, &reason));
        }
        if self.depth + 6 >= DEPTH_MAX || !self.spend(5) {
            let reason = Opaque::because("the calls are nested too deeply");
            self.forget_function(function, &reason);
            return Ok(self.opaque_call(&arguments, &reason));
        }
        let id = self.heap.fresh_id();
        let (unit, parent) = (function.unit, function.parent);
        let prefix = format!("{}.<locals>.", function.qualified);
        let effects = Some(effects);
        let scope = Scope { id, unit, parent, effects, prefix, ..Scope::default() };
        let control = inputs.clone();
        let mut arguments = arguments;
        let of_names = std::mem::take(&mut arguments.of_names);
        let bound = self.bound(function, parameters, arguments, &control, range)?;
        let unit = std::mem::replace(&mut self.unit, function.unit);
        let place = self.place.take();
        self.state.locals.push(scope);
        for (name, value) in bound {
            let span = self.span(callable_range(&callable));
            let own = of_names.iter().find(|it| it.0 == name);
            let control = own.map_or(control.clone(), |it| control.clone().with(&it.1));
            let traced = Traced::new(value, control);
            self.bind(&name, callable_range(&callable), traced, span);
        }
        let result = self.eval_under(inputs, |it| it.run(&callable));
        self.state.pop_local();
        self.unit = unit;
        self.place = place;
        result.map(|it| Traced::new(it.value, it.inputs.with(inputs)))
    }

    fn run(&mut self, callable: &Callable<'_>) -> Evaluated {
        let body = match callable {
            Callable::Lambda(it) => return self.eval(&it.body),
            Callable::Function(it) => &it.body,
        };
        let loops = std::mem::take(&mut self.loops);
        self.calls.push(Vec::new());
        let flow = self.exec_block(body);
        let mut returns = self.calls.pop().unwrap_or_default();
        self.loops = loops;
        let state = std::mem::take(&mut self.state);
        let raised = match flow {
            Flow::Return(value) => {
                returns.push(Pending { state, value });
                None
            }
            Flow::Next | Flow::Break | Flow::Continue => {
                let value = Traced::new(PyValue::None, self.control.clone());
                returns.push(Pending { state, value });
                None
            }
            Flow::Raise(raised) => Some((raised, state)),
            Flow::Dead => {
                let error = Error::raise("*", "every path of the function raises");
                let raised = self.raised(error, callable_range(callable), &Inputs::default());
                Some((raised, state))
            }
        };
        let reason = Opaque::because("it is not known which `return` is reached");
        let joined = returns.into_iter().reduce(|left, right| {
            let inputs = left.value.inputs.with(&right.value.inputs);
            let value = self.joiner(&reason, &inputs).values(&left.value.value, &right.value.value);
            let state = self.join(left.state, right.state, &reason, &Inputs::default());
            Pending { state, value: Traced::new(value, inputs) }
        });
        match (joined, raised) {
            (Some(pending), raised) => {
                self.state = pending.state;
                // Paths that all raised are noted where they did.
                let noted = |it: &Raised| it.kind == "*" && self.tries.is_empty();
                if let Some((raised, state)) = raised.filter(|(it, _)| !noted(it)) {
                    self.give_up(&raised, &state);
                }
                Ok(pending.value)
            }
            (None, Some((raised, state))) => {
                self.state = state;
                Err(raised)
            }
            (None, None) => Ok(PyValue::None.into()),
        }
    }

    /// The value of each parameter, or the `TypeError` of a call that does not fit.
    fn bound(
        &mut self,
        function: &Function,
        parameters: Option<&Parameters>,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<Vec<(String, PyValue)>> {
        let misfit = |it: &Self, what: String| {
            let message = format!("`{}()` {what}", function.name);
            Err(it.raised(Error::type_error(message), range, inputs))
        };
        let Arguments { positional, mut keywords, .. } = arguments;
        let mut bound = Vec::new();
        let mut rest = positional.into_iter();
        let Some(parameters) = parameters else {
            return match (rest.len(), keywords.len()) {
                (0, 0) => Ok(bound),
                _ => misfit(self, "takes no arguments".to_owned()),
            };
        };
        let in_order = parameters.posonlyargs.iter().chain(&parameters.args);
        let in_order = in_order.map(|it| (it, true));
        for (it, by_position) in in_order.chain(parameters.kwonlyargs.iter().map(|it| (it, false)))
        {
            let name = it.parameter.name.as_str();
            let given = if by_position { rest.next() } else { None };
            let named = keywords.iter().position(|(key, _)| key == name);
            let value = match (given, named) {
                (Some(_), Some(_)) => {
                    return misfit(self, format!("got two values for `{name}`"));
                }
                (Some(value), None) => Some(value),
                (None, Some(at)) => Some(keywords.remove(at).1),
                (None, None) => {
                    let default = function.defaults.iter().find(|(key, _)| key == name);
                    default.map(|(_, value)| value.clone())
                }
            };
            match value {
                Some(value) => bound.push((name.to_owned(), value)),
                None => return misfit(self, format!("misses `{name}`")),
            }
        }
        match &parameters.vararg {
            Some(it) => bound.push((it.name.to_string(), self.heap.tuple(rest.collect()))),
            None if rest.len() > 0 => return misfit(self, "got too many arguments".to_owned()),
            None => {}
        }
        match &parameters.kwarg {
            Some(it) => {
                let entries = keywords.into_iter().map(|(key, it)| (self.heap.text(key), it));
                let entries = entries.collect();
                let dict = self.heap.dict(entries);
                bound.push((it.name.to_string(), dict));
            }
            None => {
                if let Some((key, _)) = keywords.first() {
                    return misfit(self, format!("has no parameter `{key}`"));
                }
            }
        }
        Ok(bound)
    }
}

/// Whether statements bind names of the scopes around them.
fn rebinds(body: &[ast::Stmt]) -> bool {
    body.iter().any(|it| match it {
        ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_) => true,
        ast::Stmt::If(it) => {
            rebinds(&it.body) || it.elif_else_clauses.iter().any(|it| rebinds(&it.body))
        }
        ast::Stmt::For(it) => rebinds(&it.body),
        ast::Stmt::While(it) => rebinds(&it.body),
        ast::Stmt::With(it) => rebinds(&it.body),
        ast::Stmt::Try(it) => rebinds(&it.body),
        _ => false,
    })
}

/// Whether a decorator keeps what a function gave: it gives the same as without.
fn is_cache(decorator: &Expr) -> bool {
    match decorator {
        Expr::Name(name) => matches!(name.id.as_str(), "cache" | "lru_cache"),
        Expr::Attribute(it) => {
            let module = matches!(&*it.value, Expr::Name(name) if name.id.as_str() == "functools");
            module && matches!(it.attr.as_str(), "cache" | "lru_cache")
        }
        _ => false,
    }
}

fn callable_range(callable: &Callable<'_>) -> TextRange {
    match callable {
        Callable::Function(it) => it.name.range,
        Callable::Lambda(it) => it.range(),
    }
}
