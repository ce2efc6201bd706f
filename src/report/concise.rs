//! `--format concise`: one line each, for `grep`, editors and problem matchers.

use std::io;

use super::options::ReportOptions;
use super::position::{Columns, Positions};
use super::text::one_line;
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// Writes `path:line:col: level[rule] message` for each diagnostic, and nothing else.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    for it in &outcome.diagnostics {
        let place = options.ink.bold(&one_line(&positions.place(it.primary.span)));
        let level = format!("{}[{}]", it.severity.name(), it.rule);
        let level = options.ink.severity(it.severity, &level);
        writeln!(out, "{place}: {level} {}", one_line(&it.message))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    #[test]
    fn a_diagnostic_is_one_line_whatever_its_message_says() {
        let (sources, mut outcome) = samples::shop();
        let mut other = outcome.diagnostics[0].clone();
        other.message = "two\nlines".to_owned();
        outcome.diagnostics.push(other);
        let mut out = Vec::new();
        write(&mut out, &outcome, &sources, &ReportOptions::default()).unwrap();
        expect![[r#"
            gunicorn.conf.py:3:11: error[memory-overcommit] 9 workers need about 1,152 MB, the machine has 512 MB
            gunicorn.conf.py:3:11: error[memory-overcommit] two lines
        "#]].assert_eq(&String::from_utf8(out).unwrap());
    }
}
