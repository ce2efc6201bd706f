//! uwsgi: its command line and its files, which are ini, YAML or JSON.
//!
//! Seen with uWSGI 2.0.31: options apply in order and the last one wins; `--ini` stands for the
//! options of its file at its own place, and a file given without a flag comes last of all; both
//! beat `UWSGI_<OPTION>`. A `$(NAME)` that is not set stays as it is.

use std::sync::Arc;

use super::Server;
use super::arguments::{self, Given, GivenOption, GivenValue};
use super::options::Abbreviations::Allowed;
use super::options::{Default, Table, Ty, opt};
use super::settle;
use crate::diagnostic::Diagnostic;
use crate::document::NodeKind;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::{Launch, Piece, Word};
use crate::parse::Syntax;
use crate::project::{Lookup, assumed_unset, unmentioned};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// uWSGI 2.0.31; of its nine hundred options those that matter and those that are often used.
#[rustfmt::skip]
pub(super) const UWSGI: Table = Table {
    program: "uwsgi",
    abbreviations: Allowed,
    env_prefix: Some("UWSGI_"),
    options: &[
        opt("ini", &["--ini"], Ty::Text),
        opt("yaml", &["-y", "--yaml", "--yml"], Ty::Text),
        opt("json", &["-j", "--json", "--js"], Ty::Text),
        opt("include", &["--include"], Ty::Text),
        opt("http-socket", &["--http-socket"], Ty::Addresses),
        opt("http11-socket", &["--http11-socket"], Ty::Addresses),
        opt("protocol", &["--protocol", "--socket-protocol"], Ty::Text),
        opt("http", &["--http"], Ty::Addresses),
        opt("socket", &["-s", "--socket", "--uwsgi-socket"], Ty::Addresses),
        opt("workers", &["-p", "--processes", "--workers"], Ty::Int).default(Default::Int(1))
            .env(&["UWSGI_PROCESSES"]).fact(v::WORKERS),
        opt("threads", &["--threads"], Ty::Int).default(Default::Int(1)).fact(v::THREADS),
        opt("enable-threads", &["-T", "--enable-threads"], Ty::Flag),
        opt("master", &["-M", "--master"], Ty::Flag),
        opt("harakiri", &["-t", "--harakiri"], Ty::Int).fact(v::TIMEOUT_S),
        opt("max-requests", &["-R", "--max-requests"], Ty::Int).default(Default::Int(0))
            .fact(v::MAX_REQUESTS),
        opt("worker-reload-mercy", &["--worker-reload-mercy"], Ty::Int).default(Default::Int(60)),
        opt("reload-on-rss", &["--reload-on-rss"], Ty::Int),
        opt("die-on-term", &["--die-on-term"], Ty::Flag),
        opt("exit-on-reload", &["--exit-on-reload"], Ty::Flag),
        opt("hook-master-start", &["--hook-master-start"], Ty::Text),
        opt("lazy-apps", &["--lazy-apps", "--lazy"], Ty::Flag),
        opt("buffer-size", &["-b", "--buffer-size"], Ty::Int).default(Default::Int(4096)),
        opt("listen", &["-l", "--listen"], Ty::Int).default(Default::Int(100)),
        opt("cheaper", &["--cheaper"], Ty::Int),
        opt("py-autoreload", &["--py-autoreload", "--python-autoreload"], Ty::Int),
        opt("module", &["-w", "--module", "--wsgi"], Ty::Text).fact(v::APP),
        opt("wsgi-file", &["--wsgi-file", "--file"], Ty::Text),
    ],
    valued: &[
        "--chdir", "--chdir2", "-H", "--home", "--virtualenv", "--venv", "--uid", "--gid", "--env",
        "--pythonpath", "--python-path", "--pp", "--static-map", "--touch-reload", "--pidfile",
        "--logto", "--stats", "--plugin", "--plugins", "--callable", "--mount", "--log-format",
        "--evil-reload-on-rss", "--cheaper-initial", "--cheaper-step", "--route",
            "--post-buffering",
        "--http-timeout", "--socket-timeout", "--http-processes", "--attach-daemon", "--import",
        "--chmod-socket", "--procname-prefix", "--max-worker-lifetime", "--min-worker-lifetime",
        "--ignore-sigpipe-x", "--static-expires", "--offload-threads", "--mule", "--spooler",
    ],
    flags: &[
        "--vacuum", "--need-app", "--single-interpreter", "--thunder-lock", "--disable-logging",
        "--strict", "--memory-report", "--no-orphans", "--http-keepalive", "--http-auto-chunked",
        "--ignore-sigpipe", "--ignore-write-errors", "--disable-write-exception",
            "--log-x-forwarded-for",
        "--manage-script-name", "--auto-procname", "--lazy", "--show-config", "--honour-stdin",
    ],
    config_files: &["--xml", "-x", "--inherit", "--emperor", "--ini-paste", "--paste"],
    app_settings: None,
};

/// Keys of a file that bring in options of others, which are not read.
const HIDING: &[&str] = &["xml", "inherit", "emperor", "ini-paste", "paste", "vassals-include"];

/// Deepest chain of files that name another one.
const DEPTH_MAX: usize = 4;

/// The settings of a uwsgi process.
pub(super) fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    words: &[Word],
    launch: &Launch,
    cpus: &Fact,
) -> Server {
    let read = arguments::read(&UWSGI, words);
    let given = Given::default();
    let mut collector = Collector { workspace, launch, given, is_included: false };
    collector.given.hidden = read.hidden;
    for option in read.options {
        collector.option(option, 0);
    }
    for operand in read.operands {
        let is_config = operand.known_prefix().contains('.');
        if is_config || operand.text().is_none() {
            collector.file(&operand, 0);
        }
    }
    let given = collector.given;
    settle::settings(acc, &UWSGI, &given, launch, cpus, None)
}

struct Collector<'a, 'w> {
    workspace: &'a mut Workspace<'w>,
    launch: &'a Launch,
    given: Given,
    /// Whether the file that is read is one that another includes.
    is_included: bool,
}

impl Collector<'_, '_> {
    fn option(&mut self, option: GivenOption, depth: usize) {
        match &option.value {
            GivenValue::Word(word) => {
                let word = word.clone();
                match UWSGI.options[option.idx].name {
                    "ini" => self.ini(&word, depth),
                    "yaml" => self.tree(&word, Syntax::Yaml, depth),
                    "json" => self.tree(&word, Syntax::Json, depth),
                    "include" => {
                        let outside = std::mem::replace(&mut self.is_included, true);
                        self.file(&word, depth);
                        self.is_included = outside;
                    }
                    _ => self.given.options.push(option),
                }
            }
            _ => self.given.options.push(option),
        }
    }

    /// A configuration file that cannot be read leaves everything else open.
    fn hide(&mut self, path: &Word) {
        let reason = format!("the uwsgi configuration `{}` is not read", path.state());
        self.given.hidden.get_or_insert(Unknown::because(reason));
    }

    /// A file whose name says what it is.
    fn file(&mut self, path: &Word, depth: usize) {
        let text = path.text().unwrap_or_default();
        if text.ends_with(".ini") || text.contains(".ini:") {
            self.ini(path, depth);
        } else if text.ends_with(".yml") || text.ends_with(".yaml") {
            self.tree(path, Syntax::Yaml, depth);
        } else if text.ends_with(".json") || text.ends_with(".js") {
            self.tree(path, Syntax::Json, depth);
        } else {
            self.hide(path);
        }
    }

    /// A file with one table, `uwsgi`.
    fn tree(&mut self, path: &Word, syntax: Syntax, depth: usize) {
        let joined = path.text().and_then(|it| self.workspace.join(&self.launch.folder, &it));
        let opened = joined.and_then(|it| self.workspace.open(&it));
        let Some(file) = opened.filter(|_| depth < DEPTH_MAX) else { return self.hide(path) };
        let document = self.workspace.document(file, syntax);
        let Some(table) = document.root.get("uwsgi") else { return self.hide(path) };
        for entry in table.entries() {
            let key = entry.key.value.as_str();
            let Some(idx) = option_idx(key) else {
                if HIDING.contains(&key) {
                    self.hide(path);
                }
                continue;
            };
            let values = match &entry.value.kind {
                NodeKind::List(elements) => elements.iter().collect(),
                _ => vec![&entry.value],
            };
            for node in values {
                let text = match &node.kind {
                    NodeKind::String(text) => text.value.clone(),
                    NodeKind::Integer(number) => number.to_string(),
                    NodeKind::Bool(value) => value.to_string(),
                    _ => return self.hide(path),
                };
                let value = GivenValue::Word(self.word(&text, node.span, &[]));
                let span = entry.key.span;
                self.option(GivenOption { idx, value, flag: key.to_owned(), span }, depth + 1);
            }
        }
    }

    fn ini(&mut self, path: &Word, depth: usize) {
        let text = path.text().unwrap_or_default();
        let (file, section) = match text.rsplit_once(".ini:") {
            Some((stem, section)) => (format!("{stem}.ini"), section.to_owned()),
            None => (text, "uwsgi".to_owned()),
        };
        let joined = self.workspace.join(&self.launch.folder, &file);
        let opened = joined.and_then(|it| self.workspace.open(&it));
        let Some(file) = opened.filter(|_| depth < DEPTH_MAX) else { return self.hide(path) };
        let text = self.workspace.sources.file(file).shared_text();
        let mut in_section = false;
        let mut conditions: Vec<Condition> = Vec::new();
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let trimmed = line.trim();
            if let Some(name) = trimmed.strip_prefix('[') {
                in_section = name.split(']').next() == Some(section.as_str());
                continue;
            }
            if !in_section || trimmed.starts_with([';', '#']) {
                continue;
            }
            let (key, value) = trimmed.split_once('=').unwrap_or((trimmed, ""));
            let key = key.trim();
            if key.starts_with("if-") || key == "for" || key.starts_with("for-") {
                conditions.push(self.condition(key, value.trim()));
            } else if matches!(key, "endif" | "endfor" | "end-if" | "end-for") {
                conditions.pop();
            } else if conditions.iter().any(|it| matches!(it, Condition::Fails)) {
                // What an environment variable switches off is not there.
            } else if let Some(idx) = option_idx(key) {
                let value = value.trim();
                let at = start + line.find('=').map_or(line.len(), |it| it + 1);
                let blank = text[at.min(offset)..].find(value).unwrap_or(0);
                let span_start = (at + blank).min(offset);
                let span = Span::new(file, span_start, (span_start + value.len()).min(text.len()));
                let word = self.word(value, span, &conditions);
                let key_start = start + (line.len() - line.trim_start().len());
                let key_span = Span::new(file, key_start, key_start + key.len());
                let value = GivenValue::Word(word);
                let option = GivenOption { idx, value, flag: key.to_owned(), span: key_span };
                self.option(option, depth + 1);
            } else if HIDING.contains(&key) {
                self.hide(path);
            }
        }
    }

    /// Whether what stands under a condition applies.
    fn condition(&self, key: &str, value: &str) -> Condition {
        let wanted = match key {
            "if-env" => true,
            "if-not-env" => false,
            _ => return Condition::Unknown,
        };
        // `if-env = NAME=value` compares.
        if value.contains(['=', '$', '%', '@']) {
            return Condition::Unknown;
        }
        let environment = &self.launch.environment;
        match (environment.get(value), wanted) {
            (Lookup::Set(_), _) if !environment.sets(value) => Condition::Unknown,
            (Lookup::Set(_), true) | (Lookup::Unset, false) => Condition::Holds,
            (Lookup::Unmentioned, false) => Condition::Assumed(value.to_owned()),
            _ => Condition::Fails,
        }
    }

    /// The value of an ini key, with `$(NAME)` expanded.
    fn word(&self, value: &str, span: Span, conditions: &[Condition]) -> Word {
        if conditions.iter().any(|it| matches!(it, Condition::Unknown)) {
            let reason = "it stands under a condition in the ini file".to_owned();
            return unknown_word(reason, span);
        }
        // `%(key)`, `%k` and `@(file)` stand for what uwsgi finds out when it starts.
        let is_magic = value.contains("@(")
            || value
                .split('%')
                .skip(1)
                .any(|it| it.starts_with(|it: char| it == '(' || it.is_ascii_alphabetic()));
        if is_magic {
            return unknown_word(format!("opslint does not work out `{value}`"), span);
        }
        // As the real program did: in a file that another includes, variables are filled in where the
        // line that includes it comes behind others, and not where it is the first.
        if self.is_included && value.contains("$(") {
            let reason = format!("uwsgi may leave `{value}` as it is in a file that is included");
            return unknown_word(reason, span);
        }
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(start) = value[at..].find("$(").map(|it| at + it) {
            let Some(end) = value[start..].find(')').map(|it| start + it) else { break };
            push_text(&mut pieces, &value[at..start], span, at);
            pieces.extend(self.variable(&value[start + 2..end], part(span, start, end + 1)));
            at = end + 1;
        }
        push_text(&mut pieces, &value[at..], span, at);
        for condition in conditions {
            let Condition::Assumed(name) = condition else { continue };
            for piece in &mut pieces {
                let state = match &piece.text {
                    Ok(text) => State::Known(Value::Text(text.clone())),
                    Err(unknown) => State::Unknown(unknown.clone()),
                };
                let origin = Origin::written(piece.span, format!("`${name}` is not set"));
                let fact = piece.expanded.take();
                let fact = fact.map_or_else(|| Fact::new(state, origin), Arc::unwrap_or_clone);
                let origin =
                    fact.origin.clone().with_input(format!("${name}"), assumed_unset(name));
                piece.expanded = Some(Arc::new(Fact { origin, ..fact }));
            }
        }
        Word { pieces, span }
    }

    fn variable(&self, name: &str, span: Span) -> Option<Piece> {
        Some(match self.launch.environment.get(name) {
            Lookup::Set(fact) => {
                let text = match fact.value() {
                    Some(value) => Ok(value.to_string()),
                    None => Err(Unknown::because(format!("`${name}` is not known"))),
                };
                Piece { text, span, expanded: Some(Arc::new(fact.clone())) }
            }
            Lookup::Unset => Piece { text: Ok(format!("$({name})")), span, expanded: None },
            Lookup::Unmentioned => Piece { text: Err(unmentioned(name)), span, expanded: None },
        })
    }
}

/// What is known of `if-env` and its relatives.
enum Condition {
    Holds,
    Fails,
    /// It holds as long as this variable is set nowhere outside the project.
    Assumed(String),
    Unknown,
}

fn option_idx(key: &str) -> Option<usize> {
    let is_key = |flag: &str| flag.strip_prefix("--") == Some(key);
    UWSGI.options.iter().position(|it| it.flags.iter().any(|flag| is_key(flag)))
}

fn unknown_word(reason: String, span: Span) -> Word {
    let text = Err(Unknown::because(reason));
    Word { pieces: vec![Piece { text, span, expanded: None }], span }
}

fn push_text(acc: &mut Vec<Piece>, text: &str, span: Span, at: usize) {
    if !text.is_empty() {
        let span = part(span, at, at + text.len());
        acc.push(Piece { text: Ok(text.to_owned()), span, expanded: None });
    }
}

/// The bytes `start..end` of a value that stands at `span`.
fn part(span: Span, start: usize, end: usize) -> Span {
    let file: FileId = span.file;
    Span::new(file, span.range().start + start, span.range().start + end)
}
