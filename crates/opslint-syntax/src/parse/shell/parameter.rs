//! `${…}`: a parameter, and what is made of its value.

use super::grammar::{Parsed, Parser};
use super::word::{Place, name_len};
use super::{Index, Operation, Operator, OperatorKind, Parameter, Part, PartKind, TrimEnd};

impl Parser<'_> {
    /// `${…}`, with the cursor on the brace; `start` is the offset of the dollar sign.
    pub(super) fn braces(&mut self, acc: &mut Vec<Part>, start: usize, place: Place) -> Parsed<()> {
        self.pos += 1;
        let is_length = self.rest().strip_prefix('#').is_some_and(|it| {
            let len = braced_name_len(it);
            len > 0 && (it[len..].starts_with('}') || it[len..].starts_with('['))
        });
        self.pos += usize::from(is_length);
        let len = braced_name_len(self.rest());
        let name = self.rest()[..len].to_owned();
        self.pos += len;
        let index = self.index(&name)?;
        let operation = match is_length {
            true => Some(Operation::Length),
            false => self.operation(&name, place)?,
        };
        // What is left in front of the brace is an operation that is not known.
        let mut rest = Vec::new();
        let rest_place = if place.is_quoted() { Place::QuotedOperand } else { Place::Operand };
        self.nested(|it| it.parts(&mut rest, rest_place))?;
        if !self.take("}") {
            return self.problem(start, "a `${` is never closed");
        }
        let kind = match len > 0 && rest.is_empty() {
            true => PartKind::Parameter(Parameter { name, index, operation }),
            false => PartKind::Other,
        };
        self.push(acc, kind, start, place);
        Ok(())
    }

    /// `[…]` behind the name of an array.
    fn index(&mut self, name: &str) -> Parsed<Option<Index>> {
        let is_variable = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
        if !is_variable || !self.take("[") {
            return Ok(None);
        }
        let start = self.pos;
        let mut parts = Vec::new();
        self.nested(|it| it.parts(&mut parts, Place::Index))?;
        let text = &self.text[start..self.pos];
        let index = match text {
            "@" => Index::Each,
            "*" => Index::Joined,
            _ => Index::At(parts),
        };
        if self.take("]") { Ok(Some(index)) } else { self.unexpected() }
    }

    fn operation(&mut self, name: &str, place: Place) -> Parsed<Option<Operation>> {
        if let Some(operator) = self.operator(name) {
            let operand_place =
                if place.is_quoted() { Place::QuotedOperand } else { Place::Operand };
            let operand = self.operand(operand_place)?;
            return Ok(Some(Operation::Test(operator, operand)));
        }
        // Quotes in a pattern are quotes wherever the expansion itself stands.
        for (sign, end) in [("#", TrimEnd::Start), ("%", TrimEnd::End)] {
            if self.take(sign) {
                let longest = self.take(sign);
                let pattern = self.operand(Place::Operand)?;
                return Ok(Some(Operation::Trim { end, longest, pattern }));
            }
        }
        if self.take("/") {
            let all = self.take("/");
            // `/#` and `/%` tie the pattern to one end.
            if !all && self.rest().starts_with(['#', '%']) {
                self.operand(Place::Operand)?;
                return Ok(Some(Operation::Other));
            }
            let pattern = self.operand(Place::Pattern)?;
            let text = if self.take("/") { self.operand(Place::Operand)? } else { Vec::new() };
            return Ok(Some(Operation::Replace { all, pattern, text }));
        }
        for (sign, upper) in [("^^", true), (",,", false)] {
            if self.rest().starts_with(sign) && self.rest()[sign.len()..].starts_with('}') {
                self.pos += sign.len();
                return Ok(Some(Operation::Case { upper }));
            }
        }
        if self.take(":") {
            return Ok(Some(Operation::Slice(self.operand(Place::QuotedOperand)?)));
        }
        if self.rest().starts_with('}') {
            return Ok(None);
        }
        self.operand(Place::Operand)?;
        Ok(Some(Operation::Other))
    }

    fn operand(&mut self, place: Place) -> Parsed<Vec<Part>> {
        let mut operand = Vec::new();
        self.nested(|it| it.parts(&mut operand, place))?;
        Ok(operand)
    }

    fn operator(&mut self, name: &str) -> Option<Operator> {
        let colon = self.rest().starts_with(':');
        let kind = match self.rest().as_bytes().get(usize::from(colon))? {
            b'-' => OperatorKind::Default,
            b'=' => OperatorKind::Assign,
            b'?' => OperatorKind::Require,
            b'+' => OperatorKind::Alternative,
            _ => return None,
        };
        // `${#-…}` and `${!X…}` are about something else than a variable of that name.
        if name.is_empty() || matches!(name, "#" | "!") {
            return None;
        }
        self.pos += usize::from(colon) + 1;
        Some(Operator { kind, colon })
    }
}

/// Length of the parameter name behind `${`: there, a number may have several digits.
fn braced_name_len(text: &str) -> usize {
    match text.bytes().take_while(u8::is_ascii_digit).count() {
        0 => name_len(text),
        digits => digits,
    }
}
