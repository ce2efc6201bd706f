"""Loads applications with Django, Flask and SQLAlchemy themselves and prints their settings.

Input: one JSON object a line, {"files", "env", "app"}; output: one JSON object a line, {"settings"}
or {"raised": "Class: text"}. A setting without a counterpart in JSON is left out.
"""

import importlib
import json
import os
import sys

# `-I` leaves the folder of this file out of the path, and what a case sees must not change.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from alone import alone
from forks import answer_each

sys.path.pop(0)

DJANGO = [
    "ALLOWED_HOSTS",
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DEBUG",
    "FILE_UPLOAD_MAX_MEMORY_SIZE",
    "MIDDLEWARE",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
]


def django_settings():
    """The settings of the project that was loaded, with Django's defaults."""
    from django.conf import settings
    from django.db import connections

    found = {name: getattr(settings, name) for name in DJANGO}
    database = connections.settings["default"]
    found["DATABASES.default.ENGINE"] = database["ENGINE"]
    found["DATABASES.default.CONN_MAX_AGE"] = database["CONN_MAX_AGE"]
    pool = database["OPTIONS"].get("pool")
    if isinstance(pool, dict) and pool:
        sizes = (pool.get("max_size"), pool.get("min_size"), 4)
        pool = next(it for it in sizes if it is not None)
    elif pool is True:
        pool = 4
    found["DATABASES.default.OPTIONS.pool"] = pool or None
    return found


def flask_settings(app):
    """The configuration of a Flask application, and the pool of its engine."""
    found = {"MAX_CONTENT_LENGTH": app.config["MAX_CONTENT_LENGTH"]}
    if app.config["DEBUG"] is not None:
        found["DEBUG"] = app.config["DEBUG"]
    extension = app.extensions.get("sqlalchemy")
    if extension is not None:
        with app.app_context():
            found["pool"] = pool_of(extension.engine)
    return found


def pool_of(engine):
    """The most connections of an engine."""
    return engine.pool.size() + engine.pool._max_overflow


def run(case):
    """Loads the application of a case in a folder of its own."""
    with alone(case["files"], case["env"]):
        module, _, name = case["app"].partition(":")
        try:
            module = importlib.import_module(module)
            if "django" in sys.modules and "DJANGO_SETTINGS_MODULE" in os.environ:
                return {"settings": django_settings()}
            app = getattr(module, name.removesuffix("()"))
            if name.endswith("()"):
                app = app()
            found = flask_settings(app) if hasattr(app, "config") else {}
            engine = getattr(module, "engine", None)
            if engine is not None:
                found["pool"] = pool_of(engine)
            return {"settings": found}
        except BaseException as error:  # SystemExit is an answer too
            return {"raised": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    answer_each(run, default=repr)
