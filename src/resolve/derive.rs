//! Facts that follow from others: how much one instance works on at once, and what memory it takes.

use crate::commands;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::packages::{Packages, weights};
use crate::programs::{forking, listed};
use crate::project::{Facts, NamedFacts};
use crate::vocabulary::{self, FactId};

/// Memory that one worker is taken to use, by framework, in megabytes. A measurement in
/// opslint.toml replaces it.
///
/// Sources: Heroku's Python buildpack plans 256 MB for each worker as an upper bound; small WSGI
/// apps are commonly seen at 60 to 120 MB, Django with its usual libraries at 100 to 250 MB. The
/// figures are on the low side, so that an assumption alone does not raise a false alarm.
const MEMORY_PER_WORKER_MB: &[(&str, i64)] =
    &[("django", 128), ("flask", 80), ("fastapi", 96), ("celery", 128)];

/// Memory that a library takes in each process that imports it, without a model, in megabytes.
///
/// Sources: <https://github.com/pytorch/pytorch/issues/64720> (603 MB for an import without CUDA),
/// <https://github.com/tensorflow/tensorflow/issues/35407>. The figures are on the low side.
const MEMORY_OF_LIBRARY_MB: i64 = 200;

/// What is taken where no framework is known.
const MEMORY_PER_WORKER_MB_OTHER: i64 = 80;

/// What requests, caches and fragmentation add to what is there after the imports, in megabytes: the
/// figure of Flask above less what the interpreter and Flask take alone.
const WORKING_MB: i64 = 50;

/// Adds the facts that follow from those already there. What is there already wins.
pub(crate) fn derive(facts: &mut Facts) {
    concurrency(facts);
    memory(facts);
    workers_from_cpu_count(facts);
}

/// What holds the jobs, by the address that the worker is told or the variable that has it.
pub(crate) fn broker(facts: &mut Facts, settings: &NamedFacts) {
    let Some(url) = settings.get("broker_url") else { return };
    // What the program or its code says of it is certain.
    if facts.get(vocabulary::BROKER_KIND).is_some() {
        return;
    }
    let known = [("redis", "redis"), ("sqs", "sqs"), ("amqp", "amqp"), ("pyamqp", "amqp")];
    let scheme = match &url.state {
        State::Known(Value::Text(text)) => {
            // With TLS, the names of the first and the last have an `s` behind them.
            let scheme = text.split_once("://").map_or("", |it| it.0);
            known
                .iter()
                .find(|it| scheme == it.0 || scheme.strip_suffix('s') == Some(it.0))
                .map(|it| (it.1, OriginKind::Written))
        }
        State::Pattern(_) => {
            let shown = url.state.to_string();
            known.iter().find(|it| shown.starts_with(it.0)).map(|it| (it.1, OriginKind::Written))
        }
        // Platforms and add-ons name their variables after what they lead to.
        _ => {
            let reads = |name: &str| url.origin.inputs.iter().any(|it| it.name.contains(name));
            let names = [("REDIS", "redis"), ("CLOUDAMQP", "amqp"), ("RABBITMQ", "amqp")];
            names.iter().find(|it| reads(it.0)).map(|it| (it.1, OriginKind::Assumed))
        }
    };
    let Some((kind, origin)) = scheme else { return };
    let source = "the address of the broker".to_owned();
    let origin = Origin { kind: origin, source, inputs: Vec::new(), ..url.origin.clone() };
    facts.set(vocabulary::BROKER_KIND, Fact::known(Value::Text(kind.to_owned()), origin));
}

/// Django's own project template names its modules `wsgi` and `asgi`. Where the packages are known
/// and Django is none of them, another framework's application is in such a module.
pub(super) fn framework(facts: &mut Facts, packages: Option<&Packages>) {
    if facts.get(vocabulary::FRAMEWORK).is_some_and(|it| it.value().is_some()) {
        return;
    }
    let server = facts.get(vocabulary::SERVER).and_then(Fact::text);
    let Some(app) = facts.get(vocabulary::APP) else { return };
    let Some(text) = app.text() else { return };
    let module = text.split(':').next().unwrap_or(text);
    let may_be_django = packages.is_none_or(|it| it.may_have("django"));
    let is_named = module.ends_with(".wsgi") || module.ends_with(".asgi");
    let is_django = is_named && may_be_django;
    if server == Some("django-runserver") || is_django {
        let origin = Origin {
            span: app.origin.span,
            ..Origin::new(OriginKind::Assumed, "Django names its modules `wsgi` and `asgi`")
        };
        facts.set(vocabulary::FRAMEWORK, Fact::known(Value::Text("django".to_owned()), origin));
    }
}

/// Requests that one instance works on at once, where the worker class makes that a number.
fn concurrency(facts: &mut Facts) {
    if facts.get(vocabulary::CONCURRENCY).is_some() {
        return;
    }
    let class = facts.get(vocabulary::WORKER_CLASS).and_then(Fact::text).unwrap_or("sync");
    if class != "sync" && class != "gthread" {
        return;
    }
    product(
        facts,
        vocabulary::CONCURRENCY,
        vocabulary::WORKERS,
        vocabulary::THREADS,
        "workers × threads",
    );
}

fn memory(facts: &mut Facts) {
    let server = facts.get(vocabulary::SERVER).and_then(Fact::text);
    if server == Some(BEAT) {
        return beat(facts);
    }
    let listed = server.and_then(listed::of_id).and_then(|it| it.memory.as_ref());
    let has_own = facts.get(vocabulary::MEMORY_PER_WORKER_MB).is_some();
    if !has_own && listed.is_none() && !server.is_some_and(forking::has_workers) {
        return;
    }
    if !has_own {
        let assumed = listed.map_or_else(|| assumed_memory(facts), |it| usual_of(facts, it));
        facts.set(vocabulary::MEMORY_PER_WORKER_MB, assumed);
    }
    if facts.get(vocabulary::MEMORY_NEEDED_MB).is_none() {
        product(
            facts,
            vocabulary::MEMORY_NEEDED_MB,
            vocabulary::WORKERS,
            vocabulary::MEMORY_PER_WORKER_MB,
            "workers × memory per worker",
        );
        with_jobs(facts);
    }
    if !has_own {
        of_model(facts);
    }
}

/// Programs for jobs that a script leaves in the background of a server.
const JOBS: &[&str] = &[
    "celery",
    "rq",
    "rqworker",
    "dramatiq",
    "huey_consumer",
    "huey_consumer.py",
    "arq",
    "sidekiq",
];

/// The most that one of them is taken to need: a child for each CPU of a large machine, each with the
/// application.
const MEMORY_OF_JOBS_MB_MAX: f64 = 16.0 * 128.0;

/// What programs for jobs take beside the server: how many children they have is not looked at, so that
/// what the process needs is at least what the server does.
fn with_jobs(facts: &mut Facts) {
    let beside = facts.get(vocabulary::BACKGROUND).and_then(|it| match it.value() {
        Some(Value::List(names)) => Some(names.clone()),
        _ => None,
    });
    let beside: Vec<Value> = beside.unwrap_or_default();
    let is_job = |it: &&Value| it.as_str().is_some_and(|it| JOBS.contains(&it));
    let count = beside.iter().filter(is_job).count();
    let Some(needed) = facts.get(vocabulary::MEMORY_NEEDED_MB).filter(|_| count > 0) else {
        return;
    };
    let Some((min, max)) = needed.state.bounds() else { return };
    let span = facts.span(vocabulary::MEMORY_NEEDED_MB);
    let max = max + MEMORY_OF_JOBS_MB_MAX * count as f64;
    let source = "workers × memory per worker, and what runs beside the server";
    let origin = Origin { source: source.to_owned(), ..needed.origin.clone() };
    facts.set(vocabulary::MEMORY_NEEDED_MB, Fact::new(State::Range { min, max }, origin));
    if let Some(span) = span {
        facts.anchor(vocabulary::MEMORY_NEEDED_MB, span);
    }
}

/// A model takes what no file says, so the figure of the libraries is the least that a worker takes.
/// It counts where already this is more than the machine has, and says nothing elsewhere.
fn of_model(facts: &mut Facts) {
    let Some(model) = facts.get(vocabulary::CODE_MODEL) else { return };
    let number = |id| facts.get(id).and_then(Fact::number);
    let needed = number(vocabulary::MEMORY_NEEDED_MB);
    if needed.zip(number(vocabulary::MACHINE_MEMORY_MB)).is_some_and(|(it, has)| it > has) {
        return;
    }
    let fact = of_size(model);
    for id in [vocabulary::MEMORY_PER_WORKER_MB, vocabulary::MEMORY_NEEDED_MB] {
        facts.set(id, fact.clone());
    }
}

/// One process that loads the application, as a worker does.
fn beat(facts: &mut Facts) {
    if facts.get(vocabulary::MEMORY_NEEDED_MB).is_none() {
        let model = facts.get(vocabulary::CODE_MODEL).map(of_size);
        let memory = model.unwrap_or_else(|| assumed_memory(facts));
        facts.set(vocabulary::MEMORY_NEEDED_MB, memory);
    }
}

/// The memory of a process that loads a model.
fn of_size(model: &Fact) -> Fact {
    let name = model.text().unwrap_or_default();
    let unknown = Unknown::because(format!("`{name}` loads a model, and how large, no file says"));
    Fact::unknown(unknown, model.origin.clone())
}

/// What one process of a program usually needs, with the framework of the application.
fn usual_of(facts: &Facts, memory: &listed::Memory) -> Fact {
    let framework = facts.get(vocabulary::FRAMEWORK).and_then(Fact::text);
    let row = memory.frameworks.iter().find(|it| Some(it.0) == framework);
    let (mb, what) = row.map_or((memory.mb, memory.what), |it| (it.1, it.2));
    let source = format!("{mb} MB per worker ({what})");
    Fact::known(Value::Int(mb), Origin::new(OriginKind::Assumed, source))
}

/// Celery's worker, whose figure is that of all its programs.
const CELERY: &str = "celery";

/// Celery's clock: one process, which starts no others.
const BEAT: &str = "celery-beat";

fn assumed_memory(facts: &Facts) -> Fact {
    let server = facts.get(vocabulary::SERVER).and_then(Fact::text);
    let framework = facts.get(vocabulary::FRAMEWORK).and_then(Fact::text);
    let is_celery = server.is_some_and(|it| it == CELERY || it == BEAT);
    let key = if is_celery { Some(CELERY) } else { framework };
    let row = MEMORY_PER_WORKER_MB.iter().find(|(name, _)| Some(*name) == key);
    let (base_mb, what) = match row {
        Some((name, memory_mb)) => (*memory_mb, title(name)),
        None => (MEMORY_PER_WORKER_MB_OTHER, "the least a Python app takes"),
    };
    let imports = facts.get(vocabulary::PACKAGES_IMPORTED_MB);
    let Some((imports, imports_mb)) = imports.and_then(|it| Some((it, it.int()?))) else {
        return usual_memory(facts, base_mb, what);
    };
    // The figure of a framework has room for the usual libraries, so what is imported counts beside
    // the framework alone.
    let own_mb = i64::from(weights::with_interpreter(key));
    let memory_mb = own_mb.saturating_add(imports_mb).saturating_add(WORKING_MB);
    if memory_mb <= base_mb {
        return usual_memory(facts, base_mb, what);
    }
    let parts = &imports.origin.source;
    let source = format!(
        "{memory_mb} MB per worker ({what} {own_mb} MB, {parts}, its requests {WORKING_MB} MB)"
    );
    let mut origin = Origin::new(OriginKind::Assumed, source);
    origin.span = imports.origin.span;
    // One assumption is enough to say: the parts stand behind it.
    for part in &imports.origin.inputs {
        origin = origin.with_input(&part.name, part.fact.clone());
    }
    Fact::known(Value::Int(memory_mb), origin)
}

/// What a worker of a framework usually takes, with one large library where the application loads
/// one that was not measured.
fn usual_memory(facts: &Facts, base_mb: i64, what: &str) -> Fact {
    let library = facts.get(vocabulary::CODE_LARGE_LIBRARY);
    let Some((library, name)) = library.and_then(|it| Some((it, it.text()?))) else {
        let source = format!("{base_mb} MB per worker ({what})");
        return Fact::known(Value::Int(base_mb), Origin::new(OriginKind::Assumed, source));
    };
    let memory_mb = base_mb + MEMORY_OF_LIBRARY_MB;
    let source = format!("{memory_mb} MB per worker ({what} that loads `{name}`)");
    let origin = Origin::new(OriginKind::Assumed, source);
    let input = vocabulary::CODE_LARGE_LIBRARY.name();
    Fact::known(Value::Int(memory_mb), origin.with_input(input, library.clone()))
}

fn title(framework: &str) -> &'static str {
    match framework {
        "django" => "Django",
        "flask" => "Flask",
        "fastapi" => "FastAPI",
        _ => "Celery",
    }
}

/// Sets `id` to the product of two facts: exact, a range, or unknown as they are.
fn product(facts: &mut Facts, id: FactId, left: FactId, right: FactId, formula: &str) {
    let (Some(a), Some(b)) = (facts.get(left), facts.get(right)) else { return };
    let state = a.state.map2_number(&b.state, |a, b| a * b);
    let origin = Origin::new(OriginKind::Derived, formula)
        .with_input(left.name(), a.clone())
        .with_input(right.name(), b.clone());
    let span = facts.span(left);
    facts.set(id, Fact::new(state, origin));
    if let Some(span) = span {
        facts.anchor(id, span);
    }
}

/// Whether the CPUs that a program sees took part in the number of workers.
fn workers_from_cpu_count(facts: &mut Facts) {
    let Some(workers) = facts.get(vocabulary::WORKERS) else { return };
    let from_cpus = uses_cpu_count(&workers.origin);
    let origin = Origin { inputs: Vec::new(), ..workers.origin.clone() };
    let fact = match &workers.state {
        State::Unknown(unknown) if !from_cpus => Fact::unknown(unknown.clone(), origin),
        _ => Fact::known(Value::Bool(from_cpus), origin),
    };
    facts.set(vocabulary::WORKERS_FROM_CPU_COUNT, fact);
}

fn uses_cpu_count(origin: &Origin) -> bool {
    let is_count = |name: &str| name.contains("cpu_count") || name == commands::VISIBLE_CPUS;
    origin.inputs.iter().any(|it| is_count(&it.name) || uses_cpu_count(&it.fact.origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: i64) -> Fact {
        Fact::known(Value::Int(value), Origin::new(OriginKind::Default, "test"))
    }

    fn server(name: &str) -> Facts {
        let mut facts = Facts::new();
        let origin = Origin::new(OriginKind::Default, "test");
        facts.set(vocabulary::SERVER, Fact::known(Value::Text(name.to_owned()), origin));
        facts
    }

    #[test]
    fn memory_is_workers_times_memory_per_worker() {
        let mut facts = server("gunicorn");
        facts.set(vocabulary::WORKERS, written(9));
        facts.set(vocabulary::MEMORY_PER_WORKER_MB, written(100));
        derive(&mut facts);
        assert_eq!(facts.get(vocabulary::MEMORY_NEEDED_MB).and_then(Fact::int), Some(900));
    }

    #[test]
    fn what_works_on_jobs_beside_the_server_takes_memory_too() {
        let mut facts = server("gunicorn");
        facts.set(vocabulary::WORKERS, written(2));
        facts.set(vocabulary::MEMORY_PER_WORKER_MB, written(100));
        let names = ["celery", "sleep"].map(|it| Value::Text(it.to_owned()));
        let origin = Origin::new(OriginKind::Written, "test");
        facts.set(vocabulary::BACKGROUND, Fact::known(Value::List(names.to_vec()), origin));
        derive(&mut facts);
        let needed = facts.get(vocabulary::MEMORY_NEEDED_MB).map(|it| it.state.clone());
        assert_eq!(needed, Some(State::Range { min: 200.0, max: 200.0 + MEMORY_OF_JOBS_MB_MAX }));
    }

    #[track_caller]
    fn check_per_worker(framework: &str, imports_mb: i64, expect: i64) {
        let mut facts = server("gunicorn");
        let origin = Origin::new(OriginKind::Default, "test");
        facts.set(
            vocabulary::FRAMEWORK,
            Fact::known(Value::Text(framework.to_owned()), origin.clone()),
        );
        let imports = Origin::new(OriginKind::Assumed, format!("it {imports_mb} MB"));
        facts.set(vocabulary::PACKAGES_IMPORTED_MB, Fact::known(Value::Int(imports_mb), imports));
        derive(&mut facts);
        let memory = facts.get(vocabulary::MEMORY_PER_WORKER_MB).unwrap();
        assert_eq!(memory.int(), Some(expect), "{memory:?}");
        assert!(memory.origin.is_assumed());
    }

    #[test]
    fn what_is_imported_adds_to_what_a_framework_has_room_for() {
        let django = i64::from(weights::with_interpreter(Some("django")));
        assert!((25..60).contains(&django), "{django} MB");
        check_per_worker("django", 10, 128);
        check_per_worker("django", 400, django + 400 + WORKING_MB);
    }

    #[test]
    fn a_range_of_workers_gives_a_range_of_memory() {
        let mut facts = server("gunicorn");
        let origin = Origin::new(OriginKind::Default, "test");
        let range = State::Range { min: 2.0, max: 4.0 };
        facts.set(vocabulary::WORKERS, Fact::new(range, origin));
        facts.set(vocabulary::MEMORY_PER_WORKER_MB, written(100));
        derive(&mut facts);
        let needed = facts.get(vocabulary::MEMORY_NEEDED_MB).map(|it| it.state.clone());
        assert_eq!(needed, Some(State::Range { min: 200.0, max: 400.0 }));
    }

    #[test]
    fn a_program_that_does_not_fork_needs_nothing_that_we_know() {
        let mut facts = server("daphne");
        facts.set(vocabulary::WORKERS, written(1));
        derive(&mut facts);
        assert!(facts.get(vocabulary::MEMORY_NEEDED_MB).is_none());
    }
}
