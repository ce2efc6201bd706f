//! Text → expression: the expression grammar of CEL, with the bytes of every part.
//!
//! The `cel` crate's fast parser keeps no positions and rewrites macros into loops; rules need both
//! as written. Tests compare results with that crate. Grammar:
//! <https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax>. Left out: maps, messages,
//! bytes and unsigned literals, which no rule needs.

use std::ops::Range;

use super::ast::{BinaryOp, Expr, ExprKind};

/// Nesting of brackets and prefixes beyond this is no rule.
const DEPTH_MAX: usize = 64;

/// A tree higher than this is no rule: whatever walks a tree, its destructor included, goes as deep
/// as it is high. A chain such as `a && b && c` is as high as it is long.
const HEIGHT_MAX: usize = 256;

/// Longest text of one expression, in bytes: the longest of our own has 500.
const TEXT_MAX: usize = 64 << 10;

/// Why a text is no expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParseError {
    pub(crate) message: String,
    pub(crate) range: Range<usize>,
}

/// Parses an expression.
pub(crate) fn parse(text: &str) -> Result<Expr, ParseError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    if text.len() > TEXT_MAX {
        return Err(parser.error("an expression has at most 65,536 bytes", 0..0));
    }
    let tree = parser.ternary()?;
    parser.skip_blanks();
    match parser.at == text.len() {
        true => Ok(tree.expr),
        false => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// An expression, and the longest way from its root to a leaf.
struct Tree {
    expr: Expr,
    height: usize,
}

impl Tree {
    fn leaf(kind: ExprKind, range: Range<usize>) -> Self {
        Self { expr: Expr { kind, range }, height: 1 }
    }
}

/// How tightly an operator binds: the larger, the tighter.
fn level(op: BinaryOp) -> usize {
    match op {
        BinaryOp::Or => 0,
        BinaryOp::And => 1,
        BinaryOp::Add | BinaryOp::Subtract => 3,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => 4,
        _ => 2,
    }
}

impl<'a> Parser<'a> {
    fn ternary(&mut self) -> Result<Tree, ParseError> {
        self.deeper(self.at)?;
        let condition = self.binary(0)?;
        let tree = if self.take("?") {
            // CEL takes no second `?` here without parentheses.
            let then = self.binary(0)?;
            self.expect(":")?;
            let otherwise = self.ternary()?;
            let height = condition.height.max(then.height).max(otherwise.height);
            let range = condition.expr.range.start..otherwise.expr.range.end;
            let [condition, then, otherwise] =
                [condition, then, otherwise].map(|it| Box::new(it.expr));
            self.above(height, ExprKind::Ternary(condition, then, otherwise), range)?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(tree)
    }

    /// Operands between operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: usize) -> Result<Tree, ParseError> {
        let mut left = self.unary()?;
        while let Some(op) = self.operator().filter(|it| level(*it) >= least) {
            self.at += op.symbol().len();
            let right = self.binary(level(op) + 1)?;
            let height = left.height.max(right.height);
            let range = left.expr.range.start..right.expr.range.end;
            let kind = ExprKind::Binary(op, Box::new(left.expr), Box::new(right.expr));
            left = self.above(height, kind, range)?;
        }
        Ok(left)
    }

    /// The operator that stands here.
    fn operator(&mut self) -> Option<BinaryOp> {
        self.skip_blanks();
        let mut bytes = self.text[self.at..].bytes();
        Some(match (bytes.next()?, bytes.next()) {
            (b'|', Some(b'|')) => BinaryOp::Or,
            (b'&', Some(b'&')) => BinaryOp::And,
            (b'=', Some(b'=')) => BinaryOp::Equal,
            (b'!', Some(b'=')) => BinaryOp::NotEqual,
            (b'<', Some(b'=')) => BinaryOp::LessEqual,
            (b'>', Some(b'=')) => BinaryOp::GreaterEqual,
            (b'<', _) => BinaryOp::Less,
            (b'>', _) => BinaryOp::Greater,
            (b'+', _) => BinaryOp::Add,
            (b'-', _) => BinaryOp::Subtract,
            (b'*', _) => BinaryOp::Multiply,
            (b'/', _) => BinaryOp::Divide,
            (b'%', _) => BinaryOp::Remainder,
            (b'i', Some(b'n')) => {
                let is_longer = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
                return (!bytes.next().is_some_and(is_longer)).then_some(BinaryOp::In);
            }
            _ => return None,
        })
    }

    fn unary(&mut self) -> Result<Tree, ParseError> {
        self.skip_blanks();
        let start = self.at;
        let kind: fn(Box<Expr>) -> ExprKind = match self.peek() {
            Some('!') => ExprKind::Not,
            Some('-') => ExprKind::Negate,
            _ => return self.member(),
        };
        self.at += 1;
        self.deeper(start)?;
        let operand = self.unary()?;
        self.depth -= 1;
        let range = start..operand.expr.range.end;
        self.above(operand.height, kind(Box::new(operand.expr)), range)
    }

    fn member(&mut self) -> Result<Tree, ParseError> {
        let mut tree = self.primary()?;
        loop {
            let start = tree.expr.range.start;
            self.skip_blanks();
            let sign = self.text.as_bytes().get(self.at);
            if sign == Some(&b'.') {
                self.at += 1;
                let (name, range) = self.name()?;
                tree = match self.take("(") {
                    true => self.call(Some(tree), name, start)?,
                    false => {
                        let kind = ExprKind::Select(Box::new(tree.expr), name.to_owned().into());
                        self.above(tree.height, kind, start..range.end)?
                    }
                };
            } else if sign == Some(&b'[') {
                self.at += 1;
                let (height, kind) = match self.take("*") {
                    true => (tree.height, ExprKind::Each(Box::new(tree.expr))),
                    false => {
                        let index = self.ternary()?;
                        let height = tree.height.max(index.height);
                        (height, ExprKind::Index(Box::new(tree.expr), Box::new(index.expr)))
                    }
                };
                self.expect("]")?;
                tree = self.above(height, kind, start..self.at)?;
            } else {
                return Ok(tree);
            }
        }
    }

    fn call(&mut self, target: Option<Tree>, name: &str, start: usize) -> Result<Tree, ParseError> {
        let (arguments, height) = self.list(")")?;
        let height = target.as_ref().map_or(0, |it| it.height).max(height);
        let target = target.map(|it| Box::new(it.expr));
        let name = name.to_owned().into();
        self.above(height, ExprKind::Call { target, name, arguments }, start..self.at)
    }

    /// Expressions between commas up to a closing bracket, and the height of the highest.
    fn list(&mut self, close: &str) -> Result<(Vec<Expr>, usize), ParseError> {
        let mut items = Vec::new();
        let mut height = 0;
        while !self.take(close) {
            if !items.is_empty() {
                self.expect(",")?;
                if self.take(close) {
                    break;
                }
            }
            let item = self.ternary()?;
            height = height.max(item.height);
            items.push(item.expr);
        }
        Ok((items, height))
    }

    fn primary(&mut self) -> Result<Tree, ParseError> {
        self.skip_blanks();
        let start = self.at;
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let mut inner = self.ternary()?;
                self.expect(")")?;
                inner.expr.range = start..self.at;
                Ok(inner)
            }
            Some('[') => {
                self.at += 1;
                let (items, height) = self.list("]")?;
                self.above(height, ExprKind::List(items), start..self.at)
            }
            Some('"' | '\'') => self.text_literal(),
            Some(it) if it.is_ascii_digit() => self.number(),
            Some(it) if it.is_ascii_alphabetic() || it == '_' => {
                let (name, range) = self.name()?;
                let kind = match name {
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    "null" => ExprKind::Null,
                    _ if self.take("(") => return self.call(None, name, start),
                    _ => ExprKind::Name(name.to_owned().into()),
                };
                Ok(Tree::leaf(kind, range))
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    /// One bracket or prefix more. What fails ends the whole parse, so nobody counts back then.
    fn deeper(&mut self, start: usize) -> Result<(), ParseError> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => Err(self.error("the expression is nested too deep", start..self.at)),
            false => Ok(()),
        }
    }

    /// An expression over others, the highest of which has this height.
    fn above(
        &self,
        height: usize,
        kind: ExprKind,
        range: Range<usize>,
    ) -> Result<Tree, ParseError> {
        let height = height + 1;
        if height > HEIGHT_MAX {
            let message = format!("more than {HEIGHT_MAX} operations build on one another here");
            return Err(self.error(message, range));
        }
        Ok(Tree { expr: Expr { kind, range }, height })
    }

    fn name(&mut self) -> Result<(&'a str, Range<usize>), ParseError> {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let is_end = |it: u8| !it.is_ascii_alphanumeric() && it != b'_';
        let len = rest.bytes().position(is_end).unwrap_or(rest.len());
        if len == 0 || rest.starts_with(|it: char| it.is_ascii_digit()) {
            return Err(self.unexpected("a name"));
        }
        let range = self.at..self.at + len;
        self.at = range.end;
        Ok((&self.text[range.clone()], range))
    }

    fn number(&mut self) -> Result<Tree, ParseError> {
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
            Some(kind) => Ok(Tree::leaf(kind, range)),
            None => Err(self.error(format!("`{text}` is too large"), range)),
        }
    }

    fn text_literal(&mut self) -> Result<Tree, ParseError> {
        let start = self.at;
        let mut characters = self.text[start..].char_indices();
        let quote = characters.next().map(|(_, it)| it);
        let mut value = String::new();
        while let Some((at, character)) = characters.next() {
            match character {
                it if Some(it) == quote => {
                    self.at = start + at + 1;
                    let range = start..self.at;
                    return Ok(Tree::leaf(ExprKind::Text(value.into()), range));
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

    fn take(&mut self, symbol: &str) -> bool {
        self.skip_blanks();
        let found = self.text.as_bytes()[self.at..].starts_with(symbol.as_bytes());
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
        // Nearly always the next byte is a letter or a sign.
        if rest.bytes().next().is_some_and(|it| it <= b' ' || !it.is_ascii()) {
            self.at += rest.len() - rest.trim_start().len();
        }
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
            ExprKind::Name(name) => name.clone().into_owned(),
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

    #[test]
    fn a_high_tree_is_an_error_however_it_is_built() {
        let chain = |start: &str, more: &str| parse(&format!("{start}{}", more.repeat(12_000)));
        for (start, more) in [
            ("a", " && a"),
            ("1", " + 1"),
            ("a", ".b"),
            ("a", "[0]"),
            ("a", ".f()"),
            ("a", ".f(a.b)"),
            ("a", " ? a : a"),
            ("", "a ? a : "),
        ] {
            assert!(chain(start, more).is_err(), "{start}{more}…");
        }
        // Each bracket starts a chain of its own, on top of those inside.
        let nested = format!("{}a{}", "(".repeat(60), format!("{})", " + 1".repeat(10)).repeat(60));
        assert!(parse(&nested).is_err());
        assert!(parse(&"a ".repeat(TEXT_MAX)).is_err());
        assert!(parse(&format!("a{}", " && a".repeat(HEIGHT_MAX - 1))).is_ok());
    }
}
