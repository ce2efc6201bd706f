//! `opslint lsp` against messages and files that mean no good: it answers, lives, opens nothing but
//! files of its folders, and shows no secret.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::Folder;
use crate::program::Server;

/// Part of every secret, and of every text outside of the folder.
const CANARY: &str = "k4narie";

/// Every question that names a file.
const QUESTIONS: &[&str] = &[
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/inlayHint",
    "textDocument/codeAction",
    "textDocument/diagnostic",
    "textDocument/completion",
    "textDocument/codeLens",
];

const FLY: &str = "app = \"shop\"\nbogus = 1\n[processes]\nweb = \"gunicorn shop.wsgi -w 3\"\n";

/// A client that says whatever it is told to.
struct Client {
    server: Server,
    folder: Folder,
    asked: i64,
    /// Everything that was ever received.
    heard: String,
}

impl Client {
    fn open(folder: Folder) -> Self {
        let server = Server::start(folder.path());
        let mut client = Self { server, folder, asked: 0, heard: String::new() };
        let folders = json!([{ "uri": client.uri(""), "name": "shop" }]);
        let answer =
            client.ask("initialize", &json!({ "capabilities": {}, "workspaceFolders": folders }));
        assert!(answer["result"].is_object(), "{answer}");
        client.tell("initialized", &json!({}));
        client
    }

    fn uri(&self, path: &str) -> String {
        let uri = format!("file://{}/{path}", self.folder.path().display());
        uri.trim_end_matches('/').to_owned()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.server.bytes(bytes);
    }

    fn body(&mut self, bytes: &[u8]) {
        self.server.body(bytes);
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.body(
            json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string().as_bytes(),
        );
    }

    /// Asks, and takes in all that comes until the answer does.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.body(message.to_string().as_bytes());
        self.until(&json!(id))
    }

    fn until(&mut self, id: &Value) -> Value {
        loop {
            let message = self.read();
            if message.get("id") == Some(id) {
                return message;
            }
        }
    }

    fn read(&mut self) -> Value {
        let (text, message) = self.server.read();
        self.heard += &text;
        message
    }

    fn open_text(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "x", "version": 1, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    /// All that can be asked about a place.
    fn ask_all(&mut self, uri: &str, line: u64, character: u64) {
        let place = json!({ "line": line, "character": character });
        for method in QUESTIONS {
            let answer = self.ask(
                method,
                &json!({
                    "textDocument": { "uri": uri },
                    "position": place,
                    "range": { "start": { "line": 0, "character": 0 }, "end": place },
                    "context": { "diagnostics": [] },
                }),
            );
            assert!(answer.get("result").is_some() || answer.get("error").is_some(), "{answer}");
        }
    }

    /// The server still knows what is wrong with the manifest, and ends when it is told to.
    fn close(mut self) -> String {
        let uri = self.uri("fly.toml");
        let params = json!({ "textDocument": { "uri": uri } });
        let answer = self.ask("textDocument/diagnostic", &params);
        assert!(!answer["result"]["items"].as_array().unwrap().is_empty(), "{answer}");
        assert_eq!(self.ask("shutdown", &Value::Null)["result"], Value::Null);
        self.tell("exit", &Value::Null);
        assert_eq!(self.server.end(), (Some(0), String::new()));
        std::mem::take(&mut self.heard)
    }
}

fn shop(name: &str) -> Client {
    Client::open(Folder::new(name).with("fly.toml", FLY))
}

#[test]
fn what_is_no_message_is_answered_and_left_behind() {
    let mut client = shop("lsp-nonsense-bytes");
    let deep = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    let deep_params =
        [br#"{"jsonrpc":"2.0","method":"x","params":"#.as_slice(), &deep, b"}"].concat();
    let long = format!("\"{}\"", "x".repeat(3_000_000));
    for (bytes, code) in [
        (&b"{]"[..], -32700),
        (b"\xff\xfe", -32700),
        (b"", -32700),
        (&deep, -32700),
        (&deep_params, -32700),
        (b"[1, 2]", -32600),
        (b"{\"id\":1}", -32600),
        (long.as_bytes(), -32600),
    ] {
        client.body(bytes);
        assert_eq!(client.until(&Value::Null)["error"]["code"], code, "{:?}", bytes.get(..20));
    }
    assert!(client.heard.len() < 20_000, "messages are not sent back");
    client.close();
}

#[test]
fn a_stream_without_headers_ends_the_server_and_is_not_quoted() {
    for stream in [
        "k4narie\r\n\r\n",
        "Content-Length: -5\r\n\r\n{}",
        "A: k4narie\r\n\r\n",
        &"k4narie ".repeat(90_000),
    ] {
        let mut client = shop("lsp-no-headers");
        client.tell("initialized", &json!({}));
        client.server.last_bytes(stream.as_bytes());
        let (code, said) = client.server.end();
        assert_eq!(code, Some(2), "{stream:.30}");
        assert!(said.starts_with("error: ") && !said.contains(CANARY), "{said}");
    }
}

#[test]
fn a_length_that_is_none_takes_no_memory() {
    for length in ["99999999999", "18446744073709551615"] {
        let mut client = shop("lsp-length");
        client.bytes(format!("Content-Length: {length}\r\n\r\n{{}}").as_bytes());
        let (code, _) = client.server.end();
        assert!(matches!(code, Some(0 | 2)), "{length}: {code:?}");
    }
}

#[test]
fn positions_that_are_none_lead_nowhere() {
    let mut client = shop("lsp-positions");
    let uri = client.uri("fly.toml");
    for it in [
        json!(-1),
        json!(4_294_967_296_u64),
        json!(9_223_372_036_854_775_807_i64),
        json!(1e300),
        json!(1.5),
        json!(null),
        json!("1"),
        json!([0]),
    ] {
        for method in ["textDocument/hover", "textDocument/definition"] {
            let position = json!({ "line": it, "character": it });
            let params = json!({ "textDocument": { "uri": uri }, "position": position });
            assert_eq!(client.ask(method, &params)["error"]["code"], -32602, "{it}");
        }
    }
    for (line, character) in
        [(0, 4_294_967_295), (4_294_967_295, 0), (4_294_967_295, 4_294_967_295)]
    {
        client.ask_all(&uri, line, character);
    }
    let backwards = json!({
        "textDocument": { "uri": uri },
        "range": { "start": { "line": 9, "character": 9 }, "end": { "line": 0, "character": 0 } },
        "context": { "diagnostics": [] },
    });
    for method in ["textDocument/codeAction", "textDocument/inlayHint"] {
        assert!(client.ask(method, &backwards).get("result").is_some(), "{method}");
    }
    client.close();
}

#[test]
fn addresses_lead_to_no_file_outside() {
    let outside = Folder::new("lsp-outside-canary")
        .with("fly.toml", format!("{CANARY} = 1\n"))
        .with("conf.py", format!("bind = '{CANARY}'\n"));
    let command = "gunicorn -c link/conf.py shop.wsgi";
    let fly = format!("{FLY}job = \"{command}\"\n");
    let folder = Folder::new("lsp-addresses").with("fly.toml", &fly);
    symlink(outside.path(), folder.path().join("link")).unwrap();
    symlink(outside.path().join("fly.toml"), folder.path().join("fly.staging.toml")).unwrap();
    let name = outside.path().file_name().unwrap().to_str().unwrap().to_owned();
    let mut client = Client::open(folder);
    let mut uris: Vec<String> = [
        format!("../{name}/fly.toml"),
        format!("%2e%2e/{name}/fly.toml"),
        format!("a/../../{name}/fly.toml"),
        "link/fly.toml".to_owned(),
        "link/conf.py".to_owned(),
        "fly.staging.toml".to_owned(),
        "a%00b/fly.toml".to_owned(),
        format!("{}/fly.toml", "x".repeat(5_000)),
    ]
    .iter()
    .map(|it| client.uri(it))
    .collect();
    uris.extend(
        [
            "file://",
            "file:///",
            "file:////",
            "file:///proc/self/environ",
            "untitled:1",
            "http://x/fly.toml",
            "",
        ]
        .map(str::to_owned),
    );
    for uri in uris {
        client.ask_all(&uri, 0, 0);
        client.open_text(&uri, "a = 1\n");
        client.ask_all(&uri, 0, 0);
        let changes = json!({ "changes": [{ "uri": uri, "type": 2 }] });
        client.tell("workspace/didChangeWatchedFiles", &changes);
        client.tell("textDocument/didClose", &json!({ "textDocument": { "uri": uri } }));
        client.ask_all(&uri, 0, 0);
    }
    let heard = client.close();
    assert!(!heard.contains(CANARY), "{heard}");
}

#[test]
fn no_fifo_is_waited_for() {
    let folder = Folder::new("lsp-fifo").with("fly.toml", FLY);
    for name in ["gunicorn.conf.py", "render.yaml", "Dockerfile", ".gitignore", "opslint.toml"] {
        let path = folder.path().join(name);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let mut client = Client::open(folder);
    for name in ["gunicorn.conf.py", "render.yaml", "Dockerfile", "opslint.toml"] {
        let uri = client.uri(name);
        client.ask_all(&uri, 0, 0);
    }
    client.close();
}

#[test]
fn a_text_without_end_is_read_as_a_file_of_its_size_is() {
    let mut client = shop("lsp-large");
    let uri = client.uri("render.yaml");
    client.open_text(&uri, &"a: 1\n".repeat(2_000_000));
    client.ask_all(&uri, 1_000_000, 2);
    let conf = client.uri("gunicorn.conf.py");
    client.open_text(&conf, &format!("x = 'a'\n{}bind = x\n", "x = f'{x}{x}'\n".repeat(64)));
    client.ask_all(&conf, 1, 2);
    client.close();
}

#[test]
fn a_burst_is_worked_on() {
    let mut client = shop("lsp-burst");
    let uri = client.uri("fly.toml");
    client.open_text(&uri, FLY);
    for idx in 0..2_000 {
        client.tell("$/cancelRequest", &json!({ "id": idx + 1_000_000 }));
        let text = format!("{FLY}# {idx}\n");
        let params = json!({
            "textDocument": { "uri": uri, "version": idx + 2 },
            "contentChanges": [{ "text": text }],
        });
        client.tell("textDocument/didChange", &params);
    }
    client.close();
}

#[test]
fn no_message_has_a_secret() {
    let fly = format!(
        "{FLY}job = \"curl -u admin:{CANARY}-1 -H 'Authorization: Bearer {CANARY}-2' https://x\"\n\
         [env]\nSECRET_KEY = \"{CANARY}-3\"\nDATABASE_URL = \"postgres://u:{CANARY}-4@db/shop\"\n\
         [http_service]\ninternal_port = 8080\nAPI_KEY = \"{CANARY}-5\"\n"
    );
    let conf = format!(
        "import os\npw = '{CANARY}-6'\n\
         raw_env = ['SECRET_KEY={CANARY}-7', 'B_TOKEN=' + pw, 'A_TOKEN {CANARY}-9']\n\
         bind = 'unix:/tmp/' + os.environ['SECRET_KEY']\nproc_name = os.environ['DATABASE_URL']\n\
         workers = 'x'\n"
    );
    let folder = Folder::new("lsp-secrets")
        .with("fly.toml", &fly)
        .with("gunicorn.conf.py", &conf)
        .with("opslint.toml", format!("[env]\nSTRIPE_SECRET = \"{CANARY}-8\"\n"));
    let mut client = Client::open(folder);
    for (name, text) in [("fly.toml", &fly), ("gunicorn.conf.py", &conf)] {
        let uri = client.uri(name);
        for (line, text) in text.lines().enumerate() {
            for character in [0, 3, text.len() / 2, text.len().saturating_sub(2)] {
                let place = json!({ "line": line, "character": character });
                let params = json!({
                    "textDocument": { "uri": uri },
                    "position": place,
                    "range": {
                        "start": { "line": 0, "character": 0 },
                        "end": { "line": 99, "character": 0 },
                    },
                });
                client.ask("textDocument/hover", &params);
                client.ask("textDocument/definition", &params);
                client.ask("textDocument/inlayHint", &params);
            }
        }
        let params = json!({
            "textDocument": { "uri": uri },
            "range": {
                "start": { "line": 0, "character": 0 },
                "end": { "line": 99, "character": 0 },
            },
            "context": { "diagnostics": [], "only": ["quickfix"] },
        });
        client.ask("textDocument/codeAction", &params);
        client.ask("textDocument/diagnostic", &json!({ "textDocument": { "uri": uri } }));
    }
    let heard = client.close();
    let found = heard.find(CANARY).map(|at| &heard[at.saturating_sub(200)..at + 20]);
    assert_eq!(found, None);
}
