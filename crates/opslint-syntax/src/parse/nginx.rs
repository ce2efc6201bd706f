//! nginx configuration: directives and blocks, with a span on every word.
//!
//! Words are taken apart as nginx does: quotes and comments count only at the start of a word, a
//! backslash takes the next character as it is, and `${name}` opens no block. ERB tags, which
//! buildpacks expand before nginx reads the file, are kept as words that are not known. Code of
//! `*_by_lua_block` is skipped.
//!
//! Parsing is total: what stands before and after a mistake is kept.
//!
//! Source: `ngx_conf_read_token` in <https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c>

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind, Syntax, Text};
use crate::source::{FileId, Span, Spanned};

use super::SYNTAX_ERROR;

/// How deep blocks may nest. nginx itself needs five.
const DEPTH_MAX: usize = 64;

/// A directive: a simple one, or one with a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// Its name.
    pub name: Spanned<String>,
    /// The words behind the name.
    pub arguments: Vec<Argument>,
    /// What is in its braces; `None` for a directive that ends with `;`.
    pub block: Option<Vec<Directive>>,
    /// Whether ERB decides if it is there in its block.
    pub conditional: bool,
    /// All of it, from the name to the `;` or the closing brace.
    pub span: Span,
}

/// A word behind the name of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The text without quotes; `None` when ERB writes a part of it.
    pub text: Option<String>,
    /// The word as written, quotes included.
    pub span: Span,
}

impl Directive {
    /// The text of the argument at `idx`, when it is known.
    pub fn argument(&self, idx: usize) -> Option<&str> {
        self.arguments.get(idx)?.text.as_deref()
    }
}

/// Parses a configuration file, or one that is included by another.
pub fn parse(file: FileId, text: &str) -> Vec<Directive> {
    let mut parser = Parser { file, text, at: 0, conditions: 0 };
    parser.directives(0)
}

/// Parses a file as a tree: a directive is an entry, its words are one text, and a block is a map
/// under the name of its directive with the words.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut problems = Vec::new();
    let entries = entries(&mut problems, text, &parse(file, text));
    let root = Node::new(NodeKind::Map(entries), Span::new(file, 0, text.len()));
    Document { file, syntax: Syntax::Nginx, root, problems, comments: Vec::new() }
}

fn entries(acc: &mut Vec<Diagnostic>, text: &str, directives: &[Directive]) -> Vec<Entry> {
    directives.iter().map(|it| entry(acc, text, it)).collect()
}

fn entry(acc: &mut Vec<Diagnostic>, text: &str, it: &Directive) -> Entry {
    let end = if it.block.is_some() { '}' } else { ';' };
    if !text.get(it.span.range()).is_some_and(|it| it.ends_with(end)) {
        let label = Label::new(it.name.span, format!("expected `{end}` at its end"));
        acc.push(Diagnostic::new(SYNTAX_ERROR, Severity::Error, "a directive has no end", label));
    }
    let words = it.arguments.iter().map(|it| it.span).reduce(Span::cover);
    let name_end = it.name.span.range().end;
    let span = words.unwrap_or(Span::new(it.name.span.file, name_end, name_end));
    let shown = text.get(span.range()).unwrap_or_default();
    if let Some(block) = &it.block {
        let key = Spanned::new(
            format!("{} {shown}", it.name.value).trim_end().to_owned(),
            it.name.span.cover(span),
        );
        let inner = Span::new(span.file, span.range().end, it.span.range().end);
        return Entry { key, value: Node::new(NodeKind::Map(entries(acc, text, block)), inner) };
    }
    let kind = match it.arguments.iter().all(|it| it.text.is_some()) {
        true => NodeKind::String(Text::verbatim(shown, span, span.range().start)),
        false => NodeKind::Dynamic(shown.to_owned()),
    };
    Entry { key: it.name.clone(), value: Node::new(kind, span) }
}

/// What ends a word or stands between two of them.
enum Token {
    Word(Argument),
    Semicolon,
    Open,
    Close,
    End,
}

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    /// ERB conditions and loops around the place.
    conditions: usize,
}

impl Parser<'_> {
    /// The directives up to the closing brace or the end of the file.
    fn directives(&mut self, depth: usize) -> Vec<Directive> {
        let mut directives = Vec::new();
        // A block that may not be there says so itself; in it, its directives are sure.
        let outside = self.conditions;
        loop {
            let mut words = Vec::new();
            let start = self.at;
            let mut conditional = false;
            let end = loop {
                match self.token() {
                    Token::Word(word) => {
                        conditional |= words.is_empty() && self.conditions > outside;
                        words.push(word);
                    }
                    other => break other,
                }
            };
            let block = match end {
                Token::Open if depth >= DEPTH_MAX => return directives,
                Token::Open if is_lua(&words) => {
                    self.skip_code();
                    Some(Vec::new())
                }
                Token::Open => Some(self.directives(depth + 1)),
                _ => None,
            };
            if !words.is_empty() {
                let name = words.remove(0);
                let whole = Span::new(self.file, name.span.range().start, self.at);
                if let Some(text) = name.text {
                    let name = Spanned::new(text, name.span);
                    let arguments = words;
                    let span = whole;
                    directives.push(Directive { name, arguments, block, conditional, span });
                }
            }
            match end {
                // A brace too many closes nothing.
                Token::Close if depth == 0 => {}
                Token::Close | Token::End => return directives,
                _ => debug_assert!(self.at > start, "every token takes a character"),
            }
        }
    }

    fn token(&mut self) -> Token {
        loop {
            let rest = &self.text[self.at..];
            let Some(first) = rest.chars().next() else { return Token::End };
            match first {
                it if it.is_whitespace() => self.at += it.len_utf8(),
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '<' if rest.starts_with("<%") && !rest.starts_with("<%=") => {
                    let tag = self.tag();
                    self.condition(&tag);
                }
                ';' | '{' | '}' => {
                    self.at += 1;
                    return match first {
                        ';' => Token::Semicolon,
                        '{' => Token::Open,
                        _ => Token::Close,
                    };
                }
                '"' | '\'' => return Token::Word(self.quoted(first)),
                _ => return Token::Word(self.plain()),
            }
        }
    }

    /// Takes an ERB tag and gives its code.
    fn tag(&mut self) -> String {
        let rest = &self.text[self.at..];
        let len = rest.find("%>").map_or(rest.len(), |it| it + 2);
        self.at += len;
        let code = rest[..len].trim_start_matches("<%").trim_end_matches("%>");
        code.trim_matches(|it: char| it.is_whitespace() || matches!(it, '-' | '=' | '#')).to_owned()
    }

    /// Counts the conditions and loops that a tag opens or closes.
    fn condition(&mut self, code: &str) {
        const OPENING: [&str; 6] = ["if", "unless", "while", "until", "case", "for"];
        let first = code.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
        let is_block = code.ends_with(" do") || (code.contains(" do |") && code.ends_with('|'));
        if OPENING.contains(&first) || is_block {
            self.conditions += 1;
        } else if first == "end" {
            self.conditions = self.conditions.saturating_sub(1);
        }
    }

    fn quoted(&mut self, quote: char) -> Argument {
        let start = self.at;
        self.at += 1;
        let mut text = Some(String::new());
        while let Some(it) = self.text[self.at..].chars().next() {
            if it == quote {
                self.at += 1;
                break;
            }
            self.character(&mut text, it);
        }
        Argument { text, span: Span::new(self.file, start, self.at) }
    }

    fn plain(&mut self) -> Argument {
        let start = self.at;
        let mut text = Some(String::new());
        while let Some(it) = self.text[self.at..].chars().next() {
            let in_variable = it == '{' && self.text[start..self.at].ends_with('$');
            if it.is_whitespace() || it == ';' || (it == '{' && !in_variable) {
                break;
            }
            if in_variable {
                let rest = &self.text[self.at..];
                let len = rest.find(['}', '\n', ';']).map_or(rest.len(), |it| it + 1);
                if let Some(text) = &mut text {
                    text.push_str(&rest[..len]);
                }
                self.at += len;
                continue;
            }
            if it == '}' {
                break;
            }
            self.character(&mut text, it);
        }
        Argument { text, span: Span::new(self.file, start, self.at) }
    }

    /// Takes one character of a word, or an ERB tag.
    fn character(&mut self, text: &mut Option<String>, it: char) {
        let rest = &self.text[self.at..];
        if rest.starts_with("<%") {
            self.tag();
            *text = None;
            return;
        }
        self.at += it.len_utf8();
        let escaped = rest[it.len_utf8()..].chars().next().filter(|_| it == '\\');
        let taken = match escaped {
            Some(next) => {
                self.at += next.len_utf8();
                match next {
                    't' => '\t',
                    'r' => '\r',
                    'n' => '\n',
                    '"' | '\'' | '\\' => next,
                    // nginx keeps the backslash before anything else, as patterns need it.
                    other => {
                        text.iter_mut().for_each(|it| it.push('\\'));
                        other
                    }
                }
            }
            None => it,
        };
        text.iter_mut().for_each(|it| it.push(taken));
    }

    /// Skips code in braces.
    fn skip_code(&mut self) {
        let mut depth = 1;
        while let Some(it) = self.text[self.at..].chars().next() {
            self.at += it.len_utf8();
            match it {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

fn is_lua(words: &[Argument]) -> bool {
    let name = words.first().and_then(|it| it.text.as_deref());
    name.is_some_and(|it| it.ends_with("_by_lua_block"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Directives as `name(argument, …){…}`, and every span cut out of the text.
    fn shown(directives: &[Directive]) -> String {
        let mut shown = String::new();
        for it in directives {
            let arguments =
                it.arguments.iter().map(|it| it.text.as_deref().unwrap_or("…")).collect::<Vec<_>>();
            shown += &format!("{}({})", it.name.value, arguments.join(","));
            if it.conditional {
                shown.push('?');
            }
            if let Some(block) = &it.block {
                shown += &format!("{{{}}}", self::shown(block));
            }
            shown.push(' ');
        }
        shown.trim_end().to_owned()
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let file = SourceMap::new().add("nginx.conf", text);
        assert_eq!(shown(&parse(file, text)), expect, "{text}");
    }

    #[test]
    fn directives_nest_in_blocks() {
        check(
            "http { server { client_max_body_size 10m; } }",
            "http(){server(){client_max_body_size(10m)}}",
        );
        check("location ~* \\.php$ { }", "location(~*,\\.php$){}");
    }

    #[test]
    fn quotes_and_comments_count_at_the_start_of_a_word() {
        check("a 'x; {' \"it's\" b#c; # d;", "a(x; {,it's,b#c)");
        check("log '$remote_addr \\'x\\'';", "log($remote_addr 'x')");
    }

    #[test]
    fn a_variable_in_braces_opens_no_block() {
        check(
            "set $a ${b}c; return 301 https://${host}/;",
            "set($a,${b}c) return(301,https://${host}/)",
        );
    }

    #[test]
    fn erb_leaves_gaps_and_conditions() {
        check("listen <%= ENV[\"PORT\"] %>;", "listen(…)");
        check(
            "<% if ENV['X'] %>\nclient_max_body_size 1m;\n<% end %>\nsendfile on;",
            "client_max_body_size(1m)? sendfile(on)",
        );
        check("<% if x %> a { b; <% if y %> c; <% end %> } <% end %> d;", "a()?{b() c()?} d()");
        check("a <%= x || 4 %>M; b <%= y ? 'c;' : '}' %>;", "a(…) b(…)");
    }

    #[test]
    fn code_of_lua_is_skipped() {
        check("content_by_lua_block { if x { y } } a b;", "content_by_lua_block(){} a(b)");
    }

    #[test]
    fn half_a_file_keeps_what_it_says() {
        check("http { a 1; server { b", "http(){a(1) server(){b()}}");
        check("} a 1; }", "a(1)");
        check("a 'open", "a(open)");
        check("a <%= x", "a(…)");
    }

    #[test]
    fn spans_cover_what_is_written() {
        let text = "http {\n  client_max_body_size \"10m\"; # large\n}";
        let mut sources = SourceMap::new();
        let file = sources.add("nginx.conf", text);
        let http = &parse(file, text)[0];
        assert_eq!(sources.text(http.span), text);
        let size = &http.block.as_deref().unwrap()[0];
        assert_eq!(sources.text(size.name.span), "client_max_body_size");
        assert_eq!(sources.text(size.arguments[0].span), "\"10m\"");
        assert_eq!(sources.text(size.span), "client_max_body_size \"10m\";");
    }

    #[test]
    fn every_prefix_parses() {
        let text = "http { a '\\'x' \"é\" ${b} <% if é %> c; <% end %> } d_by_lua_block { } e;";
        let file = SourceMap::new().add("nginx.conf", text);
        for end in (0..text.len()).filter(|it| text.is_char_boundary(*it)) {
            parse(file, &text[..end]);
        }
    }
}
