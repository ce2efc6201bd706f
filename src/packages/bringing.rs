//! What packages bring with them of those that a program or a setting asks for by name.
//!
//! pip installs what is listed and what that needs in turn. The packages of `lacks` are known to
//! need no server; of what stands below, most need nothing at all. Whatever brings one of the
//! packages of `needed` has a row in [`BRINGS`], or in [`EXTRAS`] when an optional part of it does:
//! the dependencies that the metadata of each package name, whatever its version. A package that
//! is in none of these tables may bring anything.

use super::Package;
use super::lacks::{PLAIN, WITH_EXTRAS};

/// Packages beside those of `lacks` that bring no others of those that are asked for but what
/// [`BRINGS`] says.
const MORE: &[&str] = &[
    "aiofiles",
    "aiomysql",
    "aiosignal",
    "aiosqlite",
    "async-timeout",
    "asyncpg",
    "bidict",
    "black",
    "cachelib",
    "click-didyoumean",
    "click-plugins",
    "click-repl",
    "coverage",
    "crispy-bootstrap4",
    "crispy-bootstrap5",
    "cron-descriptor",
    "deprecated",
    "diff-match-patch",
    "dj-rest-auth",
    "django-anymail",
    "django-axes",
    "django-ckeditor",
    "django-countries",
    "django-csp",
    "django-import-export",
    "django-js-asset",
    "django-model-utils",
    "django-mptt",
    "django-phonenumber-field",
    "django-ratelimit",
    "django-simple-history",
    "django-taggit",
    "django-timezone-field",
    "django-widget-tweaks",
    "ecdsa",
    "exceptiongroup",
    "factory-boy",
    "faker",
    "flake8",
    "flask-httpauth",
    "flask-mysqldb",
    "flask-session",
    "gunicorn",
    "hiredis",
    "html5lib",
    "httptools",
    "inflection",
    "iniconfig",
    "isort",
    "limits",
    "loguru",
    "mccabe",
    "mongoengine",
    "motor",
    "mypy-extensions",
    "orjson",
    "pathspec",
    "peewee",
    "phonenumbers",
    "platformdirs",
    "pluggy",
    "prometheus-client",
    "prompt-toolkit",
    "propcache",
    "pyasn1",
    "pycodestyle",
    "pycryptodome",
    "pyflakes",
    "pyopenssl",
    "pyotp",
    "python-crontab",
    "python-slugify",
    "pytest-django",
    "rpds-py",
    "rq",
    "rsa",
    "sentry-sdk",
    "shortuuid",
    "simple-websocket",
    "sqlmodel",
    "structlog",
    "tablib",
    "tenacity",
    "text-unidecode",
    "tornado",
    "ujson",
    "unidecode",
    "uritemplate",
    "uvicorn-worker",
    "uvloop",
    "wcwidth",
    "websocket-client",
    "websockets",
    "wrapt",
    "wsproto",
    "zope-event",
    "zope-interface",
];

/// What a package needs itself, and the version from which on it no longer does.
struct Brings {
    package: &'static str,
    others: &'static [&'static str],
    until: Option<(u64, u64)>,
}

const fn brings(package: &'static str, others: &'static [&'static str]) -> Brings {
    Brings { package, others, until: None }
}

impl Brings {
    const fn until(self, major: u64, minor: u64) -> Self {
        Self { until: Some((major, minor)), ..self }
    }
}

/// Sources: what PyPI says each requires; fastapi 0.111 alone had what is now `fastapi[standard]`,
/// uvicorn 0.11 what is now `uvicorn[standard]`, Flask-SocketIO 0.6 gevent, channels 3 daphne.
const BRINGS: &[Brings] = &[
    brings("fastapi", &["uvicorn", "uvloop", "httptools", "websockets", "python-dotenv"])
        .until(0, 112),
    brings("uvicorn", &["uvloop", "httptools", "websockets"]).until(0, 12),
    brings("uvicorn-worker", &["uvicorn", "gunicorn"]),
    brings("flask-socketio", &["gevent", "eventlet"]).until(1, 0),
    brings("aiomysql", &["pymysql"]),
    brings("channels", &["daphne"]).until(4, 0),
    brings("channels-redis", &["redis", "channels", "daphne"]),
    brings("crispy-bootstrap4", &["django-crispy-forms"]),
    brings("crispy-bootstrap5", &["django-crispy-forms"]),
    brings("dj-rest-auth", &["djangorestframework"]),
    brings("django-celery-beat", &["celery"]),
    brings("django-celery-results", &["celery"]),
    brings("django-cloudinary-storage", &["cloudinary"]),
    brings("django-heroku", &["psycopg2", "whitenoise", "dj-database-url"]),
    brings("django-redis", &["redis"]),
    brings("djangorestframework-simplejwt", &["djangorestframework"]),
    brings("drf-spectacular", &["djangorestframework"]),
    brings("drf-yasg", &["djangorestframework"]),
    brings("flask-migrate", &["flask-sqlalchemy"]),
    brings("flask-mysqldb", &["mysqlclient"]),
    brings("graphene-django", &["djangorestframework", "django-filter"]),
    brings("marshmallow-sqlalchemy", &["flask-sqlalchemy"]),
    brings("matplotlib", &["tornado"]),
    brings("pydantic-settings", &["python-dotenv"]),
    brings("python-telegram-bot", &["tornado"]),
    brings("rq", &["redis"]),
    brings("selenium", &["trio"]),
    brings("spotipy", &["redis"]),
];

/// What optional parts bring: the package, the part, and what it needs of what is asked for.
const EXTRAS: &[(&str, &str, &[&str])] = &[
    ("celery", "auth", &[]),
    ("celery", "eventlet", &["eventlet"]),
    ("celery", "gevent", &["gevent"]),
    ("celery", "librabbitmq", &[]),
    ("celery", "msgpack", &[]),
    ("celery", "redis", &["redis"]),
    ("celery", "sqlalchemy", &[]),
    ("celery", "yaml", &[]),
    ("channels", "daphne", &["daphne"]),
    ("django", "argon2", &[]),
    ("django", "bcrypt", &[]),
    ("django-allauth", "mfa", &[]),
    ("django-allauth", "socialaccount", &[]),
    ("django-redis", "hiredis", &[]),
    ("django-storages", "azure", &[]),
    ("django-storages", "boto3", &[]),
    ("django-storages", "google", &[]),
    ("django-storages", "s3", &[]),
    ("djangorestframework-simplejwt", "crypto", &[]),
    ("drf-spectacular", "sidecar", &[]),
    ("fastapi", "all", STANDARD),
    ("fastapi", "standard", STANDARD),
    ("flask", "async", &[]),
    ("flask", "dotenv", &["python-dotenv"]),
    ("gunicorn", "eventlet", &["eventlet"]),
    ("gunicorn", "gevent", &["gevent"]),
    ("gunicorn", "gthread", &[]),
    ("gunicorn", "setproctitle", &[]),
    ("gunicorn", "tornado", &["tornado"]),
    ("passlib", "argon2", &[]),
    ("passlib", "bcrypt", &[]),
    ("psycopg", "binary", &[]),
    ("psycopg", "c", &[]),
    ("psycopg", "pool", &[]),
    ("pydantic", "dotenv", &["python-dotenv"]),
    ("pydantic", "email", &[]),
    ("pyjwt", "crypto", &[]),
    ("python-jose", "cryptography", &[]),
    ("redis", "hiredis", &[]),
    ("sentry-sdk", "celery", &["celery"]),
    ("sentry-sdk", "django", &[]),
    ("sentry-sdk", "fastapi", &[]),
    ("sentry-sdk", "flask", &[]),
    ("uvicorn", "standard", &["uvloop", "httptools", "websockets", "python-dotenv"]),
    ("whitenoise", "brotli", &[]),
];

/// What the part `standard` of fastapi needs.
const STANDARD: &[&str] = &["uvicorn", "uvloop", "httptools", "websockets", "python-dotenv"];

/// Whether a package that is asked for may bring one of `wanted`, itself or through what it needs.
pub(super) fn may_bring(package: &Package, wanted: &[&str]) -> bool {
    let name = package.name.as_str();
    let is_plain = [PLAIN, WITH_EXTRAS, MORE].iter().any(|it| it.contains(&name));
    if !is_plain || package.is_direct {
        return true;
    }
    let is_wanted = |others: &[&str]| others.iter().any(|it| wanted.contains(it));
    let is_of = |it: &&Brings| it.package == name && is_wanted(it.others);
    if BRINGS.iter().filter(is_of).any(|it| it.until.is_none_or(|it| may_be_below(package, it))) {
        return true;
    }
    package.extras.iter().any(|extra| {
        let row = EXTRAS.iter().find(|(of, part, _)| *of == name && part == extra);
        row.is_none_or(|(_, _, others)| is_wanted(others))
    })
}

/// Whether the version that is installed may be below one: pip takes the newest where nothing keeps
/// it out.
fn may_be_below(package: &Package, (major, minor): (u64, u64)) -> bool {
    let Some(version) = &package.version else { return package.major_max.is_some() };
    let mut parts = version.split('.').map(|it| it.parse::<u64>().ok());
    match (parts.next().flatten(), parts.next()) {
        (Some(have), _) if have != major => have < major,
        (Some(_), Some(Some(have))) => have < minor,
        (Some(_), None) => minor > 0,
        _ => true,
    }
}
