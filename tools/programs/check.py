"""Compares the options of programs/*.toml with what the programs themselves say.

    python3 tools/programs/check.py

Each program is asked for its help: the packages in the releases of `tools/drift/pins.toml`, and
Debian's nginx, php-fpm, puma, unicorn and sidekiq where this machine has them. The tables of Python's servers and
workers are in `src/programs/`, where code reads more of them than a table says. A flag of a table that its program does not
know is a mistake, and so is a flag of the program that is in no table: what stands behind it would
be taken for something else. A default that the help tells is compared, too.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "drift"))

from install import Packages  # noqa: E402

# How each program is asked, in one or several commands.
ASKED = {
    "serve": [["serve", "--help"]],
    "http-server": [["http-server", "--help"]],
    "nodemon": [["nodemon", "--help", "options"], ["nodemon", "--help"]],
    "vite": [["vite", "--help"]],
    "next": [["next", "start", "--help"]],
    "next-dev": [["next", "dev", "--help"]],
    "json-server": [["json-server", "--help"]],
    "nest": [["nest", "start", "--help"]],
    "nuxt": [["nuxi", "preview", "--help"]],
    "nuxt-dev": [["nuxi", "dev", "--help"]],
    "gatsby": [["gatsby", "serve", "--help"]],
    "puma": [["puma", "--help"]],
    "sidekiq": [["sidekiq", "--help"]],
    "unicorn": [["unicorn", "--help"]],
    "nginx": [["nginx", "-h"]],
    "php-fpm": [["php-fpm8.2", "-h"]],
}

# Programs of Python: as their tables in src/programs are called, and as they are asked.
PYTHON = {
    "uvicorn": [["uvicorn", "--help"]],
    "fastapi run": [["fastapi", "run", "--help"]],
    "fastapi dev": [["fastapi", "dev", "--help"]],
    "hypercorn": [["hypercorn", "--help"]],
    "daphne": [["daphne", "--help"]],
    "granian": [["granian", "--help"]],
    "waitress": [["waitress-serve", "--help"]],
    "flask run": [["flask", "run", "--help"], ["flask", "--help"]],
    "celery": [["celery", "worker", "--help"], ["celery", "--help"]],
    "celery beat": [["celery", "beat", "--help"], ["celery", "--help"]],
    "dramatiq": [["dramatiq", "--help"]],
    "arq": [["arq", "--help"]],
    "huey": [["huey_consumer", "--help"]],
    "rq": [["rq", "worker", "--help"], ["rq", "worker-pool", "--help"]],
}

# Programs whose help starts something: their options stand in their code.
READ = {"pm2": ["pm2/lib/binaries/CLI.js", "pm2/lib/binaries/Runtime4Docker.js"]}

# Flags that a program takes and does not tell of.
UNTOLD = {
    ("serve", "--port"): "`serve` reads it for the sake of older versions",
    ("vite", "--outDir"): "an option of `vite preview`",
} | {
    ("huey", it): "an option of `manage.py run_huey`"
    for it in ("--settings", "--pythonpath", "--queue", "-A", "--disable-autoload")
}

# Adjustments of waitress, which its help leaves to its documentation.
ADJUSTMENTS = re.compile(r"--(app|(no-)?((log|clear)-untrusted|trusted)-proxy[a-z-]*)")

# Options that are read by code in front of the tables.
BY_CODE = {(name, it) for name in ("celery", "celery beat") for it in ("-A", "--app")}
BY_CODE |= {("celery", "-b"), ("celery", "--broker")}
# One of Node.js that its help talks of.
BY_CODE |= {("nest", "--inspect")}

# Programs that Node.js runs, which reads options of its own from NODE_OPTIONS.
WITH_NODE = {"nest", "next", "nuxt"}
NODE_OPTIONS = {"--max-old-space-size", "--max_old_space_size"}

FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*")


def program(name, packages):
    """The command of a program; `None` where this machine lacks it."""
    # `tests/oracle/debian` unpacks what is not installed.
    debian = ROOT / ".debian" / "usr" / "sbin"
    places = [packages.node / "node_modules" / ".bin", packages.venv / "bin", debian]
    own = next((it / name for it in places if (it / name).exists()), None)
    return own or shutil.which(name)


def told(commands, packages):
    """What a program says of its options; `None` where it is not here."""
    text = ""
    for name, *words in commands:
        found = program(name, packages)
        if found is None:
            return None
        # A program of Node.js may load thousands of files before it says a word.
        wide = {**os.environ, "COLUMNS": "200", "TERMINAL_WIDTH": "200"}
        done = subprocess.run([found, *words], capture_output=True, text=True, timeout=300, env=wide)
        text += done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def read(files, packages):
    """The options that a program defines in its code, in front of its commands."""
    lines = []
    for name in files:
        text = (packages.node / "node_modules" / name).read_text()
        head = text[: text.index(".command(")]
        lines += re.findall(r"\.option\(\s*'([^']+)'", head)
    return "\n".join([*lines, "-h --help"])


def tables(folder):
    """The tables in Rust, by the name of their program: what stands in quotes and begins with a dash."""
    found = {}
    for path in sorted(folder.glob("*.rs")):
        whole = path.read_text()
        # Lists that tables share are constants beside them.
        shared = dict(re.findall(r"^const (\w+): [^=]+= (.*?);\n\n", whole, re.S | re.M))
        parts = re.split(r'program: "([^"]+)"', whole)
        for name, text in zip(parts[1::2], parts[2::2]):
            own = text[: text.index("\n};")] if "\n};" in text else text
            own += "".join(shared.get(it, "") for it in re.findall(r"\b[A-Z][A-Z_]+\b", own))
            flags = re.findall(r'"(--?[A-Za-z][^"]*)"', own)
            found.setdefault(name, {"valued": [], "flags": []})["flags"] += flags
    return found


def spellings(flag):
    """How a help may write a flag."""
    flag = flag.rstrip("*").rstrip("=")
    negated = "--" + flag.removeprefix("--no-") if flag.startswith("--no-") else flag
    return {flag, negated, flag.replace("_", "-"), flag.replace("-", "_").replace("__", "--", 1)}


def written(table):
    """Every flag of a table, with the default where it has one."""
    for option in table.get("options", []):
        for flag in option.get("flags", []):
            yield flag, option.get("default")
    for flag in [it for key in ("valued", "flags", "config_files") for it in table.get(key, [])]:
        yield flag, None


def default(text, flag):
    """The default that the line of a flag tells, as text."""
    for line in text.splitlines():
        if flag in FLAG.findall(line):
            found = re.search(r"[Dd]efault(?:s to|:)? \"?([\w.:/]+)", line)
            if found:
                return found[1].rstrip(".")
    return None


def mistakes(name, table, text):
    """Sentences on what is wrong with a table."""
    # Words between backquotes talk of other options, and a sign before a number is an example.
    plain = re.sub(r"`[^`]*`|\[no-\]", "", text)
    known = {it for it in FLAG.findall(plain) if not re.fullmatch(r"-[a-z]-?\d+", it)}
    ours = set()
    for flag, value in written(table):
        own = spellings(flag)
        if flag.endswith("*"):
            own |= {it for it in known if it.startswith(flag[:-1])}
        ours |= own
        is_node = name in WITH_NODE and flag in NODE_OPTIONS
        is_untold = (name, flag) in UNTOLD or name == "waitress" and ADJUSTMENTS.fullmatch(flag)
        # One of the options that are handed on under a dotted name.
        is_untold = is_untold or "." in flag and flag.partition(".")[0] in known
        if not own & known and not is_untold and not is_node:
            yield f"{name}: `{flag}` is not among the options that it tells of"
        theirs = default(text, flag)
        if value is not None and theirs is not None and str(value) != theirs:
            yield f"{name}: `{flag}` is {theirs} by default, and {value} in the table"
    print(f"{name}: {len(ours & known)} of {len(known)} options")
    # What can be turned off is in the table where it can be turned on.
    ours |= {"--no-" + it.removeprefix("--") for it in ours} | {"--help"}
    for flag in sorted(it for it in known - ours if (name, it) not in BY_CODE):
        yield f"{name}: `{flag}` is in no table"


def main():
    packages = Packages(latest="--latest" in sys.argv[1:])
    found = []
    texts = {name: told(commands, packages) for name, commands in ASKED.items()}
    texts |= {name: read(files, packages) for name, files in READ.items()}
    texts |= {name: told(commands, packages) for name, commands in PYTHON.items()}
    ours = tables(ROOT / "src" / "programs")
    for name, text in texts.items():
        if text is None:
            print(f"{name}: not compared, as this machine lacks it")
            continue
        file = ROOT / "programs" / f"{name}.toml"
        table = ours[name] if name in PYTHON else tomllib.loads(file.read_text())
        found += mistakes(name, table, text)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
