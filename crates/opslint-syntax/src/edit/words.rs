//! Words of commands, in whatever language the command stands.

use std::ops::Range;

use crate::document::{Document, Entry, Node, Syntax};
use crate::fact::Value;
use crate::fix::{Edit, Neighbour};
use crate::source::Span;

use super::find::Found;
use super::{find, literal, text};

/// Whether a word means itself in every shell and in every kind of quotes.
pub(super) fn is_plain(word: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || "_./:=,@%+-".contains(it);
    !word.is_empty() && word.chars().all(plain)
}

/// What a new option stands behind.
pub(super) struct Beside<'a> {
    pub(super) at: Span,
    pub(super) neighbour: Neighbour,
    /// The value of the other option, or the name of the program.
    pub(super) was: &'a Value,
}

/// One more option beside another one, or behind the program that takes it.
pub(super) fn option(
    document: Option<&Document>,
    source: &str,
    &Beside { at: beside, neighbour, was }: &Beside<'_>,
    (flag, setting): (&str, Option<&str>),
    to: &Value,
) -> Option<Edit> {
    // The default of a variable is a part of the word: `${WORKERS:-2}`.
    let word = whole_word(source, beside.range());
    let at = word.end;
    let is_program = neighbour == Neighbour::Program && is_program(source, beside, was);
    let value = document.and_then(|it| Some((it, find::value(it, beside)?)));
    if let Some((document, found)) = value {
        let holder = found.holders.last()?;
        let is_assignment = document.syntax == Syntax::Python && found.holders.len() == 1;
        if document.syntax == Syntax::Ini {
            return ini(source, &found, flag, to);
        }
        // A word of a list is a word of a command; any other value is no place for an option.
        if !is_assignment {
            let before = holder.idx.checked_sub(1).and_then(|it| holder.parent.elements().get(it));
            let is_option = before.and_then(Node::as_str).is_some_and(|it| it.starts_with('-'));
            let is_command = holder.key().is_none() && (is_program || is_option);
            return is_command.then(|| listed(source, beside, flag, to)).flatten();
        }
        let key_start = holder.parent.entries().get(holder.idx)?.key.span.start as usize;
        let is_own = text::before(source, key_start).is_empty() && text::ends_line(source, at);
        let name = literal::key(Syntax::Python, "", setting?)?;
        let line = format!("{name} = {}", literal::bare(Syntax::Python, to)?);
        let (at, new) = text::line_behind(source, at, &line);
        return is_own.then(|| Edit { span: Span::new(beside.file, at, at), text: new });
    }
    let leaf = document.map(|it| find::leaf(it, beside));
    if let Some(None) = leaf {
        return None;
    }
    if !is_program && !is_value_of_flag(source, beside.range(), word.start, was) {
        return None;
    }
    if is_exec_word(source, word.clone()) {
        return listed(source, Span::new(beside.file, word.start, word.end), flag, to);
    }
    let ends = source[at..].chars().next();
    if ends.is_some_and(|it| !it.is_whitespace() && !matches!(it, '"' | '\'')) {
        return None;
    }
    let words = words(flag, to)?.join(" ");
    Some(Edit { span: Span::new(beside.file, at, at), text: format!(" {words}") })
}

/// Whether some bytes are the name of a program, perhaps with its folder.
fn is_program(source: &str, at: Span, name: &Value) -> bool {
    let raw = source.get(at.range()).map(literal::unquoted).unwrap_or_default();
    name.as_str().is_some_and(|it| raw.rsplit('/').next() == Some(it)) && is_plain(raw)
}

/// The bytes of a word, or of the variable whose default it is.
fn whole_word(source: &str, word: Range<usize>) -> Range<usize> {
    let before = source.get(..word.start).unwrap_or_default();
    let name = before.strip_suffix('-').map(|it| it.strip_suffix(':').unwrap_or(it));
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let start = name.and_then(|it| it.trim_end_matches(is_part).strip_suffix("${")).map(str::len);
    let is_closed = source.get(word.end..).is_some_and(|it| it.starts_with('}'));
    match start.filter(|_| is_closed) {
        Some(start) => start..word.end + 1,
        None => word,
    }
}

/// Whether some bytes are what a flag of a command is given, such as the `2` of `-w 2`, `-w2` and
/// `--workers=2`, in a word that starts at a byte. A variable may stand for options, too, and what
/// follows it is not one of them.
fn is_value_of_flag(source: &str, at: Range<usize>, start: usize, was: &Value) -> bool {
    let says = literal::plain(was);
    let raw = source.get(at.clone()).unwrap_or_default();
    if !is_plain(raw) || !says.is_some_and(|it| raw.ends_with(&it)) {
        return false;
    }
    let is_edge = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | '[');
    let mut before = &source[..start];
    let own = before.rfind(is_edge).map_or(before, |idx| before[idx..].trim_start_matches(is_edge));
    if !own.is_empty() {
        return own.starts_with('-');
    }
    loop {
        let trimmed = before.trim_end_matches(is_edge);
        let next = match trimmed.strip_suffix('\\') {
            // A backslash at the end of a line parts two words.
            Some(it) if before[trimmed.len()..].starts_with(['\n', '\r']) => it,
            _ => trimmed,
        };
        if next.len() == before.len() {
            break;
        }
        before = next;
    }
    let word =
        before.rfind(is_edge).map_or(before, |idx| before[idx..].trim_start_matches(is_edge));
    word.starts_with('-') && word != "-"
}

/// A line of its own in an ini file; under a condition it would not always be there.
fn ini(source: &str, found: &Found<'_>, flag: &str, to: &Value) -> Option<Edit> {
    let holder = found.holders.last()?;
    let name = flag.strip_prefix("--")?;
    let entries = holder.parent.entries();
    let is_known = |it: &Entry| {
        let key = it.key.value.as_str();
        key == name || key.starts_with("if-") || key.starts_with("for")
    };
    if entries.iter().any(is_known) {
        return None;
    }
    let like = entries.get(holder.idx)?;
    let line = super::insert::ini_line(source, like, name, to)?;
    let (at, new) = text::line_behind(source, like.span().end as usize, &line);
    Some(Edit { span: Span::new(like.key.span.file, at, at), text: new })
}

fn words(flag: &str, to: &Value) -> Option<Vec<String>> {
    let mut words = vec![flag.to_owned()];
    if *to != Value::Bool(true) {
        words.push(literal::plain(to)?);
    }
    words.iter().all(|it| is_plain(it)).then_some(words)
}

/// Whether a word is an element of a list in brackets: `["gunicorn", "--workers", "2"]`.
fn is_exec_word(source: &str, word: Range<usize>) -> bool {
    let quote = source[..word.start].chars().next_back().filter(|it| matches!(it, '"' | '\''));
    let Some(rest) = quote.and_then(|it| source[word.end..].strip_prefix(it)) else { return false };
    let before = source[..word.start - 1].trim_end();
    rest.trim_start().starts_with([',', ']']) && before.ends_with([',', '['])
}

/// Two more elements behind the one of a word: in brackets, or on lines with dashes.
fn listed(source: &str, beside: Span, flag: &str, to: &Value) -> Option<Edit> {
    let words = words(flag, to)?;
    let raw = source.get(beside.range())?;
    let mut end = beside.end as usize;
    let inside = is_exec_word(source, beside.range());
    if inside {
        end += 1;
    }
    let quoted: Vec<String> = words.iter().map(|it| format!("\"{it}\"")).collect();
    let rest = source[end..].trim_start();
    let ahead = source[..beside.start as usize].trim_end();
    if inside || rest.starts_with([',', ']']) && ahead.ends_with(['[', ',']) {
        let new: String = quoted.iter().map(|it| format!(", {it}")).collect();
        return Some(Edit { span: Span::new(beside.file, end, end), text: new });
    }
    let before = text::before(source, beside.start as usize);
    if before.trim() != "-" || !text::ends_line(source, end) {
        return None;
    }
    // A number without quotes is no word to those who want words, such as Kubernetes.
    let is_bare = |it: &str| !raw.starts_with(['"', '\'']) && it.parse::<f64>().is_err();
    let lines: Vec<String> = std::iter::zip(&words, &quoted)
        .map(|(word, quoted)| format!("{before}{}", if is_bare(word) { word } else { quoted }))
        .collect();
    let (at, new) = text::line_behind(source, end, &lines.join(text::line_break(source)));
    Some(Edit { span: Span::new(beside.file, at, at), text: new })
}

/// The bytes of a flag with its value and the blanks in front of it. `at` is the flag or the value,
/// `command` the text it stands in.
pub(super) fn without(
    source: &str,
    at: Range<usize>,
    command: Range<usize>,
) -> Option<Range<usize>> {
    let is_edge = |it: char| {
        it.is_whitespace() || matches!(it, '"' | '\'' | '`' | '(' | ')' | ';' | '&' | '|')
    };
    if is_exec_word(source, at.clone()) {
        return None;
    }
    let word_start = |end: usize| {
        source[command.start..end].rfind(is_edge).map_or(command.start, |it| command.start + it + 1)
    };
    let start = word_start(at.start);
    let end = source[at.end..command.end].find(is_edge).map_or(command.end, |it| at.end + it);
    let mut range = start..end;
    if !source[range.clone()].starts_with('-') {
        // The value of the flag in front of it.
        let flag_end = blanks_before(source, command.start, start)?;
        let flag_start = word_start(flag_end);
        let flag = &source[flag_start..flag_end];
        if !flag.starts_with('-') || flag.contains('=') {
            return None;
        }
        range.start = flag_start;
    }
    let from = blanks_before(source, command.start, range.start)?;
    Some(from..range.end)
}

/// Where the word in front of some blanks ends; `None` when there are no blanks or no word.
fn blanks_before(source: &str, from: usize, at: usize) -> Option<usize> {
    let before = source.get(from..at)?;
    let mut left = before.trim_end();
    // A backslash at the end of a line is part of what parts two words.
    while let Some(it) = left.strip_suffix('\\')
        && before[left.len()..].starts_with(['\n', '\r'])
    {
        left = it.trim_end();
    }
    (left.len() < before.len() && !left.is_empty()).then_some(from + left.len())
}
