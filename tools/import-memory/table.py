"""Makes memory/python.toml of the rows that measure.py wrote: table.py ROWS."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent

# Rows that add less than this say nothing.
LEAST_MB = 1

HEAD = '''# What packages of Python take of the memory of a process that imports them.
# README.md in this folder explains the format; `tools/import-memory` writes this file.
id = "python"
interpreter_mb = {interpreter}

[source]
url = "https://pypi.org"
checked = "{day}"
note = "Measured with Python {python} on Linux x86-64: growth of RssAnon while the modules are imported, after the standard library that servers are made of; the newest version of each package on that day; torch is that of Debian 12."
'''


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def modules(imports):
    """The modules by which code imports a package: the first word, in a namespace the first three."""
    found = []
    for dotted in imports:
        words = dotted.split(".")
        shared = words[0] in ("google", "azure", "opentelemetry")
        found.append(".".join(words[: 3 if words[1:2] == ["cloud"] else 2]) if shared else words[0])
    return sorted(set(found))


def own(rows):
    """The memory of each row without that of the rows that it loads."""
    names = set(rows)
    loads = {name: {normal(it) for it in row["loads"]} & names - {name} for name, row in rows.items()}
    total = {name: (row["after"][0] - row["before"][0]) / 1024 for name, row in rows.items()}
    result = {}
    for name in sorted(rows, key=lambda it: (len(loads[it]), total[it])):
        result[name] = max(0, total[name] - sum(result.get(it, 0) for it in loads[name]))
    return result, loads


def main():
    lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
    rows = {normal(it["name"]): it for it in map(json.loads, lines)}
    memory, loads = own(rows)
    kept = {name for name, mb in memory.items() if round(mb) >= LEAST_MB or loads[name]}
    python = sorted({it["python"] for it in rows.values()}, key=lambda it: [*map(int, it.split("."))])[-1]
    before = sorted(it["before"][0] / 1024 for it in rows.values())
    interpreter = round(before[len(before) // 2])
    text = HEAD.format(day=sys.argv[2], python=python, interpreter=interpreter)
    for name in sorted(kept):
        text += f'\n[[packages]]\nname = "{name}"\nversion = "{rows[name]["version"]}"\n'
        quoted = ", ".join(f'"{it}"' for it in modules(rows[name]["imports"]))
        text += f"modules = [{quoted}]\nmemory_mb = {round(memory[name])}\n"
        loaded = ", ".join(f'"{it}"' for it in sorted(loads[name] & kept))
        if loaded:
            text += f"loads = [{loaded}]\n"
    (ROOT / "memory" / "python.toml").write_text(text)


if __name__ == "__main__":
    main()
