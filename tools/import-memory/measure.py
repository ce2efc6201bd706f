"""Measures the resident memory of Python packages; see README.md in this folder."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent

# Runs in a fresh interpreter that has nothing but the package on its path.
IMPORTS = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
kb = {key: int(status[key].split()[0]) for key in ("VmRSS", "RssAnon")}
modules = sorted({name for name in sys.modules if sys.modules[name] is not None})
print("\\n" + json.dumps({**kb, "modules": modules}))
"""

RUNS = 3


def imported(modules, folder):
    """What the interpreter takes once the modules are imported: the least of some runs."""
    best = None
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-S", "-c", IMPORTS, *modules],
            env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
            capture_output=True,
            text=True,
            timeout=300,
            cwd=folder,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        run = json.loads(done.stdout.strip().splitlines()[-1])
        if best is None or run["VmRSS"] < best["VmRSS"]:
            best = run
    return best


def install(package, folder, size_mb):
    """Installs a package with its dependencies; None when it is larger than `size_mb`."""
    extra = package.get("pip", [])
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-warn-script-location", "--only-binary", ":all:", "--target", str(folder),
         package["name"], *extra],
        check=True, capture_output=True, text=True, timeout=1500,
    )
    size = sum(it.stat().st_size for it in folder.rglob("*") if it.is_file()) / 2**20
    if size > size_mb:
        raise RuntimeError(f"{size:.0f} MB installed, more than {size_mb}")


def version(package, folder):
    """The version that is installed, by its metadata."""
    name = package["name"].lower().replace("-", "_").replace(".", "_")
    for info in folder.glob("*.dist-info"):
        stem, number = info.name.removesuffix(".dist-info").rsplit("-", 1)
        if stem.lower().replace("-", "_").replace(".", "_") == name:
            return number
    raise RuntimeError("no metadata")


def measure(package, size_mb):
    """One row: what the imports add to a bare interpreter."""
    with tempfile.TemporaryDirectory(prefix="import-memory-") as scratch:
        folder = pathlib.Path(scratch) / "site"
        folder.mkdir()
        install(package, folder, size_mb)
        run = imported(package["imports"], folder)
        row = {"name": package["name"], "version": version(package, folder)}
        shutil.rmtree(folder)
    return {**row, **run}


def main():
    parser = argparse.ArgumentParser(prog="tools/import-memory/run", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these packages")
    parser.add_argument("--size-mb", type=int, default=1000, help="largest installation")
    parser.add_argument("--rows", type=pathlib.Path, required=True, help="where rows are kept")
    arguments = parser.parse_args()
    packages = tomllib.loads((HERE / "packages.toml").read_text())["packages"]
    rows = {}
    if arguments.rows.is_file():
        rows = {it["name"]: it for it in map(json.loads, arguments.rows.read_text().splitlines())}
    if "python" not in rows:
        with tempfile.TemporaryDirectory() as empty:
            bare = imported([], pathlib.Path(empty))
        rows["python"] = {"name": "python", "version": sys.version.split()[0], **bare}
        write(arguments.rows, rows)
    for package in packages:
        name = package["name"]
        if name in rows or arguments.names and name not in arguments.names:
            continue
        try:
            rows[name] = measure(package, arguments.size_mb)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            detail = getattr(error, "stderr", None) or str(error)
            print(f"{name}: not measured: {detail.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        write(arguments.rows, rows)
        print(f"{name} {rows[name]['version']}: {rows[name]['VmRSS'] // 1024} MB", flush=True)
    return 0


def write(path, rows):
    """Keeps what is measured, so that a run that breaks off goes on where it was."""
    path.write_text("".join(json.dumps(it) + "\n" for it in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
