//! gunicorn: every setting as the real program would resolve it.
//!
//! [`resolve`] is the entry: a command that starts gunicorn in, every setting with its origin, the
//! facts of the process and diagnostics out. [`table`] is the one list of settings; everything else
//! is derived from it and compared with the real program by the oracle test.

mod address;
mod arguments;
mod capped;
mod checks;
mod config_file;
mod custom;
mod diagnostics;
mod facts;
mod log_config;
mod names;
mod number;
mod object;
mod resolve;
mod rows;
mod shadows;
mod shlex;
mod starts;
pub mod table;
#[cfg(test)]
mod tests;
mod validate;
mod values;
mod version;
pub mod worker;

use crate::diagnostic::Diagnostic;
use crate::fact::Fact;
use crate::launch::Launch;
use crate::programs::calls::Call;
use crate::project::{Facts, NamedFacts};
use crate::python::PythonVersion;
use crate::vocabulary::FactId;
use crate::workspace::Workspace;

/// What gunicorn would run with.
#[derive(Debug)]
pub struct Resolved {
    /// Every setting by its name, as `--print-config` would show it.
    pub settings: NamedFacts,
    /// Facts of the process that follow from the settings.
    pub facts: Facts,
    /// What the command does.
    pub outcome: Outcome,
}

/// What a command that starts gunicorn does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It serves, as far as the configuration decides.
    Serves,
    /// gunicorn refuses the configuration; a diagnostic says why.
    Refuses,
    /// It prints its version, help or configuration and ends.
    Prints,
}

/// What runs gunicorn.
#[derive(Clone, Copy)]
pub struct Runtime<'a> {
    /// What `cpu_count()` returns.
    pub cpu_count: &'a Fact,
    /// The version of Python, where a file says it.
    pub python: Option<PythonVersion>,
}

/// Resolves a command whose first word is gunicorn.
///
/// `launch` has the program first: behind wrappers and `python -m`, it is gunicorn itself.
/// Configuration files are opened in `workspace`. `runtime` is what it runs on.
/// What gunicorn refuses or silently ignores is added to `acc`.
pub fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    runtime: Runtime<'_>,
) -> Resolved {
    let mut table = resolve::resolve(acc, workspace, launch, runtime);
    if !table.only_prints {
        checks::table(acc, workspace, launch, &mut table);
        starts::starts(acc, workspace, launch, &mut table);
    }
    table.custom = custom::worker(workspace, launch, &table, runtime);
    let outcome = match (table.only_prints, table.refused) {
        (true, _) => Outcome::Prints,
        (false, true) => Outcome::Refuses,
        (false, false) => Outcome::Serves,
    };
    resolved(table, launch, outcome)
}

fn resolved(mut table: values::Table, launch: &Launch, outcome: Outcome) -> Resolved {
    let mut facts = facts::facts(&table, launch);
    let custom = table.custom.take();
    let mut settings = table.into_settings();
    if let Some(custom) = custom {
        custom.add(&mut facts, &mut settings);
    }
    Resolved { settings, facts, outcome }
}

/// Resolves what an application of a project tells gunicorn, which then reads neither a command line
/// nor a configuration file. `launch` is gunicorn alone.
pub fn of_application(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    runtime: Runtime<'_>,
    call: &Call,
) -> Resolved {
    let mut table = resolve::of_application(acc, launch, call);
    table.custom = custom::worker(workspace, launch, &table, runtime);
    let outcome = if table.refused { Outcome::Refuses } else { Outcome::Serves };
    resolved(table, launch, outcome)
}

/// The setting of gunicorn that a fact is.
pub fn setting_of(id: FactId) -> Option<table::SettingId> {
    facts::setting_of(id)
}
