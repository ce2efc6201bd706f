//! What a buildpack starts where no file names a command: the script `start` of package.json.
//!
//! Sources: <https://docs.cloudfoundry.org/buildpacks/node/node-tips.html>,
//! <https://devcenter.heroku.com/articles/nodejs-support> (which DigitalOcean runs),
//! <https://nixpacks.com/docs/providers/node>, <https://railpack.com/languages/node>,
//! <https://cloud.google.com/appengine/docs/standard/nodejs/application-startup>

use crate::document::{Node, Text};
use crate::draft::{Command, Context};
use crate::manifests::procfile;
use crate::parse::Syntax;
use crate::workspace::join;

/// Files of other languages: where one is there, another buildpack may be the one that counts.
const OTHERS: &[&str] = &[
    "Cargo.toml",
    "Gemfile",
    "Pipfile",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "deno.json",
    "go.mod",
    "index.php",
    "manage.py",
    "mix.exs",
    "pom.xml",
    "pyproject.toml",
    "requirements.txt",
    "setup.py",
];

/// What runs in a folder that a buildpack builds: `web` of the Procfile, else the script `start`.
pub(super) fn web(context: &mut Context<'_, '_>, folder: &str) -> Option<Command> {
    procfile::web(context, folder).or_else(|| start(context, folder))
}

/// `npm start` in a folder, where package.json has such a script, and neither a Dockerfile nor a file
/// of another language is beside it.
pub(super) fn start(context: &mut Context<'_, '_>, folder: &str) -> Option<Command> {
    let is_there =
        |it: &&str| join(folder, it).is_some_and(|path| context.workspace.is_file(&path));
    if OTHERS.iter().chain(&["Dockerfile", "Procfile"]).any(is_there) {
        return None;
    }
    let file = context.workspace.open(&join(folder, "package.json")?)?;
    let document = context.workspace.look_into(file, Syntax::Json);
    let script = document.root.at(&["scripts", "start"]).filter(|it| it.as_str().is_some());
    let place = |it: &Node| Text::new("npm start", it.span, Vec::new());
    Some(Command::Shell(place(script?)))
}

#[cfg(test)]
mod tests {
    use crate::analysis::{Analysis, Options};
    use crate::vocabulary as v;
    use crate::workspace::MemoryFiles;

    const PACKAGE: &str = r#"{"scripts": {"start": "node index.js"}}"#;

    /// The commands of all processes beside these files.
    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let mut memory = MemoryFiles::new();
        for (path, text) in files {
            memory = memory.with(*path, *text);
        }
        let answer = Analysis::open(memory, Options::plain()).unwrap().facts();
        let all = answer.projects.iter().flat_map(|it| &it.deployments);
        let commands: Vec<String> = all
            .flat_map(|it| &it.processes)
            .filter_map(|it| Some(it.facts.get(v::COMMAND)?.state.to_string()))
            .collect();
        assert_eq!(commands, expect, "{files:?}");
    }

    #[test]
    fn buildpacks_run_npm_start() {
        let package = ("package.json", PACKAGE);
        check(
            &[("railway.toml", "[deploy]\nrestartPolicyType = 'ALWAYS'\n"), package],
            &["npm start"],
        );
        check(&[("app.yaml", "runtime: nodejs22\n"), package], &["npm start"]);
        check(
            &[("manifest.yml", "applications:\n- name: a\n  memory: 1G\n"), package],
            &["npm start"],
        );
        let fly = "app = 'a'\n[build]\nbuilder = 'paketobuildpacks/builder:base'\n";
        check(&[("fly.toml", fly), package], &["npm start"]);
    }

    #[test]
    fn a_procfile_counts_before_the_script() {
        let fly = "app = 'a'\n[build]\nbuilder = 'heroku/buildpacks:20'\n";
        let files =
            [("fly.toml", fly), ("package.json", PACKAGE), ("Procfile", "web: node a.js\n")];
        check(&files, &["node a.js", "node a.js"]);
    }

    #[test]
    fn another_language_or_a_dockerfile_may_be_what_counts() {
        let railway = ("railway.toml", "[deploy]\nrestartPolicyType = 'ALWAYS'\n");
        let package = ("package.json", PACKAGE);
        check(&[railway, package, ("requirements.txt", "flask\n")], &["unknown"]);
        check(&[railway, package, ("Dockerfile", "FROM acme/x\n")], &["unknown"]);
        check(&[railway, ("package.json", "{}")], &["unknown"]);
        check(&[("app.yaml", "runtime: go122\n"), package], &["unknown"]);
    }
}
