"""Starts small servers of several languages, asks each some hundred times, and prints their memory.

servers.py NODE_MODULES [NAME…]: NODE_MODULES has express, fastify, koa, @hapi/hapi and @nestjs.
Each line has the name, the private pages (`RssAnon`) of the process that answers, in MB, after the
start and after the requests, and the version.
"""

import http.client
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent / "servers"
REQUESTS = 300


def own_mb(pid):
    """What a process has for itself, in megabytes."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", text)[1]) / 1024


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def ask(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200 and b"xxx" in body, (response.status, body[:300])


def until(port):
    """Waits for a server to listen."""
    for _ in range(400):
        with socket.socket() as it:
            if it.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("it does not listen")


def record(kind, request, content):
    padding = -len(content) % 8
    return struct.pack(">BBHHBx", 1, kind, request, len(content), padding) + content + b"\0" * padding


def ask_fastcgi(port, script):
    """One request as nginx sends it to PHP-FPM."""
    variables = {
        "SCRIPT_FILENAME": str(script), "REQUEST_METHOD": "GET", "REQUEST_URI": "/", "QUERY_STRING": "",
        "SCRIPT_NAME": "/index.php", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "GATEWAY_INTERFACE": "CGI/1.1",
    }
    pairs = b"".join(
        struct.pack(">II", len(name) | 1 << 31, len(value) | 1 << 31) + name.encode() + value.encode()
        for name, value in variables.items())
    with socket.create_connection(("127.0.0.1", port), timeout=30) as it:
        it.sendall(record(1, 1, struct.pack(">HB5x", 1, 0)) + record(4, 1, pairs) + record(4, 1, b"") + record(5, 1, b""))
        answer = b""
        while part := it.recv(65536):
            answer += part
    assert b"xxx" in answer, answer[:600]


def measured(command, ask, environment=None, child=False):
    """The memory of a server after its start and after the requests."""
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until(int(environment["PORT"]))
        ask()
        pid = process.pid
        if child:
            pid = int(subprocess.check_output(["ps", "--ppid", str(pid), "-o", "pid="], text=True).split()[0])
        before = own_mb(pid)
        for _ in range(REQUESTS):
            ask()
        return before, own_mb(pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def version(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).splitlines()[0].strip()


def servers(modules, work):
    """Name → (version, how it is measured)."""
    def http_server(*command, **variables):
        port = str(free_port())
        command = [port if it == "PORT" else it for it in command]
        return measured(command, lambda: ask(int(port)), {"PORT": port, **variables})

    def fpm(script):
        port = free_port()
        (work / "fpm.conf").write_text(
            f"[global]\nerror_log = /dev/null\n[www]\nuser = www-data\ngroup = www-data\nlisten = 127.0.0.1:{port}\n"
            f"pm = static\npm.max_children = 1\nenv[WORK] = {work}\n")
        command = ["php-fpm8.2", "--nodaemonize", "--allow-to-run-as-root", "-y", str(work / "fpm.conf")]
        path = HERE / script
        return measured(command, lambda: ask_fastcgi(port, path), {"PORT": str(port)}, child=True)

    found = {}
    for name in ["http", "express", "koa", "fastify", "hapi", "nest"]:
        found[f"node {name}"] = (
            ["node", "--version"],
            lambda name=name: http_server("node", str(HERE / "node.js"), name, "PORT", NODE_PATH=modules, NODE_ENV="production"))
    for name in ["plain", "symfony", "laravel"]:
        found[f"php-fpm {name}"] = (["php-fpm8.2", "--version"], lambda name=name: fpm(f"{name}.php"))

    def java(*options):
        subprocess.run(["javac", "-d", str(work), str(HERE / "Server.java")], check=True)
        return http_server("java", *options, "-cp", str(work), "Server", "PORT")

    def go():
        subprocess.run(["go", "build", "-o", str(work / "server"), str(HERE / "server.go")], check=True)
        return http_server(str(work / "server"), "PORT")

    found["java default"] = (["java", "-version"], java)
    found["java -Xmx64m"] = (["java", "-version"], lambda: java("-Xmx64m"))
    found["java 512m"] = (["java", "-version"], lambda: java("-XX:MaxRAM=512m"))
    found["go"] = (["go", "version"], go)
    return found


def main():
    modules, *wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="servers-") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o777)
        for name, (asked, measure) in servers(modules, work).items():
            if wanted and name not in wanted:
                continue
            try:
                before, after = measure()
            except (AssertionError, OSError, RuntimeError, subprocess.SubprocessError) as error:
                print(f"{name}: not measured: {error}", flush=True)
                continue
            print(f"{name}: {before:.0f} MB, {after:.0f} MB, {version(*asked)}", flush=True)


if __name__ == "__main__":
    main()
