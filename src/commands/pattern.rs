//! Patterns of `case`, `[[ … ]]` and `${NAME%pattern}`.

use crate::budget::Budget;

/// Steps that one match may take.
const STEPS_MAX: usize = 100_000;

/// A pattern: what stands in it for one character or for any number of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug)]
enum Token {
    Char(char),
    /// `?`
    Any,
    /// `*`
    Star,
    /// `[a-z]` as ranges, and whether it is about all other characters.
    Class(Vec<(char, char)>, bool),
}

impl Pattern {
    /// Adds text that stands for itself.
    pub(super) fn push_quoted(&mut self, text: &str) {
        self.tokens.extend(text.chars().map(Token::Char));
    }

    /// Adds text in which `*`, `?` and brackets have their meaning. `None` for what depends on the
    /// language of the machine: named classes, and ranges of letters beyond ASCII.
    pub(super) fn push(&mut self, text: &str) -> Option<()> {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while let Some(it) = chars.get(at) {
            at += 1;
            self.tokens.push(match it {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => {
                    let next = chars.get(at).copied();
                    at += usize::from(next.is_some());
                    Token::Char(next.unwrap_or('\\'))
                }
                '[' => match class(&chars[at..])? {
                    Some((token, len)) => {
                        at += len;
                        token
                    }
                    None => Token::Char('['),
                },
                it => Token::Char(*it),
            });
        }
        Some(())
    }

    /// Whether it is a text and nothing else.
    pub(super) fn literal(&self) -> Option<String> {
        let char = |it: &Token| match it {
            Token::Char(it) => Some(*it),
            _ => None,
        };
        self.tokens.iter().map(char).collect()
    }

    /// Whether it is a star and this character.
    pub(super) fn is_any_up_to(&self, last: char) -> bool {
        matches!(self.tokens.as_slice(), [Token::Star, Token::Char(it)] if *it == last)
    }

    /// Whether it matches every text.
    pub(super) fn matches_all(&self) -> bool {
        !self.tokens.is_empty() && self.tokens.iter().all(|it| matches!(it, Token::Star))
    }

    /// Whether it matches the whole text; `None` when that takes too long to find out.
    pub(super) fn matches(&self, text: &str, budget: &Budget) -> Option<bool> {
        let lens = self.prefixes(text, budget)?;
        Some(lens.last() == Some(&text.len()))
    }

    /// Takes the steps of a walk through the text; `None` when they are too many for one pattern.
    fn charge(&self, text: &str, budget: &Budget) -> Option<()> {
        let steps = text.len().checked_mul(self.tokens.len() + 1)? / 8;
        (steps <= STEPS_MAX && budget.steps(steps).is_ok()).then_some(())
    }

    /// The lengths, in bytes and rising, of the starts of `text` that it matches.
    pub(super) fn prefixes(&self, text: &str, budget: &Budget) -> Option<Vec<usize>> {
        self.charge(text, budget)?;
        let chars = text.char_indices().map(|(idx, it)| (idx, it, idx + it.len_utf8()));
        Some(run(&self.tokens, chars.map(|(_, it, end)| (it, end)), 0))
    }

    /// The offsets, in bytes and falling, at which the ends of `text` start that it matches.
    pub(super) fn suffixes(&self, text: &str, budget: &Budget) -> Option<Vec<usize>> {
        self.charge(text, budget)?;
        let reversed: Vec<Token> = self.tokens.iter().rev().cloned().collect();
        Some(run(&reversed, text.char_indices().rev().map(|(idx, it)| (it, idx)), text.len()))
    }
}

/// Walks all ways through the pattern at once: after each character, the marks at which the whole
/// pattern has matched.
fn run(tokens: &[Token], chars: impl Iterator<Item = (char, usize)>, start: usize) -> Vec<usize> {
    let mut states = vec![false; tokens.len() + 1];
    states[0] = true;
    skip_stars(tokens, &mut states);
    let mut found = Vec::new();
    found.extend(states[tokens.len()].then_some(start));
    for (it, mark) in chars {
        let mut next = vec![false; tokens.len() + 1];
        for (idx, token) in tokens.iter().enumerate().filter(|(idx, _)| states[*idx]) {
            match token {
                Token::Star => next[idx] = true,
                token if token.matches(it) => next[idx + 1] = true,
                _ => {}
            }
        }
        skip_stars(tokens, &mut next);
        states = next;
        found.extend(states[tokens.len()].then_some(mark));
        if states.iter().all(|it| !it) {
            break;
        }
    }
    found
}

/// A star may stand for nothing.
fn skip_stars(tokens: &[Token], states: &mut [bool]) {
    for (idx, token) in tokens.iter().enumerate() {
        if states[idx] && matches!(token, Token::Star) {
            states[idx + 1] = true;
        }
    }
}

impl Token {
    fn matches(&self, it: char) -> bool {
        match self {
            Self::Char(own) => *own == it,
            Self::Any | Self::Star => true,
            Self::Class(ranges, others) => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&it)) != *others
            }
        }
    }
}

/// `a-z]` behind a bracket, with its length; `Some(None)` when the bracket is never closed.
#[expect(clippy::option_option, reason = "not worked out, and no class, are two answers")]
fn class(chars: &[char]) -> Option<Option<(Token, usize)>> {
    let others = matches!(chars.first(), Some('!' | '^'));
    let mut at = usize::from(others);
    let mut ranges = Vec::new();
    loop {
        let Some(it) = chars.get(at).copied() else { return Some(None) };
        // A closing bracket that comes first is one of the characters.
        if it == ']' && !ranges.is_empty() {
            return Some(Some((Token::Class(ranges, others), at + 1)));
        }
        if it == '[' && matches!(chars.get(at + 1), Some(':' | '.' | '=')) || it == '\\' {
            return None;
        }
        let high = match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(high)) if *high != ']' => Some(*high),
            _ => None,
        };
        at += if high.is_some() { 3 } else { 1 };
        let high = high.unwrap_or(it);
        // Letters of a range sort in another order in some languages; digits never do.
        let is_sure = it == high
            || it.is_ascii_digit() && high.is_ascii_digit()
            || it.is_ascii_lowercase() && high.is_ascii_lowercase()
            || it.is_ascii_uppercase() && high.is_ascii_uppercase();
        if !is_sure {
            return None;
        }
        ranges.push((it, high));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        pattern.push(text).unwrap();
        pattern
    }

    #[test]
    fn patterns_match_as_in_case() {
        for (text, value, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("web", "web", true),
            ("web*", "worker", false),
            ("w*r", "worker", true),
            ("w?b", "web", true),
            ("*a*b", "xaxb", true),
            ("*a*b", "xaxbx", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
        ] {
            let found = pattern(text).matches(value, &Budget::new());
            assert_eq!(found, Some(expected), "{text} {value}");
        }
        assert!(Pattern::default().push("[[:alpha:]]").is_none());
    }

    #[test]
    fn all_starts_and_ends_are_found() {
        let budget = Budget::new();
        assert_eq!(pattern("*/").prefixes("a/b/c", &budget), Some(vec![2, 4]));
        assert_eq!(pattern("/*").suffixes("a/b/c", &budget), Some(vec![3, 1]));
        assert_eq!(pattern("").prefixes("ab", &budget), Some(vec![0]));
        assert_eq!(pattern(".*").suffixes("é.x", &budget), Some(vec![2]));
    }

    #[test]
    fn a_pattern_of_stars_takes_no_time() {
        let stars = pattern(&"*a".repeat(3_000));
        assert_eq!(stars.matches(&"a".repeat(90_000), &Budget::new()), None);
    }
}
