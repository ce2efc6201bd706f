//! Calls into packages that a caller asks for: which server a script starts, and what it is told.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::call::Arguments;
use super::evaluator::Evaluator;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// Before the name of a call, in a record.
const CALL: &str = "call ";

/// The record of the calls that start commands, in their order.
const COMMANDS: &str = "commands *";

impl Evaluator<'_, '_, '_> {
    /// Notes a call that [`Plan::calls`](super::Plan::calls) asks for, each argument at its place.
    pub(super) fn note_call(
        &mut self,
        call: &ast::ExprCall,
        callee: &PyValue,
        arguments: &Arguments,
        inputs: &Inputs,
    ) {
        let wanted = [self.plan.calls, self.plan.watched];
        // What stands behind a loop without end is not reached.
        if wanted.iter().all(Option::is_none) || self.state.stuck.is_some() {
            return;
        }
        self.note_command(call, callee, arguments, inputs);
        let is_wanted = |name: &String| wanted.iter().flatten().any(|it| it(name));
        if let Some(dotted) = dotted(callee, &call.func).filter(is_wanted) {
            self.record_call(call, &dotted, arguments, inputs);
        }
    }

    /// Records a call under its name, each argument at its place.
    pub(super) fn record_call(
        &mut self,
        call: &ast::ExprCall,
        dotted: &str,
        arguments: &Arguments,
        inputs: &Inputs,
    ) {
        // What decides about one argument decides nothing about another that is written out.
        let traced = |value: PyValue, written: Option<&Expr>| match written {
            Some(it) if it.is_literal_expr() => value.into(),
            _ => Traced::new(value, inputs.clone()),
        };
        self.record(&format!("{CALL}{dotted}"), PyValue::None.into(), call.func.range());
        if let Expr::Attribute(attribute) = &*call.func {
            let range = attribute.value.range();
            self.record(&format!("{CALL}{dotted} self"), PyValue::None.into(), range);
        }
        if let Some(hidden) = &arguments.hidden {
            let value = PyValue::Unknown(hidden.clone());
            self.record(&format!("{CALL}{dotted} *"), traced(value, None), call.range());
        }
        let is_plain = !call.arguments.args.iter().any(Expr::is_starred_expr);
        for (idx, value) in arguments.positional.iter().enumerate() {
            let written = call.arguments.args.get(idx).filter(|_| is_plain);
            let range = written.map_or(call.range(), Ranged::range);
            let value = self.as_given(value);
            self.record(&format!("{CALL}{dotted} {idx}"), traced(value, written), range);
        }
        for (name, value) in &arguments.keywords {
            let mut written = call.arguments.keywords.iter();
            let written = written.find(|it| it.arg.as_ref().is_some_and(|it| it == name.as_str()));
            let written = written.map(|it| &it.value);
            let range = written.map_or(call.range(), Ranged::range);
            let value = self.as_given(value);
            self.record(&format!("{CALL}{dotted} {name}"), traced(value, written), range);
        }
    }
}

impl Evaluator<'_, '_, '_> {
    /// Notes a call that [`Plan::commands`](super::Plan::commands) asks for behind those before it.
    fn note_command(
        &mut self,
        call: &ast::ExprCall,
        callee: &PyValue,
        arguments: &Arguments,
        inputs: &Inputs,
    ) {
        let Some(is_wanted) = self.plan.commands else { return };
        let Some(dotted) = dotted(callee, &call.func).filter(|it| is_wanted(it)) else { return };
        let mut inputs = inputs.clone();
        let value = match self.state.globals[0].get(COMMANDS).map(|it| it.value.clone()) {
            Some(Traced { value: PyValue::Unknown(unknown), .. }) => PyValue::Unknown(unknown),
            before => {
                let before = before.unwrap_or(PyValue::None.into());
                inputs.add(&before.inputs);
                let mut all = before.value.elements().unwrap_or_default().to_vec();
                all.push(match &arguments.hidden {
                    Some(hidden) => PyValue::Unknown(hidden.clone()),
                    None => {
                        let given = |it: &PyValue| self.as_given(it);
                        let positional = arguments.positional.iter().map(given).collect();
                        let keywords = arguments.keywords.iter();
                        let keywords =
                            keywords.map(|(key, it)| (self.heap.text(&**key), given(it)));
                        let keywords = keywords.collect();
                        let parts = vec![
                            self.heap.text(dotted),
                            self.heap.tuple(positional),
                            self.heap.dict(keywords),
                        ];
                        self.heap.tuple(parts)
                    }
                });
                self.heap.tuple(all)
            }
        };
        self.record(COMMANDS, Traced::new(value, inputs), call.range());
    }

    /// A list or a dict as it is now: what the call makes of the object comes later.
    pub(super) fn as_given(&self, value: &PyValue) -> PyValue {
        match value {
            PyValue::Dict(entries) => self.heap.dict(entries.to_vec()),
            PyValue::List(items) => self.heap.list(items.to_vec()),
            other => other.clone(),
        }
    }

    /// Notes an attribute of what a call gave that is asked for, as an argument of that call.
    pub(super) fn note_attribute(
        &mut self,
        object: &Traced,
        name: &str,
        value: Traced,
        source: TextRange,
    ) {
        let unknown = object.value.unknown();
        let dotted = unknown.as_ref().and_then(|it| it.import());
        let wanted = self.plan.calls.or(self.plan.watched);
        let is_wanted = |it: &str| wanted.is_some_and(|wanted| wanted(it));
        if let Some(dotted) = dotted.filter(|it| is_wanted(it)) {
            self.record(&format!("{CALL}{dotted} {name}"), value, source);
        }
    }
}

/// The name of something that a package gives, with the method of it that is called.
pub(super) fn dotted(callee: &PyValue, written: &Expr) -> Option<String> {
    match callee {
        PyValue::Native(name) => Some(name.to_string()),
        PyValue::Unknown(unknown) => {
            let import = unknown.import()?;
            Some(match written {
                Expr::Attribute(it) if !ends_with(import, &it.attr) => {
                    format!("{import}.{}", it.attr)
                }
                _ => import.to_owned(),
            })
        }
        _ => None,
    }
}

fn ends_with(dotted: &str, name: &str) -> bool {
    dotted.rsplit('.').next() == Some(name)
}
