//! `--format agent`: for coding assistants. Short, complete, and without drawing: what is wrong,
//! where, which change to make, which values that rests on, and how to check the change.

use std::io;

use super::assumed::assumptions;
use super::options::ReportOptions;
use super::position::{Columns, Positions};
use super::pretty::undecided_rules;
use super::settle;
use super::summary;
use super::text::{cut, one_line};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fix::{Edit, Safety};
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// Source text beside a place.
const SOURCE_COLUMNS_MAX: usize = 120;

/// Of a longer text that is taken out, only the beginning is shown: its place says which it is.
const OLD_BYTES_MAX: usize = 2_000;

const MUST: &str = "Make the changes, then run `opslint check` again: exit status 0 is clean.";
const NO_MUST: &str = "Nothing has to be changed: infos alone leave the exit status at 0.";
const MAY: &str = "May be changed, where the user agrees; the exit status does not depend on it, unless \
     `--fail-on info` is set:";
const BY_ITSELF: &str = "`opslint check --fix` makes those that are marked `fix (safe)`.";
const BY_ITSELF_TOO: &str = "`--unsafe-fixes` adds the others, which change what runs.";
const BY_ITSELF_UNSAFE: &str = "`opslint check --fix --unsafe-fixes` makes those that are marked `fix (unsafe)`, which change \
     what runs.";

/// Writes a numbered list.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let plain = ReportOptions { ink: super::ink::Ink::Plain, ..*options };
    let first = summary::lines(outcome, &plain).into_iter().next().unwrap_or_default();
    writeln!(out, "opslint: {first}")?;
    let ordered = summary::worst_first(&outcome.diagnostics);
    let musts = ordered.iter().filter(|it| it.severity > Severity::Info).count();
    if !ordered.is_empty() {
        match musts {
            0 => writeln!(out, "{NO_MUST}")?,
            _ => writeln!(out, "{MUST}")?,
        }
        let has = |safety| {
            outcome.diagnostics.iter().flat_map(|it| &it.fixes).any(|it| it.safety == safety)
        };
        match (has(Safety::Safe), has(Safety::Unsafe)) {
            (true, true) => writeln!(out, "{BY_ITSELF} {BY_ITSELF_TOO}")?,
            (true, false) => writeln!(out, "{BY_ITSELF}")?,
            (false, true) => writeln!(out, "{BY_ITSELF_UNSAFE}")?,
            (false, false) => {}
        }
    }
    for (idx, it) in ordered.into_iter().enumerate() {
        if idx == musts {
            writeln!(out, "\n{MAY}")?;
        }
        writeln!(out)?;
        let item = Item { sources, positions: &positions, options };
        out.write_all(item.text(idx + 1, it).as_bytes())?;
    }
    if !outcome.assumptions.is_empty() {
        writeln!(
            out,
            "\nAssumed, because no file says otherwise. Ask the user what is true, then write it \
             into {}:",
            one_line(&outcome.assumptions[0].file)
        )?;
        for it in &outcome.assumptions {
            writeln!(out, "- {} ({})", one_line(&it.settle_with), settle::note(it))?;
        }
    }
    let mut gaps: Vec<_> = Vec::new();
    for missing in outcome.undecided.iter().flat_map(|it| it.missing.iter()) {
        if !missing.unknown.settle_with.is_empty() && !gaps.contains(&&missing.unknown) {
            gaps.push(&missing.unknown);
        }
    }
    let rules = undecided_rules(&outcome.undecided);
    if gaps.is_empty() && !outcome.undecided.is_empty() {
        writeln!(out, "\n{rules} could not be decided.")?;
    } else if !gaps.is_empty() {
        writeln!(out, "\n{rules} could not be decided. Ask the user before setting any of these:")?;
        for gap in gaps {
            writeln!(out, "- {} ({})", one_line(&gap.settle_with), one_line(&gap.reason))?;
        }
    }
    Ok(())
}

struct Item<'a> {
    sources: &'a SourceMap,
    positions: &'a Positions<'a>,
    options: &'a ReportOptions<'a>,
}

impl Item<'_> {
    fn text(&self, number: usize, it: &Diagnostic) -> String {
        let (severity, message) = (it.severity.name(), one_line(&it.message));
        let mut text = format!("{number}. {severity}[{}] {message}\n", it.rule);
        let mut row = |title: &str, value: &str| {
            if !value.trim().is_empty() {
                text += &format!("   {title}: {}\n", one_line(value.trim()));
            }
        };
        row("at", &self.place(&it.primary));
        for label in &it.related {
            row("and", &self.place(label));
        }
        row("change", it.help.as_deref().unwrap_or_default());
        let rule = self.options.rule(&it.rule);
        row("why", it.why.as_deref().or(rule.map(|it| it.why.as_str())).unwrap_or_default());
        if !it.deployments.is_empty() {
            let process = it.process.as_deref().map(|it| format!("process `{it}` of "));
            let deployments = it.deployments.join(", ");
            row("about", &format!("{}{deployments}", process.unwrap_or_default()));
        }
        for assumption in assumptions(it) {
            row("assumed", &assumption);
        }
        for fix in &it.fixes {
            row(&format!("fix ({})", fix.safety.name()), &fix.title);
            for edit in &fix.edits {
                row("  edit", &self.edit(edit));
            }
        }
        text
    }

    /// What to do with some bytes; texts as JSON writes them, so that line breaks can be seen.
    fn edit(&self, edit: &Edit) -> String {
        let place = self.positions.place(edit.span);
        let quoted = |it: &str| serde_json::Value::from(it).to_string();
        let old = self.sources.text(edit.span);
        let taken_out = |old: &str| match old.len() > OLD_BYTES_MAX {
            true => {
                let shown = quoted(&cut(old, SOURCE_COLUMNS_MAX));
                format!("all {} bytes of {shown}", old.len())
            }
            false => quoted(old),
        };
        match (old, edit.text.as_str()) {
            ("", new) => format!("{place} insert {}", quoted(new)),
            (old, "") => format!("{place} remove {}", taken_out(old)),
            (old, new) => format!("{place} replace {} with {}", taken_out(old), quoted(new)),
        }
    }

    /// `path:line:column`, the source there, and what is to be seen.
    fn place(&self, label: &Label) -> String {
        let source = one_line(self.sources.text(label.span).lines().next().unwrap_or_default());
        let mut text = self.positions.place(label.span);
        if !source.trim().is_empty() {
            text += &format!(" `{}`", cut(source.trim(), SOURCE_COLUMNS_MAX));
        }
        if !label.text.is_empty() {
            text += &format!(" ({})", label.text);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    #[test]
    fn an_assistant_reads_what_where_and_which_change() {
        let (sources, outcome) = samples::shop();
        let mut out = Vec::new();
        write(&mut out, &outcome, &sources, &ReportOptions::default()).unwrap();
        expect![[r#"
            opslint: 1 error in 3 files (5 processes)
            Make the changes, then run `opslint check` again: exit status 0 is clean.

            1. error[memory-overcommit] 9 workers need about 1,152 MB, the machine has 512 MB
               at: gunicorn.conf.py:3:11 `multiprocessing.cpu_count() * 2 + 1` (9: this machine shows 4 CPUs)
               and: fly.toml:11:12 `"512mb"` (all of process `web` runs in this)
               change: set `workers = 3`, or `memory = "2gb"`
               why: The kernel kills workers when memory runs out; requests in flight are lost.
               about: process `web` of fly.toml
               assumed: 128 MB per worker (Django); measured it? set `memory_per_worker_mb` in opslint.toml

            1 rule could not be decided. Ask the user before setting any of these:
            - `WEB_CONCURRENCY` under `[env]` in opslint.toml (`$WEB_CONCURRENCY` is set nowhere in this project)
        "#]].assert_eq(&String::from_utf8(out).unwrap());
    }

    fn said(severities: &[Severity]) -> String {
        let (sources, mut outcome) = samples::shop();
        let one = outcome.diagnostics.remove(0);
        outcome.diagnostics =
            severities.iter().map(|it| Diagnostic { severity: *it, ..one.clone() }).collect();
        let mut out = Vec::new();
        write(&mut out, &outcome, &sources, &ReportOptions::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_must_be_changed_stands_apart_from_what_may() {
        let both = said(&[Severity::Info, Severity::Warning]);
        let (must, may) = both.split_once(MAY).unwrap();
        assert!(must.contains(MUST) && must.contains("1. warning["), "{both}");
        assert!(may.contains("2. info["), "{both}");
        let info = said(&[Severity::Info]);
        assert!(info.contains(NO_MUST) && !info.contains(MUST), "{info}");
        assert!(!said(&[Severity::Error]).contains(MAY));
    }
}
