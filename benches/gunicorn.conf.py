"""Settings of the web process."""
import multiprocessing
import os


def env_int(name, default):
    """An integer from the environment."""
    return int(os.environ.get(name, default))


def env_bool(name, default=False):
    """A flag from the environment."""
    value = os.environ.get(name)
    if value is None:
        return default
    return value.strip().lower() in ("1", "true", "yes")


# Server socket
host = os.getenv("HOST", "0.0.0.0")
port = os.getenv("PORT", "8000")
bind = f"{host}:{port}"
backlog = 2048

# Workers
cores = multiprocessing.cpu_count()
workers = env_int("WEB_CONCURRENCY", cores * 2 + 1)
max_workers = os.getenv("MAX_WORKERS")
if max_workers:
    workers = min(workers, int(max_workers))
worker_class = "gthread"
threads = env_int("PYTHON_MAX_THREADS", 4)
worker_connections = 1000
max_requests = 1000
max_requests_jitter = max_requests // 20
timeout = env_int("WEB_TIMEOUT", 30)
graceful_timeout = timeout - 5
keepalive = 5
preload_app = not env_bool("RELOAD")
reload = env_bool("RELOAD")

# Logging
accesslog = "-"
errorlog = "-"
loglevel = os.getenv("LOG_LEVEL", "info").lower()
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": loglevel.upper()}},
}

proc_name = "shop"
worker_tmp_dir = "/dev/shm"


def post_fork(server, worker):
    """Says which worker was started."""
    server.log.info("worker spawned (pid: %s)", worker.pid)
