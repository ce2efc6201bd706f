//! Statements of ERB in a file of another syntax: `<% require "dotenv" %>` at the head of a YAML file.
//!
//! They write nothing, so the rest is read as if they were not there. What stands between statements
//! that choose or repeat may not be in the file at all: such a file is left as it is.

/// Words of Ruby that begin or end a part of the file.
const BLOCKS: &[&str] = &[
    "if", "unless", "else", "elsif", "end", "each", "do", "case", "when", "while", "until", "for",
];

/// The text with spaces in place of its statements, of the same length. `None` where it has none, and
/// where one of them decides about the rest.
pub(super) fn without_statements(text: &str) -> Option<String> {
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(start) = text[at..].find("<%").map(|it| at + it) {
        let inside = start + "<%".len();
        // In `<%>` nothing ends yet.
        let inside = inside..inside + text[inside..].find("%>")?;
        let end = inside.end + "%>".len();
        let inside = &text[inside];
        left.push_str(&text[at..start]);
        if inside.starts_with('=') {
            left.push_str(&text[start..end]);
        } else {
            let is_word = |it: char| it.is_alphanumeric() || it == '_';
            let mut words = inside.split(|it| !is_word(it));
            if !inside.starts_with('#') && words.any(|it| BLOCKS.contains(&it)) {
                return None;
            }
            // A character of several bytes is as many spaces.
            let blank =
                |it: char| if it == '\n' { "\n".to_owned() } else { " ".repeat(it.len_utf8()) };
            left.extend(text[start..end].chars().map(blank));
        }
        at = end;
    }
    left.push_str(&text[at..]);
    (left != text).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::without_statements;

    #[test]
    fn statements_are_blanked_in_place() {
        for (text, expect) in [
            ("<% require \"é\" %>\na: 1", Some("                  \na: 1")),
            ("a: <%= b %>\n<%# if c %>\nd: 1", Some("a: <%= b %>\n           \nd: 1")),
            ("<%\nx = 1\n-%>a", Some("  \n     \n   a")),
            ("<% if a %>\nb: 1\n<% end %>", None),
            ("<% hosts.each { |it| %>\n", None),
            ("a: <%= b %>", None),
            ("<% a", None),
            ("<%> a", None),
            ("<%> a %>b", Some("        b")),
            ("a: 1", None),
        ] {
            assert_eq!(without_statements(text).as_deref(), expect, "{text}");
            assert!(expect.is_none_or(|it| it.len() == text.len()), "{text}");
        }
    }
}
