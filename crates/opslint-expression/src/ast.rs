//! The tree of an expression, with the bytes of each part.

use std::borrow::Cow;
use std::ops::Range;

use opslint_names::vocabulary::FactId;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its bytes in the expression's text.
    pub range: Range<usize>,
}

/// The kinds of expression. Names with dots are selections on names, as CEL has it. Texts are borrowed
/// where the expression is a part of the program.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true` and `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Number(f64),
    /// A text in quotes, without them.
    Text(Cow<'static, str>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// A name without dots.
    Name(Cow<'static, str>),
    /// `operand.field`
    Select(Box<Expr>, Cow<'static, str>),
    /// `operand[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `operand[*]`, only in `select`.
    Each(Box<Expr>),
    /// `!x`
    Not(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `condition ? then : otherwise`
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A name of the vocabulary, dots included.
    Fact(FactId),
    /// A fact of one element of `processes`: `p.workers`.
    FactOf(Box<Expr>, FactId),
    /// `name(arguments)` and `target.name(arguments)`
    Call {
        /// What stands in front of the dot. Checking makes an argument of it, the first.
        target: Option<Box<Expr>>,
        /// The function.
        name: Cow<'static, str>,
        /// What stands in the brackets.
        arguments: Vec<Expr>,
    },
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl BinaryOp {
    /// Every operator, in the order in which they are declared.
    pub const ALL: [Self; 14] = [
        Self::Or,
        Self::And,
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessEqual,
        Self::Greater,
        Self::GreaterEqual,
        Self::In,
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Remainder,
    ];

    /// Operators that compare the size of their operands.
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual)
    }

    /// As it is written.
    pub fn symbol(self) -> &'static str {
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
    pub fn spell(&self, name: &mut String) -> bool {
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
    pub fn root_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Select(operand, _)
            | ExprKind::Index(operand, _)
            | ExprKind::Each(operand) => operand.root_name(),
            _ => None,
        }
    }
}
