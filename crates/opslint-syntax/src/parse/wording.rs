//! Parsers' messages in our words: what is wrong here, in code quotes where it is code.
//!
//! The commonest messages of each parser have a wording of their own, the rest is tidied only: a
//! parser that learns new messages is still understood.

/// What is said of a tab where YAML takes blanks only.
pub(super) const TAB: &str = "a tab in the indentation";

/// Wordings for whole messages; `…` stands for the rest of the parser's.
const WORDINGS: &[(&str, &str)] = &[
    // TOML
    ("key with no value, …", "expected `=` and a value after the key"),
    ("unexpected key or value, …", "unexpected text behind the value"),
    ("invalid basic string, expected `\"`", "the text has no closing `\"`"),
    ("invalid literal string, expected `'`", "the text has no closing `'`"),
    ("invalid multi-line basic string, expected `\"`", "the text has no closing `\"\"\"`"),
    ("invalid multi-line literal string, expected `'`", "the text has no closing `'''`"),
    ("missing escaped value, …", "unknown escape; write `\\\\` for a backslash"),
    ("invalid unquoted key, …", "a key with this character needs quotes"),
    ("missing comma between array elements, …", "expected `,` or `]` in the array"),
    ("missing comma between key-value pairs, …", "expected `,` or `}` in the inline table"),
    ("missing key for inline table element, …", "expected `}` or a key in the inline table"),
    ("redundant integer number prefix, …", "a number starts with `0x`, `0o` or `0b` in lower case"),
    ("string values must be quoted, …", "text needs quotes"),
    // YAML
    ("while scanning a plain scalar, found a tab", TAB),
    ("tabs disallowed within this context …", TAB),
    ("simple key expected ':'", "expected `:` behind the key"),
    ("mapping values are not allowed in this context", "a `:` where no key can stand"),
    ("illegal placement of ':' indicator", "a `:` where no key can stand"),
    ("while parsing node, found unknown anchor", "no anchor of this name comes before the alias"),
    ("the handle wasn't declared", "unknown tag"),
    ("unclosed quote", "the text has no closing quote"),
    ("block sequence entries are not allowed in this context", "a `-` where no list can stand"),
    ("while parsing a block mapping, did not find …", "expected a key at this indentation"),
    ("while parsing a block collection, did not find …", "expected `- ` at this indentation"),
    ("while parsing a quoted scalar, found unknown escape …", "unknown escape in the text"),
    // Python
    ("ParseIntError …", "invalid number"),
    ("missing closing quote in string literal", "the text has no closing quote"),
];

/// A parser's message in our words.
pub(super) fn reworded(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let own = WORDINGS.iter().find(|(pattern, _)| match pattern.strip_suffix('…') {
        Some(start) => message.starts_with(start),
        None => message == *pattern,
    });
    match own {
        Some((_, wording)) => (*wording).to_owned(),
        None => tidied(message),
    }
}

fn tidied(message: &str) -> String {
    let message = message.strip_suffix(", expected nothing").unwrap_or(message);
    // What the parser was at is its business; what is wrong stands behind.
    let message = match message.split_once(", ") {
        Some((start, rest)) if start.starts_with("while ") => rest,
        _ => message,
    };
    let message = message.replace("did not find expected", "expected");
    in_lower_case(&in_code_quotes(&message))
}

/// `'-'` and `` `>' `` with the quotes that code has everywhere else.
fn in_code_quotes(message: &str) -> String {
    let mut quoted = String::new();
    let mut rest = message;
    while let Some(at) = rest.find(['\'', '`']) {
        let inner = &rest[at + 1..];
        let is_code = |it: &&str| !it.is_empty() && !it.contains(char::is_alphanumeric);
        let end = inner.find(['\'', '`']);
        match end.and_then(|it| inner.get(..it)).filter(is_code) {
            Some(code) => {
                quoted.extend([&rest[..at], "`", code, "`"]);
                rest = &inner[code.len() + 1..];
            }
            None => {
                quoted.push_str(&rest[..=at]);
                rest = inner;
            }
        }
    }
    quoted + rest
}

fn in_lower_case(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next();
    let is_word = characters.clone().next().is_some_and(char::is_lowercase);
    match first {
        Some(it) if is_word => it.to_lowercase().chain(characters).collect(),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expect: &str) {
        assert_eq!(reworded(message), expect);
    }

    #[test]
    fn common_messages_have_our_words() {
        check("key with no value, expected `=`", "expected `=` and a value after the key");
        check("simple key expected ':'", "expected `:` behind the key");
    }

    #[test]
    fn other_messages_are_tidied() {
        check("Expected a statement", "expected a statement");
        check("EOF", "EOF");
        check("mismatched bracket '[' closed by '}'", "mismatched bracket `[` closed by `}`");
        check("unexpected character: `>'", "unexpected character: `>`");
        check("expected `)`, found `=`", "expected `)`, found `=`");
        check("it isn't so, and can't be", "it isn't so, and can't be");
        check("while scanning a tag, did not find expected line break.", "expected line break");
        check("two\nlines", "two");
        check("", "");
    }
}
