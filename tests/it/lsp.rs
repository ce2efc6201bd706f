//! `opslint lsp`, driven over standard input and output as an editor does it.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::{Value, json};

use crate::cli::Folder;
use crate::program::Server;

/// An editor with one folder.
pub(crate) struct Editor {
    server: Server,
    pub(crate) folder: Folder,
    asked: i64,
    /// What was published last, by the end of the address.
    pub(crate) published: Vec<(String, Vec<Value>)>,
    /// What was shown to the user.
    pub(crate) shown: Vec<String>,
    /// What the server asked for, by method.
    pub(crate) asked_for: Vec<String>,
    pub(crate) capabilities: Value,
}

impl Editor {
    pub(crate) fn open(folder: Folder, encodings: &[&str]) -> Self {
        Self::with(folder, json!({ "general": { "positionEncodings": encodings } }))
    }

    /// An editor that says of itself what it can.
    pub(crate) fn with(folder: Folder, capabilities: Value) -> Self {
        let mut editor = Self {
            server: Server::start(folder.path()),
            folder,
            asked: 0,
            published: Vec::new(),
            shown: Vec::new(),
            asked_for: Vec::new(),
            capabilities: Value::Null,
        };
        let uri = editor.uri("");
        let answer = editor.ask(
            "initialize",
            json!({
                "processId": null,
                "capabilities": capabilities,
                "workspaceFolders": [{ "uri": uri.trim_end_matches('/'), "name": "shop" }],
            }),
        );
        assert_eq!(answer["result"]["serverInfo"]["name"], "opslint", "{answer}");
        editor.capabilities = answer["result"]["capabilities"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.folder.path().display())
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.server.body(message.to_string().as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and takes in what is published until the answer comes.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn read(&mut self) -> Value {
        let (_, message) = self.server.read();
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().unwrap().to_owned();
            let diagnostics = message["params"]["diagnostics"].as_array().unwrap().clone();
            self.published.retain(|(it, _)| *it != uri);
            self.published.push((uri, diagnostics));
        }
        if message["method"].is_string() && message["id"].is_string() {
            self.asked_for.push(message["method"].as_str().unwrap().to_owned());
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
        }
        if message["method"] == "window/showMessage" {
            self.shown.push(message["params"]["message"].as_str().unwrap().to_owned());
        }
        message
    }

    /// Opens or changes a text and waits until it was judged.
    pub(crate) fn write(&mut self, path: &str, text: &str, version: i64) {
        let uri = self.uri(path);
        match version {
            1 => self.tell(
                "textDocument/didOpen",
                json!({ "textDocument": { "uri": uri, "languageId": "x", "version": 1, "text": text } }),
            ),
            _ => self.tell(
                "textDocument/didChange",
                json!({
                    "textDocument": { "uri": uri, "version": version },
                    "contentChanges": [{ "text": text }],
                }),
            ),
        }
        // Messages are worked on in order, and what is published comes before it waits again.
        self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
    }

    /// What one file is told when asked for.
    pub(crate) fn pull(&mut self, path: &str) -> Vec<Value> {
        let uri = self.uri(path);
        let params = json!({ "textDocument": { "uri": uri } });
        let answer = self.ask("textDocument/diagnostic", params);
        answer["result"]["items"].as_array().unwrap().clone()
    }

    pub(crate) fn at(&self, path: &str, line: usize, character: usize) -> Value {
        json!({
            "textDocument": { "uri": self.uri(path) },
            "position": { "line": line, "character": character },
        })
    }

    pub(crate) fn close(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.tell("exit", Value::Null);
        assert_eq!(self.server.end().0, Some(0));
    }
}

const FLY: &str = "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi --bind 0.0.0.0:8000\"\n\
                   [http_service]\ninternal_port = 8080\nautostop_machines = \"stop\"\n";

fn shop(name: &str) -> Editor {
    Editor::open(Folder::new(name).with("fly.toml", FLY), &[])
}

pub(crate) fn with_code<'a>(items: &'a [Value], code: &str) -> Option<&'a Value> {
    items.iter().find(|it| it["code"] == code)
}

#[test]
fn a_typing_user_sees_what_is_wrong_and_it_goes_with_the_fix() {
    let mut editor = shop("lsp-fix");
    editor.write("fly.toml", FLY, 1);
    let items = editor.pull("fly.toml");
    let unknown = with_code(&items, "unknown-key").unwrap();
    assert_eq!(unknown["range"]["start"], json!({ "line": 5, "character": 0 }));
    let published = editor.published.iter().find(|(uri, _)| uri.ends_with("fly.toml")).unwrap();
    assert_eq!(published.1, items);
    let uri = editor.uri("fly.toml");
    let params = json!({
        "textDocument": { "uri": uri },
        "range": unknown["range"],
        "context": { "diagnostics": [] },
    });
    let actions = editor.ask("textDocument/codeAction", params);
    let actions = actions["result"].as_array().unwrap();
    let titles: Vec<_> = actions.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        [
            "write `auto_stop_machines`",
            "allow `unknown-key` here, with a reason",
            "explain `unknown-key`",
            "fix all that is safe in this file (opslint)"
        ]
    );
    let edit = &actions[0]["edit"]["changes"][&uri][0];
    assert_eq!(
        (&edit["newText"], &edit["range"]),
        (&json!("auto_stop_machines"), &unknown["range"])
    );
    let all = actions[3]["edit"]["changes"][&uri][0]["newText"].as_str().unwrap();
    assert_eq!(all, FLY.replace("autostop", "auto_stop"));
    // Trying all of them has changed nothing.
    assert_eq!(editor.pull("fly.toml"), items);
    editor.write("fly.toml", all, 2);
    assert!(with_code(&editor.pull("fly.toml"), "unknown-key").is_none());
    // Without its buffer the file counts again.
    let closed = json!({ "textDocument": { "uri": uri } });
    editor.tell("textDocument/didClose", closed);
    assert!(with_code(&editor.pull("fly.toml"), "unknown-key").is_some());
    editor.close();
}

#[test]
fn a_variable_leads_to_where_it_is_set() {
    let compose = "services:\n  web:\n    build: .\n    command: gunicorn a:b -w ${WORKERS:-2}\n    \
                   mem_limit: $MEMORY\n";
    let folder = Folder::new("lsp-variables")
        .with("compose.yaml", compose)
        .with(".env", "# sizes\nMEMORY=256m\n\nWORKERS=3\n")
        .with(
            "fly/fly.toml",
            "[env]\nWORKERS = \"4\"\n[processes]\nweb = \"gunicorn a:b -w $WORKERS\"\n",
        );
    let mut editor = Editor::open(folder, &[]);
    for (path, line, column, set_in, set_at) in [
        ("compose.yaml", 3, 33, ".env", 3),
        ("compose.yaml", 3, 29, ".env", 3),
        ("compose.yaml", 4, 18, ".env", 1),
        ("fly/fly.toml", 3, 25, "fly/fly.toml", 1),
    ] {
        let place = editor.at(path, line, column);
        let answer = editor.ask("textDocument/definition", place);
        let found = &answer["result"][0];
        assert_eq!(found["uri"], editor.uri(set_in), "{path} {line}: {answer}");
        assert_eq!(found["range"]["start"]["line"], set_at, "{answer}");
    }
}

#[test]
fn places_in_other_files_and_values_are_shown() {
    let folder = Folder::new("lsp-hover")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("gunicorn.conf.py", "workers = 2 * 2 + 1\npreload = True\n");
    let mut editor = Editor::open(folder, &[]);
    editor.write("Procfile", "web: gunicorn shop.wsgi --workers 3\n", 1);
    let hover = editor.ask("textDocument/hover", editor.at("Procfile", 0, 34));
    let text = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(text.contains("`workers` = **3**"), "{hover}");
    assert!(text.contains("over 5"), "{hover}");
    let definition = editor.ask("textDocument/definition", editor.at("Procfile", 0, 34));
    assert_eq!(definition["result"][0]["uri"], editor.uri("gunicorn.conf.py"), "{definition}");
    assert!(with_code(&editor.pull("gunicorn.conf.py"), "gunicorn-unknown-setting").is_some());
    // A file that is deleted is nobody's any more.
    let conf = editor.uri("gunicorn.conf.py");
    std::fs::remove_file(editor.folder.path().join("gunicorn.conf.py")).unwrap();
    let changes = json!({ "changes": [{ "uri": conf, "type": 3 }] });
    editor.tell("workspace/didChangeWatchedFiles", changes);
    assert!(editor.pull("gunicorn.conf.py").is_empty());
    editor.close();
}

#[test]
fn columns_are_those_that_the_client_counts() {
    let text = "[env]\n\"ü🚀\" = \"1\"\n[http_service]\ninternal_port = 8080\n\
                [[http_service.checks]]\ninterval = 30 # ü🚀\n";
    let other = text.replace("interval = 30", "\"🚀\" = 1\ninterval = 30");
    for (encodings, end) in [(&["utf-16"][..], 4), (&["utf-8", "utf-16"][..], 6)] {
        let mut editor =
            Editor::open(Folder::new("lsp-columns").with("fly.toml", &other), encodings);
        let items = editor.pull("fly.toml");
        let unknown = with_code(&items, "unknown-key").unwrap();
        assert_eq!(unknown["range"]["end"]["character"], end, "{unknown}");
        editor.close();
    }
}

#[test]
fn nonsense_is_refused_and_the_server_lives() {
    let mut editor = shop("lsp-nonsense");
    assert_eq!(editor.ask("textDocument/nothing", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({ "position": 1 }))["error"]["code"], -32602);
    editor.tell("textDocument/didChange", json!([1, 2, 3]));
    editor.tell("textDocument/didOpen", json!({ "textDocument": null }));
    let untitled = json!({ "textDocument": { "uri": "untitled:1" }, "position": { "line": 9, "character": 9 } });
    assert_eq!(editor.ask("textDocument/hover", untitled)["result"], Value::Null);
    let far = editor.ask("textDocument/hover", editor.at("fly.toml", 4_000_000, 4_000_000));
    assert_eq!(far["result"], Value::Null);
    // A request that is cancelled before its turn is not worked on, or was answered already.
    let id = 4711;
    let params = editor.at("fly.toml", 2, 8);
    editor.tell("$/cancelRequest", json!({ "id": id }));
    editor.send(
        &json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": params }),
    );
    loop {
        let message = editor.read();
        if message["id"] == id {
            assert!(message["error"]["code"] == -32800 || message.get("result").is_some());
            break;
        }
    }
    assert!(!editor.pull("fly.toml").is_empty());
    editor.close();
}

#[test]
fn a_file_outside_of_every_folder_is_looked_at_too() {
    let mut editor = shop("lsp-outside");
    let other = Folder::new("lsp-outside-other").with("fly.toml", FLY);
    let uri = format!("file://{}/fly.toml", other.path().display());
    let document = json!({ "uri": uri, "languageId": "toml", "version": 1, "text": FLY });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let answer = editor.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
    let items = answer["result"]["items"].as_array().unwrap().clone();
    assert!(with_code(&items, "unknown-key").is_some(), "{answer}");
    editor.close();
}
