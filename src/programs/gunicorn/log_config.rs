//! `logging.config.dictConfig` on what gunicorn makes of `logconfig_dict`.
//!
//! gunicorn puts the keys of the setting over `CONFIG_DEFAULTS` of its glogging.py: a key that is
//! given replaces all that the defaults have under it, and the defaults that are left still name
//! the handlers and the formatter that they came with.

use crate::python;

use super::object::Object;

/// `CONFIG_DEFAULTS` of gunicorn 27.0.1, as far as one part names another.
const DEFAULT_LOGGERS: [(&str, &str); 2] =
    [("gunicorn.error", "error_console"), ("gunicorn.access", "console")];
const DEFAULT_ROOT: &str = "console";
const DEFAULT_HANDLERS: [&str; 2] = ["console", "error_console"];
const DEFAULT_FORMATTER: &str = "generic";

/// `logging._nameToLevel`. Names are not lower case.
const LEVELS: [&str; 8] =
    ["CRITICAL", "FATAL", "ERROR", "WARN", "WARNING", "INFO", "DEBUG", "NOTSET"];

/// What the program around it may have added to Python's `logging`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Custom {
    /// Names of levels.
    pub(super) levels: bool,
}

/// A table that is known to have these keys and no others.
type Pairs = [(Object, Object)];

/// Why `dictConfig` refuses it; `None` when it does not, or when that is not known.
pub(super) fn problem(config: &Object, custom: Custom) -> Option<String> {
    let Object::Dict(config) = config else { return None };
    // A key that is not known may be any of them.
    if config.iter().any(|(key, _)| key.as_text().is_none()) {
        return None;
    }
    match get(config, "version") {
        None | Some(Object::Int(1) | Object::Bool(true)) => {}
        Some(Object::Int(_) | Object::Text(_) | Object::None | Object::Float(_)) => {
            return Some("its `version` must be 1".to_owned());
        }
        Some(_) => return None,
    }
    match get(config, "incremental") {
        None | Some(Object::Bool(false)) => {}
        // It changes what is there already, and nothing has been made by then.
        Some(Object::Bool(true)) => {
            let none = matches!(get(config, "handlers"), Some(Object::Dict(it)) if it.is_empty());
            let problem = "with `incremental` it changes handlers, and none is there yet";
            return (!none).then(|| problem.to_owned());
        }
        Some(_) => return None,
    }
    let formatters = names(config, "formatters", &[DEFAULT_FORMATTER]);
    let handlers = names(config, "handlers", &DEFAULT_HANDLERS);
    let filters = names(config, "filters", &[]);
    let known = Known { formatters, handlers, filters, custom };
    (known.handlers(config)).or_else(|| known.loggers(config)).or_else(|| known.root(config))
}

/// The names that other parts can use; `None` where they are not known in full.
struct Known<'a> {
    formatters: Option<Vec<&'a str>>,
    handlers: Option<Vec<&'a str>>,
    filters: Option<Vec<&'a str>>,
    custom: Custom,
}

impl Known<'_> {
    fn handlers(&self, config: &Pairs) -> Option<String> {
        let Some(handlers) = get(config, "handlers") else {
            let lost = lost(self.formatters.as_deref(), DEFAULT_FORMATTER);
            return lost.then(|| {
                format!(
                    "`formatters` replaces gunicorn's own, and its handler `{DEFAULT_ROOT}` names \
                     the formatter `{DEFAULT_FORMATTER}`"
                )
            });
        };
        let Object::Dict(handlers) = handlers else { return None };
        handlers.iter().find_map(|(name, handler)| {
            let (Some(name), Object::Dict(handler)) = (name.as_text(), handler) else {
                return None;
            };
            let of = format!("the handler `{name}`");
            (self.made(&of, handler))
                .or_else(|| self.level(&of, handler))
                .or_else(|| {
                    let formatter = get(handler, "formatter")?.as_text()?;
                    let lost = !formatter.is_empty() && lost(self.formatters.as_deref(), formatter);
                    lost.then(|| undefined(&of, "formatter", formatter))
                })
                .or_else(|| self.named(&of, handler, "filters", self.filters.as_deref()))
        })
    }

    /// How a handler is made: by a class of Python's `logging`, when that is known.
    fn made(&self, of: &str, handler: &Pairs) -> Option<String> {
        if !all_known(handler) || get(handler, "()").is_some() {
            return None;
        }
        let Some(class) = get(handler, "class") else {
            return Some(format!("{of} has no `class`"));
        };
        let class = class.as_text()?;
        let Some((module, _)) = class.rsplit_once('.') else {
            let found = python::library_has("logging", class).then_some("logging").or_else(|| {
                python::library_has("logging.handlers", class).then_some("logging.handlers")
            });
            let module = found?;
            return Some(format!("{of} is of class `{class}`: write `{module}.{class}`"));
        };
        let ours = module == "logging" || module == "logging.handlers";
        let name = class.rsplit('.').next().unwrap_or_default();
        (ours && !python::library_has(module, name))
            .then(|| format!("{of} is of class `{class}`, which Python does not have"))
    }

    fn loggers(&self, config: &Pairs) -> Option<String> {
        let Some(loggers) = get(config, "loggers") else {
            return DEFAULT_LOGGERS.iter().find_map(|(logger, handler)| {
                lost(self.handlers.as_deref(), handler).then(|| replaced(logger, handler))
            });
        };
        let Object::Dict(loggers) = loggers else { return None };
        loggers.iter().find_map(|(name, logger)| {
            let (Some(name), Object::Dict(logger)) = (name.as_text(), logger) else { return None };
            self.logger(&format!("the logger `{name}`"), logger)
        })
    }

    fn root(&self, config: &Pairs) -> Option<String> {
        match get(config, "root") {
            None => {
                let lost = lost(self.handlers.as_deref(), DEFAULT_ROOT);
                lost.then(|| replaced("root", DEFAULT_ROOT))
            }
            Some(Object::Dict(root)) => self.logger("the logger `root`", root),
            Some(_) => None,
        }
    }

    fn logger(&self, of: &str, logger: &Pairs) -> Option<String> {
        (self.level(of, logger))
            .or_else(|| self.named(of, logger, "handlers", self.handlers.as_deref()))
            .or_else(|| self.named(of, logger, "filters", self.filters.as_deref()))
    }

    fn level(&self, of: &str, part: &Pairs) -> Option<String> {
        let level = get(part, "level")?.as_text()?;
        if LEVELS.contains(&level) {
            return None;
        }
        let upper = level.to_uppercase();
        match LEVELS.contains(&upper.as_str()) {
            true => Some(format!("{of} has the level `{level}`: write `{upper}`")),
            false if self.custom.levels => None,
            false => Some(format!("{of} has the level `{level}`, which Python does not have")),
        }
    }

    /// A list of names that stand elsewhere.
    fn named(&self, of: &str, part: &Pairs, key: &str, known: Option<&[&str]>) -> Option<String> {
        let Object::List(items) = get(part, key)? else { return None };
        let mut names = items.iter().filter_map(Object::as_text);
        let what = key.trim_end_matches('s');
        names.find(|it| lost(known, it)).map(|it| undefined(of, what, it))
    }
}

/// The names that a part of the configuration defines.
fn names<'a>(config: &'a Pairs, key: &str, default: &[&'a str]) -> Option<Vec<&'a str>> {
    match get(config, key) {
        None => Some(default.to_vec()),
        Some(Object::Dict(pairs)) => pairs.iter().map(|(key, _)| key.as_text()).collect(),
        Some(_) => None,
    }
}

fn get<'a>(pairs: &'a Pairs, key: &str) -> Option<&'a Object> {
    pairs.iter().find(|(it, _)| it.as_text() == Some(key)).map(|(_, value)| value)
}

fn all_known(pairs: &Pairs) -> bool {
    pairs.iter().all(|(key, _)| key.as_text().is_some())
}

fn lost(known: Option<&[&str]>, name: &str) -> bool {
    known.is_some_and(|it| !it.contains(&name))
}

fn undefined(of: &str, what: &str, name: &str) -> String {
    format!("{of} names the {what} `{name}`, which `{what}s` does not define")
}

fn replaced(logger: &str, handler: &str) -> String {
    format!(
        "`handlers` replaces gunicorn's own, and its logger `{logger}` names the handler \
         `{handler}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<String> {
        let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
        problem(&Object::from(&value), Custom::default())
    }

    /// What each of them does is what gunicorn 27.0.1 on Python 3.11 did with it.
    #[test]
    fn what_python_refuses_is_said() {
        let refused = [
            r#"{"version": 2}"#,
            r#"{"incremental": true}"#,
            r#"{"handlers": {"out": {"class": "logging.StreamHandler"}}}"#,
            r#"{"root": {"handlers": ["nope"]}}"#,
            r#"{"root": {"level": "LOUD"}}"#,
            r#"{"root": {"level": "info"}}"#,
            r#"{"formatters": {"mine": {"format": "%(message)s"}}}"#,
            r#"{"loggers": {"a": {"handlers": ["console", "nope"]}}}"#,
            r#"{"loggers": {"a": {"filters": ["nope"]}}}"#,
            r#"{"handlers": {"console": {"class": "logging.StreamHandler"},
                "error_console": {"class": "logging.StreamHandler", "formatter": "nope"}}}"#,
            r#"{"handlers": {"console": {"class": "StreamHandler"},
                "error_console": {"class": "logging.StreamHandler"}}}"#,
            r#"{"handlers": {"console": {"class": "logging.NoHandler"},
                "error_console": {"class": "logging.StreamHandler"}}}"#,
            r#"{"handlers": {"console": {"level": "INFO"},
                "error_console": {"class": "logging.StreamHandler"}}}"#,
        ];
        for json in refused {
            assert!(of(json).is_some(), "{json}");
        }
    }

    #[test]
    fn what_python_takes_is_left_alone() {
        let taken = [
            "{}",
            r#"{"version": 1, "disable_existing_loggers": true}"#,
            r#"{"root": {"level": "WARN", "handlers": ["error_console"]}}"#,
            r#"{"root": {"level": 15}}"#,
            r#"{"loggers": {"gunicorn.error": {"handlers": [], "level": null}}}"#,
            r#"{"formatters": {"generic": {"format": "%(message)s"}}}"#,
            r#"{"handlers": {"out": {"class": "logging.StreamHandler", "formatter": ""}},
                "root": {"handlers": ["out"]}, "loggers": {}}"#,
            r#"{"handlers": {"console": {"()": "mine.Handler"},
                "error_console": {"class": "mine.Handler", "level": "ERROR"}}}"#,
            r#"{"incremental": true, "handlers": {}, "root": {"handlers": ["nope"]}}"#,
        ];
        for json in taken {
            assert_eq!(of(json), None, "{json}");
        }
    }
}
