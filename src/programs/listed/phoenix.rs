//! Where a server made with Phoenix listens, and its pool of connections: what config/runtime.exs of a new application says.
//!
//! Source: <https://hexdocs.pm/phoenix/releases.html>, and the file that `mix phx.new` 1.7 writes

use std::ops::Range;

use super::sources;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::source::{FileId, Span};
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

/// Sets the port and the address, and the connections of its pool.
pub(crate) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let Some((_, file)) = sources::open(workspace, launch, FILE) else { return };
    let text = workspace.sources.file(file).text().to_owned();
    if let Some(found) = variable(&text, &["pool_size: String.to_integer("]) {
        let pool = number(found, file, launch, "how many connections there are");
        server.facts.set(v::CONNECTIONS_PER_PROCESS, pool);
    }
    let starts = ["port = String.to_integer(", "port: String.to_integer("];
    let Some(found) = variable(&text, &starts) else { return };
    server.facts.set(v::PORT, number(found, file, launch, "where the server listens"));
    // A second address is that of another listener.
    let (open, mut places) = ("ip: {", text.match_indices("ip: {"));
    let (Some((start, _)), None) = (places.next(), places.next()) else { return };
    let Some(len) = text[start..].find('}') else { return };
    let parts: Vec<&str> =
        text[start + open.len()..start + len].split(',').map(str::trim).collect();
    let host = match parts.as_slice() {
        ["0", "0", "0", "0"] => "0.0.0.0",
        ["127", "0", "0", "1"] => "127.0.0.1",
        ["0", "0", "0", "0", "0", "0", "0", "0"] => "::",
        ["0", "0", "0", "0", "0", "0", "0", "1"] => "::1",
        _ => return,
    };
    let origin = Origin::written(Span::new(file, start, start + len + 1), "`ip` of the endpoint");
    server.facts.set(v::BIND_HOST, Fact::known(Value::Text(host.to_owned()), origin));
}

/// What a variable says, or the number behind it; `decides` is what hangs on it.
fn number(
    (name, place, default): (String, Range<usize>, Option<i64>),
    file: FileId,
    launch: &Launch,
    decides: &str,
) -> Fact {
    let origin = Origin::written(Span::new(file, place.start, place.end), format!("`{name}`"));
    match (launch.environment.get(&name), default) {
        (Lookup::Set(given), _) => {
            let number = given.text().and_then(|it| it.parse().ok());
            let state = number.map_or(given.state.clone(), |it| State::Known(Value::Int(it)));
            Fact { state, ..given.clone() }
        }
        (_, Some(default)) => {
            let origin = origin.with_input(format!("${name}"), assumed_unset(&name));
            Fact::known(Value::Int(default), origin)
        }
        (_, None) => {
            let unknown = Unknown::because(format!("`{name}` decides {decides}"));
            Fact::unknown(unknown, origin)
        }
    }
}

/// The variable that a number is taken from, its place, and the number without it:
/// `port = String.to_integer(System.get_env("PORT") || "4000")`. `starts` are the forms in front.
fn variable(text: &str, starts: &[&str]) -> Option<(String, Range<usize>, Option<i64>)> {
    let start = starts.iter().find_map(|it| text.find(it))?;
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
    use super::variable;

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
            let starts = ["port = String.to_integer(", "port: String.to_integer("];
            let found = variable(text, &starts);
            let found = found.as_ref().map(|(name, place, default)| {
                assert_eq!(&text[place.clone()], name);
                (name.as_str(), *default)
            });
            assert_eq!(found, expect, "{text}");
        }
    }
}
