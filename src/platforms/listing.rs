//! Every value of a platform with its source, for reports.

use std::sync::Arc;

use super::platform::Platform;
use super::sourced::{Date, Source, Sourced};
use crate::fact::Value;

/// A value of a platform, for reports on where values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place in the platform's file: `plans.standard-1x.price_usd_month`.
    pub path: String,
    /// Where it was published.
    pub source: Arc<Source>,
}

/// Limits and defaults of one topic, for reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What they are about: `router`.
    pub title: &'static str,
    /// Keys of the platform's file that are present, with their values.
    pub values: Vec<(&'static str, Sourced<Value>)>,
}

impl Platform {
    /// Limits and defaults that the platform has once, by section.
    pub fn sections(&self) -> Vec<Section> {
        let section = |title, values| Section { title, values };
        vec![
            section("traits", self.traits.values()),
            section("advice", self.advice.values()),
            section("router", self.router.values()),
            section("shutdown", self.shutdown.values()),
            section("boot", self.boot.values()),
            section("host", self.host.values()),
            section("machine", self.machine.values()),
            section("idle", self.idle.values()),
            section("scale", self.scale.values()),
            section("autoscaling", self.autoscaling.values()),
            section("build and release", self.build.values()),
            section("cron", self.cron.values()),
            section("disk", self.disk.values()),
            section("health check", self.health_check.values()),
            section("functions", self.function.values()),
        ]
    }

    /// Every value with its source, in file order.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut add = |table: &str, name: &str, sources: Vec<(&'static str, &Arc<Source>)>| {
            for (column, source) in sources {
                let parts = [table, name, column].into_iter().filter(|it| !it.is_empty());
                let path = parts.collect::<Vec<_>>().join(".");
                rows.push(Row { path, source: Arc::clone(source) });
            }
        };
        self.plans.iter().for_each(|it| add("plans", &it.name, it.sources()));
        self.cpu_kinds.iter().for_each(|it| add("cpu_kinds", &it.name, it.sources()));
        for it in &self.machine_sizes {
            add("machine_sizes", &it.cpus.to_string(), it.sources());
        }
        self.default_machines.iter().for_each(|it| add("default_machines", "", it.sources()));
        for it in &self.databases {
            add("databases", it.plans.first().map_or("", String::as_str), it.sources());
        }
        self.default_databases.iter().for_each(|it| add("default_databases", "", it.sources()));
        self.default_world.iter().for_each(|it| add("default_world", "", it.sources()));
        self.evidence.iter().for_each(|it| add("evidence", &it.text, it.sources()));
        for it in &self.usage {
            add("usage", it.unit.name(), it.sources());
        }
        self.injects.iter().for_each(|it| add("injects", &it.name, it.sources()));
        self.runtimes.iter().for_each(|it| add("runtimes", &it.name, it.sources()));
        self.stacks.iter().for_each(|it| add("stacks", &it.name, it.sources()));
        self.triggers.iter().for_each(|it| add("triggers", &it.name, it.sources()));
        self.tools.iter().for_each(|it| add("tools", &it.name, it.sources()));
        self.scalings.iter().for_each(|it| add("scalings", &it.name, it.sources()));
        add("traits", "", self.traits.sources());
        add("advice", "", self.advice.sources());
        add("function", "", self.function.sources());
        add("router", "", self.router.sources());
        add("shutdown", "", self.shutdown.sources());
        add("boot", "", self.boot.sources());
        add("host", "", self.host.sources());
        add("machine", "", self.machine.sources());
        add("idle", "", self.idle.sources());
        add("scale", "", self.scale.sources());
        add("autoscaling", "", self.autoscaling.sources());
        add("build", "", self.build.sources());
        add("cron", "", self.cron.sources());
        add("disk", "", self.disk.sources());
        add("health_check", "", self.health_check.sources());
        rows
    }

    /// The values that nobody has compared with their source for more than a year.
    pub fn stale(&self, today: Date) -> Vec<Row> {
        let mut rows = self.rows();
        rows.retain(|it| it.source.checked.is_older_than_a_year(today));
        rows
    }
}
