"""Installs packages one by one, imports each in an interpreter of its own, and writes what it cost.

measure.py ROWS [NAME…]: ROWS is a file of JSON lines; names that it has already are left alone.
With --path DIR, nothing is installed: DIR has packages of Debian, unpacked by `dpkg -x`, which its
own interpreter imports.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

# What any web process has imported before its first own package: the standard library that servers
# and frameworks are made of. It belongs to the interpreter, and to no package.
BASE = """asyncio base64 collections concurrent.futures contextvars copy ctypes dataclasses datetime
decimal email.message email.parser enum functools hashlib hmac html http.client http.cookies
http.server importlib.metadata inspect io ipaddress json logging.config mimetypes multiprocessing
os pathlib pickle platform queue random re secrets select shutil signal smtplib socket socketserver
ssl string struct subprocess tempfile textwrap threading traceback types typing unicodedata
unittest.mock urllib.parse urllib.request uuid warnings weakref xml.etree.ElementTree zipfile zlib
zoneinfo""".split()

INSIDE = r"""
import importlib, importlib.metadata, json, sys
names, base = json.loads(sys.argv[1]), json.loads(sys.argv[2])
for name in base:
    importlib.import_module(name)

def now():
    text = open("/proc/self/status").read()
    return [int(text.split(it + ":")[1].split()[0]) for it in ("RssAnon", "VmRSS")]

if "django.contrib.admin" in names or "rest_framework.views" in names or "allauth" in names:
    extra = ["rest_framework"] if "rest_framework.views" in names else []
    from django.conf import settings
    settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth",
        "django.contrib.sessions", "django.contrib.messages", "django.contrib.admin"] + extra,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    if "django.contrib.admin" not in names:
        import django; django.setup()
        import django.contrib.admin, django.forms
before, seen = now(), set(sys.modules)
if "django.contrib.admin" in names:
    import django; django.setup()
for name in names:
    importlib.import_module(name)
after = now()
top = {it.split(".")[0] for it in set(sys.modules) - seen}
namespaces = {it for it in set(sys.modules) - seen if it.count(".") <= 2}
owners = importlib.metadata.packages_distributions()
loads = set()
for it in top:
    own = owners.get(it, [])
    if len(own) == 1:
        loads.update(own)
for dist in importlib.metadata.distributions():
    # Of a namespace such as `google`, the files say whose module it is.
    for file in dist.files or []:
        if file.suffix == ".py" and len(file.parts) in (3, 4) and file.parts[0] in top:
            dotted = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
            if dotted in namespaces and len(owners.get(file.parts[0], [])) > 1:
                loads.add(dist.metadata["Name"])
                break
print(json.dumps({"before": before, "after": after, "loads": sorted(loads),
    "installed": sorted(it.metadata["Name"] for it in importlib.metadata.distributions()),
    "python": sys.version.split()[0]}))
"""


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def row(name, imports, others, path):
    folder = path or tempfile.mkdtemp(prefix="import-memory-")
    try:
        if not path:
            subprocess.run(
                [sys.executable, "-m", "pip", "install", "-q", "--no-cache-dir", "--no-compile",
                 "--prefer-binary", "--disable-pip-version-check", "--target", folder, name, *others],
                check=True, capture_output=True, text=True, timeout=900)
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        interpreter = sys.executable
        if path:
            root = pathlib.Path(path)
            libraries = sorted({str(it.parent) for it in root.rglob("*.so*")})
            environment["PYTHONPATH"] = str(root / "usr/lib/python3/dist-packages")
            environment["LD_LIBRARY_PATH"] = ":".join(libraries)
            interpreter = "/usr/bin/python3"
        command = [interpreter, "-S", "-c", INSIDE, json.dumps(imports), json.dumps(BASE)]
        # The first run compiles, and the second is measured.
        for _ in range(2):
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        found = json.loads(done.stdout.strip().splitlines()[-1])
        infos = [
            it.name.removesuffix(it.suffix).rsplit("-", 1)
            for it in pathlib.Path(folder).rglob("*-info")
        ]
        versions = {normal(it[0]): it[1] for it in infos if len(it) == 2}
        return {"name": name, "version": versions.get(normal(name)), "imports": imports, **found}
    finally:
        if not path:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    arguments = sys.argv[1:]
    path = None
    if "--path" in arguments:
        at = arguments.index("--path")
        path = arguments[at + 1]
        del arguments[at:at + 2]
    rows, wanted = pathlib.Path(arguments[0]), arguments[1:]
    done = {json.loads(it)["name"] for it in rows.read_text().splitlines()} if rows.exists() else set()
    for line in (HERE / "packages.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, imports, *others = line.split()
        if name in done or wanted and name not in wanted or ("-" in others) != bool(path):
            continue
        try:
            others = [it.removeprefix("+") for it in others]
            found = row(name, imports.split(","), others, path)
        except subprocess.CalledProcessError as error:
            print(f"{name}: not installed: {error.stderr.strip().splitlines()[-1]}", flush=True)
            continue
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            print(f"{name}: not measured: {error}", flush=True)
            continue
        with rows.open("a") as file:
            file.write(json.dumps(found) + "\n")
        print(name, (found["after"][0] - found["before"][0]) // 1024, "MB", flush=True)


if __name__ == "__main__":
    main()
