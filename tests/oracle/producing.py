"""What the producers of tests/oracle/producers.py serve: requests that take as long as they are
told to, keep as many bytes as they are told to, and answer with the status that they are told."""

import asyncio
import os
import time
import urllib.parse

from celery import Celery

KEPT = []


def asked(query):
    """Seconds to take, bytes to keep, and the status."""
    values = dict(urllib.parse.parse_qsl(query))
    keep = int(values.get("keep", 0))
    if keep:
        KEPT.append(b"x" * keep)
    return int(values.get("ms", 0)) / 1000, int(values.get("status", 200))


def wsgi(environ, start_response):
    seconds, status = asked(environ["QUERY_STRING"])
    time.sleep(seconds)
    start_response(f"{status} Told", [("Content-Length", "3")])
    return [b"ok\n"]


async def asgi(scope, receive, send):
    assert scope["type"] == "http"
    seconds, status = asked(scope["query_string"].decode())
    await asyncio.sleep(seconds)
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"ok\n"})


# Messages go through files: no broker is needed.
celery = Celery("producing", broker="filesystem://")
celery.conf.broker_transport_options = {
    "data_folder_in": os.environ.get("PRODUCING_QUEUE", "."),
    "data_folder_out": os.environ.get("PRODUCING_QUEUE", "."),
}


@celery.task(name="sleep")
def sleep(ms, fails):
    time.sleep(ms / 1000)
    if fails:
        raise ValueError("told to fail")
