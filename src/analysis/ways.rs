//! What depends on variables that no file sets, and that conditions compare with texts of their own:
//! `if [ "$APP_ENV" = production ]`.
//!
//! The project is worked out once for each way that such conditions can go. Each way is what one
//! value of the variables makes of the files, so that all that depends on one variable is from the
//! same run: workers of one branch never meet the threads of another. What comes of the ways is then
//! one of few.

use std::collections::BTreeSet;

use super::project::Resolved;
use crate::fact::{Case, Fact, Input, Origin, OriginKind, State};
use crate::project::{Deployment, Facts, Process, Project};
use crate::settings::{Chosen, Settings, Way};
use crate::vocabulary::FactId;
use crate::workspace::Compared;

/// The most ways that variables are worked out in together. What depends on more of them stays open,
/// and says so.
const WAYS_MAX: usize = 8;

/// The most groups of variables that are worked out one after the other.
const GROUPS_MAX: usize = 4;

/// The ways that conditions on a few variables can go together.
type Ways = Vec<Vec<Chosen>>;

/// Every way that conditions on these variables can go, as far as they are worked out together; none
/// where there are no such conditions.
pub(super) fn of(compared: &Compared) -> Ways {
    groups(compared).into_iter().next().unwrap_or_default()
}

/// The same for all variables: those that go too many ways together are in several groups.
fn groups(compared: &Compared) -> Vec<Ways> {
    let mut groups: Vec<Ways> = Vec::new();
    for (name, texts) in compared {
        let count = texts.len() + 1;
        if count > WAYS_MAX {
            continue;
        }
        let others = Way::NoneOf(texts.iter().cloned().collect());
        let each = texts.iter().cloned().map(Way::Is).chain([others]);
        let chosen: Vec<Chosen> = each.map(|way| Chosen { name: name.clone(), way }).collect();
        let longer =
            |way: &Vec<Chosen>, it: &Chosen| [way.as_slice(), std::slice::from_ref(it)].concat();
        let has_room = groups.len() < GROUPS_MAX;
        match groups.iter_mut().find(|ways| ways.len() * count <= WAYS_MAX) {
            Some(ways) => {
                *ways =
                    ways.iter().flat_map(|way| chosen.iter().map(|it| longer(way, it))).collect();
            }
            None if has_room => {
                groups.push(chosen.into_iter().map(|it| vec![it]).collect());
            }
            None => {}
        }
    }
    groups
}

/// What the variables are in production that conditions ask for it by: the usual way.
pub(super) fn usual(compared: &Compared) -> Vec<Chosen> {
    let of = |(name, texts): (&String, &BTreeSet<String>)| {
        Chosen::usual(name, texts.iter().map(String::as_str))
    };
    compared.iter().filter_map(of).collect()
}

/// The other ways that conditions on such a variable can go.
pub(super) fn others(compared: &Compared, usual: &Chosen) -> Vec<Chosen> {
    let texts = compared.get(&usual.name).into_iter().flatten();
    let is_usual = |it: &&String| usual.way == Way::Usual((*it).clone());
    let named = texts.clone().filter(|it| !is_usual(it)).cloned().map(Way::Is);
    let none = Way::NoneOf(texts.cloned().collect());
    named.chain([none]).map(|way| Chosen { name: usual.name.clone(), way }).collect()
}

/// Makes one of few of what is not known and depends on such conditions.
pub(super) fn join(
    resolved: &mut Resolved,
    settings: &Settings,
    work_out: impl Fn(&Settings) -> Resolved,
) {
    let chosen_already = !settings.chosen.is_empty();
    let is_usual = |name: &String| settings.usual.iter().any(|it| it.name == *name);
    let mut compared = resolved.parts.compared.clone();
    compared.retain(|name, _| !is_usual(name));
    let groups = groups(&compared);
    if groups.is_empty() || chosen_already {
        return;
    }
    let mut all = Vec::new();
    for ways in &groups {
        let mut projects = Vec::new();
        for chosen in ways {
            let there = work_out(&Settings { chosen: chosen.clone(), ..settings.clone() });
            let Some(project) = there.project else { return };
            projects.push(project);
            resolved.parts.read_too(there.parts);
        }
        join_one(resolved, &projects, ways);
        all.append(&mut projects);
    }
    if groups.len() > 1 {
        say_too_many(resolved, &all, &groups);
    }
}

/// Says of what is still open, and depends on variables of several groups, that these go too many
/// ways: it is known on some way of one group, and not on all.
fn say_too_many(resolved: &mut Resolved, all: &[Project], groups: &[Ways]) {
    let names: BTreeSet<String> =
        groups.iter().flatten().flatten().map(|it| format!("`${}`", it.name)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let reason = format!(
        "{} decide it together, in more than the {WAYS_MAX} ways that are worked out",
        names.join(" and ")
    );
    let Some(project) = &mut resolved.project else { return };
    for deployment in &mut project.deployments {
        let Some(same) = same(deployment, all) else { continue };
        for process in &mut deployment.processes {
            let named = |it: &&Process| it.name.value == process.name.value;
            let there: Vec<&Process> =
                same.iter().filter_map(|it| it.processes.iter().find(named)).collect();
            for (id, fact) in process.facts.iter_mut() {
                let is_known =
                    |it: &&Process| it.facts.get(id).is_some_and(|it| it.state.unknown().is_none());
                if let State::Unknown(unknown) = &mut fact.state
                    && there.iter().any(is_known)
                {
                    unknown.reason.clone_from(&reason);
                }
            }
        }
    }
}

/// The same for the variables of one group.
fn join_one(resolved: &mut Resolved, projects: &[Project], ways: &[Vec<Chosen>]) {
    add(resolved, projects, ways);
    let Some(project) = &mut resolved.project else { return };
    for deployment in &mut project.deployments {
        let Some(same) = same(deployment, projects) else { continue };
        let facts: Vec<&Facts> = same.iter().map(|it| &it.facts).collect();
        join_facts(&mut deployment.facts, &facts, ways);
        for process in &mut deployment.processes {
            let named = |it: &&Process| it.name.value == process.name.value;
            let same = same.iter().map(|it| it.processes.iter().find(named));
            let Some(same) = same.collect::<Option<Vec<_>>>() else { continue };
            let facts: Vec<&Facts> = same.iter().map(|it| &it.facts).collect();
            join_facts(&mut process.facts, &facts, ways);
            let names: BTreeSet<&str> = same.iter().flat_map(|it| it.settings.keys()).collect();
            for name in names {
                let here = process.settings.get(name);
                let cases: Vec<Option<&Fact>> =
                    same.iter().map(|it| it.settings.get(name)).collect();
                if let Some(joined) = joined(here, &cases, ways) {
                    process.settings.insert(name.to_owned(), joined);
                }
            }
        }
    }
}

/// A deployment as it is in each of these projects.
fn same<'p>(deployment: &Deployment, projects: &'p [Project]) -> Option<Vec<&'p Deployment>> {
    let is_it = |it: &&Deployment| it.manifest == deployment.manifest && it.name == deployment.name;
    projects.iter().map(|it| it.deployments.iter().find(is_it)).collect()
}

/// Adds the deployments that are there whichever way is gone, and not where it is left open: a
/// Dockerfile that starts a server in each branch of its command.
fn add(resolved: &mut Resolved, projects: &[Project], ways: &[Vec<Chosen>]) {
    let Some(first) = projects.first() else { return };
    let is_known = |it: &Deployment| {
        resolved.project.as_ref().is_some_and(|own| same(it, std::slice::from_ref(own)).is_some())
    };
    let new: Vec<&Deployment> = first.deployments.iter().filter(|it| !is_known(it)).collect();
    let new = new.into_iter().filter_map(|it| left_open(it, &same(it, projects)?, ways));
    let new: Vec<Deployment> = new.collect();
    if new.is_empty() {
        return;
    }
    let project = resolved.project.get_or_insert_with(|| Project {
        root: first.root.clone(),
        deployments: Vec::new(),
        files: Vec::new(),
    });
    project.deployments.extend(new);
    project.deployments.sort_by(|a, b| a.manifest.cmp(&b.manifest));
    for file in &first.files {
        if project.files.iter().all(|it| it.file != file.file) {
            project.files.push(file.clone());
        }
    }
}

/// What is known of a deployment without going one of the ways: what is the same in all of them.
fn left_open(first: &Deployment, all: &[&Deployment], ways: &[Vec<Chosen>]) -> Option<Deployment> {
    let mut deployment = first.clone();
    let facts: Vec<&Facts> = all.iter().map(|it| &it.facts).collect();
    forget(&mut deployment.facts, &facts, ways);
    for process in &mut deployment.processes {
        let named = |it: &&Process| it.name.value == process.name.value;
        let same = all.iter().map(|it| it.processes.iter().find(named));
        let same: Vec<&Process> = same.collect::<Option<_>>()?;
        let facts: Vec<&Facts> = same.iter().map(|it| &it.facts).collect();
        forget(&mut process.facts, &facts, ways);
        process.settings.retain(|name, fact| {
            let mut states = same.iter().map(|it| it.settings.get(name).map(|it| &it.state));
            states.all(|it| it == Some(&fact.state))
        });
        for chosen in ways.iter().flatten() {
            process.environment.set(&chosen.name, open(&chosen.name));
        }
    }
    Some(deployment)
}

/// Forgets what is not the same in each of the ways.
fn forget(facts: &mut Facts, there: &[&Facts], ways: &[Vec<Chosen>]) {
    let Some(variable) = ways.iter().flatten().next() else { return };
    let ids: Vec<FactId> = facts.iter().map(|(id, _)| id).collect();
    for id in ids {
        let state = facts.get(id).map(|it| it.state.clone());
        if there.iter().any(|it| it.get(id).is_none()) {
            facts.remove(id);
        } else if there.iter().any(|it| it.get(id).map(|it| &it.state) != state.as_ref()) {
            facts.set(id, open(&variable.name));
        }
    }
}

/// That no file sets a variable.
fn open(name: &str) -> Fact {
    Chosen { name: name.to_owned(), way: Way::NoneOf(Vec::new()) }.fact()
}

fn join_facts(here: &mut Facts, there: &[&Facts], ways: &[Vec<Chosen>]) {
    let ids: BTreeSet<FactId> = there.iter().flat_map(|it| it.iter().map(|(id, _)| id)).collect();
    for id in ids {
        let cases: Vec<Option<&Fact>> = there.iter().map(|it| it.get(id)).collect();
        if let Some(joined) = joined(here.get(id), &cases, ways) {
            here.set(id, joined);
        }
    }
}

/// What is known of a value that has one of these, each in one of the ways; `None` where that is no
/// more than is known already.
fn joined(here: Option<&Fact>, there: &[Option<&Fact>], ways: &[Vec<Chosen>]) -> Option<Fact> {
    let is_guess = |it: &Fact| it.origin.kind == OriginKind::Assumed;
    let there: Vec<&Fact> = there.iter().copied().collect::<Option<_>>()?;
    // A guess gives way to what is known on each of them, such as that a server is for the web.
    let is_better = here.is_some_and(is_guess) && !there.iter().any(|it| is_guess(it));
    if !is_better && here.is_some_and(|it| it.value().is_some()) {
        return None;
    }
    let cases: Vec<Vec<Case>> = there.iter().map(|it| cases(it)).collect::<Option<_>>()?;
    let state = State::one_of(cases.concat())?;
    let first = *there.first()?;
    if there.iter().all(|it| (&it.state, &it.origin) == (&first.state, &first.origin)) {
        return Some(first.clone());
    }
    let mut origin = Origin { inputs: Vec::new(), ..first.origin.clone() };
    if let State::OneOf(_) = &state {
        origin.source = decided_by(&there, ways);
    }
    // What was taken for granted on one of the ways is on this one.
    let assumed = there.iter().filter(|it| it.origin.is_assumed()).flat_map(|it| {
        let own = (it.origin.kind == OriginKind::Assumed)
            .then(|| Input::new(it.origin.source.clone(), Fact::clone(it)));
        it.origin.inputs.iter().cloned().chain(own)
    });
    let variables = ways.iter().flatten();
    let variables = variables.map(|it| Input::new(format!("${}", it.name), open(&it.name)));
    let inputs = variables.chain(assumed);
    let origin = inputs.fold(origin, |origin, it| origin.with_input(it.name, it.fact));
    Some(Fact::new(state, origin))
}

/// `$APP_ENV` decides: 8 if it is `production`, else 2.
fn decided_by(there: &[&Fact], ways: &[Vec<Chosen>]) -> String {
    let names: BTreeSet<String> =
        ways.iter().flatten().map(|it| format!("`${}`", it.name)).collect();
    let [name] = names.iter().collect::<Vec<_>>()[..] else {
        let names: Vec<String> = names.into_iter().collect();
        return format!("{} decide", names.join(" and "));
    };
    let part = |(fact, way): (&&Fact, &Vec<Chosen>)| {
        let number = fact.value().filter(|it| it.as_number().is_some())?;
        match way.as_slice() {
            [Chosen { way: Way::Is(text), .. }] if is_word(text) => {
                Some(format!("{number} if it is `{text}`"))
            }
            [Chosen { way: Way::NoneOf(_), .. }] => Some(format!("else {number}")),
            _ => None,
        }
    };
    let parts: Option<Vec<String>> = there.iter().zip(ways).map(part).collect();
    match parts {
        Some(parts) => format!("{name} decides: {}", parts.join(", ")),
        None => format!("{name} decides"),
    }
}

/// Whether a text is a name that people give, such as `production`.
fn is_word(text: &str) -> bool {
    (1..=24).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_lowercase() || it == b'-')
}

/// The values that a fact may have, where they are few.
fn cases(fact: &Fact) -> Option<Vec<Case>> {
    match &fact.state {
        State::Known(value) => Some(vec![Case::new(value.clone(), fact.origin.span)]),
        State::OneOf(cases) => Some(cases.clone()),
        State::Range { .. } | State::Pattern(_) | State::Unknown(_) => None,
    }
}
