//! Tables of machines: plans, kinds of CPUs, sizes, and what is taken when no file names one.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::super::load::{LoadError, Resolver};
use super::super::sourced::{Date, Source, Sourced};
use super::{ColumnSources, Kinds, rows};

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
            /// Whether the platform itself can add and remove instances of it by load.
            autoscales: bool,
            /// Address that a process has to listen on.
            bind_host: String,
            /// The last day on which it could be had.
            retired: Date,
        }
        grows { memory_mb_max, threads_max, instances_max, function_timeout_s_max }
    }
}

impl Plan {
    /// The plan with what only `base` says of it: who corrects a price says nothing about memory.
    pub(in crate::platforms) fn over(self, base: Self) -> Self {
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
            autoscales: self.autoscales.or(base.autoscales),
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
        grows { memory_mb_per_cpu_max }
    }
}

rows! {
    /// Memory that can be combined with a number of CPUs.
    MachineSize, RawMachineSize {
        required {
            /// Number of CPUs; with `cpus_below`, the least number.
            cpus: f64,
        }
        optional {
            /// The row is for every number from `cpus` up to this one, which it does not include.
            cpus_below: Option<f64>,
        }
        columns {
            /// Amounts of memory in MB, ascending.
            memory_mb_choices: Vec<u32>,
            /// Least memory in MB, where any amount can be had.
            memory_mb_min: u32,
            /// Most memory in MB, where any amount can be had.
            memory_mb_max: u32,
            /// Most requests that an instance may be given at once.
            requests_max: u32,
        }
        grows { memory_mb_max, requests_max }
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
