"""Random Python, and what Python makes of it.

    python3 generate.py expressions COUNT SEED
    python3 generate.py programs COUNT SEED

Prints one JSON object a line: {"text", "env", "cpus", "names"} or {"text", "env", "cpus", "raised"}.
An expression that raises is a module of its own; of those that do not, a few dozen share one. The
same seed gives the same output on every machine and with every version of Python that the language
of the expressions is older than: nothing here depends on hashes, time or addresses.
"""

import json
import os
import random
import resource
import signal
import sys

import python_oracle

BATCH = 40
LINES_MAX = 500

# Values that double in a loop end here, before the machine does.
MEMORY_MAX = 400 << 20

# Seconds of CPU that one program may take.
SECONDS_MAX = 10


class Expressions:
    """Random expressions; most of them are of the type that their place asks for."""

    KINDS = ("int", "float", "str", "bool", "list", "tuple", "dict", "none")

    def __init__(self, rng, inside=False):
        self.rng = rng
        self.names = []
        self.inside = inside

    def of(self, kind, depth):
        if self.rng.random() < 0.06:
            kind = self.rng.choice(self.KINDS)
        if depth <= 0 or self.rng.random() < 0.15:
            return self.leaf(kind)
        return getattr(self, "make_" + kind)(depth - 1)

    def any(self, depth):
        return self.of(self.rng.choice(self.KINDS[:7]), depth)

    def leaf(self, kind):
        pick = self.rng.choice
        known = [name for name, its in self.names if its == kind]
        if known and self.rng.random() < 0.3:
            return pick(known)
        return {
            "int": lambda: pick(["0", "1", "2", "3", "7", "10", "64", "255", "1000", "-1", "-7",
                                 "0x1f", "0o17", "0b101", "1_000", "9007199254740993",
                                 "9223372036854775807"]),
            "float": lambda: pick(["0.0", "0.5", "1.0", "1.5", "2.675", "-3.5", "1e3", "1e16", "1e-5",
                                   "0.1", "3.14159", "1e300", "-0.0", "float('inf')"]),
            "str": lambda: pick(["''", "'a'", "'abc'", "'Hello World'", "'a,b,,c'", "' x y '",
                                 "'10'", "' 7 '", "'0.0.0.0:8000'", "'ÄöÜß'", "'%s-%d'",
                                 "'{}:{}'", "'k=v'", "'true'", "'a\\nb\\r\\nc'", "'it\\'s'", "'tab\\t'",
                                 "'-12'", "'1.5'", "'naïve'", "'PATH/to/file.py'"]),
            "bool": lambda: pick(["True", "False"]),
            "list": lambda: pick(["[]", "[1]", "[1, 2, 3]", "['a', 'b']", "[0, '', None]",
                                  "[3, 1, 2]", "[[1], [2, 3]]", "[1.5, 2]", "[True, 0]"]),
            "tuple": lambda: pick(["()", "(1,)", "(1, 2)", "('a', 1)", "(1, (2, 3))"]),
            "dict": lambda: pick(["{}", "{'a': 1}", "{'a': 1, 'b': [2]}", "{1: 'x', 2: 'y'}",
                                  "{'k': {'z': 0}}", "{True: 1, 0: 2}"]),
            "none": lambda: "None",
        }[kind]()

    def choose(self, *makers):
        return self.rng.choice(makers)()

    def common(self, kind, d):
        """Forms that give a value of any type."""
        e = self.of
        return self.rng.choice([
            lambda: f"({e(kind, d)} if {self.any(d)} else {e(kind, d)})",
            lambda: f"({e(kind, d)} or {e(kind, d)})",
            lambda: f"({self.any(d)} and {e(kind, d)})",
            lambda: f"[{e(kind, d)}, {self.any(d)}][{self.rng.choice(['0', '-2', 'False'])}]",
            lambda: f"{{'k': {e(kind, d)}}}['k']",
            lambda: f"{{'k': {e(kind, d)}}}.get({e('str', 0)}, {e(kind, d)})",
            lambda: f"(lambda x, y=2: {e(kind, d)})({self.any(d)})",
            lambda: f"max([{e(kind, d)}, {e(kind, d)}])",
            lambda: f"min({e(kind, d)}, {e(kind, d)})",
            lambda: f"next(iter([{e(kind, d)}]))",
            lambda: f"(lambda *a, **k: a[0])({e(kind, d)}, b={self.any(d)})",
            lambda: f"[it for it in [{e(kind, d)}]][0]",
            lambda: f"sorted([{e(kind, d)}, {e(kind, d)}])[-1]",
            lambda: f"getattr(int, 'nothing', {e(kind, d)})",
            lambda: self.walrus(e(kind, d)),
            lambda: f"({e(kind, d)}, {self.any(d)})[0]",
        ])()

    def make_int(self, d):
        e, pick = self.of, self.rng.choice
        return self.choose(
            lambda: f"({e('int', d)} {pick(['+', '-', '*', '//', '%', '&', '|', '^', '>>'])} {e('int', d)})",
            lambda: f"({e('int', d)} {pick(['**', '<<'])} {pick(['0', '1', '2', '3', '10', '-1', '40'])})",
            lambda: f"({e('int', d)} {pick(['+', '-', '*', '//', '%'])} {e('int', d)})",
            lambda: f"{pick(['-', '+', '~'])}{e('int', d)}",
            lambda: f"len({e(pick(['str', 'list', 'tuple', 'dict']), d)})",
            lambda: f"int({e(pick(['str', 'float', 'int', 'bool']), d)})",
            lambda: f"int({e('str', d)}, {pick(['10', '16', '2', '8', '0', '36'])})",
            lambda: f"round({e('float', d)})",
            lambda: f"abs({e('int', d)})",
            lambda: f"sum({e('list', d)})",
            lambda: f"sum([{e('int', d)}, {e('int', d)}], {e('int', d)})",
            lambda: f"math.{pick(['ceil', 'floor', 'trunc'])}({e('float', d)})",
            lambda: f"{e('str', d)}.{pick(['count', 'find', 'index', 'rfind', 'rindex'])}({e('str', d)})",
            lambda: f"{e('list', d)}.{pick(['count', 'index'])}({self.any(d)})",
            lambda: f"divmod({e('int', d)}, {e('int', d)})[{pick(['0', '1'])}]",
            lambda: f"pow({e('int', d)}, {pick(['0', '1', '2', '3'])})",
            lambda: f"pow({e('int', d)}, {e('int', 0)}, {pick(['7', '10', '1'])})",
            lambda: f"ord({e('str', 0)}[0])",
            lambda: f"({e('int', d)}).bit_length()",
            lambda: f"len(range({e('int', 0)} % 50, {e('int', 0)} % 90, {pick(['1', '2', '-1'])}))",
            lambda: f"len({{*{e('list', d)}}})",
            lambda: f"math.{pick(['gcd', 'lcm'])}({e('int', 0)}, {e('int', 0)})",
            lambda: f"math.isqrt(abs({e('int', 0)}))",
            lambda: self.common("int", d),
        )

    def make_float(self, d):
        e, pick = self.of, self.rng.choice
        return self.choose(
            lambda: f"({e('float', d)} {pick(['+', '-', '*', '/', '//', '%'])} {e(pick(['float', 'int']), d)})",
            lambda: f"({e('float', d)} ** {pick(['0', '1', '2', '-1', '0.5', '1.5'])})",
            lambda: f"({e('int', d)} / {e('int', d)})",
            lambda: f"-{e('float', d)}",
            lambda: f"float({e(pick(['str', 'int', 'bool']), d)})",
            lambda: f"round({e('float', d)}, {pick(['0', '1', '2', '-1'])})",
            lambda: f"abs({e('float', d)})",
            lambda: f"math.sqrt({e('float', d)})",
            lambda: f"math.{pick(['fabs', 'sqrt'])}({pick(['8', '1', '100', '0.5', '2'])})",
            lambda: f"math.fmod({e('float', 0)}, {e('float', 0)})",
            lambda: f"math.copysign({e('float', 0)}, {e('float', 0)})",
            lambda: f"timedelta(minutes={e('int', 0)} % 1000).total_seconds()",
            lambda: self.common("float", d),
        )

    def make_str(self, d):
        e, pick = self.of, self.rng.choice
        spec = lambda: pick([":>8", ":<6", ":^9", ":05d", ":,", ":.2f", ":x", ":b", ":e", ":+d", ":_>10",
                             ":.3", ":%", ":#x", ":08.3f", ":g", ":=+7", ":s", ":c", ":o", ":#b", ":-^12"])
        return self.choose(
            lambda: f"({e('str', d)} + {e('str', d)})",
            lambda: f"{e('str', d)} * {pick(['0', '1', '2', '3'])}",
            lambda: f"str({self.any(d)})",
            lambda: f"repr({self.any(d)})",
            lambda: f"f\"{{{self.clean(self.any(d))}}}-{{{self.clean(self.any(0))}!r}}\"",
            lambda: f"f\"{{{self.clean(self.of(pick(['int', 'float', 'str']), 0))}{spec()}}}\"",
            lambda: f"format({e(pick(['int', 'float', 'str', 'bool']), 0)}, '{spec()[1:]}')",
            lambda: f"'{{{spec()}}}'.format({e(pick(['int', 'float', 'str']), 0)})",
            lambda: f"'{{1}}{{0!r}}{{a}}'.format({self.any(0)}, {self.any(0)}, a={self.any(0)})",
            lambda: f"'{{:{{w}}}}'.format({e('str', 0)}, w={pick(['3', '10'])})",
            lambda: f"'{{0[0]}}{{1[k]}}'.format([{self.any(0)}], {{'k': {self.any(0)}}})",
            lambda: f"'%{pick(['s', 'd', 'r', '5d', '05d', '.2f', 'x', '-6s', '+d', 'i', 'e', 'g', '%', 'o', 'c', '8.3f', '.3s'])}' % ({self.any(0)},)",
            lambda: f"'%(a)s %(b)r' % {{'a': {self.any(0)}, 'b': {self.any(0)}}}",
            lambda: f"{e('str', d)} % {e(pick(['int', 'str', 'tuple']), d)}",
            lambda: f"{e('str', d)}.{pick(['lower', 'upper', 'strip', 'lstrip', 'rstrip', 'title', 'capitalize', 'swapcase', 'casefold', 'expandtabs'])}()",
            lambda: f"{e('str', d)}.{pick(['strip', 'lstrip', 'rstrip', 'removeprefix', 'removesuffix'])}({e('str', 0)})",
            lambda: f"{e('str', d)}.replace({e('str', 0)}, {e('str', 0)}{pick(['', ', 1', ', -1'])})",
            lambda: f"{e('str', d)}.{pick(['zfill', 'ljust', 'rjust', 'center'])}({pick(['0', '5', '12', '-1'])})",
            lambda: f"{e('str', d)}.{pick(['ljust', 'rjust', 'center'])}({pick(['4', '9'])}, {pick(['*', '-'])!r})",
            lambda: f"{e('str', 0)}.join({pick(['[%s, %s]', '(%s, %s)']) % (e('str', d), e('str', d))})",
            lambda: f"{e('str', d)}[{self.slice()}]",
            lambda: f"{e('str', d)}.split({pick([chr(39) + ',' + chr(39), ''])})[{pick(['0', '-1'])}]",
            lambda: f"chr({pick(['65', '97', '10', '228', '8364'])})",
            lambda: f"{pick(['hex', 'oct', 'bin'])}({e('int', 0)})",
            lambda: f"{e('str', 0)}.encode().decode()",
            lambda: f"os.path.{pick(['basename', 'dirname', 'normpath'])}({e('str', 0)})",
            lambda: f"os.path.join({e('str', 0)}, {e('str', 0)})",
            lambda: f"type({self.any(0)}).__name__",
            lambda: f"json.dumps({self.any(0)})",
            lambda: f"os.path.splitext({e('str', 0)})[{pick(['0', '1'])}]",
            lambda: f"{e('str', d)}.translate(str.maketrans('ab', 'xy'))",
            lambda: f"ascii({self.any(0)})",
            lambda: self.common("str", d),
        )

    def make_bool(self, d):
        e, pick = self.of, self.rng.choice
        return self.choose(
            lambda: f"({e('int', d)} {pick(['<', '<=', '>', '>=', '==', '!='])} {e(pick(['int', 'float']), d)})",
            lambda: f"({self.any(d)} {pick(['==', '!='])} {self.any(d)})",
            lambda: f"({e('str', d)} {pick(['<', '>', '==', 'in', 'not in'])} {e('str', d)})",
            lambda: f"({self.any(d)} {pick(['in', 'not in'])} {e(pick(['list', 'tuple', 'dict']), d)})",
            lambda: f"({e('list', d)} {pick(['<', '==', '>='])} {e('list', d)})",
            lambda: f"({e('int', d)} < {e('int', d)} <= {e('int', d)})",
            lambda: f"(not {self.any(d)})",
            lambda: f"({self.any(d)} is{pick(['', ' not'])} None)",
            lambda: f"bool({self.any(d)})",
            lambda: f"isinstance({self.any(d)}, {pick(['int', 'str', '(int, float)', 'list', 'bool', 'dict', 'object'])})",
            lambda: f"{pick(['any', 'all'])}({e('list', d)})",
            lambda: f"{pick(['any', 'all'])}({self.any(0)} for x in {e('list', d)})",
            lambda: f"{e('str', d)}.{pick(['isdigit', 'isalpha', 'isalnum', 'isspace', 'islower', 'isupper', 'isnumeric', 'isdecimal', 'isidentifier', 'istitle', 'isprintable', 'isascii'])}()",
            lambda: f"{e('str', d)}.{pick(['startswith', 'endswith'])}({e('str', 0)})",
            lambda: f"{e('str', d)}.startswith(({e('str', 0)}, {e('str', 0)}))",
            lambda: f"callable({pick(['len', 'int', '3', 'print'])})",
            lambda: f"hasattr({self.any(0)}, '{pick(['append', 'upper', 'nothing', 'keys'])}')",
            lambda: f"({e('float', d)}).is_integer()",
            lambda: f"math.{pick(['isnan', 'isinf', 'isfinite'])}({e('float', d)})",
            lambda: f"({{1, 2}} {pick(['<=', '==', '&', '|', '-'])} {{2, 3}} == {{2}})",
            lambda: f"issubclass({pick(['bool', 'int', 'str'])}, {pick(['int', 'object', '(str, int)'])})",
            lambda: self.common("bool", d),
        )

    def make_list(self, d):
        e, pick = self.of, self.rng.choice
        return self.choose(
            lambda: f"[{self.any(d)}, {self.any(d)}]",
            lambda: f"({e('list', d)} + {e('list', d)})",
            lambda: f"{e('list', d)} * {pick(['0', '1', '2'])}",
            lambda: f"{e('list', d)}[{self.slice()}]",
            lambda: f"list({e(pick(['str', 'tuple', 'dict', 'list']), d)})",
            lambda: f"sorted({e('list', d)}{pick(['', ', reverse=True', ', key=str', ', key=lambda it: str(it), reverse=True'])})",
            lambda: f"list(range({e('int', 0)} % 9))",
            lambda: f"[{self.any(0)} for x in {e('list', d)}]",
            lambda: f"[x for x in {e('list', d)} if x]",
            lambda: f"[(x, y) for x in {e('list', d)} for y in {e('str', 0)}]",
            lambda: f"[*{e('list', d)}, {self.any(d)}, *{e('tuple', d)}]",
            lambda: f"{e('str', d)}.split({pick([chr(39) + ',' + chr(39), '', 'None, 1', chr(39) + 'b' + chr(39) + ', 1'])})",
            lambda: f"{e('str', d)}.splitlines({pick(['', 'True'])})",
            lambda: f"{e('str', d)}.rsplit({pick([chr(39) + ',' + chr(39) + ', 1', ''])})",
            lambda: f"list({e('dict', d)}.{pick(['keys', 'values', 'items'])}())",
            lambda: f"list(enumerate({e('list', d)}{pick(['', ', 1', ', start=2'])}))",
            lambda: f"list(zip({e('list', d)}, {e('str', 0)}))",
            lambda: f"list(map({pick(['str', 'bool', 'lambda x: [x]', 'repr'])}, {e('list', d)}))",
            lambda: f"list(filter({pick(['None', 'bool', 'lambda x: not x'])}, {e('list', d)}))",
            lambda: f"list(reversed({e('list', d)}))",
            lambda: f"sorted(set({e('str', d)}))",
            lambda: f"sum([{e('list', d)}, {e('list', d)}], [])",
            lambda: f"{e('list', d)}.copy()",
            lambda: f"json.loads(json.dumps({e('list', 0)}))",
            lambda: f"shlex.split({pick([chr(34) + 'a b c' + chr(34), chr(34) + 'x  y' + chr(34)])})",
            lambda: f"list(itertools.chain({e('list', d)}, {e('tuple', d)}))",
            lambda: self.common("list", d),
        )

    def make_tuple(self, d):
        e, pick = self.of, self.rng.choice
        return self.choose(
            lambda: f"({self.any(d)}, {self.any(d)})",
            lambda: f"({self.any(d)},)",
            lambda: f"({e('tuple', d)} + {e('tuple', d)})",
            lambda: f"{e('tuple', d)} * {pick(['0', '2'])}",
            lambda: f"tuple({e(pick(['list', 'str', 'dict']), d)})",
            lambda: f"{e('tuple', d)}[{self.slice()}]",
            lambda: f"divmod({e('int', d)}, {e('int', d)})",
            lambda: f"{e('str', d)}.{pick(['partition', 'rpartition'])}({e('str', 0)})",
            lambda: f"tuple(x for x in {e('list', d)})",
            lambda: f"(*{e('list', d)}, {self.any(0)})",
            lambda: f"max({e('tuple', d)}, {e('tuple', d)})",
            lambda: self.common("tuple", d),
        )

    def make_dict(self, d):
        e, pick = self.of, self.rng.choice
        return self.choose(
            lambda: f"{{{e('str', 0)}: {self.any(d)}, {e('int', 0)}: {self.any(d)}}}",
            lambda: f"{{**{e('dict', d)}, {e('str', 0)}: {self.any(d)}}}",
            lambda: f"dict(a={self.any(d)}, b={self.any(d)})",
            lambda: f"dict({e('dict', d)}, c={self.any(d)})",
            lambda: f"dict([('x', {self.any(d)}), ('y', {self.any(d)})])",
            lambda: f"{{x: {self.any(0)} for x in {e('str', d)}}}",
            lambda: f"{{k: v for k, v in {e('dict', d)}.items()}}",
            lambda: f"({e('dict', d)} | {e('dict', d)})",
            lambda: f"dict(zip({e('str', 0)}, {e('list', d)}))",
            lambda: f"{e('dict', d)}.copy()",
            lambda: f"dict.fromkeys({e('str', 0)}{pick(['', ', 0'])})",
            lambda: f"json.loads('{{\"a\": [1, 2.5, null, true, \"x\"]}}')",
            lambda: self.common("dict", d),
        )

    def make_none(self, d):
        return self.choose(
            lambda: f"{self.of('dict', d)}.get('nothing')",
            lambda: f"[].{self.rng.choice(['append(1)', 'clear()', 'reverse()', 'sort()'])}",
            lambda: "None",
            lambda: f"print({self.any(0)})",
        )

    def walrus(self, value):
        """A comprehension may not assign in what it goes over, so these stay outside of them."""
        return value if self.inside else f"(y := {value})"

    def slice(self):
        pick = self.rng.choice
        bound = lambda: pick(["", "0", "1", "2", "-1", "-2", "100"])
        return f"{bound()}:{bound()}" + pick(["", "", ":" + pick(["1", "2", "-1", ""])])

    @staticmethod
    def clean(text):
        """An expression as it may stand in an f-string of Python 3.11: no quotes of its kind."""
        return "0" if any(it in text for it in "\"\\{}:!") or "lambda" in text else text


class Programs:
    """Random modules of statements."""

    def __init__(self, rng, env):
        self.rng = rng
        self.env = env
        self.values = Expressions(rng, inside=True)
        self.count = 0

    def name(self, kind):
        known = [it for it, its in self.values.names if its == kind]
        if known and self.rng.random() < 0.5:
            return self.rng.choice(known)
        self.count += 1
        return f"{kind[0]}{self.count}"

    def assign(self, kind=None, depth=2):
        kind = kind or self.rng.choice(Expressions.KINDS[:7])
        name = self.name(kind)
        line = f"{name} = {self.values.of(kind, depth)}"
        if (name, kind) not in self.values.names:
            self.values.names.append((name, kind))
        return [line]

    def block(self, depth):
        """Statements of a block. What only they define is not used behind them."""
        outer, lines = list(self.values.names), []
        for _ in range(self.rng.randint(1, 3)):
            lines += self.statement(depth - 1)
        self.values.names = outer
        return ["    " + it for it in lines]

    def known(self, kind):
        names = [it for it, its in self.values.names if its == kind]
        return self.rng.choice(names) if names else None

    def statement(self, depth):
        if depth <= 0:
            return self.assign(depth=1)
        makers = [
            self.assign, self.assign, self.augmented, self.branch, self.loop, self.while_loop,
            self.attempt, self.function, self.mutation, self.unpack, self.environment, self.reflect,
            self.closure, self.klass, self.match, self.comprehension, self.sharing, self.turns,
        ]
        return self.rng.choice(makers)() if self.rng.random() < 0.6 else self.nested(depth)

    def nested(self, depth):
        return self.rng.choice([self.branch, self.loop, self.attempt])(depth)

    def augmented(self):
        kind = self.rng.choice(["int", "str", "list"])
        name = self.known(kind)
        if not name:
            return self.assign(kind)
        op = {"int": self.rng.choice(["+=", "-=", "*=", "//=", "%="]), "str": "+=", "list": "+="}[kind]
        return [f"{name} {op} {self.values.of(kind, 1)}"]

    def branch(self, depth=2):
        lines = [f"if {self.values.of('bool', 2)}:", *self.block(depth)]
        if self.rng.random() < 0.3:
            lines += [f"elif {self.values.any(1)}:", *self.block(depth)]
        if self.rng.random() < 0.6:
            lines += ["else:", *self.block(depth)]
        return lines

    def loop(self, depth=2):
        name = f"it{self.count}"
        over = self.rng.choice([f"range({self.rng.randint(0, 5)})", self.values.of("list", 1),
                                f"enumerate({self.values.of('str', 0)})", self.values.of("dict", 1)])
        body = self.block(depth)
        if self.rng.random() < 0.3:
            body += ["    if " + self.values.of("bool", 1) + ":", "        " + self.rng.choice(["break", "continue"])]
        lines = [f"for {name} in {over}:", *body]
        if self.rng.random() < 0.2:
            lines += ["else:", *self.block(depth)]
        return lines

    def turns(self):
        """A loop over something that only a run knows, which changes what its syntax does not show."""
        self.count += 1
        n, value = self.count, self.values.of("int", 1)
        change = self.rng.choice([
            [f"    C{n}.x += {value}"], [f"    globals()['t{n}'] += {value}"], [f"    exec('t{n} += 1')"],
            [f"    more{n}()"], [f"    C{n}.x, t{n} = t{n}, C{n}.x"], [f"    l{n}.extend('ab')"],
            [f"    d{n}['k'] = d{n}.get('k', 0) + 1"], [f"    t{n} = {value}"], self.block(1),
        ])
        lines = [f"t{n} = 1", f"l{n}, d{n} = [], {{}}", f"class C{n}:", "    x = 1", f"def more{n}():",
                 f"    C{n}.x += 1", f"    global t{n}", f"    t{n} += 1"]
        over = f"threading.enumerate() * {self.rng.randint(0, 3)}"
        loop = [f"for turn{n} in {over}:", *change]
        if self.rng.random() < 0.2:
            loop = [f"r{n} = [more{n}() for turn{n} in {over}]"]
        return lines + loop + [f"x{n} = C{n}.x"]

    def while_loop(self):
        self.count += 1
        name = f"w{self.count}"
        return [f"{name} = {self.rng.randint(0, 4)}", f"while {name} > 0:", f"    {name} -= 1", *self.block(2)]

    def attempt(self, depth=2):
        errors = self.rng.choice(["Exception", "(ValueError, TypeError)", "ZeroDivisionError", "KeyError",
                                  "LookupError", "ArithmeticError", "ValueError as error"])
        lines = ["try:", *self.block(depth), f"except {errors}:", *self.block(depth)]
        if self.rng.random() < 0.3:
            lines += ["else:", *self.block(depth)]
        if self.rng.random() < 0.3:
            lines += ["finally:", *self.block(depth)]
        return lines

    def function(self):
        self.count += 1
        name, kind = f"f{self.count}", self.rng.choice(Expressions.KINDS[:7])
        outer = list(self.values.names)
        self.values.names = [("a", "int"), ("b", "str"), *outer]
        body = []
        if self.rng.random() < 0.4:
            body += [f"    if {self.values.of('bool', 1)}:", f"        return {self.values.of(kind, 1)}"]
        if self.rng.random() < 0.3:
            body += [f"    for x in {self.values.of('list', 1)}:", f"        if {self.values.of('bool', 1)}:",
                     f"            return {self.values.of(kind, 1)}"]
        result = self.values.of(kind, 2)
        self.values.names = outer
        target = self.name(kind)
        lines = [f"def {name}(a, b='x', *args, c=3):", *body, f"    return {result}",
                 f"{target} = {name}({self.values.of('int', 1)}{self.rng.choice(['', ', ' + self.values.of('str', 0), ', c=1', ', *[1, 2]'])})"]
        self.values.names.append((target, kind))
        return lines

    def mutation(self):
        kind = self.rng.choice(["list", "dict"])
        name = self.known(kind)
        if not name:
            return self.assign(kind)
        any_value = self.values.any(1)
        if kind == "list":
            return [self.rng.choice([
                f"{name}.append({any_value})", f"{name}.extend({self.values.of('list', 1)})",
                f"{name}.insert(0, {any_value})", f"{name}.sort(key=str)", f"{name}.sort(key=str, reverse=True)",
                f"{name}.reverse()", f"{name}.pop()", f"{name}.remove({any_value})", f"{name}[0] = {any_value}",
                f"del {name}[0]", f"{name}[:] = {self.values.of('list', 1)}", f"{name}.clear()",
                f"{name}[1:2] = {self.values.of('list', 0)}",
            ])]
        return [self.rng.choice([
            f"{name}['k'] = {any_value}", f"{name}.update({self.values.of('dict', 1)})",
            f"{name}.update(a={any_value})", f"{name}.setdefault('k', {any_value})", f"{name}.pop('k', None)",
            f"del {name}['a']", f"{name}.update([('p', 1), ('q', {any_value})])", f"{name} |= {self.values.of('dict', 1)}",
            f"{name}.popitem()", f"{name}.clear()",
        ])]

    def unpack(self):
        a, b = self.name("int"), self.name("str")
        self.values.names += [(a, "int"), (b, "str")]
        return [self.rng.choice([
            f"{a}, {b} = {self.values.of('int', 1)}, {self.values.of('str', 1)}",
            f"({a}, {b}) = [{self.values.of('int', 1)}, {self.values.of('str', 1)}]",
            f"{a}, *rest, {b} = ({self.values.of('int', 1)}, 1, 2, {self.values.of('str', 1)})",
        ])]

    def environment(self):
        name = self.rng.choice(["A", "B", "PORT", "NOPE"])
        target = self.name("str")
        self.values.names.append((target, "str"))
        return self.rng.choice([
            [f"{target} = os.environ.get('{name}', {self.values.of('str', 0)})"],
            [f"{target} = os.getenv('{name}') or 'none'"],
            [f"os.environ['{name}'] = {self.values.of('str', 1)}", f"{target} = os.environ['{name}']"],
            [f"{target} = os.environ.pop('{name}', 'gone')"],
            [f"os.environ.update({name}={self.values.of('str', 0)})", f"{target} = os.getenv('{name}')"],
            [f"{target} = os.environ.setdefault('{name}', 'd')"],
            [f"os.environ |= {{'{name}': 'z'}}", f"{target} = str('{name}' in os.environ)"],
            ["for key in os.environ:", "    if key == 'A':", f"        {target} = 'seen'", "        break",
             "else:", f"    {target} = 'not seen'"],
            ["for key, value in os.environ.items():", "    if key.startswith('B'):",
             f"        {target} = value", f"{target} = 'after'"],
            [f"{target} = 'x'", "for key in sorted(os.environ):", f"    {target} += key[0]"],
        ])

    def reflect(self):
        kind = self.rng.choice(["int", "str", "list"])
        name = self.name(kind)
        value = self.values.of(kind, 1)
        self.values.names.append((name, kind))
        return self.rng.choice([
            [f"globals()['{name}'] = {value}"],
            [f"globals().update({name}={value})"],
            [f"exec({f'{name} = {self.values.leaf(kind)}'!r})"],
            [f"setattr(sys.modules[__name__], '{name}', {value})"],
            [f"{name} = eval({self.values.leaf(kind)!r})"],
            [f"for key, value in [('{name}', {value})]:", "    globals()[key] = value"],
            [f"vars()['{name}'] = {value}"],
        ])

    def closure(self):
        self.count += 1
        name, target = f"make{self.count}", self.name("int")
        self.values.names.append((target, "int"))
        return self.rng.choice([
            [f"def {name}(n):", "    def inner(m=1):", "        return n * 10 + m", "    return inner",
             f"{target} = {name}({self.values.of('int', 0)})(2)"],
            [f"def {name}():", "    total = 0", "    def add(n):", "        nonlocal total", "        total += n",
             "        return total", "    return add", f"adder{self.count} = {name}()",
             f"{target} = adder{self.count}(2) + adder{self.count}({self.values.of('int', 0)})"],
            [f"{name} = lambda n: lambda m: n + m", f"{target} = {name}(1)({self.values.of('int', 0)})"],
        ])

    def klass(self):
        self.count += 1
        name, target = f"C{self.count}", self.name("int")
        self.values.names.append((target, "int"))
        value = self.values.of("int", 1)
        return self.rng.choice([
            [f"class {name}:", f"    x = {value}", "    y = x", f"{target} = {name}.x + {name}.y"],
            [f"class {name}:", f"    x = {value}", f"class D{name}({name}):", "    y = 2",
             f"{target} = D{name}.x + D{name}.y"],
            [f"class {name}:", "    x = 1", f"{name}.x = {value}", f"{target} = {name}.x"],
            [f"class {name}:", "    pass", f"{target} = getattr({name}, 'x', {value})"],
            [f"class {name}(object):", "    def m(self):", "        return 1",
             "    @staticmethod", "    def s(n):", "        return n + 1", f"{target} = {name}.s({value})"],
            [f"class {name}:", f"    x = {value}", f"{target} = {name}().x"],
        ])

    def match(self):
        target = self.name("str")
        self.values.names.append((target, "str"))
        return [f"match {self.values.any(1)}:", "    case 1 | 2:", f"        {target} = 'few'",
                "    case str():" if self.rng.random() < 0.5 else "    case 'a':", f"        {target} = 'text'",
                "    case [first, *others]:", f"        {target} = repr(first)",
                "    case other:", f"        {target} = str(other)"]

    def comprehension(self):
        name = self.name("list")
        self.values.names.append((name, "list"))
        return [f"{name} = [x for x in {self.values.of('list', 1)} if {self.values.of('bool', 1)}]"]

    def sharing(self):
        """Two names that may have one list, where only a run tells, and a change by one of them."""
        self.count += 1
        one, other = f"one{self.count}", f"other{self.count}"
        self.values.names += [(one, "list"), (other, "list")]
        value = lambda: self.values.of("list", 1)
        unsure = self.rng.choice(["os.getpid() > 0", "os.getpid() < 0"])
        shared = self.rng.choice([
            [f"{other} = {one}", f"if {unsure}:", f"    {other} = {value()}"],
            [f"{other} = {one} if {unsure} else {value()}"],
            [f"{other} = ({unsure}) and {value()} or {one}"],
            [f"{other} = [{one}, {value()}][{unsure}]"],
            [f"{other} = {{True: {one}}}.get({unsure}, {value()})"],
            [f"{other} = {one}", "try:", f"    1 // ({unsure})", "except ZeroDivisionError:",
             f"    {other} = {value()}"],
            [f"{other} = []", f"for it in [{one}] * ({unsure}):", f"    {other} = it"],
            [f"def pick{self.count}():", f"    if {unsure}:", f"        return {one}",
             f"    return {value()}", f"{other} = pick{self.count}()"],
        ])
        change = self.rng.choice([
            "{}.append(1)", "{} += [1]", "{}[:1] = [7]", "{}.extend('ab')", "{}.clear()",
            "{}.insert(0, 9)", "del {}[:1]", "{}.reverse()", "for it in (1, 2):\n    {}.append(it)",
        ])
        changed = self.rng.choice([one, other, other])
        return [f"{one} = {value()}", *shared, *change.format(changed).split("\n")]

    def module(self):
        """Statements that run; now and then the last one raises."""
        text = IMPORTS + "import sys\n"
        for _ in range(self.rng.randint(4, 14)):
            outer = list(self.values.names)
            more = text + "\n".join(self.statement(3)) + "\n"
            raised = python_oracle.evaluate(more, self.env, LINES_MAX).get("raised")
            if raised and (raised in ("SyntaxError", "NameError", "TooLong", "MemoryError") or self.rng.random() < 0.9):
                self.values.names = outer
                continue
            text = more
            if raised:
                break
        return text


IMPORTS = "import itertools, json, math, os, shlex, threading\nfrom datetime import timedelta\n"


def expressions(count, seed):
    rng = random.Random(seed)
    make = Expressions(rng, inside=True)
    passed = []
    for _ in range(count):
        text = make.of(rng.choice(Expressions.KINDS), rng.randint(1, 4))
        case = {"text": f"{IMPORTS}v = {text}\n", "env": {}, "cpus": 4}
        answer = python_oracle.evaluate(case["text"])
        if "raised" in answer:
            yield {**case, **answer}
        elif answer["names"].get("v") is not None:
            passed.append((text, answer["names"]["v"]))
        if len(passed) == BATCH:
            yield batch(passed)
            passed = []
    if passed:
        yield batch(passed)


def batch(passed):
    lines = "".join(f"v{idx} = {text}\n" for idx, (text, _) in enumerate(passed))
    names = {f"v{idx}": value for idx, (_, value) in enumerate(passed)}
    modules = ["itertools", "json", "math", "os", "shlex", "threading", "timedelta"]
    names.update(dict.fromkeys(modules))
    return {"text": IMPORTS + lines, "env": {}, "cpus": 4, "names": names}


def programs(count, seed):
    """Programs, without those that keep Python busy in one line: no count of lines ends them."""
    start = 0
    while start < count:
        for idx, case in in_child(range(start, count), lambda idx: program(idx, seed)):
            start = idx + 1
            yield case
        start += 1


def program(idx, seed):
    rng = random.Random(seed * 1_000_003 + idx)
    possible = [("A", "1"), ("B", "two"), ("PORT", "8000")]
    env = {name: value for name, value in possible if rng.random() < 0.5}
    text = Programs(rng, env).module()
    case = {"text": text, "env": env, "cpus": 4}
    answer = python_oracle.evaluate(text, env)
    return {**case, **answer}


def in_child(indices, make):
    """Each index with what is made of it, up to the first that takes too long: it ends the child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with open(write, "w", closefd=True) as out:
            for idx in indices:
                # What has no handler ends the process, whatever it is busy with.
                signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_MAX)
                out.write(json.dumps([idx, make(idx)]) + "\n")
                out.flush()
        os._exit(0)
    os.close(write)
    with open(read) as lines:
        for line in lines:
            yield json.loads(line)
    os.waitpid(child, 0)


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    kind, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    out = sys.stdout
    sys.stdout = open(os.devnull, "w")
    for case in {"expressions": expressions, "programs": programs}[kind](count, seed):
        out.write(json.dumps(case) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
