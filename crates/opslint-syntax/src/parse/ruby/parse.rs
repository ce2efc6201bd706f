//! Tokens → statements and expressions.

use std::collections::BTreeSet;

use super::lex::{self, Tok, Token};
use super::{Kind, Node};

/// Deeper nesting is no configuration.
const DEPTH_MAX: usize = 48;

/// Binary operators by how strongly they bind, the weakest first.
const BINARY: &[&[&str]] = &[
    &["..", "..."],
    &["||"],
    &["&&"],
    &["==", "!=", "=~", "!~", "<=>", "==="],
    &["<", ">", "<=", ">="],
    &["|", "^"],
    &["&"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Operators that change a variable by what stands behind them.
const CHANGES: &[&str] = &["+=", "-=", "*=", "/=", "|=", "&=", "&&=", "%=", "<<=", ">>=", "**="];

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    /// What is added to places, for code inside of a text.
    pub(super) base: usize,
    tokens: Vec<Token>,
    at: usize,
    pub(super) depth: usize,
    /// Names that were assigned: without arguments they are variables.
    pub(super) variables: BTreeSet<String>,
    /// Whether a `do` belongs to something around, such as `while` or a call without parentheses.
    pub(super) no_do: bool,
}

/// The statements of a part of a text.
pub(super) fn statements(text: &str, base: usize, depth: usize) -> Option<Vec<Node>> {
    let mut parser = Parser {
        text,
        base,
        tokens: lex::tokens(text)?,
        at: 0,
        depth,
        variables: BTreeSet::new(),
        no_do: false,
    };
    let body = parser.body(&[])?;
    (parser.peek() == &Tok::End).then_some(body)
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Tok {
        self.tokens.get(self.at).map_or(&Tok::End, |it| &it.tok)
    }

    pub(super) fn peek_token(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn behind(&self) -> Option<&Token> {
        self.tokens.get(self.at + 1)
    }

    pub(super) fn next(&mut self) -> Tok {
        let tok = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        tok
    }

    pub(super) fn takes(&mut self, tok: &Tok) -> bool {
        let is_it = self.peek() == tok;
        if is_it {
            self.next();
        }
        is_it
    }

    pub(super) fn expect(&mut self, tok: &Tok) -> Option<()> {
        self.takes(tok).then_some(())
    }

    pub(super) fn is_word(&self, words: &[&str]) -> bool {
        matches!(self.peek(), Tok::Keyword(word) if words.contains(word))
    }

    pub(super) fn takes_word(&mut self, word: &'static str) -> bool {
        self.takes(&Tok::Keyword(word))
    }

    pub(super) fn newlines(&mut self) {
        while matches!(self.peek(), Tok::Newline | Tok::Op(";")) {
            self.next();
        }
    }

    pub(super) fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |it| it.range.start)
    }

    pub(super) fn node(&self, start: usize, kind: Kind) -> Node {
        let last = self.at.checked_sub(1).and_then(|it| self.tokens.get(it));
        let end = last.map_or(start, |it| it.range.end).max(start);
        Node { kind, range: self.base + start..self.base + end }
    }

    /// Statements up to one of these keywords, a closing bracket, or the end.
    pub(super) fn body(&mut self, ends: &[&str]) -> Option<Vec<Node>> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let around = std::mem::replace(&mut self.no_do, false);
        let mut found = Vec::new();
        loop {
            self.newlines();
            if self.is_word(ends) || matches!(self.peek(), Tok::End | Tok::Op("}" | ")")) {
                break;
            }
            found.push(self.statement()?);
            // Something else behind a statement is not understood.
            let is_end = matches!(self.peek(), Tok::End | Tok::Newline | Tok::Op(";" | "}" | ")"));
            if !is_end && !self.is_word(ends) {
                return None;
            }
        }
        self.no_do = around;
        self.depth -= 1;
        Some(found)
    }

    fn statement(&mut self) -> Option<Node> {
        let start = self.start();
        let mut node = self.sentence()?;
        loop {
            let word = match self.peek() {
                Tok::Keyword(word) => *word,
                _ => return Some(node),
            };
            let kind = match word {
                "if" | "unless" => {
                    self.next();
                    let condition = Box::new(self.sentence()?);
                    match word {
                        "if" => Kind::If(condition, vec![node], Vec::new()),
                        _ => Kind::If(condition, Vec::new(), vec![node]),
                    }
                }
                "while" | "until" | "rescue" => {
                    self.next();
                    let other = self.sentence()?;
                    Kind::Perhaps(vec![node, other])
                }
                _ => return Some(node),
            };
            node = self.node(start, kind);
        }
    }

    /// An expression with `and`, `or` and `not`, which bind less than everything else.
    pub(super) fn sentence(&mut self) -> Option<Node> {
        let start = self.start();
        let mut left = self.negated()?;
        loop {
            let op = match self.peek() {
                Tok::Keyword("and") => "&&",
                Tok::Keyword("or") => "||",
                _ => return Some(left),
            };
            self.next();
            self.newlines();
            let right = self.negated()?;
            left = self.node(start, Kind::Binary(op, Box::new(left), Box::new(right)));
        }
    }

    fn negated(&mut self) -> Option<Node> {
        let start = self.start();
        if !self.takes_word("not") {
            return self.expression();
        }
        let inner = self.expression()?;
        Some(self.node(start, Kind::Not(Box::new(inner))))
    }

    /// An expression: an assignment, a choice, or less.
    pub(super) fn expression(&mut self) -> Option<Node> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let start = self.start();
        let node = self.choice()?;
        let node = match self.peek() {
            Tok::Op("=") => self.assignment(start, node, false)?,
            Tok::Op("||=") => self.assignment(start, node, true)?,
            Tok::Op(op) if CHANGES.contains(op) => {
                self.next();
                self.newlines();
                self.expression()?;
                let Kind::Name(name) = node.kind else { return None };
                let other = Box::new(self.node(start, Kind::Other));
                self.node(start, Kind::Assign(name, other))
            }
            _ => node,
        };
        self.depth -= 1;
        Some(node)
    }

    fn assignment(&mut self, start: usize, target: Node, unless: bool) -> Option<Node> {
        self.next();
        self.newlines();
        if let Kind::Name(name) = &target.kind {
            self.variables.insert(name.clone());
        }
        let value = Box::new(self.expression()?);
        // `a = 1, 2` is a list.
        if self.peek() == &Tok::Op(",") && !self.no_do {
            let is_statement = matches!(target.kind, Kind::Name(_)) && self.depth <= 2;
            if is_statement {
                return None;
            }
        }
        let kind = match target.kind {
            Kind::Name(name) if unless => Kind::AssignUnless(name, value),
            Kind::Name(name) | Kind::Constant(name) => Kind::Assign(name, value),
            Kind::Call(call) if call.name == "[]" && !unless => {
                Kind::AssignIndex(Box::new(call.receiver?), call.arguments, value)
            }
            // An attribute of something else, or a variable of the object.
            Kind::Call(call) if call.receiver.is_some() => Kind::Perhaps(vec![*value]),
            Kind::Other => Kind::Perhaps(vec![*value]),
            _ => return None,
        };
        Some(self.node(start, kind))
    }

    fn choice(&mut self) -> Option<Node> {
        let start = self.start();
        let condition = self.binary(0)?;
        if !self.takes(&Tok::Op("?")) {
            return Some(condition);
        }
        self.newlines();
        let then = self.expression()?;
        self.newlines();
        self.expect(&Tok::Op(":"))?;
        self.newlines();
        let otherwise = self.expression()?;
        Some(self.node(start, Kind::If(Box::new(condition), vec![then], vec![otherwise])))
    }

    fn binary(&mut self, level: usize) -> Option<Node> {
        let Some(operators) = BINARY.get(level) else { return self.unary() };
        let start = self.start();
        let mut left = self.binary(level + 1)?;
        loop {
            let op = match self.peek() {
                Tok::Op(op) if operators.contains(op) => *op,
                _ => return Some(left),
            };
            self.next();
            self.newlines();
            let right = self.binary(level + 1)?;
            left = self.node(start, Kind::Binary(op, Box::new(left), Box::new(right)));
        }
    }

    fn unary(&mut self) -> Option<Node> {
        let start = self.start();
        let op = match self.peek() {
            Tok::Op(op @ ("!" | "-" | "+" | "~")) => *op,
            _ => return self.power(),
        };
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        self.next();
        let inner = Box::new(self.unary()?);
        self.depth -= 1;
        let kind = match op {
            "!" => Kind::Not(inner),
            "-" => Kind::Minus(inner),
            "+" => return Some(*inner),
            _ => Kind::Other,
        };
        Some(self.node(start, kind))
    }

    fn power(&mut self) -> Option<Node> {
        let start = self.start();
        let left = self.postfix()?;
        if !self.takes(&Tok::Op("**")) {
            return Some(left);
        }
        let right = self.unary()?;
        Some(self.node(start, Kind::Binary("**", Box::new(left), Box::new(right))))
    }
}
