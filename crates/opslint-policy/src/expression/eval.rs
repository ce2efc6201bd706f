//! Evaluates an expression: three values, intervals, and a record of what took part.
//!
//! `false && unknown` is false and `true || unknown` is true; everything else that needs an unknown
//! is unknown. A number that is only bounded decides a comparison when every value within the
//! bounds decides it the same way.

mod apply;
mod compare;
mod equality;
mod verdict;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

pub(super) use equality::{contained, equal};
pub use verdict::Truth;

use compare::{arithmetic, compared, is_one_of, order};

use super::call::add;
use super::combine::{Computed, Operand, join, map, map2, try_map2};
use super::known::{KnownFacts, UsedFacts, absent};
use super::value::{Val, Wanted, gaps_of, text_weight};
use crate::document::{Document, Node, NodeKind};
use crate::fact::{Fact, Value};
use crate::project::{Environment, Facts, Lookup, NamedFacts, Process};
use crate::source::Span;
use crate::spelling::Spell;
use crate::vocabulary::FactId;
use opslint_expression::Compiled;
use opslint_expression::{BinaryOp, Expr, ExprKind};

/// A mistake that only shows with the user's values, such as a division by zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the expression it is about.
    pub range: Range<usize>,
}

/// Steps that one rule may take for one process, deployment or file: one for each part of an
/// expression that is worked out, and for each part of the value that it gives.
const STEPS_MAX: usize = 1_000_000;

/// Everything an expression may look at.
pub struct Scope<'a> {
    /// Facts of the process or deployment.
    pub facts: Option<&'a Facts>,
    /// The same by id, where more than one rule asks.
    pub known: Option<Rc<KnownFacts<'a>>>,
    /// Settings of the server, and of the application that it loads.
    pub settings: Option<&'a NamedFacts>,
    /// Variables of the process.
    pub environment: Option<&'a Environment>,
    /// Processes of the deployment.
    pub processes: &'a [Process],
    /// Files by format, as written.
    pub files: &'a [(&'static str, Arc<Document>)],
    /// What `select` found.
    pub it: Option<&'a Node>,
    /// How options of programs are said.
    pub spell: Spell,
    /// Facts that took part, in order of first use.
    pub used: RefCell<UsedFacts<'a>>,
    /// Steps taken so far; a rule has [`STEPS_MAX`] of them.
    pub steps: Cell<usize>,
}

type Result<'a> = std::result::Result<Val<'a>, EvalError>;

impl<'a> Scope<'a> {
    /// A scope in which nothing is known.
    pub fn empty() -> Self {
        Self {
            facts: None,
            known: None,
            settings: None,
            environment: None,
            processes: &[],
            files: &[],
            it: None,
            spell: |_, _, _, _| None,
            used: RefCell::new(Vec::new()),
            steps: Cell::new(0),
        }
    }

    /// Works an expression out.
    ///
    /// # Errors
    /// A mistake that only these values show.
    pub fn eval(&self, compiled: &Compiled) -> Result<'a> {
        let mut eval = Eval { scope: self, compiled, locals: Vec::new() };
        let value = eval.eval(&compiled.expr)?;
        // A mistake on a way that may not be taken is none; too many steps always are.
        self.charge(0, &compiled.expr)?;
        Ok(value)
    }

    /// The place of a fact, a setting, a variable, or the node of a path; of what is not written,
    /// its nearest written ancestor.
    pub fn place(&self, compiled: &Compiled) -> Option<Span> {
        match &compiled.expr.kind {
            ExprKind::Fact(id) => self.facts?.span(*id),
            ExprKind::Call { .. } => self.fact(&compiled.expr)?.origin.span,
            _ => {
                let path = self.path_of(compiled, &compiled.expr).map(|(span, _)| span);
                path.or_else(|| self.computed(compiled, &compiled.expr))
            }
        }
    }

    /// The place of a table that an expression works out, such as by a filter, or of a key of it.
    fn computed(&self, compiled: &Compiled, expr: &Expr) -> Option<Span> {
        let table = |expr| match (Eval { scope: self, compiled, locals: Vec::new() }).eval(expr) {
            Ok(Val::Node(node)) => Some(node),
            _ => None,
        };
        match &expr.kind {
            ExprKind::Select(operand, field) => {
                table(operand).map(|it| step(it.span, Some(it), it.get(field)).0)
            }
            _ => table(expr).map(|it| it.span),
        }
    }

    /// The fact, setting or variable that an expression names.
    pub fn fact(&self, expr: &Expr) -> Option<&'a Fact> {
        match &expr.kind {
            ExprKind::Fact(id) => self.facts?.get(*id),
            ExprKind::Call { name, arguments, .. } => {
                let ExprKind::Text(of) = &arguments.first()?.kind else { return None };
                match name.as_ref() {
                    "setting" => self.settings?.get(of.as_ref()),
                    "env" => match self.environment?.get(of) {
                        Lookup::Set(fact) => Some(fact),
                        Lookup::Unset | Lookup::Unmentioned => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Follows a path that is a part of an expression; keys that are expressions are worked out.
    pub fn path_of(&self, compiled: &Compiled, expr: &Expr) -> Option<(Span, Option<&'a Node>)> {
        self.path(expr, &|key| {
            let mut eval = Eval { scope: self, compiled, locals: Vec::new() };
            match eval.eval(key) {
                Ok(Val::Known(value)) => Some(value),
                _ => None,
            }
        })
    }

    /// Follows a path: the span of its end or nearest written ancestor, and the node when it is
    /// there. A key that is an expression is given by `key`.
    fn path(
        &self,
        expr: &Expr,
        key: &dyn Fn(&Expr) -> Option<Value>,
    ) -> Option<(Span, Option<&'a Node>)> {
        match &expr.kind {
            ExprKind::Name(name) if name == "it" => self.it.map(|it| (it.span, Some(it))),
            ExprKind::Select(operand, field) => {
                if matches!(&operand.kind, ExprKind::Name(name) if name == "file") {
                    let (_, document) = self.files.iter().find(|(name, _)| name == field)?;
                    // The file outlives the evaluation: its tree is borrowed from the scope.
                    return Some((Span::start_of(document.file), Some(self.root(field)?)));
                }
                let (span, node) = self.path(operand, key)?;
                Some(step(span, node, node.and_then(|it| it.get(field))))
            }
            ExprKind::Index(operand, index) => {
                if matches!(&operand.kind, ExprKind::Name(name) if name == "file") {
                    let ExprKind::Text(format) = &index.kind else { return None };
                    let (_, document) = self.files.iter().find(|(name, _)| name == format)?;
                    return Some((Span::start_of(document.file), Some(self.root(format)?)));
                }
                let (span, node) = self.path(operand, key)?;
                let written = match &index.kind {
                    ExprKind::Text(key) => Some(Value::Text(key.as_ref().to_owned())),
                    ExprKind::Int(at) => Some(Value::Int(*at)),
                    _ => key(index),
                };
                let next = match written? {
                    Value::Text(key) => node.and_then(|it| it.get(&key)),
                    Value::Int(at) => {
                        let at = usize::try_from(at).ok()?;
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
        let files: &'a [(&'static str, Arc<Document>)] = self.files;
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

    fn own(&self, id: FactId) -> Option<&'a Arc<Fact>> {
        match &self.known {
            Some(known) => known.get(id),
            None => self.facts?.get_shared(id),
        }
    }

    fn use_fact(&self, name: impl Into<Cow<'static, str>>, fact: &'a Arc<Fact>) {
        let name = name.into();
        let mut used = self.used.borrow_mut();
        if !used.iter().any(|(it, _)| *it == name) {
            used.push((name, fact));
        }
    }
}

/// One step down a path: what is absent has the span of what encloses it, and what lies below an
/// expression is as unknown as it is.
fn step<'a>(
    span: Span,
    parent: Option<&'a Node>,
    child: Option<&'a Node>,
) -> (Span, Option<&'a Node>) {
    match (parent, child) {
        (_, Some(child)) => (child.span, Some(child)),
        (Some(parent), None) if matches!(parent.kind, NodeKind::Dynamic(_)) => {
            (parent.span, Some(parent))
        }
        (Some(parent), None) => (parent.span, None),
        (None, None) => (span, None),
    }
}

struct Eval<'s, 'a> {
    scope: &'s Scope<'a>,
    compiled: &'s Compiled,
    locals: Vec<(Cow<'static, str>, Val<'a>)>,
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
            ExprKind::Text(value) => Val::text(value.as_ref()),
            ExprKind::List(items) => Val::List(
                items.iter().map(|it| self.eval(it)).collect::<std::result::Result<_, _>>()?,
            ),
            ExprKind::Fact(id) => self.own_fact(*id),
            ExprKind::FactOf(local, id) => match self.eval(local)? {
                Val::Process(idx) => {
                    self.fact(self.scope.processes.get(idx).map(|it| &it.facts), *id)
                }
                other => other,
            },
            ExprKind::Name(name) => self.name(name),
            ExprKind::Select(..) | ExprKind::Index(..) | ExprKind::Each(_) => self.member(expr)?,
            ExprKind::Not(operand) => negated(&self.condition(operand)?),
            ExprKind::Negate(operand) => map(&self.eval(operand)?, |it| {
                let (min, max) = it.bounds()?;
                Computed::number((-max, -min))
            }),
            ExprKind::Binary(op, a, b) => self.chain(*op, a, b)?,
            ExprKind::Ternary(condition, then, otherwise) => {
                let condition = self.condition(condition)?;
                match condition.truth() {
                    Some(true) => self.eval(then)?,
                    Some(false) => self.eval(otherwise)?,
                    // It goes one of two ways: where both give the same, that is known.
                    None if matches!(condition, Val::OneOf(..)) => {
                        let open = gaps_of([&condition]);
                        let branches = [self.perhaps(then), self.perhaps(otherwise)];
                        join(&branches.map(|it| it.unwrap_or(Val::Unknown(open.clone()))), open)
                    }
                    // What is unknown may also turn out not to apply, and then neither way is gone.
                    None => condition,
                }
            }
            ExprKind::Call { name, arguments, .. } => self.call(expr, name, arguments)?,
        })
    }

    /// A fact of the process or deployment that the rule is about.
    fn own_fact(&self, id: FactId) -> Val<'a> {
        let Some(known) = &self.scope.known else { return self.fact(self.scope.facts, id) };
        let fact = known.get(id);
        if let Some(fact) = fact {
            self.scope.use_fact(id.name(), fact);
        }
        known.value(id, fact.map(AsRef::as_ref))
    }

    fn fact(&self, facts: Option<&'a Facts>, id: FactId) -> Val<'a> {
        match facts.and_then(|it| it.get_shared(id)) {
            Some(fact) => {
                self.scope.use_fact(id.name(), fact);
                Val::of_fact(&Wanted::Fact(id), fact)
            }
            None => facts.map_or(Val::NotApplicable, |it| absent(Wanted::Fact(id), it.absence(id))),
        }
    }

    fn name(&self, name: &str) -> Val<'a> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return value.clone();
        }
        match name {
            "it" => self.scope.it.map_or(Val::Known(Value::Null), Val::of_node),
            "processes" => Val::List((0..self.scope.processes.len()).map(Val::Process).collect()),
            _ => Val::NotApplicable,
        }
    }

    /// A path through a file or a local. What is absent is null.
    fn member(&mut self, expr: &Expr) -> Result<'a> {
        if let Some((_, node)) = self.scope.path(expr, &|_| None) {
            return Ok(node.map_or(Val::Known(Value::Null), Val::of_node));
        }
        let is_root = |it: &Expr| matches!(&it.kind, ExprKind::Name(name) if name == "file");
        let (operand, key) = match &expr.kind {
            // There is no file of this format.
            ExprKind::Select(operand, _) | ExprKind::Index(operand, _) if is_root(operand) => {
                return Ok(Val::Known(Value::Null));
            }
            ExprKind::Select(operand, field) => (self.eval(operand)?, Val::text(field.as_ref())),
            ExprKind::Index(operand, index) => (self.eval(operand)?, self.eval(index)?),
            _ => return Ok(Val::Known(Value::Null)),
        };
        Ok(match (&operand, &key) {
            (Val::Unknown(_) | Val::NotApplicable, _) => operand,
            (_, Val::NotApplicable) => key,
            (_, open) if open.is_open() => Val::unknown_of([open]),
            (open, _) if open.is_open() && open.items().is_none() => Val::unknown_of([open]),
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

    /// `a && b && c`: operands from left to right. A chain may be as long as a tree may be high, so
    /// nothing but this stands between the calls for two of its operands.
    fn chain(&mut self, op: BinaryOp, a: &Expr, b: &Expr) -> Result<'a> {
        let value = match self.text_test(op, a, b)? {
            Some(it) => Val::bool(it),
            None => {
                let left = match &a.kind {
                    ExprKind::Binary(op, a, b) => self.chain(*op, a, b)?,
                    _ => self.eval(a)?,
                };
                self.binary(op, left, a, b)?
            }
        };
        self.scope.charge(value.weight(), b)?;
        Ok(value)
    }

    /// A fact that is a text, compared with what the rule writes: most comparisons are this one.
    /// `None` for every other.
    fn text_test(
        &self,
        op: BinaryOp,
        a: &Expr,
        b: &Expr,
    ) -> std::result::Result<Option<bool>, EvalError> {
        let ExprKind::Fact(id) = &a.kind else { return Ok(None) };
        let fact = self.scope.own(*id);
        let Some((fact, text)) = fact.and_then(|it| Some((it, it.text()?))) else {
            return Ok(None);
        };
        let Some(is_one) = is_one_of(op, text, b) else { return Ok(None) };
        self.scope.use_fact(id.name(), fact);
        self.scope.charge(text_weight(text) + compared(b), b)?;
        Ok(Some(is_one))
    }

    fn binary(&mut self, op: BinaryOp, left: Val<'a>, a: &Expr, b: &Expr) -> Result<'a> {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            return self.logic(op == BinaryOp::Or, left, a, b);
        }
        if let Val::Known(Value::Text(text)) = &left
            && let Some(is_one) = is_one_of(op, text, b)
        {
            self.scope.charge(compared(b), b)?;
            return Ok(Val::bool(is_one));
        }
        let right = self.eval(b)?;
        Ok(match op {
            BinaryOp::Equal => equal(&left, &right),
            BinaryOp::NotEqual => negated(&equal(&left, &right)),
            BinaryOp::In => contained(&left, &right),
            op if op.is_ordering() => map2(&left, &right, |a, b| order(op, a, b)),
            BinaryOp::Add => add(&left, &right),
            _ => {
                let range = a.range.start..b.range.end;
                try_map2(&left, &right, |a, b| arithmetic(op, a, b))
                    .map_err(|message| EvalError { message, range })?
            }
        })
    }

    /// `&&` and `||`: one operand may settle the result whatever the other is.
    fn logic(&mut self, settling: bool, left: Val<'a>, a: &Expr, b: &Expr) -> Result<'a> {
        let left = as_condition(left, a)?;
        if left.truth() == Some(settling) {
            return Ok(left);
        }
        let right = match left.is_open() {
            // Whether the second operand matters is not known: neither is its mistake.
            true => self.perhaps_condition(b).unwrap_or_else(|| left.clone()),
            false => self.condition(b)?,
        };
        Ok(match (left.truth(), right.truth()) {
            (_, Some(it)) if it == settling => right,
            (Some(_), _) => right,
            // The first unknown is the one to settle: without it, the second may not even matter.
            (None, _) if left.is_open() => left,
            (None, None) if right.is_open() => right,
            (None, _) => Val::NotApplicable,
        })
    }

    /// A condition: true, false, open, or not applicable, which null is too.
    fn condition(&mut self, expr: &Expr) -> Result<'a> {
        as_condition(self.eval(expr)?, expr)
    }

    /// What an expression works out to, if it is worked out at all; a mistake in it is then no
    /// certain one.
    fn perhaps(&mut self, expr: &Expr) -> Option<Val<'a>> {
        self.eval(expr).ok()
    }

    fn perhaps_condition(&mut self, expr: &Expr) -> Option<Val<'a>> {
        self.condition(expr).ok()
    }
}

/// The value of an operand that has to be a condition.
fn as_condition<'a>(value: Val<'a>, expr: &Expr) -> Result<'a> {
    match value {
        value @ (Val::Unknown(_) | Val::NotApplicable | Val::Known(Value::Bool(_))) => Ok(value),
        Val::Known(Value::Null) => Ok(Val::NotApplicable),
        value @ Val::OneOf(..) => Ok(map(&value, |it| match it {
            Operand::Is(Value::Bool(it)) => Some(Computed::bool(*it)),
            _ => None,
        })),
        _ => Err(EvalError {
            message: "this is neither true nor false".to_owned(),
            range: expr.range.clone(),
        }),
    }
}

fn negated<'a>(value: &Val<'a>) -> Val<'a> {
    map(value, |it| match it {
        Operand::Is(Value::Bool(it)) => Some(Computed::bool(!it)),
        _ => None,
    })
}

#[cfg(test)]
mod less_known;
#[cfg(test)]
mod tests;
