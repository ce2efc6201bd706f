//! Caddyfile: directives and blocks, with a span on every word.
//!
//! A directive ends with its line, and has a block when the last word of the line is `{`. Words are
//! taken apart as Caddy does: quotes and comments count only at the start of a word, a backslash at
//! the end of a line joins the next one, and `<<NAME` begins a text of several lines. `{$NAME}` and
//! placeholders are left in the words.
//!
//! At the top of a file a directive is a site, and its words are addresses. A file whose first line
//! opens no block is one site, of which all that follows is the block. The global options are a
//! block without words, whose name is empty.
//!
//! Parsing is total: what stands before and after a mistake is kept.
//!
//! Source: <https://github.com/caddyserver/caddy/blob/master/caddyconfig/caddyfile/lexer.go>,
//! <https://github.com/caddyserver/caddy/blob/master/caddyconfig/caddyfile/parse.go>

use super::nginx::{Argument, Directive};
use crate::source::{FileId, Span, Spanned};

/// How deep blocks may nest.
const DEPTH_MAX: usize = 64;

/// Parses a Caddyfile, or one that is imported by another.
pub fn parse(file: FileId, text: &str) -> Vec<Directive> {
    let mut parser = Parser { lexer: Lexer { file, text, at: 0 }, ahead: None };
    parser.sites()
}

/// Parses a file that is imported within a site: its lines are directives, not sites.
pub fn parse_directives(file: FileId, text: &str) -> Vec<Directive> {
    let mut parser = Parser { lexer: Lexer { file, text, at: 0 }, ahead: None };
    let mut all = Vec::new();
    // A brace too many closes nothing.
    while parser.peek().is_some() {
        all.append(&mut parser.directives(0));
    }
    all
}

/// A word, and whether it stands on the line of the word before it.
struct Token {
    word: Argument,
    /// Whether it is in quotes, so that braces and commas mean nothing.
    is_quoted: bool,
    starts_line: bool,
}

impl Token {
    fn is(&self, sign: &str) -> bool {
        !self.is_quoted && self.word.text.as_deref() == Some(sign)
    }

    fn ends_with_comma(&self) -> bool {
        !self.is_quoted && self.word.text.as_deref().is_some_and(|it| it.ends_with(','))
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    ahead: Option<Token>,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<&Token> {
        if self.ahead.is_none() {
            self.ahead = self.lexer.token();
        }
        self.ahead.as_ref()
    }

    fn next(&mut self) -> Option<Token> {
        self.peek()?;
        self.ahead.take()
    }

    fn sites(&mut self) -> Vec<Directive> {
        let mut sites = Vec::new();
        while let Some(first) = self.next() {
            if first.is("}") {
                continue;
            }
            let start = first.word.span.range().start;
            if first.is("{") {
                let block = self.directives(1);
                let span = Span::new(self.lexer.file, start, self.lexer.at);
                sites.push(directive(
                    String::new(),
                    first.word.span,
                    Vec::new(),
                    Some(block),
                    span,
                ));
                continue;
            }
            let mut more = first.ends_with_comma();
            let (mut words, mut has_block) = (vec![first], false);
            // Addresses may go on in the next line behind a comma.
            while let Some(token) = self.peek().filter(|it| !it.starts_line || more) {
                more = token.ends_with_comma();
                let Some(token) = self.next() else { break };
                if token.is("{") {
                    has_block = true;
                    break;
                }
                words.push(token);
            }
            let is_import = words[0].is("import");
            let block = match has_block {
                true => Some(self.directives(1)),
                // One site without braces is the whole file.
                false if sites.iter().all(|it| it.name.value.is_empty()) && !is_import => {
                    let mut all = Vec::new();
                    while self.peek().is_some() {
                        all.append(&mut self.directives(1));
                    }
                    Some(all)
                }
                false => None,
            };
            sites.push(self.made(words, block, start));
        }
        sites
    }

    /// The directives up to the closing brace or the end of the file.
    fn directives(&mut self, depth: usize) -> Vec<Directive> {
        let mut directives = Vec::new();
        while let Some(first) = self.next() {
            if first.is("}") {
                break;
            }
            let start = first.word.span.range().start;
            let mut words = vec![first];
            let mut block = None;
            while self.peek().is_some_and(|it| !it.starts_line) {
                let Some(token) = self.next() else { break };
                // A brace within a line is a word.
                let opens = token.is("{") && self.peek().is_none_or(|it| it.starts_line);
                if opens && depth < DEPTH_MAX {
                    block = Some(self.directives(depth + 1));
                    break;
                }
                if token.is("}") && self.peek().is_none_or(|it| it.starts_line) {
                    // `respond 200 }`: Caddy takes it for a word; so does nobody else.
                    break;
                }
                words.push(token);
            }
            directives.push(self.made(words, block, start));
        }
        directives
    }

    fn made(&self, words: Vec<Token>, block: Option<Vec<Directive>>, start: usize) -> Directive {
        let mut words = words.into_iter().map(|it| it.word);
        let first = words.next();
        let (name, span) = match first {
            Some(it) => (it.text.unwrap_or_default(), it.span),
            None => (String::new(), Span::new(self.lexer.file, start, start)),
        };
        let arguments: Vec<Argument> = words.collect();
        let last = arguments.last().map_or(span, |it| it.span).range().end;
        let end = if block.is_some() { self.closed_at(last) } else { last };
        directive(name, span, arguments, block, Span::new(self.lexer.file, start, end))
    }

    /// Where the block ends that was read last.
    fn closed_at(&self, at_least: usize) -> usize {
        let ahead = self.ahead.as_ref().map(|it| it.word.span.range().start);
        let end = ahead.unwrap_or(self.lexer.at);
        let text = self.lexer.text.get(..end).unwrap_or_default();
        text.trim_end().len().max(at_least)
    }
}

fn directive(
    name: String,
    at: Span,
    arguments: Vec<Argument>,
    block: Option<Vec<Directive>>,
    span: Span,
) -> Directive {
    Directive { name: Spanned::new(name, at), arguments, block, conditional: false, span }
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self) -> Option<Token> {
        let mut starts_line = self.at == 0;
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            match first {
                '\n' => {
                    starts_line = true;
                    self.at += 1;
                }
                it if it.is_whitespace() || it == '\u{feff}' => self.at += it.len_utf8(),
                '\\' if rest.starts_with("\\\n") => self.at += 2,
                '\\' if rest.starts_with("\\\r\n") => self.at += 3,
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '"' | '`' => {
                    let word = self.quoted(first);
                    return Some(Token { word, is_quoted: true, starts_line });
                }
                '<' if self.heredoc_name().is_some() => {
                    let word = self.heredoc();
                    return Some(Token { word, is_quoted: true, starts_line });
                }
                _ => {
                    let word = self.plain();
                    return Some(Token { word, is_quoted: false, starts_line });
                }
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Argument {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(it) = self.rest().chars().next() {
            self.at += it.len_utf8();
            if it == quote {
                break;
            }
            // Only the quote itself is escaped, and nothing in backticks.
            if it == '\\' && quote == '"' && self.rest().starts_with('"') {
                text.push('"');
                self.at += 1;
                continue;
            }
            text.push(it);
        }
        Argument { text: Some(text), span: Span::new(self.file, start, self.at) }
    }

    fn plain(&mut self) -> Argument {
        let start = self.at;
        let mut text = String::new();
        while let Some(it) = self.rest().chars().next().filter(|it| !it.is_whitespace()) {
            if self.rest().starts_with("\\\n") || self.rest().starts_with("\\\r\n") {
                break;
            }
            self.at += it.len_utf8();
            text.push(it);
        }
        Argument { text: Some(text), span: Span::new(self.file, start, self.at) }
    }

    /// The name behind `<<`, when nothing else stands on the line.
    fn heredoc_name(&self) -> Option<&str> {
        let line = self.rest().strip_prefix("<<")?.lines().next()?;
        let is_name =
            !line.is_empty() && line.chars().all(|it| it.is_alphanumeric() || "-_".contains(it));
        is_name.then_some(line)
    }

    fn heredoc(&mut self) -> Argument {
        let start = self.at;
        let name = self.heredoc_name().unwrap_or_default().to_owned();
        let behind = self.rest().find('\n').map_or(self.text.len(), |it| self.at + it + 1);
        let body = self.text.get(behind..).unwrap_or_default();
        let (mut len, mut lines) = (0, Vec::new());
        for line in body.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            let after = line.trim_start().strip_prefix(name.as_str());
            if after.is_some_and(|it| it.chars().next().is_none_or(char::is_whitespace)) {
                len += indent + name.len();
                break;
            }
            len += line.len();
            lines.push(line);
        }
        self.at = behind + len;
        let text = lines.concat();
        Argument { text: Some(text), span: Span::new(self.file, start, self.at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Directives as `name(argument, …){…}`.
    fn shown(directives: &[Directive]) -> String {
        let one = |it: &Directive| {
            let words: Vec<&str> =
                it.arguments.iter().filter_map(|it| it.text.as_deref()).collect();
            let block = it.block.as_ref().map(|it| format!("{{{}}}", shown(it)));
            format!("{}({}){}", it.name.value, words.join(","), block.unwrap_or_default())
        };
        directives.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let file = SourceMap::new().add("Caddyfile", text);
        assert_eq!(shown(&parse(file, text)), expect, "{text}");
    }

    #[test]
    fn sites_have_blocks_and_lines_are_directives() {
        check(
            "a.com {\n  reverse_proxy web:80\n}\nb.com {\n}\n",
            "a.com(){reverse_proxy(web:80)} b.com(){}",
        );
        check(
            "a.com,\nb.com {\n reverse_proxy {\n  to x y\n }\n}",
            "a.com,(b.com){reverse_proxy(){to(x,y)}}",
        );
        check("{\n email x\n}\n:80 {\n root * /srv\n}", "(){email(x)} :80(){root(*,/srv)}");
    }

    #[test]
    fn one_site_needs_no_braces() {
        check(
            ":80\nreverse_proxy web:80\nencode gzip {\n level 3\n}\n",
            ":80(){reverse_proxy(web:80) encode(gzip){level(3)}}",
        );
        check("{\n debug\n}\nlocalhost\nfile_server", "(){debug()} localhost(){file_server()}");
    }

    #[test]
    fn words_are_taken_apart_as_caddy_does() {
        check(
            "a.com {\n respond \"x \\\"y\\\" {\" 200 # no\n x#y z\n}",
            "a.com(){respond(x \"y\" {,200) x#y(z)}",
        );
        check("a.com {\n a b \\\n  c\n d `e \\f`\n}", "a.com(){a(b,c) d(e \\f)}");
        check(
            "a.com {\n @x {\n  path /a {b}\n }\n h {$X:80} {y}\n}",
            "a.com(){@x(){path(/a,{b})} h({$X:80},{y})}",
        );
        check("a.com {\n respond <<END\n  x {\n  END 200\n}", "a.com(){respond(  x {\n,200)}");
    }

    #[test]
    fn half_a_file_keeps_what_it_says() {
        check("a.com {\n b c {\n  d", "a.com(){b(c){d()}}");
        check("}\na.com {\n}\n}", "a.com(){}");
        check("a.com {\n b \"open", "a.com(){b(open)}");
        check("", "");
    }

    #[test]
    fn spans_cover_what_is_written() {
        let text = "a.com {\n\treverse_proxy \"web:80\" {\n\t\tto x\n\t}\n\tencode gzip\n}\n";
        let mut sources = SourceMap::new();
        let file = sources.add("Caddyfile", text);
        let site = &parse(file, text)[0];
        assert_eq!(sources.text(site.span), text.trim_end());
        let block = site.block.as_deref().unwrap();
        assert_eq!(sources.text(block[0].span), "reverse_proxy \"web:80\" {\n\t\tto x\n\t}");
        assert_eq!(sources.text(block[0].arguments[0].span), "\"web:80\"");
        assert_eq!(sources.text(block[1].span), "encode gzip");
    }

    #[test]
    fn every_prefix_parses() {
        let text = "{\n a é\n}\n(s) {\n b\n}\na.com, b.com {\n c \"d\\\"é\" `x` {\n e <<EOF\n f\n EOF\n }\n}\n";
        let file = SourceMap::new().add("Caddyfile", text);
        for end in (0..=text.len()).filter(|it| text.is_char_boundary(*it)) {
            parse(file, &text[..end]);
            parse_directives(file, &text[..end]);
        }
    }
}
