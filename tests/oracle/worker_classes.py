"""Asks gunicorn and uvicorn-worker what a worker class of a project runs with.

Input: one JSON object a line, {"files", "argv"}; output: one JSON object a line, {"kind", "keepalive",
"max_requests"} of a worker, or {"raised": "Class: text"}.
"""

import os
import sys

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from alone import alone
from forks import answer_each

sys.path.pop(0)


def worker(argv):
    # Loaded here: gunicorn looks up the folder that it starts in while it is imported.
    from gunicorn.app.wsgiapp import WSGIApplication
    from gunicorn.workers.gthread import ThreadWorker
    from gunicorn.workers.sync import SyncWorker
    from uvicorn_worker import UvicornWorker

    sys.argv = ["gunicorn", *argv]
    cfg = WSGIApplication().cfg
    made = cfg.worker_class
    if issubclass(made, UvicornWorker):
        log = cfg.logger_class(cfg)
        config = made(1, 1, [], None, cfg.timeout, cfg, log).config
        return {
            "kind": "asgi",
            "keepalive": config.timeout_keep_alive,
            # gunicorn takes the largest number for none.
            "max_requests": config.limit_max_requests % sys.maxsize,
        }
    kinds = {ThreadWorker: "gthread", SyncWorker: "sync"}
    kind = next(kinds[it] for it in made.__mro__ if it in kinds)
    return {"kind": kind, "keepalive": cfg.keepalive, "max_requests": cfg.max_requests}


def run(case):
    with alone(case["files"]):
        try:
            return worker(case["argv"])
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    answer_each(run)
