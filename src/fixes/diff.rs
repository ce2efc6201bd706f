//! Two texts → a unified diff, as `git apply` and `patch` read it.

use std::fmt::Write as _;

/// Lines around a change that are shown.
pub(crate) const CONTEXT: usize = 3;

/// The difference of a file's texts; empty when there is none.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    unified_at(path, 0, old, new)
}

/// The same without the parts that show a line which is hidden, and how many these are: what is left
/// can still be applied. Lines are given without the break at their end.
pub fn unified_without(
    path: &str,
    old: &str,
    new: &str,
    is_hidden: impl Fn(&str) -> bool,
) -> (String, usize) {
    unified_of(path, 0, (old, new), is_hidden)
}

/// The difference of a part of a file that has so many lines before it.
pub(crate) fn unified_at(path: &str, lines_before: usize, old: &str, new: &str) -> String {
    unified_of(path, lines_before, (old, new), |_| false).0
}

fn unified_of(
    path: &str,
    lines_before: usize,
    (old, new): (&str, &str),
    is_hidden: impl Fn(&str) -> bool,
) -> (String, usize) {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let lines = aligned(&old, &new);
    let changed: Vec<usize> = (0..lines.len()).filter(|it| lines[*it].0 != Sign::Both).collect();
    let Some(first) = changed.first() else { return (String::new(), 0) };
    let (mut text, mut left_out) = (String::new(), 0);
    let mut start = *first;
    let mut end = *first;
    for at in changed.iter().skip(1).copied().chain([usize::MAX]) {
        if at != usize::MAX && at - end <= 2 * CONTEXT {
            end = at;
            continue;
        }
        let range = start.saturating_sub(CONTEXT)..(end + CONTEXT + 1).min(lines.len());
        let mut shown = lines[range.clone()].iter().map(|(_, it)| it.lines().next().unwrap_or(""));
        match shown.any(&is_hidden) {
            true => left_out += 1,
            false => hunk(&mut text, lines_before, &lines, range),
        }
        (start, end) = (at, at);
    }
    match text.is_empty() {
        true => (text, left_out),
        false => (format!("--- a/{path}\n+++ b/{path}\n{text}"), left_out),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Both,
    Old,
    New,
}

fn hunk(
    text: &mut String,
    lines_before: usize,
    lines: &[(Sign, &str)],
    range: std::ops::Range<usize>,
) {
    let count = |lines: &[(Sign, &str)], not: Sign| lines.iter().filter(|it| it.0 != not).count();
    let (before, shown) = (&lines[..range.start], &lines[range]);
    let span = |not: Sign| {
        let (skipped, len) = (lines_before + count(before, not), count(shown, not));
        // Nothing stands behind line 0 of an empty side.
        let start = if len == 0 { skipped } else { skipped + 1 };
        if len == 1 { start.to_string() } else { format!("{start},{len}") }
    };
    let _ = writeln!(text, "@@ -{} +{} @@", span(Sign::New), span(Sign::Old));
    for (sign, line) in shown {
        text.push(match sign {
            Sign::Both => ' ',
            Sign::Old => '-',
            Sign::New => '+',
        });
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The lines of both texts in one order: the longest common subsequence is in both.
fn aligned<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Sign, &'a str)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b);
    let tail = tail.count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut lines: Vec<_> = old[..head].iter().map(|it| (Sign::Both, *it)).collect();
    middle(a, b, &mut lines);
    lines.extend(old[old.len() - tail..].iter().map(|it| (Sign::Both, *it)));
    lines
}

fn middle<'a>(a: &[&'a str], b: &[&'a str], lines: &mut Vec<(Sign, &'a str)>) {
    /// Above this many pairs of lines the middle is shown as replaced as a whole.
    const PAIRS_MAX: usize = 4_000_000;
    let width = b.len() + 1;
    if (a.len() + 1).saturating_mul(width) > PAIRS_MAX {
        lines.extend(a.iter().map(|it| (Sign::Old, *it)));
        lines.extend(b.iter().map(|it| (Sign::New, *it)));
        return;
    }
    // The length of the longest common subsequence of what is left of both.
    let mut common = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = match a[i] == b[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push((Sign::Both, a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            lines.push((Sign::Old, a[i]));
            i += 1;
        } else {
            lines.push((Sign::New, b[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
        let expect = "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
        assert_eq!(unified("x", old, new), expect);
        assert_eq!(unified("x", old, old), "");
    }

    #[test]
    fn the_end_of_a_file_without_a_line_break_is_said() {
        let expect = "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n";
        assert_eq!(unified("x", "a", "a\nb"), expect);
    }

    #[test]
    fn changes_far_apart_are_two_hunks() {
        let old: String = (0..30).map(|it| format!("{it}\n")).collect();
        let new = old.replace("\n2\n", "\ntwo\n").replace("\n25\n", "\n");
        let diff = unified("x", &old, &new);
        assert_eq!(diff.matches("@@ -").count(), 2, "{diff}");
        assert!(diff.contains("@@ -23,7 +23,6 @@"), "{diff}");
    }
}
