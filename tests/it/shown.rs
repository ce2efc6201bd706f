//! A rule that is about no platform and no program alone is shown on more than one: what a rule
//! says of its failing examples decides it, so that an example about which the rule is silent
//! counts for nothing.
#![expect(clippy::disallowed_methods, reason = "rules are files")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use opslint::analysis::{Analysis, Judgement, Options, Scope};
use opslint::diagnostic::Diagnostic;
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::policy::levels::Level;
use opslint::policy::rule::{Example, Rule};
use opslint::project::{Deployment, Facts, Project};
use opslint::source::SourceMap;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;

/// Where a rule speaks.
#[derive(Debug, Default)]
struct Shown {
    /// Platforms; of what is deployed to none, the name of the file without its folders.
    places: BTreeSet<String>,
    programs: BTreeSet<String>,
}

impl Shown {
    fn is_general(&self) -> bool {
        self.places.len() > 1 || self.programs.len() > 1
    }

    /// Takes in what a diagnostic is about: the process that it names, else what is deployed.
    fn add(&mut self, diagnostic: &Diagnostic, projects: &[Project], sources: &SourceMap) {
        let all = || projects.iter().flat_map(|it| &it.deployments);
        let is_named = |it: &&Deployment| diagnostic.deployments.contains(&it.manifest);
        let named: Vec<_> = all().filter(is_named).collect();
        let deployments: Vec<_> = if named.is_empty() { all().collect() } else { named };
        let text = |facts: &Facts, id| facts.get(id)?.text().map(str::to_owned);
        let platforms: Vec<String> =
            deployments.iter().filter_map(|it| text(&it.facts, v::PLATFORM)).collect();
        if platforms.is_empty() {
            let path = sources.file(diagnostic.primary.span.file).path();
            self.places.insert(path.rsplit('/').next().unwrap_or(path).to_owned());
        }
        self.places.extend(platforms);
        for deployment in deployments {
            let is_meant = |name: &str| diagnostic.process.as_ref().is_none_or(|it| it == name);
            let processes = deployment.processes.iter().filter(|it| is_meant(&it.name.value));
            self.programs.extend(processes.filter_map(|it| text(&it.facts, v::SERVER)));
        }
    }
}

/// A text without its lines of marks.
fn without_marks(text: &str) -> String {
    let is_mark = |line: &str| {
        let rest = line.trim_start_matches(' ');
        let after = rest.trim_start_matches('^').trim_start_matches('~');
        after.len() < rest.len() && (after.trim().is_empty() || after.starts_with(' '))
    };
    text.split_inclusive('\n').filter(|it| !is_mark(it)).collect()
}

/// Looks at what a rule says of one of its examples.
fn look(acc: &mut Shown, rule: &Rule, example: &Example, alone: &Arc<Policy>) {
    let files = example.files.iter().fold(MemoryFiles::new(), |all, (path, text)| {
        all.with(path.clone(), without_marks(&text.value))
    });
    let analysis = Analysis::open(files, Options::with_policy(Arc::clone(alone))).unwrap();
    let judgement = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let checked = analysis.check(&Scope::default(), &judgement).unwrap();
    let facts = analysis.facts();
    for it in checked.outcome.diagnostics.iter().filter(|it| it.rule == rule.id) {
        acc.add(it, &facts.projects, &checked.sources);
    }
}

/// Where a rule speaks in its examples, each of which is run with this rule.
fn shown(rule: &Rule, policy: &Policy) -> Shown {
    let mut alone = policy.clone();
    if rule.check.is_some() {
        alone.rules.retain(|it| it.id == rule.id);
    }
    if rule.level == Level::Off {
        alone.levels.set(rule.id.clone(), Level::Info);
    }
    let alone = Arc::new(alone);
    let mut shown = Shown::default();
    for example in rule.examples.iter().filter(|it| it.fails) {
        look(&mut shown, rule, example, &alone);
    }
    shown
}

/// Whether a rule file says that the rule is about one platform or program alone.
fn is_about_one(id: &str) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let text = fs::read_to_string(folder.join(format!("{id}.toml"))).unwrap();
    text.parse::<toml::Table>().unwrap().contains_key("scope")
}

#[test]
fn each_general_rule_is_shown_on_two_platforms_or_programs() {
    let policy = Policy::builtin_with_examples(&mut Vec::new());
    let general: Vec<&Rule> = policy.rules.iter().filter(|it| !is_about_one(&it.id)).collect();
    assert!(general.len() > 100, "{}", general.len());
    let missing: Vec<String> = general
        .iter()
        .map(|rule| (rule, shown(rule, &policy)))
        .filter(|(_, shown)| !shown.is_general())
        .map(|(rule, shown)| format!("{}: {shown:?}", rule.id))
        .collect();
    let advice = "add a failing example of another platform or program, or say in `scope` why \
                  the rule is about this one alone";
    assert!(missing.is_empty(), "{advice}\n{}", missing.join("\n"));
}
