//! What is shown as assumed can be settled: nothing that was shown rests on it after that.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check};

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&check(folder, &["--format", "json", "--fail-on", "never"], 0)).unwrap()
}

fn lines(report: &Value) -> String {
    let all = report["assumptions"].as_array().unwrap().iter();
    all.map(|it| format!("{}\n", it["settle_with"].as_str().unwrap())).collect()
}

fn of<'a>(report: &'a Value, rule: &str) -> &'a Value {
    let mut all = report["diagnostics"].as_array().unwrap().iter();
    all.find(|it| it["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {report}"))
}

const DATABASE: &str = "services:
  db:
    image: postgres:12
    restart: always
    volumes: [data:/var/lib/postgresql/data]
    environment: { POSTGRES_PASSWORD: x7Gh3kP9qL }
volumes: { data: }
";

/// A name, the files by their paths, and the manifest.
type Project = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// What each of these rests on has a name of its own, is a variable, or has no name at all.
const PROJECTS: &[Project] = &[
    ("purpose", &[("docker-compose.prod.yml", DATABASE)], "database-image-ended"),
    (
        "variable",
        &[
            ("fly.toml", "[http_service]\ninternal_port = 8080\n[[vm]]\nmemory = '1gb'\n"),
            (
                "Dockerfile",
                "FROM python:3.13-slim\nRUN pip install uvicorn\n\
                 CMD [\"uvicorn\", \"shop:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8080\"]\n",
            ),
        ],
        "proxy-headers-not-trusted",
    ),
    (
        "celery",
        &[
            ("Procfile", "worker: celery -A shop worker\n"),
            ("requirements.txt", "celery\n"),
            ("app.json", "{\"formation\": {\"worker\": {\"quantity\": 1, \"size\": \"basic\"}}}"),
        ],
        "memory-overcommit",
    ),
    (
        "unset",
        &[
            ("Procfile", "worker: celery -A shop worker --concurrency 2\n"),
            ("app.json", "{\"formation\": {\"worker\": {\"quantity\": 1, \"size\": \"basic\"}}}"),
        ],
        "celery-children-get-the-signal",
    ),
];

#[test]
fn what_is_pasted_leaves_nothing_assumed() {
    for (name, files, rule) in PROJECTS {
        let folder = Folder::new(&format!("settling-{name}"));
        let folder = files.iter().fold(folder, |folder, (path, text)| folder.with(path, *text));
        let before = report(&folder);
        assert_eq!(of(&before, rule)["confidence"], "assumed", "{name}");
        let lines = lines(&before);
        let folder = folder.with("opslint.toml", &lines);
        let after = report(&folder);
        assert_eq!(of(&after, rule)["confidence"], "certain", "{name}: {lines}{after}");
        assert!(!after["diagnostics"].to_string().contains("invalid-config"), "{name}: {lines}");
    }
}

/// That a dashboard names no path is what was found: a line for it would outlive the repair, and one
/// that is there gives way to the file.
#[test]
fn what_is_missing_has_no_line_that_outlives_the_repair() {
    let railway = |more: &str| {
        format!("[deploy]\nstartCommand = 'uvicorn shop:app --host :: --port $PORT'\n{more}")
    };
    let folder = Folder::new("settling-dashboard").with("railway.toml", railway(""));
    let before = report(&folder);
    assert_eq!(of(&before, "deploy-without-check")["confidence"], "assumed");
    assert!(!lines(&before).contains("health_check"), "{before}");
    let old = "deployments.\"railway.toml\".processes.service.health_check.path = \"\"\n";
    let folder = folder.with("opslint.toml", old);
    let pasted = report(&folder);
    assert_eq!(of(&pasted, "deploy-without-check")["confidence"], "certain");
    let folder = folder.with("railway.toml", railway("healthcheckPath = '/up'\n"));
    let repaired = report(&folder);
    assert!(!repaired["diagnostics"].to_string().contains("deploy-without-check"), "{repaired}");
}

/// A line that stood for what no file said may be left when a file says it.
#[test]
fn a_line_that_contradicts_a_file_is_said() {
    let stated = "deployments.Procfile.processes.web.plan = \"basic\"\n\
                  deployments.Procfile.processes.web.instances = 2\n";
    let app = |size: &str| {
        format!("{{\"formation\": {{\"web\": {{\"quantity\": 2, \"size\": \"{size}\"}}}}}}")
    };
    let folder = Folder::new("settling-contradicted")
        .with("Procfile", "web: gunicorn shop.wsgi --workers 2\n")
        .with("opslint.toml", stated)
        .with("app.json", app("Basic"));
    let same = report(&folder);
    assert!(!same["diagnostics"].to_string().contains("conflicting-values"), "{same}");
    let other = report(&folder.with("app.json", app("standard-2x")));
    let found = of(&other, "conflicting-values");
    let said = "`plan` is set twice: basic is used, and standard-2x is ignored";
    assert_eq!(found["message"], said);
    assert_eq!(found["primary"]["path"], "opslint.toml");
    assert_eq!(found["related"][0]["path"], "app.json");
}

/// What a manifest names and a Dockerfile says is not copied: the line says that the Dockerfile makes
/// the image, so that who repairs the Dockerfile has repaired it.
#[test]
fn a_line_says_which_dockerfile_makes_the_image_and_not_what_is_in_it() {
    let image = |workers: u32| {
        format!("FROM python:3.13\nCMD [\"gunicorn\", \"a:b\", \"--workers\", \"{workers}\"]\n")
    };
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\n\
                    spec:\n  selector: { matchLabels: { app: shop } }\n  template:\n\
                    \x20   metadata: { labels: { app: shop } }\n    spec:\n      containers:\n\
                    \x20       - name: shop\n          image: acme/shop\n\
                    \x20         resources: { limits: { memory: 512Mi } }\n";
    let folder = Folder::new("settling-image")
        .with("k8s/shop.yaml", manifest)
        .with("requirements.txt", "django\ngunicorn\n")
        .with("Dockerfile", image(12));
    let before = report(&folder);
    assert_eq!(of(&before, "memory-overcommit")["confidence"], "assumed");
    let lines = lines(&before);
    let line = "processes.shop.image.dockerfile = \"Dockerfile\"";
    assert!(lines.contains(line) && !lines.contains("workers"), "{lines}");
    let folder = folder.with("opslint.toml", &lines);
    let after = report(&folder);
    assert_eq!(of(&after, "memory-overcommit")["confidence"], "certain", "{after}");
    let repaired = report(&folder.with("Dockerfile", image(2)));
    assert!(!repaired["diagnostics"].to_string().contains("memory-overcommit"), "{repaired}");
    let elsewhere = lines.replace(line, "processes.shop.image.dockerfile = \"\"");
    let silent = report(
        &Folder::new("settling-no-image")
            .with("k8s/shop.yaml", manifest)
            .with("Dockerfile", image(12))
            .with("opslint.toml", elsewhere),
    );
    assert!(!silent["diagnostics"].to_string().contains("memory-overcommit"), "{silent}");
    assert!(!silent["diagnostics"].to_string().contains("invalid-config"), "{silent}");
}

/// Which of several programs is the server is one thing to say, and what the others follow from it
/// is not copied.
#[test]
fn a_line_says_which_program_is_the_server_and_not_what_follows() {
    let script = "#!/bin/sh\npython bot.py &\ngunicorn a:b --workers 12 &\nwait\n";
    let folder = Folder::new("settling-side-by-side")
        .with("start.sh", script)
        .with("requirements.txt", "django\ngunicorn\n")
        .with("fly.toml", "[http_service]\ninternal_port = 8000\n[[vm]]\nmemory = '512mb'\n")
        .with("Dockerfile", "FROM python:3.13\nCOPY . .\nCMD [\"./start.sh\"]\n");
    let before = report(&folder);
    assert_eq!(of(&before, "memory-overcommit")["confidence"], "assumed");
    let lines = lines(&before);
    let line = "processes.app.server = \"gunicorn\"";
    assert!(lines.contains(line) && !lines.contains("workers"), "{lines}");
    let folder = folder.with("opslint.toml", &lines);
    assert_eq!(of(&report(&folder), "memory-overcommit")["confidence"], "certain");
    let repaired = report(&folder.with("start.sh", script.replace("12", "2")));
    assert!(!repaired["diagnostics"].to_string().contains("memory-overcommit"), "{repaired}");
}

/// The lines of the report for people are as good as those of JSON, and can be pasted beside others.
#[test]
fn the_block_can_be_pasted_as_it_stands() {
    let folder = Folder::new("settling-block")
        .with("Procfile", "web: gunicorn shop.wsgi --workers 8 --timeout 120\n")
        .with("requirements.txt", "django\ngunicorn\n");
    let text = check(&folder, &["--fail-on", "never"], 0);
    let head = "Change what is wrong, and put it into opslint.toml:\n";
    let block = text.split(head).nth(1).unwrap();
    let block = block.split("\n\n").next().unwrap();
    let count = block.lines().filter(|it| !it.trim_start().starts_with('#')).count();
    assert_eq!(count, 4, "{block}");
    let mut folder = folder;
    let levels = "[levels]\nidle-cpus = \"off\"\n";
    for own in [
        String::new(),
        levels.to_owned(),
        format!("deployments.Procfile.platform = \"heroku\"\n{levels}"),
        format!("[deployments.Procfile.processes.web]\nplan = \"basic\"\n{levels}"),
        format!("[deployments.Procfile]\nplatform = \"heroku\"\n{levels}"),
    ] {
        folder = folder.with("opslint.toml", &own);
        let text = check(&folder, &["--fail-on", "never"], 0);
        let block = text.split(head).nth(1).unwrap().split("\n\n").next().unwrap();
        let both = pasted(&own, block);
        folder = folder.with("opslint.toml", &both);
        let after = report(&folder);
        assert_eq!(after["assumptions"], Value::Array(Vec::new()), "{both}");
        assert_eq!(of(&after, "memory-overcommit")["confidence"], "certain");
    }
}

/// A file with the lines of a block where the block says that they belong: below a heading that is
/// there, before the first one, or at the end.
fn pasted(own: &str, block: &str) -> String {
    let mut lines: Vec<String> = own.lines().map(str::to_owned).collect();
    let mut at = lines.len();
    for line in block.lines().map(str::trim) {
        let there = line.strip_suffix("  # which is there: below it");
        if line == "# before the first heading:" {
            at = 0;
        } else if let Some(heading) = there {
            at = lines.iter().position(|it| it == heading).unwrap() + 1;
        } else {
            at = if line.starts_with('[') { lines.len() } else { at };
            lines.insert(at, line.to_owned());
            at += 1;
        }
    }
    lines.join("\n")
}

const KEY: &str = "services:
  web:
    build: .
    restart: always
    ports: ['80:8000']
    command: gunicorn shop.wsgi
    environment: { SECRET_KEY: '${SECRET_KEY:-change-this-in-production}' }
";

/// Nobody has to write a secret into opslint.toml to say that there is one; and what another file
/// says itself stays as it is.
#[test]
fn a_variable_is_said_to_be_set_without_its_value() {
    let literal = KEY.replace("${SECRET_KEY:-change-this-in-production}", "change-me");
    let folder = Folder::new("settling-secret")
        .with("docker-compose.prod.yml", KEY)
        .with("old/docker-compose.prod.yml", literal)
        .with("Dockerfile", "FROM python:3.13\n")
        .with("old/Dockerfile", "FROM python:3.13\n");
    let before = report(&folder);
    let count = |it: &Value| it["diagnostics"].to_string().matches("placeholder-secret").count();
    let both = count(&before);
    let key = "deployments.\"docker-compose.prod.yml\".set.SECRET_KEY = ";
    assert!(lines(&before).contains(&format!("{key}false")), "{}", lines(&before));
    let after = report(&folder.with("opslint.toml", format!("{key}true\n")));
    assert!(count(&after) < both && count(&after) > 0, "{after}");
}

/// Braces in the path of a manifest mean nothing where the path is named as it is.
#[test]
fn a_path_with_braces_is_named_as_it_is() {
    let folder = Folder::new("settling-braces")
        .with("{{name}}/Procfile", "web: gunicorn shop.wsgi --timeout 120\n");
    let before = report(&folder);
    let lines = lines(&before);
    assert!(lines.contains("{{name}}"), "{lines}");
    let after = report(&folder.with("opslint.toml", &lines));
    assert_eq!(of(&before, "timeout-above-router")["confidence"], "assumed", "{lines}");
    assert_eq!(of(&after, "timeout-above-router")["confidence"], "certain", "{lines}");
}

/// What `init` writes, with each comment that is a statement as one.
fn live(text: &str) -> String {
    let is_assumed = |it: &&str| it.contains(" = ") && it.contains("  # assumed");
    let live = |it: &str| match it.strip_prefix("# ").filter(is_assumed) {
        Some(statement) => format!("{statement}\n"),
        None => format!("{it}\n"),
    };
    text.lines().map(live).collect()
}

/// `init` knows what the report asks for.
#[test]
fn what_init_writes_leaves_nothing_assumed() {
    for (name, files, rule) in PROJECTS {
        let folder = Folder::new(&format!("settling-init-{name}"));
        let folder = files.iter().fold(folder, |folder, (path, text)| folder.with(path, *text));
        let live = live(&check(&folder, &["init", "--stdout"], 0));
        let after = report(&folder.with("opslint.toml", &live));
        assert_eq!(of(&after, rule)["confidence"], "certain", "{name}: {live}{after}");
    }
}

/// `opslint init` writes as comments what is assumed, and uncommented they say the same.
#[test]
fn init_writes_what_is_assumed_as_comments() {
    let python = "import os\nworkers = 8 if os.getenv('APP_ENV') == 'production' else 2\n";
    let folder = Folder::new("settling-init")
        .with("docker-compose.prod.yml", DATABASE)
        .with("web/Procfile", "web: gunicorn shop.wsgi -c gunicorn.conf.py\n")
        .with("web/gunicorn.conf.py", python);
    let text = check(&folder, &["init", "--stdout"], 0);
    for line in ["# purpose = \"production\"  # assumed", "# APP_ENV = \"production\"  # assumed"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let live = live(&text);
    let after = report(&folder.with("opslint.toml", &live));
    assert_eq!(after["assumptions"], Value::Array(Vec::new()), "{live}");
    assert_eq!(of(&after, "memory-overcommit")["confidence"], "certain", "{live}");
}
