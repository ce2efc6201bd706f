//! A Dockerfile that no manifest uses: what is so wherever it runs, and what would settle the rest.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check};

fn json(folder: &Folder, command: &[&str]) -> Value {
    let arguments = [command, &["--format", "json"]].concat();
    serde_json::from_str(&check(folder, &arguments, 0)).unwrap()
}

/// The kind of the only process, and how it is known.
fn kind(folder: &Folder) -> (String, String) {
    let all = json(folder, &["resolve"]);
    let kind = &all["projects"][0]["deployments"][0]["processes"][0]["facts"]["kind"];
    (kind["value"].as_str().unwrap().to_owned(), kind["origin"]["kind"].to_string())
}

/// 120 seconds are too many behind Heroku's router, and few enough on Cloud Run: whether they are
/// right is open, and not nothing.
#[test]
fn where_it_runs_is_the_first_thing_to_say() {
    let folder = Folder::new("alone-platform").with("requirements.txt", "django\ngunicorn\n").with(
        "Dockerfile",
        "FROM python:3.13-slim\nCOPY . .\nRUN pip install -r requirements.txt\n\
             CMD [\"gunicorn\", \"shop.wsgi\", \"--bind\", \"0.0.0.0:8000\", \"--workers\", \"8\", \
             \"--timeout\", \"120\"]\n",
    );
    let report = json(&folder, &["check", "--show-undecided", "--fail-on", "never"]);
    let open = report["undecided"].as_array().unwrap();
    let leaves_open = |it: &&Value| it["rules"].to_string().contains("timeout-above-router");
    let timeout = open.iter().find(leaves_open).unwrap();
    let line = "`platform` under `[deployments.Dockerfile]` in opslint.toml";
    assert_eq!(timeout["missing"][0]["settle_with"], line, "{timeout}");
    let text = check(&folder, &["--fail-on", "never"], 0);
    let summary = text.lines().last().unwrap();
    assert!(summary.contains("of them wait for the platform that runs it: state"), "{text}");
    assert!(summary.contains(line), "{text}");
    let stated = folder.with("opslint.toml", "deployments.Dockerfile.platform = \"heroku\"\n");
    let report = json(&stated, &["check", "--fail-on", "never"]);
    let said = report["diagnostics"].to_string();
    assert!(said.contains("timeout-above-router"), "{said}");
}

/// What the image says of itself decides, and nothing does where that is a database's.
#[test]
fn an_image_says_itself_that_it_answers_requests() {
    let compiled = |more: &str| {
        format!(
            "FROM golang:1.24 AS build\nCOPY . .\nRUN go build -o /server .\n\
             FROM gcr.io/distroless/base:nonroot\nCOPY --from=build /server /server\n\
             {more}CMD [\"/server\"]\n"
        )
    };
    for (name, more) in [
        ("exposed", "EXPOSE 8080\n"),
        ("checked", "HEALTHCHECK CMD wget -qO- http://localhost:3000/health\n"),
        ("told", "ENV PORT=8080\n"),
    ] {
        let folder = Folder::new(&format!("alone-{name}")).with("Dockerfile", compiled(more));
        assert_eq!(kind(&folder).0, "web", "{name}");
    }
    for (name, more) in [("silent", ""), ("database", "EXPOSE 5432\n"), ("grpc", "EXPOSE 50051\n")]
    {
        let folder = Folder::new(&format!("alone-{name}")).with("Dockerfile", compiled(more));
        let text = check(&folder, &[], 0);
        assert!(text.contains("found no process to judge"), "{name}: {text}");
    }
}

/// A server that is known decides what the process is for, and nothing is assumed of it.
#[test]
fn a_known_server_decides_the_kind() {
    let service = |name: &str, more: &str| {
        let file = format!("services:\n  {name}:\n    build: .\n    restart: always\n{more}");
        Folder::new(&format!("alone-kind-{name}"))
            .with("docker-compose.yml", file)
            .with("Dockerfile", "FROM python:3.13\nENTRYPOINT [\"/entrypoint.sh\"]\n")
    };
    let entry = "    entrypoint: ";
    let ports = "    ports: ['80:8000']\n";
    let started = |command: &str, more: &str| format!("{entry}{command}\n{more}");
    let web = service("site", &started("gunicorn shop.wsgi -b 0.0.0.0:8000", ports));
    assert_eq!(kind(&web), ("web".to_owned(), "\"derived\"".to_owned()));
    let worker = service("later", &started("celery -A shop worker", ""));
    assert_eq!(kind(&worker), ("worker".to_owned(), "\"derived\"".to_owned()));
    // Behind a script of the image, the words that it gets are the best that is known.
    let behind = service("app", "    command: python manage.py runserver 0.0.0.0:8000\n");
    assert_eq!(kind(&behind), ("web".to_owned(), "\"assumed\"".to_owned()));
    let proxy = Folder::new("alone-kind-proxy")
        .with("supervisord.conf", "[program:front]\ncommand=sh -c \"caddy run\"\n");
    assert_eq!(kind(&proxy).0, "proxy");
}

/// A development server is a mistake wherever it is deployed: the name of the server does not decide
/// whether it is told.
#[test]
fn every_development_server_is_told() {
    let told = |base: &str, command: &str, files: &[(&str, &str)]| {
        let text = format!("FROM {base}\nWORKDIR /app\nCOPY . .\nCMD {command}\n");
        let name: String = command.chars().filter(char::is_ascii_alphanumeric).collect();
        let folder = Folder::new(&format!("alone-dev-{name}")).with("Dockerfile", text);
        let folder = files.iter().fold(folder, |it, (name, text)| it.with(name, *text));
        let text = check(&folder, &["--fail-on", "never"], 0);
        assert!(text.contains("dev-server-in-production"), "{command}: {text}");
        text
    };
    for command in ["flask run", "python manage.py runserver", "python -m http.server"] {
        let text = told("python:3.9-slim", command, &[]);
        assert!(text.contains("Python 3.9 no longer receives"), "{command}: {text}");
    }
    told("php:8.4-cli", "php -S 0.0.0.0:8080 -t public", &[]);
    told("php:8.4-cli", "php artisan serve --host=0.0.0.0", &[]);
    for command in ["npx nodemon index.js", "npx next dev", "npx vite --host", "npx webpack serve"]
    {
        let text = told("node:16", command, &[]);
        assert!(text.contains("Node.js 16 no longer receives"), "{command}: {text}");
    }
    told("node:24", "npm run dev", &[("package.json", r#"{"scripts": {"dev": "ng serve"}}"#)]);
}

/// What a developer's compose file builds is a developer's, and the last lines say so, with what
/// changes it.
#[test]
fn what_is_left_to_developers_is_said_with_what_changes_it() {
    let image = "FROM python:3.9-slim\nWORKDIR /app\nCOPY . .\nCMD flask run --host 0.0.0.0\n";
    let compose =
        "services:\n  web:\n    build: .\n    ports: ['5000:5000']\n    volumes: ['.:/app']\n";
    let folder = Folder::new("alone-workbench").with("Dockerfile", image);
    let folder = folder.with("docker-compose.yml", compose);
    let text = check(&folder, &[], 0);
    let line = "docker-compose.yml was not judged: the source of `web` is mounted, as on a \
                developer's machine; if a server runs it, state `purpose = \"production\"` under \
                `[deployments.\"docker-compose.yml\"]` in opslint.toml";
    assert!(text.lines().any(|it| it == line), "{text}");
    let stated = "[deployments.\"docker-compose.yml\"]\npurpose = \"production\"\n";
    let text = check(&folder.with("opslint.toml", stated), &["--fail-on", "never"], 0);
    assert!(text.contains("dev-server-in-production"), "{text}");
    let folder = Folder::new("alone-theirs").with("Dockerfile", image);
    let folder = folder.with("opslint.toml", "deployments.Dockerfile.purpose = \"development\"\n");
    let text = check(&folder, &[], 0);
    let line = "Dockerfile was not judged: opslint.toml says that it is for development";
    assert!(text.contains(line), "{text}");
}
