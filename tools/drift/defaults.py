"""The defaults of the programs themselves, as JSON. Runs where they are installed."""

import json
import sys


def gunicorn():
    from gunicorn.config import Config

    return {name: setting.get() for name, setting in Config().settings.items()}


def uvicorn():
    from uvicorn.main import main

    return {it.name: default(it) for it in main.params}


def hypercorn():
    from hypercorn.config import Config

    config = Config()
    names = [name for name in dir(config) if not name.startswith("_")]
    # A setting that can only be set has no default to read.
    return {name: getattr(config, name, None) for name in names if name != "cert_reqs"}


def celery():
    from celery.app.defaults import NAMESPACES
    from celery.bin.worker import worker

    # A flag without a default of its own leaves the word to the setting of the same name.
    options = {it.name: default(it) for it in worker.params}
    settings = {name: option.default for name, option in NAMESPACES["worker"].items()}
    return {**options, **settings}


def default(option):
    """The default of an option of click, which has a word of its own for none."""
    return None if getattr(option.default, "name", "") == "UNSET" else option.default


def plain(value):
    """Whether a value is the same in JSON; functions and other objects are not."""
    try:
        return json.loads(json.dumps(value)) == value
    except (TypeError, ValueError):
        return False


if __name__ == "__main__":
    found = {"gunicorn": gunicorn, "uvicorn": uvicorn, "hypercorn": hypercorn, "celery": celery}
    values = found[sys.argv[1]]()
    json.dump({name: value for name, value in values.items() if plain(value)}, sys.stdout)
