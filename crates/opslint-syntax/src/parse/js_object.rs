//! The object that a configuration in JavaScript exports, where it is written out: `module.exports
//! = { … }`, `export default { … }` and `export default name({ … })`.
//!
//! Only literals are values. Every other expression is one that only a run can tell, and nothing
//! behind a form that is not understood is read.

use crate::document::{Entry, Node, NodeKind, Text};
use crate::source::{FileId, Span, Spanned};

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 32;

/// What stands in front of the object.
const EXPORTS: &[&str] = &["module.exports", "export default"];

/// The exported object of a file; `None` where it is not written out.
pub fn exported(file: FileId, text: &str) -> Option<Node> {
    let mut reader = Reader { file, text, at: 0 };
    while reader.at < text.len() {
        reader.skip_blank();
        let rest = &text[reader.at..];
        if let Some(export) = EXPORTS.iter().find(|it| rest.starts_with(**it)) {
            reader.at += export.len();
            reader.skip_blank();
            reader.eat("=");
            reader.skip_blank();
            // `defineConfig({ … })`
            let name = rest_of(text, reader.at);
            let end = name.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
            let call = end.filter(|it| *it > 0 && name[*it..].starts_with('('));
            reader.at += call.map_or(0, |it| it + 1);
            reader.skip_blank();
            let is_object = rest_of(text, reader.at).starts_with('{');
            return if is_object { reader.value(0) } else { None };
        }
        reader.skip_one();
    }
    None
}

fn rest_of(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        rest_of(self.text, self.at)
    }

    fn eat(&mut self, word: &str) -> bool {
        let is_there = self.rest().starts_with(word);
        if is_there {
            self.at += word.len();
        }
        is_there
    }

    /// Steps over blanks and comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let blank = rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |it| it + 2)
            } else {
                0
            };
            if blank + comment == 0 {
                return;
            }
            self.at += blank + comment;
        }
    }

    /// Steps over one character, or over a whole string.
    fn skip_one(&mut self) {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => {
                self.string(quote);
            }
            Some(other) => self.at += other.len_utf8(),
            None => {}
        }
    }

    /// The text in quotes; `None` where an escape or a placeholder is in it.
    fn string(&mut self, quote: char) -> Option<Text> {
        let start = self.at;
        self.at += 1;
        let mut is_plain = true;
        while let Some(sign) = self.rest().chars().next() {
            self.at += sign.len_utf8();
            if sign == quote {
                let inner = self.text.get(start + 1..self.at - 1)?;
                let is_template = quote == '`' && inner.contains("${");
                let span = Span::new(self.file, start, self.at);
                return (is_plain && !is_template).then(|| Text::verbatim(inner, span, start + 1));
            }
            if sign == '\\' {
                is_plain = false;
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            }
        }
        None
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip_blank();
        let start = self.at;
        let kind = match self.rest().chars().next()? {
            '{' => self.object(depth)?,
            '[' => self.list(depth)?,
            quote @ ('"' | '\'' | '`') => match self.string(quote) {
                Some(text) => NodeKind::String(text),
                None => NodeKind::Dynamic("an expression".to_owned()),
            },
            _ => self.word(),
        };
        let end = self.at;
        self.skip_blank();
        // An operator behind a literal makes an expression of it.
        let is_whole =
            matches!(self.rest().chars().next(), None | Some(',' | '}' | ']' | ')' | ';'));
        if is_whole || depth == 0 {
            return Some(Node::new(kind, Span::new(self.file, start, end)));
        }
        self.skip_expression();
        let span = Span::new(self.file, start, self.at.max(end));
        Some(Node::new(NodeKind::Dynamic("an expression".to_owned()), span))
    }

    /// A number, a word such as `true`, or the name of something.
    fn word(&mut self) -> NodeKind {
        let rest = self.rest();
        let is_part = |it: char| it.is_ascii_alphanumeric() || "_.-+$".contains(it);
        let word = &rest[..rest.find(|it| !is_part(it)).unwrap_or(rest.len())];
        let kind = match word {
            "true" => NodeKind::Bool(true),
            "false" => NodeKind::Bool(false),
            "null" | "undefined" => NodeKind::Null,
            _ => match (word.replace('_', "").parse(), word.parse()) {
                (Ok(number), _) => NodeKind::Integer(number),
                (_, Ok(number)) => NodeKind::Float(number),
                _ => NodeKind::Dynamic("an expression".to_owned()),
            },
        };
        match word.is_empty() {
            true => self.skip_expression(),
            false => self.at += word.len(),
        }
        kind
    }

    /// Steps over the rest of an expression, up to what ends it.
    fn skip_expression(&mut self) {
        let mut open = 0_usize;
        loop {
            self.skip_blank();
            match self.rest().chars().next() {
                None => return,
                Some(',' | ';') if open == 0 => return,
                Some('}' | ']' | ')') if open == 0 => return,
                Some('}' | ']' | ')') => open -= 1,
                Some('{' | '[' | '(') => open += 1,
                Some(_) => {}
            }
            self.skip_one();
        }
    }

    fn list(&mut self, depth: usize) -> Option<NodeKind> {
        self.at += 1;
        let mut nodes = Vec::new();
        loop {
            self.skip_blank();
            if self.eat("]") {
                return Some(NodeKind::List(nodes));
            }
            nodes.push(self.value(depth + 1)?);
            self.skip_blank();
            if !self.eat(",") && !self.rest().starts_with(']') {
                return None;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<NodeKind> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_blank();
            if self.eat("}") {
                return Some(NodeKind::Map(entries));
            }
            match self.key() {
                Some(key) => {
                    let value = self.value(depth + 1)?;
                    entries.push(Entry { key, value });
                }
                // `...other`, a method, a computed key
                None => self.skip_expression(),
            }
            self.skip_blank();
            if !self.eat(",") && !self.rest().starts_with('}') {
                return None;
            }
        }
    }

    /// A key with its colon.
    fn key(&mut self) -> Option<Spanned<String>> {
        let start = self.at;
        let name = match self.rest().chars().next()? {
            quote @ ('"' | '\'') => self.string(quote)?.value,
            _ => {
                let rest = self.rest();
                let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '$';
                let name = rest[..rest.find(|it| !is_part(it))?].to_owned();
                self.at += name.len();
                name
            }
        };
        let span = Span::new(self.file, start, self.at);
        self.skip_blank();
        let is_key = !name.is_empty() && self.eat(":");
        is_key.then(|| Spanned::new(name, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn read(text: &str) -> Option<Node> {
        exported(SourceMap::new().add("x.config.js", text), text)
    }

    #[test]
    fn literals_are_values_and_expressions_are_not() {
        let root = read(
            "// pm2\nconst n = 3;\nmodule.exports = {\n  apps: [{ name: 'a', \"instances\": 4, \
             /* x */ script: `b.js`, cpus: os.cpus().length - 1, up: true, size: process.env.X || \
             '1G', ...rest, run() { return { a: 1 } }, env: { PORT: 3_000 }, },],\n};\n",
        )
        .unwrap();
        let app = &root.get("apps").unwrap().elements()[0];
        assert_eq!(app.get("name").and_then(Node::as_str), Some("a"));
        assert_eq!(app.get("instances").and_then(Node::as_int), Some(4));
        assert_eq!(app.get("script").and_then(Node::as_str), Some("b.js"));
        assert_eq!(app.get("up").and_then(Node::as_bool), Some(true));
        assert_eq!(app.at(&["env", "PORT"]).and_then(Node::as_int), Some(3000));
        for name in ["cpus", "size"] {
            assert!(matches!(app.get(name).unwrap().kind, NodeKind::Dynamic(_)), "{name}");
        }
    }

    #[test]
    fn modules_and_calls_export_too() {
        for text in ["export default { a: 1 }", "export default defineConfig({ a: 1 });"] {
            assert_eq!(read(text).unwrap().get("a").and_then(Node::as_int), Some(1), "{text}");
        }
    }

    #[test]
    fn what_is_not_written_out_is_nothing() {
        let deep = format!("module.exports = {}", "{a:[".repeat(200));
        for text in
            ["", "module.exports = x", "'module.exports = {}'", "module.exports = {a", &deep]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
