//! Text → expression: the expression grammar of CEL, with the bytes of every part.
//!
//! The `cel` crate's fast parser keeps no positions and rewrites macros into loops; rules need both
//! as written. Tests compare results with that crate. Grammar:
//! <https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax>. Left out: maps, messages,
//! bytes and unsigned literals, which no rule needs.

use std::ops::Range;

use super::ast::{BinaryOp, Expr, ExprKind};

/// Nesting beyond this is no rule.
const DEPTH_MAX: usize = 64;

/// Why a text is no expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParseError {
    pub(crate) message: String,
    pub(crate) range: Range<usize>,
}

/// Parses an expression.
pub(crate) fn parse(text: &str) -> Result<Expr, ParseError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let expr = parser.ternary()?;
    parser.skip_blanks();
    match parser.at == text.len() {
        true => Ok(expr),
        false => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Operators by how tightly they bind, loosest first. Longer symbols stand before their prefixes.
const LEVELS: &[&[BinaryOp]] = &[
    &[BinaryOp::Or],
    &[BinaryOp::And],
    &[
        BinaryOp::Equal,
        BinaryOp::NotEqual,
        BinaryOp::LessEqual,
        BinaryOp::GreaterEqual,
        BinaryOp::Less,
        BinaryOp::Greater,
        BinaryOp::In,
    ],
    &[BinaryOp::Add, BinaryOp::Subtract],
    &[BinaryOp::Multiply, BinaryOp::Divide, BinaryOp::Remainder],
];

impl Parser<'_> {
    fn ternary(&mut self) -> Result<Expr, ParseError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("the expression is nested too deep", self.at..self.at));
        }
        let condition = self.binary(0)?;
        let expr = if self.take("?") {
            // CEL takes no second `?` here without parentheses.
            let then = self.binary(0)?;
            self.expect(":")?;
            let otherwise = self.ternary()?;
            let range = condition.range.start..otherwise.range.end;
            let parts = (Box::new(condition), Box::new(then), Box::new(otherwise));
            Expr { kind: ExprKind::Ternary(parts.0, parts.1, parts.2), range }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, ParseError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(op) = operators.iter().find(|it| self.take_operator(**it)) {
            let right = self.binary(level + 1)?;
            let range = left.range.start..right.range.end;
            left = Expr { kind: ExprKind::Binary(*op, Box::new(left), Box::new(right)), range };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        self.skip_blanks();
        let start = self.at;
        let kind: fn(Box<Expr>) -> ExprKind = match self.peek() {
            Some('!') => ExprKind::Not,
            Some('-') => ExprKind::Negate,
            _ => return self.member(),
        };
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("the expression is nested too deep", start..self.at));
        }
        let operand = self.unary()?;
        self.depth -= 1;
        let range = start..operand.range.end;
        Ok(Expr { kind: kind(Box::new(operand)), range })
    }

    fn member(&mut self) -> Result<Expr, ParseError> {
        let mut expr = self.primary()?;
        loop {
            let start = expr.range.start;
            if self.take(".") {
                let (name, range) = self.name()?;
                expr = match self.take("(") {
                    true => self.call(Some(expr), name, start)?,
                    false => Expr {
                        kind: ExprKind::Select(Box::new(expr), name),
                        range: start..range.end,
                    },
                };
            } else if self.take("[") {
                let kind = match self.take("*") {
                    true => ExprKind::Each(Box::new(expr)),
                    false => {
                        let index = self.ternary()?;
                        ExprKind::Index(Box::new(expr), Box::new(index))
                    }
                };
                self.expect("]")?;
                expr = Expr { kind, range: start..self.at };
            } else {
                return Ok(expr);
            }
        }
    }

    fn call(
        &mut self,
        target: Option<Expr>,
        name: String,
        start: usize,
    ) -> Result<Expr, ParseError> {
        let arguments = self.list(")")?;
        let target = target.map(Box::new);
        Ok(Expr { kind: ExprKind::Call { target, name, arguments }, range: start..self.at })
    }

    /// Expressions between commas up to a closing bracket.
    fn list(&mut self, close: &str) -> Result<Vec<Expr>, ParseError> {
        let mut items = Vec::new();
        while !self.take(close) {
            if !items.is_empty() {
                self.expect(",")?;
                if self.take(close) {
                    break;
                }
            }
            items.push(self.ternary()?);
        }
        Ok(items)
    }

    fn primary(&mut self) -> Result<Expr, ParseError> {
        self.skip_blanks();
        let start = self.at;
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inner = self.ternary()?;
                self.expect(")")?;
                Ok(Expr { kind: inner.kind, range: start..self.at })
            }
            Some('[') => {
                self.at += 1;
                let items = self.list("]")?;
                Ok(Expr { kind: ExprKind::List(items), range: start..self.at })
            }
            Some('"' | '\'') => self.text_literal(),
            Some(it) if it.is_ascii_digit() => self.number(),
            Some(it) if it.is_ascii_alphabetic() || it == '_' => {
                let (name, range) = self.name()?;
                let kind = match name.as_str() {
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    "null" => ExprKind::Null,
                    _ if self.take("(") => return self.call(None, name, start),
                    _ => ExprKind::Name(name),
                };
                Ok(Expr { kind, range })
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn name(&mut self) -> Result<(String, Range<usize>), ParseError> {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let len =
            rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(rest.len());
        if len == 0 || rest.starts_with(|it: char| it.is_ascii_digit()) {
            return Err(self.unexpected("a name"));
        }
        let range = self.at..self.at + len;
        self.at = range.end;
        Ok((self.text[range.clone()].to_owned(), range))
    }

    fn number(&mut self) -> Result<Expr, ParseError> {
        let start = self.at;
        let rest = &self.text[start..];
        let mut len = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let fraction = rest[len..]
            .strip_prefix('.')
            .map_or(0, |it| it.find(|it: char| !it.is_ascii_digit()).unwrap_or(it.len()));
        let is_fraction = fraction > 0;
        if is_fraction {
            len += 1 + fraction;
        }
        self.at = start + len;
        let range = start..self.at;
        let text = &self.text[range.clone()];
        let kind = match is_fraction {
            true => text.parse().ok().map(ExprKind::Number),
            false => text.parse().ok().map(ExprKind::Int),
        };
        match kind {
            Some(kind) => Ok(Expr { kind, range }),
            None => Err(self.error(format!("`{text}` is too large"), range)),
        }
    }

    fn text_literal(&mut self) -> Result<Expr, ParseError> {
        let start = self.at;
        let mut characters = self.text[start..].char_indices();
        let quote = characters.next().map(|(_, it)| it);
        let mut value = String::new();
        while let Some((at, character)) = characters.next() {
            match character {
                it if Some(it) == quote => {
                    self.at = start + at + 1;
                    let range = start..self.at;
                    return Ok(Expr { kind: ExprKind::Text(value), range });
                }
                '\\' => value.push(match characters.next() {
                    Some((_, 'n')) => '\n',
                    Some((_, 't')) => '\t',
                    Some((_, it)) => it,
                    None => break,
                }),
                it => value.push(it),
            }
        }
        Err(self.error("the text does not end", start..self.text.len()))
    }

    fn take_operator(&mut self, op: BinaryOp) -> bool {
        if op == BinaryOp::In {
            self.skip_blanks();
            let rest = &self.text[self.at..];
            let word = rest.strip_prefix("in").is_some_and(|it| {
                !it.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_')
            });
            self.at += if word { 2 } else { 0 };
            return word;
        }
        self.take(op.symbol())
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.skip_blanks();
        let found = self.text[self.at..].starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        match self.take(symbol) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{symbol}`"))),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn unexpected(&self, expected: &str) -> ParseError {
        let end = self.peek().map_or(self.at, |it| self.at + it.len_utf8());
        match self.peek() {
            Some(found) => {
                self.error(format!("expected {expected}, found `{found}`"), self.at..end)
            }
            None => self.error(format!("expected {expected}, found the end"), self.at..end),
        }
    }

    fn error(&self, message: impl Into<String>, range: Range<usize>) -> ParseError {
        ParseError { message: message.into(), range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with brackets around every operation.
    fn shape(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Binary(op, a, b) => format!("({} {} {})", shape(a), op.symbol(), shape(b)),
            ExprKind::Ternary(a, b, c) => format!("({} ? {} : {})", shape(a), shape(b), shape(c)),
            ExprKind::Not(it) => format!("(!{})", shape(it)),
            ExprKind::Negate(it) => format!("(-{})", shape(it)),
            ExprKind::Select(it, field) => format!("{}.{field}", shape(it)),
            ExprKind::Each(it) => format!("{}[*]", shape(it)),
            ExprKind::Index(a, b) => format!("{}[{}]", shape(a), shape(b)),
            ExprKind::Call { target, name, arguments } => {
                let target = target.as_ref().map_or(String::new(), |it| format!("{}.", shape(it)));
                let arguments: Vec<_> = arguments.iter().map(shape).collect();
                format!("{target}{name}({})", arguments.join(", "))
            }
            ExprKind::List(items) => {
                format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(", "))
            }
            ExprKind::Name(name) => name.clone(),
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Int(it) => it.to_string(),
            ExprKind::Number(it) => it.to_string(),
            ExprKind::Bool(it) => it.to_string(),
            ExprKind::Null => "null".to_owned(),
            ExprKind::Fact(_) | ExprKind::FactOf(..) => "resolved".to_owned(),
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        match parse(text) {
            Ok(expr) => assert_eq!(shape(&expr), expect),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn operators_bind_as_in_cel() {
        check("a <= b * 2 + 1", "(a <= ((b * 2) + 1))");
        check("a || b && !c", "(a || (b && (!c)))");
        check("a ? b : c ? d : e", "(a ? b : (c ? d : e))");
        check("a in [1, 'x'] && inner", "((a in [1, \"x\"]) && inner)");
        check("-a.b - -1", "((-a.b) - (-1))");
        check("1.5 * (a - b - c)", "(1.5 * ((a - b) - c))");
    }

    #[test]
    fn members_calls_and_indexes_chain() {
        check("file.fly.vm[*].memory", "file.fly.vm[*].memory");
        check("it['build-target'].size() > 0", "(it[\"build-target\"].size() > 0)");
        check("min(a, b.c)", "min(a, b.c)");
    }

    #[test]
    fn errors_say_what_was_expected_and_where() {
        for (text, message, at) in [
            ("a <=", "expected a value, found the end", 4),
            ("a b", "expected an operator or the end, found `b`", 2),
            ("(a", "expected `)`, found the end", 2),
            ("'a", "the text does not end", 0),
            ("a = 1", "expected an operator or the end, found `=`", 2),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!((error.message.as_str(), error.range.start), (message, at), "{text}");
        }
    }

    #[test]
    fn every_part_knows_its_bytes() {
        let text = "workers  <= machine.cpus * 2";
        let expr = parse(text).unwrap();
        let ExprKind::Binary(_, left, right) = expr.kind else { panic!("a comparison") };
        assert_eq!(&text[left.range], "workers");
        assert_eq!(&text[right.range], "machine.cpus * 2");
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(parse(&"(".repeat(10_000)).is_err());
        assert!(parse(&"!".repeat(10_000)).is_err());
    }
}
