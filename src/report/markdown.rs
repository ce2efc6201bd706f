//! `--format markdown`: for a comment on a pull request, and for GitHub's job summary.

use std::collections::BTreeSet;
use std::io;

use super::assumed::assumptions;
use super::edits::diff;
use super::options::ReportOptions;
use super::position::{Columns, Positions};
use super::summary;
use super::text::{count, one_line};
use crate::diagnostic::Diagnostic;
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// A comment on GitHub has 65,536 characters at most; the rest is for the last lines.
const LENGTH_MAX: usize = 60_000;
/// By this a script finds its comment of an earlier run.
const MARKER: &str = "<!-- opslint -->\n";

/// Writes one section.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    out.write_all(text(outcome, sources, options).as_bytes())
}

/// The section as a text.
pub(super) fn text(outcome: &Outcome, sources: &SourceMap, options: &ReportOptions<'_>) -> String {
    let positions = Positions::new(sources, Columns::CodePoints);
    let plain = ReportOptions { ink: super::ink::Ink::Plain, ..*options };
    let mut lines = summary::lines(outcome, &plain).into_iter();
    let mut text = format!("{MARKER}### opslint: {}\n\n", lines.next().unwrap_or_default());
    let mut explained = BTreeSet::new();
    for (idx, it) in summary::worst_first(&outcome.diagnostics).into_iter().enumerate() {
        let why = it.why.as_deref().or(options.rule(&it.rule).map(|it| it.why.as_str()));
        let why = why.filter(|_| explained.insert(it.rule.as_str()));
        let item = item(it, why, &positions, options);
        if text.len() + item.len() > LENGTH_MAX {
            let more = count(outcome.diagnostics.len() - idx, "diagnostic");
            text += &format!("- and {more} more, for which there is no room here\n");
            break;
        }
        text += &item;
    }
    let rest: Vec<_> = lines.map(|it| markdown(&it)).collect();
    if !rest.is_empty() {
        let gap = if outcome.diagnostics.is_empty() { "" } else { "\n" };
        text += &format!("{gap}<sub>{}</sub>\n", rest.join(" · "));
    }
    text
}

fn item(
    it: &Diagnostic,
    why: Option<&str>,
    positions: &Positions<'_>,
    options: &ReportOptions<'_>,
) -> String {
    let url = it.url.as_deref().or(options.rule(&it.rule).and_then(|it| it.url.as_deref()));
    let rule = url.map_or_else(|| it.rule.clone(), |url| format!("[{}]({url})", it.rule));
    let mut text = format!(
        "- **{}** {} {rule}: {}\n",
        it.severity.name(),
        code(&positions.line_place(it.primary.span)),
        markdown(&it.message)
    );
    for label in std::iter::once(&it.primary).chain(&it.related) {
        if !label.text.is_empty() {
            let place = code(&positions.line_place(label.span));
            text += &format!("  - {place}: {}\n", markdown(&label.text));
        }
    }
    let mut part = |title: &str, prose: &str| {
        if !prose.trim().is_empty() {
            text += &format!("  - **{title}:** {}\n", self::prose(prose));
        }
    };
    part("Why", why.unwrap_or_default());
    part("Help", it.help.as_deref().unwrap_or_default());
    for assumption in assumptions(it) {
        part("Assumed", &assumption);
    }
    for fix in &it.fixes {
        text += &format!("  - **Fix ({}):** {}\n", fix.safety.name(), prose(&fix.title));
        let Some(diff) = diff(fix, positions) else { continue };
        for line in block("diff", &diff).lines() {
            text += &format!("    {line}\n");
        }
    }
    text
}

/// Lines of code, between fences that are longer than any in them.
pub(super) fn block(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{text}{fence}\n")
}

/// Prose with code in backticks, in one line.
pub(super) fn prose(text: &str) -> String {
    markdown(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text as code. One that has backticks itself gets longer fences.
fn code(text: &str) -> String {
    let text = one_line(text);
    let mut fence = "`".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let space = if text.contains('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A text with code in backticks as Markdown: everything else stands for itself, and no `@name`
/// calls a person.
fn markdown(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<_> = text.split('`').collect();
    let mut markdown = String::with_capacity(text.len());
    for (idx, part) in parts.iter().enumerate() {
        // An odd part stands between two backticks, unless the second one is missing.
        if idx % 2 == 1 && idx + 1 < parts.len() {
            markdown += &code(part);
            continue;
        }
        if idx % 2 == 1 {
            markdown += "\\`";
        }
        for it in part.chars() {
            match it {
                '\\' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                    markdown.push('\\');
                    markdown.push(it);
                }
                '<' => markdown += "&lt;",
                '>' => markdown += "&gt;",
                '&' => markdown += "&amp;",
                '@' => markdown += "@<!-- -->",
                it => markdown.push(it),
            }
        }
    }
    markdown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    #[test]
    fn a_comment_lists_what_where_and_what_to_do() {
        let (sources, outcome) = samples::shop();
        expect![[r#"
            <!-- opslint -->
            ### opslint: 1 error in 3 files (5 processes)

            - **error** `gunicorn.conf.py:3` [memory-overcommit](https://opslint.example/rules#memory-overcommit): 9 workers need about 1,152 MB, the machine has 512 MB
              - `gunicorn.conf.py:3`: 9: this machine shows 4 CPUs
              - `fly.toml:11`: all of process `web` runs in this
              - **Why:** The kernel kills workers when memory runs out; requests in flight are lost.
              - **Help:** set `workers = 3`, or `memory = "2gb"`
              - **Assumed:** 128 MB per worker (Django); measured it? set `memory_per_worker_mb` in opslint.toml

            <sub>1 rule could not be decided (--show-undecided)</sub>
        "#]].assert_eq(&text(&outcome, &sources, &ReportOptions::default()));
    }

    #[test]
    fn only_code_is_markup() {
        assert_eq!(markdown("*a* `b_c` <i> @x `"), "\\*a\\* `b_c` &lt;i&gt; @<!-- -->x \\`");
        assert_eq!(code("a`b"), "`` a`b ``");
    }

    #[test]
    fn a_comment_never_gets_too_long() {
        let (sources, mut outcome) = samples::shop();
        outcome.diagnostics = vec![outcome.diagnostics[0].clone(); 1000];
        let text = text(&outcome, &sources, &ReportOptions::default());
        assert!(text.len() < 65_536);
        let shown = text.matches("- **error**").count();
        assert!(text.contains(&format!("and {} diagnostics more", 1000 - shown)), "{shown}");
    }
}
