"""Answers the cases of a test, each in a process of its own."""

import json
import os
import sys


def answer_each(run, default=None):
    """Prints what `run` makes of each line of the input, one JSON object a line.

    `default` writes what JSON has no form for, as that of `json.dumps` does.
    """
    for line in sys.stdin:
        case = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            result = run(case)
            with os.fdopen(writer, "w", encoding="utf-8") as pipe:
                pipe.write(json.dumps(result, default=default))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        print(answer or '{"raised": "died"}', flush=True)
