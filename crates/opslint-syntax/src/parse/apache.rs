//! Configuration of Apache's httpd: directives and sections, with a span on every word.
//!
//! A line is one directive, unless a backslash continues it; `<Name …>` opens a section and `</Name>`
//! closes it. A `#` begins a comment at the start of a line alone. Names are in lower case, as httpd
//! tells no upper case from it. Variables (`${NAME}`) stay in the words as they are written.
//!
//! Parsing is total: a section that is never closed has the rest of the file.
//!
//! Source: <https://httpd.apache.org/docs/2.4/configuring.html#syntax>, and `ap_getword_conf` in
//! <https://github.com/apache/httpd/blob/2.4.x/server/util.c>

use super::nginx::{Argument, Directive};
use crate::source::{FileId, Span, Spanned};

/// How deep sections may nest: deeper ones are taken for lines.
const DEPTH_MAX: usize = 32;

/// Parses a file.
pub fn parse(file: FileId, text: &str) -> Vec<Directive> {
    let mut open: Vec<Directive> = Vec::new();
    let mut done: Vec<Directive> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let words = words(file, text, at, end);
        at = end;
        let mut words = words.into_iter();
        let Some(first) = words.next() else { continue };
        let arguments: Vec<Argument> = words.collect();
        let span = arguments.last().map_or(first.span, |it| first.span.cover(it.span));
        let name = first.text.unwrap_or_default().to_ascii_lowercase();
        if name.starts_with("</") {
            close(&mut open, &mut done);
            continue;
        }
        let section = name.strip_prefix('<').filter(|_| open.len() < DEPTH_MAX);
        let block = section.map(|_| Vec::new());
        let name = section.unwrap_or(&name).trim_end_matches('>').to_owned();
        let name = Spanned::new(name, first.span);
        let line = Directive { name, arguments, block, conditional: false, span };
        match section {
            Some(_) => open.push(line),
            None => put(&mut open, &mut done, line),
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut done);
    }
    done
}

/// Ends the innermost section.
fn close(open: &mut Vec<Directive>, done: &mut Vec<Directive>) {
    if let Some(section) = open.pop() {
        put(open, done, section);
    }
}

fn put(open: &mut [Directive], done: &mut Vec<Directive>, line: Directive) {
    match open.last_mut() {
        Some(section) => {
            section.span = section.span.cover(line.span);
            section.block.get_or_insert_default().push(line);
        }
        None => done.push(line),
    }
}

/// Where the line that begins at `start` ends, with the lines that continue it.
fn line_end(text: &str, start: usize) -> usize {
    let mut at = start;
    loop {
        let Some(len) = text[at..].find('\n') else { return text.len() };
        let line = text[at..at + len].trim_end_matches('\r');
        at += len + 1;
        if !line.ends_with('\\') || line.ends_with("\\\\") {
            return at;
        }
    }
}

/// The words of a line. The `>` that ends the opening of a section is none of them.
fn words(file: FileId, text: &str, start: usize, end: usize) -> Vec<Argument> {
    let line = &text[start..end];
    let mut words = Vec::new();
    if line.trim_start().starts_with('#') {
        return words;
    }
    let mut characters = line.char_indices().peekable();
    while let Some((from, first)) = characters.next() {
        if first.is_whitespace() || first == '\\' && is_line_end(&line[from + 1..]) {
            continue;
        }
        let quote = Some(first).filter(|it| matches!(it, '"' | '\''));
        let mut value = String::new();
        if quote.is_none() {
            value.push(first);
        }
        let mut until = from + first.len_utf8();
        while let Some((at, it)) =
            characters.next_if(|(_, it)| quote.is_some() || !it.is_whitespace())
        {
            until = at + it.len_utf8();
            match (quote, it) {
                (Some(open), _) if open == it => break,
                (Some(open), '\\') if line[until..].starts_with([open, '\\']) => {
                    value.extend(characters.next().map(|it| it.1));
                    until += 1;
                }
                _ => value.push(it),
            }
        }
        words.push(Argument {
            text: Some(value),
            span: Span::new(file, start + from, start + until),
        });
    }
    let is_section =
        words.first().and_then(|it| it.text.as_deref()).is_some_and(|it| it.starts_with('<'));
    if is_section && let Some(last) = words.last_mut() {
        let text = last.text.get_or_insert_default();
        let is_empty = text == ">";
        if let Some(rest) = text.strip_suffix('>').map(str::to_owned) {
            *text = rest;
            let span = last.span;
            last.span = Span::new(file, span.start as usize, span.end as usize - 1);
        }
        if is_empty {
            words.pop();
        }
    }
    words
}

fn is_line_end(rest: &str) -> bool {
    rest.starts_with('\n') || rest.starts_with("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Shows lines as `name|argument` and sections as `name|argument{line;line}`.
    fn shown(directives: &[Directive]) -> String {
        let one = |it: &Directive| {
            let words = it.arguments.iter().filter_map(|it| it.text.as_deref());
            let line = std::iter::once(it.name.value.as_str()).chain(words);
            let line = line.collect::<Vec<_>>().join("|");
            match &it.block {
                Some(block) => format!("{line}{{{}}}", shown(block)),
                None => line,
            }
        };
        directives.iter().map(one).collect::<Vec<_>>().join(";")
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut sources = SourceMap::new();
        let file = sources.add("httpd.conf", text);
        assert_eq!(shown(&parse(file, text)), expect, "{text}");
    }

    #[test]
    fn sections_nest_and_names_have_no_case() {
        check(
            "Listen 80\n<VirtualHost *:80>\n  <Location \"/a b\">\n ProxyPass http://x/\n </Location>\n</VirtualHost>\nTimeout 9\n",
            "listen|80;virtualhost|*:80{location|/a b{proxypass|http://x/}};timeout|9",
        );
        check("<IfModule mod_x.c>\na\n", "ifmodule|mod_x.c{a}");
        check("</Location>\nb\n<If>\n</If>", "b;if{}");
    }

    #[test]
    fn words_end_as_httpd_ends_them() {
        check("a \"b \\\"c\\\" d\" 'e' f#g\n# h\n  # i\n", "a|b \"c\" d|e|f#g");
        check("a b \\\n  c\r\nd \"${E}/\" \"open", "a|b|c;d|${E}/|open");
    }

    #[test]
    fn words_are_where_they_are_written() {
        let text = "<Location /é>\r\n  ProxyPass \"http://x:1/\" timeout=5\r\n</Location>";
        let mut sources = SourceMap::new();
        let file = sources.add("httpd.conf", text);
        let sections = parse(file, text);
        assert_eq!(sources.text(sections[0].arguments[0].span), "/é");
        let lines = sections[0].block.as_deref().unwrap_or_default();
        assert_eq!(sources.text(lines[0].arguments[0].span), "\"http://x:1/\"");
        assert_eq!(sources.text(lines[0].arguments[1].span), "timeout=5");
        assert_eq!(sources.text(lines[0].name.span), "ProxyPass");
    }
}
