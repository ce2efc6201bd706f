//! Which diagnostics a suppression holds back, and what is said about suppressions.

use super::*;
use crate::diagnostic::{Label, Missing, Severity};
use crate::fact::Unknown;
use crate::parse::{self, Syntax};
use crate::policy::config::{Request, load};
use crate::workspace::{MemoryFiles, Workspace};

const RULES: &[RuleState<'static>] = &[
    RuleState { id: "too-slow", is_locked: false, runs: true },
    RuleState { id: "too-big", is_locked: false, runs: true },
    RuleState { id: "no-secrets", is_locked: true, runs: true },
    RuleState { id: "asleep", is_locked: false, runs: false },
];

/// A case: files, diagnostics as (rule, path, the text its label covers), and undecided rules as
/// (rule, path).
#[derive(Default)]
struct Case<'a> {
    files: &'a [(&'a str, &'a str)],
    config: &'a str,
    diagnostics: &'a [(&'a str, &'a str, &'a str)],
    undecided: &'a [(&'a str, &'a str)],
    process: Option<&'a str>,
    /// One more label of every diagnostic: (path, the text it covers).
    related: Option<(&'a str, &'a str)>,
}

struct Result {
    /// Rules of the diagnostics that are left, suppressions aside.
    kept: Vec<String>,
    /// "rule-id: `place`: message; help" of what is said about suppressions.
    about: Vec<String>,
    states: Vec<String>,
}

impl Case<'_> {
    fn run(&self) -> Result {
        let files = MemoryFiles::new().with("opslint.toml", self.config);
        let mut workspace = Workspace::new(&files);
        let candidates = ["opslint.toml".to_owned()];
        let request = Request { candidates: &candidates, ..Request::default() };
        let mut acc = Vec::new();
        let config = load(&mut acc, &mut workspace, &request);
        assert!(acc.is_empty(), "{acc:?}");
        let sources = &mut workspace.sources;
        let documents: Vec<_> = self
            .files
            .iter()
            .map(|(path, text)| {
                let syntax = Syntax::of_path(path).unwrap_or(Syntax::Procfile);
                Arc::new(parse::document(syntax, sources.add(*path, *text), text))
            })
            .collect();
        let paths = self.files.iter().map(|(path, _)| Arc::from(*path)).collect();
        let span = |path: &str, at: &str| {
            let file = sources.id(path).unwrap();
            let start = sources.file(file).text().find(at).unwrap();
            Span::new(file, start, start + at.len())
        };
        let mut diagnostics: Vec<_> = self
            .diagnostics
            .iter()
            .map(|(rule, path, at)| {
                let label = Label::new(span(path, at), "");
                let mut it = Diagnostic::new(*rule, Severity::Error, "wrong", label);
                it.process = self.process.map(str::to_owned);
                let related = self.related.map(|(path, at)| Label::new(span(path, at), ""));
                it.related.extend(related);
                it
            })
            .collect();
        let undecided = |(rule, path): &(&str, &str)| Undecided {
            rule: (*rule).to_owned().into(),
            asked: None,
            span: span(path, ""),
            missing: [Missing { name: "workers".to_owned(), unknown: Unknown::because("x") }]
                .into(),
        };
        let undecided: Vec<_> = self.undecided.iter().map(undecided).collect();
        let today = Date::from_iso("2027-01-31").unwrap();
        let input = Input {
            sources,
            documents: &documents,
            paths: &paths,
            rules: RULES,
            undecided: &undecided,
            today,
        };
        let suppressed = apply(&mut diagnostics, &config, &input);
        let is_about = |it: &Diagnostic| [INVALID, UNUSED, EXPIRED, LOCKED].contains(&&*it.rule);
        let (about, kept): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(is_about);
        assert_eq!(suppressed.held_back, self.diagnostics.len() - kept.len());
        let about = about.iter().map(|it| {
            let help = it.help.as_deref().unwrap_or_default();
            format!("{}: `{}`: {}; {help}", it.rule, sources.text(it.primary.span), it.message)
        });
        Result {
            kept: kept.into_iter().map(|it| it.rule).collect(),
            about: about.collect(),
            states: suppressed.suppressions.iter().map(|it| format!("{:?}", it.state)).collect(),
        }
    }
}

/// One diagnostic of `too-slow` in one TOML file.
#[track_caller]
fn check(text: &str, label: &str, state: &str) {
    let case = Case {
        files: &[("fly.toml", text)],
        diagnostics: &[("too-slow", "fly.toml", label)],
        ..Case::default()
    };
    let result = case.run();
    assert_eq!(result.states, [state]);
    assert_eq!(result.kept.is_empty(), state.starts_with("Used"));
}

/// What is said about the suppressions of one TOML file without diagnostics.
#[track_caller]
fn check_about(text: &str, expect: &str) {
    let result = Case { files: &[("fly.toml", text)], ..Case::default() }.run();
    assert_eq!(result.about, [expect]);
}

#[test]
fn a_comment_counts_on_the_line_of_a_label_and_on_the_line_above() {
    check("a = 1 # opslint: allow[too-slow] x", "1 #", "Used(1)");
    check("# opslint: allow[too-slow] x\na = 1", "a = 1", "Used(1)");
    check("# opslint: allow[too-slow] x\n# more\na = 1", "a = 1", "Used(1)");
    check("# opslint: allow[too-slow] x\nb = 1\na = 1", "a = 1", "Unused");
    check("# opslint: allow[too-slow] x\n\na = 1", "a = 1", "Unused");
    check("b = 1 # opslint: allow[too-slow] x\na = 1", "a = 1", "Unused");
}

#[test]
fn a_comment_counts_on_the_header_of_a_block_around_a_label() {
    check("# opslint: allow[too-slow] x\n[[vm]]\nb = 1\na = 2", "a = 2", "Used(1)");
    check("[[vm]] # opslint: allow[too-slow] x\nb = 1\na = 2", "a = 2", "Used(1)");
    check("[[vm]] # opslint: allow[too-slow] x\nb = 1\n[[vm]]\na = 2", "a = 2", "Unused");
    check("[a] # opslint: allow[too-slow] x\n[b]\nc = 2\n[a.d]\n", "c = 2", "Unused");
    check("[a] # opslint: allow[too-slow] x\n[b]\n[a.d]\nc = 2", "c = 2", "Used(1)");
    check("x = { # opslint: allow[too-slow] x\n a = [\n 1 ] }", "1", "Used(1)");
}

/// One diagnostic of `too-slow` in one file of any format.
#[track_caller]
fn check_in(path: &str, text: &str, label: &str, state: &str) {
    let files = &[(path, text)];
    let diagnostics = &[("too-slow", path, label)];
    assert_eq!(Case { files, diagnostics, ..Case::default() }.run().states, [state], "{text}");
}

#[test]
fn yaml_has_comments_on_lines_and_blocks() {
    let service = "services:\n  - name: a\n    plan: x\n  - name: b\n    plan: y\n";
    let with = |at: &str, comment: &str| service.replacen(at, &format!("{comment}{at}"), 1);
    let comment = "# opslint: allow[too-slow] because";
    check_in("render.yaml", &with("\n    plan: x", &format!(" {comment}")), "x\n", "Used(1)");
    check_in("render.yaml", &with("  - name: b", &format!("  {comment}\n")), "y\n", "Used(1)");
    check_in("render.yaml", &with("  - name: b", &format!("  {comment}\n")), "x\n", "Unused");
    check_in("render.yaml", &with("services", &format!("{comment}\n")), "y\n", "Used(1)");
}

#[test]
fn json_with_comments_has_them_on_lines_and_blocks() {
    let text = "{\n  // opslint: allow[too-slow] x\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": 2\n}";
    check_in("fly.json", text, "1", "Used(1)");
    check_in("fly.json", text, "2", "Unused");
    let text = "{\n  \"a\": 1, /* opslint: allow[too-slow] x */\n  \"c\": 2\n}";
    check_in("fly.json", text, "1", "Used(1)");
    check_in("fly.json", text, "2", "Unused");
}

#[test]
fn python_has_comments_on_lines_and_settings() {
    let text = "# opslint: allow[too-slow] x\nworkers = (\n    1 +\n    2\n)\nthreads = 3\n";
    check_in("gunicorn.conf.py", text, "2", "Used(1)");
    check_in("gunicorn.conf.py", text, "3", "Unused");
}

#[test]
fn a_comment_counts_for_any_label_in_any_file() {
    let mut case = Case {
        files: &[("a.toml", "a = 1"), ("b.toml", "b = 1 # opslint: allow[too-slow] x")],
        diagnostics: &[("too-slow", "a.toml", "1")],
        ..Case::default()
    };
    assert_eq!(case.run().kept, ["too-slow"]);
    case.related = Some(("b.toml", "1 #"));
    assert_eq!(case.run().kept, Vec::<String>::new());
}

#[test]
fn only_the_named_rules_are_held_back() {
    let text = "a = 1 # opslint: allow[too-slow, too-big] x\nb = 2 # opslint: allow[too-big] y";
    let case = Case {
        files: &[("fly.toml", text)],
        diagnostics: &[
            ("too-slow", "fly.toml", "1"),
            ("too-big", "fly.toml", "1"),
            ("too-slow", "fly.toml", "2"),
            ("too-big", "fly.toml", "2"),
        ],
        ..Case::default()
    };
    let result = case.run();
    assert_eq!(result.kept, ["too-slow"]);
    assert_eq!(result.states, ["Used(1)", "Used(1)", "Used(1)"]);
    assert!(result.about.is_empty());
}

#[test]
fn the_last_day_still_counts() {
    check("a = 1 # opslint: allow[too-slow] x until=2027-01-31", "1 #", "Used(1)");
    check("a = 1 # opslint: allow[too-slow] x until=2027-01-30", "1 #", "Expired");
}

#[test]
fn malformed_suppressions_are_reported() {
    check_about(
        "a = 1 # opslint: ignore[too-slow] x",
        "invalid-suppression: `ignore`: `ignore` is not a word that opslint knows in a comment; \
         write `# opslint: allow[rule-id] reason`",
    );
    check_about(
        "a = 1 # opslint:",
        "invalid-suppression: ``: nothing follows `opslint:`; \
         write `# opslint: allow[rule-id] reason`",
    );
    check_about(
        "a = 1 # opslint: allow too-slow",
        "invalid-suppression: `allow`: the suppression names no rule; \
         write `# opslint: allow[rule-id] reason`",
    );
    check_about(
        "a = 1 # opslint: allow[too-slow]",
        "invalid-suppression: `allow[too-slow]`: the suppression gives no reason; say why this is \
         right here, after the `]`, for whoever reads it in a year",
    );
    check_about(
        "a = 1 # opslint: allow[to-slow] x",
        "invalid-suppression: `to-slow`: `to-slow` is not a rule; did you mean `too-slow`?",
    );
    check_about(
        "a = 1 # opslint: allow[too-slow] x until=2027-02-30",
        "invalid-suppression: `2027-02-30`: `until=2027-02-30` is not a date; \
         write a day of the calendar, such as `until=2027-01-31`",
    );
}

#[test]
fn unused_expired_and_locked_suppressions_are_reported_with_a_fix() {
    check_about(
        "a = 1 # opslint: allow[too-slow] x",
        "unused-suppression: `too-slow`: nothing here needs `too-slow` to be allowed; \
         remove `too-slow` from the suppression",
    );
    check_about(
        "a = 1 # opslint: allow[too-slow] x until=2027-01-01",
        "expired-suppression: `too-slow`: the suppression of `too-slow` ended on 2027-01-01; \
         remove it: nothing here needs it any more",
    );
    check_about(
        "a = 1 # opslint: allow[no-secrets] x",
        "locked-suppression: `no-secrets`: `no-secrets` is locked: it cannot be suppressed; \
         remove the suppression, and change what the rule is about",
    );
}

#[test]
fn an_expired_suppression_that_is_needed_asks_for_more() {
    let case = Case {
        files: &[("fly.toml", "a = 1 # opslint: allow[too-slow] x until=2027-01-01")],
        diagnostics: &[("too-slow", "fly.toml", "1 #")],
        ..Case::default()
    };
    let result = case.run();
    assert_eq!(result.kept, ["too-slow"]);
    assert!(result.about[0].ends_with("do what its reason promised, or give it a later date"));
}

#[test]
fn a_locked_rule_stays() {
    let case = Case {
        files: &[("fly.toml", "a = 1 # opslint: allow[no-secrets] x")],
        diagnostics: &[("no-secrets", "fly.toml", "1 #")],
        ..Case::default()
    };
    let result = case.run();
    assert_eq!(
        (result.kept, result.states),
        (vec!["no-secrets".to_owned()], vec!["Locked".to_owned()])
    );
}

#[test]
fn what_cannot_be_judged_is_not_called_unused() {
    let files = &[("fly.toml", "a = 1 # opslint: allow[asleep, too-slow] x")];
    let case = Case { files, undecided: &[("too-slow", "fly.toml")], ..Case::default() };
    let result = case.run();
    assert_eq!(result.states, ["Idle", "Idle"]);
    assert!(result.about.is_empty());
}

#[test]
fn a_procfile_has_comments_on_lines_of_their_own_only() {
    let text = "# opslint: allow[too-slow] x\nweb: run\nworker: run # opslint: allow[too-slow] x\n";
    let case = Case {
        files: &[("Procfile", text)],
        diagnostics: &[("too-slow", "Procfile", "web"), ("too-slow", "Procfile", "worker")],
        ..Case::default()
    };
    let result = case.run();
    assert_eq!(result.kept, ["too-slow"]);
    assert_eq!(
        result.about,
        ["invalid-suppression: `# opslint: allow[too-slow] x`: a Procfile has no comments at the \
          end of a line; write it on a line of its own, above this one"]
    );
}

const ENTRY: &str = "[[suppressions]]\nrule = \"too-slow\"\npath = \"*.json\"\nreason = \"x\"\n";

#[test]
fn opslint_toml_holds_back_in_files_without_comments() {
    let case = Case {
        files: &[("fly.json", "a = 1"), ("a/fly.json", "a = 1")],
        config: ENTRY,
        diagnostics: &[("too-slow", "fly.json", "1"), ("too-slow", "a/fly.json", "1")],
        ..Case::default()
    };
    let result = case.run();
    assert_eq!((result.kept.len(), result.states), (1, vec!["Used(1)".to_owned()]));
}

#[test]
fn opslint_toml_can_name_a_process() {
    let config = format!("{ENTRY}process = \"web\"\n");
    let mut case = Case {
        files: &[("fly.json", "a = 1")],
        config: &config,
        diagnostics: &[("too-slow", "fly.json", "1")],
        process: Some("web"),
        ..Case::default()
    };
    assert_eq!(case.run().states, ["Used(1)"]);
    case.process = Some("worker");
    assert_eq!(case.run().states, ["Unused"]);
}

#[test]
fn an_entry_of_opslint_toml_expires_and_is_unused_only_for_files_of_this_run() {
    let files = &[("fly.json", "a = 1")];
    let run = |config: &str, files| Case { files, config, ..Case::default() }.run();
    assert_eq!(run(ENTRY, files).states, ["Unused"]);
    assert_eq!(run(ENTRY, &[("fly.toml", "")]).states, ["Idle"]);
    let expired = run(&format!("{ENTRY}until = 2027-01-01\n"), files);
    assert_eq!(expired.states, ["Expired"]);
    assert!(expired.about[0].starts_with("expired-suppression: `\"too-slow\"`: "));
}
