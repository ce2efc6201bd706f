//! Applications as projects have them: which settings are found, and what they come to.

use super::*;
use crate::launch::{StartFiles, Word};
use crate::source::Span;
use crate::workspace::MemoryFiles;

/// A project with a server in front of its application.
struct Scene {
    files: MemoryFiles,
    environment: Environment,
    facts: Vec<(vocabulary::FactId, Value)>,
    settings: NamedFacts,
}

fn scene(app: &str) -> Scene {
    let text = |it: &str| Value::Text(it.to_owned());
    Scene {
        files: MemoryFiles::new().with("Procfile", "web: it"),
        environment: Environment::new(),
        facts: vec![
            (vocabulary::SERVER, text("gunicorn")),
            (vocabulary::APP, text(app)),
            (vocabulary::WORKER_CLASS, text("gthread")),
            (vocabulary::THREADS, Value::Int(4)),
        ],
        settings: NamedFacts::new(),
    }
}

/// A Django project whose `shop/wsgi.py` names `shop.settings`.
fn django(settings: &str) -> Scene {
    let wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
        os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n\
        application = get_wsgi_application()\n";
    scene("shop.wsgi")
        .with("shop/wsgi.py", wsgi)
        .with("shop/settings.py", &format!("ROOT_URLCONF = 'shop.urls'\n{settings}"))
}

fn flask(text: &str) -> Scene {
    scene("app:app").with("app.py", &format!("from flask import Flask\n{text}"))
}

fn test(value: Value) -> Fact {
    Fact::known(value, Origin::new(OriginKind::Default, "test"))
}

impl Scene {
    fn with(mut self, path: &str, text: &str) -> Self {
        self.files = self.files.with(path, text);
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.set(name, test(Value::Text(value.to_owned())));
        self
    }

    fn fact(mut self, id: vocabulary::FactId, value: Value) -> Self {
        self.facts.push((id, value));
        self
    }

    fn resolve(&self) -> Application {
        let mut workspace = Workspace::new(&self.files);
        let file = workspace.open("Procfile").unwrap();
        let span = Span::new(file, 5, 7);
        let launch = Launch {
            argv: vec![Word::literal("gunicorn", span)],
            environment: self.environment.clone(),
            folder: String::new(),
            files: StartFiles::Project,
            written: Vec::new(),
            span,
        };
        let mut server = Server { settings: self.settings.clone(), facts: Facts::new() };
        for (id, value) in &self.facts {
            server.facts.set(*id, test(value.clone()));
        }
        resolve(&mut workspace, &launch, &test(Value::Int(2)), &server)
    }

    /// Checks facts and settings by name, as a user would read them; `-` for none.
    #[track_caller]
    fn check(&self, expect: &[(&str, &str)]) {
        let application = self.resolve();
        for (name, expect) in expect {
            let id = vocabulary::FactId::from_name(name);
            let fact = match id {
                Some(id) => application.facts.get(id),
                None => application.settings.get(name),
            };
            let shown = fact.map_or("-".to_owned(), |it| match &it.state {
                State::Unknown(unknown) => format!("? {}", unknown.reason),
                state => state.to_string(),
            });
            assert_eq!(shown, *expect, "{name}");
        }
    }
}

const DEBUG: &str = "app_limits.debug";
const AGE: &str = "database.conn_max_age_s";
const OPENS: &str = "connections_per_process";
const UPLOAD: &str = "app_limits.upload_mb";
const FIELDS: &str = "app_limits.memory_upload_mb";

#[test]
fn settings_that_are_not_written_are_djangos() {
    django("").check(&[
        ("framework", "django"),
        (DEBUG, "false"),
        (FIELDS, "2.5"),
        (UPLOAD, "? Django does not limit the size of files; forms and views may"),
        ("SECURE_SSL_REDIRECT", "false"),
        ("SECURE_PROXY_SSL_HEADER", "none"),
    ]);
}

#[test]
fn settings_that_are_written_win() {
    django("DEBUG = True\nDATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024\n")
        .check(&[(DEBUG, "true"), (FIELDS, "20")]);
    django("DATA_UPLOAD_MAX_MEMORY_SIZE = None\n").check(&[(FIELDS, "none")]);
}

#[test]
fn a_variable_that_no_file_sets_leaves_its_setting_unknown() {
    let settings = "import os\nDEBUG = os.environ.get('DEBUG', 'True') == 'True'\n";
    django(settings).check(&[(DEBUG, "? `$DEBUG` is set nowhere in this project")]);
    django(settings).env("DEBUG", "False").check(&[(DEBUG, "false")]);
    let branch = "import os\nDEBUG = True\nif os.environ.get('DYNO'):\n    DEBUG = False\n";
    django(branch).check(&[(DEBUG, "? `$DYNO` is set nowhere in this project")]);
    django(branch).env("DYNO", "web.1").check(&[(DEBUG, "false")]);
}

#[test]
fn readers_of_the_environment_are_followed() {
    for read in [
        "import environ\nenv = environ.Env(DEBUG=(bool, False))\nDEBUG = env('DEBUG')\n",
        "import environ\nenv = environ.Env()\nenv.read_env('.env')\nDEBUG = env.bool('DEBUG', False)\n",
        "from decouple import config\nDEBUG = config('DEBUG', default=False, cast=bool)\n",
        "from environs import Env\nenv = Env()\nDEBUG = env.bool('DEBUG', default=False)\n",
    ] {
        // Whoever runs it turns debug mode on by mistake only.
        django(read).check(&[(DEBUG, "false")]);
        django(read).env("DEBUG", "true").check(&[(DEBUG, "true")]);
        django(read).env("DEBUG", "0").check(&[(DEBUG, "false")]);
    }
}

#[test]
fn star_imports_are_followed_inside_the_project() {
    let production = "from .base import *\nDEBUG = False\n";
    scene("shop.wsgi")
        .with(
            "shop/wsgi.py",
            "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings.production'\n",
        )
        .with("shop/settings/__init__.py", "")
        .with(
            "shop/settings/base.py",
            "INSTALLED_APPS = []\nDEBUG = True\nDATA_UPLOAD_MAX_MEMORY_SIZE = 1048576\n",
        )
        .with("shop/settings/production.py", production)
        .check(&[(DEBUG, "false"), (FIELDS, "1")]);
}

#[test]
fn the_environment_names_the_module_before_wsgi_does() {
    django("DEBUG = True\n")
        .with("shop/production.py", "INSTALLED_APPS = []\nDEBUG = False\n")
        .env("DJANGO_SETTINGS_MODULE", "shop.production")
        .check(&[(DEBUG, "false")]);
}

#[test]
fn a_module_that_a_dashboard_may_name_instead_leaves_all_unknown() {
    let reason = "? `$DJANGO_SETTINGS_MODULE` is set nowhere in this project, and \
        `shop.settings_production` may be meant";
    django("DEBUG = True\n").with("shop/settings_production.py", "").check(&[
        ("framework", "django"),
        (DEBUG, reason),
        (FIELDS, reason),
    ]);
    // Nobody deploys with these.
    django("DEBUG = True\n").with("shop/settings_test.py", "").check(&[(DEBUG, "true")]);
}

#[test]
fn modules_that_agree_are_known_and_others_are_candidates() {
    let base = "INSTALLED_APPS = []\nDEBUG = True\nDATA_UPLOAD_MAX_MEMORY_SIZE = 1048576\n";
    let other = "from shop.settings import *\nDATA_UPLOAD_MAX_MEMORY_SIZE = 2097152\n";
    django(base).with("shop/settings_production.py", other).check(&[
        ("framework", "django"),
        (DEBUG, "true"),
        (FIELDS, "1 or 2"),
    ]);
    // What only one of them leads to is the other one.
    let both = "from .base import *\nfrom .production import *\n";
    scene("shop.wsgi")
        .with(
            "shop/wsgi.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
        )
        .with("shop/settings/__init__.py", both)
        .with("shop/settings/base.py", base)
        .with("shop/settings/production.py", "from .base import *\nDEBUG = False\n")
        .check(&[(DEBUG, "false"), (FIELDS, "1")]);
}

#[test]
fn a_project_of_the_src_layout_imports_its_packages() {
    scene("shop.wsgi")
        .with("pyproject.toml", "[project]\nname = 'shop'\n")
        .with(
            "src/shop/wsgi.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
        )
        .with("src/shop/settings.py", "INSTALLED_APPS = []\nfrom shop.more import *\n")
        .with("src/shop/more.py", "DEBUG = True\n")
        .check(&[("framework", "django"), (DEBUG, "true")]);
}

#[test]
fn settings_that_come_in_another_way_are_unknown() {
    let because = |what: &str| format!("? the settings module `shop.settings` {what}");
    scene("shop.wsgi")
        .with("shop/wsgi.py", "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n")
        .with("shop/settings.py", "class Production:\n    DEBUG = False\n")
        .check(&[(DEBUG, because("does not assign its settings").as_str())]);
    let part =
        "? `shop.settings` has no `INSTALLED_APPS`, so it is taken for a part of the settings";
    scene("shop.wsgi")
        .with("shop/wsgi.py", "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n")
        .with("shop/settings.py", "DEBUG = True\n")
        .check(&[(DEBUG, "true"), ("SECURE_SSL_REDIRECT", part)]);
    django("from split_settings.tools import include\ninclude('parts/*.py')\n")
        .check(&[(DEBUG, because("ends with OSError: a file of `include` is not there").as_str())]);
    django(
        "DEBUG = False\nfrom split_settings.tools import include, optional\n\
         include(optional('local.py'))\n",
    )
    .check(&[(DEBUG, "? an optional file of settings may set it")]);
    django("DEBUG = False\nimport django_heroku\ndjango_heroku.settings(locals())\n")
        .check(&[(DEBUG, "? `django_heroku` is not part of this project")]);
    django("DEBUG = False\nfrom .local import *\n")
        .check(&[(DEBUG, "? `from local import *` may set it")]);
}

#[test]
fn databases_say_how_long_and_how_many() {
    let literal = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'CONN_MAX_AGE': 60}}\n";
    django(literal).check(&[(AGE, "60"), (OPENS, "4")]);
    let none =
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'CONN_MAX_AGE': None}}\n";
    django(none).check(&[(AGE, "none"), (OPENS, "4")]);
    let sqlite = "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n";
    django(sqlite).check(&[(AGE, "-"), (OPENS, "-")]);
}

#[test]
fn a_database_url_leaves_its_arguments_known() {
    let heroku = "import dj_database_url\nDATABASES = {'default': dj_database_url.config(conn_max_age=600)}\n";
    django(heroku).check(&[(AGE, "600"), (OPENS, "4")]);
    let environ = "import environ\nenv = environ.Env()\nDATABASES = {'default': env.db()}\n";
    django(environ).check(&[(AGE, "? `$DATABASE_URL` is set nowhere in this project")]);
    django(&format!("{environ}DATABASES['default']['CONN_MAX_AGE'] = 60\n"))
        .check(&[(AGE, "60"), (OPENS, "4")]);
}

#[test]
fn a_pool_is_as_large_as_it_says() {
    let pool = |pool: &str| {
        format!(
            "DATABASES = {{'default': {{'ENGINE': 'django.db.backends.postgresql', \
             'OPTIONS': {{'pool': {pool}}}}}}}\n"
        )
    };
    django(&pool("True")).check(&[(OPENS, "4")]);
    django(&pool("{'min_size': 2, 'max_size': 9}")).check(&[(OPENS, "9")]);
    django(&pool("{'min_size': 7}")).check(&[(OPENS, "7")]);
    django(&pool("False")).check(&[(OPENS, "4"), ("DATABASES.default.OPTIONS.pool", "none")]);
}

#[test]
fn an_event_loop_leaves_the_connections_to_the_application() {
    django("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n")
        .fact(vocabulary::WORKER_CLASS, Value::Text("asgi".to_owned()))
        .check(&[(OPENS, "? how many requests use the database at once is up to the application")]);
}

#[test]
fn flask_limits_the_whole_body() {
    flask("app = Flask(__name__)\napp.config['MAX_CONTENT_LENGTH'] = 16 * 1024 * 1024\n").check(&[
        ("framework", "flask"),
        (UPLOAD, "16"),
        (FIELDS, "16"),
        (DEBUG, "-"),
    ]);
    flask("app = Flask(__name__)\n").check(&[(UPLOAD, "none")]);
    flask("app = Flask(__name__)\napp.config.update(MAX_CONTENT_LENGTH=1048576, DEBUG=True)\n")
        .check(&[(UPLOAD, "1"), (DEBUG, "true")]);
}

#[test]
fn a_configuration_class_is_read_with_its_bases() {
    let config = "class Config:\n    MAX_CONTENT_LENGTH = 4 * 1024 * 1024\n\n\
        class Production(Config):\n    DEBUG = False\n";
    let by_name = "app = Flask(__name__)\napp.config.from_object('config.Production')\n";
    flask(by_name).with("config.py", config).check(&[(UPLOAD, "4"), (DEBUG, "false")]);
    let by_class = "from config import Production\napp = Flask(__name__)\napp.config.from_object(Production)\n";
    flask(by_class).with("config.py", config).check(&[(UPLOAD, "4"), (DEBUG, "false")]);
}

#[test]
fn configuration_from_elsewhere_leaves_keys_unknown() {
    flask("app = Flask(__name__)\napp.config.from_pyfile('settings.cfg')\n")
        .check(&[(UPLOAD, "? `app.config.from_pyfile` may set it")]);
    flask("app = Flask(__name__)\napp.config.from_pyfile('x')\napp.config['MAX_CONTENT_LENGTH'] = 1048576\n")
        .check(&[(UPLOAD, "1")]);
    flask("import os\napp = Flask(__name__)\napp.config.from_object(os.environ['APP_SETTINGS'])\n")
        .check(&[(UPLOAD, "? `$APP_SETTINGS` is set nowhere in this project")]);
    flask("app = Flask(__name__)\nother = Flask('other')\n")
        .check(&[(UPLOAD, "? there are several applications")]);
}

#[test]
fn a_factory_is_called() {
    let factory = "def create_app():\n    app = Flask(__name__)\n    \
        app.config['MAX_CONTENT_LENGTH'] = 1048576\n    return app\n";
    let text = format!("from flask import Flask\n{factory}");
    scene("app:create_app()").with("app.py", &text).check(&[(UPLOAD, "1")]);
    flask(&format!("{factory}app = create_app()\n")).check(&[(UPLOAD, "1")]);
    let open = "? the arguments of `app:create_app('x')` are not followed";
    scene("app:create_app('x')").with("app.py", &text).check(&[("framework", open)]);
}

#[test]
fn an_engine_opens_its_pool_or_one_connection_for_each_thread() {
    let engine = |arguments: &str| {
        format!(
            "import os\nfrom sqlalchemy import create_engine\n\
             engine = create_engine(os.environ['DATABASE_URL']{arguments})\n"
        )
    };
    let asgi = |arguments: &str| {
        scene("app:app")
            .fact(vocabulary::WORKER_CLASS, Value::Text("asgi".to_owned()))
            .with("app.py", &engine(arguments))
    };
    asgi("").check(&[(OPENS, "15")]);
    asgi(", pool_size=20, max_overflow=0").check(&[(OPENS, "20")]);
    asgi(", pool_size=0").check(&[(OPENS, "? the pool has no limit")]);
    asgi(", poolclass=NullPool").check(&[(OPENS, "-")]);
    scene("app:app").with("app.py", &engine("")).check(&[(OPENS, "4")]);
    scene("app:app")
        .with("app.py", &engine(", pool_size=2, max_overflow=0"))
        .check(&[(OPENS, "2")]);
}

#[test]
fn flask_sqlalchemy_passes_its_options_on() {
    let text = "from flask_sqlalchemy import SQLAlchemy\napp = Flask(__name__)\n\
        app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql://db/shop'\n\
        app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'pool_size': 2, 'max_overflow': 1}\n\
        db = SQLAlchemy(app)\n";
    flask(text).check(&[(OPENS, "3")]);
    flask(&text.replace("postgresql://db/shop", "sqlite:///shop.db")).check(&[(OPENS, "-")]);
}

#[test]
fn a_module_outside_the_project_leaves_its_framework_open() {
    let open = "? `elsewhere.wsgi` is not in this project";
    scene("elsewhere.wsgi").check(&[("framework", open), (DEBUG, "-"), (UPLOAD, "-")]);
}

#[test]
fn an_application_of_another_package_is_of_its_framework() {
    let text = "from starlette.applications import Starlette\napp = Starlette()\n";
    scene("main:app").with("main.py", text).check(&[("framework", "starlette")]);
    let text = "from helper import make\napp = make()\n";
    let open = "? `helper` is not part of this project";
    scene("main:app").with("main.py", text).check(&[("framework", open)]);
    scene("main:app").with("main.py", "app = 1\n").check(&[("framework", "-")]);
}

#[test]
fn a_value_of_the_settings_is_labelled_where_it_is_written() {
    let scene = django("DEBUG = not False\n");
    let mut workspace = Workspace::new(&scene.files);
    let settings = workspace.open("shop/settings.py").unwrap();
    let text = workspace.sources.file(settings).shared_text();
    let application = scene.resolve();
    let span = application.facts.span(vocabulary::APP_LIMITS_DEBUG).unwrap();
    assert_eq!(&text[span.range()], "not False");
}

#[test]
fn pools_of_drivers_open_what_they_are_told() {
    let asgi = |text: &str| {
        scene("app:app")
            .fact(vocabulary::SERVER, Value::Text("uvicorn".to_owned()))
            .fact(vocabulary::WORKER_CLASS, Value::Null)
            .with(
                "app.py",
                &format!("from fastapi import FastAPI\nimport os\n{text}\napp = FastAPI()\n"),
            )
    };
    for (text, opens) in [
        ("import asyncpg\nasync def go():\n    return await asyncpg.create_pool('x')", "10"),
        (
            "import asyncpg\nN = 3\nclass A:\n    async def go(self):\n        self.p = await asyncpg.create_pool('x', max_size=N)",
            "3",
        ),
        (
            "from psycopg_pool import AsyncConnectionPool\npool = AsyncConnectionPool('x', open=False)",
            "4",
        ),
        (
            "from psycopg_pool import ConnectionPool\npool = ConnectionPool('x', min_size=2, max_size=9)",
            "9",
        ),
        ("from databases import Database\ndb = Database('sqlite:///a.db')", "-"),
        ("from databases import Database\ndb = Database(os.environ['URL'], max_size=12)", "12"),
        (
            "import asyncpg\nasync def go(n):\n    return await asyncpg.create_pool('x', max_size=n)",
            "? an object that is not followed takes part",
        ),
        (
            "import asyncpg\nasync def a():\n    return await asyncpg.create_pool('x')\nasync def b():\n    return await asyncpg.create_pool('y')",
            "? there are several pools",
        ),
        (
            "import asyncpg\nasync def go():\n    return await asyncpg.create_pool('x', **options())",
            "? an object that is not followed takes part",
        ),
    ] {
        asgi(text).check(&[(OPENS, opens)]);
    }
    // Threads use no more than one each.
    flask("from psycopg2.pool import ThreadedConnectionPool as Pool\npool = Pool(1, 20, 'x')\napp = Flask(__name__)\n")
        .check(&[(OPENS, "4")]);
}

#[test]
fn paths_that_have_a_slash_alone_are_those_that_nothing_else_may_answer() {
    let settings = "MIDDLEWARE = ['django.middleware.common.CommonMiddleware']\n";
    for (urls, paths) in [
        ("urlpatterns = [path('up/', up), path('', index)]", "[/up]"),
        ("urlpatterns = [path('up/', up), path('up', up)]", "-"),
        ("urlpatterns = [path('up/', up), path('<slug:a>', page)]", "-"),
        (
            "urlpatterns = [path('api/', include(router.urls)), path('api/up/', up), path('up/', up)]",
            "[/up]",
        ),
        ("urlpatterns = [re_path(r'^up/?$', up), re_path('^down/$', down)]", "[/down]"),
        ("urlpatterns = i18n_patterns(path('up/', up))", "-"),
        ("urlpatterns = router.urls + [path('up/', up)]", "-"),
        ("urlpatterns = [path('shop/', include('shop.more')), path(PREFIX, up)]", "-"),
    ] {
        let scene = django(settings).with("shop/urls.py", urls);
        scene
            .with("shop/more.py", "urlpatterns = [path('a/', a)]\n")
            .check(&[("code.slash_paths", paths)]);
    }
    let urls = "urlpatterns = [path('shop/', include('shop.more'))]";
    let scene = django(settings).with("shop/urls.py", urls);
    scene
        .with("shop/more.py", "urlpatterns = [path('a/', a)]\n")
        .check(&[("code.slash_paths", "[/shop/a]")]);
    let off = format!("{settings}APPEND_SLASH = False\n");
    django(&off)
        .with("shop/urls.py", "urlpatterns = [path('up/', up)]")
        .check(&[("code.slash_paths", "-")]);
}

#[test]
fn a_key_of_flask_may_stand_in_its_variable() {
    let text = "import os\napp = Flask(__name__)\napp.config['MAX_CONTENT_LENGTH'] = 1048576\n\
        app.config.from_prefixed_env()\n";
    let open = "? `$FLASK_MAX_CONTENT_LENGTH` is set nowhere in this project";
    flask(text).check(&[("MAX_CONTENT_LENGTH", open)]);
    let said = flask(text).env("FLASK_MAX_CONTENT_LENGTH", "2097152").env("FLASK_DEBUG", "true");
    said.check(&[("MAX_CONTENT_LENGTH", "2097152"), ("DEBUG", "true")]);
    let other = flask(&text.replace("env()", "env('SHOP')")).env("SHOP_MAX_CONTENT_LENGTH", "1");
    other.check(&[("MAX_CONTENT_LENGTH", "1")]);
}
