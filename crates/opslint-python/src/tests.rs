//! Behaviour that Python itself cannot judge: origins, joins, bounds, and robustness.

mod growth;
mod sites;
mod versions;

use proptest::prelude::*;

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::project::{Environment, unmentioned};
use crate::workspace::{MemoryFiles, Workspace};

use super::{Binding, Host, Module, PyValue, evaluate};

/// Evaluates `text` where nothing is known of the environment and the machine has 4 CPUs.
fn module(text: &str) -> Module {
    module_with(text, &Environment::new(), count(4), &[])
}

fn module_with(
    text: &str,
    environment: &Environment,
    cpu_count: Fact,
    files: &[(&str, &str)],
) -> Module {
    let memory = MemoryFiles::new().with("app/gunicorn.conf.py", text);
    let memory = files.iter().fold(memory, |memory, (path, text)| memory.with(*path, *text));
    let mut workspace = Workspace::new(&memory);
    let file = workspace.open("app/gunicorn.conf.py").unwrap();
    let mut host = Host {
        workspace: &mut workspace,
        environment,
        cpu_count,
        folder: "app".to_owned(),
        python_path: vec!["lib".to_owned()],
        python: None,
    };
    evaluate(&mut host, file)
}

fn count(count: i64) -> Fact {
    Fact::known(Value::Int(count), Origin::new(OriginKind::Platform, "machine"))
}

fn set(name: &str, state: State) -> Environment {
    let mut environment = Environment::new();
    environment.set(name, Fact::new(state, Origin::new(OriginKind::Env, "fly.toml")));
    environment
}

#[track_caller]
fn binding(module: &Module, name: &str) -> Binding {
    module.get(name).unwrap_or_else(|| panic!("`{name}` is not bound: {module:?}")).clone()
}

#[track_caller]
fn check(text: &str, name: &str, expected: &str) {
    let module = module(text);
    assert_eq!(binding(&module, name).fact.state.to_string(), expected, "{module:?}");
}

#[test]
fn what_stands_behind_a_loop_without_an_end_is_not_known_to_run() {
    for text in [
        "workers = 2\nwhile True: pass\nworkers = 3",
        "workers = 2\nwhile 1:\n    x = 1\nworkers = 3",
        "def f():\n    while True:\n        x = 1\nf()\nworkers = 3",
    ] {
        let module = module(text);
        let found = binding(&module, "workers").fact.state;
        assert!(matches!(found, State::Unknown(_)), "{text}: {found}");
        assert!(!module.complete && module.get("bind").is_none());
    }
    let open = "import os\nworkers = 2\n";
    let branch = format!("{open}if os.path.exists('x'):\n    while True: pass\nworkers += 1");
    check(&branch, "workers", "3");
    let either = format!("{open}while True:\n    if os.path.exists('x'): break\nworkers += 1");
    check(&either, "workers", "3");
    check("n = 0\nwhile True:\n    n += 1\n    if n == 5: break\nworkers = n", "workers", "5");
    check("n = 0\nwhile n < 100000: n += 1\nworkers = 3", "workers", "3");
}

/// Names of the inputs of a binding, in order.
fn inputs(binding: &Binding) -> Vec<&str> {
    binding.fact.origin.inputs.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn a_value_points_at_its_expression_and_names_its_inputs() {
    let text = "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n";
    let workers = binding(&module(text), "workers");
    assert_eq!(workers.fact.value(), Some(&Value::Int(9)));
    assert_eq!(inputs(&workers), ["cpu_count()"]);
    let span = workers.fact.origin.span.unwrap();
    assert_eq!(&text[span.range()], "multiprocessing.cpu_count() * 2 + 1");
    assert_eq!(&text[workers.name.span.range()], "workers");
    assert!(!workers.fact.origin.is_assumed());
}

#[test]
fn a_default_beside_an_unmentioned_variable_applies_and_is_assumed() {
    let workers = binding(&module("import os\nw = int(os.getenv('W', '3'))"), "w");
    assert_eq!(workers.fact.int(), Some(3));
    assert_eq!(inputs(&workers), ["$W"]);
    assert!(workers.fact.origin.is_assumed());
}

#[test]
fn an_unmentioned_variable_without_a_default_is_unknown() {
    let module = module("import os\nw = int(os.environ['W'])\nx = int(os.getenv('X'))");
    assert!(module.failure.is_none());
    for (name, variable) in [("w", "W"), ("x", "X")] {
        let state = binding(&module, name).fact.state;
        assert_eq!(state, State::Unknown(unmentioned(variable)));
    }
}

#[test]
fn an_unset_variable_without_a_handler_is_a_failure() {
    let text = "import os\nw = int(os.environ['W'])";
    let module = module_with(text, &Environment::complete(), count(4), &[]);
    let failure = module.failure.unwrap();
    assert_eq!(&text[failure.span.range()], "os.environ['W']");
    assert_eq!(failure.message, "KeyError: `$W` is not set");
    assert!(failure.inputs.is_empty());
}

#[test]
fn a_written_handler_stands_in_for_an_unmentioned_variable() {
    let text = "import os\ntry:\n    w = int(os.environ['W'])\nexcept KeyError:\n    w = 2";
    let w = binding(&module(text), "w");
    assert_eq!(w.fact.int(), Some(2));
    assert!(w.fact.origin.is_assumed());
}

#[test]
fn a_check_that_demands_a_variable_shows_that_it_is_set() {
    let text = "import os\nkey = os.getenv('KEY')\nif not key:\n    raise SystemExit('KEY')\nw = 3";
    let module = module(text);
    assert!(module.failure.is_none());
    assert_eq!(binding(&module, "key").fact.state, State::Unknown(unmentioned("KEY")));
    assert_eq!(binding(&module, "w").fact.int(), Some(3));
}

#[test]
fn a_variable_that_would_be_printed_as_none_is_set() {
    for expr in
        ["'0:{}'.format(os.getenv('P'))", "f\"0:{os.getenv('P')}\"", "'0:%s' % os.getenv('P')"]
    {
        check(&format!("import os\nbind = {expr}"), "bind", "0:…");
    }
}

#[test]
fn a_value_depends_on_what_decided_its_branch() {
    let text = "import os\nw = 4\nif os.getenv('DEBUG'):\n    w = 1\nelse:\n    t = 2";
    let module = module(text);
    for name in ["w", "t"] {
        let binding = binding(&module, name);
        assert_eq!(inputs(&binding), ["$DEBUG"], "{name}");
        assert!(binding.fact.origin.is_assumed());
    }
}

#[test]
fn branches_that_are_not_decided_are_joined() {
    let text = "import helper\nif helper.flag:\n    w, t, n, s = 2, 'a', 1, 5\nelse:\n    \
                w, t, n, s = 8, 'a', 'x', 5\n    only = 3";
    let module = module(text);
    assert_eq!(binding(&module, "w").value, PyValue::Range { min: 2.0, max: 8.0, is_int: true });
    assert_eq!(binding(&module, "t").fact.text(), Some("a"));
    assert_eq!(binding(&module, "s").fact.int(), Some(5));
    let package = GapKind::Package("helper".to_owned());
    let reason = Unknown::because("`helper` is not part of this project").of_kind(package);
    assert_eq!(binding(&module, "n").fact.state, State::Unknown(reason));
    let only = binding(&module, "only");
    assert!(only.maybe_unset);
    assert_eq!(only.fact.int(), Some(3));
    assert_eq!(inputs(&binding(&module, "w")), ["w", "w"]);
}

#[test]
fn an_unknown_port_leaves_a_gap_in_the_text() {
    let environment = set("PORT", State::Unknown(Unknown::because("the platform picks it")));
    let text = "import os\nbind = f\"0.0.0.0:{os.environ['PORT']}\"\nport = os.environ['PORT']";
    let module = module_with(text, &environment, count(4), &[]);
    assert_eq!(binding(&module, "bind").fact.state.to_string(), "0.0.0.0:…");
    let reason = Unknown::because("the platform picks it");
    assert_eq!(binding(&module, "port").value, PyValue::Unknown(reason.into()));
}

#[test]
fn a_range_of_cpus_gives_a_range_of_workers() {
    let cpus = Fact::new(
        State::Range { min: 2.0, max: 8.0 },
        Origin::new(OriginKind::Platform, "machine"),
    );
    let text = "import os\nw = max(os.cpu_count() // 2, 2) * 2 + 1\nb = os.cpu_count() > 1";
    let module = module_with(text, &Environment::new(), cpus, &[]);
    assert_eq!(binding(&module, "w").value, PyValue::Range { min: 5.0, max: 9.0, is_int: true });
    assert_eq!(binding(&module, "b").fact.bool(), Some(true));
}

#[test]
fn an_earlier_assignment_is_kept_as_overridden() {
    let text = "workers = 2\nworkers = 3\n";
    let workers = binding(&module(text), "workers");
    assert_eq!(workers.fact.int(), Some(3));
    let [earlier] = workers.fact.overridden.as_slice() else { panic!("{workers:?}") };
    assert_eq!(earlier.state, State::Known(Value::Int(2)));
    assert_eq!(&text[earlier.origin.span.unwrap().range()], "2");
}

#[test]
fn an_annotation_without_a_value_assigns_nothing() {
    let text = "workers: 6\nthreads: int = 2\n";
    let module = module(text);
    let [annotation] = module.annotations.as_slice() else { panic!("{module:?}") };
    assert_eq!(&text[annotation.span.range()], "workers");
    assert!(module.get("workers").is_none());
    assert_eq!(binding(&module, "threads").fact.int(), Some(2));
}

#[test]
fn modules_of_the_project_are_followed() {
    let text = "from base import *\nimport extra\nthreads = extra.threads";
    let files =
        [("lib/base.py", "import os\nworkers = os.cpu_count()"), ("app/extra.py", "threads = 3")];
    let module = module_with(text, &Environment::new(), count(4), &files);
    let workers = binding(&module, "workers");
    assert_eq!(workers.fact.int(), Some(4));
    assert_eq!(inputs(&workers), ["base.workers", "cpu_count()"]);
    assert_eq!(inputs(&binding(&module, "threads")), ["extra.threads"]);
    assert!(module.complete);
}

#[test]
fn a_star_import_of_something_else_may_set_any_name() {
    let module = module("workers = 2\nfrom elsewhere import *\nthreads = 4");
    assert!(!module.complete);
    assert!(matches!(binding(&module, "workers").value, PyValue::Unknown(_)));
    assert_eq!(binding(&module, "threads").fact.int(), Some(4));
}

#[test]
fn modules_that_import_each_other_end() {
    let files = [("app/a.py", "import b\nx = 1"), ("app/b.py", "import a\ny = 2")];
    let module = module_with("import a\nz = a.x", &Environment::new(), count(4), &files);
    assert_eq!(binding(&module, "z").fact.int(), Some(1));
}

#[test]
fn a_hook_knows_its_arity() {
    let module = module("def post_fork(server, worker, extra=1, *rest): pass");
    let PyValue::Function(function) = binding(&module, "post_fork").value else { panic!() };
    assert_eq!((function.positional_min, function.positional_max), (2, 3));
    assert!(function.variadic);
}

#[test]
fn names_that_the_file_reads_are_used() {
    let module = module("cores = 4\nworkers = cores\ndef hook(server): return server.x");
    assert!(binding(&module, "cores").used);
    assert!(!binding(&module, "workers").used);
}

#[test]
fn a_syntax_error_is_reported_where_the_parser_stops_and_the_rest_is_used() {
    let text = "workers = 3\nthreads = = 2\n";
    let module = module(text);
    let problem = &module.problems[0];
    assert_eq!(problem.rule, "syntax-error");
    assert!(problem.primary.span.range().start >= text.find('\n').unwrap());
    assert_eq!(binding(&module, "workers").fact.int(), Some(3));
}

#[test]
fn a_third_party_call_makes_unknown_what_it_is_given() {
    check("import x\nl = [1]\nd = {'a': 1}\nx.change(l)\nn = len(d)", "n", "1");
    check("import x\nl = [1]\nx.change(l)\nn = len(l)", "n", "unknown");
}

#[test]
fn dotenv_may_set_a_variable_that_is_not_set() {
    let text = "import os\nfrom dotenv import load_dotenv\nload_dotenv()\nw = os.getenv('W', '3')";
    check(text, "w", "unknown");
}

#[test]
fn a_variable_of_an_unknown_name_may_be_any() {
    let of =
        |it: &str| format!("import os, x\nos.environ['W'] = '9'\n{it}\nw = os.environ.get('W', 2)");
    check(&of("os.environ.pop(x.k, None)"), "w", "unknown");
}

#[test]
fn endless_programs_end() {
    for text in [
        "while True:\n    x = 1\n",
        "def f(n):\n    return f(n + 1)\nx = f(0)",
        "x = [0]\nfor i in x:\n    x.append(i)\n",
        "x = 'a'\nfor i in range(4000):\n    x = x + x\n",
        "x = [[i * j for i in range(900)] for j in range(900)]",
        "x = 10 ** 10 ** 10\ny = 'a' * 10 ** 12\nz = [0] * 10 ** 12\nw = range(10 ** 12)",
    ] {
        let module = module(text);
        assert!(module.failure.is_none(), "{text}: {:?}", module.failure);
    }
}

#[test]
fn deep_nesting_is_refused_or_unknown() {
    let deep = [
        format!("x = {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("x = {}1{}", "[".repeat(300), "]".repeat(300)),
        format!("x = {}", "not ".repeat(20_000)),
        format!("x = {}1", "-".repeat(50_000)),
        format!("x = {}1", "lambda: ".repeat(10_000)),
        format!("x = {}1", "1 + ".repeat(100_000)),
        format!("x = {}1", "1 + \\\n".repeat(50_000)),
        format!("x = {}1", "1 + \\\r\n".repeat(50_000)),
        format!("x = a{}", ".b".repeat(100_000)),
        format!("x = f{}", "()".repeat(100_000)),
        format!("x = {}1", "1 if 1 else ".repeat(20_000)),
        format!("x = f\"{{{}1}}\"", "-".repeat(20_000)),
        (0..2000).map(|it| format!("{}if 1:\n", " ".repeat(it))).collect(),
        format!("if 1: pass\n{}", "elif 0: pass\n".repeat(5000)),
        format!("x = {}", "f(".repeat(20_000)),
        format!("x = {}1{}", "f'{".repeat(3_000), "}'".repeat(3_000)),
        format!("x = {}1{}", "f\"{f'{".repeat(3_000), "}'}\"".repeat(3_000)),
    ];
    for text in deep {
        module(&text);
    }
}

const TOKENS: &[&str] = &[
    "x",
    "y",
    "f",
    "os",
    " = ",
    " += ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\n",
    "\n    ",
    "if ",
    "else",
    "elif ",
    "for ",
    " in ",
    "while ",
    "def f(a, *b):",
    "return ",
    "try:",
    "except ",
    "finally:",
    "with ",
    "as ",
    "lambda a: ",
    "not ",
    " and ",
    " or ",
    "1",
    "0",
    "2.5",
    "'a'",
    "f'{x:>5}'",
    "'%s'",
    " % ",
    " // ",
    " ** ",
    "-",
    ".get",
    ".append",
    ".format",
    "import os",
    "from os import environ",
    "environ",
    "['A']",
    "cpu_count()",
    "del ",
    "raise ",
    "global x",
    "break",
    "continue",
    "match x:",
    "case 1:",
    "class C:",
    "yield ",
    "await ",
    "*",
    "**",
    "int(",
    "sorted(",
    "range(9)",
    "exec('')",
    "globals()",
    "assert ",
    ":=",
    "x[::",
    " is ",
    "x.y",
    "helper.z",
    "import helper",
    "from helper import *",
    "pass",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..60).prop_map(|it| it.concat())
}

const LINES: &[&str] = &[
    "x = 1",
    "x = [1, 2]",
    "y = x",
    "x.append(y)",
    "x += [y]",
    "x = helper.a",
    "import helper",
    "if helper.b:",
    "if x:",
    "else:",
    "for i in x:",
    "for i in helper.c:",
    "while x:",
    "try:",
    "except KeyError:",
    "except helper.E:",
    "finally:",
    "with helper.d():",
    "return x",
    "break",
    "continue",
    "raise KeyError('x')",
    "raise",
    "def f(a=x, *b):",
    "x = f(x)",
    "y = f(y, 2)",
    "x = {'a': x}",
    "x['a'] = y",
    "del x",
    "del x['a']",
    "global y",
    "z = x or y",
    "z = x if y else 1",
    "z = [i for i in x if y]",
    "z, *w = x",
    "x = int(y)",
    "pass",
    "y = f'{x}{y!r}'",
    "import os",
    "y = os.environ['Y']",
    "x = os.getenv('X', y)",
    "os.environ['X'] = y",
    "from other import *",
    "exec(x)",
    "assert x",
    "x: int",
    "match x:",
    "case [1, *y]:",
    "case _:",
    "x = lambda: f(x)",
    "x = x()",
    "x = y * 3",
    "y = len(x)",
];

fn program() -> impl Strategy<Value = String> {
    prop::collection::vec((0usize..4, prop::sample::select(LINES)), 0..40).prop_map(|lines| {
        lines.iter().map(|(indent, line)| format!("{}{line}\n", "    ".repeat(*indent))).collect()
    })
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        module(&text);
    }

    #[test]
    fn no_tokens_make_it_panic(text in soup()) {
        module(&text);
    }

    #[test]
    fn no_program_makes_it_panic(text in program()) {
        let files = [("app/other.py", "from gunicorn_conf import *\nx = 1\ndef f(a): return a")];
        module_with(&text, &Environment::new(), count(4), &files);
    }
}
