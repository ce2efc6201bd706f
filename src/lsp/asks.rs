//! What the server asks of a client: to tell of changed files, and to ask anew.

use lsp_server::{Message, Request, RequestId};
use serde_json::{Value, json};

use super::server::Server;
use super::{Delivery, SHUTDOWN};

/// Which questions a client answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asks {
    /// Whether it can be told which files to watch.
    watch: bool,
    /// Whether it asks for diagnostics again when it is told to.
    diagnostics: bool,
    /// Whether it asks for inlay hints again when it is told to.
    hints: bool,
}

impl Asks {
    /// What the parameters of `initialize` say. Read from JSON: the protocol has `diagnostics`
    /// where the types of some libraries have `diagnostic`, so both occur.
    pub(super) fn of(params: &Value) -> Self {
        let is_on = |pointer: &str| params.pointer(pointer) == Some(&Value::Bool(true));
        let workspace = "/capabilities/workspace";
        Self {
            watch: is_on(&format!("{workspace}/didChangeWatchedFiles/dynamicRegistration")),
            diagnostics: is_on(&format!("{workspace}/diagnostics/refreshSupport"))
                || is_on(&format!("{workspace}/diagnostic/refreshSupport")),
            hints: is_on(&format!("{workspace}/inlayHint/refreshSupport")),
        }
    }
}

impl Server<'_> {
    /// Asks to be told of every file: a command may start a script of any name.
    pub(super) fn watch_files(&mut self) {
        if self.asks.watch {
            let params = json!({
                "registrations": [{
                    "id": "files",
                    "method": "workspace/didChangeWatchedFiles",
                    "registerOptions": { "watchers": [{ "globPattern": "**/*" }] },
                }],
            });
            self.ask("client/registerCapability", params);
        }
    }

    /// Has the client ask anew for what has changed without its doing.
    pub(super) fn refresh(&mut self) {
        if self.asks.diagnostics && self.delivery == Delivery::Pulled {
            self.ask("workspace/diagnostic/refresh", Value::Null);
        }
        if self.asks.hints {
            self.ask("workspace/inlayHint/refresh", Value::Null);
        }
    }

    /// Asks the client; its answer tells nothing.
    fn ask(&mut self, method: &str, params: Value) {
        debug_assert_ne!(method, SHUTDOWN, "only a client ends a server");
        self.asked += 1;
        let id = RequestId::from(format!("opslint/{}", self.asked));
        self.send(Message::Request(Request { id, method: method.to_owned(), params }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_asked_only_what_it_answers() {
        assert_eq!(Asks::of(&json!({ "capabilities": {} })), Asks::default());
        let workspace = json!({
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "diagnostics": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": false },
        });
        let asks = Asks::of(&json!({ "capabilities": { "workspace": workspace } }));
        assert_eq!(asks, Asks { watch: true, diagnostics: true, hints: false });
    }
}
