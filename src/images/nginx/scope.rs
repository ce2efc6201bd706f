//! What is in force in a block of an nginx configuration: its own directives, and those that it
//! inherits from the blocks around it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fact::Unknown;
use crate::glob;
use crate::parse::nginx::Directive;
use crate::source::Span;

/// Included files that set nothing that is looked at: lists of types, of parameters for other
/// protocols, of modules, and the options for TLS that certbot writes.
/// Source: <https://github.com/certbot/certbot> (`options-ssl-nginx.conf`)
const HARMLESS: &[&str] = &[
    "mime.types",
    "*.types",
    "uwsgi_params",
    "fastcgi_params",
    "fastcgi.conf",
    "scgi_params",
    "*modules-enabled*",
    "*modules/*",
    "options-ssl-nginx.conf",
];

/// Files of parameters that distributions ship, which set headers and no limits.
const ONLY_HEADERS: &[&str] = &["*_params"];

/// Directives with one value that are looked at. Those of a protocol start with its name.
const SETTINGS: &[&str] = &["client_max_body_size"];

/// Directives of each protocol, behind its name.
const OF_PROTOCOLS: &[&str] = &[
    "_read_timeout",
    "_send_timeout",
    "_connect_timeout",
    "_buffering",
    "_request_buffering",
    "_http_version",
];

/// Variables, headers or settings that are kept for one block: each block may add to them.
const KEPT_MAX: usize = 100;

/// A directive in force: what it says and where, or why that is not known.
pub(super) type Setting = (Result<String, Unknown>, Span);

/// What is in force in a block. Blocks share what they do not change.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    /// Directives with one value, by name.
    pub(super) settings: Arc<BTreeMap<String, Setting>>,
    /// Headers that requests are passed on with, by name in small letters.
    pub(super) headers: Arc<BTreeMap<String, Setting>>,
    /// What `set` gave to variables, by name with the `$`.
    pub(super) variables: Arc<BTreeMap<String, String>>,
    /// Why a directive may be in force that we do not see.
    pub(super) hidden: Option<Unknown>,
    /// Why a header may be set that we do not see.
    pub(super) hidden_headers: Option<Unknown>,
    /// Whether the file has the `http` block, where everything is inherited from.
    pub(super) file_is_whole: bool,
    /// Whether the template decides if the block is there.
    pub(super) is_optional: bool,
    /// Whether the server takes HTTPS; `None` outside of one, or when it is not known.
    pub(super) takes_tls: Option<bool>,
}

/// What is known of a header that requests are passed on with.
pub(super) enum Header<'a> {
    /// It is set.
    Set(&'a Setting),
    /// It is not: what the client sent goes on, but for those that are about the connection.
    Absent,
    /// Nobody knows.
    Unknown(Unknown),
}

impl Scope {
    /// What is in force in a block with these directives, included files in their place.
    pub(super) fn inner(&self, name: &str, is_optional: bool, directives: &[Directive]) -> Self {
        let mut scope = self.clone();
        scope.is_optional |= is_optional;
        scope.file_is_whole |= name == "http";
        // A block with headers of its own inherits none.
        if directives.iter().any(|it| it.name.value == "proxy_set_header") {
            scope.headers = Arc::default();
            scope.hidden_headers = None;
        }
        for it in directives {
            scope.note(it);
        }
        if name == "server" {
            scope.takes_tls = takes_tls(directives);
        }
        scope
    }

    /// Takes what a directive says into what is in force.
    fn note(&mut self, directive: &Directive) {
        let name = directive.name.value.as_str();
        match name {
            "include" => self.hide(directive.argument(0).unwrap_or("…")),
            "set" => {
                // One more is not known, as if the template set it.
                if let (Some(name), Some(value)) = (directive.argument(0), directive.argument(1))
                    && (self.variables.len() < KEPT_MAX || self.variables.contains_key(name))
                {
                    let variables = Arc::make_mut(&mut self.variables);
                    variables.insert(name.to_owned(), value.to_owned());
                }
            }
            "proxy_set_header" => {
                let Some(header) = directive.argument(0).map(str::to_ascii_lowercase) else {
                    return;
                };
                if self.headers.len() < KEPT_MAX || self.headers.contains_key(&header) {
                    Arc::make_mut(&mut self.headers).insert(header, setting(directive, 1));
                } else {
                    let reason = format!("there are more than {KEPT_MAX} headers");
                    self.hidden_headers = Some(Unknown::because(reason));
                }
            }
            _ if SETTINGS.contains(&name) || OF_PROTOCOLS.iter().any(|it| name.ends_with(it)) => {
                let (value, span) = setting(directive, 0);
                let value = match value {
                    Ok(text) if text.contains('$') => Err(written_by_template(name)),
                    value => value,
                };
                // There are a dozen that mean something.
                if self.settings.len() < KEPT_MAX || self.settings.contains_key(name) {
                    let settings = Arc::make_mut(&mut self.settings);
                    settings.insert(name.to_owned(), (value, span));
                }
            }
            _ => {}
        }
    }

    /// An included file that cannot be read may set anything.
    fn hide(&mut self, path: &str) {
        let file = path.rsplit('/').next().unwrap_or(path);
        let is_any =
            |of: &[&str]| of.iter().any(|it| glob::matches(it, file) || glob::matches(it, path));
        if is_any(HARMLESS) {
            return;
        }
        let unknown = Unknown::because(format!("`{path}` is not in this project"));
        if !is_any(ONLY_HEADERS) {
            self.hidden = Some(unknown.clone());
        }
        self.hidden_headers = Some(unknown);
    }

    /// What is known of a header.
    pub(super) fn header(&self, name: &str) -> Header<'_> {
        match (self.headers.get(&name.to_ascii_lowercase()), &self.hidden_headers) {
            (Some(setting), _) => Header::Set(setting),
            (None, Some(unknown)) => Header::Unknown(unknown.clone()),
            (None, None) if !self.file_is_whole && self.headers.is_empty() => {
                let reason = "the file that includes this one is not in this project";
                Header::Unknown(Unknown::because(reason))
            }
            (None, None) => Header::Absent,
        }
    }
}

/// An argument of a directive, and its place.
fn setting(directive: &Directive, idx: usize) -> Setting {
    let name = directive.name.value.as_str();
    let value = match directive.argument(idx) {
        _ if directive.conditional => {
            Err(Unknown::because(format!("the template decides whether `{name}` is there")))
        }
        Some(text) => Ok(text.to_owned()),
        None => Err(written_by_template(name)),
    };
    let span = directive.arguments.get(idx).map_or(directive.name.span, |it| it.span);
    (value, span)
}

fn written_by_template(name: &str) -> Unknown {
    Unknown::because(format!("the template writes `{name}`"))
}

/// Whether a server takes HTTPS on one of its ports.
fn takes_tls(directives: &[Directive]) -> Option<bool> {
    let mut known = true;
    for it in directives {
        match it.name.value.as_str() {
            "listen" => {
                let mut words = it.arguments.iter().map(|it| it.text.as_deref());
                if words.any(|it| matches!(it, Some("ssl" | "quic"))) {
                    return Some(true);
                }
                known &= it.arguments.iter().all(|it| it.text.is_some());
            }
            "ssl" if it.argument(0) == Some("on") => return Some(true),
            "include" => {
                let path = it.argument(0).unwrap_or_default();
                let file = path.rsplit('/').next().unwrap_or(path);
                known &= HARMLESS.iter().any(|it| glob::matches(it, file));
            }
            _ => {}
        }
    }
    known.then_some(false)
}
