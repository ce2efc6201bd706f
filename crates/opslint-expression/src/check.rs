//! Checks an expression against the vocabulary when a rule is loaded: names, types, units.
//!
//! A rule that passes cannot fail at run time for a reason its author could have seen. Names are
//! replaced by the facts they stand for, so that evaluation looks nothing up.

mod names;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::ast::{BinaryOp, Expr, ExprKind};
use super::functions::{FUNCTIONS, Function, FunctionId, function};
use super::parse::parse;
use super::pattern::Pattern;
use super::types::{Ty, product_unit, quotient_unit, same_unit, unit_name};
use opslint_names::nearest::nearest;
use opslint_names::vocabulary::{FactId, Unit};

/// A mistake in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// The bytes of the expression it is about.
    pub range: Range<usize>,
    /// What to write instead.
    pub help: Option<String>,
}

/// Mistakes of one expression that are said. Who makes more has misunderstood something, and each
/// is compared with every name there is.
const MISTAKES_MAX: usize = 20;

/// Patterns of one expression.
const PATTERNS_MAX: usize = 16;

/// What names an expression may use.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Whether facts of a process or deployment are there.
    pub facts: bool,
    /// Whether `processes` is there.
    pub processes: bool,
    /// The type of `it`, in rules with a `select`.
    pub it: Option<Ty>,
    /// The formats behind `file.`; any, without them.
    pub formats: Option<&'static [&'static str]>,
}

/// An expression that is ready to be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The tree, names resolved.
    pub expr: Expr,
    /// Its type.
    pub ty: Ty,
    /// Patterns of `matches`, by the offset of their call.
    pub patterns: BTreeMap<usize, Pattern>,
}

/// Parses and checks an expression.
///
/// # Errors
/// What is wrong with it, with the bytes of each mistake.
pub fn compile(text: &str, names: &Names) -> Result<Compiled, Vec<Mistake>> {
    compile_with(text, names, true)
}

/// The same for an expression that was checked before: its patterns are left for the evaluation.
///
/// # Errors
/// As of [`compile`]; there are none where it was checked with the same names.
pub fn compile_checked(text: &str, names: &Names) -> Result<Compiled, Vec<Mistake>> {
    compile_with(text, names, false)
}

pub(crate) fn compile_with(
    text: &str,
    names: &Names,
    checks_patterns: bool,
) -> Result<Compiled, Vec<Mistake>> {
    let mut expr = parse(text)
        .map_err(|it| vec![Mistake { message: it.message, range: it.range, help: None }])?;
    let mut checker = Checker {
        names,
        checks_patterns,
        locals: Vec::new(),
        spelled: String::new(),
        mistakes: Vec::new(),
        patterns: BTreeMap::new(),
    };
    let ty = checker.check(&mut expr);
    match checker.mistakes.is_empty() {
        true => Ok(Compiled { expr, ty, patterns: checker.patterns }),
        false => Err(checker.mistakes),
    }
}

struct Checker<'a> {
    names: &'a Names,
    checks_patterns: bool,
    locals: Vec<(Cow<'static, str>, Ty)>,
    /// Room for a dotted name.
    spelled: String,
    mistakes: Vec<Mistake>,
    patterns: BTreeMap<usize, Pattern>,
}

impl Checker<'_> {
    fn check(&mut self, expr: &mut Expr) -> Ty {
        if let Some(ty) = self.resolve_name(expr) {
            return ty;
        }
        let range = expr.range.clone();
        match &mut expr.kind {
            ExprKind::Null => Ty::Null,
            ExprKind::Bool(_) => Ty::Bool,
            ExprKind::Int(_) | ExprKind::Number(_) => Ty::Number(None),
            ExprKind::Text(_) => Ty::Text(None),
            ExprKind::List(items) => {
                let types: Vec<Ty> = items.iter_mut().map(|it| self.check(it)).collect();
                let first = types.first().cloned().unwrap_or(Ty::Any);
                let same = types.iter().all(|it| it.compares_with(&first));
                Ty::List(Box::new(if same { first } else { Ty::Any }))
            }
            ExprKind::Not(operand) => {
                self.expect_bool(operand, "`!`");
                Ty::Bool
            }
            ExprKind::Negate(operand) => self.expect_number(operand, "`-`"),
            ExprKind::Binary(op, a, b) => {
                let op = *op;
                self.binary(op, a, b)
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                self.expect_bool(condition, "a condition");
                let (a, b) = (self.check(then), self.check(otherwise));
                if a.compares_with(&b) && a != Ty::Null { a } else { Ty::Any }
            }
            ExprKind::Select(operand, _) => {
                self.expect_any(operand);
                Ty::Any
            }
            ExprKind::Index(operand, index) => {
                if let (ExprKind::Name(name), ExprKind::Text(format)) = (&operand.kind, &index.kind)
                    && name == "file"
                {
                    self.format(format, index);
                }
                let operand = self.check(operand);
                self.check(index);
                match operand {
                    Ty::List(element) => *element,
                    _ => Ty::Any,
                }
            }
            ExprKind::Each(operand) => {
                self.check(operand);
                Ty::Any
            }
            ExprKind::Call { target, name, arguments } => {
                // `x.f(y)` and `f(x, y)` are the same call.
                if let Some(target) = target.take() {
                    arguments.insert(0, *target);
                }
                self.call(name, arguments, range)
            }
            ExprKind::Name(_) | ExprKind::Fact(_) | ExprKind::FactOf(..) => Ty::Any,
        }
    }

    /// Replaces a dotted name by what it stands for; `None` when the expression is no name.
    fn resolve_name(&mut self, expr: &mut Expr) -> Option<Ty> {
        let mut dotted = std::mem::take(&mut self.spelled);
        dotted.clear();
        let ty = expr.spell(&mut dotted).then(|| self.resolve(expr, &dotted));
        self.spelled = dotted;
        ty
    }

    fn resolve(&mut self, expr: &mut Expr, dotted: &str) -> Ty {
        let (root, rest) = dotted.split_once('.').unwrap_or((dotted, ""));
        if let Some((_, ty)) = self.locals.iter().rev().find(|(name, _)| name == root) {
            let ty = ty.clone();
            return self.local(expr, &ty, rest);
        }
        match root {
            "it" => {
                let Some(ty) = self.names.it.clone() else {
                    self.mistake(
                        "`it` is what `select` found, and this rule selects nothing",
                        expr,
                        None,
                    );
                    return Ty::Any;
                };
                return if rest.is_empty() { ty } else { Ty::Any };
            }
            "file" => {
                self.format(rest.split('.').next().unwrap_or_default(), expr);
                return Ty::Any;
            }
            "processes" if self.names.processes && rest.is_empty() => {
                return Ty::List(Box::new(Ty::Process));
            }
            _ => {}
        }
        if self.names.facts
            && let Some(id) = FactId::from_name(dotted)
        {
            expr.kind = ExprKind::Fact(id);
            return Ty::of_fact(id);
        }
        self.unknown_name(expr, dotted);
        Ty::Any
    }

    /// A name that a macro binds: an element of `processes` has the facts of a process.
    fn local(&mut self, expr: &mut Expr, ty: &Ty, rest: &str) -> Ty {
        if rest.is_empty() || *ty != Ty::Process {
            return if rest.is_empty() { ty.clone() } else { Ty::Any };
        }
        let Some(id) = FactId::from_name(rest) else {
            self.unknown_name(expr, rest);
            return Ty::Any;
        };
        let root = expr.root_name().unwrap_or_default().to_owned();
        let range = expr.range.start..expr.range.start + root.len();
        let local = Expr { kind: ExprKind::Name(root.into()), range };
        expr.kind = ExprKind::FactOf(Box::new(local), id);
        Ty::of_fact(id)
    }

    fn binary(&mut self, op: BinaryOp, a: &mut Expr, b: &mut Expr) -> Ty {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let place = if op == BinaryOp::And { "`&&`" } else { "`||`" };
                self.expect_bool(a, place);
                self.expect_bool(b, place);
                Ty::Bool
            }
            BinaryOp::In => {
                let (element, list) = (self.check(a), self.check(b));
                match list {
                    Ty::List(of) => self.comparable(&element, &of, a, b),
                    Ty::Any | Ty::Text(_) => {}
                    other => {
                        let message = format!("`in` needs a list, this is {}", other.name());
                        self.mistake(message, b, None);
                    }
                }
                self.members(&element, b);
                Ty::Bool
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let (left, right) = (self.check(a), self.check(b));
                self.comparable(&left, &right, a, b);
                self.members(&left, b);
                self.members(&right, a);
                Ty::Bool
            }
            op if op.is_ordering() => {
                let (left, right) = (self.check(a), self.check(b));
                self.comparable(&left, &right, a, b);
                Ty::Bool
            }
            _ => self.arithmetic(op, a, b),
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, a: &mut Expr, b: &mut Expr) -> Ty {
        let (left, right) = (self.check(a), self.check(b));
        if op == BinaryOp::Add && matches!((&left, &right), (Ty::Text(_), Ty::Text(_))) {
            return Ty::Text(None);
        }
        let units = (self.unit(&left, a, op.symbol()), self.unit(&right, b, op.symbol()));
        let (Some(left), Some(right)) = units else { return Ty::Number(None) };
        let unit = match op {
            BinaryOp::Multiply => product_unit(left, right),
            BinaryOp::Divide => quotient_unit(left, right),
            _ => same_unit(left, right),
        };
        match unit {
            Ok(unit) => Ty::Number(unit),
            Err(units) => {
                self.unit_mistake(units, op.symbol(), a, b);
                Ty::Number(None)
            }
        }
    }

    /// The unit of an operand of arithmetic; `None` for a value of a file, which fits every unit,
    /// and for what is not a number, which is a mistake.
    fn unit(&mut self, ty: &Ty, expr: &Expr, symbol: &str) -> Option<Option<Unit>> {
        match ty {
            Ty::Number(unit) => Some(*unit),
            Ty::Any => None,
            other => {
                let message = format!("`{symbol}` needs numbers, this is {}", other.name());
                self.mistake(message, expr, None);
                None
            }
        }
    }

    fn comparable(&mut self, left: &Ty, right: &Ty, a: &Expr, b: &Expr) {
        if !left.compares_with(right) {
            let message = format!("{} cannot be compared with {}", left.name(), right.name());
            self.mistake_at(message, a.range.start..b.range.end, None);
            return;
        }
        if let (Ty::Number(x), Ty::Number(y)) = (left, right)
            && let Err(units) = same_unit(*x, *y)
        {
            self.unit_mistake(units, "a comparison", a, b);
        }
    }

    fn unit_mistake(&mut self, units: (Unit, Unit), what: &str, a: &Expr, b: &Expr) {
        let what = if what.len() == 1 { format!("`{what}`") } else { what.to_owned() };
        let (x, y) = (unit_name(units.0), unit_name(units.1));
        let message = format!("{what} of {x} and {y} means nothing");
        self.mistake_at(message, a.range.start..b.range.end, None);
    }

    fn call(&mut self, name: &str, arguments: &mut [Expr], range: Range<usize>) -> Ty {
        let Some(function) = function(name) else {
            let names = FUNCTIONS.iter().map(|it| it.name);
            let near = nearest(name, names).map(|it| format!("did you mean `{it}`?"));
            let help = near.unwrap_or_else(|| "rules/README.md lists the functions".to_owned());
            self.mistake_at(format!("there is no function `{name}`"), range, Some(help));
            return Ty::Any;
        };
        let (min, max) = function.arity;
        if arguments.len() < min || arguments.len() > max {
            let takes = match (min, max) {
                (1, 1) => "1 argument".to_owned(),
                (min, max) if min < max => format!("{min} or more arguments"),
                (min, _) => format!("{min} arguments"),
            };
            let given = match arguments.len() {
                1 => "1 is".to_owned(),
                count => format!("{count} are"),
            };
            let message = format!("`{name}` takes {takes}, but {given} given");
            self.mistake_at(message, range, None);
            return Ty::Any;
        }
        match function.is_macro {
            true => self.macro_call(function, arguments),
            false => self.function_call(function, arguments, range),
        }
    }

    fn macro_call(&mut self, function: &Function, arguments: &mut [Expr]) -> Ty {
        let [list, name, body] = arguments else { return Ty::Any };
        let element = match self.check(list) {
            Ty::List(element) => *element,
            _ => Ty::Any,
        };
        let ExprKind::Name(local) = &name.kind else {
            self.mistake("expected a name for the element", name, None);
            return Ty::Any;
        };
        self.locals.push((local.clone(), element.clone()));
        let body_ty = match function.id {
            FunctionId::Map => self.check(body),
            _ => {
                self.expect_bool(body, &format!("`{}`", function.name));
                Ty::Bool
            }
        };
        self.locals.pop();
        match function.id {
            FunctionId::Map => Ty::List(Box::new(body_ty)),
            FunctionId::Filter => Ty::List(Box::new(element)),
            _ => Ty::Bool,
        }
    }

    fn function_call(
        &mut self,
        function: &Function,
        arguments: &mut [Expr],
        range: Range<usize>,
    ) -> Ty {
        let types: Vec<Ty> = arguments.iter_mut().map(|it| self.check(it)).collect();
        use FunctionId as F;
        match function.id {
            F::Has | F::Known | F::Certain | F::Written => Ty::Bool,
            F::Env | F::Lower | F::Upper | F::Called | F::Text | F::Count => Ty::Text(None),
            F::Setting => Ty::Any,
            F::Size | F::Int => Ty::Number(None),
            F::Percent => Ty::Number(Some(Unit::Count)),
            F::Mb => Ty::Number(Some(Unit::Megabytes)),
            F::Seconds => Ty::Number(Some(Unit::Seconds)),
            F::Contains | F::StartsWith | F::EndsWith => Ty::Bool,
            F::Matches => {
                self.pattern(arguments, range);
                Ty::Bool
            }
            F::Split => Ty::List(Box::new(Ty::Text(None))),
            F::Join | F::Fill | F::Option => Ty::Text(None),
            F::Sum => match types.into_iter().next() {
                Some(Ty::List(element)) => *element,
                _ => Ty::Number(None),
            },
            _ => self.same_numbers(function, &types, arguments),
        }
    }

    /// `min`, `max` and the like: numbers of one unit in, that unit out.
    fn same_numbers(&mut self, function: &Function, types: &[Ty], arguments: &[Expr]) -> Ty {
        let mut unit = None;
        for (ty, argument) in types.iter().zip(arguments) {
            let Some(next) = self.unit(ty, argument, function.name) else { continue };
            match same_unit(unit, next) {
                Ok(both) => unit = both,
                Err(units) => {
                    let what = format!("`{}`", function.name);
                    self.unit_mistake(units, &what, &arguments[0], argument);
                }
            }
        }
        Ty::Number(unit)
    }

    fn pattern(&mut self, arguments: &[Expr], range: Range<usize>) {
        let ExprKind::Text(pattern) = &arguments[1].kind else {
            self.mistake("the pattern of `matches` is written as text", &arguments[1], None);
            return;
        };
        if self.patterns.len() == PATTERNS_MAX {
            self.mistake("an expression has at most 16 patterns", &arguments[1], None);
            return;
        }
        let pattern = Pattern::new(pattern.clone());
        if self.checks_patterns
            && let Err(reason) = pattern.check()
        {
            self.mistake(format!("the pattern is wrong: {reason}"), &arguments[1], None);
        }
        self.patterns.insert(range.start, pattern);
    }

    fn expect_bool(&mut self, expr: &mut Expr, place: &str) {
        match self.check(expr) {
            Ty::Bool | Ty::Any => {}
            other => {
                let message = format!("{place} needs true or false, this is {}", other.name());
                self.mistake(message, expr, None);
            }
        }
    }

    fn expect_number(&mut self, expr: &mut Expr, place: &str) -> Ty {
        match self.check(expr) {
            Ty::Any => Ty::Number(None),
            ty @ Ty::Number(_) => ty,
            other => {
                let message = format!("{place} needs a number, this is {}", other.name());
                self.mistake(message, expr, None);
                Ty::Number(None)
            }
        }
    }

    fn expect_any(&mut self, expr: &mut Expr) {
        match self.check(expr) {
            Ty::Any => {}
            other => {
                let message = format!("{} has no parts to select", other.name());
                self.mistake(message, expr, None);
            }
        }
    }

    fn mistake(&mut self, message: impl Into<String>, expr: &Expr, help: Option<String>) {
        self.mistake_at(message, expr.range.clone(), help);
    }

    fn mistake_at(
        &mut self,
        message: impl Into<String>,
        range: Range<usize>,
        help: Option<String>,
    ) {
        self.mistakes.push(Mistake { message: message.into(), range, help });
    }
}

#[cfg(test)]
mod tests;
