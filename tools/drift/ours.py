"""The numbers of this repository: platforms/, languages/, and what opslint resolves."""

import json
import os
import pathlib
import subprocess
import tempfile
import tomllib
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
ABSENT = "absent"


class Data:
    """A file of platforms/ or languages/."""

    def __init__(self, path):
        self.id = path.stem
        self.table = tomllib.loads(path.read_text())

    def source(self, key):
        """Host and date of a source, as opslint prints it."""
        source = self.table["sources"][key]
        return f"{urllib.parse.urlparse(source['url']).hostname}, {source['checked']}"

    def value(self, section, key):
        """A value of a section with its source; `absent` when there is none."""
        entry = self.table.get(section, {}).get(key)
        if entry is None:
            return ABSENT, f"{self.id}.toml"
        return entry["value"], self.source(entry["source"])

    def rows(self, table, key="name"):
        """Rows of a table by their name."""
        return {row[key]: row for row in self.table.get(table, [])}

    def cell(self, table, row, column):
        """A column of a row with its source."""
        own = self.table.get("column_sources", {}).get(table, {}).get(column, row["source"])
        return row.get(column, ABSENT), self.source(own)


def platform(name):
    """A platform of the catalog."""
    return Data(ROOT / "platforms" / f"{name}.toml")


def language(name):
    """A language of the catalog."""
    return Data(ROOT / "languages" / f"{name}.toml")


def settings(command):
    """Every setting that opslint resolves for a command, by name; values that it leaves open are
    not among them."""
    binary = os.environ.get("OPSLINT", ROOT / "target" / "debug" / "opslint")
    with tempfile.TemporaryDirectory() as folder:
        # A file named just Procfile is taken for one of Heroku, which sets variables.
        (pathlib.Path(folder) / "Procfile.drift").write_text(f"web: {command}\n")
        arguments = [binary, "resolve", folder, "--settings", "--format", "json", "--no-config"]
        output = subprocess.run(arguments, check=True, capture_output=True, env={}).stdout
    process = json.loads(output)["projects"][0]["deployments"][0]["processes"][0]
    known = {name: it["value"] for name, it in process["settings"].items() if "value" in it}
    if not known:
        raise SystemExit(f"opslint resolves no settings of `{command}`")
    return known
