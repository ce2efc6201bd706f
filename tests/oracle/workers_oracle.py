"""Asks huey and django-q how they would run with some Django settings.

Input: one JSON object a line, {"settings": text, "program": "huey" | "django-q", "argv": [word]};
output: one JSON object a line, the settings by name, or {"raised": "Class: text"}.
"""

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


def run(case):
    os.environ.clear()
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"
    sys.stdout = sys.stderr = open(os.devnull, "w")
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        with open(os.path.join(folder, "shop_settings.py"), "w", encoding="utf-8") as file:
            file.write(case["settings"])
        try:
            django.setup()
            ask = of_huey if case["program"] == "huey" else of_django_q
            return ask(case["argv"])
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    assert huey and OptionParserHandler
    answer_each(run, default=repr)
