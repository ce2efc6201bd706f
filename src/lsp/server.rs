//! What the server knows: the folders, the texts that are open, and what was published of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use lsp_server::{Connection, Message, Notification};
use lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    InitializeParams, MessageType, Uri,
};
use serde_json::json;

use super::asks::Asks;
use super::place::{path_of, uri_of};
use super::roots::Root;
use super::{Delivery, Today};
use crate::analysis::{About, Checked, Judgement, Scope};
use crate::report::position::Columns;
use crate::report::{ShowSecrets, Shown};

/// The state of a connection.
pub(super) struct Server<'a> {
    connection: &'a Connection,
    pub(super) columns: Columns,
    pub(super) today: Today,
    pub(super) delivery: Delivery,
    /// What the client can be asked.
    pub(super) asks: Asks,
    /// How often it was asked something.
    pub(super) asked: usize,
    /// Whether something has changed that the client does not know of.
    is_outdated: bool,
    pub(super) roots: Vec<Root>,
    /// Texts that are open, by path.
    open: HashMap<PathBuf, String>,
    /// Of each folder, the files whose projects are to be judged anew; `None` for all.
    stale: BTreeMap<usize, Option<BTreeSet<String>>>,
    /// Files of which something was published last.
    published: BTreeSet<PathBuf>,
    /// Examples of rule files that failed when they were run last, until the text changes.
    failed: BTreeMap<PathBuf, Vec<Diagnostic>>,
}

impl<'a> Server<'a> {
    /// A server of the folders that the client names.
    pub(super) fn new(
        connection: &'a Connection,
        params: &InitializeParams,
        columns: Columns,
        today: Today,
    ) -> Self {
        let mut server = Self {
            connection,
            columns,
            today,
            delivery: Delivery::Pushed,
            asks: Asks::default(),
            asked: 0,
            is_outdated: false,
            roots: Vec::new(),
            open: HashMap::new(),
            stale: BTreeMap::new(),
            published: BTreeSet::new(),
            failed: BTreeMap::new(),
        };
        let folders = params.workspace_folders.iter().flatten();
        let mut named: Vec<PathBuf> = folders.filter_map(|it| path_of(&it.uri)).collect();
        if named.is_empty() {
            named.extend(root_of(params));
        }
        named.iter().for_each(|it| server.add_root(it, None));
        server
    }

    fn add_root(&mut self, folder: &Path, file: Option<&Path>) {
        let root = (self.today)().and_then(|today| Root::open(folder, file, today));
        match root {
            Ok(root) => {
                self.stale.insert(self.roots.len(), None);
                self.roots.push(root);
            }
            Err(error) => self.say(&format!("{}: {error:#}", folder.display())),
        }
    }

    /// The innermost folder that a file is in, and its path there.
    pub(super) fn root(&self, uri: &Uri) -> Option<(usize, String)> {
        let path = path_of(uri)?;
        let around = self.roots.iter().enumerate();
        let shown = around.filter_map(|(idx, it)| Some((idx, it.shown(&path)?)));
        shown.min_by_key(|(_, shown)| shown.len())
    }

    /// Whether it is this folder that speaks of a file: a folder inside of another one has its own
    /// configuration.
    pub(super) fn answers_for(&self, idx: usize, path: &Path) -> bool {
        uri_of(path).and_then(|it| self.root(&it)).is_some_and(|it| it.0 == idx)
    }

    /// A file was opened. One outside of every folder is looked at with its neighbours.
    pub(super) fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let it = params.text_document;
        if self.root(&it.uri).is_none()
            && let Some(path) = path_of(&it.uri)
            && let Some(folder) = path.parent()
        {
            let folder = folder.to_owned();
            self.add_root(&folder, Some(&path));
        }
        self.set(&it.uri, Some(it.text));
    }

    /// A text was changed; the last of the changes has all of it.
    pub(super) fn changed(&mut self, params: DidChangeTextDocumentParams) {
        if let Some(last) = params.content_changes.into_iter().last() {
            self.set(&params.text_document.uri, Some(last.text));
        }
    }

    /// A text was closed: the file counts again.
    pub(super) fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        self.set(&params.text_document.uri, None);
    }

    /// Files have come, changed or gone outside of the editor.
    pub(super) fn watched(&mut self, params: &DidChangeWatchedFilesParams) {
        for it in &params.changes {
            let is_open = path_of(&it.uri).is_some_and(|it| self.open.contains_key(&it));
            if !is_open {
                self.set(&it.uri, None);
                self.is_outdated = true;
            }
        }
    }

    /// Folders have come or gone.
    pub(super) fn folders(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let gone: Vec<PathBuf> =
            params.event.removed.iter().filter_map(|it| path_of(&it.uri)).collect();
        self.roots.retain(|it| !gone.contains(&it.named));
        for it in params.event.added.iter().filter_map(|it| path_of(&it.uri)) {
            self.add_root(&it, None);
        }
        self.stale = (0..self.roots.len()).map(|it| (it, None)).collect();
        self.is_outdated = true;
    }

    fn set(&mut self, uri: &Uri, text: Option<String>) {
        let (Some(path), Some((idx, shown))) = (path_of(uri), self.root(uri)) else { return };
        match &text {
            Some(text) => drop(self.open.insert(path, text.clone())),
            None => drop(self.open.remove(&path)),
        }
        let text = text.map(|it| it.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(it));
        if let Err(error) = self.roots[idx].analysis.set_text(&shown, text) {
            self.say(&format!("{error:#}"));
        }
        self.failed.remove(&self.roots[idx].path(&shown));
        let is_config = shown.ends_with(crate::policy::config::FILE_NAME)
            || self.roots[idx].analysis.goes_by(&shown);
        match self.stale.entry(idx).or_insert_with(|| Some(BTreeSet::new())) {
            stale if is_config => *stale = None,
            Some(paths) => drop(paths.insert(shown)),
            None => {}
        }
    }

    /// The text that is open for a file of a folder.
    pub(super) fn open_text(&self, idx: usize, shown: &str) -> Option<String> {
        self.open.get(&self.roots[idx].path(shown)).cloned()
    }

    /// The files of a folder that are open.
    pub(super) fn open_in(&self, idx: usize) -> Vec<String> {
        self.open.keys().filter_map(|it| self.roots[idx].shown(it)).collect()
    }

    /// What is to be said of a folder.
    pub(super) fn check(&self, idx: usize, about: About) -> anyhow::Result<Checked> {
        let scope = Scope { about, ..Scope::default() };
        self.roots[idx].analysis.check(&scope, &Judgement::on((self.today)()?))
    }

    /// Publishes what is to be said of everything that has changed.
    pub(super) fn publish(&mut self) {
        if std::mem::take(&mut self.is_outdated) {
            self.refresh();
        }
        for (idx, paths) in std::mem::take(&mut self.stale) {
            if self.delivery == Delivery::Pulled {
                continue;
            }
            if idx >= self.roots.len() {
                continue;
            }
            let abouts: Vec<About> = match paths {
                None => vec![About::Everything],
                Some(paths) => paths.into_iter().map(About::ProjectsOf).collect(),
            };
            for about in abouts {
                match self.check(idx, about.clone()) {
                    Ok(checked) => self.publish_of(idx, &about, checked),
                    Err(error) => self.say(&format!("{error:#}")),
                }
            }
        }
    }

    fn publish_of(&mut self, idx: usize, about: &About, checked: Checked) {
        let paths: Vec<String> = checked.paths.iter().map(|it| it.to_string()).collect();
        let shown = Shown::outcome(checked.outcome, &checked.sources, ShowSecrets::Never);
        let mut by_path = super::diagnostics::by_path(&self.roots[idx], &shown, self.columns);
        by_path.retain(|path, _| self.answers_for(idx, path));
        if let About::ProjectsOf(path) = about {
            self.add_own(idx, path, &mut by_path);
        }
        let root = &self.roots[idx];
        // What was said before of a file of which nothing is to be said any more is taken back.
        let mut files: BTreeSet<PathBuf> = by_path.keys().cloned().collect();
        match about {
            About::Everything => {
                let own = self.published.iter().filter(|it| root.shown(it).is_some());
                files.extend(own.cloned());
            }
            About::ProjectsOf(path) => {
                files.extend(paths.iter().map(|it| root.path(it)));
                files.insert(root.path(path));
            }
        }
        files.retain(|it| self.answers_for(idx, it));
        for path in files {
            let diagnostics = by_path.get(&path).cloned().unwrap_or_default();
            let was_said = match diagnostics.is_empty() {
                true => self.published.remove(&path),
                false => !self.published.insert(path.clone()),
            };
            if diagnostics.is_empty() && !was_said {
                continue;
            }
            let Some(uri) = uri_of(&path) else { continue };
            let params = json!({ "uri": uri, "diagnostics": diagnostics });
            self.notify("textDocument/publishDiagnostics", params);
        }
    }

    /// Adds what is to be said of a rule file that is open, beyond what configuration leads to.
    pub(super) fn add_own(
        &self,
        idx: usize,
        shown: &str,
        by_path: &mut BTreeMap<PathBuf, Vec<Diagnostic>>,
    ) {
        let path = self.roots[idx].path(shown);
        let said = by_path.entry(path.clone()).or_default();
        if said.is_empty()
            && let Some(uri) = uri_of(&path)
        {
            said.extend(self.rule_diagnostics(&uri));
        }
        said.extend(self.failed.get(&path).into_iter().flatten().cloned());
    }

    /// Takes note of the examples of a rule file that failed, and publishes them.
    pub(super) fn set_failed(&mut self, idx: usize, shown: &str, failed: Vec<Diagnostic>) {
        self.failed.insert(self.roots[idx].path(shown), failed);
        let stale = self.stale.entry(idx).or_insert_with(|| Some(BTreeSet::new()));
        if let Some(paths) = stale {
            paths.insert(shown.to_owned());
        }
        self.is_outdated = true;
    }

    /// Shows a message to the user.
    pub(super) fn show(&self, kind: MessageType, message: &str) {
        let params = json!({ "type": kind, "message": format!("opslint: {message}") });
        self.notify("window/showMessage", params);
    }

    fn say(&self, message: &str) {
        let params =
            json!({ "type": MessageType::WARNING, "message": format!("opslint: {message}") });
        self.notify("window/logMessage", params);
    }

    fn notify(&self, method: &str, params: serde_json::Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    pub(super) fn send(&self, message: Message) {
        // A client that has gone is seen by the next read.
        let _ = self.connection.sender.send(message);
    }
}

/// The folder of clients from before there were several.
#[expect(deprecated, reason = "older clients name one folder in this way")]
fn root_of(params: &InitializeParams) -> Option<PathBuf> {
    params.root_uri.as_ref().and_then(path_of)
}
