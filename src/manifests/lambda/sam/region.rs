//! The region in which a template is deployed: `samconfig.toml` beside it says so to `sam deploy`.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>,
//! 2026-11-29.

use crate::document::{Document, Node};
use crate::draft::Context;
use crate::fact::Fact;
use crate::parse::Syntax;
use crate::workspace::{join, parent};

/// The commands whose parameters hold for a deploy; the more exact one first.
const COMMANDS: [&str; 2] = ["deploy", "global"];

/// The region that every environment of the configuration deploys to; `None` where they differ, as
/// nobody knows which one `--config-env` will name, and where there is no such file.
pub(super) fn region(context: &mut Context<'_, '_>, template: &Document) -> Option<Fact> {
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
        COMMANDS.iter().find_map(|command| it.at(&[command, "parameters", "region"]).cloned())
    };
    let regions: Option<Vec<Node>> = environments.map(|it| of(&it.value)).collect();
    let regions = regions?;
    let first = regions.first()?;
    let is_one = regions.iter().all(|it| it.as_str() == first.as_str());
    is_one.then(|| super::super::text(first, "`region`"))
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
