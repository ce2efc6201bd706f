//! Expansion of words: braces, parameters, command substitution, arithmetic, and splitting.

use std::ops::Range;
use std::sync::Arc;

use super::code::Code;
use super::fields::Fields;
use super::pattern::Pattern;
use super::run::Run;
use super::shell::{Shell, Variable};
use super::{Dialect, braces};
use crate::document::Text;
use crate::fact::{Fact, Origin, State, TextPart, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{self, Part, PartKind};
use crate::source::Span;

/// What a word is expanded with.
pub(super) struct Expander<'e, 'r, 'w> {
    pub(super) run: &'e mut Run<'r, 'w>,
    pub(super) shell: &'e mut Shell,
    pub(super) code: &'e Code,
    /// What a variable stands for that no file sets.
    pub(super) unset: Unmentioned,
}

/// What a variable stands for that no file sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmentioned {
    /// A text that is not known.
    Unknown,
    /// Nothing, which is an assumption: in a condition, that is what the script was written for.
    Nothing,
}

/// A piece of a word, and whether blanks in it end the word.
pub(super) struct Expanded {
    pub(super) piece: Piece,
    pub(super) splits: bool,
}

impl Expanded {
    /// Whether what an expansion gave stands for names of files.
    fn is_file_pattern(&self) -> bool {
        self.splits && self.piece.text.as_ref().is_ok_and(|it| has_file_pattern(it))
    }
}

/// Whether a part of a word, as it is written, stands for names of files.
fn is_file_pattern(part: &Part) -> bool {
    !part.quoted && matches!(&part.kind, PartKind::Literal(text) if has_file_pattern(text))
}

fn has_file_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains('[') && text.contains(']')
}

/// What a piece of a word takes beside its text, in bytes.
const PIECE_SIZE: usize = 128;

impl Expander<'_, '_, '_> {
    /// The words that one word becomes: none, one or more.
    pub(super) fn words(&mut self, word: &shell::Word) -> Vec<Word> {
        if self.shell.dialect == Dialect::Dash {
            return self.words_of_parts(&word.parts, word);
        }
        match braces::expand(&word.parts) {
            Some(all) if all.len() == 1 => self.words_of_parts(&word.parts, word),
            Some(all) if self.shell.dialect == Dialect::Bash => {
                all.iter().flat_map(|it| self.words_of_parts(it, word)).collect()
            }
            Some(_) => {
                let reason = "only some shells expand braces, and which shell runs it is not known";
                vec![self.unknown_words(Unknown::because(reason), word)]
            }
            None => {
                let reason = "the braces stand for more words than opslint follows";
                vec![self.unknown_words(Unknown::because(reason), word)]
            }
        }
    }

    fn unknown_words(&self, unknown: Unknown, word: &shell::Word) -> Word {
        let span = self.span(word.range.clone());
        Word { pieces: vec![Piece { text: Err(unknown), span, expanded: None }], span }
    }

    fn words_of_parts(&mut self, parts: &[Part], word: &shell::Word) -> Vec<Word> {
        let whole = self.span(word.range.clone());
        if let [only] = parts
            && let Some(words) = self.words_as_they_are(only, whole)
        {
            return words;
        }
        if let [Part { kind: PartKind::Literal(text), quoted: false, .. }] = parts
            && text.starts_with(['*', '?'])
        {
            let reason = format!("`{text}` stands for the files that it matches where it runs");
            return vec![self.unknown_words(Unknown::because(reason), word)];
        }
        let separators = self.separators();
        let mut fields = Fields::new(separators);
        let expanded = self.tilde_then_parts(parts);
        let matches_files = !self.shell.may_have("noglob")
            && (parts.iter().any(is_file_pattern)
                || expanded.iter().any(Expanded::is_file_pattern));
        expanded.into_iter().for_each(|it| fields.add(it));
        let mut done = fields.finish();
        if matches_files {
            done = done.into_iter().map(|it| self.file_names(it, word)).collect();
        }
        // The place of a hole or an argument is not in this text but where it was written.
        let is_elsewhere = |it: &Part| matches!(it.kind, PartKind::Hole(_)) || is_all_arguments(it);
        let has_hole = parts.iter().any(is_elsewhere);
        if let ([only], false) = (done.as_mut_slice(), has_hole) {
            only.span = whole;
        }
        done
    }

    /// What a shell makes of a word in which `*`, `?` and brackets stand for names of files: these,
    /// and the word itself where there are none.
    fn file_names(&self, done: Word, written: &shell::Word) -> Word {
        const DECIDING: [&str; 5] = ["nullglob", "failglob", "dotglob", "globstar", "extglob"];
        // No file of a project has a name like an option.
        let text = done.text().filter(|it| has_file_pattern(it) && !it.starts_with('-'));
        let Some(text) = text else { return done };
        let start = text.find(['*', '?', '[']).unwrap_or_default();
        let (folder, rest) = match text[..start].rfind('/') {
            Some(at) => text.split_at(at + 1),
            None => ("", text.as_str()),
        };
        let name = rest.split('/').next().unwrap_or_default();
        let mut pattern = Pattern::default();
        let is_read = pattern.push(name).is_some();
        let budget = self.run.workspace.budget();
        let is_meant = |it: &String| {
            it.starts_with('.') == name.starts_with('.')
                && pattern.matches(it, budget).unwrap_or(true)
        };
        let folder = match folder {
            "" => self.shell.folder.clone().ok(),
            folder => self.shell.project_path(self.run.workspace, folder),
        };
        let is_there = folder.is_none_or(|it| self.run.workspace.names(&it).iter().any(is_meant));
        if is_read && !is_there && !DECIDING.iter().any(|it| self.shell.may_have(it)) {
            return done;
        }
        let reason = format!("`{text}` stands for the files that it matches where it runs");
        self.unknown_words(Unknown::because(reason), written)
    }

    /// `"$@"` and `"${ARRAY[@]}"`: the words keep the places they were written at.
    fn words_as_they_are(&mut self, part: &Part, span: Span) -> Option<Vec<Word>> {
        let (words, reason) = match &part.kind {
            PartKind::Parameter(it) if is_each(it) && part.quoted => {
                let elements = self.shell.array(&it.name)?;
                (elements, format!("the elements of `{}` are not known", it.name))
            }
            _ if is_all_arguments(part) && (part.quoted || self.shell.arguments.is_none()) => {
                let reason = "the arguments of the script are not known".to_owned();
                (self.shell.arguments.clone(), reason)
            }
            _ => return None,
        };
        Some(match words {
            Some(words) => words.to_vec(),
            None => {
                let text = Err(Unknown::because(reason));
                vec![Word { pieces: vec![Piece { text, span, expanded: None }], span }]
            }
        })
    }

    /// A word that is not split: the value of an assignment.
    pub(super) fn value(&mut self, word: &shell::Word) -> Word {
        let pieces = self.tilde_then_parts(&word.parts).into_iter().map(|it| it.piece).collect();
        Word { pieces, span: self.span(word.range.clone()) }
    }

    /// The value of a variable that is assigned this word.
    pub(super) fn fact(&self, word: &Word) -> Fact {
        fact(self.run, word)
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.code.text.span_of(range)
    }

    /// The characters at which text is split: `$IFS`. `None` when they are not known.
    fn separators(&self) -> Option<Vec<char>> {
        // A shell starts with its own, whatever its environment says: what may set any variable sets
        // this one only by its name.
        if !self.shell.has("IFS") {
            return Some(vec![' ', '\t', '\n']);
        }
        match self.shell.get("IFS") {
            Variable::Unset | Variable::Unmentioned => Some(vec![' ', '\t', '\n']),
            Variable::Set(fact) => {
                let text = fact.text()?;
                // Only blanks are taken together: `a,,b` has an empty word in the middle.
                text.chars()
                    .all(|it| matches!(it, ' ' | '\t' | '\n'))
                    .then(|| text.chars().collect())
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

    pub(super) fn part(&mut self, acc: &mut Vec<Expanded>, part: &Part) {
        let start = acc.len();
        self.part_pieces(acc, part);
        let size = |it: &Expanded| PIECE_SIZE + it.piece.text.as_ref().map_or(0, String::len);
        let size = acc[start..].iter().map(size).sum();
        if let Err(spent) = self.run.workspace.budget().text(size) {
            acc.truncate(start);
            let piece = unknown(spent.unknown(), self.span(part.range.clone()));
            acc.push(Expanded { piece, splits: !part.quoted });
        }
        // `"$EMPTY"` is a word, `$EMPTY` is none; and `"$@"` is as many as there are.
        let is_each = matches!(&part.kind, PartKind::Parameter(it) if is_each(it));
        if part.quoted && acc.len() == start && !is_all_arguments(part) && !is_each {
            let span = self.span(part.range.clone());
            let piece = Piece { text: Ok(String::new()), span, expanded: None };
            acc.push(Expanded { piece, splits: false });
        }
    }

    fn part_pieces(&mut self, acc: &mut Vec<Expanded>, part: &Part) {
        let splits = !part.quoted;
        let span = self.span(part.range.clone());
        let push = |acc: &mut Vec<Expanded>, piece| acc.push(Expanded { piece, splits });
        let as_it_is = |acc: &mut Vec<Expanded>, pieces: Vec<Piece>| {
            acc.extend(pieces.into_iter().map(|piece| Expanded { piece, splits: false }));
        };
        match &part.kind {
            PartKind::Literal(_) => as_it_is(acc, literal(&self.code.text, part.range.clone())),
            PartKind::AnsiC(text) => {
                let is_made = !part.quoted;
                let text = match self.shell.dialect {
                    _ if is_made => Ok(text.clone()),
                    Dialect::Bash => Ok(text.clone()),
                    _ => Err(Unknown::because("only some shells decode `$'…'`")),
                };
                as_it_is(acc, vec![Piece { text, span, expanded: None }]);
            }
            PartKind::Parameter(_) if is_all_arguments(part) => {
                self.arguments(acc, splits, span);
            }
            PartKind::Parameter(parameter) => self.parameter(acc, parameter, part),
            PartKind::Command(text) => {
                let piece = self.output(text, part);
                push(acc, piece);
            }
            PartKind::Arithmetic(parts) => {
                let piece = self.arithmetic(parts, part);
                push(acc, piece);
            }
            PartKind::Process(_) | PartKind::Other => {
                let written = self.written(part);
                let reason = format!("opslint does not work out `{written}`");
                push(acc, unknown(Unknown::because(reason), span));
            }
            PartKind::Hole(idx) => match self.code.holes.get(*idx) {
                Some(piece) => {
                    // In quotes it is one word, whatever it is.
                    if part.quoted && piece.text.is_err() {
                        push(acc, Piece { text: Ok(String::new()), ..piece.clone() });
                    }
                    push(acc, piece.clone());
                }
                None => as_it_is(acc, literal(&self.code.text, part.range.clone())),
            },
        }
    }

    /// A part as it stands in the text.
    pub(super) fn written(&self, part: &Part) -> String {
        self.code.text.value.get(part.range.clone()).unwrap_or_default().to_owned()
    }

    /// `$*` and `$@` inside of a word.
    fn arguments(&self, acc: &mut Vec<Expanded>, splits: bool, span: Span) {
        let Some(arguments) = &self.shell.arguments else {
            let reason = "the arguments of the script are not known";
            return acc.push(Expanded { piece: unknown(Unknown::because(reason), span), splits });
        };
        for (idx, word) in arguments.iter().enumerate() {
            if idx > 0 {
                let piece = Piece { text: Ok(" ".to_owned()), span, expanded: None };
                acc.push(Expanded { piece, splits: true });
            }
            let pieces = word.pieces.iter().cloned();
            acc.extend(pieces.map(|piece| Expanded { piece, splits }));
        }
    }
}

/// The value of a variable that is assigned this word.
pub(super) fn fact(run: &Run<'_, '_>, word: &Word) -> Fact {
    let len = word.pieces.iter().map(|it| it.text.as_ref().map_or(0, String::len)).sum();
    let budget = run.workspace.budget();
    let count = word.pieces.len();
    let parts = match word.pieces.iter().any(|it| it.text.is_err()) {
        true => budget.parts(count),
        false => budget.container(count, 1),
    };
    match budget.text(len).and(parts) {
        Ok(()) => word.fact(""),
        Err(spent) => Fact::unknown(spent.unknown(), Origin::written(word.span, "")),
    }
}

/// Whether a part is `$@` or `"$@"`, or `$*` without quotes: each argument is a word of its own.
fn is_all_arguments(part: &Part) -> bool {
    let PartKind::Parameter(parameter) = &part.kind else { return false };
    match parameter.plain_name() {
        Some("@") => true,
        Some("*") => !part.quoted,
        _ => false,
    }
}

/// Whether a parameter is `${ARRAY[@]}`.
fn is_each(parameter: &shell::Parameter) -> bool {
    matches!(parameter.index, Some(shell::Index::Each)) && parameter.operation.is_none()
}

pub(super) fn unknown(unknown: Unknown, span: Span) -> Piece {
    Piece { text: Err(unknown), span, expanded: None }
}

/// The value of a variable, expanded at `span`.
pub(super) fn pieces(fact: &Fact, span: Span) -> Vec<Piece> {
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
        open => open.open().map(|it| piece(Err(it))).into_iter().collect(),
    }
}

/// Text that a shell takes as it is, in pieces that stand in the file byte for byte.
///
/// What of it is only known at run time is a piece of its own.
pub(super) fn literal(text: &Text, range: Range<usize>) -> Vec<Piece> {
    let gap = text.gaps().iter().find(|it| range.start <= it.at && it.range().end <= range.end);
    let Some(gap) = gap else { return known(text, range) };
    let piece = Piece { text: Err(gap.unknown.clone()), span: gap.span, expanded: None };
    let before = Some(range.start..gap.at).filter(|it| !it.is_empty());
    let behind = Some(gap.range().end..range.end).filter(|it| !it.is_empty());
    let mut pieces = before.map(|it| known(text, it)).unwrap_or_default();
    pieces.push(piece);
    pieces.extend(behind.into_iter().flat_map(|it| literal(text, it)));
    pieces
}

fn known(text: &Text, range: Range<usize>) -> Vec<Piece> {
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
