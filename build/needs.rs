//! What the condition of a rule shows of its needs, as Rust for the table of rules.
//!
//! Only simple forms are seen: facts, variables, settings and paths of files that are asked for, or
//! compared with something written there, and `&&`, `||` and `!` of these. What is not seen is
//! evaluated, so it is slower and never wrong.

use opslint_expression::{BinaryOp, Expr, ExprKind};

/// A part of a condition that is seen.
enum Seen<'e> {
    /// Something is written at a path of a file.
    Path(Path<'e>),
    /// The same, where the condition says more than that.
    AtLeast(Path<'e>),
    /// A fact of this name is like this.
    Fact(&'static str, String),
    /// A variable, or a setting, is known, written or certain.
    Named(&'static str, &'e str, &'static str),
    /// One of several.
    OneOf(Vec<Way<'e>>),
    /// None of several.
    Unless(Vec<Way<'e>>),
}

/// One of several ways for a condition to be true.
struct Way<'e> {
    parts: Vec<Seen<'e>>,
    /// Whether the way has this one part.
    alone: bool,
}

/// A path such as `file.fly.vm` or `file["app-json"].formation`.
struct Path<'e> {
    format: &'e str,
    keys: Vec<&'e str>,
}

/// The format that the path of a `select` starts in.
pub(crate) fn format(select: &Expr) -> Option<&str> {
    let mut expr = select;
    loop {
        match &expr.kind {
            ExprKind::Select(operand, field) if is_file(operand) => return Some(field),
            ExprKind::Index(operand, index) if is_file(operand) => return text(index),
            ExprKind::Select(operand, _)
            | ExprKind::Index(operand, _)
            | ExprKind::Each(operand) => expr = operand,
            _ => return None,
        }
    }
}

/// The elements of `&[Need]` for a rule: of its condition, and of what it selects.
pub(crate) fn of(when: Option<&Expr>, select: Option<&Expr>) -> String {
    let condition = Condition { it: select.and_then(|it| path(it, None)) };
    let mut seen: Vec<Seen<'_>> = select
        .and_then(first_list)
        .and_then(|it| path(it, None))
        .map(Seen::Path)
        .into_iter()
        .collect();
    if let Some(when) = when {
        seen.extend(condition.needs(when));
    }
    elements(&seen)
}

/// The list of the first `[*]`: without it, nothing is selected.
fn first_list(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Each(list) => Some(first_list(list).unwrap_or(list)),
        ExprKind::Select(operand, _) | ExprKind::Index(operand, _) => first_list(operand),
        _ => None,
    }
}

struct Condition<'e> {
    /// What `it` stands for, where it is one place.
    it: Option<Path<'e>>,
}

impl<'e> Condition<'e> {
    /// Parts that must all be true.
    fn needs(&self, expr: &'e Expr) -> Vec<Seen<'e>> {
        match &expr.kind {
            ExprKind::Binary(BinaryOp::And, a, b) => {
                let mut needs = self.needs(a);
                needs.append(&mut self.needs(b));
                needs
            }
            ExprKind::Binary(BinaryOp::Or, ..) => {
                let way = |it: &&'e Expr| Way { parts: self.needs(it), alone: !is_and(it) };
                let ways: Vec<Way<'e>> = operands(expr, BinaryOp::Or).iter().map(way).collect();
                // A way of which nothing is seen may always be open.
                let all = ways.iter().all(|it| !it.parts.is_empty());
                if all { vec![Seen::OneOf(ways)] } else { Vec::new() }
            }
            ExprKind::Not(operand) => match &operand.kind {
                ExprKind::Fact(id) => vec![Seen::Fact(id.name(), "Is::Bool(false)".to_owned())],
                _ => {
                    let ways = operands(operand, BinaryOp::Or).into_iter();
                    let ways: Vec<Way<'e>> = ways.filter_map(|it| self.whole(it)).collect();
                    if ways.is_empty() { Vec::new() } else { vec![Seen::Unless(ways)] }
                }
            },
            _ => self.leaf(expr).into_iter().collect(),
        }
    }

    /// A way all of which is seen: it is true when its parts are.
    fn whole(&self, expr: &'e Expr) -> Option<Way<'e>> {
        let leaf = |it: &&'e Expr| self.leaf(it).filter(|it| !matches!(it, Seen::AtLeast(_)));
        let parts = operands(expr, BinaryOp::And);
        let parts: Vec<Seen<'e>> = parts.iter().map(leaf).collect::<Option<_>>()?;
        Some(Way { alone: parts.len() == 1, parts })
    }

    fn leaf(&self, expr: &'e Expr) -> Option<Seen<'e>> {
        match &expr.kind {
            ExprKind::Fact(id) => Some(Seen::Fact(id.name(), "Is::Bool(true)".to_owned())),
            ExprKind::Call { name, arguments, .. } => self.call(name, arguments),
            ExprKind::Binary(op, left, right) => match &left.kind {
                ExprKind::Fact(id) => Some(Seen::Fact(id.name(), compared(*op, right)?)),
                _ if is_told_from_null(*op, right) => {
                    Some(Seen::AtLeast(path(left, self.it.as_ref())?))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &'e [Expr]) -> Option<Seen<'e>> {
        let first = arguments.first()?;
        let is = match name {
            "has" => "Set",
            "known" => "Known",
            "written" => "Written",
            "certain" => "Certain",
            // Nothing that is not there has elements.
            "exists" => return Some(Seen::AtLeast(path(first, self.it.as_ref())?)),
            _ => return None,
        };
        match &first.kind {
            ExprKind::Fact(id) => Some(Seen::Fact(id.name(), format!("Is::{is}"))),
            ExprKind::Call { name: of, arguments, .. } if is != "Set" => {
                let of = match of.as_ref() {
                    "env" => "Variable",
                    "setting" => "Setting",
                    _ => return None,
                };
                Some(Seen::Named(of, text(arguments.first()?)?, is))
            }
            _ if is == "Set" => Some(Seen::Path(path(first, self.it.as_ref())?)),
            _ => None,
        }
    }
}

/// The operands of a chain of one operator.
fn operands(expr: &Expr, op: BinaryOp) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Binary(it, a, b) if *it == op => {
            let mut all = operands(a, op);
            all.append(&mut operands(b, op));
            all
        }
        _ => vec![expr],
    }
}

fn is_and(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Binary(BinaryOp::And, ..))
}

/// What a fact must be that is compared like this.
fn compared(op: BinaryOp, right: &Expr) -> Option<String> {
    Some(match (op, &right.kind) {
        (BinaryOp::Equal, ExprKind::Bool(it)) => format!("Is::Bool({it})"),
        (BinaryOp::NotEqual, ExprKind::Bool(it)) => format!("Is::Bool({})", !it),
        (BinaryOp::Equal, ExprKind::Text(it)) => format!("Is::OneOf(&[{it:?}])"),
        (BinaryOp::NotEqual, ExprKind::Text(it)) => format!("Is::Not({it:?})"),
        (BinaryOp::In, ExprKind::List(items)) => {
            let texts: Vec<&str> = items.iter().map(text).collect::<Option<_>>()?;
            format!("Is::OneOf(&{texts:?})")
        }
        (op, ExprKind::Int(it)) if op.is_ordering() => order(op, *it as f64),
        (op, ExprKind::Number(it)) if op.is_ordering() => order(op, *it),
        _ => return None,
    })
}

fn order(op: BinaryOp, number: f64) -> String {
    format!("Is::Order(BinaryOp::{op:?}, {number:?})")
}

/// Whether the comparison is false for null, which everything is that is not there.
fn is_told_from_null(op: BinaryOp, right: &Expr) -> bool {
    let is_plain = |it: &Expr| {
        matches!(
            it.kind,
            ExprKind::Text(_) | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Number(_)
        )
    };
    match (op, &right.kind) {
        (BinaryOp::Equal, _) => is_plain(right),
        (BinaryOp::In, ExprKind::List(items)) => items.iter().all(is_plain),
        _ => false,
    }
}

/// The path that an expression is, with what `it` stands for.
fn path<'e>(expr: &'e Expr, it: Option<&Path<'e>>) -> Option<Path<'e>> {
    match &expr.kind {
        ExprKind::Name(name) if name == "it" => {
            it.map(|it| Path { format: it.format, keys: it.keys.clone() })
        }
        ExprKind::Select(operand, key) => step(operand, key, it),
        ExprKind::Index(operand, key) => step(operand, text(key)?, it),
        _ => None,
    }
}

fn step<'e>(operand: &'e Expr, key: &'e str, it: Option<&Path<'e>>) -> Option<Path<'e>> {
    if is_file(operand) {
        return Some(Path { format: key, keys: Vec::new() });
    }
    let mut path = path(operand, it)?;
    path.keys.push(key);
    Some(path)
}

fn is_file(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if name == "file")
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

/// The elements of `&[Need]`.
fn elements(seen: &[Seen<'_>]) -> String {
    seen.iter().map(|it| need(it) + ", ").collect()
}

fn need(seen: &Seen<'_>) -> String {
    match seen {
        Seen::Path(Path { format, keys }) | Seen::AtLeast(Path { format, keys }) => {
            format!("Need::Path {{ format: {format:?}, keys: &{keys:?} }}")
        }
        // Found in the vocabulary by the compiler.
        Seen::Fact(name, is) => {
            format!("Need::Fact {{ id: const {{ FactId::known({name:?}) }}, is: {is} }}")
        }
        Seen::Named(of, name, is) => format!("Need::{of} {{ name: {name:?}, is: Is::{is} }}"),
        Seen::OneOf(ways) => format!("Need::OneOf(&[{}])", all(ways)),
        Seen::Unless(ways) => format!("Need::Unless(&[{}])", all(ways)),
    }
}

fn all(ways: &[Way<'_>]) -> String {
    let way = |it: &Way<'_>| {
        format!("Way {{ parts: &[{}], alone: {} }}, ", elements(&it.parts), it.alone)
    };
    ways.iter().map(way).collect()
}
