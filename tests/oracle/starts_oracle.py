"""Runs scripts that start a server, and says where it would listen.

Input: one JSON object a line, {"files", "argv", "env"}; output: one JSON object a line,
{"host", "port"} of the first address that the script binds, {"ends": true} when it binds none, or
{"raised": "Class: text"}. Nothing is bound: the process ends at that point.
"""

import os
import runpy
import signal
import socket
import sys

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from alone import alone
from forks import answer_each, answer_now

sys.path.pop(0)


# A script that waits for something is given up after so many seconds.
PATIENCE_S = 60


def bind(self, address):
    # A server may ask for a free port of its own first, to wake its loop.
    if isinstance(address, tuple) and address[:2] not in (("127.0.0.1", 0), ("localhost", 0)):
        answer_now({"host": address[0], "port": address[1]})


def run(case):
    socket.socket.bind = bind
    signal.alarm(PATIENCE_S)
    with alone(case["files"], case["env"]):
        sys.argv = case["argv"]
        try:
            runpy.run_path(case["argv"][0], run_name="__main__")
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": f"{type(error).__name__}: {error}"}
        return {"ends": True}


if __name__ == "__main__":
    answer_each(run)
