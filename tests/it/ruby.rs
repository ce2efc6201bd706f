//! Servers of Ruby as oracles: what one makes of a configuration, and what we make of it.
#![expect(clippy::disallowed_methods, reason = "where the oracles are set up, none may be missing")]

use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::project::Facts;
use opslint::vocabulary::FactId;
use opslint::workspace::MemoryFiles;
use serde_json::{Value as Json, json};

use crate::ask::ask;

/// What a server answers to each request, through its script in tests/oracle. `None` where it is not
/// installed, which is allowed only where no oracle is set up.
pub(crate) fn answers(gem: &str, requests: &[String]) -> Option<Vec<Json>> {
    let found = Command::new("ruby").args(["-e", &format!("require '{gem}'")]).output();
    if !found.is_ok_and(|it| it.status.success()) {
        let is_needed = std::env::var_os("OPSLINT_ORACLE_PYTHON").is_some();
        assert!(!is_needed, "no {gem}: run `tests/oracle/setup`");
        return None;
    }
    let script = format!("{}/tests/oracle/{gem}_oracle.rb", env!("CARGO_MANIFEST_DIR"));
    Some(ask(Command::new("ruby").args(["-W0", &script]), requests))
}

/// The facts of a command that reads a configuration at a path, with these variables.
pub(crate) fn facts<'e>(
    (gem, version): (&str, &str),
    (command, path, file): (&str, &str, &str),
    env: impl Iterator<Item = (&'e str, &'e str)>,
) -> Facts {
    let env: String = env.map(|(name, it)| format!("{name} = '{it}'\n")).collect();
    let manifest = format!("app = \"it\"\n[env]\n{env}[processes]\nweb = '{command}'\n");
    let files = MemoryFiles::new()
        .with("fly.toml", manifest)
        .with("Gemfile.lock", format!("GEM\n  specs:\n    {gem} ({version})\n"))
        .with(path, file);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].facts.clone()
}

/// The value of a fact, where we say one.
pub(crate) fn known(facts: &Facts, id: FactId) -> Option<Json> {
    match facts.get(id).and_then(Fact::value)? {
        Value::Int(it) => Some(json!(it)),
        Value::Bool(it) => Some(json!(it)),
        Value::Text(it) => Some(json!(it)),
        Value::Null => Some(Json::Null),
        _ => None,
    }
}

/// How many values are the same, and which are not.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) known: usize,
    pub(crate) unknown: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// Counts values of one case: ours, where we say one, beside theirs.
    pub(crate) fn add(&mut self, case: &str, values: Vec<(&'static str, Option<Json>, Json)>) {
        for (name, ours, theirs) in values {
            match ours {
                Some(ours) if ours == theirs => self.known += 1,
                Some(ours) => {
                    self.wrong.push(format!("{name} is {theirs}, {ours} for us: {case}"));
                }
                None => self.unknown += 1,
            }
        }
    }

    /// Expects that nothing we say is wrong, and that most is known.
    #[track_caller]
    pub(crate) fn check(&self) {
        let Self { known, unknown, wrong } = self;
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
        assert!(unknown * 3 < *known, "{unknown} of {} values are unknown", known + unknown);
    }
}
