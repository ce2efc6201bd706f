//! Bytes → text. Files are UTF-8, but for Python: there the file itself says what it is (PEP 263).

use std::sync::Arc;

use encoding_rs::Encoding;

use crate::formats;
use crate::parse::Syntax;
use crate::workspace::Unreadable;

/// The text of a file's bytes. A UTF-8 byte order mark is taken out: no platform's parser counts it.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Arc<str>, Unreadable> {
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err(not_text(text.as_bytes())),
        Ok(text) => Ok(Arc::from(text.strip_prefix('\u{FEFF}').unwrap_or(&text))),
        Err(error) => Err(not_text(error.as_bytes())),
    }
}

fn not_text(bytes: &[u8]) -> Unreadable {
    if let Some(text) = utf16(bytes) {
        return Unreadable::Encoded(UTF_16, text);
    }
    match looks_like(bytes) {
        LATIN_1 if !bytes.contains(&0) => {
            let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0;
            Unreadable::Encoded(LATIN_1, Arc::from(&*text))
        }
        looks_like => Unreadable::NotText(looks_like),
    }
}

/// What bytes look like, in words.
const UTF_16: &str = "UTF-16";
const LATIN_1: &str = "Latin-1 or Windows-1252";

/// The text of bytes that are UTF-16: a byte order mark says so, or what PowerShell's `>` and other
/// programs write without one, where every other byte of Latin text is zero.
fn utf16(bytes: &[u8]) -> Option<Arc<str>> {
    let encoding = match bytes {
        [0xFF, 0xFE, ..] => encoding_rs::UTF_16LE,
        [0xFE, 0xFF, ..] => encoding_rs::UTF_16BE,
        _ => {
            let head = &bytes[..bytes.len().min(512)];
            let zeros = |at| head.iter().skip(at).step_by(2).filter(|it| **it == 0).count();
            match (zeros(0), zeros(1)) {
                (0, odd) if odd * 4 >= head.len() => encoding_rs::UTF_16LE,
                (even, 0) if even * 4 >= head.len() => encoding_rs::UTF_16BE,
                _ => return None,
            }
        }
    };
    let (text, has_errors) = encoding.decode_with_bom_removal(bytes);
    (!has_errors && !text.contains('\0')).then(|| Arc::from(&*text))
}

/// The text of the file at a path. Python runs files of any name, though none that another program
/// reads.
pub(super) fn decode_bytes_of(path: &str, bytes: Vec<u8>) -> Result<Arc<str>, Unreadable> {
    let is_python = match Syntax::of_path(path) {
        Some(syntax) => syntax == Syntax::Python,
        None => formats::of_path(path).next().is_none(),
    };
    if is_python { decode_python(bytes) } else { decode(bytes) }
}

/// The text of what Python runs.
pub(super) fn decode_python(bytes: Vec<u8>) -> Result<Arc<str>, Unreadable> {
    let refused = |bytes: &[u8]| Err(not_text(bytes));
    match coding(&bytes) {
        Coding::Utf8 => decode(bytes),
        Coding::Ascii if bytes.is_ascii() => decode(bytes),
        Coding::Ascii => refused(&bytes),
        _ if bytes.contains(&0) => refused(&bytes),
        Coding::Latin1 => Ok(Arc::from(&*encoding_rs::mem::decode_latin1(&bytes))),
        Coding::Other(encoding) => {
            match encoding.decode_without_bom_handling_and_without_replacement(&bytes) {
                Some(text) => Ok(Arc::from(&*text)),
                None => refused(&bytes),
            }
        }
    }
}

fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => UTF_16,
        bytes if bytes.iter().take(512).any(|it| *it == 0) => "a binary file or UTF-16",
        _ => LATIN_1,
    }
}

enum Coding {
    Utf8,
    Ascii,
    Latin1,
    Other(&'static Encoding),
}

/// What the first two lines say. A name that is not known is taken for UTF-8.
///
/// Source: <https://peps.python.org/pep-0263/>, `Lib/tokenize.py` for the names.
fn coding(bytes: &[u8]) -> Coding {
    for line in bytes.split(|it| matches!(it, b'\n' | b'\r')).filter(|it| !it.is_empty()).take(2) {
        let line = String::from_utf8_lossy(line);
        let trimmed = line.trim_start_matches([' ', '\t', '\u{c}']);
        if !trimmed.starts_with('#') {
            break;
        }
        if let Some(name) = name(trimmed) {
            return coding_of_name(&name);
        }
    }
    Coding::Utf8
}

/// The name behind `coding:` or `coding=`.
fn name(comment: &str) -> Option<String> {
    comment.match_indices("coding").find_map(|(at, word)| {
        let rest = comment[at + word.len()..].strip_prefix([':', '='])?;
        let rest = rest.trim_start_matches([' ', '\t']);
        let is_part = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.');
        let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        (end > 0).then(|| rest[..end].to_ascii_lowercase().replace('_', "-"))
    })
}

fn coding_of_name(name: &str) -> Coding {
    let is = |known: &str| {
        name.strip_prefix(known).is_some_and(|it| it.is_empty() || it.starts_with('-'))
    };
    if is("utf-8") || name == "utf8" {
        return Coding::Utf8;
    }
    if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is)
        || ["latin1", "iso8859-1", "l1", "cp819", "8859"].contains(&name)
    {
        return Coding::Latin1;
    }
    if ["ascii", "us-ascii", "646"].contains(&name) {
        return Coding::Ascii;
    }
    // The web's names are Python's, but for a few.
    let label = match name {
        "latin9" | "iso8859-15" | "l9" => "iso-8859-15",
        "latin2" | "iso8859-2" | "l2" => "iso-8859-2",
        "mac-roman" => "macintosh",
        "sjis" | "cp932" | "ms932" => "shift_jis",
        "cp949" | "uhc" => "euc-kr",
        "cp936" => "gbk",
        "cp950" => "big5",
        name => name,
    };
    let underlined = label.replace('-', "_");
    let found = [label, &underlined].into_iter().find_map(|it| Encoding::for_label(it.as_bytes()));
    match found {
        Some(encoding) if encoding != encoding_rs::REPLACEMENT => Coding::Other(encoding),
        _ => Coding::Utf8,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_taken_out() {
        assert_eq!(decode(b"\xEF\xBB\xBFa = 1".to_vec()).as_deref(), Ok("a = 1"));
    }

    #[test]
    fn utf_16_is_named() {
        let bytes: Vec<u8> = "web: x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [vec![0xFF, 0xFE], bytes.clone()].concat();
        let big_endian: Vec<u8> = "web: x".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [marked, bytes, big_endian] {
            assert_eq!(decode(bytes), Err(Unreadable::Encoded(UTF_16, Arc::from("web: x"))));
        }
        for bytes in [b"\x7FELF\0\0\x01\0\0".as_slice(), b"a\0b\0\0\0"] {
            let binary = Err(Unreadable::NotText("a binary file or UTF-16"));
            assert_eq!(decode(bytes.to_vec()), binary);
        }
        let broken = Err(Unreadable::NotText("UTF-16"));
        assert_eq!(decode(b"\xFF\xFE\x00\xD8".to_vec()), broken);
    }

    #[test]
    fn latin_1_is_named() {
        assert_eq!(
            decode(b"# caf\xE9".to_vec()),
            Err(Unreadable::Encoded(LATIN_1, Arc::from("# caf\u{e9}")))
        );
    }

    #[track_caller]
    fn check_python(bytes: &[u8], last: Option<char>) {
        let text = decode_python(bytes.to_vec()).ok();
        assert_eq!(text.and_then(|it| it.trim_end().chars().last()), last, "{bytes:?}");
    }

    #[test]
    fn a_python_file_says_what_it_is() {
        check_python(b"# -*- coding: latin-1 -*-\n#\xE9", Some('é'));
        check_python(b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n#\xA4", Some('€'));
        check_python(b"#coding:cp1252\r\n#\x80\r\n", Some('€'));
        check_python(b"# coding: Windows-1252\n#\x80", Some('€'));
        check_python(b"# coding=latin1\n#\x80", Some('\u{80}'));
        check_python(b"# coding: koi8-r\n#\xC1", Some('а'));
        check_python(b"# coding: shift_jis\n#\x82\xA0", Some('あ'));
        check_python("# coding: utf-8\n#é".as_bytes(), Some('é'));
        check_python("# coding: utf-8-unix\n#é".as_bytes(), Some('é'));
        // The text is what the bytes are in the encoding that is named, whatever was meant.
        check_python("# coding: latin-1\n#é".as_bytes(), Some('©'));
    }

    #[test]
    fn what_python_would_not_read_is_not_read() {
        check_python(b"#\xE9", None);
        check_python(b"# coding: ascii\n#\xE9", None);
        check_python(b"# coding: utf-8\n#\xE9", None);
        check_python(b"# coding: euc-jp\n#\xFF", None);
        check_python(b"x = 1\n# coding: latin-1\n#\xE9", None);
        check_python(b"#\n#\n# coding: latin-1\n#\xE9", None);
        check_python(b"# coding: latin-1\n#\0", None);
    }

    /// Python itself: what it takes a file for.
    #[test]
    fn names_are_those_of_python() {
        let names = [
            "latin-1",
            "latin1",
            "iso-8859-1",
            "iso8859-1",
            "L1",
            "cp1252",
            "windows-1252",
            "cp1251",
            "koi8-r",
            "koi8_u",
            "iso8859-15",
            "latin9",
            "gbk",
            "big5",
            "euc-jp",
            "euc_kr",
            "shift_jis",
            "sjis",
            "cp932",
            "mac-roman",
            "cp866",
            "iso-8859-5",
            "tis-620",
        ];
        let script = "import sys, codecs\nfor it in sys.argv[1:]:\n    \
                      print(bytes(range(0xc0, 0xe0)).decode(it, 'ignore')[:1])";
        let output = std::process::Command::new("python3")
            .env("PYTHONIOENCODING", "utf-8")
            .args(["-c", script])
            .args(names)
            .output();
        let output = output.expect("Python is there");
        let expect = String::from_utf8(output.stdout).expect("it prints UTF-8");
        assert_eq!(expect.lines().count(), names.len(), "{expect}");
        for (name, expect) in names.iter().zip(expect.lines()) {
            let head = format!("# coding: {name}\n#").into_bytes();
            let known = !matches!(coding(&head), Coding::Utf8);
            assert!(known, "{name}");
            let bytes = [head, (0xc0..0xe0).collect()].concat();
            let single = decode_python(bytes).ok();
            if let Some(text) = single {
                let text = text.split_once("\n#").expect("two lines").1;
                assert!(text.starts_with(expect), "{name}: {text} and {expect}");
            }
        }
    }
}
