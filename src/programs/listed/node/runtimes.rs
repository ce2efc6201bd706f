//! Where the servers of Bun and Deno listen, which are a part of the runtime.
//!
//! Sources: <https://bun.com/docs/api/http#changing-the-port-and-hostname> (1.3: `BUN_PORT`, `PORT`,
//! `NODE_PORT`, else 3000), <https://docs.deno.com/api/deno/~/Deno.serve> (2.5: 8000 on `0.0.0.0`)

use std::ops::Range;

use super::{Called, Script};
use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::Lookup;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// The server of a runtime.
pub(super) struct Runtime {
    /// What is called.
    call: &'static str,
    /// Variables with the port where the call names none; the first that is set counts.
    variables: &'static [&'static str],
    /// The port without them.
    port: i64,
}

const RUNTIMES: &[Runtime] = &[
    Runtime { call: "Bun.serve", variables: &["BUN_PORT", "PORT", "NODE_PORT"], port: 3000 },
    Runtime { call: "Deno.serve", variables: &[], port: 8000 },
];

impl Script {
    /// The one call of a runtime that makes a server.
    pub(super) fn serves(&self) -> Option<(&'static Runtime, Called)> {
        RUNTIMES.iter().find_map(|runtime| {
            let mut calls = self.calls(runtime.call);
            let call = calls.pop()?;
            calls.is_empty().then_some((runtime, call))
        })
    }

    /// Sets where the server of the runtime listens.
    pub(super) fn served(
        &self,
        server: &mut Server,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
    ) {
        let Some((runtime, (at, given))) = self.serves() else { return };
        let options = given.first().filter(|it| self.text(it).starts_with('{'));
        if options.is_some_and(|it| self.text(it).contains("...")) {
            return;
        }
        let option = |key: &str| self.option(&given, 0, key);
        let is_unix = option("unix").is_some() || option("path").is_some();
        // A name that is given may be the options, and not the function.
        let is_function = |it: &Range<usize>| {
            let text = self.text(it);
            text.contains("=>") || text.contains(".fetch") || text.starts_with("handle")
        };
        if is_unix || options.is_none() && !given.first().is_some_and(is_function) {
            return;
        }
        let port = match option("port") {
            Some(value) => self.number_of(&value, workspace, launch),
            None => Some(runtime.usual(launch)),
        };
        let Some(port) = port else { return };
        server.facts.set(v::PORT, port);
        let host = match option("hostname") {
            None => {
                let all = Value::Text("0.0.0.0".to_owned());
                Some(self.fact(at, all, "where none is named"))
            }
            Some(value) => self.host_of(&value, workspace, launch),
        };
        if let Some(host) = host {
            server.facts.set(v::BIND_HOST, host);
        }
    }
}

impl Runtime {
    /// The port where the code names none.
    fn usual(&self, launch: &Launch) -> Fact {
        let given = self.variables.iter().find_map(|it| match launch.environment.get(it) {
            Lookup::Set(given) => Some(given.clone()),
            Lookup::Unset | Lookup::Unmentioned => None,
        });
        match given {
            Some(given) => {
                let port = given.text().and_then(|it| it.parse().ok());
                let state = port.map_or(given.state.clone(), |it| State::Known(Value::Int(it)));
                Fact { state, ..given }
            }
            None => {
                let source = format!("default of `{}`", self.call);
                Fact::known(Value::Int(self.port), Origin::new(OriginKind::Default, source))
            }
        }
    }
}
