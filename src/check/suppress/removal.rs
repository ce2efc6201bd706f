//! What takes a rule's id out of a comment, or the whole comment where it is the only one.

use super::comment::MARKER;
use crate::fix::{Edit, Fix, Safety};
use crate::source::{SourceMap, Span};

/// What begins a comment that ends with its line.
const LEADERS: [&str; 3] = ["#", "//", ";"];

/// A fix that removes what allows the rule of this id; `None` where the comment says more than
/// that, or does not end with its line. Somebody wrote a reason, so it is for somebody to confirm.
pub(super) fn fix(sources: &SourceMap, id: Span) -> Option<Fix> {
    let text = sources.get(id.file)?.text();
    let rule = text.get(id.range())?;
    let (start, end) = edit(text, id.start as usize, id.end as usize)?;
    let edit = Edit { span: Span::new(id.file, start, end), text: String::new() };
    let title = format!("remove what allows `{rule}`");
    Some(Fix { title, safety: Safety::Unsafe, edits: vec![edit] })
}

/// The bytes to remove.
fn edit(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let line = text[..start].rfind('\n').map_or(0, |it| it + 1);
    let (before, after) = (text.get(line..start)?, text.get(end..)?);
    let (head, list) = before.rsplit_once('[')?;
    let (rest, _) = after.split_once(']')?;
    let (code, _) = head.rsplit_once(MARKER)?;
    if rest.contains('\n') {
        return None;
    }
    if rest.trim_start().starts_with(',') && !rest.trim_matches([',', ' ', '\t']).is_empty() {
        let comma = rest.find(',')? + 1;
        let blanks = rest[comma..].len() - rest[comma..].trim_start().len();
        return Some((start, end + comma + blanks));
    }
    if !list.trim_matches([',', ' ', '\t']).is_empty() {
        return Some((line + before.trim_end_matches([',', ' ', '\t']).len(), end));
    }
    let leader = LEADERS.iter().find_map(|it| code.trim_end().strip_suffix(it))?;
    let tail = after.find('\n').map_or(after, |it| &after[..it]);
    // A second comment, such as one for another linter, or a second line of the reason.
    if LEADERS.iter().any(|it| tail.contains(it)) {
        return None;
    }
    let next = &after[tail.len()..];
    if leader.trim().is_empty() {
        let below = next.strip_prefix('\n').unwrap_or(next).trim_start_matches([' ', '\t']);
        let goes_on = LEADERS.iter().any(|it| below.starts_with(it));
        let newline = usize::from(!next.is_empty());
        return (!goes_on).then_some((line, end + tail.len() + newline));
    }
    let carriage = usize::from(tail.ends_with('\r'));
    Some((line + leader.trim_end().len(), end + tail.len() - carriage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let start = text.find("an-id").expect("it is there");
        let left = edit(text, start, start + "an-id".len());
        let left = left.map(|(from, to)| format!("{}{}", &text[..from], &text[to..]));
        assert_eq!(left.as_deref(), expect, "{text:?}");
    }

    #[test]
    fn a_comment_goes_with_the_only_rule_that_it_names() {
        check("a = 1\n  # opslint: allow[an-id] why\nb = 2\n", Some("a = 1\nb = 2\n"));
        check("a = 1\r\n# opslint: allow[an-id] why\r\nb = 2\r\n", Some("a = 1\r\nb = 2\r\n"));
        check("a = 1 # opslint: allow[an-id] why\nb = 2\n", Some("a = 1\nb = 2\n"));
        check("a = 1 # opslint: allow[an-id] why\r\nb = 2", Some("a = 1\r\nb = 2"));
        check("a = 1\n# opslint: allow[an-id] why", Some("a = 1\n"));
        check("a\n// opslint: allow[an-id] why\nb", Some("a\nb"));
    }

    #[test]
    fn only_the_id_goes_beside_others() {
        check("# opslint: allow[an-id, more] why\n", Some("# opslint: allow[more] why\n"));
        check("# opslint: allow[more, an-id] why\n", Some("# opslint: allow[more] why\n"));
        check("# opslint: allow[x,an-id,more] why\n", Some("# opslint: allow[x,more] why\n"));
        check("# opslint: allow[x, an-id,] why\n", Some("# opslint: allow[x,] why\n"));
    }

    #[test]
    fn what_says_more_stays() {
        check("# opslint: allow[an-id] why\n# and more\nb = 2\n", None);
        check("a = 1  # opslint: allow[an-id] why  # noqa\n", None);
        check("a /* opslint: allow[an-id] why */\n", None);
        check("<!-- opslint: allow[an-id] why -->\n", None);
        check("rules = [\"an-id\"]\n", None);
        check("# opslint: allow[an-id\n", None);
    }
}
