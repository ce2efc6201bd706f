//! Pythons that are older than what a file uses.

use super::*;
use crate::{Plan, PythonVersion, evaluate_as};

fn module_of(version: Option<PythonVersion>, text: &str) -> Module {
    let memory = MemoryFiles::new().with("gunicorn.conf.py", text).with("base.py", "a = 1\n");
    let mut workspace = Workspace::new(&memory);
    let file = workspace.open("gunicorn.conf.py").unwrap();
    let environment = Environment::new();
    let mut host = Host {
        workspace: &mut workspace,
        environment: &environment,
        cpu_count: count(4),
        folder: String::new(),
        python_path: Vec::new(),
        python: version,
    };
    evaluate_as(&mut host, file, Plan { by_path: true, ..Plan::default() })
}

/// Each with the first version that runs it.
const NEW: [(PythonVersion, &str); 8] = [
    ((3, 13), "import os\na = os.process_cpu_count()"),
    ((3, 13), "from os import process_cpu_count\na = process_cpu_count()"),
    ((3, 11), "import tomllib\na = 1"),
    ((3, 9), "a = len({'a': 1} | {'b': 2})"),
    ((3, 9), "a = 'abc'.removeprefix('a')"),
    ((3, 10), "match 1:\n    case 1:\n        a = 4"),
    ((3, 12), "type A = int\na = 1"),
    ((3, 12), "a = f'{'x'}'"),
];

#[test]
fn what_is_new_fails_on_an_older_version() {
    for ((major, minor), text) in NEW {
        let runs = |version| {
            let module = module_of(Some(version), text);
            module.failure.is_none() && module.problems.is_empty()
        };
        assert!(runs((major, minor)), "{text}");
        assert!(!runs((major, minor - 1)), "{text}");
        assert!(runs((3, 15)), "{text}");
    }
}

#[test]
fn without_a_version_nothing_fails_and_a_handler_may_run() {
    for (_, text) in NEW {
        let module = module_of(None, text);
        assert!(module.failure.is_none() && module.problems.is_empty(), "{text}");
    }
    let text =
        "import os\ntry:\n    a = os.process_cpu_count()\nexcept AttributeError:\n    a = 1\n";
    assert!(!module_of(None, text).get("a").unwrap().value.is_known());
    assert!(matches!(module_of(Some((3, 13)), text).get("a").unwrap().value, PyValue::Int(4)));
    assert!(matches!(module_of(Some((3, 12)), text).get("a").unwrap().value, PyValue::Int(1)));
}

#[test]
fn a_file_that_is_run_by_its_path_is_in_no_package() {
    let failure = module_of(None, "from .base import *\n").failure.unwrap();
    assert!(failure.message.contains("no known parent package"), "{}", failure.message);
}
