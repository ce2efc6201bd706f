//! Queues against the programs themselves: `HUEY` and `Q_CLUSTER` of Django, settings of arq and rq,
//! brokers of dramatiq, and the flags.
//!
//! Where we say a value, the program must have it, its defaults included.

use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::Value;
use opslint::project::NamedFacts;
use opslint::workspace::MemoryFiles;
use serde_json::{Value as Json, json};

use crate::ask::ask;
use crate::oracle_gunicorn::oracle::python;

/// Settings of Django: `V` is replaced by each value.
const HUEY: &[&str] = &[
    "",
    "HUEY = {'huey_class': 'huey.MemoryHuey'}",
    "HUEY = {'huey_class': 'huey.MemoryHuey', 'consumer': {'workers': V}}",
    "HUEY = {'huey_class': 'huey.MemoryHuey'}\nHUEY['consumer'] = {'workers': V, 'max_tasks': 9}",
    "KIND = 'process'\nHUEY = dict(huey_class='huey.MemoryHuey', \
     consumer=dict(worker_type=KIND, workers=V))",
    "from huey import MemoryHuey\nHUEY = MemoryHuey('shop')",
    "HUEY = {'huey_class': 'huey.MemoryHuey', 'consumer': {'graceful_signal': 'TERM', \
     'shutdown_timeout': V}}",
];

const DJANGO_Q: &[&str] = &[
    "",
    "Q_CLUSTER = {}",
    "Q_CLUSTER = {'workers': V, 'timeout': 90, 'retry': 120}",
    "Q_CLUSTER = {'name': 'shop', 'workers': V}\nQ_CLUSTER['recycle'] = 50",
    "Q_CLUSTER = {'orm': 'default', **{'workers': V, 'max_rss': 200_000}}",
    "Q_CLUSTER = {'workers': 0, 'timeout': None}",
];

/// A module of jobs, and the words behind the program.
const JOBS: &[(&str, &[&str], &str)] = &[
    ("arq", &["shop_jobs.Settings"], "class Settings:\n    functions = [len]\n"),
    ("arq", &["shop_jobs.Settings"], "class Settings:\n    max_jobs = V\n    job_timeout = 60\n"),
    (
        "arq",
        &["shop_jobs.Settings", "--burst"],
        "from datetime import timedelta\nJOBS = V\nclass Settings:\n    max_jobs = JOBS + 1\n    \
         keep_result = timedelta(hours=JOBS)\n    job_completion_wait = 30\n",
    ),
    // What a class has from its base is not read.
    (
        "arq",
        &["shop_jobs.Settings"],
        "class Base:\n    max_jobs = V\nclass Settings(Base):\n    max_tries = V\n",
    ),
    (
        "dramatiq",
        &["shop_jobs"],
        "import dramatiq\nfrom dramatiq.brokers.redis import RedisBroker\n\
         broker = RedisBroker(url='redis://store:6379/V'.replace(' ', ''))\n\
         dramatiq.set_broker(broker)\n",
    ),
    (
        "dramatiq",
        &["shop_jobs:broker"],
        "from dramatiq.brokers.rabbitmq import RabbitmqBroker\n\
         from dramatiq.middleware import AgeLimit, TimeLimit\n\
         broker = RabbitmqBroker(url='amqp://store', middleware=[AgeLimit(), \
         TimeLimit(time_limit=V * 1000)])\n",
    ),
    (
        "dramatiq",
        &["shop_jobs:broker"],
        "from dramatiq.brokers.redis import RedisBroker\nfrom dramatiq.middleware import Retries\n\
         broker = RedisBroker(middleware=[Retries(max_retries=V)])\n",
    ),
    (
        "rq",
        &["worker", "-c", "shop_jobs"],
        "REDIS_URL = 'redis://store/%s' % (V)\nQUEUES = ['a']\n",
    ),
    ("rq", &["worker-pool", "--config", "shop_jobs"], "REDIS_URL = 'redis://store'\n"),
];

const VALUES: &[&str] = &["1", "4", "2 * 3"];

const FLAGS: &[&[&str]] = &[&[], &["-w", "3"], &["--workers=2", "-k", "greenlet"], &["-g", "TERM"]];

#[derive(Debug)]
struct Case {
    program: &'static str,
    settings: String,
    argv: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let base = |app: &str, text: &str| {
        format!(
            "SECRET_KEY = 'x'\nROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = ['{app}']\n\
             DATABASES = {{}}\nDEBUG = False\n{text}\n"
        )
    };
    let mut cases = Vec::new();
    for value in VALUES {
        for text in HUEY {
            for argv in FLAGS {
                let settings = base("huey.contrib.djhuey", &text.replace('V', value));
                cases.push(Case { program: "huey", settings, argv });
            }
        }
        for &(program, argv, text) in JOBS {
            cases.push(Case { program, settings: text.replace('V', value), argv });
        }
        for text in DJANGO_Q {
            let settings = base("django_q", &text.replace('V', value));
            cases.push(Case { program: "django-q", settings, argv: &[] });
        }
    }
    cases
}

#[test]
fn queues_run_as_code_says() {
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/workers_oracle.py");
    let cases = cases();
    let line = |it: &Case| {
        json!({"settings": it.settings, "program": it.program, "argv": it.argv}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    let answers = ask(Command::new(python).arg("-I").arg(script), &lines);
    let (mut known, mut unknown, mut raised) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let found = resolve(case);
        let theirs = answer.as_object().expect("an object");
        if theirs.contains_key("raised") {
            raised += 1;
            continue;
        }
        for (name, theirs) in theirs.iter().filter(|(name, _)| *name != "cpus") {
            let ours = found.get(name).unwrap_or_else(|| panic!("{case:?}: no `{name}`"));
            // The CPUs are those of a dyno for us, and those of this machine there.
            let is_cpus = ours.origin.inputs.iter().any(|it| it.name == "cpu_count()");
            match ours.value() {
                _ if is_cpus && *theirs == answer["cpus"] => known += 1,
                Some(value) if same(value, theirs) => known += 1,
                Some(value) => {
                    wrong.push(format!("{case:?}: `{name}` is {value} for us, {theirs} there"));
                }
                None => unknown += 1,
            }
        }
    }
    println!("{} cases: {known} known, {unknown} unknown; {raised} raise", cases.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(raised * 4 < cases.len(), "{raised} of {} cases raise: {answers:?}", cases.len());
    assert!(unknown * 20 < known, "{unknown} of {} values are unknown", known + unknown);
}

fn same(ours: &Value, theirs: &Json) -> bool {
    match ours {
        // Seconds may be `3600.0` there.
        Value::Int(it) => {
            let is_same = |it: i32| theirs.as_f64() == Some(it.into());
            theirs.as_i64() == Some(*it) || i32::try_from(*it).is_ok_and(is_same)
        }
        Value::Text(it) => *theirs == json!(it),
        Value::Number(it) => theirs.as_f64() == Some(*it),
        Value::Null => theirs.is_null(),
        _ => false,
    }
}

/// What opslint knows of the settings of a case.
fn resolve(case: &Case) -> NamedFacts {
    let argv = case.argv.join(" ");
    let (command, name) = match case.program {
        "huey" => ("python manage.py run_huey", "shop_settings.py"),
        "django-q" => ("python manage.py qcluster", "shop_settings.py"),
        other => (other, "shop_jobs.py"),
    };
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop_settings')\n";
    let procfile = format!("worker: {command} {argv}\n");
    let files = MemoryFiles::new()
        .with("Procfile", procfile)
        .with("manage.py", manage)
        .with(name, case.settings.as_str());
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].settings.clone()
}
