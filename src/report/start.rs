//! The opslint.toml that `opslint init` writes: what this project's files leave open, as comments
//! that a person fills in.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::fact::{Fact, OriginKind, State, TextPart, Unknown};
use crate::project::{Deployment, Process, Project};
use crate::settings::toml_key;
use crate::vocabulary;

const HEAD: &str = "\
# What opslint cannot read in the files of this project.
# A line that is a comment changes nothing; `opslint --show-config` prints what counts.
# Rules and their levels: `opslint rules`. Facts that can be stated: `opslint facts`.

# What makes a run fail: \"info\", \"warning\", \"error\", \"never\", \"undecided\".
# fail-on = \"warning\"

# Folders with rules of your own: `opslint new-rule NAME` writes one.
# rules = [\"ops/policies\"]
";

/// The text of the file, and how many values it asks for.
pub fn starting_config(projects: &[Project]) -> (String, usize) {
    let mut text = HEAD.to_owned();
    let mut asked = 0;
    let variables = variables(projects);
    if !variables.is_empty() {
        text += "\n# What is set outside of this repository, in a dashboard or with a command.\n";
        text += "[env]\n";
        for (name, reason) in &variables {
            asked += 1;
            let _ = writeln!(text, "# {name} = \"\"  # {reason}");
        }
    }
    for deployment in projects.iter().flat_map(|it| &it.deployments) {
        asked += write_deployment(&mut text, deployment);
    }
    (text, asked)
}

/// The environment variables that values wait for, each with the reason, by name.
fn variables(projects: &[Project]) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for process in projects.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes) {
        // Settings that are no facts are left out: no rule of ours waits for them.
        for unknown in process.facts.iter().flat_map(|(_, it)| unknowns(it)) {
            // "`NAME` under `[env]` in opslint.toml"
            let mut quoted = unknown.settle_with.split('`').skip(1).step_by(2);
            if let (Some(name), Some("[env]")) = (quoted.next(), quoted.next()) {
                variables.entry(name.to_owned()).or_insert_with(|| unknown.reason.clone());
            }
        }
    }
    variables
}

/// What is unknown in a fact and in what it was computed from.
fn unknowns(fact: &Fact) -> Vec<&Unknown> {
    let mut found: Vec<&Unknown> = match &fact.state {
        State::Unknown(it) => vec![it],
        State::Pattern(parts) => parts.iter().filter_map(part).collect(),
        State::Known(_) | State::OneOf(_) | State::Range { .. } => Vec::new(),
    };
    found.extend(fact.origin.inputs.iter().flat_map(|it| unknowns(&it.fact)));
    found
}

fn part(part: &TextPart) -> Option<&Unknown> {
    match part {
        TextPart::Unknown(it) => Some(it),
        TextPart::Known(_) => None,
    }
}

/// Writes what a deployment leaves open; gives how many values that is.
fn write_deployment(text: &mut String, deployment: &Deployment) -> usize {
    let is_unknown = |fact: Option<&Fact>| fact.is_some_and(|it| it.state.unknown().is_some());
    let platform = is_unknown(deployment.facts.get(vocabulary::PLATFORM));
    let processes: Vec<_> = deployment
        .processes
        .iter()
        .map(|it| (it, open(it)))
        .filter(|it| !it.1.is_empty())
        .collect();
    if !platform && processes.is_empty() {
        return 0;
    }
    let mut asked = processes.iter().map(|(_, open)| open.len()).sum();
    let manifest = toml_key(&deployment.manifest);
    if platform {
        asked += 1;
        let _ = writeln!(text, "\n[deployments.{manifest}]");
        *text += "# platform = \"heroku\"  # which platform runs this is said nowhere\n";
    }
    for (process, open) in processes {
        let name = toml_key(&process.name.value);
        let _ = writeln!(text, "\n[deployments.{manifest}.processes.{name}]");
        for line in open {
            let _ = writeln!(text, "# {line}");
        }
    }
    asked
}

/// Lines for what a process leaves open.
fn open(process: &Process) -> Vec<String> {
    let get = |id| process.facts.get(id);
    let reason = |id| get(id).and_then(|it| it.state.unknown()).map(|it| it.reason.as_str());
    let mut lines = Vec::new();
    if let Some(reason) = reason(vocabulary::MACHINE_MEMORY_MB) {
        lines.push(format!("plan = \"\"  # {reason}"));
    }
    if let Some(reason) = reason(vocabulary::SCALE_MAX) {
        lines.push(format!("instances = 1  # {reason}"));
    }
    let memory = get(vocabulary::MEMORY_PER_WORKER_MB);
    let assumed = memory.filter(|it| it.origin.kind == OriginKind::Assumed).and_then(Fact::int);
    if let Some(mb) = assumed {
        lines.push(format!("memory_per_worker_mb = {mb}  # assumed; measured it?"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::run::{self, Surroundings};
    use crate::workspace::{MemoryFiles, Workspace};

    fn start(procfile: &str) -> (String, usize) {
        let files = MemoryFiles::new().with("Procfile", procfile);
        let mut workspace = Workspace::new(&files);
        let paths = ["Procfile".to_owned()];
        let (projects, _) = run::resolve(&mut workspace, &paths, &Surroundings::default());
        let (text, asked) = starting_config(&projects);
        let config = text.strip_prefix(HEAD).expect("the head comes first");
        (config.to_owned(), asked)
    }

    #[test]
    fn what_no_file_says_is_asked_for() {
        let (text, asked) = start("web: gunicorn shop.wsgi --workers $WORKERS\n");
        expect![[r#"

            # What is set outside of this repository, in a dashboard or with a command.
            [env]
            # WORKERS = ""  # `$WORKERS` is set nowhere in this project

            [deployments.Procfile]
            # platform = "heroku"  # which platform runs this is said nowhere

            [deployments.Procfile.processes.web]
            # memory_per_worker_mb = 128  # assumed; measured it?
        "#]]
        .assert_eq(&text);
        assert_eq!(asked, text.lines().filter(|it| it.contains(" = ")).count());
    }

    #[test]
    fn names_are_keys_of_toml() {
        assert_eq!(toml_key("web-1"), "web-1");
        assert_eq!(toml_key("app/Procfile"), "\"app/Procfile\"");
        assert_eq!(toml_key("a\"b"), r#""a\"b""#);
    }
}
