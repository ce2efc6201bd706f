//! No value of a secret is printed, in any format, by any command; and nothing else is masked.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::process::Command;

use opslint::report::Format;

use crate::cli::Folder;

/// Part of every secret of [`shop`].
const CANARY: &str = "k4narie";

/// A project in which every kind of file holds a secret, and has something to be said about.
fn shop(name: &str) -> Folder {
    Folder::new(name)
        .with(
            "render.yaml",
            "services:\n- type: web\n  name: shop\n  runtime: python\n  plan: starter\n  \
             startCommand: gunicorn shop.wsgi --bind 127.0.0.1:80 --env API_TOKEN=k4narie-1\n  \
             envVars:\n  - key: SECRET_KEY\n    value: k4narie-2\n  - key: DATABASE_URL\n    \
             value: postgres://shop:k4narie-3@db.internal:5432/shop\n  - key: WEB_CONCURRENCY\n    \
             value: 40\n",
        )
        .with(
            "Procfile",
            "web: PGPASSWORD=k4narie-4 gunicorn shop.wsgi --bind 127.0.0.1:80 --env \
             SECRET_KEY=k4narie-5\nworker: celery -A shop worker --broker \
             amqp://shop:k4narie-6@rabbit.internal:5672/v --password k4narie-7\n",
        )
        .with(
            "gunicorn.conf.py",
            "raw_env = ['SECRET_KEY=k4narie-8', \"DB_PASSWORD=k4narie 9\"]\nworkers = 'x'\n",
        )
        .with(
            "app.json",
            "{\"env\": {\"JWT_SECRET\": {\"value\": \"k4narie-10\"}, \"API_KEY\": \
             \"k4narie-11\"}, \"formation\": {\"web\": {\"quantity\": 1, \"size\": \"nope\"}}}",
        )
        .with(
            "fly.toml",
            "app = \"shop\"\nbogus = \"ghp_k4narieAb3dE6gH9jKl2nOp5rSt8vWx1zAb\"\n[env]\n  \
             AWS_SECRET_ACCESS_KEY = \"k4narie-12\"\n[processes]\n  web = \"sh -c \
             'REDIS_URL=redis://:k4narie-13@redis:6379 gunicorn shop.wsgi -w 40'\"\n",
        )
        .with("broken/fly.toml", "app = \"x\"\n[env\nSECRET_KEY = \"k4narie-14\"\n")
        .with("opslint.toml", "[env]\nSTRIPE_SECRET = \"k4narie-15\"\nHOST = \"web.internal\"\n")
        .with(
            "start/start.sh",
            "export SECRET_KEY=k4narie-20\ncurl -u admin:k4narie-21 https://x:k4narie-22@x\nexec \
             gunicorn shop.wsgi --env API_TOKEN=k4narie-23 -w 40 --bind 127.0.0.1:80\n",
        )
        .with(
            "start/Procfile",
            "web: sh start.sh\nrelease: curl -H 'Authorization: Bearer k4narie-24' https://x\n\
             cache: redis-cli -a k4narie-25 ping\n",
        )
}

/// The same in the formats that only one platform reads.
fn others(name: &str) -> Folder {
    Folder::new(name)
        .with(
            "compose/docker-compose.yml",
            "services:\n  web:\n    image: python:3.12\n    command: gunicorn shop.wsgi --env \
             API_TOKEN=k4narie-30 -w 3\n    ports: ['80:80']\n    environment:\n      - \
             SECRET_KEY=k4narie-31\n      - DATABASE_URL=postgres://u:k4narie-32@db/x\n  db:\n    \
             image: postgres:16\n    environment: {POSTGRES_PASSWORD: k4narie-33}\n",
        )
        .with(
            "image/Dockerfile",
            "FROM python:3.12\nENV SECRET_KEY=k4narie-34 API_TOKEN=\"k4narie-35\"\nARG \
             NPM_TOKEN=k4narie-36\nCMD [\"gunicorn\", \"shop.wsgi\", \"-e\", \
             \"SECRET_KEY=k4narie-37\", \"--bind\", \"127.0.0.1:80\"]\n",
        )
        .with("image/fly.toml", "app = \"d\"\n[http_service]\ninternal_port = 8080\nbogus = 1\n")
        .with(
            "unit/web.service",
            "[Service]\nEnvironment=SECRET_KEY=k4narie-38 \"DB_PASSWORD=k4narie-39\"\n\
             ExecStart=/usr/bin/gunicorn a.wsgi --env TOKEN=k4narie-40\nMemoryMax=abc\n",
        )
        .with(
            "functions/serverless.yml",
            "service: x\nprovider:\n  name: aws\n  runtime: python3.9\n  environment:\n    \
             SECRET_KEY: k4narie-41\nfunctions:\n  f:\n    handler: a.b\n    timeout: 9000\n    \
             environment:\n      API_KEY: k4narie-42\n",
        )
        .with(
            "engine/app.yaml",
            "runtime: python39\nentrypoint: gunicorn -b :$PORT main:app --env \
             SECRET_KEY=k4narie-43\nenv_variables:\n  SECRET_KEY: k4narie-44\n",
        )
        .with(
            "django/settings.py",
            "SECRET_KEY = 'k4narie-45'\nDEBUG = True\nDATABASES = {'default': {'ENGINE': \
             'django.db.backends.postgresql', 'PASSWORD': 'k4narie-46', 'CONN_MAX_AGE': 'x'}}\n\
             CELERY_BROKER_URL = 'redis://:k4narie-47@h/0'\n",
        )
        .with("django/Procfile", "web: gunicorn wsgi\nworker: celery -A app worker\n")
        .with("django/wsgi.py", "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n")
        .with(
            "django/app.py",
            "from celery import Celery\napp = Celery('x', broker='redis://:k4narie-48@h/0', \
             backend='db+postgresql://u:k4narie-49@h/d')\n",
        )
        .with(
            "ocean/.do/app.yaml",
            "name: x\nservices:\n- name: web\n  run_command: gunicorn a.wsgi --env \
             TOKEN=k4narie-50\n  envs:\n  - key: SECRET_KEY\n    value: k4narie-51\n  \
             instance_size_slug: nope\n",
        )
        .with(
            "fly/fly.toml",
            "app = \"a\"\n[http_service]\ninternal_port = 8080\nautostop_machines = \"stop\"\n\
             SECRET_TOKEN = \"k4narie-52\"\n[processes]\napp = \"curl -u a:k4narie-53 x; gunicorn \
             a.wsgi\"\n",
        )
}

/// Secrets under names and in forms that are not the usual ones.
fn odd(name: &str) -> Folder {
    Folder::new(name)
        .with(
            "Procfile",
            "web: DB_PASSWORD1=k4narie-60 PGPASS=k4narie-61 A='postgres://u:k4n,k4narie-62@db/x' \
             gunicorn shop.wsgi --bind 127.0.0.1:80\nrelease: DB_PASSWORD=!k4narie-63 \
             PROXY_AUTH=u:k4narie-64 curl 'https://h/?sig=k4narie-65' u:k4narie-66@h/x\nworker: \
             EXTERNAL_API_KEY=k4narie-67 SECRETKEYBASE=k4narie-68 celery -A a worker -c x\n",
        )
        .with(
            "gunicorn.conf.py",
            "1/0; SECRET_KEY, DEBUG = 'k4narie-70', True  # password: k4narie71a\nraw_env = \
             ['SECRET_KEY=' + 'k4narie-72', 'API_KEY=%s' % 'k4narie-73']; workers = 'x'\n\
             password: Annotated[str, Field()] = 'k4narie-74'; bind = '127.0.0.1:80'\n",
        )
        .with(
            "fly.toml",
            "app = \"x\"\nbogus = \"{\\\"password\\\":\\\"k4narie-75\\\"}\"\nother = \"machine h \
             login a password k4narie-76\"\n",
        )
}

/// Secrets that only their place tells: arguments, what is written to a file, labels, contents.
fn placed(name: &str) -> Folder {
    Folder::new(name)
        .with(
            "Procfile",
            "web: htpasswd -bc .htpasswd admin k4narie-80 && mysqladmin -u root password k4narie-81 \
             && curl -su admin:k4narie-82 http://x && sqlplus scott/k4narie-83@db && gunicorn a.b \
             --workers x --bind 127.0.0.1:80\nrelease: echo k4narie-84 > token; echo k4narie-85 | \
             docker login -u me --password-stdin; USERS='{\"admin\":\"k4narie-86\"}' celery -A a \
             worker -c x\n",
        )
        .with(
            "compose/compose.yaml",
            "services:\n  web:\n    build: .\n    bogus: 1\n    labels: \
             [traefik.http.middlewares.a.basicauth.users=admin:k4narie-87]\n    command: [redis-cli, \
             '-a', k4narie-88]\n    secrets: [s]\n    restart: always\nsecrets:\n  s:\n    content: \
             k4narie-89\n    bogus: 1\nconfigs:\n  c: {content: k4narie-90, bogus: 1}\n",
        )
        .with(
            "image/Dockerfile",
            "FROM python:3.12\nCOPY <<EOF /run/secrets/db\nk4narie-91\nEOF\nRUN cat > id_rsa \
             <<EOF\nk4narie-92\nEOF\nCMD [\"redis-server\", \"--requirepass\", \"k4narie-93\"]\n",
        )
        .with("image/fly.toml", "app = \"x\"\n[http_service]\ninternal_port = 1\nbogus = 1\n")
        .with(
            "cluster/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nbogus: 1\nstringData: {url: \
             k4narie-94, bogus: k4narie-95}\n",
        )
        .with(
            "python/settings.py",
            "USERS = {'admin': 'k4narie-96'}\nAUTH = HTTPBasicAuth('a', 'k4narie-97')\n\
             connect('scott/k4narie-98@db')\nCONN_MAX_AGE = 'x'\n",
        )
        .with("python/wsgi.py", "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n")
        .with("python/Procfile", "web: gunicorn wsgi --workers x\n")
}

/// Standard output and standard error of a run.
fn printed(folder: &Folder, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let output = command.args(arguments).current_dir(folder.path()).output().unwrap();
    let status = output.status.code().expect("it ended by itself");
    assert!(status <= 2, "{arguments:?}");
    let text = |it: &[u8]| String::from_utf8(it.to_vec()).unwrap();
    text(&output.stdout) + &text(&output.stderr)
}

/// Every command that prints values of a project.
fn commands() -> Vec<Vec<&'static str>> {
    let mut commands: Vec<Vec<&str>> = Format::ALL
        .iter()
        .map(|it| vec!["check", "--show-undecided", "--format", it.name()])
        .collect();
    commands.extend([
        vec!["resolve"],
        vec!["resolve", "--settings"],
        vec!["resolve", "--diff", "fly.toml", "render.yaml"],
        vec!["resolve", "--settings", "--format", "json"],
        vec!["check", "--show-config"],
        vec!["check", "--statistics"],
        vec!["check", "--set", "env.SECRET_KEY=k4narie-16", "--show-config"],
        vec!["check", "--set", "nonsense.SECRET_KEY=k4narie-17"],
        vec!["init", "--stdout"],
        vec!["suppressions"],
        vec!["check", "--diff", "--unsafe-fixes"],
        vec!["plan"],
        vec!["plan", "--format", "json"],
        vec!["plan", "--format", "markdown"],
        vec!["plan", "--format", "html"],
        vec!["plan", "--on", "render,fly,heroku"],
        vec!["plan", "--with", "web.workers=k4narie-18"],
        vec!["plan", "--with", "env.SECRET_KEY=k4narie-19"],
        vec!["explain", "secret-key-in-manifest"],
        vec!["test", "."],
    ]);
    commands
}

#[test]
fn no_command_and_no_format_prints_a_secret() {
    let folders =
        [shop("secrets"), others("secrets-others"), odd("secrets-odd"), placed("secrets-placed")];
    for folder in folders {
        for arguments in commands() {
            let text = printed(&folder, &arguments);
            // What was typed is the user's own; a word that is no secret by its name is said back.
            let is_typed = |it: &&str| it.contains("k4narie-18");
            let line = text.lines().filter(|it| !is_typed(it)).find(|it| it.contains(CANARY));
            assert_eq!(line, None, "{arguments:?}");
        }
    }
}

#[test]
fn a_baseline_holds_no_secret() {
    let folder = shop("secrets-baseline");
    printed(&folder, &["check", "--baseline", "known.toml", "--write-baseline"]);
    let text = folder.read("known.toml");
    assert!(text.contains("rule = ") && !text.contains(CANARY), "{text}");
}

#[test]
fn secrets_are_printed_when_the_user_asks_for_them() {
    let folder = shop("secrets-shown");
    for arguments in [
        &["check", "--show-secrets"][..],
        &["check", "--show-secrets", "--format", "json"],
        &["check", "--show-secrets", "--show-config"],
        &["resolve", "--show-secrets"],
        &["resolve", "--show-secrets", "--format", "json"],
    ] {
        assert!(printed(&folder, arguments).contains(CANARY), "{arguments:?}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    let folder = shop("secrets-rest");
    let text = printed(&folder, &["resolve", "--format", "json"]);
    for it in ["shop.wsgi", "127.0.0.1:80", "rabbit.internal:5672", "SECRET_KEY=***"] {
        assert!(text.contains(it), "{it}");
    }
    let text = printed(&folder, &["check", "--show-config"]);
    assert!(text.contains("HOST = \"web.internal\"") && text.contains("STRIPE_SECRET = \"***\""));
}

#[test]
fn what_follows_a_secret_in_a_command_stays() {
    let command = "gunicorn shop_project.wsgi:application -k shop_project.workers.Slow";
    let folder = Folder::new("secrets-command")
        .with("Procfile", format!("web: PGPASSWORD=hunter2x {command} --bind 127.0.0.1:80\n"));
    let text = printed(&folder, &["check"]);
    assert!(text.contains(&format!("web: PGPASSWORD=******** {command}")), "{text}");
    let text = printed(&folder, &["resolve", "--settings"]);
    for it in ["shop_project.wsgi:application", "shop_project.workers.Slow"] {
        assert!(text.contains(it) && !text.contains("hunter2x"), "{text}");
    }
}

/// Masked values make other fingerprints than the values themselves only if somebody forgot them.
#[test]
fn fingerprints_do_not_depend_on_what_is_shown() {
    let folder = shop("secrets-fingerprints");
    let prints = |flag: &str| {
        let arguments = ["check", "--format", "json", flag];
        let text = printed(&folder, &arguments);
        let lines = text.lines().filter(|it| it.contains("\"fingerprint\""));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(prints("--show-secrets"), prints("--color=never"));
}

/// A difference is there to be applied: a part that would need stars is left out, and that is said.
#[test]
fn a_difference_is_applicable_or_left_out() {
    let compose = |between: &str| {
        format!(
            "services:\n  web:\n    image: shop/web\n    restart: always\n    bogus: 1\n    \
             environment:\n      DB_PASSWORD: k4narie-1\n{between}    wrong: 1\n"
        )
    };
    let arguments = ["check", "--diff", "--unsafe-fixes"];
    let folder = Folder::new("secrets-difference").with("compose.yaml", compose(""));
    let text = printed(&folder, &arguments);
    assert!(!text.contains("@@") && !text.contains("**"), "{text}");
    assert!(text.contains("1 part of the change to compose.yaml would show a secret"), "{text}");
    // What is far enough away is shown.
    let between: String = (0..9).map(|it| format!("      A{it}: b\n")).collect();
    let folder = Folder::new("secrets-difference-far").with("compose.yaml", compose(&between));
    let text = printed(&folder, &arguments);
    assert!(text.contains("-    wrong: 1\n") && !text.contains("-    bogus: 1"), "{text}");
    assert!(!text.contains("**") && text.contains("1 part of the change"), "{text}");
    let text = printed(&folder, &["check", "--diff", "--unsafe-fixes", "--show-secrets"]);
    assert!(text.contains("-    bogus: 1") && text.contains("k4narie-1"), "{text}");
}

/// Somebody took the name of the project for a password.
#[test]
fn a_name_of_the_project_stays_although_it_is_a_password() {
    let command = "gunicorn bird_shop.wsgi --bind 127.0.0.1:80";
    let folder = Folder::new("secrets-name")
        .with("bird_shop/wsgi.py", "application = None\n")
        .with("Procfile", format!("web: DB_PASSWORD=bird_shop {command}\n"));
    let text = printed(&folder, &["check"]);
    assert!(text.contains(&format!("web: DB_PASSWORD=********* {command}")), "{text}");
    let text = printed(&folder, &["resolve"]);
    assert!(text.contains("bird_shop.wsgi") && !text.contains("=bird_shop"), "{text}");
}
