//! Text → tokens.

use std::ops::Range;

use super::lex_text;

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) tok: Tok,
    pub(super) range: Range<usize>,
    /// Whether a blank stands in front of it.
    pub(super) spaced: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tok {
    Int(i64),
    Float(f64),
    Text(Vec<Part>),
    Symbol(String),
    /// A name that may be one of a variable or method, `?` and `!` included.
    Name(String),
    Constant(String),
    /// `name:` in front of a value.
    Label,
    Keyword(&'static str),
    Op(&'static str),
    /// A value that is not followed.
    Other,
    Newline,
    End,
}

/// A part of a text: characters, or the place of code.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Literal(String),
    Code(Range<usize>),
}

const KEYWORDS: &[&str] = &[
    "alias", "and", "begin", "break", "case", "class", "def", "do", "else", "elsif", "end",
    "ensure", "false", "for", "if", "in", "module", "next", "nil", "not", "or", "redo", "rescue",
    "retry", "return", "self", "super", "then", "true", "undef", "unless", "until", "when",
    "while", "yield",
];

/// Operators, the longest of those that begin alike first.
const OPERATORS: &[&str] = &[
    "**=", "<=>", "===", "...", "<<=", ">>=", "&&=", "||=", "&.", "::", "=>", "->", "==", "!=",
    ">=", "<=", "&&", "||", "=~", "!~", "<<", ">>", "**", "..", "+=", "-=", "*=", "/=", "|=", "&=",
    "%=", "(", ")", "[", "]", "{", "}", ",", ".", ";", "=", "<", ">", "!", "?", ":", "+", "-", "*",
    "/", "%", "&", "|", "^", "~",
];

/// The tokens of a text, with [`Tok::End`] last; `None` when it is not understood.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    lexer.run()?;
    Some(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self) -> Option<()> {
        loop {
            let start = self.at;
            self.blanks()?;
            let spaced = self.at > start;
            let start = self.at;
            let Some(first) = self.rest().chars().next() else { break };
            let tok = self.token(first, spaced)?;
            if tok == Tok::Newline && self.goes_on() {
                continue;
            }
            self.tokens.push(Token { tok, range: start..self.at, spaced });
        }
        self.tokens.push(Token { tok: Tok::End, range: self.at..self.at, spaced: true });
        Some(())
    }

    /// Skips blanks, comments, and line ends behind a backslash.
    fn blanks(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            if rest.starts_with("\\\n") {
                self.at += 2;
            } else if rest.starts_with("=begin") && self.is_line_start() {
                let end = rest.find("\n=end")?;
                self.at += end + "\n=end".len();
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if rest.starts_with("__END__") && self.is_line_start() {
                self.at = self.text.len();
            } else if rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with([' ', '\t', '\r']) {
                self.at += 1;
            } else {
                return Some(());
            }
        }
    }

    fn is_line_start(&self) -> bool {
        self.at == 0 || self.text.as_bytes().get(self.at - 1) == Some(&b'\n')
    }

    /// Whether the next line goes on with this statement: it begins with a dot.
    fn goes_on(&self) -> bool {
        let mut rest = self.rest();
        loop {
            rest = rest.trim_start();
            match rest.strip_prefix('#') {
                Some(comment) => rest = comment.split_once('\n').map_or("", |it| it.1),
                None => break,
            }
        }
        rest.starts_with("&.") || rest.starts_with('.') && !rest.starts_with("..")
    }

    fn token(&mut self, first: char, spaced: bool) -> Option<Tok> {
        match first {
            '\n' => {
                self.at += 1;
                Some(Tok::Newline)
            }
            '0'..='9' => self.number(),
            '"' | '\'' | '`' => {
                let (parts, len) = lex_text::quoted(self.text, self.at, first)?;
                self.at += len;
                let is_key = self.rest().starts_with(": ");
                // `"key": value`, and a command whose output is not known.
                if is_key && !self.is_in_choice() {
                    self.at += 1;
                    return Some(Tok::Label);
                }
                Some(if first == '`' { Tok::Other } else { Tok::Text(parts) })
            }
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            '@' | '$' => {
                self.at += lex_text::word_len(&self.rest()[1..]) + 1;
                Some(Tok::Other)
            }
            ':' if !self.rest().starts_with("::") => self.symbol(),
            '/' if self.is_operand(spaced) => {
                self.at += lex_text::pattern_len(self.rest())?;
                Some(Tok::Other)
            }
            '%' if self.is_operand(spaced) => {
                self.at += lex_text::percent_len(self.rest())?;
                Some(Tok::Other)
            }
            // A heredoc.
            '<' if self.rest().starts_with("<<") && self.is_heredoc() => None,
            _ => {
                let rest = self.rest();
                let op = OPERATORS.iter().find(|it| rest.starts_with(**it))?;
                self.at += op.len();
                Some(Tok::Op(op))
            }
        }
    }

    fn is_heredoc(&self) -> bool {
        let rest = self.rest()[2..].trim_start_matches(['~', '-']);
        rest.starts_with(|it: char| it.is_ascii_uppercase() || it == '"' || it == '\'')
    }

    /// Whether a value may begin here. Behind a name, a blank in front and none behind decides.
    fn is_operand(&self, spaced: bool) -> bool {
        let blank_behind = self.rest()[1..].starts_with([' ', '=']);
        match self.tokens.last().map(|it| &it.tok) {
            None | Some(Tok::Newline | Tok::Label) => true,
            Some(Tok::Op(op)) => !matches!(*op, ")" | "]" | "}"),
            Some(Tok::Keyword(word)) => !matches!(*word, "end" | "self" | "true" | "false" | "nil"),
            Some(Tok::Name(_)) => spaced && !blank_behind,
            Some(_) => false,
        }
    }

    /// Whether a `?` of `a ? b : c` waits for its colon.
    fn is_in_choice(&self) -> bool {
        let line = self.tokens.iter().rev().take_while(|it| it.tok != Tok::Newline);
        let mut open = 0_i32;
        for it in line {
            match &it.tok {
                Tok::Op("?") => open += 1,
                Tok::Op(":") => open -= 1,
                _ => {}
            }
        }
        open > 0
    }

    fn number(&mut self) -> Option<Tok> {
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let rest = self.rest();
        let mut len = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let behind = rest[len..].strip_prefix('.').unwrap_or_default();
        if behind.starts_with(|it: char| it.is_ascii_digit()) {
            len += 1 + behind.find(|it| !is_part(it)).unwrap_or(behind.len());
        }
        let digits = rest[..len].replace('_', "");
        self.at += len;
        if let Ok(number) = digits.parse::<i64>() {
            // `010` is eight.
            return (digits == "0" || !digits.starts_with('0')).then_some(Tok::Int(number));
        }
        digits.parse::<f64>().ok().filter(|it| it.is_finite()).map(Tok::Float)
    }

    fn word(&mut self) -> Option<Tok> {
        let mut len = lex_text::word_len(self.rest());
        let behind = &self.rest()[len..];
        // `nil?` is a name; of `a ?b :c` and `a != b` the sign is an operator.
        let is_mark = behind.starts_with(['?', '!']) && !behind[1..].starts_with(['=', '~']);
        if is_mark || behind.starts_with("?==") || behind.starts_with("!==") {
            len += 1;
        }
        let text = self.rest()[..len].to_owned();
        self.at += len;
        let behind = self.rest();
        let follows_dot =
            matches!(self.tokens.last(), Some(it) if matches!(it.tok, Tok::Op("." | "&.")));
        if behind.starts_with(':') && !behind.starts_with("::") && !follows_dot {
            let is_key = behind[1..].starts_with([' ', '\n']) && !self.is_in_choice();
            if is_key {
                self.at += 1;
                return Some(Tok::Label);
            }
        }
        if follows_dot {
            return Some(Tok::Name(text));
        }
        if let Some(keyword) = KEYWORDS.iter().find(|it| **it == text) {
            return Some(Tok::Keyword(keyword));
        }
        let is_constant = text.starts_with(|it: char| it.is_ascii_uppercase());
        Some(if is_constant { Tok::Constant(text) } else { Tok::Name(text) })
    }

    fn symbol(&mut self) -> Option<Tok> {
        let rest = &self.rest()[1..];
        if rest.starts_with(['"', '\'']) {
            let quote = rest.chars().next()?;
            let (_, len) = lex_text::quoted(self.text, self.at + 1, quote)?;
            self.at += 1 + len;
            return Some(Tok::Other);
        }
        let mut len = lex_text::word_len(rest);
        if len == 0 {
            self.at += 1;
            return Some(Tok::Op(":"));
        }
        if rest[len..].starts_with(['?', '!']) {
            len += 1;
        }
        let name = rest[..len].to_owned();
        self.at += 1 + len;
        Some(Tok::Symbol(name))
    }
}
