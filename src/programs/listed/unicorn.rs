//! Unicorn: what its flags say, else the configuration file that `-c` names. It reads none by itself.
//!
//! Source: unicorn 6.0.0 of Debian 12, `lib/unicorn/configurator.rb`, `bin/unicorn`

use super::puma::{self, Settings, UNICORN};
use crate::fact::{Fact, OriginKind, Unknown, Value};
use crate::launch::Launch;
use crate::programs::{Server, default_fact, one_for_each_worker};
use crate::vocabulary::{self as v, FactId};
use crate::workspace::Workspace;

/// Settings with their facts and defaults; those of the command line win.
const SETTINGS: &[(&str, &str, FactId, Value)] = &[
    ("worker_processes", "workers", v::WORKERS, Value::Int(1)),
    ("timeout", "timeout", v::TIMEOUT_S, Value::Int(60)),
    ("preload_app", "preload_app", v::PRELOAD, Value::Bool(false)),
];

/// Sets workers, timeout, preloading and address.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    // Of several files, the last one counts.
    let settings = match launch.values_of(&["-c", "--config-file"]).pop() {
        Some(Some(path)) => puma::named_file(workspace, &UNICORN, launch, cpus, &path),
        Some(None) => {
            Settings::hidden(Unknown::because("which configuration Unicorn reads is not known"))
        }
        None => Settings::none(),
    };
    for (name, setting, id, default) in SETTINGS {
        let fact = settings.or_default(setting, default_fact(default.clone(), "Unicorn"));
        server.settings.insert((*name).to_owned(), fact.clone());
        server.facts.set(*id, fact);
    }
    let listens = server.settings.get("listen").cloned();
    let given = |server: &Server, name: &str| {
        let fact = server.settings.get(name).cloned();
        fact.filter(|it| it.origin.kind == OriginKind::Written)
    };
    let is_default = |it: &Fact| it.value() == Some(&Value::Null);
    let (host, port) = match listens.filter(|it| !is_default(it)) {
        Some(listen) => crate::programs::settle::address(&listen, None),
        None => {
            let host = default_fact(Value::Text("0.0.0.0".to_owned()), "Unicorn");
            let own = |server: &Server, name, default| {
                given(server, name).unwrap_or_else(|| settings.or_default(name, default))
            };
            let port = own(server, "port", default_fact(Value::Int(8080), "Unicorn"));
            (own(server, "host", host), port)
        }
    };
    server.facts.set(v::BIND_HOST, host);
    server.facts.set(v::PORT, port);
    server.facts.set(v::THREADS, default_fact(Value::Int(1), "Unicorn"));
    one_for_each_worker(server);
}
