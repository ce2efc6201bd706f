//! Configurations of celery applications against celery itself.
//!
//! Each way to give a setting, alone and together with each other way, for settings of each kind.
//! Where we say a value, celery must have it; where we say that nothing sets it, celery must have
//! its default.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, OriginKind, Value};
use opslint::programs::celery::KEYS;
use opslint::project::NamedFacts;
use opslint::workspace::MemoryFiles;
use serde_json::{Value as Json, json};

use crate::ask::ask;
use crate::oracle_gunicorn::oracle::python;

/// A project with an application, and what `-A` names.
#[derive(Debug)]
struct Case {
    name: String,
    app: &'static str,
    env: BTreeMap<String, String>,
    files: BTreeMap<&'static str, String>,
}

/// A way to give a setting: what stands in front of the application, in its call, behind it, and
/// in a file of its own. `K` is the setting, `O` its old name, `V` the value.
struct Way {
    name: &'static str,
    before: &'static str,
    call: &'static str,
    after: &'static str,
    file: Option<(&'static str, &'static str)>,
}

const fn way(name: &'static str, call: &'static str, after: &'static str) -> Way {
    Way { name, before: "", call, after, file: None }
}

const fn object(name: &'static str, after: &'static str, file: &'static str) -> Way {
    Way { name, before: "", call: "", after, file: Some(("shop/conf.py", file)) }
}

const WAYS: &[Way] = &[
    way("nothing", "", ""),
    way("argument", ", K=V", ""),
    way("changes", ", changes={'K': V}", ""),
    way("attribute", "", "app.conf.K = V"),
    way("item", "", "app.conf['K'] = V"),
    way("update with a dict", "", "app.conf.update({'K': V})"),
    way("update with a keyword", "", "app.conf.update(K=V)"),
    way("a function", "", "def told(it):\n    it.conf.K = V\ntold(app)"),
    way("a condition", "", "if 1 + 1 == 2:\n    app.conf.K = V"),
    way("a dict", "", "app.config_from_object({'K': V})"),
    Way {
        before: "class Config:\n    K = V",
        ..way("a class", "", "app.config_from_object(Config)")
    },
    object("a module by name", "app.config_from_object('shop.conf')", "K = V"),
    object("a class by name", "app.config_from_object('shop.conf:C')", "class C:\n    K = V"),
    object("a class by dots", "app.config_from_object('shop.conf.C')", "class C:\n    K = V"),
    object("a module", "from shop import conf\napp.config_from_object(conf)", "K = V"),
    object("an old name", "app.config_from_object('shop.conf')", "O = V"),
    object("a namespace", "app.config_from_object('shop.conf', namespace='SHOP')", "SHOP_NK = V"),
    object(
        "a small namespace",
        "app.config_from_object('shop.conf', namespace='shop')",
        "shop_K = V",
    ),
    Way {
        file: Some(("shop/settings.py", "ROOT_URLCONF = 'shop.urls'\nCELERY_NK = V")),
        before: "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')",
        ..way("Django", "", "app.config_from_object('django.conf:settings', namespace='CELERY')")
    },
    Way {
        file: Some(("shop/settings.py", "ROOT_URLCONF = 'shop.urls'\nK = V")),
        before: "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')",
        ..way(
            "a name that is none of Django's",
            "",
            "app.config_from_object('django.conf:settings', namespace='CELERY')",
        )
    },
    Way {
        file: Some(("shop/settings.py", "ROOT_URLCONF = 'shop.urls'\nO = V")),
        before: "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\
            from django.conf import settings",
        ..way("Django's settings with old names", "", "app.config_from_object(settings)")
    },
    Way {
        before: "import os",
        ..way("a variable", "", "app.conf.K = V if os.environ.get('SET') == 'it' else None")
    },
];

/// Settings, each with two values.
const VALUES: &[(&str, [&str; 2])] = &[
    ("worker_concurrency", ["2", "3 * 2"]),
    ("worker_pool", ["'solo'", "'threads'"]),
    ("task_time_limit", ["30", "60.5"]),
    ("task_acks_late", ["True", "False"]),
    ("broker_url", ["'redis://one'", "'redis://two'"]),
    ("broker_transport_options", ["{'visibility_timeout': 10}", "{}"]),
];

fn cases() -> Vec<Case> {
    let pairs = WAYS.iter().flat_map(|it| WAYS.iter().map(move |second| (it, second)));
    // A second `config_from_object` replaces the first.
    let names_object = |it: &Way| it.after.contains("config_from_object");
    let pairs = pairs.filter(|(one, two)| !(names_object(one) && names_object(two)));
    pairs.zip(VALUES.iter().cycle()).map(|(pair, values)| case(pair, values)).collect()
}

fn case((first, second): (&Way, &Way), (name, values): &(&str, [&str; 2])) -> Case {
    let key = KEYS.iter().find(|it| it.name == *name).expect("a setting that is read");
    let text = |it: &str, value: &str| {
        let it = it.replace("NK", &key.name.to_uppercase());
        let words = [("K", key.name), ("O", key.old), ("V", value)];
        words.iter().fold(it, |it, (from, to)| word(&it, from, to))
    };
    let [one, two] = values;
    let module = format!(
        "from celery import Celery\n{}\n{}\napp = Celery('shop'{}{})\n{}\n{}\n",
        text(first.before, one),
        text(second.before, two),
        text(first.call, one),
        text(second.call, two),
        text(first.after, one),
        text(second.after, two),
    );
    let mut files = BTreeMap::from([("shop/__init__.py", String::new())]);
    files.insert("shop/celery.py", module);
    for (way, value) in [(first, one), (second, two)] {
        files.extend(way.file.map(|(path, it)| (path, text(it, value))));
    }
    Case {
        name: format!("{name}: {}, {}", first.name, second.name),
        app: "shop",
        env: BTreeMap::from([("SET".to_owned(), "it".to_owned())]),
        files,
    }
}

/// Replaces a word of one letter.
fn word(text: &str, from: &str, to: &str) -> String {
    let is_word = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric());
    let mut out = String::new();
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match from.starts_with(it) && !is_word(before) && !is_word(chars.peek().copied()) {
            true => out.push_str(to),
            false => out.push(it),
        }
        before = Some(it);
    }
    out
}

#[test]
fn known_settings_are_those_of_celery() {
    let Some(python) = python() else { return };
    let cases = cases();
    let answers = answers(&python, &cases);
    let (mut known, mut unset, mut unknown, mut raised) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let found = resolve(case);
        let Some(settings) = answer.get("settings").and_then(Json::as_object) else {
            raised += 1;
            continue;
        };
        for (name, theirs) in settings {
            let ours = found.get(option_of(name));
            // A default of ours is that of the worker, such as the number of CPUs.
            let ours = ours.filter(|it| it.origin.kind != OriginKind::Default);
            match ours.map(Fact::value) {
                None => {
                    unset += 1;
                    if *theirs != answer["defaults"][name] {
                        wrong.push(format!("{}: `{name}` is {theirs}, unset for us", case.name));
                    }
                }
                Some(Some(ours)) if same(ours, theirs) => known += 1,
                Some(Some(ours)) => {
                    wrong.push(format!("{}: `{name}` is {ours} for us, {theirs} there", case.name));
                }
                Some(None) => unknown += 1,
            }
        }
    }
    println!(
        "{} cases: {known} known, {unset} unset, {unknown} unknown; {raised} raise",
        cases.len()
    );
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(raised * 20 < cases.len(), "{raised} of {} cases raise", cases.len());
    assert!(unknown * 20 < known, "{unknown} of {} values are unknown", known + unknown);
}

/// The setting under the name that the option of the worker has.
fn option_of(name: &str) -> &str {
    KEYS.iter().find(|it| it.name == name).and_then(|it| it.option).unwrap_or(name)
}

fn same(ours: &Value, theirs: &Json) -> bool {
    match ours {
        Value::Bool(it) => *theirs == json!(it),
        Value::Int(it) => theirs.as_f64() == Some(*it as f64),
        Value::Number(it) => theirs.as_f64() == Some(*it),
        Value::Text(it) => *theirs == json!(it),
        Value::Null => theirs.is_null(),
        Value::List(_) => false,
    }
}

/// What opslint knows of the settings of a case.
fn resolve(case: &Case) -> NamedFacts {
    let env: String =
        case.env.iter().map(|(name, value)| format!("{name} = '{value}'\n")).collect();
    let command = format!("celery -A {} worker", case.app);
    let manifest = format!("app = \"it\"\n[env]\n{env}[processes]\nworker = '{command}'\n");
    let files = case
        .files
        .iter()
        .fold(MemoryFiles::new(), |files, (path, text)| files.with(*path, text.as_str()));
    let files = files.with("fly.toml", manifest);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let (projects, problems) = (answer.projects, answer.problems);
    assert!(problems.is_empty(), "{}: {problems:?}", case.name);
    projects[0].deployments[0].processes[0].settings.clone()
}

fn answers(python: &Path, cases: &[Case]) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/celery_oracle.py");
    let names = |it: &opslint::programs::celery::Key| match it.part {
        Some(part) => format!("{}.{part}", it.name),
        None => it.name.to_owned(),
    };
    let keys: Vec<String> = KEYS.iter().map(names).collect();
    let line = |it: &Case| {
        json!({"files": it.files, "env": it.env, "app": it.app, "keys": keys}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    ask(Command::new(python).arg("-I").arg(script), &lines)
}
