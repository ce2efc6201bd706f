//! Digits of other scripts than Latin, which `int()` and `float()` of Python read as well.

use std::borrow::Cow;

/// The zero of each script: its nine other digits follow. What `unicodedata.digit` says of all
/// characters of category Nd in Unicode 14 (Python 3.11, asked on 2026-11-28).
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// A text with every digit written as Latin script writes it. Nothing else changes.
pub fn with_latin_digits(text: &str) -> Cow<'_, str> {
    match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().map(latin).collect()),
    }
}

fn latin(digit: char) -> char {
    let code = u32::from(digit);
    let zero = ZEROS.iter().find(|it| (**it..**it + 10).contains(&code));
    zero.and_then(|it| char::from_digit(code - it, 10)).unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_all_scripts_are_read() {
        assert_eq!(with_latin_digits("٣x４"), "3x4");
        assert_eq!(with_latin_digits("²½Ⅷ"), "²½Ⅷ");
    }
}
