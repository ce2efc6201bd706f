//! Programs of Node.js that a command starts and that are there for development alone.
//!
//! Heroku's buildpack installs `devDependencies` for the build and takes them away before the app
//! starts. A package that another one needs stays, which only a lock file tells for certain.
//!
//! Source: <https://devcenter.heroku.com/articles/nodejs-classic-buildpack-builds#package-installation>,
//! `lib/dependencies.sh` of heroku/heroku-buildpack-nodejs (`npm_prune_devdependencies`).

use crate::document::Node;
use crate::draft::Command;
use crate::fact::{Fact, Origin, Value};
use crate::parse::Syntax;
use crate::project::Facts;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// Packages that others hardly ever need, with the programs that they bring.
const PACKAGES: &[(&str, &[&str])] = &[
    ("@babel/node", &["babel-node"]),
    ("concurrently", &["conc", "concurrently"]),
    ("cross-env", &["cross-env", "cross-env-shell"]),
    ("dotenv-cli", &["dotenv"]),
    ("env-cmd", &["env-cmd"]),
    ("nodemon", &["nodemon"]),
    ("npm-run-all", &["npm-run-all", "run-p", "run-s"]),
    ("ts-node", &["ts-node", "ts-node-esm"]),
    ("ts-node-dev", &["ts-node-dev", "tsnd"]),
    ("tsx", &["tsx"]),
];

/// Lists in which a package stays.
const KEPT: &[&str] = &["dependencies", "optionalDependencies", "peerDependencies"];

/// Programs that get what is not installed, and options that install it again.
const GETS: &[&str] = &["npx ", "npm i", "npm exec", "yarn add", "yarn install", "pnpm i", " dlx "];

/// Names the package that the command needs and that package.json has for development alone.
pub(super) fn package(
    workspace: &mut Workspace<'_>,
    command: &Command,
    folder: &str,
    facts: &mut Facts,
) {
    if !matches!(command, Command::Shell(_)) {
        return;
    }
    if let Some(fact) = find(workspace, folder, facts) {
        facts.set(v::START_DEVELOPMENT_PACKAGE, fact);
    }
}

fn find(workspace: &mut Workspace<'_>, folder: &str, facts: &Facts) -> Option<Fact> {
    let commands = facts.get(v::START_COMMANDS)?.text()?.to_owned();
    if GETS.iter().any(|it| commands.contains(it)) {
        return None;
    }
    let is_started = |programs: &[&str]| {
        let mut first = commands.lines().filter_map(|it| it.split_whitespace().next());
        first.any(|it| programs.contains(&it.rsplit('/').next().unwrap_or(it)))
    };
    let mut started = PACKAGES.iter().filter(|(_, it)| is_started(it)).peekable();
    started.peek()?;
    let open = |workspace: &mut Workspace<'_>, name: &str| {
        let file = workspace.open(&join(folder, name)?)?;
        Some(workspace.look_into(file, Syntax::Json))
    };
    // Yarn since 2 prunes nothing by itself.
    if workspace.is_file(&join(folder, ".yarnrc.yml")?) {
        return None;
    }
    let document = open(workspace, "package.json")?;
    let root = &document.root;
    let cleans = root.at(&["scripts", "heroku-cleanup"]).and_then(Node::as_str);
    if cleans.is_some_and(|it| it.contains("install")) {
        return None;
    }
    let lock = match workspace.is_file(&join(folder, "package-lock.json")?) {
        true => Some(open(workspace, "package-lock.json")?),
        false => None,
    };
    let is_kept = |name: &str| KEPT.iter().any(|it| root.at(&[it, name]).is_some());
    let is_pruned = |name: &str| match &lock {
        Some(lock) => {
            let path = format!("node_modules/{name}");
            let old = lock.root.at(&["dependencies", name, "dev"]);
            let dev = lock.root.at(&["packages", &path, "dev"]).or(old);
            dev.and_then(Node::as_bool) == Some(true)
        }
        None => true,
    };
    started.find_map(|(name, _)| {
        let entry = root.get("devDependencies")?.entry(name)?;
        (!is_kept(name) && is_pruned(name)).then(|| {
            let origin = Origin::written(entry.key.span, "`devDependencies` of package.json");
            Fact::known(Value::Text((*name).to_owned()), origin)
        })
    })
}
