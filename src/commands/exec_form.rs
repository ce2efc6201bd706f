//! Commands that no shell runs: words, and what in them only a shell would understand.

use std::ops::Range;

use super::expand::literal;
use super::run::basename;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Text;
use crate::launch::{Piece, Word};
use crate::programs;
use crate::source::Span;

/// A word on its way: its pieces as ranges of the text, and whether single quotes protect them.
#[derive(Default)]
struct Draft {
    pieces: Vec<(Range<usize>, Quotes)>,
    start: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    None,
    Single,
    Double,
}

/// Splits a text into words with the quotes and escapes of a shell, and expands nothing.
///
/// This is what github.com/google/shlex does, which flyctl splits `[processes]` with.
/// `entrypoint` are words that stand in front of it.
pub(super) fn split(acc: &mut Vec<Diagnostic>, entrypoint: &[Text], text: &Text) -> Vec<Word> {
    let drafts = drafts(acc, text);
    let (mut words, mut checked) = listed(entrypoint);
    for (draft, end) in &drafts {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut quoted = false;
        let mut bare = String::new();
        for (range, quotes) in &draft.pieces {
            quoted |= *quotes != Quotes::None;
            pieces.extend(literal(text, range.clone()));
            // What stands in single quotes is meant as it is: a gap keeps what is around it apart.
            let shown = text.value.get(range.clone()).unwrap_or_default();
            bare.push_str(if *quotes == Quotes::Single { "\0" } else { shown });
        }
        let span = text.span_of(draft.start..*end);
        words.push(Word { pieces, span });
        checked.push(Checked { text: bare, operator: !quoted });
    }
    let whole = if entrypoint.is_empty() { whole_text(text) } else { None };
    check(acc, &words, &checked, whole);
    words
}

/// The words of an entry point that is written as one text.
pub fn split_text(acc: &mut Vec<Diagnostic>, text: &Text) -> Vec<Text> {
    let word = |(draft, end): &(Draft, usize)| match draft.pieces.as_slice() {
        [(range, _)] => text.slice(range.clone()),
        pieces => {
            let parts = pieces.iter().map(|(range, _)| text.slice(range.clone()));
            Text::joined(parts, text.span_of(draft.start..*end))
        }
    };
    drafts(acc, text).iter().map(word).collect()
}

/// The words of a list; `span` is the list where they are written.
pub(super) fn words(acc: &mut Vec<Diagnostic>, texts: &[Text], span: Span) -> Vec<Word> {
    let (words, checked) = listed(texts);
    check(acc, &words, &checked, whole_list(texts, span));
    words
}

/// The words of an entry point that passes on what it gets.
pub(super) fn unchecked(texts: &[Text]) -> Vec<Word> {
    listed(texts).0
}

/// The text as an argument of `sh -c`. `None` where a shell or the file would need more quotes or
/// escapes than these.
fn whole_text(text: &Text) -> Option<String> {
    let plain = text.value.trim();
    let is_plain = |it: char| it == ' ' || is_plain(it);
    let is_one_line = text.span_of(0..text.value.len()).range().len() == text.value.len();
    let started = plain.strip_prefix("exec ").unwrap_or(plain);
    (is_one_line && plain.chars().all(is_plain)).then(|| format!("sh -c 'exec {started}'"))
}

/// The list that starts the same words by a shell. `None` where one of them would need quotes, and
/// where they are the words of several lists: an entry point and what it gets.
fn whole_list(texts: &[Text], span: Span) -> Option<String> {
    let is_here = |it: &Text| {
        let own = it.span();
        own.file == span.file && span.start <= own.start && own.end <= span.end
    };
    // What is written in another way, as `$$` for a dollar, is longer than what is meant.
    let is_as_written = |it: &Text| it.span_of(0..it.value.len()).range().len() == it.value.len();
    let is_bare = |it: &Text| !it.value.is_empty() && it.value.chars().all(is_plain);
    let is_whole = texts.iter().all(|it| is_here(it) && is_as_written(it) && is_bare(it));
    let words: Vec<&str> = texts.iter().map(|it| it.value.as_str()).collect();
    is_whole.then(|| format!("[\"sh\", \"-c\", \"exec {}\"]", words.join(" ")))
}

/// Whether a shell takes the character as it is, or for a part of a variable.
fn is_plain(it: char) -> bool {
    it.is_ascii_alphanumeric() || "-_./:=@%+,${}".contains(it)
}

fn listed(texts: &[Text]) -> (Vec<Word>, Vec<Checked>) {
    let word = |it: &Text| {
        let mut pieces = literal(it, 0..it.value.len());
        // An element of a list is one word, whatever it is.
        if let [Piece { text: Err(_), span, .. }] = pieces.as_slice() {
            pieces.insert(0, Piece { text: Ok(String::new()), span: *span, expanded: None });
        }
        Word { pieces, span: it.span() }
    };
    let checked = |it: &Text| Checked { text: it.value.clone(), operator: true };
    (texts.iter().map(word).collect(), texts.iter().map(checked).collect())
}

fn drafts(acc: &mut Vec<Diagnostic>, text: &Text) -> Vec<(Draft, usize)> {
    let mut done = Vec::new();
    let mut current: Option<Draft> = None;
    let mut quotes = Quotes::None;
    let mut opened = 0;
    let mut chars = text.value.char_indices();
    while let Some((idx, it)) = chars.next() {
        let mut range = idx..idx + it.len_utf8();
        match (quotes, it) {
            (Quotes::None, ' ' | '\t' | '\r' | '\n') => {
                done.extend(current.take().map(|it| (it, idx)));
                continue;
            }
            (Quotes::None, '#') if current.is_none() => {
                let _ = chars.by_ref().find(|(_, it)| *it == '\n');
                continue;
            }
            (Quotes::None, '\'' | '"') => {
                quotes = if it == '"' { Quotes::Double } else { Quotes::Single };
                opened = idx;
                let draft = current.get_or_insert_with(|| Draft { start: idx, ..Draft::default() });
                draft.pieces.push((idx + 1..idx + 1, quotes));
                continue;
            }
            (Quotes::Single, '\'') | (Quotes::Double, '"') => {
                quotes = Quotes::None;
                continue;
            }
            (Quotes::None | Quotes::Double, '\\') => {
                let Some((next, escaped)) = chars.next() else {
                    let message = "nothing follows the backslash at the end of this command";
                    acc.push(unsplittable_at(text.span_of(range), message));
                    break;
                };
                range = next..next + escaped.len_utf8();
            }
            _ => {}
        }
        let draft = current.get_or_insert_with(|| Draft { start: idx, ..Draft::default() });
        match draft.pieces.last_mut() {
            Some((last, same)) if last.end == range.start && *same == quotes => {
                last.end = range.end;
            }
            _ => draft.pieces.push((range, quotes)),
        }
    }
    if quotes != Quotes::None {
        let span = text.span_of(opened..text.value.len());
        acc.push(unsplittable_at(span, "a quote in this command is never closed"));
    }
    done.extend(current.map(|it| (it, text.value.len())));
    done
}

fn unsplittable_at(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("shell-syntax", Severity::Error, message, Label::new(span, ""))
}

/// Reports why a command cannot be split into words, when nothing else is known of it.
pub fn check_split(acc: &mut Vec<Diagnostic>, text: &Text) {
    drafts(acc, text);
}

/// A word as it is looked at for shell syntax.
struct Checked {
    text: String,
    /// Whether it could be an operator: it has no quotes.
    operator: bool,
}

/// Reports what a shell would have understood. `whole` is the command as a shell would be told it.
fn check(acc: &mut Vec<Diagnostic>, words: &[Word], checked: &[Checked], whole: Option<String>) {
    // An entry point may expand what it gets before it passes it on.
    let program = words.first().and_then(Word::text).unwrap_or_default();
    if program.ends_with(".sh") || basename(&program).contains("entry") {
        return;
    }
    let mut is_script = false;
    for (idx, (word, it)) in words.iter().zip(checked).enumerate() {
        if std::mem::replace(&mut is_script, takes_script(words, idx)) {
            continue;
        }
        if idx == 0 && is_assignment(&it.text) {
            acc.push(assignment(word, &it.text));
            return;
        }
        if it.operator && is_operator(&it.text) {
            acc.push(operator(word, &it.text));
            return;
        }
        if let Some(range) = variable(&it.text) {
            acc.push(unexpanded(word, &it.text, range, whole.as_deref()));
        }
    }
}

/// Whether the word behind `idx` is a program text: `sh -c text`, `python -c text`, `perl -e text`.
fn takes_script(words: &[Word], idx: usize) -> bool {
    let text = words[idx].text().unwrap_or_default();
    let short = text.starts_with('-') && !text.starts_with("--");
    short && text.len() <= 5 && text.ends_with(['c', 'e']) && is_interpreted(words, idx)
}

/// Whether a word in front of `idx` is a program that takes its program text as an argument.
fn is_interpreted(words: &[Word], idx: usize) -> bool {
    const PROGRAMS: [&str; 9] =
        ["sh", "bash", "dash", "ash", "zsh", "perl", "ruby", "node", "runuser"];
    words[..idx].iter().filter_map(Word::text).any(|it| {
        let name = basename(&it);
        PROGRAMS.contains(&name) || super::start::is_python(name)
    })
}

/// The program of a command that is written as one word: `["gunicorn -w 9 app:app"]`.
pub(super) fn whole_command(word: &Word) -> Option<String> {
    const OTHERS: [&str; 6] = ["bash", "node", "npm", "python", "python3", "sh"];
    let text = word.text()?;
    let (name, rest) = text.split_once(' ')?;
    let is_program = programs::is_program(name) || OTHERS.contains(&name);
    (is_program && !rest.trim().is_empty()).then(|| name.to_owned())
}

/// Reports a command that is one word.
pub(super) fn in_one_word(place: Span, name: &str) -> Diagnostic {
    let message =
        format!("there is no program of this name: `{name}` and its arguments are one word");
    let label = Label::new(place, "the whole command is taken for the name of the program");
    Diagnostic::new("command-in-one-word", Severity::Error, message, label).with_help(
        "make each argument a word of its own, or take off the quotes around all of them",
    )
}

fn is_assignment(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else { return false };
    let is_name = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
    name.bytes().next().is_some_and(|it| it.is_ascii_uppercase()) && name.bytes().all(is_name)
}

fn is_operator(text: &str) -> bool {
    matches!(text, "&&" | "||" | "|" | ";" | "&" | ">" | ">>" | "<" | "2>&1" | "2>" | "|&")
}

/// The first `$NAME` or `${NAME…}` of a text.
fn variable(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    for (idx, _) in text.match_indices('$') {
        let is_start = |it: &u8| it.is_ascii_alphabetic() || *it == b'_';
        let previous = idx.checked_sub(1).and_then(|it| bytes.get(it));
        if matches!(previous, Some(b'$' | b'\\')) {
            continue;
        }
        if bytes.get(idx + 1) == Some(&b'{') && bytes.get(idx + 2).is_some_and(is_start) {
            let end = text[idx..].find('}')?;
            return Some(idx..idx + end + 1);
        }
        if bytes.get(idx + 1).is_some_and(is_start) {
            let is_name = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
            let len = bytes[idx + 1..].iter().take_while(|it| is_name(it)).count();
            return Some(idx..idx + 1 + len);
        }
    }
    None
}

/// The bytes of the file that a part of a word stands in.
fn part(word: &Word, range: &Range<usize>, text: &str) -> Span {
    // The checked text has the length of the word's, unless single quotes stand in it.
    let same = word.text().is_some_and(|it| it.len() == text.len());
    if !same {
        return word.span;
    }
    let tail = word.tail(range.start);
    let rest = tail.tail(range.len());
    let end = if rest.pieces.is_empty() { tail.span.end } else { rest.span.start };
    if end < tail.span.start || word.span.range().len() < range.len() {
        return word.span;
    }
    Span { end, ..tail.span }
}

fn unexpanded(word: &Word, text: &str, range: Range<usize>, whole: Option<&str>) -> Diagnostic {
    let span = part(word, &range, text);
    let name = &text[range];
    let message = format!("`{name}` is not expanded: no shell runs this command");
    let label = Label::new(span, "the program gets these characters as they are");
    let whole = whole.unwrap_or("sh -c 'exec …'");
    Diagnostic::new("unexpanded-variable", Severity::Error, message, label)
        .with_help(format!("run it through a shell: `{whole}`"))
}

fn operator(word: &Word, text: &str) -> Diagnostic {
    let message = format!("`{text}` is an argument here: no shell runs this command");
    let label =
        Label::new(word.span, "the program gets this and everything behind it as arguments");
    Diagnostic::new("shell-syntax-without-shell", Severity::Error, message, label)
        .with_help("run it through a shell: `sh -c '…'`")
}

fn assignment(word: &Word, text: &str) -> Diagnostic {
    let name = text.split('=').next().unwrap_or(text);
    let message = format!("`{name}=…` is taken for the program: no shell runs this command");
    let label = Label::new(word.span, "there is no program of this name");
    Diagnostic::new("shell-syntax-without-shell", Severity::Error, message, label)
        .with_help("set the variable in the environment of the process, or run `sh -c '…'`")
}
