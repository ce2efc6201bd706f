//! The file whose function a platform calls: how large uploads may be, where they go, and what it
//! keeps open between calls.
//!
//! Sources: <https://github.com/expressjs/multer#limits>,
//! <https://expressjs.com/en/api.html#express.json>, <https://node-postgres.com/apis/pool>

use super::Script;
use super::text::is_outer;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::Facts;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Packages that read the body of requests: a `limit` in a file that loads none of them is another.
const READERS: &[&str] = &["express", "body-parser", "multer", "koa-body", "fastify"];

/// What the file of a handler (`src/app.handler`) says, and the files of the project that it loads.
/// The first that says something counts. `launch` has the folder of the code.
pub(crate) fn facts(workspace: &mut Workspace<'_>, handler: &str, launch: &Launch) -> Facts {
    let mut server = Server::default();
    let Some((name, _)) = handler.rsplit_once('.') else { return server.facts };
    let mut ends = ["", ".mjs", ".cjs", ".ts"].into_iter();
    let found = ends.find_map(|it| Script::open(workspace, &format!("{name}{it}"), launch));
    let Some(script) = found else { return server.facts };
    for script in script.with_loaded(workspace) {
        let mut own = Server::default();
        if reads_bodies(&script) {
            script.uploads(&mut own);
            limit(&mut own);
        }
        if let Some(pool) = script.pool() {
            own.facts.set(v::CONNECTIONS_PER_PROCESS, pool);
        }
        own.facts.extend(std::mem::take(&mut server.facts));
        server.facts = own.facts;
    }
    server.facts
}

/// Whether a script reads the body of requests, so that a `limit` in it is one of what comes.
pub(super) fn reads_bodies(script: &Script) -> bool {
    READERS.iter().any(|it| script.code.loads(it))
}

/// Files count towards what a function is given as well: whatever the limit is of, it is one of all
/// that comes.
fn limit(server: &mut Server) {
    if let Some(limit) = server.facts.get(v::APP_LIMITS_MEMORY_UPLOAD_MB).cloned() {
        server.facts.set(v::APP_LIMITS_UPLOAD_MB, limit);
    }
}

impl Script {
    /// A pool of connections to PostgreSQL that the module keeps. Of a function that works on one
    /// request at a time, one of them is in use.
    fn pool(&self) -> Option<Fact> {
        let (call, package) = ("new Pool(", "pg");
        let at = self.code.find(call).filter(|_| self.code.loads(package))?;
        let fact = self.fact(at..at + call.len() - 1, Value::Int(1), "a pool that is kept");
        let origin = Origin { kind: OriginKind::Derived, ..fact.origin };
        is_outer(&self.code, at).then_some(Fact { origin, ..fact })
    }
}
