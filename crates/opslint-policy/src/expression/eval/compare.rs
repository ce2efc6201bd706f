//! Operators of plain values: texts that the rule writes, order, and arithmetic.

use crate::expression::call::spread;
use crate::expression::combine::{Answer, Computed, Operand};
use crate::fact::Value;
use opslint_expression::{BinaryOp, Expr, ExprKind};

/// Whether a text is the one, or one of those, that the rule writes. `None` where the rule does not
/// write texts.
pub(super) fn is_one_of(op: BinaryOp, text: &str, right: &Expr) -> Option<bool> {
    match (op, &right.kind) {
        (BinaryOp::Equal, ExprKind::Text(it)) => Some(it == text),
        (BinaryOp::NotEqual, ExprKind::Text(it)) => Some(it != text),
        (BinaryOp::In, ExprKind::List(items)) => {
            let is_text = |it: &Expr| matches!(it.kind, ExprKind::Text(_));
            let is_same = |it: &Expr| matches!(&it.kind, ExprKind::Text(it) if it == text);
            items.iter().all(is_text).then(|| items.iter().any(is_same))
        }
        _ => None,
    }
}

/// Steps for the comparison with what the rule writes.
pub(super) fn compared(right: &Expr) -> usize {
    if let ExprKind::List(items) = &right.kind { items.len() } else { 1 }
}

/// `<` and its kin: what the bounds of both operands decide.
pub(super) fn order(op: BinaryOp, a: Operand<'_>, b: Operand<'_>) -> Option<Computed> {
    if let (Operand::Is(Value::Text(x)), Operand::Is(Value::Text(y))) = (a, b) {
        return Some(Computed::bool(match op {
            BinaryOp::Less => x < y,
            BinaryOp::LessEqual => x <= y,
            BinaryOp::Greater => x > y,
            _ => x >= y,
        }));
    }
    let ((a_min, a_max), (b_min, b_max)) = (a.bounds()?, b.bounds()?);
    let (always, never) = match op {
        BinaryOp::Less => (a_max < b_min, a_min >= b_max),
        BinaryOp::LessEqual => (a_max <= b_min, a_min > b_max),
        BinaryOp::Greater => (a_min > b_max, a_max <= b_min),
        _ => (a_min >= b_max, a_max < b_min),
    };
    (always || never).then(|| Computed::bool(always))
}

/// `-`, `*`, `/` and `%`.
pub(super) fn arithmetic(op: BinaryOp, a: Operand<'_>, b: Operand<'_>) -> Answer {
    let (Some(a), Some(b)) = (a.bounds(), b.bounds()) else { return Ok(None) };
    Ok(Computed::number(match op {
        BinaryOp::Subtract => (a.0 - b.1, a.1 - b.0),
        BinaryOp::Multiply => spread(a, b, |x, y| x * y),
        _ if b == (0.0, 0.0) => return Err("division by zero".to_owned()),
        _ if b.0 <= 0.0 && b.1 >= 0.0 => return Ok(None),
        BinaryOp::Divide => spread(a, b, |x, y| x / y),
        _ if a.0 == a.1 && b.0 == b.1 => (a.0 % b.0, a.0 % b.0),
        _ => return Ok(None),
    }))
}
