"""The problem matcher of the VS Code task, read from standard input, on real output.

Usage: vscode.py FOLDER EDITED_FILE
"""

import json
import pathlib
import re
import subprocess
import sys

folder, edited = map(pathlib.Path, sys.argv[1:])
(folder / "fly.toml").write_text(edited.read_text())
task = json.load(sys.stdin)["tasks"][0]
pattern = task["problemMatcher"]["pattern"]
output = subprocess.run([task["command"], *task["args"]], cwd=folder, text=True,
                        stdout=subprocess.PIPE).stdout
lines = output.splitlines()
matches = [re.match(pattern["regexp"], line) for line in lines]
assert lines and all(matches), f"not every line matches:\n{output}"
found = {match[pattern["code"]]: match for match in matches}["memory-overcommit"]
assert found[pattern["severity"]] == "error", output
assert found[pattern["file"]] == "fly.toml" and found[pattern["line"]] == "3", output
assert found[pattern["message"]].startswith("9 workers need"), output
print("ok: the problem matcher of VS Code reads every line")
