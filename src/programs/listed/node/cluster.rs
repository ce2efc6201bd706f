//! How many processes a script forks: one for each CPU, or a number.
//!
//! Sources: <https://nodejs.org/docs/latest-v20.x/api/cluster.html>,
//! <https://github.com/hunterloftis/throng> (5.0.0: `count`, once `workers`, is one for each CPU unless it is said)

use std::ops::Range;

use super::Script;
use super::text::{bound, entry, loads, number};
use crate::fact::{Fact, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::vocabulary as v;

/// What counts the CPUs.
const CPUS: &[&str] = &["cpus().length", "availableParallelism()"];

/// What a variable of the environment begins with.
const ENVIRONMENT: &str = "process.env.";

/// Notes the processes that the script forks. What decides about it in another way is unknown.
pub(super) fn facts(server: &mut Server, script: &Script, launch: &Launch, cpus: &Fact) {
    let Some((place, count)) = forks(script) else { return };
    let origin = |range: &Range<usize>| {
        script.fact(range.clone(), Value::Null, "forks of the script").origin
    };
    let open = |range: &Range<usize>, unknown: Unknown| Fact::unknown(unknown, origin(range));
    let count = count.map(|it| match script.text(&it) {
        name if is_name(name) => bound(&script.code, name, it.start).unwrap_or(it),
        _ => it,
    });
    let fact = match count {
        None => open(&place, Unknown::because("the script decides how many processes it forks")),
        Some(range) => {
            let text = script.text(&range);
            let by_cpus = || {
                let origin = origin(&range).with_input("visible CPUs", cpus.clone());
                Fact { origin, ..cpus.clone() }
            };
            let is_cpus = |it: &str| CPUS.iter().any(|end| it.ends_with(end));
            // Which of the two it is, the variable says.
            let cpus_behind_variable = text.starts_with(ENVIRONMENT) && is_cpus(text);
            if cpus_behind_variable && let Some(given) = of_set_variable(text, launch) {
                Fact { origin: origin(&range).with_input("a variable", given.clone()), ..given }
            } else if text.is_empty() || is_cpus(text) {
                let all = Fact::known(Value::Bool(true), origin(&range));
                server.facts.set(v::WORKERS_FROM_CPU_COUNT, all);
                by_cpus()
            } else if let Some(count) = number(text).filter(|it| (1..=1024).contains(it)) {
                Fact::known(Value::Int(count), origin(&range))
            } else {
                of_variable(text, launch).map_or_else(
                    || {
                        open(
                            &range,
                            Unknown::because("the script works out how many processes it forks"),
                        )
                    },
                    |it| Fact { origin: origin(&range).with_input("a variable", it.clone()), ..it },
                )
            }
        }
    };
    server.facts.set(v::WORKERS, fact);
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '$')
}

/// The variable that an expression begins with, and what stands behind it.
fn variable(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(ENVIRONMENT)?;
    let len = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
    Some(rest.split_at(len))
}

/// What a variable says, where it is set.
fn of_set_variable(text: &str, launch: &Launch) -> Option<Fact> {
    let (name, _) = variable(text)?;
    let Lookup::Set(given) = launch.environment.get(name) else { return None };
    let count = given.text().and_then(|it| it.parse().ok());
    let state = count.map_or(given.state.clone(), |it| State::Known(Value::Int(it)));
    Some(Fact { state, ..given.clone() })
}

/// `process.env.WEB_CONCURRENCY || 2`: what the variable says, or the number behind it.
fn of_variable(text: &str, launch: &Launch) -> Option<Fact> {
    let (name, behind) = variable(text)?;
    match launch.environment.get(name) {
        Lookup::Set(_) => of_set_variable(text, launch),
        Lookup::Unset | Lookup::Unmentioned => {
            let behind = behind.trim_start();
            let default = behind.strip_prefix("||").or_else(|| behind.strip_prefix("??"))?;
            let count = number(default.trim())?;
            let unset = assumed_unset(name);
            Some(Fact::known(Value::Int(count), unset.origin))
        }
    }
}

/// Where processes are forked, and the text that says how many: empty for one for each CPU.
fn forks(script: &Script) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let code = script.code.as_str();
    if let Some((place, given)) = script.call("throng", "throng(") {
        let first = given.first()?;
        let text = script.text(first);
        let all = place.start..place.start;
        let count = match text.starts_with('{') {
            // A spread may say it.
            true if text.contains("...") => None,
            true => {
                entry(code, first, "count").or_else(|| entry(code, first, "workers")).or(Some(all))
            }
            false if number(text).is_some() => Some(first.clone()),
            // A function alone is the worker.
            false if given.len() == 1 => Some(all),
            false => None,
        };
        return Some((place, count));
    }
    let at =
        code.find(".fork(").filter(|_| loads(code, "cluster") || loads(code, "node:cluster"))?;
    let place = at..at + ".fork".len();
    let mut loops =
        code.match_indices("for (").chain(code.match_indices("for(")).filter_map(|(at, it)| {
            let head = at + it.len();
            let end = head + code.get(head..)?.find(['{', '\n']).unwrap_or_default();
            let condition = code.get(head..end)?.split(';').nth(1)?;
            let (_, bound) = condition.split_once('<')?;
            // `<=` counts one more.
            if bound.starts_with('=') {
                return None;
            }
            let start =
                head + code.get(head..end)?.find(condition)? + (condition.len() - bound.len());
            let inner = start + (bound.len() - bound.trim_start().len());
            let body = code.get(end..)?;
            let body = body.get(..body.find('}').unwrap_or(body.len()))?;
            body.contains(".fork(").then(|| inner..inner + bound.trim().len())
        });
    let found = loops.next();
    if loops.next().is_some() {
        return Some((place, None));
    }
    let each = code.find("cpus().forEach(").filter(|each| {
        code.get(*each..)
            .and_then(|it| it.lines().take(3).find(|it| it.contains(".fork")))
            .is_some()
    });
    let count = found.or_else(|| each.map(|it| it..it));
    Some((place, count))
}
