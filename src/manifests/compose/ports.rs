//! Ports of the host that lead to a service, and the restart policy: what compose does by itself.
//!
//! Source: <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports>

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::read;
use crate::project::Facts;
use crate::vocabulary as v;

/// The address that a port is open on when the file names none.
const EVERYWHERE: &str = "0.0.0.0";

/// Sets the ports that are published, and when the container is started again.
pub(super) fn facts(service: &Node, facts: &mut Facts) {
    let ports = match service.get("ports") {
        Some(node) => {
            let all: Option<Vec<String>> = node.elements().iter().map(published).collect();
            let origin = Origin::written(node.span, "`ports` of the service");
            match all {
                Some(all) => {
                    Fact::known(Value::List(all.into_iter().map(Value::Text).collect()), origin)
                }
                None => {
                    Fact::unknown(Unknown::because("a port is not written as plain text"), origin)
                }
            }
        }
        None => Fact::known(
            Value::List(Vec::new()),
            Origin::new(OriginKind::Default, "the service has no `ports`"),
        ),
    };
    facts.set(v::PUBLISHED_PORTS, ports);
    let policy = service.get("restart").filter(|it| read::scalar_text(it).is_some());
    let policy = match policy {
        // `restart: no` is the boolean of YAML 1.1 to some readers, and means the word.
        Some(node) if node.as_str().is_none() => Fact::known(
            Value::Text("no".to_owned()),
            Origin::written(node.span, "`restart` of the service"),
        ),
        Some(node) => read::written(node, "`restart` of the service"),
        None if service.get("deploy").is_some_and(|it| it.get("restart_policy").is_some()) => {
            return;
        }
        None => Fact::known(
            Value::Text("no".to_owned()),
            Origin::new(OriginKind::Default, "compose default"),
        ),
    };
    facts.set(v::RESTART_POLICY, policy);
}

/// `8000`, `80:8000`, `127.0.0.1:80:8000/tcp`, `"[::1]:80:8000"`, or a table. The port is `*` where
/// Docker picks one.
fn published(node: &Node) -> Option<String> {
    if node.get("target").is_some() {
        let address = node.get("host_ip").map_or(Some(EVERYWHERE), Node::as_str)?;
        let port = node.get("published").map_or(Some("*".to_owned()), read::scalar_text)?;
        return plain(format!("{address}:{port}"));
    }
    let text = read::scalar_text(node)?;
    let text = text.split('/').next().unwrap_or_default();
    let Some((before, _)) = text.rsplit_once(':') else {
        return plain(format!("{EVERYWHERE}:*")).filter(|_| !text.contains('$'));
    };
    plain(match before.rsplit_once(':') {
        Some((address, port)) => format!("{}:{port}", address.trim_matches(['[', ']'])),
        None => format!("{EVERYWHERE}:{before}"),
    })
}

/// The parts of a mount: source and target, or a target alone. A colon inside of `${…}` parts nothing.
pub(super) fn mount_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, it) in text.char_indices() {
        match it {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Compose fills in variables from the environment that it is started in.
fn plain(text: String) -> Option<String> {
    (!text.contains('$')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{NodeKind, Text};
    use crate::source::{SourceMap, Span};

    fn check(text: &str, expect: Option<&str>) {
        let span = Span::start_of(SourceMap::new().add("x", ""));
        let node = Node::new(NodeKind::String(Text::new(text, span, Vec::new())), span);
        assert_eq!(published(&node).as_deref(), expect, "{text}");
    }

    #[test]
    fn a_default_of_a_variable_parts_no_mount() {
        assert_eq!(mount_parts("${DIR:-./x}/a:/data:ro"), ["${DIR:-./x}/a", "/data", "ro"]);
        assert_eq!(mount_parts("/data"), ["/data"]);
    }

    #[test]
    fn ports_are_read_in_every_short_form() {
        check("8000", Some("0.0.0.0:*"));
        check("80:8000", Some("0.0.0.0:80"));
        check("127.0.0.1:80:8000/tcp", Some("127.0.0.1:80"));
        check("[::1]:80:8000", Some("::1:80"));
        check("127.0.0.1::8000", Some("127.0.0.1:"));
        check("${PORT}:8000", None);
        check("${PORT:-80}:8000", None);
    }
}
