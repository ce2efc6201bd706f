//! Calls into packages in functions that nothing calls while the module is loaded: handlers of
//! requests, and what they call.
//!
//! Such a function is not run. Its statements are gone through in their order, with what is given to
//! it unknown, and a call counts where nothing but the request decides whether it is made: a
//! condition, an early return or a handler of an exception may be about the machine that the code
//! runs on. Functions that only `if __name__ == "__main__":` and commands lead to do not count.

use std::sync::Arc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::access::foreign;
use super::evaluator::Evaluator;
use super::names::Effects;
use super::reach;
use super::shapes::{Calls, Leaves, only_tells, read};
use super::sites::{SITE, Site, given};
use super::state::{Scope, Slot};
use super::trace::Traced;
use super::value::PyValue;

/// Words in the name of a function that is for another place than the one where it is deployed.
const ELSEWHERE: &[&str] = &["debug", "demo", "dev", "fake", "local", "mock", "test", "tests"];

/// What a handler knows of its request. A condition on nothing else holds for some requests.
const OF_REQUEST: &[&str] = &["current_user", "form", "g", "request", "session"];

/// What may be asked about it.
const ASKS: &[&str] = &["getattr", "hasattr", "isinstance", "len"];

impl Evaluator<'_, '_, '_> {
    /// The wanted calls in functions of the modules that are loaded.
    pub(super) fn later_sites(&mut self) -> Vec<Site> {
        let Some(wanted) = self.plan.sites else { return Vec::new() };
        let imports = |it: &usize| {
            let is_loaded = self.state.globals.get(*it).is_some_and(|it| it.loaded);
            is_loaded && self.units[*it].names.imports.iter().any(|it| (wanted.is_package)(it))
        };
        let units: Vec<usize> = (0..self.units.len()).filter(imports).collect();
        if units.is_empty() {
            return Vec::new();
        }
        // What is looked at here changes nothing of what was found.
        let (state, plan, own, followed) =
            (self.state.clone(), self.plan, self.unit, self.followed);
        self.plan.watched = None;
        self.plan.calls = None;
        self.plan.commands = None;
        let mut found = Vec::new();
        for unit in units {
            let parsed = Arc::clone(&self.units[unit].parsed);
            self.unit = unit;
            self.state.locals.clear();
            for (name, stmt) in reach::definitions(parsed.suite()) {
                if self.heap.is_spent() {
                    break;
                }
                if !name.split('_').any(|it| ELSEWHERE.contains(&it)) {
                    let mut walk =
                        Walk { evaluator: self, is_certain: true, seen: 0, found: Vec::new() };
                    walk.visit_stmt(stmt);
                    let sites = walk.found.into_iter().filter(|it| (wanted.matters)(it));
                    found.extend(sites.map(|it| (name.to_owned(), it)));
                }
            }
        }
        (self.state, self.plan, self.unit, self.followed) = (state, plan, own, followed);
        self.contradicted.clear();
        if found.is_empty() {
            return Vec::new();
        }
        let trees: Vec<_> = self.units.iter().map(|it| Arc::clone(&it.parsed)).collect();
        let bodies: Vec<&[Stmt]> = trees.iter().map(|it| it.suite().as_slice()).collect();
        let reached = reach::reached(&bodies);
        found.into_iter().filter(|(name, _)| reached.contains(name)).map(|it| it.1).collect()
    }
}

/// Goes through a function.
struct Walk<'e, 'h, 'w, 'f> {
    evaluator: &'e mut Evaluator<'h, 'w, 'f>,
    /// Whether the code is certainly reached when the function is called.
    is_certain: bool,
    /// Wanted calls that were passed, certain or not.
    seen: usize,
    found: Vec<Site>,
}

impl<'a> Visitor<'a> for Walk<'_, '_, '_, '_> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        let before = self.is_certain;
        for stmt in body {
            self.visit_stmt(stmt);
            self.is_certain &= !self.may_leave(stmt);
        }
        self.is_certain = before;
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(it) => self.function(it),
            Stmt::ClassDef(it) => {
                for stmt in &it.body {
                    if let Stmt::FunctionDef(it) = stmt {
                        self.function(it);
                    }
                }
            }
            Stmt::Assign(it) => {
                self.visit_expr(&it.value);
                match it.targets.as_slice() {
                    [Expr::Name(name)] => self.assign(name, &it.value),
                    targets => targets.iter().for_each(|it| self.hide(it)),
                }
            }
            Stmt::AnnAssign(it) => {
                if let Some(value) = &it.value {
                    self.visit_expr(value);
                    match &*it.target {
                        Expr::Name(name) => self.assign(name, value),
                        target => self.hide(target),
                    }
                }
            }
            Stmt::AugAssign(it) => {
                self.visit_expr(&it.value);
                self.hide(&it.target);
            }
            Stmt::For(it) => {
                self.visit_expr(&it.iter);
                self.hide(&it.target);
                self.visit_body(&it.body);
                self.perhaps(|walk| walk.visit_body(&it.orelse));
            }
            Stmt::With(it) => {
                for item in &it.items {
                    self.visit_expr(&item.context_expr);
                    match item.optional_vars.as_deref() {
                        Some(Expr::Name(name)) => self.assign(name, &item.context_expr),
                        Some(target) => self.hide(target),
                        None => {}
                    }
                }
                self.visit_body(&it.body);
            }
            Stmt::If(it) => self.condition(it),
            Stmt::Match(it) => {
                self.visit_expr(&it.subject);
                self.perhaps(|walk| it.cases.iter().for_each(|it| walk.visit_match_case(it)));
            }
            Stmt::Try(it) => {
                let before = self.seen;
                self.perhaps(|walk| {
                    it.handlers.iter().for_each(|it| walk.visit_except_handler(it));
                });
                // A handler that goes another way may be there for where the code runs.
                let is_plain = self.seen == before && it.handlers.iter().all(only_tells);
                let outer = self.is_certain;
                self.is_certain &= is_plain;
                self.visit_body(&it.body);
                self.visit_body(&it.orelse);
                self.is_certain = outer;
                self.visit_body(&it.finalbody);
            }
            Stmt::Import(it) => {
                for alias in &it.names {
                    let name = alias.name.as_str();
                    let (bound, module) = match &alias.asname {
                        Some(bound) => (bound.as_str(), name),
                        None => {
                            let first = name.split('.').next().unwrap_or(name);
                            (first, first)
                        }
                    };
                    let value = self.evaluator.heap.module(module);
                    self.bind(bound, alias.range, value.into());
                }
            }
            Stmt::ImportFrom(it) => self.import_from(it),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::BoolOp(it) => {
                let mut values = it.values.iter();
                values.next().into_iter().for_each(|it| self.visit_expr(it));
                self.perhaps(|walk| values.for_each(|it| walk.visit_expr(it)));
            }
            Expr::If(it) => {
                self.visit_expr(&it.test);
                self.perhaps(|walk| [&it.body, &it.orelse].map(|it| walk.visit_expr(it)));
            }
            Expr::Lambda(_) => self.perhaps(|walk| walk_expr(walk, expr)),
            Expr::Call(it) => {
                self.call(it);
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}

impl Walk<'_, '_, '_, '_> {
    /// Goes through code that may not be reached.
    fn perhaps<T>(&mut self, look: impl FnOnce(&mut Self) -> T) {
        let outer = std::mem::replace(&mut self.is_certain, false);
        look(self);
        self.is_certain = outer;
    }

    /// A function of its own: what it is given is not known.
    fn function(&mut self, stmt: &ast::StmtFunctionDef) {
        let evaluator = &mut *self.evaluator;
        let effects = Some(evaluator.effects_of(&stmt.body));
        let parent = evaluator.state.locals.last().map(|it| it.id);
        let (id, unit) = (evaluator.heap.fresh_id(), evaluator.unit);
        evaluator.state.locals.push(Scope { id, unit, parent, effects, ..Scope::default() });
        for parameter in &stmt.parameters {
            self.hide_name(parameter.name(), parameter.range());
        }
        let outer = std::mem::replace(&mut self.is_certain, true);
        self.visit_body(&stmt.body);
        self.is_certain = outer;
        self.evaluator.state.locals.pop();
    }

    /// `if …:`, with the branches behind it.
    fn condition(&mut self, stmt: &ast::StmtIf) {
        self.visit_expr(&stmt.test);
        let is_of_request = self.is_of_request(&stmt.test);
        let outer = self.is_certain;
        self.is_certain &= is_of_request || self.makes_what_is_missing(stmt);
        self.visit_body(&stmt.body);
        for clause in &stmt.elif_else_clauses {
            let tested = clause.test.as_ref().is_none_or(|it| self.is_of_request(it));
            self.is_certain = outer && is_of_request && tested;
            self.visit_body(&clause.body);
        }
        self.is_certain = outer;
    }

    /// Whether a condition asks about the request alone.
    fn is_of_request(&self, test: &Expr) -> bool {
        let names = read(test);
        let is_known = |it: &&str| OF_REQUEST.contains(it) || ASKS.contains(it);
        names.iter().any(|it| OF_REQUEST.contains(it)) && names.iter().all(is_known)
    }

    /// `if pool is None: pool = …`: made by whoever comes first.
    fn makes_what_is_missing(&self, stmt: &ast::StmtIf) -> bool {
        let missing = match &*stmt.test {
            Expr::Compare(it) if matches!(&*it.ops, [ast::CmpOp::Is]) => match &*it.comparators {
                [Expr::NoneLiteral(_)] => &it.left,
                _ => return false,
            },
            Expr::UnaryOp(it) if it.op == ast::UnaryOp::Not => &it.operand,
            _ => return false,
        };
        let missing = self.text(missing.range());
        stmt.body.iter().any(|it| match it {
            Stmt::Assign(it) => it.targets.iter().any(|it| self.text(it.range()) == missing),
            _ => false,
        })
    }

    /// Whether a statement may end the function or the turn of a loop, so that what stands behind it
    /// is not certain.
    fn may_leave(&self, stmt: &Stmt) -> bool {
        let mut leaves = Leaves::default();
        leaves.visit_stmt(stmt);
        if !leaves.0 {
            return false;
        }
        let Stmt::If(it) = stmt else { return true };
        // `if pool is not None: return pool`
        let tested = match &*it.test {
            Expr::Compare(it) if matches!(&*it.ops, [ast::CmpOp::IsNot]) => &it.left,
            test => test,
        };
        let is_same = |it: &Stmt| match it {
            Stmt::Return(it) => {
                let value = it.value.as_deref().map(|it| self.text(it.range()));
                value == Some(self.text(tested.range()))
            }
            _ => false,
        };
        let gives_it = matches!(&*it.body, [only] if is_same(only));
        let of_requests = it.elif_else_clauses.iter().filter_map(|it| it.test.as_ref());
        let is_of_request = of_requests.chain([&*it.test]).all(|it| self.is_of_request(it));
        !(is_of_request || gives_it && it.elif_else_clauses.is_empty())
    }

    /// A name gets a value; it is known where it is certain and the first one.
    fn assign(&mut self, name: &ast::ExprName, value: &Expr) {
        let is_first =
            self.evaluator.state.locals.last().is_some_and(|it| it.get(&name.id).is_none());
        match self.value(value).filter(|_| is_first && self.is_certain) {
            Some(value) => self.bind(&name.id, name.range, value),
            None => self.hide_name(&name.id, name.range),
        }
    }

    fn bind(&mut self, name: &str, range: TextRange, value: Traced) {
        let span = self.evaluator.span(range);
        self.evaluator.bind(name, range, value, span);
    }

    fn hide(&mut self, target: &Expr) {
        for name in Effects::of_target(target).assigned {
            self.hide_name(&name, target.range());
        }
    }

    fn hide_name(&mut self, name: &str, range: TextRange) {
        let value = PyValue::because("what a function is given is not followed");
        self.bind(name, range, value.into());
    }

    fn import_from(&mut self, stmt: &ast::StmtImportFrom) {
        let module = stmt.module.as_ref().map_or("", |it| it.as_str());
        for alias in &stmt.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            // One of the project is not loaded for this.
            let is_ours = stmt.level > 0 || self.evaluator.unit_of(module).is_some();
            if is_ours {
                self.hide_name(bound, alias.range);
                continue;
            }
            let dotted = format!("{module}.{}", alias.name);
            let member = super::packages::member(&self.evaluator.heap, &dotted);
            let value = member.unwrap_or_else(|| PyValue::Unknown(foreign(module, &dotted)));
            self.bind(bound, alias.range, value.into());
        }
    }

    /// Notes a call that is wanted.
    fn call(&mut self, call: &ast::ExprCall) {
        let Some(callee) = self.value(&call.func) else { return };
        let Some(name) = self.evaluator.wanted(&callee.value, &call.func) else { return };
        self.seen += 1;
        let record = format!("{SITE}{} {name}", self.evaluator.place_of(call));
        if !self.is_certain || self.evaluator.recorded(&record).is_some() {
            return;
        }
        let mut values =
            call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|it| &it.value));
        let is_plain = values.all(|it| self.is_plain(it));
        let evaluated = is_plain.then(|| self.evaluator.eval_arguments(&call.arguments).ok());
        let span = self.evaluator.span(call.func.range());
        let mut site = Site { call: name, span, hidden: false, arguments: Vec::new() };
        match evaluated.flatten() {
            Some((arguments, inputs)) => {
                site.hidden = arguments.hidden.is_some();
                for (name, value, range) in given(call, &arguments) {
                    let value = Traced::new(value.clone(), inputs.clone());
                    self.argument(&mut site, &name, value, range);
                }
            }
            None => {
                for (idx, it) in call.arguments.args.iter().enumerate() {
                    site.hidden |= it.is_starred_expr();
                    let value = self.value(it).unwrap_or_else(unseen);
                    self.argument(&mut site, &idx.to_string(), value, it.range());
                }
                for it in &call.arguments.keywords {
                    let Some(name) = &it.arg else {
                        site.hidden = true;
                        continue;
                    };
                    let value = self.value(&it.value).unwrap_or_else(unseen);
                    self.argument(&mut site, name, value, it.value.range());
                }
            }
        }
        self.found.push(site);
    }

    fn argument(&self, site: &mut Site, name: &str, value: Traced, range: TextRange) {
        let span = self.evaluator.span(range);
        let slot = Slot::assigned(name, value, (span, span), 0);
        site.arguments.push(self.evaluator.argument_of(name, &slot));
    }

    /// The value of an expression that runs no code of the project.
    fn value(&mut self, expr: &Expr) -> Option<Traced> {
        if self.is_plain(expr) { self.evaluator.eval(expr).ok() } else { None }
    }

    fn is_plain(&mut self, expr: &Expr) -> bool {
        let mut calls = Calls { roots: Vec::new(), is_plain: true };
        calls.visit_expr(expr);
        calls.is_plain
            && calls.roots.into_iter().all(|it| {
                let value = self.evaluator.lookup(it).map(|it| it.value);
                !matches!(
                    value,
                    None | Some(
                        PyValue::Function(_)
                            | PyValue::Class(_)
                            | PyValue::Object(_)
                            | PyValue::Method(_)
                    )
                )
            })
    }

    fn text(&self, range: TextRange) -> &str {
        self.evaluator.host.workspace.sources.text(self.evaluator.span(range))
    }
}

fn unseen() -> Traced {
    PyValue::because("what a function is given is not followed").into()
}
