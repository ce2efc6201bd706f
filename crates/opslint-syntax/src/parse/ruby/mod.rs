//! Ruby, as far as configuration files are written in it: statements, calls, literals, conditions.
//!
//! The reader gives up on the whole text at the first thing that it does not know, such as a heredoc:
//! what is returned is the program as Ruby reads it, or nothing.

mod lex;
mod lex_text;
mod parse;
mod primary;
#[cfg(test)]
mod tests;

use std::ops::Range;

/// Longer texts are no configuration, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// An expression or statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, in bytes of the text.
    pub range: Range<usize>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `nil`
    Nil,
    /// `true` and `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text, perhaps with `#{…}` in it.
    Text(Vec<Piece>),
    /// `:name`
    Symbol(String),
    /// A local variable, or a call without receiver and arguments.
    Name(String),
    /// `Puma::Const`
    Constant(String),
    /// `receiver.name(arguments) { block }`. An index is a call of `[]`.
    Call(Box<Call>),
    /// `[a, b]`
    Array(Vec<Node>),
    /// `a || b`, `a + b`, `a == b`
    Binary(&'static str, Box<Node>, Box<Node>),
    /// `!a`
    Not(Box<Node>),
    /// `-a`
    Minus(Box<Node>),
    /// `name = value`
    Assign(String, Box<Node>),
    /// `name ||= value`
    AssignUnless(String, Box<Node>),
    /// `ENV["NAME"] = value`: the receiver of an index, what stands in it, and the value.
    AssignIndex(Box<Node>, Vec<Node>, Box<Node>),
    /// `if`, `unless`, `a ? b : c`: the condition, and what is run when it holds and when not.
    If(Box<Node>, Vec<Node>, Vec<Node>),
    /// Statements in parentheses, or between `begin` and `end`.
    Block(Vec<Node>),
    /// Statements that run once, several times, or not at all: a loop, a case, a rescue.
    Perhaps(Vec<Node>),
    /// Statements that run when something calls them: a method, a lambda.
    Later(Vec<Node>),
    /// A value that is not followed, such as a regular expression.
    Other,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What it is called on; `None` for the object that the file configures.
    pub receiver: Option<Node>,
    /// The name of the method.
    pub name: String,
    /// Its arguments; a `key: value` is [`Kind::Other`].
    pub arguments: Vec<Node>,
    /// The statements of its block.
    pub block: Option<Vec<Node>>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Characters.
    Literal(String),
    /// The value of an expression.
    Code(Vec<Node>),
}

/// The statements of a text; `None` when it is not understood.
pub fn statements(text: &str) -> Option<Vec<Node>> {
    if text.len() > BYTES_MAX {
        return None;
    }
    parse::statements(text, 0, 0)
}

impl Node {
    /// What stands in it.
    pub fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Call(call) => {
                let block = call.block.iter().flatten();
                call.receiver.iter().chain(&call.arguments).chain(block).collect()
            }
            Kind::Binary(_, a, b) => vec![a, b],
            Kind::Not(it) | Kind::Minus(it) | Kind::Assign(_, it) | Kind::AssignUnless(_, it) => {
                vec![it]
            }
            Kind::AssignIndex(receiver, at, value) => {
                std::iter::once(&**receiver).chain(at).chain([&**value]).collect()
            }
            Kind::If(condition, then, otherwise) => {
                std::iter::once(&**condition).chain(then).chain(otherwise).collect()
            }
            Kind::Array(all) | Kind::Block(all) | Kind::Perhaps(all) | Kind::Later(all) => {
                all.iter().collect()
            }
            Kind::Nil
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Float(_)
            | Kind::Text(_)
            | Kind::Symbol(_)
            | Kind::Name(_)
            | Kind::Constant(_)
            | Kind::Other => Vec::new(),
        }
    }
}
