//! Jobs that the scripts of Node.js work on: the workers of BullMQ that they make, how many jobs these
//! take at once, and whether anything closes them.
//!
//! Sources: <https://docs.bullmq.io/guide/workers/concurrency> (one at a time unless `concurrency` says
//! more), <https://docs.bullmq.io/guide/going-to-production#gracefully-shut-down-workers>

use std::ops::Range;

use super::{Called, FILES_MAX, Script, imports};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::programs::listed::sources;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// The package, and its class.
const PACKAGE: &str = "bullmq";
const WORKER: &str = "Worker";

/// The argument with the options of a worker, behind its queue and its function.
const OPTIONS: usize = 2;

/// What BullMQ keeps its jobs in.
const BROKER: &str = "redis";

/// Words of code that answers requests beside.
const SERVING: &[&str] = &[".listen(", "serve(", "createServer("];

/// Words of code that may close a worker, or that may hide what does.
const CLOSING: &[&str] = &[
    ".close",
    "SIGTERM",
    "SIGINT",
    "beforeExit",
    "shutdown",
    "Shutdown",
    "graceful",
    "Graceful",
    "exit-hook",
    "onExit",
    "signal-exit",
    "terminus",
    "await using",
    "@nestjs/",
    "'@/",
    "\"@/",
    "'~",
    "\"~",
    "'#",
    "\"#",
    "import(",
];

/// Words of a package.json whose packages are code of the project.
const OWN_PACKAGES: &[&str] = &["\"workspaces\"", "workspace:", "\"file:", "\"link:"];

/// Adds what the scripts work on.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    launch: &Launch,
) {
    let of = |script| Script::calls_of(script, PACKAGE, WORKER).into_iter();
    let made: Vec<(&Script, Called)> =
        scripts.iter().flat_map(|script| of(script).map(move |it| (script, it))).collect();
    let Some((first, (at, _))) = made.first() else { return };
    let name = first.fact(at.clone(), Value::Text(PACKAGE.to_owned()), "a worker of the script");
    server.facts.set(v::CODE_JOBS, name.clone());
    if !is_closed(workspace, scripts, launch) {
        server.facts.set(v::CODE_DROPS_JOBS, name.clone());
    }
    if scripts.iter().any(|it| SERVING.iter().any(|word| it.code.contains(word))) {
        return;
    }
    let is =
        |text: &str| Fact { state: State::Known(Value::Text(text.to_owned())), ..name.clone() };
    server.facts.set(v::SERVES, is("jobs"));
    server.facts.set(v::BROKER_KIND, is(BROKER));
    let Some(workers) = server.facts.get(v::WORKERS).cloned() else { return };
    let mut state = State::Known(Value::Int(0));
    let mut origin = Origin::new(OriginKind::Derived, "workers × jobs that each takes at once");
    origin.span = name.origin.span;
    for (script, (at, given)) in &made {
        let each = script.at_once(workspace, launch, (at, given));
        state = state.map2_number(&each.state, |a, b| a + b);
        origin = origin.with_input("concurrency", each);
    }
    let state = state.map2_number(&workers.state, |a, b| a * b);
    server.facts.set(v::CONCURRENCY, Fact::new(state, origin.with_input("workers", workers)));
}

/// Whether anything may close the workers when the process is told to stop.
fn is_closed(workspace: &mut Workspace<'_>, scripts: &[Script], launch: &Launch) -> bool {
    let is_seen = scripts.len() < FILES_MAX
        && scripts.iter().all(|script| {
            let path = workspace.sources.file(script.file).path();
            let mut local = script.code.local().iter();
            local.all(|it| imports::resolved(workspace, path, it).is_some())
        });
    // What is loaded before the script is not looked at.
    let is_preload = |it: &Word| {
        let word = it.known_prefix();
        ["-r", "--require", "--import"].iter().any(|option| {
            word.strip_prefix(option).is_some_and(|it| it.is_empty() || it.starts_with('='))
        })
    };
    if launch.argv.iter().any(is_preload) {
        return true;
    }
    let may_close = |it: &Script| CLOSING.iter().any(|word| it.code.contains(word));
    let package = sources::text(workspace, launch, "package.json").unwrap_or_default();
    !is_seen || scripts.iter().any(may_close) || OWN_PACKAGES.iter().any(|it| package.contains(it))
}

impl Script {
    /// The jobs that a worker takes at once.
    fn at_once(
        &self,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
        (at, given): (&Range<usize>, &[Range<usize>]),
    ) -> Fact {
        let origin = self.fact(at.clone(), Value::Null, "BullMQ default").origin;
        let usual = Origin { kind: OriginKind::Default, ..origin };
        let Some(options) = given.get(OPTIONS) else {
            return Fact::known(Value::Int(1), usual);
        };
        let unknown = Unknown::because("the options of the worker are not written out");
        let hidden = || Fact::unknown(unknown.clone(), usual.clone());
        let text = self.text(options);
        if !text.starts_with('{') {
            return hidden();
        }
        match self.option(std::slice::from_ref(options), 0, "concurrency") {
            None if text.contains("...") || text.contains("concurrency") => hidden(),
            None => Fact::known(Value::Int(1), usual.clone()),
            Some(value) => self.number_of(&value, workspace, launch).unwrap_or_else(hidden),
        }
    }
}
