//! Every setting of gunicorn 27.0.1: the one table that parsing, checking and resolving read.
//!
//! The rows are in `rows.rs`. A row says what gunicorn's `config.py` says: the name, the first
//! version seen with it, the flags and what they take, the validator, the default after validation,
//! the environment variables that the default reads, and the worker classes on which it has an
//! effect. The oracle test compares the rows with the real program.

use super::worker::WorkerKind;

pub use super::rows::SETTINGS;

/// The version that [`SETTINGS`] describes.
pub const GUNICORN_VERSION: &str = "27.0.1";

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Name in configuration files and in `--print-config`.
    pub name: &'static str,
    /// Section of gunicorn's documentation.
    pub section: &'static str,
    /// Oldest version in which the setting was seen; "17.5" is that or older.
    pub since: &'static str,
    /// What its flags take.
    pub takes: Takes,
    /// The flags; empty for a setting that only configuration files can set.
    pub flags: &'static [&'static str],
    /// The validator.
    pub check: Check,
    /// Value when nothing sets it, after validation.
    pub default: Default,
    /// Environment variables that the default reads.
    pub variables: &'static [&'static str],
    /// Worker classes on which it has an effect; `None` for all of them.
    pub workers: Option<&'static [WorkerKind]>,
}

/// What a flag takes, which is argparse's action, type and number of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No flag: configuration files only.
    FileOnly,
    /// One text.
    Text,
    /// One integer as `int()` reads it.
    Int,
    /// One integer as `int(…, 0)` reads it, where `0644` is octal too.
    OctalInt,
    /// One text for each use; uses add up.
    Append,
    /// One text, or none, which means `auto`.
    OptionalText,
    /// Nothing; the flag means true.
    True,
    /// Nothing; the flag means false.
    False,
}

/// gunicorn's validator of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// Text or None, stripped.
    Text,
    /// A boolean, "true", "false" or None.
    Bool,
    /// An integer not below zero, or text that `int(…, 0)` reads as one.
    Count,
    /// An integer between two bounds, both included.
    CountIn(i64, i64),
    /// A text or a list of texts.
    TextList,
    /// A text or a list of texts: existing files and glob patterns.
    FileList,
    /// Text: IP addresses and networks, or `*`, between commas.
    AddressList,
    /// Text: names between commas.
    NameList,
    /// Text, a class, or a function that returns one.
    Class,
    /// A dictionary.
    Dict,
    /// A callable with this many positional parameters, or its import path.
    Hook(u8),
    /// A callable with two to four positional parameters, or its import path.
    PostRequest,
    /// A user id or name.
    User,
    /// A group id or name.
    Group,
    /// A folder that exists.
    Folder,
    /// `HOST:PORT` or `unix://PATH`.
    StatsdAddress,
    /// The name of a reloader.
    ReloadEngine,
    /// `h1` and `h2` between commas, none twice.
    Protocols,
    /// One of a few words.
    Choice(&'static Choice),
    /// Anything; the value is ignored.
    Ignored,
}

/// The words a setting accepts, in any case and with blanks around them.
#[derive(Debug, PartialEq)]
pub struct Choice {
    /// The validator's name in gunicorn, without `validate_`.
    pub validator: &'static str,
    /// Accepted words and the value each stands for.
    pub words: &'static [(&'static str, &'static str)],
    /// The value that None stands for; `None` when it stays None.
    pub none: Option<&'static str>,
    /// The values that False and True stand for; `None` when booleans are refused.
    pub booleans: Option<(&'static str, &'static str)>,
}

/// A default, after validation.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// None.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A text.
    Text(&'static str),
    /// A list of texts.
    Texts(&'static [&'static str]),
    /// A dictionary of texts.
    Pairs(&'static [(&'static str, &'static str)]),
    /// gunicorn's own hook, by the name that `--print-config` shows.
    Hook(&'static str),
    /// Depends on where gunicorn runs.
    Runtime,
}

/// Index of a setting in [`SETTINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingId(pub(super) u8);

impl SettingId {
    /// The row.
    pub fn def(self) -> &'static Setting {
        &SETTINGS[usize::from(self.0)]
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.def().name
    }

    /// The id of a row that exists, at compile time.
    pub(super) const fn of(name: &str) -> Self {
        let mut idx = 0;
        while idx < SETTINGS.len() {
            if same(SETTINGS[idx].name.as_bytes(), name.as_bytes()) {
                return Self(idx as u8);
            }
            idx += 1;
        }
        panic!("no such setting");
    }

    /// The id of a name in a configuration file. Upper and lower case differ, as in gunicorn.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|it| it.name() == name)
    }

    /// Every id, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u8..).map(Self).take(SETTINGS.len())
    }
}

impl Setting {
    /// The flag to name in a message: the long one.
    pub fn flag(&self) -> Option<&'static str> {
        self.flags.iter().copied().find(|it| it.starts_with("--"))
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut idx = 0;
    while idx < a.len() && idx < b.len() && a[idx] == b[idx] {
        idx += 1;
    }
    idx == a.len() && idx == b.len()
}

/// Settings that the code names.
macro_rules! ids {
    ($($id:ident = $name:literal;)*) => {
        $(pub(super) const $id: SettingId = SettingId::of($name);)*
    };
}

ids! {
    BIND = "bind";
    CHDIR = "chdir";
    CONFIG = "config";
    CONTROL_SOCKET = "control_socket";
    CERTFILE = "certfile";
    DEFAULT_PROC_NAME = "default_proc_name";
    DIRTY_APPS = "dirty_apps";
    DIRTY_WORKERS = "dirty_workers";
    FORWARDED_ALLOW_IPS = "forwarded_allow_ips";
    GRACEFUL_TIMEOUT = "graceful_timeout";
    HTTP2_CLEARTEXT = "http2_cleartext";
    HTTP_PROTOCOLS = "http_protocols";
    KEEPALIVE = "keepalive";
    KEYFILE = "keyfile";
    LOGCONFIG = "logconfig";
    LOGCONFIG_DICT = "logconfig_dict";
    LOGCONFIG_JSON = "logconfig_json";
    LOGGER_CLASS = "logger_class";
    LOGLEVEL = "loglevel";
    MAX_REQUESTS = "max_requests";
    MAX_REQUESTS_JITTER = "max_requests_jitter";
    PASTE = "paste";
    PRELOAD_APP = "preload_app";
    RAW_ENV = "raw_env";
    RELOAD = "reload";
    RELOAD_EXTRA_FILES = "reload_extra_files";
    SSL_VERSION = "ssl_version";
    SYSLOG = "syslog";
    SYSLOG_ADDR = "syslog_addr";
    SYSLOG_FACILITY = "syslog_facility";
    THREADS = "threads";
    TIMEOUT = "timeout";
    WORKER_CLASS = "worker_class";
    WORKER_CONNECTIONS = "worker_connections";
    WORKER_TMP_DIR = "worker_tmp_dir";
    WORKERS = "workers";
    WSGI_APP = "wsgi_app";
}
