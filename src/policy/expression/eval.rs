//! Evaluates an expression: three values, intervals, and a record of what took part.
//!
//! `false && unknown` is false and `true || unknown` is true; everything else that needs an unknown
//! is unknown. A number that is only bounded decides a comparison when every value within the
//! bounds decides it the same way.

mod apply;
mod equality;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use equality::contained;
pub(super) use equality::equal;

use super::ast::{BinaryOp, Expr, ExprKind};
use super::check::Compiled;
use super::value::{Val, whole};
use crate::diagnostic::Missing;
use crate::document::{Document, Node};
use crate::fact::{Fact, Unknown, Value};
use crate::project::{Environment, Facts, Lookup, Process};
use crate::source::Span;
use crate::vocabulary::FactId;

/// A mistake that only shows with the user's values, such as a division by zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvalError {
    pub(crate) message: String,
    pub(crate) range: Range<usize>,
}

/// Steps that one rule may take for one process, deployment or file: one for each part of an
/// expression that is worked out, and for each part of the value that it gives.
const STEPS_MAX: usize = 1_000_000;

/// Everything an expression may look at.
pub(crate) struct Scope<'a> {
    /// Facts of the process or deployment.
    pub(crate) facts: Option<&'a Facts>,
    /// Settings of the server, and of the application that it loads.
    pub(crate) settings: Option<&'a BTreeMap<String, Fact>>,
    /// Variables of the process.
    pub(crate) environment: Option<&'a Environment>,
    /// Processes of the deployment.
    pub(crate) processes: &'a [Process],
    /// Files by format, as written.
    pub(crate) files: &'a [(&'static str, Rc<Document>)],
    /// What `select` found.
    pub(crate) it: Option<&'a Node>,
    /// Facts that took part, in order of first use.
    pub(crate) used: RefCell<Vec<(String, Fact)>>,
    /// Steps taken so far; a rule has [`STEPS_MAX`] of them.
    pub(crate) steps: Cell<usize>,
}

type Result<'a> = std::result::Result<Val<'a>, EvalError>;

impl<'a> Scope<'a> {
    /// A scope in which nothing is known.
    #[cfg(test)]
    pub(crate) fn empty() -> Self {
        Self {
            facts: None,
            settings: None,
            environment: None,
            processes: &[],
            files: &[],
            it: None,
            used: RefCell::new(Vec::new()),
            steps: Cell::new(0),
        }
    }

    /// Works an expression out.
    pub(crate) fn eval(&self, compiled: &Compiled) -> Result<'a> {
        let mut eval = Eval { scope: self, compiled, locals: Vec::new() };
        eval.eval(&compiled.expr)
    }

    /// The place of a fact, a setting, a variable, or the node of a path; of what is not written,
    /// its nearest written ancestor.
    pub(crate) fn place(&self, expr: &Expr) -> Option<Span> {
        match &expr.kind {
            ExprKind::Fact(id) => self.facts?.span(*id),
            ExprKind::Call { name, arguments, .. } => {
                let ExprKind::Text(of) = &arguments.first()?.kind else { return None };
                match name.as_str() {
                    "setting" => self.settings?.get(of)?.origin.span,
                    "env" => match self.environment?.get(of) {
                        Lookup::Set(fact) => fact.origin.span,
                        Lookup::Unset | Lookup::Unmentioned => None,
                    },
                    _ => None,
                }
            }
            _ => self.path(expr).map(|(span, _)| span),
        }
    }

    /// Follows a path: the span of its end or nearest written ancestor, and the node when it is
    /// there.
    pub(crate) fn path(&self, expr: &Expr) -> Option<(Span, Option<&'a Node>)> {
        match &expr.kind {
            ExprKind::Name(name) if name == "it" => self.it.map(|it| (it.span, Some(it))),
            ExprKind::Select(operand, field) => {
                if matches!(&operand.kind, ExprKind::Name(name) if name == "file") {
                    let (_, document) = self.files.iter().find(|(name, _)| name == field)?;
                    // The file outlives the evaluation: its tree is borrowed from the scope.
                    return Some((Span::start_of(document.file), Some(self.root(field)?)));
                }
                let (span, node) = self.path(operand)?;
                Some(step(span, node, node.and_then(|it| it.get(field))))
            }
            ExprKind::Index(operand, index) => {
                if matches!(&operand.kind, ExprKind::Name(name) if name == "file") {
                    let ExprKind::Text(format) = &index.kind else { return None };
                    let (_, document) = self.files.iter().find(|(name, _)| name == format)?;
                    return Some((Span::start_of(document.file), Some(self.root(format)?)));
                }
                let (span, node) = self.path(operand)?;
                let next = match &index.kind {
                    ExprKind::Text(key) => node.and_then(|it| it.get(key)),
                    ExprKind::Int(at) => {
                        let at = usize::try_from(*at).ok()?;
                        node.and_then(|it| it.elements().get(at))
                    }
                    _ => None,
                };
                Some(step(span, node, next))
            }
            _ => None,
        }
    }

    fn root(&self, format: &str) -> Option<&'a Node> {
        let files: &'a [(&'static str, Rc<Document>)] = self.files;
        files.iter().find(|(name, _)| *name == format).map(|(_, it)| &it.root)
    }

    /// Takes steps on behalf of a part of a rule.
    fn charge(&self, steps: usize, expr: &Expr) -> std::result::Result<(), EvalError> {
        self.steps.set(self.steps.get().saturating_add(steps));
        match self.steps.get() > STEPS_MAX {
            false => Ok(()),
            true => Err(EvalError {
                message: "it takes more than 1,000,000 steps".to_owned(),
                range: expr.range.clone(),
            }),
        }
    }

    fn use_fact(&self, name: &str, fact: &Fact) {
        let mut used = self.used.borrow_mut();
        if !used.iter().any(|(it, _)| it == name) {
            used.push((name.to_owned(), fact.clone()));
        }
    }
}

/// One step down a path: what is absent has the span of what encloses it.
fn step<'a>(
    span: Span,
    parent: Option<&'a Node>,
    child: Option<&'a Node>,
) -> (Span, Option<&'a Node>) {
    match (parent, child) {
        (_, Some(child)) => (child.span, Some(child)),
        (Some(parent), None) => (parent.span, None),
        (None, None) => (span, None),
    }
}

struct Eval<'s, 'a> {
    scope: &'s Scope<'a>,
    compiled: &'s Compiled,
    locals: Vec<(String, Val<'a>)>,
}

impl<'a> Eval<'_, 'a> {
    fn eval(&mut self, expr: &Expr) -> Result<'a> {
        let value = self.value(expr)?;
        self.scope.charge(value.weight(), expr)?;
        Ok(value)
    }

    fn value(&mut self, expr: &Expr) -> Result<'a> {
        Ok(match &expr.kind {
            ExprKind::Null => Val::Known(Value::Null),
            ExprKind::Bool(value) => Val::bool(*value),
            ExprKind::Int(value) => Val::Known(Value::Int(*value)),
            ExprKind::Number(value) => Val::Known(Value::Number(*value)),
            ExprKind::Text(value) => Val::Known(Value::Text(value.clone())),
            ExprKind::List(items) => Val::List(
                items.iter().map(|it| self.eval(it)).collect::<std::result::Result<_, _>>()?,
            ),
            ExprKind::Fact(id) => self.fact(self.scope.facts, *id),
            ExprKind::FactOf(local, id) => match self.eval(local)? {
                Val::Process(idx) => {
                    self.fact(self.scope.processes.get(idx).map(|it| &it.facts), *id)
                }
                other => other,
            },
            ExprKind::Name(name) => self.name(name),
            ExprKind::Select(..) | ExprKind::Index(..) | ExprKind::Each(_) => self.member(expr)?,
            ExprKind::Not(operand) => match self.eval(operand)? {
                Val::Known(Value::Bool(value)) => Val::bool(!value),
                other => self.not_a_condition(other, operand)?,
            },
            ExprKind::Negate(operand) => {
                let value = self.eval(operand)?;
                match value.bounds() {
                    Some((min, max)) => Val::number(-max, -min),
                    None => self.not_a_number(&value, operand)?,
                }
            }
            ExprKind::Binary(..) => self.chain(expr)?,
            ExprKind::Ternary(condition, then, otherwise) => {
                let condition_val = self.eval(condition)?;
                match condition_val.truth() {
                    Some(true) => self.eval(then)?,
                    Some(false) => self.eval(otherwise)?,
                    None => Val::unknown_of(&[&self.not_a_condition(condition_val, condition)?]),
                }
            }
            ExprKind::Call { name, arguments, .. } => self.call(expr, name, arguments)?,
        })
    }

    fn fact(&self, facts: Option<&'a Facts>, id: FactId) -> Val<'a> {
        match facts.and_then(|it| it.get(id)) {
            Some(fact) => {
                self.scope.use_fact(id.name(), fact);
                Val::of_fact(id.name(), fact)
            }
            None => {
                let reason = format!("`{}` does not apply here, or no file says it", id.name());
                Val::missing(id.name(), Unknown::because(reason))
            }
        }
    }

    fn name(&self, name: &str) -> Val<'a> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return value.clone();
        }
        match name {
            "it" => self.scope.it.map_or(Val::Known(Value::Null), Val::of_node),
            "processes" => Val::List((0..self.scope.processes.len()).map(Val::Process).collect()),
            _ => Val::missing(name, Unknown::because("nothing has this name here")),
        }
    }

    /// A path through a file or a local. What is absent is null.
    fn member(&mut self, expr: &Expr) -> Result<'a> {
        if let Some((_, node)) = self.scope.path(expr) {
            return Ok(node.map_or(Val::Known(Value::Null), Val::of_node));
        }
        let root = expr.root_name().unwrap_or_default();
        if root == "file" {
            return Ok(Val::Known(Value::Null));
        }
        let (operand, key) = match &expr.kind {
            ExprKind::Select(operand, field) => {
                (self.eval(operand)?, Val::Known(Value::Text(field.clone())))
            }
            ExprKind::Index(operand, index) => (self.eval(operand)?, self.eval(index)?),
            _ => return Ok(Val::Known(Value::Null)),
        };
        Ok(match (&operand, &key) {
            (Val::Unknown(_), _) => operand,
            (_, Val::Unknown(_)) => key,
            (Val::Node(node), Val::Known(Value::Text(key))) => {
                node.get(key).map_or(Val::Known(Value::Null), Val::of_node)
            }
            (list, Val::Known(Value::Int(at))) => {
                let items = list.items().unwrap_or_default();
                let at = usize::try_from(*at).ok();
                at.and_then(|it| items.get(it).cloned()).unwrap_or(Val::Known(Value::Null))
            }
            _ => Val::Known(Value::Null),
        })
    }

    /// `a && b && c`: operands from left to right, without a call inside a call for each.
    fn chain(&mut self, expr: &Expr) -> Result<'a> {
        let mut operations = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(op, a, b) = &first.kind {
            operations.push((*op, &**a, &**b));
            first = a;
        }
        let mut value = self.eval(first)?;
        for (op, a, b) in operations.into_iter().rev() {
            value = self.binary(op, value, a, b)?;
            self.scope.charge(value.weight(), b)?;
        }
        Ok(value)
    }

    fn binary(&mut self, op: BinaryOp, left: Val<'a>, a: &Expr, b: &Expr) -> Result<'a> {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            return self.logic(op == BinaryOp::Or, left, a, b);
        }
        let right = self.eval(b)?;
        match op {
            BinaryOp::Equal => Ok(equal(&left, &right)),
            BinaryOp::NotEqual => Ok(match equal(&left, &right) {
                Val::Known(Value::Bool(value)) => Val::bool(!value),
                other => other,
            }),
            BinaryOp::In => Ok(contained(&left, &right)),
            op if op.is_ordering() => self.order(op, left, right, a, b),
            _ => self.arithmetic(op, left, right, a, b),
        }
    }

    /// `&&` and `||`: one operand may settle the result whatever the other is.
    fn logic(&mut self, settling: bool, left: Val<'a>, a: &Expr, b: &Expr) -> Result<'a> {
        if left.truth() == Some(settling) {
            return Ok(left);
        }
        let right = self.eval(b)?;
        match (left.truth(), right.truth()) {
            (_, Some(it)) if it == settling => Ok(right),
            (Some(_), Some(_)) => Ok(right),
            (None, _) if right.truth().is_some() => self.not_a_condition(left, a),
            (Some(_), None) => self.not_a_condition(right, b),
            // The first unknown is the one to settle: without it, the second may not even matter.
            _ => {
                self.not_a_condition(right, b)?;
                self.not_a_condition(left, a)
            }
        }
    }

    fn order(&self, op: BinaryOp, left: Val<'a>, right: Val<'a>, a: &Expr, b: &Expr) -> Result<'a> {
        if let (Val::Known(Value::Text(x)), Val::Known(Value::Text(y))) = (&left, &right) {
            return Ok(Val::bool(match op {
                BinaryOp::Less => x < y,
                BinaryOp::LessEqual => x <= y,
                BinaryOp::Greater => x > y,
                _ => x >= y,
            }));
        }
        let (Some((a_min, a_max)), Some((b_min, b_max))) = (left.bounds(), right.bounds()) else {
            let (left, right) =
                (self.number_or_unknown(left, a)?, self.number_or_unknown(right, b)?);
            return Ok(Val::unknown_of(&[&left, &right]));
        };
        let (always, never) = match op {
            BinaryOp::Less => (a_max < b_min, a_min >= b_max),
            BinaryOp::LessEqual => (a_max <= b_min, a_min > b_max),
            BinaryOp::Greater => (a_min > b_max, a_max <= b_min),
            _ => (a_min >= b_max, a_max < b_min),
        };
        Ok(match (always, never) {
            (true, _) => Val::bool(true),
            (_, true) => Val::bool(false),
            _ => Val::unknown_of(&[&left, &right]),
        })
    }

    fn arithmetic(
        &self,
        op: BinaryOp,
        left: Val<'a>,
        right: Val<'a>,
        a: &Expr,
        b: &Expr,
    ) -> Result<'a> {
        if let (BinaryOp::Add, Val::Known(Value::Text(x)), Val::Known(Value::Text(y))) =
            (op, &left, &right)
        {
            return Ok(Val::Known(Value::Text(format!("{x}{y}"))));
        }
        let (Some((a_min, a_max)), Some((b_min, b_max))) = (left.bounds(), right.bounds()) else {
            let (left, right) =
                (self.number_or_unknown(left, a)?, self.number_or_unknown(right, b)?);
            return Ok(Val::unknown_of(&[&left, &right]));
        };
        Ok(match op {
            BinaryOp::Add => Val::number(a_min + b_min, a_max + b_max),
            BinaryOp::Subtract => Val::number(a_min - b_max, a_max - b_min),
            BinaryOp::Multiply => spread(a_min, a_max, b_min, b_max, |x, y| x * y),
            _ if b_min <= 0.0 && b_max >= 0.0 => {
                if b_min == b_max {
                    let range = a.range.start..b.range.end;
                    return Err(EvalError { message: "division by zero".to_owned(), range });
                }
                Val::unknown_of(&[&left, &right])
            }
            BinaryOp::Divide => spread(a_min, a_max, b_min, b_max, |x, y| x / y),
            _ if a_min == a_max && b_min == b_max => Val::Known(whole(a_min % b_min)),
            _ => Val::unknown_of(&[&left, &right]),
        })
    }

    /// An operand of a condition that is neither true nor false.
    fn not_a_condition(&self, value: Val<'a>, expr: &Expr) -> Result<'a> {
        match value {
            Val::Unknown(_) | Val::Known(Value::Bool(_)) => Ok(value),
            Val::Known(Value::Null) => Ok(not_set(expr)),
            _ => Err(EvalError {
                message: "this is neither true nor false".to_owned(),
                range: expr.range.clone(),
            }),
        }
    }

    fn not_a_number(&self, value: &Val<'a>, expr: &Expr) -> Result<'a> {
        self.number_or_unknown(value.clone(), expr)
    }

    /// An operand of arithmetic that is no number: unknown stays unknown, null is not set. A file
    /// may have a text where a number belongs; that is its own mistake, not the rule's.
    fn number_or_unknown(&self, value: Val<'a>, expr: &Expr) -> Result<'a> {
        Ok(match value {
            Val::Unknown(_) | Val::Range(..) => value,
            Val::Known(Value::Int(_) | Value::Number(_)) => Val::Unknown([].into()),
            Val::Known(Value::Null) => not_set(expr),
            _ => {
                let name = expr.dotted().unwrap_or_else(|| "a value".to_owned());
                Val::missing(&name, Unknown::because(format!("`{name}` is not a number")))
            }
        })
    }
}

fn not_set<'a>(expr: &Expr) -> Val<'a> {
    let name = expr.dotted().unwrap_or_else(|| "a value".to_owned());
    Val::Unknown(
        [Missing { unknown: Unknown::because(format!("`{name}` is not set")), name }].into(),
    )
}

/// The range of a function of two bounded numbers that is monotonic in both.
fn spread<'a>(
    a_min: f64,
    a_max: f64,
    b_min: f64,
    b_max: f64,
    compute: impl Fn(f64, f64) -> f64,
) -> Val<'a> {
    let corners = [
        compute(a_min, b_min),
        compute(a_min, b_max),
        compute(a_max, b_min),
        compute(a_max, b_max),
    ];
    let min = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let max = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Val::number(min, max)
}

#[cfg(test)]
mod tests;
