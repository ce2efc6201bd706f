//! The words of a command, as click takes them apart.

use ruff_text_size::TextRange;

use super::super::call::Arguments;
use super::super::convert;
use super::super::environment::Found;
use super::super::eval::not_seen;
use super::super::evaluator::Evaluator;
use super::super::raise::{Evaluated, Outcome};
use super::super::storage::Part;
use super::super::trace::{Inputs, Traced};
use super::super::value::PyValue;
use super::parameter::{Given, Kind, Parameter};

/// What a parameter gets of the words: one of them, or whether it is set.
#[derive(Clone, Debug)]
pub(super) enum Word {
    Text(PyValue),
    Is(bool),
}

/// The words of a program.
pub(super) struct Words {
    /// For each parameter, the last one.
    pub(super) words: Vec<Option<Word>>,
    /// The words behind those of a group.
    pub(super) rest: Vec<PyValue>,
}

/// The program ends: the words do not fit.
pub(super) struct Misfit;

impl Evaluator<'_, '_, '_> {
    /// Takes words apart. `None` where it is not known what they are.
    pub(super) fn given(
        &self,
        parameters: &[Parameter],
        words: &[PyValue],
        is_group: bool,
    ) -> Option<Result<Words, Misfit>> {
        let mut found = vec![None; parameters.len()];
        let mut operands = Vec::new();
        let mut words = words.iter();
        let mut only_operands = false;
        while let Some(word) = words.next() {
            let (text, gap) = match word {
                PyValue::Str(text) => (text.to_string(), None),
                PyValue::Pattern(parts) => match &parts[..] {
                    // `--port=$PORT`
                    [Part::Known(before), Part::Gap(gap)] => (before.clone(), Some(gap.clone())),
                    _ => (String::new(), None),
                },
                _ => (String::new(), None),
            };
            if text == "--" && !only_operands && gap.is_none() {
                only_operands = true;
                continue;
            }
            if only_operands || !text.starts_with('-') || text.len() == 1 {
                operands.push(word.clone());
                // What follows the command of a group is the command's.
                if is_group {
                    operands.extend(words.cloned());
                    break;
                }
                continue;
            }
            let at = |flag: &str| {
                let on = parameters.iter().position(|it| it.flags.iter().any(|it| it == flag));
                let off = || parameters.iter().position(|it| it.off.iter().any(|it| it == flag));
                on.map(|it| (it, true)).or_else(|| off().map(|it| (it, false)))
            };
            let (flag, attached) = match (text.split_once('='), at(&text)) {
                (Some((flag, value)), None) => (flag.to_owned(), Some(value.to_owned())),
                _ => (text.clone(), None),
            };
            let Some((idx, is_on)) = at(&flag) else {
                // `-p8000`: a flag of one letter with its value.
                let is_short = !text.starts_with("--") && gap.is_none();
                let short = text.get(..2).filter(|_| is_short).and_then(at);
                match short.filter(|it| parameters[it.0].kind != Kind::Flag) {
                    Some((idx, _)) => {
                        found[idx] = Some(Word::Text(self.heap.text(&text[2..])));
                        continue;
                    }
                    None if is_short || gap.is_some() => return None,
                    None => return Some(Err(Misfit)),
                }
            };
            found[idx] = Some(match (parameters[idx].kind, attached, gap) {
                (Kind::Flag, None, None) => Word::Is(is_on),
                (Kind::Flag, ..) => return Some(Err(Misfit)),
                (_, Some(_), Some(gap)) => Word::Text(self.heap.some_text(gap)),
                (_, Some(value), None) => Word::Text(self.heap.text(value)),
                (_, None, Some(_)) => return None,
                (_, None, None) => match words.next() {
                    Some(value) => Word::Text(value.clone()),
                    None => return Some(Err(Misfit)),
                },
            });
        }
        let mut rest = operands.into_iter();
        for (idx, _) in parameters.iter().enumerate().filter(|(_, it)| it.flags.is_empty()) {
            found[idx] = rest.next().map(Word::Text);
        }
        let rest: Vec<PyValue> = rest.collect();
        if !is_group && !rest.is_empty() {
            return Some(Err(Misfit));
        }
        Some(Ok(Words { words: found, rest }))
    }

    /// The value of a parameter: what a word says, a variable, or the default. `None` where it must
    /// be said and is not, or is refused.
    pub(super) fn value_of(
        &mut self,
        parameter: &Parameter,
        word: Option<Word>,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<Option<Traced>> {
        match word {
            Some(Word::Is(on)) => return Ok(Some(PyValue::Bool(on).into())),
            Some(Word::Text(text)) => {
                let value = converted(parameter.kind, &text).ok();
                return Ok(value.map(|it| Traced::new(it, inputs.clone())));
            }
            None => {}
        }
        let mut inputs = Inputs::default();
        for name in &parameter.variables {
            match self.variable(name) {
                Found::Text(PyValue::Str(text), of) if text.is_empty() => inputs.add(&of),
                Found::Text(text, of) => {
                    let value = converted(parameter.kind, &text).ok();
                    return Ok(value.map(|it| Traced::new(it, inputs.with(&of))));
                }
                Found::Unset(of) => inputs.add(&of),
                Found::Unknown(unknown) => {
                    return Ok(Some(Traced::new(PyValue::Unknown(unknown), inputs)));
                }
            }
        }
        inputs.add(&parameter.inputs);
        let value = match &parameter.default {
            Given::Required => return Ok(None),
            Given::Value(value) => value.clone(),
            Given::Call(function) => {
                let made = self.call(function, Arguments::default(), Inputs::default(), range)?;
                inputs.add(&made.inputs);
                made.value
            }
        };
        let value = match &value {
            PyValue::Str(_) if parameter.kind != Kind::Open => {
                match converted(parameter.kind, &value) {
                    Ok(value) => value,
                    Err(_) => return Ok(None),
                }
            }
            _ => value,
        };
        Ok(Some(Traced::new(value, inputs)))
    }
}

/// A word as the kind of its parameter.
fn converted(kind: Kind, word: &PyValue) -> Outcome {
    const ON: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];
    const OFF: [&str; 6] = ["0", "f", "false", "n", "no", "off"];
    match kind {
        Kind::Int => convert::int(word, None),
        Kind::Float => convert::float(word),
        Kind::Text => Ok(word.clone()),
        Kind::Bool | Kind::Flag => match word {
            PyValue::Str(text) => {
                let text = text.trim().to_lowercase();
                match (ON.contains(&text.as_str()), OFF.contains(&text.as_str())) {
                    (true, _) => Ok(PyValue::Bool(true)),
                    (_, true) => Ok(PyValue::Bool(false)),
                    _ => convert::int(word, None).map(|_| PyValue::Unknown(not_seen())),
                }
            }
            other => Ok(PyValue::Unknown(other.unknown().unwrap_or_else(not_seen))),
        },
        Kind::Open => Ok(PyValue::because("a parameter of the command line is not followed")),
    }
}
