//! Tables of a platform: plans, databases, sizes and what is injected.
//!
//! One list of columns gives the shape of the file, the ready type, and the walk over its sources.

mod functions;
mod machines;
mod services;

pub(in crate::platforms) use functions::{RawRuntime, RawScaling, RawTool, RawTrigger};
pub use functions::{Runtime, Scaling, Tool, Trigger};
pub use machines::{CpuKind, DefaultMachine, MachineSize, Plan};
pub(in crate::platforms) use machines::{RawCpuKind, RawDefaultMachine, RawMachineSize, RawPlan};
pub use services::{
    Database, DefaultDatabase, DefaultWorld, Evidence, Inject, LanguageVersion, Stack, Usage,
};
pub(in crate::platforms) use services::{
    RawDatabase, RawDefaultDatabase, RawDefaultWorld, RawEvidence, RawInject, RawLanguageVersion,
    RawStack, RawUsage,
};

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use crate::vocabulary::KINDS;

/// Sources of columns that differ from the source of the row.
pub(in crate::platforms) type ColumnSources = BTreeMap<Spanned<String>, Spanned<String>>;

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
    pub(in crate::platforms) fn overlaps(&self, other: &Self) -> bool {
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

/// What a price of use counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsageUnit {
    /// A CPU for a second.
    VcpuSecond,
    /// A CPU for an hour.
    VcpuHour,
    /// A CPU for a month of 30 days.
    VcpuMonth,
    /// A GB of memory for a second.
    GbSecond,
    /// A GB of memory for an hour.
    GbHour,
    /// A GB of memory for a month of 30 days.
    GbMonth,
    /// An instance of the class that stands in `mode` for an hour.
    InstanceHour,
    /// A million requests.
    MillionRequests,
    /// A GB of a volume for a month.
    DiskGbMonth,
    /// A GB of the root file system of a stopped machine for a month.
    RootfsGbMonth,
    /// A GB of a database's storage for a month.
    DatabaseGbMonth,
    /// A GB sent to the internet.
    EgressGb,
}

impl UsageUnit {
    /// The name in files of platforms.
    pub fn name(self) -> &'static str {
        match self {
            Self::VcpuSecond => "vcpu-second",
            Self::VcpuHour => "vcpu-hour",
            Self::VcpuMonth => "vcpu-month",
            Self::GbSecond => "gb-second",
            Self::GbHour => "gb-hour",
            Self::GbMonth => "gb-month",
            Self::InstanceHour => "instance-hour",
            Self::MillionRequests => "million-requests",
            Self::DiskGbMonth => "disk-gb-month",
            Self::RootfsGbMonth => "rootfs-gb-month",
            Self::DatabaseGbMonth => "database-gb-month",
            Self::EgressGb => "egress-gb",
        }
    }

    /// Units that one CPU, one GB or one instance makes in a month of 30 days in which it always
    /// runs; `None` for what does not count time.
    pub fn in_a_month(self) -> Option<f64> {
        match self {
            Self::VcpuSecond | Self::GbSecond => Some(30.0 * 86_400.0),
            Self::VcpuHour | Self::GbHour | Self::InstanceHour => Some(30.0 * 24.0),
            Self::VcpuMonth
            | Self::GbMonth
            | Self::DiskGbMonth
            | Self::RootfsGbMonth
            | Self::DatabaseGbMonth => Some(1.0),
            Self::MillionRequests | Self::EgressGb => None,
        }
    }
}

macro_rules! rows {
    ($(#[$meta:meta])* $name:ident, $raw:ident {
        required { $($(#[$required_meta:meta])* $required:ident: $required_ty:ty,)* }
        optional { $($(#[$optional_meta:meta])* $optional:ident: $optional_ty:ty,)* }
        columns { $($(#[$column_meta:meta])* $column:ident: $column_ty:ty,)* }
        $(grows { $($grows:ident),* })?
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
        pub(in crate::platforms) struct $raw {
            $(pub(in crate::platforms) $required: Spanned<$required_ty>,)*
            $(#[serde(default)] pub(in crate::platforms) $optional: $optional_ty,)*
            $(pub(in crate::platforms) $column: Option<$column_ty>,)*
            pub(in crate::platforms) source: Spanned<String>,
            #[serde(default)]
            doubtful: Vec<Spanned<String>>,
            note: Option<String>,
        }

        impl $raw {
            pub(in crate::platforms) fn resolve(
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
                        Some(Sourced { value, source, doubtful, outdated: false, note: None })
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
            pub(in crate::platforms) const COLUMNS: &[&str] = &[$(stringify!($column),)*];

            $(/// Marks the limits that vendors only raise, where nobody has compared them for a year.
            pub(in crate::platforms) fn mark_outdated(&mut self, today: Date) {
                $(if let Some(it) = &mut self.$grows {
                    it.mark_outdated(today);
                })*
            })?

            /// The columns that are present, with their sources; the row itself comes first.
            pub(in crate::platforms) fn sources(&self) -> Vec<(&'static str, &Arc<Source>)> {
                let mut sources = vec![("", &self.source)];
                $(if let Some(it) = &self.$column {
                    sources.push((stringify!($column), &it.source));
                })*
                sources
            }
        }
    };
}

use rows;
