//! What comes of a condition as a whole: whether a rule applies, and whether it holds.

use std::ops::ControlFlow;

use super::{Eval, EvalError, Scope};
use crate::expression::value::Gaps;
use opslint_expression::Compiled;
use opslint_expression::{BinaryOp, Expr, ExprKind};

/// What comes of a condition.
#[derive(Debug)]
pub enum Truth {
    /// It is certainly true.
    True,
    /// It is certainly false.
    False,
    /// It is about something that is not there, so it is neither.
    NotApplicable,
    /// It cannot be told before these are known.
    Open(Gaps),
}

impl Scope<'_> {
    /// Whether all parts of `a && b && …` are true. A part that does not apply decides, whatever the
    /// others are: a rule about the router does not apply to a worker, even if its server is
    /// unknown.
    ///
    /// # Errors
    /// A mistake that only these values show.
    pub fn all_of(&self, compiled: &Compiled) -> Result<Truth, EvalError> {
        self.parts_of(compiled, BinaryOp::And)
    }

    /// Whether one part of `a || b || …` is true. A part that does not apply decides as well: what it
    /// would have said cannot be said.
    ///
    /// # Errors
    /// A mistake that only these values show.
    pub fn any_of(&self, compiled: &Compiled) -> Result<Truth, EvalError> {
        self.parts_of(compiled, BinaryOp::Or)
    }

    fn parts_of(&self, compiled: &Compiled, op: BinaryOp) -> Result<Truth, EvalError> {
        let mut eval = Eval { scope: self, compiled, locals: Vec::new() };
        let settling = op == BinaryOp::Or;
        let mut open: Option<Gaps> = None;
        let settled = each_part(&compiled.expr, op, &mut |part| {
            let value = match eval.condition(part) {
                Ok(value) => value,
                // Whether this part matters is not known, so its mistake is not certain.
                Err(_) if open.is_some() => return ControlFlow::Continue(()),
                Err(error) => return ControlFlow::Break(Err(error)),
            };
            match value.truth() {
                Some(it) if it == settling => return ControlFlow::Break(Ok(Truth::of(it))),
                Some(_) => {}
                None if !value.is_open() => return ControlFlow::Break(Ok(Truth::NotApplicable)),
                // The first unknown is the one to settle: the next may not even matter then.
                None => {
                    open.get_or_insert_with(|| value.shared_gaps());
                }
            }
            ControlFlow::Continue(())
        });
        match settled {
            ControlFlow::Break(it) => it,
            ControlFlow::Continue(()) => Ok(open.map_or(Truth::of(!settling), Truth::Open)),
        }
    }
}

impl Truth {
    fn of(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Goes over the parts of a chain of `&&` or `||` in order, until one settles it.
fn each_part<B>(
    expr: &Expr,
    op: BinaryOp,
    part: &mut impl FnMut(&Expr) -> ControlFlow<B>,
) -> ControlFlow<B> {
    match &expr.kind {
        ExprKind::Binary(it, a, b) if *it == op => {
            each_part(a, op, part)?;
            each_part(b, op, part)
        }
        _ => part(expr),
    }
}
