//! Patterns: which names and paths they match.

mod path;

pub use path::Pattern;
pub use path::is_pattern;

/// Whether a text matches a pattern in which `*` stands for any text and `?` for any character, as
/// in `case` of a shell.
///
/// Without recursion: on a mismatch, the last `*` takes one character more.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern_rest, mut rest) = (pattern, text);
    let mut star: Option<(&str, &str)> = None;
    loop {
        let (mut signs, mut letters) = (pattern_rest.chars(), rest.chars());
        match (signs.next(), letters.next()) {
            (Some('*'), _) => {
                star = Some((signs.as_str(), rest));
                pattern_rest = signs.as_str();
            }
            (None, None) => return true,
            (Some(sign), Some(letter)) if sign == '?' || sign == letter => {
                (pattern_rest, rest) = (signs.as_str(), letters.as_str());
            }
            _ => {
                let Some((behind, taken)) = star else { return false };
                let mut letters = taken.chars();
                if letters.next().is_none() {
                    return false;
                }
                star = Some((behind, letters.as_str()));
                (pattern_rest, rest) = (behind, letters.as_str());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_a_shell() {
        for (pattern, text, expect) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("web", "web", true),
            ("web*", "worker", false),
            ("w*r", "worker", true),
            ("w?b", "web", true),
            ("?", "é", true),
            ("??", "é", false),
            ("*a*b", "xaxb", true),
            ("*a*b", "xaxbx", false),
            ("*?", "", false),
            ("a*", "a", true),
        ] {
            assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
        }
    }
}
