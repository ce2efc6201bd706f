//! Services that share a network: on `localhost` of one of them answer the others, too.

use super::is_plain;
use crate::document::{Entry, Node};
use crate::draft::ProcessDraft;
use crate::fact::{Fact, Origin, Unknown, Value};
use crate::vocabulary;

/// `network_mode`: what the service shares the network of, where that is not its own.
pub(super) fn shared(service: &Node) -> Option<Fact> {
    let node = service.get("network_mode")?;
    let origin = Origin::written(node.span, "`network_mode`");
    let shared = match node.as_str()? {
        "none" | "bridge" => return None,
        "host" => "host",
        mode if !is_plain(mode) => {
            let reason = "compose fills in variables of `network_mode`";
            return Some(Fact::unknown(Unknown::because(reason), origin));
        }
        _ => "container",
    };
    Some(Fact::known(Value::Text(shared.to_owned()), origin))
}

/// Lets the services know whose network another one joins: `network_mode: "service:web"` of a tunnel
/// or a proxy. Source: <https://github.com/compose-spec/compose-spec/blob/170098ba/05-services.md>
pub(super) fn joined(services: &[Entry], processes: &mut [ProcessDraft]) {
    for service in services {
        let Some(node) = service.value.get("network_mode") else { continue };
        let joined = node.as_str().and_then(|it| {
            let (kind, name) = it.split_once(':')?;
            processes.iter_mut().find(|it| match kind {
                "service" => it.name.value == name,
                _ => is_called(services, &it.name.value, name),
            })
        });
        let Some(process) = joined.filter(|it| it.facts.get(vocabulary::SHARED_NETWORK).is_none())
        else {
            continue;
        };
        let source = format!("`network_mode` of `{}`", service.key.value);
        let origin = Origin::written(node.span, source);
        let shared = Fact::known(Value::Text("container".to_owned()), origin);
        process.facts.set(vocabulary::SHARED_NETWORK, shared);
    }
}

/// Whether a service gives its container this name.
fn is_called(services: &[Entry], service: &str, container: &str) -> bool {
    let own = services.iter().find(|it| it.key.value == service);
    let name = own.and_then(|it| it.value.get("container_name")).and_then(Node::as_str);
    name == Some(container)
}
