//! Rule expressions: CEL with facts, units and three values.

mod ast;
mod call;
mod check;
mod combine;
mod eval;
mod functions;
mod known;
mod parse;
mod pattern;
mod template;
mod types;
mod value;

pub(crate) use ast::{BinaryOp, Expr, ExprKind};
pub(crate) use check::{Compiled, Mistake, Names, compile, compile_checked};
pub(crate) use eval::{EvalError, Scope, Truth};
pub(crate) use functions::FUNCTIONS;
pub(crate) use known::KnownFacts;
pub(crate) use template::Template;
pub(crate) use types::Ty;
pub(crate) use value::{Digits, Gap, Gaps, Val, Wanted, shown};
