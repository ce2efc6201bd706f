//! Text → Python syntax tree.
//!
//! ruff's parser recovers from errors and grows its stack as it needs. What it returns is a tree
//! that everything else, and its own destructor, walks by recursion, so text that nests deeper than
//! any person writes is refused before it is parsed.

use std::sync::Arc;

use ruff_python_ast::ModModule;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::Ranged;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, Span};

use super::names::Names;
use super::versions::{self, PythonVersion};

/// How many operators and brackets may be open around a place. CPython refuses 200 brackets.
const NESTING_MAX: usize = 400;

/// How deep blocks may be indented. CPython refuses 100.
const BLOCKS_MAX: usize = 100;

/// Most syntax errors that are reported of one file: the first one tends to cause the rest.
const ERRORS_MAX: usize = 3;

/// Parses a module; what cannot be read is a problem in `acc`.
///
/// Syntax that is newer than `version` is a problem, too.
pub(super) fn parse(
    acc: &mut Vec<Diagnostic>,
    file: FileId,
    text: &str,
    version: Option<PythonVersion>,
) -> Parsed<ModModule> {
    let options =
        || ParseOptions::from(Mode::Module).with_target_version(versions::target(version));
    let tree = |text: &str| {
        let parsed = parse_unchecked(text, options()).try_into_module();
        parsed.expect("a module was asked for")
    };
    if let Some(offset) = too_deep(text) {
        let span = Span::new(file, offset, offset);
        acc.push(
            Diagnostic::new(
                "syntax-error",
                Severity::Error,
                "the code nests too deeply to be read",
                Label::new(span, "here"),
            )
            .with_help("split the expression or the block"),
        );
        return tree("");
    }
    let parsed = tree(text);
    for error in parsed.errors().iter().take(ERRORS_MAX) {
        let range = error.range();
        let end = range.end().to_usize().min(text.len());
        let span = Span::new(file, range.start().to_usize().min(end), end);
        let message = format!("not valid Python: {}", decapitalized(&error.error.to_string()));
        let label = Label::new(span, "Python stops here");
        acc.push(Diagnostic::new("syntax-error", Severity::Error, message, label));
    }
    let newer = parsed.unsupported_syntax_errors().iter().take(ERRORS_MAX);
    for error in newer.filter(|_| version.is_some() && parsed.errors().is_empty()) {
        let range = error.range();
        let end = range.end().to_usize().min(text.len());
        let span = Span::new(file, range.start().to_usize().min(end), end);
        let message = format!("not valid Python here: {}", decapitalized(&error.to_string()));
        let label = Label::new(span, "Python stops here");
        acc.push(Diagnostic::new("syntax-error", Severity::Error, message, label));
    }
    parsed
}

/// The tree of no code at all.
pub(super) fn empty() -> (super::Tree, Arc<Names>) {
    let parsed = parse_unchecked("", ParseOptions::from(Mode::Module)).try_into_module();
    (Arc::new(parsed.expect("a module was asked for")), Arc::default())
}

fn decapitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Where the text nests too deeply, counted generously: every operator since the last comma may
/// open a level, and so may every bracket.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, levels: vec![0], total: 0 };
    let mut indents = vec![0];
    let mut line_start = true;
    while let Some(&byte) = scanner.bytes.get(scanner.at) {
        if line_start && scanner.levels.len() == 1 {
            let rest = &scanner.bytes[scanner.at..];
            let indent = rest.iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
            while indents.last().is_some_and(|it| *it > indent) {
                indents.pop();
            }
            let blank = rest.get(indent).is_none_or(|it| matches!(it, b'\n' | b'\r' | b'#'));
            if !blank && indents.last() != Some(&indent) {
                indents.push(indent);
            }
        }
        line_start = byte == b'\n';
        scanner.step(byte);
        if scanner.total > NESTING_MAX || indents.len() > BLOCKS_MAX {
            return Some(scanner.at.min(text.len())).map(|it| text.floor_char_boundary(it));
        }
    }
    None
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Operators since the last comma, for each open bracket.
    levels: Vec<usize>,
    total: usize,
}

impl Scanner<'_> {
    fn step(&mut self, byte: u8) {
        match byte {
            b'#' => self.skip_line(),
            b'"' | b'\'' => return self.skip_string(byte),
            b'(' | b'[' | b'{' => {
                self.levels.push(1);
                self.total += 1;
            }
            b')' | b']' | b'}' => {
                if self.levels.len() > 1 {
                    self.total -= self.levels.pop().unwrap_or_default();
                }
                // A call of a call nests as deep as it is long.
                self.count();
            }
            b',' => self.reset(),
            b';' | b'\n' | b'\r' if self.levels.len() == 1 && !self.is_continued() => self.reset(),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>'
            | b'.' | b'=' | b':' => self.count(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128.. => return self.word(),
            _ => {}
        }
        self.at += 1;
    }

    /// Whether a backslash takes the end of the line back.
    fn is_continued(&self) -> bool {
        let before = &self.bytes[..self.at];
        before.strip_suffix(b"\r").unwrap_or(before).ends_with(b"\\")
    }

    fn count(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            *level += 1;
            self.total += 1;
        }
    }

    fn reset(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.total -= *level;
            *level = 0;
        }
    }

    fn skip_line(&mut self) {
        while self.bytes.get(self.at + 1).is_some_and(|it| *it != b'\n') {
            self.at += 1;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let part = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_' || *it >= 128;
        while self.bytes.get(self.at).is_some_and(part) {
            self.at += 1;
        }
        match &self.bytes[start..self.at] {
            b"not" | b"lambda" | b"if" | b"else" | b"await" | b"or" | b"and" | b"in" | b"is"
            | b"yield" | b"for" | b"async" => self.count(),
            // The expressions in an f-string nest inside the string.
            prefix if prefix.iter().any(|it| matches!(it, b'f' | b'F' | b't' | b'T')) => {
                let quote = self.bytes.get(self.at).copied();
                if let Some(quote @ (b'"' | b'\'')) = quote.filter(|_| prefix.len() <= 2) {
                    let start = self.at;
                    self.skip_string(quote);
                    let end = self.at.min(self.bytes.len());
                    let opens = |it: &&u8| b"([{-+~*.".contains(it);
                    let inside = self.bytes[start..end].iter().filter(opens).count();
                    for _ in 0..inside.min(NESTING_MAX + 1) {
                        self.count();
                    }
                }
            }
            _ => {}
        }
    }

    fn skip_string(&mut self, quote: u8) {
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'\n' if !triple => return,
                _ if byte == quote && !triple => {
                    self.at += 1;
                    return;
                }
                _ if byte == quote && self.bytes[self.at..].starts_with(&[quote; 3]) => {
                    self.at += 3;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}
