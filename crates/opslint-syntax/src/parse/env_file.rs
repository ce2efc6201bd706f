//! Files of environment variables: `NAME=value`, a line each.
//!
//! Sources: compose-go, `dotenv/parser.go`; systemd.exec(5), `EnvironmentFile=`.

use std::ops::Range;

use crate::document::{Document, Entry, Node, NodeKind, Syntax, Text};
use crate::source::{FileId, Span, Spanned};

/// Whose rules a file follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// `env_file` of compose: `export`, quotes, comments behind values, `$NAME` filled in.
    Compose,
    /// The same with `format: raw`: everything behind `=` is the value.
    Raw,
    /// `EnvironmentFile=` of systemd: quotes, lines that go on, comments on lines of their own.
    Systemd,
}

/// A variable that a file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its name.
    pub name: String,
    /// Its value; `None` when it depends on what is not in the file.
    pub value: Option<String>,
    /// The line on which its name stands, from 1.
    pub line: usize,
    /// The bytes of its name.
    pub name_range: Range<usize>,
    /// The bytes of what its value is written as, quotes included; empty bytes behind the name where
    /// none is written.
    pub value_range: Range<usize>,
}

/// Parses the text as compose reads it: a map of variables. Values that are filled in are texts as
/// they are written.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut comments = Vec::new();
    let found = read(text, Flavour::Compose, &mut |it| comments.push(span(file, &it)));
    let entry = |it: Assignment| {
        let literal = span(file, &it.value_range);
        let raw = &text[it.value_range.clone()];
        let is_quoted =
            raw.len() > 1 && ['"', '\''].iter().any(|q| raw.starts_with(*q) && raw.ends_with(*q));
        let inner = if is_quoted { &raw[1..raw.len() - 1] } else { raw };
        let start = it.value_range.start + usize::from(is_quoted);
        let kind = match it.value_range.is_empty() && it.value.is_none() {
            true => NodeKind::Null,
            false => NodeKind::String(Text::verbatim(inner, literal, start)),
        };
        let key = Spanned::new(it.name, span(file, &it.name_range));
        Entry { key, value: Node::new(kind, literal) }
    };
    let root = NodeKind::Map(found.into_iter().map(entry).collect());
    let root = Node::new(root, Span::new(file, 0, text.len()));
    Document { file, syntax: Syntax::Env, root, problems: Vec::new(), comments }
}

fn span(file: FileId, range: &Range<usize>) -> Span {
    Span::new(file, range.start, range.end)
}

/// What a file sets, in its order. What is no assignment is left out: programs ignore it or stop.
pub fn assignments(text: &str, flavour: Flavour) -> Vec<Assignment> {
    read(text, flavour, &mut |_| {})
}

fn read(text: &str, flavour: Flavour, comment: &mut dyn FnMut(Range<usize>)) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = text[at..].split_inclusive('\n').enumerate();
    let content = |line: &str| line.trim_end_matches(['\n', '\r']).len();
    while let Some((idx, whole)) = lines.next() {
        let line = &whole[..content(whole)];
        let start = at + (line.len() - line.trim_start().len());
        let mut end = at + line.len();
        at += whole.len();
        let mut logical = line.trim_start().to_owned();
        if logical.starts_with('#') || is_comment(&logical, flavour) {
            comment(start..end);
            continue;
        }
        if logical.is_empty() {
            continue;
        }
        // A quote that is open, or a backslash at the end, takes the next line in.
        let mut seen = 0;
        let is_blank = |part: &str| part.trim_end_matches('\\').trim().is_empty();
        let mut has_value = logical.split_once('=').is_none_or(|(_, value)| !is_blank(value));
        while goes_on(&logical, flavour, &mut seen) {
            let Some((_, next)) = lines.next() else { break };
            if flavour == Flavour::Systemd && logical.ends_with('\\') {
                logical.pop();
            } else {
                logical.push('\n');
            }
            let more = &next[..content(next)];
            // Blanks in front of a value are none of it, and are not looked at again for each line.
            logical.push_str(if has_value { more } else { more.trim_start() });
            has_value |= !is_blank(more);
            end = at + content(next);
            at += next.len();
        }
        let Some(it) = assignment(&logical, &text[start..end], flavour) else { continue };
        let moved = |it: Range<usize>| start + it.start..start + it.end;
        let value_range = moved(it.value_range);
        let behind = &text[value_range.end..end];
        if flavour == Flavour::Compose && behind.trim_start().starts_with('#') {
            comment(end - behind.trim_start().len()..end);
        }
        let name_range = moved(it.name_range);
        found.push(Assignment { line: idx + 1, name_range, value_range, ..it });
    }
    found
}

fn is_comment(line: &str, flavour: Flavour) -> bool {
    flavour == Flavour::Systemd && line.starts_with(';')
}

/// Whether a value begins with a quote that it does not end, or its line with a backslash. `seen` is
/// how much of the value is known not to end the quote: of very many lines, each is looked at once.
fn goes_on(line: &str, flavour: Flavour, seen: &mut usize) -> bool {
    let Some((_, value)) = line.split_once('=') else { return false };
    let value = value.trim_start();
    match (flavour, value.chars().next()) {
        (Flavour::Raw, _) => false,
        (_, Some(quote @ ('"' | '\''))) => match closing_behind(value, quote, (*seen).max(1)) {
            Ok(_) => false,
            Err(len) => {
                // Systemd takes a backslash at the end away, which may be one that is escaped.
                let is_pair = flavour == Flavour::Systemd && line.ends_with('\\');
                *seen = if is_pair && len == value.len() { len - 2 } else { len };
                true
            }
        },
        (Flavour::Systemd, _) => line.ends_with('\\'),
        (Flavour::Compose, _) => false,
    }
}

/// The place of the quote that ends a value.
fn closing(value: &str, quote: char) -> Option<usize> {
    closing_behind(value, quote, 1).ok()
}

/// The same from a place on; else up to where it is known that there is none, whatever follows.
fn closing_behind(value: &str, quote: char, from: usize) -> Result<usize, usize> {
    let mut chars = value[from..].char_indices();
    while let Some((idx, it)) = chars.next() {
        match it {
            '\\' if chars.next().is_none() => return Err(from + idx),
            it if it == quote => return Ok(from + idx),
            _ => {}
        }
    }
    Err(value.len())
}

/// The assignment of a line, with its bytes in `raw`, which is the line as it is written.
fn assignment(line: &str, raw: &str, flavour: Flavour) -> Option<Assignment> {
    let unexported = |line: &str| match flavour {
        Flavour::Compose => {
            let rest = line.strip_prefix("export").filter(|it| it.starts_with([' ', '\t']));
            rest.map_or(0, |it| line.len() - it.trim_start().len())
        }
        Flavour::Raw | Flavour::Systemd => 0,
    };
    let name_start = unexported(line);
    let is_name = |it: &str| {
        let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '-');
        !it.is_empty() && it.chars().all(is_part)
    };
    let line = &line[name_start..];
    let name = line.split_once('=').map_or(line, |it| it.0).trim_end();
    let name_end = name_start + name.len();
    let written = raw.split_once('=').map(|(before, value)| (before.len() + 1, value));
    let value_range = match written {
        Some((start, value)) => {
            // What is not understood is taken as far as it goes.
            let range = literal(value, flavour).unwrap_or(0..value.trim_end().len());
            start + range.start..start + range.end
        }
        None => name_end..name_end,
    };
    let found = |value| Assignment {
        name: name.to_owned(),
        value,
        line: 0,
        name_range: name_start..name_end,
        value_range,
    };
    match line.split_once('=') {
        // A name alone takes the value that whoever starts it has.
        None => (flavour != Flavour::Systemd && is_name(name)).then(|| found(None)),
        Some((_, value)) => is_name(name).then(|| found(self::value(value, flavour))),
    }
}

/// The bytes of what a value is written as, quotes included.
fn literal(text: &str, flavour: Flavour) -> Option<Range<usize>> {
    if flavour == Flavour::Raw {
        return Some(0..text.len());
    }
    let start = text.len() - text.trim_start_matches([' ', '\t']).len();
    let rest = &text[start..];
    let len = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => closing(rest, quote)? + 1,
        first => {
            let comment = match flavour {
                Flavour::Compose if first == Some('#') => Some(0),
                Flavour::Compose => rest.find(" #").or_else(|| rest.find("\t#")),
                _ => None,
            };
            rest[..comment.unwrap_or(rest.len())].trim_end().len()
        }
    };
    Some(start..start + len)
}

/// What a value comes to. Escapes and variables are not followed.
fn value(text: &str, flavour: Flavour) -> Option<String> {
    let range = literal(text, flavour)?;
    let (raw, behind) = (&text[range.clone()], text[range.end..].trim());
    if flavour == Flavour::Raw {
        return Some(raw.to_owned());
    }
    let quote = raw.chars().next().filter(|it| matches!(it, '"' | '\''));
    let inner = if quote.is_some() { &raw[1..raw.len() - 1] } else { raw };
    let is_filled_in = flavour == Flavour::Compose && quote != Some('\'') && inner.contains('$');
    let is_escaped = inner.contains('\\');
    // Behind a quote, systemd goes on with the value.
    let is_comment = flavour == Flavour::Compose && behind.starts_with('#');
    let is_more = quote.is_some() && !behind.is_empty() && !is_comment;
    (!is_filled_in && !is_escaped && !is_more).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, flavour: Flavour) -> Vec<(String, Option<String>)> {
        assignments(text, flavour).into_iter().map(|it| (it.name, it.value)).collect()
    }

    #[track_caller]
    fn check(text: &str, flavour: Flavour, name: &str, value: Option<&str>) {
        let expected = vec![(name.to_owned(), value.map(str::to_owned))];
        assert_eq!(read(text, flavour), expected, "{text}");
    }

    #[test]
    fn compose_takes_quotes_and_comments_off() {
        use Flavour::Compose;
        check("A=1", Compose, "A", Some("1"));
        check("  export A = b c  ", Compose, "A", Some("b c"));
        check("A=b # c", Compose, "A", Some("b"));
        check("A=b#c", Compose, "A", Some("b#c"));
        check("A='b # $c' # d", Compose, "A", Some("b # $c"));
        check("A=\"b c\"", Compose, "A", Some("b c"));
        check("A=", Compose, "A", Some(""));
        check("A=# c", Compose, "A", Some(""));
        check("A", Compose, "A", None);
        check("A=$B", Compose, "A", None);
        check("A=\"x${B}\"", Compose, "A", None);
        check("A=\"x\\ny\"", Compose, "A", None);
        check("A='x\ny'", Compose, "A", Some("x\ny"));
        assert_eq!(read("# A=1\n\nnot a name=1\n", Compose), []);
        // Quotes that are open for several lines, with escapes at their ends.
        check("A='x\n\ny\n'", Compose, "A", Some("x\n\ny\n"));
        check("A='x\\\n' y\nz'", Compose, "A", None);
        check("A='x\\\\\nB=2'", Compose, "A", None);
    }

    #[test]
    fn a_raw_file_has_values_as_they_are() {
        check("A='b' # $c", Flavour::Raw, "A", Some("'b' # $c"));
    }

    #[test]
    fn systemd_fills_in_nothing() {
        use Flavour::Systemd;
        check("A=$B", Systemd, "A", Some("$B"));
        check("A=b # c", Systemd, "A", Some("b # c"));
        check("A=\"b c\"", Systemd, "A", Some("b c"));
        check("A=b \\\nc", Systemd, "A", Some("b c"));
        check("A='b'c", Systemd, "A", None);
        check("A= \\\n  \\\n  b \\\n c", Systemd, "A", Some("b  c"));
        assert_eq!(read("; A=1\n# B=2\nexport C=3\nD\n", Systemd), []);
    }

    #[test]
    fn bytes_are_those_of_the_literal() {
        let text = "\u{feff}# c\r\n  export A = 'b c' # d\r\nB=1\r\nC=\r\nD\r\nE=\"x\r\ny\"";
        let found = assignments(text, Flavour::Compose);
        let raw = |it: &Assignment| (&text[it.name_range.clone()], &text[it.value_range.clone()]);
        let raw: Vec<_> = found.iter().map(raw).collect();
        let expected = [("A", "'b c'"), ("B", "1"), ("C", ""), ("D", ""), ("E", "\"x\r\ny\"")];
        assert_eq!(raw, expected);
        let document = document(FileId::embedded(0), text);
        let comments: Vec<_> = document.comments.iter().map(|it| &text[it.range()]).collect();
        assert_eq!(comments, ["# c", "# d"]);
        assert_eq!(document.root.get("A").and_then(Node::as_str), Some("b c"));
    }

    #[test]
    fn every_prefix_is_read() {
        let text = "A='é\n\"B=\\\nexport C: 1\n=x\nD=\"é\\\"\"\n";
        for flavour in [Flavour::Compose, Flavour::Raw, Flavour::Systemd] {
            for (idx, _) in text.char_indices() {
                let _ = assignments(&text[..idx], flavour);
                let _ = assignments(&text[idx..], flavour);
                let _ = document(FileId::embedded(0), &text[idx..]);
            }
        }
    }
}
