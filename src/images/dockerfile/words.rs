//! Arguments of instructions: words, lists in brackets, quotes and variables.
//!
//! Source: BuildKit's `frontend/dockerfile/parser/line_parsers.go` and `shell/lex.go`.

use std::ops::Range;
use std::sync::Arc;

use crate::budget::{Budget, Spent};
use crate::document::Text;
use crate::fact::{Fact, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::project::assumed_unset;

/// The words of a list in brackets. `None` when the text is none: only JSON counts, so that single
/// quotes make it a text for the shell.
pub(super) fn list(text: &Text) -> Option<Vec<Text>> {
    let values: Vec<String> = serde_json::from_str(&text.value).ok()?;
    let bytes = text.value.as_bytes();
    let mut at = 0;
    let mut words = Vec::new();
    for value in values {
        let start = at + bytes.get(at..)?.iter().position(|it| *it == b'"')?;
        let mut end = start + 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let inside = text.slice(start + 1..end);
        at = end + 1;
        words.push(match inside.value == value {
            true => inside,
            false => Text::new(value, text.span_of(start..at), Vec::new()),
        });
    }
    Some(words)
}

/// The words between blanks, quotes kept, as ranges of the text.
pub(super) fn words(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, it)) = chars.next() {
        if quote.is_none() && it.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        match (quote, it) {
            (None, '"' | '\'') => quote = Some(it),
            (Some(open), it) if it == open => quote = None,
            (None | Some('"'), it) if it == escape => {
                chars.next();
            }
            _ => {}
        }
    }
    words.extend(start.map(|start| start..text.len()));
    words
}

/// The value of a word: quotes taken off, variables replaced.
pub(super) struct Expansion {
    /// What is known of it.
    pub(super) state: State,
    inputs: Vec<(String, Arc<Fact>)>,
}

impl Expansion {
    /// The text, when all of it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.state {
            State::Known(value) => value.as_str(),
            _ => None,
        }
    }

    /// The value as a fact that also comes from the variables in it.
    pub(super) fn fact(self, origin: Origin) -> Fact {
        let origin = self
            .inputs
            .into_iter()
            .fold(origin, |it, (name, fact)| it.with_input(name, Arc::unwrap_or_clone(fact)));
        Fact::new(self.state, origin)
    }
}

/// Replaces the variables of a word. `lookup` knows those that the Dockerfile sets.
pub(super) fn expand(
    text: &str,
    escape: char,
    budget: &Budget,
    lookup: &dyn Fn(&str) -> Option<Arc<Fact>>,
) -> Expansion {
    let (parts, inputs, spent) = (Vec::new(), Vec::new(), None);
    let mut walk = Walk { text, at: 0, escape, lookup, budget, parts, inputs, spent, depth: 0 };
    walk.run();
    let made = walk.parts.iter().map(|it| match it {
        TextPart::Known(text) => text.len(),
        TextPart::Unknown(_) => 1,
    });
    let spent = walk.spent.or(budget.text(made.sum()).err());
    if let Some(spent) = spent {
        return Expansion { state: State::Unknown(spent.unknown()), inputs: Vec::new() };
    }
    let state = match walk.parts.as_slice() {
        [] => State::Known(Value::Text(String::new())),
        [TextPart::Known(text)] => State::Known(Value::Text(text.clone())),
        [TextPart::Unknown(unknown)] => State::Unknown(unknown.clone()),
        _ => State::Pattern(walk.parts),
    };
    Expansion { state, inputs: walk.inputs }
}

/// Deepest nesting of `${A:-${B:-…}}`.
const DEPTH_MAX: usize = 8;

struct Walk<'a> {
    text: &'a str,
    at: usize,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<Arc<Fact>>,
    budget: &'a Budget,
    parts: Vec<TextPart>,
    inputs: Vec<(String, Arc<Fact>)>,
    /// What stopped it from being worked out.
    spent: Option<Spent>,
    depth: usize,
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut quote = None;
        while let Some(it) = self.next() {
            match (quote, it) {
                (None, '"' | '\'') => quote = Some(it),
                (Some(open), it) if it == open => quote = None,
                (Some('\''), it) => self.push(it),
                (_, '$') => self.variable(),
                (None, it) if it == self.escape => {
                    if let Some(it) = self.next() {
                        self.push(it);
                    }
                }
                (Some(_), it) if it == self.escape => match self.peek() {
                    Some('"' | '$') => self.take(),
                    Some(next) if next == self.escape => self.take(),
                    _ => self.push(it),
                },
                (_, it) => self.push(it),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let it = self.peek()?;
        self.at += it.len_utf8();
        Some(it)
    }

    /// The next character stands for itself.
    fn take(&mut self) {
        if let Some(it) = self.next() {
            self.push(it);
        }
    }

    fn push(&mut self, it: char) {
        match self.parts.last_mut() {
            Some(TextPart::Known(text)) => text.push(it),
            _ => self.parts.push(TextPart::Known(it.to_string())),
        }
    }

    fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(TextPart::Known(last)) => last.push_str(text),
            _ => self.parts.push(TextPart::Known(text.to_owned())),
        }
    }

    fn push_state(&mut self, state: &State) {
        let size = match state {
            State::Known(Value::Text(text)) => text.len(),
            State::Pattern(parts) => 128 * parts.len(),
            _ => 128,
        };
        // A reference costs something whatever it gives: there may be very many of them.
        if let Err(spent) = self.budget.text(size + 128) {
            self.spent = Some(spent);
        }
        if self.spent.is_some() {
            return;
        }
        match state {
            State::Known(Value::Null) => {}
            State::Known(value) => self.push_text(&value.to_string()),
            State::Pattern(parts) => {
                for part in parts {
                    match part {
                        TextPart::Known(text) => self.push_text(text),
                        TextPart::Unknown(_) => self.parts.push(part.clone()),
                    }
                }
            }
            open => self.parts.extend(open.open().map(TextPart::Unknown)),
        }
    }

    fn name(&mut self) -> String {
        let rest = &self.text[self.at..];
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let len = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
        self.at += len;
        rest[..len].to_owned()
    }

    /// What stands behind a `$`.
    fn variable(&mut self) {
        if self.peek() != Some('{') {
            let name = self.name();
            match name.is_empty() {
                true => self.push('$'),
                false => self.value(&name),
            }
            return;
        }
        self.at += 1;
        let start = self.at;
        let end = self.closing().unwrap_or(self.text.len());
        let name = self.name();
        let modifier = self.text.get(self.at..end).unwrap_or_default();
        self.at = (end + 1).min(self.text.len());
        let colon = modifier.starts_with(':');
        let rest = modifier.strip_prefix(':').unwrap_or(modifier);
        match rest.chars().next() {
            None => self.value(&name),
            Some(operator @ ('-' | '+')) if self.depth < DEPTH_MAX => {
                self.alternative(&name, operator, colon, &rest[1..]);
            }
            Some(_) => {
                let shown = self.text.get(start..end).unwrap_or_default();
                let reason = format!("opslint does not work out `${{{shown}}}`");
                self.parts.push(TextPart::Unknown(Unknown::because(reason)));
            }
        }
    }

    /// The offset of the brace that closes the one before `at`.
    fn closing(&self) -> Option<usize> {
        let mut depth = 1;
        for (idx, it) in self.text[self.at..].char_indices() {
            match it {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(self.at + idx);
            }
        }
        None
    }

    fn value(&mut self, name: &str) {
        let fact = (self.lookup)(name).unwrap_or_else(|| Arc::new(unset(name)));
        self.push_state(&fact.state);
        self.inputs.push((format!("${name}"), fact));
    }

    /// `${NAME:-word}` and `${NAME:+word}`.
    fn alternative(&mut self, name: &str, operator: char, colon: bool, word: &str) {
        let fact = (self.lookup)(name);
        // What the Dockerfile does not set, the base image may; that it does not is assumed.
        let fact = fact.unwrap_or_else(|| Arc::new(assumed_unset(name)));
        let set = match &fact.state {
            State::Known(Value::Null) => Some(false),
            State::Known(value) => Some(!colon || !value.to_string().is_empty()),
            State::Pattern(_) => Some(true),
            _ => None,
        };
        self.inputs.push((format!("${name}"), Arc::clone(&fact)));
        match (set, operator) {
            (Some(true), '-') => self.push_state(&fact.state),
            (Some(false), '-') | (Some(true), '+') => self.nested(word),
            (None, _) => self.push_state(&fact.state),
            _ => {}
        }
    }

    fn nested(&mut self, word: &str) {
        let mut inner = Walk {
            text: word,
            at: 0,
            escape: self.escape,
            lookup: self.lookup,
            budget: self.budget,
            parts: Vec::new(),
            inputs: Vec::new(),
            spent: None,
            depth: self.depth + 1,
        };
        inner.run();
        self.spent = self.spent.or(inner.spent);
        self.inputs.extend(inner.inputs);
        self.push_state(&State::Pattern(inner.parts));
    }
}

/// A variable that the Dockerfile does not set: the base image may.
fn unset(name: &str) -> Fact {
    let reason = format!("the Dockerfile does not set `${name}`; its base image may");
    let origin = Origin::new(OriginKind::Env, "the base image");
    Fact::unknown(Unknown::because(reason), origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let lookup = |name: &str| {
            let value = match name {
                "A" => "one",
                "EMPTY" => "",
                _ => return None,
            };
            let origin = Origin::new(OriginKind::Env, "");
            Some(Arc::new(Fact::known(Value::Text(value.to_owned()), origin)))
        };
        assert_eq!(expand(text, '\\', &Budget::new(), &lookup).state.to_string(), expect, "{text}");
    }

    #[test]
    fn variables_are_replaced_as_docker_does() {
        check("x$A-y", "xone-y");
        check("${A}b", "oneb");
        check("'$A'", "$A");
        check("\"$A\"", "one");
        check("\\$A", "$A");
        check("\"a \\\"b\\\" \\c\"", "a \"b\" \\c");
        check("${B:-x$A}", "xone");
        check("${B:-${C:-z}}", "z");
        check("${A:+set}", "set");
        check("${EMPTY:-x}${EMPTY-y}", "x");
        check("${B:+set}", "");
        check("/venv/bin:$PATH", "/venv/bin:…");
        check("$", "$");
        check("${A", "one");
        check("${A#o}", "unknown");
    }

    #[test]
    fn words_keep_quotes_together() {
        let text = r#"a="b c" d='e f' g\ h"#;
        let found: Vec<_> = words(text, '\\').into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, [r#"a="b c""#, "d='e f'", r"g\ h"]);
    }

    #[test]
    fn a_list_is_json_and_nothing_else() {
        let mut sources = SourceMap::new();
        let source = r#"[ "a", "b\"c","d" ]"#;
        let file = sources.add("Dockerfile", source);
        let text = |it: &str| Text::verbatim(it, Span::new(file, 0, source.len()), 0);
        let words = list(&text(source)).unwrap();
        let values: Vec<_> = words.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(values, ["a", "b\"c", "d"]);
        assert_eq!(sources.text(words[1].span()), r#""b\"c""#);
        assert_eq!(sources.text(words[2].span()), "d");
        assert!(list(&text("['a', 'b']")).is_none());
        assert!(list(&text("[1]")).is_none());
        assert!(list(&text("echo [x]")).is_none());
    }
}
