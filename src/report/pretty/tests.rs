//! Reports as a person sees them, line by line.

use super::*;
use std::sync::Arc;

use crate::diagnostic::{Asked, Label, Missing, Severity, Undecided};
use crate::fact::Unknown;
use crate::report::options::Drawing;
use crate::report::samples;
use crate::source::Span;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn shop() -> (SourceMap, Diagnostic) {
    let (sources, outcome) = samples::shop();
    let diagnostic = outcome.diagnostics[0].clone();
    (sources, diagnostic)
}

fn outcome(diagnostics: Vec<Diagnostic>) -> Outcome {
    samples::of(diagnostics)
}

fn print(outcome: &Outcome, sources: &SourceMap, options: &ReportOptions<'_>) -> String {
    let mut out = Vec::new();
    write(&mut out, outcome, sources, options).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn check(outcome: &Outcome, sources: &SourceMap, width: usize, expect: &Expect) {
    let options = ReportOptions { width, ..ReportOptions::default() };
    expect.assert_eq(&print(outcome, sources, &options));
}

#[test]
fn labels_of_two_files_stand_under_one_header() {
    let (sources, diagnostic) = shop();
    check(
        &outcome(vec![diagnostic]),
        &sources,
        80,
        &expect![[r#"
            error[memory-overcommit]: 9 workers need about 1,152 MB, the machine has 512 MB
                ╭─[gunicorn.conf.py:3:11]
              3 │ workers = multiprocessing.cpu_count() * 2 + 1
                ·           ─────────────────┬─────────────────
                ·                            ╰── 9: this machine shows 4 CPUs
                ╰────
                ╭─[fly.toml:11:12]
             11 │   memory = "512mb"
                ·            ───┬───
                ·               ╰── all of process `web` runs in this
                ╰────
              why      The kernel kills workers when memory runs out; requests in flight
                       are lost.
              help     set `workers = 3`, or `memory = "2gb"`
              assumed  128 MB per worker (Django); measured it? set `memory_per_worker_mb`
                       in opslint.toml

            1 error in 3 files (5 processes)
        "#]],
    );
}

#[test]
fn a_narrow_terminal_breaks_prose_and_labels() {
    let (sources, diagnostic) = shop();
    check(
        &outcome(vec![diagnostic]),
        &sources,
        50,
        &expect![[r#"
            error[memory-overcommit]: 9 workers need about
              1,152 MB, the machine has 512 MB
                ╭─[gunicorn.conf.py:3:11]
              3 │ workers = multiprocessing.cpu_count() * 2 +…
                ·           ────────────────┬────────────────
                ·                           ╰─┤ 9: this machine shows 4
                ·                             │ CPUs
                ╰────
                ╭─[fly.toml:11:12]
             11 │   memory = "512mb"
                ·            ───┬───
                ·               ╰─┤ all of process `web` runs
                ·                 │ in this
                ╰────
              why      The kernel kills workers when memory
                       runs out; requests in flight are lost.
              help     set `workers = 3`, or `memory = "2gb"`
              assumed  128 MB per worker (Django); measured
                       it? set `memory_per_worker_mb` in
                       opslint.toml

            1 error in 3 files (5 processes)
        "#]],
    );
}

#[test]
fn ascii_drawing_uses_no_other_characters() {
    let (sources, diagnostic) = shop();
    let options = ReportOptions { drawing: Drawing::Ascii, ..ReportOptions::default() };
    let text = print(&outcome(vec![diagnostic]), &sources, &options);
    assert!(text.is_ascii());
    expect![[r#"
        error[memory-overcommit]: 9 workers need about 1,152 MB, the machine has 512 MB
            ,-[gunicorn.conf.py:3:11]
          3 | workers = multiprocessing.cpu_count() * 2 + 1
            :           ^^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^^^
            :                            `-- 9: this machine shows 4 CPUs
            `----
            ,-[fly.toml:11:12]
         11 |   memory = "512mb"
            :            ^^^|^^^
            :               `-- all of process `web` runs in this
            `----
          why      The kernel kills workers when memory runs out; requests in flight are lost.
          help     set `workers = 3`, or `memory = "2gb"`
          assumed  128 MB per worker (Django); measured it? set `memory_per_worker_mb` in opslint.toml

        1 error in 3 files (5 processes)
    "#]]
    .assert_eq(&text);
}

/// A diagnostic with one label on `part` of a text.
fn one(path: &str, text: &str, part: &str, label: &str) -> (SourceMap, Outcome) {
    let (sources, mut outcome) = samples::one(path, text, part);
    outcome.diagnostics[0].primary.text = label.to_owned();
    (sources, outcome)
}

#[test]
fn a_long_line_is_cut_around_its_label() {
    let filler = "\"filler\": \"filler\", ".repeat(40);
    let text = format!("{{{filler}\"timeout\": 900, {filler}}}");
    let (sources, outcome) =
        one("fly.json", &text, "900", "longer than the router waits, which is 60 s");
    check(
        &outcome,
        &sources,
        80,
        &expect![[r#"
        warning[some-rule]: something is off
           ╭─[fly.json:1:813]
         1 │ … "filler": "filler", "timeout": 900, "filler": "filler", "filler": "fill…
           ·                                  ─┬─
           ·                                   ╰─┤ longer than the router waits, which
           ·                                     │ is 60 s
           ╰────

        1 warning in 3 files (5 processes)
    "#]],
    );
}

#[test]
fn a_label_at_the_right_edge_keeps_room_for_its_text() {
    let text = "web: gunicorn shop.wsgi --access-logfile - --bind 0.0.0.0:8080 --timeout 900\n";
    let (sources, outcome) =
        one("Procfile", text, "900", "longer than Heroku's router waits, which is 30 s");
    check(
        &outcome,
        &sources,
        80,
        &expect![[r#"
        warning[some-rule]: something is off
           ╭─[Procfile:1:74]
         1 │ …- --bind 0.0.0.0:8080 --timeout 900
           ·                                  ─┬─
           ·                                   ╰─┤ longer than Heroku's router waits,
           ·                                     │ which is 30 s
           ╰────

        1 warning in 3 files (5 processes)
    "#]],
    );
}

#[test]
fn a_block_shows_its_first_line() {
    let text =
        "services:\n  - type: web\n    name: x\n    plan: free\n    env: python\n    region: x\n";
    let (sources, outcome) = one("render.yaml", text, &text[14..], "has no health check");
    check(
        &outcome,
        &sources,
        80,
        &expect![[r#"
        warning[some-rule]: something is off
           ╭─[render.yaml:2:5]
         2 │   - type: web
           ·     ────┬────
           ·         ╰── has no health check
           ╰────

        1 warning in 3 files (5 processes)
    "#]],
    );
}

#[test]
fn a_value_over_a_few_lines_is_shown_whole() {
    let text = "workers = (\n    2 *\n    cpu_count()\n)\n";
    let (sources, outcome) =
        one("gunicorn.conf.py", text, "(\n    2 *\n    cpu_count()\n)", "9 here");
    check(
        &outcome,
        &sources,
        80,
        &expect![[r#"
        warning[some-rule]: something is off
           ╭─[gunicorn.conf.py:1:11]
         1 │ ╭─▶ workers = (
         2 │ │       2 *
         3 │ │       cpu_count()
         4 │ ├─▶ )
           · ╰──── 9 here
           ╰────

        1 warning in 3 files (5 processes)
    "#]],
    );
}

#[test]
fn tabs_wide_and_control_characters_keep_underlines_in_place() {
    let text = "\tname: \"火🚀\u{1b}[31m\" --workers 9\n";
    let (sources, outcome) = one("Procfile", text, "9", "here");
    check(
        &outcome,
        &sources,
        80,
        &expect![[r#"
        warning[some-rule]: something is off
           ╭─[Procfile:1:28]
         1 │     name: "火🚀␛[31m" --workers 9
           ·                                 ┬
           ·                                 ╰── here
           ╰────

        1 warning in 3 files (5 processes)
    "#]],
    );
}

#[test]
fn an_empty_file_has_a_place() {
    let mut sources = SourceMap::new();
    let file = sources.add("fly.toml", "");
    let label = Label::new(Span::start_of(file), "nothing here");
    let it = Diagnostic::new("some-rule", Severity::Info, "the file is empty", label);
    check(
        &outcome(vec![it]),
        &sources,
        80,
        &expect![[r#"
        info[some-rule]: the file is empty
           ╭─[fly.toml:1:1]
         1 │
           · ▲
           · ╰── nothing here
           ╰────

        1 info in 3 files (5 processes)
    "#]],
    );
}

#[test]
fn the_same_rule_says_why_once_and_twins_name_their_process() {
    let (sources, diagnostic) = shop();
    let mut twin = diagnostic.clone();
    twin.process = Some("admin".into());
    check(
        &outcome(vec![diagnostic, twin]),
        &sources,
        80,
        &expect![[r#"
            error[memory-overcommit]: 9 workers need about 1,152 MB, the machine has 512 MB
                ╭─[gunicorn.conf.py:3:11]
              3 │ workers = multiprocessing.cpu_count() * 2 + 1
                ·           ─────────────────┬─────────────────
                ·                            ╰── 9: this machine shows 4 CPUs
                ╰────
                ╭─[fly.toml:11:12]
             11 │   memory = "512mb"
                ·            ───┬───
                ·               ╰── all of process `web` runs in this
                ╰────
              process  `web` of fly.toml
              why      The kernel kills workers when memory runs out; requests in flight
                       are lost.
              help     set `workers = 3`, or `memory = "2gb"`
              assumed  128 MB per worker (Django); measured it? set `memory_per_worker_mb`
                       in opslint.toml

            error[memory-overcommit]: 9 workers need about 1,152 MB, the machine has 512 MB
                ╭─[gunicorn.conf.py:3:11]
              3 │ workers = multiprocessing.cpu_count() * 2 + 1
                ·           ─────────────────┬─────────────────
                ·                            ╰── 9: this machine shows 4 CPUs
                ╰────
                ╭─[fly.toml:11:12]
             11 │   memory = "512mb"
                ·            ───┬───
                ·               ╰── all of process `web` runs in this
                ╰────
              process  `admin` of fly.toml
              help     set `workers = 3`, or `memory = "2gb"`
              assumed  128 MB per worker (Django); measured it? set `memory_per_worker_mb`
                       in opslint.toml

            2 errors in 3 files (5 processes)
        "#]],
    );
}

fn undecided(rule: &str, process: &str, name: &str) -> Undecided {
    let mut sources = SourceMap::new();
    let file = sources.add("Procfile", "");
    let unknown = Unknown::new(
        "`$WEB_CONCURRENCY` is set nowhere in this project",
        "`WEB_CONCURRENCY` under `[env]` in opslint.toml",
    );
    Undecided {
        rule: rule.to_owned().into(),
        asked: Some(Arc::new(Asked {
            deployment: "Procfile".to_owned(),
            process: Some(process.to_owned()),
        })),
        span: Span::start_of(file),
        missing: [Missing { name: name.into(), unknown }].into(),
    }
}

#[test]
fn undecided_rules_are_listed_by_what_is_missing() {
    let open = vec![
        undecided("memory-overcommit", "web", "memory_needed_mb"),
        undecided("too-many-workers", "web", "workers"),
        undecided("too-many-workers", "worker", "workers"),
    ];
    let outcome = Outcome { undecided: open, suppressed: 1, ..outcome(vec![]) };
    check(
        &outcome,
        &SourceMap::new(),
        80,
        &expect![[r#"
            no problems found in 3 files (5 processes)
            2 rules could not be decided (--show-undecided)
            all of them wait for one statement: `WEB_CONCURRENCY` under `[env]` in opslint.toml
            1 diagnostic suppressed
        "#]],
    );
    let options =
        ReportOptions { width: 80, undecided: UndecidedRules::Listed, ..ReportOptions::default() };
    expect![[r#"
        Not decided, because a value is not known

          memory_needed_mb, workers: `$WEB_CONCURRENCY` is set nowhere in this project
            settle by    `WEB_CONCURRENCY` under `[env]` in opslint.toml
            leaves open  memory-overcommit, too-many-workers
            for          Procfile · web, Procfile · worker

        no problems found in 3 files (5 processes)
        2 rules could not be decided
        1 diagnostic suppressed
    "#]]
    .assert_eq(&print(&outcome, &SourceMap::new(), &options));
}

#[test]
fn nothing_to_say_is_said_in_one_line() {
    check(
        &outcome(vec![]),
        &SourceMap::new(),
        80,
        &expect![[r#"
            no problems found in 3 files (5 processes)
        "#]],
    );
    check(
        &Outcome::default(),
        &SourceMap::new(),
        80,
        &expect![[r#"
        nothing to check: found no Procfile, fly.toml, render.yaml or other deployment file
    "#]],
    );
}

#[test]
fn ink_and_links_change_no_text() {
    let (sources, mut diagnostic) = shop();
    diagnostic.url = Some("https://example.org/rules#memory-overcommit".into());
    let outcome = outcome(vec![diagnostic]);
    let plain = print(&outcome, &sources, &ReportOptions::default());
    let inked = ReportOptions { ink: Ink::Ansi, links: Links::Hyperlinks, ..Default::default() };
    let inked = print(&outcome, &sources, &inked);
    assert!(inked.contains("\u{1b}]8;;https://example.org/rules#memory-overcommit\u{1b}\\"));
    assert_eq!(without_escapes(&inked), plain);
}

/// A text without colour codes (`ESC [ … m`) and link codes (`ESC ] … ESC \`).
fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.as_bytes()[0] {
            b'[' => plain += part.split_once('m').unwrap().1,
            b']' => {}
            b'\\' => plain += &part[1..],
            other => panic!("unexpected escape: {other}"),
        }
    }
    plain
}

/// Offsets at which a character starts, and the end.
fn boundaries(text: &str) -> Vec<usize> {
    text.char_indices().map(|(idx, _)| idx).chain([text.len()]).collect()
}

proptest! {
    #[test]
    fn any_labels_in_any_text_are_drawn_and_the_source_fits(
        text in "[a \t火\u{1b}é\r\n]{0,60}[a-z =]{0,160}\n?[ab\n]{0,12}",
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..5),
        width in 40usize..110,
    ) {
        let mut sources = SourceMap::new();
        let file = sources.add("x.toml", text.as_str());
        let offsets = boundaries(&text);
        let label = |(idx, (a, b)): (usize, &(prop::sample::Index, prop::sample::Index))| {
            let (a, b) = (*a.get(&offsets), *b.get(&offsets));
            Label::new(Span::new(file, a.min(b), a.max(b)), format!("label{idx}"))
        };
        let labels: Vec<_> = places.iter().enumerate().map(label).collect();
        let mut it = Diagnostic::new("r", Severity::Error, "m", labels[0].clone());
        it.related = labels[1..].to_vec();
        let options = ReportOptions { width, ..ReportOptions::default() };
        let printed = print(&outcome(vec![it]), &sources, &options);
        for idx in 0..labels.len() {
            prop_assert!(printed.contains(&format!("label{idx}")), "label{idx}\n{printed}");
        }
        let escapes = printed.chars().filter(|it| it.is_control() && *it != '\n').count();
        prop_assert_eq!(escapes, 0);
        for line in printed.lines() {
            let number = line.split('│').next().unwrap_or_default().trim();
            let is_source = number.parse::<usize>().is_ok();
            prop_assert!(!is_source || crate::report::text::width(line) <= width, "{line}");
        }
    }
}
