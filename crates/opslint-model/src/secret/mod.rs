//! Values that nobody may read in a log, a report or a baseline: which they are, and texts without
//! them.
//!
//! CI logs and uploaded reports are read by more people than the repository, and a baseline is
//! committed. So secrets are looked for once, when everything is known, and taken out of the
//! outcome and of the sources before anything is printed: no format has to think of them.
//!
//! A value is a secret by the name that it has, by its own shape, or because it stands in the place
//! of a password. What is found under a name is taken out wherever it stands.

mod address;
mod beside;
mod code;
mod commands;
mod derived;
mod extent;
mod logins;
mod name;
mod named;
mod part;
mod programs;
mod scan;
mod stored;
#[cfg(test)]
mod tests;
mod value;
mod words;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::source::{FileId, SourceFile, SourceMap};

use derived::Fragments;

pub use extent::Grammar;
pub use name::is_secret;

/// What stands for a secret.
pub const MASK: &str = "***";

/// The secrets of a run.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Values that are told wherever they stand, in small letters: a shell may change the case.
    known: HashSet<String>,
    /// Bytes of all of these.
    known_bytes: usize,
    /// All of them at once, where they are many; made when it is first asked.
    automaton: OnceLock<Option<AhoCorasick>>,
    /// Parts of them, which are told in values and messages.
    fragments: OnceLock<Fragments>,
    /// Names that everybody sees, in small letters: a value that is one is only hidden where it
    /// stands as a secret.
    names: HashSet<String>,
    /// Where secrets stand in files.
    places: HashMap<FileId, Vec<Range<usize>>>,
}

/// So many known values are looked for one after the other: an automaton costs more to make.
const ONE_BY_ONE_MAX: usize = 8;

/// So many bytes of values are told wherever they stand; all others only where they are written.
/// No repository that means well has as many, and an automaton takes dozens of times as much.
const KNOWN_BYTES_MAX: usize = 1 << 20;

/// Where a text has more places of known values than this, values stand within values, and all that
/// belongs to any of them is taken out.
const MATCHES_MAX: usize = 100_000;

/// What is secret of a value under this name; `None` when nothing is.
pub fn secret_part(name: &str, value: &str) -> Option<Range<usize>> {
    part::of(name, name::hint(name), value).or_else(|| address::password_with_blanks(value))
}

/// Where secrets stand in a file.
fn in_source(source: &SourceFile) -> &[Range<usize>] {
    source.secrets(|it| scan::secrets(it.text(), grammar(it.path())))
}

/// The secrets in a command, as bytes of it: a value ends where a shell says.
pub fn command_parts(command: &str) -> Vec<Range<usize>> {
    scan::secrets(command, Grammar::Shell)
}

impl Secrets {
    /// The secrets that a text of any language shows of itself.
    pub fn none_known() -> Self {
        Self::default()
    }

    /// Looks for secrets in the text of a file.
    pub fn read(&mut self, file: FileId, source: &SourceFile) {
        let places = in_source(source);
        for it in places {
            self.learn(&source.text()[it.clone()]);
        }
        self.places.entry(file).or_default().extend_from_slice(places);
    }

    /// Takes note of a secret at some bytes of a file; `value` is the text with escapes decoded.
    pub fn add(&mut self, file: FileId, bytes: Range<usize>, value: &str) {
        self.learn(value);
        self.places.entry(file).or_default().push(bytes);
    }

    /// Takes note of the value of a variable or setting, if its name says that it is a secret.
    pub fn read_named(&mut self, name: &str, value: &str) {
        if let Some(part) = secret_part(name, value) {
            self.learn(&value[part]);
        }
        for it in scan::secrets(value, Grammar::Shell) {
            self.learn(&value[it]);
        }
    }

    /// Looks no longer everywhere for values that are names which everybody sees: only their places
    /// are hidden. A password that is the name of the project would hide that name in every path and
    /// module.
    pub fn show_names<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for name in names.filter(|it| value::is_distinct(it)) {
            self.show_name(name.to_ascii_lowercase());
        }
    }

    fn show_name(&mut self, name: String) {
        if self.known.remove(&name) {
            self.known_bytes -= name.len();
            self.automaton.take();
            self.fragments.take();
        }
        self.names.insert(name);
    }

    /// Takes in what was found in other files.
    pub fn extend(&mut self, other: Self) {
        other.names.into_iter().for_each(|it| self.show_name(it));
        other.known.iter().for_each(|it| self.learn(it));
        for (file, places) in other.places {
            let known = self.places.entry(file).or_default();
            known.extend(places);
            known.sort_by_key(|it| (it.start, it.end));
            known.dedup();
        }
    }

    /// A text without secrets: each is replaced by [`MASK`].
    pub fn mask<'t>(&self, text: &'t str, grammar: Grammar) -> Cow<'t, str> {
        let secrets = self.in_text(text, grammar);
        if secrets.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut from = 0;
        for it in secrets {
            masked += &text[from..it.start];
            masked += MASK;
            from = it.end;
        }
        Cow::Owned(masked + &text[from..])
    }

    /// The value of a name without its secret part.
    pub fn mask_named<'t>(&self, name: &str, value: &'t str) -> Cow<'t, str> {
        match secret_part(name, value) {
            Some(part) => {
                Cow::Owned(format!("{}{MASK}{}", &value[..part.start], &value[part.end..]))
            }
            None => self.mask(value, Grammar::Shell),
        }
    }

    /// The same sources with stars where secrets stand. Every place in them is where it was.
    #[must_use]
    pub fn mask_sources(&self, sources: &SourceMap) -> SourceMap {
        sources.map_texts(|file, it| {
            if it.is_own() {
                return None;
            }
            let mut places = self.in_known(it.text());
            match self.places.get(&file) {
                Some(known) => places.extend(known.iter().cloned()),
                None => places.extend_from_slice(in_source(it)),
            }
            let places = scan::merged(places);
            (!places.is_empty()).then(|| starred(it.text(), &places))
        })
    }

    /// The text of a file with stars where secrets stand; lines and columns stay what they are.
    pub fn starred(&self, path: &str, text: &str) -> String {
        let mut places = self.in_known(text);
        places.extend(scan::secrets(text, grammar(path)));
        starred(text, &scan::merged(places))
    }

    fn learn(&mut self, value: &str) {
        let value = value.trim();
        if value::is_distinct(value) && !value.contains('\n') {
            self.know(value);
        }
        // A shell splits a value without quotes into words, and messages name one of them.
        if value.contains(char::is_whitespace) {
            value.split_whitespace().filter(|it| value::is_strong(it)).for_each(|it| self.know(it));
        }
    }

    fn know(&mut self, value: &str) {
        let value = value.to_ascii_lowercase();
        if self.names.contains(&value) {
            return;
        }
        if self.known_bytes + value.len() <= KNOWN_BYTES_MAX && !self.known.contains(&value) {
            self.known_bytes += value.len();
            self.known.insert(value);
            self.automaton.take();
            self.fragments.take();
        }
    }

    fn in_text(&self, text: &str, grammar: Grammar) -> Vec<Range<usize>> {
        let mut places = scan::secrets(text, grammar);
        if !self.known.is_empty() {
            let lower = text.to_ascii_lowercase();
            places.extend(self.in_lower(text, &lower));
            let fragments = self.fragments.get_or_init(|| Fragments::of(self.known.iter()));
            places.extend(fragments.places(&lower));
        }
        scan::merged(places)
    }

    /// Where known secrets stand in a text.
    fn in_known(&self, text: &str) -> Vec<Range<usize>> {
        match self.known.is_empty() {
            true => Vec::new(),
            false => self.in_lower(text, &text.to_ascii_lowercase()),
        }
    }

    /// The same for a text that is given in small letters as well: as whole words, those that cannot
    /// be a coincidence within others as well.
    fn in_lower(&self, text: &str, lower: &str) -> Vec<Range<usize>> {
        let is_apart = |range: &Range<usize>| {
            let edge = |a: Option<char>, b: Option<char>| {
                a.zip(b).is_none_or(|(a, b)| !a.is_alphanumeric() || !b.is_alphanumeric())
            };
            let inner = &text[range.clone()];
            let is_word = edge(text[..range.start].chars().next_back(), inner.chars().next())
                && edge(inner.chars().next_back(), text[range.end..].chars().next());
            is_word || value::is_strong(inner)
        };
        // An automaton that cannot be made, for its size, is done without.
        if self.known.len() > ONE_BY_ONE_MAX
            && let Some(automaton) =
                self.automaton.get_or_init(|| AhoCorasick::new(&self.known).ok())
        {
            let all = automaton.find_overlapping_iter(lower).map(|it| it.range());
            let all: Vec<_> = all.take(MATCHES_MAX).collect();
            return match all.len() < MATCHES_MAX {
                true => all.into_iter().filter(is_apart).collect(),
                false => automaton.find_iter(lower).map(|it| it.range()).collect(),
            };
        }
        let of = |value: &String| {
            let found = lower.match_indices(value.as_str());
            found.map(|(at, it)| at..at + it.len()).collect::<Vec<_>>()
        };
        self.known.iter().flat_map(of).filter(is_apart).collect()
    }
}

/// A text of the same length with stars at some places. Each character is replaced by one with as
/// many bytes in UTF-8 and as many units in UTF-16, so that lines and columns stay what they are.
fn starred(text: &str, places: &[Range<usize>]) -> String {
    let star = |it: char| match (it, it.len_utf8()) {
        ('\n' | '\r', _) => it,
        (_, 1) => '*',
        (_, 2) => '×',
        (_, 3) => '※',
        _ => '\u{1F7B7}',
    };
    let mut starred = String::with_capacity(text.len());
    let mut from = 0;
    for it in places {
        starred += &text[from..it.start];
        starred.extend(text[it.clone()].chars().map(star));
        from = it.end;
    }
    starred + &text[from..]
}

/// How a file is written, by its name.
fn grammar(path: &str) -> Grammar {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if name.starts_with(".env") || ending == "env" || name == ".flaskenv" {
        return Grammar::Env;
    }
    match ending {
        "py" | "pyi" | "js" | "ts" | "mjs" | "cjs" | "rb" | "ru" => Grammar::Code,
        "yaml" | "yml" | "toml" | "json" | "jsonc" | "json5" | "ini" | "cfg" | "lock" => {
            Grammar::Data
        }
        _ => Grammar::Shell,
    }
}
