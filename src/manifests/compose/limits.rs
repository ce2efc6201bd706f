//! How much of the host a service may take.

use crate::document::{Node, NodeKind, Text};
use crate::draft::Context;
use crate::fact::{Fact, Input, Origin, OriginKind, Unknown, Value};
use crate::manifests::{read, usual};
use crate::project::Facts;
use crate::quantity::MEGABYTE;
use crate::quantity::go::{self, Base};
use crate::source::Span;
use crate::vocabulary;

use super::interpolate::{self, Variables};
use super::{PLATFORM, environment};

/// Limits of memory and CPUs; without them, the host's, of which little is known.
pub(super) fn machine(
    context: &mut Context<'_, '_>,
    service: &Node,
    span: Span,
    facts: &mut Facts,
) {
    let variables = environment::around(context, span);
    let platform = context.catalog.platform(PLATFORM);
    let limits = service.at(&["deploy", "resources", "limits"]);
    let limit = |new: &str, old: &str| {
        limits.and_then(|it| it.get(new)).or_else(|| service.get(old)).cloned()
    };
    for (id, node, read) in [
        (
            vocabulary::MACHINE_MEMORY_MB,
            limit("memory", "mem_limit"),
            memory_mb as fn(&Node) -> Option<Value>,
        ),
        (vocabulary::MACHINE_CPUS, limit("cpus", "cpus"), cpus as fn(&Node) -> Option<Value>),
    ] {
        // Docker takes 0 for no limit.
        let filled = node.map(|it| filled(it, &variables));
        let is_none =
            |it: &(Node, Vec<Input>)| read::scalar_text(&it.0).is_some_and(|it| it.trim() == "0");
        let fact = match filled.as_ref().filter(|it| !is_none(it)) {
            Some((node, assumed)) => {
                let origin = Origin::written(node.span, "limit of the service");
                let origin = assumed.iter().fold(origin, |it, input| {
                    it.with_input(input.name.clone(), input.fact.clone())
                });
                match read(node) {
                    Some(value) => Fact::known(value, origin),
                    None => Fact::unknown(Unknown::because("it is not a plain number"), origin),
                }
            }
            None if id == vocabulary::MACHINE_MEMORY_MB && platform.is_some() => continue,
            None => {
                let unknown = Unknown::new(
                    "the service has no limit, so it is the host's",
                    "`deploy.resources.limits` of the service",
                );
                Fact::unknown(unknown, Origin::new(OriginKind::Platform, "docker compose"))
            }
        };
        facts.set(id, fact);
        facts.anchor(id, span);
    }
    // Who has written the limit here changes it here: the key beside it would have to agree.
    if let Some(node) = limits.and_then(|it| it.get("memory")) {
        let key = Value::Text("`deploy.resources.limits.memory`".to_owned());
        let origin = Origin::written(node.span, "limit of the service");
        facts.set(vocabulary::PLATFORM_ADVICE_MEMORY, Fact::known(key, origin));
    }
    if let Some(platform) = platform {
        usual::host(platform, facts, "the service has no limit");
        facts.anchor(vocabulary::MACHINE_MEMORY_MB, span);
    }
}

/// A scalar with its variables filled in, and what is assumed of these.
pub(super) fn filled(node: Node, variables: &Variables) -> (Node, Vec<Input>) {
    let Some(text) = node.as_str().filter(|it| it.contains('$')) else { return (node, Vec::new()) };
    let filled = interpolate::fill(text, variables);
    let kind = filled.text().map(|it| NodeKind::String(Text::new(it, node.span, Vec::new())));
    let assumed = filled.assumed().collect();
    (Node::new(kind.unwrap_or_else(|| node.kind.clone()), node.span), assumed)
}

/// A number of containers.
pub(super) fn count(node: &Node, variables: &Variables) -> Fact {
    let (filled, assumed) = filled(node.clone(), variables);
    let origin = Origin::written(node.span, "number of containers");
    let origin =
        assumed.into_iter().fold(origin, |it, input| it.with_input(input.name, input.fact));
    match read::scalar_text(&filled).and_then(|it| it.trim().parse().ok()) {
        Some(count) => Fact::known(Value::Int(count), origin),
        None => Fact::unknown(Unknown::because("it is not a plain number"), origin),
    }
}

fn cpus(node: &Node) -> Option<Value> {
    let text = read::scalar_text(node)?;
    text.trim().parse().ok().map(Value::of_number)
}

fn memory_mb(node: &Node) -> Option<Value> {
    let bytes = go::bytes(&read::scalar_text(node)?, Base::Binary)?;
    Some(Value::Int(bytes / MEGABYTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_compose_reads_them() {
        let mb = |text: &str| {
            let span = Span::start_of(crate::source::SourceMap::new().add("x", ""));
            let text = Text::new(text, span, Vec::new());
            memory_mb(&Node::new(NodeKind::String(text), span))
        };
        assert_eq!(mb("512m"), Some(Value::Int(512)));
        assert_eq!(mb("1.5gb"), Some(Value::Int(1536)));
        assert_eq!(mb("1048576"), Some(Value::Int(1)));
        assert_eq!(mb("${LIMIT}"), None);
    }
}
