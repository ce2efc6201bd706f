//! uwsgi: its command line and its files, which are ini, XML, YAML or JSON.
//!
//! Seen with uWSGI 2.0.31: options apply in order and the last one wins; `--ini` stands for the
//! options of its file at its own place, and a file given without a flag comes last of all; both
//! beat `UWSGI_<OPTION>`. A `$(NAME)` that is not set stays as it is.

mod files;
mod words;

use super::Server;
use super::arguments::{self, Given, GivenOption, GivenValue};
use super::options::Abbreviations::Allowed;
use super::options::{Default, Table, Ty, opt};
use super::settle;
use crate::diagnostic::Diagnostic;
use crate::document::Text;
use crate::fact::{Fact, Unknown};
use crate::launch::{Launch, Word};
use crate::parse::Syntax;
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::Workspace;

use words::{Block, unknown_word};

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
        opt("xml", &["-x", "--xml"], Ty::Text),
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
    config_files: &["--inherit", "--emperor", "--ini-paste", "--paste"],
    app_settings: None,
};

/// Keys of a file that bring in options of others, which are not read.
const HIDING: &[&str] = &["inherit", "emperor", "ini-paste", "paste", "vassals-include"];

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
                    "xml" => self.xml(&word, depth),
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
        // Of XML, only the option takes an id behind the name.
        if text.ends_with(".xml") {
            return self.xml(path, depth);
        }
        let has = |end: &str| text.ends_with(end) || text.contains(&format!("{end}:"));
        if has(".ini") {
            self.ini(path, depth);
        } else if has(".yml") || has(".yaml") {
            self.tree(path, Syntax::Yaml, depth);
        } else if has(".json") || has(".js") {
            self.tree(path, Syntax::Json, depth);
        } else {
            self.hide(path);
        }
    }

    /// Opens a file, and says what part of it is meant: `FILE` or `FILE:PART`.
    fn open(&mut self, path: &Word, depth: usize) -> Option<(FileId, Option<String>)> {
        let text = path.text()?;
        let (name, part) = match text.rsplit_once(':') {
            Some((name, part)) => (name, Some(part.to_owned())),
            None => (text.as_str(), None),
        };
        let joined = self.workspace.join(&self.launch.folder, name)?;
        let file = self.workspace.open(&joined).filter(|_| depth < DEPTH_MAX)?;
        Some((file, part))
    }

    /// A setting of a file: an option, or what begins or ends a condition.
    fn setting(&mut self, (path, depth): (&Word, usize), block: &mut Block, it: Setting<'_>) {
        let Setting { key, key_span, value } = it;
        if let Some(text) = block.changes(key) {
            let text = text.then(|| value.as_ref().map_or("", |it| it.value.trim()));
            let condition = text.map(|it| self.condition(key, it));
            block.change(key, condition);
        } else if block.is_off() {
            // What an environment variable switches off is not there.
        } else if let Some(idx) = option_idx(key) {
            let value = match value {
                // `master` and `master =` are alike.
                Ok(text) if text.value.is_empty() && UWSGI.options[idx].ty == Ty::Flag => {
                    GivenValue::On
                }
                Ok(text) => GivenValue::Word(self.word(&text, &block.conditions)),
                Err((reason, span)) => GivenValue::Word(unknown_word(reason, span)),
            };
            let option = GivenOption { idx, value, flag: key.to_owned(), span: key_span };
            self.option(option, depth + 1);
        } else if HIDING.contains(&key) {
            self.hide(path);
        }
    }
}

/// A setting as a file has it.
struct Setting<'a> {
    key: &'a str,
    key_span: Span,
    /// The value, or why it is not known.
    value: Result<Text, (String, Span)>,
}

/// Whether a key of a file says something.
fn matters(key: &str) -> bool {
    Block::default().changes(key).is_some() || HIDING.contains(&key) || option_idx(key).is_some()
}

fn option_idx(key: &str) -> Option<usize> {
    let is_key = |flag: &str| flag.strip_prefix("--") == Some(key);
    UWSGI.options.iter().position(|it| it.flags.iter().any(|flag| is_key(flag)))
}
