//! Sanic's command: the application that it serves, and as many processes as there are CPUs.
//!
//! Source: `sanic help --full` and sanic/cli of 25.12.1

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Word;
use crate::programs::Server;
use crate::vocabulary as v;

/// Sets the application, and the processes where `--fast` decides about them.
pub(super) fn facts(server: &mut Server, operands: &[Word], cpus: &Fact) {
    if let Some(app) = operands.first() {
        server.facts.set(v::APP, app.fact("the application in the command"));
    }
    let is_fast = server.settings.get("fast").and_then(Fact::value) == Some(&Value::Bool(true));
    if is_fast {
        let source = "Sanic starts one process for each CPU";
        let origin =
            Origin::new(OriginKind::Derived, source).with_input("cpu_count()", cpus.clone());
        server.facts.set(v::WORKERS, Fact::new(cpus.state.clone(), origin));
    }
}
