//! The baseline: what was wrong when a project took up opslint, held back until somebody fixes it.
//!
//! An entry is a fingerprint, so edits elsewhere in a file keep it. Equal ones are counted. The
//! file is TOML with one entry on a line, sorted, so that its diff reads like the change it is.
//! Entries that are no longer needed are reported, so that it only shrinks.

use std::collections::BTreeMap;

use toml::Value;

use super::fingerprint::fingerprint_with;
use crate::diagnostic::{Diagnostic, Label, Severity, Undecided};
use crate::document::Node;
use crate::policy::config::keys::{Key, Shape, optional, required};
use crate::policy::config::toml_text::TomlText;
use crate::policy::config::tree::{self, Place};
use crate::policy::config::{INVALID_CONFIG, LOCKED, UNREADABLE, held_back_locked, validate};
use crate::secret::{Grammar, Secrets};
use crate::source::{FileId, SourceMap, Span};

/// An entry of the baseline that nothing needs any more.
pub const RESOLVED: &str = "resolved-baseline";

/// The version of the format. Fingerprints of version 1 did not say which key they are about.
const VERSION: i64 = 2;

const HEADER: &str = "\
# Known diagnostics, held back by `opslint check --baseline`.
# Written by `opslint check --write-baseline`. An entry that is resolved can go.
";

/// The keys of a baseline file.
const BASELINE: &[Key] = &[
    required("version", Shape::Count, "The version of this format: 2."),
    required("entries", Shape::List(&Shape::Table(ENTRY)), "The diagnostics that are held back."),
];

/// The keys of an entry.
const ENTRY: &[Key] = &[
    required("path", Shape::Path, "The file, seen from this one."),
    required("rule", Shape::Rule, "The rule."),
    optional("deployment", Shape::Path, "The manifest of the deployment."),
    optional("process", Shape::Text, "The process."),
    optional("count", Shape::Count, "How many there are; 1 when left out."),
    required("fingerprint", Shape::Text, "What the diagnostics have in common."),
    optional("message", Shape::Text, "What was wrong, for readers."),
];

/// Where paths of a baseline are relative to.
#[derive(Clone, Copy)]
pub struct Home<'a> {
    /// A path as shown to the user → as seen from the folder of the baseline. However a path is
    /// written, a file has one of these.
    pub seen: &'a dyn Fn(&str) -> String,
    /// The way back.
    pub shown: &'a dyn Fn(&str) -> String,
    /// Whether a rule is locked against a baseline in this place.
    pub is_locked: &'a dyn Fn(&str) -> bool,
}

/// Diagnostics that are held back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Sorted by path, rule, deployment, process and fingerprint.
    entries: Vec<Entry>,
}

/// Diagnostics with the same fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// What the order depends on, the fingerprint included.
    key: EntryKey,
    count: usize,
    message: String,
    /// Where it is written; none in a baseline that is about to be.
    span: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct EntryKey {
    path: String,
    rule: String,
    deployment: Option<String>,
    process: Option<String>,
    fingerprint: String,
}

impl Baseline {
    /// The baseline in a file; what cannot be used of it is left out and goes to `acc`.
    pub fn parse(acc: &mut Vec<Diagnostic>, file: FileId, text: &str) -> Self {
        let root = tree::parse(acc, Place::whole(file), text);
        validate::table(acc, "", &root, BASELINE);
        if let Some(version) = root.get("version").filter(|it| it.as_int() != Some(VERSION)) {
            acc.push(other_version(version));
            return Self::default();
        }
        let entries = root.get("entries").map_or(&[][..], Node::elements);
        Self { entries: entries.iter().filter_map(entry).collect() }.merged()
    }

    /// The baseline that holds back all of `diagnostics`. It is committed, so it names no secret.
    pub fn of(
        diagnostics: &[Diagnostic],
        secrets: &Secrets,
        sources: &SourceMap,
        home: Home<'_>,
    ) -> Self {
        let is_ours = |it: &&Diagnostic| home.takes(&it.rule);
        let entry = |it: &Diagnostic| Entry {
            key: home.key(it, sources),
            count: 1,
            message: secrets.mask(&it.message, Grammar::Prose).into_owned(),
            span: None,
        };
        Self { entries: diagnostics.iter().filter(is_ours).map(entry).collect() }.merged()
    }

    /// Adds the entries of an older baseline about files that this run did not look at.
    ///
    /// `is_judged` tells of a path, as seen from the baseline, whether this run looked at it, or
    /// would have if there were still such a file.
    #[must_use]
    pub fn with_unjudged(mut self, older: &Self, is_judged: &dyn Fn(&str) -> bool) -> Self {
        let unjudged = older.entries.iter().filter(|it| !is_judged(&it.key.path));
        self.entries.extend(unjudged.cloned());
        self.merged()
    }

    /// Takes what the baseline knows out of `diagnostics`, adds one for each entry that nothing
    /// needs any more, and returns how many were held back.
    ///
    /// `is_judged` is as in [`Self::with_unjudged`]: entries about other files stay silent, and so
    /// do those of a rule that could not be decided.
    pub fn apply(
        &self,
        diagnostics: &mut Vec<Diagnostic>,
        undecided: &[Undecided],
        sources: &SourceMap,
        home: Home<'_>,
        is_judged: &dyn Fn(&str) -> bool,
    ) -> usize {
        let counts = self.entries.iter().map(|it| (it.key.fingerprint.as_str(), it.count));
        let mut left: BTreeMap<&str, usize> = counts.collect();
        let before = diagnostics.len();
        let is_taken = |it: &Diagnostic| home.takes(&it.rule);
        diagnostics.retain(|it| {
            !is_taken(it)
                || match left.get_mut(home.key(it, sources).fingerprint.as_str()) {
                    Some(count) if *count > 0 => {
                        *count -= 1;
                        false
                    }
                    _ => true,
                }
        });
        let held_back = before - diagnostics.len();
        for it in &self.entries {
            if (home.is_locked)(&it.key.rule) {
                let say = |span| held_back_locked(span, &it.key.rule);
                diagnostics.extend(it.span.map(say));
                continue;
            }
            let unneeded = left.get(it.key.fingerprint.as_str()).copied().unwrap_or_default();
            let may_return = undecided
                .iter()
                .any(|u| u.rule == it.key.rule && u.process() == it.key.process.as_deref());
            // What another deployment had wrong in a file that both share is its own affair.
            let is_of_run = it.key.deployment.as_ref().is_none_or(|it| is_judged(it));
            if unneeded > 0 && is_judged(&it.key.path) && is_of_run && !may_return {
                let path = (home.shown)(&it.key.path);
                diagnostics.extend(it.span.map(|span| resolved(span, &it.key.rule, &path)));
            }
        }
        held_back
    }

    /// How many diagnostics it holds back.
    pub fn len(&self) -> usize {
        self.entries.iter().map(|it| it.count).sum()
    }

    /// Whether it holds nothing back.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of the file.
    ///
    /// # Errors
    /// When it would not say what it was meant to: a bug of opslint.
    pub fn render(&self) -> anyhow::Result<String> {
        let text = |it: &str| Value::String(it.to_owned());
        let row = |it: &Entry| {
            let mut row = vec![("path", text(&it.key.path)), ("rule", text(&it.key.rule))];
            row.extend(it.key.deployment.as_deref().map(|it| ("deployment", text(it))));
            row.extend(it.key.process.as_deref().map(|it| ("process", text(it))));
            if let Some(count) = i64::try_from(it.count).ok().filter(|it| *it > 1) {
                row.push(("count", Value::Integer(count)));
            }
            row.push(("fingerprint", text(&it.key.fingerprint)));
            row.push(("message", text(&it.message)));
            row
        };
        let mut toml = TomlText::new();
        toml.fixed(HEADER);
        toml.line(&["version"], &Value::Integer(VERSION), "");
        toml.rows("entries", &self.entries.iter().map(row).collect::<Vec<_>>());
        toml.finish()
    }

    /// Sorted, with equal entries as one.
    fn merged(mut self) -> Self {
        self.entries.sort_by(|a, b| (&a.key, &a.message).cmp(&(&b.key, &b.message)));
        self.entries.dedup_by(|next, kept| {
            let is_same = next.key == kept.key;
            kept.count += if is_same { next.count } else { 0 };
            is_same
        });
        self
    }
}

impl Home<'_> {
    /// Whether a baseline may hold back what a rule finds.
    pub fn takes(self, rule: &str) -> bool {
        !matches!(rule, INVALID_CONFIG | RESOLVED | LOCKED | UNREADABLE) && !(self.is_locked)(rule)
    }

    /// The entry that holds back a diagnostic, which is about one deployment at most.
    fn key(self, it: &Diagnostic, sources: &SourceMap) -> EntryKey {
        EntryKey {
            path: (self.seen)(sources.file(it.primary.span.file).path()),
            rule: it.rule.clone(),
            deployment: it.deployment().map(self.seen),
            process: it.process.clone(),
            fingerprint: fingerprint_with(it, sources, self.seen),
        }
    }
}

fn entry(node: &Node) -> Option<Entry> {
    let text = |key| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let count = node.get("count").map_or(Some(1), Node::as_int)?;
    Some(Entry {
        key: EntryKey {
            path: text("path")?,
            rule: text("rule")?,
            deployment: text("deployment"),
            process: text("process"),
            fingerprint: text("fingerprint")?,
        },
        count: usize::try_from(count).ok()?,
        message: text("message").unwrap_or_default(),
        span: Some(node.span),
    })
}

fn other_version(version: &Node) -> Diagnostic {
    let is_older = version.as_int().is_some_and(|it| (0..VERSION).contains(&it));
    let (message, label) = match is_older {
        true => (
            "this baseline was written by an older opslint, and its fingerprints are others",
            "they did not say which key of a file they are about",
        ),
        false => {
            ("the baseline is of a version that this opslint does not know", "only 2 is known")
        }
    };
    Diagnostic::new(INVALID_CONFIG, Severity::Error, message, Label::new(version.span, label))
        .with_help(
            "look at what it holds back, remove the file, and write it anew with \
                    `opslint check --write-baseline`",
        )
}

fn resolved(span: Span, rule: &str, path: &str) -> Diagnostic {
    let message = format!("`{rule}` in `{path}` is resolved, and the baseline still lists it");
    Diagnostic::new(RESOLVED, Severity::Info, message, Label::new(span, "no longer needed"))
        .with_help("take it out with `opslint check --write-baseline`")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Asked;

    /// The folder of the baseline is `ops`, beside the others.
    const HOME: Home<'static> = Home {
        seen: &|path| format!("../{path}"),
        shown: &|path| path.trim_start_matches("../").to_owned(),
        is_locked: &|rule| rule == "no-secrets",
    };

    fn of(diagnostics: &[Diagnostic], sources: &SourceMap) -> Baseline {
        Baseline::of(diagnostics, &Secrets::none_known(), sources, HOME)
    }

    /// Diagnostics of one rule in `app/Procfile`, one at each of the texts.
    fn diagnostics(sources: &mut SourceMap, text: &str, at: &[&str]) -> Vec<Diagnostic> {
        let file = sources.add("app/Procfile", text);
        let diagnostic = |at: &&str| {
            let start = text.find(at).unwrap();
            let label = Label::new(Span::new(file, start, start + at.len()), "");
            let mut it = Diagnostic::new("too-slow", Severity::Error, format!("`{at}`"), label);
            it.deployments = vec!["app/Procfile".to_owned()];
            it.process = Some("web".to_owned());
            it
        };
        at.iter().map(diagnostic).collect()
    }

    fn parse(sources: &mut SourceMap, text: &str) -> (Baseline, Vec<String>) {
        let file = sources.add("ops/baseline.toml", text);
        let mut acc = Vec::new();
        let baseline = Baseline::parse(&mut acc, file, text);
        let problem =
            |it: &Diagnostic| format!("`{}`: {}", sources.text(it.primary.span), it.message);
        (baseline, acc.iter().map(problem).collect())
    }

    /// Writes a baseline for `known`, and applies it to `now` in an edited file.
    fn check(known: &[&str], now: &[&str], kept: &[&str]) {
        let mut sources = SourceMap::new();
        let text = of(&diagnostics(&mut sources, "a b c a", known), &sources).render().unwrap();
        let mut sources = SourceMap::new();
        let (baseline, problems) = parse(&mut sources, &text);
        assert_eq!(problems, Vec::<String>::new());
        let mut left = diagnostics(&mut sources, "# edited\n c a b", now);
        let held_back =
            baseline.apply(&mut left, &[], &sources, HOME, &|it| it == "../app/Procfile");
        let expect: Vec<_> = kept.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(left.iter().map(|it| it.message.clone()).collect::<Vec<_>>(), expect);
        let resolved = left.iter().filter(|it| it.rule == RESOLVED).count();
        assert_eq!(held_back + left.len(), now.len() + resolved);
    }

    #[test]
    fn known_diagnostics_are_held_back_and_new_ones_are_not() {
        check(&["a", "b"], &["a", "b"], &[]);
        check(&["a"], &["a", "b"], &["`b`"]);
        check(&[], &["a"], &["`a`"]);
    }

    #[test]
    fn equal_ones_are_counted() {
        check(&["a", "a"], &["a", "a"], &[]);
        check(&["a"], &["a", "a"], &["`a`"]);
    }

    #[test]
    fn resolved_entries_are_reported() {
        let resolved = "`too-slow` in `app/Procfile` is resolved, and the baseline still lists it";
        check(&["a", "b"], &["a"], &[resolved]);
        check(&["a", "a"], &["a"], &[resolved]);
    }

    #[test]
    fn files_of_another_run_are_left_alone() {
        let mut sources = SourceMap::new();
        let known = diagnostics(&mut sources, "a", &["a"]);
        let text = of(&known, &sources).render().unwrap();
        let (baseline, _) = parse(&mut sources, &text);
        let mut none = Vec::new();
        baseline.apply(&mut none, &[], &sources, HOME, &|_| false);
        assert!(none.is_empty());
        let kept = Baseline::default().with_unjudged(&baseline, &|_| false);
        assert_eq!(kept.render().unwrap(), text);
        assert!(Baseline::default().with_unjudged(&baseline, &|_| true).is_empty());
    }

    #[test]
    fn an_undecided_rule_does_not_resolve_its_entries() {
        let mut sources = SourceMap::new();
        let known = diagnostics(&mut sources, "a", &["a"]);
        let (baseline, _) = {
            let text = of(&known, &sources).render().unwrap();
            parse(&mut sources, &text)
        };
        let undecided = Undecided {
            rule: "too-slow".into(),
            asked: Some(Arc::new(Asked {
                deployment: "Procfile".to_owned(),
                process: Some("web".to_owned()),
            })),
            span: known[0].primary.span,
            missing: Arc::default(),
        };
        let mut none = Vec::new();
        baseline.apply(&mut none, &[undecided], &sources, HOME, &|_| true);
        assert!(none.is_empty());
    }

    #[test]
    fn the_file_has_one_entry_on_a_line_and_paths_seen_from_it() {
        let mut sources = SourceMap::new();
        let known = diagnostics(&mut sources, "b a", &["b", "a", "a"]);
        let text = of(&known, &sources).render().unwrap();
        let entries: Vec<_> = text.lines().filter(|it| it.starts_with("  {")).collect();
        assert_eq!(entries.len(), 2);
        for entry in entries {
            assert!(entry.starts_with("  { path = \"../app/Procfile\", rule = \"too-slow\", "));
        }
        assert_eq!(text.matches("count = 2").count(), 1);
    }

    #[test]
    fn a_broken_baseline_says_where() {
        let mut sources = SourceMap::new();
        let text = "version = 2\nentries = [{ path = \"a\", rule = \"b\" }]";
        let (baseline, problems) = parse(&mut sources, text);
        assert!(baseline.is_empty());
        assert_eq!(problems, ["`{ path = \"a\", rule = \"b\" }`: `fingerprint` is missing"]);
        let mut sources = SourceMap::new();
        let (_, problems) = parse(&mut sources, "version = 3\nentries = []");
        let expect = "`3`: the baseline is of a version that this opslint does not know";
        assert_eq!(problems, [expect]);
        let mut sources = SourceMap::new();
        let (_, problems) = parse(&mut sources, "version = 1\nentries = []");
        assert!(problems[0].contains("written by an older opslint"), "{problems:?}");
    }

    #[test]
    fn what_a_locked_rule_finds_is_not_held_back() {
        let mut sources = SourceMap::new();
        let mut found = diagnostics(&mut sources, "a", &["a"]);
        found[0].rule = "no-secrets".to_owned();
        assert!(of(&found, &sources).is_empty());
        let text = "version = 2\nentries = [{ path = \"../app/Procfile\", rule = \"no-secrets\", \
                    fingerprint = \"0\" }]\n";
        let (baseline, _) = parse(&mut sources, text);
        assert_eq!(baseline.apply(&mut found, &[], &sources, HOME, &|_| true), 0);
        let rules: Vec<_> = found.iter().map(|it| it.rule.as_str()).collect();
        assert_eq!(rules, ["no-secrets", LOCKED]);
    }
}
