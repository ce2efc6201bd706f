//! What a process is for, where its server says more than its manifest.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::Facts;
use crate::vocabulary;

/// What was taken for a worker, since nothing names its ports, is a web process when its server
/// answers requests: a proxy beside it passes them on.
pub(super) fn web_by_server(facts: &mut Facts, server: &Origin) {
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if guessed.and_then(Fact::text) == Some("worker") {
        let source = "its server answers requests";
        let origin = Origin { span: server.span, ..Origin::new(OriginKind::Derived, source) };
        facts.set(vocabulary::KIND, Fact::known(Value::Text("web".to_owned()), origin));
    }
}

/// What a name alone made a web process is a worker when its server works on jobs: a unit `shop`
/// that starts celery answers no request.
pub(super) fn worker_by_server(facts: &mut Facts, server: &Origin) {
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if guessed.and_then(Fact::text) == Some("web") {
        let source = "its server works on jobs";
        let origin = Origin { span: server.span, ..Origin::new(OriginKind::Derived, source) };
        facts.set(vocabulary::KIND, Fact::known(Value::Text("worker".to_owned()), origin));
    }
}
