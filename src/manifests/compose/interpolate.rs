//! What compose fills in before anything runs: `$NAME`, `${NAME}`, `${NAME:-default}`,
//! `${NAME:+other}`.
//!
//! The values are those of the environment that compose is started in, else of `.env` beside the
//! file. What neither sets is taken to be unset, so that a default applies.
//!
//! Source: <https://docs.docker.com/reference/compose-file/interpolation/>

use std::ops::Range;
use std::sync::Arc;

use crate::budget::{Budget, Spent, TEXT_MAX};
use crate::document::{Gap, Text};
use crate::fact::{Fact, Input, State, TextPart, Unknown, Value};
use crate::project::{Environment, Lookup, assumed_unset};

/// What is filled in, and what that may cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// The variables around compose.
    pub(super) known: Environment,
    /// That of the project.
    pub(super) budget: Arc<Budget>,
}

/// A text with its variables filled in.
pub(super) struct Filled {
    pub(super) state: State,
    /// The variables that were filled in.
    pub(super) inputs: Vec<Input>,
    /// What stands in the text itself, defaults included: where it is in the result, and its bytes.
    /// In the result, a part that is not known is the sign of a gap.
    pub(super) pieces: Vec<(usize, Range<usize>)>,
    /// Parts of the result that are not known: where each is in the text.
    gaps: Vec<Range<usize>>,
}

impl Filled {
    /// The text, when all of it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.state {
            State::Known(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The text that was filled in, with gaps where variables are not known.
    pub(super) fn of(&self, text: &Text) -> Text {
        let mut value = String::new();
        let mut gaps = Vec::new();
        let mut places = self.gaps.iter();
        let mut open = |value: &mut String, unknown: &Unknown| {
            let range = places.next().cloned().unwrap_or(0..text.value.len());
            let written = text.value.get(range.clone()).unwrap_or_default().to_owned();
            let (at, span) = (value.len(), text.span_of(range));
            gaps.push(Gap { at, written, span, unknown: unknown.clone() });
            value.push(Gap::SIGN);
        };
        match &self.state {
            State::Known(Value::Text(known)) => value.push_str(known),
            State::Unknown(unknown) => open(&mut value, unknown),
            State::Pattern(parts) => {
                for part in parts {
                    match part {
                        TextPart::Known(known) => value.push_str(known),
                        TextPart::Unknown(unknown) => open(&mut value, unknown),
                    }
                }
            }
            _ => {}
        }
        text.filled(value, &self.pieces).with_gaps(gaps)
    }

    /// What is taken for granted about the variables.
    pub(super) fn assumed(&self) -> impl Iterator<Item = Input> {
        self.inputs.iter().filter(|it| it.fact.origin.is_assumed()).cloned()
    }
}

/// Fills in the variables of a text.
pub(super) fn fill(text: &str, variables: &Variables) -> Filled {
    let mut filler = Filler {
        text,
        variables,
        parts: Vec::new(),
        inputs: Vec::new(),
        pieces: Vec::new(),
        gaps: Vec::new(),
        len: 0,
        spent: None,
    };
    filler.fill(text, 0);
    let Filler { parts, inputs, pieces, gaps, len, spent, .. } = filler;
    if let Some(spent) = spent.or(variables.budget.text(len).err()) {
        let state = State::Unknown(spent.unknown());
        return Filled { state, inputs, pieces: Vec::new(), gaps: Vec::new() };
    }
    let state = match parts.as_slice() {
        [] => State::Known(Value::Text(String::new())),
        [TextPart::Known(text)] => State::Known(Value::Text(text.clone())),
        [TextPart::Unknown(unknown)] => State::Unknown(unknown.clone()),
        _ => State::Pattern(parts),
    };
    Filled { state, inputs, pieces, gaps }
}

/// What a reference costs beside its text, whatever it gives: there may be very many of them.
const REFERENCE: usize = 128;

/// How deep a default may have variables with defaults of their own.
const DEPTH_MAX: usize = 8;

/// What stands behind the name of a variable.
#[derive(Clone, Copy)]
enum Default<'a> {
    None,
    /// `-text` and `:-text`: what takes its place where it is not set, or empty, too.
    Or {
        text: &'a str,
        or_empty: bool,
    },
    /// `+text` and `:+text`: what takes its place where it is set, and not empty.
    Instead {
        text: &'a str,
        or_empty: bool,
    },
    /// Anything else.
    Other,
}

struct Filler<'a> {
    text: &'a str,
    variables: &'a Variables,
    parts: Vec<TextPart>,
    inputs: Vec<Input>,
    pieces: Vec<(usize, Range<usize>)>,
    gaps: Vec<Range<usize>>,
    /// Bytes of the parts, of which one that is not known is the sign of a gap.
    len: usize,
    /// The bound that was run into; nothing is made behind it.
    spent: Option<Spent>,
}

impl<'a> Filler<'a> {
    /// Fills in a part of the text, which is a default in a default at `depth`.
    fn fill(&mut self, part: &'a str, depth: usize) {
        let mut rest = part;
        while let Some(at) = rest.find('$').filter(|_| self.spent.is_none()) {
            self.here(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('$') {
                self.known("$");
                rest = behind;
                continue;
            }
            rest = self.variable(rest, depth);
        }
        self.here(rest);
    }

    /// Fills in what stands behind a `$`; returns what follows it.
    fn variable(&mut self, text: &'a str, depth: usize) -> &'a str {
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
        // Behind the `$`, which is part of what is written.
        let start = self.offset(text) - 1;
        let Some(inner) = text.strip_prefix('{') else {
            let len = text.find(|it| !is_part(it)).unwrap_or(text.len());
            if len == 0 {
                self.known("$");
            } else {
                let written = start..self.offset(&text[len..]);
                self.value(&text[..len], Default::None, depth, written);
            }
            return &text[len..];
        };
        let Some(end) = closing_brace(inner) else {
            let behind = &inner[inner.len()..];
            self.open(Unknown::because("a brace is not closed"), start..self.offset(behind));
            return behind;
        };
        let (inside, behind) = (&inner[..end], &inner[end + 1..]);
        let written = start..self.offset(behind);
        let len = inside.find(|it| !is_part(it)).unwrap_or(inside.len());
        let (name, default) = inside.split_at(len);
        let default = match default {
            "" => Default::None,
            _ if depth >= DEPTH_MAX => Default::Other,
            it if it.starts_with(":-") => Default::Or { text: &it[2..], or_empty: true },
            it if it.starts_with('-') => Default::Or { text: &it[1..], or_empty: false },
            it if it.starts_with(":+") => Default::Instead { text: &it[2..], or_empty: true },
            it if it.starts_with('+') => Default::Instead { text: &it[1..], or_empty: false },
            it if it.starts_with(":?") || it.starts_with('?') => Default::None,
            _ => Default::Other,
        };
        match default {
            Default::Other => {
                self.open(Unknown::because(format!("`{inside}` is not followed")), written);
            }
            default => self.value(name, default, depth, written),
        }
        behind
    }

    /// The value of a variable, or what stands for it; `written` is the reference to it.
    fn value(&mut self, name: &str, default: Default<'a>, depth: usize, written: Range<usize>) {
        let input = |fact: Fact| Input::new(format!("${name}"), fact);
        let variables = self.variables;
        match (variables.known.get(name), default) {
            (Lookup::Set(fact), default) => {
                if !self.takes(fact.text().map_or(0, str::len)) {
                    return;
                }
                let fact = fact.clone();
                match (fact.text(), default) {
                    (Some(""), Default::Or { text, or_empty: true }) => self.fill(text, depth + 1),
                    (Some(""), Default::Instead { or_empty: true, .. }) => {}
                    (Some(_), Default::Instead { text, .. }) => self.fill(text, depth + 1),
                    (Some(text), _) => self.known(text),
                    (None, _) => {
                        self.open(fact.state.open().unwrap_or_else(|| missing(name)), written);
                    }
                }
                self.inputs.push(input(fact));
            }
            _ if !self.takes(0) => {}
            (Lookup::Unset | Lookup::Unmentioned, Default::Or { text, .. }) => {
                self.fill(text, depth + 1);
                self.inputs.push(input(assumed_unset(name)));
            }
            (Lookup::Unset | Lookup::Unmentioned, Default::Instead { .. }) => {
                self.inputs.push(input(assumed_unset(name)));
            }
            // Compose says so, and goes on with the empty text.
            (Lookup::Unset, Default::None) => {}
            (Lookup::Unset | Lookup::Unmentioned, Default::None | Default::Other) => {
                self.open(missing(name), written);
            }
        }
    }

    /// Takes from the budget what a reference to a value of so many bytes makes: the value becomes a
    /// part of the text, and is kept beside it.
    fn takes(&mut self, bytes: usize) -> bool {
        let budget = &self.variables.budget;
        let made = match self.len.saturating_add(bytes) > TEXT_MAX {
            true => Err(Spent::Text),
            false => budget.text(bytes).and_then(|()| budget.text(bytes)),
        };
        let made = made.and_then(|()| budget.text(REFERENCE));
        self.spent = self.spent.or(made.err());
        self.spent.is_none()
    }

    /// Takes over a part of the text as it stands there.
    fn here(&mut self, part: &'a str) {
        if part.is_empty() {
            return;
        }
        let start = self.offset(part);
        self.pieces.push((self.len, start..start + part.len()));
        self.known(part);
    }

    /// Where a part of the text starts.
    fn offset(&self, part: &'a str) -> usize {
        // Both point into the same text, so the difference is the offset.
        part.as_ptr() as usize - self.text.as_ptr() as usize
    }

    fn known(&mut self, text: &str) {
        self.len += text.len();
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(TextPart::Known(known)) => known.push_str(text),
            _ => self.parts.push(TextPart::Known(text.to_owned())),
        }
    }

    fn open(&mut self, unknown: Unknown, written: Range<usize>) {
        self.len += Gap::SIGN.len_utf8();
        self.parts.push(TextPart::Unknown(unknown));
        self.gaps.push(written);
    }
}

/// Where the brace is that closes one before the text: a default may hold further variables.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The unknown of a variable that only the environment of compose has.
pub(super) fn missing(name: &str) -> Unknown {
    Unknown::new(
        format!("compose takes `{name}` from the environment it is started in"),
        format!("`{name}` under `[env]` in opslint.toml"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Origin, OriginKind};
    use crate::source::{FileId, Span};

    #[test]
    fn what_stands_in_the_text_keeps_its_place() {
        let check = |text: &str, part: &str, expected: &str| {
            let span = Span::new(FileId::embedded(0), 10, 10 + text.len());
            let placed = Text::verbatim(text, span, 10);
            let filled = fill(text, &Variables::default());
            let value = filled.text().unwrap();
            let start = value.find(part).unwrap();
            let at = placed.filled(value, &filled.pieces).span_of(start..start + part.len());
            assert_eq!(&text[at.start as usize - 10..at.end as usize - 10], expected, "{text}");
        };
        check("run -w ${A:-9} -b", "9", "9");
        check("run -w ${A:-9} -b", "-b", "-b");
        check("${A-é} $$x", "é", "é");
        check("$$é ${A:-1}", "1", "1");
        check("a $$", "$", "$$");
    }

    #[test]
    fn what_is_not_known_is_a_gap_where_it_is_written() {
        let check = |text: &str, expected: &str, gaps: &[&str]| {
            let span = Span::new(FileId::embedded(0), 10, 10 + text.len());
            let mut variables = Variables::default();
            variables.known.unset("OFF", Origin::new(OriginKind::Env, "OFF"));
            let filled = fill(text, &variables).of(&Text::verbatim(text, span, 10));
            assert_eq!(filled.value, expected, "{text}");
            let at = |it: Span| &text[it.start as usize - 10..it.end as usize - 10];
            let places: Vec<&str> = filled.gaps().iter().map(|it| at(it.span)).collect();
            assert_eq!(places, gaps, "{text}");
            let written: Vec<&str> = filled.gaps().iter().map(|it| it.written.as_str()).collect();
            assert_eq!(written, gaps, "{text}");
        };
        check("-b :${P} -w ${W:-9}", "-b :… -w 9", &["${P}"]);
        check("$P/${Q?no}", "…/…", &["$P", "${Q?no}"]);
        check("${A:-x${B}y}", "x…y", &["${B}"]);
        check("a $OFF${OFF}b", "a b", &[]);
        check("${A", "…", &["${A"]);
    }

    #[test]
    fn variables_and_defaults_are_filled_in() {
        let mut variables = Variables::default();
        for (name, value) in [("A", "1"), ("EMPTY", "")] {
            let origin = Origin::new(OriginKind::Env, name);
            variables.known.set(name, Fact::known(Value::Text(value.to_owned()), origin));
        }
        for (text, expected) in [
            ("x", Some("x")),
            ("$A-${A}", Some("1-1")),
            ("$$A", Some("$A")),
            ("${A:-2}", Some("1")),
            ("${EMPTY:-2}${EMPTY-3}", Some("2")),
            ("${B:-2}${B-3}", Some("23")),
            ("${B:-}", Some("")),
            ("${A:?no}", Some("1")),
            ("$B", None),
            ("a${B}", None),
            ("${B:-${A}}", Some("1")),
            ("${B:-x${B:-${A:-4}}y}", Some("x1y")),
            ("${B:-$B}", None),
            ("${A:+3}", Some("3")),
            ("${A:+${A}b}", Some("1b")),
            ("${EMPTY:+3}${EMPTY+4}", Some("4")),
            ("${B:+3}", Some("")),
            ("${A", None),
            ("$", Some("$")),
        ] {
            assert_eq!(fill(text, &variables).text(), expected, "{text}");
        }
        let parts = |text| match fill(text, &variables).state {
            State::Pattern(parts) => parts.len(),
            _ => 1,
        };
        assert_eq!(parts("${B:-$B}"), 1);
        assert_eq!(parts("postgres://shop:${B:-$B}@db"), 3);
        assert_eq!(fill("${B:-2}", &variables).assumed().count(), 1);
        assert_eq!(fill("${A:-2}", &variables).assumed().count(), 0);
    }
    #[test]
    fn what_a_text_makes_is_taken_from_the_budget() {
        let mut variables = Variables::default();
        let long = Value::Text("x".repeat(TEXT_MAX - 10));
        variables.known.set("A", Fact::known(long, Origin::new(OriginKind::Env, "A")));
        assert!(fill("$A", &variables).text().is_some());
        // Two are longer than a text may be; and of very many, few are made.
        for count in [2, 10_000] {
            let filled = fill(&"$A".repeat(count), &variables);
            assert_eq!(filled.state, State::Unknown(Spent::Text.unknown()));
            assert!(filled.inputs.len() <= 2, "{}", filled.inputs.len());
        }
        // References that give nothing are things, too.
        for text in ["${B+x}".repeat(1_000_000), "$A".to_owned()] {
            assert_eq!(fill(&text, &variables).state, State::Unknown(Spent::Values.unknown()));
        }
    }
}
