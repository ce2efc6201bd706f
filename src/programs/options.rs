//! The shape of an option table.

use crate::vocabulary::FactId;

/// The options of one server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// The program, as in "uvicorn default".
    pub(super) program: &'static str,
    /// Whether `--work` stands for `--workers`: argparse and getopt do that, click does not.
    pub(super) abbreviations: Abbreviations,
    /// In front of an option's name in upper case: the environment variable that gives it a value.
    pub(super) env_prefix: Option<&'static str>,
    /// Options that are settings.
    pub(super) options: &'static [Opt],
    /// Other options that take a value.
    pub(super) valued: &'static [&'static str],
    /// Other options that take none.
    pub(super) flags: &'static [&'static str],
    /// Options that name a configuration file, which is not read here.
    pub(super) config_files: &'static [&'static str],
    /// The application's own settings that give options a value, such as celery's
    /// `worker_concurrency`; they are in code, so defaults are assumptions.
    pub(super) app_settings: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abbreviations {
    Allowed,
    Rejected,
}

/// One option.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opt {
    /// Its flags. One that ends in `*` has its value right behind it: `-Xmx*`.
    pub(super) flags: &'static [&'static str],
    /// The setting under the server's own name.
    pub(super) name: &'static str,
    /// How its value is read.
    pub(super) ty: Ty,
    /// Its value when nothing sets it.
    pub(super) default: Default,
    /// Environment variables that are read when the flag and the prefixed variable are not there.
    pub(super) env: &'static [&'static str],
    /// The fact it is, in the fact's unit.
    pub(super) fact: Option<FactId>,
}

/// How a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    /// A whole number.
    Int,
    /// Seconds, perhaps with a fraction.
    Seconds,
    /// Milliseconds; the fact is in seconds.
    Milliseconds,
    /// Seconds, or a text such as `2h`, which is left unknown.
    Duration,
    /// Text.
    Text,
    /// No value: on when given, and `--no-…` is off.
    Flag,
    /// `host:port`; the last one given.
    Address,
    /// `host:port`; of several, each is listened on.
    Addresses,
    /// Numbers between commas, of which the largest counts: `--autoscale=10,3`.
    LargestInt,
    /// A number of CPUs or `auto`, which is left unknown.
    IntOrAuto,
    /// A host; the option alone is every address: `vite --host`.
    HostOrAll,
    /// Megabytes, written as Java does: `512m`, `2g`, or bytes.
    JavaSize,
}

/// The value of an option when nothing sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Default {
    /// Known to be unset.
    None,
    Int(i64),
    Text(&'static str),
    Off,
    On,
    /// The CPUs that the program sees.
    Cpus,
}

impl Table {
    /// The variable of an option, for a program that has one for each.
    pub(super) fn variable(&self, option: &Opt) -> Option<String> {
        Some(format!("{}{}", self.env_prefix?, option.name.to_uppercase()))
    }
}

/// An option without a default, environment variables or fact.
pub(super) const fn opt(name: &'static str, flags: &'static [&'static str], ty: Ty) -> Opt {
    let default = if matches!(ty, Ty::Flag) { Default::Off } else { Default::None };
    Opt { flags, name, ty, default, env: &[], fact: None }
}

impl Opt {
    pub(super) const fn default(self, default: Default) -> Self {
        Self { default, ..self }
    }

    pub(super) const fn env(self, env: &'static [&'static str]) -> Self {
        Self { env, ..self }
    }

    pub(super) const fn fact(self, fact: FactId) -> Self {
        Self { fact: Some(fact), ..self }
    }
}
