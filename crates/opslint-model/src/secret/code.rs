//! The literals of a programming language that an expression may come to.
//!
//! Nothing is run or parsed as a whole, so that broken files are read too: the tokens of the
//! expression are walked over once, to its end or to where it cannot go on.

use std::ops::Range;

use super::extent::{Grammar, literal};

/// How sure it is that a literal is the value, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// It says where the value is, or something else about it: a key, what is compared with.
    No,
    /// It is given to a function that nobody knows here.
    Likely,
    Yes,
}

/// A literal that the value may be made of.
pub(super) struct Found {
    /// What stands between the quotes.
    pub(super) body: Range<usize>,
    /// Whether only its looks decide: it may as well be a label or an option.
    pub(super) is_uncertain: bool,
}

/// Which values of an expression with commas are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The expression ends at the first comma.
    One,
    /// All of them, as in `KEYS = 'a', 'b'`.
    All,
    /// The one behind so many commas, as in `A, KEY = 'a', 'b'`.
    Nth(usize),
}

/// Brackets in one another deeper than this are not looked into, so that names in each of them do
/// not make the walk quadratic.
const DEPTH_MAX: usize = 16;
/// The same for `A = B = …`.
const CHAIN_MAX: usize = 8;

/// What opened a bracket.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A list, a tuple, or an expression in brackets.
    Group,
    Dict,
    Subscript,
    /// A call of a function that reads a value from elsewhere: the first argument says where.
    Getter,
    /// One that makes its first argument into something else.
    Wrapper,
    /// One that puts all of its arguments together.
    Joiner,
    Other,
}

struct Frame {
    kind: Kind,
    /// What literals are where the bracket opened.
    outer: Part,
    argument: usize,
    /// The name of the argument, if it has one, is that of a value.
    keyword: Option<bool>,
}

/// What stands before the place that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Previous {
    Start,
    Operator,
    /// Of two values of which one is only looked at.
    Comparison,
    Value,
}

/// Names of arguments that are values.
const VALUES: &[&str] = &["default", "value", "fallback", "initial", "secret_value", "v"];

/// Functions and methods that give back their first argument in another form.
const WRAPPERS: &[&str] = &[
    "str",
    "bytes",
    "bytearray",
    "secretstr",
    "secretbytes",
    "secret",
    "b64decode",
    "b64encode",
    "urlsafe_b64decode",
    "urlsafe_b64encode",
    "unhexlify",
    "fromhex",
    "quote",
    "quote_plus",
    "unquote",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "field",
    "fernet",
    "from",
    "field_validator",
];

/// The literals that the expression at an offset may come to.
pub(super) fn values(text: &str, at: usize, wanted: Wanted) -> Vec<Found> {
    let mut walk = Walk::new(text, at, wanted, Previous::Start);
    walk.run();
    walk.found
}

/// The same for what follows a literal that ends at an offset: `'NAME=' + 'value'`.
pub(super) fn values_behind(text: &str, at: usize) -> Vec<Found> {
    let mut walk = Walk::new(text, at, Wanted::One, Previous::Value);
    walk.is_inside = true;
    walk.run();
    walk.found
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
    wanted: Wanted,
    previous: Previous,
    /// The last name, and whether a dot stands before it.
    name: &'t str,
    is_method: bool,
    frames: Vec<Frame>,
    commas: usize,
    chain: usize,
    /// Nothing but names and signs of assignment so far.
    is_target: bool,
    /// The expression is an element of a list, so that it may go on in the next line.
    is_inside: bool,
    found: Vec<Found>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str, at: usize, wanted: Wanted, previous: Previous) -> Self {
        Self {
            text,
            at,
            wanted,
            previous,
            name: "",
            is_method: false,
            frames: Vec::new(),
            commas: 0,
            chain: 0,
            is_target: true,
            is_inside: false,
            found: Vec::new(),
        }
    }

    fn run(&mut self) {
        while let Some(next) = self.text[self.at..].chars().next() {
            let goes_on = match next {
                '\n' => self.line(),
                _ if next.is_whitespace() => self.pass(1),
                '\\' if self.text[self.at..].starts_with("\\\n") => self.pass(2),
                '#' => self.comment(),
                '/' if self.text[self.at..].starts_with("//") => self.comment(),
                '"' | '\'' => self.literal(),
                _ if next.is_alphanumeric() || next == '_' => self.word(),
                '(' | '[' | '{' => self.open(next),
                ')' | ']' | '}' => self.close(),
                ',' => self.comma(),
                ';' if self.frames.is_empty() => false,
                '=' => self.equals(),
                _ => self.operator(next),
            };
            if !goes_on {
                break;
            }
        }
    }

    fn pass(&mut self, bytes: usize) -> bool {
        self.at = self.text.ceil_char_boundary(self.at + bytes);
        true
    }

    /// A line ends, and with it an expression that no bracket holds open.
    fn line(&mut self) -> bool {
        let next = self.text[self.at..].trim_start();
        let goes_on = !self.frames.is_empty()
            || self.previous != Previous::Value
            || next.starts_with(['+', '%', '.', '|', '?'])
            || self.is_inside && next.starts_with(['"', '\'']);
        goes_on && self.pass(1)
    }

    fn comment(&mut self) -> bool {
        self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at);
        true
    }

    /// What a literal is at this place.
    fn part(&self) -> Part {
        let Some(frame) = self.frames.last() else {
            return match self.wanted {
                Wanted::Nth(idx) if idx != self.commas => Part::No,
                _ => Part::Yes,
            };
        };
        let own = match (frame.kind, frame.keyword) {
            (Kind::Subscript, _) => Part::No,
            (Kind::Group | Kind::Dict | Kind::Joiner, _) => Part::Yes,
            (Kind::Getter | Kind::Wrapper, Some(true)) => Part::Yes,
            (Kind::Getter, None) if frame.argument > 0 => Part::Yes,
            (Kind::Wrapper, None) if frame.argument == 0 => Part::Yes,
            (Kind::Other, None | Some(true)) => Part::Likely,
            (Kind::Getter | Kind::Wrapper | Kind::Other, _) => Part::No,
        };
        own.min(frame.outer)
    }

    fn literal(&mut self) -> bool {
        let Some(it) = literal(&self.text[self.at..], Grammar::Code) else { return false };
        let body = self.at + it.body.start..self.at + it.body.end;
        self.at += it.len;
        let next = self.text[self.at..].trim_start_matches([' ', '\t']);
        let is_key = matches!(self.frames.last(), Some(Frame { kind: Kind::Dict, .. }))
            && next.starts_with(':');
        let is_compared = self.previous == Previous::Comparison
            || ["==", "!=", "in ", "not in "].iter().any(|it| next.starts_with(it));
        let part = self.part();
        if !is_key && !is_compared && part > Part::No {
            self.found.push(Found { body, is_uncertain: part == Part::Likely });
        }
        self.put(Previous::Value)
    }

    fn put(&mut self, previous: Previous) -> bool {
        self.previous = previous;
        self.is_target = false;
        true
    }

    fn word(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let len = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
        let word = &rest[..len];
        let is_prefix = len <= 2 && word.chars().all(|it| "rbfuRBFU".contains(it));
        if is_prefix && rest[len..].starts_with(['"', '\'']) {
            return self.literal();
        }
        let is_method = self.text[..self.at].ends_with('.');
        self.at += len;
        match word {
            "in" | "is" => return self.put(Previous::Comparison),
            "if" | "else" | "or" | "and" | "not" | "lambda" | "for" | "await" | "new"
            | "return" => {
                return self.put(Previous::Operator);
            }
            // Two values in a row: this is no expression any more.
            _ if self.previous == Previous::Value && !is_method => return false,
            _ => {}
        }
        self.previous = Previous::Value;
        (self.name, self.is_method) = (word, is_method);
        true
    }

    fn open(&mut self, bracket: char) -> bool {
        if self.frames.len() >= DEPTH_MAX {
            return false;
        }
        let kind = match (bracket, self.previous) {
            ('(', Previous::Value) => self.call(),
            ('[', Previous::Value) => Kind::Subscript,
            ('{', _) => Kind::Dict,
            _ => Kind::Group,
        };
        let outer = match self.previous {
            Previous::Comparison => Part::No,
            _ => self.part(),
        };
        self.frames.push(Frame { kind, outer, argument: 0, keyword: None });
        self.at += 1;
        self.name = "";
        self.put(Previous::Start)
    }

    /// What kind of function is called.
    fn call(&self) -> Kind {
        let name = self.name.to_ascii_lowercase();
        let is_getter =
            ["get", "load", "read", "fetch", "lookup", "find", "resolve", "open", "access"]
                .iter()
                .any(|it| name.starts_with(it));
        match name.as_str() {
            "join" | "format" => Kind::Joiner,
            // `env.str("NAME")` reads a variable.
            "str" | "bytes" | "pop" | "setdefault" if self.is_method => Kind::Getter,
            // Their argument is the name of an encoding.
            "encode" | "decode" => Kind::Getter,
            it if is_getter || it.contains("env") || it.contains("config") => Kind::Getter,
            it if WRAPPERS.contains(&it) => Kind::Wrapper,
            _ => Kind::Other,
        }
    }

    fn close(&mut self) -> bool {
        if self.frames.pop().is_none() {
            return false;
        }
        self.at += 1;
        self.name = "";
        self.put(Previous::Value)
    }

    fn comma(&mut self) -> bool {
        if let Some(frame) = self.frames.last_mut() {
            frame.argument += 1;
            frame.keyword = None;
        } else {
            self.commas += 1;
            let is_over = match self.wanted {
                Wanted::One => true,
                Wanted::All => false,
                Wanted::Nth(idx) => self.commas > idx,
            };
            if is_over {
                return false;
            }
        }
        self.at += 1;
        // A line that ends with a comma of its own ends the value.
        let previous = if self.frames.is_empty() { Previous::Value } else { Previous::Start };
        let is_last = self.text[self.at..].trim_start_matches([' ', '\t']).starts_with('\n');
        self.put(if is_last { previous } else { Previous::Start })
    }

    fn equals(&mut self) -> bool {
        if self.text[self.at..].starts_with("==") {
            self.at += self.text[self.at..].bytes().take_while(|it| *it == b'=').count();
            return self.put(Previous::Comparison);
        }
        if let Some(frame) = self.frames.last_mut() {
            let is_value = VALUES.contains(&self.name);
            frame.keyword = Some(is_value);
        } else {
            self.chain += 1;
            if !self.is_target || self.chain > CHAIN_MAX {
                return false;
            }
        }
        self.at += 1;
        self.previous = Previous::Operator;
        true
    }

    fn operator(&mut self, sign: char) -> bool {
        let is_comparison = matches!(sign, '<' | '>') || self.text[self.at..].starts_with("!=");
        self.at += if self.text[self.at..].starts_with("!=") { 2 } else { sign.len_utf8() };
        match sign {
            // The name goes on.
            '.' => true,
            _ if is_comparison => self.put(Previous::Comparison),
            _ => self.put(Previous::Operator),
        }
    }
}

/// Bytes of ` Annotated[str, Field()] =` behind `NAME:`: the type of a variable.
pub(super) fn annotation(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(it) = text[at..].chars().next() {
        match it {
            _ if at > ANNOTATION_MAX => return None,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            '"' | '\'' => {
                at += literal(&text[at..], Grammar::Code)?.len;
                continue;
            }
            '=' if depth == 0 => {
                return (!text[at + 1..].starts_with('=')).then_some(at + 1);
            }
            '\n' | ',' | ';' | '#' if depth == 0 => return None,
            _ => {}
        }
        at += it.len_utf8();
    }
    None
}

/// So many bytes are a type.
const ANNOTATION_MAX: usize = 200;

/// Bytes of `, B, C =` behind the first of several names that are assigned at once.
pub(super) fn further_targets(text: &str) -> Option<usize> {
    let is_target = |it: char| it.is_alphanumeric() || "_., *\t".contains(it);
    let end = text.find(|it| !is_target(it)).filter(|it| *it <= ANNOTATION_MAX)?;
    let is_sign = text[end..].starts_with('=') && !text[end..].starts_with("==");
    is_sign.then_some(end + 1)
}

/// So many bytes of a line are looked at for the sign of a comment.
const LINE_MAX: usize = 1024;

/// Whether an offset is in a comment, by what stands before it in the line.
pub(super) fn is_in_comment(line: &str) -> bool {
    // No line that is read by people is longer, and each name in it asks.
    if line.len() > LINE_MAX || !line.contains('#') && !line.contains("//") {
        return false;
    }
    let mut at = 0;
    while let Some(offset) = line[at..].find(['#', '"', '\'', '/']) {
        at += offset;
        let rest = &line[at..];
        if rest.starts_with('#') || rest.starts_with("//") && !line[..at].ends_with(':') {
            return true;
        }
        at += match rest.starts_with('/') {
            true => 1,
            false => literal(rest, Grammar::Code).map_or(1, |it| it.len),
        };
    }
    false
}
