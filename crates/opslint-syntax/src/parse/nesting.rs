//! Python so deeply nested that a recursive parser, or dropping its tree, would overflow the stack.
//!
//! Brackets are not the only nesting: `- - - x`, `a ** a ** a`, `lambda: lambda: x` and `a.b.c.d`
//! make a tree as deep as they are long. The scan counts them statement by statement, outside of
//! strings and comments.

use super::DEPTH_MAX;

/// Operators that nest to the left only cost stack when the tree is dropped.
const CHAIN_MAX: usize = 1000;

/// The offset at which a statement or a block is nested too deep.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut scan = Scan { text, at: 0, brackets: 0, nested: 0, chained: 0, indents: Vec::new() };
    while scan.at < text.len() {
        scan.step();
        let blocks = scan.indents.len() > DEPTH_MAX;
        if scan.nested > DEPTH_MAX || scan.chained > CHAIN_MAX || blocks {
            return Some(scan.at.min(text.len().saturating_sub(1)));
        }
    }
    None
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    brackets: usize,
    /// Operators of this statement that nest to the right.
    nested: usize,
    /// Operators of this statement that nest to the left.
    chained: usize,
    /// Widths of the open blocks' indentation.
    indents: Vec<usize>,
}

impl Scan<'_> {
    fn step(&mut self) {
        let bytes = self.text.as_bytes();
        match bytes[self.at] {
            b'#' => self.skip_while(|it| it != b'\n'),
            b'"' | b'\'' => self.string(),
            b'\n' => self.line(),
            byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => self.word(),
            byte => {
                self.operator(byte);
                self.at += 1;
            }
        }
    }

    fn operator(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => {
                self.brackets += 1;
                self.chained += usize::from(self.follows_a_value());
            }
            b')' | b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
            b';' if self.brackets == 0 => self.end_statement(),
            b'-' | b'+' | b'~' | b'*' => {
                let prefix = !self.follows_a_value();
                self.nested += usize::from(prefix);
                self.chained += 1;
            }
            b'.' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'<' | b'>' => self.chained += 1,
            _ => {}
        }
    }

    /// Whether the last thing before here is a name, a number, a string or a closing bracket.
    fn follows_a_value(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches([' ', '\t']);
        let last = before.bytes().next_back();
        last.is_some_and(|it| it.is_ascii_alphanumeric() || it >= 0x80 || b"_)]}'\"".contains(&it))
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_while(|it| it.is_ascii_alphanumeric() || it == b'_' || it >= 0x80);
        let nests = ["not", "lambda", "else", "await", "yield", "and", "or", "if"];
        self.nested += usize::from(nests.contains(&&self.text[start..self.at]));
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|it| !keep(*it)).unwrap_or(rest.len());
    }

    fn string(&mut self) {
        let rest = &self.text[self.at..];
        let quote = &rest[..1];
        let triple = quote.repeat(3);
        let close = if rest.starts_with(&triple) { triple.as_str() } else { quote };
        self.at += close.len();
        while self.at < self.text.len()
            && !self.text.as_bytes()[self.at..].starts_with(close.as_bytes())
        {
            let bytes = self.text.as_bytes();
            // A string of one quote cannot go over the end of its line.
            if bytes[self.at] == b'\n' && close.len() == 1 {
                return;
            }
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + close.len()).min(self.text.len());
    }

    fn line(&mut self) {
        let continued = self.text[..self.at].ends_with('\\');
        self.at += 1;
        if self.brackets > 0 || continued {
            return;
        }
        self.end_statement();
        let start = self.at;
        self.skip_while(|it| it == b' ' || it == b'\t');
        let width = self.at - start;
        let blank = self.text[self.at..].starts_with(['\n', '\r', '#']);
        if !blank {
            self.indents.retain(|it| *it < width);
            if width > 0 {
                self.indents.push(width);
            }
        }
    }

    fn end_statement(&mut self) {
        self.nested = 0;
        self.chained = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_nest_is_seen() {
        let blocks: String = (0..300).map(|it| format!("{}if x:\n", " ".repeat(it))).collect();
        for text in [
            "- ".repeat(1000),
            "not ".repeat(1000),
            "lambda: ".repeat(1000),
            "a ** ".repeat(2000),
            "a.".repeat(2000),
            "f()".repeat(2000),
            "a if b else ".repeat(1000),
            "1 + ".repeat(2000),
            blocks,
        ] {
            assert!(too_deep(&text).is_some(), "{}", &text[..20]);
        }
    }

    #[test]
    fn long_lists_and_files_are_not_deep() {
        let list = format!("x = [{}]\n", "(-1, 'a.b.c'), ".repeat(100));
        assert_eq!(too_deep(&list), None);
        assert_eq!(too_deep(&"a = b.c + 1\n".repeat(5000)), None);
        assert_eq!(too_deep(&format!("x = '{}'\n", "-.-".repeat(5000))), None);
    }
}
