//! Caddyfiles against Caddy itself: `caddy adapt` says which requests go where, with which limits.
//!
//! Generated files have sites, blocks, matchers, snippets and variables. What opslint says of each
//! service behind Caddy must follow from the JSON that Caddy makes of the file; what it says is
//! unknown is allowed and counted, and what Caddy refuses is left out.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;
use serde_json::Value as Json;

const COMPOSE: &str = "services:
  web: {build: ., restart: always}
  api: {build: ., restart: always}
  app: {build: ., restart: always}
  front:
    image: caddy:2
    restart: always
    ports: [\"80:80\", \"443:443\"]
    environment: {UP: \"api:7000\", LIMIT: 3MB, TIME: 40s}
    volumes: [\"./caddy:/etc/caddy:ro\"]
";

/// The variables of Caddy.
const VARIABLES: [(&str, &str); 3] = [("UP", "api:7000"), ("LIMIT", "3MB"), ("TIME", "40s")];

const SERVICES: [&str; 3] = ["web", "api", "app"];

const GLOBAL: &[&str] = &["", "", "{\n\temail a@b.c\n}\n", "{\n\thttp_port 8081\n\tadmin off\n}\n"];

const SNIPPETS: &str = "(up) {
\treverse_proxy {args.0}:{args.1} {
\t\timport times 7s
\t}
}
(times) {
\ttransport http {
\t\tresponse_header_timeout {args.0}
\t\tdial_timeout 1s
\t}
}
(limit) {
\trequest_body {
\t\tmax_size 7MB
\t}
}
";

const ADDRESSES: &[&str] = &[
    ":80",
    "shop.test",
    "http://a.test, http://b.test",
    "shop.test:8443",
    "{$DOMAIN:c.test}",
    "*.d.test",
];

/// Servers: `U`.
const UPSTREAMS: &[&str] = &[
    "web:8000",
    "http://api:9000",
    "app",
    "{$UP}",
    "web:8000 api:9000",
    "h2c://app:50051",
    "{$OTHER:app:81}",
    "unix//run/x.sock",
    "web:1 web:2",
];

/// Lines of a site. `U` is a server, `L` a size.
const LINES: &[&str] = &[
    "encode gzip zstd",
    "header X-A y",
    "root * /srv",
    "file_server",
    "log {\n\toutput stdout\n}",
    "import limit",
    "request_body {\n\tmax_size L\n}",
    "request_body /up/* {\n\tmax_size L\n}",
    "request_body @big {\n\tmax_size L\n}",
    "reverse_proxy U",
    "reverse_proxy /api/* U",
    "reverse_proxy @big U",
    "reverse_proxy * U",
    "reverse_proxy {\n\tto U\n\tlb_policy first\n}",
    "reverse_proxy U {\n\theader_up Host {upstream_hostport}\n\theader_up X-Real-IP {remote_host}\n}",
    "reverse_proxy U {\n\theader_up -X-Forwarded-Proto\n\theader_up Host {host}\n}",
    "reverse_proxy U {\n\ttransport http {\n\t\tread_timeout 30s\n\t\twrite_timeout 1m\n\t}\n\tflush_interval -1\n}",
    "reverse_proxy U {\n\ttransport http {\n\t\tresponse_header_timeout {$TIME}\n\t\tdial_timeout 500ms\n\t}\n}",
    "reverse_proxy U {\n\ttransport fastcgi {\n\t\tread_timeout 1d\n\t}\n}",
    "import up web 8000",
    "handle /a/* {\n\treverse_proxy U\n}\nhandle {\n\trequest_body {\n\t\tmax_size L\n\t}\n\treverse_proxy U\n}",
    "handle_path /b/* {\n\timport limit\n\treverse_proxy U\n}",
    "route /c/* {\n\treverse_proxy U\n\trequest_body {\n\t\tmax_size L\n\t}\n}",
    "route /d/* {\n\trequest_body {\n\t\tmax_size L\n\t}\n\treverse_proxy U\n}",
    "handle /e/* {\n\thandle /e/f/* {\n\t\timport up app 4000\n\t}\n\thandle {\n\t\trespond \"no {\" 404\n\t}\n}",
    "@ws {\n\theader Connection *Upgrade*\n\tpath /ws\n}\nreverse_proxy @ws U",
    "reverse_proxy {\n\tdynamic a web 8000\n}",
    "php_fastcgi U",
    "import more/*.caddy",
];

const SIZES: &[&str] = &["10MB", "1MiB", "{$LIMIT}", "500KB", "\"2 MB\"", "25mb"];

const MORE: &str = "reverse_proxy /more/* web:6000\n";

/// A small generator, the same in each run.
struct Random(u64);

impl Random {
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn lines(&mut self, idx: usize) -> String {
        let mut lines = vec![LINES[idx % LINES.len()]];
        lines.extend((0..self.below(4)).map(|_| self.of(LINES)));
        let mut text = lines.join("\n");
        while let Some(at) = place(&text, "U") {
            text.replace_range(at..=at, self.of(UPSTREAMS));
        }
        while let Some(at) = place(&text, "L") {
            text.replace_range(at..=at, self.of(SIZES));
        }
        text
    }

    fn file(&mut self, idx: usize) -> String {
        let mut file = self.of(GLOBAL).to_owned() + SNIPPETS;
        let mut addresses = ADDRESSES.to_vec();
        // One site may stand without braces, where nothing stands before it.
        for site in 0..=self.below(2) {
            let address = addresses.remove(self.below(addresses.len()));
            let lines = self.lines(idx + site * 7).replace('\n', "\n\t");
            file += &format!("{address} {{\n\t@big path /big/*\n\t{lines}\n}}\n");
        }
        file
    }
}

/// Where a letter stands as a word of its own.
fn place(text: &str, letter: &str) -> Option<usize> {
    let is_end = |it: Option<char>| it.is_none_or(|it| it.is_whitespace());
    text.match_indices(letter)
        .map(|it| it.0)
        .find(|at| is_end(text[..*at].chars().last()) && is_end(text[at + 1..].chars().next()))
}

/// A place where Caddy passes requests on to a server.
#[derive(Clone, Debug)]
struct Passed {
    host: String,
    port: Option<u16>,
    /// Bytes; none without a limit. An error where it depends on the request.
    body: Result<Option<i64>, ()>,
    proxy: Json,
}

/// Limits of bodies in force: of each route that has one, what it matches and how much.
type Limits = Vec<(Json, i64)>;

fn walk(acc: &mut Vec<Passed>, routes: &Json, limits: &Limits) {
    let mut limits = limits.clone();
    for route in routes.as_array().into_iter().flatten() {
        let own = without_hosts(&route["match"]);
        for handler in route["handle"].as_array().into_iter().flatten() {
            match handler["handler"].as_str() {
                Some("subroute") => walk(acc, &handler["routes"], &limits),
                Some("request_body") => {
                    limits.extend(handler["max_size"].as_i64().map(|it| (own.clone(), it)));
                }
                Some("reverse_proxy") => {
                    let is_open = |it: &&(Json, i64)| !it.0.is_null() && it.0 != own;
                    let smallest = limits.iter().map(|it| it.1).min();
                    let body =
                        if limits.iter().any(|it| is_open(&it)) { Err(()) } else { Ok(smallest) };
                    let dials = handler["upstreams"].as_array().into_iter().flatten();
                    let dials = dials.filter_map(|it| it["dial"].as_str().map(str::to_owned));
                    let dynamic = &handler["dynamic_upstreams"];
                    let dynamic = dynamic["name"].as_str().zip(dynamic["port"].as_str());
                    let dynamic = dynamic.map(|(name, port)| format!("{name}:{port}"));
                    acc.extend(dials.chain(dynamic).map(|dial| {
                        let (host, port) = dial.split_once(':').unwrap_or((&dial, ""));
                        let (host, port) = (host.to_owned(), port.parse().ok());
                        Passed { host, port, body, proxy: handler.clone() }
                    }));
                }
                _ => {}
            }
        }
    }
}

/// What a route matches beside the hosts of its site; null for everything.
fn without_hosts(matchers: &Json) -> Json {
    let Some([one]) = matchers.as_array().map(Vec::as_slice) else { return matchers.clone() };
    let mut one = one.clone();
    if let Some(all) = one.as_object_mut() {
        all.remove("host");
        if all.is_empty() {
            return Json::Null;
        }
    }
    one
}

/// What Caddy makes of a file; `None` when it refuses it.
fn real(program: &Path, folder: &Path, file: &str) -> Option<Vec<Passed>> {
    fs::write(folder.join("Caddyfile"), file).unwrap();
    let output = Command::new(program)
        .args(["adapt", "--config", "Caddyfile", "--adapter", "caddyfile"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(VARIABLES)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    let mut acc = Vec::new();
    for server in json["apps"]["http"]["servers"].as_object().into_iter().flatten() {
        walk(&mut acc, &server.1["routes"], &Limits::new());
    }
    Some(acc)
}

/// Facts of each service, by name.
fn ours(file: &str) -> BTreeMap<String, opslint::project::Facts> {
    let files = MemoryFiles::new()
        .with("docker-compose.prod.yml", COMPOSE)
        .with("Dockerfile", "FROM scratch\nCMD [\"gunicorn\", \"shop.wsgi\"]\n")
        .with("caddy/Caddyfile", file)
        .with("caddy/more/one.caddy", MORE);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let deployments = answer.projects.into_iter().flat_map(|it| it.deployments);
    let processes = deployments.flat_map(|it| it.processes);
    processes.map(|it| (it.name.value.clone(), it.facts)).collect()
}

#[derive(Default)]
struct Tally {
    same: usize,
    unknown: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    /// Compares a value. `Err` of theirs is one that depends on the request.
    fn value(
        &mut self,
        file: &str,
        what: &'static str,
        ours: Option<&Fact>,
        theirs: Result<String, ()>,
    ) {
        let ours = ours.filter(|it| it.value().is_some() || it.state.to_string().contains(".."));
        let ours = ours.map(|it| it.state.to_string());
        match (ours, theirs) {
            (None, _) => *self.unknown.entry(what).or_default() += 1,
            (Some(ours), Ok(theirs)) if ours == theirs => self.same += 1,
            (ours, theirs) => {
                self.wrong.push(format!("{what}: ours {ours:?}, theirs {theirs:?}\n{file}"))
            }
        }
    }
}

/// The value that all have; `Err` where they differ.
fn alike<T: PartialEq + ToString>(all: impl Iterator<Item = T>) -> Result<String, ()> {
    let all: Vec<T> = all.collect();
    let first = all.first().ok_or(())?;
    if all.iter().all(|it| it == first) { Ok(first.to_string()) } else { Err(()) }
}

/// Seconds of the passes, as bounds; none is no limit.
fn seconds(all: Vec<Option<f64>>) -> Result<String, ()> {
    let known: Vec<f64> = all.iter().copied().flatten().collect();
    let min = known.iter().copied().reduce(f64::min);
    let max = known.iter().copied().reduce(f64::max);
    match (min, max) {
        (None, _) => Ok("none".to_owned()),
        _ if known.len() < all.len() => Err(()),
        (Some(min), Some(max)) if min < max => Ok(format!("{min}..{max}")),
        (Some(min), _) => Ok(min.to_string()),
    }
}

fn compare(
    tally: &mut Tally,
    file: &str,
    name: &str,
    passes: &[&Passed],
    facts: &opslint::project::Facts,
) {
    let fact = |id: FactId| facts.get(id);
    let Some(_) = passes.first() else {
        let program = fact(v::PROXY_PROGRAM).and_then(Fact::value);
        if program.is_some_and(|it| *it != Value::Null) {
            tally.wrong.push(format!("`{name}` is behind no proxy\n{file}"));
        }
        return;
    };
    let time = |it: &Passed, name: &str| {
        it.proxy["transport"][name].as_f64().map(|it| it / 1e9).filter(|it| *it > 0.0)
    };
    let times = |name: &str| passes.iter().map(|it| time(it, name)).collect::<Vec<_>>();
    let read = passes.iter().map(|it| {
        let both = [time(it, "read_timeout"), time(it, "response_header_timeout")];
        both.into_iter().flatten().reduce(f64::min)
    });
    let protocol =
        |it: &&Passed| it.proxy["transport"]["protocol"].as_str().unwrap_or("http").to_owned();
    let headers = |it: &Passed| it.proxy["headers"]["request"].clone();
    let removes = |it: &Passed, name: &str| {
        headers(it)["delete"].as_array().is_some_and(|all| all.iter().any(|it| it == name))
    };
    let is_fastcgi = passes.iter().any(|it| protocol(it) == "fastcgi");
    let all = [
        ("program", v::PROXY_PROGRAM, Ok("Caddy".to_owned())),
        ("port", v::PROXY_PORT, alike(passes.iter().filter_map(|it| it.port))),
        ("protocol", v::PROXY_PROTOCOL, alike(passes.iter().map(protocol))),
        ("read", v::PROXY_READ_TIMEOUT_S, seconds(read.collect())),
        ("write", v::PROXY_SEND_TIMEOUT_S, seconds(times("write_timeout"))),
        (
            "connect",
            v::PROXY_CONNECT_TIMEOUT_S,
            seconds(times("dial_timeout").into_iter().map(|it| it.or(Some(3.0))).collect()),
        ),
    ];
    for (what, id, theirs) in all {
        tally.value(file, what, fact(id), theirs);
    }
    let bodies: Result<Vec<Option<i64>>, ()> = passes.iter().map(|it| it.body).collect();
    let body = bodies.map(|all| match all.iter().any(Option::is_none) {
        true => "none".to_owned(),
        false => Value::of_number(all.into_iter().flatten().max().unwrap() as f64 / 1_048_576.0)
            .to_string(),
    });
    tally.value(file, "body", fact(v::PROXY_BODY_LIMIT_MB), body);
    if !is_fastcgi {
        let proto = alike(passes.iter().map(|it| !removes(it, "X-Forwarded-Proto")));
        let proto = proto.map(yes);
        tally.value(file, "proto", fact(v::PROXY_SETS_FORWARDED_PROTO), proto);
        let host = alike(passes.iter().map(|it| {
            let set = headers(it)["set"]["Host"][0].as_str().map(str::to_owned);
            set.is_none_or(|it| it == "{http.request.host}")
        }));
        tally.value(file, "host", fact(v::PROXY_PASSES_HOST), host.map(yes));
    }
}

/// A yes or no as facts show it.
fn yes(text: String) -> String {
    Value::Bool(text == "true").to_string()
}

#[test]
fn requests_go_where_caddy_says() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/debian");
    let output = Command::new("sh").arg(script).args(["caddy", "usr/bin/caddy"]).output().unwrap();
    let program = String::from_utf8(output.stdout).unwrap();
    let program = Path::new(program.trim());
    if !program.exists() {
        println!("no oracle: there is no Caddy here");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("caddy");
    fs::create_dir_all(folder.join("more")).unwrap();
    fs::write(folder.join("more/one.caddy"), MORE).unwrap();
    let mut random = Random(5);
    let mut tally = Tally::default();
    let (mut compared, mut refused) = (0, 0);
    for idx in 0..420 {
        let file = random.file(idx);
        let Some(passed) = real(program, &folder, &file) else {
            refused += 1;
            continue;
        };
        compared += 1;
        let facts = ours(&file);
        for name in SERVICES {
            let passes: Vec<&Passed> = passed.iter().filter(|it| it.host == name).collect();
            compare(&mut tally, &file, name, &passes, &facts[name]);
        }
    }
    let Tally { same, unknown, wrong } = tally;
    let open: usize = unknown.values().sum();
    println!("{compared} files, {refused} refused: {same} the same, {open} unknown: {unknown:?}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert!(compared >= 300, "{refused} files are refused");
    assert!(open * 5 < same, "{same} the same, {open} unknown: {unknown:?}");
}
