//! What it means that no file, no default and no platform says a fact.
//!
//! Most facts are about something that may not be there: a worker has no router, a function has no
//! workers. Rules about them do not apply, and nobody is told. The others apply and are open: a
//! person can say them.

use crate::fact::{Fact, State, Unknown};
use crate::project::Facts;
use crate::vocabulary::{self as v, FactId};

/// Why a fact is absent.
#[derive(Clone, Debug, PartialEq)]
pub enum Absence {
    /// It is about something that is not there.
    NotApplicable,
    /// It follows from another fact that is not known.
    Follows(FactId, Unknown),
    /// It is there, and nothing says it.
    Unsaid,
}

/// What the command, once it is followed to the program that stays, says of that program.
const OF_PROGRAM: &[FactId] = &[
    v::SERVES,
    v::DEV_SERVER,
    v::APP,
    v::FRAMEWORK,
    v::INTERFACE,
    v::WORKERS,
    v::THREADS,
    v::WORKER_CLASS,
    v::WORKER_CONNECTIONS,
    v::CONCURRENCY,
    v::TIMEOUT_S,
    v::GRACEFUL_TIMEOUT_S,
    v::KEEPALIVE_S,
    v::MAX_REQUESTS,
    v::MAX_REQUESTS_JITTER,
    v::PRELOAD,
    v::BIND,
    v::BIND_HOST,
    v::PORT,
    v::RELOAD,
    v::WORKER_TMP_DIR,
    v::WORKERS_FROM_CPU_COUNT,
    v::MEMORY_PER_WORKER_MB,
    v::MEMORY_NEEDED_MB,
];

/// What the settings of a Django project always say, if they are found.
const OF_DJANGO: &[FactId] = &[v::APP_LIMITS_DEBUG, v::DATABASE_CONN_MAX_AGE_S];

/// What each machine has.
const OF_MACHINE: &[FactId] = &[v::MACHINE_MEMORY_MB, v::MACHINE_VISIBLE_CPUS];

/// What a plan may leave out on purpose: some pay for a share of a host, not for CPUs, and some have
/// no price of their own.
const OF_PLAN: &[FactId] = &[v::MACHINE_CPUS, v::MACHINE_PRICE_USD_MONTH];

/// What most platforms have for a process that serves, each with its own value.
const OF_ROUTER: &[FactId] = &[
    v::ROUTER_REQUEST_TIMEOUT_S,
    v::ROUTER_IDLE_TIMEOUT_S,
    v::ROUTER_KEEPALIVE_TIMEOUT_S,
    v::ROUTER_BODY_LIMIT_MB,
    v::HEALTH_CHECK_PATH,
    v::HEALTH_CHECK_INTERVAL_S,
    v::HEALTH_CHECK_TIMEOUT_S,
    v::HEALTH_CHECK_GRACE_S,
    v::BOOT_TIMEOUT_S,
];

/// What most platforms have for each process.
const OF_PLATFORM: &[FactId] = &[v::MACHINE_PLAN, v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S];

/// Kinds of process that run once, or once for each request: nobody chooses how many run.
const NOT_SCALED: &[&str] = &["release", "cron", "function"];

impl Facts {
    /// Why a fact is not there.
    pub fn absence(&self, id: FactId) -> Absence {
        let kind = self.get(v::KIND).and_then(Fact::text);
        let is_function = kind == Some("function");
        match id {
            id if OF_PROGRAM.contains(&id) && !is_function => self.of_program(),
            id if OF_DJANGO.contains(&id) => self.of_django(),
            v::SHELL_IS_PID1 => self.follows(v::COMMAND, Absence::NotApplicable),
            id if OF_MACHINE.contains(&id) && !is_function => {
                self.follows(v::PLATFORM, Absence::Unsaid)
            }
            id if OF_PLAN.contains(&id) && !is_function => {
                let is_planned = self.get(v::MACHINE_PLAN).is_some_and(|it| it.text().is_some());
                let known = if is_planned { Absence::NotApplicable } else { Absence::Unsaid };
                self.follows(v::PLATFORM, known)
            }
            v::SCALE_MIN | v::SCALE_MAX if !kind.is_some_and(|it| NOT_SCALED.contains(&it)) => {
                self.follows(v::PLATFORM, Absence::Unsaid)
            }
            id if OF_ROUTER.contains(&id) && kind.is_none_or(|it| it == "web") => {
                self.follows(v::PLATFORM, Absence::NotApplicable)
            }
            id if OF_PLATFORM.contains(&id) && !is_function => {
                self.follows(v::PLATFORM, Absence::NotApplicable)
            }
            id if id.def().is_trait() => self.follows(v::PLATFORM, Absence::NotApplicable),
            v::PLATFORM | v::REGION | v::PRICE_USD_MONTH => Absence::Unsaid,
            _ => Absence::NotApplicable,
        }
    }

    /// Why a setting is not there. Those of an application are in capital letters.
    pub fn absence_of_setting(&self, name: &str) -> Absence {
        match name.starts_with(|it: char| it.is_ascii_uppercase()) {
            true => self.of_django(),
            false => self.of_program(),
        }
    }

    /// A program that is not known may have everything. One that is known only because somebody said
    /// so has settings that nobody has seen.
    fn of_program(&self) -> Absence {
        let Some(server) = self.get(v::SERVER) else { return Absence::NotApplicable };
        let is_unseen = server.text().is_some_and(|it| v::OF_APPLICATIONS.contains(&it))
            && server.overridden.iter().any(|it| matches!(it.state, State::Unknown(_)));
        let known = if is_unseen { Absence::Unsaid } else { Absence::NotApplicable };
        self.follows(v::SERVER, known)
    }

    fn of_django(&self) -> Absence {
        match self.get(v::FRAMEWORK) {
            Some(framework) if framework.text() == Some("django") => Absence::Unsaid,
            Some(_) => self.follows(v::FRAMEWORK, Absence::NotApplicable),
            None => self.absence(v::FRAMEWORK),
        }
    }

    /// As unknown as `other`, or else `known`.
    fn follows(&self, other: FactId, known: Absence) -> Absence {
        let open = self.get(other).and_then(Fact::open);
        open.map_or(known, |it| Absence::Follows(other, it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Origin, OriginKind, Value};

    fn facts(known: &[(FactId, &str)], unknown: &[FactId]) -> Facts {
        let origin = || Origin::new(OriginKind::Default, "test");
        let mut facts = Facts::new();
        for (id, text) in known {
            facts.set(*id, Fact::known(Value::Text((*text).to_owned()), origin()));
        }
        for id in unknown {
            facts.set(*id, Fact::unknown(Unknown::because("nobody says it"), origin()));
        }
        facts
    }

    #[track_caller]
    fn check(facts: &Facts, id: FactId, expect: &str) {
        let absence = match facts.absence(id) {
            Absence::NotApplicable => "not applicable".to_owned(),
            Absence::Follows(other, _) => format!("follows {}", other.name()),
            Absence::Unsaid => "unsaid".to_owned(),
        };
        assert_eq!(absence, expect, "{}", id.name());
    }

    #[test]
    fn a_worker_has_no_router_and_a_function_no_server() {
        let worker = facts(&[(v::KIND, "worker"), (v::PLATFORM, "fly")], &[]);
        check(&worker, v::ROUTER_REQUEST_TIMEOUT_S, "not applicable");
        check(&worker, v::MACHINE_MEMORY_MB, "unsaid");
        check(&worker, v::SCALE_MAX, "unsaid");
        let function = facts(&[(v::KIND, "function")], &[v::PLATFORM, v::SERVER]);
        check(&function, v::WORKERS, "not applicable");
        check(&function, v::MACHINE_MEMORY_MB, "not applicable");
        check(&function, v::SCALE_MAX, "not applicable");
    }

    #[test]
    fn what_an_unknown_platform_or_program_decides_is_as_unknown_as_it_is() {
        let web = facts(&[(v::KIND, "web")], &[v::PLATFORM, v::SERVER, v::COMMAND]);
        check(&web, v::ROUTER_REQUEST_TIMEOUT_S, "follows platform");
        check(&web, v::MACHINE_MEMORY_MB, "follows platform");
        check(&web, v::WORKERS, "follows server");
        check(&web, v::APP_LIMITS_DEBUG, "follows server");
        check(&web, v::SHELL_IS_PID1, "follows command");
        check(&web, v::PROXY_BODY_LIMIT_MB, "not applicable");
        let web = facts(&[(v::KIND, "web"), (v::SERVER, "nginx")], &[]);
        check(&web, v::WORKERS, "not applicable");
    }

    #[test]
    fn a_server_that_somebody_names_has_settings_that_nobody_has_seen() {
        let named = |server: &str| {
            let mut facts = facts(&[(v::FRAMEWORK, "django")], &[v::SERVER]);
            let unknown = facts.get(v::SERVER).cloned().expect("it was set");
            let origin = Origin::new(OriginKind::Written, "opslint.toml");
            let stated = Fact::known(Value::Text(server.to_owned()), origin);
            facts.set(v::SERVER, stated.over(unknown));
            facts
        };
        check(&named("gunicorn"), v::WORKERS, "unsaid");
        check(&named("gunicorn"), v::APP_LIMITS_DEBUG, "unsaid");
        check(&named("nginx"), v::WORKERS, "not applicable");
    }
}
