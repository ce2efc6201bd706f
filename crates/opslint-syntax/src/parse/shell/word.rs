//! Words: quotes and expansions.

use std::ops::Range;

use super::grammar::{End, Parsed, Parser};
use super::{HOLE_FIRST, HOLES_MAX, Parameter, Part, PartKind, Word};

/// Where a sequence of parts stands, which decides what ends it and what quotes mean in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a word without quotes.
    Bare,
    /// Between double quotes.
    Quoted,
    /// The operand of `${NAME:-…}` outside double quotes.
    Operand,
    /// The operand of `"${NAME:-…}"`.
    QuotedOperand,
    /// The pattern of `${NAME/…/text}`, which ends in front of a slash.
    Pattern,
    /// The index of `${NAME[…]}`.
    Index,
    /// Between `$((` and `))`, which end at this offset.
    Arithmetic(usize),
}

impl Place {
    pub(super) fn is_quoted(self) -> bool {
        !matches!(self, Self::Bare | Self::Operand | Self::Pattern)
    }

    /// Whether single quotes quote here.
    pub(super) fn has_single_quotes(self) -> bool {
        matches!(self, Self::Bare | Self::Operand | Self::Pattern)
    }
}

impl Parser<'_> {
    /// Reads a word. The caller has seen that one starts here.
    pub(super) fn word(&mut self) -> Parsed<Word> {
        let start = self.pos;
        let mut parts = Vec::new();
        self.parts(&mut parts, Place::Bare)?;
        Ok(Word { parts, range: start..self.pos })
    }

    fn at_parts_end(&self, place: Place) -> bool {
        match place {
            Place::Bare => self.at_word_end(),
            Place::Quoted => self.peek() == Some(b'"'),
            Place::Operand | Place::QuotedOperand => self.peek() == Some(b'}'),
            Place::Pattern => matches!(self.peek(), Some(b'/' | b'}')),
            Place::Index => self.peek() == Some(b']'),
            Place::Arithmetic(end) => self.pos >= end,
        }
    }

    /// Reads parts up to the end of `place`, or the end of the text.
    pub(super) fn parts(&mut self, acc: &mut Vec<Part>, place: Place) -> Parsed<()> {
        while !self.at_parts_end(place) {
            let Some(byte) = self.peek() else { return Ok(()) };
            let start = self.pos;
            match byte {
                b'\\' => self.escape(acc, place),
                b'\'' if place.has_single_quotes() => self.single_quotes(acc)?,
                b'"' => self.double_quotes(acc, start)?,
                b'`' => self.backquotes(acc, place)?,
                b'$' => self.dollar(acc, place)?,
                _ => self.literal(acc, place),
            }
        }
        Ok(())
    }

    pub(super) fn push(&self, acc: &mut Vec<Part>, kind: PartKind, start: usize, place: Place) {
        acc.push(Part { kind, range: start..self.pos, quoted: place.is_quoted() });
    }

    fn push_literal(&self, acc: &mut Vec<Part>, range: Range<usize>, quoted: bool) {
        let text = &self.text[range.clone()];
        if let Some(Part { kind: PartKind::Literal(last), range: before, quoted: same }) =
            acc.last_mut()
            && before.end == range.start
            && *same == quoted
        {
            last.push_str(text);
            before.end = range.end;
            return;
        }
        acc.push(Part { kind: PartKind::Literal(text.to_owned()), range, quoted });
    }

    fn literal(&mut self, acc: &mut Vec<Part>, place: Place) {
        let start = self.pos;
        let mut chars = self.rest().char_indices();
        let Some((_, first)) = chars.next() else { return };
        if let Some(hole) = hole(first) {
            self.pos += first.len_utf8();
            self.push(acc, PartKind::Hole(hole), start, place);
            return;
        }
        let limit = if let Place::Arithmetic(end) = place { end } else { self.text.len() };
        let ends = |it: char| {
            matches!(it, '\\' | '\'' | '"' | '`' | '$')
                || hole(it).is_some()
                || match place {
                    Place::Bare => " \t\r\n;&|()<>".contains(it),
                    Place::Operand | Place::QuotedOperand => it == '}',
                    Place::Pattern => it == '/' || it == '}',
                    Place::Index => it == ']',
                    Place::Quoted | Place::Arithmetic(_) => false,
                }
        };
        let len = chars.find(|(_, it)| ends(*it)).map_or(self.rest().len(), |(idx, _)| idx);
        self.pos = (start + len).min(limit);
        self.push_literal(acc, start..self.pos, place.is_quoted());
    }

    fn escape(&mut self, acc: &mut Vec<Part>, place: Place) {
        let start = self.pos;
        self.pos += 1;
        if self.take("\n") || self.take("\r\n") {
            return;
        }
        let Some(next) = self.rest().chars().next() else {
            return self.push_literal(acc, start..self.pos, true);
        };
        // It protects the first character of what stands in the hole, which is none of those that
        // need it: a caller writes out all text that does.
        if hole(next).is_some() {
            return;
        }
        self.pos += next.len_utf8();
        // Between double quotes a backslash is a character of its own, except in front of these.
        let kept = place.is_quoted()
            && !(matches!(next, '$' | '`' | '"' | '\\')
                || next == '}' && place == Place::QuotedOperand);
        let from = if kept { start } else { start + 1 };
        self.push_literal(acc, from..self.pos, true);
    }

    fn single_quotes(&mut self, acc: &mut Vec<Part>) -> Parsed<()> {
        let start = self.pos;
        let Some(len) = self.text[start + 1..].find('\'') else {
            self.pos = self.text.len();
            return self.problem(start, "a `'` is never closed");
        };
        self.pos = start + 1 + len;
        self.quoted_literal(acc, start + 1..self.pos);
        self.pos += 1;
        Ok(())
    }

    /// Text between single quotes: literal, except for holes, whose text is not known.
    fn quoted_literal(&mut self, acc: &mut Vec<Part>, range: Range<usize>) {
        let end = range.end;
        let mut start = range.start;
        if range.is_empty() {
            self.push_literal(acc, range.clone(), true);
        }
        for (idx, it) in self.text[range.clone()].char_indices() {
            let Some(hole) = hole(it) else { continue };
            let at = range.start + idx;
            if start < at {
                self.push_literal(acc, start..at, true);
            }
            start = at + it.len_utf8();
            acc.push(Part { kind: PartKind::Hole(hole), range: at..start, quoted: true });
        }
        if start < end {
            self.push_literal(acc, start..end, true);
        }
    }

    /// Double quotes whose opening `"` comes next; `start` is where to begin a problem.
    fn double_quotes(&mut self, acc: &mut Vec<Part>, start: usize) -> Parsed<()> {
        self.pos += 1;
        if self.peek() == Some(b'"') {
            acc.push(Part {
                kind: PartKind::Literal(String::new()),
                range: self.pos..self.pos,
                quoted: true,
            });
        }
        self.nested(|it| it.parts(acc, Place::Quoted))?;
        if self.take("\"") {
            return Ok(());
        }
        self.problem(start, "a `\"` is never closed")
    }

    fn backquotes(&mut self, acc: &mut Vec<Part>, place: Place) -> Parsed<()> {
        let start = self.pos;
        let mut inside = String::new();
        self.pos += 1;
        while let Some(next) = self.rest().chars().next() {
            self.pos += next.len_utf8();
            match next {
                '`' => {
                    self.push(acc, PartKind::Command(inside), start, place);
                    return Ok(());
                }
                '\\' => {
                    if let Some(escaped) = self.rest().chars().next() {
                        self.pos += escaped.len_utf8();
                        if !matches!(escaped, '`' | '\\' | '$') {
                            inside.push('\\');
                        }
                        inside.push(escaped);
                    }
                }
                next => inside.push(next),
            }
        }
        self.problem(start, "a backquote is never closed")
    }

    fn dollar(&mut self, acc: &mut Vec<Part>, place: Place) -> Parsed<()> {
        let start = self.pos;
        self.pos += 1;
        let rest = self.rest();
        if rest.starts_with("((")
            && let Some(end) = self.arithmetic_end(self.pos + 2)
        {
            return self.arithmetic(acc, start, end, place);
        }
        match rest.bytes().next() {
            Some(b'(') => self.substitution(acc, start, place),
            Some(b'{') => self.braces(acc, start, place),
            Some(b'[') if let Some(len) = bracketed(rest) => {
                // `$[…]`, which bash still works out, and no other shell.
                self.pos += len;
                self.push(acc, PartKind::Other, start, place);
                Ok(())
            }
            Some(b'\'') if place.has_single_quotes() => self.ansi_c(acc, start),
            Some(b'"') if place.has_single_quotes() => self.double_quotes(acc, start),
            _ => {
                let len = name_len(rest);
                self.pos += len;
                if len == 0 {
                    self.push_literal(acc, start..self.pos, place.is_quoted());
                } else if let Some(next) = rest[len..].strip_prefix("\\\n")
                    && next.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_')
                {
                    // The name goes on in the next line.
                    self.pos += "\\\n".len() + name_len(next);
                    self.push(acc, PartKind::Other, start, place);
                } else {
                    let kind = PartKind::Parameter(Parameter::plain(&rest[..len]));
                    self.push(acc, kind, start, place);
                }
                Ok(())
            }
        }
    }

    fn arithmetic(
        &mut self,
        acc: &mut Vec<Part>,
        start: usize,
        end: usize,
        place: Place,
    ) -> Parsed<()> {
        let parts = self.arithmetic_parts(self.pos, end)?;
        self.push(acc, PartKind::Arithmetic(parts), start, place);
        Ok(())
    }

    /// The parts between `((` at `start` and the `))` that ends at `end`.
    pub(super) fn arithmetic_parts(&mut self, start: usize, end: usize) -> Parsed<Vec<Part>> {
        self.pos = start + "((".len();
        let mut parts = Vec::new();
        let inner_end = end - "))".len();
        self.nested(|it| it.parts(&mut parts, Place::Arithmetic(inner_end)))?;
        if self.pos != inner_end {
            self.pos = self.pos.max(end);
            return self.problem(start, "an arithmetic expression is not closed");
        }
        self.pos = end;
        Ok(parts)
    }

    /// `$'…'` with the cursor on the quote: escapes as in C.
    fn ansi_c(&mut self, acc: &mut Vec<Part>, start: usize) -> Parsed<()> {
        self.pos += 1;
        let mut value = Some(String::new());
        let mut chars = self.rest().char_indices();
        while let Some((idx, it)) = chars.next() {
            let next = match it {
                '\'' => {
                    self.pos += idx + 1;
                    let kind = value.map_or(PartKind::Other, PartKind::AnsiC);
                    acc.push(Part { kind, range: start..self.pos, quoted: true });
                    return Ok(());
                }
                '\\' => chars.next().and_then(|(_, it)| ansi_c_escape(it)),
                it => (hole(it).is_none()).then_some(it),
            };
            value = value.zip(next).map(|(mut value, next)| {
                value.push(next);
                value
            });
        }
        self.pos = self.text.len();
        self.problem(start, "a `'` is never closed")
    }

    fn substitution(&mut self, acc: &mut Vec<Part>, start: usize, place: Place) -> Parsed<()> {
        self.pos += 1;
        let inside = self.pos;
        self.list(&mut Vec::new(), End::Before(&[")"]))?;
        let text = self.text[inside..self.pos].to_owned();
        if !self.take(")") {
            return self.problem(start, "a `$(` is never closed");
        }
        self.push(acc, PartKind::Command(text), start, place);
        Ok(())
    }
}

/// What a backslash and this character stand for in `$'…'`; `None` for codes and controls, which
/// no command of a web app has.
fn ansi_c_escape(it: char) -> Option<char> {
    Some(match it {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '\\' | '\'' | '"' | '?' => it,
        _ => return None,
    })
}

/// Length of the parameter name at the start of `text`: an identifier, one digit, or one sign.
pub(super) fn name_len(text: &str) -> usize {
    let identifier = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
    match text.bytes().next() {
        Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9') => 1,
        _ => text.bytes().take_while(identifier).count(),
    }
}

/// Length of the `[…]` that a line starts with.
fn bracketed(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (idx, it) in text.lines().next()?.char_indices() {
        match it {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(idx + it.len_utf8());
        }
    }
    None
}

fn hole(it: char) -> Option<usize> {
    let number = (it as usize).checked_sub(HOLE_FIRST as usize)?;
    (number < HOLES_MAX).then_some(number)
}
