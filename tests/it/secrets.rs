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
        vec!["resolve", "--settings", "--format", "json"],
        vec!["check", "--show-config"],
        vec!["check", "--statistics"],
        vec!["check", "--set", "env.SECRET_KEY=k4narie-16", "--show-config"],
        vec!["check", "--set", "nonsense.SECRET_KEY=k4narie-17"],
        vec!["init", "--stdout"],
        vec!["suppressions"],
    ]);
    commands
}

#[test]
fn no_command_and_no_format_prints_a_secret() {
    let folder = shop("secrets");
    for arguments in commands() {
        let text = printed(&folder, &arguments);
        let line = text.lines().find(|it| it.contains(CANARY));
        assert_eq!(line, None, "{arguments:?}");
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
