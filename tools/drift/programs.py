"""Defaults of servers and workers: what opslint resolves, and what the programs say themselves."""

import json
import pathlib

import ours
from install import run
from pair import Pair

DEFAULTS = pathlib.Path(__file__).resolve().parent / "defaults.py"

# The command that opslint resolves for each program.
COMMANDS = {
    "gunicorn": "gunicorn app:app",
    "uvicorn": "uvicorn app:app",
    "hypercorn": "hypercorn app:app",
    "celery": "celery -A app worker",
}

# Settings that depend on the machine, so that two runs may differ.
OF_THE_MACHINE = {"chdir", "user", "group", "control_socket", "default_proc_name", "concurrency"}

# Fewest settings that must be found on both sides: a comparison of nothing finds nothing.
FEWEST = {"gunicorn": 80, "uvicorn": 12, "hypercorn": 8, "celery": 8}


def pairs(packages):
    """Each setting that both sides know."""
    for program, command in COMMANDS.items():
        theirs = json.loads(run([packages.python, "-E", DEFAULTS, program]))
        known = ours.settings(command)
        both = sorted(name for name in known if name in theirs and name not in OF_THE_MACHINE)
        if len(both) < FEWEST[program]:
            raise SystemExit(f"drift: only {len(both)} settings of {program} are comparable")
        source = packages.called(program)
        for name in both:
            yield Pair(f"{program}.{name}", known[name], "opslint", theirs[name], source)
