//! django-configurations: settings in a class that a variable names.

use crate::fact::{State, Unknown};
use crate::project::Lookup;
use crate::python::{Binding, Module, PyValue};

use super::Source;

/// The variable that names a class with the settings, which django-configurations reads.
const CONFIGURATION: &str = "DJANGO_CONFIGURATION";

/// The classes that such a class is made from.
const CONFIGURATIONS: &[&str] =
    &["configurations.Configuration", "configurations.base.Configuration"];

/// The class that has the settings, where django-configurations is told one.
pub(super) fn named(source: &Source<'_, '_>) -> Option<Result<String, Unknown>> {
    let Lookup::Set(fact) = source.environment.get(CONFIGURATION) else { return None };
    Some(match fact.text() {
        Some(name) => Ok(name.to_owned()),
        None => Err(fact
            .state
            .open()
            .unwrap_or_else(|| Unknown::because(format!("`{CONFIGURATION}` names no class")))),
    })
}

/// The settings in a class, as those of a module. `None` where it is not followed.
///
/// Source: `configurations.base.Configuration`, `configurations.importer` (2.5.1)
pub(super) fn settings(mut module: Module) -> Option<Module> {
    let class = module.class.take()?;
    let is_known = |it: &String| CONFIGURATIONS.contains(&it.as_str());
    module.complete = class.bases.iter().all(is_known) && !class.bases.is_empty();
    let is_setting = |it: &Binding| !it.name.value.contains(char::is_lowercase);
    module.bindings = class.attributes.into_iter().filter(is_setting).collect();
    for it in &mut module.bindings {
        // It is called for its value.
        if let PyValue::Function(_) = it.value {
            let reason = format!("a method gives `{}`", it.name.value);
            it.fact.state = State::Unknown(Unknown::because(reason));
            it.maybe_unset = true;
        }
    }
    Some(module)
}
