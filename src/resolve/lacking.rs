//! Packages that options, settings and code ask for, and that are certainly not installed.

use crate::apps::{self, Application};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::packages::{MYSQL_ENGINE, Needed, POSTGRESQL_ENGINE};
use crate::programs::Server;
use crate::source::{SourceMap, Span};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Settings of Django that name modules of packages: one, or a list of them.
const NAMING: &[&str] = &[
    "INSTALLED_APPS",
    "MIDDLEWARE",
    "CACHES.default.BACKEND",
    "CHANNEL_LAYERS.default.BACKEND",
    "STORAGES.default.BACKEND",
    "STORAGES.staticfiles.BACKEND",
    "STATICFILES_STORAGE",
    "DEFAULT_FILE_STORAGE",
];

/// Django's own cache that asks for a package.
const REDIS_CACHE: &str = "django.core.cache.backends.redis.";

/// Adds what is asked for of `lacking`, each at the place that asks.
pub(super) fn facts(
    (workspace, launch, cpus): (&mut Workspace<'_>, &Launch, &Fact),
    lacking: &[&'static Needed],
    (server, application): (&Server, &mut Application),
) {
    if lacking.is_empty() {
        return;
    }
    let by_module = |module: &str| {
        let first = module.split('.').next().unwrap_or_default();
        lacking.iter().find(|it| it.module == first).map(|it| it.package)
    };
    if let Some(fact) = by_option(server, &by_module) {
        application.facts.set(v::PACKAGES_NEEDED_BY_OPTION, fact);
    }
    if let Some(fact) = by_broker(&workspace.sources, server, &by_module) {
        application.facts.set(v::PACKAGES_NEEDED_BY_BROKER, fact);
    }
    if let Some(fact) = by_database(application, lacking) {
        application.facts.set(v::PACKAGES_NEEDED_BY_DATABASE, fact);
    }
    let mut found = named(&workspace.sources, application, &by_module);
    found.retain(|(package, _)| {
        let module = lacking.iter().find(|it| it.package == *package).map(|it| it.module);
        module.is_some_and(|it| !apps::is_of_project((workspace, launch, cpus), server, it))
    });
    let modules: Vec<&'static str> = lacking.iter().map(|it| it.module).collect();
    let loads = (workspace, launch, cpus);
    for (module, span) in apps::required(loads, (server, application), &modules) {
        found.extend(by_module(module).map(|it| (it, Some(span))));
    }
    let Some(span) = found.first().map(|it| it.1) else { return };
    let mut names: Vec<&str> = found.iter().map(|it| it.0).collect();
    names.sort_unstable();
    names.dedup();
    let names = names.into_iter().map(|it| Value::Text(it.to_owned())).collect();
    let origin = Origin { span, ..Origin::new(OriginKind::Derived, "what the application loads") };
    let fact = Fact::known(Value::List(names), origin);
    application.facts.set(v::PACKAGES_NEEDED_BY_CODE, fact);
}

/// What the worker class, or another option of the server, is made of.
fn by_option<'a>(server: &Server, by_module: &impl Fn(&str) -> Option<&'a str>) -> Option<Fact> {
    let program = server.facts.get(v::SERVER).and_then(Fact::text)?;
    let mut asking = Vec::new();
    match program {
        "gunicorn" | "hypercorn" | "celery" => asking.extend(server.facts.get(v::WORKER_CLASS)),
        "uvicorn" => {
            asking.extend(["loop", "http"].iter().filter_map(|it| server.settings.get(it)))
        }
        _ => {}
    }
    asking.into_iter().find_map(|fact| {
        // `gevent_pywsgi` is a class of gevent's.
        let module = match fact.text()? {
            it if it.starts_with("gevent") => "gevent",
            it => it,
        };
        Some(needed(by_module(module)?, fact))
    })
}

/// What the transport of an address is made of.
fn by_broker<'a>(
    sources: &SourceMap,
    server: &Server,
    by_module: &impl Fn(&str) -> Option<&'a str>,
) -> Option<Fact> {
    let program = server.facts.get(v::SERVER).and_then(Fact::text)?;
    if !program.starts_with("celery") {
        return None;
    }
    let addresses =
        ["broker_url", "result_backend"].iter().filter_map(|it| server.settings.get(it));
    addresses.into_iter().find_map(|fact| {
        let address = fact.state.to_string();
        let module = match address.trim_matches(['"', '`']) {
            it if it.starts_with("redis://") || it.starts_with("rediss://") => "redis",
            it if it == "django-db" || it == "django-cache" => "django_celery_results",
            _ => return None,
        };
        let mut needed = needed(by_module(module)?, fact);
        needed.origin.span =
            fact.text().and_then(|it| place(sources, fact, it)).or(fact.origin.span);
        Some(needed)
    })
}

/// The driver of the default database.
fn by_database(application: &Application, lacking: &[&'static Needed]) -> Option<Fact> {
    let fact = application.settings.get("DATABASES.default.ENGINE")?;
    let engine = match fact.text()? {
        POSTGRESQL_ENGINE
        | "django.db.backends.postgresql_psycopg2"
        | "django.contrib.gis.db.backends.postgis" => POSTGRESQL_ENGINE,
        MYSQL_ENGINE | "django.contrib.gis.db.backends.mysql" => MYSQL_ENGINE,
        _ => return None,
    };
    let missing = lacking.iter().find(|it| it.module == engine)?;
    Some(needed(missing.package, fact))
}

/// What the settings of Django name.
fn named<'a>(
    sources: &SourceMap,
    application: &Application,
    by_module: &impl Fn(&str) -> Option<&'a str>,
) -> Vec<(&'a str, Option<Span>)> {
    let mut found = Vec::new();
    for fact in NAMING.iter().filter_map(|it| application.settings.get(it)) {
        // Where modules come from is changed by hand.
        if fact.origin.span.is_some_and(|it| sources.file(it.file).text().contains("sys.path")) {
            continue;
        }
        let names: Vec<&str> = match fact.value() {
            Some(Value::Text(one)) => vec![one.as_str()],
            Some(Value::List(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        for name in names {
            let module = if name.starts_with(REDIS_CACHE) { "redis" } else { name };
            if let Some(package) = by_module(module) {
                found.push((package, place(sources, fact, name)));
            }
        }
    }
    found
}

/// Where a name stands in quotes behind the setting that has it; else the setting.
fn place(sources: &SourceMap, fact: &Fact, name: &str) -> Option<Span> {
    let span = fact.origin.span?;
    let text = sources.file(span.file).text();
    let start = span.start as usize;
    let quoted = ['"', '\''].map(|it| format!("{it}{name}{it}"));
    let at = quoted.iter().filter_map(|it| Some((text.get(start..)?.find(it)?, it.len()))).min();
    Some(at.map_or(span, |(at, len)| Span::new(span.file, start + at, start + at + len)))
}

/// A package, at the place that asks for it.
fn needed(package: &str, asking: &Fact) -> Fact {
    Fact::known(Value::Text(package.to_owned()), asking.origin.clone())
}
