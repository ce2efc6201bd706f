//! Ports of the host that lead to a service, and the restart policy: what compose does by itself.
//!
//! Source: <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports>

use super::interpolate::{self, Variables};
use crate::document::Node;
use crate::fact::{Fact, Input, Origin, OriginKind, Unknown, Value};
use crate::manifests::read;
use crate::project::Facts;
use crate::vocabulary as v;

/// The address that a port is open on when the file names none.
const EVERYWHERE: &str = "0.0.0.0";

/// Sets the ports that are published, and when the container is started again. `listens` are the
/// ports of the container that its program listens on; empty where that is not known. Compose fills
/// in `variables`.
pub(super) fn facts(service: &Node, listens: &[u16], variables: &Variables, facts: &mut Facts) {
    let (published, answered, targets) = match service.get("ports") {
        Some(node) => {
            let mut assumed = Vec::new();
            let mut read = |it: &Node| published(it, variables, &mut assumed);
            let all: Option<Vec<Published>> = node.elements().iter().map(&mut read).collect();
            let origin = || {
                let origin = Origin::written(node.span, "`ports` of the service");
                assumed
                    .iter()
                    .fold(origin, |it, input| it.with_input(input.name.clone(), input.fact.clone()))
            };
            let list = |of: Vec<&Published>| {
                let texts = of.into_iter().map(|it| Value::Text(it.host.clone()));
                Fact::known(Value::List(texts.collect()), origin())
            };
            match all {
                Some(all) => {
                    let leads = |it: &&Published| it.leads_to(listens);
                    let numbers: Option<Vec<Value>> = all
                        .iter()
                        .map(|it| it.target.parse::<u16>().ok().map(|it| Value::Int(it.into())))
                        .collect();
                    let range = || Unknown::because("a port of the container is a range");
                    let targets = match numbers {
                        Some(numbers) => Fact::known(Value::List(numbers), origin()),
                        None => Fact::unknown(range(), origin()),
                    };
                    (list(all.iter().collect()), list(all.iter().filter(leads).collect()), targets)
                }
                None => {
                    let reason = Unknown::because("a port is not written as plain text");
                    let open = Fact::unknown(reason, origin());
                    (open.clone(), open.clone(), open)
                }
            }
        }
        None => {
            let origin = Origin::new(OriginKind::Default, "the service has no `ports`");
            let none = Fact::known(Value::List(Vec::new()), origin);
            (none.clone(), none.clone(), none)
        }
    };
    facts.set(v::PUBLISHED_PORTS, published);
    facts.set(v::ANSWERED_PORTS, answered);
    facts.set(v::PUBLISHED_TARGETS, targets);
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

/// A port of the host that leads to a container.
struct Published {
    /// The address and port of the host. The port is `*` where Docker picks one.
    host: String,
    /// The port of the container, or a range of them.
    target: String,
}

impl Published {
    /// Whether one of these ports may be behind it.
    fn leads_to(&self, listens: &[u16]) -> bool {
        let Ok(target) = self.target.parse::<u16>() else { return true };
        listens.is_empty() || listens.contains(&target)
    }
}

/// `8000`, `80:8000`, `127.0.0.1:80:8000/tcp`, `"[::1]:80:8000"`, or a table. What is taken for
/// granted about variables goes into `assumed`.
fn published(node: &Node, variables: &Variables, assumed: &mut Vec<Input>) -> Option<Published> {
    let mut filled = |text: String| -> Option<String> {
        if !text.contains('$') {
            return Some(text);
        }
        let filled = interpolate::fill(&text, variables);
        assumed.extend(filled.assumed());
        filled.text().map(str::to_owned)
    };
    if let Some(target) = node.get("target") {
        let address = node.get("host_ip").map_or(Some(EVERYWHERE), Node::as_str)?;
        let port = node.get("published").map_or(Some("*".to_owned()), read::scalar_text)?;
        let host = filled(format!("{address}:{port}"))?;
        return Some(Published { host, target: filled(read::scalar_text(target)?)? });
    }
    let text = filled(read::scalar_text(node)?)?;
    let text = text.split('/').next().unwrap_or_default();
    let Some((before, target)) = text.rsplit_once(':') else {
        let host = format!("{EVERYWHERE}:*");
        return Some(Published { host, target: text.to_owned() });
    };
    let host = match before.rsplit_once(':') {
        Some((address, port)) => format!("{}:{port}", address.trim_matches(['[', ']'])),
        None => format!("{EVERYWHERE}:{before}"),
    };
    Some(Published { host, target: target.to_owned() })
}

/// What makes a port of a list the same as one of another: compose keeps the later of them. `None`
/// for one that is not known.
pub(super) fn identity(node: &Node) -> Option<(String, String, String)> {
    let found = published(node, &Variables::default(), &mut Vec::new())?;
    let protocol = match node.get("protocol") {
        Some(it) => it.as_str()?.to_owned(),
        None => {
            let text = read::scalar_text(node).unwrap_or_default();
            text.split_once('/').map_or("tcp", |it| it.1).to_owned()
        }
    };
    Some((found.host, found.target, protocol))
}

/// The parts of a mount: source and target, or a target alone. A colon inside of `${…}` parts
/// nothing.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{NodeKind, Text};
    use crate::source::{SourceMap, Span};

    fn check(text: &str, expect: Option<&str>) {
        let span = Span::start_of(SourceMap::new().add("x", ""));
        let node = Node::new(NodeKind::String(Text::new(text, span, Vec::new())), span);
        let found = published(&node, &Variables::default(), &mut Vec::new()).map(|it| it.host);
        assert_eq!(found.as_deref(), expect, "{text}");
    }

    #[test]
    fn a_port_leads_to_the_program_where_it_listens() {
        let at = |target: &str| Published { host: String::new(), target: target.to_owned() };
        assert!(at("5432").leads_to(&[5432]));
        assert!(!at("5434").leads_to(&[5432]));
        assert!(at("5434").leads_to(&[]));
        assert!(at("${PORT}").leads_to(&[5432]));
        assert!(at("5430-5440").leads_to(&[5432]));
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
        check("${PORT:-80}:8000", Some("0.0.0.0:80"));
        check("${PORT:-127.0.0.1:80}:8000", Some("127.0.0.1:80"));
    }
}
