//! The examples of rules, which run as tests.
//!
//! An example is a small project. Lines of `^` and `~` under a line mark what the rule must label
//! there: the primary label and related ones. They are taken out before the project is read, and
//! must match what the rule says, both ways.

use std::cell::LazyCell;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::analysis::{Analysis, Judgement, Keep, Options, Scope, Selection};
use crate::diagnostic::{Diagnostic, Label};
use crate::fixes::unified;
use crate::platforms::Date;
use crate::policy::Policy;
use crate::policy::levels::{Level, Levels};
use crate::policy::rule::{Example, Rule};
use crate::source::{SourceMap, Span};
use crate::workspace::MemoryFiles;

mod explained;
mod started;

#[cfg(test)]
mod again;
#[cfg(test)]
mod nested;
#[cfg(test)]
mod overlap;

pub use started::{NewRule, Start, new_rule};

/// A label as a marker says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    path: String,
    line_number: usize,
    /// Columns in characters, from 0.
    column: usize,
    len: usize,
    is_primary: bool,
    text: String,
}

/// What came of the examples of a policy.
#[derive(Debug, Default)]
pub struct Tested {
    /// Examples that were run.
    pub examples: usize,
    /// Rules they belong to.
    pub rules: usize,
    /// What did not match, one text for each example.
    pub failures: Vec<String>,
    /// The same, by the places of the examples.
    pub failed: Vec<Failed>,
}

/// An example that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The first file of the example, in its rule file.
    pub span: Span,
    /// What did not match.
    pub text: String,
}

impl Tested {
    /// What to print.
    pub fn report(&self) -> String {
        let mut text = self.failures.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "{} of {}: {} passed, {} failed",
            count(self.examples, "example"),
            count(self.rules, "rule"),
            self.examples.saturating_sub(self.failures.len()),
            self.failures.len()
        );
        text
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Runs the examples of every rule, each with that rule alone.
pub fn test(policy: &Policy) -> Tested {
    let mut tested = Tested::default();
    // What opslint's own code says may be about other rules, such as a suppression of one.
    let with_all = LazyCell::new(|| policy.clone().with_builtin());
    for rule in &policy.rules {
        tested.rules += 1;
        let alone = Arc::new(match rule.check.is_some() {
            true => Policy::only(rule),
            false => switched_on(with_all.clone(), rule),
        });
        let has_fix = rule.check.as_ref().is_some_and(|it| !it.fixes.is_empty());
        if has_fix && rule.examples.iter().all(|it| it.fixed.is_empty()) {
            let way = "a rule with a fix shows what it makes of a failing example: `fixed`";
            tested.failures.push(format!("{}: {way}\n", rule.id));
        }
        for (idx, example) in rule.examples.iter().enumerate() {
            tested.examples += 1;
            if let Err(failure) = run_example(&alone, rule, example) {
                let kind = if example.fails { "fail" } else { "pass" };
                let number =
                    rule.examples[..=idx].iter().filter(|it| it.fails == example.fails).count();
                if let Some((_, text)) = example.files.first() {
                    tested.failed.push(Failed { span: text.span, text: failure.clone() });
                }
                tested.failures.push(format!("{}: [[{kind}]] number {number}\n{failure}", rule.id));
            }
        }
    }
    tested
}

/// Runs an example under a policy in which nothing but its rule counts.
fn run_example(alone: &Arc<Policy>, rule: &Rule, example: &Example) -> Result<(), String> {
    let mut files = MemoryFiles::new();
    let mut expected = Vec::new();
    for (path, text) in &example.files {
        let (text, marks) = without_marks(path, &text.value);
        files = files.with(path.clone(), text);
        expected.extend(marks);
    }
    if !example.fails && !expected.is_empty() {
        return Err("  a passing example has no marks\n".to_owned());
    }
    let failed = |it: anyhow::Error| format!("  {it:#}\n");
    let mut found = found_marks(alone, rule, files.clone()).map_err(failed)?;
    expected.sort();
    found.sort();
    if expected != found || example.fails && expected.is_empty() {
        let mut text = difference(&expected, &found);
        if example.fails && expected.is_empty() {
            text = "  a failing example marks what the rule labels: `^^^` under it\n".to_owned();
        }
        if example.fails && found.is_empty() {
            text += &explained::why(alone, rule, files).map_err(failed)?;
        }
        text += &explained::pasted(example, &found).unwrap_or_default();
        return Err(text);
    }
    match example.fixed.is_empty() {
        true => Ok(()),
        false => check_fixed(alone, rule, example, files).map_err(failed)?,
    }
}

/// Applies the first fix of each diagnostic, and compares what comes of it: exactly the texts that
/// the example has, and nothing is left to say.
fn check_fixed(
    alone: &Arc<Policy>,
    rule: &Rule,
    example: &Example,
    files: MemoryFiles,
) -> anyhow::Result<Result<(), String>> {
    let mut options = Options::with_policy(Arc::clone(alone));
    options.keep = Keep::Projects;
    let mut analysis = Analysis::open(files, options)?;
    let selection = Selection {
        with_unsafe: true,
        only: vec![rule.id.clone().into_owned()],
        ..Selection::default()
    };
    let applied = analysis.fix(&Scope::default(), &judgement()?, &selection)?;
    let has_fix = rule.check.as_ref().is_some_and(|it| !it.fixes.is_empty());
    if !has_fix && applied.changed.is_empty() {
        return advised(alone, rule, example);
    }
    let mut text = String::new();
    for it in &applied.refused {
        let _ = writeln!(text, "  `{}` would change more of {} than it says", it.title, it.path);
    }
    let changed: Vec<&String> = applied.changed.keys().collect();
    if changed.len() != example.fixed.len() {
        let _ = writeln!(
            text,
            "  the fix changes {changed:?}, `fixed` has {} texts",
            example.fixed.len()
        );
    }
    for (path, expected) in &example.fixed {
        let only = || changed.first().map(|it| it.as_str());
        let Some(path) = path.as_deref().or_else(only) else { continue };
        let new = applied.changed.get(path).map_or("", |it| &it.new);
        for line in unified(path, &expected.value, new).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    let left = applied.left.outcome.diagnostics.iter().filter(|it| it.rule == rule.id);
    left.for_each(|it| {
        let _ = writeln!(text, "  still said behind the fix: {}", it.message);
    });
    Ok(if text.is_empty() { Ok(()) } else { Err(text) })
}

/// Of a rule without a fix, `fixed` is what somebody makes of the example who follows the help: the
/// rule is then silent.
fn advised(
    alone: &Arc<Policy>,
    rule: &Rule,
    example: &Example,
) -> anyhow::Result<Result<(), String>> {
    let first = example.files.first().map(|(path, _)| path.as_str()).unwrap_or_default();
    let marked = |path: &str, text: &str| !without_marks(path, text).1.is_empty();
    let only = example.files.iter().find(|(path, text)| marked(path, &text.value));
    let only = only.map_or(first, |(path, _)| path.as_str());
    let mut text = String::new();
    let mut files = MemoryFiles::new();
    for (path, original) in &example.files {
        files = files.with(path.clone(), without_marks(path, &original.value).0);
    }
    for (path, new) in &example.fixed {
        let path = path.as_deref().unwrap_or(only);
        let before = example.files.iter().find(|(it, _)| it == path);
        if before.is_some_and(|(_, it)| without_marks(path, &it.value).0 == new.value) {
            let _ = writeln!(text, "  `fixed` is what {path} was before");
        }
        files = files.with(path.to_owned(), new.value.clone());
    }
    for mark in found_marks(alone, rule, files)?.iter().filter(|it| it.is_primary) {
        let _ = writeln!(text, "  still said of `fixed`: {}", mark.text);
    }
    Ok(if text.is_empty() { Ok(()) } else { Err(text) })
}

/// How answers of examples become a report.
fn judgement() -> anyhow::Result<Judgement> {
    let day = Date::from_iso(EXAMPLE_DAY).context("the day of examples is no date")?;
    Ok(Judgement::on(day))
}

/// The day on which examples are run: dates in examples must not change what they show.
const EXAMPLE_DAY: &str = "2026-11-23";

/// The labels that the rule gives in these files.
fn found_marks(alone: &Arc<Policy>, rule: &Rule, files: MemoryFiles) -> anyhow::Result<Vec<Mark>> {
    let analysis = Analysis::open(files, Options::with_policy(Arc::clone(alone)))?;
    let checked = analysis.check(&Scope::default(), &judgement()?)?;
    let mut marks = Vec::new();
    for diagnostic in checked.outcome.diagnostics.iter().filter(|it| it.rule == rule.id) {
        let label =
            |label: &Label, is_primary| mark(&checked.sources, diagnostic, label, is_primary);
        marks.push(label(&diagnostic.primary, true));
        marks.extend(diagnostic.related.iter().map(|it| label(it, false)));
    }
    match checked.broken().first() {
        Some(broken) => bail!("{}", broken.message),
        None => Ok(marks),
    }
}

fn mark(sources: &SourceMap, diagnostic: &Diagnostic, label: &Label, is_primary: bool) -> Mark {
    let file = sources.file(label.span.file);
    let (start, end) = (label.span.start as usize, label.span.end as usize);
    let before = &file.text()[..start];
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    // A mark stands on one line: a label that goes on is marked to the end of its first line.
    let text = &file.text()[start..end];
    let len = text.split('\n').next().unwrap_or_default().chars().count();
    Mark {
        path: file.path().to_owned(),
        line_number: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count(),
        len: len.max(1),
        is_primary,
        text: if is_primary { diagnostic.message.clone() } else { label.text.clone() },
    }
}

/// Takes the marker lines out of a text.
fn without_marks(path: &str, text: &str) -> (String, Vec<Mark>) {
    let mut kept = String::new();
    let mut marks = Vec::new();
    let mut line_number = 0;
    for line in text.split_inclusive('\n') {
        match marker(line) {
            Some((column, len, is_primary, text)) if line_number > 0 => {
                let path = path.to_owned();
                marks.push(Mark { path, line_number, column, len, is_primary, text });
            }
            _ => {
                kept.push_str(line);
                line_number += 1;
            }
        }
    }
    (kept, marks)
}

/// `    ^^^^ text`: column, length, whether it is the primary one, and the text.
fn marker(line: &str) -> Option<(usize, usize, bool, String)> {
    let content = line.trim_start_matches(' ');
    let column = line.len() - content.len();
    let sign = content.chars().next().filter(|it| matches!(it, '^' | '~'))?;
    let rest = content.trim_start_matches(sign);
    let len = content.len() - rest.len();
    if !rest.is_empty() && !rest.starts_with([' ', '\n', '\r']) {
        return None;
    }
    Some((column, len, sign == '^', rest.trim().to_owned()))
}

/// Lines with `-` for marks that are not met and `+` for labels without a mark.
fn difference(expected: &[Mark], found: &[Mark]) -> String {
    let mut text = String::new();
    let mut say = |sign: char, mark: &Mark| {
        let kind = if mark.is_primary { '^' } else { '~' };
        let Mark { path, line_number, column, len, text: label, .. } = mark;
        let place = format!("{path}:{line_number}, columns {}..{}", column + 1, column + len + 1);
        let _ = writeln!(text, "  {sign} {place}: {kind} {label}");
    };
    expected.iter().filter(|it| !found.contains(it)).for_each(|it| say('-', it));
    found.iter().filter(|it| !expected.contains(it)).for_each(|it| say('+', it));
    text.push_str("  (- is marked and not said, + is said and not marked)\n");
    text
}

impl Policy {
    /// One rule alone, switched on.
    fn only(rule: &Rule) -> Policy {
        let alone =
            Policy { rules: vec![rule.clone()], levels: Levels::new(), ..Policy::default() };
        switched_on(alone, rule)
    }

    /// The same with those rules of opslint's that are not among them.
    fn with_builtin(mut self) -> Policy {
        for rule in Policy::builtin(&mut Vec::new()).rules {
            if self.rule(&rule.id).is_none() {
                self.replace(rule);
            }
        }
        self
    }
}

/// A policy in which a rule that is an opinion speaks.
fn switched_on(mut policy: Policy, rule: &Rule) -> Policy {
    if rule.level == Level::Off {
        policy.levels.set(rule.id.clone(), Level::Info);
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::started::TEMPLATE;
    use super::*;
    use crate::source::SourceMap;

    /// The failures of a rule file, which is called `test-rule`.
    fn failures(text: &str) -> Vec<String> {
        let mut sources = SourceMap::new();
        let mut policy = Policy::default();
        let mut broken = Vec::new();
        let file = sources.add("test-rule.toml", text);
        policy.add(&mut broken, file, "test-rule.toml", text);
        assert!(broken.is_empty(), "{broken:?}");
        test(&policy).failures
    }

    #[test]
    fn a_new_rule_passes_its_own_examples() {
        let started = new_rule("test-rule", &Start::default(), &[]).unwrap();
        assert!(started.is_shown);
        assert_eq!(started.text, TEMPLATE);
        assert_eq!(failures(&started.text), [""; 0]);
    }

    #[test]
    fn a_rule_about_suppressions_is_tested_without_the_rules_that_its_examples_name() {
        for id in ["expired-suppression", "unused-suppression"] {
            let all = Policy::builtin_with_examples(&mut Vec::new());
            let rule = all.rule(id).unwrap().clone();
            let tested = test(&Policy { rules: vec![rule], ..Policy::default() });
            assert_eq!((tested.rules, tested.failures), (1, Vec::new()));
            assert!(tested.examples > 1, "{id}");
        }
    }

    #[test]
    fn a_mark_in_the_wrong_place_is_a_failure() {
        let text = TEMPLATE.replace("          ^ 9 workers", "         ^ 9 workers");
        let failures = failures(&text);
        assert_eq!(failures.len(), 1);
        assert!(failures[0].contains("- Procfile:1, columns 34..35: ^ 9 workers"), "{failures:?}");
        assert!(failures[0].contains("+ Procfile:1, columns 35..36: ^ 9 workers"), "{failures:?}");
    }

    #[test]
    fn a_rule_that_fires_on_a_passing_example_is_a_failure() {
        let failures = failures(&TEMPLATE.replace("--workers 8\"", "--workers 10\""));
        assert_eq!(failures.len(), 1);
        assert!(failures[0].starts_with("test-rule: [[pass]] number 1"), "{failures:?}");
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        assert!(new_rule("Two Words", &Start::default(), &[]).is_err());
        assert!(new_rule("-x", &Start::default(), &[]).is_err());
    }

    #[test]
    fn what_a_new_rule_is_given_stands_in_it() {
        let given = Start {
            level: Some("error".to_owned()),
            require: Some("workers <= 4".to_owned()),
            message: Some("{workers} are \"more\" than 4".to_owned()),
            ..Start::default()
        };
        let NewRule { text, is_shown } = new_rule("test-rule", &given, &[]).unwrap();
        assert!(text.contains("level = \"error\""), "{text}");
        // What it says of the failing example is marked there; the passing one has 8 workers.
        assert!(text.contains("                  ^ 9 are \"more\" than 4\n"), "{text}");
        assert!(!is_shown);
        let failures = failures(&text);
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].starts_with("test-rule: [[pass]] number 1"), "{failures:?}");
        let broken = Start { require: Some("workres <= 4".to_owned()), ..Start::default() };
        let error = format!("{:#}", new_rule("test-rule", &broken, &[]).unwrap_err());
        assert!(error.contains("did you mean `workers`?"), "{error}");
    }

    #[test]
    fn a_rule_that_says_nothing_of_a_failing_example_is_explained() {
        let text = TEMPLATE.replace(r#"'server == "gunicorn"'"#, r#"'kind == "worker"'"#);
        let failure = failures(&text).remove(0);
        let expect = "does not apply: `kind == \"worker\"` of `when` is false\n      kind = web\n";
        assert!(failure.contains("process `web` of Procfile: "), "{failure}");
        assert!(failure.contains(expect), "{failure}");
        let text = TEMPLATE.replace("\"workers <= 8\"", r#"'env("X") == "1"'"#);
        let failure = failures(&text).remove(0);
        assert!(failure.contains("undecided: `$X` is not known: "), "{failure}");
        let text = TEMPLATE.replace("workers <= 8\"", "workers <= 9\"");
        let failure = failures(&text).remove(0);
        assert!(failure.contains("`require` holds"), "{failure}");
        assert!(failure.contains("workers = 9"), "{failure}");
    }

    #[test]
    fn our_own_rules_load_and_their_examples_pass() {
        let mut sources = SourceMap::new();
        let mut broken = Vec::new();
        let policy = Policy::builtin_with_examples(&mut broken);
        policy.check_expressions(&mut broken);
        Policy::add_embedded(&mut sources, broken.iter().map(|it| it.primary.span.file));
        let broken: Vec<_> = broken
            .iter()
            .map(|it| {
                format!(
                    "{}: {} {}",
                    sources.file(it.primary.span.file).path(),
                    it.message,
                    sources.text(it.primary.span)
                )
            })
            .collect();
        assert_eq!(broken, [""; 0]);
        let failures = test(&policy).failures;
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
