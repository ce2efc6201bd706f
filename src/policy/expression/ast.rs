//! The tree of an expression, with the bytes of each part.

use std::ops::Range;

use crate::vocabulary::FactId;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    /// What it is.
    pub(crate) kind: ExprKind,
    /// Its bytes in the expression's text.
    pub(crate) range: Range<usize>,
}

/// The kinds of expression. Names with dots are selections on names, as CEL has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(String),
    List(Vec<Expr>),
    /// A name without dots.
    Name(String),
    /// `operand.field`
    Select(Box<Expr>, String),
    /// `operand[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `operand[*]`, only in `select`.
    Each(Box<Expr>),
    /// `!x` and `-x`
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `condition ? then : otherwise`
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A name of the vocabulary, dots included.
    Fact(FactId),
    /// A fact of one element of `processes`: `p.workers`.
    FactOf(Box<Expr>, FactId),
    /// `name(arguments)` and `target.name(arguments)`
    Call {
        target: Option<Box<Expr>>,
        name: String,
        arguments: Vec<Expr>,
    },
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl BinaryOp {
    /// Operators that compare the size of their operands.
    pub(crate) fn is_ordering(self) -> bool {
        matches!(self, Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual)
    }

    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Expr {
    /// Writes the dotted name that an expression spells, if it spells one: `machine.cpus` is two
    /// parts.
    pub(crate) fn spell(&self, name: &mut String) -> bool {
        match &self.kind {
            ExprKind::Name(first) => name.push_str(first),
            ExprKind::Select(operand, field) => {
                if !operand.spell(name) {
                    return false;
                }
                name.push('.');
                name.push_str(field);
            }
            _ => return false,
        }
        true
    }

    /// The name at the root of a path of selections and indexes.
    pub(crate) fn root_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Select(operand, _)
            | ExprKind::Index(operand, _)
            | ExprKind::Each(operand) => operand.root_name(),
            _ => None,
        }
    }
}
