//! Parameters: variables, arguments and arrays, and what operators make of their values.

use std::sync::Arc;

use super::expand::{Expanded, Expander, Unmentioned, pieces, unknown};
use super::run::assigned;
use super::shell::Variable;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{Index, Operation, Operator, OperatorKind, Parameter, Part, PartKind};
use crate::project::{assumed_unset, unmentioned};
use crate::source::Span;

/// Variables that are set without any file saying so: by the shell, or by whatever starts it.
const ALWAYS_SET: [&str; 20] = [
    "BASH",
    "BASH_VERSION",
    "EUID",
    "HOME",
    "HOSTNAME",
    "HOSTTYPE",
    "LINENO",
    "LOGNAME",
    "MACHTYPE",
    "OLDPWD",
    "OPTIND",
    "OSTYPE",
    "PATH",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SHELL",
    "SHLVL",
    "UID",
    "USER",
];

/// What is known of a parameter for `${NAME:-…}` and its relatives.
enum IsSet {
    Yes(Vec<Piece>),
    /// With the assumption it rests on, if any.
    No(Option<Fact>),
    Unknown(Unknown),
}

impl Expander<'_, '_, '_> {
    /// Adds what a parameter stands for.
    pub(super) fn parameter(
        &mut self,
        acc: &mut Vec<Expanded>,
        parameter: &Parameter,
        part: &Part,
    ) {
        let splits = !part.quoted;
        let span = self.span(part.range.clone());
        let all = |acc: &mut Vec<Expanded>, pieces: Vec<Piece>| {
            acc.extend(pieces.into_iter().map(|piece| Expanded { piece, splits }));
        };
        match &parameter.operation {
            None => {
                let pieces = self.plain(parameter, span);
                all(acc, pieces);
            }
            Some(Operation::Test(operator, operand)) => {
                self.test(acc, parameter, *operator, operand, part);
            }
            Some(Operation::Length) => {
                let piece = self.length(parameter, part);
                all(acc, vec![piece]);
            }
            Some(operation) => {
                let pieces = self.changed(parameter, operation, part);
                all(acc, pieces);
            }
        }
    }

    /// The value as it is.
    pub(super) fn plain(&mut self, parameter: &Parameter, span: Span) -> Vec<Piece> {
        if let Some(pieces) = self.given(parameter, span) {
            return pieces;
        }
        match self.shell.get(&parameter.name) {
            Variable::Set(fact) => pieces(fact, span),
            Variable::Unset => vec![],
            Variable::Unmentioned if self.unset == Unmentioned::Nothing => {
                let assumed = Arc::new(assumed_unset(&parameter.name));
                self.run.vanished = Some(Arc::clone(&assumed));
                self.run.unset.push((span, parameter.name.clone()));
                vec![Piece { text: Ok(String::new()), span, expanded: Some(assumed) }]
            }
            Variable::Unmentioned => vec![unknown(unmentioned(&parameter.name), span)],
        }
    }

    /// An argument, an array, or what the shell itself knows; `None` for any other variable.
    fn given(&mut self, parameter: &Parameter, span: Span) -> Option<Vec<Piece>> {
        let name = parameter.name.as_str();
        let first = name.bytes().next()?;
        if !first.is_ascii_alphabetic() && first != b'_' {
            return Some(self.argument(name, span));
        }
        if let Some(elements) = self.shell.array(name) {
            return Some(self.element(parameter, elements, span));
        }
        let text = |text: Option<String>| match text {
            Some(text) => vec![Piece { text: Ok(text), span, expanded: None }],
            None => vec![unknown(Unknown::because(format!("`${name}` is not known")), span)],
        };
        if self.shell.has(name) {
            // An element of what is no array: only the first one is there.
            return match &parameter.index {
                Some(Index::At(_)) => Some(text(None)),
                _ => None,
            };
        }
        match name {
            "PWD" => {
                self.run.names_project = true;
                Some(text(self.shell.absolute_folder(self.run.workspace)))
            }
            "BASH_SOURCE" => Some(text(self.code.path.as_deref().map(str::to_owned))),
            name if ALWAYS_SET.contains(&name) => {
                let reason = format!("`${name}` is set where the command runs");
                Some(vec![unknown(Unknown::because(reason), span)])
            }
            _ if parameter.index.is_some() => Some(text(None)),
            _ => None,
        }
    }

    fn element(
        &mut self,
        parameter: &Parameter,
        elements: Option<Arc<[Word]>>,
        span: Span,
    ) -> Vec<Piece> {
        let not_known = |what: &str| vec![unknown(Unknown::because(what), span)];
        let Some(elements) = elements else {
            return not_known("the elements of the array are not known");
        };
        let at = match &parameter.index {
            None => Some(0),
            Some(Index::At(parts)) => {
                let number = self.arithmetic_command(parts, span);
                number.and_then(|it| usize::try_from(it).ok())
            }
            Some(Index::Each | Index::Joined) => {
                let mut all = Vec::new();
                for (idx, word) in elements.iter().enumerate() {
                    if idx > 0 {
                        all.push(Piece { text: Ok(" ".to_owned()), span, expanded: None });
                    }
                    all.extend(word.pieces.iter().cloned());
                }
                return all;
            }
        };
        match at {
            Some(at) if elements[..elements.len().min(at + 1)].iter().any(Word::may_be_several) => {
                not_known("the elements of the array are not known")
            }
            Some(at) => elements.get(at).map_or(vec![], |it| it.pieces.clone()),
            None => not_known("the index of the array is not known"),
        }
    }

    /// A positional or special parameter.
    fn argument(&self, name: &str, span: Span) -> Vec<Piece> {
        let not_known = || vec![unknown(Unknown::because(format!("`${name}` is not known")), span)];
        let text = |text: String| vec![Piece { text: Ok(text), span, expanded: None }];
        if name == "0" {
            return self.shell.name.as_deref().map_or_else(not_known, |it| text(it.to_owned()));
        }
        let Some(arguments) = &self.shell.arguments else { return not_known() };
        let several = arguments.iter().position(Word::may_be_several);
        match name {
            "#" if several.is_none() => text(arguments.len().to_string()),
            "@" | "*" => {
                let mut all = Vec::new();
                for (idx, word) in arguments.iter().enumerate() {
                    if idx > 0 {
                        all.extend(text(" ".to_owned()));
                    }
                    all.extend(word.pieces.iter().cloned());
                }
                all
            }
            digits => match digits.parse::<usize>().ok().and_then(|it| it.checked_sub(1)) {
                Some(idx) if several.is_none_or(|it| idx < it) => {
                    arguments.get(idx).map_or(vec![], |it| it.pieces.clone())
                }
                _ => not_known(),
            },
        }
    }

    fn test(
        &mut self,
        acc: &mut Vec<Expanded>,
        parameter: &Parameter,
        operator: Operator,
        operand: &[Part],
        part: &Part,
    ) {
        let splits = !part.quoted;
        let name = parameter.name.as_str();
        let span = self.span(part.range.clone());
        let value = self.is_set(parameter, operator.colon, span);
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
                all(acc, vec![unknown(unmentioned(name), span)]);
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

    fn is_set(&mut self, parameter: &Parameter, colon: bool, span: Span) -> IsSet {
        let name = parameter.name.as_str();
        let pieces = match self.given(parameter, span) {
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
}
