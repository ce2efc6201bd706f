//! Compose files against Docker Compose itself: `config` of files that are merged, extended and
//! filled in.
//!
//! What opslint knows of a service, with its variables, must be what compose makes of it. What
//! opslint says is unknown is allowed and counted; what compose refuses is left out.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, OriginKind, Value};
use opslint::project::{Lookup, Process};
use opslint::quantity::go;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;
use serde_json::Value as Json;

use crate::oracle_gunicorn::oracle::python;

/// Keys of a service, each in some of the forms that it has. None stands twice in a service.
const KEYS: &[&[&str]] = &[
    &[
        "command: gunicorn shop.wsgi -b :8000",
        "command: [gunicorn, shop.wsgi, --workers, \"3\"]",
        "command: gunicorn shop.wsgi -w ${WORKERS:-2} -b 0.0.0.0:${PORT}",
        "command: [echo, \"$$HOME\", \"${UNSET:-x}\"]",
        "command: !reset null",
        "command: [\"celery\", \"-A\", \"${APP-shop}\", \"worker\"]",
    ],
    &[
        "ports: [\"80:8000\"]",
        "ports:\n      - \"8000\"\n      - \"127.0.0.1:81:8000/tcp\"",
        "ports:\n      - target: 8000\n        published: \"82\"",
        "ports:\n      - target: 8000\n        published: \"83\"\n        host_ip: 127.0.0.1",
        "ports: [\"${HOST_PORT:-8080}:8000\", \"90:9000\"]",
        "ports: !override [\"84:8000\"]",
        "ports: !override\n      - \"85:8000\"\n      - \"86:8001\"",
        "ports: !reset []",
        "ports: [\"80:8000\", \"443:8443\"]",
    ],
    &[
        "environment: {A: one, B: \"2\"}",
        "environment: [A=uno, C=3, D]",
        "environment:\n      A: ${WORKERS}\n      E: \"${UNSET:-${PORT:-9}}\"",
        "environment:\n      B: \"${EMPTY:-none}${EMPTY-some}\"\n      C: ${WORKERS:+many}x${UNSET:+no}",
        "environment:\n      A: !reset null\n      F: $$WORKERS-$WORKERS",
        "environment: !override {B: only}",
        "environment: [\"A=a=b\", \"E=${UNSET-}\", F=]",
        "environment:\n      D:\n      A: true\n      C: 1.50",
    ],
    &[
        "env_file: one.env",
        "env_file: [one.env, two.env]",
        "env_file:\n      - path: two.env\n        required: false",
        "env_file: [two.env, one.env]",
    ],
    &[
        "deploy: {replicas: 2}",
        "deploy:\n      resources:\n        limits: {memory: 512m, cpus: \"0.5\"}",
        "deploy:\n      replicas: ${WORKERS:-3}\n      resources: {limits: {memory: 1gb}}",
        "deploy: !override {replicas: 4}",
        "mem_limit: 256m\n    cpus: 1.5",
        "mem_limit: ${LIMIT:-128mb}\n    scale: 3",
    ],
    &["restart: always", "restart: unless-stopped", "restart: \"no\"", "restart: on-failure:3"],
    &["stop_grace_period: 30s", "stop_grace_period: 1m30s", "stop_grace_period: ${GRACE:-20s}"],
    &["stop_signal: SIGINT", "stop_signal: SIGQUIT"],
    &[
        "healthcheck: {test: [CMD, \"true\"], interval: 5s, timeout: 3s}",
        "healthcheck:\n      interval: 1m\n      start_period: 10s",
        "healthcheck: !override {test: \"exit 0\", timeout: 9s}",
    ],
    &[
        "volumes: [\"./media:/srv/media\"]",
        "volumes: [\"media:/srv/media\", \"/srv/tmp\"]",
        "volumes:\n      - type: bind\n        source: ./other\n        target: /srv/media",
        "volumes: [\"./logs:/var/log/${NAME:-shop}:ro\"]",
        "volumes: [\"${MOUNT:-./public:/app/public}\", \"${UNSET:-./x}/y:/z\"]",
        "volumes: !override [\"./only:/only\"]",
    ],
    &["labels: {a: b}", "labels: [a=c]", "profiles: [prod]", "x-note: {a: 1}"],
];

/// Where limits stand: compose refuses a service with both.
const LIMITS: [&str; 2] = ["deploy", "mem_limit"];

/// Files beside the compose files.
const FILES: &[(&str, &str)] = &[
    ("Dockerfile", "FROM scratch\nCMD [\"gunicorn\", \"shop.wsgi\"]\n"),
    (".env", "WORKERS=5\nPORT=8000\nEMPTY=\nD=around\n"),
    ("one.env", "A=from-one\nG=\"q r\"\nH=${WORKERS}\n"),
    ("two.env", "# comment\nA=from-two\nexport B=x # no\nC='$WORKERS'\n"),
    ("base/one.env", "A=of-base\nG=base\n"),
    ("base/two.env", "B=of-base\n"),
];

const NAMES: &[&str] = &["A", "B", "C", "D", "E", "F", "G", "H"];

/// A small generator, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// Keys of a service; those that a merge alone knows only where there is something below.
    /// Limits stand under `deploy` in all of a case or in none.
    fn keys(&mut self, count: usize, over: bool, limits: &str) -> String {
        let mut keys = String::new();
        for forms in KEYS {
            if self.below(KEYS.len()) >= count {
                continue;
            }
            let is_other =
                |it: &&&str| LIMITS.iter().any(|key| *key != limits && it.starts_with(key));
            let forms: Vec<&str> = forms.iter().filter(|it| !is_other(it)).copied().collect();
            let form = forms[self.below(forms.len())];
            let is_of_merge = form.contains("!reset") || form.contains("!override");
            if over || !is_of_merge {
                keys += &format!("    {form}\n");
            }
        }
        keys
    }
}

/// Files, of which compose is given the named ones, and opslint looks at the last.
struct Case {
    files: BTreeMap<String, String>,
    given: Vec<&'static str>,
}

fn case(given: &[&'static str], own: &[(&str, String)]) -> Case {
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    // A volume by name is one of the files that compose is given.
    let has_volume = own.iter().any(|(_, text)| text.contains("media:/srv/media"));
    let volumes = |path: &str| match has_volume && path.ends_with(".yml") {
        true => "volumes: {media: {}}\n",
        false => "",
    };
    let own =
        own.iter().map(|(path, text)| ((*path).to_owned(), format!("{text}{}", volumes(path))));
    Case { files: files.chain(own).collect(), given: given.to_vec() }
}

const BASE: &str = "docker-compose.yml";
const OVER: &str = "docker-compose.prod.yml";

fn cases() -> Vec<Case> {
    let mut random = Random(3);
    let built = "  web:\n    build: .\n";
    let mut cases = Vec::new();
    for idx in 0..220 {
        let limits = LIMITS[idx % 2];
        let base = format!("services:\n{built}{}", random.keys(7, false, limits));
        let over =
            format!("services:\n  web:\n    x-note: {{b: 1}}\n{}", random.keys(7, true, limits));
        cases.push(case(
            &[BASE, OVER],
            &[(BASE, base), (OVER, over.replace("x-note: {a", "x-more: {a"))],
        ));
    }
    for idx in 0..90 {
        let limits = LIMITS[idx % 2];
        // Marks over what is extended itself: of one file, compose takes services in no order and
        // what a mark does differs from run to run; of another, it forgets the mark.
        let is_chain = idx / 3 % 2 == 0;
        let (one, two, own) = (
            random.keys(6, false, limits),
            random.keys(5, false, limits),
            random.keys(5, !is_chain, limits),
        );
        let own = own.replace("    profiles: [prod]\n", "");
        let chain = if is_chain {
            format!("  below:\n    build: .\n{one}  common:\n    extends: below\n{two}")
        } else {
            format!("  common:\n    build: .\n{two}")
        };
        let cases_of = |extends: &str| format!("  web:\n    extends: {extends}\n{own}");
        cases.push(match idx % 3 {
            0 => {
                let text = format!("services:\n{chain}{}", cases_of("{service: common}"));
                case(&[OVER], &[(OVER, text)])
            }
            1 => {
                let text =
                    format!("services:\n{}", cases_of("{file: common.yml, service: common}"));
                let common = format!("services:\n{chain}");
                case(&[OVER], &[(OVER, text), ("common.yml", common)])
            }
            _ => {
                let extends = "{file: base/common.yml, service: common}";
                let text = format!("services:\n{}", cases_of(extends));
                let common = format!("services:\n{chain}").replace("build: .", "build: ..");
                case(&[OVER], &[(OVER, text), ("base/common.yml", common)])
            }
        });
    }
    for idx in 0..60 {
        let limits = LIMITS[idx % 2];
        let (part, own) = (random.keys(6, false, limits), random.keys(4, false, limits));
        let (place, context) =
            if idx % 3 == 1 { ("part.yml", ".") } else { ("base/part.yml", "..") };
        let text = format!("include: [{place}]\nservices:\n  web:\n    build: .\n{own}");
        let worker = format!("services:\n  worker:\n    build: {context}\n{part}");
        let mut files = vec![(OVER, text), (place, worker)];
        if idx % 3 == 2 {
            files[1].1 += "  more:\n    extends: {file: common.yml, service: common}\n";
            files.push((
                "base/common.yml",
                "services:\n  common:\n    build: ..\n    command: gunicorn a:b\n".to_owned(),
            ));
        }
        cases.push(case(&[OVER], &files));
    }
    // Files of an include with variables of their own.
    for idx in 0..40 {
        let limits = LIMITS[idx % 2];
        let (part, over, own) = (
            random.keys(6, false, limits),
            random.keys(3, true, limits),
            random.keys(3, false, limits),
        );
        let include = match idx % 4 {
            0 => "[base/part.yml]",
            1 => "[{path: base/part.yml, env_file: one.env}]",
            2 => "[{path: [base/part.yml, over.yml], project_directory: base}]",
            _ => "[{path: [base/part.yml, over.yml], env_file: [one.env, two.env]}]",
        };
        let text = format!("include: {include}\nservices:\n  web:\n    build: .\n{own}");
        let worker = format!("services:\n  worker:\n    build: ..\n{part}");
        let over = format!("services:\n  worker:\n    x-over: 1\n{over}");
        let variables = "WORKERS=7\nHOST_PORT=8181\nUNSET=own\nGRACE=9s\n".to_owned();
        cases.push(case(
            &[OVER],
            &[
                (OVER, text),
                ("base/part.yml", worker),
                ("over.yml", over.replace("x-note: {a", "x-more: {a")),
                ("base/.env", variables.clone()),
                ("one.env", format!("A=from-one\nG=\"q r\"\nH=${{WORKERS}}\n{variables}")),
            ],
        ));
    }
    for idx in 0..50 {
        let limits = LIMITS[idx % 2];
        let (shared, own) = (random.keys(6, false, limits), random.keys(4, false, limits));
        let shared: String = shared.lines().map(|it| format!("{}\n", &it[2..])).collect();
        let text = format!(
            "x-shared: &shared\n  x-mark: 1\n{shared}\nx-env: &env\n  A: anchored\n  B: $WORKERS\n\
             services:\n  web:\n    <<: *shared\n    build: .\n{own}  worker:\n    build: .\n    \
             restart: always\n    environment:\n      <<: *env\n      B: own\n"
        );
        cases.push(case(&[OVER], &[(OVER, text)]));
    }
    cases
}

/// The real program; `None` where it is not installed.
pub(crate) fn program() -> Option<PathBuf> {
    let output = Command::new(python()?)
        .args(["-c", "import compose, os; print(os.path.dirname(compose.__file__))"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let folder = String::from_utf8(output.stdout).unwrap();
    Some(Path::new(folder.trim()).join("docker-compose")).filter(|it| it.exists())
}

/// What compose makes of a case; `None` when it refuses it.
fn real(program: &Path, idx: usize, case: &Case) -> Option<Json> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compose/{idx}"));
    for (path, text) in &case.files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let files = case.given.iter().flat_map(|it| ["-f", it]);
    let output = Command::new(program)
        .args(files)
        .args(["--profile", "*", "config", "--format", "json"])
        .current_dir(&folder)
        .env_clear()
        .env("HOME", &folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let answer = output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap());
    fs::remove_dir_all(&folder).unwrap();
    answer
}

/// The processes of the last file.
fn ours(case: &Case) -> Vec<Process> {
    let files = case.files.iter();
    let files =
        files.fold(MemoryFiles::new(), |all, (path, text)| all.with(path.as_str(), text.as_str()));
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let deployments = answer.projects.into_iter().flat_map(|it| it.deployments);
    deployments.filter(|it| it.manifest == OVER).flat_map(|it| it.processes).collect()
}

#[derive(Default)]
struct Tally {
    same: usize,
    unknown: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    /// Compares one value, as text. `None` of ours is one that is not known.
    fn value(&mut self, case: &Case, what: &'static str, ours: Option<String>, theirs: &str) {
        match ours {
            None => *self.unknown.entry(what).or_default() += 1,
            Some(ours) if ours == theirs => self.same += 1,
            Some(ours) => {
                let files: Vec<String> = case
                    .files
                    .iter()
                    .filter(|(path, _)| path.ends_with(".yml"))
                    .map(|(path, text)| format!("# {path}\n{text}"))
                    .collect();
                self.wrong
                    .push(format!("{what}: ours {ours:?}, theirs {theirs:?}\n{}", files.concat()));
            }
        }
    }

    fn service(&mut self, case: &Case, process: &Process, theirs: &Json) {
        let fact = |id: FactId| process.facts.get(id);
        let variables = &theirs["environment"];
        for name in NAMES {
            let theirs = variables.get(name).and_then(Json::as_str).map(|it| it.replace("$$", "$"));
            let ours = match process.environment.get(name) {
                Lookup::Set(fact) => fact.value().and_then(Value::as_str).map(str::to_owned),
                Lookup::Unset | Lookup::Unmentioned => Some("(unset)".to_owned()),
            };
            // A name alone that nothing sets is left to whoever starts compose.
            self.value(case, "variable", ours, &theirs.unwrap_or("(unset)".to_owned()));
        }
        let words = theirs["command"].as_array().map(|words| {
            let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
            words.join(" ").replace("$$", "$")
        });
        let command = words.unwrap_or("gunicorn shop.wsgi".to_owned());
        self.value(case, "command", fact(v::COMMAND).and_then(shown), &command);
        let ports = theirs["ports"].as_array().into_iter().flatten().map(|it| {
            let host = it["host_ip"].as_str().unwrap_or("0.0.0.0");
            format!("{host}:{}", it["published"].as_str().unwrap_or("*"))
        });
        self.list(case, "ports", fact(v::PUBLISHED_PORTS), ports.collect());
        let volumes = theirs["volumes"].as_array().into_iter().flatten();
        let volumes = volumes.filter_map(|it| it["target"].as_str().map(str::to_owned));
        self.list(case, "volumes", fact(v::STORAGE_PATHS), volumes.collect());
        let limits = &theirs["deploy"]["resources"]["limits"];
        let limit = |new: &str, old: &str| {
            let node = Some(&limits[new]).filter(|it| !it.is_null()).unwrap_or(&theirs[old]);
            node.as_str().and_then(|it| it.parse::<f64>().ok()).or_else(|| node.as_f64())
        };
        let own = |id| fact(id).filter(|it| it.origin.kind == OriginKind::Written).map(shown);
        for (what, id, theirs) in [
            (
                "memory",
                v::MACHINE_MEMORY_MB,
                limit("memory", "mem_limit").map(|it| it / 1_048_576.0),
            ),
            ("cpus", v::MACHINE_CPUS, limit("cpus", "cpus")),
        ] {
            let theirs = theirs.map_or("none".to_owned(), |it| it.to_string());
            self.value(case, what, own(id).unwrap_or(Some("none".to_owned())), &theirs);
        }
        let replicas = theirs["deploy"]["replicas"].as_i64().or(theirs["scale"].as_i64());
        let replicas = replicas.unwrap_or(1).to_string();
        self.value(case, "replicas", fact(v::SCALE_MAX).and_then(shown), &replicas);
        let restart = theirs["restart"].as_str().unwrap_or("no");
        self.value(case, "restart", fact(v::RESTART_POLICY).and_then(shown), restart);
        let check = &theirs["healthcheck"];
        for (what, id, node) in [
            ("grace", v::SHUTDOWN_GRACE_S, &theirs["stop_grace_period"]),
            ("interval", v::HEALTH_CHECK_INTERVAL_S, &check["interval"]),
            ("timeout", v::HEALTH_CHECK_TIMEOUT_S, &check["timeout"]),
            ("start period", v::HEALTH_CHECK_GRACE_S, &check["start_period"]),
        ] {
            let seconds = node.as_str().and_then(|it| go::duration_s(it).ok());
            let theirs = seconds.map_or("none".to_owned(), |it| it.to_string());
            self.value(case, what, own(id).unwrap_or(Some("none".to_owned())), &theirs);
        }
        let signal = theirs["stop_signal"].as_str().unwrap_or("none");
        let ours = own(v::SHUTDOWN_SIGNAL).unwrap_or(Some("none".to_owned()));
        self.value(case, "signal", ours, signal);
    }

    fn list(
        &mut self,
        case: &Case,
        what: &'static str,
        ours: Option<&Fact>,
        mut theirs: Vec<String>,
    ) {
        let ours = ours.and_then(Fact::value).map(|it| match it {
            Value::List(all) => {
                let mut all: Vec<String> = all.iter().map(ToString::to_string).collect();
                all.sort();
                all.join(" ")
            }
            other => other.to_string(),
        });
        theirs.sort();
        self.value(case, what, ours, &theirs.join(" "));
    }
}

/// A value as compose would print it; `None` when it is not known.
fn shown(fact: &Fact) -> Option<String> {
    fact.value().map(|it| match it {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    })
}

#[test]
fn services_are_what_docker_compose_makes_of_them() {
    let Some(program) = program() else { return };
    let cases = cases();
    let threads = std::thread::available_parallelism().unwrap().get();
    let part = cases.len().div_ceil(threads);
    let real: Vec<Option<Json>> = std::thread::scope(|scope| {
        let parts = cases.chunks(part).enumerate().map(|(thread, cases)| {
            let program = &program;
            scope.spawn(move || {
                let all = cases.iter().enumerate();
                all.map(|(idx, it)| real(program, thread * 10_000 + idx, it)).collect::<Vec<_>>()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    let mut tally = Tally::default();
    let mut refused = 0;
    for (case, real) in std::iter::zip(&cases, &real) {
        let Some(real) = real else {
            refused += 1;
            continue;
        };
        let processes = ours(case);
        assert!(!processes.is_empty(), "no process: {:?}", case.files);
        let count = real["services"].as_object().map_or(0, serde_json::Map::len);
        if case.files[OVER].contains("include:") {
            assert_eq!(processes.len(), count, "{:?}", case.files);
        }
        for process in &processes {
            let theirs = &real["services"][process.name.value.as_str()];
            tally.service(case, process, theirs);
        }
    }
    let Tally { same, unknown, wrong } = tally;
    let open: usize = unknown.values().sum();
    println!(
        "{} cases, {refused} refused: {same} the same, {open} unknown: {unknown:?}",
        cases.len()
    );
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    assert!(cases.len() - refused >= 300, "{refused} of {} cases are refused", cases.len());
    assert!(open * 20 < same, "{same} the same, {open} unknown: {unknown:?}");
}
