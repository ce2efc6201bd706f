//! Settings of Django that say how its queues work: `HUEY` and `Q_CLUSTER`.
//!
//! Sources: `huey.contrib.djhuey` (3.5.4), `django_q.conf` (django-q2 1.11.1)

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::celery::Configuration;
use crate::programs::{Server, ServerKind};
use crate::project::Lookup;
use crate::python::Unmentioned;
use crate::workspace::Workspace;

use super::django::{self, Settings};
use super::{Source, entry, environment, folders};

/// Options of huey's consumer that `HUEY["consumer"]` gives defaults.
const HUEY: &[&str] =
    &["workers", "worker_type", "max_tasks", "shutdown_timeout", "graceful_signal"];

/// Keys of `Q_CLUSTER`.
const Q_CLUSTER: &[&str] = &["workers", "timeout", "recycle", "retry", "max_rss"];

/// The variable that names one of several clusters, each with settings of its own.
const CLUSTER_NAME: &str = "Q_CLUSTER_NAME";

/// Reads the configuration of a queue out of Django's settings. `None` where nothing names them.
pub(crate) fn read(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    server: &Server,
    kind: ServerKind,
) -> Option<Configuration> {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let mut source =
        Source { workspace, environment, folders, cpus, unmentioned: Unmentioned::Unset };
    let entry = entry::find(&mut source, launch, server);
    let settings = django::settings(&mut source, entry.as_ref())?;
    let mut configuration = Configuration::default();
    match kind {
        ServerKind::RunHuey => huey(&settings, &mut configuration),
        ServerKind::DjangoQ => {
            let names = ["-n", "--name"];
            let is_named = |it: String| names.iter().any(|name| it.starts_with(name));
            let words = launch.argv.iter().filter_map(|it| it.text());
            let several = words.into_iter().any(is_named)
                || matches!(source.environment.get(CLUSTER_NAME), Lookup::Set(_));
            cluster(&settings, several, &mut configuration);
        }
        _ => return None,
    }
    Some(configuration)
}

/// `HUEY = {"consumer": {"workers": 4}}`; an object of huey says nothing of the consumer.
fn huey(settings: &Settings, configuration: &mut Configuration) {
    let is_object = match settings.binding("HUEY") {
        Ok(Some(binding)) => binding.value.unknown().is_some_and(
            |it| matches!(&it.to_model().kind, GapKind::Package(package) if package == "huey"),
        ),
        _ => false,
    };
    for name in HUEY {
        let fact = match is_object {
            true => Fact::known(Value::Null, Origin::new(OriginKind::Default, "huey default")),
            false => settings.table("HUEY", &["consumer", name]),
        };
        configuration.set_option(name, fact);
    }
}

/// `Q_CLUSTER = {"workers": 4}`; no workers are as many as there are CPUs.
fn cluster(settings: &Settings, several: bool, configuration: &mut Configuration) {
    for name in Q_CLUSTER {
        let mut fact = settings.table("Q_CLUSTER", &[name]);
        if *name == "workers" && matches!(fact.value(), Some(Value::Int(0) | Value::Bool(false))) {
            fact.state = State::Known(Value::Null);
        }
        if several {
            let reason = "which of the clusters of `Q_CLUSTER` runs is not followed";
            fact.state = State::Unknown(Unknown::because(reason));
        }
        configuration.set_option(name, fact);
    }
}
