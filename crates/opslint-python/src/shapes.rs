//! What expressions and statements hold, found without running them.

use std::collections::HashSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{self as ast, Expr, ExprContext, Stmt};

/// Whether a handler goes no other way: it tells of the exception, and ends.
pub(super) fn only_tells(handler: &ast::ExceptHandler) -> bool {
    let ast::ExceptHandler::ExceptHandler(it) = handler;
    let tells = |it: &Stmt| match it {
        Stmt::Expr(it) => it.value.is_call_expr() || it.value.is_await_expr(),
        Stmt::Raise(_) | Stmt::Return(_) => true,
        _ => false,
    };
    !it.body.is_empty() && it.body.iter().all(tells)
}

/// The names that an expression reads.
pub(super) fn read(expr: &Expr) -> HashSet<&str> {
    struct Read<'a>(HashSet<&'a str>);
    impl<'a> Visitor<'a> for Read<'a> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Name(it) if it.ctx == ExprContext::Load => {
                    self.0.insert(&it.id);
                }
                _ => walk_expr(self, expr),
            }
        }
    }
    let mut read = Read(HashSet::new());
    read.visit_expr(expr);
    read.0
}

/// Whether a statement holds one that leaves what stands behind it; one that raises ends the
/// request.
#[derive(Default)]
pub(super) struct Leaves(pub(super) bool);

impl<'a> Visitor<'a> for Leaves {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_) => self.0 = true,
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// The names in front of what an expression calls, and whether it is one that is looked at.
pub(super) struct Calls<'a> {
    pub(super) roots: Vec<&'a str>,
    pub(super) is_plain: bool,
}

impl<'a> Visitor<'a> for Calls<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Await(_)
            | Expr::Yield(_)
            | Expr::YieldFrom(_)
            | Expr::Lambda(_)
            | Expr::Named(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_) => self.is_plain = false,
            Expr::Call(it) => {
                let mut callee = &*it.func;
                while let Expr::Attribute(it) = callee {
                    callee = &it.value;
                }
                if let Expr::Name(name) = callee {
                    self.roots.push(&name.id);
                }
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}
