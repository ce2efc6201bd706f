"""Loads celery applications with celery itself and prints their settings.

Input: one JSON object a line, {"files", "env", "app", "keys"}; output: one JSON object a line,
{"settings", "defaults"} or {"raised": "Class: text"}.
"""

import json
import os
import sys

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from alone import alone
from forks import answer_each

sys.path.pop(0)

# Loaded once: each case runs in a fork of this process.
import celery
import django.conf
from celery.app.defaults import NAMESPACES, flatten
from celery.app.utils import find_app

DEFAULTS = {key: option.default for key, option in flatten(NAMESPACES)}


def part(settings, key):
    """A setting, or a key of one that is a table: `broker_transport_options.visibility_timeout`."""
    name, _, inner = key.partition(".")
    value = settings.get(name)
    return (value or {}).get(inner) if inner else value


def run(case):
    """Loads the application of a case in a folder of its own."""
    with alone(case["files"], case["env"]):
        try:
            app = find_app(case["app"])
            # `broker_url` is a property, which reads the environment first.
            conf = app.conf
            found = {key: part(conf, key) for key in case["keys"]}
            found |= {key: getattr(conf, key) for key in case["keys"] if "url" in key}
            return {
                "settings": found,
                "defaults": {key: part(DEFAULTS, key) for key in case["keys"]},
            }
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    assert celery.VERSION and django.conf
    answer_each(run, default=repr)
