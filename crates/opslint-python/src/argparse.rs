//! `argparse`: what a script makes of its words.
//!
//! Of a parser, options with one value or none are followed, and plain operands. Anything else, such
//! as subcommands, leaves all that it gives unknown. Where no words are known, so is what it gives.
//!
//! Source: `Lib/argparse.py` of Python 3.13

use std::sync::Arc;

use ruff_text_size::TextRange;

use super::call::Arguments;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::Evaluated;
use super::state::{Attributes, Scope};
use super::storage::{Opaque, Part};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// In front of the number of a parser: the object.
const PARSER: &str = "argparse parser ";

/// In front of the same number: the record of what was added to it.
const ADDED: &str = "argparse added ";

/// What a parser may be told that decides nothing about values.
const PLAIN: [&str; 8] = [
    "prog",
    "usage",
    "description",
    "epilog",
    "formatter_class",
    "add_help",
    "exit_on_error",
    "allow_abbrev",
];

/// An argument that was added.
struct Added {
    /// Flags, or the one name of an operand.
    names: Vec<String>,
    options: Vec<(String, PyValue)>,
}

impl Added {
    fn of(value: &PyValue) -> Option<Self> {
        let PyValue::Tuple(parts) = value else { return None };
        let [PyValue::Tuple(names), PyValue::Dict(options)] = &parts[..] else { return None };
        let text = |it: &PyValue| match it {
            PyValue::Str(text) => Some(text.to_string()),
            _ => None,
        };
        let options = options.iter().map(|(key, it)| Some((text(key)?, it.clone())));
        Some(Self {
            names: names.iter().map(text).collect::<Option<_>>()?,
            options: options.collect::<Option<_>>()?,
        })
    }

    fn option(&self, name: &str) -> Option<&PyValue> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, it)| it)
    }

    fn is_operand(&self) -> bool {
        self.names.iter().all(|it| !it.starts_with('-'))
    }

    /// The attribute that it becomes.
    fn dest(&self) -> Option<String> {
        match self.option("dest") {
            Some(PyValue::Str(dest)) => return Some(dest.to_string()),
            Some(_) => return None,
            None => {}
        }
        let long = self.names.iter().find(|it| it.starts_with("--"));
        let name = long.or(self.names.first())?;
        Some(name.trim_start_matches('-').replace('-', "_"))
    }

    fn action(&self) -> Option<Action> {
        let named = match self.option("action") {
            None => "store",
            Some(PyValue::Str(name)) => &**name,
            Some(PyValue::Native(name)) if name == "argparse.BooleanOptionalAction" => "boolean",
            Some(_) => return None,
        };
        Some(match named {
            "store" => Action::Store,
            "store_true" => Action::Is(PyValue::Bool(true)),
            "store_false" => Action::Is(PyValue::Bool(false)),
            "store_const" => Action::Is(self.option("const").cloned().unwrap_or(PyValue::None)),
            "boolean" => Action::Boolean,
            _ => return None,
        })
    }

    /// Whether exactly one word is its value. `None` for counts that are not followed.
    fn takes_one(&self) -> Option<bool> {
        match self.option("nargs") {
            None => Some(true),
            Some(PyValue::Str(nargs)) if **nargs == *"?" && self.is_operand() => Some(false),
            Some(_) => None,
        }
    }
}

/// What an option does.
enum Action {
    /// The next word is its value.
    Store,
    /// This is its value when it is given; the other truth value otherwise, if it is one.
    Is(PyValue),
    /// `--x` and `--no-x`.
    Boolean,
}

impl Evaluator<'_, '_, '_> {
    /// `argparse.ArgumentParser(…)`. `None` where no words are known.
    pub(super) fn parser(&mut self, arguments: &Arguments, inputs: &Inputs) -> Option<Traced> {
        self.plan.argv?;
        let id = self.heap.fresh_id();
        let is_plain = arguments.keywords.iter().all(|(name, _)| PLAIN.contains(&name.as_str()));
        let added = match is_plain && arguments.hidden.is_none() {
            true => self.heap.list(Vec::new()),
            false => PyValue::because("the parser of the command line is not followed"),
        };
        let range = TextRange::default();
        self.record(&format!("{ADDED}{id}"), Traced::new(added, inputs.clone()), range);
        Some(Traced::new(self.heap.native(format!("{PARSER}{id}")), inputs.clone()))
    }

    /// A method of a parser. `None` when the name is none of one.
    pub(super) fn call_parser(
        &mut self,
        name: &str,
        arguments: &Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Option<Evaluated> {
        let (id, method) = name.strip_prefix(PARSER)?.split_once('.')?;
        let record = format!("{ADDED}{id}");
        let added = self.state.globals[0].get(&record)?.value.clone();
        let inputs = added.inputs.clone().with(inputs);
        let values = match &added.value {
            PyValue::List(values) => Ok(values.to_vec()),
            other => Err(other.unknown().unwrap_or_else(not_seen)),
        };
        let mut value = PyValue::Unknown(not_seen());
        match method {
            "add_argument" => {
                let keywords = arguments.keywords.iter();
                let keywords = keywords.map(|(key, it)| (self.heap.text(key.as_str()), it.clone()));
                let keywords = keywords.collect();
                let parts =
                    vec![self.heap.tuple(arguments.positional.clone()), self.heap.dict(keywords)];
                let added = match values {
                    Ok(mut values) if arguments.hidden.is_none() => {
                        values.push(self.heap.tuple(parts));
                        self.heap.list(values)
                    }
                    Ok(_) => PyValue::Unknown(arguments.hidden.clone().unwrap_or_else(not_seen)),
                    Err(unknown) => PyValue::Unknown(unknown),
                };
                self.record(&record, Traced::new(added, inputs.clone()), range);
            }
            "add_argument_group" | "add_mutually_exclusive_group" => {
                value = self.heap.native(format!("{PARSER}{id}"));
            }
            "parse_args" | "parse_known_args" => {
                let words = self.words(arguments.positional.first());
                let parsed = match (values, words) {
                    (Ok(values), Ok(words)) => {
                        let inputs = inputs.clone().with(&words.inputs);
                        let words = words.value;
                        match self.parse_words(
                            &values,
                            words,
                            method == "parse_args",
                            &inputs,
                            range,
                        ) {
                            Ok(parsed) => parsed,
                            Err(raised) => return Some(Err(raised)),
                        }
                    }
                    (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
                };
                let parsed = match parsed {
                    Ok(names) => self.namespace_object(names, &inputs, range),
                    Err(unknown) => PyValue::Unknown(unknown),
                };
                value = match method {
                    "parse_args" => parsed,
                    _ => self.heap.tuple(vec![parsed, PyValue::Unknown(not_seen())]),
                };
            }
            "print_help" | "print_usage" => value = PyValue::None,
            "error" | "exit" => return Some(self.exit(&inputs, range)),
            _ => {
                let reason = Opaque::because(format!("`{method}` of a parser is not followed"));
                let unknown = PyValue::Unknown(reason);
                self.record(&record, Traced::new(unknown, inputs.clone()), range);
            }
        }
        Some(Ok(Traced::new(value, inputs)))
    }

    /// The words to parse: those that are given, or those of the command.
    pub(super) fn words(&self, given: Option<&PyValue>) -> Result<Words, Opaque> {
        let all = match given {
            None | Some(PyValue::None) => self.argv("sys.argv").map(|it| (it, 1)),
            Some(given) => Some((given.clone().into(), 0)),
        };
        let (Traced { value, inputs }, skip) = all.ok_or_else(not_seen)?;
        match value.elements() {
            Some(words) => Ok(Words { value: words.iter().skip(skip).cloned().collect(), inputs }),
            None => Err(value.unknown().unwrap_or_else(not_seen)),
        }
    }

    /// The attributes that the words become, or why they are not known. An exception where the words
    /// do not fit.
    fn parse_words(
        &mut self,
        added: &[PyValue],
        words: Vec<PyValue>,
        is_strict: bool,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<Result<Vec<(String, PyValue)>, Opaque>> {
        let unknown = || Opaque::because("the parser of the command line is not followed");
        let Some(added) = added.iter().map(Added::of).collect::<Option<Vec<_>>>() else {
            return Ok(Err(unknown()));
        };
        let mut found = match self.defaults(&added, inputs, range)? {
            Some(found) => found,
            None => return Ok(Err(unknown())),
        };
        let mut operands = added.iter().filter(|it| it.is_operand());
        let mut words = words.into_iter();
        let mut only_operands = false;
        while let Some(word) = words.next() {
            let (prefix, rest) = match &word {
                PyValue::Str(text) => (text.to_string(), None),
                PyValue::Pattern(parts) => match &parts[..] {
                    // `--port=$PORT`
                    [Part::Known(before), Part::Gap(gap)] => (before.clone(), Some(gap.clone())),
                    _ => (String::new(), None),
                },
                _ => (String::new(), None),
            };
            if prefix == "--" && !only_operands {
                only_operands = true;
                continue;
            }
            let is_flag = prefix.starts_with('-') && prefix.len() > 1 && !only_operands;
            if !is_flag || prefix.parse::<f64>().is_ok() {
                let Some(operand) = operands.next() else {
                    if is_strict && word.is_known() {
                        return self.exit(inputs, range).map(|_| Err(unknown()));
                    }
                    continue;
                };
                let value = self.converted(operand, word, inputs, range)?;
                set(&mut found, operand.dest(), value);
                continue;
            }
            let (flag, attached) = match prefix.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None => (prefix, None),
            };
            let is_off = |it: &&Added| {
                let positive = flag.strip_prefix("--no-").map(|it| format!("--{it}"));
                matches!(it.action(), Some(Action::Boolean))
                    && positive.is_some_and(|flag| it.names.contains(&flag))
            };
            let Some(option) = named(&added, &flag).or_else(|| added.iter().find(is_off)) else {
                // Help, an abbreviation of several, or a flag of one letter with its value.
                return match is_strict && rest.is_none() && flag.starts_with("--") {
                    true => self.exit(inputs, range).map(|_| Err(unknown())),
                    false => Ok(Err(unknown())),
                };
            };
            let value = match option.action() {
                Some(Action::Is(value)) => value,
                Some(Action::Boolean) => PyValue::Bool(!is_off(&option)),
                _ => {
                    let value = match (attached, rest) {
                        (Some(_), Some(gap)) => self.heap.some_text(gap),
                        (Some(value), None) => self.heap.text(value),
                        (None, Some(_)) => return Ok(Err(unknown())),
                        (None, None) => match words.next() {
                            Some(next) => next,
                            None => return self.exit(inputs, range).map(|_| Err(unknown())),
                        },
                    };
                    self.converted(option, value, inputs, range)?
                }
            };
            set(&mut found, option.dest(), value);
        }
        if operands.any(|it| it.takes_one() == Some(true)) {
            return self.exit(inputs, range).map(|_| Err(unknown()));
        }
        Ok(Ok(found))
    }

    /// Each attribute with its default. `None` where an argument is of a kind that is not followed.
    fn defaults(
        &mut self,
        added: &[Added],
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<Option<Vec<(String, PyValue)>>> {
        let mut found = Vec::with_capacity(added.len());
        for it in added {
            let (Some(dest), Some(action)) = (it.dest(), it.action()) else { return Ok(None) };
            if matches!(action, Action::Store) && it.takes_one().is_none() {
                return Ok(None);
            }
            let default = match (it.option("default"), &action) {
                (Some(text @ PyValue::Str(_)), Action::Store) => {
                    self.converted(it, text.clone(), inputs, range)?
                }
                (Some(default), _) => default.clone(),
                (None, Action::Is(PyValue::Bool(on))) => PyValue::Bool(!on),
                (None, _) => PyValue::None,
            };
            found.push((dest, default));
        }
        Ok(Some(found))
    }

    /// A word as the type of an argument.
    fn converted(
        &mut self,
        added: &Added,
        word: PyValue,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<PyValue> {
        let Some(of) = added.option("type").filter(|it| !matches!(it, PyValue::None)) else {
            return Ok(word);
        };
        let of = of.clone();
        let made = self.call(&of, Arguments::of(vec![word]), inputs.clone(), range)?;
        Ok(made.value)
    }

    fn namespace_object(
        &mut self,
        names: Vec<(String, PyValue)>,
        inputs: &Inputs,
        range: TextRange,
    ) -> PyValue {
        let id = self.heap.fresh_id();
        let Some(object) = self.heap.class(id, "Namespace", &[]) else {
            return PyValue::Unknown(not_seen());
        };
        let scope = Scope { id, unit: self.unit, ..Scope::default() };
        let attributes = Attributes { scope, bases: Vec::new() };
        Arc::make_mut(&mut self.state.classes).insert(id, attributes);
        for (name, value) in names {
            let value = Traced::new(value, inputs.clone());
            self.set_class_attribute(&object, &name, value, (range, range));
        }
        PyValue::Object(object)
    }
}

/// Words to parse, and what decides about them.
pub(super) struct Words {
    pub(super) value: Vec<PyValue>,
    pub(super) inputs: Inputs,
}

/// The option of a flag: the one that has it, or the only one whose long flag starts like it.
fn named<'a>(added: &'a [Added], flag: &str) -> Option<&'a Added> {
    let has = |it: &&Added| it.names.iter().any(|it| it == flag);
    added.iter().find(has).or_else(|| {
        let starts = |it: &&Added| it.names.iter().any(|it| it.starts_with(flag));
        let mut all = added.iter().filter(|_| flag.starts_with("--")).filter(starts);
        let first = all.next()?;
        all.next().is_none().then_some(first)
    })
}

fn set(found: &mut [(String, PyValue)], dest: Option<String>, value: PyValue) {
    if let Some(entry) = found.iter_mut().find(|(name, _)| Some(name) == dest.as_ref()) {
        entry.1 = value;
    }
}
