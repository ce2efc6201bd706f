//! `for name, value in os.environ.items()`: what a loop over all variables does.
//!
//! It runs for each variable that is known, and then for one of which nothing is known, which stands
//! for those that no file shows. What the known ones set by their names stays: of two variables whose
//! names come to the same key, files of settings have none.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged;

use crate::project::Lookup;

use super::branch::Flow;
use super::environment::Found;
use super::evaluator::Evaluator;
use super::loops::Turn;
use super::state::Slot;
use super::storage::Opaque;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// No variable has such a name, so that what is known of it is known of all that no file sets.
const NO_NAME: &str = "=";

impl Evaluator<'_, '_, '_> {
    /// Runs a loop over the environment. `None` for any other loop, and where it is not known what
    /// the code has done to the environment before.
    pub(super) fn exec_for_environment(&mut self, stmt: &ast::StmtFor) -> Option<Flow> {
        let with_values = self.environment_of(&stmt.iter)?;
        if !stmt.orelse.is_empty() || stmt.is_async || Leaves::are_in(&stmt.body) {
            return None;
        }
        let (names, elements) = self.variables(with_values)?;
        let before = self.named.replace(BTreeSet::new());
        // In which order they come, nobody knows: what differs with it is not known.
        let flow = match is_sorted(&stmt.iter) || elements.len() < 2 {
            true => self.run_over(stmt, elements),
            false => {
                let backwards = elements.iter().rev().cloned().collect();
                let reason = Opaque::because("the order of the variables is not known");
                self.fork(
                    &reason,
                    &Inputs::default(),
                    |it| it.run_over(stmt, elements),
                    |it| it.run_over(stmt, backwards),
                )
            }
        };
        let named = std::mem::replace(&mut self.named, before).unwrap_or_default();
        let is_whole = self.knows_all_variables() && self.asks_for_own(stmt);
        if !matches!(flow, Flow::Next) {
            return Some(flow);
        }
        if is_whole {
            // The last one may be of the system.
            if !self.state.environ.cleared {
                let reason = Opaque::because("it is not known which variable is the last one");
                self.forget_targets(&stmt.target, &reason);
            }
            return Some(flow);
        }
        // What is named after a variable is not set by another one.
        let is_of_one = |it: &str| {
            let it = it.to_lowercase();
            names.iter().any(|name| name.to_lowercase().contains(&it))
        };
        let kept: Vec<(usize, Slot)> = named
            .into_iter()
            .filter(|(_, name)| is_of_one(name))
            .filter_map(|(unit, name)| Some((unit, self.state.globals[unit].get(&name)?.clone())))
            .collect();
        let reason = Opaque::because("variables that no file of the project sets may set it");
        let others = PyValue::Unknown(reason.clone()).into();
        let flow = self.loop_over_unknown(stmt, &others, &reason);
        for (unit, slot) in kept {
            self.state.globals[unit].bind(slot);
        }
        Some(flow)
    }

    fn run_over(&mut self, stmt: &ast::StmtFor, elements: Vec<Traced>) -> Flow {
        let mut elements = elements.into_iter();
        self.run_loop(None, &stmt.body, &[], |it| {
            let Some(element) = elements.next() else { return Turn::End };
            match it.noting_raises(|it| it.assign(&stmt.target, element, stmt.iter.range())) {
                Ok(()) => Turn::Run,
                Err(raised) => Turn::Raise(raised),
            }
        })
    }

    /// Whether an expression goes over all variables, with their values or without.
    fn environment_of(&mut self, iter: &Expr) -> Option<bool> {
        let (object, with_values) = match iter {
            Expr::Call(call) if call.arguments.is_empty() => match &*call.func {
                Expr::Attribute(it) if it.attr.as_str() == "items" => (&*it.value, true),
                Expr::Attribute(it) if it.attr.as_str() == "keys" => (&*it.value, false),
                _ => return None,
            },
            // `list(os.environ.items())` goes over the same.
            Expr::Call(call) if call.arguments.keywords.is_empty() => {
                let (Expr::Name(name), [inner]) = (&*call.func, &*call.arguments.args) else {
                    return None;
                };
                let is_list = matches!(name.id.as_str(), "list" | "sorted" | "tuple");
                let is_own = self.state.globals[self.unit].get(&name.id).is_some();
                return if is_list && !is_own { self.environment_of(inner) } else { None };
            }
            other => (other, false),
        };
        // Asking for a name does nothing else.
        let is_plain = matches!(object, Expr::Name(_))
            || matches!(object, Expr::Attribute(it) if it.value.is_name_expr());
        if !is_plain {
            return None;
        }
        let value = self.eval(object).ok()?;
        matches!(&value.value, PyValue::Native(name) if name == "os.environ").then_some(with_values)
    }

    /// The variables that are known to be set, in the order of their names: these, and what the loop
    /// gets for each, its name or that with its value.
    fn variables(&mut self, with_values: bool) -> Option<(Vec<String>, Vec<Traced>)> {
        let environ = &self.state.environ;
        if environ.any.is_some() {
            return None;
        }
        let own = environ.variables.keys().cloned();
        let mut names: BTreeSet<String> = own.collect();
        if !environ.cleared {
            names.extend(self.host.environment.names().map(str::to_owned));
        }
        let mut elements = Vec::with_capacity(names.len());
        let mut set = Vec::with_capacity(names.len());
        for name in names {
            let (value, inputs) = match self.variable(&name) {
                Found::Text(value, inputs) => (value, inputs),
                Found::Unset(_) => continue,
                Found::Unknown(_) => return None,
            };
            let key = self.heap.text(name.clone());
            set.push(name);
            let element = if with_values { self.heap.tuple(vec![key, value]) } else { key };
            elements.push(Traced::new(element, inputs));
        }
        Some((set, elements))
    }

    /// Whether the loop does something for names with one beginning alone, which no variable of the
    /// system has.
    fn asks_for_own(&mut self, stmt: &ast::StmtFor) -> bool {
        let name = match &*stmt.target {
            Expr::Tuple(it) => it.elts.first(),
            other => Some(other),
        };
        let Some(Expr::Name(name)) = name else { return false };
        let Some(Stmt::If(first)) = stmt.body.first() else { return false };
        // What the test leaves alone goes on to the next variable.
        let skips = matches!(first.body.as_slice(), [Stmt::Continue(_)]);
        let asked = match (&*first.test, skips) {
            (Expr::UnaryOp(it), true) if it.op == ast::UnaryOp::Not => &*it.operand,
            (_, true) => return false,
            (test, false) if stmt.body.len() == 1 && first.elif_else_clauses.is_empty() => test,
            _ => return false,
        };
        let each: &[Expr] = match asked {
            Expr::BoolOp(it) if it.op == ast::BoolOp::And && !skips => &it.values,
            other => std::slice::from_ref(other),
        };
        each.iter().filter_map(|it| beginning(it, &name.id)).any(|it| {
            let text = match it {
                Expr::StringLiteral(_) | Expr::Name(_) => self.eval(it).ok().map(|it| it.value),
                _ => None,
            };
            matches!(text, Some(PyValue::Str(text)) if is_own(&text))
        })
    }

    /// Whether there are no variables but those that files show.
    fn knows_all_variables(&self) -> bool {
        let environ = &self.state.environ;
        let others = self.host.environment.get(NO_NAME);
        let is_whole = environ.cleared
            || matches!(others, Lookup::Unset)
            || self.host.environment.without_others().is_some();
        is_whole && environ.any.is_none() && environ.unset.is_none()
    }
}

fn is_sorted(iter: &Expr) -> bool {
    matches!(iter, Expr::Call(call) if matches!(&*call.func, Expr::Name(it) if it.id == "sorted"))
}

/// What a name has to begin with: `name.startswith("GUNICORN_")`.
fn beginning<'a>(test: &'a Expr, name: &str) -> Option<&'a Expr> {
    let Expr::Call(call) = test else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let is_asked = matches!(&*method.value, Expr::Name(it) if it.id == name)
        && method.attr.as_str() == "startswith";
    match &*call.arguments.args {
        [it] if is_asked && call.arguments.keywords.is_empty() => Some(it),
        _ => None,
    }
}

/// Variables that systems, shells, images and Python set by themselves.
const OF_SYSTEMS: &[&str] = &[
    "GPG_KEY",
    "HOME",
    "HOSTNAME",
    "KUBERNETES_",
    "LANG",
    "LC_",
    "LOGNAME",
    "OLDPWD",
    "PATH",
    "PWD",
    "PYTHON",
    "SHELL",
    "SHLVL",
    "TERM",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
    "_",
];

/// Whether only those that somebody sets for a program begin so.
fn is_own(text: &str) -> bool {
    !text.is_empty() && !OF_SYSTEMS.iter().any(|it| it.starts_with(text) || text.starts_with(it))
}

/// Whether statements leave a loop before its end.
struct Leaves(bool);

impl Leaves {
    fn are_in(body: &[Stmt]) -> bool {
        let mut leaves = Self(false);
        leaves.visit_body(body);
        leaves.0
    }
}

impl<'a> Visitor<'a> for Leaves {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Return(_) | Stmt::Break(_) => self.0 = true,
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}
