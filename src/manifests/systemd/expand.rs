//! What systemd fills in of a command line, written as a shell would fill it in.
//!
//! `${NAME}` is the value of a variable in one word, whatever it has in it, so it is quoted for a
//! shell. `$NAME` as a word of its own is split at white space, as in a shell. Specifiers that the
//! name of the unit decides are filled in; others depend on the host and on who starts the unit, so
//! that the words they stand in are not known.
//!
//! Sources: systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers".

use std::ops::Range;

use crate::budget::TEXT_MAX;
use crate::document::{Gap, Text};
use crate::fact::Unknown;

use super::words::escape;

/// The command line for a shell; `unit` is the name of the unit without its suffix. `None` where
/// something is filled in that is not known here, or that a shell would take otherwise.
pub(super) fn for_shell(text: &Text, unit: &str) -> Option<Text> {
    let mut filled = Filled::default();
    let source = text.value.as_str();
    let mut quote = None;
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|it| !it.is_empty()) {
        // The name of the unit may stand there very many times.
        if filled.value.len() > TEXT_MAX {
            return None;
        }
        let len = rest.chars().next()?.len_utf8();
        match rest.as_bytes()[0] {
            b'%' => {
                match specifier(rest, unit)? {
                    Specifier::Known(text) => filled.add(&text),
                    Specifier::Open => {
                        // Words are split before, so that it is part of one.
                        filled.add(if quote.is_none() { "\"" } else { "" });
                        filled.open(text, at..at + 2);
                        filled.add(if quote.is_none() { "\"" } else { "" });
                    }
                }
                at += 2;
                continue;
            }
            b'$' if quote == Some(b'\'') => return None,
            b'$' => {
                let before = source.get(..at)?;
                let end = at + reference(before, rest, quote.is_some())?;
                let is_bare = quote.is_none() && rest.starts_with("${");
                filled.add(if is_bare { "\"" } else { "" });
                filled.keep(source, at..end);
                filled.add(if is_bare { "\"" } else { "" });
                at = end;
                continue;
            }
            b'\\' => {
                // What there is no escape of stays as it is written, without a blank behind it.
                let (letters, len) = match escape(rest) {
                    Some((escaped, len)) => (escaped.to_string(), len),
                    None => (rest.get(..1)?.to_owned(), 1),
                };
                filled.add(&for_quote(&letters, quote));
                at += len;
                continue;
            }
            it @ (b'"' | b'\'') if quote.is_none() => quote = Some(it),
            it if quote == Some(it) => quote = None,
            _ => {}
        }
        filled.keep(source, at..at + len);
        at += len;
    }
    Some(text.filled(filled.value, &filled.pieces).with_gaps(filled.gaps))
}

/// A text as a shell reads it inside of these quotes, or outside of any.
fn for_quote(text: &str, quote: Option<u8>) -> String {
    match quote {
        Some(b'\'') => text.replace('\'', "'\\''"),
        Some(_) => {
            let is_special = |it: char| matches!(it, '\\' | '"' | '$' | '`');
            text.chars()
                .flat_map(|it| is_special(it).then_some('\\').into_iter().chain([it]))
                .collect()
        }
        None => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// A text that is written anew, which of its pieces stand in the file, and what is not known.
#[derive(Default)]
struct Filled {
    value: String,
    pieces: Vec<(usize, Range<usize>)>,
    gaps: Vec<Gap>,
}

impl Filled {
    fn add(&mut self, text: &str) {
        self.value.push_str(text);
    }

    /// What systemd fills in when it starts the unit.
    fn open(&mut self, text: &Text, range: Range<usize>) {
        let written = text.value.get(range.clone()).unwrap_or_default();
        let reason = format!("systemd fills in `{written}` when it starts the unit");
        let (at, written, span) = (self.value.len(), written.to_owned(), text.span_of(range));
        self.gaps.push(Gap { at, written, span, unknown: Unknown::because(reason) });
        self.value.push(Gap::SIGN);
    }

    fn keep(&mut self, source: &str, range: Range<usize>) {
        let at = self.value.len();
        self.value.push_str(source.get(range.clone()).unwrap_or_default());
        match self.pieces.last_mut() {
            Some((start, last)) if last.end == range.start && *start + last.len() == at => {
                last.end = range.end;
            }
            _ => self.pieces.push((at, range)),
        }
    }
}

/// How long the reference to a variable at the start of `rest` is. Without braces it is one only as
/// a word of its own, and the first word, the program, has none.
fn reference(before: &str, rest: &str, is_quoted: bool) -> Option<usize> {
    if !before.contains(char::is_whitespace) {
        return None;
    }
    let name_of = |it: &str| {
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let len = it.find(|it| !is_name(it)).unwrap_or(it.len());
        (len > 0 && !it.starts_with(|it: char| it.is_ascii_digit())).then_some(len)
    };
    if let Some(inside) = rest.strip_prefix("${") {
        let len = name_of(inside)?;
        return inside[len..].starts_with('}').then_some(len + 3);
    }
    let len = 1 + name_of(rest.strip_prefix('$')?)?;
    let is_word = before.ends_with(char::is_whitespace)
        && rest[len..].chars().next().is_none_or(char::is_whitespace);
    (is_word && !is_quoted).then_some(len)
}

/// What a specifier stands for.
enum Specifier {
    Known(String),
    /// Something that the host, the manager or the name of the instance decides.
    Open,
}

/// Specifiers beside those that the name of a unit decides.
///
/// Source: systemd.unit(5), "Specifiers", of systemd 257.
const SPECIFIERS: &[u8] = b"aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY";

/// What a specifier at the start of `rest` is; `None` for what systemd does not know.
fn specifier(rest: &str, unit: &str) -> Option<Specifier> {
    let is_instance = unit.contains('@');
    Some(match rest.as_bytes().get(1)? {
        b'%' => Specifier::Known("%".to_owned()),
        b'n' if !is_instance => Specifier::Known(format!("{unit}.service")),
        b'N' if !is_instance => Specifier::Known(unit.to_owned()),
        b'p' => Specifier::Known(unit.split('@').next().unwrap_or(unit).to_owned()),
        it if SPECIFIERS.contains(it) => Specifier::Open,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    #[track_caller]
    fn check(line: &str, expect: Option<&str>) {
        let file = SourceMap::new().add("shop.service", line);
        let text = Text::new(line, Span::new(file, 0, line.len()), Vec::new());
        let filled = for_shell(&text, "shop");
        assert_eq!(filled.as_ref().map(|it| it.value.as_str()), expect, "{line}");
    }

    #[test]
    fn a_variable_is_one_word_in_braces_and_several_without() {
        check("/bin/x -w ${WORKERS} $ARGS", Some("/bin/x -w \"${WORKERS}\" $ARGS"));
        check("/bin/x --bind=${HOST}:80", Some("/bin/x --bind=\"${HOST}\":80"));
        check("/bin/x \"a ${B}\"", Some("/bin/x \"a ${B}\""));
    }

    #[test]
    fn what_a_shell_takes_otherwise_is_not_known() {
        for line in [
            "/bin/x --bind=$HOST",
            "/bin/x '${A}'",
            "/bin/x ${A:-b}",
            "/bin/x $$",
            "${A} x",
            "/bin/x \"$A\"",
        ] {
            check(line, None);
        }
    }

    #[test]
    fn the_name_of_the_unit_fills_in_some_specifiers() {
        check("/bin/x /run/%N.sock %p 5%%", Some("/bin/x /run/shop.sock shop 5%"));
        check("/bin/x %n", Some("/bin/x shop.service"));
        check("/bin/x 80%i", Some("/bin/x 80\"…\""));
        check("%h/bin/x '%i'", Some("\"…\"/bin/x '…'"));
        for line in ["/bin/x %", "/bin/x %1"] {
            check(line, None);
        }
    }
}
