"""Asks programs that work on jobs how they would run with what code says.

Input: one JSON object a line, {"settings": text, "program": name, "argv": [word]}; output: one JSON
object a line, the settings by name, or {"raised": "Class: text"}. The text is that of the Django
settings for huey and django-q, and of the module of jobs for the others.
"""

import datetime
import inspect
import os
import sys
import tempfile

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forks import answer_each

sys.path.pop(0)

# Loaded once: each case runs in a fork of this process.
import django
import huey
from huey.consumer_options import OptionParserHandler


def of_huey(argv):
    """What the consumer of `manage.py run_huey` is made with."""
    from huey.contrib.djhuey import HUEY
    from huey.contrib.djhuey.management.commands.run_huey import Command

    found = {}

    class Consumer:
        def run(self):
            pass

    def create_consumer(**options):
        found.update(options)
        return Consumer()

    HUEY.create_consumer = create_consumer
    command = Command()
    parser = command.create_parser("manage.py", "run_huey")
    options = vars(parser.parse_args(argv))
    command.handle(**options)
    names = ("workers", "worker_type", "max_tasks", "shutdown_timeout", "graceful_signal")
    return {name: found.get(name) for name in names}


def of_django_q(argv):
    from django_q.conf import Conf

    assert not argv
    return {
        "workers": Conf.WORKERS,
        "timeout": Conf.TIMEOUT,
        "recycle": Conf.RECYCLE,
        "retry": Conf.RETRY,
        "max_rss": Conf.MAX_RSS,
        "cpus": os.cpu_count(),
    }


def of_arq(argv):
    """What `arq` makes a worker with; the defaults are those of the worker."""
    from arq.utils import import_string
    from arq.worker import Worker, get_kwargs

    given = get_kwargs(import_string(argv[0]))
    names = ("max_jobs", "job_timeout", "job_completion_wait", "keep_result", "max_tries")
    default = inspect.signature(Worker).parameters
    found = {name: given.get(name, default[name].default) for name in names}
    for name in ("job_timeout", "keep_result"):
        if isinstance(found[name], datetime.timedelta):
            found[name] = found[name].total_seconds()
    return found


def of_dramatiq(argv):
    """The broker that the module makes, and the limit of the tasks."""
    from dramatiq.cli import import_broker
    from dramatiq.middleware import TimeLimit

    _, broker = import_broker(argv[0])
    kinds = {"RedisBroker": "redis", "RabbitmqBroker": "amqp"}
    limits = [it.time_limit for it in broker.middleware if isinstance(it, TimeLimit)]
    return {"broker": kinds[type(broker).__name__], "time_limit": limits[0] if limits else None}


def of_rq(argv):
    from rq.cli.helpers import read_config_file

    return {"broker_url": read_config_file(argv[-1]).get("REDIS_URL")}


OTHERS = {"arq": of_arq, "dramatiq": of_dramatiq, "rq": of_rq}


def run(case):
    os.environ.clear()
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"
    sys.stdout = sys.stderr = open(os.devnull, "w")
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        name = "shop_jobs.py" if case["program"] in OTHERS else "shop_settings.py"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(case["settings"])
        try:
            if case["program"] in OTHERS:
                return OTHERS[case["program"]](case["argv"])
            django.setup()
            ask = of_huey if case["program"] == "huey" else of_django_q
            return ask(case["argv"])
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    assert huey and OptionParserHandler
    answer_each(run, default=repr)
