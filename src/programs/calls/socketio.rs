//! Flask-SocketIO: which server `socketio.run(app)` starts.
//!
//! Without `async_mode`, the first of eventlet and gevent that is installed, else Werkzeug.
//!
//! Sources: `flask_socketio.SocketIO.run` (5.7.0), `engineio.base_server.BaseServer` (4.15.1)

use crate::fact::{Unknown, Value};

use super::Call;
use super::table::Simple;

/// The host and the port without arguments.
const HOST: &str = "127.0.0.1";
const PORT: i64 = 5000;

/// What Werkzeug is called as a server.
const WERKZEUG: &str = "flask-run";

/// Modes, and the server of each.
const MODES: &[(&str, &str)] =
    &[("eventlet", "eventlet"), ("gevent", "gevent"), ("threading", WERKZEUG)];

/// Arguments of `run` that say where it listens.
const OWN: &[&str] = &["host", "port"];

/// Whether a server that it starts is made for development.
pub(super) fn is_development(name: &str) -> bool {
    name == WERKZEUG
}

/// The call as one that takes a host and a port: what else the object is told, such as the `path` of
/// its requests, says nothing of where it listens.
pub(super) fn run(call: &Call) -> Call {
    let own = call.arguments.iter().filter(|(name, _)| OWN.contains(&name.as_str()));
    let arguments = own.map(|(name, fact)| (name.clone(), fact.clone())).collect();
    Call { arguments, ..call.clone() }
}

/// The server, or why it is not known. `green` is the package with green threads that is installed:
/// its name is that of a mode.
pub(super) fn server(call: &Call, green: Option<Option<&str>>) -> Result<Simple, Unknown> {
    let given = call.arguments.get("async_mode").filter(|it| it.value() != Some(&Value::Null));
    let mode = match (given, &call.hidden) {
        (Some(given), _) => match (given.text(), given.state.open()) {
            (Some(mode), _) => mode.to_owned(),
            (None, Some(unknown)) => return Err(unknown),
            (None, None) => return Err(Unknown::because("the mode of Flask-SocketIO is no text")),
        },
        (None, Some(hidden)) => return Err(hidden.clone()),
        (None, None) => match green {
            Some(package) => package.unwrap_or("threading").to_owned(),
            None => {
                let reason = "Flask-SocketIO takes whichever server is installed";
                return Err(Unknown::because(reason));
            }
        },
    };
    let Some((_, name)) = MODES.iter().find(|(it, _)| *it == mode) else {
        return Err(Unknown::because(format!(
            "Flask-SocketIO has no server for the mode `{mode}`"
        )));
    };
    Ok(Simple {
        name,
        host: Some(HOST),
        port: Some(PORT),
        is_development: is_development(name),
        is_http: true,
        threads: None,
        env: &[],
    })
}
