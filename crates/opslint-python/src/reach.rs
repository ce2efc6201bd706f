//! Which functions and classes of modules belong to what the modules do once they are loaded, by the
//! names that code reads: those that only the script leads to, or that are commands, do not.

use std::collections::HashSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{self as ast, Decorator, Expr, ExprContext, Stmt};

/// Words of decorators that make commands and fixtures of functions.
const COMMANDS: &[&str] = &["cli", "command", "fixture", "group"];

/// The functions and classes that stand in a module itself.
pub(super) fn definitions(body: &[Stmt]) -> impl Iterator<Item = (&str, &Stmt)> {
    body.iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(it) => Some((it.name.as_str(), stmt)),
        Stmt::ClassDef(it) => Some((it.name.as_str(), stmt)),
        _ => None,
    })
}

/// The names of those that are reached. One that nothing mentions is taken to be: frameworks call by
/// name what nobody else does.
pub(super) fn reached(modules: &[&[Stmt]]) -> HashSet<String> {
    let (mut start, mut script) = (Reads::default(), Reads::default());
    let mut nodes: Vec<(&str, Reads<'_>)> = Vec::new();
    for stmt in modules.iter().copied().flatten() {
        match stmt {
            Stmt::FunctionDef(it) => {
                let mut own = Reads::default();
                own.visit_stmt(stmt);
                own.0.remove(it.name.as_str());
                nodes.push((&it.name, own));
                match it.decorator_list.as_slice() {
                    [] => {}
                    decorators if decorators.iter().any(is_command) => {
                        script.0.insert(&it.name);
                    }
                    _ => {
                        start.0.insert(&it.name);
                    }
                }
            }
            Stmt::ClassDef(it) => {
                let mut own = Reads::default();
                own.visit_stmt(stmt);
                own.0.remove(it.name.as_str());
                nodes.push((&it.name, own));
            }
            Stmt::If(it) if is_script(&it.test) => script.visit_stmt(stmt),
            stmt => start.visit_stmt(stmt),
        }
    }
    let is_mentioned = |name: &str| {
        script.0.contains(name) || nodes.iter().any(|(own, it)| *own != name && it.0.contains(name))
    };
    let mut open: Vec<&str> = start.0.iter().copied().collect();
    open.extend(nodes.iter().map(|it| it.0).filter(|it| !is_mentioned(it)));
    let mut reached = HashSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name.to_owned()) {
            let own = nodes.iter().filter(|it| it.0 == name);
            open.extend(own.flat_map(|it| it.1.0.iter().copied()));
        }
    }
    reached
}

/// `__name__ == "__main__"`
fn is_script(test: &Expr) -> bool {
    let Expr::Compare(it) = test else { return false };
    matches!(&*it.left, Expr::Name(it) if it.id.as_str() == "__name__")
        && matches!(&*it.comparators, [Expr::StringLiteral(it)] if it.value.to_str() == "__main__")
}

/// `@app.cli.command("init-db")`; a bot has commands of another kind.
fn is_command(decorator: &Decorator) -> bool {
    let mut words = Vec::new();
    let mut expr = match &decorator.expression {
        Expr::Call(it) => &*it.func,
        it => it,
    };
    while let Expr::Attribute(it) = expr {
        words.push(it.attr.as_str());
        expr = &it.value;
    }
    if let Expr::Name(it) = expr {
        words.push(it.id.as_str());
    }
    let is_bot = words.iter().any(|it| it.contains("bot") || it.contains("tree"));
    !is_bot && words.iter().any(|it| COMMANDS.contains(it))
}

/// Names that code reads, those of attributes among them.
#[derive(Default)]
struct Reads<'a>(HashSet<&'a str>);

impl<'a> Visitor<'a> for Reads<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::ImportFrom(it) => {
                // Read under another name.
                let renamed = it.names.iter().filter(|it| it.asname.is_some());
                self.0.extend(renamed.map(|it: &ast::Alias| it.name.as_str()));
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(it) if it.ctx == ExprContext::Load => {
                self.0.insert(&it.id);
            }
            Expr::Attribute(it) => {
                self.0.insert(&it.attr);
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}
