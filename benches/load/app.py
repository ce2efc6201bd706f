"""A handler that sleeps or burns CPU, for WSGI and ASGI servers; seconds stand in the environment."""

import asyncio
import os
import time

SLEEP_S = float(os.environ.get("SLEEP_S", "0"))
BURN_S = float(os.environ.get("BURN_S", "0"))
BODY = b"done\n"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def burn():
    """Uses CPU time, not time: what others use of the machine does not count."""
    until = time.thread_time() + BURN_S
    while time.thread_time() < until:
        pass


def wsgi(environ, start_response):
    burn()
    if SLEEP_S:
        time.sleep(SLEEP_S)
    start_response("200 OK", HEADERS)
    return [BODY]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    burn()
    if SLEEP_S:
        await asyncio.sleep(SLEEP_S)
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})
