//! Calls that are looked for at each place.

use super::*;
use crate::{Plan, Site, Unmentioned, Wanted, evaluate_as};

const WANTED: Wanted = Wanted {
    is_package: |package| package == "redis",
    is_call: |dotted| dotted.ends_with(".Redis") || dotted.ends_with(".from_url"),
    matters: |_| true,
};

/// The calls that a module certainly makes, each by its first argument as it is known.
fn calls(text: &str) -> Vec<String> {
    let memory = MemoryFiles::new().with("app.py", text);
    let mut workspace = Workspace::new(&memory);
    let file = workspace.open("app.py").unwrap();
    let environment = Environment::new();
    let mut host = Host {
        workspace: &mut workspace,
        environment: &environment,
        cpu_count: count(2),
        folder: String::new(),
        python_path: Vec::new(),
        python: None,
    };
    let unmentioned = Unmentioned::Unknown;
    let plan = Plan { unmentioned, sites: Some(WANTED), ..Plan::default() };
    let module = evaluate_as(&mut host, file, plan);
    let known = |it: &Site| it.arguments.first().and_then(|it| it.fact.text().map(str::to_owned));
    module.sites.iter().map(|it| known(it).unwrap_or_else(|| "?".to_owned())).collect()
}

#[track_caller]
fn check_calls(text: &str, expect: &[&str]) {
    assert_eq!(calls(text), expect, "{text}");
}

#[test]
fn a_call_that_is_made_while_the_module_is_loaded_is_one() {
    check_calls("import redis\nr = redis.Redis('a')\n", &["a"]);
    check_calls("from redis import Redis as R\nh = 'a'\nr = R(h)\ns = R('b')\n", &["a", "b"]);
    check_calls("import redis\ndef make(h):\n    return redis.Redis(h)\nr = make('a')\n", &["a"]);
    // A module of which nobody knows whether it comes to its end says nothing.
    check_calls("import redis\nr = redis.Redis('a')\nfor it in other():\n    print(it)\n", &[]);
}

#[test]
fn a_condition_that_is_not_decided_makes_none() {
    check_calls("import redis, os\nif os.environ.get('A'):\n    redis.Redis('a')\n", &[]);
    check_calls("import redis\nif False:\n    redis.Redis('a')\n", &[]);
    check_calls("import redis\nif __name__ == '__main__':\n    redis.Redis('a')\n", &[]);
}

#[test]
fn a_function_that_is_called_later_makes_calls() {
    let module = |body: &str| format!("import redis, os\nHOST = 'a'\ndef make(given):\n{body}\n");
    check_calls(&module("    return redis.Redis(HOST)"), &["a"]);
    check_calls(&module("    host = 'b'\n    return redis.Redis(host)"), &["b"]);
    check_calls(&module("    return redis.Redis(given)"), &["?"]);
    check_calls(&module("    with redis.Redis('a') as r:\n        return r"), &["a"]);
    check_calls(&module("    if request.method == 'POST':\n        redis.Redis('a')"), &["a"]);
    check_calls(&module("    global R\n    if R is None:\n        R = redis.Redis('a')"), &["a"]);
    check_calls(&module("    if R is not None:\n        return R\n    redis.Redis('a')"), &["a"]);
    check_calls(
        &module("    try:\n        redis.Redis('a')\n    except E as e:\n        print(e)"),
        &["a"],
    );
    check_calls("def make():\n    import redis\n    return redis.Redis('a')\n", &["a"]);
}

#[test]
fn what_a_function_does_under_a_condition_is_not_certain() {
    let module = |body: &str| format!("import redis, os\ndef make(given):\n{body}\n");
    for body in [
        "    if given:\n        redis.Redis('a')",
        "    if DEBUG:\n        pass\n    else:\n        redis.Redis('a')",
        "    url = os.environ.get('U')\n    if url:\n        return redis.from_url(url)\n    redis.Redis('a')",
        "    url = os.environ.get('U')\n    if url is None:\n        redis.Redis('a')",
        "    return given or redis.Redis('a')",
        "    return redis.Redis('a') if given else None",
        "    try:\n        return redis.from_url(given)\n    except E:\n        return redis.Redis('a')",
        "    try:\n        r = redis.Redis('a')\n    except E:\n        r = None",
        "    match given:\n        case 1:\n            redis.Redis('a')",
    ] {
        let text = module(body);
        assert!(!calls(&text).contains(&"a".to_owned()), "{text}");
    }
}

#[test]
fn a_function_that_only_the_script_calls_does_not_count() {
    let start = "import click, fastapi, redis\napp = fastapi.FastAPI()\n";
    let make = format!("{start}def make():\n    return redis.Redis('a')\n");
    let script = "if __name__ == '__main__':\n    make()\n";
    check_calls(&format!("{make}{script}"), &[]);
    check_calls(&format!("{make}{script}@app.get('/')\ndef index():\n    make()\n"), &["a"]);
    check_calls(&format!("{make}@click.command()\ndef fill():\n    make()\n"), &[]);
    check_calls("import redis\ndef make_test_client():\n    return redis.Redis('a')\n", &[]);
}
