//! Tables of a platform: plans, databases, sizes and what is injected.
//!
//! One list of columns gives the shape of the file, the ready type, and the walk over its sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use super::load::{LoadError, Resolver};
use super::sourced::{Date, Source, Sourced};
use crate::vocabulary::KINDS;

/// Sources of columns that differ from the source of the row.
pub(super) type ColumnSources = BTreeMap<Spanned<String>, Spanned<String>>;

/// Kinds of process that a row is for; empty is every kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(Vec<String>);

impl Kinds {
    /// Whether the row is for a kind of the vocabulary.
    pub fn includes(&self, kind: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|it| it == kind)
    }

    /// The kinds; empty is every kind.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether some kind is in both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        KINDS.iter().any(|it| self.includes(it) && other.includes(it))
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        match names.iter().find(|it| !KINDS.contains(&it.as_str())) {
            Some(name) => {
                let known = KINDS.join(", ");
                Err(D::Error::custom(format!("`{name}` is not a kind of process: {known}")))
            }
            None => Ok(Self(names)),
        }
    }
}

/// What a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    /// PostgreSQL.
    Postgres,
    /// Redis, Valkey and compatible stores.
    Redis,
}

/// A column of the plans that an injected variable takes its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanColumn {
    /// [`Plan::web_concurrency`].
    WebConcurrency,
}

macro_rules! rows {
    ($(#[$meta:meta])* $name:ident, $raw:ident {
        required { $($(#[$required_meta:meta])* $required:ident: $required_ty:ty,)* }
        optional { $($(#[$optional_meta:meta])* $optional:ident: $optional_ty:ty,)* }
        columns { $($(#[$column_meta:meta])* $column:ident: $column_ty:ty,)* }
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$required_meta])* pub $required: $required_ty,)*
            $($(#[$optional_meta])* pub $optional: $optional_ty,)*
            $($(#[$column_meta])* pub $column: Option<Sourced<$column_ty>>,)*
            /// Where the row was published.
            pub source: Arc<Source>,
            /// What else to know about the row.
            pub note: Option<String>,
        }

        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $raw {
            $(pub(super) $required: Spanned<$required_ty>,)*
            $(#[serde(default)] pub(super) $optional: $optional_ty,)*
            $(pub(super) $column: Option<$column_ty>,)*
            pub(super) source: Spanned<String>,
            #[serde(default)]
            doubtful: Vec<Spanned<String>>,
            note: Option<String>,
        }

        impl $raw {
            pub(super) fn resolve(
                self,
                resolver: &Resolver,
                columns: &ColumnSources,
            ) -> Result<$name, LoadError> {
                for name in &self.doubtful {
                    let is = |column: &str| name.get_ref() == column;
                    let present = $((is(stringify!($column)) && self.$column.is_some()) ||)* false;
                    if !present {
                        let message = format!("this row has no value `{}`", name.get_ref());
                        return Err(LoadError::new(message, name.span()));
                    }
                }
                let source = resolver.source(&self.source)?;
                $(let $column = match self.$column {
                    Some(value) => {
                        let name = stringify!($column);
                        let source = match columns.get(name) {
                            Some(key) => resolver.source(key)?,
                            None => Arc::clone(&source),
                        };
                        let doubtful = self.doubtful.iter().any(|it| it.get_ref() == name);
                        Some(Sourced { value, source, doubtful, note: None })
                    }
                    None => None,
                };)*
                Ok($name {
                    $($required: self.$required.into_inner(),)*
                    $($optional: self.$optional,)*
                    $($column,)*
                    source,
                    note: self.note,
                })
            }
        }

        impl $name {
            /// Names of the columns, in the order of the file.
            pub(super) const COLUMNS: &[&str] = &[$(stringify!($column),)*];

            /// The columns that are present, with their sources; the row itself comes first.
            pub(super) fn sources(&self) -> Vec<(&'static str, &Arc<Source>)> {
                let mut sources = vec![("", &self.source)];
                $(if let Some(it) = &self.$column {
                    sources.push((stringify!($column), &it.source));
                })*
                sources
            }
        }
    };
}

rows! {
    /// A machine that can be had under a name.
    Plan, RawPlan {
        required {
            /// The name, as the platform writes it.
            name: String,
        }
        optional {
            /// Other names of the same plan.
            aliases: Vec<String>,
            /// Kinds of process that can have it.
            kinds: Kinds,
            /// Generation of the platform it belongs to, where these differ.
            generation: Option<String>,
        }
        columns {
            /// CPUs that the plan pays for; absent where it pays for a share of a host.
            cpus: f64,
            /// `dedicated`, `shared` or `quota`, or the platform's own word for it.
            cpu_kind: String,
            /// What a program sees: `os.cpu_count()`, `nproc`.
            visible_cpus: u32,
            /// CPUs that may be used without end.
            cpus_baseline: f64,
            /// Memory in MB, when no file asks for more.
            memory_mb: u32,
            /// Least memory in MB that a file can ask for.
            memory_mb_min: u32,
            /// Most memory in MB that a file can ask for.
            memory_mb_max: u32,
            /// Memory is a multiple of this, in MB.
            memory_mb_step: u32,
            /// Memory in MB at which processes are killed, when it is not `memory_mb`.
            memory_kill_mb: u32,
            /// Most processes and threads together.
            threads_max: u32,
            /// Value of WEB_CONCURRENCY that the platform sets, if it sets it.
            web_concurrency: u32,
            /// Most instances of one process.
            instances_max: u32,
            /// Longest timeout in seconds that a function can have.
            function_timeout_s_max: u32,
            /// Seconds without traffic after which it sleeps.
            sleeps_after_s: u32,
            /// Price of one instance that runs all month, in US dollars.
            price_usd_month: f64,
            /// Address that a process has to listen on.
            bind_host: String,
            /// The last day on which it could be had.
            retired: Date,
        }
    }
}

impl Plan {
    /// The plan with what only `base` says of it: who corrects a price says nothing about memory.
    pub(super) fn over(self, base: Self) -> Self {
        Self {
            name: self.name,
            aliases: if self.aliases.is_empty() { base.aliases } else { self.aliases },
            kinds: if self.kinds.0.is_empty() { base.kinds } else { self.kinds },
            generation: self.generation.or(base.generation),
            cpus: self.cpus.or(base.cpus),
            cpu_kind: self.cpu_kind.or(base.cpu_kind),
            visible_cpus: self.visible_cpus.or(base.visible_cpus),
            cpus_baseline: self.cpus_baseline.or(base.cpus_baseline),
            memory_mb: self.memory_mb.or(base.memory_mb),
            memory_mb_min: self.memory_mb_min.or(base.memory_mb_min),
            memory_mb_max: self.memory_mb_max.or(base.memory_mb_max),
            memory_mb_step: self.memory_mb_step.or(base.memory_mb_step),
            memory_kill_mb: self.memory_kill_mb.or(base.memory_kill_mb),
            threads_max: self.threads_max.or(base.threads_max),
            web_concurrency: self.web_concurrency.or(base.web_concurrency),
            instances_max: self.instances_max.or(base.instances_max),
            function_timeout_s_max: self.function_timeout_s_max.or(base.function_timeout_s_max),
            sleeps_after_s: self.sleeps_after_s.or(base.sleeps_after_s),
            price_usd_month: self.price_usd_month.or(base.price_usd_month),
            bind_host: self.bind_host.or(base.bind_host),
            retired: self.retired.or(base.retired),
            source: self.source,
            note: self.note.or(base.note),
        }
    }
}

rows! {
    /// What one CPU of a kind brings, where CPUs and memory are chosen apart.
    CpuKind, RawCpuKind {
        required {
            /// The name, as the platform writes it.
            name: String,
        }
        optional {}
        columns {
            /// Least memory in MB for each CPU.
            memory_mb_per_cpu_min: u32,
            /// Most memory in MB for each CPU.
            memory_mb_per_cpu_max: u32,
            /// Memory is a multiple of this, in MB.
            memory_mb_step: u32,
            /// Part of each CPU that may be used without end.
            cpus_baseline_per_cpu: f64,
            /// Price of a CPU with the least memory, in US dollars.
            price_usd_month_per_cpu: f64,
            /// Price of each GB above the least memory, in US dollars.
            price_usd_month_per_gb: f64,
        }
    }
}

rows! {
    /// Memory that can be combined with a number of CPUs.
    MachineSize, RawMachineSize {
        required {
            /// Number of CPUs.
            cpus: f64,
        }
        optional {}
        columns {
            /// Amounts of memory in MB, ascending.
            memory_mb_choices: Vec<u32>,
            /// Least memory in MB, where any amount can be had.
            memory_mb_min: u32,
            /// Most memory in MB, where any amount can be had.
            memory_mb_max: u32,
        }
    }
}

rows! {
    /// The machine of a process for which no file names one. Either `plan`, or `cpus` and
    /// `memory_mb`, or `unknown` is present.
    DefaultMachine, RawDefaultMachine {
        required {}
        optional {
            /// Kinds of process that it is for.
            kinds: Kinds,
            /// Why it is not known.
            unknown: Option<String>,
        }
        columns {
            /// Name of the plan.
            plan: String,
            /// Number of CPUs.
            cpus: f64,
            /// Memory in MB.
            memory_mb: u32,
        }
    }
}

rows! {
    /// A database that can be had under a name.
    Database, RawDatabase {
        required {
            /// What it speaks.
            kind: DatabaseKind,
            /// Every plan with these numbers, and every name of it.
            plans: Vec<String>,
        }
        optional {}
        columns {
            /// Memory in MB.
            memory_mb: u32,
            /// Most connections.
            connections_max: u32,
            /// Most connections of clients to the pool in front of it.
            connections_pooled_max: u32,
            /// Connections that are kept for the platform itself.
            connections_reserved: u32,
            /// Days after which it is deleted.
            expires_after_days: u32,
            /// Price of a month without storage, in US dollars.
            price_usd_month: f64,
        }
    }
}

rows! {
    /// The database that is made when no file names a plan.
    DefaultDatabase, RawDefaultDatabase {
        required {
            /// What it speaks.
            kind: DatabaseKind,
        }
        optional {}
        columns {
            /// Name of the plan.
            plan: String,
            /// What a full store does, in the words of Redis: `allkeys-lru`.
            eviction: String,
        }
    }
}

rows! {
    /// A language and version that functions can ask for by a name.
    Runtime, RawRuntime {
        required {
            /// The name in files: `python3.12`.
            name: String,
        }
        optional {}
        columns {
            /// Version of Python that it brings.
            python: String,
            /// The day on which the platform stops to support it.
            deprecated: Date,
            /// The day from which functions that use it cannot be updated.
            update_blocked: Date,
        }
    }
}

rows! {
    /// What stands before a function, or calls it.
    Trigger, RawTrigger {
        required {
            /// The name, as `function.trigger` has it.
            name: String,
        }
        optional {}
        columns {
            /// Seconds until the whole response must be there.
            request_timeout_s: u32,
            /// Seconds without a byte after which a connection is closed.
            idle_timeout_s: u32,
            /// Largest request body that is passed on, in MB.
            body_limit_mb: u32,
            /// Largest request that reaches the function, in MB.
            payload_limit_mb: u32,
        }
    }
}

rows! {
    /// What a tool that deploys functions takes where its file says nothing.
    Tool, RawTool {
        required {
            /// A short name: `serverless`.
            name: String,
            /// The name, as people write it.
            title: String,
        }
        optional {}
        columns {
            /// Memory in MB.
            memory_mb: u32,
            /// Seconds after which a function is ended.
            timeout_s: u32,
        }
    }
}

rows! {
    /// A way of scaling that a file chooses, where other things depend on it.
    Scaling, RawScaling {
        required {
            /// The key of the file that chooses it: `basic_scaling`.
            name: String,
        }
        optional {}
        columns {
            /// Name of the plan when the file names none.
            plan: String,
            /// Seconds until the response must be there.
            request_timeout_s: u32,
        }
    }
}

rows! {
    /// An environment variable that the platform sets.
    Inject, RawInject {
        required {
            /// Name of the variable.
            name: String,
        }
        optional {
            /// Kinds of process that get it.
            kinds: Kinds,
            /// Languages whose native environment sets it; empty is all, containers included.
            runtimes: Vec<String>,
            /// Generations of plans on which it is not set.
            except_generations: Vec<String>,
        }
        columns {
            /// Column of the plan that holds the value.
            value_from: PlanColumn,
            /// The value; absent when only a run can tell.
            value: String,
            /// The part of a doubtful value that every source agrees on.
            value_undisputed: String,
        }
    }
}
