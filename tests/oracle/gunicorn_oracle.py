"""What the real gunicorn makes of a command line, an environment and files.

Reads one case per line on stdin, as JSON:

    {"args": [...], "env": {...}, "files": {path: text}, "folder": "", "cpu_count": 4}

and answers one JSON object per line, in the same order:

    {"settings": {name: value}, "worker_class": "gthread", "addresses": [...]}   it would start
    {"status": 2, "message": "..."}                                             it refuses
    {"skipped": "..."}                                            this machine cannot tell

The application itself is never imported. Every case runs in a forked child, because gunicorn reads
the environment while `gunicorn.config` is imported. What depends on the machine is pinned: the CPU
count is the case's, every user and group exists, packages that are not installed are replaced by
empty stand-ins, and a config file may not start programs, use the network or write outside its
folder.
"""

import asyncio  # noqa: F401 - imported before the fork, so that children do not pay for it
import grp
import importlib.abc
import importlib.machinery
import io
import json
import multiprocessing
import os
import pwd
import re
import signal
import ssl  # noqa: F401
import sys
import tempfile
import traceback
import types
import warnings

import gunicorn.app.wsgiapp  # noqa: F401 - warms what it imports; see `forget_gunicorn`

SECONDS_PER_CASE = 5

# Refusals because a path is not there. opslint sees texts of the project, no folders and no machine.
MACHINE = (
    "can't chdir to '", "does not exists.", "Error: '/", "[Errno 2]", "[Errno 13]",
)


class StandIn:
    """Whatever a missing package would have given. Its use in a value makes a case a skip."""

    used = False

    def __init__(self, *_args, **_kwargs):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()

    def __call__(self, *_args, **_kwargs):
        return StandIn()


class StandInModule(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        StandIn.used = True
        return type(name, (StandIn,), {})


class StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last resort of the import system: modules that are neither installed nor in the project."""

    def __init__(self, root):
        self.root = root

    def find_spec(self, name, _path, _target=None):
        top = name.split(".")[0]
        if top in ("gunicorn", "paste") or top in sys.stdlib_module_names:
            return None
        if any(os.path.exists(os.path.join(self.root, top + end)) for end in ("", ".py")):
            return None
        StandIn.used = True
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandInModule(spec.name)

    def exec_module(self, module):
        pass


class Blocked(Exception):
    """A config file tried something that an oracle does not do."""


def forbid_side_effects(root):
    def hook(event, args):
        if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork",
                     "socket.connect", "socket.bind", "socket.getaddrinfo", "os.kill"):
            raise Blocked(event)
        if event in ("os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.chmod", "os.chown",
                     "os.symlink", "os.link", "os.truncate", "shutil.rmtree"):
            if not os.path.abspath(str(args[0])).startswith(root):
                raise Blocked(event)
        if event == "open":
            path, mode, flags = args
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes and not os.path.abspath(str(path)).startswith((root, "/dev/")):
                raise Blocked(f"open {path}")
    sys.addaudithook(hook)


def forget_gunicorn():
    for name in list(sys.modules):
        if name in ("gunicorn.config", "gunicorn.arbiter", "gunicorn.debug") \
                or name.startswith("gunicorn.app"):
            del sys.modules[name]


def known_id(name):
    """Every user and group exists, except the one without a name."""
    if not name:
        raise KeyError(name)
    return 0 if name == "root" else 1000


def pin(case, root):
    """Makes everything that depends on the machine depend on the case."""
    os.environ.clear()
    os.environ.update(case.get("env", {}))
    count = case.get("cpu_count", 4)
    os.cpu_count = lambda: count
    multiprocessing.cpu_count = lambda: count
    multiprocessing.context._default_context.cpu_count = lambda: count
    os.sched_getaffinity = lambda _pid=0: set(range(count))
    pwd.getpwnam = lambda name: types.SimpleNamespace(pw_uid=known_id(name), pw_name=name)
    grp.getgrnam = lambda name: types.SimpleNamespace(gr_gid=known_id(name), gr_name=name)
    here = os.path.join(root, case.get("folder", ""))
    os.makedirs(here, exist_ok=True)
    os.chdir(here)
    own = os.path.dirname(os.path.abspath(__file__))
    paths = [it for it in sys.path if it and os.path.abspath(it) != own]
    extra = [os.path.abspath(it) for it in os.environ.get("PYTHONPATH", "").split(":") if it]
    sys.path[:] = extra + paths
    sys.dont_write_bytecode = True
    sys.argv = ["gunicorn", *case["args"]]
    sys.meta_path.append(StandInFinder(root))
    warnings.simplefilter("ignore")


def write_files(case, root):
    for path, text in case.get("files", {}).items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as out:
            out.write(text)


def plain(value, root):
    """A setting's value as JSON, in the form opslint shows it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(it, root) for it in value]
    if isinstance(value, dict):
        return [[plain(key, root), plain(it, root)] for key, it in value.items()]
    if isinstance(value, StandIn):
        return {"repr": "stand-in"}
    if callable(value):
        return f"<{value.__qualname__}()>"
    return {"repr": repr(value)}


def settings(cfg, root):
    values = {name: plain(it.get(), root) for name, it in cfg.settings.items()}
    # The only setting that names the folder of the run; opslint shows it as users write it.
    chdir = os.path.realpath(values["chdir"])
    if chdir == root or chdir.startswith(root + "/"):
        values["chdir"] = os.path.relpath(chdir, root)
    return values


def worker_class(cfg):
    try:
        return cfg.worker_class_str
    except AttributeError as error:
        return {"error": str(error)}


def addresses(cfg):
    try:
        return [list(it) if isinstance(it, tuple) else it for it in cfg.address]
    except RuntimeError as error:
        return {"error": str(error)}


def arbiter(app):
    """What `Arbiter.setup` says, which runs before anything listens: the loggers, the worker class,
    the addresses and `raw_env`. The application is left out, which `preload_app` would import."""
    from gunicorn.arbiter import Arbiter
    app.wsgi = lambda: None
    environment = dict(os.environ)
    try:
        Arbiter(app)
    except Blocked as blocked:
        return {"skipped": f"blocked: {blocked}"}
    except (Exception, SystemExit):
        return explained(1, traceback.format_exc())
    finally:
        os.environ.clear()
        os.environ.update(environment)
    return {"status": 0}


def explained(status, message):
    """A refusal, or why it is no answer."""
    message = re.sub("0x[0-9a-f]{6,}", "0x…", message.strip())
    if "Blocked:" in message:
        return {"skipped": "blocked: " + message.splitlines()[-1]}
    if StandIn.used or "No module named 'paste'" in message:
        return {"skipped": "needs a package: " + message.splitlines()[-1]}
    if any(it in message for it in MACHINE):
        return {"skipped": "depends on which paths exist: " + message.splitlines()[-1]}
    return {"status": status, "message": message[-800:]}


def answer(case, root):
    output = io.StringIO()
    sys.stdout = sys.stderr = output
    try:
        forget_gunicorn()
        from gunicorn.app.wsgiapp import WSGIApplication
        app = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]")
        return {
            "settings": settings(app.cfg, root),
            "worker_class": worker_class(app.cfg),
            "addresses": addresses(app.cfg),
            "arbiter": arbiter(app),
        }
    except SystemExit as stop:
        status, message = stop.code, output.getvalue()
    except Blocked as blocked:
        return {"skipped": f"blocked: {blocked}"}
    except BaseException:
        status, message = 1, traceback.format_exc()
    return explained(status, message)


def run_case(case):
    """Forks, answers, and returns what the child wrote."""
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.realpath(folder)
        os.chmod(root, 0o755)
        write_files(case, root)
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            signal.alarm(SECONDS_PER_CASE)
            pin(case, root)
            forbid_side_effects(root)
            text = json.dumps(answer(case, root), default=repr)
            with os.fdopen(write_end, "w", encoding="utf-8") as out:
                out.write(text)
            os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end, encoding="utf-8") as source:
            text = source.read()
        os.waitpid(child, 0)
        return text or json.dumps({"skipped": "no answer in time"})


def table():
    """The settings as gunicorn defines them, for comparison with our own table."""
    import inspect
    from gunicorn import config

    def check(validator):
        if validator.__name__ == "_validate_callable":
            return f"callable({inspect.getclosurevars(validator).nonlocals['arity']})"
        return validator.__name__.removeprefix("validate_")

    def row(setting):
        kind = setting.type
        return {
            "name": setting.name,
            "section": setting.section,
            "flags": setting.cli or [],
            "action": setting.action or "store",
            "type": kind.__name__ if setting.cli and kind else "str",
            "nargs": setting.nargs,
            "check": check(setting.validator),
            "default": plain(setting().get(), ""),
        }

    return [row(it) for it in config.KNOWN_SETTINGS]


def main():
    if sys.argv[1:] == ["--table"]:
        print(json.dumps({"version": gunicorn.__version__, "settings": table()}))
        return
    for line in sys.stdin:
        sys.stdout.write(run_case(json.loads(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
