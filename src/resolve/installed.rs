//! What follows from the packages that are installed.

use std::collections::BTreeSet;

use crate::apps::{self, Application};
use crate::fact::{Fact, GapKind, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::Launch;
use crate::packages::{self, Needed, Packages, weights};
use crate::programs::Server;
use crate::project::{Environment, Facts, Lookup};
use crate::python::JOB_PACKAGES;
use crate::vocabulary as v;
use crate::workspace::Workspace;

use super::queues;

/// Least memory of a package, in megabytes, for which code is read to see whether it is imported.
const HEAVY_MIN_MB: u32 = 5;

/// Most packages that are named one by one.
const NAMED_MAX: usize = 3;

/// What is known of the packages that code and settings ask for: which of them take much memory
/// where they are imported, and which are not there.
pub(super) struct Heavy {
    names: BTreeSet<&'static str>,
    /// What code and settings may ask for that is certainly not installed.
    lacking: Vec<&'static Needed>,
    /// Whether one of them loads models.
    loads_models: bool,
    /// Whether one of them hands jobs to workers.
    sends_jobs: bool,
    /// The package whose green threads serve where a server takes what is installed: null for none.
    green: Option<Option<&'static str>>,
}

/// Packages with green threads, the one that Flask-SocketIO prefers first.
///
/// Source: `engineio.base_server.BaseServer.async_modes` (4.15.1)
const GREEN: &[&str] = &["eventlet", "gevent"];

/// What is heavy of the packages that are `asked` for, and what those that are `installed` lack.
pub(super) fn heavy(asked: &Packages, installed: Option<&Packages>) -> Heavy {
    let names = asked.iter().filter_map(|it| weights::heavier(&it.name, HEAVY_MIN_MB));
    let loads_models = asked.iter().any(|it| apps::brings_loader(&it.name));
    let sends_jobs = asked.iter().any(|it| JOB_PACKAGES.contains(&it.name.as_str()));
    let lacking = installed.map(packages::lacking).unwrap_or_default();
    let first = GREEN.iter().find(|it| asked.get(it).is_some());
    let has_none = || installed.is_some_and(|it| it.lack(GREEN));
    let green = first.map(|it| Some(*it)).or_else(|| has_none().then_some(None));
    Heavy { names: names.collect(), loads_models, sends_jobs, lacking, green }
}

impl Heavy {
    /// What code and settings may ask for that is certainly not installed.
    pub(super) fn lacking(&self) -> &[&'static Needed] {
        &self.lacking
    }

    /// The package whose green threads serve where a server takes what is installed; `Some(None)`
    /// where there is certainly none, and `None` where that is not known.
    pub(super) fn green(&self) -> Option<Option<&'static str>> {
        self.green
    }

    /// `packages.imported_mb`: what the imports of the application add to each worker; and
    /// `code.model`, where they load one, and `code.sends_jobs`.
    pub(super) fn imported(
        &self,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
        cpus: &Fact,
        (server, application): (&Server, &mut Application),
    ) {
        if self.names.is_empty() && !self.loads_models && !self.sends_jobs {
            return;
        }
        let wanted = |dotted: &str| {
            let module = weights::module_of(dotted)?;
            weights::is_of(module, &self.names).then(|| module.to_owned())
        };
        let wanted = (&wanted as apps::WantedModule<'_>, self.sends_jobs);
        let apps::Loaded { modules: found, model, jobs, sent } =
            apps::imports(workspace, launch, cpus, (server, application), wanted);
        if let Some((name, span)) = jobs {
            let origin = Origin::written(span, "a call that sends a job");
            let fact = Fact::known(Value::Text(name.to_owned()), origin);
            application.facts.set(v::CODE_SENDS_JOBS, fact);
        }
        queues::sent(&mut application.facts, &sent);
        if let Some((name, span)) = model {
            let origin = Origin::written(span, "a call while the application is loaded");
            application.facts.set(v::CODE_MODEL, Fact::known(Value::Text(name), origin));
        }
        let framework = application.facts.get(v::FRAMEWORK).and_then(Fact::text);
        let loaded = weights::loaded(found.keys().map(String::as_str), framework);
        let mut parts: Vec<_> = loaded.into_values().collect();
        parts.sort_by_key(|(weight, _)| (std::cmp::Reverse(weight.memory_mb), &weight.name));
        let total: u32 = parts.iter().map(|it| it.0.memory_mb).sum();
        if total < HEAVY_MIN_MB {
            return;
        }
        let mut named: Vec<String> = parts
            .iter()
            .take(NAMED_MAX)
            .map(|(weight, _)| format!("{} {} MB", weight.name, weight.memory_mb))
            .collect();
        if parts.len() > NAMED_MAX {
            let rest: u32 = parts.iter().skip(NAMED_MAX).map(|it| it.0.memory_mb).sum();
            named.push(format!("others {rest} MB"));
        }
        let mut origin = Origin::new(OriginKind::Assumed, named.join(", "));
        origin.span = parts.first().and_then(|(_, module)| found.get(*module).copied());
        for (weight, module) in &parts {
            let source = format!("version {}, measured alone", weight.version);
            let span = found.get(*module).copied();
            let part = Origin { span, ..Origin::new(OriginKind::Derived, source) };
            let memory = Fact::known(Value::Int(i64::from(weight.memory_mb)), part);
            origin = origin.with_input(&weight.name, memory);
        }
        application
            .facts
            .set(v::PACKAGES_IMPORTED_MB, Fact::known(Value::Int(total.into()), origin));
    }
}

/// Frameworks by the packages that they are.
const FRAMEWORKS: &[&str] = &[
    "django",
    "flask",
    "fastapi",
    "litestar",
    "quart",
    "sanic",
    "falcon",
    "bottle",
    "tornado",
    "blacksheep",
    "robyn",
];

/// The framework of an application that is not seen: the only one that is installed. Which one an
/// application is made with is an assumption, for a package may be there for something else.
pub(super) fn framework(facts: &mut Facts, packages: Option<&Packages>) {
    let is_known = facts.get(v::FRAMEWORK).is_some_and(|it| it.value().is_some());
    let (false, Some(packages)) = (is_known, packages) else { return };
    if facts.get(v::APP).is_none() {
        return;
    }
    let mut installed = FRAMEWORKS.iter().filter_map(|it| packages.get(it));
    let (Some(one), None) = (installed.next(), installed.next()) else { return };
    let mut origin =
        Origin::new(OriginKind::Assumed, format!("`{}` is the one that is installed", one.name));
    origin.span = Some(one.span);
    facts.set(v::FRAMEWORK, Fact::known(Value::Text(one.name.clone()), origin));
}

/// Adds `framework_major_max`, where something keeps newer versions of the framework out.
pub(super) fn framework_major(facts: &mut Facts, packages: &Packages) {
    let Some(framework) = facts.get(v::FRAMEWORK).and_then(Fact::text) else { return };
    let Some(package) = packages.get(framework) else { return };
    let Some(major) = package.major_max.and_then(|it| i64::try_from(it).ok()) else { return };
    let origin = Origin::written(package.span, format!("the versions of `{framework}`"));
    facts.set(v::FRAMEWORK_MAJOR_MAX, Fact::known(Value::Int(major), origin));
}

/// Drivers of PostgreSQL.
const POSTGRES: &[&str] =
    &["asyncpg", "pg8000", "psycopg", "psycopg-binary", "psycopg2", "psycopg2-binary"];

/// Sets `DATABASE_URL` as far as it is known where the platform sets it: with a database that the
/// deployment asks for, or, which is an assumption, with a driver of it among the packages.
pub(super) fn database_url(deployment: &Facts, packages: &Packages, environment: &mut Environment) {
    const NAME: &str = "DATABASE_URL";
    let scheme = deployment.get(v::PLATFORM_DATABASE_SCHEME);
    let driver = POSTGRES.iter().find_map(|it| packages.get(it));
    let (Some(scheme), Some(driver), Lookup::Unmentioned) = (scheme, driver, environment.get(NAME))
    else {
        return;
    };
    let Some(text) = scheme.text() else { return };
    let is_asked_for = deployment.get(v::DATABASE_PLAN);
    let origin = match is_asked_for {
        Some(plan) => Origin {
            source: format!("the platform sets `{NAME}`"),
            span: plan.origin.span,
            ..scheme.origin.clone()
        },
        None => {
            let source = format!("a database is attached, as `{}` is installed", driver.name);
            Origin { span: Some(driver.span), ..Origin::new(OriginKind::Assumed, source) }
        }
    };
    let origin = origin.with_input(v::PLATFORM_DATABASE_SCHEME.name(), scheme.clone());
    let reason = format!("the platform sets `{NAME}`");
    let rest = Unknown::because(reason).of_kind(GapKind::AtStart);
    let parts = vec![TextPart::Known(format!("{text}://")), TextPart::Unknown(rest)];
    environment.set(NAME, Fact::new(State::Pattern(parts), origin));
}

/// Takes `code.database_dialect` out, but where the version of SQLAlchemy lacks it: 1.4 and later.
pub(super) fn database_dialect(facts: &mut Facts, packages: &Packages) {
    let is_old = |it: &packages::Package| {
        let version = it.version.as_deref().unwrap_or_default();
        let mut numbers = version.split('.').map(|it| it.parse::<u64>().ok());
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) => (major, minor) < (1, 4),
            // Which of the versions before 2 it is, nobody knows.
            _ => it.major_max.is_some_and(|it| it < 2),
        }
    };
    let brings = ["sqlalchemy", "flask-sqlalchemy", "sqlmodel"];
    let is_there = brings.iter().any(|it| packages.get(it).is_some());
    if !is_there || packages.get("sqlalchemy").is_some_and(is_old) {
        facts.remove(v::CODE_DATABASE_DIALECT);
    }
}

/// Servers whose package has another name.
const PACKAGES: &[(&str, &str)] = &[("celery-beat", "celery"), ("django-q", "django-q2")];

/// Adds `server_version`, where the package of the server is pinned.
pub(super) fn server_version(facts: &mut Facts, packages: Option<&Packages>) {
    let Some(server) = facts.get(v::SERVER).and_then(Fact::text) else { return };
    let named = PACKAGES.iter().find(|it| it.0 == server).map_or(server, |it| it.1);
    let Some(package) = packages.and_then(|it| it.get(named)) else { return };
    let Some(version) = package.version.clone() else { return };
    let origin = Origin::written(package.span, format!("the version of `{named}`"));
    facts.set(v::SERVER_VERSION, Fact::known(Value::Text(version), origin));
}
