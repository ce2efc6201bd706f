//! Tables of what stands beside the processes: databases, variables, stacks.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::super::evidence::ClueKind;
use super::super::load::{LoadError, Resolver};
use super::super::sourced::{Date, Source, Sourced};
use super::{ColumnSources, DatabaseKind, Kinds, PlanColumn, UsageUnit, rows};

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
            /// Connections that the pool in front of it adds during bursts.
            connections_pool_reserve: u32,
            /// Storage that comes with it, in GB.
            storage_gb: u32,
            /// Days after which it is deleted.
            expires_after_days: u32,
            /// Price of a month without storage, in US dollars.
            price_usd_month: f64,
        }
        grows { connections_max, connections_pooled_max }
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
    /// What is taken of a process for which neither a file nor opslint.toml says more.
    DefaultWorld, RawDefaultWorld {
        required {}
        optional {
            /// Kinds of process that it is for.
            kinds: Kinds,
        }
        columns {
            /// Name of the plan.
            plan: String,
            /// Instances.
            instances: u32,
            /// Whether none is started until somebody says how many.
            waits_for_scale: bool,
        }
    }
}

rows! {
    /// Something in a project that speaks for the platform, or against it.
    Evidence, RawEvidence {
        required {
            /// What it is.
            kind: ClueKind,
            /// The path, name, host or command; see [`Sign::is`](crate::platforms::Sign::is) for what it stands for.
            text: String,
        }
        optional {
            /// Whether it speaks against the platform.
            against: bool,
        }
        columns {
            /// 3 is of no use elsewhere, 2 is rarely found elsewhere, 1 is a hint.
            weight: u32,
        }
    }
}

rows! {
    /// A price of what is used.
    Usage, RawUsage {
        required {
            /// What is counted, and for how long.
            unit: UsageUnit,
        }
        optional {
            /// The way of billing it belongs to, where the platform has several: `requests`.
            mode: Option<String>,
            /// Regions it holds in; empty is every region that no other row names.
            regions: Vec<String>,
            /// Processor it is for, where prices differ: `arm64`.
            architecture: Option<String>,
        }
        columns {
            /// Price of one unit, in US dollars.
            price_usd: f64,
            /// Units of each month that cost nothing.
            free_month: f64,
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

rows! {
    /// An operating system that the platform builds and runs on.
    Stack, RawStack {
        required {
            /// The name in files: `heroku-24`.
            name: String,
        }
        optional {}
        columns {
            /// The day from which the platform advises against it.
            deprecated: Date,
            /// The day on which security updates end.
            ends: Date,
            /// The day from which nothing is built on it.
            build_blocked: Date,
        }
    }
}

rows! {
    /// A version of a language.
    LanguageVersion, RawLanguageVersion {
        required {
            /// The part of a version that has an end of its own: `3.12` for Python, `24` for Node.
            name: String,
        }
        optional {}
        columns {
            /// The day of the first stable release.
            released: Date,
            /// The last day with security fixes.
            ends: Date,
        }
    }
}
