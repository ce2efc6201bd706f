//! `--with [PROCESS.]NAME=VALUE` → statements: what is named must exist.

use super::{Mistake, Statement, WhatIf, figure};
use crate::fact::Value;
use crate::nearest::{did_you_mean, nearest};
use crate::platforms::Catalog;
use crate::project::{Deployment, Process, Project};
use crate::vocabulary::{self, FactDef, FactId, Scope, Type, VOCABULARY};

/// Names of opslint.toml that stand for more than one fact.
const PLAN: &str = "plan";
const INSTANCES: &str = "instances";

/// Greater numbers are mistakes of whoever typed them.
const NUMBER_MAX: f64 = 1e7;

/// What was typed as statements about the processes and deployments that it names.
///
/// # Errors
/// When a process, name or value does not exist.
pub(super) fn statements(
    project: &Project,
    catalog: &Catalog,
    all: &[WhatIf],
) -> Result<Vec<Statement>, Mistake> {
    let mut statements = Vec::new();
    for it in all {
        let found = of_one(project, catalog, it);
        statements.extend(found.map_err(|why| Mistake(format!("`--with {}`: {why}", it.text)))?);
    }
    Ok(statements)
}

fn of_one(project: &Project, catalog: &Catalog, it: &WhatIf) -> Result<Vec<Statement>, String> {
    let (process, name) = process_and_name(project, &it.key)?;
    let scope = match FactId::from_name(name).map(|id| id.def()) {
        _ if name == PLAN || name == INSTANCES => Scope::Process,
        Some(def) if !def.is_trait() => def.scope,
        _ => return Err(unknown_name(name)),
    };
    let mut statements = Vec::new();
    for deployment in &project.deployments {
        let state = |process: Option<&Process>| {
            let value = value(deployment, process, catalog, name, &it.value)?;
            Ok::<_, String>(Statement {
                manifest: deployment.manifest.clone(),
                process: process.map(|it| it.name.value.clone()),
                name: name.to_owned(),
                value,
            })
        };
        match (scope, process) {
            (Scope::Deployment, None) => statements.push(state(None)?),
            (Scope::Deployment, Some(_)) => {
                return Err(format!(
                    "`{name}` is the same for all processes: leave the process out"
                ));
            }
            (Scope::Process, Some(wanted)) => {
                let named = deployment.processes.iter().find(|it| it.name.value == wanted);
                if let Some(named) = named {
                    statements.push(state(Some(named))?);
                }
            }
            (Scope::Process, None) => {
                let mut stay = deployment.processes.iter().filter(|it| is_planned(it));
                match (stay.next(), stay.next()) {
                    (Some(only), None) => statements.push(state(Some(only))?),
                    (None, _) => {}
                    (Some(first), Some(_)) => {
                        let first = &first.name.value;
                        return Err(format!(
                            "there are several processes: write which, such as `{first}.{}`",
                            it.text
                        ));
                    }
                }
            }
        }
    }
    match statements.is_empty() {
        true => Err("there is no process that it could be about".to_owned()),
        false => Ok(statements),
    }
}

fn is_planned(process: &Process) -> bool {
    super::PLANNED.contains(&super::kind(process))
}

/// The process that a key begins with, if it does, and the rest. Names of both may have dots.
fn process_and_name<'k>(
    project: &Project,
    key: &'k str,
) -> Result<(Option<&'k str>, &'k str), String> {
    let processes = || project.deployments.iter().flat_map(|it| &it.processes);
    let dots = key.match_indices('.').map(|(at, _)| at);
    let named = dots.rev().find(|at| processes().any(|it| it.name.value == key[..*at]));
    if let Some(at) = named {
        return Ok((Some(&key[..at]), &key[at + 1..]));
    }
    if is_name(key) {
        return Ok((None, key));
    }
    // What stands behind a dot is a name: so what stands before it should have been a process.
    let behind = key.split_once('.').filter(|(_, name)| is_name(name));
    match behind {
        Some((process, _)) => {
            let names: Vec<&str> = processes().map(|it| it.name.value.as_str()).collect();
            let hint = did_you_mean(process, &names).map(|it| format!("; {it}"));
            Err(format!("no process is named `{process}`{}", hint.unwrap_or_default()))
        }
        None => Err(unknown_name(key)),
    }
}

fn is_name(name: &str) -> bool {
    name == PLAN || name == INSTANCES || FactId::from_name(name).is_some()
}

fn unknown_name(name: &str) -> String {
    let known = VOCABULARY.iter().filter(|it| !it.is_trait()).map(|it| it.name);
    let near = nearest(name, known.chain([PLAN, INSTANCES]));
    let hint = near.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
    format!("no value is named `{name}`{hint}")
}

fn value(
    deployment: &Deployment,
    process: Option<&Process>,
    catalog: &Catalog,
    name: &str,
    text: &str,
) -> Result<Value, String> {
    let def = FactId::from_name(name).map(|it| it.def());
    match (name, def) {
        (PLAN, _) => plan(deployment, process, catalog, text),
        (INSTANCES, _) => count(text),
        (_, Some(def)) if def.name == vocabulary::PLATFORM.name() => platform(catalog, text),
        (_, Some(def)) => typed(def, text),
        (_, None) => Err(unknown_name(name)),
    }
}

fn plan(
    deployment: &Deployment,
    process: Option<&Process>,
    catalog: &Catalog,
    text: &str,
) -> Result<Value, String> {
    let id = figure::text(&deployment.facts, vocabulary::PLATFORM);
    let Some(platform) = id.and_then(|it| catalog.platform(it)) else {
        return Err("no file says the platform: add `--with platform=heroku`".to_owned());
    };
    let kind = process.map(super::kind).unwrap_or_default();
    match platform.plan(text, kind) {
        Some(plan) => Ok(Value::Text(plan.name.clone())),
        None => {
            let names: Vec<&str> = platform.plans(kind).map(|it| it.name.as_str()).collect();
            let all = || format!("`opslint platforms {}` lists them", platform.id());
            let hint = did_you_mean(text, &names).unwrap_or_else(all);
            Err(format!("{} has no plan `{text}` for a {kind} process; {hint}", platform.name()))
        }
    }
}

fn platform(catalog: &Catalog, text: &str) -> Result<Value, String> {
    if catalog.platform(text).is_some() {
        return Ok(Value::Text(text.to_owned()));
    }
    let ids: Vec<&str> = catalog.ids().collect();
    let hint = did_you_mean(text, &ids).map(|it| format!("; {it}")).unwrap_or_default();
    Err(format!("there is no platform `{text}`{hint}"))
}

fn typed(def: &FactDef, text: &str) -> Result<Value, String> {
    match def.ty {
        Type::Int => count(text),
        Type::Number => number(text).map(Value::of_number),
        Type::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("`{}` is `true` or `false`", def.name)),
        },
        Type::Enum(values) if values.contains(&text) => Ok(Value::Text(text.to_owned())),
        Type::Enum(values) => {
            let hint = did_you_mean(text, values).map(|it| format!("; {it}")).unwrap_or_default();
            Err(format!("`{}` cannot be `{text}`{hint}", def.name))
        }
        Type::Text => Ok(Value::Text(text.to_owned())),
        Type::List => Err(format!("`{}` is a list, which is not planned with", def.name)),
    }
}

fn count(text: &str) -> Result<Value, String> {
    match number(text)? {
        it if it.fract() == 0.0 => Ok(Value::Int(it as i64)),
        _ => Err("it must be a whole number".to_owned()),
    }
}

fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(it) if (0.0..=NUMBER_MAX).contains(&it) => Ok(it),
        Ok(it) if it < 0.0 => Err("it must not be negative".to_owned()),
        Ok(_) => Err("it is too large to be planned with".to_owned()),
        Err(_) => Err(format!("`{text}` is not a number")),
    }
}
