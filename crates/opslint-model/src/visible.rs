//! Characters that must not reach a terminal, a log or a generated file as they are.
//!
//! Control characters move the cursor and change colours; directional ones show a text in another
//! order than it is read; what is not shown at all hides a text from a reviewer. They are told by
//! their Unicode categories, never by a list of known attacks.

/// Ranges of Unicode 17.0 with the category Cf (format), Zl or Zp (line and paragraph separators),
/// or the property `Default_Ignorable_Code_Point`, sorted. Cc (control) is `char::is_control`.
const HIDDEN: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

/// Whether a character acts on a terminal or cannot be seen in it: categories Cc, Cf, Zl and Zp,
/// and all that is ignorable by default, such as tags and variation selectors.
pub fn is_hidden(it: char) -> bool {
    let code = u32::from(it);
    // Nearly every character of a deployment file is one of these.
    if (0x20..0x7F).contains(&code) {
        return false;
    }
    let idx = HIDDEN.partition_point(|(_, last)| *last < code);
    it.is_control() || HIDDEN.get(idx).is_some_and(|(first, _)| *first <= code)
}

/// A character that stands for `it` in a terminal: itself, or a picture of a control character.
pub fn visible(it: char) -> char {
    match it {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(it)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        it if is_hidden(it) => '\u{fffd}',
        it => it,
    }
}

/// Whether a text is what it looks like, one column for each byte: letters, digits, signs and blanks
/// of ASCII. Nearly every text is; without an end in between, many bytes are looked at at once.
pub fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |all, it| all & matches!(it, b' '..=b'~'))
}

/// A text on one line whose characters are all safe and visible.
pub fn one_line(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\n' | '\r' | '\t' => line.push(' '),
            it => line.push(visible(it)),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    /// The tables of the regex crate are made from the Unicode Character Database.
    #[test]
    fn hidden_characters_are_those_of_the_unicode_tables() {
        let classes = r"^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]$";
        let hidden = Regex::new(classes).unwrap();
        let wrong = ('\0'..=char::MAX)
            .filter(|it| hidden.is_match(it.encode_utf8(&mut [0; 4])) != is_hidden(*it));
        assert_eq!(wrong.collect::<Vec<_>>(), [] as [char; 0]);
    }

    #[test]
    fn nothing_visible_is_hidden() {
        assert!(('\0'..=char::MAX).all(|it| !is_hidden(visible(it))));
    }

    #[test]
    fn a_plain_text_is_shown_as_it_is() {
        for it in '\0'..=char::MAX {
            let text = it.to_string();
            let is_same = text.len() == 1 && visible(it) == it && !it.is_control();
            assert_eq!(is_plain(&text), is_same, "{it:?}");
        }
        assert!(is_plain("") && !is_plain("a\nb"));
    }

    #[test]
    fn an_escape_sequence_is_shown_and_not_obeyed() {
        assert_eq!(one_line("a\u{1b}[31m\nb\u{202e}\u{e0041}"), "a␛[31m b\u{fffd}\u{fffd}");
    }
}
