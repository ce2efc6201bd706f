//! What operators make of the value of a variable: `${#X}`, `${X%.*}`, `${X:1:2}`, `${X/a/b}`.

use std::sync::Arc;

use super::Dialect;
use super::expand::{Expanded, Expander, unknown};
use super::paths;
use super::pattern::Pattern;
use crate::fact::{Fact, Origin, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{Index, Operation, Parameter, Part, TrimEnd};
use crate::source::Span;

impl Expander<'_, '_, '_> {
    /// `${#NAME}`
    pub(super) fn length(&mut self, parameter: &Parameter, part: &Part) -> Piece {
        let span = self.span(part.range.clone());
        let not_known = |it: &Self| {
            let reason = format!("opslint does not work out `{}`", it.written(part));
            unknown(Unknown::because(reason), span)
        };
        let number = |it: usize| Piece { text: Ok(it.to_string()), span, expanded: None };
        let elements = match (parameter.name.as_str(), &parameter.index) {
            ("@" | "*", _) => Some(self.shell.arguments.clone()),
            (name, Some(Index::Each | Index::Joined)) => self.shell.array(name),
            _ => None,
        };
        if let Some(elements) = elements {
            return match elements.filter(|it| !it.iter().any(Word::may_be_several)) {
                Some(elements) => number(elements.len()),
                None => not_known(self),
            };
        }
        let value = self.plain(&Parameter { operation: None, ..parameter.clone() }, span);
        let word = Word { pieces: value, span };
        match word.text().filter(|it| it.is_ascii()) {
            Some(text) => {
                let expanded = word.pieces.iter().find_map(|it| it.expanded.clone());
                Piece { expanded, ..number(text.len()) }
            }
            None => not_known(self),
        }
    }

    /// The value with a part taken off or replaced.
    pub(super) fn changed(
        &mut self,
        parameter: &Parameter,
        operation: &Operation,
        part: &Part,
    ) -> Vec<Piece> {
        let span = self.span(part.range.clone());
        let value = self.plain(&Parameter { operation: None, ..parameter.clone() }, span);
        if value.is_empty() {
            return value;
        }
        let is_list = parameter.name == "@"
            || parameter.name == "*"
            || matches!(parameter.index, Some(Index::Each | Index::Joined));
        let word = Word { pieces: value, span };
        let text = word.text().filter(|_| !is_list);
        let changed = text.as_deref().and_then(|it| self.change(it, operation, span));
        let Some(changed) = changed else {
            let reason = format!("opslint does not work out `{}`", self.written(part));
            let gap = word.pieces.into_iter().find_map(|it| it.text.err());
            return vec![unknown(gap.unwrap_or_else(|| Unknown::because(reason)), span)];
        };
        let expanded = word.pieces.iter().find_map(|it| it.expanded.as_ref()).map(|fact| {
            let origin = Origin::written(span, fact.origin.source.clone());
            let origin = origin.with_input(fact.origin.source.clone(), Arc::clone(fact));
            Arc::new(Fact::known(Value::Text(changed.clone()), origin))
        });
        vec![Piece { text: Ok(changed), span, expanded }]
    }

    fn change(&mut self, text: &str, operation: &Operation, span: Span) -> Option<String> {
        match operation {
            Operation::Trim { end, longest, pattern } => self.trim(text, *end, *longest, pattern),
            _ if paths::has_project(text) || self.shell.dialect == Dialect::Dash => None,
            Operation::Slice(parts) => self.slice(text, parts, span),
            Operation::Replace { all, pattern, text: by } => {
                let pattern = self.pattern(pattern)?.literal().filter(|it| !it.is_empty())?;
                let mut pieces = Vec::new();
                by.iter().for_each(|it| self.part(&mut pieces, it));
                let pieces = pieces.into_iter().map(|it| it.piece).collect();
                let by = Word { pieces, span }.text()?;
                // An ampersand stands for what was found in newer versions of bash.
                let grows = text.len().checked_mul(by.len() + 1)? / pattern.len();
                let is_plain = !by.contains('&') && self.run.workspace.budget().text(grows).is_ok();
                is_plain.then(|| match all {
                    true => text.replace(&pattern, &by),
                    false => text.replacen(&pattern, &by, 1),
                })
            }
            Operation::Case { upper } if text.is_ascii() => Some(match upper {
                true => text.to_ascii_uppercase(),
                false => text.to_ascii_lowercase(),
            }),
            _ => None,
        }
    }

    fn trim(
        &mut self,
        text: &str,
        end: TrimEnd,
        longest: bool,
        pattern: &[Part],
    ) -> Option<String> {
        let pattern = self.pattern(pattern)?;
        // What stands in front of the project's folder is not known.
        let hidden = text.rfind(paths::PROJECT).map_or(0, |at| at + paths::PROJECT.len_utf8());
        let budget = self.run.workspace.budget();
        let tail = &text[hidden..];
        match end {
            TrimEnd::End => {
                let found = pattern.suffixes(tail, budget)?;
                let at = if longest { found.last() } else { found.first() };
                match at {
                    _ if hidden > 0 && (longest || at.is_none()) => None,
                    Some(at) => Some(text[..hidden + at].to_owned()),
                    None => Some(text.to_owned()),
                }
            }
            TrimEnd::Start if hidden == 0 => {
                let found = pattern.prefixes(tail, budget)?;
                let at = if longest { found.last() } else { found.first() };
                Some(tail[at.copied().unwrap_or(0)..].to_owned())
            }
            // `${path##*/}` is about the last slash, wherever the rest is.
            TrimEnd::Start => {
                let is_name = longest && pattern.is_any_up_to('/');
                let (_, name) = tail.rsplit_once('/').filter(|_| is_name)?;
                Some(name.to_owned())
            }
        }
    }

    /// `${NAME:offset:length}`
    fn slice(&mut self, text: &str, parts: &[Part], span: Span) -> Option<String> {
        let mut pieces = Vec::new();
        parts.iter().for_each(|it| self.part(&mut pieces, it));
        let pieces = pieces.into_iter().map(|it| it.piece).collect();
        let numbers = Word { pieces, span }.text()?;
        let (offset, length) = match numbers.split_once(':') {
            Some((offset, length)) => (offset, Some(length)),
            None => (numbers.as_str(), None),
        };
        let len = i64::try_from(text.len()).ok().filter(|_| text.is_ascii())?;
        let from_end = |it: i64| if it < 0 { len + it } else { it };
        let start = from_end(self.evaluate(offset, span)?);
        let end = match length {
            None => len,
            Some(length) => match self.evaluate(length, span)? {
                length if length < 0 => len + length,
                length => start.checked_add(length)?.min(len),
            },
        };
        if start < 0 || start > len {
            return Some(String::new());
        }
        text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?).map(str::to_owned)
    }

    /// The parts of a pattern; what quotes protect stands for itself.
    pub(super) fn pattern(&mut self, parts: &[Part]) -> Option<Pattern> {
        let mut pattern = Pattern::default();
        for part in parts {
            let mut pieces = Vec::new();
            self.part(&mut pieces, part);
            for Expanded { piece, .. } in pieces {
                let text = piece.text.ok().filter(|it| !paths::has_project(it))?;
                match part.quoted {
                    true => pattern.push_quoted(&text),
                    false => pattern.push(&text)?,
                }
            }
        }
        Some(pattern)
    }
}
