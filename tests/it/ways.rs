//! What a condition decides changes together: no value of one branch meets one of another.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::collections::BTreeSet;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;

use super::cli::{Folder, check};

/// What is known of a fact of the only process: its value, or what it may be.
fn candidates(process: &Value, fact: &str) -> BTreeSet<i64> {
    let fact = &process["facts"][fact];
    let all = fact["candidates"].as_array().cloned().unwrap_or_else(|| vec![fact["value"].clone()]);
    all.iter().filter_map(Value::as_i64).collect()
}

fn resolved(folder: &Folder) -> Value {
    let out = check(folder, &["resolve", "--format", "json"], 0);
    let all: Value = serde_json::from_str(&out).unwrap();
    all["projects"][0]["deployments"][0]["processes"][0].clone()
}

fn started_by(name: &str, script: &str) -> Folder {
    Folder::new(&format!("ways-{name}"))
        .with("Procfile", "web: sh start.sh\n")
        .with("start.sh", script)
        .with("requirements.txt", "gunicorn\n")
}

const TWO_WAYS: &str = "
if [ \"$ROLE\" = production ]; then
  WORKERS=8
  THREADS=1
else
  WORKERS=1
  THREADS=8
fi
exec gunicorn shop.wsgi --workers $WORKERS --threads $THREADS
";

/// By hand: 8 workers of one thread, or one worker of 8; never 64 requests at once, and never one.
#[test]
fn values_of_one_branch_never_meet_those_of_another() {
    let process = resolved(&started_by("two", TWO_WAYS));
    assert_eq!(candidates(&process, "workers"), [1, 8].into());
    assert_eq!(candidates(&process, "threads"), [1, 8].into());
    assert_eq!(candidates(&process, "concurrency"), [8].into());
    let out = check(&started_by("two-human", TWO_WAYS), &["resolve"], 0);
    let decided = "`$ROLE` decides: 8 if it is `production`, else 1";
    let words = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&out).contains(decided), "{out}");
}

/// One worker with one thread is in neither branch, so whether it is the only one is decided.
#[test]
fn a_rule_is_decided_where_each_branch_decides_it() {
    let folder = started_by("rule", TWO_WAYS);
    let arguments = ["--format", "json", "--show-undecided", "--fail-on", "never"];
    let report: Value = serde_json::from_str(&check(&folder, &arguments, 0)).unwrap();
    let undecided = report["undecided"].to_string();
    assert!(!undecided.contains("single-request-server"), "{undecided}");
    let said = report["diagnostics"].to_string();
    assert!(!said.contains("single-request-server"), "{said}");
}

/// Four variables go 16 ways. What three of them decide is worked out, and so is what the fourth
/// does; what all four decide says why it is open.
#[test]
fn what_goes_too_many_ways_says_so() {
    let conditions = "
if [ \"$A\" = x ]; then W=3; fi
if [ \"$B\" = x ]; then W=4; fi
if [ \"$C\" = x ]; then W=5; fi
if [ \"$D\" = x ]; then T=30; else T=60; fi
";
    let script = format!("W=2{conditions}exec gunicorn a:b --workers $W --timeout $T\n");
    let process = resolved(&started_by("groups", &script));
    assert_eq!(candidates(&process, "workers"), [2, 3, 4, 5].into());
    assert_eq!(candidates(&process, "timeout_s"), [30, 60].into());
    let script = script.replace("exec", "if [ \"$D\" = y ]; then W=6; fi\nexec");
    let process = resolved(&started_by("too-many", &script));
    assert_eq!(candidates(&process, "workers"), [].into());
    let unknown = process["facts"]["workers"]["unknown"]["reason"].as_str().unwrap().to_owned();
    let expect = "`$A` and `$B` and `$C` and `$D` decide it together, in more than the 8 ways";
    assert!(unknown.starts_with(expect), "{unknown}");
    assert_eq!(candidates(&process, "timeout_s"), [30, 60].into());
}

#[test]
fn a_case_goes_one_way() {
    let script = "
case \"$ROLE\" in
  small) W=2; T=4 ;;
  large|huge) W=16; T=2 ;;
  *) W=4; T=1 ;;
esac
exec gunicorn shop.wsgi --workers $W --threads $T
";
    let process = resolved(&started_by("case", script));
    assert_eq!(candidates(&process, "workers"), [2, 4, 16].into());
    assert_eq!(candidates(&process, "concurrency"), [4, 8, 32].into());
}

/// Both branches start a server, so the image has one, and what is wrong with both is wrong.
#[test]
fn an_image_that_starts_a_server_in_each_branch_is_judged() {
    let dockerfile = "FROM python:3.13
COPY . .
CMD if [ \"$ROLE\" = production ]; then exec gunicorn -w 8 -b 127.0.0.1:80 shop:app; \
    else exec gunicorn -w 2 -b 127.0.0.1:80 shop:app; fi
";
    let folder = Folder::new("ways-image").with("Dockerfile", dockerfile);
    let process = resolved(&folder);
    assert_eq!(process["facts"]["server"]["value"], "gunicorn");
    assert_eq!(candidates(&process, "workers"), [2, 8].into());
    let report = check(&folder, &["--format", "json", "--fail-on", "never"], 0);
    assert!(report.contains("bind-loopback"), "{report}");
}

/// What decides between the values is what settles them.
#[test]
fn the_variable_settles_what_depends_on_it() {
    let script = "
if [ \"$ROLE\" = worker ]; then exec celery -A shop worker; fi
exec gunicorn shop.wsgi --workers 3 --timeout 90
";
    let folder = started_by("settles", script);
    let arguments = ["--format", "json", "--show-undecided", "--fail-on", "never"];
    let report: Value = serde_json::from_str(&check(&folder, &arguments, 0)).unwrap();
    let undecided = report["undecided"].as_array().unwrap();
    let missing = undecided.iter().flat_map(|it| it["missing"].as_array().unwrap());
    let of_server: Vec<&Value> = missing.filter(|it| it["name"] == "server").collect();
    assert!(!of_server.is_empty(), "{report}");
    let settles = "`ROLE` under `[env]` in opslint.toml";
    assert!(of_server.iter().all(|it| it["settle_with"] == settles), "{of_server:?}");
}

/// A file of settings is read as each branch has it.
#[test]
fn a_file_sees_the_variable_as_the_script_does() {
    let script = "
if [ \"$ROLE\" = production ]; then export WEB_CONCURRENCY=6; else export WEB_CONCURRENCY=2; fi
exec gunicorn shop.wsgi -c gunicorn.conf.py
";
    let python = "
import os
workers = int(os.environ['WEB_CONCURRENCY'])
threads = 1 if os.environ.get('ROLE') == 'production' else 3
";
    let process = resolved(&started_by("file", script).with("gunicorn.conf.py", python));
    assert_eq!(candidates(&process, "workers"), [2, 6].into());
    assert_eq!(candidates(&process, "concurrency"), [6].into());
}

/// That a variable is not `production` says nothing of what is made of it: `Production` is another
/// text, and `production` in small letters.
#[test]
fn what_is_made_of_another_text_may_be_any() {
    let script = "
if [ \"$ROLE\" = production ]; then export WEB_CONCURRENCY=6; else export WEB_CONCURRENCY=2; fi
exec gunicorn shop.wsgi -c gunicorn.conf.py
";
    let python = "
import os
name = os.environ['ROLE'].lower()
threads = 4 if name == 'production' else 1
";
    let process = resolved(&started_by("made", script).with("gunicorn.conf.py", python));
    assert_eq!(candidates(&process, "workers"), [2, 6].into());
    assert_eq!(candidates(&process, "threads"), [].into());
}

/// Statements of a script that decide by two variables.
fn statement() -> impl Strategy<Value = String> {
    let assignment = || {
        let number = prop_oneof![Just(1), Just(2), Just(3), Just(5), Just(7)];
        (prop_oneof![Just("W"), Just("T")], number).prop_map(|(name, it)| format!("{name}={it}"))
    };
    let test = || {
        prop_oneof![
            Just("[ \"$ROLE\" = web ]"),
            Just("[ \"$ROLE\" != web ]"),
            Just("[ \"$ROLE\" = api ]"),
            Just("test api = \"$ROLE\""),
            Just("[ \"$PLACE\" = live ]"),
            Just("[ ! \"$PLACE\" = live ]"),
        ]
    };
    let plain = assignment().boxed();
    let leaf = prop_oneof![
        3 => assignment(),
        1 => Just("T=$W".to_owned()),
        2 => (test(), assignment()).prop_map(|(test, it)| format!("{test} && {it}")),
        2 => (plain.clone(), plain.clone(), plain.clone()).prop_map(|(a, b, c)| {
            format!("case \"$ROLE\" in web) {a} ;; api|web) {b} ;; *) {c} ;; esac")
        }),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        (test(), inner.clone(), inner.clone(), inner)
            .prop_map(|(test, a, b, c)| format!("if {test}; then\n{a}\n{b}\nelse\n{c}\nfi"))
    })
}

/// What the real shell makes of a script for each value of the variables that may matter.
fn executions(script: &str) -> BTreeSet<(i64, i64)> {
    let mut seen = BTreeSet::new();
    for role in [None, Some("web"), Some("api"), Some("other")] {
        for place in [None, Some("live"), Some("other")] {
            let mut shell = Command::new("sh");
            shell.env_clear().args(["-c", &format!("{script}\necho $W $T")]);
            shell.envs(role.map(|it| ("ROLE", it))).envs(place.map(|it| ("PLACE", it)));
            let out = String::from_utf8(shell.output().unwrap().stdout).unwrap();
            let numbers: Vec<i64> = out.split_whitespace().map(|it| it.parse().unwrap()).collect();
            seen.insert((numbers[0], numbers[1]));
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// No world exists that no execution of the script could give, and none is left out.
    #[test]
    fn worlds_are_what_a_real_shell_does(body in prop::collection::vec(statement(), 1..4)) {
        let script = format!("W=1\nT=1\n{}", body.join("\n"));
        let whole = format!("{script}\nexec gunicorn shop.wsgi --workers $W --threads $T\n");
        let process = resolved(&started_by("real", &whole));
        let real = executions(&script);
        let of = |value: &dyn Fn(&(i64, i64)) -> i64| real.iter().map(value).collect();
        let (workers, threads, product): (BTreeSet<i64>, BTreeSet<i64>, BTreeSet<i64>) =
            (of(&|it| it.0), of(&|it| it.1), of(&|it| it.0 * it.1));
        prop_assert_eq!(candidates(&process, "workers"), workers, "{}", whole);
        prop_assert_eq!(candidates(&process, "threads"), threads, "{}", whole);
        prop_assert_eq!(candidates(&process, "concurrency"), product, "{}", whole);
    }
}

/// However many processes there are, each is looked at in its other worlds.
#[test]
fn worlds_are_looked_at_for_any_number_of_processes() {
    let line = |idx: usize| format!("job{idx}: celery -A shop worker\n");
    let procfile: String = (0..40).map(line).collect();
    let folder = Folder::new("ways-many").with("Procfile", procfile).with("runtime.txt", "");
    let all: Value =
        serde_json::from_str(&check(&folder, &["resolve", "--format", "json"], 0)).unwrap();
    let processes = all["projects"][0]["deployments"][0]["processes"].as_array().unwrap();
    let labels = |it: &Value| {
        let worlds = it["worlds"].as_array().unwrap().iter();
        worlds.map(|it| it["label"].clone()).collect::<Vec<_>>()
    };
    assert!(labels(&processes[39]).len() > 2, "{:?}", processes[39]);
    assert!(processes.iter().all(|it| labels(it) == labels(&processes[0])));
    let report = check(&folder, &["--format", "json", "--fail-on", "never"], 0);
    let report: Value = serde_json::from_str(&report).unwrap();
    let said = |process: &str| {
        let of = report["diagnostics"].as_array().unwrap().iter();
        let of = of.filter(|it| it["process"] == process);
        of.map(|it| (it["rule"].clone(), it["confidence"].clone())).collect::<Vec<_>>()
    };
    // What is so of all of them alike is said once, at the first.
    assert!(!said("job39").is_empty());
    assert!(said("job39").iter().all(|it| said("job0").contains(it)));
}
