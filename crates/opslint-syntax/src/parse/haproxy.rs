//! haproxy.cfg: sections and their lines, with a span on every word.
//!
//! A line is one directive; a section is one whose block are the lines up to the next section.
//! Words are taken apart as HAProxy does: quotes may begin and end within a word, `#` outside of
//! them begins a comment, a backslash takes the next character as it is. Variables stay in the
//! words as they are written.
//!
//! Parsing is total: what stands before the first section is a section without a name.
//!
//! Source: <https://docs.haproxy.org/3.0/configuration.html#2.2> (quoting and escaping), and `parse_line`
//! in <https://github.com/haproxy/haproxy/blob/master/src/tools.c>

use super::nginx::{Argument, Directive};
use crate::source::{FileId, Span, Spanned};

/// Words that begin a section.
/// Source: <https://docs.haproxy.org/3.0/configuration.html>
const SECTIONS: &[&str] = &[
    "acme",
    "backend",
    "cache",
    "crt-store",
    "defaults",
    "fcgi-app",
    "frontend",
    "global",
    "http-errors",
    "listen",
    "log-forward",
    "log-profile",
    "mailers",
    "peers",
    "program",
    "resolvers",
    "ring",
    "traces",
    "userlist",
];

/// Parses a file: its sections, in their order.
pub fn parse(file: FileId, text: &str) -> Vec<Directive> {
    let mut sections: Vec<Directive> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = words(file, line, at);
        at += line.len();
        let mut words = words.into_iter();
        let Some(first) = words.next() else { continue };
        let arguments: Vec<Argument> = words.collect();
        let span = arguments.last().map_or(first.span, |it| first.span.cover(it.span));
        let name = Spanned::new(first.text.unwrap_or_default(), first.span);
        let is_section = SECTIONS.contains(&name.value.as_str());
        let block = is_section.then(Vec::new);
        let line = Directive { name, arguments, block, conditional: false, span };
        match sections.last_mut() {
            Some(section) if !is_section => {
                section.span = section.span.cover(line.span);
                section.block.get_or_insert_default().push(line);
            }
            None if !is_section => sections.push(Directive {
                name: Spanned::new(String::new(), line.name.span),
                arguments: Vec::new(),
                span: line.span,
                conditional: false,
                block: Some(vec![line]),
            }),
            _ => sections.push(line),
        }
    }
    sections
}

/// The words of a line that begins at `start`.
fn words(file: FileId, line: &str, start: usize) -> Vec<Argument> {
    let mut words = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut quote = None;
    let mut characters = line.char_indices();
    let end = loop {
        let Some((at, it)) = characters.next() else { break line.trim_end().len() };
        match (quote, it) {
            (None, '#' | '\n' | '\r') => break at,
            (None, ' ' | '\t') => {
                if let Some((from, text)) = word.take() {
                    let span = Span::new(file, start + from, start + at);
                    words.push(Argument { text: Some(text), span });
                }
                continue;
            }
            _ => {}
        }
        let (_, text) = word.get_or_insert_with(|| (at, String::new()));
        match (quote, it) {
            (None, '"' | '\'') => quote = Some(it),
            (Some(open), _) if open == it => quote = None,
            // Between single quotes nothing is special.
            (None | Some('"'), '\\') => text.extend(characters.next().map(|it| it.1)),
            _ => text.push(it),
        }
    };
    if let Some((from, text)) = word {
        let span = Span::new(file, start + from, start + end.max(from));
        words.push(Argument { text: Some(text), span });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Shows sections as `name argument{line;line}`.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut sources = SourceMap::new();
        let file = sources.add("haproxy.cfg", text);
        let line = |it: &Directive| {
            let words = it.arguments.iter().filter_map(|it| it.text.as_deref());
            std::iter::once(it.name.value.as_str()).chain(words).collect::<Vec<_>>().join("|")
        };
        let section = |it: &Directive| {
            let lines: Vec<String> = it.block.iter().flatten().map(line).collect();
            format!("{}{{{}}}", line(it), lines.join(";"))
        };
        let shown: Vec<String> = parse(file, text).iter().map(section).collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    }

    #[test]
    fn a_section_has_the_lines_up_to_the_next() {
        check(
            "global\n  daemon\n\ndefaults\n  timeout server 10s # long\nbackend b\n\tserver s a:1 check\n",
            "global{daemon} defaults{timeout|server|10s} backend|b{server|s|a:1|check}",
        );
        check("timeout server 1s\nlisten l\n", "{timeout|server|1s} listen|l{}");
        check("", "");
    }

    #[test]
    fn words_end_as_haproxy_ends_them() {
        check("global\n a \"b c\"d 'e \\f' g\\ h i#j\n", "global{a|b cd|e \\f|g h|i}");
        check("global\r\n  a b\r\nlisten l", "global{a|b} listen|l{}");
        check("global\n a \"${B}:80\" \"open\n", "global{a|${B}:80|open\n}");
        check("global\n a \\", "global{a|}");
    }

    #[test]
    fn words_are_where_they_are_written() {
        let text = "backend b\n  server s \"é\":1 # x\n  mode http";
        let mut sources = SourceMap::new();
        let file = sources.add("haproxy.cfg", text);
        let sections = parse(file, text);
        let lines = sections[0].block.as_deref().unwrap_or_default();
        assert_eq!(sources.text(lines[0].arguments[1].span), "\"é\":1");
        assert_eq!(sources.text(lines[1].arguments[0].span), "http");
        assert_eq!(sources.text(lines[0].name.span), "server");
    }
}
