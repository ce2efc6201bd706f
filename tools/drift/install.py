"""Packages in a place of their own: target/drift."""

import datetime
import json
import pathlib
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "target" / "drift"


class Packages:
    """The installed packages: where their files are, and what they are called in reports."""

    def __init__(self, latest):
        pins = tomllib.loads((HERE / "pins.toml").read_text())
        self.latest = latest
        self.pip, self.npm = pins["pip"], pins["npm"]
        self.venv, self.node = TARGET / "venv", TARGET / "node"
        self.python = self.venv / "bin" / "python"
        self._install()
        purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.site = pathlib.Path(run([self.python, "-c", purelib]).strip())

    def _install(self):
        stamp = TARGET / "installed"
        wanted = "latest" if self.latest else (HERE / "pins.toml").read_text()
        if not self.latest and stamp.exists() and stamp.read_text() == wanted:
            return
        stamp.unlink(missing_ok=True)
        if not self.python.exists():
            run([sys.executable, "-m", "venv", self.venv])
        pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        upgrade = ["--upgrade"] if self.latest else []
        spec = lambda name, it: name if self.latest else f"{name}=={it['version']}"
        alone = [spec(name, it) for name, it in self.pip.items() if not it.get("deps")]
        whole = [spec(name, it) for name, it in self.pip.items() if it.get("deps")]
        run([*pip, *upgrade, "--no-deps", *alone])
        run([*pip, *upgrade, *whole])
        self.node.mkdir(parents=True, exist_ok=True)
        spec = lambda name, it: f"{name}@{'latest' if self.latest else it['version']}"
        npm = ["npm", "install", "--no-save", "--no-package-lock", "--ignore-scripts"]
        # Only files are read, so packages that want each other in other versions do no harm.
        npm += ["--legacy-peer-deps"]
        npm += ["--no-audit", "--no-fund", "--prefix", self.node]
        run([*npm, *(spec(name, it) for name, it in self.npm.items())])
        stamp.write_text(wanted)

    def version(self, name):
        """The installed version."""
        if name in self.npm:
            package = self.module(name) / "package.json"
            return json.loads(package.read_text())["version"]
        code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
        return run([self.python, "-c", code, name]).strip()

    def module(self, name):
        """The folder of an npm package."""
        return self.node / "node_modules" / name

    def called(self, name):
        """`botocore 1.44.8, 2026-11-20`: the day of the release, or on which it was the newest."""
        version = self.version(name)
        pin = {**self.pip, **self.npm}[name]
        if version == pin["version"]:
            day = pin["released"] or "no date"
        else:
            day = f"newest on {datetime.date.today()}"
        return f"{name} {version}, {day}"


def run(arguments):
    """Standard output of a program that must succeed."""
    done = subprocess.run([str(it) for it in arguments], capture_output=True, text=True)
    if done.returncode != 0:
        shown = " ".join(str(it) for it in arguments[:6])
        print(f"drift: `{shown} …` failed:\n{done.stderr}", file=sys.stderr)
        raise SystemExit(2)
    return done.stdout
