//! gunicorn's command line, read as Python's argparse reads it.
//!
//! Long flags may be shortened while that is unambiguous, a value follows its flag or is attached
//! (`--workers=4`, `-w4`), flags without a value can be bundled (`-DR`), and every word is sorted
//! into flag or value before any flag takes its value.

use crate::diagnostic::Diagnostic;
use crate::fact::Unknown;
use crate::launch::Word;

use super::number::{self, Base, Parsed};
use super::object::Object;
use super::table::{SETTINGS, SettingId, Takes};
use super::validate::{Refusal, count_refusal};
use super::{checks, diagnostics};

/// What a command line says.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// Flags in order, each with its value.
    pub(super) given: Vec<Given>,
    /// Words that are not flags: the application first.
    pub(super) positional: Vec<Word>,
    /// A word that may hold any flags, and how many flags stood before it.
    pub(super) open: Option<(usize, Unknown)>,
    /// `--help` or `--version`: gunicorn prints and ends.
    pub(super) only_prints: bool,
    /// Whether argparse refuses the line, with exit status 2.
    pub(super) refused: bool,
}

/// A flag and what it was given.
#[derive(Debug)]
pub(super) struct Given {
    /// The setting it sets.
    pub(super) setting: SettingId,
    /// The value, or why argparse refuses it.
    pub(super) value: Result<Object, Refusal>,
    /// The flag in full.
    pub(super) flag: &'static str,
    /// The word of the value; the flag itself when it takes none.
    pub(super) word: Word,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Set(SettingId),
    Print,
}

/// What a word is before any flag takes its value.
enum Kind {
    /// A value, or the application.
    Value,
    /// `--`
    Separator,
    /// A flag, and the value attached to it.
    Flag { action: Action, name: &'static str, attached: Option<Word> },
    /// The start of several flags.
    Ambiguous(Vec<&'static str>),
    /// Looks like a flag and is none.
    NoFlag,
    /// Not known: may hold nothing or any number of words.
    Open(Unknown),
}

/// Reads the words after the program.
pub(super) fn parse(acc: &mut Vec<Diagnostic>, words: &[Word]) -> Arguments {
    let mut arguments = Arguments::default();
    let kinds = kinds(words);
    let mut run = Run::Before;
    let mut idx = 0;
    while idx < words.len() {
        let word = &words[idx];
        idx += 1;
        match &kinds[idx - 1] {
            Kind::Separator => {}
            Kind::Value if run == Run::After => {
                arguments.refused = true;
                acc.push(diagnostics::unrecognised_word(word));
            }
            Kind::Value => {
                run = Run::In;
                arguments.positional.push(word.clone());
            }
            Kind::Open(unknown) => {
                arguments.open = Some((arguments.given.len(), unknown.clone()));
            }
            flag => {
                // argparse takes the application from one run of words only.
                run = if run == Run::Before { Run::Before } else { Run::After };
                let next = words.get(idx).zip(kinds.get(idx));
                idx += arguments.take_flag(acc, word, flag, next);
            }
        }
    }
    arguments
}

/// Where the loop is, seen from the run of words that holds the application.
#[derive(Clone, Copy, PartialEq)]
enum Run {
    Before,
    In,
    After,
}

impl Arguments {
    /// Reads one flag and says how many further words it took.
    fn take_flag(
        &mut self,
        acc: &mut Vec<Diagnostic>,
        word: &Word,
        kind: &Kind,
        next: Option<(&Word, &Kind)>,
    ) -> usize {
        let (action, name, attached) = match kind {
            Kind::Flag { action, name, attached } => (*action, *name, attached.clone()),
            Kind::Ambiguous(names) => {
                self.refused = true;
                acc.push(diagnostics::ambiguous_flag(word, names));
                return self.value_of_no_flag(word, next);
            }
            _ => {
                self.refused = true;
                let taken = self.value_of_no_flag(word, next);
                let value = next.filter(|_| taken > 0).map(|(it, _)| it.clone());
                let takes = |flag: &str| takes(flag, value.or_else(|| attached_to(word)));
                acc.push(diagnostics::unknown_flag(word, takes));
                return taken;
            }
        };
        self.take_action(acc, word, (action, name), attached, next)
    }

    /// Takes the word that was meant as the value of a flag that does not exist, so that it is
    /// neither reported again nor taken for the application.
    fn value_of_no_flag(&self, word: &Word, next: Option<(&Word, &Kind)>) -> usize {
        let Some((value, Kind::Value)) = next else { return 0 };
        let text = value.known_prefix();
        let is_app = self.positional.is_empty() && text.contains([':', '.']);
        usize::from(!word.known_prefix().contains('=') && !is_app)
    }

    fn take_action(
        &mut self,
        acc: &mut Vec<Diagnostic>,
        word: &Word,
        (action, name): (Action, &'static str),
        attached: Option<Word>,
        next: Option<(&Word, &Kind)>,
    ) -> usize {
        let takes = match action {
            Action::Print => Takes::True,
            Action::Set(setting) => setting.def().takes,
        };
        let next = next.filter(|(_, kind)| matches!(kind, Kind::Value | Kind::Open(_)));
        match (takes, attached, next) {
            (Takes::True | Takes::False | Takes::FileOnly, attached, _) => {
                self.add_switch(word, action, name);
                attached.map_or(0, |it| self.take_bundled(acc, word, name, &it, next))
            }
            (_, Some(value), _) => {
                self.add_value(action, name, value);
                0
            }
            (_, None, Some((value, _))) => {
                self.add_value(action, name, value.clone());
                1
            }
            (Takes::OptionalText, None, None) => {
                self.add(word, action, name, Ok(Object::Text("auto".to_owned())));
                0
            }
            (_, None, None) => {
                self.refused = true;
                acc.push(diagnostics::flag_without_value(word, name));
                0
            }
        }
    }

    /// Reads what is attached to a flag that takes no value: further flags of one letter.
    fn take_bundled(
        &mut self,
        acc: &mut Vec<Diagnostic>,
        word: &Word,
        name: &str,
        attached: &Word,
        next: Option<(&Word, &Kind)>,
    ) -> usize {
        let text = attached.known_prefix();
        let letter = text.chars().next().filter(|_| !name.starts_with("--"));
        let bundled = letter.and_then(|it| exact(&format!("-{it}")));
        let Some((action, name)) = bundled else {
            self.refused = true;
            acc.push(diagnostics::unexpected_value(word, name));
            return 0;
        };
        let rest = attached.tail(letter.map_or(0, char::len_utf8));
        let rest =
            Some(rest).filter(|it| !it.pieces.is_empty() && it.text().as_deref() != Some(""));
        self.take_action(acc, word, (action, name), rest, next)
    }

    fn add_switch(&mut self, word: &Word, action: Action, name: &'static str) {
        let is_true = matches!(action, Action::Set(it) if it.def().takes == Takes::True);
        self.add(word, action, name, Ok(Object::Bool(is_true)));
    }

    fn add_value(&mut self, action: Action, name: &'static str, value: Word) {
        let Action::Set(setting) = action else { return };
        let object = typed(setting, Object::from_state(&value.state()));
        self.add(&value, action, name, object);
    }

    fn add(
        &mut self,
        word: &Word,
        action: Action,
        flag: &'static str,
        value: Result<Object, Refusal>,
    ) {
        match action {
            Action::Print => self.only_prints = true,
            Action::Set(setting) => {
                self.given.push(Given { setting, value, flag, word: word.clone() });
            }
        }
    }
}

/// The value behind the first `=` of a word that is no flag.
fn attached_to(word: &Word) -> Option<Word> {
    let text = word.known_prefix();
    text.find('=').map(|at| word.tail(at + 1))
}

/// Whether gunicorn starts with a flag that has this value, or none.
fn takes(flag: &str, value: Option<Word>) -> bool {
    let Some((Action::Set(setting), _)) = exact(flag) else { return false };
    match (setting.def().takes, value) {
        (Takes::True | Takes::False | Takes::FileOnly, value) => value.is_none(),
        (takes, None) => takes == Takes::OptionalText,
        (_, Some(value)) => {
            let object = typed(setting, Object::from_state(&value.state()));
            object.is_ok_and(|it| checks::stands(setting, it, ""))
        }
    }
}

/// The value after argparse's type conversion.
fn typed(setting: SettingId, value: Object) -> Result<Object, Refusal> {
    let base = match setting.def().takes {
        Takes::Int => Base::Ten,
        Takes::OctalInt => Base::OldOctal,
        _ => return Ok(value),
    };
    let Object::Text(text) = &value else { return Ok(value) };
    match number::parse(text, base) {
        Parsed::Int(it) => Ok(Object::Int(it)),
        Parsed::Huge => Ok(Object::Unknown(Unknown::because("the number is too large"))),
        Parsed::Not => Err(count_refusal(0, i64::MAX)),
    }
}

fn kinds(words: &[Word]) -> Vec<Kind> {
    let mut kinds = Vec::with_capacity(words.len());
    let mut separated = false;
    for word in words {
        let kind = if separated { Kind::Value } else { kind(word) };
        separated |= matches!(kind, Kind::Separator);
        kinds.push(kind);
    }
    kinds
}

fn kind(word: &Word) -> Kind {
    let text = word.known_prefix();
    let complete = word.pieces.iter().all(|it| it.text.is_ok());
    if text.is_empty() && !complete {
        let first = word.pieces.iter().find_map(|it| it.text.as_ref().err());
        let only = word.pieces.iter().all(|it| it.text.as_deref().map_or(true, str::is_empty));
        return match first {
            Some(unknown) if only => Kind::Open(unknown.clone()),
            _ => Kind::Value,
        };
    }
    if !text.starts_with('-') || (text == "-" && complete) {
        return Kind::Value;
    }
    if text == "--" && complete {
        return Kind::Separator;
    }
    if complete && let Some((action, name)) = exact(&text) {
        return Kind::Flag { action, name, attached: None };
    }
    if let Some((head, _)) = text.split_once('=')
        && let Some((action, name)) = exact(head)
    {
        return Kind::Flag { action, name, attached: Some(word.tail(head.len() + 1)) };
    }
    shortened(word, &text, complete)
}

/// A flag that is not written out: the start of a long one, or one letter with its value.
fn shortened(word: &Word, text: &str, complete: bool) -> Kind {
    let found = match text.starts_with("--") {
        true => {
            let (head, has_value) = text.split_once('=').map_or((text, false), |it| (it.0, true));
            if !has_value && !complete {
                return open(word);
            }
            let attached = has_value.then(|| word.tail(head.len() + 1));
            let flags = flags().filter(|(_, name)| name.starts_with(head));
            flags.map(|(action, name)| (action, name, attached.clone())).collect::<Vec<_>>()
        }
        false => {
            let len = 1 + text[1..].chars().next().map_or(0, char::len_utf8);
            let flag =
                exact(&text[..len]).map(|(action, name)| (action, name, Some(word.tail(len))));
            flag.into_iter().collect()
        }
    };
    match found.as_slice() {
        [(action, name, attached)] => {
            Kind::Flag { action: *action, name, attached: attached.clone() }
        }
        [] if !complete => open(word),
        [] if is_negative_number(text) || text.contains(' ') => Kind::Value,
        [] => Kind::NoFlag,
        several => Kind::Ambiguous(several.iter().map(|(_, name, _)| *name).collect()),
    }
}

fn open(word: &Word) -> Kind {
    let unknown = word.pieces.iter().find_map(|it| it.text.clone().err());
    Kind::Open(unknown.unwrap_or_else(|| Unknown::because("a part of the word is not known")))
}

/// argparse's `^-\d+$|^-\d*\.\d+$`.
fn is_negative_number(text: &str) -> bool {
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    let Some(number) = text.strip_prefix('-') else { return false };
    match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !fraction.is_empty(),
        None => digits(number) && !number.is_empty(),
    }
}

fn exact(text: &str) -> Option<(Action, &'static str)> {
    flags().find(|(_, name)| *name == text)
}

/// Every flag of gunicorn.
fn flags() -> impl Iterator<Item = (Action, &'static str)> {
    let own = ["-h", "--help", "-v", "--version"].map(|it| (Action::Print, it));
    let ids = SettingId::all().zip(SETTINGS);
    let set = ids.flat_map(|(id, def)| def.flags.iter().map(move |it| (Action::Set(id), *it)));
    own.into_iter().chain(set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    /// Parses words that stand in a file with one blank between them.
    fn read(line: &str) -> (Arguments, Vec<Diagnostic>) {
        let mut sources = SourceMap::new();
        let file = sources.add("Procfile", line);
        let mut words = Vec::new();
        let mut start = 0;
        for word in line.split(' ').filter(|it| !it.is_empty()) {
            start += line[start..].find(word).unwrap();
            words.push(Word::literal(word, Span::new(file, start, start + word.len())));
            start += word.len();
        }
        let mut acc = Vec::new();
        (parse(&mut acc, &words), acc)
    }

    #[track_caller]
    fn check(line: &str, expected: &[(&str, &str)]) {
        let (arguments, problems) = read(line);
        let shown = |it: &Given| {
            let value = it.value.as_ref().map_or("refused".to_owned(), |it| it.state().to_string());
            (it.setting.name().to_owned(), value)
        };
        let given: Vec<_> = arguments.given.iter().map(shown).collect();
        let expected: Vec<_> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(given, expected, "{line}: {problems:?}");
        assert!(!arguments.refused, "{line}: {problems:?}");
    }

    #[track_caller]
    fn check_refused(line: &str, rule: &str) {
        let (arguments, problems) = read(line);
        assert!(arguments.refused, "{line}");
        assert_eq!(problems[0].rule, rule, "{line}");
    }

    #[test]
    fn values_follow_or_are_attached() {
        check("-w 4 app", &[("workers", "4")]);
        check("-w4 app", &[("workers", "4")]);
        check("-w=4 app", &[("workers", "4")]);
        check("--workers=4 app", &[("workers", "4")]);
        check("--workers 4 app", &[("workers", "4")]);
    }

    #[test]
    fn long_flags_may_be_shortened() {
        check("--thr 5", &[("threads", "5")]);
        check("--graceful=5", &[("graceful_timeout", "5")]);
        check_refused("--work 5", "gunicorn-ambiguous-flag");
        check_refused("--thread-count 5", "gunicorn-unknown-flag");
    }

    #[test]
    fn switches_can_be_bundled() {
        check(
            "-DRw4",
            &[("daemon", "true"), ("enable_stdio_inheritance", "true"), ("workers", "4")],
        );
        check_refused("-Dx", "gunicorn-unexpected-value");
        check_refused("--preload=yes", "gunicorn-unexpected-value");
    }

    #[test]
    fn a_value_never_looks_like_a_flag() {
        check("-w -1", &[("workers", "-1")]);
        check_refused("--name -x", "gunicorn-flag-without-value");
        check_refused("app -w", "gunicorn-flag-without-value");
    }

    #[test]
    fn proxy_protocol_takes_the_application() {
        check("--proxy-protocol app:app", &[("proxy_protocol", "app:app")]);
        check("app:app --proxy-protocol", &[("proxy_protocol", "auto")]);
    }

    #[test]
    fn the_application_stands_in_one_run_of_words() {
        let (arguments, _) = read("-w 2 app:app more --threads 2");
        assert_eq!(arguments.positional.len(), 2);
        check_refused("app:app -w 2 more", "gunicorn-unknown-flag");
    }
}
