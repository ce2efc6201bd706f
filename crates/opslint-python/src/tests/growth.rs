//! Values that grow and work that grows: whatever a file says, what it costs is bounded.
//!
//! The bounds are counts of the project's [`Budget`](crate::budget::Budget), never times.

use crate::budget::Budget;
use crate::fact::Value;
use crate::project::Environment;
use crate::workspace::{MemoryFiles, Workspace};

use super::super::evaluator::STEPS_MAX;
use super::super::{Host, Module, evaluate};
use super::count;

/// Bytes of text that one file may make: 64 for each of its steps.
const BYTES_MAX: usize = STEPS_MAX * 64 + (1 << 20);

/// Values that one file may make.
const VALUES_MAX: usize = 600_000;

/// Evaluates a file together with other modules; the budget shows what it cost.
fn cost(text: &str, files: &[(String, String)]) -> (Module, std::sync::Arc<Budget>) {
    let memory = MemoryFiles::new().with("gunicorn.conf.py", text);
    let memory = files.iter().fold(memory, |it, (path, text)| it.with(path, text.as_str()));
    let mut workspace = Workspace::new(&memory);
    let file = workspace.open("gunicorn.conf.py").unwrap();
    let mut host = Host {
        workspace: &mut workspace,
        environment: &Environment::new(),
        cpu_count: count(4),
        folder: String::new(),
        python_path: Vec::new(),
        python: None,
    };
    let module = evaluate(&mut host, file);
    let budget = std::sync::Arc::clone(workspace.budget());
    (module, budget)
}

/// The file stays within its bounds, and what comes after the growing value is still worked out.
#[track_caller]
fn bounded(text: &str) {
    let text = format!("before = 1\n{text}\nafter = 2\n");
    let (module, budget) = cost(&text, &[]);
    let (bytes, values) = budget.made();
    let start: String = text.chars().take(200).collect();
    assert!(bytes <= BYTES_MAX, "{bytes} bytes: {start}");
    assert!(values <= VALUES_MAX, "{values} values: {start}");
    let known = |name| module.get(name).and_then(|it| it.fact.value().cloned());
    // Code that may set any name leaves none of them known.
    if module.complete {
        assert_eq!(known("before"), Some(Value::Int(1)), "{start}");
    }
    if module.failure.is_none() && budget.steps_taken() < STEPS_MAX {
        assert_eq!(known("after"), Some(Value::Int(2)), "{start}");
    }
}

const SEEDS: [&str; 12] = [
    "'a'",
    "['a']",
    "('a',)",
    "{'a': 'b'}",
    "{'a'}",
    "b'a'",
    "__import__('pathlib').Path('a')",
    "foreign()",
    "os.environ.get('A')",
    "os.environ['A']",
    "[foreign()]",
    "lambda x: x",
];

/// One line each, of a value `x` that the line makes larger: for each operator, method and function
/// that takes a value and gives one.
const LINES: &[&str] = &[
    "x = x + x",
    "x += x",
    "x = x * 2",
    "x *= 2",
    "x = x | x",
    "x |= x",
    "x = f'{x}{x}'",
    "x = f'{x!r}'",
    "x = f'{x!r}{x!s}'",
    "x = f'{x:>1000}{x}'",
    "x = '%s%s' % (x, x)",
    "x = '%(a)s%(a)s' % {'a': x}",
    "x = '%r' % (x,)",
    "x = '{0}{0}'.format(x)",
    "x = '{a}{a}'.format(a=x)",
    "x = '{}'.format(x) + str(x)",
    "x = ''.join([x, x])",
    "x = str(x).join([x, x, x])",
    "x = x.replace('a', 'aa')",
    "x = x.join(x)",
    "x = x.join(x.split('a'))",
    "x = x.ljust(1000) + x",
    "x = x.upper() + x.lower()",
    "x = x.split('a') * 2",
    "x = x.partition('a') + x.partition('a')",
    "x = repr(x)",
    "x = repr(x) + repr(x)",
    "x = ascii(x)",
    "x = str(x) + str(x)",
    "x = format(x) + format(x)",
    "x = [x, x]",
    "x = (x, x)",
    "x = {'a': x, 'b': x}",
    "x = dict(a=x, b=x)",
    "x = dict([('a', x), ('b', x)])",
    "x = {(x, 1), (x, 2)}",
    "x = frozenset([(x, 1), (x, 2)])",
    "x = [*x, *x]",
    "x = (*x, *x)",
    "x = {**x, 'z' + str(len(x)): x}",
    "x = [x] * 4000",
    "x = (x,) * 4000",
    "x = [x for _ in range(9)]",
    "x = [y for y in x for _ in range(9)]",
    "x = list(x) + list(x)",
    "x = tuple(x) + tuple(x)",
    "x = sorted([x, x])",
    "x = sorted(x) * 2",
    "x = list(reversed([x, x]))",
    "x = list(zip([x, x], [x, x]))",
    "x = list(enumerate([x, x]))",
    "x = list(map(lambda it: [it, it], [x, x]))",
    "x = list(filter(None, [x, x]))",
    "x = max([x, x], [x, x])",
    "x = sum([x, x], [])",
    "x = sum([[x], [x]], [])",
    "x = sum([(x,), (x,)], ())",
    "x.append(x)",
    "x.append([*x])",
    "x.extend(x)",
    "x.insert(0, [x, x])",
    "x.update({'z' + repr(x)[:50]: [x, x]})",
    "x['k' + str(len(x))] = dict(x)",
    "x[0] = [x[0], x[0]]",
    "x = x.copy() + x.copy()",
    "x = x[:] + x[:]",
    "x = x[::-1] + x",
    "x = x / x",
    "x = x.joinpath(x)",
    "x = os.path.join(x, x)",
    "x = os.path.normpath(x) + x",
    "x = x.parent / x.name / x",
    "x = x.y",
    "x = x.y.z",
    "x = x()",
    "x = x['a']",
    "x = lambda a=x, b=x: (a, b)",
    "x = (lambda a: [a, a])(x)",
    "x = x if foreign() else [x, x]",
    "x = foreign() or [x, x]",
    "x = foreign(x, x)",
    "x = [x, x] if os.environ.get('A') else (x, x)",
    "if foreign():\n    x = [x, x]",
    "if foreign():\n    x = f'{x}{x}'\nelse:\n    x = f'{x}-{x}'",
    "for y in [1, 2, 3]:\n    x = [x, x]",
    "for y in x:\n    x = [x, y]",
    "try:\n    x = [x, x, foreign()]\nexcept Exception:\n    x = (x, x)",
    "with foreign() as y:\n    x = [x, x]",
    "match x:\n    case [y, *z]:\n        x = [x, z, z]\n    case _:\n        x = [x, x]",
    "def f(a=x, *b, **c):\n    return [a, a, b, c]\nx = f(x, x, x, k=x)",
    "os.environ['A'] = x = f'{x}{x}'",
    "os.environ.update(A=str(x) * 2)\nx = os.environ['A']",
    "(x := [x, x])",
    "x, y = [x, x], [x, x]",
    "x, *y = [x, x, x]\nx = [x, y, y]",
    "x = bytes(x) + bytes(x)",
    "x = x.encode() + x.encode()",
    "x = str(x).encode('utf-8').decode() * 2",
    "x = json.dumps([x, x])",
    "x = json.loads(json.dumps([x, x]))",
    "x = shlex.split(' '.join([str(x), str(x)]))",
    "globals()['x'] = [x, x]",
    "globals().update(x=[x, x])",
    "exec('x = [x, x]')",
    "setattr(sys.modules[__name__], 'x', [x, x])",
    "class C:\n    y = [x, x]\nx = [C.y, C.y]",
    "x = vars().get('x', x), x",
    "x = copy.deepcopy([x, x])",
    "x = collections.OrderedDict(a=x, b=x)",
    "x = getattr(x, 'y', [x, x])",
    "x = next(iter([[x, x]]))",
];

#[test]
fn no_line_doubles_for_ever() {
    let imports = "import collections, copy, json, os, shlex, sys\nfrom elsewhere import foreign\n";
    for seed in SEEDS {
        for line in LINES {
            bounded(&format!("{imports}x = {seed}\n{}", format!("{line}\n").repeat(64)));
        }
    }
}

#[test]
fn two_lines_do_not_double_together() {
    let imports = "import os\n";
    for (at, first) in LINES.iter().enumerate() {
        let second = LINES[(at * 7 + 3) % LINES.len()];
        for seed in ["'a'", "['a']"] {
            let body = format!("{first}\n{second}\n").repeat(40);
            bounded(&format!("{imports}from elsewhere import foreign\nx = {seed}\n{body}"));
        }
    }
}

#[test]
fn walking_a_value_that_shares_its_parts_is_paid() {
    let deep = |open: &str, close: &str| {
        let line = |it: &str| format!("{it} = {open}{it}, {it}{close}\n");
        format!("x = 1\ny = 1\n{}", (line("x") + &line("y")).repeat(16))
    };
    let walks = [
        "z = x == y",
        "z = x != y",
        "z = x < y",
        "z = x in [y, y]",
        "z = [x, y].index(y)",
        "z = [x, y].count(y)",
        "z = sorted([x, y, x, y])",
        "z = max(x, y), min(x, y)",
        "z = {x: 1, y: 2}",
        "z = {x, y}",
        "z = hash(x)",
        "z = repr(x), str(x), f'{x}'",
        "z = '%s' % (x,)",
        "z = any([x == y, y == x])",
        "w = [x, y]\nw.remove(y)",
        "w = {}\nw[x] = y\nz = w[y]",
        "match x:\n    case [a, b]:\n        z = 1",
        "z = x if foreign else y",
        "if foreign:\n    z = x\nelse:\n    z = y",
        "z = x is y, not x, bool(x), len(x)",
    ];
    for walk in walks {
        let walks = format!("{walk}\n").repeat(200);
        for text in [deep("[", "]"), deep("(", ")"), deep("{1: ", ", 2: 3}").replace("3}", "x}")] {
            let (_, budget) = cost(&format!("from elsewhere import foreign\n{text}{walks}"), &[]);
            let (bytes, values) = budget.made();
            assert!(bytes <= BYTES_MAX && values <= 2 * VALUES_MAX, "{walk}: {bytes} {values}");
        }
    }
}

#[test]
fn what_is_large_on_one_line_is_not_made() {
    for line in [
        "x = ['a' * 90000] * 4900",
        "x = ['a' * 90000 for _ in range(4900)]",
        "x = [[0] * 4000] * 4000",
        "x = '%s' * 40000 % (('a' * 90000,) * 4000)",
        "x = ','.join(['a' * 90000] * 4000)",
        "x = ('a' * 90000).replace('a', 'a' * 90000)",
        "x = ('a' * 90000).join('b' * 90000)",
        "x = '{:1000}' * 20000",
        "x = 'a' * 90000 + 'b' * 90000",
        "x = 10 ** 10 ** 10",
        "x = 1 << 10 ** 12",
        "x = list(range(10 ** 12))",
        "x = [0] * 10 ** 12",
        "x = 'a' * 10 ** 12",
        "x = 'a'.ljust(10 ** 12)",
        "x = '%1000000000d' % 1",
        "x = f'{1:>1000000000}'",
        "x = round(1.5, 10 ** 12)",
        "x = ('ab' * 45000).strip('ab' * 45000)",
    ] {
        bounded(line);
    }
}

#[test]
fn facts_of_modules_that_use_one_another_do_not_double() {
    let modules: Vec<(String, String)> = (1..40)
        .map(|idx| {
            let text =
                format!("from m{} import a, b\nc, d = a, b\na = c + d\nb = c - d\n", idx - 1);
            (format!("m{idx}.py"), text)
        })
        .chain([("m0.py".to_owned(), "import os\na = int(os.getenv('A', 1))\nb = 2\n".to_owned())])
        .collect();
    let (module, _) = cost("from m38 import a, b\nworkers = a\n", &modules);
    let workers = module.get("workers").unwrap();
    let shown = format!("{:?}", workers.fact.origin);
    assert!(shown.len() < 1 << 20, "{} bytes of provenance", shown.len());
    assert!(workers.fact.origin.is_assumed(), "the assumption behind it is not lost");
}

#[test]
fn many_statements_take_the_steps_of_a_file_and_no_more() {
    let once = |line: &str| line.repeat(30_000);
    for text in [
        format!("from elsewhere import foreign\n{}", once("if foreign.a: x = 1\n")),
        format!("import os\nx = os.foo\n{}", once("x = x.foo\n")),
        format!("x = []\n{}", once("x.append(1)\n")),
        format!("def f():\n    return 1\n    {}\n{}", "y = 1; ".repeat(20_000), once("x = f()\n")),
        (0..20_000).map(|it| format!("x{it} = [x{}]\n", it.max(1) - 1)).collect(),
        format!(
            "import os\n{}",
            (0..20_000).map(|it| format!("a{it} = os.getenv('A{it}')\n")).collect::<String>()
        ),
        format!("{}\nx = 1\n", "x".repeat(500_000)),
        once("x: int\n"),
    ] {
        let (_, budget) = cost(&text, &[]);
        assert!(budget.steps_taken() < 600_000, "{} steps: {:.60}", budget.steps_taken(), text);
    }
}

#[test]
fn a_file_that_is_too_large_is_not_evaluated() {
    let text = "workers = 2\n".repeat(100_000);
    let (module, _) = cost(&text, &[]);
    assert!(!module.complete && module.problems.is_empty() && module.failure.is_none());
    let (module, _) = cost("from big import workers\n", &[("big.py".to_owned(), text)]);
    assert!(module.get("workers").unwrap().fact.value().is_none() && module.failure.is_none());
}
