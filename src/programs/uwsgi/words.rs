//! Values of uwsgi: variables in them, and conditions that they stand under.

use std::sync::Arc;

use super::Collector;
use crate::document::Text;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::project::{Lookup, assumed_unset, unmentioned};
use crate::source::Span;

/// The conditions that a line stands under.
#[derive(Default)]
pub(super) struct Block {
    pub(super) conditions: Vec<Condition>,
}

impl Block {
    /// Whether a key begins a condition; `None` where it has nothing to do with any.
    pub(super) fn changes(&self, key: &str) -> Option<bool> {
        if key.starts_with("if-") || key == "for" || key.starts_with("for-") {
            return Some(true);
        }
        matches!(key, "else" | "end" | "endif" | "endfor" | "end-if" | "end-for").then_some(false)
    }

    /// Goes on behind such a key.
    pub(super) fn change(&mut self, key: &str, condition: Option<Condition>) {
        if let Some(condition) = condition {
            self.conditions.push(condition);
        } else if self.conditions.pop().is_some() && key == "else" {
            self.conditions.push(Condition::Unknown);
        }
    }

    /// Whether what stands here does not count.
    pub(super) fn is_off(&self) -> bool {
        self.conditions.iter().any(|it| matches!(it, Condition::Fails))
    }
}

impl Collector<'_, '_> {
    /// Whether what stands under a condition applies.
    pub(super) fn condition(&self, key: &str, value: &str) -> Condition {
        let wanted = match key {
            "if-env" => true,
            "if-not-env" => false,
            _ => return Condition::Unknown,
        };
        // `if-env = NAME=value` compares.
        if value.contains(['=', '$', '%', '@']) {
            return Condition::Unknown;
        }
        let environment = &self.launch.environment;
        match (environment.get(value), wanted) {
            (Lookup::Set(_), _) if !environment.sets(value) => Condition::Unknown,
            (Lookup::Set(_), true) | (Lookup::Unset, false) => Condition::Holds,
            (Lookup::Unmentioned, false) => Condition::Assumed(value.to_owned()),
            _ => Condition::Fails,
        }
    }

    /// The value of an option, with `$(NAME)` expanded.
    pub(super) fn word(&self, text: &Text, conditions: &[Condition]) -> Word {
        let (value, span) = (text.value.as_str(), text.span_of(0..text.value.len()));
        if conditions.iter().any(|it| matches!(it, Condition::Unknown)) {
            let reason = "it stands under a condition in the file".to_owned();
            return unknown_word(reason, span);
        }
        // `%(key)`, `%k` and `@(file)` stand for what uwsgi finds out when it starts.
        let is_magic = value.contains("@(")
            || value
                .split('%')
                .skip(1)
                .any(|it| it.starts_with(|it: char| it == '(' || it.is_ascii_alphabetic()));
        if is_magic {
            return unknown_word(format!("opslint does not work out `{value}`"), span);
        }
        // As the real program did: in a file that another includes, variables are filled in where the
        // line that includes it comes behind others, and not where it is the first.
        if self.is_included && value.contains("$(") {
            let reason = format!("uwsgi may leave `{value}` as it is in a file that is included");
            return unknown_word(reason, span);
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(start) = value[at..].find("$(").map(|it| at + it) {
            let Some(end) = value[start..].find(')').map(|it| start + it) else { break };
            push_text(&mut pieces, text.slice(at..start));
            pieces.extend(self.variable(&value[start + 2..end], text.span_of(start..end + 1)));
            at = end + 1;
        }
        push_text(&mut pieces, text.slice(at..value.len()));
        for condition in conditions {
            let Condition::Assumed(name) = condition else { continue };
            for piece in &mut pieces {
                let state = match &piece.text {
                    Ok(text) => State::Known(Value::Text(text.clone())),
                    Err(unknown) => State::Unknown(unknown.clone()),
                };
                let origin = Origin::written(piece.span, format!("`${name}` is not set"));
                let fact = piece.expanded.take();
                let fact = fact.map_or_else(|| Fact::new(state, origin), Arc::unwrap_or_clone);
                let origin =
                    fact.origin.clone().with_input(format!("${name}"), assumed_unset(name));
                piece.expanded = Some(Arc::new(Fact { origin, ..fact }));
            }
        }
        Word { pieces, span }
    }

    fn variable(&self, name: &str, span: Span) -> Option<Piece> {
        Some(match self.launch.environment.get(name) {
            Lookup::Set(fact) => {
                let text = match fact.value() {
                    Some(value) => Ok(value.to_string()),
                    None => Err(Unknown::because(format!("`${name}` is not known"))),
                };
                Piece { text, span, expanded: Some(Arc::new(fact.clone())) }
            }
            Lookup::Unset => Piece { text: Ok(format!("$({name})")), span, expanded: None },
            Lookup::Unmentioned => Piece { text: Err(unmentioned(name)), span, expanded: None },
        })
    }
}

/// What is known of `if-env` and its relatives.
pub(super) enum Condition {
    Holds,
    Fails,
    /// It holds as long as this variable is set nowhere outside the project.
    Assumed(String),
    Unknown,
}

pub(super) fn unknown_word(reason: String, span: Span) -> Word {
    let text = Err(Unknown::because(reason));
    Word { pieces: vec![Piece { text, span, expanded: None }], span }
}

fn push_text(acc: &mut Vec<Piece>, text: Text) {
    if !text.value.is_empty() {
        let span = text.span();
        acc.push(Piece { text: Ok(text.value), span, expanded: None });
    }
}
