//! A comment that allows a diagnostic, above the line that it is about.

use crate::diagnostic::Diagnostic;
use crate::document::Syntax;
use crate::fix::Edit;
use crate::source::{SourceMap, Span};

/// What a comment that allows something begins with.
const ALLOW: &str = "opslint: allow[";

/// The comment that allows some rules where a diagnostic stands. A comment above the line that
/// allows others already gets the rules, too, as only the nearest one counts.
///
/// `None` where there is no place for one: JSON has no comments, and a command that goes on over
/// several lines, and a text of another language, have none between their lines.
pub fn allow(it: &Diagnostic, rules: &[&str], reason: &str, sources: &SourceMap) -> Option<Edit> {
    // In a text that is a file of its own to a program, a comment is none of the file around it.
    if sources.is_inner(it.primary.span) {
        return None;
    }
    let file = sources.get(it.primary.span.file)?;
    let syntax = super::syntax(file)?;
    if syntax == Syntax::Json || it.primary.span.order() == (0, 0) {
        return None;
    }
    let text = file.text();
    let start = line_start(text, it.primary.span.range().start)?;
    let above = text.get(..start)?.trim_end_matches(['\n', '\r']);
    if above.ends_with('\\') {
        return None;
    }
    let id = it.primary.span.file;
    let last = above.rsplit('\n').next().unwrap_or_default();
    if start > 0 && last.trim_start().starts_with('#') && last.contains(ALLOW) {
        let from = above.len() - last.len();
        let close = from + last.find(ALLOW)? + last.get(last.find(ALLOW)?..)?.find(']')?;
        let known = text.get(..close)?.rsplit('[').next().unwrap_or_default();
        let mut new = String::new();
        for rule in rules.iter().filter(|it| known.split(',').all(|known| known.trim() != **it)) {
            new += ", ";
            new += rule;
        }
        return Some(Edit { span: Span::new(id, close, close), text: new });
    }
    let line = text.get(start..)?;
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let text = format!("{indent}# {ALLOW}{}] {reason}{end}", rules.join(", "));
    Some(Edit { span: Span::new(id, start, start), text })
}

fn line_start(text: &str, at: usize) -> Option<usize> {
    Some(text.get(..at)?.rfind('\n').map_or(0, |it| it + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Severity};

    #[track_caller]
    fn check(path: &str, text: &str, at: &str, expect: Option<&str>) {
        let mut sources = SourceMap::new();
        let file = sources.add(path, text);
        let start = text.find(at).unwrap();
        let label = Label::new(Span::new(file, start, start + at.len()), "");
        let it = Diagnostic::new("a-rule", Severity::Error, "wrong", label);
        let new = allow(&it, &["a-rule", "b-rule"], "meant so", &sources).map(|it| {
            let mut new = text.to_owned();
            new.replace_range(it.span.range(), &it.text);
            new
        });
        assert_eq!(new.as_deref(), expect);
    }

    #[test]
    fn a_comment_stands_above_its_line() {
        let expect = "a:\r\n  # opslint: allow[a-rule, b-rule] meant so\r\n  b: 1\r\n";
        check("render.yaml", "a:\r\n  b: 1\r\n", "1", Some(expect));
        check("app.json", "{\"a\": 1}", "1", None);
        check("Dockerfile", "RUN a \\\n  b\n", "b", None);
    }

    #[test]
    fn one_that_is_there_gets_the_rules() {
        let text = "# opslint: allow[b-rule, c] why\na = 1\n";
        let expect = "# opslint: allow[b-rule, c, a-rule] why\na = 1\n";
        check("fly.toml", text, "1", Some(expect));
    }
}
