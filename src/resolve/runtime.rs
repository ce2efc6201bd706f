//! What a program runs on: CPUs that it sees, and its version of Python.

use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::project::Facts;
use crate::python::PythonVersion;
use crate::vocabulary;

/// What `cpu_count()` returns in the process: it decides workers in many configurations.
pub(super) fn visible_cpus(facts: &Facts) -> Fact {
    facts.get(vocabulary::MACHINE_VISIBLE_CPUS).cloned().unwrap_or_else(|| {
        let unknown = Unknown::new(
            "how many CPUs the program sees there is not published",
            "`machine.visible_cpus` for the process in opslint.toml",
        );
        Fact::unknown(unknown, Origin::new(OriginKind::Platform, "CPUs that the program sees"))
    })
}

/// The version of Python, such as (3, 12), where a file says one.
pub(super) fn python_version(facts: &Facts) -> Option<PythonVersion> {
    let text = facts.get(vocabulary::RUNTIME_PYTHON)?.text()?;
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
