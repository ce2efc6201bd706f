//! Lists, pipelines and commands.

use std::ops::Range;

use super::redirection::Redirection;
use super::{
    Assignment, Command, CommandKind, Connector, DEPTH_MAX, Item, LoopHead, Part, PartKind,
    Pipeline, Prints, Problem, Script, Simple, Word,
};

/// Reads a whole text.
pub(super) fn script(text: &str) -> Script {
    let mut parser =
        Parser { text, pos: 0, depth: 0, here_documents: Vec::new(), prints: Prints::default() };
    let mut items = Vec::new();
    let result = parser.list(&mut items, End::Text);
    Script { items, problem: result.err() }
}

/// What a nested construct gives: the thing, or the first problem in it.
pub(super) type Parsed<T> = Result<T, Problem>;

/// Where a list of commands ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// With the text.
    Text,
    /// In front of one of these characters or reserved words.
    Before(&'static [&'static str]),
}

/// A cursor in the text.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    /// Offset of the next byte; always at a character boundary.
    pub(super) pos: usize,
    depth: usize,
    /// Delimiters of here-documents that start after the next new line, and whether tabs in front
    /// of them are ignored.
    pub(super) here_documents: Vec<(String, bool)>,
    /// Where the command that is being read prints.
    pub(super) prints: Prints,
}

/// Whether only `NAME=(…)` is read as an assignment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ArrayOnly {
    Yes,
    No,
}

/// Builtins whose arguments are assignments.
fn is_declaration(name: &str) -> bool {
    matches!(name, "export" | "declare" | "typeset" | "local" | "readonly")
}

const METACHARACTERS: &[u8] = b" \t\r\n;&|()<>";

impl<'t> Parser<'t> {
    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.pos..]
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    /// Takes `token` if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    /// Whether a word cannot go on here.
    pub(super) fn at_word_end(&self) -> bool {
        self.peek().is_none_or(|it| METACHARACTERS.contains(&it))
    }

    /// A problem from `start` to the cursor.
    pub(super) fn problem<T>(&self, start: usize, message: impl Into<String>) -> Parsed<T> {
        Err(Problem { message: message.into(), range: start..self.pos })
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH_MAX {
            return self.problem(self.pos, "the command is nested too deeply to be read");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    pub(super) fn unexpected<T>(&mut self) -> Parsed<T> {
        let start = self.pos;
        if self.rest().is_empty() {
            return self.problem(start, "the command ends where more is expected");
        }
        let operators = ["&&", "||", ";;", "<<", ">>"];
        if !operators.iter().any(|it| self.take(it)) {
            self.pos += self.rest().chars().next().map_or(0, char::len_utf8);
        }
        let token = self.text[start..self.pos].to_owned();
        self.problem(start, format!("the shell does not expect `{}` here", token.escape_debug()))
    }

    pub(super) fn expect(&mut self, token: &str) -> Parsed<()> {
        self.skip_lines();
        let word = token.bytes().all(|it| it.is_ascii_alphabetic());
        let found = if word { self.reserved() == Some(token) } else { true };
        if found && self.take(token) { Ok(()) } else { self.unexpected() }
    }

    /// Skips blanks, escaped line ends and a comment.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.pos += 1,
                Some(b'\\') if self.take("\\\n") || self.take("\\\r\n") => {}
                Some(b'#') => self.pos += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    /// Skips blanks and line ends, and the here-documents that start there.
    pub(super) fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            if !self.take("\n") {
                return;
            }
            for (delimiter, strip) in std::mem::take(&mut self.here_documents) {
                self.skip_here_document(&delimiter, strip);
            }
        }
    }

    fn skip_here_document(&mut self, delimiter: &str, strip: bool) {
        while !self.rest().is_empty() {
            let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
            self.pos += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            let line = if strip { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                return;
            }
        }
    }

    /// The next word when it has no quotes or expansions, so that it may be a reserved word.
    pub(super) fn reserved(&self) -> Option<&'t str> {
        let rest = self.rest();
        let len = rest
            .bytes()
            .position(|it| METACHARACTERS.contains(&it) || b"'\"$`\\".contains(&it))
            .unwrap_or(rest.len());
        let ends = rest.as_bytes().get(len).is_none_or(|it| METACHARACTERS.contains(it));
        (ends && len > 0).then(|| &rest[..len])
    }

    fn at_end(&self, end: End) -> bool {
        let End::Before(tokens) = end else { return self.rest().is_empty() };
        tokens.iter().any(|token| match *token {
            ")" | ";;" | ";&" => self.rest().starts_with(token),
            word => self.reserved() == Some(word),
        })
    }

    /// Reads commands into `acc` up to `end`, which is not taken.
    pub(super) fn list(&mut self, acc: &mut Vec<Item>, end: End) -> Parsed<()> {
        self.nested(|it| it.list_inner(acc, end))
    }

    fn list_inner(&mut self, acc: &mut Vec<Item>, end: End) -> Parsed<()> {
        loop {
            self.skip_lines();
            if self.at_end(end) {
                return Ok(());
            }
            let mut item = self.item()?;
            self.skip_blanks();
            match self.peek() {
                Some(b'&') if !self.rest().starts_with("&&") => {
                    self.pos += 1;
                    item.background = true;
                }
                Some(b';') if !self.rest().starts_with(";;") && !self.at_end(end) => self.pos += 1,
                Some(b'\n') | None => {}
                _ if self.at_end(end) => {}
                _ => {
                    acc.push(item);
                    return self.unexpected();
                }
            }
            acc.push(item);
            if self.rest().is_empty() && !self.at_end(end) {
                return self.unexpected();
            }
        }
    }

    fn item(&mut self) -> Parsed<Item> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let connector = if self.take("&&") {
                Connector::And
            } else if self.take("||") {
                Connector::Or
            } else {
                return Ok(Item { first, rest, background: false });
            };
            self.skip_lines();
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut negated = false;
        while self.reserved() == Some("!") {
            self.pos += 1;
            negated = !negated;
            self.skip_blanks();
        }
        let mut commands = vec![self.command()?];
        loop {
            self.skip_blanks();
            if self.rest().starts_with("||") || !(self.take("|&") || self.take("|")) {
                return Ok(Pipeline { negated, commands });
            }
            self.skip_lines();
            commands.push(self.command()?);
        }
    }

    pub(super) fn command(&mut self) -> Parsed<Command> {
        let start = self.pos;
        let outer = std::mem::take(&mut self.prints);
        let kind = self.nested(Self::command_kind)?;
        if !matches!(kind, CommandKind::Simple(_)) {
            self.skip_blanks();
            while self.redirection()?.is_some() {
                self.skip_blanks();
            }
        }
        let prints = std::mem::replace(&mut self.prints, outer);
        Ok(Command { kind, range: start..self.pos, prints })
    }

    fn command_kind(&mut self) -> Parsed<CommandKind> {
        if self.rest().starts_with("((")
            && let Some(end) = self.arithmetic_end(self.pos + 2)
        {
            return Ok(CommandKind::Arithmetic(self.arithmetic_parts(self.pos, end)?));
        }
        if self.take("(") {
            return Ok(CommandKind::Subshell(self.body(&[")"], ")")?));
        }
        let Some(word) = self.reserved() else { return self.simple() };
        match word {
            "{" => {
                self.pos += 1;
                Ok(CommandKind::Group(self.body(&["}"], "}")?))
            }
            "if" => self.conditional(),
            "while" | "until" => {
                let start = self.pos;
                self.pos += word.len();
                let mut condition = self.body(&["do"], "do")?;
                if word == "until" {
                    condition = vec![negated(condition, start..self.pos)];
                }
                let head = LoopHead::Condition(condition);
                Ok(CommandKind::Loop { head, body: self.body(&["done"], "done")? })
            }
            "for" | "select" => self.for_loop(word),
            "case" => self.case(),
            "function" => self.function(),
            "[[" => self.test(),
            "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}" => {
                let start = self.pos;
                self.pos += word.len();
                self.problem(start, format!("the shell does not expect `{word}` here"))
            }
            _ => self.simple(),
        }
    }

    /// A list and the token that ends it.
    pub(super) fn body(&mut self, end: &'static [&'static str], token: &str) -> Parsed<Vec<Item>> {
        let mut items = Vec::new();
        self.list(&mut items, End::Before(end))?;
        self.expect(token)?;
        Ok(items)
    }

    fn simple(&mut self) -> Parsed<CommandKind> {
        let start = self.pos;
        let mut simple = Simple::default();
        loop {
            self.skip_blanks();
            if let Some(word) = self.process_substitution()? {
                simple.words.push(word);
                continue;
            }
            if let Some(redirection) = self.redirection()? {
                match redirection {
                    Redirection::Input(word) => simple.input = Some(word),
                    Redirection::Output(word) => simple.outputs.push(word),
                    Redirection::Other => {}
                }
                continue;
            }
            if self.at_word_end() {
                break;
            }
            if simple.words.is_empty()
                && let Some(assignment) = self.assignment(ArrayOnly::No)?
            {
                simple.assignments.push(assignment);
                continue;
            }
            let declares = simple.words.first().and_then(Word::literal).is_some_and(is_declaration);
            if declares && let Some(assignment) = self.assignment(ArrayOnly::Yes)? {
                simple.arrays.push(assignment);
                continue;
            }
            let name = self.reserved();
            simple.words.push(self.word()?);
            if let (Some(name), 1, 0) = (name, simple.words.len(), simple.assignments.len()) {
                self.skip_blanks();
                if self.take("(") {
                    let open = self.pos - 1;
                    if !self.take(")") {
                        self.pos = open;
                        return self.unexpected();
                    }
                    return self.function_body(name.to_owned());
                }
            }
        }
        // Nothing but redirections is a command too.
        if self.pos == start { self.unexpected() } else { Ok(CommandKind::Simple(simple)) }
    }

    /// `NAME=value` and its relatives, if one comes next.
    fn assignment(&mut self, only: ArrayOnly) -> Parsed<Option<Assignment>> {
        let start = self.pos;
        let rest = self.rest();
        let len = rest.bytes().take_while(|it| it.is_ascii_alphanumeric() || *it == b'_').count();
        let name = &rest[..len];
        let index = self.index_text(&rest[len..]);
        let behind = len + index.map_or(0, |it| it.len() + "[]".len());
        let operator = ["+=", "="].iter().find(|it| rest[behind..].starts_with(**it));
        let is_name = name.bytes().next().is_some_and(|it| !it.is_ascii_digit());
        let (Some(operator), true) = (operator, is_name) else { return Ok(None) };
        let is_array = rest[behind + operator.len()..].starts_with('(');
        if only == ArrayOnly::Yes && !is_array {
            return Ok(None);
        }
        self.pos += behind + operator.len();
        let mut elements = None;
        let value_start = self.pos;
        let value = if is_array {
            elements = Some(self.array()?);
            Word { parts: Vec::new(), range: value_start..self.pos }
        } else if self.at_word_end() {
            Word { parts: Vec::new(), range: value_start..value_start }
        } else {
            self.word()?
        };
        Ok(Some(Assignment {
            name: name.to_owned(),
            index: index.map(str::to_owned),
            value,
            elements,
            append: *operator == "+=",
            range: start..self.pos,
        }))
    }

    /// The text between the brackets that `rest` starts with, when they hold no blanks or quotes.
    fn index_text(&self, rest: &'t str) -> Option<&'t str> {
        let inside = rest.strip_prefix('[')?;
        let len = inside
            .find(|it: char| it == ']' || it.is_whitespace() || "'\"`;&|<>()".contains(it))?;
        inside[len..].starts_with(']').then_some(&inside[..len])
    }

    /// `( … )` after `NAME=`: its words.
    fn array(&mut self) -> Parsed<Vec<Word>> {
        let mut words = Vec::new();
        self.pos += 1;
        loop {
            self.skip_lines();
            if self.take(")") {
                return Ok(words);
            }
            if self.at_word_end() {
                return self.unexpected();
            }
            words.push(self.word()?);
        }
    }

    /// `<( … )` or `>( … )` of bash, which stands for the name of a file.
    pub(super) fn process_substitution(&mut self) -> Parsed<Option<Word>> {
        let start = self.pos;
        let reads = self.rest().starts_with("<(");
        if !reads && !self.rest().starts_with(">(") {
            return Ok(None);
        }
        self.pos += "<(".len();
        let inside = self.pos;
        self.list(&mut Vec::new(), super::grammar::End::Before(&[")"]))?;
        let text = self.text[inside..self.pos].to_owned();
        if !self.take(")") {
            return self.problem(start, "a `<(` is never closed");
        }
        let range = start..self.pos;
        let kind = if reads { PartKind::Process(text) } else { PartKind::Other };
        let parts = vec![Part { kind, range: range.clone(), quoted: true }];
        Ok(Some(Word { parts, range }))
    }

    /// The offset after the `))` that closes an arithmetic expression whose text starts at `start`;
    /// `None` when the parentheses are two nested subshells or never closed.
    pub(super) fn arithmetic_end(&self, start: usize) -> Option<usize> {
        let mut depth = 2usize;
        let bytes = self.text.as_bytes();
        for (idx, byte) in bytes.iter().enumerate().skip(start) {
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 1 {
                        return (bytes.get(idx + 1) == Some(&b')')).then_some(idx + 2);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// A condition that holds where these commands fail.
fn negated(condition: Vec<Item>, range: Range<usize>) -> Item {
    let kind = CommandKind::Group(condition);
    let group = Command { kind, range, prints: Prints::Here };
    let first = Pipeline { negated: true, commands: vec![group] };
    Item { first, rest: Vec::new(), background: false }
}
