"""Compares the options of programs/*.toml with what the programs themselves say.

    python3 tools/programs/check.py

Each program is asked for its help: the npm packages in the releases of `tools/drift/pins.toml`, and
Debian's puma and sidekiq where this machine has them. A flag of a table that its program does not
know is a mistake, and so is a flag of the program that is in no table: what stands behind it would
be taken for something else. A default that the help tells is compared, too.
"""

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
    "puma": [["puma", "--help"]],
    "sidekiq": [["sidekiq", "--help"]],
}

# Programs whose help starts something: their options stand in their code.
READ = {"pm2": ["pm2/lib/binaries/CLI.js", "pm2/lib/binaries/Runtime4Docker.js"]}

# Flags that a program takes and does not tell of.
UNTOLD = {
    ("serve", "--port"): "`serve` reads it for the sake of older versions",
    ("vite", "--outDir"): "an option of `vite preview`",
}

# Programs that Node.js runs, which reads options of its own from NODE_OPTIONS.
WITH_NODE = {"next"}
NODE_OPTIONS = {"--max-old-space-size", "--max_old_space_size"}

FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")


def program(name, packages):
    """The command of a program; `None` where this machine lacks it."""
    own = packages.node / "node_modules" / ".bin" / name
    return own if own.exists() else shutil.which(name)


def told(commands, packages):
    """What a program says of its options; `None` where it is not here."""
    text = ""
    for name, *words in commands:
        found = program(name, packages)
        if found is None:
            return None
        done = subprocess.run([found, *words], capture_output=True, text=True, timeout=60)
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
    for flag in [*table.get("valued", []), *table.get("flags", [])]:
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
        if not own & known and (name, flag) not in UNTOLD and not is_node:
            yield f"{name}: `{flag}` is not among the options that it tells of"
        theirs = default(text, flag)
        if value is not None and theirs is not None and str(value) != theirs:
            yield f"{name}: `{flag}` is {theirs} by default, and {value} in the table"
    print(f"{name}: {len(ours & known)} of {len(known)} options")
    for flag in sorted(known - ours):
        yield f"{name}: `{flag}` is in no table"


def main():
    packages = Packages(latest="--latest" in sys.argv[1:])
    found = []
    texts = {name: told(commands, packages) for name, commands in ASKED.items()}
    texts |= {name: read(files, packages) for name, files in READ.items()}
    for name, text in texts.items():
        if text is None:
            print(f"{name}: not compared, as this machine lacks it")
            continue
        table = tomllib.loads((ROOT / "programs" / f"{name}.toml").read_text())
        found += mistakes(name, table, text)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
