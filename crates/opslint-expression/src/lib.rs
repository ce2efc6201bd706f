//! The language of rules: CEL with facts, units and three values. Text → trees whose names, types and
//! units are checked; what they work out to is another crate's business.
//!
//! The build of opslint compiles the expressions of its own rules with this crate and keeps them
//! [packed](pack), so that a run parses none of them. That is why it depends on next to nothing.

mod ast;
mod check;
mod functions;
mod needed;
mod packed;
mod parse;
mod pattern;
mod template;
mod types;

pub use ast::{BinaryOp, Expr, ExprKind};
pub use check::{Compiled, Mistake, Names, compile, compile_checked};
pub use functions::{FUNCTIONS, Function, FunctionId, function};
pub use packed::{pack, pack_template, unpack, unpack_template};
pub use pattern::Pattern;
pub use template::{Part, Template};
pub use types::Ty;
