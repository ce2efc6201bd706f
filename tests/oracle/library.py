"""What Python's library has: the names of its modules, and what kind of value each is.

    python library.py TYPESHED_STDLIB > crates/opslint-python/src/library/names.txt
    python library.py --check < crates/opslint-python/src/library/names.txt

TYPESHED_STDLIB is the folder `stdlib` of typeshed, such as the one in mypy's wheel. Names of every
Python that it knows count, and those that the interpreter of this script has beside them, so that
a name that is not in the list is in no module of any supported Python. `--check` compares the list
with this interpreter and prints what differs.

A line is `module name:KIND …`. Kinds, which are those of `kinds.rs`: `n` None, `b` bool, `i` int,
`x` float, `s` str, `y` bytes, `l` list, `t` tuple, `d` dict, `e` set, `m` module, `o` an instance of
another class, `?` any value. `c` is a class whose instances are of another class than these, `C`
any other class. `f` is a function; what it returns follows, if the stub says it in one word.
"""

import ast
import importlib
import inspect
import os
import re
import sys
import types

MODULES = """
abc argparse ast asyncio atexit base64 calendar codecs collections collections.abc
concurrent.futures configparser contextlib copy csv dataclasses datetime decimal enum errno
fnmatch fractions functools gc getpass glob gzip hashlib hmac html importlib inspect io ipaddress
itertools json locale logging logging.config logging.handlers math multiprocessing operator os
os.path pathlib pickle platform pprint queue random re resource secrets select shlex shutil signal
socket ssl statistics string struct subprocess sys sysconfig tempfile textwrap threading time
traceback typing types urllib urllib.parse uuid warnings weakref
""".split()

RETURNS = {"None": "n", "bool": "b", "int": "i", "float": "x", "str": "s", "bytes": "y"}
CONTAINERS = {"list": "l", "tuple": "t", "dict": "d", "set": "e", "frozenset": "e"}


def instance(value):
    """The kind of a value of the interpreter."""
    if value is None:
        return "n"
    if isinstance(value, types.ModuleType):
        return "m"
    if isinstance(value, type):
        special = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset)
        return "C" if issubclass(value, special) or value in (object, type) else "c"
    for kinds, letter in (
        (bool, "b"), (int, "i"), (float, "x"), (str, "s"), (bytes, "y"), (list, "l"), (tuple, "t"),
        (dict, "d"), ((set, frozenset), "e"),
    ):
        if isinstance(value, kinds):
            return letter
    return "f" if callable(value) and inspect.isroutine(value) else "o"


class Stub(ast.NodeVisitor):
    """The names that a stub defines at its top, whatever the version and platform."""

    def __init__(self):
        self.names = {}

    def add(self, name, kind):
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
            return
        known = self.names.get(name)
        if known not in (None, kind):
            kind = "f" if known[0] == kind[0] == "f" else "?"
        self.names[name] = kind

    def visit_FunctionDef(self, node):
        word = node.returns.id if isinstance(node.returns, ast.Name) else ""
        if isinstance(node.returns, ast.Constant) and node.returns.value is None:
            word = "None"
        kind = RETURNS.get(word, "")
        if isinstance(node.returns, ast.Subscript) and isinstance(node.returns.value, ast.Name):
            kind = CONTAINERS.get(node.returns.value.id, "")
        self.add(node.name, "f" + kind)

    def visit_AsyncFunctionDef(self, node):
        self.add(node.name, "fo")

    def visit_ClassDef(self, node):
        self.add(node.name, "?")

    def visit_ImportFrom(self, node):
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(node)
            else:
                self.add(alias.asname or alias.name, "?")

    def visit_Import(self, node):
        for alias in node.names:
            self.add((alias.asname or alias.name).split(".")[0], "?")

    def visit_AnnAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.add(node.target.id, "?")

    def visit_Assign(self, node):
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.add(target.id, "?")


def stub(folder, module):
    path = os.path.join(folder, module.replace(".", "/"))
    path = path + ".pyi" if os.path.exists(path + ".pyi") else os.path.join(path, "__init__.pyi")
    if not os.path.exists(path):
        return {}
    visitor = Stub()
    visitor.stars = []
    with open(path, encoding="utf-8") as source:
        visitor.visit(ast.parse(source.read()))
    for star in visitor.stars:
        package = module if os.path.basename(path) == "__init__.pyi" else module.rpartition(".")[0]
        for _ in range(star.level - 1):
            package = package.rpartition(".")[0]
        name = star.module or ""
        if star.level:
            name = f"{package}.{name}" if package else name
        for inner, kind in stub(folder, name).items():
            visitor.add(inner, kind)
    return visitor.names


def own(module):
    names = vars(importlib.import_module(module))
    return {name: instance(it) for name, it in names.items() if re.fullmatch("[A-Za-z]\\w*", name)}


def table(folder):
    for module in MODULES:
        stubbed = stub(folder, "posixpath" if module == "os.path" else module)
        here = own(module)
        entries = []
        for name in sorted({*stubbed, *here}):
            kind = here.get(name, "?")
            if kind == "f":
                written = stubbed.get(name, "f")
                kind = written if written.startswith("f") else "f"
            entries.append(f"{name}:{kind}")
        yield f"{module} {' '.join(entries)}"


def check():
    count = 0
    for line in sys.stdin:
        module, *entries = line.split()
        listed = dict(it.split(":") for it in entries)
        for name, kind in own(module).items():
            count += 1
            if name not in listed:
                print(f"{module}.{name} is missing")
            elif listed[name] != "?" and listed[name][0] != kind:
                print(f"{module}.{name} is {kind}, listed as {listed[name]}")
    print(f"{count} names compared", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        check()
    else:
        print("\n".join(table(sys.argv[1])))
