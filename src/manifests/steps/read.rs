//! Steps of a workflow → commands.
//!
//! Sources: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://docs.gitlab.com/ci/yaml/>,
//! <https://cloud.google.com/build/docs/build-config-file-schema>.

use crate::document::{Entry, Node, NodeKind, Text};
use crate::workspace::join;

use super::{HOLE, Run, words};

/// Variables that a workflow sets, the innermost first.
pub(super) struct Variables<'n> {
    tables: Vec<&'n Node>,
}

impl Variables<'_> {
    /// The plain value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let node = self.tables.iter().find_map(|it| it.get(name))?;
        let text = crate::manifests::read::scalar_text(node)?;
        (!text.contains(['$', HOLE])).then_some(text)
    }
}

/// Every command of a workflow whose commands start in `folder`.
pub(crate) fn runs(root: &Node, folder: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    if let Some(jobs) = root.get("jobs") {
        jobs.entries().iter().for_each(|it| github(&mut runs, root, &it.value, folder));
    } else if let Some(steps) = root.get("steps") {
        steps.elements().iter().for_each(|it| cloud_build(&mut runs, root, it, folder));
    } else {
        root.entries().iter().for_each(|it| gitlab(&mut runs, root, it, folder));
    }
    runs
}

/// The steps of a job of GitHub's.
fn github(runs: &mut Vec<Run>, root: &Node, job: &Node, folder: &str) {
    for step in job.get("steps").map(Node::elements).unwrap_or_default() {
        let tables = [step, job, root].into_iter().filter_map(|it| it.get("env")).collect();
        let variables = Variables { tables };
        let default = |it: &'_ Node| it.at(&["defaults", "run", "working-directory"]).cloned();
        let inner = step.get("working-directory").cloned();
        let inner = inner.or_else(|| default(job)).or_else(|| default(root));
        let filled = |node: &Node| {
            Some(words::filled(node.as_text()?, &variables).value).filter(|it| !it.contains(HOLE))
        };
        let at = match &inner {
            Some(node) => filled(node).and_then(|it| join(folder, &it)),
            None => Some(folder.to_owned()),
        };
        if let Some(text) = step.get("run").and_then(Node::as_text) {
            words::commands(runs, text, at.as_deref(), &variables);
        }
        if let Some(uses) = step.get("uses").and_then(Node::as_text) {
            let with = |key: &str| {
                let node = step.at(&["with", key])?;
                Some(words::filled(&text(node)?, &variables))
            };
            action(runs, uses, &with, folder, &variables);
        }
    }
}

/// A scalar as text at its place.
fn text(node: &Node) -> Option<Text> {
    let plain = || crate::manifests::read::scalar_text(node);
    match &node.kind {
        NodeKind::String(text) => Some(text.clone()),
        _ => plain().map(|it| Text::new(it, node.span, Vec::new())),
    }
}

/// Actions that run a command of their own, as that command.
///
/// Sources: <https://github.com/google-github-actions/deploy-cloudrun>,
/// <https://github.com/superfly/flyctl-actions>, <https://github.com/docker/build-push-action>.
fn action(
    runs: &mut Vec<Run>,
    uses: &Text,
    with: &dyn Fn(&str) -> Option<Text>,
    folder: &str,
    variables: &Variables<'_>,
) {
    let name = uses.value.split('@').next().unwrap_or_default();
    let word = |it: &str| Text::new(it, uses.span(), Vec::new());
    let mut all: Vec<Text> = Vec::new();
    let option = |all: &mut Vec<Text>, name: &str, key: &str| {
        if let Some(value) = with(key) {
            all.extend([word(name), value]);
        }
    };
    match name {
        "google-github-actions/deploy-cloudrun" => {
            all.extend(["gcloud", "run", "deploy"].map(word));
            all.extend(with("service"));
            for key in ["image", "source", "region"] {
                option(&mut all, &format!("--{key}"), key);
            }
            option(&mut all, "--update-env-vars", "env_vars");
            option(&mut all, "--set-secrets", "secrets");
            if let Some(flags) = with("flags") {
                all.extend(words::split(&flags, variables));
            }
        }
        "docker/build-push-action" => {
            all.extend(["docker", "build"].map(word));
            option(&mut all, "--file", "file");
            option(&mut all, "--target", "target");
            option(&mut all, "--tag", "tags");
            all.push(with("context").unwrap_or_else(|| word(".")));
        }
        "superfly/flyctl-actions" => {
            all.push(word("flyctl"));
            all.extend(with("args").iter().flat_map(|it| words::split(it, variables)));
        }
        _ => return,
    }
    runs.push(Run { words: all, folder: Some(folder.to_owned()), span: uses.span() });
}

/// A job of GitLab's: the lines of a script share one shell.
fn gitlab(runs: &mut Vec<Run>, root: &Node, job: &Entry, folder: &str) {
    let tables = [Some(&job.value), Some(root)].into_iter().flatten();
    let variables = Variables { tables: tables.filter_map(|it| it.get("variables")).collect() };
    let mut at = Some(folder.to_owned());
    for key in ["before_script", "script"] {
        let Some(script) = job.value.get(key) else { continue };
        let lines = std::iter::once(script).chain(script.elements());
        for line in lines.filter_map(Node::as_text) {
            at = words::commands(runs, line, at.as_deref(), &variables);
        }
    }
}

/// A step of Cloud Build: words for the entry point of its image, `gcloud` for Google's own.
fn cloud_build(runs: &mut Vec<Run>, root: &Node, step: &Node, folder: &str) {
    let variables = Variables { tables: root.get("substitutions").into_iter().collect() };
    let at = match step.get("dir").and_then(Node::as_str) {
        Some(inner) => join(folder, inner),
        None => Some(folder.to_owned()),
    };
    if let Some(script) = step.get("script").and_then(Node::as_text) {
        words::commands(runs, script, at.as_deref(), &variables);
        return;
    }
    let args = step.get("args").map(Node::elements).unwrap_or_default();
    let args: Vec<Text> = args.iter().filter_map(text).collect();
    let image = step.get("name").and_then(Node::as_text);
    let entrypoint = step.get("entrypoint").and_then(Node::as_text);
    let program = entrypoint.map(|it| it.value.as_str()).or_else(|| {
        let name = image.map_or("", |it| it.value.rsplit('/').next().unwrap_or_default());
        let name = name.split([':', '@']).next().unwrap_or_default();
        ["gcloud", "docker"].into_iter().find(|it| *it == name)
    });
    let (Some(program), Some(image)) = (program, image) else { return };
    if ["bash", "sh"].contains(&program) {
        if let [option, text, ..] = args.as_slice()
            && option.value.starts_with('-')
        {
            words::commands(runs, text, at.as_deref(), &variables);
        }
        return;
    }
    let mut words = vec![Text::new(program, entrypoint.unwrap_or(image).span(), Vec::new())];
    words.extend(args.iter().map(|it| words::substituted(it, &variables)));
    runs.push(Run { words, folder: at, span: step.span });
}
