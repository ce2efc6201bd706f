"""Logs and tables of real programs, and what is true of them.

Usage: producers.py FOLDER NGINX SMEM

Runs gunicorn, uvicorn, nginx and Celery under load on loopback, and a gunicorn whose worker keeps
as many bytes of each request as it is told. Writes into FOLDER a project, what the programs log, and
`truth.json`: for each log what an independent reader finds in it, and for memory what the kernel
says. Tables of memory have times of their own, a minute between two of them: nobody waits an hour.
"""

import concurrent.futures
import datetime
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(sys.executable).parent

REQUESTS = 240
SAMPLES = 40
KEPT_PER_SAMPLE = 256 * 1024

# gunicorn.conf.py of the project, which the real gunicorn and opslint read.
GUNICORN = """access_log_format = '%(h)s "%(r)s" %({host}i)s %(t)s status=%(s)s took %(D)s "%(a)s"'
bind = "0.0.0.0:8000"
"""

NGINX = """pid nginx.pid;
events {{ }}
http {{
  log_format timed '$remote_addr - $remote_user [$time_iso8601] "$request" $status '
                   '$request_time $upstream_connect_time "$http_user_agent"';
  access_log nginx.log timed;
  client_body_temp_path temporary;
  proxy_temp_path temporary;
  fastcgi_temp_path temporary;
  uwsgi_temp_path temporary;
  scgi_temp_path temporary;
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
  }}
}}
"""


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Server:
    """A program that listens, until the block ends."""

    def __init__(self, folder, command, port, output="output.log"):
        self.folder, self.command, self.port, self.output = folder, command, port, output

    def __enter__(self):
        # gunicorn has a socket in the home of its user.
        environment = {**os.environ, "PYTHONPATH": str(HERE), "HOME": str(self.folder)}
        with open(self.folder / self.output, "wb") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=environment, stdout=output, stderr=output
            )
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as it:
                if it.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        self.process.kill()
        sys.exit(f"{self.command[0]} does not listen: {(self.folder / self.output).read_text()}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


def request(port, ms=0, status=200, keep=0):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    path = f"/canary-path?ms={ms}&status={status}&keep={keep}&q=4711"
    headers = {"Host": "canary.example", "User-Agent": "canary-agent"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == status, answer.status


def load(port):
    """Requests of many lengths; one in twelve fails."""
    pick = random.Random(7)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for number in range(REQUESTS):
            status = 503 if number % 12 == 0 else 404 if number % 12 == 1 else 200
            ms = int(1 + 12 * pick.paretovariate(2.5))
            pool.submit(request, port, min(ms, 150), status).add_done_callback(lambda it: it.result())


def exact(values, quantile):
    """The values of the two ranks that a quantile lies between."""
    values = sorted(values)
    rank = quantile * (len(values) - 1)
    return [values[int(rank)], values[min(int(rank) + 1, len(values) - 1)]]


def truth(text, line, seconds=None, minute=None):
    """What a log tells, read by an expression of the test's own."""
    rows = [it.groupdict() for it in map(re.compile(line).search, text.splitlines()) if it]
    found = {
        "count": len(rows),
        "errors": sum(it["status"].startswith("5") for it in rows),
    }
    if minute:
        minutes = [it["minute"] for it in rows]
        found["peak"] = max(minutes.count(it) for it in set(minutes))
    if seconds:
        times = [float(it["time"]) * seconds for it in rows]
        found["quantiles"] = {it: exact(times, float(it)) for it in ["0.5", "0.95", "0.99"]}
        found["mean"] = sum(times) / len(times)
    return found


def gunicorn(port, *more):
    command = [BIN / "gunicorn", "producing:wsgi", "--bind", f"127.0.0.1:{port}"]
    return [*map(str, command), *more]


def access_logs(folder, nginx):
    found = {}
    common = r'\[(?P<minute>[^]]+):\d\d \+0000\] "GET .* HTTP/1\.[01]" (?P<status>\d{3}) '
    port = free_port()
    with Server(folder, gunicorn(port, "--access-logfile", "default.log", "--threads", "4"), port):
        load(port)
    found["default.log"] = truth((folder / "default.log").read_text(), common, minute=True)

    # Read from the folder by every gunicorn that starts from here on.
    (folder / "gunicorn.conf.py").write_text(GUNICORN)
    port, front = free_port(), free_port()
    command = gunicorn(port, "--access-logfile", "custom.log", "--threads", "4")
    (folder / "nginx.conf").write_text(NGINX.format(port=front, upstream=port))
    (folder / "temporary").mkdir()
    serve = [nginx, "-e", "error.log", "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off;"]
    with Server(folder, command, port), Server(folder, serve, front, "nginx-output.log"):
        load(front)
    line = r"\[(?P<minute>[^]]+):\d\d \+0000\] status=(?P<status>\d+) took (?P<time>\d+) "
    found["custom.log"] = truth((folder / "custom.log").read_text(), line, 1e-6, minute=True)
    line = r'\[(?P<minute>[^]]+):\d\d\+00:00\] ".*" (?P<status>\d+) (?P<time>[\d.]+) '
    found["nginx.log"] = truth((folder / "nginx.log").read_text(), line, 1.0, minute=True)

    for name, flag in [("uvicorn.log", "--no-use-colors"), ("colours.log", "--use-colors")]:
        port = free_port()
        command = [str(BIN / "uvicorn"), "producing:asgi", "--port", str(port), flag]
        with Server(folder, command, port, name):
            load(port)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", (folder / name).read_text())
        found[name] = truth(plain, r'" (?P<status>\d{3}) ')
    return found


def resident(pid):
    """Bytes that are resident, as the kernel says."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Rss:\s+(\d+) kB", text, re.MULTILINE).group(1)) * 1024


def docker_size(size):
    """As units.BytesSize of docker/go-units prints it: four digits and a binary unit."""
    for unit in ["B", "KiB", "MiB", "GiB"]:
        if size < 1024 or unit == "GiB":
            return f"{size:.4g}{unit}"
        size /= 1024


class Memory:
    """Tables and lines about the memory of a server, a minute between two of them."""

    def __init__(self, folder, name, smem):
        self.folder, self.name, self.smem = folder, name, smem
        self.now = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
        self.worker, self.all, self.shown_by_smem, self.resident = [], [], [], []

    def add(self, log, text):
        with open(self.folder / f"{self.name}-{log}.log", "a") as file:
            file.write(text)

    def sample(self, master, worker):
        self.now += datetime.timedelta(minutes=1)
        at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        # Beside the server there are others, as in any table of processes.
        pids = ",".join(str(it) for it in [1, os.getpid(), master, worker])
        for name, columns in [("ps", "pid,ppid,rss,args"), ("pss", "pid,ppid,pss,args")]:
            table = subprocess.check_output(["ps", "-o", columns, "-p", pids], text=True)
            self.add(name, f"{at}\n{table}")
        # What shared pages count for changes with each program that starts, so that what is compared
        # with is what the table has: this is that of `pss`.
        sizes = {int(it.split()[0]): int(it.split()[2]) * 1024 for it in table.splitlines()[1:]}
        self.worker.append(sizes[worker])
        self.all.append(sizes[master] + sizes[worker])
        table = subprocess.check_output([sys.executable, self.smem, "-P", "gunicorn"], text=True)
        rows = table.splitlines(keepends=True)
        ours = [it for it in rows[1:] if it.split()[0] == str(worker)]
        self.add("smem", f"{at}\n{rows[0]}{''.join(ours)}")
        self.shown_by_smem.append(int(ours[0].split()[-2]) * 1024)
        total = resident(master) + resident(worker)
        self.resident.append(total)
        stats = {"MemUsage": f"{docker_size(total)} / 512MiB", "Name": "shop-web-1", "PIDs": "2"}
        self.add("docker", f"{at} {json.dumps(stats)}\n")
        megabytes = f"{total / 2**20:.2f}MB"
        self.add(
            "heroku",
            f"{at} heroku[web.1]: source=web.1 dyno=heroku.1.2 sample#memory_total={megabytes} "
            f"sample#memory_rss={megabytes} sample#memory_quota=512.00MB\n",
        )


def about(megabytes):
    """Quantiles of sizes, a minute between two of them, and the slope without the first third."""
    settled = list(enumerate(megabytes))[len(megabytes) // 3 :]
    mean_at = sum(at for at, _ in settled) / len(settled)
    mean = sum(size for _, size in settled) / len(settled)
    slope = sum((at - mean_at) * (size - mean) for at, size in settled)
    slope /= sum((at - mean_at) ** 2 for at, _ in settled)
    quantiles = {"0.5": exact(megabytes, 0.5), "0.95": exact(megabytes, 0.95)}
    return {"mb_per_hour": slope * 60, **quantiles}


def memory(folder, smem):
    """A worker that keeps what it is told, and one that keeps nothing."""
    found = {}
    for name, keep in [("leaking", KEPT_PER_SAMPLE), ("steady", 0)]:
        port = free_port()
        with Server(folder, gunicorn(port, "--workers", "1"), port) as server:
            master = server.process.pid
            children = pathlib.Path(f"/proc/{master}/task/{master}/children")
            until = time.monotonic() + 60
            while not children.read_text().split() and time.monotonic() < until:
                time.sleep(0.02)
            worker = int(children.read_text().split()[0])
            for _ in range(20):
                request(port)
            kept = Memory(folder, name, smem)
            for _ in range(SAMPLES):
                request(port, keep=keep)
                kept.sample(master, worker)
        leak = keep / 2**20 * 60
        series = {"worker": kept.worker, "all": kept.all, "resident": kept.resident}
        series["smem"] = kept.shown_by_smem
        found[name] = {who: about([size / 2**20 for size in it]) for who, it in series.items()}
        # What is resident grows by what is kept. Of shared pages a process has a smaller part with
        # each other one that starts, on this machine as on any.
        found[name]["resident"]["mb_per_hour"] = leak
        found[name]["leak"] = leak
    return found


def jobs(folder):
    """The log of a worker of Celery: twenty jobs, a quarter of which fails."""
    queue = folder / "queue"
    queue.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(HERE), "PRODUCING_QUEUE": str(queue)}
    send = "import producing\nfor it in range(20): producing.sleep.delay(5 * it, it % 4 == 0)"
    subprocess.run([sys.executable, "-c", send], env=environment, cwd=folder, check=True)
    command = [BIN / "celery", "-A", "producing.celery", "worker", "-l", "info", "-c", "1"]
    log = folder / "celery.log"
    with open(log, "wb") as output:
        worker = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=output
        )
        until = time.monotonic() + 90
        ended = re.compile(r"succeeded in|raised unexpected")
        while len(ended.findall(log.read_text())) < 20 and time.monotonic() < until:
            time.sleep(0.05)
        worker.terminate()
        worker.wait(60)
    text = log.read_text()
    times = [float(it) for it in re.findall(r"succeeded in ([\d.e-]+)s: ", text)]
    return {
        "count": len(ended.findall(text)),
        "errors": len(re.findall("raised unexpected", text)),
        "quantiles": {it: exact(times, float(it)) for it in ["0.5", "0.95"]},
    }


def main():
    folder, nginx, smem = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    (folder / "Procfile").write_text(
        "web: gunicorn -c gunicorn.conf.py producing:wsgi\nworker: celery -A producing worker\n"
    )
    found = {"logs": access_logs(folder, nginx), "jobs": jobs(folder), "memory": memory(folder, smem)}
    shutil.rmtree(folder / "queue")
    (folder / "truth.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
