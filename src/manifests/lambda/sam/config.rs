//! `samconfig.toml` beside a template: what `sam deploy` is given, the region and the parameters.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>,
//! 2026-11-29; the forms of parameters are those of `samcli/cli/types.py` (`CfnParameterOverridesType`).

use std::borrow::Cow;

use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::draft::Context;
use crate::fact::Fact;
use crate::manifests::read;
use crate::parse::{Syntax, shell};
use crate::workspace::{join, parent};

/// The commands whose parameters hold for a deploy; the more exact one first.
const COMMANDS: [&str; 2] = ["deploy", "global"];

/// The region that every environment of the configuration deploys to; `None` where they differ, as
/// nobody knows which one `--config-env` will name, and where there is no such file.
pub(super) fn region(context: &mut Context<'_, '_>, template: &Document) -> Option<Fact> {
    let regions = of_environments(context, template, "region")?;
    let first = regions.first()?;
    let is_one = regions.iter().all(|it| it.as_str() == first.as_str());
    is_one.then(|| super::super::text(first, "`region`"))
}

/// A key of the configuration in each of its environments; `None` where one lacks it.
fn of_environments(
    context: &mut Context<'_, '_>,
    template: &Document,
    key: &str,
) -> Option<Vec<Node>> {
    let path = context.workspace.sources.file(template.file).path().to_owned();
    let names = [("samconfig.toml", Syntax::Toml), ("samconfig.yaml", Syntax::Yaml)];
    let (file, syntax) = names.into_iter().find_map(|(name, syntax)| {
        let path = join(parent(&path), name)?;
        let is_there = context.workspace.is_file(&path);
        is_there.then(|| context.workspace.open(&path)).flatten().map(|it| (it, syntax))
    })?;
    let config = context.workspace.document(file, syntax);
    let environments = config.root.entries().iter().filter(|it| !it.value.entries().is_empty());
    let of = |it: &'_ Node| {
        COMMANDS.iter().find_map(|command| it.at(&[command, "parameters", key]).cloned())
    };
    environments.map(|it| of(&it.value)).collect()
}

/// The template with the parameters that every environment gives alike: each of them allows nothing
/// else then.
pub(super) fn filled<'n>(context: &mut Context<'_, '_>, template: &'n Document) -> Cow<'n, Node> {
    let root = &template.root;
    let has_parameters = root.get("Parameters").is_some_and(|it| !it.entries().is_empty());
    let given = match has_parameters {
        true => of_environments(context, template, "parameter_overrides").unwrap_or_default(),
        false => Vec::new(),
    };
    let mut given = given.iter().map(overrides);
    let Some(first) = given.next() else { return Cow::Borrowed(root) };
    let others: Vec<_> = given.collect();
    let is_same = |(name, value): &(String, Node)| {
        let has = |other: &Vec<(String, Node)>| {
            other.iter().any(|it| it.0 == *name && it.1.kind == value.kind)
        };
        others.iter().all(has)
    };
    let mut root = root.clone();
    for (name, value) in first.iter().filter(|it| is_same(it)) {
        allow_only(&mut root, name, value);
    }
    Cow::Owned(root)
}

/// Makes a value the only one that a parameter of the template allows.
fn allow_only(root: &mut Node, name: &str, value: &Node) {
    let NodeKind::Map(sections) = &mut root.kind else { return };
    let Some(section) = sections.iter_mut().find(|it| it.key.value == "Parameters") else { return };
    let NodeKind::Map(parameters) = &mut section.value.kind else { return };
    let Some(parameter) = parameters.iter_mut().find(|it| it.key.value == name) else { return };
    let NodeKind::Map(keys) = &mut parameter.value.kind else { return };
    keys.retain(|it| it.key.value != "AllowedValues");
    let list = Node::new(NodeKind::List(vec![value.clone()]), value.span);
    keys.push(Entry::of("AllowedValues", list));
}

/// The parameters of `parameter_overrides`: `A=1 B="x y"`, the same as a list, with the long names
/// `ParameterKey=A,ParameterValue=1`, or a table.
fn overrides(node: &Node) -> Vec<(String, Node)> {
    match &node.kind {
        NodeKind::String(text) => words(text),
        NodeKind::List(nodes) => nodes.iter().flat_map(overrides).collect(),
        NodeKind::Map(entries) => {
            let plain = |it: &Entry| read::scalar_text(&it.value).is_some();
            let entries = entries.iter().filter(|it| plain(it));
            entries.map(|it| (it.key.value.clone(), it.value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// The long form of a parameter is `ParameterKey=A,ParameterValue=1`.
const LONG_KEY: &str = "ParameterKey";
const LONG_VALUE: &str = ",ParameterValue=";

/// The parameters of a text, which quotes protect as in a shell.
fn words(text: &Text) -> Vec<(String, Node)> {
    let script = shell::parse(&text.value);
    let commands = script.items.iter().flat_map(|it| &it.first.commands);
    let mut found = Vec::new();
    let mut add = |name: &str, value: String, range: std::ops::Range<usize>| {
        let span = text.span_of(range);
        let kind = match value.parse() {
            Ok(number) => NodeKind::Integer(number),
            Err(_) => NodeKind::String(Text::new(value, span, Vec::new())),
        };
        found.push((name.to_owned(), Node::new(kind, span)));
    };
    for command in commands {
        let shell::CommandKind::Simple(simple) = &command.kind else { continue };
        for it in &simple.assignments {
            let Some(value) = plain(&it.value) else { continue };
            // To a shell, the long form is the assignment of everything behind its first `=`.
            match value.split_once(LONG_VALUE).filter(|_| it.name == LONG_KEY) {
                Some((name, value)) => add(name, value.to_owned(), it.value.range.clone()),
                None => add(&it.name, value, it.value.range.clone()),
            }
        }
        // What no shell takes for a variable, such as a name with a dot, is a word.
        for word in &simple.words {
            let Some(value) = plain(word) else { continue };
            if let Some((name, value)) = value.split_once('=') {
                add(name, value.to_owned(), word.range.clone());
            }
        }
    }
    found
}

/// The text of a word without expansions.
fn plain(word: &shell::Word) -> Option<String> {
    let text = |it: &shell::Part| match &it.kind {
        shell::PartKind::Literal(text) => Some(text.clone()),
        _ => None,
    };
    word.parts.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use crate::analysis::{Analysis, Options};
    use crate::vocabulary;
    use crate::workspace::MemoryFiles;

    const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Web:\n    \
        Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n      \
        Runtime: python3.13\n      CodeUri: .\n";

    fn region(name: &str, config: &str) -> Option<String> {
        let files = MemoryFiles::new().with("template.yaml", TEMPLATE).with(name, config);
        let projects = Analysis::open(files, Options::plain()).unwrap().facts().projects;
        let mut deployments = projects.iter().flat_map(|it| &it.deployments);
        let process = deployments.next().unwrap().processes.first().unwrap();
        process.facts.get(vocabulary::REGION).map(|it| it.state.to_string())
    }

    fn memory(config: &str) -> String {
        let template = "Transform: AWS::Serverless-2016-10-31\nParameters:\n  Size:\n    \
            Type: Number\n    Default: 128\nResources:\n  Web:\n    \
            Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n      \
            Runtime: python3.13\n      MemorySize: !Ref Size\n";
        let files =
            MemoryFiles::new().with("template.yaml", template).with("samconfig.toml", config);
        let projects = Analysis::open(files, Options::plain()).unwrap().facts().projects;
        let mut deployments = projects.iter().flat_map(|it| &it.deployments);
        let process = deployments.next().unwrap().processes.first().unwrap();
        process.facts.get(vocabulary::FUNCTION_MEMORY_MB).unwrap().state.to_string()
    }

    #[test]
    fn samconfig_gives_parameters_in_each_of_their_forms() {
        let section = "[default.deploy.parameters]\nparameter_overrides = ";
        for value in [
            "\"Stage=\\\"a b\\\" Size=512\"",
            "\"Stage=prod Size=\\\"512\\\"\"",
            "\"ParameterKey=Size,ParameterValue=512\"",
            "[\"Stage=prod\", \"Size=512\"]",
        ] {
            assert_eq!(memory(&format!("{section}{value}\n")), "512", "{value}");
        }
        let other = "\"Stage=prod\"";
        assert!(memory(&format!("{section}{other}\n")).contains("unknown"));
        let two = "\n[prod.deploy.parameters]\nparameter_overrides = \"Size=1024\"\n";
        assert!(memory(&format!("{section}\"Size=512\"{two}")).contains("unknown"));
    }

    #[test]
    fn samconfig_names_the_region_where_its_environments_agree() {
        let deploy = "[default.deploy.parameters]\nregion = \"eu-central-1\"\n";
        let global = "version = 0.1\n[default.global.parameters]\nregion = \"eu-west-1\"\n";
        assert_eq!(region("samconfig.toml", deploy).as_deref(), Some("eu-central-1"));
        assert_eq!(region("samconfig.toml", global).as_deref(), Some("eu-west-1"));
        let yaml = "default:\n  deploy:\n    parameters:\n      region: us-east-1\n";
        assert_eq!(region("samconfig.yaml", yaml).as_deref(), Some("us-east-1"));
    }

    #[test]
    fn environments_that_differ_or_say_nothing_leave_it_open() {
        let deploy = "[default.deploy.parameters]\nregion = \"eu-central-1\"\n";
        for other in ["region = \"us-east-1\"", "stack_name = \"shop\""] {
            let config = format!("{deploy}[prod.deploy.parameters]\n{other}\n");
            assert_eq!(region("samconfig.toml", &config), None, "{config}");
        }
        assert_eq!(region("README.md", ""), None);
    }
}
