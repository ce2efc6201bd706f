//! `test`, `[` and `[[`.
//!
//! A condition on a variable that no file sets is decided as if it were unset, where that is what
//! the condition asks: `[ -z "$X" ]`, a default beside it, or a name that nobody deploys
//! (`[ "$X" = development ]`). What is compared with another text of its own
//! (`[ "$X" = production ]`) was written for somebody who sets it: that stays open.

use std::sync::Arc;

use super::code::Code;
use super::expand::Unmentioned;
use super::paths;
use super::run::{Run, Script, Status};
use super::shell::{Shell, Variable};
use crate::fact::{Fact, OriginKind, State};
use crate::launch::{Piece, Word};
use crate::parse::shell as parse;
use crate::project::assumed_unset;
use crate::workspace::Workspace;

/// How a condition is decided, and the assumption it rests on.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) assumed: Option<Arc<Fact>>,
}

impl From<Status> for Outcome {
    fn from(status: Status) -> Self {
        Self { status, assumed: None }
    }
}

/// The text of an operand, and what it rests on.
pub(super) struct Operand {
    pub(super) text: String,
    pub(super) assumed: Option<Arc<Fact>>,
    /// Whether it stands for a variable that no file sets, and no default stands beside it.
    pub(super) is_unset: bool,
}

impl Operand {
    /// `None` when the text is not known.
    pub(super) fn of(word: &Word) -> Option<Self> {
        let text = word.text().filter(|it| !paths::has_project(it))?;
        let assumed =
            |it: &&Piece| it.expanded.as_ref().is_some_and(|fact| fact.origin.is_assumed());
        let piece = word.pieces.iter().find(assumed);
        let assumed = piece.and_then(|it| it.expanded.clone());
        let is_unset = assumed.as_ref().is_some_and(|it| it.origin.kind == OriginKind::Assumed);
        Some(Self { text, assumed, is_unset })
    }
}

impl Run<'_, '_> {
    /// The outcome of `test`. What is compared with a text of its own is noted: each way that such a
    /// condition can go is worked out by itself.
    pub(super) fn compared(&mut self, shell: &Shell, words: &[Word]) -> Outcome {
        let is_not = |it: &&Word| it.text().as_deref() == Some("!");
        let plain = &words[words.iter().take_while(is_not).count()..];
        if let [left, operator, right] = plain
            && matches!(operator.text().as_deref(), Some("=" | "==" | "!="))
        {
            for (variable, text) in [(left, right), (right, left)] {
                let text = text.text().filter(|it| !is_development(it));
                if let (Some(name), Some(text)) = (self.unset_variable(variable), text) {
                    self.workspace.compares(&name, &text);
                }
            }
        }
        let outcome = test(self.workspace, shell, words);
        // A base image looks for files that it does without where nobody copies them.
        let is_of_base =
            matches!(self.scripts.last(), Some(Script::Written { is_of_base: true, .. }));
        let path = plain.first().and_then(Word::text);
        if is_of_base
            && outcome.status == Status::Unknown
            && path.is_some_and(|it| matches!(it.as_str(), "-f" | "-e"))
            && self.workspace.knows_all_files()
        {
            return Status::of(plain.len() != words.len()).into();
        }
        outcome
    }

    /// `[[ … ]]`: its words are not split, and the right side of `==` is a pattern.
    pub(super) fn double_brackets(
        &mut self,
        shell: &mut Shell,
        code: &Code,
        words: Option<&[parse::Word]>,
    ) -> Status {
        let Some(written) = words else { return Status::Unknown };
        let mut expander = self.expander(shell, code, Unmentioned::Nothing);
        let words: Vec<Word> = written.iter().map(|it| expander.value(it)).collect();
        let operator = written.get(1).and_then(parse::Word::literal);
        if let ([_, _, right], Some("=" | "==" | "!=" | "=~")) = (written, operator) {
            let pattern = expander.pattern(&right.parts).and_then(|it| it.literal());
            let is_open = pattern.is_none() || shell.may_have("nocasematch");
            if is_open || operator == Some("=~") {
                return Status::Unknown;
            }
        }
        // Both sides are worked out as in `((…))`: `010` is eight.
        if let ([left, _, right], Some("-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge")) =
            (words.as_slice(), operator)
        {
            let mut number = |it: &Word| {
                let mut expander = self.expander(shell, code, Unmentioned::Unknown);
                Some(expander.evaluate(&it.text()?, it.span)?.to_string())
            };
            let (Some(left), Some(right)) = (number(left), number(right)) else {
                return Status::Unknown;
            };
            let assumed = words.iter().filter_map(Operand::of).find_map(|it| it.assumed);
            let status = compare(&left, operator.unwrap_or_default(), &right);
            self.assumed = assumed.filter(|_| status != Status::Unknown);
            return status;
        }
        let outcome = self.compared(shell, &words);
        self.assumed = outcome.assumed;
        outcome.status
    }

    /// The variable that a word is, and nothing beside it, where no file sets it.
    pub(super) fn unset_variable(&self, word: &Word) -> Option<String> {
        let mut pieces = word.pieces.iter();
        let piece = pieces.find(|it| it.expanded.is_some())?;
        let is_alone = word.pieces.iter().all(|it| {
            std::ptr::eq(it, piece) || it.expanded.is_none() && it.text.as_deref() == Ok("")
        });
        let named = self.unset.iter().find(|(span, _)| *span == piece.span);
        Some(named.filter(|_| is_alone)?.1.clone())
    }
}

/// Whether a text names what nobody deploys: a variable that no file sets is taken to be something
/// else in a deployment.
fn is_development(text: &str) -> bool {
    const NAMES: [&str; 6] = ["dev", "devel", "develop", "development", "local", "test"];
    NAMES.iter().any(|it| it.eq_ignore_ascii_case(text))
}

/// Whether a word is known not to be this text, though it is not known what it is.
fn is_other(word: &Word, text: &str) -> bool {
    word.state().unknown().is_some_and(|it| it.excludes(text))
        && matches!(word.state(), State::Unknown(_))
}

/// The outcome of `test` with these operands, which were expanded with unset variables as nothing.
pub(super) fn test(workspace: &mut Workspace<'_>, shell: &Shell, words: &[Word]) -> Outcome {
    if let [sign, rest @ ..] = words
        && sign.text().as_deref() == Some("!")
        && !rest.is_empty()
    {
        let outcome = test(workspace, shell, rest);
        return Outcome { status: outcome.status.negated(), ..outcome };
    }
    if let [operator, file] = words
        && let Some(operator @ ("-f" | "-e" | "-s" | "-r" | "-a")) = operator.text().as_deref()
    {
        return file_test(workspace, shell, operator, file).into();
    }
    if let [left, operator, right] = words
        && let Some(differs @ ("=" | "==" | "!=")) = operator.text().as_deref()
        && [(left, right), (right, left)]
            .iter()
            .any(|(a, b)| b.text().is_some_and(|text| is_other(a, &text)))
    {
        return Status::of(differs == "!=").into();
    }
    let Some(operands) = words.iter().map(Operand::of).collect::<Option<Vec<_>>>() else {
        return Status::Unknown.into();
    };
    let assumed = operands.iter().find_map(|it| it.assumed.clone());
    let is_unset = operands.iter().any(|it| it.is_unset);
    let texts: Vec<&str> = operands.iter().map(|it| it.text.as_str()).collect();
    let status = match texts.as_slice() {
        [] => Status::Failure,
        [text] => Status::of(!text.is_empty()),
        ["-n", text] => Status::of(!text.is_empty()),
        ["-z", text] => Status::of(text.is_empty()),
        ["-v", name] => return is_set(shell, name),
        [left, "=" | "==" | "!=", right]
            if is_unset && left != right && !is_development(left) && !is_development(right) =>
        {
            Status::Unknown
        }
        [left, operator, right] => compare(left, operator, right),
        _ => Status::Unknown,
    };
    match status {
        Status::Unknown => Status::Unknown.into(),
        status => Outcome { status, assumed },
    }
}

/// `[[ -v NAME ]]`
fn is_set(shell: &Shell, name: &str) -> Outcome {
    match shell.get(name) {
        Variable::Set(fact) if fact.value().is_some() => Status::Success.into(),
        Variable::Set(_) => Status::Unknown.into(),
        Variable::Unset => Status::Failure.into(),
        Variable::Unmentioned => {
            let assumed = Some(Arc::new(assumed_unset(name)));
            Outcome { status: Status::Failure, assumed }
        }
    }
}

/// A file of the project is there; any other may have been made before, and one that is empty may
/// have been filled.
fn file_test(workspace: &mut Workspace<'_>, shell: &Shell, operator: &str, file: &Word) -> Status {
    let Some(path) = file.text().and_then(|it| shell.project_path(workspace, &it)) else {
        return Status::Unknown;
    };
    let is_empty = operator == "-s"
        && workspace
            .open_if_text(&path)
            .is_some_and(|it| workspace.sources.file(it).text().is_empty());
    match workspace.is_there(&path) && !is_empty {
        true => Status::Success,
        false => Status::Unknown,
    }
}

pub(super) fn compare(left: &str, operator: &str, right: &str) -> Status {
    let numbers = || Some((left.parse::<i64>().ok()?, right.parse::<i64>().ok()?));
    let holds = match operator {
        "=" | "==" => Some(left == right),
        "!=" => Some(left != right),
        "-eq" => numbers().map(|(a, b)| a == b),
        "-ne" => numbers().map(|(a, b)| a != b),
        "-lt" => numbers().map(|(a, b)| a < b),
        "-le" => numbers().map(|(a, b)| a <= b),
        "-gt" => numbers().map(|(a, b)| a > b),
        "-ge" => numbers().map(|(a, b)| a >= b),
        _ => None,
    };
    holds.map_or(Status::Unknown, Status::of)
}
