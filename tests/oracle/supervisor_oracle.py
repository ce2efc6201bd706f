"""Reads configurations with Supervisor itself and prints what it says of each.

Input: one JSON object a line, {"text"}; output: one JSON object a line, {"refused"}: what it says, or
null where it takes the text.
"""

import json
import os
import sys
import tempfile

from supervisor.options import ServerOptions


class Refused(Exception):
    """What Supervisor prints before it ends with status 2."""


def usage(message):
    raise Refused(message)


def run(text, folder):
    path = os.path.join(folder, "supervisord.conf")
    with open(path, "w") as file:
        file.write(text)
    options = ServerOptions()
    options.usage = usage
    try:
        options.realize(["-c", path], doc="")
    except Refused as refused:
        return {"refused": str(refused)}
    return {"refused": None}


with tempfile.TemporaryDirectory() as folder:
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line)["text"], folder)), flush=True)
