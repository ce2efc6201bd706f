//! Where in a tree a cursor is, while somebody types: the text around it is rarely whole, so lines
//! are looked at, and not a parsed document.

use crate::document::Syntax;

/// What is being written at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The keys around it; with the key itself where a value is written. Lists leave no trace.
    pub(super) path: Vec<String>,
    /// Whether it is a key or a value.
    pub(super) wanted: Wanted,
    /// The byte where the word begins that is being written, an opening quote left out.
    pub(super) start: usize,
    /// The quote in front of the word.
    pub(super) quote: Option<char>,
    /// The bytes from the beginning of the value to the cursor.
    pub(super) typed: String,
}

/// What is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A key, or the name of a table in its header.
    Key,
    /// A value.
    Value,
}

/// What is being written at byte `at`; `None` where keys mean nothing, as in a comment.
pub(super) fn cursor(syntax: Syntax, text: &str, at: usize) -> Option<Cursor> {
    let before = text.get(..at)?;
    match syntax {
        Syntax::Toml | Syntax::Unit | Syntax::ConfigParser => toml(before),
        Syntax::Yaml | Syntax::YamlStream => yaml(before),
        Syntax::Json => json(before),
        Syntax::Procfile
        | Syntax::Dockerfile
        | Syntax::Ini
        | Syntax::Nginx
        | Syntax::Env
        | Syntax::Python => None,
    }
}

/// The word at the end of a text, its start, and the quote in front of it.
fn word(value: &str, end: usize, path: Vec<String>, wanted: Wanted) -> Cursor {
    let typed = value.trim_start();
    let quote = typed.chars().next().filter(|it| matches!(it, '"' | '\''));
    let plain = typed.trim_start_matches(['"', '\'']);
    let quote = quote.filter(|_| plain.len() < typed.len());
    Cursor { path, wanted, start: end - plain.len(), quote, typed: plain.to_owned() }
}

/// A dotted key as its parts.
fn dotted(key: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote: Option<char> = None;
    for it in key.trim().chars() {
        match (quote, it) {
            (Some(open), it) if it == open => quote = None,
            (None, '"' | '\'') => quote = Some(it),
            (None, '.') => parts.push(String::new()),
            (None, it) if it.is_whitespace() => {}
            (_, it) => parts.last_mut().into_iter().for_each(|part| part.push(it)),
        }
    }
    parts
}

fn toml(before: &str) -> Option<Cursor> {
    let mut table: Vec<String> = Vec::new();
    // A text over several lines: its quotes, its key, and where it begins.
    let mut long: Option<(&str, Vec<String>, usize)> = None;
    let mut offset = 0;
    let mut lines = before.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none() && !line.ends_with('\n');
        let start = offset;
        offset += line.len();
        if let Some((quotes, ..)) = &long {
            if line.contains(quotes) {
                long = None;
            }
            if !is_last {
                continue;
            }
            let (_, path, from) = long?;
            let typed = before.get(from..)?.to_owned();
            return Some(Cursor {
                path,
                wanted: Wanted::Value,
                start: offset,
                quote: Some('\''),
                typed,
            });
        }
        let content = line.trim_start();
        if let Some(header) = content.strip_prefix('[') {
            let header = header.trim_start_matches('[');
            match header.find(']') {
                Some(end) if !is_last => table = dotted(&header[..end]),
                _ if is_last => {
                    let mut path = dotted(header);
                    let last = path.pop().unwrap_or_default();
                    return Some(word(&last, offset, path, Wanted::Key));
                }
                _ => {}
            }
            continue;
        }
        if is_last {
            return in_line(line, offset, table);
        }
        let Some((key, value)) = content.split_once('=') else { continue };
        let opens = ["'''", "\"\"\""].into_iter().find(|it| value.trim_start().starts_with(it));
        if let Some(quotes) = opens {
            let from = value.find(quotes).map_or(0, |it| it + 3);
            if !value[from..].contains(quotes) {
                let path = table.iter().cloned().chain(dotted(key)).collect();
                long = Some((quotes, path, start + line.len() - value.len() + from));
            }
        }
    }
    // Behind the last line break, or in an empty file.
    match long {
        Some((_, path, from)) => {
            let typed = before.get(from..)?.to_owned();
            Some(Cursor { path, wanted: Wanted::Value, start: offset, quote: Some('\''), typed })
        }
        None => Some(word("", offset, table, Wanted::Key)),
    }
}

/// A line of TOML up to the cursor: `key`, `key = value`, `key = { key = value`.
fn in_line(line: &str, end: usize, mut path: Vec<String>) -> Option<Cursor> {
    let mut rest = line;
    loop {
        if rest.trim_start().starts_with('#') {
            return None;
        }
        let Some((key, value)) = rest.split_once('=') else {
            let mut keys = dotted(rest);
            let last = keys.pop().unwrap_or_default();
            path.extend(keys);
            return Some(word(&last, end, path, Wanted::Key));
        };
        path.extend(dotted(key));
        let inner = value.trim_start();
        // The inline table that is open at the end, and its last entry.
        match inner.strip_prefix('{') {
            Some(inside) if !inside.contains('}') => {
                rest = inside.rsplit(',').next().unwrap_or(inside);
            }
            _ => {
                let value = match inner.strip_prefix('[') {
                    Some(list) if !list.contains(']') => list.rsplit(',').next().unwrap_or(list),
                    _ => value,
                };
                return is_open(value).then(|| word(value, end, path, Wanted::Value));
            }
        }
    }
}

/// Whether a value is not over: its quotes are open, and no comment has begun.
fn is_open(value: &str) -> bool {
    let value = value.trim_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value.matches(quote).count() % 2 == 1,
        _ => !value.contains(['#', ' ']),
    }
}

/// A line of YAML: the columns of its dashes, the column of its key, the key, and what is behind it.
struct Line<'t> {
    dash: Option<usize>,
    column: usize,
    key: &'t str,
    value: Option<&'t str>,
}

impl<'t> Line<'t> {
    /// `None` for a line that says nothing.
    fn new(line: &'t str) -> Option<Self> {
        let content = line.trim_start_matches(' ');
        if content.trim().is_empty() || content.starts_with('#') || content.starts_with("---") {
            return None;
        }
        let mut column = line.len() - content.len();
        let mut content = content;
        let mut dash = None;
        while let Some(rest) = content
            .strip_prefix("- ")
            .or(content.strip_prefix('-').filter(|it| it.trim().is_empty()))
        {
            dash.get_or_insert(column);
            let inner = rest.trim_start_matches(' ');
            column += content.len() - inner.len();
            content = inner;
        }
        let content = content.trim_end_matches(['\r', '\n']);
        let (key, value) = match content.split_once(": ") {
            Some((key, value)) => (key, Some(value)),
            None => match content.strip_suffix(':') {
                Some(key) => (key, Some("")),
                None => (content, None),
            },
        };
        Some(Self { dash, column, key: key.trim_matches(['"', '\'']), value })
    }

    /// Whether lines with more indentation belong to its key.
    fn opens(&self) -> bool {
        let value = self.value.map(str::trim_start);
        value.is_some_and(|it| it.is_empty() || it.starts_with(['#', '&', '!']))
    }
}

fn yaml(before: &str) -> Option<Cursor> {
    let end = before.len();
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    let current = &before[start..];
    if current.trim_start().starts_with('#') {
        return None;
    }
    let own = Line::new(current);
    let column = own.as_ref().map_or(current.len(), |it| it.column);
    let mut path: Vec<String> = Vec::new();
    // Keys of lines before this column hold what is here; of a list, also at this column.
    let mut bound = own.as_ref().and_then(|it| it.dash).map_or((column, false), |it| (it, true));
    for line in before[..start].lines().rev().filter_map(Line::new) {
        let (column, may_be_equal) = bound;
        let holds =
            line.column < column || may_be_equal && line.column == column && line.dash.is_none();
        if holds && line.opens() {
            path.push(line.key.to_owned());
            bound = line.dash.map_or((line.column, false), |it| (it, true));
        } else if holds && line.value.is_some_and(|it| it.trim_start().starts_with(['|', '>'])) {
            // Inside of a text over several lines.
            return None;
        } else if let Some(dash) = line.dash.filter(|it| *it < column && line.column <= column) {
            bound = (dash, true);
        }
    }
    path.reverse();
    match own {
        Some(Line { key, value: Some(value), .. }) => {
            path.push(key.to_owned());
            let value = value.trim_start().trim_start_matches('[');
            let value = value.rsplit(',').next().unwrap_or(value);
            is_open(value).then(|| word(value, end, path, Wanted::Value))
        }
        // A text in a list is a value of the list's key, or the beginning of a key.
        Some(Line { key, dash, value: None, .. }) => {
            let wanted =
                if dash.is_some() && !path.is_empty() { Wanted::Value } else { Wanted::Key };
            Some(word(key, end, path, wanted))
        }
        None => Some(word("", end, path, Wanted::Key)),
    }
}

fn json(before: &str) -> Option<Cursor> {
    // Of each bracket that is open, the key behind which a value is written.
    let mut open: Vec<(bool, Option<String>)> = Vec::new();
    let mut last = String::new();
    let mut string: Option<usize> = None;
    let mut word_start = 0;
    let mut characters = before.char_indices();
    while let Some((idx, it)) = characters.next() {
        match (string, it) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(start), '"') => {
                last = before[start..idx].to_owned();
                string = None;
            }
            (Some(_), _) => {}
            (None, '"') => {
                string = Some(idx + 1);
                word_start = idx + 1;
            }
            (None, '{' | '[') => open.push((it == '{', None)),
            (None, '}' | ']') => drop(open.pop()),
            (None, ':') => {
                let key = std::mem::take(&mut last);
                open.last_mut().into_iter().for_each(|it| it.1 = Some(key.clone()));
            }
            (None, ',') => {
                open.last_mut().filter(|it| it.0).into_iter().for_each(|it| it.1 = None);
            }
            (None, _) => {}
        }
        if string.is_none() && matches!(it, '{' | '[' | ':' | ',' | ' ' | '\n' | '\t') {
            word_start = idx + 1;
        }
    }
    let (is_object, key) = open.last()?;
    let wanted = if *is_object && key.is_none() { Wanted::Key } else { Wanted::Value };
    let path = open.iter().filter_map(|it| it.1.clone()).collect();
    let typed = before.get(word_start..)?.to_owned();
    // Behind a word that is over, something else is to be written first.
    if string.is_none() && typed.ends_with('"') {
        return None;
    }
    Some(Cursor { path, wanted, start: word_start, quote: string.map(|_| '"'), typed })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path, what is wanted and what is typed, at the `|` of a text.
    fn at(syntax: Syntax, text: &str) -> Option<(String, Wanted, String)> {
        let place = text.find('|').unwrap();
        let cursor = cursor(syntax, &text.replace('|', ""), place)?;
        Some((cursor.path.join("/"), cursor.wanted, cursor.typed))
    }

    #[track_caller]
    fn check(syntax: Syntax, text: &str, path: &str, wanted: Wanted, typed: &str) {
        assert_eq!(at(syntax, text), Some((path.to_owned(), wanted, typed.to_owned())), "{text}");
    }

    #[test]
    fn toml_is_known_by_headers_and_keys() {
        let toml = |text, path, wanted, typed| check(Syntax::Toml, text, path, wanted, typed);
        toml("ap|", "", Wanted::Key, "ap");
        toml("[[vm]]\nmem|", "vm", Wanted::Key, "mem");
        toml("[[http_service.ch|", "http_service", Wanted::Key, "ch");
        toml(
            "[deployments.\"fly.toml\".processes.web]\n|",
            "deployments/fly.toml/processes/web",
            Wanted::Key,
            "",
        );
        toml("[vm]\nsize = \"sha|", "vm/size", Wanted::Value, "sha");
        toml("[vm]\nsize = |\n", "vm/size", Wanted::Value, "");
        toml("[vm]\nprocesses = [\"web\", \"|", "vm/processes", Wanted::Value, "");
        toml("x = { a = 1, b|", "x", Wanted::Key, "b");
        toml("x = { a = tr|", "x/a", Wanted::Value, "tr");
        toml("a.b = \"|", "a/b", Wanted::Value, "");
        toml("when = '''\nworkers > 3\n&& mem|", "when", Wanted::Value, "\nworkers > 3\n&& mem");
        assert_eq!(at(Syntax::Toml, "# a|"), None);
        assert_eq!(at(Syntax::Toml, "a = 1 # b|"), None);
    }

    #[test]
    fn yaml_is_known_by_indentation() {
        let yaml = |text, path, wanted, typed| check(Syntax::Yaml, text, path, wanted, typed);
        yaml("serv|", "", Wanted::Key, "serv");
        yaml("services:\n  web:\n    im|", "services/web", Wanted::Key, "im");
        yaml("services:\n  - type: web\n    pla|", "services", Wanted::Key, "pla");
        yaml(
            "services:\n- type: web\n  envVars:\n  - key: A\n    val|",
            "services/envVars",
            Wanted::Key,
            "val",
        );
        yaml("services:\n- type: web\n  plan: st|", "services/plan", Wanted::Value, "st");
        yaml("services:\n  web:\n    image: x\n  |", "services", Wanted::Key, "");
        assert_eq!(
            at(Syntax::Yaml, "run: |-\n  a\n".replace("|-", ">").replace("a\n", "a|").as_str()),
            None
        );
    }

    #[test]
    fn json_is_known_by_brackets() {
        let json = |text, path, wanted, typed| check(Syntax::Json, text, path, wanted, typed);
        json("{\"form|", "", Wanted::Key, "form");
        json(
            "{\"formation\": {\"web\": {\"size\": \"bas|",
            "formation/web/size",
            Wanted::Value,
            "bas",
        );
        json("{\"a\": [{\"x\": 1}, {\"y|", "a", Wanted::Key, "y");
        json("{\"a\": tr|", "a", Wanted::Value, "tr");
        assert_eq!(at(Syntax::Json, "{\"a\"|"), None);
    }

    #[test]
    fn every_prefix_of_a_nonsense_text_is_survived() {
        let text = "[[[a.\"ü\nx = '''{[\"\"\" = #\r\n- - a: [|>\n{\"\\\"a\": [,]}}:\t\u{0}🚀=";
        for syntax in [Syntax::Toml, Syntax::Yaml, Syntax::Json, Syntax::Unit] {
            for at in text.char_indices().map(|it| it.0) {
                let found = cursor(syntax, text, at);
                assert!(found.is_none_or(|it| it.start <= at), "{syntax:?} {at}");
            }
        }
    }
}
