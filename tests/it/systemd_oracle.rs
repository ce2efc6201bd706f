//! Units against systemd itself: `systemd-analyze verify` says which it refuses, and which lines it
//! ignores.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::cli::Folder;
use crate::measure_producers::debian;
use crate::outputs::run;

/// Values of keys; each is a line of a unit of its own.
const VALUES: &[(&str, &[&str])] = &[
    (
        "WorkingDirectory",
        &["~/app", "~", "app", "\"/srv/app\"", "-app", "", "/srv/my app", "-~/x", "./x", "~shop"],
    ),
    ("User", &["shop", "a:b", "a/b", "1000", "my user", "a.b", "www-data # user"]),
    ("Group", &["www-data", "a:b"]),
    ("Type", &["simple", "exec", "simpel", "Simple", "idle", "daemon", "forking", "notify"]),
    ("KillMode", &["mixed", "all", "process", "control-group", "none", "group"]),
    ("NotifyAccess", &["all", "everyone", "main", "exec", "none", "yes"]),
    (
        "TimeoutStopSec",
        &[
            "90",
            "1min 30s",
            "5 mins ago",
            "five",
            "infinity",
            "30 # long",
            "0",
            "1h30m",
            "-1",
            "10sec",
        ],
    ),
    ("TimeoutSec", &["90", "ninety"]),
    ("TimeoutStartSec", &["90", "5x", "infinity"]),
    ("RestartSec", &["5", "five", "5s", "100ms", "5 sec", "1.5"]),
    ("RuntimeMaxSec", &["1d", "1 tag"]),
    ("WatchdogSec", &["10", "10 seconds", "soon"]),
    (
        "MemoryMax",
        &[
            "512M", "512MB", "512m", "1.5G", "50%", "infinity", "1G512M", "2 G", "-1", "150%",
            "half",
        ],
    ),
    ("MemoryHigh", &["512M", "512mb", "80%"]),
    ("MemorySwapMax", &["0", "1G", "no"]),
    ("CPUQuota", &["150%", "2", "0%", "1.5", "20 %", "50.5%", "100% # one"]),
    ("TasksMax", &["100", "abc", "infinity", "50%", "0", "-1"]),
    ("KillSignal", &["SIGTERM", "TERM", "15", "SIGFOO", "sigterm", "SIGRTMIN+3", "Quit", "99"]),
    ("RestartKillSignal", &["SIGINT", "INTERRUPT"]),
    (
        "StandardOutput",
        &[
            "journal",
            "file:log.txt",
            "/var/log/x",
            "append:/var/log/x",
            "append:log",
            "null",
            "stdout",
            "journal+console",
            "truncate:/x",
            "fd:web",
            "inherit",
            "syslog",
            "none",
        ],
    ),
    ("StandardError", &["inherit", "file:/var/log/x", "stderr"]),
    ("Nice", &["5", "-20", "50", "low", "19", "20"]),
    ("OOMScoreAdjust", &["-1000", "1001", "none", "500"]),
    ("LimitNOFILE", &["65535", "many", "10:5", "infinity", "1024:4096", "1024:", "-1", "64k"]),
    ("LimitNPROC", &["100", "x"]),
    ("UMask", &["0027", "9", "027", "7777", "u=rwx", "77777"]),
    ("RuntimeDirectoryMode", &["0755", "rwx", "755"]),
    ("PrivateTmp", &["true", "maybe", "1", "No", "on", "enabled"]),
    ("NoNewPrivileges", &["yes", "yes # good", "TRUE", "2", "t", "y"]),
    ("RemainAfterExit", &["yes", "ja"]),
    ("ProtectSystem", &["full", "strict", "yep", "true", "Full", "off"]),
    ("ProtectHome", &["read-only", "tmpfs", "readonly", "yes"]),
    ("SendSIGKILL", &["no", "never"]),
    ("DynamicUser", &["yes", "si"]),
    ("CPUAccounting", &["maybe"]),
    ("GuessMainPID", &["maybe"]),
    ("IOAccounting", &["maybe"]),
    ("LockPersonality", &["maybe"]),
    ("MemoryAccounting", &["maybe"]),
    ("MemoryDenyWriteExecute", &["maybe"]),
    ("PrivateDevices", &["maybe"]),
    ("PrivateNetwork", &["maybe"]),
    ("ProtectClock", &["maybe"]),
    ("ProtectKernelModules", &["maybe"]),
    ("ProtectKernelTunables", &["maybe"]),
    ("RestrictRealtime", &["maybe"]),
    ("RestrictSUIDSGID", &["maybe"]),
    ("SendSIGHUP", &["maybe"]),
    ("TasksAccounting", &["maybe"]),
    ("MemoryLow", &["1G", "1GB"]),
    ("MemoryMin", &["1G", "1GB"]),
    ("MemoryLimit", &["1G", "1GB"]),
    ("FinalKillSignal", &["SIGKILL", "kill"]),
    ("WatchdogSignal", &["SIGABRT", "abort"]),
    ("CacheDirectory", &["shop", "/x"]),
    ("ConfigurationDirectory", &["shop", "/x"]),
    ("EnvironmentFile", &["/srv/.env", "-/srv/.env", ".env", "~/.env", "\"/srv/.env\"", "-.env"]),
    (
        "Environment",
        &[
            "A=1",
            "A=1 B=2",
            "\"A=1 2\"",
            "A=1 2",
            "A = 1",
            "A",
            "A-B=1",
            "1A=2",
            "A=",
            "A='b c'd",
            "A=1, B=2",
            "export A=1",
            "A=\"1",
            "A=\\q",
            "_a=1 b.c=2",
            "A=1 # why",
        ],
    ),
    ("RuntimeDirectory", &["shop", "/run/shop", "../x", "shop/a", "a b", "a /b"]),
    ("LogsDirectory", &["/var/log/x", "x"]),
    ("StateDirectory", &["shop", "a/../b"]),
];

/// Commands, and other bodies of a unit.
const BODIES: &[&str] = &[
    "ExecStart=/bin/sleep 9",
    "ExecStart=./run.sh",
    "ExecStart=bin/run 5",
    "ExecStart=sleep 5",
    "ExecStart=~/run.sh",
    "ExecStart=/bin/sleep \"5",
    "ExecStart=\"/bin/sleep\" 5",
    "ExecStart=/bin/echo it's",
    "ExecStart=/bin/echo it\\'s",
    "ExecStart=/bin/echo a\\sb\\x41",
    "ExecStart=/bin/sh -c \\q",
    "ExecStart=/bin/echo 'a \"b' \"c 'd\"",
    "ExecStart=/bin/sleep 1\nExecStart=/bin/sleep 2",
    "ExecStart=/bin/sleep 1\nExecStart=\nExecStart=/bin/sleep 2",
    "ExecStart=/bin/sleep 1 ; /bin/sleep 2",
    "ExecStart=/bin/sleep 1; /bin/sleep 2",
    "ExecStart=/bin/echo a \\; b",
    "ExecStart=/bin/echo a ';' b",
    "Type=oneshot\nExecStart=/bin/sleep 1 ; /bin/sleep 2",
    "Type=oneshot\nExecStart=/bin/sleep 1\nExecStart=/bin/sleep 2",
    "ExecStart=/srv/",
    "ExecStart=@/bin/sleep sl 5",
    "ExecStart=-+/bin/sleep 5",
    "ExecStart=!/bin/sleep 5",
    "ExecStart=/bin/sleep 9\nExecStartPre=./x",
    "ExecStart=/bin/sleep 9\nExecStartPre=-./x",
    "ExecStart=/bin/sleep 9\nExecStartPre=+bin/x",
    "ExecStart=/bin/sleep 9\nExecReload=kill -HUP $MAINPID",
    "ExecStart=/bin/sleep 9\nExecReload=bin/reload",
    "ExecStart=/bin/sleep 9\nExecStop=pkill \"x",
    "ExecStart=/bin/sleep 9\nExecStopPost=/srv/",
    "ExecStart=/bin/sleep 9\nType=oneshot\nRestart=always",
    "ExecStart=/bin/sleep 9\nType=oneshot\nRestart=on-success",
    "ExecStart=/bin/sleep 9\nType=oneshot\nRestart=on-failure",
    "ExecStart=/bin/sleep 9\nType=oneshot\nType=simple\nRestart=always",
    "ExecStart=/bin/sleep 9\nType=oneshot\nRestart=always\nRestart=nonsense",
    "ExecStart=/bin/sleep 9\nType=dbus",
    "ExecStart=/bin/sleep 9\nType=dbus\nBusName=org.shop.web",
    "ExecStart=/bin/sleep 9\nWorkingDirectory=app\nWorkingDirectory=/srv",
    "ExecStart=/bin/sleep 9\nUser=a:b\nUser=shop",
];

/// Rules that say that systemd refuses a unit.
const REFUSED: [&str; 3] = ["second-exec-start", "unit-refused", "unit-with-relative-program"];

/// Rules that say that it ignores a line.
const IGNORED: [&str; 2] = ["unit-restart-ignored", "unit-value-ignored"];

/// What is said of a unit: whether it is refused, and which lines are ignored.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    is_refused: bool,
    ignored: BTreeSet<u64>,
}

#[test]
fn units_are_refused_and_lines_ignored_as_systemd_does() {
    let Some(program) = debian("systemd", "usr/bin/systemd-analyze") else { return };
    let lines = VALUES.iter().flat_map(|(key, all)| {
        all.iter().map(move |value| format!("ExecStart=/bin/sleep 9\n{key}={value}"))
    });
    let bodies: Vec<String> = lines.chain(BODIES.iter().map(|it| (*it).to_owned())).collect();
    let mut folder = Folder::new("systemd-oracle");
    for (idx, body) in bodies.iter().enumerate() {
        folder = folder.with(&path(idx), format!("[Service]\n{body}\n"));
    }
    let theirs = theirs(Command::new(program), &folder, bodies.len());
    let ours = ours(&folder);
    let mut wrong = Vec::new();
    let none = Said::default();
    for (idx, body) in bodies.iter().enumerate() {
        let name = format!("u{idx}");
        let (theirs, ours) = (theirs.get(&name).unwrap_or(&none), ours.get(&name).unwrap_or(&none));
        // What it refuses, it does not judge line by line.
        let is_same = match theirs.is_refused {
            true => ours.is_refused,
            false => ours == theirs,
        };
        if !is_same {
            wrong.push(format!("{body:?}: {ours:?} for us, {theirs:?} there"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), bodies.len(), wrong.join("\n"));
}

/// A project has so many files at most.
fn path(idx: usize) -> String {
    format!("{}/u{idx}.service", idx / 100)
}

fn theirs(mut program: Command, folder: &Folder, count: usize) -> BTreeMap<String, Said> {
    let units = (0..count).map(|it| folder.path().join(path(it)));
    let options = ["verify", "--man=no", "--generators=no", "--recursive-errors=no"];
    let output = program.args(options).args(units).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    let is_fatal = |it: &str| it.ends_with("Refusing.") || it.contains("has fatal error");
    let is_ignored = |it: &str| {
        let speaks = ["obsolete", "please use", "unsafe", "unknown escape", "Unknown key"];
        !speaks.iter().any(|word| it.contains(word))
    };
    for line in text.lines() {
        let file =
            line.rsplit_once(".service:").map(|(path, rest)| (path.rsplit('/').next(), rest));
        let Some((Some(name), rest)) = file else { continue };
        let said = said.entry(name.to_owned()).or_default();
        match rest.split_once(": ") {
            Some((number, message)) if number.parse::<u64>().is_ok() => {
                if is_ignored(message) {
                    said.ignored.insert(number.parse().unwrap());
                }
            }
            _ => said.is_refused |= is_fatal(line),
        }
    }
    assert!(said.len() > 50, "systemd says of too few units what is wrong: {text}");
    said
}

fn ours(folder: &Folder) -> BTreeMap<String, Said> {
    let found = run(folder.path(), &["check", "--format", "json", "."], &[]);
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    for it in report["diagnostics"].as_array().unwrap() {
        let rule = it["rule"].as_str().unwrap();
        let primary = &it["primary"];
        let path = primary["path"].as_str().unwrap().trim_end_matches(".service");
        let said = said.entry(path.rsplit('/').next().unwrap().to_owned()).or_default();
        said.is_refused |= REFUSED.contains(&rule);
        if IGNORED.contains(&rule) {
            said.ignored.insert(primary["range"]["start"]["line"].as_u64().unwrap());
        }
    }
    said
}
