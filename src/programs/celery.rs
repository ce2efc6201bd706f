//! The configuration of a celery application: its settings, under the names of celery 5.7.
//!
//! Source: <https://docs.celeryq.dev/en/stable/userguide/configuration.html>, compared with
//! `celery.app.defaults.NAMESPACES`.

use std::collections::BTreeMap;

use crate::fact::{Fact, Unknown};

/// A setting of the application.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name: `worker_concurrency`.
    pub name: &'static str,
    /// The name that it had before celery 4, which still counts.
    pub old: &'static str,
    /// The option of `celery worker` that wins over it. Others have no option.
    pub option: Option<&'static str>,
    /// The key of a table that the setting is: `visibility_timeout`.
    pub part: Option<&'static str>,
}

const fn key(name: &'static str, old: &'static str, option: Option<&'static str>) -> Key {
    Key { name, old, option, part: None }
}

/// The settings that are read.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("worker_concurrency", "CELERYD_CONCURRENCY", Some("concurrency")),
    key("worker_pool", "CELERYD_POOL", Some("pool")),
    key("worker_prefetch_multiplier", "CELERYD_PREFETCH_MULTIPLIER", Some("prefetch_multiplier")),
    key("worker_max_tasks_per_child", "CELERYD_MAX_TASKS_PER_CHILD", Some("max_tasks_per_child")),
    key("worker_max_memory_per_child", "CELERYD_MAX_MEMORY_PER_CHILD",
        Some("max_memory_per_child")),
    key("task_time_limit", "CELERYD_TASK_TIME_LIMIT", Some("time_limit")),
    key("task_soft_time_limit", "CELERYD_TASK_SOFT_TIME_LIMIT", Some("soft_time_limit")),
    key("task_acks_late", "CELERY_ACKS_LATE", None),
    key("task_always_eager", "CELERY_ALWAYS_EAGER", None),
    key("task_reject_on_worker_lost", "CELERY_REJECT_ON_WORKER_LOST", None),
    key("worker_soft_shutdown_timeout", "CELERYD_SOFT_SHUTDOWN_TIMEOUT", None),
    key("broker_url", "BROKER_URL", None),
    key("broker_pool_limit", "BROKER_POOL_LIMIT", None),
    Key {
        part: Some("visibility_timeout"),
        ..key("broker_transport_options", "BROKER_TRANSPORT_OPTIONS", None)
    },
    key("result_backend", "CELERY_RESULT_BACKEND", None),
    key("task_routes", "CELERY_ROUTES", None),
    key("task_default_queue", "CELERY_DEFAULT_QUEUE", None),
    key("task_queues", "CELERY_QUEUES", None),
    key("task_create_missing_queues", "CELERY_CREATE_MISSING_QUEUES", None),
    key("task_annotations", "CELERY_ANNOTATIONS", None),
    key("beat_scheduler", "CELERYBEAT_SCHEDULER", None),
];

/// What the configuration of an application says of each of [`KEYS`]: null where it leaves the
/// setting to celery.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    values: BTreeMap<String, (Option<&'static str>, Fact)>,
    /// The arguments of a call instead, by option. Nothing wins over them.
    call: Option<(BTreeMap<String, Fact>, Option<Unknown>)>,
}

impl Configuration {
    /// Says what a setting is. What the same code said before is no second setting: settings
    /// modules are layers.
    pub fn set(&mut self, key: &Key, mut fact: Fact) {
        fact.overridden.clear();
        let name = match key.part {
            Some(part) => format!("{}.{part}", key.name),
            None => key.name.to_owned(),
        };
        self.values.insert(name, (key.option, fact));
    }

    /// Says what a variable is that wins over a setting.
    pub fn set_variable(&mut self, name: &str, fact: Fact) {
        self.values.insert(name.to_owned(), (None, fact));
    }

    /// Says what an option is that no flag sets; null where the program's default applies.
    pub fn set_option(&mut self, option: &'static str, mut fact: Fact) {
        fact.overridden.clear();
        self.values.insert(option.to_owned(), (Some(option), fact));
    }

    /// The arguments of a call that starts a server, by the name of the option, and why there may
    /// be others.
    pub(super) fn of_call(arguments: &BTreeMap<String, Fact>, hidden: Option<Unknown>) -> Self {
        Self { call: Some((arguments.clone(), hidden)), ..Self::default() }
    }

    /// Whether a call says the options, and the command line says none.
    pub(super) fn is_call(&self) -> bool {
        self.call.is_some()
    }

    /// Why a call may say more than is seen.
    pub(super) fn hidden(&self) -> Option<&Unknown> {
        self.call.as_ref()?.1.as_ref()
    }

    /// What a call says of an option.
    pub(super) fn argument(&self, name: &str) -> Option<&Fact> {
        self.call.as_ref()?.0.get(name)
    }

    /// The setting that an option of `celery worker` wins over.
    pub(super) fn option(&self, name: &str) -> Option<&Fact> {
        self.values.values().find(|(option, _)| *option == Some(name)).map(|(_, fact)| fact)
    }

    /// The settings that no option can set, under their own names.
    pub(super) fn others(&self) -> impl Iterator<Item = (String, Fact)> {
        let others = self.values.iter().filter(|(_, (option, _))| option.is_none());
        others.map(|(name, (_, fact))| (name.clone(), fact.clone()))
    }
}
