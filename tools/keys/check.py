"""Compares keys/*.toml with what vendors ship; see README.md in the folder `keys`.

    python3 tools/keys/check.py

For each format of `schemas.py`: the tables are those that the schema gives; opslint says nothing
about a file with every key; and a misspelt key gets the right one as advice. Where this machine has
systemd, its own verdict on a unit is compared, too.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import schemas
from install import Packages

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Keys by which a file is told from others of its name: misspelt, it is none of these.
SIGNS = {
    ("app-engine", "runtime"),
    ("systemd", "Service"),
    ("systemd", "ExecStart"),
    ("ecs", "taskDefinition"),
    ("ecs", "containerDefinitions"),
    ("ecs", "image"),
    ("kubernetes", "apiVersion"),
    ("kubernetes", "selector"),
    ("kubernetes", "template"),
    ("kubernetes", "containers"),
    ("kubernetes", "image"),
}

# The file of each format.
FILES = {
    "chalice": ".chalice/config.json",
    "zappa": "zappa_settings.json",
    "digitalocean": ".do/app.yaml",
    "app-engine": "app.yaml",
    "systemd": "web.service",
    "netlify": "netlify.toml",
    "vercel": "vercel.json",
    "ecs": "task-definition.json",
    "kubernetes": "deployment.yaml",
}


# What tells a file of a format from others.
KINDS = {"kubernetes": {"apiVersion": "apps/v1", "kind": "Deployment"}}


def sample(schema):
    """A value with every key of a schema."""
    for form in schema.get("anyOf", []):
        return sample(form)
    if schema.get("type") == "array":
        return [sample(schema["items"])]
    if schema.get("type") == "object":
        rest = schema.get("additionalProperties")
        own = {key: sample(it) for key, it in schema.get("properties", {}).items()}
        return {**own, "mine": sample(rest)} if isinstance(rest, dict) else own
    return {"integer": 1, "boolean": True}.get(schema.get("type"), "x")


def typos(schema, value, path=()):
    """Each key that can be misspelt in a table without other keys: its place and its name."""
    if isinstance(value, list):
        yield from typos(schema.get("items", {}), value[0], (*path, 0))
    if not isinstance(value, dict) or "anyOf" in schema:
        return
    properties = schema.get("properties", {})
    for key, it in value.items():
        form = properties.get(key, schema.get("additionalProperties"))
        if key in properties and len(key) > 4:
            yield path, key
        if isinstance(form, dict):
            yield from typos(form, it, (*path, key))


def misspelt(value, path, key):
    """A copy in which one key has its last letter twice."""
    if not path:
        return {(it + it[-1] if it == key else it): inner for it, inner in value.items()}
    first, *rest = path
    if isinstance(value, list):
        return [misspelt(value[0], rest, key)]
    return {it: misspelt(of, rest, key) if it == first else of for it, of in value.items()}


def written(format_, value):
    """The text of a file."""
    if format_ == "systemd":
        lines = []
        for section, keys in value.items():
            lines += [f"[{section}]", *(f"{key}=x" for key in keys)]
        return "\n".join(lines) + "\n"
    if format_ == "netlify":
        return "".join(f"{key} = {inline(it)}\n" for key, it in value.items())
    return json.dumps(value, indent=1)


def inline(value):
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {inline(it)}" for key, it in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


def said(folder):
    """What opslint says about keys: diagnostics by the first folder of their path."""
    binary = os.environ.get("OPSLINT", ROOT / "target" / "debug" / "opslint")
    command = [binary, "check", ".", "--format", "json", "--no-config"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found = {}
    for it in json.loads(done.stdout)["diagnostics"]:
        if it["rule"] == "unknown-key":
            found.setdefault(it["primary"]["path"].split("/")[0], []).append(it)
    return found


def tables_differ(format_, schema, folder):
    """Whether keys/FORMAT.toml is not what the schema gives."""
    path = pathlib.Path(folder) / "schema.json"
    path.write_text(json.dumps(schema))
    script = ROOT / "tools" / "keys" / "from_schema.py"
    head = ROOT / "tools" / "keys" / f"{format_}.toml"
    done = subprocess.run([sys.executable, script, path, head], capture_output=True, text=True)
    path.unlink()
    return done.stdout != (ROOT / "keys" / f"{format_}.toml").read_text()


def mistakes(format_, schema):
    """Sentences on what is wrong with the tables of a format."""
    with tempfile.TemporaryDirectory() as folder:
        if tables_differ(format_, schema, folder):
            yield f"keys/{format_}.toml is not what its schema gives: write it again"
        whole = sample(schema) | KINDS.get(format_, {})
        cases = {"right": whole}
        wanted = {}
        keys = [it for it in typos(schema, whole) if (format_, it[1]) not in SIGNS]
        for count, (path, key) in enumerate(keys):
            cases[f"typo{count}"] = misspelt(whole, path, key)
            wanted[f"typo{count}"] = ".".join(map(str, (*path, key))), key
        for name, value in cases.items():
            file = pathlib.Path(folder) / name / FILES[format_]
            file.parent.mkdir(parents=True)
            file.write_text(written(format_, value))
        found = said(folder)
        for it in found.pop("right", []):
            yield f"{format_}: a file with every key: {it['message']}"
        for name, (place, key) in wanted.items():
            helps = [it["help"] for it in found.get(name, [])]
            if f"write `{key}`" not in helps:
                yield f"{format_}: `{place}` misspelt: {helps}"
        print(f"{format_}: {len(wanted)} keys, misspelt one by one")


def systemd_agrees():
    """What systemd itself says of a unit with keys in the wrong sections."""
    program = shutil.which("systemd-analyze")
    if not program:
        return
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "shop.service"
        unit.write_text("[Unit]\nRestart=always\n[Service]\nExecStart=/bin/true\nExecStar=/bin/true\n"
                        "StartLimitIntervalSec=5\n[Install]\nUser=root\nWantedBy=multi-user.target\n")
        done = subprocess.run([program, "verify", unit], capture_output=True, text=True)
        theirs = done.stderr.count("Unknown key")
        # The keys of one table are one diagnostic, with a label each.
        ours = sum(1 + len(it["related"]) for of in said(folder).values() for it in of)
        if theirs != ours:
            yield f"systemd: {theirs} unknown keys, and opslint says {ours}"


def main():
    packages = Packages(latest="--latest" in sys.argv[1:])
    found = []
    for format_, read in schemas.FORMATS.items():
        schema = read(packages)
        if schema is None:
            print(f"{format_}: not compared, as this machine has another version")
            continue
        found += mistakes(format_, schema)
    found += systemd_agrees()
    for it in found:
        print(it)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
