//! Inputs that double, which no mutation builds: `x = f(x, x)` again and again, for every `f`.

/// How often a value is made of itself. Whoever copies has 2^64 of it then.
const TURNS: usize = 64;

/// What a chain of Python begins with.
const FIRST: &[&str] = &[
    "'a'",
    "b'a'",
    "1",
    "2.5",
    "True",
    "None",
    "[1]",
    "(1,)",
    "{1}",
    "{'a': 1}",
    "range(3)",
    "os.environ.get('X', 'a')",
    "os.environ['X']",
    "unknown()",
    "Path('a')",
];

/// The builtins of Python that take something.
const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "bool",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "complex",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "hash",
    "hex",
    "id",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "oct",
    "ord",
    "pow",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "slice",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "vars",
    "zip",
    "os.path.join",
    "os.getenv",
    "os.environ.get",
    "os.environ.setdefault",
    "Path",
    "copy.deepcopy",
    "json.dumps",
    "json.loads",
    "itertools.chain",
    "functools.reduce",
    "re.sub",
    "textwrap.dedent",
    "string.Template",
];

/// Methods of the types that have values.
const METHODS: &[&str] = &[
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "sort",
    "reverse",
    "copy",
    "index",
    "count",
    "update",
    "setdefault",
    "get",
    "keys",
    "values",
    "items",
    "add",
    "union",
    "join",
    "format",
    "format_map",
    "replace",
    "split",
    "rsplit",
    "partition",
    "splitlines",
    "strip",
    "lstrip",
    "center",
    "ljust",
    "rjust",
    "zfill",
    "expandtabs",
    "upper",
    "title",
    "casefold",
    "encode",
    "decode",
    "translate",
    "removeprefix",
    "startswith",
    "joinpath",
    "with_suffix",
    "hex",
];

/// Expressions that are no calls. `x` is what grows.
const EXPRESSIONS: &[&str] = &[
    "f'{x}{x}'",
    "f'{x!r}{x!r}'",
    "f'{x:>{x}}'",
    "x + x",
    "x * 2",
    "2 * x",
    "x * x",
    "x ** x",
    "x << x",
    "x | x",
    "x % (x, x)",
    "'%s%s' % (x, x)",
    "'%r' % [x, x]",
    "[x, x]",
    "(x, x)",
    "{1: x, 2: x}",
    "{x: x}",
    "{x, 1}",
    "[*x, *x]",
    "(*x, *x)",
    "{**x, **x}",
    "[x] * 4",
    "[y for y in [x, x]]",
    "[y for y in x for z in x]",
    "{y: x for y in x}",
    "[[x, x], [x, x]]",
    "x[:] + x[:]",
    "x[::-1] + x",
    "'{0}{0}'.format(x)",
    "'{a}{a}'.format(a=x)",
    "''.join([x, x])",
    "x.join([x, x])",
    "str(x) + str(x)",
    "repr([x, x])",
    "list(x) + list(x)",
    "dict(a=x, b=x)",
    "x if unknown() else [x]",
    "x or [x, x]",
    "(x, x)[0] + x",
    "lambda: (x, x)",
    "x / x",
    "x // 1",
    "-x",
    "not x",
    "x == x and [x, x]",
    "[x, x] == [x, x]",
    "x in [x, x] or x",
    "sorted([x, x])",
    "max([x, x], [x, x])",
    "hash((x, x)) + 1",
    "len([x, x]) * x",
    "__import__(x)",
    "eval(x)",
];

/// Chains for a target; none where nothing is computed.
pub fn of(target: &str) -> Vec<String> {
    match target {
        "evaluator" => python("workers = x\nbind = x\n"),
        "settings" => python("DEBUG = x\nDATABASES = {'default': x}\nINSTALLED_APPS = []\n"),
        "script" => shell(),
        "image" => dockerfile(),
        "expression" => expressions(),
        "project" => projects(),
        "yaml" => vec![aliases()],
        "proxy" => vec![proxy()],
        _ => Vec::new(),
    }
}

fn again(line: &str) -> String {
    format!("{line}\n").repeat(TURNS)
}

fn python(end: &str) -> Vec<String> {
    let mut lines: Vec<String> = EXPRESSIONS.iter().map(|it| format!("x = {it}")).collect();
    for it in BUILTINS {
        lines.extend(["x", "x, x", "x, x, x", "[x, x]"].map(|args| format!("x = {it}({args})")));
    }
    for it in METHODS {
        for args in ["x", "x, x", "[x, x]", "a=x, b=x"] {
            lines.push(format!("x = x.{it}({args})"));
            lines.push(format!("x.{it}({args})"));
        }
    }
    lines.extend(
        ["x += x", "x *= 2", "x |= x", "x = y = [x, x]", "x, y = (x, x), x"].map(Into::into),
    );
    let mut chains = Vec::new();
    for line in &lines {
        for first in FIRST {
            let head = format!(
                "import os, copy, json, itertools, functools, re, textwrap, string\n\
                                from pathlib import Path\nx = {first}\n"
            );
            chains.push(format!("{head}{}{end}", again(line)));
        }
    }
    let calls: String = (0..TURNS)
        .map(|it| format!("def f{}(x):\n    return f{it}(x) + f{it}(x)\n", it + 1))
        .collect();
    chains.push(format!("def f0(x):\n    return x\n{calls}x = f{TURNS}('a')\n{end}"));
    let branches = again("if os.getenv('A'):\n    x = [x, x]\nelse:\n    x = (x, x)");
    chains.push(format!("import os\nx = 1\n{branches}{end}"));
    let twice = "x = ['a']\ny = ['a']\n".to_owned() + &again("x = [x, x]\ny = [y, y]");
    for use_of in ["x == y", "x < y", "sorted([x, y])", "x in [y]", "{1: x} == {1: y}", "max(x, y)"]
    {
        chains.push(format!("{twice}x = {use_of}\n{end}"));
    }
    chains
}

fn shell() -> Vec<String> {
    let lines = [
        "A=\"$A$A\"",
        "A=$A$A",
        "A=${A:-$A$A}",
        "A=${A:+$A$A}",
        "A=${A//a/$A}",
        "A=${A/a/aa}",
        "A=${A%x}$A",
        "A=${B:-$A$A}",
        "A=$B$A$B$A",
        "A=$(echo $A$A)",
        "A=`echo $A $A`",
        "A=$((A * A))",
        "A=$((A + A))",
        "A+=$A",
        "A=\"$A $A\"",
        "export A=\"$A$A\"",
        "eval A=\"$A$A\"",
        "set -- \"$@\" \"$@\"",
        "set -- $* $*",
        "A=$(printf '%s%s' $A $A)",
        "read A <<E\n$A$A\nE",
        "A=\"${A}${A}\" B=\"$A$B\"",
        "A='$A$A'; eval A=$A",
        "for i in $A $A; do A=$A$i; done",
        "case $A in a) A=$A$A;; esac",
        "if true; then A=$A$A; fi",
        "[ -n \"$X\" ] && A=$A$A",
        "while [ -n \"$A\" ]; do A=$A$A; break; done",
        "A=$A$A exec true",
    ];
    let end = "exec gunicorn shop.wsgi -b $A -w $A \"$@\"\n";
    let mut chains: Vec<String> =
        lines.iter().map(|it| format!("A=a\n{}{end}", again(it))).collect();
    let functions: String =
        (0..TURNS).map(|it| format!("f{}() {{ f{it}; f{it}; }}\n", it + 1)).collect();
    chains.push(format!("f0() {{ true; }}\n{functions}f{TURNS}\n{end}"));
    let nested = "$(echo ".repeat(TURNS) + "$A$A" + &")".repeat(TURNS);
    chains.push(format!("A={nested}\n{end}"));
    chains.push(format!("{}{end}", "sh start.sh; ".repeat(TURNS)));
    chains
}

fn dockerfile() -> Vec<String> {
    let lines = [
        "ENV A=$A$A",
        "ENV A=${A:-b}${A:-b}",
        "ENV A=${A:+$A$A}",
        "ENV A $A$A",
        "ENV A=$A$A B=$A$A",
        "ARG A=$A$A",
        "ARG B=$A$A\nENV A=$B$B",
        "WORKDIR $A$A",
        "WORKDIR $A/$A",
        "LABEL a=$A$A",
        "USER $A$A\nENV A=$A$A",
        "EXPOSE $A$A",
        "COPY $A$A $A$A",
        "ENV A=$UNKNOWN$A$UNKNOWN$A",
        "SHELL [\"$A\", \"$A\"]\nENV A=$A$A",
        "FROM base AS base",
        "STOPSIGNAL $A$A",
        "HEALTHCHECK CMD $A$A",
        "RUN <<E\n$A\nE",
    ];
    let chain =
        |it: &&str| format!("FROM a AS base\nENV A=a\n{}CMD gunicorn shop.wsgi -b $A\n", again(it));
    lines.iter().map(chain).collect()
}

fn expressions() -> Vec<String> {
    let items = "[1, 2, 3, 4, 5, 6, 7, 8]";
    let mut chains = Vec::new();
    for name in ["map", "filter", "all", "exists", "exists_one"] {
        let open = |it: usize| format!("{items}.{name}(v{it}, ");
        let nested: String = (0..12).map(open).collect();
        for inner in ["true", "v0 == 1", "v0"] {
            chains.push(format!("{nested}{inner}{}", ")".repeat(12)));
            chains.push(format!("size({nested}{inner}{}) > 0", ")".repeat(12)));
        }
    }
    for (piece, end) in [
        ("true && ", "true"),
        ("true || ", "true"),
        ("1 + ", "1 > 0"),
        ("!", "true"),
        ("-", "1 < 0"),
        ("(", "true"),
        ("[", "1"),
        ("\"a\" + ", "\"a\" == \"\""),
        ("workers > 1 ? true : ", "true"),
        ("file.fly", ""),
        ("workers == ", "1"),
        ("size(", "\"a\")"),
        ("[1] + ", "[1] == []"),
        ("name.", "name"),
        ("matches(name, \"(a*)*b\") && ", "true"),
        ("x.map(x, ", "x"),
    ] {
        for often in [TURNS, 20_000] {
            chains.push(piece.repeat(often) + end);
        }
    }
    chains.push(format!("matches(name, \"{}\")", "(a{1,100}){1,100}".repeat(3)));
    chains.push(format!("true\n{}", "{name}".repeat(5_000)));
    chains
}

/// Each way in which a manifest fills in values.
fn projects() -> Vec<String> {
    let many = |line: &dyn Fn(usize) -> String| (0..TURNS).map(line).collect::<String>();
    let serverless = many(&|it| {
        let next = it + 1;
        format!("  a{next}: ${{self:custom.a{it}}}${{self:custom.a{it}}}\n")
    });
    let twice = |it: usize| format!("A{}=%(A{it})s%(A{it})s\n", it + 1);
    let aliases = aliases();
    let groups = many(&|it| format!("    - fromGroup: g{it}\n"));
    let units = many(&|_| "Environment=\"A=${A}${A}\" B=$A$A\n".to_owned());
    vec![
        format!(
            "=== serverless.yml\nservice: a\nprovider:\n  name: aws\n  runtime: python3.12\ncustom:\n  \
             a0: x\n{serverless}functions:\n  f:\n    handler: a.b\n    description: ${{self:custom.a{TURNS}}}\n"
        ),
        format!(
            "=== docker-compose.yml\n{aliases}services:\n  web:\n    build: .\n    environment: *v{TURNS}\n"
        ),
        format!(
            "=== render.yaml\n{aliases}services:\n- type: web\n  name: a\n  runtime: python\n  envVars:\n{groups}"
        ),
        format!(
            "=== uwsgi.ini\n[uwsgi]\nA0=a\n{}http=%(A{TURNS})\n=== Procfile\nweb: uwsgi --ini uwsgi.ini\n",
            many(&twice)
        ),
        format!(
            "=== web.service\n[Service]\n{units}ExecStart=/usr/bin/gunicorn a.wsgi -b ${{A}}\n"
        ),
        format!("=== Procfile\n{}", many(&|it| format!("p{it}: honcho start\n"))),
        format!("=== Procfile\nweb: {}gunicorn a.wsgi\n", "env A=$A$A sh -c '".repeat(20)),
        format!(
            "=== fly.toml\napp = 'a'\n[processes]\n{}",
            many(&|it| format!("p{it} = 'gunicorn a.wsgi'\n"))
        ),
        "=== opslint.toml\nextends = ['opslint.toml']\n=== Procfile\nweb: gunicorn a.wsgi\n"
            .to_owned(),
    ]
}

/// A YAML file whose anchors double.
fn aliases() -> String {
    let line = |it: usize| format!("v{}: &v{} [*v{it}, *v{it}]\n", it + 1, it + 1);
    "v0: &v0 [a]\n".to_owned() + &(0..TURNS).map(line).collect::<String>()
}

fn proxy() -> String {
    let sets = again("  set $a $a$a;");
    format!("http {{\n server {{\n{sets}  location / {{ proxy_pass http://$a; }}\n }}\n}}\n")
}
