//! Names that people write and gunicorn does not know, and what they mean instead.

use super::table::{Check, SETTINGS, SettingId};

/// A setting that gunicorn had once. A flag of it is an error, a name in a file is ignored.
#[derive(Debug)]
pub(super) struct RemovedSetting {
    /// Name in configuration files.
    pub(super) name: &'static str,
    /// The first version without it.
    pub(super) removed_in: &'static str,
    /// What to do instead.
    pub(super) instead: &'static str,
}

const REMOVED: &[RemovedSetting] = &[
    RemovedSetting { name: "debug", removed_in: "19.2", instead: "remove it" },
    RemovedSetting {
        name: "django_settings",
        removed_in: "19.7",
        instead: "set `DJANGO_SETTINGS_MODULE` in the environment",
    },
    RemovedSetting {
        name: "x_forwarded_for_header",
        removed_in: "19.0",
        instead: "use `forwarded_allow_ips` and `secure_scheme_headers`",
    },
    RemovedSetting { name: "tolerate_dangerous_framing", removed_in: "23.0", instead: "remove it" },
];

/// Names in configuration files that look right and are ignored, with the setting they mean.
const WRONG_NAMES: &[(&str, &str)] = &[
    ("preload", "preload_app"),
    ("keep_alive", "keepalive"),
    ("access_log", "accesslog"),
    ("access_logfile", "accesslog"),
    ("error_log", "errorlog"),
    ("error_logfile", "errorlog"),
    ("logfile", "errorlog"),
    ("log_file", "errorlog"),
    ("log_level", "loglevel"),
    ("access_logformat", "access_log_format"),
    ("pid", "pidfile"),
    ("name", "proc_name"),
    ("log_config", "logconfig"),
    ("max_request", "max_requests"),
    ("proxy_allow_from", "proxy_allow_ips"),
    ("uwsgi_allow_from", "uwsgi_allow_ips"),
    ("reload_extra_file", "reload_extra_files"),
    ("dirty_app", "dirty_apps"),
    ("no_control_socket", "control_socket_disable"),
];

/// Flags that look right and are refused, with what to write.
const WRONG_FLAGS: &[(&str, &str)] = &[
    ("--preload-app", "--preload"),
    ("--keepalive", "--keep-alive"),
    ("--accesslog", "--access-logfile"),
    ("--access-log", "--access-logfile"),
    ("--errorlog", "--error-logfile"),
    ("--loglevel", "--log-level"),
    ("--access-log-format", "--access-logformat"),
    ("--pidfile", "--pid"),
    ("--proc-name", "--name"),
    ("--proxy-allow-ips", "--proxy-allow-from"),
    ("--uwsgi-allow-ips", "--uwsgi-allow-from"),
    ("--limit-request-field-size", "--limit-request-field_size"),
    ("--reload-extra-files", "--reload-extra-file"),
    ("--dirty-apps", "--dirty-app"),
    ("--control-socket-disable", "--no-control-socket"),
    ("--worker", "--workers"),
    ("--max-req", "--max-requests"),
    ("--host", "--bind HOST:PORT"),
    ("--port", "--bind HOST:PORT"),
];

/// The removed setting of a name in a configuration file.
pub(super) fn removed_setting(name: &str) -> Option<&'static RemovedSetting> {
    REMOVED.iter().find(|it| it.name == name)
}

/// The removed setting of a long flag.
pub(super) fn removed_flag(flag: &str) -> Option<&'static RemovedSetting> {
    removed_setting(&flag.strip_prefix("--")?.replace('-', "_"))
}

/// How a name in a configuration file misses a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// Upper case: gunicorn compares names exactly.
    Case(SettingId),
    /// A name that people write for this setting.
    Known(SettingId),
    /// One letter too many, too few, or wrong.
    Letter(SettingId),
    /// The words of a number's name in another order, with one that counts or says whose it is.
    Words(SettingId),
}

impl Miss {
    /// The setting that was meant.
    pub(super) fn setting(self) -> SettingId {
        match self {
            Self::Case(id) | Self::Known(id) | Self::Letter(id) | Self::Words(id) => id,
        }
    }
}

/// The setting that a name in a configuration file was meant for; `None` for any other variable.
pub(super) fn miss(name: &str) -> Option<Miss> {
    if name.starts_with('_') || SettingId::from_name(name).is_some() {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if let Some(id) = SettingId::from_name(&lower) {
        return Some(Miss::Case(id));
    }
    if let Some((_, right)) = WRONG_NAMES.iter().find(|(wrong, _)| *wrong == lower) {
        return SettingId::from_name(right).map(Miss::Known);
    }
    // Short names are one letter from many words.
    let near = |id: &SettingId| name.len() > 4 && strsim::levenshtein(id.name(), name) == 1;
    let near = SettingId::all().find(near).map(Miss::Letter);
    near.or_else(|| same_words(&lower).map(Miss::Words))
}

/// Words of names that only say that something is a number.
const COUNTING: &[&str] = &["num", "number", "of", "count", "nb", "total", "per", "seconds", "sec"];

/// Words of names that say what has the setting, or that it is a limit, as every number here is.
const OWNERS: &[&str] = &["max", "worker", "request", "gunicorn"];

/// The setting with a number that a name of several words was meant for: `num_workers`,
/// `worker_timeout`.
fn same_words(name: &str) -> Option<SettingId> {
    let own = words(name);
    let is_number = |it: &SettingId| matches!(it.def().check, Check::Count | Check::CountIn(..));
    let with = |wanted: &[&str]| {
        let same = |it: &SettingId| is_number(it) && words(it.name()) == wanted;
        let mut found = SettingId::all().filter(same);
        found.next().filter(|_| found.next().is_none())
    };
    let fewer = |owner: &&str| {
        let at = own.iter().position(|it| it == owner)?;
        let mut rest = own.clone();
        rest.remove(at);
        with(&rest)
    };
    with(&own).or_else(|| OWNERS.iter().find_map(fewer))
}

/// The words of a name but those that count, in the singular and in one order.
fn words(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = name
        .split('_')
        .filter(|it| !it.is_empty() && !COUNTING.contains(it))
        .map(|it| it.strip_suffix('s').unwrap_or(it))
        .collect();
    words.sort_unstable();
    words
}

/// What to write instead of an unknown flag.
pub(super) fn flag_suggestion(flag: &str) -> Option<&'static str> {
    if let Some((_, right)) = WRONG_FLAGS.iter().find(|(wrong, _)| *wrong == flag) {
        return Some(right);
    }
    let flags = SETTINGS.iter().flat_map(|it| it.flags.iter().copied());
    let ranked = flags.map(|it| (strsim::jaro_winkler(it, flag), it));
    let best = ranked.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.92).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_names_mean_settings_that_exist_and_are_none_themselves() {
        for (wrong, right) in WRONG_NAMES {
            assert!(SettingId::from_name(right).is_some(), "{right}");
            assert!(SettingId::from_name(wrong).is_none(), "{wrong}");
        }
        for (wrong, right) in WRONG_FLAGS {
            let flag = right.split(' ').next();
            assert!(SETTINGS.iter().any(|it| it.flags.iter().any(|f| Some(*f) == flag)), "{right}");
            assert!(!SETTINGS.iter().any(|it| it.flags.contains(wrong)), "{wrong}");
        }
    }

    #[test]
    fn only_near_names_are_misses() {
        let name = |it| miss(it).map(|it| it.setting().name());
        assert_eq!(name("worker"), Some("workers"));
        assert_eq!(name("Workers"), Some("workers"));
        assert_eq!(name("preload"), Some("preload_app"));
        assert_eq!(name("cores"), None);
        assert_eq!(name("workers"), None);
        assert_eq!(name("_workers"), None);
        assert_eq!(name("default_workers"), None);
    }

    #[test]
    fn the_words_of_a_number_are_a_miss_in_any_order() {
        let name = |it| miss(it).map(|it| it.setting().name());
        assert_eq!(name("num_workers"), Some("workers"));
        assert_eq!(name("worker_count"), Some("workers"));
        assert_eq!(name("max_workers"), Some("workers"));
        assert_eq!(name("worker_timeout"), Some("timeout"));
        assert_eq!(name("max_worker_connections"), Some("worker_connections"));
        assert_eq!(name("requests_max"), Some("max_requests"));
        assert_eq!(name("max_worker_memory"), None);
        assert_eq!(name("worker_env"), None);
        assert_eq!(name("max"), None);
    }
}
