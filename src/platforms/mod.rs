//! The catalog of platforms: plans, limits and defaults, each with a source and a date.
//!
//! The data is in `platforms/*.toml`; this module gives it types. A [`Catalog`] reads the file of a
//! platform at the first question about it. Every answer is a [`Sourced`] value, which turns into a
//! [`Fact`](crate::fact::Fact) that names its source. An absent value is not known: callers stay
//! silent about it.

mod advice;
mod catalog;
mod evidence;
mod languages;
mod layers;
mod listing;
mod load;
pub(crate) mod offered;
mod platform;
mod rows;
mod sections;
mod sourced;
mod traits;

#[cfg(test)]
mod tests;

pub use advice::Advice;
pub use catalog::Catalog;
pub use evidence::{Clue, ClueKind, Sign, Weighed};
pub use languages::Language;
pub use listing::{Row, Section};
pub use load::LoadError;
pub use platform::{Injected, InjectedValue, Platform};
pub use rows::{
    CpuKind, Database, DatabaseKind, DefaultDatabase, DefaultMachine, DefaultWorld, Evidence,
    Inject, Kinds, LanguageVersion, MachineSize, Plan, PlanColumn, Runtime, Scaling, Stack, Tool,
    Trigger, Usage, UsageUnit,
};
pub use sections::{
    Autoscaling, Boot, Build, Cron, Disk, Function, HealthCheck, Host, Idle, Machine, Router,
    Scale, Shutdown,
};
pub use sourced::{Date, Source, Sourced, ToValue};
pub use traits::{Balancing, Traits};
