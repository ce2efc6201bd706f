//! What opslint.toml states against the catalog: a plan that nobody sells is a typing error, and to
//! judge by it in silence would be worse than to judge nothing.

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, OriginKind};
use crate::manifests::catalog;
use crate::platforms::{DatabaseKind, Platform};
use crate::policy::config::wrong_name;
use crate::project::Facts;
use crate::settings::SettingFact;
use crate::vocabulary;

/// Adds a plan that the platform does not have. A platform whose plans nobody listed has any.
pub(super) fn plan(acc: &mut Vec<Diagnostic>, platform: &Platform, stated: &SettingFact) {
    let known: Vec<&str> = platform
        .sold_plans()
        .flat_map(|it| std::iter::once(&it.name).chain(&it.aliases))
        .map(String::as_str)
        .collect();
    let Some(name) = stated.value.value.as_str() else { return };
    if !known.is_empty() && platform.plan_of_any_kind(name).is_none() {
        let what = format!("a plan of {}", platform.name());
        let problem = wrong_name(stated.value.span, &what, name, &known);
        acc.push(match problem.help {
            Some(_) => problem,
            None => {
                problem.with_help(format!("`opslint platforms {}` lists its plans", platform.id()))
            }
        });
    }
}

/// Adds a plan of a database that the platform does not have; of one that it has, its connections,
/// unless these are stated, too.
pub(super) fn database(
    acc: &mut Vec<Diagnostic>,
    platform: &Platform,
    stated: &SettingFact,
    facts: &mut Facts,
) {
    let known: Vec<&str> =
        platform.databases().iter().flat_map(|it| &it.plans).map(String::as_str).collect();
    let Some(name) = stated.value.value.as_str() else { return };
    if !known.is_empty() && !known.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        let what = format!("a plan of databases of {}", platform.name());
        acc.push(wrong_name(stated.value.span, &what, name, &known));
        return;
    }
    let connections = facts.get(vocabulary::DATABASE_CONNECTIONS_MAX);
    let says = |it: &Fact| it.origin.kind == OriginKind::Written && it.value().is_some();
    if connections.is_some_and(says) {
        return;
    }
    if let Some(fact) = catalog::connections_max(platform, DatabaseKind::Postgres, name) {
        let origin = fact.origin.clone().with_input("database.plan", stated.fact());
        facts.set(vocabulary::DATABASE_CONNECTIONS_MAX, Fact { origin, ..fact });
        facts.anchor(vocabulary::DATABASE_CONNECTIONS_MAX, stated.value.span);
    }
}
