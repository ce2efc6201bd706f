//! Plans: does a process fit its machine, how much does it take, what does it cost, what would be
//! better.
//!
//! What is planned with are the facts that rules see. A choice is a statement more, as opslint.toml
//! could make it: the project is resolved anew with it and judged by the same rules, so advice
//! cannot contradict a rule. docs/plan.md explains each number with its formula.

mod assumptions;
mod by_use;
mod capacity;
mod changes;
mod choices;
mod cost;
mod curves;
mod effort;
mod elsewhere;
mod figure;
mod figures;
mod functions;
mod measured;
mod parts;
pub mod queueing;
pub mod request;
mod serverless;
mod sizes;
mod what_if;
mod worlds;

pub use capacity::{Capacity, Limit, Span as CpuSpan, Work};
pub use changes::{Change, Subject};
pub use choices::Choice;
pub use curves::{Curves, Point};
pub use elsewhere::Elsewhere;
pub(crate) use elsewhere::is_of_platform;
pub use figure::{Bounds, Figure};
pub use figures::{Connections, Demand, Figures, Instances, Machine, Memory, Throughput, Verdict};
pub use functions::Functions;
pub use measured::Measured;
pub use parts::Part;
pub use request::{MemoryBounds, Profile, Request, WhatIf};
pub use serverless::{BesideInstances, Calls, FunctionChoice, FunctionFigures, FunctionPlan};
pub use worlds::{
    OtherWorld, Round, Rounds, World, WorldPlan, allowed as allowed_worlds, world_label,
};

use crate::fact::{Fact, OriginKind, Value};
use crate::nearest;
use crate::platforms::Catalog;
use crate::project::{Deployment, Process, Project};
use crate::settings::Home;
use crate::vocabulary;

/// A fact that is taken to be otherwise, as a table of opslint.toml could state it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Path of the manifest.
    pub manifest: String,
    /// Name of the process; `None` for the whole deployment.
    pub process: Option<String>,
    /// `plan`, `instances`, a name of the vocabulary, or `$NAME` for a variable of the environment.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// A rule that does not hold: an error, or a warning about the number of workers or threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Paths of the manifests it is about.
    pub manifests: Vec<String>,
    /// The process, unless it is about the whole deployment.
    pub process: Option<String>,
    /// Id of the rule.
    pub rule: String,
    /// Names of the facts that it used.
    pub facts: Vec<String>,
}

/// A project as it is or would be, with the rules that it breaks.
#[derive(Debug)]
pub struct Evaluated {
    /// What its processes run with.
    pub project: Project,
    /// Rules that do not hold, of those that count against a choice.
    pub broken: Vec<Broken>,
}

/// Works out a project with statements added to those of opslint.toml.
pub trait Evaluate {
    /// The project with these statements, from which on all further ones are told: those that are
    /// about one process are then worked out beside the others as they are here. `None` when no
    /// file turns out to be a manifest.
    fn begin(&self, statements: &[Statement]) -> Option<Evaluated>;

    /// The project with these statements; `None` when no file turns out to be a manifest.
    fn evaluate(&self, statements: &[Statement]) -> Option<Evaluated>;

    /// The project with every deployment on this platform of the catalog, and without what
    /// opslint.toml states of the platform that it has.
    fn elsewhere(&self, platform: &str, statements: &[Statement]) -> Option<Evaluated>;
}

/// What is taken for granted in a plan, and how to replace it by what is true.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumption {
    /// What is assumed.
    pub text: String,
    /// What the user can write instead; may be empty.
    pub settle_with: String,
}

/// The plan of one project.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The folder, as shown to the user.
    pub root: String,
    /// What is taken for granted.
    pub assumptions: Vec<Assumption>,
    /// One for each manifest with something to plan, in path order.
    pub deployments: Vec<DeploymentPlan>,
    /// Processes that do not stay, and so are not planned.
    pub left_out: Vec<LeftOut>,
}

/// A process that is not planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Path of the manifest.
    pub manifest: String,
    /// Name in the manifest.
    pub process: String,
    /// What it is for: `function`, `cron`, `release`; `None` where that is not known.
    pub kind: Option<String>,
}

/// Where something is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformName {
    /// The id, as rules write it.
    pub id: String,
    /// The name, as people write it.
    pub name: String,
    /// Whether no file says it.
    pub is_assumed: bool,
}

/// The plan of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentPlan {
    /// Path of the manifest.
    pub manifest: String,
    /// Its name where the manifest has several, such as one for each environment.
    pub name: Option<String>,
    /// Where opslint.toml says something of it.
    pub home: Home,
    /// The platform, where it is known.
    pub platform: Option<PlatformName>,
    /// Dollars a month of everything that runs all month and of the database.
    pub price: Figure,
    /// What is in the price beside processes: databases, caches and disks, each with its price.
    pub includes: Vec<(String, Bounds)>,
    /// What is not in the price.
    pub excludes: Vec<String>,
    /// Processes that stay, in file order.
    pub processes: Vec<ProcessPlan>,
    /// Functions, in file order.
    pub functions: Vec<FunctionPlan>,
}

impl DeploymentPlan {
    /// The manifest, and the name where it has several.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.name {
            Some(name) => format!("{} · {name}", self.manifest),
            None => self.manifest.clone(),
        }
    }
}

/// The plan of one process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessPlan {
    /// Name in the manifest.
    pub name: String,
    /// What it is for: `web`, `worker`.
    pub kind: String,
    /// What was measured of it, and is planned with.
    pub measured: Option<Measured>,
    /// As it is.
    pub figures: Figures,
    /// The worlds that the files allow, the one that is planned with first; empty where there is
    /// only one, or all come to the same.
    pub worlds: Vec<WorldPlan>,
    /// As it could be; the first is as it is. Empty where nothing can be compared.
    pub choices: Vec<Choice>,
    /// Index of the best of them; `None` when none is without fault.
    pub best: Option<usize>,
    /// The same requests as functions.
    pub functions: Option<Functions>,
    /// The process on the other platforms that were asked for, in that order.
    pub elsewhere: Vec<Elsewhere>,
    /// What is drawn, where drawings were asked for.
    pub curves: Option<Curves>,
}

/// What was typed and cannot be planned with; the text names the flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake(pub String);

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

/// Kinds of process that are planned: those that stay.
const PLANNED: &[&str] = &["web", "worker"];

/// Plans a project; `None` when nothing of it can be planned.
///
/// # Errors
/// When the request names something that is not in the project or catalog.
pub fn project(
    evaluator: &dyn Evaluate,
    catalog: &Catalog,
    request: &Request,
) -> Result<Option<Plan>, Mistake> {
    let Some(mut now) = evaluator.begin(&[]) else { return Ok(None) };
    let stated = what_if::statements(&now.project, catalog, &request.with)?;
    if !stated.is_empty() {
        match evaluator.begin(&stated) {
            Some(changed) => now = changed,
            None => return Ok(None),
        }
    }
    elsewhere::checked(catalog, &request.on)?;
    let mut assumed = assumptions::Assumed::default();
    let mut deployments = Vec::new();
    let worlds = worlds::Shared::default();
    let effort = effort::Effort::new(evaluator, &now);
    let evaluator = &effort;
    for deployment in &now.project.deployments {
        let platform = platform(deployment, catalog);
        let processes: Vec<ProcessPlan> = planned(deployment, request)
            .map(|process| {
                let (request, measured) = measured::request(process, request);
                let (request, stated, now, worlds) = (&request, &stated, &now, &worlds);
                let planner = choices::Planner { evaluator, catalog, request, stated, now, worlds };
                let plan = ProcessPlan { measured, ..planner.process(deployment, process) };
                effort.planned();
                plan
            })
            .collect();
        let (of_all, stated, now, worlds) = (request, &stated, &now, &worlds);
        let planner = choices::Planner { evaluator, catalog, request: of_all, stated, now, worlds };
        let functions = planner.functions(deployment);
        if processes.is_empty() && functions.is_empty() {
            continue;
        }
        assumptions::collect(&mut assumed, deployment, &processes, request);
        assumptions::of_functions(&mut assumed, deployment, &functions, request);
        let cost::Cost { price, includes, excludes } =
            cost::of_deployment(deployment, &now.project.files, catalog, request, &functions);
        let manifest = deployment.manifest.clone();
        let all = now.project.deployments.iter().filter(|it| it.manifest == manifest);
        let name = (all.count() > 1).then(|| deployment.name.clone());
        deployments.push(DeploymentPlan {
            manifest,
            name: name.filter(|it| !it.is_empty()),
            home: deployment.home.clone(),
            platform,
            price,
            includes,
            excludes,
            processes,
            functions,
        });
    }
    let root = now.project.root.clone();
    let assumptions = assumed.into_all().into_iter().chain(effort.cut()).collect();
    let left_out = now.project.deployments.iter().flat_map(left_out).collect();
    let plan = Plan { root, assumptions, deployments, left_out };
    Ok((!plan.deployments.is_empty() || !plan.left_out.is_empty()).then_some(plan))
}

/// Says which process was meant when none has the name that is asked for.
pub fn no_such_process(name: &str, plans: &[&str]) -> Mistake {
    let hint = nearest::did_you_mean(name, plans).map(|it| format!("; {it}")).unwrap_or_default();
    Mistake(format!("no process is named `{name}`{hint}"))
}

/// The processes of a deployment that stay, and that the request is about.
fn planned<'a>(
    deployment: &'a Deployment,
    request: &'a Request,
) -> impl Iterator<Item = &'a Process> {
    let is_wanted =
        |it: &&Process| request.process.as_ref().is_none_or(|name| it.name.value == *name);
    let stays = |it: &&Process| PLANNED.contains(&kind(it));
    deployment.processes.iter().filter(is_wanted).filter(stays)
}

/// The processes of a deployment that are not planned.
fn left_out(deployment: &Deployment) -> impl Iterator<Item = LeftOut> {
    let others = deployment.processes.iter();
    let others = others.filter(|it| !PLANNED.contains(&kind(it)) && kind(it) != serverless::KIND);
    others.map(|it| LeftOut {
        manifest: deployment.manifest.clone(),
        process: it.name.value.clone(),
        kind: figure::text(&it.facts, vocabulary::KIND).map(str::to_owned),
    })
}

fn kind(process: &Process) -> &str {
    figure::text(&process.facts, vocabulary::KIND).unwrap_or_default()
}

fn platform(deployment: &Deployment, catalog: &Catalog) -> Option<PlatformName> {
    let fact = deployment.facts.get(vocabulary::PLATFORM)?;
    let id = fact.text()?.to_owned();
    let name = catalog.platform(&id).map_or(id.as_str(), |it| it.name()).to_owned();
    Some(PlatformName { id, name, is_assumed: is_assumed(fact) })
}

fn is_assumed(fact: &Fact) -> bool {
    fact.origin.kind == OriginKind::Assumed
}
