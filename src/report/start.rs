//! The opslint.toml that `opslint init` writes: what this project's files leave open, as comments
//! that a person fills in.

use std::collections::BTreeMap;

use toml::Value;

use super::shown::Shown;
use crate::fact::{Fact, OriginKind, State, TextPart, Unknown};
use crate::policy::config::toml_text::TomlText;
use crate::project::{Deployment, Process, Project};
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
///
/// # Errors
/// When the text would not say what it was meant to: a bug of opslint.
pub fn starting_config(shown: &Shown<Vec<Project>>) -> anyhow::Result<(String, usize)> {
    let projects = &shown.what;
    let mut toml = TomlText::new();
    toml.fixed(HEAD);
    let mut asked = 0;
    let variables = variables(projects);
    if !variables.is_empty() {
        toml.fixed(
            "\n# What is set outside of this repository, in a dashboard or with a command.\n",
        );
        toml.table(&["env"]);
        for (name, reason) in &variables {
            asked += 1;
            toml.suggestion(name, &text(""), reason);
        }
    }
    for deployment in projects.iter().flat_map(|it| &it.deployments) {
        asked += write_deployment(&mut toml, deployment);
    }
    Ok((toml.finish()?, asked))
}

fn text(it: &str) -> Value {
    Value::String(it.to_owned())
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
fn write_deployment(toml: &mut TomlText, deployment: &Deployment) -> usize {
    let is_unknown = |fact: Option<&Fact>| fact.is_some_and(|it| it.state.unknown().is_some());
    let mut asked = 0;
    let platform = deployment.facts.get(vocabulary::PLATFORM);
    let assumed = platform.filter(|it| it.origin.is_assumed());
    let key = deployment.home.key(&deployment.manifest);
    let asks_platform = is_unknown(platform) || assumed.is_some();
    let purpose = purpose(deployment);
    if asks_platform || purpose.is_some() {
        toml.blank();
        toml.table(&["deployments", &key]);
    }
    if asks_platform {
        asked += 1;
        let id = assumed.and_then(Fact::text).unwrap_or("heroku");
        let note = match assumed {
            Some(assumed) => format!("assumed: {}", assumed.origin.source),
            None => "nothing says which platform runs this".to_owned(),
        };
        toml.suggestion("platform", &text(id), &note);
    }
    if let Some((name, note)) = purpose {
        asked += 1;
        toml.suggestion(vocabulary::PURPOSE.name(), &text(name), &note);
    }
    let variables = taken(deployment);
    if !variables.is_empty() {
        asked += variables.len();
        toml.blank();
        toml.table(&["deployments", &key, "env"]);
        for (name, (value, note)) in variables {
            toml.suggestion(name, &text(value), &note);
        }
    }
    for process in &deployment.processes {
        let open = open(process);
        if open.is_empty() {
            continue;
        }
        asked += open.len();
        toml.blank();
        toml.table(&["deployments", &key, "processes", &process.name.value]);
        for it in open {
            toml.suggestion(it.key, &it.value, &it.note);
        }
    }
    asked
}

/// What a deployment is for, where that is taken for granted, and why.
fn purpose(deployment: &Deployment) -> Option<(&str, String)> {
    let all = deployment.processes.iter().filter_map(|it| it.facts.get(vocabulary::PURPOSE));
    let mut assumed = all.filter(|it| it.origin.kind == OriginKind::Assumed);
    let first = assumed.next()?;
    // One line cannot say two things.
    assumed
        .all(|it| it.state == first.state)
        .then_some((first.text()?, format!("assumed: {}", first.origin.source)))
}

/// Variables that are taken to have a value which no file gives them, each with the reason.
fn taken(deployment: &Deployment) -> BTreeMap<&str, (&str, String)> {
    fn add<'a>(acc: &mut BTreeMap<&'a str, (&'a str, String)>, fact: &'a Fact) {
        for it in &fact.origin.inputs {
            let is_assumed = it.fact.origin.kind == OriginKind::Assumed;
            let variable = it.name.strip_prefix('$').filter(|_| is_assumed);
            if let (Some(name), Some(value)) = (variable, it.fact.text()) {
                acc.insert(name, (value, format!("assumed: {}", it.fact.origin.source)));
            }
            add(acc, &it.fact);
        }
    }
    let mut found = BTreeMap::new();
    let facts = deployment.processes.iter().flat_map(|it| it.facts.iter());
    facts.for_each(|(_, fact)| add(&mut found, fact));
    found
}

/// A value that a process leaves open.
struct Open {
    key: &'static str,
    value: Value,
    note: String,
}

/// What a process leaves open, each with what is taken for it, where something is.
fn open(process: &Process) -> Vec<Open> {
    let get = |id| process.facts.get(id);
    let reason = |id| get(id).and_then(|it| it.state.unknown()).map(|it| it.reason.clone());
    let assumed = |id| get(id).filter(|it| it.origin.kind == OriginKind::Assumed);
    let mut open = Vec::new();
    if let (Some(kind), Some(name)) =
        (assumed(vocabulary::KIND), get(vocabulary::KIND).and_then(Fact::text))
    {
        let note = format!("assumed: {}", kind.origin.source);
        open.push(Open { key: "kind", value: text(name), note });
    }
    let plan = assumed(vocabulary::MACHINE_PLAN);
    if let (Some(plan), Some(name)) = (plan, plan.and_then(Fact::text)) {
        let note = format!("assumed: {}", plan.origin.source);
        open.push(Open { key: "plan", value: text(name), note });
    } else if let Some(note) = reason(vocabulary::MACHINE_MEMORY_MB) {
        open.push(Open { key: "plan", value: text(""), note });
    }
    let instances = assumed(vocabulary::SCALE_MAX);
    if let (Some(instances), Some(number)) = (instances, instances.and_then(Fact::int)) {
        let note = format!("assumed: {}", instances.origin.source);
        open.push(Open { key: "instances", value: Value::Integer(number), note });
    } else if let Some(note) = reason(vocabulary::SCALE_MAX) {
        open.push(Open { key: "instances", value: Value::Integer(1), note });
    }
    if let Some(mb) = assumed(vocabulary::MEMORY_PER_WORKER_MB).and_then(Fact::int) {
        let note = "assumed; measured it?".to_owned();
        open.push(Open { key: "memory_per_worker_mb", value: Value::Integer(mb), note });
    }
    open
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::analysis::{Analysis, FactsAnswer, Options};
    use crate::report::ShowSecrets;
    use crate::workspace::MemoryFiles;

    fn start(procfile: &str) -> (String, usize) {
        let files = MemoryFiles::new().with("Procfile", procfile);
        let answer = Analysis::open(files, Options::plain()).unwrap().facts();
        let FactsAnswer { projects, sources, secrets, .. } = answer;
        let shown = Shown::projects(projects, &sources, &secrets, ShowSecrets::Never);
        let (text, asked) = starting_config(&shown).unwrap();
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
            # platform = "heroku"  # assumed: Heroku runs this: `Procfile` is here

            [deployments.Procfile.processes.web]
            # plan = "basic"  # assumed: plan `basic` of Heroku, as no file names another
            # instances = 1  # assumed: Heroku starts this many until somebody scales it
            # memory_per_worker_mb = 128  # assumed; measured it?
        "#]]
        .assert_eq(&text);
        assert_eq!(asked, text.lines().filter(|it| it.contains(" = ")).count());
    }

    #[test]
    fn two_processes_of_one_name_have_one_table() {
        let (text, _) = start("web: gunicorn shop.wsgi\nweb: gunicorn shop.wsgi\n");
        assert_eq!(text.matches("[deployments.Procfile.processes.web]").count(), 1);
    }
}
