//! What a text must hold for a pattern to match it: told without compiling the pattern.
//!
//! Only plain forms are read: letters, classes, groups, repetitions, alternatives. A pattern with
//! anything else, such as flags, needs nothing that is known here.

use std::iter::Peekable;
use std::str::Chars;

/// More texts than this take longer to look for than the pattern.
const TEXTS_MAX: usize = 64;

/// Texts of which at least one stands in whatever a pattern matches.
#[derive(Clone, Debug)]
pub(crate) struct Needed {
    texts: Vec<String>,
    /// The bytes that one of them begins with, a bit for each.
    first: [u64; 4],
    is_all: bool,
}

/// What is read of a part of a pattern.
struct Part {
    /// Texts of which one must be there, where any must.
    texts: Option<Vec<String>>,
    /// Whether it is nothing but these texts.
    is_plain: bool,
}

/// Something that is not read here.
struct Unread;

impl Needed {
    /// `None` when nothing is known to be needed.
    pub(crate) fn of(pattern: &str) -> Option<Self> {
        let mut reader = Reader { rest: pattern.chars().peekable() };
        let part = reader.alternatives().ok()?;
        if reader.rest.next().is_some() {
            return None;
        }
        let texts = part.texts.filter(|it| it.len() <= TEXTS_MAX)?;
        let mut first = [0; 4];
        for byte in texts.iter().filter_map(|it| it.bytes().next()) {
            first[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
        Some(Self { texts, first, is_all: part.is_plain })
    }

    /// Whether one of the texts is in this one.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        (0..bytes.len()).any(|at| {
            let byte = bytes[at];
            self.first[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
                && self.texts.iter().any(|it| bytes[at..].starts_with(it.as_bytes()))
        })
    }

    /// Whether a text that one of them is in matches.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all
    }
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
}

impl Reader<'_> {
    /// `a|b|c`: one of what each of them needs.
    fn alternatives(&mut self) -> Result<Part, Unread> {
        let mut all = self.sequence()?;
        while self.rest.next_if_eq(&'|').is_some() {
            let next = self.sequence()?;
            all.is_plain &= next.is_plain;
            all.texts = all.texts.zip(next.texts).map(|(mut all, next)| {
                all.extend(next);
                all
            });
        }
        Ok(all)
    }

    /// Parts one behind the other: what one of them needs, the one that says most.
    fn sequence(&mut self) -> Result<Part, Unread> {
        let mut best: Option<Vec<String>> = None;
        let mut run = String::new();
        let mut is_plain = true;
        while let Some(next) = self.rest.next_if(|it| !matches!(it, '|' | ')')) {
            let literal = match next {
                '(' => {
                    let group = self.group()?;
                    is_plain = false;
                    take(&mut best, Some(vec![std::mem::take(&mut run)]));
                    if self.repetition()? != Times::Perhaps {
                        take(&mut best, group.texts);
                    }
                    continue;
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '.' | '^' | '$' => None,
                '*' | '+' | '?' | '{' | '}' | ']' => return Err(Unread),
                letter => Some(letter),
            };
            let times = self.repetition()?;
            match (literal, times) {
                (Some(letter), Times::Once) => {
                    run.push(letter);
                    continue;
                }
                (Some(letter), Times::AtLeastOnce) => run.push(letter),
                (Some(_), Times::Perhaps) | (None, _) => {}
            }
            is_plain = false;
            take(&mut best, Some(vec![std::mem::take(&mut run)]));
        }
        is_plain &= !run.is_empty();
        take(&mut best, Some(vec![run]));
        Ok(Part { texts: best, is_plain })
    }

    /// What stands behind `(`.
    fn group(&mut self) -> Result<Part, Unread> {
        if self.rest.next_if_eq(&'?').is_some() && self.rest.next() != Some(':') {
            return Err(Unread);
        }
        let part = self.alternatives()?;
        self.rest.next_if_eq(&')').map(|_| part).ok_or(Unread)
    }

    /// What stands behind `[`: the letter of a class that has one.
    fn class(&mut self) -> Result<Option<char>, Unread> {
        let mut letters = 0;
        let mut only = None;
        loop {
            match self.rest.next().ok_or(Unread)? {
                ']' if letters > 0 => return Ok(only.filter(|_| letters == 1)),
                // Classes in classes, and `]` as the first letter.
                '[' | ']' => return Err(Unread),
                '^' => letters += 2,
                '\\' => {
                    self.rest.next();
                    letters += 2;
                }
                letter => {
                    only = Some(letter);
                    letters += 1;
                }
            }
        }
    }

    /// What stands behind `\`: a sign that stands for itself, or something of one letter.
    fn escape(&mut self) -> Result<Option<char>, Unread> {
        match self.rest.next().ok_or(Unread)? {
            sign if sign.is_ascii_punctuation() => Ok(Some(sign)),
            's' | 'S' | 'd' | 'D' | 'w' | 'W' | 'b' | 'B' | 'n' | 't' | 'r' => Ok(None),
            _ => Err(Unread),
        }
    }

    /// How often the part in front is there.
    fn repetition(&mut self) -> Result<Times, Unread> {
        let times = match self.rest.peek() {
            Some('?' | '*') => Times::Perhaps,
            Some('+') => Times::AtLeastOnce,
            Some('{') => {
                while self.rest.next().ok_or(Unread)? != '}' {}
                self.rest.next_if_eq(&'?');
                return Ok(Times::Perhaps);
            }
            _ => return Ok(Times::Once),
        };
        self.rest.next();
        self.rest.next_if_eq(&'?');
        Ok(times)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    AtLeastOnce,
    /// Perhaps not at all, as far as is read here.
    Perhaps,
}

/// Takes over what says more: the longer texts.
fn take(best: &mut Option<Vec<String>>, texts: Option<Vec<String>>) {
    let length = |it: &Vec<String>| it.iter().map(String::len).min().unwrap_or(0);
    let Some(texts) = texts.filter(|it| length(it) > 0) else { return };
    if best.as_ref().is_none_or(|it| length(it) < length(&texts)) {
        *best = Some(texts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expect: &[&str], is_all: bool) {
        let needed = Needed::of(pattern);
        let texts: Vec<&str> = needed.iter().flat_map(|it| &it.texts).map(String::as_str).collect();
        assert_eq!(texts, expect, "{pattern}");
        assert_eq!(needed.is_some_and(|it| it.is_all()), is_all, "{pattern}");
    }

    #[test]
    fn what_says_most_is_needed() {
        check("redis-server|ssh ", &["redis-server", "ssh "], true);
        check("(^|[ /])(celery .*)?flower( |$)", &["flower"], false);
        check("^(python|node)(:|$)", &["python", "node"], false);
        check("@sha256:|:[^/:]+$", &["@sha256:", ":"], false);
        check("127[.]0\\.0", &["127.0.0"], true);
        check("ab?c+", &["a"], false);
        check("(a|)b", &["b"], false);
        check("a|[0-9]", &[], false);
        check("(?i)a", &[], false);
        check("[&;|\n]", &[], false);
    }
}
