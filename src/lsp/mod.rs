//! The language server: what an editor asks, answered by [`crate::analysis::Analysis`].
//!
//! One thread reads messages as they come and works on them in order. Diagnostics are published
//! when nothing is waiting, so that a burst of keystrokes is judged once, and a request that was
//! cancelled before its turn is not worked on.

mod actions;
mod asks;
mod completion;
mod cursor;
mod diagnostics;
mod hints;
mod hover;
mod own;
mod place;
mod roots;
mod server;
mod stream;
mod variables;

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use anyhow::Context as _;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions,
    CompletionOptions, DiagnosticOptions, DiagnosticServerCapabilities, ExecuteCommandOptions,
    HoverProviderCapability, InitializeParams, OneOf, PositionEncodingKind, ServerCapabilities,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::platforms::Date;
use crate::report::position::Columns;

use asks::Asks;
use server::Server;

/// The request after which a server only waits for the end.
const SHUTDOWN: &str = "shutdown";

/// The notification that ends it.
const EXIT: &str = "exit";

/// How long a client may take from one to the other.
const EXIT_WAIT: Duration = Duration::from_secs(30);

/// Where the day of a question comes from: a server runs for longer than a day.
pub type Today = fn() -> anyhow::Result<Date>;

/// Serves a client on standard input and output until it says goodbye.
///
/// # Errors
/// When the client does not speak the protocol, or goes without a word.
pub fn run(today: Today) -> anyhow::Result<()> {
    let (connection, join) = stream::stdio();
    serve(&connection, today)?;
    // The threads end when both ends are closed.
    drop(connection);
    join().context("the connection to the client broke")
}

/// Serves a client on a connection.
///
/// # Errors
/// When the client does not speak the protocol.
pub fn serve(connection: &Connection, today: Today) -> anyhow::Result<()> {
    let (id, params) = connection.initialize_start()?;
    let asks = Asks::of(&params);
    let params: InitializeParams =
        serde_json::from_value(params).context("`initialize` has parameters that are none")?;
    let columns = columns(&params);
    let answer = json!({
        "capabilities": capabilities(columns, delivery(&params)),
        "serverInfo": { "name": "opslint", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer)?;
    let mut server = Server::new(connection, &params, columns, today);
    server.delivery = delivery(&params);
    server.asks = asks;
    server.watch_files();
    server.publish();
    let mut waiting: VecDeque<Message> = VecDeque::new();
    let mut cancelled: HashSet<RequestId> = HashSet::new();
    loop {
        if waiting.is_empty() {
            server.publish();
            let Ok(message) = connection.receiver.recv() else { return Ok(()) };
            waiting.push_back(message);
        }
        while let Ok(message) = connection.receiver.try_recv() {
            waiting.push_back(message);
        }
        cancelled.extend(waiting.iter().filter_map(cancels));
        match waiting.pop_front() {
            Some(Message::Request(request)) => {
                let id = request.id.clone();
                if request.method == SHUTDOWN {
                    connection.sender.send(Message::Response(Response::new_ok(id, ())))?;
                    return end(connection, waiting);
                }
                let response = match cancelled.remove(&id) {
                    true => refused(id, ErrorCode::RequestCanceled, "cancelled"),
                    false => answer_to(&mut server, request),
                };
                connection.sender.send(Message::Response(response))?;
            }
            Some(Message::Notification(it)) => take(&mut server, it),
            Some(Message::Response(_)) | None => {}
        }
    }
}

/// After `shutdown` nothing but `exit` counts, which may have come with it. A client that is gone
/// needs no more.
fn end(connection: &Connection, waiting: VecDeque<Message>) -> anyhow::Result<()> {
    let later = std::iter::from_fn(|| connection.receiver.recv_timeout(EXIT_WAIT).ok());
    for message in waiting.into_iter().chain(later) {
        match message {
            Message::Notification(it) if it.method == EXIT => break,
            Message::Request(it) => {
                let answer = refused(it.id, ErrorCode::InvalidRequest, "the server was shut down");
                connection.sender.send(Message::Response(answer))?;
            }
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
    Ok(())
}

/// The request that a message cancels.
fn cancels(message: &Message) -> Option<RequestId> {
    let Message::Notification(it) = message else { return None };
    if it.method != "$/cancelRequest" {
        return None;
    }
    match &it.params["id"] {
        Value::String(id) => Some(RequestId::from(id.clone())),
        id => i32::try_from(id.as_i64()?).ok().map(RequestId::from),
    }
}

/// UTF-8 where the client offers it, as texts are held here; UTF-16 is what all clients know.
fn columns(params: &InitializeParams) -> Columns {
    let general = params.capabilities.general.as_ref();
    let offered = general.and_then(|it| it.position_encodings.as_deref()).unwrap_or_default();
    match offered.contains(&PositionEncodingKind::UTF8) {
        true => Columns::Utf8,
        false => Columns::Utf16,
    }
}

/// How diagnostics reach a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// They are sent: for all files of a project, whether they are open or not.
    Pushed,
    /// The client asks for those of a file, or of all of them.
    Pulled,
}

/// A client that does both shows everything twice, so it is told of one way. What is sent tells of
/// files that are not open, too, so it is the one for all clients that take it.
fn delivery(params: &InitializeParams) -> Delivery {
    let document = params.capabilities.text_document.as_ref();
    let takes =
        document.is_none_or(|it| it.publish_diagnostics.is_some() || it.diagnostic.is_none());
    if takes { Delivery::Pushed } else { Delivery::Pulled }
}

fn capabilities(columns: Columns, delivery: Delivery) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match columns {
            Columns::Utf8 => PositionEncodingKind::UTF8,
            Columns::Utf16 | Columns::CodePoints => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, actions::fix_all_kind()]),
            ..CodeActionOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            // Behind a quote and a brace something new is written.
            trigger_characters: Some(
                ["\"", "'", "[", "{", ".", ":", "="].map(str::to_owned).into(),
            ),
            ..CompletionOptions::default()
        }),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![own::TEST_RULE.to_owned(), actions::EXPLAIN.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        diagnostic_provider: (delivery == Delivery::Pulled).then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("opslint".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                ..DiagnosticOptions::default()
            })
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}

fn answer_to(server: &mut Server<'_>, request: Request) -> Response {
    let Request { id, method, params } = request;
    match method.as_str() {
        "textDocument/diagnostic" => reply(id, params, |it| server.pull(&it)),
        "workspace/diagnostic" => reply(id, params, |it| server.pull_all(&it)),
        "textDocument/codeAction" => reply(id, params, |it| server.actions(&it)),
        "textDocument/hover" => reply(id, params, |it| server.hover(&it)),
        "textDocument/definition" => reply(id, params, |it| server.definition(&it)),
        "textDocument/completion" => reply(id, params, |it| server.completion(&it)),
        "textDocument/codeLens" => reply(id, params, |it| Ok(server.lenses(&it))),
        "workspace/executeCommand" => reply(id, params, |it| server.execute(&it)),
        "textDocument/inlayHint" => reply(id, params, |it| server.hints(&it)),
        _ => refused(id, ErrorCode::MethodNotFound, &format!("opslint does not know `{method}`")),
    }
}

/// The answer to a request whose parameters have a shape.
fn reply<P: DeserializeOwned>(
    id: RequestId,
    params: Value,
    act: impl FnOnce(P) -> anyhow::Result<Value>,
) -> Response {
    match serde_json::from_value(params) {
        Err(error) => refused(id, ErrorCode::InvalidParams, &error.to_string()),
        Ok(params) => match act(params) {
            Ok(result) => Response::new_ok(id, result),
            Err(error) => refused(id, ErrorCode::RequestFailed, &format!("{error:#}")),
        },
    }
}

fn refused(id: RequestId, code: ErrorCode, message: &str) -> Response {
    Response::new_err(id, code as i32, message.to_owned())
}

/// Takes note of a change. What makes no sense is left out: nobody waits for an answer.
fn take(server: &mut Server<'_>, notification: Notification) {
    let Notification { method, params } = notification;
    match method.as_str() {
        "textDocument/didOpen" => {
            if let Ok(it) = serde_json::from_value(params) {
                server.opened(it);
            }
        }
        "textDocument/didChange" => {
            if let Ok(it) = serde_json::from_value(params) {
                server.changed(it);
            }
        }
        "textDocument/didClose" => {
            if let Ok(it) = serde_json::from_value(params) {
                server.closed(&it);
            }
        }
        "workspace/didChangeWatchedFiles" => {
            if let Ok(it) = serde_json::from_value(params) {
                server.watched(&it);
            }
        }
        "workspace/didChangeWorkspaceFolders" => {
            if let Ok(it) = serde_json::from_value(params) {
                server.folders(&it);
            }
        }
        _ => {}
    }
}
