//! Coroutines: what an `async` function gives, and what runs it.
//!
//! A coroutine runs when it is awaited, or when it is handed to an event loop. A task runs where it is
//! made, which is one of the orders that the loop may take; one that never ends keeps no other from
//! running, and an exception in it ends nothing else.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::call::Arguments;
use super::evaluator::Evaluator;
use super::raise::Evaluated;
use super::storage::{Entries, Held, Tuple};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// The method that stands for a coroutine: of its function and arguments.
const COROUTINE: &str = "coroutine";

/// Functions that run the function they are given until it ends, with the arguments behind it.
const RUN_FUNCTION: [&str; 4] = ["anyio.run", "curio.run", "trio.run", "anyio.from_thread.run"];

/// Methods that do the same, or make a task of it: `IOLoop.run_sync`, `TaskGroup.start_soon`.
const RUN_LATER: [&str; 3] = ["run_sync", "start_soon", "spawn_callback"];

/// Functions and methods that run the coroutine they are given until it ends.
const RUN_COROUTINE: [&str; 2] = ["asyncio.run", "uvloop.run"];
const UNTIL_COMPLETE: &str = "run_until_complete";

impl Evaluator<'_, '_, '_> {
    /// What calling an `async` function gives.
    pub(super) fn coroutine(&self, function: &Held, arguments: Arguments) -> PyValue {
        let keywords = arguments.keywords.into_iter();
        let keywords = keywords.map(|(key, it)| (self.heap.text(key), it)).collect();
        let parts = vec![
            PyValue::Function(function.clone()),
            self.heap.tuple(arguments.positional),
            self.heap.dict(keywords),
        ];
        match self.heap.tuple(parts) {
            parts @ PyValue::Tuple(_) => self.heap.method(parts, COROUTINE),
            unknown => unknown,
        }
    }

    /// `await value`.
    pub(super) fn eval_await(&mut self, it: &ast::ExprAwait) -> Evaluated {
        let value = self.eval(&it.value)?;
        match parts(&value.value) {
            Some(_) => self.run_coroutine(&value.value, &value.inputs, it.range()),
            None => {
                self.may_raise("*");
                Ok(value)
            }
        }
    }

    /// Runs what a call hands to an event loop: the coroutines among its arguments, and the function
    /// that it is told to run. `Some` where the call is nothing more than that.
    pub(super) fn run_handed(
        &mut self,
        call: &ast::ExprCall,
        callee: &PyValue,
        arguments: &Arguments,
        inputs: &Inputs,
    ) -> Option<Evaluated> {
        let dotted = match callee {
            PyValue::Native(name) if !name.starts_with("builtins.") => name.to_string(),
            PyValue::Unknown(_) => super::calls::dotted(callee, &call.func).unwrap_or_default(),
            _ => return None,
        };
        let method = match &*call.func {
            Expr::Attribute(it) => it.attr.as_str(),
            _ => "",
        };
        let range = call.range();
        let is_function = RUN_FUNCTION.contains(&dotted.as_str());
        if let (true, [function @ PyValue::Function(_), rest @ ..]) =
            (is_function || RUN_LATER.contains(&method), arguments.positional.as_slice())
        {
            let (function, rest) = (function.clone(), Arguments::of(rest.to_vec()));
            if is_function {
                return Some(self.run_function(&function, rest, inputs, range));
            }
            self.as_task(|it| it.run_function(&function, rest, inputs, range));
            return None;
        }
        let runs = RUN_COROUTINE.contains(&dotted.as_str()) || method == UNTIL_COMPLETE;
        if let (true, Some(first)) = (runs, arguments.positional.first())
            && parts(first).is_some()
        {
            return Some(self.run_coroutine(&first.clone(), inputs, range));
        }
        for value in
            arguments.values().flat_map(|it| it.elements().unwrap_or(std::slice::from_ref(it)))
        {
            if parts(value).is_some() {
                self.as_task(|it| it.run_coroutine(value, inputs, range));
            }
        }
        None
    }

    fn run_function(
        &mut self,
        function: &PyValue,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated {
        let given = self.call(function, arguments, inputs.clone(), range)?;
        match parts(&given.value) {
            Some(_) => self.run_coroutine(&given.value, &given.inputs, range),
            None => Ok(given),
        }
    }

    /// Runs something beside the rest.
    fn as_task(&mut self, run: impl FnOnce(&mut Self) -> Evaluated) {
        let stuck = self.state.stuck.take();
        self.tasks += 1;
        let outcome = run(self);
        self.tasks -= 1;
        if outcome.is_err() {
            self.may_raise("*");
        }
        self.state.stuck = stuck;
    }

    fn run_coroutine(&mut self, value: &PyValue, inputs: &Inputs, range: TextRange) -> Evaluated {
        let Some((function, positional, keywords)) = parts(value) else {
            return Ok(Traced::new(value.clone(), inputs.clone()));
        };
        let named = keywords.iter().filter_map(|(key, it)| match key {
            PyValue::Str(key) => Some((key.to_string(), it.clone())),
            _ => None,
        });
        let arguments =
            Arguments { keywords: named.collect(), ..Arguments::of(positional.to_vec()) };
        self.follow_function(&function.clone(), arguments, inputs, range)
    }
}

/// The function and the arguments of a coroutine.
fn parts(value: &PyValue) -> Option<(&Held, &Tuple, &Entries)> {
    let PyValue::Method(method) = value else { return None };
    let (COROUTINE, PyValue::Tuple(parts)) = (method.name(), method.object()) else { return None };
    match &parts[..] {
        [PyValue::Function(function), PyValue::Tuple(positional), PyValue::Dict(keywords)] => {
            Some((function, positional, keywords))
        }
        _ => None,
    }
}
