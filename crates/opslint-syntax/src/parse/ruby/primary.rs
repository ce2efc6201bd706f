//! Values, calls with their arguments and blocks, and statements with an `end`.

use super::lex::{Part, Tok};
use super::parse::{Parser, statements};
use super::{Call, Kind, Node, Piece};

impl Parser<'_> {
    /// A value with the calls and indexes behind it.
    pub(super) fn postfix(&mut self) -> Option<Node> {
        let start = self.start();
        let mut node = self.primary()?;
        loop {
            let spaced = self.peek_token().is_some_and(|it| it.spaced);
            match self.peek() {
                Tok::Op("." | "&.") => {
                    self.next();
                    self.newlines();
                    node = self.method(start, node)?;
                }
                Tok::Op("::") if !spaced => {
                    self.next();
                    node = match (&node.kind, self.peek().clone()) {
                        (Kind::Constant(scope), Tok::Constant(name)) => {
                            self.next();
                            self.node(start, Kind::Constant(format!("{scope}::{name}")))
                        }
                        _ => self.method(start, node)?,
                    };
                }
                Tok::Op("[") if !spaced => {
                    self.next();
                    let arguments = self.list(&Tok::Op("]"))?;
                    node = self.call(start, Some(node), "[]".to_owned(), arguments, None);
                }
                _ => return Some(node),
            }
        }
    }

    fn call(
        &self,
        start: usize,
        receiver: Option<Node>,
        name: String,
        arguments: Vec<Node>,
        block: Option<Vec<Node>>,
    ) -> Node {
        let call = Call { receiver, name, arguments, block };
        self.node(start, Kind::Call(Box::new(call)))
    }

    fn method(&mut self, start: usize, receiver: Node) -> Option<Node> {
        let name = match self.next() {
            Tok::Name(name) | Tok::Constant(name) => name,
            // `.()` and operators as methods are rare.
            _ => return None,
        };
        let arguments = self.arguments()?.unwrap_or_default();
        let block = self.block()?;
        Some(self.call(start, Some(receiver), name, arguments, block))
    }

    /// The arguments of a call, in parentheses or behind a blank; `None` inside when it has none.
    fn arguments(&mut self) -> Option<Option<Vec<Node>>> {
        let spaced = self.peek_token().is_some_and(|it| it.spaced);
        if !spaced && self.takes(&Tok::Op("(")) {
            return self.list(&Tok::Op(")")).map(Some);
        }
        if !spaced || !self.is_argument() {
            return Some(None);
        }
        let around = std::mem::replace(&mut self.no_do, true);
        let mut found = vec![self.argument()?];
        while self.takes(&Tok::Op(",")) {
            self.newlines();
            found.push(self.argument()?);
        }
        self.no_do = around;
        Some(Some(found))
    }

    /// Whether a value begins here that a call without parentheses takes.
    fn is_argument(&self) -> bool {
        let tight = self.behind().is_some_and(|it| !it.spaced);
        match self.peek() {
            Tok::Int(_) | Tok::Float(_) | Tok::Text(_) | Tok::Symbol(_) | Tok::Name(_) => true,
            Tok::Constant(_) | Tok::Label | Tok::Other => true,
            Tok::Keyword(word) => {
                matches!(*word, "nil" | "true" | "false" | "self" | "not" | "begin" | "case")
            }
            Tok::Op(op) => match *op {
                "->" | "!" | "(" | "::" | "[" => true,
                "-" | "*" | "&" | "**" => tight,
                _ => false,
            },
            Tok::Newline | Tok::End => false,
        }
    }

    /// Values between commas up to a closing bracket.
    fn list(&mut self, close: &Tok) -> Option<Vec<Node>> {
        let around = std::mem::replace(&mut self.no_do, false);
        let mut found = Vec::new();
        loop {
            self.newlines();
            if self.takes(close) {
                break;
            }
            found.push(self.argument()?);
            self.newlines();
            if !self.takes(&Tok::Op(",")) {
                self.expect(close)?;
                break;
            }
        }
        self.no_do = around;
        Some(found)
    }

    fn argument(&mut self) -> Option<Node> {
        let start = self.start();
        let is_key = self.takes(&Tok::Label);
        let is_spread = matches!(self.peek(), Tok::Op("*" | "**" | "&"));
        if is_spread {
            self.next();
        }
        self.newlines();
        // `key:` alone stands for the variable of the name.
        if is_key && matches!(self.peek(), Tok::Op("," | ")") | Tok::End) {
            return Some(self.node(start, Kind::Other));
        }
        let value = self.expression()?;
        if self.takes(&Tok::Op("=>")) {
            self.newlines();
            self.expression()?;
            return Some(self.node(start, Kind::Other));
        }
        Some(if is_key || is_spread { self.node(start, Kind::Other) } else { value })
    }

    /// `{ |a| … }` or `do |a| … end`.
    fn block(&mut self) -> Option<Option<Vec<Node>>> {
        if self.takes(&Tok::Op("{")) {
            self.parameters()?;
            let body = self.body(&[])?;
            self.expect(&Tok::Op("}"))?;
            return Some(Some(body));
        }
        if self.no_do || !self.takes_word("do") {
            return Some(None);
        }
        self.parameters()?;
        Some(Some(self.guarded()?))
    }

    fn parameters(&mut self) -> Option<()> {
        if self.takes(&Tok::Op("||")) || !self.takes(&Tok::Op("|")) {
            return Some(());
        }
        loop {
            match self.next() {
                Tok::Op("|") => return Some(()),
                Tok::Newline | Tok::End => return None,
                Tok::Name(name) => {
                    self.variables.insert(name);
                }
                _ => {}
            }
        }
    }

    /// A body up to its `end`, with the parts for what goes wrong.
    fn guarded(&mut self) -> Option<Vec<Node>> {
        let start = self.start();
        let mut all = self.body(&["rescue", "else", "ensure", "end"])?;
        let mut is_guarded = false;
        while !self.takes_word("end") {
            is_guarded = true;
            if self.takes_word("rescue") {
                // The classes and the variable.
                while !matches!(self.peek(), Tok::Newline | Tok::End | Tok::Keyword("then")) {
                    self.next();
                }
                self.takes_word("then");
            } else if !self.takes_word("else") && !self.takes_word("ensure") {
                return None;
            }
            all.extend(self.body(&["rescue", "else", "ensure", "end"])?);
        }
        if is_guarded {
            return Some(vec![self.node(start, Kind::Perhaps(all))]);
        }
        Some(all)
    }

    fn primary(&mut self) -> Option<Node> {
        let start = self.start();
        let kind = match self.next() {
            Tok::Int(number) => Kind::Int(number),
            Tok::Float(number) => Kind::Float(number),
            Tok::Symbol(name) => Kind::Symbol(name),
            Tok::Other => Kind::Other,
            Tok::Text(parts) => Kind::Text(self.pieces(&parts)?),
            Tok::Constant(name) => return self.constant(start, name),
            Tok::Name(name) => return self.name(start, name),
            Tok::Op("(") => {
                let body = self.body(&[])?;
                self.expect(&Tok::Op(")"))?;
                Kind::Block(body)
            }
            Tok::Op("[") => Kind::Array(self.list(&Tok::Op("]"))?),
            Tok::Op("{") => {
                self.list(&Tok::Op("}"))?;
                Kind::Other
            }
            Tok::Op("->") => {
                if self.takes(&Tok::Op("(")) {
                    self.list(&Tok::Op(")"))?;
                }
                let around = std::mem::replace(&mut self.no_do, false);
                let body = self.block()??;
                self.no_do = around;
                Kind::Later(body)
            }
            Tok::Op("::") => match self.next() {
                Tok::Constant(name) => return self.constant(start, name),
                _ => return None,
            },
            Tok::Keyword(word) => return self.keyword(start, word),
            _ => return None,
        };
        Some(self.node(start, kind))
    }

    fn pieces(&mut self, parts: &[Part]) -> Option<Vec<Piece>> {
        let piece = |part: &Part| match part {
            Part::Literal(text) => Some(Piece::Literal(text.clone())),
            Part::Code(range) => {
                let code = self.text.get(range.clone())?;
                let body = statements(code, self.base + range.start, self.depth + 8)?;
                Some(Piece::Code(body))
            }
        };
        parts.iter().map(piece).collect()
    }

    /// A constant, or a call of a method with such a name: `Integer(text)`.
    fn constant(&mut self, start: usize, name: String) -> Option<Node> {
        let token = self.peek_token();
        let is_call = token.is_some_and(|it| it.tok == Tok::Op("(") && !it.spaced);
        let is_text = token.is_some_and(|it| matches!(it.tok, Tok::Text(_)) && it.spaced);
        if !(is_call || is_text || name == "Integer" && self.is_argument()) {
            return Some(self.node(start, Kind::Constant(name)));
        }
        let arguments = self.arguments()?.unwrap_or_default();
        let block = self.block()?;
        Some(self.call(start, None, name, arguments, block))
    }

    fn name(&mut self, start: usize, name: String) -> Option<Node> {
        if self.variables.contains(&name) {
            return Some(self.node(start, Kind::Name(name)));
        }
        let arguments = self.arguments()?;
        let block = self.block()?;
        Some(match (arguments, block) {
            (None, None) => self.node(start, Kind::Name(name)),
            (arguments, block) => {
                self.call(start, None, name, arguments.unwrap_or_default(), block)
            }
        })
    }

    fn keyword(&mut self, start: usize, word: &str) -> Option<Node> {
        let kind = match word {
            "nil" => Kind::Nil,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "self" => Kind::Other,
            "if" | "unless" => self.condition(word)?,
            "while" | "until" | "for" => {
                let around = std::mem::replace(&mut self.no_do, true);
                if word == "for" {
                    while !self.takes_word("in") {
                        match self.next() {
                            Tok::Name(name) => {
                                self.variables.insert(name);
                            }
                            Tok::Op(",") => {}
                            _ => return None,
                        }
                    }
                }
                self.sentence()?;
                self.no_do = around;
                self.takes_word("do");
                let body = self.body(&["end"])?;
                self.next();
                Kind::Perhaps(body)
            }
            "case" => Kind::Perhaps(self.cases()?),
            "begin" => Kind::Block(self.guarded()?),
            "def" => {
                self.header()?;
                Kind::Later(self.guarded()?)
            }
            "class" | "module" => {
                self.header()?;
                Kind::Perhaps(self.guarded()?)
            }
            _ => return None,
        };
        Some(self.node(start, kind))
    }

    /// What stands between `def`, `class` or `module` and the end of the line.
    fn header(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next() {
                Tok::Op("(") => depth += 1,
                Tok::Op(")") => depth = depth.checked_sub(1)?,
                Tok::Newline | Tok::Op(";") if depth == 0 => return Some(()),
                // A method of one line has no `end`.
                Tok::Op("=") if depth == 0 => return None,
                Tok::End => return None,
                Tok::Name(name) if depth > 0 => {
                    self.variables.insert(name);
                }
                _ => {}
            }
        }
    }

    fn condition(&mut self, word: &str) -> Option<Kind> {
        let condition = Box::new(self.sentence()?);
        self.takes_word("then");
        let then = self.body(&["elsif", "else", "end"])?;
        let start = self.start();
        let otherwise = match self.next() {
            Tok::Keyword("elsif") => {
                let nested = self.condition("if")?;
                vec![self.node(start, nested)]
            }
            Tok::Keyword("else") => {
                let body = self.body(&["end"])?;
                self.expect(&Tok::Keyword("end"))?;
                body
            }
            Tok::Keyword("end") => Vec::new(),
            _ => return None,
        };
        Some(match word {
            "if" => Kind::If(condition, then, otherwise),
            _ => Kind::If(condition, otherwise, then),
        })
    }

    fn cases(&mut self) -> Option<Vec<Node>> {
        if !matches!(self.peek(), Tok::Newline) {
            self.sentence()?;
        }
        self.newlines();
        let mut all = Vec::new();
        while self.takes_word("when") {
            loop {
                self.newlines();
                self.argument()?;
                if !self.takes(&Tok::Op(",")) {
                    break;
                }
            }
            self.takes_word("then");
            all.extend(self.body(&["when", "else", "end"])?);
        }
        if self.takes_word("else") {
            all.extend(self.body(&["end"])?);
        }
        self.expect(&Tok::Keyword("end"))?;
        Some(all)
    }
}
