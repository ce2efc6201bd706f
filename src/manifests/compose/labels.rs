//! The port that a service names to a proxy which looks at containers: by a variable for
//! nginx-proxy, by labels for Traefik and Caddy.
//!
//! Sources: <https://github.com/nginx-proxy/nginx-proxy/tree/main/docs#virtual-ports>,
//! <https://doc.traefik.io/traefik/reference/routing-configuration/other-providers/docker/>,
//! <https://github.com/lucaslorentz/caddy-docker-proxy>

use super::environment::pairs;
use crate::document::Node;
use crate::fact::{Fact, Origin, Value};
use crate::source::Span;

/// The port that is named to a proxy, where exactly one is.
pub(super) fn port(service: &Node) -> Option<Fact> {
    let mut ports: Vec<(i64, Span, String)> = virtual_port(service).into_iter().collect();
    for (name, value, span) in service.get("labels").map(pairs).unwrap_or_default() {
        let port = value.as_deref().and_then(|value| match name.as_str() {
            "caddy.reverse_proxy" => caddy(value),
            name if is_traefik(name) => number(value),
            _ => None,
        });
        ports.extend(port.map(|port| (port, span, format!("label `{name}`"))));
    }
    match ports.as_slice() {
        [(port, span, source)] => {
            Some(Fact::known(Value::Int(*port), Origin::written(*span, source.clone())))
        }
        _ => None,
    }
}

/// `VIRTUAL_PORT` counts where `VIRTUAL_HOST` says that the proxy serves this container.
fn virtual_port(service: &Node) -> Option<(i64, Span, String)> {
    let variables = service.get("environment").map(pairs)?;
    let has_host = variables.iter().any(|it| it.0 == "VIRTUAL_HOST");
    let (name, value, span) = variables.into_iter().find(|it| it.0 == "VIRTUAL_PORT")?;
    Some((number(value?.as_str())?, span, format!("`{name}`"))).filter(|_| has_host)
}

/// `traefik.http.services.NAME.loadbalancer.server.port`
fn is_traefik(label: &str) -> bool {
    let name = label.strip_prefix("traefik.http.services.");
    name.is_some_and(|it| it.ends_with(".loadbalancer.server.port"))
}

/// `{{upstreams 8000}}`, `{{upstreams http 8000}}`
fn caddy(value: &str) -> Option<i64> {
    let inside = value.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let mut words = inside.split_whitespace();
    let is_upstreams = words.next() == Some("upstreams");
    words.next_back().filter(|_| is_upstreams).and_then(number)
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse::<u16>().ok().map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_each_proxy_are_known() {
        assert_eq!(caddy("{{upstreams 8000}}"), Some(8000));
        assert_eq!(caddy("{{ upstreams http 8000 }}"), Some(8000));
        assert_eq!(caddy("{{upstreams}}"), None);
        assert_eq!(caddy("web:8000"), None);
        assert!(is_traefik("traefik.http.services.shop.loadbalancer.server.port"));
        assert!(!is_traefik("traefik.http.routers.shop.loadbalancer.server.port"));
    }
}
