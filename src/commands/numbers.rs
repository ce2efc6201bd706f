//! Arithmetic: `$((…))`, `((…))` and `let`, on the variables of a shell.

use std::sync::Arc;

use super::expand::{Expanded, Expander, unknown};
use super::shell::{Shell, Variable};
use super::{Dialect, arithmetic};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::Piece;
use crate::parse::shell::{Part, PartKind};
use crate::source::Span;

impl Expander<'_, '_, '_> {
    pub(super) fn arithmetic(&mut self, parts: &[Part], part: &Part) -> Piece {
        let span = self.span(part.range.clone());
        let (text, origin) = match self.arithmetic_text(parts, span) {
            Ok(known) => known,
            Err(open) => {
                let (it, origin) = *open;
                let fact = Fact::unknown(it.clone(), origin);
                return Piece { expanded: Some(Arc::new(fact)), ..unknown(it, span) };
            }
        };
        let Some(value) = self.evaluate(&text, span) else {
            let reason = format!("opslint does not work out `{}`", self.written(part));
            return unknown(Unknown::because(reason), span);
        };
        let fact = Fact::known(Value::Int(value), origin);
        Piece { text: Ok(value.to_string()), span, expanded: Some(Arc::new(fact)) }
    }

    /// The text of an arithmetic expression with its variables replaced, and where it comes from;
    /// this also where it is not known.
    fn arithmetic_text(
        &mut self,
        parts: &[Part],
        span: Span,
    ) -> Result<(String, Origin), Box<(Unknown, Origin)>> {
        let mut expanded = Vec::new();
        for part in parts {
            self.part(&mut expanded, part);
        }
        let mut text = String::new();
        let mut origin = Origin::new(OriginKind::Derived, "arithmetic in the command");
        origin.span = Some(span);
        let mut open = None;
        for Expanded { piece, .. } in expanded {
            match piece.text {
                Ok(part) => text.push_str(&part),
                Err(it) => {
                    open.get_or_insert(it);
                }
            }
            if let Some(fact) = piece.expanded {
                origin = origin.with_input(fact.origin.source.clone(), fact);
            }
        }
        match open {
            None => Ok((text, origin)),
            Some(unknown) => Err(Box::new((unknown, origin))),
        }
    }

    /// The value of `((…))` and `let`; what it cannot work out forgets what it may assign.
    pub(super) fn arithmetic_command(&mut self, parts: &[Part], span: Span) -> Option<i64> {
        match self.arithmetic_text(parts, span) {
            Ok((text, _)) => self.evaluate(&text, span),
            Err(_) => {
                let texts = parts.iter().filter_map(|it| match &it.kind {
                    PartKind::Literal(text) => Some(text.as_str()),
                    _ => None,
                });
                let text = texts.collect::<Vec<_>>().join(" ");
                self.forget_assigned(&text, span);
                None
            }
        }
    }

    pub(super) fn evaluate(&mut self, text: &str, span: Span) -> Option<i64> {
        // dash takes `n++` for something else, and has no `**`.
        let is_other = self.shell.dialect == Dialect::Dash
            && ["++", "--", "**", ","].iter().any(|it| text.contains(it));
        let mut variables = Numbers { shell: self.shell, span };
        let value = match is_other {
            true => None,
            false => arithmetic::evaluate(text, &mut variables),
        };
        if value.is_none() {
            self.forget_assigned(text, span);
        }
        value
    }

    fn forget_assigned(&mut self, text: &str, span: Span) {
        for name in arithmetic::assigned(text) {
            let reason = format!("opslint does not work out what `{name}` becomes");
            self.shell.forget(name, Unknown::because(reason), span);
        }
    }
}

/// The variables of a shell as whole numbers.
struct Numbers<'a> {
    shell: &'a mut Shell,
    span: Span,
}

impl arithmetic::Variables for Numbers<'_> {
    fn get(&self, name: &str) -> Option<i64> {
        if self.shell.array(name).is_some() {
            return None;
        }
        match self.shell.get(name) {
            Variable::Set(fact) => match fact.text().map(str::trim) {
                Some("") => Some(0),
                // A leading zero means another base.
                Some(text) if text.len() > 1 && text.trim_start_matches('-').starts_with('0') => {
                    None
                }
                Some(text) => text.parse().ok(),
                None => fact.int(),
            },
            Variable::Unset => Some(0),
            Variable::Unmentioned => None,
        }
    }

    fn set(&mut self, name: &str, value: i64) {
        let mut origin = Origin::written(self.span, "arithmetic in the command");
        if let Variable::Set(fact) = self.shell.get(name) {
            origin = origin.with_input(fact.origin.source.clone(), fact.clone());
        }
        let fact = Fact::known(Value::Text(value.to_string()), origin);
        self.shell.assign(name, super::run::assigned(fact, name, self.span));
    }
}
