//! Prose for people: width, wrapping, plurals.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::visible::is_plain;
pub(crate) use crate::visible::{one_line, visible};

/// Columns beside the head of a line of a list, below which its text goes under it.
const LISTED_COLUMNS_MIN: usize = 40;

/// How far to the right the text of a list stands under its head.
const LISTED_INDENT: usize = 4;

/// Columns that a text takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.width() }
}

/// Columns that a character takes in a terminal.
pub(crate) fn char_width(it: char) -> usize {
    it.width().unwrap_or(0)
}

/// Breaks prose into lines of at most `columns`. Spaces and line breaks separate words, a word that
/// is longer than a line stands alone. Never empty.
pub(crate) fn wrap(prose: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in prose.split_whitespace() {
        let len = width(word);
        if used > 0 && used + 1 + len > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += len;
        }
    }
    lines
}

/// A line of a list, or several where a terminal is not as wide: the text continues below where it
/// began, or further left where too few columns remain beside the head.
pub(crate) fn listed(head: &str, text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns.filter(|it| width(head) + width(text) > *it) else {
        return format!("{head}{text}\n");
    };
    let indent = match columns.checked_sub(width(head)) {
        Some(LISTED_COLUMNS_MIN..) => width(head),
        _ => LISTED_INDENT,
    };
    let below = format!("\n{}", " ".repeat(indent));
    let lines = wrap(text, columns.saturating_sub(indent)).join(&below);
    match (indent == width(head), head.trim_end()) {
        (true, _) => format!("{head}{lines}\n"),
        (false, "") => format!("{}{lines}\n", &below[1..]),
        (false, head) => format!("{head}{below}{lines}\n"),
    }
}

/// `3 files`, `1 file`.
pub(crate) fn count(count: usize, one: &str) -> String {
    let ending = match one {
        _ if count == 1 => return format!("1 {one}"),
        _ if one.ends_with("ss") || one.ends_with('x') => "es",
        _ => "s",
    };
    format!("{} {one}{ending}", thousands(count))
}

/// `1,210`.
pub(crate) fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text of at most `columns` columns; where it is longer, its end is `…`.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for it in text.chars() {
        used += char_width(it);
        if used > columns {
            break;
        }
        kept.push(it);
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_keep_their_order_when_wrapped() {
        assert_eq!(wrap("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("", 9), [""]);
    }

    #[test]
    fn counts_have_their_plural() {
        assert_eq!(count(1, "process"), "1 process");
        assert_eq!(count(2, "process"), "2 processes");
        assert_eq!(count(1210, "file"), "1,210 files");
        assert_eq!(count(1_000_000, "file"), "1,000,000 files");
    }

    proptest! {
        #[test]
        fn wrapped_lines_fit_and_lose_nothing(text in "[a-zü火 ]{0,60}", columns in 4usize..30) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|it| width(it) <= columns || !it.contains(' ')));
            let joined = lines.join(" ");
            prop_assert!(joined.split_whitespace().eq(text.split_whitespace()));
        }

        #[test]
        fn a_cut_text_fits(text in "[a-z火]{0,20}", columns in 1usize..12) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
        }
    }

    #[test]
    fn a_list_is_as_wide_as_the_terminal_and_whole_for_a_program() {
        let text = "Workers that are started, each of which takes one request at a time";
        assert_eq!(listed("workers  ", text, None), format!("workers  {text}\n"));
        assert_eq!(listed("workers  ", text, Some(120)), format!("workers  {text}\n"));
        let beside = "workers  Workers that are started, each of which\n         takes one request at \
                      a time\n";
        assert_eq!(listed("workers  ", text, Some(49)), beside);
        let below = "workers\n    Workers that are started, each of\n    which takes one request at \
                     a time\n";
        assert_eq!(listed("workers  ", text, Some(40)), below);
        assert_eq!(listed("         ", "one of: a, b", Some(20)), "    one of: a, b\n");
    }
}
