"""Says which application `fastapi run` loads.

Input: one JSON object a line, {"files", "argv", "env"}; output: one JSON object a line, {"app"}: what
it hands to uvicorn, or {"raised": text}. Nothing is served.
"""

import os
import sys

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from alone import alone
from forks import answer_each

sys.path.pop(0)

import fastapi_cli.cli
import uvicorn
from typer.testing import CliRunner


def run(case):
    found = []
    uvicorn.run = lambda app, **_: found.append(app)
    with alone(case["files"], case["env"]):
        result = CliRunner().invoke(fastapi_cli.cli.app, case["argv"])
    return {"app": found[0]} if found else {"raised": result.output[-500:]}


if __name__ == "__main__":
    answer_each(run)
