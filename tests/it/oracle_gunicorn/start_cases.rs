//! Cases whose settings load, and that gunicorn refuses or takes when it starts.

use super::cases::Case;

/// Every such case.
pub(crate) fn all() -> Vec<Case> {
    let file = |text: &&str| Case::new(&["app:app"]).file("gunicorn.conf.py", text);
    let mut cases: Vec<_> = FILES.iter().map(file).collect();
    for (name, configuration) in LOG_CONFIGS.iter().enumerate() {
        let text = format!("logconfig_dict = {configuration}\n");
        cases.push(Case::new(&["app:app"]).file("gunicorn.conf.py", &text));
        let json = configuration.replace("None", "null").replace("True", "true");
        let path = format!("log{name}.json");
        cases.push(Case::new(&["app:app", "--log-config-json", &path]).file(&path, &json));
    }
    cases.extend([
        Case::new(&["app:app", "-e", "DEBUG"]),
        Case::new(&["app:app", "-e", "A=1", "-e", "DEBUG"]),
        Case::new(&["app:app", "-e", "A=1", "-e", "B="]),
        Case::new(&["app:app", "-e", "=x"]),
        Case::new(&["app:app", "-k", "egg:gunicorn#sync"]),
        Case::new(&["app:app", "--log-level", "LOUD"]),
        Case::new(&["app:app", "--logger-class", "simple"]),
        Case::new(&["app:app", "--logger-class", "nope"]),
        Case::new(&["app:app", "--log-syslog-facility", "nope"]),
        Case::new(&["app:app", "--log-syslog", "--log-syslog-facility", "nope"]),
        Case::new(&["app:app", "--log-syslog", "--log-syslog-to", "localhost:514"]),
    ]);
    cases
}

const FILES: &[&str] = &[
    "raw_env = ['DJANGO_SETTINGS_MODULE']\n",
    "raw_env = 'A=1'\n",
    "raw_env = {'A=1': 2}\n",
    "loglevel = None\n",
    "loglevel = 'nope'\n",
    "logger_class = None\n",
    "logger_class = 'gunicorn.glogging.Logger'\n",
    "worker_class = 'egg:gunicorn#gthread'\n",
    "worker_class = 'egg:gunicorn'\n",
    "worker_class = 'nope'\n",
    "worker_class = '##sync'\n",
    "syslog = True\nsyslog_facility = 'LOCAL3'\nsyslog_addr = 'nope'\n",
    "syslog_facility = 'nope'\n",
    "bind = 'x:y'\n",
    "import os\nos.no_such_thing()\n",
    "from os import getcwdu\n",
    "import multiprocessing\nworkers = multiprocessing.cpus()\n",
    "try:\n    from os import getcwdu\nexcept ImportError:\n    workers = 3\n",
    "import os\nworkers = getattr(os, 'no_such_thing', 4)\n",
    "import os\nworkers = 3 if hasattr(os, 'no_such_thing') else 5\n",
    "import configparser\nconfig = configparser.ConfigParser()\n",
    "import os\nconfig = dict(os.environ)\n",
    "with open('src/app.py') as config:\n    pass\n",
    "from importlib import reload\n",
    "from os import chdir, umask\n",
    "from os import umask as mask\nworkers = 3\n",
    "import ssl\nprotocol = ssl.PROTOCOL_TLS\n",
    "workers = int('\u{663}')\nthreads = '\u{664}'\n",
    "a, b = b'x', b'y'\nworkers = 3 if a == b else 4\n",
    "import datetime\na = datetime.datetime(2020, 1, 1)\nb = datetime.datetime(2021, 1, 1)\nthreads = 2 if a != b else 3\n",
    "workers = int(b'12')\nproc_name = b'abc'.decode()\n",
];

/// Keys over gunicorn's own `CONFIG_DEFAULTS`.
const LOG_CONFIGS: &[&str] = &[
    r#"{"version": 1}"#,
    r#"{"version": 2}"#,
    r#"{"handlers": {"out": {"class": "logging.StreamHandler"}}}"#,
    r#"{"handlers": {"out": {"class": "logging.StreamHandler"}}, "root": {"handlers": ["out"]}}"#,
    r#"{"handlers": {"out": {"class": "logging.StreamHandler"}}, "root": {"handlers": ["out"]},
        "loggers": {"gunicorn.error": {"handlers": ["out"], "level": None}}}"#,
    r#"{"root": {"handlers": ["nope"]}}"#,
    r#"{"root": {"level": "LOUD"}}"#,
    r#"{"root": {"level": "info"}}"#,
    r#"{"root": {"level": 15, "handlers": ["console"]}}"#,
    r#"{"formatters": {"mine": {"format": "%(message)s"}}}"#,
    r#"{"formatters": {"generic": {"format": "%(message)s"}}}"#,
    r#"{"loggers": {"a": {"handlers": ["console", "nope"]}}}"#,
    r#"{"loggers": {"a": {"filters": ["nope"]}}}"#,
    r#"{"loggers": {}}"#,
    r#"{"disable_existing_loggers": True, "loggers": {"a.b": {"propagate": True}}}"#,
    r#"{"handlers": {"console": {"class": "logging.StreamHandler"},
        "error_console": {"class": "logging.StreamHandler", "formatter": "nope"}}}"#,
    r#"{"handlers": {"console": {"class": "StreamHandler"},
        "error_console": {"class": "logging.StreamHandler"}}}"#,
    r#"{"handlers": {"console": {"class": "logging.NoHandler"},
        "error_console": {"class": "logging.StreamHandler"}}}"#,
    r#"{"handlers": {"console": {"class": "logging.handlers.MemoryHandler", "capacity": 5},
        "error_console": {"class": "logging.NullHandler", "level": "ERROR"}}}"#,
    r#"{"handlers": {"console": {"level": "INFO"},
        "error_console": {"class": "logging.StreamHandler"}}}"#,
    r#"{"incremental": True, "loggers": {"a": {"level": "INFO"}}}"#,
    r#"{"incremental": True, "handlers": {}, "loggers": {"a": {"level": "INFO"}}}"#,
    r#"{"filters": {"f": {"name": "a"}}, "root": {"filters": ["f"], "handlers": ["console"]}}"#,
    "{}",
];
