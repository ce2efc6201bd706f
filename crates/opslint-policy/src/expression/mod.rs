//! What rule expressions work out to: three values, intervals, and what took part.

mod call;
mod combine;
mod eval;
mod fill;
mod known;
mod value;

pub use eval::{EvalError, Scope, Truth};
pub use known::{KnownFacts, UsedFacts};
pub use opslint_expression::{
    BinaryOp, Compiled, Expr, ExprKind, FUNCTIONS, Mistake, Names, Template, Ty, compile,
    compile_checked,
};
pub use value::{Digits, Gap, Gaps, Val, Wanted, shown};
