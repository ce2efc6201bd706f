//! The words of a command, however it is written, and the passwords among them.
//!
//! A command may be a line of a shell, a text within a text, a list of words in JSON, or one word on
//! each line of a list in YAML. So quotes, commas and brackets only part its words.

use std::ops::Range;

use super::extent::{Grammar, literal};
use super::name::{self, Hint};
use super::programs::{CONFIGURED, Form, Place, TAKERS, Taker};
use super::scan::ahead;
use super::value::is_harmless;

/// So many words of a command are looked at.
const WORDS_MAX: usize = 128;

/// One word of a command.
pub(super) struct Word {
    /// Without quotes around it.
    pub(super) range: Range<usize>,
    /// What is quoted right behind it: the value of `--user="…"`.
    pub(super) joined: Option<Range<usize>>,
}

/// The words of a command from an offset on.
pub(super) struct Words<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at, end: ahead(text, at) }
    }

    /// The next word; `None` at the end of the command.
    pub(super) fn next(&mut self) -> Option<Word> {
        self.skip()?;
        let start = self.at;
        let rest = &self.text[start..self.end];
        let len = rest.find(|it: char| it.is_whitespace() || "\"'`\\".contains(it));
        let mut end = start + len.unwrap_or(rest.len());
        // Signs that end a command may stand in an address.
        let word = self.text[start..end].trim_end_matches([';', '|', '&', ',']);
        let is_cut = word.len() < end - start;
        let closing: &[char] = if word.contains(['(', '[', '{']) { &[] } else { &[')', ']', '}'] };
        let word = word.trim_end_matches(closing);
        end = start + word.len();
        self.at = end;
        let opened = self.text[..start].chars().next_back();
        let next = self.text[end..self.end].chars().next();
        let is_quote = |it: &char| matches!(it, '"' | '\'');
        let quoted = next.filter(is_quote).filter(|it| !is_cut && opened != Some(*it));
        let joined = quoted.and_then(|_| self.quoted());
        Some(Word { range: start..end, joined })
    }

    /// The next word as the value of an option: in quotes to where they end.
    pub(super) fn next_value(&mut self) -> Option<Range<usize>> {
        let from = self.at;
        self.skip()?;
        let before = self.text[from..self.at].trim_end_matches(['[', '(', '{']);
        // The quote that the word before was in is not the one that opens this.
        let gap = before.find([' ', '\t', ',', '\n']).map(|it| &before[it..]);
        if gap.is_some_and(|it| it.ends_with(['"', '\''])) {
            let sign = gap.map_or("", |it| it.trim_start_matches([' ', '\t', ',', '\n', '-']));
            let start = self.at - sign.len();
            let quote = literal(&self.text[start..self.end], Grammar::Shell)?;
            let body = start + quote.body.start..start + quote.body.end;
            let is_within = body.start == self.at && !self.text[body.clone()].contains('\n');
            if is_within {
                self.at = body.end;
                return Some(body);
            }
        }
        self.next().map(|it| it.range)
    }

    /// What is in the quotes that open here.
    fn quoted(&mut self) -> Option<Range<usize>> {
        let literal = literal(&self.text[self.at..self.end], Grammar::Shell)?;
        let body = self.at + literal.body.start..self.at + literal.body.end;
        self.at += literal.len;
        Some(body)
    }

    /// Goes on to the next word; `None` at the end of the command.
    fn skip(&mut self) -> Option<()> {
        loop {
            let it = self.text[self.at..self.end].chars().next()?;
            match it {
                '\n' => self.line()?,
                ';' | '|' | '&' | ')' | ']' | '}' => return None,
                '#' if self.text[..self.at].ends_with([' ', '\t']) => return None,
                '"' | '\'' | '`' | ',' | '[' | '(' | '{' | '\\' => {}
                it if it.is_whitespace() => {}
                _ => return Some(()),
            }
            self.at += it.len_utf8();
        }
    }

    /// Whether the command goes on behind the end of a line: behind a backslash or a comma, or with
    /// an option or the next element of a list.
    fn line(&mut self) -> Option<()> {
        let before = self.text[..self.at].trim_end_matches([' ', '\t', '\r']);
        let after = self.text[self.at..self.end].trim_start();
        let is_going_on = before.ends_with(['\\', ',']) || after.starts_with('-');
        if after.starts_with("- ") {
            self.at += self.text[self.at..self.end].find("- ")?;
        }
        is_going_on.then_some(())
    }
}

/// The value of an option whose name ends at an offset: `--token value`, `["--token", "value"]`.
pub(super) fn value_of_option(text: &str, at: usize) -> Option<Range<usize>> {
    let is_apart = text[at..].starts_with([' ', '\t', '"', '\'', '\n', '\\']);
    let value = Words::new(text, at).next_value().filter(|_| is_apart)?;
    (!text[value.clone()].starts_with(['-', '$'])).then_some(value)
}

/// The passwords that a program is given whose name ends at an offset; where its command ends.
pub(super) fn passwords(
    text: &str,
    program: &str,
    at: usize,
    found: &mut Vec<Range<usize>>,
) -> usize {
    let takers: Vec<&Taker> = TAKERS.iter().filter(|it| it.programs.contains(&program)).collect();
    let is_configured = CONFIGURED.contains(&program);
    let mut words = Words::new(text, at);
    let mut seen: Vec<&str> = Vec::new();
    // How many words follow until the one that a taker waits for.
    let mut waiting: Vec<usize> = vec![0; takers.len()];
    let mut last: Option<(Range<usize>, Form)> = None;
    let mut is_last = false;
    for _ in 0..WORDS_MAX {
        let Some(word) = words.next() else { break };
        let option = &text[word.range.clone()];
        let mut add = |range: Range<usize>, form: Form| {
            found.extend(password(text, range, form));
        };
        let mut next: Vec<Form> = Vec::new();
        for (it, left) in takers.iter().zip(&mut waiting) {
            if !it.command.is_empty() && !seen.contains(&it.command) {
                continue;
            }
            match it.place {
                Place::Option(names) | Place::Attached(names) => {
                    for name in names {
                        match attached(text, &word, name) {
                            Some(Attachment::Value(range)) => add(range, it.form),
                            Some(Attachment::Next) if matches!(it.place, Place::Option(_)) => {
                                next.push(it.form);
                            }
                            _ => {}
                        }
                    }
                    if let Form::After(sign) = it.form
                        && names.iter().any(|name| is_cluster(option, name))
                        && words.peeks(sign)
                    {
                        next.push(it.form);
                    }
                }
                Place::Next(names) if names.contains(&option) => next.push(it.form),
                Place::Next(_) => {}
                Place::Behind(before, nth) => {
                    if *left > 0 && !option.starts_with('-') {
                        *left -= 1;
                        if *left == 0 {
                            add(whole(&word), it.form);
                        }
                    } else if option.starts_with(before)
                        && (option == before || before.ends_with('.'))
                    {
                        *left = nth;
                    }
                }
                Place::Last(letter) => {
                    let letters = option.strip_prefix('-').unwrap_or_default();
                    is_last |= letters.contains(letter) && !letters.starts_with('-');
                    if !option.starts_with('-') {
                        last = Some((whole(&word), it.form));
                    }
                }
                Place::Pairs(before) => {
                    if seen.contains(&before)
                        && let Some((name, _)) = option.split_once('=')
                    {
                        let start = word.range.start + name.len() + 1;
                        let quoted = word.joined.clone().filter(|_| start == word.range.end);
                        add(quoted.unwrap_or(start..whole(&word).end), it.form);
                    }
                }
                Place::Any => add(whole(&word), it.form),
            }
        }
        // `npm config set //registry/:_authToken value`
        if is_configured && !option.contains('=') && next.is_empty() {
            let key = option.rsplit(['.', ':', '/']).next().unwrap_or_default();
            let is_set = seen.iter().any(|it| ["config", "configure", "set"].contains(it));
            if is_set && !key.starts_with('-') && name::hint(key) == Hint::Secret {
                next.push(Form::Whole);
            }
        }
        if !next.is_empty() {
            let Some(value) = words.next_value() else { break };
            if !text[value.clone()].starts_with("--") {
                next.into_iter().for_each(|form| add(value.clone(), form));
            }
        }
        if seen.len() < 16 && !option.is_empty() {
            seen.push(option);
        }
    }
    if let Some((range, form)) = last.filter(|_| is_last) {
        found.extend(password(text, range, form));
    }
    words.at
}

impl Words<'_> {
    /// Whether the next word has a sign.
    fn peeks(&self, sign: char) -> bool {
        let mut words = Words { text: self.text, at: self.at, end: self.end };
        words.next().is_some_and(|it| self.text[it.range].contains(sign))
    }
}

/// Where the value of an option is.
enum Attachment {
    Value(Range<usize>),
    Next,
}

/// Where the value of an option is, if a word is that option.
fn attached(text: &str, word: &Word, name: &str) -> Option<Attachment> {
    let option = &text[word.range.clone()];
    let rest = option.strip_prefix(name)?;
    let is_long = name.starts_with("--");
    let start = word.range.start + name.len();
    match (rest.is_empty(), &word.joined) {
        (true, None) => Some(Attachment::Next),
        (true, Some(joined)) if !is_long => Some(Attachment::Value(joined.clone())),
        (true, Some(_)) => None,
        (false, _) if is_long && !rest.starts_with('=') => None,
        // `-passin` is not `-p`.
        (false, _) if name.len() > 2 && !is_long && !name.ends_with([':', '=']) => None,
        (false, joined) => {
            let start = start + usize::from(rest.starts_with('='));
            Some(Attachment::Value(match joined {
                Some(joined) if start == word.range.end => joined.clone(),
                Some(joined) => start..joined.end,
                None => start..word.range.end,
            }))
        }
    }
}

/// Whether a word is several options of one letter, the last of which is this one: `-su`.
fn is_cluster(word: &str, name: &str) -> bool {
    let Some(letter) = name.strip_prefix('-').filter(|it| it.len() == 1) else { return false };
    let letters = word.strip_prefix('-').unwrap_or_default();
    let are_letters = letters.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'#');
    letters.len() > 1 && are_letters && letters.ends_with(letter)
}

/// A word with what is quoted right behind it.
fn whole(word: &Word) -> Range<usize> {
    match &word.joined {
        Some(joined) if word.range.is_empty() => joined.clone(),
        Some(joined) => word.range.start..joined.end,
        None => word.range.clone(),
    }
}

/// What of a value is the password.
pub(super) fn password(text: &str, value: Range<usize>, form: Form) -> Option<Range<usize>> {
    let inner = text.get(value.clone())?;
    let behind = |at: usize| Some(value.start + at..value.end);
    let range = match form {
        Form::Whole => value.clone(),
        Form::After(sign) => {
            let at = inner.find(sign)? + sign.len_utf8();
            // `https://host`, `host::port`, a drive.
            if inner[at..].starts_with(['/', ':', '\\']) {
                return None;
            }
            behind(at)?
        }
        Form::Pass => behind(inner.strip_prefix("pass:").map(|it| inner.len() - it.len())?)?,
        Form::Oracle => {
            let inner = inner.strip_prefix("userid=").unwrap_or(inner);
            let (user, rest) = inner.split_once('/')?;
            let (password, host) = rest.split_once('@')?;
            let is_name = |it: &str| {
                !it.is_empty()
                    && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_$#".contains(&it))
            };
            if !is_name(user) || password.is_empty() || password.contains('/') || host.is_empty() {
                return None;
            }
            let start = value.end - rest.len();
            start..start + password.len()
        }
    };
    let is_shown = is_harmless(&text[range.clone()]) || text[range.clone()].starts_with("$(");
    (!is_shown && !range.is_empty()).then_some(range)
}
