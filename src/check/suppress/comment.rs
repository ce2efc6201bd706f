//! One comment: `# opslint: allow[rule-id, other-rule] reason until=2027-01-01`.
//!
//! Only the text matters here, not the format it stands in. A comment that does not begin with
//! `opslint:` is none of our business; one that does is either understood or reported.

use std::ops::Range;
use std::sync::Arc;

/// Ranges in here are bytes of the comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allow {
    /// Ids of rules, never empty.
    pub(super) rules: Vec<Range<usize>>,
    /// Why; not empty.
    pub(super) reason: Arc<str>,
    /// The text after `until=`.
    pub(super) until: Option<Range<usize>>,
}

/// What is wrong with a comment that is meant for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// Something else than `allow` follows `opslint:`.
    NotAllow(Range<usize>),
    /// No `[…]` with at least one id follows `allow`.
    NoRules(Range<usize>),
    /// Nothing says why.
    NoReason(Range<usize>),
}

/// What the comments of all formats begin with.
const LEADERS: &[&str] = &["#", "//", "/*"];
pub(super) const MARKER: &str = "opslint:";
const ALLOW: &str = "allow";
const UNTIL: &str = "until=";

/// What a comment says to opslint; `None` when it says nothing to it.
pub(super) fn parse(comment: &str) -> Option<Result<Allow, Malformed>> {
    let mut text = comment.trim_start();
    while let Some(rest) = LEADERS.iter().find_map(|it| text.strip_prefix(it)) {
        text = rest.trim_start();
    }
    let rest = text.strip_prefix(MARKER)?;
    let end = comment.trim_end().trim_end_matches("*/").trim_end().len();
    let start = (comment.len() - rest.trim_start().len()).min(end);
    Some(allow(comment, start..end))
}

fn allow(comment: &str, range: Range<usize>) -> Result<Allow, Malformed> {
    let body = &comment[range.clone()];
    let Some(rest) = body.strip_prefix(ALLOW) else {
        let word = body.find(|it: char| !it.is_alphanumeric() && it != '-').unwrap_or(body.len());
        return Err(Malformed::NotAllow(range.start..range.start + word));
    };
    let no_rules = || Malformed::NoRules(range.start..range.start + ALLOW.len());
    let list = rest.trim_start().strip_prefix('[').ok_or_else(no_rules)?;
    let close = list.find(']').ok_or_else(no_rules)?;
    let list_start = range.end - list.len();
    let rules: Vec<_> = parts(comment, list_start..list_start + close, ',').collect();
    if rules.is_empty() {
        return Err(no_rules());
    }
    let after = list_start + close + 1..range.end;
    let mut words = Vec::new();
    let mut until = None;
    for word in parts(comment, after, ' ') {
        match comment[word.clone()].starts_with(UNTIL) {
            true => until = Some(word.start + UNTIL.len()..word.end),
            false => words.push(&comment[word]),
        }
    }
    // A lone dash or colon before nothing is no reason either.
    if !words.iter().any(|it| it.contains(char::is_alphanumeric)) {
        return Err(Malformed::NoReason(range));
    }
    Ok(Allow { rules, reason: Arc::from(words.join(" ")), until })
}

/// The trimmed, non-empty parts of a range between separators. Any white space separates like ` `.
fn parts(text: &str, range: Range<usize>, separator: char) -> impl Iterator<Item = Range<usize>> {
    let separates = move |it: char| it == separator || (separator == ' ' && it.is_whitespace());
    text[range].split(separates).map(str::trim).filter(|it| !it.is_empty()).map(|part| {
        // Both point into the same text, so the difference is the offset.
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        start..start + part.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(comment: &str, rules: &[&str], reason: &str, until: Option<&str>) {
        let allow = parse(comment).unwrap().unwrap();
        let texts: Vec<_> = allow.rules.iter().map(|it| &comment[it.clone()]).collect();
        assert_eq!(texts, rules);
        assert_eq!(&*allow.reason, reason);
        assert_eq!(allow.until.map(|it| &comment[it]), until);
    }

    #[track_caller]
    fn check_malformed(comment: &str, expect: fn(Range<usize>) -> Malformed, at: &str) {
        let start = comment.find(at).unwrap();
        assert_eq!(parse(comment), Some(Err(expect(start..start + at.len()))));
    }

    #[test]
    fn every_kind_of_comment_is_read() {
        check("# opslint: allow[a] because", &["a"], "because", None);
        check("#opslint:allow [a-b,  c] it is so", &["a-b", "c"], "it is so", None);
        check("// opslint: allow[a] because", &["a"], "because", None);
        check("/* opslint: allow[a] because */", &["a"], "because", None);
    }

    #[test]
    fn a_date_may_stand_anywhere_in_the_reason() {
        check("# opslint: allow[a] why until=2027-01-01", &["a"], "why", Some("2027-01-01"));
        check("# opslint: allow[a] until=2027-01-01\twhy", &["a"], "why", Some("2027-01-01"));
        check("# opslint: allow[a] why until=", &["a"], "why", Some(""));
    }

    #[test]
    fn comments_for_others_are_left_alone() {
        for comment in ["# noqa", "# opslint is great", "#", "", "# see opslint: allow[a] b"] {
            assert_eq!(parse(comment), None, "{comment}");
        }
    }

    #[test]
    fn malformed_comments_say_where() {
        check_malformed("# opslint: ignore[a] why", Malformed::NotAllow, "ignore");
        check_malformed("# opslint: allow a why", Malformed::NoRules, "allow");
        check_malformed("# opslint: allow[] why", Malformed::NoRules, "allow");
        check_malformed("# opslint: allow[a why", Malformed::NoRules, "allow");
        check_malformed("# opslint: allow[a]", Malformed::NoReason, "allow[a]");
        check_malformed("# opslint: allow[a] -", Malformed::NoReason, "allow[a] -");
        check_malformed("# opslint: allow[a] until=x", Malformed::NoReason, "allow[a] until=x");
    }

    #[test]
    fn every_prefix_is_read_without_a_panic() {
        let comment = "/* opslint: allow[ä, b] wäil until=2027-01-01 */";
        for end in (0..=comment.len()).filter(|it| comment.is_char_boundary(*it)) {
            let _ = parse(&comment[..end]);
        }
        assert_eq!(parse("/* opslint:*/"), Some(Err(Malformed::NotAllow(11..11))));
    }
}
