//! `test`, `[` and `[[`, and the patterns of `case`.

use super::run::Status;
use crate::launch::Word;

/// The text of a word when it is certain: a default that rests on an assumption does not decide
/// which way a command goes.
pub(super) fn certain_text(word: &Word) -> Option<String> {
    let assumed = |it: &crate::launch::Piece| {
        it.expanded.as_ref().is_some_and(|fact| fact.origin.is_assumed())
    };
    if word.pieces.iter().any(assumed) { None } else { word.text() }
}

/// The outcome of `test` with these operands.
pub(super) fn test(operands: &[Word]) -> Status {
    let Some(texts) = operands.iter().map(certain_text).collect::<Option<Vec<_>>>() else {
        return Status::Unknown;
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match texts.as_slice() {
        ["!", rest @ ..] if !rest.is_empty() => test(&operands[1..]).negated(),
        [] => Status::Failure,
        [text] => Status::of(!text.is_empty()),
        ["-n", text] => Status::of(!text.is_empty()),
        ["-z", text] => Status::of(text.is_empty()),
        [left, operator, right] => compare(left, operator, right),
        _ => Status::Unknown,
    }
}

fn compare(left: &str, operator: &str, right: &str) -> Status {
    let numbers = || Some((left.parse::<i64>().ok()?, right.parse::<i64>().ok()?));
    let holds = match operator {
        "=" | "==" => Some(left == right),
        "!=" => Some(left != right),
        "-eq" => numbers().map(|(a, b)| a == b),
        "-ne" => numbers().map(|(a, b)| a != b),
        "-lt" => numbers().map(|(a, b)| a < b),
        "-le" => numbers().map(|(a, b)| a <= b),
        "-gt" => numbers().map(|(a, b)| a > b),
        "-ge" => numbers().map(|(a, b)| a >= b),
        _ => None,
    };
    holds.map_or(Status::Unknown, Status::of)
}

/// Whether a text matches a pattern of `case`; `None` for brackets and escapes.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    if pattern.contains(['[', '\\']) {
        return None;
    }
    Some(glob(pattern, text))
}

/// `*` and `?`, without recursion: on a mismatch, the last `*` takes one character more.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut idx) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while idx < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, idx));
                at += 1;
            }
            Some(it) if *it == '?' || *it == text[idx] => {
                at += 1;
                idx += 1;
            }
            _ => {
                let Some((star_at, star_idx)) = star else { return false };
                star = Some((star_at, star_idx + 1));
                at = star_at + 1;
                idx = star_idx + 1;
            }
        }
    }
    pattern[at..].iter().all(|it| *it == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_case() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("web", "web", true),
            ("web*", "worker", false),
            ("w*r", "worker", true),
            ("w?b", "web", true),
            ("*a*b", "xaxb", true),
            ("*a*b", "xaxbx", false),
        ] {
            assert_eq!(matches(pattern, text), Some(expected), "{pattern} {text}");
        }
        assert_eq!(matches("[a-z]", "a"), None);
    }
}
