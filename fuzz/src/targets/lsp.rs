//! The language server, told anything.

use std::fs;
use std::sync::OnceLock;

use lsp_server::{Connection, Message, Notification, Request};
use opslint::lsp;
use opslint::platforms::Date;
use serde_json::{Value, json};

use crate::seeds;

/// What stands for the folder in an input.
const FOLDER: &str = "ROOT";

const FLY: &str = "app = \"shop\"\nbogus = 1\n[processes]\nweb = \"gunicorn shop.wsgi -w 3\"\n";

/// A message in each line: `?METHOD PARAMS` asks, `METHOD PARAMS` tells.
pub(super) fn messages(text: &str) {
    let folder = folder();
    // Nothing but the folder is looked at: a walk over the whole disk would be the machine's.
    let text = text.replace("file:", "").replace("didChangeWorkspaceFolders", "didChange");
    let text = text.replace(FOLDER, folder);
    let (server, client) = Connection::memory();
    let send = |message: Message| client.sender.send(message).expect("the server listens");
    let ask = |id: i32, method: &str, params: Value| {
        send(Message::Request(Request { id: id.into(), method: method.to_owned(), params }));
    };
    let tell = |method: &str, params: Value| {
        send(Message::Notification(Notification { method: method.to_owned(), params }));
    };
    let folders = json!([{ "uri": folder, "name": "shop" }]);
    ask(0, "initialize", json!({ "capabilities": {}, "workspaceFolders": folders }));
    tell("initialized", json!({}));
    let mut asked = 1;
    for line in text.lines() {
        let (method, params) = line.split_once(' ').unwrap_or((line, "null"));
        let params = serde_json::from_str(params).unwrap_or_else(|_| json!(params));
        match method.strip_prefix('?') {
            // The end comes once, below.
            Some("shutdown") => {}
            None if method == "exit" => {}
            Some(method) => {
                ask(asked, method, params);
                asked += 1;
            }
            None => tell(method, params),
        }
    }
    ask(asked, "shutdown", Value::Null);
    tell("exit", Value::Null);
    lsp::serve(&server, || Date::from_iso("2026-11-28").ok_or_else(|| anyhow::anyhow!("no day")))
        .expect("the server lives to the end");
    let answers = client.receiver.try_iter().filter(|it| matches!(it, Message::Response(_)));
    assert_eq!(answers.count(), usize::try_from(asked).expect("few") + 1, "one for each question");
}

/// The address of a folder with a manifest.
fn folder() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let path = seeds::root().join("target/fuzz-inputs/lsp-folder");
        fs::create_dir_all(&path).expect("a folder for inputs");
        fs::write(path.join("fly.toml"), FLY).expect("a manifest");
        let path = fs::canonicalize(path).expect("it was just made");
        format!("file://{}", path.display())
    })
}
