//! How queues work, as code says it: `HUEY` and `Q_CLUSTER` of Django's settings, the settings module
//! of rq, the settings class of arq, and the broker that a module of dramatiq makes.
//!
//! Sources: `huey.contrib.djhuey` (3.5.4), `django_q.conf` (django-q2 1.11.1),
//! `rq.cli.helpers.get_redis_from_config` (3.0.0), `arq.worker.get_kwargs` (0.28.0),
//! `dramatiq.broker` and `dramatiq.middleware` (2.2.1)

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::celery::Configuration;
use crate::programs::{Server, ServerKind};
use crate::project::Lookup;
use crate::python::{self, Binding, Plan, Unmentioned};
use crate::vocabulary;
use crate::workspace::Workspace;

use super::django::{self, Settings};
use super::{Source, entry, environment, fact, folders};

/// Options of huey's consumer that `HUEY["consumer"]` gives defaults.
const HUEY: &[&str] =
    &["workers", "worker_type", "max_tasks", "shutdown_timeout", "graceful_signal"];

/// Keys of `Q_CLUSTER`.
const Q_CLUSTER: &[&str] = &["workers", "timeout", "recycle", "retry", "max_rss"];

/// The variable that names one of several clusters, each with settings of its own.
const CLUSTER_NAME: &str = "Q_CLUSTER_NAME";

/// Attributes of a settings class of arq that are options.
const ARQ: &[&str] =
    &["max_jobs", "job_timeout", "job_completion_wait", "keep_result", "max_tries"];

/// Brokers of dramatiq, and the setting of their kind.
const BROKERS: &[(&str, &str)] = &[
    ("dramatiq.brokers.redis.RedisBroker", "redis"),
    ("dramatiq.brokers.rabbitmq.RabbitmqBroker", "amqp"),
    ("dramatiq.brokers.stub.StubBroker", ""),
];

/// The part of dramatiq that ends tasks.
const TIME_LIMITS: &[&str] =
    &["dramatiq.middleware.TimeLimit", "dramatiq.middleware.time_limit.TimeLimit"];

/// Reads the configuration of a queue. `None` where nothing of the project has it.
pub(crate) fn read(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    server: &Server,
    kind: ServerKind,
) -> Option<Configuration> {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let (unmentioned, calls) = (Unmentioned::Unset, Vec::new());
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    let mut configuration = Configuration::default();
    match kind {
        ServerKind::Rq | ServerKind::RqPool => {
            rq(&mut source, launch, &mut configuration)?;
            return Some(configuration);
        }
        ServerKind::Arq => {
            arq(&mut source, launch, &mut configuration)?;
            return Some(configuration);
        }
        ServerKind::Dramatiq => {
            dramatiq(&mut source, server, &mut configuration)?;
            return Some(configuration);
        }
        _ => {}
    }
    let entry = entry::find(&mut source, launch, server);
    let settings = django::settings(&mut source, entry.as_ref())?;
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

/// `-c settings`: the address of Redis is all that decides about an option.
fn rq(
    source: &mut Source<'_, '_>,
    launch: &Launch,
    configuration: &mut Configuration,
) -> Option<()> {
    let given = launch.values_of(&["-c", "--config"]).pop().unwrap_or_else(|| {
        match source.environment.get("RQ_CONFIG") {
            Lookup::Set(fact) => fact.text().map(str::to_owned),
            Lookup::Unset | Lookup::Unmentioned => None,
        }
    });
    let file = source.module(&given?)?;
    let module = source.evaluate(file, None);
    let found = match module.get("REDIS_URL") {
        Some(binding) => fact(binding),
        None if module.failure.is_some() || !module.complete => {
            Fact::unknown(Unknown::because("the settings of rq are not known"), derived("rq"))
        }
        None => return None,
    };
    configuration.set_option("broker_url", found);
    Some(())
}

/// `arq shop.jobs.WorkerSettings`: attributes of the class itself, those of its bases are not read.
fn arq(
    source: &mut Source<'_, '_>,
    launch: &Launch,
    configuration: &mut Configuration,
) -> Option<()> {
    let words = launch.argv.iter().map(Word::text);
    let is_path = |it: &String| it.contains('.') && !it.contains('/') && !it.starts_with('-');
    let dotted = words.skip(1).find_map(|it| it.filter(is_path))?;
    let (module, name) = dotted.rsplit_once('.')?;
    let file = source.module(module)?;
    let unmentioned = source.unmentioned;
    let plan = Plan { unmentioned, class: Some(name), ..Plan::default() };
    let module = source.evaluate_as(file, plan);
    let unknown = || {
        let reason = format!("`{dotted}` is no class that is followed");
        Fact::unknown(Unknown::because(reason), derived("arq"))
    };
    let class = module.class.filter(|_| module.failure.is_none());
    for name in ARQ {
        let own = class.as_ref().map(|it| &it.attributes[..it.own]);
        let found = match own.map(|it| it.iter().find(|it| it.name.value == *name)) {
            Some(Some(binding)) => seconds(binding),
            Some(None) => Fact::known(Value::Null, Origin::new(OriginKind::Default, "arq default")),
            None => unknown(),
        };
        configuration.set_option(name, found);
    }
    Some(())
}

/// A number, or the seconds of a `timedelta`.
fn seconds(binding: &Binding) -> Fact {
    let fact = fact(binding);
    match python::seconds(&binding.value) {
        Some(seconds) if !binding.maybe_unset => {
            Fact { state: State::Known(Value::Number(seconds)), ..fact }
        }
        _ => fact,
    }
}

/// The broker that the module makes, and the limit of tasks that stands in it.
fn dramatiq(
    source: &mut Source<'_, '_>,
    server: &Server,
    configuration: &mut Configuration,
) -> Option<()> {
    let app = server.facts.get(vocabulary::APP)?.text()?.to_owned();
    let file = source.module(app.split(':').next().unwrap_or(&app))?;
    let unmentioned = source.unmentioned;
    let watched: Option<fn(&str) -> bool> = Some(is_of_dramatiq);
    let module = source.evaluate_as(file, Plan { unmentioned, watched, ..Plan::default() });
    let called = |name: &str| module.record(&format!("call {name}"));
    let argument = |name: &str, argument: &str| module.record(&format!("call {name} {argument}"));
    let is_open = module.failure.is_some() || !module.complete;
    let made: Vec<_> = BROKERS.iter().filter_map(|it| Some((it, called(it.0)?))).collect();
    if let [((name, kind), record)] = made.as_slice()
        && !record.maybe_unset
        && !kind.is_empty()
    {
        let origin = Origin { source: format!("`{name}`"), ..record.fact.origin.clone() };
        configuration.set_variable("broker", Fact::known(Value::Text((*kind).to_owned()), origin));
        if let Some(url) = argument(name, "url") {
            configuration.set_variable("broker_url", fact(url));
        }
    }
    let limits: Vec<_> = TIME_LIMITS.iter().filter_map(|it| Some((it, called(it)?))).collect();
    let replaced = made.iter().any(|((name, _), _)| {
        argument(name, "middleware").is_some() || argument(name, "*").is_some()
    });
    let limit = match limits.as_slice() {
        [(name, record)] if !record.maybe_unset => argument(name, "time_limit").map(fact),
        [] if !replaced && !is_open => None,
        _ => {
            let reason = "the middleware of dramatiq is not followed";
            Some(Fact::unknown(Unknown::because(reason), derived("dramatiq")))
        }
    };
    if let Some(limit) = limit {
        configuration.set_option("time_limit", limit);
    }
    Some(())
}

fn is_of_dramatiq(dotted: &str) -> bool {
    TIME_LIMITS.contains(&dotted) || BROKERS.iter().any(|it| it.0 == dotted)
}

fn derived(program: &str) -> Origin {
    Origin::new(OriginKind::Derived, format!("the settings of {program}"))
}
