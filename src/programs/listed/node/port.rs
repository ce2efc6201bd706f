//! Where the server of a script listens.
//!
//! Sources: <https://nodejs.org/docs/latest-v20.x/api/net.html#serverlisten>,
//! <https://fastify.dev/docs/latest/Reference/Server/#listen>,
//! <https://hapi.dev/api/#server.options>, <https://github.com/honojs/node-server#usage>,
//! <https://bun.sh/docs/api/http#bun-serve>

use std::ops::Range;

use super::Script;
use super::text::{
    EXPRESSION_MAX, arguments, bound, destructured, entry, is_condition, number, quoted,
};
use crate::fact::{Fact, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Calls that make a server and say where it listens, in an object: the package, and the call.
const MAKERS: &[(&str, &str)] =
    &[("@hono/node-server", "serve("), ("@hapi/hapi", ".server("), ("@hapi/hapi", ".Server(")];

/// Names that lead to names, at most.
const DEPTH_MAX: usize = 4;

/// What a variable of the environment begins with, in Node.js, Bun and Deno.
const ENVIRONMENTS: &[&str] = &["process.env", "Bun.env", "Deno.env.get"];

impl Script {
    /// Where the one server of the script listens.
    pub(super) fn listen(
        &self,
        server: &mut Server,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
    ) {
        let Some((at, given, is_made)) = self.listening() else {
            return self.served(server, workspace, launch);
        };
        let Some(first) = given.first() else { return };
        let is_object = self.text(first).starts_with('{');
        let host_key = if self.code.loads("@hono/node-server") { "hostname" } else { "host" };
        let (port, host) = match is_object {
            true => (entry(&self.code, first, "port"), entry(&self.code, first, host_key)),
            false => (Some(first.clone()), given.get(1).cloned()),
        };
        // What makes a server without a port has one of its own.
        if is_made && !is_object {
            return;
        }
        let Some(port) = port.and_then(|it| self.number_of(&it, workspace, launch)) else { return };
        server.facts.set(v::PORT, port);
        let is_fastify = ["fastify", "@nestjs/platform-fastify"];
        let default = match is_fastify.iter().any(|it| self.code.loads(it)) {
            true => "127.0.0.1",
            false => "0.0.0.0",
        };
        let is_callback = |it: &Range<usize>| {
            let text = self.text(it);
            text.contains("=>") || text.starts_with("function") || text.starts_with("async ")
        };
        let host = match host.filter(|it| !is_callback(it)) {
            None => Some(self.fact(at, Value::Text(default.to_owned()), "where none is named")),
            Some(it) => self.host_of(&it, workspace, launch),
        };
        if let Some(host) = host {
            server.facts.set(v::BIND_HOST, host);
        }
    }

    /// Whether the script says itself where it listens.
    pub(super) fn is_listening(&self) -> bool {
        self.code.contains(".listen(") || self.listening().is_some() || self.serves().is_some()
    }

    /// The one call that says where the script listens: its place, what it is given, and whether it
    /// makes the server, too.
    fn listening(&self) -> Option<(Range<usize>, Vec<Range<usize>>, bool)> {
        let name = ".listen(";
        let mut calls = self.code.match_indices(name);
        match (calls.next(), calls.next()) {
            (Some((at, _)), None) => {
                let open = at + name.len() - 1;
                Some((at..open, arguments(&self.code, open)?, false))
            }
            (Some(_), Some(_)) => None,
            (None, _) => {
                let made = MAKERS.iter().find_map(|(package, call)| self.call(package, call));
                made.map(|(at, given)| (at, given, true))
            }
        }
    }

    /// A number that is written, or that a variable says.
    pub(super) fn number_of(
        &self,
        range: &Range<usize>,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
    ) -> Option<Fact> {
        self.setting(range, workspace, (launch, Kind::Number), 0)
    }

    /// The host that a value is. A variable that is not known says nothing, as it may be empty.
    pub(super) fn host_of(
        &self,
        range: &Range<usize>,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
    ) -> Option<Fact> {
        let host = self.setting(range, workspace, (launch, Kind::Host), 0);
        host.filter(|it| it.value().is_some())
    }

    /// A value that is written, or that a variable says: `process.env.PORT || 3000`,
    /// `Number(process.env.PORT ?? 3000)`, `parseInt(process.env.PORT || "3000", 10)`,
    /// `config.host` of another file.
    fn setting(
        &self,
        range: &Range<usize>,
        workspace: &mut Workspace<'_>,
        (launch, kind): (&Launch, Kind),
        depth: usize,
    ) -> Option<Fact> {
        let expression = self.text(range);
        if expression.len() > EXPRESSION_MAX {
            return None;
        }
        if let Some(value) = kind.written(expression) {
            return Some(self.fact(range.clone(), value, kind.source()));
        }
        let environment = ENVIRONMENTS.iter().find_map(|it| Some((expression.find(it)?, it.len())));
        if let Some((at, before)) = environment
            && !is_condition(expression)
        {
            let (name, len) = variable(&expression[at + before..])?;
            let start = range.start + at;
            let place = start..start + before + len;
            let default = kind.default_of(&expression[at + before + len..]);
            return self.of_variable(workspace, (&name, place, default), (launch, kind));
        }
        let is_part = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
        let is_name = |it: &str| !it.is_empty() && it.chars().all(is_part);
        if !expression.split('.').all(is_name) || depth >= DEPTH_MAX {
            return None;
        }
        if is_name(expression) {
            if let Some(value) = bound(&self.code, expression, range.start) {
                return self.setting(&value, workspace, (launch, kind), depth + 1);
            }
            if let Some((name, place, default)) = destructured(&self.code, expression) {
                let default = default.map(|it| self.text(&it).to_owned());
                let default = default.and_then(|it| kind.default_of(&format!("?? {it}")));
                return self.of_variable(workspace, (&name, place, default), (launch, kind));
            }
        }
        let (script, value) = self.value_of(workspace, expression, range.start)?;
        let script = script.as_ref().unwrap_or(self);
        script.setting(&value, workspace, (launch, kind), depth + 1)
    }

    /// What a variable says, or what stands behind it where nothing sets it.
    fn of_variable(
        &self,
        workspace: &mut Workspace<'_>,
        (name, place, default): (&str, Range<usize>, Option<Value>),
        (launch, kind): (&Launch, Kind),
    ) -> Option<Fact> {
        let fact = self.fact(place, Value::Null, &format!("`{name}`"));
        match launch.environment.get(name) {
            // What says the variable is what is to be changed.
            Lookup::Set(given) => {
                let value = given.text().and_then(|it| kind.read(it));
                let state = value.map_or(given.state.clone(), State::Known);
                Some(Fact { state, ..given.clone() })
            }
            Lookup::Unset | Lookup::Unmentioned => match default {
                Some(_) if kind == Kind::Host && self.may_be_set(workspace, name) => None,
                Some(value) => {
                    let origin = fact.origin.with_input(format!("${name}"), assumed_unset(name));
                    Some(Fact::known(value, origin))
                }
                None => {
                    let reason = format!("`{name}` decides where the script listens");
                    Some(Fact { state: State::Unknown(Unknown::because(reason)), ..fact })
                }
            },
        }
    }

    /// Whether something sets a variable that no manifest does: a container has its own name, and
    /// `.env` may come with the code.
    fn may_be_set(&self, workspace: &mut Workspace<'_>, name: &str) -> bool {
        let own = self.dotenv(workspace);
        name == "HOSTNAME" || own.lines().any(|it| it.trim_start().starts_with(&format!("{name}=")))
    }
}

/// What a setting is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A port, or another number below 65,536.
    Number,
    /// A host.
    Host,
}

impl Kind {
    fn source(self) -> &'static str {
        match self {
            Self::Number => "the port in the script",
            Self::Host => "the host in the script",
        }
    }

    /// A text that is the value: that of a variable, or what stands in quotes.
    fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Number => text.parse().ok().map(Value::Int),
            Self::Host => Some(Value::Text(text.replace("localhost", "127.0.0.1"))),
        }
    }

    /// An expression that is the value.
    fn written(self, expression: &str) -> Option<Value> {
        match self {
            Self::Number => {
                let port = number(quoted(expression).unwrap_or(expression));
                port.filter(|it| (1..65536).contains(it)).map(Value::Int)
            }
            Self::Host => quoted(expression).and_then(|it| self.read(it)),
        }
    }

    /// The value behind a variable: `|| 3000`, `?? "localhost"`.
    fn default_of(self, behind: &str) -> Option<Value> {
        match self {
            Self::Number => default_of(behind).map(Value::Int),
            Self::Host => {
                let behind = behind.trim();
                let rest = behind.strip_prefix("||").or_else(|| behind.strip_prefix("??"))?;
                self.written(rest.trim())
            }
        }
    }
}

/// The name of a variable behind `process.env`, and how long it is as written: `.PORT`, `["PORT"]`,
/// and `("PORT")` behind a function.
fn variable(text: &str) -> Option<(String, usize)> {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    if let Some(name) = text.strip_prefix('.') {
        let len = name.find(|it| !is_part(it)).unwrap_or(name.len());
        return (len > 0).then(|| (name[..len].to_owned(), len + 1));
    }
    let (inner, close) = match text.strip_prefix('[') {
        Some(inner) => (inner, ']'),
        None => (text.strip_prefix('(')?, ')'),
    };
    let end = inner.find(close)?;
    let name = quoted(&inner[..end])?;
    Some((name.to_owned(), end + 2))
}

/// The number behind a variable: `|| 3000`, `?? "3000"`, `, 10) || 3000`.
fn default_of(behind: &str) -> Option<i64> {
    let at = behind.find("||").or_else(|| behind.find("??"))?;
    let rest = behind[at + 2..].trim_start().trim_start_matches(['(', '\'', '"', '`']);
    let end = rest.find(|it: char| !it.is_ascii_digit() && it != '_').unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    // Nothing but closing marks may follow, or the base of `parseInt`.
    let after = after.trim_start_matches(['\'', '"', '`', ')', ' ', '!']);
    let after =
        after.strip_prefix(',').map_or(after, |it| it.trim_start().trim_start_matches("10"));
    let is_end = after.trim_start_matches([')', ' ']).is_empty();
    number(digits).filter(|it| is_end && (1..65536).contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_behind_a_variable_are_its_default() {
        for (text, expected) in [
            (" || 3000", Some(3000)),
            (" ?? '3000'", Some(3000)),
            (" ?? 3000)", Some(3000)),
            (", 10) || 8080", Some(8080)),
            (" || \"3000\", 10)", Some(3000)),
            (" || config.port", None),
            (" || 3000 + 1", None),
            ("", None),
            (" || 99999", None),
        ] {
            assert_eq!(default_of(text), expected, "{text}");
        }
        assert_eq!(variable(".PORT || 1"), Some(("PORT".to_owned(), 5)));
        assert_eq!(variable("['PORT'] || 1"), Some(("PORT".to_owned(), 8)));
        assert_eq!(variable("(\"PORT\") ?? 1"), Some(("PORT".to_owned(), 8)));
        assert_eq!(variable("[name]"), None);
    }
}
