//! Generated cases: every flag in every form, and mixtures of all sources.

use std::collections::BTreeMap;

use opslint::programs::gunicorn::table::{Check, SETTINGS, Setting, Takes};

/// One start of gunicorn.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The words after `gunicorn`.
    pub(crate) args: Vec<String>,
    /// The whole environment.
    pub(crate) env: BTreeMap<String, String>,
    /// Files by path.
    pub(crate) files: BTreeMap<String, String>,
    /// The folder gunicorn is started in.
    pub(crate) folder: String,
    /// What `cpu_count()` returns.
    pub(crate) cpu_count: i64,
}

impl Case {
    /// A case with an empty environment and an application.
    pub(crate) fn new(args: &[&str]) -> Self {
        Self {
            args: args.iter().map(|it| (*it).to_owned()).collect(),
            env: BTreeMap::from([("HOME".to_owned(), "/home/app".to_owned())]),
            files: BTreeMap::from([("src/app.py".to_owned(), String::new())]),
            folder: String::new(),
            cpu_count: 4,
        }
    }

    /// Adds a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a file.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Starts elsewhere.
    pub(crate) fn folder(mut self, folder: &str) -> Self {
        self.folder = folder.to_owned();
        self
    }

    /// Pins another number of CPUs.
    pub(crate) fn cpus(mut self, count: i64) -> Self {
        self.cpu_count = count;
        self
    }

    /// The case on a few lines, without files that only fill a folder.
    pub(crate) fn describe(&self) -> String {
        let mut text = format!("args {:?} env {:?}", self.args, self.env);
        for (path, content) in self.files.iter().filter(|(_, it)| !it.is_empty()) {
            let short: String = content.chars().take(1500).collect();
            text.push_str(&format!("\n  {path}: {short:?}"));
        }
        text
    }
}

/// Every flag of every setting, with values that its validator takes and refuses.
pub(crate) fn command_lines() -> Vec<Case> {
    let mut cases = vec![Case::new(&["app:app"]), Case::new(&[]), Case::new(&["--version"])];
    for setting in SETTINGS {
        for flag in setting.flags {
            for value in values(setting) {
                cases.push(Case::new(&["app:app", flag, value]));
            }
            if let [value, ..] = values(setting) {
                cases.push(attached(flag, value));
            }
            if values(setting).is_empty() || setting.takes == Takes::OptionalText {
                cases.push(Case::new(&["app:app", flag]));
                cases.push(Case::new(&["app:app", &format!("{flag}=x")]));
            }
        }
        if let Some(flag) = setting.flag() {
            cases.extend(abbreviations(setting, flag));
        }
    }
    cases.extend(shapes());
    cases.extend(environments());
    cases
}

fn attached(flag: &str, value: &str) -> Case {
    match flag.starts_with("--") {
        true => Case::new(&["app:app", &format!("{flag}={value}")]),
        false => Case::new(&["app:app", &format!("{flag}{value}")]),
    }
}

/// The first letters of a flag, in steps: too few are ambiguous, enough are the flag.
fn abbreviations(setting: &Setting, flag: &str) -> Vec<Case> {
    let value = values(setting).first().copied();
    let lengths = [flag.len() - 1, flag.len() * 2 / 3, flag.len() / 2];
    let short = |len: &usize| {
        let args: Vec<_> =
            [Some("app:app"), Some(&flag[..(*len).max(4)]), value].into_iter().flatten().collect();
        Case::new(&args)
    };
    lengths.iter().map(short).collect()
}

fn values(setting: &Setting) -> &'static [&'static str] {
    match (setting.takes, setting.check) {
        (Takes::FileOnly | Takes::True | Takes::False, _) => &[],
        (Takes::OctalInt, _) => &["7", "022", "0o22", "0x1f", "-1", "9z", "08"],
        (Takes::Int, Check::CountIn(0, _)) => &["65536", "2147483647", "2147483648", "-1"],
        (Takes::Int, Check::CountIn(1, _)) => &["1", "0", "50"],
        (Takes::Int, Check::CountIn(..)) => &["16384", "16383", "16777215", "16777216"],
        (Takes::Int, _) => &["7", "0", "+3", "-1", "2.5", "0x10", "auto", ""],
        (_, Check::Count) => &["2", "0x2", "-1", "x"],
        (_, Check::Class) => &["some.where.Worker", "gthread", "sync", ""],
        (_, Check::AddressList) => ADDRESSES,
        (_, Check::NameList) => &["A,B", " A , ,B ,", ""],
        (_, Check::StatsdAddress) => &[
            "localhost:8125",
            "Host",
            "unix:///run/s.sock",
            "unix:8125",
            "host:port",
            "[::1]:9",
            "",
        ],
        (_, Check::ReloadEngine) => &["auto", "poll", "inotify", "Auto", "x"],
        (_, Check::Protocols) => &["h1", "h1,h2", "H2", "h2, h1", "h3", "h1,h1", "", " , "],
        (_, Check::Choice(choice)) => words(choice.validator),
        (_, Check::Folder) => &["src", ".", "src/..", "./src/"],
        (_, Check::User | Check::Group) => &["0", "1000", "root", "somebody", ""],
        (_, Check::FileList) => &["src/app.py", "src/*.py", "src/missing.py*"],
        (_, Check::TextList) => &["one", " two ", ""],
        _ => match setting.name {
            "config" => &["conf.py"],
            "paste" => &[],
            _ => &["value", " padded ", ""],
        },
    }
}

const ADDRESSES: &[&str] = &[
    "*",
    "10.0.0.0/8,::1",
    "10.0.0.1/8",
    "localhost",
    " 1.2.3.4 , 5.6.7.8",
    "1.2.3.4,,",
    "fd00::/8",
    "10.0.0.0/255.0.0.0",
    "10.0.0.0/0.255.255.255",
    "1.2.3.4/33",
    "01.2.3.4",
    "fe80::1%eth0",
];

fn words(validator: &str) -> &'static [&'static str] {
    match validator {
        "http2_cleartext" => &["off", "Prior-Knowledge", " both ", "upgrade", "true"],
        "proxy_protocol" => &["off", "V1", "v2", "true", "0", "none", "yes"],
        "header_map_behaviour" => &["drop", "REFUSE", "dangerous", "x"],
        "asgi_loop" => &["auto", "asyncio", "Uvloop", "trio"],
        "asgi_lifespan" => &["auto", "on", "OFF", "true"],
        "http_parser" => &["auto", "fast", "Python", "h1c"],
        other => panic!("no words for {other}"),
    }
}

/// Lines whose shape is the point.
fn shapes() -> Vec<Case> {
    let lines = [
        "app:app -w 2 -w 4",
        "app:app -b a:1 -b b:2 --bind=c:3",
        "-w 4 app:app --threads 2",
        "-w 4 -- app:app",
        "-w 4 -- -app",
        "-- app:app",
        "app:app more words",
        "app:app -w 2 more",
        "app:app -DR",
        "app:app -DRw4",
        "app:app -Dx",
        "app:app -D=x",
        "app:app -w=4",
        "app:app -w",
        "app:app --workers",
        "app:app --workers --preload",
        "app:app --preload=yes",
        "app:app --preload yes",
        "app:app -w -1",
        "app:app -n -x",
        "app:app -n -1",
        "app:app -n -1.5",
        "app:app -n -",
        "app:app -",
        "app:app --name=--x",
        "app:app --log-file=x --error-logfile=y",
        "app:app --no-such-flag",
        "app:app --no-such-flag=3",
        "app:app --keepalive 5",
        "app:app --preload-app",
        "app:app --port 80",
        "app:app --host 0.0.0.0",
        "app:app --debug",
        "app:app -x",
        "app:app -workers 3",
        "--proxy-protocol app:app",
        "app:app --proxy-protocol",
        "app:app --proxy-protocol --preload",
        "app:app --env A=1 -e B=2 --env=C",
        "-k gthread --threads 4 app:app",
        "--threads 4 app:app",
        "--threads 4 -k gunicorn.workers.sync.SyncWorker app:app",
        "--threads 4 -k gevent app:app",
        "-k uvicorn.workers.UvicornWorker app:app",
        "-k eventlet app:app",
        "-b unix:/run/g.sock app:app",
        "-b [::]:5000 app:app",
        "-b fd://3 app:app",
        "-b :8000 app:app",
        "-b 0.0.0.0:$PORT app:app",
        "-b 0.0.0.0:99999 app:app",
        "-b 0.0.0.0 app:app",
        "-b Example.ORG:1 app:app",
        "--help",
        "-v",
        "app:app -w 0",
        "app:app --max-requests-jitter 5",
        "app:app --chdir src --pythonpath src,lib",
        "--check-config app:app",
        "--print-config app:app",
    ];
    let case = |it: &&str| Case::new(&it.split(' ').collect::<Vec<_>>());
    let mut cases: Vec<_> = lines.iter().map(case).collect();
    cases.push(Case::new(&["app:app", "--access-logformat", "- %(h)s"]));
    cases.push(Case::new(&["app:app", "--access-logformat", "-%(h)s x"]));
    cases.push(Case::new(&["app:app", "-b x", ""]));
    cases.push(Case::new(&["app:app", "--name", ""]));
    cases
}

fn environments() -> Vec<Case> {
    let mut cases = Vec::new();
    for value in ["", " ", "3", " 3 ", "+3", "-3", "0", "auto", "2.5", "0x10", "1_0", "03"] {
        cases.push(Case::new(&["app:app"]).env("WEB_CONCURRENCY", value));
        cases.push(Case::new(&["app:app", "-w", "2"]).env("WEB_CONCURRENCY", value));
    }
    for value in ["", "5000", " 5000 ", "x", "$PORT"] {
        cases.push(Case::new(&["app:app"]).env("PORT", value));
        cases.push(Case::new(&["app:app", "-b", "a:1"]).env("PORT", value));
    }
    for value in ADDRESSES {
        cases.push(Case::new(&["app:app"]).env("FORWARDED_ALLOW_IPS", value));
    }
    for value in COMMAND_ARGS {
        cases.push(Case::new(&["app:app"]).env("GUNICORN_CMD_ARGS", value));
        cases.push(Case::new(&["app:app", "-w", "9"]).env("GUNICORN_CMD_ARGS", value));
    }
    for value in ["/root/", "/", "relative"] {
        cases.push(Case::new(&["app:app"]).env("HOME", value));
    }
    cases.push(Case::new(&["app:app"]).env("SENDFILE", "yes").env("XDG_RUNTIME_DIR", "/missing"));
    cases.push(Case::new(&["app:app"]).folder("src"));
    cases.push(Case::new(&["app:app", "--chdir", ".."]).folder("src"));
    cases
}

const COMMAND_ARGS: &[&str] = &[
    "",
    "--workers 4",
    "-w 4 --bind=0.0.0.0:80 --bind a:1",
    "--name 'a b' --access-logformat \"%(h)s x\"",
    "--name a\\ b",
    "--name 'open",
    "--no-such-flag",
    "--workers x",
    "-w -1",
    "other:app",
    "--access-logfile -",
    "--chdir src",
    "--workers 4 --workers 5",
    "--worker 4",
    "$WORKERS",
    "--env A=1 --env B=2",
];

/// Lines of a configuration file, variables and words, combined by a sequence of numbers.
pub(crate) fn mixtures(seed: u64, count: usize) -> Vec<Case> {
    let mut sequence = Sequence(seed);
    let mut cases = Vec::new();
    for _ in 0..count {
        let mut case = Case::new(&[]).cpus(1 + sequence.below(16));
        for _ in 0..sequence.below(4) {
            let flags = sequence.pick(FLAGS);
            case.args.extend(flags.split(' ').map(str::to_owned));
        }
        let place = sequence.below(1 + case.args.len() as i64);
        if place == 0 || place == case.args.len() as i64 {
            case.args.insert(place as usize, "app:app".to_owned());
        } else {
            case.args.push("app:app".to_owned());
        }
        let lines: Vec<_> = (0..sequence.below(6)).map(|_| sequence.pick(LINES)).collect();
        if !lines.is_empty() {
            let text = format!("import multiprocessing\nimport os\n\n{}\n", lines.join("\n"));
            let (path, flag) = sequence.pick(CONFIG_PLACES);
            case.args.extend(flag.split(' ').filter(|it| !it.is_empty()).map(str::to_owned));
            case = case.file(path, &text);
        }
        for _ in 0..sequence.below(4) {
            let (name, value) = sequence.pick(VARIABLES);
            case = case.env(name, value);
        }
        cases.push(case);
    }
    cases
}

const FLAGS: &[&str] = &[
    "-w 3",
    "--workers=5",
    "--threads 2",
    "--threads 8",
    "-k gthread",
    "-k gevent",
    "--worker-class sync",
    "-k uvicorn.workers.UvicornWorker",
    "--timeout 0",
    "-t 120",
    "--graceful-timeout 20",
    "--keep-alive 75",
    "--max-requests 1000",
    "--max-requests-jitter 50",
    "--preload",
    "-b 0.0.0.0:9000",
    "--bind [::]:8080",
    "--reload",
    "--log-level debug",
    "--access-logfile -",
    "--log-file=-",
    "--chdir src",
    "--worker-tmp-dir /dev/shm",
    "--forwarded-allow-ips=*",
    "--name shop",
    "--env A=1",
    "--no-sendfile",
];

const LINES: &[&str] = &[
    "workers = 2",
    "workers = multiprocessing.cpu_count() * 2 + 1",
    "workers = int(os.environ.get(\"WEB_CONCURRENCY\", 2))",
    "workers = os.cpu_count() or 1",
    "threads = 4",
    "threads = int(os.getenv(\"THREADS\", \"3\"))",
    "worker_class = \"gthread\"",
    "worker_class = os.environ.get(\"WORKER_CLASS\", \"gevent\")",
    "bind = \"0.0.0.0:8000\"",
    "bind = f\"0.0.0.0:{os.environ.get('PORT', '8080')}\"",
    "bind = [\"127.0.0.1:1\", \"unix:/run/x.sock\"]",
    "timeout = 60",
    "timeout = 30 * 2",
    "keepalive = 5",
    "graceful_timeout = timeout = 45",
    "max_requests = 1000\nmax_requests_jitter = max_requests // 10",
    "preload_app = True",
    "preload_app = \"true\"",
    "reload = os.environ.get(\"DEBUG\") == \"1\"",
    "accesslog = \"-\"",
    "errorlog = None",
    "loglevel = os.getenv(\"LOG_LEVEL\", \"INFO\").lower()",
    "raw_env = [\"A=1\", \"B=2\"]",
    "worker_tmp_dir = \"/dev/shm\"",
    "chdir = \"src\"",
    "def post_fork(server, worker):\n    pass",
    "forwarded_allow_ips = \"*\"",
    "if os.environ.get(\"DEBUG\"):\n    workers = 1\n    reload = True",
    "proc_name = \"shop-\" + os.environ.get(\"ENV\", \"dev\")",
    "Workers = 9",
    "keep_alive = 9",
    // What changes the environment, and names that are set without being written.
    "os.environ[\"THREADS\"] = \"7\"",
    "os.environ |= {\"WORKER_CLASS\": \"sync\"}",
    "os.environ.setdefault(\"ENV\", \"stage\")",
    "os.environ.pop(\"DEBUG\", None)",
    "for name in list(os.environ):\n    if name.startswith(\"LOG_\"):\n        del os.environ[name]",
    "globals()[\"threads\"] = 6",
    "globals().update(timeout=77)",
    "exec(\"keepalive = 3\")",
    "for name, value in [(\"workers\", 5), (\"backlog\", 64)]:\n    globals()[name] = value",
    "for key, value in os.environ.items():\n    if key.startswith(\"GUNICORN_\"):\n        \
     globals()[key[9:].lower()] = value",
    "class Settings:\n    workers = 8\n\nworkers = Settings.workers",
    "def count(cpus=os.cpu_count()):\n    return min(cpus, 3)\n\nworkers = count()",
    "try:\n    workers = int(os.environ[\"WEB_CONCURRENCY\"])\nexcept KeyError:\n    workers = 4",
    "limit_request_line = 8190 if os.environ.get(\"ENV\") == \"prod\" else 4094",
    "bind = \"{}:{}\".format(os.getenv(\"HOST\", \"0.0.0.0\"), os.getenv(\"PORT\", 8000))",
    "[globals().__setitem__(name, 9) for name in (\"threads\", \"timeout\")]",
];

const CONFIG_PLACES: &[(&str, &str)] = &[
    ("gunicorn.conf.py", ""),
    ("gunicorn.conf.py", ""),
    ("conf/gunicorn.py", "-c conf/gunicorn.py"),
    ("conf/gunicorn.py", "--config=file:conf/gunicorn.py"),
    ("conf/gunicorn.py", "-c python:conf.gunicorn"),
    ("src/gunicorn.conf.py", "--chdir src"),
];

const VARIABLES: &[(&str, &str)] = &[
    ("WEB_CONCURRENCY", "6"),
    ("PORT", "5000"),
    ("GUNICORN_CMD_ARGS", "--workers 7 --timeout 99"),
    ("GUNICORN_CMD_ARGS", "--access-logfile - --preload"),
    ("THREADS", "12"),
    ("WORKER_CLASS", "gthread"),
    ("DEBUG", "1"),
    ("DEBUG", ""),
    ("LOG_LEVEL", "WARNING"),
    ("ENV", "prod"),
    ("FORWARDED_ALLOW_IPS", "10.0.0.0/8"),
];

/// A fixed sequence of numbers: the same cases on every run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % bound.max(1)
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as i64) as usize]
    }
}
