//! Which names a piece of code assigns and reads, found without evaluating it.

use std::collections::{BTreeSet, HashSet};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprContext, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// What a module mentions anywhere, functions included.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names that are read.
    pub(super) read: HashSet<String>,
    /// Names that some function declares `global`.
    pub(super) global: BTreeSet<String>,
    /// Packages that it imports from, by their first name.
    pub(super) imports: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(body: &[Stmt]) -> Self {
        let mut names = Self::default();
        names.visit_body(body);
        names
    }

    fn import(&mut self, module: &str) {
        let package = module.split('.').next().unwrap_or(module);
        if !self.imports.contains(package) {
            self.imports.insert(package.to_owned());
        }
    }
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Global(it) => self.global.extend(it.names.iter().map(|it| it.id.to_string())),
            // `x += 1` reads `x`.
            Stmt::AugAssign(it) => {
                if let Expr::Name(name) = &*it.target {
                    self.read.insert(name.id.to_string());
                }
            }
            Stmt::Import(it) => it.names.iter().for_each(|it| self.import(&it.name)),
            Stmt::ImportFrom(it) if it.level == 0 => {
                it.module.iter().for_each(|it| self.import(it));
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => {
                if !self.read.contains(name.id.as_str()) {
                    self.read.insert(name.id.to_string());
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}

/// What running a block may do, found without running it.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Names that it binds or deletes in its scope.
    pub(super) assigned: BTreeSet<String>,
    /// Names that it reads: it may change the object, call the function, or hand it on. Those that
    /// only functions and classes inside it read are among them.
    pub(super) read: BTreeSet<String>,
    /// Names that it declares `global`, functions inside it included.
    pub(super) global: BTreeSet<String>,
    /// Names that it declares `nonlocal`.
    pub(super) nonlocal: BTreeSet<String>,
    pub(super) returns: bool,
    pub(super) yields: bool,
    /// Whether it mentions the environment in a form that can change it.
    pub(super) environment: bool,
    /// Whether it mentions something by which any name can be set: `globals`, `exec`, `__dict__`.
    pub(super) any_name: bool,
    /// Attributes that it sets: the name in front of the first dot, and what stands behind it.
    pub(super) attributes: BTreeSet<(String, String)>,
}

/// Functions that set variables from a file, whatever package they come from.
pub(super) const DOTENV: [&str; 4] = ["load_dotenv", "read_dotenv", "read_env", "read_envfile"];

impl Effects {
    pub(super) fn of(body: &[Stmt]) -> Self {
        let mut effects = Self::default();
        effects.visit_body(body);
        effects
    }

    /// The names that an assignment target binds.
    pub(super) fn of_target(target: &Expr) -> Self {
        let mut effects = Self::default();
        effects.visit_expr(target);
        effects
    }

    /// The names that a pattern captures.
    pub(super) fn of_pattern(pattern: &ruff_python_ast::Pattern) -> Self {
        let mut effects = Self::default();
        effects.visit_pattern(pattern);
        effects
    }

    fn bind(&mut self, name: &str) {
        self.assigned.insert(name.to_owned());
    }

    /// Code in a scope of its own: its names are not ours, everything else is.
    fn nest(&mut self, inner: Self) {
        self.read.extend(inner.read);
        self.global.extend(inner.global);
        self.assigned.extend(inner.nonlocal);
        self.environment |= inner.environment;
        self.any_name |= inner.any_name;
        self.attributes.extend(inner.attributes);
    }

    fn mention(&mut self, name: &str) {
        self.environment |= DOTENV.contains(&name)
            || matches!(name, "environ" | "environb" | "exec" | "eval" | "execfile");
        self.any_name |= matches!(
            name,
            "exec"
                | "eval"
                | "execfile"
                | "globals"
                | "locals"
                | "vars"
                | "setattr"
                | "delattr"
                | "__dict__"
                | "modules"
        );
    }
}

impl<'a> Visitor<'a> for Effects {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(it) => {
                self.bind(&it.name);
                it.decorator_list.iter().for_each(|it| self.visit_decorator(it));
                self.visit_parameters(&it.parameters);
                return self.nest(Self::of(&it.body));
            }
            Stmt::ClassDef(it) => {
                self.bind(&it.name);
                it.decorator_list.iter().for_each(|it| self.visit_decorator(it));
                it.arguments.iter().for_each(|it| self.visit_arguments(it));
                return self.nest(Self::of(&it.body));
            }
            Stmt::Import(it) => {
                for alias in &it.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.bind(bound.split('.').next().unwrap_or(bound));
                }
            }
            Stmt::ImportFrom(it) => {
                for alias in &it.names {
                    self.any_name |= alias.name.as_str() == "*";
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            Stmt::Global(it) => self.global.extend(it.names.iter().map(|it| it.id.to_string())),
            Stmt::Nonlocal(it) => {
                self.nonlocal.extend(it.names.iter().map(|it| it.id.to_string()));
            }
            Stmt::Try(it) => {
                for handler in &it.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    if let Some(name) = &handler.name {
                        self.bind(name);
                    }
                }
            }
            // `x += y` changes a list in place, which other names have as well.
            Stmt::AugAssign(it) => {
                if let Expr::Name(name) = &*it.target {
                    self.read.insert(name.id.to_string());
                }
            }
            Stmt::Return(_) => self.returns = true,
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => {
                self.mention(&name.id);
                self.read.insert(name.id.to_string());
            }
            Expr::Name(name) => self.bind(&name.id),
            Expr::Yield(_) | Expr::YieldFrom(_) => self.yields = true,
            Expr::Attribute(it) => {
                self.mention(&it.attr);
                if it.ctx != ExprContext::Load
                    && let Some((root, path)) = dotted(expr)
                {
                    self.attributes.insert((root, path));
                }
            }
            Expr::Lambda(it) => {
                it.parameters.iter().for_each(|it| self.visit_parameters(it));
                return self.nest(Self::of_target(&it.body));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_pattern(&mut self, pattern: &'a ruff_python_ast::Pattern) {
        use ruff_python_ast::Pattern;
        match pattern {
            Pattern::MatchAs(it) => it.name.iter().for_each(|it| self.bind(it)),
            Pattern::MatchStar(it) => it.name.iter().for_each(|it| self.bind(it)),
            Pattern::MatchMapping(it) => it.rest.iter().for_each(|it| self.bind(it)),
            _ => {}
        }
        ruff_python_ast::visitor::walk_pattern(self, pattern);
    }
}

/// `a.b.c` as `a` and `b.c`. `None` when it does not start with a name.
fn dotted(expr: &Expr) -> Option<(String, String)> {
    let mut parts = Vec::new();
    let mut inner = expr;
    while let Expr::Attribute(it) = inner {
        parts.push(it.attr.as_str());
        inner = &it.value;
    }
    let Expr::Name(root) = inner else { return None };
    parts.reverse();
    Some((root.id.to_string(), parts.join(".")))
}

/// The function or lambda at an offset.
pub(super) enum Callable<'a> {
    Function(&'a StmtFunctionDef),
    Lambda(&'a ruff_python_ast::ExprLambda),
}

/// Finds the function or lambda that starts at `offset`.
pub(super) fn callable_at(body: &[Stmt], offset: u32) -> Option<Callable<'_>> {
    let mut finder = Finder { offset, found: None };
    finder.visit_body(body);
    finder.found
}

struct Finder<'a> {
    offset: u32,
    found: Option<Callable<'a>>,
}

impl<'a> Visitor<'a> for Finder<'a> {
    /// Statements stand in the order of their places: only one of a block can be around it.
    fn visit_body(&mut self, body: &'a [Stmt]) {
        let at = body.partition_point(|it| it.end().to_u32() <= self.offset);
        if let Some(stmt) = body.get(at) {
            self.visit_stmt(stmt);
        }
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.found.is_some() || !covers(stmt, self.offset) {
            return;
        }
        match stmt {
            Stmt::FunctionDef(it) if it.name.range().start().to_u32() == self.offset => {
                self.found = Some(Callable::Function(it));
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.found.is_some() || !covers(expr, self.offset) {
            return;
        }
        match expr {
            Expr::Lambda(it) if it.range.start().to_u32() == self.offset => {
                self.found = Some(Callable::Lambda(it));
            }
            _ => walk_expr(self, expr),
        }
    }
}

fn covers(node: &impl Ranged, offset: u32) -> bool {
    node.start().to_u32() <= offset && offset < node.end().to_u32()
}
