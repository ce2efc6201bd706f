//! Packages that a program, a setting or an import asks for by a name of its own, and whether what
//! the build installs certainly lacks them.

use super::Packages;
use super::bringing::may_bring;

/// What something asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Needed {
    /// The package to add.
    pub(crate) package: &'static str,
    /// The packages of which one is enough; that one among them.
    any_of: &'static [&'static str],
    /// The module of Python by whose name code and settings ask for it.
    pub(crate) module: &'static str,
}

/// Sources: the names of the modules are those in the wheels of the packages.
const NEEDED: &[Needed] = &[
    needed("channels", &["channels"], "channels"),
    needed("channels-redis", &["channels-redis"], "channels_redis"),
    needed("cloudinary", &["cloudinary"], "cloudinary"),
    needed("daphne", &["daphne"], "daphne"),
    needed("dj-database-url", &["dj-database-url"], "dj_database_url"),
    needed("django-allauth", &["django-allauth"], "allauth"),
    needed("django-celery-beat", &["django-celery-beat"], "django_celery_beat"),
    needed("django-celery-results", &["django-celery-results"], "django_celery_results"),
    needed("django-cloudinary-storage", &["django-cloudinary-storage"], "cloudinary_storage"),
    needed("django-cors-headers", &["django-cors-headers"], "corsheaders"),
    needed("django-crispy-forms", &["django-crispy-forms"], "crispy_forms"),
    needed("django-debug-toolbar", &["django-debug-toolbar"], "debug_toolbar"),
    needed("django-environ", &["django-environ", "environ-config", "environ"], "environ"),
    needed("django-extensions", &["django-extensions"], "django_extensions"),
    needed("django-filter", &["django-filter"], "django_filters"),
    needed("django-redis", &["django-redis"], "django_redis"),
    needed("django-storages", &["django-storages", "django-storages-redux"], "storages"),
    needed("djangorestframework", &["djangorestframework"], "rest_framework"),
    needed("drf-spectacular", &["drf-spectacular"], "drf_spectacular"),
    needed("drf-yasg", &["drf-yasg", "drf-yasg2"], "drf_yasg"),
    needed("eventlet", &["eventlet"], "eventlet"),
    needed("flask-cors", &["flask-cors"], "flask_cors"),
    needed("flask-login", &["flask-login"], "flask_login"),
    needed("flask-migrate", &["flask-migrate"], "flask_migrate"),
    needed("flask-socketio", &["flask-socketio"], "flask_socketio"),
    needed("flask-sqlalchemy", &["flask-sqlalchemy", "flask-sqlalchemy-lite"], "flask_sqlalchemy"),
    needed("flask-wtf", &["flask-wtf"], "flask_wtf"),
    needed("gevent", &["gevent"], "gevent"),
    needed("graphene-django", &["graphene-django"], "graphene_django"),
    needed("httptools", &["httptools"], "httptools"),
    needed("psycopg2-binary", POSTGRESQL, POSTGRESQL_ENGINE),
    needed("mysqlclient", MYSQL, MYSQL_ENGINE),
    needed("python-decouple", &["python-decouple", "decouple"], "decouple"),
    needed("python-dotenv", &["python-dotenv", "dotenv"], "dotenv"),
    needed("redis", &["redis"], "redis"),
    needed("tornado", &["tornado"], "tornado"),
    needed("trio", &["trio"], "trio"),
    needed("uvicorn", &["uvicorn"], "uvicorn"),
    needed("uvicorn-worker", &["uvicorn-worker"], "uvicorn_worker"),
    needed("uvloop", &["uvloop"], "uvloop"),
    needed("whitenoise", &["whitenoise"], "whitenoise"),
];

/// Not a module, but what Django's engine for PostgreSQL asks for: psycopg2, or psycopg since 4.2.
pub(crate) const POSTGRESQL_ENGINE: &str = "django.db.backends.postgresql";

/// Not a module, but what Django's engine for MySQL asks for: `MySQLdb`, in whose place PyMySQL may
/// put itself.
pub(crate) const MYSQL_ENGINE: &str = "django.db.backends.mysql";

/// Source: <https://docs.djangoproject.com/en/5.2/ref/databases/#postgresql-notes>
const POSTGRESQL: &[&str] =
    &["psycopg2", "psycopg2-binary", "psycopg", "psycopg-binary", "psycopg-c", "psycopg2cffi"];

/// Source: <https://docs.djangoproject.com/en/5.2/ref/databases/#mysql-db-api-drivers>
const MYSQL: &[&str] =
    &["mysqlclient", "pymysql", "mysql-python", "mysql-connector-python", "cymysql"];

const fn needed(
    package: &'static str,
    any_of: &'static [&'static str],
    module: &'static str,
) -> Needed {
    Needed { package, any_of, module }
}

/// What is certainly not installed of all that is asked for by name.
pub(crate) fn lacking(packages: &Packages) -> Vec<&'static Needed> {
    let lacks = |it: &&Needed| packages.lack(it.any_of);
    NEEDED.iter().filter(lacks).collect()
}

impl Packages {
    /// Whether certainly none of these packages is installed: each is known with all that it needs.
    pub(crate) fn lack(&self, any_of: &[&str]) -> bool {
        if self.sources.is_empty() || self.hidden.is_some() || self.is_unnamed {
            return false;
        }
        if self.found.is_empty() || any_of.iter().any(|it| self.found.contains_key(*it)) {
            return false;
        }
        self.is_whole || !self.may_be_of_others && !self.iter().any(|it| may_bring(it, any_of))
    }
}
