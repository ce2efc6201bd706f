//! How many processes a script forks: one for each CPU, or a number.
//!
//! Sources: <https://nodejs.org/docs/latest-v20.x/api/cluster.html>,
//! <https://github.com/hunterloftis/throng> (5.0.0: `count`, once `workers`, is one for each CPU unless it is said)

use std::ops::Range;

use super::Script;
use super::text::{arguments, bound, closing, entry, number, quoted};
use crate::fact::{Fact, Input, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// What counts the CPUs.
const CPUS: &[&str] = &["cpus().length", "availableParallelism()"];

/// What a variable of the environment begins with.
const ENVIRONMENT: &str = "process.env.";

/// Calls that make a number of a text, or a whole one of a number that is one.
const NUMBERS: &[&str] = &["Number", "parseInt", "Number.parseInt", "Math.floor", "Math.trunc"];

/// Expressions in expressions, at most.
const DEPTH_MAX: usize = 8;

/// The most processes that somebody writes.
const WORKERS_MAX: i64 = 1024;

/// Notes the processes that the script forks. What decides about it in another way is unknown.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    script: &Script,
    (launch, cpus): (&Launch, &Fact),
) {
    let Some((place, count)) = forks(script) else { return };
    let open = |range: &Range<usize>, reason: &str| {
        let origin = script.fact(range.clone(), Value::Null, "forks of the script").origin;
        Fact::unknown(Unknown::because(reason), origin)
    };
    let Some(range) = count else {
        let fact = open(&place, "the script decides how many processes it forks");
        return server.facts.set(v::WORKERS, fact);
    };
    let mut reader = Reader { launch, cpus, inputs: Vec::new(), follows_cpus: false };
    let state = match range.is_empty() {
        true => Some(reader.of_cpus()),
        false => reader.count(workspace, script, &range, 0),
    };
    let Some(state) = state else {
        let fact = open(&range, "the script works out how many processes it forks");
        return server.facts.set(v::WORKERS, fact);
    };
    let origin = || script.fact(range.clone(), Value::Null, "forks of the script").origin;
    if reader.follows_cpus {
        let all = Fact::known(Value::Bool(true), origin());
        server.facts.set(v::WORKERS_FROM_CPU_COUNT, all);
    }
    let add = |origin: Origin, it: Input| origin.with_input(it.name, it.fact);
    let origin = reader.inputs.into_iter().fold(origin(), add);
    // A loop runs once more for a part of one.
    server.facts.set(v::WORKERS, Fact::new(state.map_number(f64::ceil), origin));
}

/// Works out a number of processes.
struct Reader<'a> {
    launch: &'a Launch,
    cpus: &'a Fact,
    /// What it is made of.
    inputs: Vec<Input>,
    /// Whether it grows with the CPUs without a bound.
    follows_cpus: bool,
}

impl Reader<'_> {
    fn of_cpus(&mut self) -> State {
        self.follows_cpus = true;
        self.add("visible CPUs", self.cpus.clone());
        self.cpus.state.clone()
    }

    fn add(&mut self, name: &str, fact: Fact) {
        self.inputs.push(Input::new(name, fact));
    }

    /// The number that an expression is; `None` where it is not one of the few known forms.
    fn count(
        &mut self,
        workspace: &mut Workspace<'_>,
        script: &Script,
        range: &Range<usize>,
        depth: usize,
    ) -> Option<State> {
        let text = script.text(range).trim();
        let start = range.start + script.text(range).find(text)?;
        let range = &(start..start + text.len());
        if depth > DEPTH_MAX || text.is_empty() {
            return None;
        }
        let part = |from: usize, len: usize| start + from..start + from + len;
        if let Some(count) = number(quoted(text).unwrap_or(text)) {
            return (count <= WORKERS_MAX).then_some(State::Known(Value::Int(count)));
        }
        // `A || B` and `A ?? B`: B where the variable of A is not set.
        if let Some((left, right)) = halves(text, &["||", "??"]) {
            let right = part(text.len() - right.len(), right.len());
            let variable = variable(left);
            return match variable {
                Some(name) => match self.set_variable(name) {
                    Some(state) => Some(state),
                    None => {
                        self.add(&format!("${name}"), assumed_unset(name));
                        self.count(workspace, script, &right, depth + 1)
                    }
                },
                // What is never 0 is all of it.
                None => self.count(workspace, script, &part(0, left.len()), depth + 1),
            };
        }
        if let Some(open) = text.find('(').filter(|_| text.ends_with(')'))
            && closing(text, open) == Some(text.len() - 1)
        {
            let given = arguments(&script.code, start + open)?;
            match (&text[..open], given.as_slice()) {
                ("", [inner]) => return self.count(workspace, script, inner, depth + 1),
                (call, [inner] | [inner, _]) if NUMBERS.contains(&call) => {
                    let state = self.count(workspace, script, inner, depth + 1)?;
                    return Some(state.map_number(f64::floor));
                }
                ("Math.ceil" | "Math.round", [inner]) => {
                    let state = self.count(workspace, script, inner, depth + 1)?;
                    return Some(state.map_number(f64::ceil));
                }
                (call @ ("Math.min" | "Math.max"), [one, other]) => {
                    let one = self.count(workspace, script, one, depth + 1)?;
                    let other = self.count(workspace, script, other, depth + 1)?;
                    let is_least = call == "Math.min";
                    self.follows_cpus &= !is_least;
                    let choose = |a: f64, b: f64| if is_least { a.min(b) } else { a.max(b) };
                    return Some(one.map2_number(&other, choose));
                }
                _ => {}
            }
        }
        for operator in ["-", "*", "/"] {
            let Some((left, right)) = halves(text, &[operator]) else { continue };
            let by = number(right.trim()).filter(|it| (1..=WORKERS_MAX).contains(it))? as f64;
            let state = self.count(workspace, script, &part(0, left.len()), depth + 1)?;
            return Some(state.map_number(|it| match operator {
                "-" => (it - by).max(0.0),
                "*" => it * by,
                _ => it / by,
            }));
        }
        if CPUS.iter().any(|it| text.strip_suffix(it).is_some_and(is_module)) {
            return Some(self.of_cpus());
        }
        if let Some(name) = variable(text) {
            // Without a number behind it, nothing is forked where it is not set.
            return self.set_variable(name);
        }
        if is_name(text)
            && let Some(value) = bound(&script.code, text, range.start)
        {
            return self.count(workspace, script, &value, depth + 1);
        }
        let (other, value) = script.value_of(workspace, text, range.start)?;
        let other = other.as_ref().unwrap_or(script);
        self.count(workspace, other, &value, depth + 1)
    }

    /// What a variable says, where it is set.
    fn set_variable(&mut self, name: &str) -> Option<State> {
        let Lookup::Set(given) = self.launch.environment.get(name) else { return None };
        let state = match given.text().map(str::parse) {
            None => given.state.clone(),
            Some(Ok(count)) => State::Known(Value::Int(count)),
            Some(Err(_)) => State::Unknown(Unknown::because(format!("`{name}` is no number"))),
        };
        let given = given.clone();
        self.add(&format!("${name}"), given);
        Some(state)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '$')
}

/// Whether what stands before the call is a module: `os.`, `require("node:os").`, or nothing.
fn is_module(before: &str) -> bool {
    before.chars().all(|it| it.is_alphanumeric() || "_$.()'\":".contains(it))
}

/// The variable that an expression is.
fn variable(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = NUMBERS.iter().find_map(|it| {
        let inner = text.strip_prefix(it)?.strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').next()?.trim())
    });
    inner.unwrap_or(text).strip_prefix(ENVIRONMENT).filter(|it| is_name(it))
}

/// Both sides of the first operator that stands in no parentheses.
fn halves<'t>(text: &'t str, operators: &[&str]) -> Option<(&'t str, &'t str)> {
    let mut depth = 0_usize;
    for (at, it) in text.char_indices() {
        match it {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ if depth > 0 || at == 0 => {}
            _ => {
                if let Some(it) = operators.iter().find(|it| text[at..].starts_with(**it)) {
                    return Some((&text[..at], &text[at + it.len()..]));
                }
            }
        }
    }
    None
}

/// Where processes are forked, and the text that says how many: empty for one for each CPU.
fn forks(script: &Script) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let code = &*script.code;
    if let Some((place, given)) = script.call("throng", "throng(") {
        return Some((place.clone(), of_throng(script, &place, &given)));
    }
    let at = code.find(".fork(").filter(|_| code.loads("cluster") || code.loads("node:cluster"))?;
    let place = at..at + ".fork".len();
    let mut loops = code
        .match_indices("for (")
        .chain(code.match_indices("for("))
        .filter_map(|(at, it)| of_loop(code, at + it.len() - 1));
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

/// How many processes throng starts.
fn of_throng(
    script: &Script,
    place: &Range<usize>,
    given: &[Range<usize>],
) -> Option<Range<usize>> {
    let first = given.first()?;
    let text = script.text(first);
    let all = place.start..place.start;
    let is_function = |it: &str| it.contains("=>") || it.contains("function");
    let value = bound(&script.code, text, first.start).filter(|_| is_name(text));
    // Before 5.0, the number could come first: `throng(WORKERS, { lifetime: Infinity }, start)`.
    let is_number = |it: &str| !it.starts_with('{') && !is_function(it);
    let is_first = number(text).is_some()
        || text.contains(ENVIRONMENT) && !is_function(text)
        || value.as_ref().is_some_and(|it| is_number(script.text(it)));
    let is_options = |it: &&Range<usize>| script.text(it).starts_with('{');
    let written = value.filter(|it| script.text(it).starts_with('{'));
    let Some(options) = given.iter().find(is_options).cloned().or(written) else {
        return Some(if is_first { first.clone() } else { all });
    };
    let of = |key: &str| entry(&script.code, &options, key);
    match of("count").or_else(|| of("workers")) {
        Some(count) => Some(count),
        None if is_first => Some(first.clone()),
        // A spread may say it.
        None => (!script.text(&options).contains("...")).then_some(all),
    }
}

/// How often a loop runs that forks, from its opening parenthesis on: `i < COUNT`, or once for each of
/// `os.cpus()`.
fn of_loop(code: &str, open: usize) -> Option<Range<usize>> {
    let close = closing(code, open)?;
    let body = code.get(close + 1..)?.trim_start();
    let body = match body.starts_with('{') {
        true => &body[..closing(body, 0)?],
        false => &body[..body.find(['\n', ';']).unwrap_or(body.len())],
    };
    if !body.contains(".fork(") {
        return None;
    }
    let head = code.get(open + 1..close)?;
    if let Some((_, each)) = head.split_once(" of ") {
        let is_cpus = each.trim().ends_with("cpus()");
        return is_cpus.then_some(open..open);
    }
    let condition = head.split(';').nth(1)?;
    let (_, bound) = condition.split_once('<')?;
    // `<=` counts one more, and what does not begin at 0 counts others; `i < A || B` never ends.
    let begins = head.split(';').next()?.split('=').nth(1)?.trim();
    if bound.starts_with('=') || begins != "0" || halves(bound, &["||", "??", "&&"]).is_some() {
        return None;
    }
    let start = open + 1 + head.find(condition)? + (condition.len() - bound.len());
    let inner = start + (bound.len() - bound.trim_start().len());
    Some(inner..inner + bound.trim().len())
}
