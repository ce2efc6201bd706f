//! The words of a command line → options with their values, and operands.

use super::options::{Abbreviations, Opt, Table, Ty};
use crate::fact::Unknown;
use crate::launch::Word;
use crate::source::Span;

/// What a command line says.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Options in order, each as an index into the table.
    pub(super) options: Vec<GivenOption>,
    /// Words that are no options and not their values.
    pub(super) operands: Vec<Word>,
    /// Why there may be options that are not seen: a word such as `$ARGS`, or a config file.
    pub(super) hidden: Option<Unknown>,
    /// Whether an option is not in the table, so that the word behind it may be its value.
    pub(super) has_strangers: bool,
}

/// An option as given.
#[derive(Debug)]
pub(super) struct GivenOption {
    pub(super) idx: usize,
    pub(super) value: GivenValue,
    /// The flag as written, such as `--workers`.
    pub(super) flag: String,
    pub(super) span: Span,
}

/// The value of an option as given.
#[derive(Debug)]
pub(super) enum GivenValue {
    Word(Word),
    On,
    Off,
}

/// What a flag means.
enum Meaning {
    Option(usize),
    /// `--no-x` of the flag `--x`.
    Off(usize),
    Valued,
    ConfigFile,
    Flag,
    Stranger,
}

/// Reads the words behind a program.
pub(super) fn read(table: &Table, words: &[Word]) -> Given {
    let mut reader = Reader { table, words, idx: 0, given: Given::default() };
    while let Some(word) = reader.words.get(reader.idx) {
        reader.idx += 1;
        reader.word(word);
    }
    reader.given
}

/// Reads the words in front of the code that an interpreter runs. The words behind are its own.
pub(super) fn read_until_code(table: &Table, words: &[Word]) -> Given {
    let mut reader = Reader { table, words, idx: 0, given: Given::default() };
    while let Some(word) = reader.words.get(reader.idx) {
        reader.idx += 1;
        let is_code = word.text().is_some_and(|it| CODE.contains(&it.as_str()));
        reader.word(word);
        if is_code || !reader.given.operands.is_empty() {
            break;
        }
    }
    reader.given
}

/// Options whose value is the code that is run.
const CODE: &[&str] = &["-jar", "-m", "--module", "-e", "--eval", "-p", "--print"];

struct Reader<'a> {
    table: &'a Table,
    words: &'a [Word],
    /// Index of the next word.
    idx: usize,
    given: Given,
}

impl Reader<'_> {
    fn word(&mut self, word: &Word) {
        let text = word.known_prefix();
        if let Some(flag) = self.attached(&text) {
            let value = word.tail(flag.len());
            return self.take(self.meaning(&format!("{flag}*")), flag, Some(value), word.span);
        }
        if word.may_be_several() {
            let reason = "options may come from a variable that is not known".to_owned();
            let unknown = match word.pieces.first().map(|it| &it.text) {
                Some(Err(unknown)) => unknown.clone(),
                _ => Unknown::because(reason),
            };
            self.given.hidden.get_or_insert(unknown);
            return;
        }
        if text == "--" {
            self.given.operands.extend(self.words[self.idx..].iter().cloned());
            self.idx = self.words.len();
        } else if text.starts_with("--") {
            self.long(word, &text);
        } else if text.starts_with('-') && text.len() > 1 {
            self.short(word, &text);
        } else {
            self.given.operands.push(word.clone());
        }
    }

    /// The flag in front of a value that stands in the same word, as `-Xmx` of `-Xmx512m`; of one
    /// that is an option by its whole name, there is none: `--port=80` beside `--*`.
    fn attached(&self, text: &str) -> Option<&'static str> {
        let options = self.table.options.iter().flat_map(|it| it.flags);
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        if options.clone().any(|it| *it == name) {
            return None;
        }
        let all = options.chain(self.table.flags);
        let mut flags = all.filter_map(|it| it.strip_suffix('*'));
        flags.find(|it| text.len() > it.len() && text.starts_with(it))
    }

    fn long(&mut self, word: &Word, text: &str) {
        let (flag, has_value) = match text.split_once('=') {
            Some((flag, _)) => (flag, true),
            None => (text, false),
        };
        let meaning = self.meaning(flag);
        let value = has_value.then(|| word.tail(flag.len() + 1));
        self.take(meaning, flag, value, word.span);
    }

    /// `-w4`, `-w 4`, `-EB`.
    fn short(&mut self, word: &Word, text: &str) {
        let whole = self.meaning(text);
        if !matches!(whole, Meaning::Stranger) {
            return self.take(whole, text, None, word.span);
        }
        for (at, letter) in text.char_indices().skip(1) {
            let flag = format!("-{letter}");
            let meaning = self.meaning(&flag);
            let end = at + letter.len_utf8();
            if matches!(meaning, Meaning::Stranger) {
                self.given.has_strangers = true;
                return;
            }
            let takes_value = match &meaning {
                Meaning::Option(idx) => self.table.options[*idx].ty != Ty::Flag,
                Meaning::Valued | Meaning::ConfigFile => true,
                Meaning::Off(_) | Meaning::Flag | Meaning::Stranger => false,
            };
            // The rest of the word is the value, and may be an expansion.
            let has_rest = end < text.len() || word.text().is_none();
            let value = (takes_value && has_rest).then(|| word.tail(end));
            self.take(meaning, &flag, value, word.span);
            if takes_value {
                return;
            }
        }
    }

    fn take(&mut self, meaning: Meaning, flag: &str, value: Option<Word>, span: Span) {
        let (idx, value) = match meaning {
            Meaning::Option(idx) if self.table.options[idx].ty == Ty::Flag => (idx, GivenValue::On),
            Meaning::Off(idx) => (idx, GivenValue::Off),
            Meaning::Option(idx) if self.table.options[idx].ty == Ty::HostOrAll => {
                let is_value = |it: &Word| !it.known_prefix().starts_with('-');
                let next = self.words.get(self.idx).filter(|it| is_value(it));
                let value = value.or_else(|| next.is_some().then(|| self.next())?);
                let all = || Word::literal("0.0.0.0", span);
                (idx, GivenValue::Word(value.unwrap_or_else(all)))
            }
            Meaning::Option(idx) => match value.or_else(|| self.next()) {
                Some(value) => (idx, GivenValue::Word(value)),
                None => return,
            },
            Meaning::Valued | Meaning::ConfigFile => {
                let is_file = matches!(meaning, Meaning::ConfigFile);
                if value.is_none() {
                    self.idx += 1;
                }
                if is_file {
                    let reason = format!("`{flag}` names a configuration file, which is not read");
                    self.given.hidden.get_or_insert(Unknown::because(reason));
                }
                return;
            }
            Meaning::Flag => return,
            Meaning::Stranger => {
                self.given.has_strangers = true;
                return;
            }
        };
        self.given.options.push(GivenOption { idx, value, flag: flag.to_owned(), span });
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.idx).cloned();
        self.idx += 1;
        word
    }

    fn meaning(&self, flag: &str) -> Meaning {
        let exact = |it: &Opt| it.flags.contains(&flag);
        if let Some(idx) = self.table.options.iter().position(exact) {
            return Meaning::Option(idx);
        }
        if let Some(positive) = flag.strip_prefix("--no-") {
            let is_on =
                |it: &Opt| it.flags.iter().any(|it| it.strip_prefix("--") == Some(positive));
            if let Some(idx) = self.table.options.iter().position(is_on) {
                return Meaning::Off(idx);
            }
        }
        if self.table.config_files.contains(&flag) {
            return Meaning::ConfigFile;
        }
        if self.table.valued.contains(&flag) {
            return Meaning::Valued;
        }
        if self.table.flags.contains(&flag) {
            return Meaning::Flag;
        }
        match self.unabbreviated(flag) {
            Some(full) => self.meaning(full),
            None => Meaning::Stranger,
        }
    }

    /// The only long flag that starts like this one.
    fn unabbreviated(&self, flag: &str) -> Option<&'static str> {
        if self.table.abbreviations == Abbreviations::Rejected || !flag.starts_with("--") {
            return None;
        }
        let options = self.table.options.iter().flat_map(|it| it.flags);
        let others = [self.table.valued, self.table.flags, self.table.config_files];
        let mut all = options.chain(others.into_iter().flatten()).filter(|it| it.starts_with(flag));
        let first = all.next()?;
        // A flag that has this name would have been found before, so this cannot go on for ever.
        if all.next().is_some() || *first == flag { None } else { Some(first) }
    }
}
