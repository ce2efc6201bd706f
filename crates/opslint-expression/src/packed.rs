//! Checked trees as bytes, and back: what the build makes of the rules' expressions, so that a run
//! parses none of them.
//!
//! A tree is written from its root on, each part as a tag, the bytes of the text that it stands in
//! (start and length), and what the kind of part has besides. Numbers are LEB128. Names and texts
//! are places in the text of the expression, which is a part of the program anyway; only a text with
//! an escape in it has bytes of its own. Both sides are of one version of this crate, so facts and
//! functions are their places in the tables.

use std::borrow::Cow;
use std::collections::BTreeMap;

use opslint_names::vocabulary::{FactId, Type, Unit, VOCABULARY};

use super::ast::{BinaryOp, Expr, ExprKind};
use super::check::Compiled;
use super::functions::{FUNCTIONS, FunctionId};
use super::pattern::Pattern;
use super::template::{Part, Template};
use super::types::Ty;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const NUMBER: u8 = 4;
const TEXT: u8 = 5;
const LIST: u8 = 6;
const NAME: u8 = 7;
const SELECT: u8 = 8;
const INDEX: u8 = 9;
const EACH: u8 = 10;
const NOT: u8 = 11;
const NEGATE: u8 = 12;
const TERNARY: u8 = 13;
const FACT: u8 = 14;
const FACT_OF: u8 = 15;
const CALL: u8 = 16;
/// Operators follow, by their places in [`BinaryOp::ALL`].
const BINARY: u8 = 32;

/// Units of numbers, by their places.
const UNITS: [Unit; 6] =
    [Unit::None, Unit::Count, Unit::Seconds, Unit::Megabytes, Unit::UsdMonth, Unit::Port];

/// The packed form of an expression that was compiled from `text`. `None` for a tree that was not
/// checked.
pub fn pack(compiled: &Compiled, text: &str) -> Option<Vec<u8>> {
    let mut writer = Writer { text, out: Vec::new() };
    writer.compiled(compiled)?;
    Some(writer.out)
}

/// The packed form of a text with expressions that was compiled from `text`.
pub fn pack_template(template: &Template, text: &str) -> Option<Vec<u8>> {
    let mut writer = Writer { text, out: Vec::new() };
    writer.number(template.parts.len() as u64);
    for part in &template.parts {
        match part {
            Part::Text(it) => {
                writer.out.push(TEXT);
                writer.text(it, 0);
            }
            Part::Expr { compiled, offset } => {
                writer.out.push(CALL);
                writer.number(*offset as u64);
                let mut inner = Writer { text: text.get(*offset..)?, out: Vec::new() };
                inner.compiled(compiled)?;
                writer.out.append(&mut inner.out);
            }
        }
    }
    Some(writer.out)
}

/// The expression that [`pack`] made bytes of, and its text. `None` for other bytes.
pub fn unpack(bytes: &[u8], text: &'static str) -> Option<Compiled> {
    Reader { text, bytes }.compiled()
}

/// The text with expressions that [`pack_template`] made bytes of, and its text.
pub fn unpack_template(bytes: &[u8], text: &'static str) -> Option<Template> {
    let mut reader = Reader { text, bytes };
    let count = reader.len()?;
    let mut parts = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        parts.push(match reader.byte()? {
            TEXT => Part::Text(reader.text(0)?),
            CALL => {
                let offset = reader.number()? as usize;
                let mut inner = Reader { text: text.get(offset..)?, bytes: reader.bytes };
                let compiled = Box::new(inner.compiled()?);
                reader.bytes = inner.bytes;
                Part::Expr { compiled, offset }
            }
            _ => return None,
        });
    }
    Some(Template { parts })
}

struct Writer<'a> {
    text: &'a str,
    out: Vec<u8>,
}

impl Writer<'_> {
    fn compiled(&mut self, compiled: &Compiled) -> Option<()> {
        self.ty(&compiled.ty)?;
        self.expr(&compiled.expr)
    }

    fn ty(&mut self, ty: &Ty) -> Option<()> {
        match ty {
            Ty::Any => self.out.push(0),
            Ty::Null => self.out.push(1),
            Ty::Bool => self.out.push(2),
            Ty::Number(None) => self.out.push(3),
            Ty::Number(Some(unit)) => {
                self.out.push(4);
                self.out.push(UNITS.iter().position(|it| it == unit)? as u8);
            }
            Ty::Text(None) => self.out.push(5),
            // A fact whose type it is.
            Ty::Text(Some(values)) => {
                let is_own = |id: &FactId| id.def().ty == Type::Enum(values);
                self.out.push(6);
                self.number(FactId::all().find(is_own)?.index() as u64);
            }
            Ty::List(element) => {
                self.out.push(7);
                self.ty(element)?;
            }
            Ty::Process => self.out.push(8),
        }
        Some(())
    }

    fn expr(&mut self, expr: &Expr) -> Option<()> {
        let start = expr.range.start;
        self.out.push(tag(&expr.kind)?);
        self.number(start as u64);
        self.number(expr.range.len() as u64);
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) => {}
            // A sign is an operator of its own, so no number in a tree is below zero.
            ExprKind::Int(value) => self.number(u64::try_from(*value).ok()?),
            ExprKind::Number(value) => self.out.extend(value.to_le_bytes()),
            ExprKind::Text(text) | ExprKind::Name(text) => self.text(text, start),
            ExprKind::List(items) => self.list(items)?,
            ExprKind::Select(operand, field) => {
                self.text(field, start);
                self.expr(operand)?;
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                self.expr(a)?;
                self.expr(b)?;
            }
            ExprKind::Each(it) | ExprKind::Not(it) | ExprKind::Negate(it) => self.expr(it)?,
            ExprKind::Ternary(condition, then, otherwise) => {
                self.expr(condition)?;
                self.expr(then)?;
                self.expr(otherwise)?;
            }
            ExprKind::Fact(id) => self.number(id.index() as u64),
            ExprKind::FactOf(of, id) => {
                self.number(id.index() as u64);
                self.expr(of)?;
            }
            ExprKind::Call { target: Some(_), .. } => return None,
            ExprKind::Call { target: None, name, arguments } => {
                self.number(FUNCTIONS.iter().position(|it| it.name == name)? as u64);
                self.list(arguments)?;
            }
        }
        Some(())
    }

    fn list(&mut self, items: &[Expr]) -> Option<()> {
        self.number(items.len() as u64);
        items.iter().try_for_each(|it| self.expr(it))
    }

    /// A text: where it stands behind a place, counted from 1, or 0 and its bytes.
    fn text(&mut self, it: &str, start: usize) {
        let found = self.text.get(start..).and_then(|rest| rest.find(it));
        self.number(found.map_or(0, |at| at as u64 + 1));
        self.number(it.len() as u64);
        if found.is_none() {
            self.out.extend(it.as_bytes());
        }
    }

    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
}

fn tag(kind: &ExprKind) -> Option<u8> {
    Some(match kind {
        ExprKind::Null => NULL,
        ExprKind::Bool(false) => FALSE,
        ExprKind::Bool(true) => TRUE,
        ExprKind::Int(_) => INT,
        ExprKind::Number(_) => NUMBER,
        ExprKind::Text(_) => TEXT,
        ExprKind::List(_) => LIST,
        ExprKind::Name(_) => NAME,
        ExprKind::Select(..) => SELECT,
        ExprKind::Index(..) => INDEX,
        ExprKind::Each(_) => EACH,
        ExprKind::Not(_) => NOT,
        ExprKind::Negate(_) => NEGATE,
        ExprKind::Ternary(..) => TERNARY,
        ExprKind::Fact(_) => FACT,
        ExprKind::FactOf(..) => FACT_OF,
        ExprKind::Call { .. } => CALL,
        ExprKind::Binary(op, ..) => BINARY + BinaryOp::ALL.iter().position(|it| it == op)? as u8,
    })
}

struct Reader<'b> {
    text: &'static str,
    bytes: &'b [u8],
}

impl Reader<'_> {
    fn compiled(&mut self) -> Option<Compiled> {
        let mut patterns = BTreeMap::new();
        let ty = self.ty()?;
        let expr = self.expr(&mut patterns)?;
        Some(Compiled { expr, ty, patterns })
    }

    fn ty(&mut self) -> Option<Ty> {
        Some(match self.byte()? {
            0 => Ty::Any,
            1 => Ty::Null,
            2 => Ty::Bool,
            3 => Ty::Number(None),
            4 => Ty::Number(Some(*UNITS.get(usize::from(self.byte()?))?)),
            5 => Ty::Text(None),
            6 => match VOCABULARY.get(self.len()?)?.ty {
                Type::Enum(values) => Ty::Text(Some(values)),
                _ => return None,
            },
            7 => Ty::List(Box::new(self.ty()?)),
            8 => Ty::Process,
            _ => return None,
        })
    }

    fn expr(&mut self, patterns: &mut BTreeMap<usize, Pattern>) -> Option<Expr> {
        let tag = self.byte()?;
        let start = self.len()?;
        let range = start..start + self.len()?;
        let kind = match tag {
            NULL => ExprKind::Null,
            FALSE => ExprKind::Bool(false),
            TRUE => ExprKind::Bool(true),
            INT => ExprKind::Int(i64::try_from(self.number()?).ok()?),
            NUMBER => {
                let (number, rest) = self.bytes.split_first_chunk()?;
                self.bytes = rest;
                ExprKind::Number(f64::from_le_bytes(*number))
            }
            TEXT => ExprKind::Text(self.text(start)?),
            NAME => ExprKind::Name(self.text(start)?),
            LIST => ExprKind::List(self.list(patterns)?),
            SELECT => {
                let field = self.text(start)?;
                ExprKind::Select(Box::new(self.expr(patterns)?), field)
            }
            INDEX => ExprKind::Index(self.boxed(patterns)?, self.boxed(patterns)?),
            EACH => ExprKind::Each(self.boxed(patterns)?),
            NOT => ExprKind::Not(self.boxed(patterns)?),
            NEGATE => ExprKind::Negate(self.boxed(patterns)?),
            TERNARY => {
                let condition = self.boxed(patterns)?;
                ExprKind::Ternary(condition, self.boxed(patterns)?, self.boxed(patterns)?)
            }
            FACT => ExprKind::Fact(self.fact()?),
            FACT_OF => {
                let id = self.fact()?;
                ExprKind::FactOf(self.boxed(patterns)?, id)
            }
            CALL => {
                let function = FUNCTIONS.get(self.len()?)?;
                let arguments = self.list(patterns)?;
                if function.id == FunctionId::Matches
                    && let ExprKind::Text(pattern) = &arguments.get(1)?.kind
                {
                    patterns.insert(start, Pattern::new(pattern.clone()));
                }
                ExprKind::Call { target: None, name: Cow::Borrowed(function.name), arguments }
            }
            _ => {
                let op = *BinaryOp::ALL.get(usize::from(tag.checked_sub(BINARY)?))?;
                ExprKind::Binary(op, self.boxed(patterns)?, self.boxed(patterns)?)
            }
        };
        Some(Expr { kind, range })
    }

    fn boxed(&mut self, patterns: &mut BTreeMap<usize, Pattern>) -> Option<Box<Expr>> {
        self.expr(patterns).map(Box::new)
    }

    fn list(&mut self, patterns: &mut BTreeMap<usize, Pattern>) -> Option<Vec<Expr>> {
        let count = self.len()?;
        // No part takes less than three bytes, so bytes of something else reserve no more than this.
        let mut items = Vec::with_capacity(count.min(self.bytes.len()));
        for _ in 0..count {
            items.push(self.expr(patterns)?);
        }
        Some(items)
    }

    fn fact(&mut self) -> Option<FactId> {
        FactId::at(self.len()?)
    }

    fn text(&mut self, start: usize) -> Option<Cow<'static, str>> {
        let (at, len) = (self.len()?, self.len()?);
        if let Some(at) = at.checked_sub(1) {
            let start = start.checked_add(at)?;
            return self.text.get(start..start.checked_add(len)?).map(Cow::Borrowed);
        }
        let (bytes, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        std::str::from_utf8(bytes).ok().map(|it| Cow::Owned(it.to_owned()))
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    fn len(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Names, compile};

    fn names() -> Names {
        Names { facts: true, processes: true, it: Some(Ty::Any), formats: None }
    }

    #[track_caller]
    fn check(text: &'static str) {
        let compiled = compile(text, &names()).unwrap_or_else(|it| panic!("{text}: {it:?}"));
        let packed = pack(&compiled, text).expect("a checked tree");
        assert_eq!(unpack(&packed, text).as_ref(), Some(&compiled), "{text}");
        for len in 0..packed.len() {
            assert_eq!(unpack(&packed[..len], text), None, "{text}");
        }
    }

    #[test]
    fn every_kind_of_expression_is_read_as_it_was_written() {
        check("null");
        check("true ? 1 : -2.5");
        check("!(workers >= 3 * machine.cpus - 1) || app in [\"gunicorn\", 'it\\'s']");
        check("file[\"app-json\"].formation.web[0].size == null && has(it['a b'])");
        check("processes.exists(p, p.workers % 2 == 0 && p.command.matches(\"^w\\\\s\"))");
        check("processes.map(p, p.worker_class)");
        check("((server))");
        check("platform");
    }

    #[test]
    fn a_template_is_read_as_it_was_written() {
        let text = "{{{count(workers, 'worker')}}} – {app.matches('a|b') ? 'ä' : timeout_s} s";
        let template = Template::compile(text, &names()).expect("a good text");
        let packed = pack_template(&template, text).expect("checked trees");
        assert_eq!(unpack_template(&packed, text), Some(template));
    }
}
