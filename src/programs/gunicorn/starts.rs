//! What gunicorn refuses after its settings are loaded, before it listens: `Arbiter.setup` with the
//! logger, the worker class and `raw_env` (arbiter.py, glogging.py and util.py of gunicorn 27.0.1).

use crate::diagnostic::Diagnostic;
use crate::fact::TextPart;
use crate::launch::{Launch, StartFiles};
use crate::workspace::{Opened, Workspace};

use super::checks::span_of;
use super::log_config::{self, Custom};
use super::object::Object;
use super::table::{self, SettingId};
use super::validate::Refusal;
use super::values::Table;
use super::{diagnostics, worker};

/// The facilities that `SYSLOG_FACILITIES` of glogging.py lists.
const FACILITIES: [&str; 21] = [
    "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "security",
    "syslog", "user", "uucp", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

/// Reports what ends gunicorn although each value is one that its setting takes.
pub(super) fn starts(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &mut Table,
) {
    let before = acc.len();
    paths(acc, workspace, launch, table);
    variables(acc, launch, table);
    logger(acc, launch, table);
    log_config(acc, workspace, launch, table);
    table.refused |= acc.len() > before;
}

fn refuse(
    acc: &mut Vec<Diagnostic>,
    (launch, table): (&Launch, &Table),
    id: SettingId,
    (shown, takes): (&str, &str),
) {
    let refusal = Refusal(takes.to_owned());
    acc.push(diagnostics::rejected_value(id, shown, &refusal, span_of(table, id, launch)));
}

/// Files that gunicorn asks for while it still is in the folder that it was started in: the one of
/// `--paste`, up to its `#`, and those of `reload_extra_files` that are no patterns.
fn paths(acc: &mut Vec<Diagnostic>, workspace: &mut Workspace<'_>, launch: &Launch, table: &Table) {
    if launch.files != StartFiles::Project {
        return;
    }
    let mut missing = |path: &str| {
        let Some(path) = workspace.join(&launch.folder, path) else { return false };
        workspace.try_open(&path) == Opened::Missing && workspace.list(&path).is_empty()
    };
    let pasted = table.pasted.as_ref().and_then(|it| Some((it.text()?, it.span)));
    if let Some((uri, span)) = pasted.filter(|(uri, _)| !uri.is_empty()) {
        let path = uri.split('#').next().unwrap_or_default();
        if missing(path) {
            acc.push(diagnostics::file_missing(table::PASTE, path, span));
        }
    }
    let Object::List(items) = table.object(table::RELOAD_EXTRA_FILES) else { return };
    let literal =
        items.iter().filter_map(Object::as_text).filter(|it| !it.contains(['*', '?', '[']));
    for path in literal.filter(|it| missing(it)) {
        let span = span_of(table, table::RELOAD_EXTRA_FILES, launch);
        acc.push(diagnostics::file_missing(table::RELOAD_EXTRA_FILES, path, span));
    }
}

/// `raw_env`, of which each item is split at its first `=`.
fn variables(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let Object::List(items) = table.object(table::RAW_ENV) else { return };
    let broken = |it: &&Object| match it {
        Object::Text(text) => !text.contains('=') || text.starts_with('='),
        Object::Pattern(parts) => {
            matches!(parts.first(), Some(TextPart::Known(it)) if it.starts_with('='))
        }
        _ => false,
    };
    if let Some(item) = items.iter().find(broken) {
        let shown = format!("`{}`", item.as_text().unwrap_or_default());
        let takes = "variables as `NAME=value`";
        refuse(acc, (launch, table), table::RAW_ENV, (&shown, takes));
    }
}

/// `Logger.setup` and the class of the logger.
fn logger(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let at = (launch, table);
    if *table.object(table::LOGLEVEL) == Object::None {
        refuse(acc, at, table::LOGLEVEL, ("None", "the name of a level"));
    }
    match table.object(table::LOGGER_CLASS) {
        Object::None => {
            refuse(acc, at, table::LOGGER_CLASS, ("None", "a class or its import path"));
        }
        Object::Text(name) if name != "simple" && worker::needs_entry_point(name) => {
            let shown = format!("`{name}`");
            refuse(acc, at, table::LOGGER_CLASS, (&shown, "a class or its import path"));
        }
        _ => {}
    }
    if *table.object(table::SYSLOG) != Object::Bool(true) {
        return;
    }
    if let Some(name) = table.text(table::SYSLOG_FACILITY)
        && !FACILITIES.contains(&name.to_lowercase().as_str())
    {
        let shown = format!("`{name}`");
        let takes = "a facility of syslog, such as `user`, `daemon` or `local0`";
        refuse(acc, at, table::SYSLOG_FACILITY, (&shown, takes));
    }
    if let Some(address) = table.text(table::SYSLOG_ADDR)
        && !is_syslog_address(address)
    {
        let shown = format!("`{address}`");
        let takes = "`unix://PATH`, `udp://HOST:PORT` or `tcp://HOST:PORT`";
        refuse(acc, at, table::SYSLOG_ADDR, (&shown, takes));
    }
}

/// `parse_syslog_address` of glogging.py.
fn is_syslog_address(address: &str) -> bool {
    if address.starts_with("unix://") {
        return true;
    }
    let rest = address.strip_prefix("udp://").or_else(|| address.strip_prefix("tcp://"));
    let Some(rest) = rest else { return false };
    let rest = rest.rsplit(']').next().unwrap_or(rest);
    let Some((_, port)) = rest.split_once(':') else { return true };
    !port.is_empty() && port.chars().all(char::is_numeric)
}

/// `logconfig_dict`, or `logconfig_json` where that is empty.
fn log_config(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &Table,
) {
    let (id, object) = match table.object(table::LOGCONFIG_DICT) {
        Object::Dict(pairs) if pairs.is_empty() => {
            let Some(read) = json_file(workspace, launch, table) else { return };
            (table::LOGCONFIG_JSON, read)
        }
        Object::Dict(pairs) => (table::LOGCONFIG_DICT, Object::Dict(pairs.clone())),
        _ => return,
    };
    let span = span_of(table, id, launch);
    let text = workspace.sources.file(span.file).text();
    let custom = Custom { levels: text.contains("addLevelName") };
    if let Some(problem) = log_config::problem(&object, custom) {
        acc.push(diagnostics::log_config_fails(id, &problem, span));
    }
}

/// What the file of `logconfig_json` says, when that is certain.
fn json_file(workspace: &mut Workspace<'_>, launch: &Launch, table: &Table) -> Option<Object> {
    let path = table.text(table::LOGCONFIG_JSON)?;
    if launch.files != StartFiles::Project || table.is_set(table::CHDIR) {
        return None;
    }
    let path = workspace.join(&launch.folder, path)?;
    let file = workspace.open(&path)?;
    let value: serde_json::Value =
        serde_json::from_str(workspace.sources.file(file).text()).ok()?;
    Some(Object::from(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_syslog_are_read_as_gunicorn_reads_them() {
        let taken = [
            "unix:///dev/log",
            "unix:///x#dgram",
            "udp://a:514",
            "udp://",
            "tcp://[::1]:5",
            "tcp://a",
        ];
        for address in taken {
            assert!(is_syslog_address(address), "{address}");
        }
        for address in ["localhost:514", "udp://a:x", "udp://a:", "/dev/log"] {
            assert!(!is_syslog_address(address), "{address}");
        }
    }
}
