//! Modules to run with Python and with our evaluator: written by hand, generated, and fixtures.

use std::path::{Path, PathBuf};

/// A module and the world it runs in.
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cpus: i64,
    pub(crate) files: Vec<(String, String)>,
}

/// Generated modules of each kind.
const GENERATED: u64 = 120;

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = written();
    for seed in 0..GENERATED {
        for make in [arithmetic, comparison, formatting, containers, program] {
            cases.push(case(&make(&mut Random(seed * 7919 + 13)), ""));
        }
    }
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    for path in python_files(fixtures) {
        cases.push(case(&read(&path), "PORT=5000"));
    }
    cases
}

/// Snippets by topic, each `# env A=1 B=2` line starting a case with these variables.
fn written() -> Vec<Case> {
    let texts = [
        include_str!("../oracle/statements.txt"),
        include_str!("../oracle/expressions.txt"),
        include_str!("../oracle/environment.txt"),
        include_str!("../oracle/failures.txt"),
        include_str!("../oracle/reflection.txt"),
    ];
    let mut cases = Vec::new();
    for text in texts {
        for part in text.split("\n===").skip(1) {
            let (env, body) = part.split_once('\n').expect("a case has a header line");
            let mut case = case(body, env);
            let mut files = body.split("\n--- ");
            case.text = files.next().unwrap_or_default().to_owned();
            for file in files {
                let (name, text) = file.split_once('\n').expect("a file has a name line");
                case.files.push((name.trim().to_owned(), text.to_owned()));
            }
            cases.push(case);
        }
    }
    cases
}

/// A case as `generate.py` prints it.
pub(crate) fn from_json(case: &serde_json::Value) -> Case {
    let text = |it: &serde_json::Value| it.as_str().unwrap_or_default().to_owned();
    let env = case["env"].as_object().into_iter().flatten();
    Case {
        text: text(&case["text"]),
        env: env.map(|(name, value)| (name.clone(), text(value))).collect(),
        cpus: case["cpus"].as_i64().unwrap_or(1),
        files: Vec::new(),
    }
}

fn case(text: &str, env: &str) -> Case {
    let pair = |it: &str| {
        let (name, value) = it.split_once('=').expect("variables are NAME=value");
        (name.to_owned(), value.to_owned())
    };
    Case {
        text: text.to_owned(),
        env: env.split_whitespace().map(pair).collect(),
        cpus: 4,
        files: Vec::new(),
    }
}

fn python_files(folder: &Path) -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test looks for its fixtures itself")]
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(python_files(&path));
        } else if path.extension().is_some_and(|it| it == "py") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "a test reads its fixtures itself")]
    std::fs::read_to_string(path).expect("a fixture is UTF-8")
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).expect("below a usize")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "-1",
    "-7",
    "-2",
    "True",
    "False",
    "0.5",
    "2.0",
    "-3.5",
    "1e3",
    "0.1",
    "100",
    "1_000",
    "cpu_count()",
    "255",
    "9007199254740993",
    "4611686018427387904",
];

fn number(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(4) == 0 {
        return random.pick(&NUMBERS).to_owned();
    }
    let (left, right) = (number(random, depth - 1), number(random, depth - 1));
    match random.below(12) {
        0 => format!("abs({left})"),
        1 => format!("int({left})"),
        2 => format!("round({left})"),
        3 => format!("max({left}, {right})"),
        4 => format!("min({left}, {right}, 5)"),
        5 => format!("-({left})"),
        6 => format!("({left} if {right} else 3)"),
        _ => {
            let op = random.pick(&[
                "+", "-", "*", "/", "//", "%", "+", "*", "//", "%", "<<", ">>", "&", "|", "^",
            ]);
            format!("({left} {op} {right})")
        }
    }
}

/// Each statement may raise, so each is a `try` of its own.
fn attempts(random: &mut Random, mut make: impl FnMut(&mut Random) -> String) -> String {
    let mut text = "from os import cpu_count\n".to_owned();
    for idx in 0..6 {
        let expr = make(random);
        text.push_str(&format!("try:\n    v{idx} = {expr}\n"));
        text.push_str(&format!("except Exception:\n    v{idx} = 'raised'\n"));
    }
    text
}

fn arithmetic(random: &mut Random) -> String {
    attempts(random, |random| number(random, 3))
}

fn comparison(random: &mut Random) -> String {
    attempts(random, |random| {
        let (a, b, c) = (number(random, 1), number(random, 1), number(random, 1));
        let op = random.pick(&["<", "<=", "==", "!=", ">", ">="]);
        let other = random.pick(&["<", "<=", "==", "!=", ">", ">=", "in", "is"]);
        match random.below(6) {
            0 => format!("{a} {op} {b} {op} {c}"),
            1 => format!("{a} and {b} or {c}"),
            2 => format!("not {a} or {b} {op} {c}"),
            3 => format!("{a} in ({b}, {c}, [1], 'x')"),
            4 => format!("({a}, {b}) {op} ({c}, {b})"),
            _ => format!("None {} {a}", if other == "is" { "is" } else { "==" }),
        }
    })
}

fn formatting(random: &mut Random) -> String {
    const SPECS: [&str; 26] = [
        "", "d", "5", "05d", "<6", ">8", "^9", "+d", "x", "#x", "b", "o", ",", "_", ".2f", "8.3f",
        "e", ".3e", "g", ".4g", "%", ".1%", "*^12", "+.1f", " d", "08.2f",
    ];
    const PERCENTS: [&str; 14] = [
        "%d", "%s", "%r", "%5d", "%05d", "%.2f", "%x", "%e", "%g", "%i", "%+d", "%%%d", "%.3f",
        "%o",
    ];
    const TEXTS: [&str; 8] =
        ["'web'", "''", "'a b  c'", "\"it's\"", "'0.0.0.0:80'", "'TRUE'", "'42'", "' x\\n'"];
    attempts(random, |random| {
        let value = number(random, 1);
        let text = random.pick(&TEXTS);
        match random.below(8) {
            0 => format!("f'{{{value}:{}}}'", random.pick(&SPECS)),
            1 => format!("'[{{:{}}}]'.format({value})", random.pick(&SPECS)),
            2 => format!("'{}' % ({value},)", random.pick(&PERCENTS)),
            3 => format!("'{}' % {value}", random.pick(&PERCENTS)),
            4 => format!("'{{!r:>{}}}|{{}}'.format({text}, {value})", random.below(12)),
            5 => format!("str({value}) + {text} + repr({text})"),
            6 => {
                let method = random.pick(&[
                    "upper()",
                    "lower()",
                    "strip()",
                    "split()",
                    "split(' ')",
                    "title()",
                    "capitalize()",
                    "isdigit()",
                    "replace('a', 'xy')",
                    "partition(':')",
                    "startswith('0')",
                    "endswith(('b', 'c'))",
                    "zfill(5)",
                    "count('0')",
                    "rsplit('.', 1)",
                    "splitlines()",
                    "find('b')",
                    "swapcase()",
                    "islower()",
                    "removeprefix('w')",
                    "ljust(6)",
                    "join(['1', '2'])",
                    "format(1)",
                    "isalnum()",
                ]);
                format!("{text}.{method}")
            }
            _ => format!(
                "{{'a': {text}, 'b': {value}}}.get({})",
                random.pick(&["'a'", "'c'", "'b', 1"])
            ),
        }
    })
}

fn containers(random: &mut Random) -> String {
    attempts(random, |random| {
        let items: Vec<String> = (0..random.below(5)).map(|_| number(random, 1)).collect();
        let items = format!("[{}]", items.join(", "));
        let (a, b) = (random.below(9) as i64 - 4, random.below(9) as i64 - 4);
        let step = random.pick(&["", ":2", ":-1", ":1"]);
        match random.below(14) {
            0 => format!("{items}[{a}:{b}{step}]"),
            1 => format!("{items}[{a}]"),
            2 => format!("sorted({items})"),
            3 => format!("sorted({items}, reverse=True)"),
            4 => format!("sum({items})"),
            5 => format!("max({items}, default=None)"),
            6 => format!("[x * 2 for x in {items} if x > 1]"),
            7 => format!("{{i: x for i, x in enumerate({items})}}"),
            8 => format!("list(range({a}, {b}))"),
            9 => format!("tuple({items}) + (1,) * {}", random.below(3)),
            10 => format!("any({items}), all({items}), len({items})"),
            11 => format!("set({items})"),
            12 => format!("list(zip({items}, 'abc'))"),
            _ => format!("list(map(str, {items}))"),
        }
    })
}

/// Statements over a few names: assignments, shared lists, branches, loops, handlers and calls.
fn program(random: &mut Random) -> String {
    let mut text = "import os\na, b, c = 1, [1, 2], {'k': 3}\ndef f(x, y=2):\n    if x:\n        \
                    return [x, y]\n    b.append(y)\n    return y\n"
        .to_owned();
    block(random, 0, 3, &mut text);
    text
}

fn block(random: &mut Random, indent: usize, depth: usize, text: &mut String) {
    const SIMPLE: [&str; 24] = [
        "a = 2",
        "a = a + 1",
        "a += 3",
        "b = [a, 2]",
        "d = b",
        "b.append(a)",
        "b += [5]",
        "b[0] = a",
        "c['k'] = b",
        "c['n'] = a",
        "a = len(b)",
        "a = c['n']",
        "b = c.get('k', b)",
        "d = f(a)",
        "d = f(0)",
        "del d",
        "e = b[1]",
        "a = int(os.getenv('N', '4'))",
        "a = os.getenv('M')",
        "d = c",
        "b = list(b)",
        "c = dict(c)",
        "a = b.pop()",
        "e, *d = b",
    ];
    let pad = "    ".repeat(indent);
    for _ in 0..=random.below(4) {
        if depth == 0 || random.below(3) > 0 {
            text.push_str(&format!("{pad}{}\n", random.pick(&SIMPLE)));
            continue;
        }
        let heads: &[&str] = match random.below(5) {
            0 => &["if a:", "else:"],
            1 => &["try:", "except (NameError, KeyError):", "else:"],
            2 => &["try:", "except Exception:", "finally:"],
            3 => &["for e in [0, 1, 2]:", "else:"],
            _ => &["if b == [1, 2] or 'n' in c:", "elif os.getenv('M') is None:"],
        };
        for head in heads {
            text.push_str(&format!("{pad}{head}\n"));
            block(random, indent + 1, depth - 1, text);
            if heads[0].starts_with("for") && random.below(3) == 0 {
                let leave = random.pick(&["if e: break", "if not e: continue"]);
                let inner = if *head == "else:" { "pass" } else { leave };
                text.push_str(&format!("{pad}    {inner}\n"));
            }
        }
    }
}
