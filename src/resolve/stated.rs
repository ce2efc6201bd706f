//! What opslint.toml states against the catalog: a plan that nobody sells is a typing error, and to
//! judge by it in silence would be worse than to judge nothing.

use crate::diagnostic::Diagnostic;
use crate::platforms::Platform;
use crate::policy::config::wrong_name;
use crate::settings::SettingFact;

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
        acc.push(wrong_name(stated.value.span, &what, name, &known));
    }
}

/// Adds a plan of a database that the platform does not have.
pub(super) fn database(acc: &mut Vec<Diagnostic>, platform: &Platform, stated: &SettingFact) {
    let known: Vec<&str> =
        platform.databases().iter().flat_map(|it| &it.plans).map(String::as_str).collect();
    let Some(name) = stated.value.value.as_str() else { return };
    if !known.is_empty() && !known.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        let what = format!("a plan of databases of {}", platform.name());
        acc.push(wrong_name(stated.value.span, &what, name, &known));
    }
}
