//! The one way out: whatever a report, a list or an error prints passes [`SafeWriter`].
//!
//! Formats write names, values and source lines of strangers. A writer that forgets to ask whether a
//! character is safe must not matter, so the bytes are looked at here once more, line by line, by
//! the kind of text that they are:
//!
//! - hidden characters (see [`crate::visible`]) are escaped as that kind writes them;
//! - no line begins with `::` and none holds `##[` or `##vso[`, which the servers of GitHub and
//!   Azure take for commands wherever a job prints them.
//!
//! Sources: actions/runner, `src/Runner.Common/ActionCommand.cs`; Azure Pipelines, "Logging
//! commands".

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use super::ink::Ink;
use crate::visible::{is_hidden, visible};

/// What kind of text is written, and so how a character is escaped in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// For people. With [`Ink::Ansi`], the colours and links that opslint makes stay.
    Prose(Ink),
    /// TOML for people to copy: what is hidden was escaped as TOML writes it.
    Toml,
    /// JSON, one or more documents.
    Json,
    /// XML 1.0.
    Xml,
    /// Workflow commands of GitHub, one on each line.
    Commands,
}

/// Writes to another writer what is safe of its input. Lines are passed on when they are complete,
/// the last one with [`io::Write::flush`] or when the writer is dropped.
pub struct SafeWriter<W: io::Write> {
    out: W,
    wire: Wire,
    /// Bytes of the line that is not complete yet.
    line: Vec<u8>,
}

impl<W: io::Write> SafeWriter<W> {
    /// A writer of one kind of text.
    pub fn new(out: W, wire: Wire) -> Self {
        Self { out, wire, line: Vec::new() }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(());
        }
        self.out.write_all(self.wire.safe_line(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl<W: io::Write> io::Write for SafeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|it| *it == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.pass_on()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

impl<W: io::Write> Drop for SafeWriter<W> {
    fn drop(&mut self) {
        // Whoever wants to know whether it worked has called `flush`.
        let _ = io::Write::flush(self);
    }
}

impl Wire {
    /// A text of one or more lines as it may be printed.
    pub(crate) fn safe(self, text: &str) -> String {
        text.split_inclusive('\n').map(|it| self.safe_line(it)).collect()
    }

    /// A line, its line break included, as it may be printed.
    fn safe_line(self, line: &str) -> Cow<'_, str> {
        let is_plain = |it: char| matches!(it, ' '..='~') || is_space(it) || !is_hidden(it);
        let has_command = line.contains("##") || line.trim_start().starts_with("::");
        if !has_command && line.chars().all(is_plain) {
            return Cow::Borrowed(line);
        }
        let mut safe = String::with_capacity(line.len() + 8);
        // Whether nothing but blanks and our own colours stand before, so that `::` is a command.
        let mut at_start = self != Self::Commands;
        let mut rest = line;
        while let Some(it) = rest.chars().next() {
            let len = self.own_sequence(rest);
            if len > 0 {
                safe.push_str(&rest[..len]);
                rest = &rest[len..];
                continue;
            }
            let is_command = (at_start && rest.starts_with("::"))
                || ["##[", "##vso["].iter().any(|it| rest.starts_with(it));
            match is_command || (is_hidden(it) && !is_space(it)) {
                true => self.escape(&mut safe, it),
                false => safe.push(it),
            }
            at_start &= it.is_whitespace();
            rest = &rest[it.len_utf8()..];
        }
        Cow::Owned(safe)
    }

    /// Bytes of the colour or the end of a link that a text begins with, where opslint writes such.
    fn own_sequence(self, text: &str) -> usize {
        if self != Self::Prose(Ink::Ansi) {
            return 0;
        }
        if let Some(rest) = text.strip_prefix("\u{1b}[") {
            let codes = rest.split_once('m').map_or("", |(codes, _)| codes);
            let is_ours = codes.split(';').all(|it| STYLES.contains(&it));
            let is_end = rest.starts_with('m');
            return if is_ours || is_end { "\u{1b}[m".len() + codes.len() } else { 0 };
        }
        let Some(rest) = text.strip_prefix("\u{1b}]8;;") else { return 0 };
        match rest.split_once("\u{1b}\\") {
            Some((url, _)) if is_address(url) => "\u{1b}]8;;\u{1b}\\".len() + url.len(),
            _ => 0,
        }
    }

    fn escape(self, safe: &mut String, it: char) {
        let code = u32::from(it);
        // Writing to a text cannot fail.
        let _ = match self {
            Self::Prose(_) | Self::Toml | Self::Commands if is_hidden(it) => {
                write!(safe, "{}", visible(it))
            }
            Self::Prose(_) | Self::Commands => write!(safe, "\\u{{{code:x}}}"),
            Self::Toml => write!(safe, "\\u{code:04X}"),
            Self::Json => it
                .encode_utf16(&mut [0; 2])
                .iter()
                .try_for_each(|unit| write!(safe, "\\u{unit:04x}")),
            // XML 1.0 has no way to write these.
            Self::Xml if code < 0x20 => write!(safe, "\u{fffd}"),
            Self::Xml => write!(safe, "&#{code};"),
        };
    }
}

/// The control characters that are what they look like.
fn is_space(it: char) -> bool {
    it == '\n' || it == '\t'
}

/// The parameters of colours and styles that opslint, miette and clap use. Those that hide a text or
/// let it blink are not among them.
const STYLES: &[&str] = &[
    "0", "1", "2", "3", "4", "22", "23", "24", "30", "31", "32", "33", "34", "35", "36", "37", "39",
];

/// Whether a text is empty, the end of a link, or a web address.
fn is_address(text: &str) -> bool {
    let is_web = text.starts_with("https://") && !text.chars().any(|it| is_hidden(it) || it == ' ');
    text.is_empty() || is_web
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn safe(wire: Wire, text: &str) -> String {
        let mut out = Vec::new();
        SafeWriter::new(&mut out, wire).write_all(text.as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    const PLAIN: Wire = Wire::Prose(Ink::Plain);
    const COLOURED: Wire = Wire::Prose(Ink::Ansi);

    #[test]
    fn a_name_can_begin_no_command() {
        assert_eq!(safe(PLAIN, "::error::x\n a::b\n"), "\\u{3a}:error::x\n a::b\n");
        assert_eq!(safe(PLAIN, " \t::stop-commands::x"), " \t\\u{3a}:stop-commands::x");
        assert_eq!(safe(PLAIN, "a ##[error]b ##vso[c"), "a \\u{23}#[error]b \\u{23}#vso[c");
        assert_eq!(safe(PLAIN, "# a ## b ###[c]"), "# a ## b #\\u{23}#[c]");
        assert_eq!(safe(COLOURED, "\u{1b}[1m::x\u{1b}[0m"), "\u{1b}[1m\\u{3a}:x\u{1b}[0m");
        assert_eq!(safe(Wire::Commands, "::error::##[x]"), "::error::\\u{23}#[x]");
    }

    #[test]
    fn only_our_own_colours_and_links_stay() {
        let own =
            "\u{1b}[1;31mred\u{1b}[0m \u{1b}]8;;https://x.example/a\u{1b}\\x\u{1b}]8;;\u{1b}\\";
        assert_eq!(safe(COLOURED, own), own);
        assert!(!safe(PLAIN, own).contains('\u{1b}'));
        for foreign in ["\u{1b}[8mx", "\u{1b}[2J", "\u{1b}]0;t\u{7}", "\u{1b}]8;;file:///x\u{1b}\\"]
        {
            assert!(!safe(COLOURED, foreign).contains('\u{1b}'), "{foreign:?}");
        }
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = serde_json::json!({ "a": "\u{9b}\u{202e}\u{e0041}##[x]\u{7f}", "b": ["::"] });
        let text = safe(Wire::Json, &serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|it| it == '\n' || !is_hidden(it)) && !text.contains("##["));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn xml_and_toml_escape_as_they_do() {
        assert_eq!(
            safe(Wire::Xml, "<a b=\"\u{202e}\">##[\u{7f}"),
            "<a b=\"&#8238;\">&#35;#[&#127;"
        );
        assert_eq!(safe(Wire::Toml, "a = \"##[x\""), "a = \"\\u0023#[x\"");
    }

    proptest! {
        #[test]
        fn nothing_hidden_and_no_command_gets_out(text in "(::|##\\[|##vso\\[|\\PC|\\p{Cf}|[ \n\t]){0,12}") {
            for wire in [PLAIN, COLOURED, Wire::Json, Wire::Xml, Wire::Toml] {
                let safe = safe(wire, &text);
                prop_assert!(safe.chars().all(|it| is_space(it) || !is_hidden(it)));
                prop_assert!(!safe.contains("##[") && !safe.contains("##vso["));
                let mut lines = safe.split('\n');
                prop_assert!(lines.all(|it| !it.trim_start().starts_with("::")), "{safe:?}");
            }
        }
    }
}
