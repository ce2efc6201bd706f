//! Calls in functions that nothing calls while the file is loaded: a pool that is opened when the
//! application starts.
//!
//! Such a call is looked at in the names of its module. What depends on the function's own names is
//! not known.

use std::sync::Arc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{self as ast, Expr, Stmt};

use super::call::Arguments;
use super::calls::dotted;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    /// Notes the calls in functions that [`Plan::within`](super::Plan::within) asks for.
    pub(super) fn note_within(&mut self) {
        let Some(wanted) = self.plan.within else { return };
        // What comes now decides nothing of how the file is loaded.
        let (followed, unit) = (self.followed, self.unit);
        for at in 0..self.units.len() {
            let text = self.host.workspace.sources.file(self.units[at].file).text();
            let names: Vec<&str> = wanted.iter().map(|it| last(it)).collect();
            if !names.iter().any(|it| text.contains(it)) {
                continue;
            }
            let parsed = Arc::clone(&self.units[at].parsed);
            let mut finder = Finder { names: &names, depth: 0, found: Vec::new() };
            finder.visit_body(parsed.suite());
            self.unit = at;
            for call in finder.found {
                self.note_one(call, wanted);
            }
        }
        self.unit = unit;
        self.followed = followed;
    }

    fn note_one(&mut self, call: &ast::ExprCall, wanted: &[&str]) {
        let Ok(callee) = self.eval(&call.func) else { return };
        let Some(dotted) = dotted(&callee.value, &call.func) else { return };
        if !wanted.contains(&dotted.as_str()) {
            return;
        }
        let mut arguments = Arguments::default();
        let mut inputs = Inputs::default();
        let mut value = |evaluator: &mut Self, it: &Expr| {
            let Traced { value, inputs: more } =
                evaluator.eval(it).unwrap_or_else(|_| PyValue::Unknown(not_seen()).into());
            inputs.add(&more);
            value
        };
        for it in &call.arguments.args {
            match it {
                Expr::Starred(_) => arguments.hidden = Some(not_seen()),
                it => {
                    let given = value(self, it);
                    arguments.positional.push(given);
                }
            }
        }
        for it in &call.arguments.keywords {
            match &it.arg {
                Some(name) => {
                    let given = value(self, &it.value);
                    arguments.keywords.push((name.to_string(), given));
                }
                None => arguments.hidden = Some(not_seen()),
            }
        }
        self.record_call(call, &dotted, &arguments, &inputs);
    }
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

/// Finds calls in functions by the last part of what is called.
struct Finder<'a> {
    names: &'a [&'a str],
    /// How many functions stand around.
    depth: usize,
    found: Vec<&'a ast::ExprCall>,
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let is_function = matches!(stmt, Stmt::FunctionDef(_));
        self.depth += usize::from(is_function);
        walk_stmt(self, stmt);
        self.depth -= usize::from(is_function);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let (Expr::Call(call), 1..) = (expr, self.depth) {
            let name = match &*call.func {
                Expr::Name(it) => it.id.as_str(),
                Expr::Attribute(it) => it.attr.as_str(),
                _ => "",
            };
            if self.names.contains(&name) {
                self.found.push(call);
            }
        }
        walk_expr(self, expr);
    }
}
