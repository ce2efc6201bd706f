//! Where a server made with Phoenix listens: what config/runtime.exs of a new application says.
//!
//! Source: <https://hexdocs.pm/phoenix/releases.html>, and the file that `mix phx.new` 1.7 writes

use std::ops::Range;

use super::sources;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// The file that a release reads when it starts.
const FILE: &str = "config/runtime.exs";

/// The environment that a release is built for, and that the file compares with.
const ENVIRONMENT: &str = "MIX_ENV";

/// Whether the project is one of Phoenix.
pub(crate) fn is_one(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    sources::text(workspace, launch, "mix.exs").is_some_and(|it| it.contains("{:phoenix,"))
}

/// The same for `mix phx.server`, which is a developer's unless a variable says otherwise.
pub(super) fn of_mix(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    if let Lookup::Set(stage) = launch.environment.get(ENVIRONMENT)
        && stage.text() == Some("prod")
    {
        facts(server, workspace, launch);
    }
}

/// Sets the port, and the host where it is every one.
pub(crate) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let Some((_, file)) = sources::open(workspace, launch, FILE) else { return };
    let text = workspace.sources.file(file).text().to_owned();
    let Some((name, place, default)) = port(&text) else { return };
    let origin = Origin::written(Span::new(file, place.start, place.end), format!("`{name}`"));
    let port = match (launch.environment.get(&name), default) {
        (Lookup::Set(given), _) => {
            let port = given.text().and_then(|it| it.parse().ok());
            let state = port.map_or(given.state.clone(), |it| State::Known(Value::Int(it)));
            Fact { state, ..given.clone() }
        }
        (_, Some(default)) => {
            let origin = origin.with_input(format!("${name}"), assumed_unset(&name));
            Fact::known(Value::Int(default), origin)
        }
        (_, None) => {
            let unknown = Unknown::because(format!("`{name}` decides where the server listens"));
            Fact::unknown(unknown, origin)
        }
    };
    server.facts.set(v::PORT, port);
    let every = ["ip: {0, 0, 0, 0, 0, 0, 0, 0}", "ip: {0, 0, 0, 0}"];
    if let Some(at) = every.iter().find_map(|it| Some(text.find(it)?..text.find(it)? + it.len())) {
        let host = if text[at.clone()].matches('0').count() == 8 { "::" } else { "0.0.0.0" };
        let origin = Origin::written(Span::new(file, at.start, at.end), "`ip` of the endpoint");
        server.facts.set(v::BIND_HOST, Fact::known(Value::Text(host.to_owned()), origin));
    }
}

/// The variable that the port is taken from, its place, and the port without it:
/// `port = String.to_integer(System.get_env("PORT") || "4000")`.
fn port(text: &str) -> Option<(String, Range<usize>, Option<i64>)> {
    let start =
        text.find("port = String.to_integer(").or_else(|| text.find("port: String.to_integer("))?;
    let line = text[start..].lines().next()?;
    let call = line.find("System.get_env(\"")? + "System.get_env(\"".len();
    let (name, rest) = line[call..].split_once('"')?;
    let at = start + call;
    let digits = rest.split('"').nth(1);
    let default = digits.and_then(|it| it.parse().ok());
    // Anything else behind it is not known.
    (rest.starts_with([')', ','])).then(|| (name.to_owned(), at..at + name.len(), default))
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn a_port_comes_from_a_variable() {
        for (text, expect) in [
            (
                "  port = String.to_integer(System.get_env(\"PORT\") || \"4000\")\n",
                Some(("PORT", Some(4000))),
            ),
            (
                "port = String.to_integer(System.get_env(\"APP_PORT\", \"80\"))",
                Some(("APP_PORT", Some(80))),
            ),
            ("port = String.to_integer(System.get_env(\"PORT\"))", Some(("PORT", None))),
            ("port = 4000", None),
        ] {
            let found = port(text);
            let found = found.as_ref().map(|(name, place, default)| {
                assert_eq!(&text[place.clone()], name);
                (name.as_str(), *default)
            });
            assert_eq!(found, expect, "{text}");
        }
    }
}
