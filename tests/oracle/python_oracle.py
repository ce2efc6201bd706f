"""Runs settings files with Python itself and prints what they define.

Input: one JSON object a line, {"text", "env", "cpus", "files"}; output: one JSON object a line,
{"names": {NAME: VALUE}} or {"raised": "Class"}. Values carry their type: ["int", 3].
"""

import json
import multiprocessing
import os
import sys
import tempfile
import types

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forks import answer_each

sys.path.pop(0)


def plain(value, depth=0):
    """The value with its type, or None for one that has no counterpart."""
    if value is None:
        return ["none"]
    kind = type(value).__name__
    if kind in ("bool", "str"):
        return [kind, value]
    if kind == "int":
        return [kind, str(value)] if value.bit_length() < 1000 else None
    if kind == "float":
        return [kind, repr(value)]
    if kind in ("list", "tuple") and depth < 4:
        items = [plain(item, depth + 1) for item in value]
        return None if None in items else [kind, items]
    if kind == "set" and depth < 4:
        items = [plain(item, depth + 1) for item in value]
        return None if None in items else [kind, sorted(items, key=repr)]
    if kind == "dict" and depth < 4:
        items = [[plain(k, depth + 1), plain(v, depth + 1)] for k, v in value.items()]
        return None if any(None in item for item in items) else [kind, items]
    return None


class TooLong(BaseException):
    """A module takes more lines than it may."""


def evaluate(text, env=None, lines_max=None):
    """What a module without files defines, run in this process: it must not do harm."""
    os.environ.clear()
    os.environ.update(env or {})
    module = types.ModuleType("__config__")
    module.__file__ = "gunicorn.conf.py"
    sys.modules["__config__"] = module
    lines = 0

    def count(_frame, event, _argument):
        nonlocal lines
        lines += event == "line"
        if lines > lines_max:
            raise TooLong
        return count

    try:
        code = compile(text, "gunicorn.conf.py", "exec")
        sys.settrace(count if lines_max else None)
        exec(code, module.__dict__)
    except BaseException as error:  # SystemExit is an answer too
        return {"raised": type(error).__name__}
    finally:
        sys.settrace(None)
    return {"names": names_of(module)}


def names_of(module):
    """What a module defines, imports and Python's own names aside."""
    return {
        name: plain(value)
        for name, value in module.__dict__.items()
        if not (name.startswith("__") and name.endswith("__"))
    }


def run(case):
    """Executes the module with the environment and number of CPUs of the case."""
    os.environ.clear()
    os.environ.update(case["env"])
    cpus = case["cpus"]
    os.cpu_count = lambda: cpus
    multiprocessing.cpu_count = lambda: cpus
    os.sched_getaffinity = lambda pid: set(range(cpus))
    os.process_cpu_count = lambda: cpus
    sys.stdout = sys.stderr = open(os.devnull, "w")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.path.insert(0, folder)
        sys.dont_write_bytecode = True
        for name, text in case.get("files", {}).items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        module = types.ModuleType("__config__")
        module.__file__ = "gunicorn.conf.py"
        sys.modules["__config__"] = module
        try:
            exec(compile(case["text"], "gunicorn.conf.py", "exec"), module.__dict__)
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": type(error).__name__}
    return {"names": names_of(module)}


if __name__ == "__main__":
    answer_each(run)
