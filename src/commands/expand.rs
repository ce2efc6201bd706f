//! Expansion of words: parameters, command substitution, arithmetic, and splitting.

use std::ops::Range;

use std::sync::Arc;

use super::arithmetic;
use super::run::assigned;
use crate::budget::Budget;
use super::shell::{Code, Shell, Variable};
use crate::document::Text;
use crate::fact::{Fact, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{self, Operator, OperatorKind, Part, PartKind};
use crate::project::{assumed_unset, unmentioned};
use crate::source::Span;

/// What a word is expanded with.
pub(super) struct Expander<'a> {
    pub(super) shell: &'a mut Shell,
    pub(super) code: &'a Code,
    /// What `nproc` prints.
    pub(super) cpus: &'a Fact,
    /// What values may still cost.
    pub(super) budget: &'a Budget,
}

/// What a piece of a word takes beside its text, in bytes.
const PIECE_SIZE: usize = 128;

/// A piece of a word, and whether blanks in it end the word.
struct Expanded {
    piece: Piece,
    splits: bool,
}

impl Expander<'_> {
    /// The words that one word becomes: none, one or more.
    pub(super) fn words(&mut self, word: &shell::Word) -> Vec<Word> {
        let whole = self.span(word.range.clone());
        if let [only] = word.parts.as_slice()
            && is_all_arguments(only)
            && (only.quoted || self.shell.arguments.is_none())
        {
            return self.all_arguments(whole);
        }
        let mut fields = Fields { done: Vec::new(), current: None };
        for expanded in self.tilde_then_parts(&word.parts) {
            fields.add(expanded);
        }
        fields.finish();
        // The place of a hole or an argument is not in this text but where it was written.
        let is_elsewhere = |it: &Part| matches!(it.kind, PartKind::Hole(_)) || is_all_arguments(it);
        let has_hole = word.parts.iter().any(is_elsewhere);
        if let ([only], false) = (fields.done.as_mut_slice(), has_hole) {
            only.span = whole;
        }
        fields.done
    }

    /// A word that is not split: the value of an assignment.
    pub(super) fn value(&mut self, word: &shell::Word) -> Word {
        let pieces = self.tilde_then_parts(&word.parts).into_iter().map(|it| it.piece).collect();
        Word { pieces, span: self.span(word.range.clone()) }
    }

    /// The value of a variable that is assigned this word.
    pub(super) fn fact(&self, word: &Word) -> Fact {
        let len = word.pieces.iter().map(|it| it.text.as_ref().map_or(0, String::len)).sum();
        let refused = self.budget.text(len).and(self.budget.container(word.pieces.len(), 1));
        match refused {
            Ok(()) => word.fact(""),
            Err(spent) => Fact::unknown(spent.unknown(), Origin::written(word.span, "")),
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        self.code.text.span_of(range)
    }

    /// `"$@"`: the arguments keep the places they were written at.
    fn all_arguments(&self, span: Span) -> Vec<Word> {
        match &self.shell.arguments {
            Some(arguments) => arguments.clone(),
            None => {
                let text = Err(Unknown::because("the arguments of the script are not known"));
                vec![Word { pieces: vec![Piece { text, span, expanded: None }], span }]
            }
        }
    }

    fn tilde_then_parts(&mut self, parts: &[Part]) -> Vec<Expanded> {
        let mut acc = Vec::new();
        let mut parts = parts.iter();
        if let Some(Part { kind: PartKind::Literal(text), range, quoted: false }) =
            parts.as_slice().first()
            && text.starts_with('~')
        {
            let reason = "`~` is the home folder of the user that runs the command";
            let piece = unknown(Unknown::because(reason), self.span(range.clone()));
            acc.push(Expanded { piece, splits: false });
            parts.next();
        }
        for part in parts {
            self.part(&mut acc, part);
        }
        acc
    }

    fn part(&mut self, acc: &mut Vec<Expanded>, part: &Part) {
        let start = acc.len();
        self.part_pieces(acc, part);
        let size = |it: &Expanded| PIECE_SIZE + it.piece.text.as_ref().map_or(0, String::len);
        if let Err(spent) = self.budget.text(acc[start..].iter().map(size).sum()) {
            acc.truncate(start);
            let piece = unknown(spent.unknown(), self.span(part.range.clone()));
            acc.push(Expanded { piece, splits: !part.quoted });
        }
        // `"$EMPTY"` is a word, `$EMPTY` is none; and `"$@"` is as many as there are.
        if part.quoted && acc.len() == start && !is_all_arguments(part) {
            let span = self.span(part.range.clone());
            let piece = Piece { text: Ok(String::new()), span, expanded: None };
            acc.push(Expanded { piece, splits: false });
        }
    }

    fn part_pieces(&mut self, acc: &mut Vec<Expanded>, part: &Part) {
        let splits = !part.quoted;
        let span = self.span(part.range.clone());
        let push = |acc: &mut Vec<Expanded>, piece| acc.push(Expanded { piece, splits });
        match &part.kind {
            PartKind::Literal(_) => {
                for piece in literal(&self.code.text, part.range.clone()) {
                    acc.push(Expanded { piece, splits: false });
                }
            }
            PartKind::Parameter { .. } if is_all_arguments(part) => {
                let arguments = self.shell.arguments.as_deref();
                let Some(arguments) = arguments else {
                    let reason = "the arguments of the script are not known";
                    return push(acc, unknown(Unknown::because(reason), span));
                };
                for (idx, word) in arguments.iter().enumerate() {
                    if idx > 0 {
                        let piece = Piece { text: Ok(" ".to_owned()), span, expanded: None };
                        acc.push(Expanded { piece, splits: true });
                    }
                    for piece in &word.pieces {
                        push(acc, piece.clone());
                    }
                }
            }
            PartKind::Parameter { name, operator: None } => {
                for piece in self.parameter(name, span) {
                    push(acc, piece);
                }
            }
            PartKind::Parameter { name, operator: Some((operator, operand)) } => {
                self.operator(acc, name, *operator, operand, part);
            }
            PartKind::Command(text) => push(acc, self.command(text, span)),
            PartKind::Arithmetic(parts) => {
                let piece = self.arithmetic(parts, span);
                push(acc, piece);
            }
            PartKind::Other => {
                let written = self.code.text.value.get(part.range.clone()).unwrap_or_default();
                let reason = format!("opslint does not work out `{written}`");
                push(acc, unknown(Unknown::because(reason), span));
            }
            PartKind::Hole(idx) => match self.code.holes.get(*idx) {
                Some(piece) => push(acc, piece.clone()),
                None => {
                    for piece in literal(&self.code.text, part.range.clone()) {
                        acc.push(Expanded { piece, splits: false });
                    }
                }
            },
        }
    }

    fn parameter(&mut self, name: &str, span: Span) -> Vec<Piece> {
        if let Some(argument) = self.argument(name, span) {
            return argument;
        }
        match self.shell.get(name) {
            Variable::Set(fact) => pieces(fact, span),
            Variable::Unset => vec![],
            Variable::Unmentioned => vec![unknown(unmentioned(name), span)],
        }
    }

    /// A positional or special parameter; `None` for a variable.
    fn argument(&self, name: &str, span: Span) -> Option<Vec<Piece>> {
        let first = name.bytes().next()?;
        if first.is_ascii_alphabetic() || first == b'_' {
            return None;
        }
        let not_known = || vec![unknown(Unknown::because(format!("`${name}` is not known")), span)];
        let Some(arguments) = &self.shell.arguments else { return Some(not_known()) };
        let number = |it: usize| Piece { text: Ok(it.to_string()), span, expanded: None };
        Some(match name {
            "#" => vec![number(arguments.len())],
            "@" | "*" => {
                let mut all = Vec::new();
                for (idx, word) in arguments.iter().enumerate() {
                    if idx > 0 {
                        all.push(Piece { text: Ok(" ".to_owned()), span, expanded: None });
                    }
                    all.extend(word.pieces.iter().cloned());
                }
                all
            }
            "0" | "?" | "-" | "$" | "!" => not_known(),
            digits => match digits.parse::<usize>().ok().and_then(|it| it.checked_sub(1)) {
                Some(idx) => arguments.get(idx).map_or(vec![], |it| it.pieces.clone()),
                None => not_known(),
            },
        })
    }

    fn operator(
        &mut self,
        acc: &mut Vec<Expanded>,
        name: &str,
        operator: Operator,
        operand: &[Part],
        part: &Part,
    ) {
        let splits = !part.quoted;
        let span = self.span(part.range.clone());
        let value = self.is_set(name, operator.colon, span);
        let all = |acc: &mut Vec<Expanded>, pieces: Vec<Piece>| {
            acc.extend(pieces.into_iter().map(|piece| Expanded { piece, splits }));
        };
        match (operator.kind, value) {
            (OperatorKind::Alternative, IsSet::Yes(_)) => self.operand(acc, operand, None, part),
            (OperatorKind::Alternative, IsSet::No(Some(assumed))) => {
                let text = Ok(String::new());
                all(acc, vec![Piece { text, span, expanded: Some(Arc::new(assumed)) }]);
            }
            (OperatorKind::Alternative, IsSet::No(None)) => {}
            (_, IsSet::Yes(pieces)) => all(acc, pieces),
            (_, IsSet::Unknown(it)) => all(acc, vec![unknown(it, span)]),
            (OperatorKind::Require, IsSet::No(_)) => {
                all(acc, vec![unknown(unmentioned(name), span)])
            }
            (OperatorKind::Default, IsSet::No(assumed)) => {
                self.operand(acc, operand, assumed.map(|it| (name, it)), part);
            }
            (OperatorKind::Assign, IsSet::No(assumed)) => {
                let start = acc.len();
                self.operand(acc, operand, assumed.map(|it| (name, it)), part);
                let pieces = acc[start..].iter().map(|it| it.piece.clone()).collect();
                let fact = self.fact(&Word { pieces, span });
                self.shell.assign(name, assigned(fact, name, span));
            }
        }
    }

    /// The operand of `${NAME:-operand}`. When it stands only because no file sets the variable,
    /// every piece of it says so.
    fn operand(
        &mut self,
        acc: &mut Vec<Expanded>,
        operand: &[Part],
        assumed: Option<(&str, Fact)>,
        part: &Part,
    ) {
        let start = acc.len();
        let whole = self.span(part.range.clone());
        for it in operand {
            let first = acc.len();
            self.part(acc, it);
            // Text in an operand is split like an expansion, unless quotes protect it.
            let is_literal = matches!(it.kind, PartKind::Literal(_));
            for expanded in &mut acc[first..] {
                let splits = if is_literal { !it.quoted } else { expanded.splits };
                expanded.splits = splits && !part.quoted;
            }
        }
        let Some((name, assumed)) = assumed else { return };
        if acc.len() == start {
            let text = Ok(String::new());
            let piece = Piece { text, span: whole, expanded: Some(Arc::new(assumed)) };
            acc.push(Expanded { piece, splits: !part.quoted });
            return;
        }
        for Expanded { piece, .. } in &mut acc[start..] {
            let state = match &piece.text {
                Ok(text) => State::Known(Value::Text(text.clone())),
                Err(unknown) => State::Unknown(unknown.clone()),
            };
            let mut fact = match piece.expanded.take() {
                Some(fact) => Arc::unwrap_or_clone(fact),
                None => {
                    let source = format!("default beside `${name}`");
                    Fact::new(state, Origin::written(piece.span, source))
                }
            };
            fact.origin = fact.origin.with_input(format!("${name}"), assumed.clone());
            piece.expanded = Some(Arc::new(fact));
        }
    }

    fn is_set(&mut self, name: &str, colon: bool, span: Span) -> IsSet {
        let pieces = match self.argument(name, span) {
            Some(pieces) => pieces,
            None => match self.shell.get(name) {
                Variable::Set(fact) => {
                    let pieces = pieces(fact, span);
                    if !colon && pieces.is_empty() {
                        return IsSet::Yes(pieces);
                    }
                    pieces
                }
                Variable::Unset => return IsSet::No(None),
                Variable::Unmentioned => return IsSet::No(Some(assumed_unset(name))),
            },
        };
        let known = pieces.iter().any(|it| it.text.as_ref().is_ok_and(|text| !text.is_empty()));
        let gap = pieces.iter().find_map(|it| it.text.as_ref().err());
        match gap {
            _ if known => IsSet::Yes(pieces),
            Some(unknown) => IsSet::Unknown(unknown.clone()),
            None if colon || pieces.is_empty() => IsSet::No(None),
            None => IsSet::Yes(pieces),
        }
    }

    fn command(&self, text: &str, span: Span) -> Piece {
        let command = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !matches!(command.as_str(), "nproc" | "nproc --all" | "getconf _NPROCESSORS_ONLN") {
            let reason = format!("the output of `{command}` is only known when it runs");
            return unknown(Unknown::because(reason), span);
        }
        let origin = Origin::new(OriginKind::Derived, format!("output of `{command}`"));
        let origin =
            Origin { span: Some(span), ..origin }.with_input("visible CPUs", self.cpus.clone());
        let text = match &self.cpus.state {
            State::Known(value) => Ok(value.to_string()),
            State::Unknown(unknown) => Err(unknown.clone()),
            _ => Err(Unknown::because("the number of CPUs is not known exactly")),
        };
        let fact = Fact::new(self.cpus.state.clone(), origin);
        Piece { text, span, expanded: Some(Arc::new(fact)) }
    }

    fn arithmetic(&mut self, parts: &[Part], span: Span) -> Piece {
        let mut expanded = Vec::new();
        for part in parts {
            self.part(&mut expanded, part);
        }
        let mut text = String::new();
        let mut origin = Origin::new(OriginKind::Derived, "arithmetic in the command");
        origin.span = Some(span);
        for Expanded { piece, .. } in expanded {
            match piece.text {
                Ok(known) => text.push_str(&known),
                Err(it) => return unknown(it, span),
            }
            if let Some(fact) = piece.expanded {
                origin = origin.with_input(fact.origin.source.clone(), Arc::unwrap_or_clone(fact));
            }
        }
        let lookup = |name: &str| match self.shell.get(name) {
            Variable::Set(fact) => fact.int().or_else(|| fact.text()?.trim().parse().ok()),
            Variable::Unset => Some(0),
            Variable::Unmentioned => None,
        };
        let Some(value) = arithmetic::evaluate(&text, &lookup) else {
            let reason = format!("opslint does not work out `$(({text}))`");
            return unknown(Unknown::because(reason), span);
        };
        let fact = Fact::known(Value::Int(value), origin);
        Piece { text: Ok(value.to_string()), span, expanded: Some(Arc::new(fact)) }
    }
}

/// What is known of a variable for `${NAME:-…}` and its relatives.
enum IsSet {
    Yes(Vec<Piece>),
    /// With the assumption it rests on, if any.
    No(Option<Fact>),
    Unknown(Unknown),
}

/// Whether a part is `$@` or `"$@"`, or `$*` without quotes: each argument is a word of its own.
fn is_all_arguments(part: &Part) -> bool {
    match &part.kind {
        PartKind::Parameter { name, operator: None } => name == "@" || name == "*" && !part.quoted,
        _ => false,
    }
}

fn unknown(unknown: Unknown, span: Span) -> Piece {
    Piece { text: Err(unknown), span, expanded: None }
}

/// The value of a variable, expanded at `span`.
fn pieces(fact: &Fact, span: Span) -> Vec<Piece> {
    let shared = Arc::new(fact.clone());
    let piece = |text| Piece { text, span, expanded: Some(Arc::clone(&shared)) };
    match &fact.state {
        State::Known(Value::Null) => vec![],
        State::Known(value) => match value.to_string() {
            text if text.is_empty() => vec![],
            text => vec![piece(Ok(text))],
        },
        State::Pattern(parts) => {
            let text = |it: &TextPart| match it {
                TextPart::Known(text) => Ok(text.clone()),
                TextPart::Unknown(unknown) => Err(unknown.clone()),
            };
            parts.iter().map(|it| piece(text(it))).collect()
        }
        State::Range { .. } => vec![piece(Err(Unknown::because("the value is not known exactly")))],
        State::Unknown(unknown) => vec![piece(Err(unknown.clone()))],
    }
}

/// Text that a shell takes as it is, in pieces that stand in the file byte for byte.
pub(super) fn literal(text: &Text, range: Range<usize>) -> Vec<Piece> {
    let value = text.value.get(range.clone()).unwrap_or_default();
    let whole = text.span_of(range.clone());
    let piece = |value: &str, span| Piece { text: Ok(value.to_owned()), span, expanded: None };
    if whole.range().len() == value.len() || value.is_empty() {
        return vec![piece(value, whole)];
    }
    let mut acc: Vec<Piece> = Vec::new();
    for (idx, it) in value.char_indices() {
        let at = range.start + idx;
        let span = text.span_of(at..at + it.len_utf8());
        match acc.last_mut() {
            Some(Piece { text: Ok(last), span: before, .. })
                if before.end == span.start
                    && before.range().len() == last.len()
                    && span.range().len() == it.len_utf8() =>
            {
                last.push(it);
                *before = before.cover(span);
            }
            _ => acc.push(piece(it.encode_utf8(&mut [0; 4]), span)),
        }
    }
    acc
}

/// The words made so far, and the one that is being made.
struct Fields {
    done: Vec<Word>,
    current: Option<Vec<Piece>>,
}

impl Fields {
    fn add(&mut self, expanded: Expanded) {
        let Expanded { piece, splits } = expanded;
        let Ok(text) = &piece.text else {
            return self.current.get_or_insert_default().push(piece);
        };
        if !splits || !text.contains([' ', '\t', '\n']) {
            // An empty expansion without quotes makes no word.
            if !(splits && text.is_empty()) {
                self.current.get_or_insert_default().push(piece);
            }
            return;
        }
        for (idx, field) in text.split([' ', '\t', '\n']).enumerate() {
            if idx > 0 {
                self.finish();
            }
            if !field.is_empty() {
                let piece = Piece { text: Ok(field.to_owned()), ..piece.clone() };
                self.current.get_or_insert_default().push(piece);
            }
        }
    }

    fn finish(&mut self) {
        let Some(pieces) = self.current.take() else { return };
        let spans = pieces.iter().map(|it| it.span);
        if let Some(span) = spans.reduce(Span::cover) {
            self.done.push(Word { pieces, span });
        }
    }
}
