"""Runs scripts that start a server, and says where it would listen.

Input: one JSON object a line, {"files", "argv", "env"}; output: one JSON object a line,
{"host", "port"} of the first address that the script binds, {"ends": true} when it binds none, or
{"raised": "Class: text"}. Nothing is bound: the process ends at that point.
"""

import json
import os
import runpy
import signal
import socket
import sys
import tempfile

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forks import answer_each

sys.path.pop(0)


# A script that waits for something is given up after so many seconds.
PATIENCE_S = 30


def stop_at_bind(answer):
    def bind(self, address):
        # A server may ask for a free port of its own first, to wake its loop.
        if isinstance(address, tuple) and address[:2] not in (("127.0.0.1", 0), ("localhost", 0)):
            answer({"host": address[0], "port": address[1]})

    socket.socket.bind = bind


def run(case):
    os.environ.clear()
    os.environ.update(case["env"])
    sys.dont_write_bytecode = True
    # The answer goes out from wherever the script is: in a thread, or below a handler of its own.
    answers = os.fdopen(os.dup(writer()), "w", encoding="utf-8")
    sys.stdout = sys.stderr = open(os.devnull, "w")

    def answer(found):
        answers.write(json.dumps(found))
        answers.flush()
        os._exit(0)

    stop_at_bind(answer)
    signal.alarm(PATIENCE_S)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in case["files"].items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        sys.argv = case["argv"]
        sys.path.insert(0, folder)
        try:
            runpy.run_path(case["argv"][0], run_name="__main__")
        except BaseException as error:  # SystemExit is an answer too
            answer({"raised": f"{type(error).__name__}: {error}"})
        answer({"ends": True})


def writer():
    """The pipe of the process that answers a case: the last descriptor that was opened."""
    return max(int(it) for it in os.listdir("/proc/self/fd") if is_pipe(it))


def is_pipe(descriptor):
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe:") and int(descriptor) > 2
    except OSError:
        return False


if __name__ == "__main__":
    answer_each(run)
