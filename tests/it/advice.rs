//! Help that can be followed: it names the platform at hand and no other, and what it leads to is
//! shown in an example about which the rule is silent.
#![expect(clippy::disallowed_methods, reason = "rules and platforms are files")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use opslint::analysis::{Analysis, Checked, Judgement, Options, Scope};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::workspace::MemoryFiles;

/// Names of platforms, of their files and commands, beside the keys that their advice names.
const NAMES: &[(&str, &[&str])] = &[
    ("app-engine", &["App Engine", "app.yaml"]),
    ("app-runner", &["App Runner", "apprunner.yaml"]),
    ("apppack", &["AppPack", "apppack "]),
    ("cloud-foundry", &["Cloud Foundry", "cf "]),
    ("cloud-run", &["Cloud Run", "minScale"]),
    ("compose", &["in compose", "Docker Compose"]),
    ("copilot", &["Copilot", "taskdef_overrides", "ContainerDefinitions"]),
    ("digitalocean", &["DigitalOcean", "app spec"]),
    ("dokku", &["Dokku", "dokku "]),
    ("ecs", &["Amazon ECS"]),
    ("fly", &["Fly.io", "fly.toml", "fly secrets", "[http_service]", "auto_stop_machines"]),
    ("heroku", &["Heroku", "heroku ", "heroku-postbuild", "app.json"]),
    ("kamal", &["Kamal", "config/deploy.yml"]),
    ("kubernetes", &["Kubernetes", "kubectl "]),
    ("railway", &["Railway", "railway."]),
    ("render", &["Render", "render.yaml", "envVars", "buildCommand", "numInstances"]),
    ("supervisord", &["Supervisor", "supervisord.conf"]),
    ("systemd", &["systemd", "Environment=", "TimeoutStopSec"]),
];

/// Rules whose example needs no `fixed`, each with the reason.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("boot-near-limit", MEASURED),
    ("cold-starts-often", MEASURED),
    ("database-connections-refused", MEASURED),
    ("killed-for-memory", MEASURED),
    ("measured-memory-unused", MEASURED),
    ("memory-grows", MEASURED),
    ("memory-nearly-full", MEASURED),
    ("requests-wait-for-instance", MEASURED),
    ("responses-above-router-timeout", MEASURED),
];

/// Why an example of a measurement cannot show what follows.
const MEASURED: &str = "whether the change helped, the next measurement shows";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A rule file as far as these tests need it.
struct RuleFile {
    id: String,
    help: String,
    /// The files of each failing example, and whether it shows what follows.
    fails: Vec<(Vec<(String, String)>, bool)>,
}

fn rules() -> Vec<RuleFile> {
    let mut rules = Vec::new();
    for entry in fs::read_dir(root().join("rules")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let fails = table["fail"].as_array().unwrap().iter().map(|it| {
            let it = it.as_table().unwrap();
            let files = it.iter().filter(|(path, _)| *path != "fixed");
            let text = |it: &toml::Value| without_marks(it.as_str().unwrap());
            let files = files.map(|(path, it)| (path.clone(), text(it)));
            (files.collect(), it.contains_key("fixed"))
        });
        rules.push(RuleFile {
            id: path.file_stem().unwrap().to_string_lossy().into_owned(),
            help: table["help"].as_str().unwrap_or_default().to_owned(),
            fails: fails.collect(),
        });
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

fn without_marks(text: &str) -> String {
    let is_mark = |line: &str| {
        let rest = line.trim_start();
        let after = rest.trim_start_matches('^').trim_start_matches('~');
        after.len() < rest.len() && (after.is_empty() || after.starts_with(' '))
    };
    text.lines().filter(|it| !is_mark(it)).map(|it| format!("{it}\n")).collect()
}

#[test]
fn each_rule_shows_what_its_help_leads_to() {
    let is_excepted = |id: &str| NOT_SHOWN.iter().any(|(it, _)| *it == id);
    let shows = |it: &RuleFile| it.fails.iter().any(|(_, fixed)| *fixed);
    let rules = rules();
    assert!(rules.len() > 300, "{}", rules.len());
    for rule in &rules {
        assert_ne!(shows(rule), is_excepted(&rule.id), "{}: `fixed` or a reason", rule.id);
    }
    for (id, reason) in NOT_SHOWN {
        assert!(!reason.is_empty() && rules.iter().any(|it| it.id == *id), "{id}");
    }
}

/// By platform, what only a help about this platform may name.
fn words() -> BTreeMap<String, BTreeSet<String>> {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (platform, names) in NAMES {
        let path = root().join("platforms").join(format!("{platform}.toml"));
        let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        let advice = table.get("advice").and_then(toml::Value::as_table);
        let own = words.entry((*platform).to_owned()).or_default();
        own.extend(names.iter().map(|it| (*it).to_owned()));
        for value in advice.into_iter().flat_map(toml::Table::values) {
            let text = value["value"].as_str().unwrap();
            let keys = text.split('`').skip(1).step_by(2);
            let keys = keys.flat_map(|it| it.split([' ', '=', ':', '{', '}', '"', '[', ']']));
            // A word of everybody's, such as `environment`, tells no platform from another.
            let is_own = |it: &&str| it.len() > 7 && it.contains(|it: char| !it.is_lowercase());
            own.extend(keys.filter(is_own).map(str::to_owned));
        }
    }
    words
}

/// The commands that an example starts, with whether they serve requests.
fn commands(files: &[(String, String)]) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    for (path, text) in files {
        for line in text.lines().map(str::trim) {
            let key = ["startCommand: ", "command: "].iter().find_map(|it| line.strip_prefix(it));
            let entry = match path.as_str() {
                "Procfile" => line.split_once(": "),
                "fly.toml" => line.split_once(" = \"").filter(|(_, it)| it.contains(' ')),
                _ => key.map(|it| ("web", it)),
            };
            let Some((name, command)) = entry else { continue };
            let command = command.trim_end_matches('"').replace('"', "'");
            let is_job = ["celery", "dramatiq", "sidekiq", "huey", "rq "];
            let serves = name != "release" && !is_job.iter().any(|it| command.contains(it));
            if name != "release_command" && name != "release" {
                found.push((serves, command));
            }
        }
    }
    found
}

/// A project that runs a command on a platform; `None` where a manifest cannot say so.
fn manifest(platform: &str, serves: bool, command: &str) -> Option<Vec<(&'static str, String)>> {
    let name = if serves { "web" } else { "worker" };
    let one = |path, text: String| Some(vec![(path, text)]);
    let image = ("Dockerfile", "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n".to_owned());
    match platform {
        "app-engine" if serves => {
            one("app.yaml", format!("runtime: python313\nentrypoint: \"{command}\"\n"))
        }
        "apppack" => one(
            "apppack.toml",
            format!(
                "[build]\nsystem = \"dockerfile\"\n[services.{name}]\ncommand = \"{command}\"\n"
            ),
        ),
        "app-runner" if serves => {
            let head = "version: 1.0\nruntime: python311\nbuild: {commands: {build: [make]}}\n";
            one("apprunner.yaml", format!("{head}run:\n  command: \"{command}\"\n"))
        }
        "cloud-run" if serves => {
            let head =
                "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: shop}\n";
            let spec =
                "spec:\n  template:\n    spec:\n      containers:\n        - image: shop:1\n";
            let words = command.split(' ').map(|it| format!("\"{it}\"")).collect::<Vec<_>>();
            let command = format!("          command: [{}]\n", words.join(", "));
            one("service.yaml", format!("{head}{spec}{command}"))
        }
        "compose" => {
            let ports = if serves { "    ports: [\"80:8000\"]\n" } else { "" };
            let head = format!("services:\n  {name}:\n    build: .\n    restart: always\n{ports}");
            let text = format!("{head}    command: \"{command}\"\n");
            Some(vec![("compose.yaml", text), image])
        }
        "digitalocean" => {
            let table = if serves { "services" } else { "workers" };
            let size = "instance_size_slug: apps-s-1vcpu-0.5gb";
            let text = format!("    run_command: \"{command}\"\n    {size}\n");
            one(".do/app.yaml", format!("name: shop\n{table}:\n  - name: {name}\n{text}"))
        }
        "dokku" => Some(vec![
            ("Procfile", format!("{name}: {command}\n")),
            ("app.json", "{\"scripts\": {\"dokku\": {\"predeploy\": \"true\"}}}\n".to_owned()),
        ]),
        "fly" => {
            let http = "[http_service]\ninternal_port = 8080\nprocesses = [\"web\"]\n";
            let http = if serves { http } else { "" };
            let text = format!("[processes]\n{name} = \"{command}\"\n{http}");
            Some(vec![("fly.toml", text), image])
        }
        "heroku" => Some(vec![
            ("Procfile", format!("{name}: {command}\n")),
            ("app.json", "{\"stack\": \"heroku-24\"}\n".to_owned()),
        ]),
        "railway" => {
            one("railway.json", format!("{{\"deploy\": {{\"startCommand\": \"{command}\"}}}}\n"))
        }
        "render" => {
            let service = format!("  - type: {name}\n    name: {name}\n    runtime: python\n");
            let command = format!("    startCommand: \"{command}\"\n");
            one("render.yaml", format!("services:\n{service}{command}"))
        }
        "systemd" => one(
            "shop.service",
            format!("[Service]\nWorkingDirectory=/srv/shop\nExecStart=/srv/shop/bin/{command}\n"),
        ),
        _ => manifest_of_an_image(platform, name, serves, command),
    }
}

/// The same of platforms that run an image, and of Supervisor.
fn manifest_of_an_image(
    platform: &str,
    name: &str,
    serves: bool,
    command: &str,
) -> Option<Vec<(&'static str, String)>> {
    let words = command.split(' ').map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ");
    match platform {
        "cloud-foundry" => {
            let app = "applications:\n- name: shop\n  memory: 512M\n  processes:\n".to_owned();
            let process = format!("  - type: {name}\n    command: \"{command}\"\n");
            Some(vec![("manifest.yml", app + &process)])
        }
        "copilot" => {
            let what = if serves { "Load Balanced Web Service" } else { "Worker Service" };
            let http = if serves { "http: {path: /}\n" } else { "" };
            let image = "image: {location: 'shop:1', port: 8000}\n";
            let head = format!("name: {name}\ntype: {what}\n{image}{http}");
            Some(vec![("copilot/shop/manifest.yml", format!("{head}entrypoint: [{words}]\n"))])
        }
        "ecs" => {
            let ports = if serves { "\"portMappings\": [{\"containerPort\": 8000}], " } else { "" };
            let container = format!("\"name\": \"{name}\", \"image\": \"shop:1\", {ports}");
            let task = "\"family\": \"shop\", \"cpu\": \"256\", \"memory\": \"512\"";
            let text = format!(
                "{{{task}, \"containerDefinitions\": [{{{container}\"command\": [{words}]}}]}}\n"
            );
            Some(vec![("task-definition.json", text)])
        }
        "kamal" => {
            let role = format!("  {name}:\n    hosts: [192.0.2.1]\n    cmd: \"{command}\"\n");
            let text = format!("service: shop\nimage: shop\nservers:\n{role}");
            let image = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n".to_owned();
            Some(vec![("config/deploy.yml", text), ("Dockerfile", image)])
        }
        "kubernetes" => {
            let head =
                format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n");
            let ports = if serves { "          ports: [{containerPort: 8000}]\n" } else { "" };
            let limits = "          resources: {limits: {memory: 512Mi, cpu: 1}}\n";
            let text = format!(
                "{head}spec:\n  selector: {{matchLabels: {{app: shop}}}}\n  template:\n    spec:\n      \
                 containers:\n        - name: {name}\n          \
                 image: shop:1\n          command: [{words}]\n{ports}{limits}"
            );
            Some(vec![("k8s/shop.yaml", text)])
        }
        "supervisord" => {
            let text = format!("[program:{name}]\ndirectory=/srv/shop\ncommand={command}\n");
            Some(vec![("supervisord.conf", text)])
        }
        _ => None,
    }
}

/// Files of an example that describe no deployment, so that they can stand beside any manifest.
fn is_beside(path: &str) -> bool {
    let is_source = [".py", ".js", ".txt", ".lock", ".python-version"];
    is_source.iter().any(|it| path.ends_with(it)) || path == "package.json"
}

#[test]
fn help_names_the_platform_at_hand_and_no_other() {
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let judgement = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let words = words();
    let depends = |rule: &RuleFile| {
        let mut all = words.values().flatten();
        rule.help.contains("platform") || all.any(|it| rule.help.contains(it.as_str()))
    };
    let mut wrong = BTreeSet::new();
    let mut seen: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for rule in rules().iter().filter(|it| depends(it)) {
        for (files, _) in &rule.fails {
            for (serves, command) in commands(files) {
                for platform in words.keys() {
                    let Some(manifest) = manifest(platform, serves, &command) else { continue };
                    let beside = files.iter().filter(|(path, _)| is_beside(path));
                    let beside = beside.map(|(path, text)| (path.as_str(), text.clone()));
                    let files = manifest.into_iter().chain(beside);
                    let files = files.fold(MemoryFiles::new(), |all, (path, text)| {
                        all.with(path.to_owned(), text)
                    });
                    let options = Options::with_policy(Arc::clone(&policy));
                    let analysis = Analysis::open(files, options).unwrap();
                    let Checked { outcome, .. } =
                        analysis.check(&Scope::default(), &judgement).unwrap();
                    for it in &outcome.diagnostics {
                        let help = it.help.as_deref().unwrap_or_default();
                        seen.entry(it.rule.clone()).or_default().insert(platform);
                        let own = &words[platform];
                        let others = words.iter().filter(|(other, _)| *other != platform);
                        let others = others.flat_map(|(_, them)| them);
                        for word in others.filter(|it| help.contains(it.as_str())) {
                            if !own.iter().any(|it| it.contains(word) || word.contains(it)) {
                                wrong.insert(format!("{platform} {}: {word}: {help}", it.rule));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
    // The projects are no empty ones: what holds everywhere is said on nearly every platform.
    for (rule, least) in [("default-grace-above-kill", 2), ("task-limit-above-kill", 4)] {
        assert!(seen[rule].len() >= least, "{rule}: {:?}", seen[rule]);
    }
}
