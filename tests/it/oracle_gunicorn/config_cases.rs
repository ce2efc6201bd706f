//! Cases whose point is the configuration file.

use opslint::programs::gunicorn::table::{Check, SETTINGS};

use super::cases::Case;

/// Every such case.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = literals();
    cases.extend(programs());
    cases.extend(places());
    cases.extend(variables());
    cases
}

/// Settings that a loop over the environment makes of variables, whose values are text.
fn variables() -> Vec<Case> {
    let mut cases = Vec::new();
    for (idx, text) in LOOPS.iter().enumerate() {
        let text = format!("import os\nthreads = 2\n{text}");
        let case = || Case::new(&["app:app"]).file("gunicorn.conf.py", &text);
        cases.push(case());
        cases.push(case().env("GUNICORN_WORKERS", "4").env("GUNICORN_THREADS", "8"));
        cases.push(case().env("GUNICORN_PRELOAD_APP", "true").env("gunicorn_workers", "4"));
        cases.push(case().env("GUNICORN_", "4").env("XGUNICORN_WORKERS", "9"));
        // The first loop shows what becomes of each setting.
        for setting in SETTINGS.iter().filter(|_| idx == 0) {
            let name = format!("GUNICORN_{}", setting.name.to_uppercase());
            for value in ["4", "true", "", "a", " 3 ", "-1", "0", "a:1,b:2", "{}"] {
                cases.push(case().env(&name, value));
            }
        }
    }
    cases
}

const LOOPS: &[&str] = &[
    "for k, v in os.environ.items():\n    if k.startswith(\"GUNICORN_\"):\n        key = k.split('_', 1)[1].lower()\n        locals()[key] = v\n",
    "for k, v in os.environ.items():\n    if k.startswith('GUNICORN_'):\n        globals()[k[9:].lower()] = v\n",
    "PREFIX = 'GUNICORN_'\nfor k, v in list(os.environ.items()):\n    if not k.startswith(PREFIX):\n        continue\n    name = k[len(PREFIX):].lower()\n    vars()[name] = v\n",
    "for k in os.environ:\n    if k.startswith('GUNICORN_') and k != 'GUNICORN_CMD_ARGS':\n        locals()[k[9:].lower()] = os.environ[k]\n",
    "for k in sorted(os.environ.keys()):\n    if k.startswith('GUNICORN_'):\n        locals()[k.replace('GUNICORN_', '').lower()] = os.environ.get(k)\n",
    "from os import environ\nfor key, value in environ.items():\n    if key.startswith('GUNICORN_'):\n        v = int(value) if value.isdigit() else value\n        globals()[key.split('_', 1)[1].lower()] = v\n",
    "for k, v in os.environ.items():\n    if k.startswith('GUNICORN_WORKERS'):\n        workers = int(v) + 1\n        break\n",
];

/// Python literals for every setting, and objects of Python's library for those that are no hooks.
fn literals() -> Vec<Case> {
    let mut cases = Vec::new();
    let case = |text: &str| Case::new(&["app:app"]).file("gunicorn.conf.py", text);
    for setting in SETTINGS {
        let name = setting.name;
        for value in LITERALS.iter().chain(special(setting.check)) {
            cases.push(case(&format!("{name} = {value}\n")));
        }
        // How many parameters a function of the library has is not known to us, nor what is in an
        // object that has elements, nor which number a constant is.
        let open = matches!(
            setting.check,
            Check::Hook(_)
                | Check::PostRequest
                | Check::Class
                | Check::TextList
                | Check::FileList
                | Check::CountIn(..)
        );
        let objects = LIBRARY.iter().filter(|_| !open);
        cases.extend(objects.map(|it| case(&format!("import {}\n{name} = {}\n", it.0, it.1))));
    }
    cases
}

/// A module and an object of it.
const LIBRARY: &[(&str, &str)] = &[
    ("os as system", "system.getcwd"),
    ("os as system", "system"),
    ("configparser", "configparser.ConfigParser()"),
    ("pathlib", "pathlib.Path('x')"),
    ("signal", "signal.SIGTERM"),
    ("builtins", "int"),
];

const LITERALS: &[&str] = &[
    "None",
    "True",
    "0",
    "4",
    "-1",
    "2.5",
    "\"\"",
    "\"4\"",
    "\"0x10\"",
    "\"true\"",
    "\" x \"",
    "[]",
    "[\"a\", \"b\"]",
    "(\"a\",)",
    "[1]",
    "{}",
    "{\"a\": \"b\"}",
    "lambda a: a",
    "lambda a, b: a",
];

fn special(check: Check) -> &'static [&'static str] {
    match check {
        Check::AddressList => &["\"*\"", "[\"*\"]", "\"10.0.0.0/8, ::1\"", "\"10.0.0.1/8\""],
        Check::PostRequest => &["lambda a, b, c: a", "lambda a, b, c, d: a"],
        Check::Hook(_) => &["lambda *a: a", "lambda a, b=1: a", "lambda a, *, b=1: a"],
        Check::StatsdAddress => &["\"a:1\"", "\"unix:12\"", "\"a:b\""],
        Check::Protocols => &["\"h2,h1\"", "[\"h1\"]", "\"h3\""],
        Check::ReloadEngine => &["\"poll\"", "\"Poll\""],
        Check::Choice(_) => &["\"auto\"", "\"off\"", "\"ON\"", "False"],
        Check::CountIn(..) => &["1", "16384", "65535", "2147483648"],
        Check::User | Check::Group => &["\"root\"", "\"www-data\"", "\"33\""],
        _ => &[],
    }
}

/// Files as people write them.
fn programs() -> Vec<Case> {
    let mut cases = Vec::new();
    for text in PROGRAMS {
        for (idx, cpus) in [1, 2, 64].into_iter().enumerate() {
            let mut case = Case::new(&["app:app"]).file("gunicorn.conf.py", text).cpus(cpus);
            if idx > 0 {
                case = case.env("PORT", "5000").env("WEB_CONCURRENCY", "3");
            }
            if idx > 1 {
                case = case.env("LOG_LEVEL", "DEBUG").env("DEBUG", "true").env("MAX_WORKERS", "12");
            }
            cases.push(case);
        }
    }
    cases
}

const PROGRAMS: &[&str] = &[
    "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n",
    "from multiprocessing import cpu_count\nworkers = min(cpu_count() * 2 + 1, 8)\n",
    "import os\nworkers = int(os.environ.get('WEB_CONCURRENCY', 2))\nbind = '0.0.0.0:%s' % os.environ.get('PORT', 8000)\n",
    "import os\nbind = '{}:{}'.format(os.getenv('HOST', '0.0.0.0'), os.getenv('PORT', '80'))\n",
    "import os\nbind = f\"[::]:{os.environ['PORT']}\"\n",
    "import os\nport = os.getenv('PORT')\nif port:\n    bind = f'0.0.0.0:{port}'\nelse:\n    bind = '127.0.0.1:9000'\n",
    "import multiprocessing as mp\n\ndef count():\n    return max(mp.cpu_count() - 1, 1)\n\nworkers = count()\n",
    "try:\n    import multiprocessing\n    workers = multiprocessing.cpu_count()\nexcept Exception:\n    workers = 1\n",
    "import os\nDEBUG = os.getenv('DEBUG', 'false').lower() in ('1', 'true', 'yes')\nreload = DEBUG\nworkers = 1 if DEBUG else 4\nloglevel = 'debug' if DEBUG else 'info'\n",
    "workers = 4\nworkers += 1\nthreads = workers * 2\ntimeout: int = 90\nkeepalive: int\n",
    "bind, workers = '0.0.0.0:1', 3\na = b = 7\nthreads = a\n",
    "import os\nworkers_per_core = float(os.getenv('WORKERS_PER_CORE', '1'))\ncores = os.cpu_count()\ndefault = workers_per_core * cores\nweb = os.getenv('WEB_CONCURRENCY')\nif web:\n    workers = int(web)\nelse:\n    workers = max(int(default), 2)\n",
    "import json\nimport multiprocessing\nimport os\n\nmax_workers_str = os.getenv('MAX_WORKERS')\nuse_max_workers = None\nif max_workers_str:\n    use_max_workers = int(max_workers_str)\ncores = multiprocessing.cpu_count()\nworkers = cores\nif use_max_workers:\n    workers = min(workers, use_max_workers)\nlog = {'workers': workers}\nprint(json.dumps(log))\n",
    "def on_starting(server):\n    server.log.info('x')\n\ndef pre_fork(server, worker):\n    pass\n\ndef post_request(worker, req, environ, resp):\n    pass\n",
    "def post_request(worker, req):\n    pass\n",
    "def pre_fork(server):\n    pass\n",
    "from os import environ\nworkers = int(environ.get('WORKERS', '2'))\nthreads = int(environ.get('THREADS') or 4)\n",
    "settings = {'workers': 3, 'bind': ['a:1', 'b:2']}\nworkers = settings['workers']\nbind = settings['bind']\n",
    "hosts = ['a', 'b']\nbind = [h + ':80' for h in hosts]\n",
    "bind = ','.join(['a', 'b'])\nproc_name = 'x' * 3\nloglevel = 'INFO'.lower()\n",
    "workers = round(2.5 * 3)\nthreads = int(7 / 2)\ntimeout = 7 // 2\nkeepalive = 2 ** 3\nbacklog = abs(-64)\n",
    "workers = 2.0 * 2\n",
    "import os\nworkers = os.environ['NOT_SET']\n",
    "workers = undefined_name\n",
    "workers = 1 +\n",
    "raise SystemExit(3)\n",
    "assert 1 > 2\n",
    "import sys\nif sys.version_info >= (3, 8):\n    workers = 3\n",
    "import os\nfor name in ('workers', 'threads'):\n    globals()[name] = 3\n",
    "import os\nfor k, v in os.environ.items():\n    if k.startswith('GUNICORN_'):\n        locals()[k[9:].lower()] = v\n",
    "class Config:\n    workers = 4\n\nworkers = Config.workers\n",
    "secure_scheme_headers = {'X-FORWARDED-PROTO': 'https'}\nlogconfig_dict = {'version': 1, 'loggers': {'a': {'level': 'INFO'}}}\n",
    "access_log_format = '%(h)s ' '%(l)s'\naccesslog = errorlog = '-'\n",
    "from pathlib import Path\nchdir = str(Path(__file__).parent)\n",
    "import os\nchdir = os.path.dirname(os.path.abspath(__file__))\npidfile = os.path.join('/run', 'x.pid')\n",
    "user = 'nobody'\ngroup = None\numask = 0o007\n",
    "Workers = 4\nTIMEOUT = 90\ntimeout = TIMEOUT\npreload = True\nkeep_alive = 5\n",
    "workers = 3 if True else 4\nthreads = (lambda: 5)()\n",
    "import os\nworkers = int(os.environ.get('WEB_CONCURRENCY') or os.cpu_count() * 2)\nthreads = int(os.getenv('T', 2)) or 1\n",
    "import os\nif not os.environ.get('DEBUG'):\n    preload_app = True\nelif os.environ['DEBUG'] == 'true':\n    reload = True\n",
    "worker_class = 'gthread'\nthreads = 4\nworker_connections = 1000\n",
    "worker_class = 'sync'\nthreads = 4\n",
    "workers = len([1, 2, 3])\nthreads = sum([1, 2])\nbind = ['0.0.0.0:' + str(p) for p in range(2)]\n",
    "import os\nos.environ['WORKERS'] = '6'\nworkers = int(os.environ['WORKERS'])\n",
    "import os\nos.environ.setdefault('WORKERS', '6')\nworkers = int(os.environ['WORKERS'])\n",
    "workers = 4  # four\n'''text'''\nif __name__ == '__main__':\n    workers = 5\n",
    "wsgi_app = 'a:b'\ndefault_proc_name = 'x'\nconfig = 'other.py'\n",
    "workers = -1\n",
    "timeout = None\n",
    "bind = 8000\n",
    "workers = '4'\nthreads = '0x2'\npreload_app = 'False'\n",
    "while True:\n    workers = 2\n    break\n",
    "with open('src/app.py') as f:\n    data = f.read()\nworkers = 2\n",
    "del_me = 1\ndel del_me\nworkers = 2\n",
    "workers = (n := 3)\nthreads = n\n",
    "import math\nworkers = math.ceil(2.1)\nthreads = math.floor(2.9)\n",
];

/// Where the file lies, and what else the command says about it.
fn places() -> Vec<Case> {
    let four = "workers = 4\n";
    let case = |args: &[&str]| Case::new(args).file("a/conf.py", four);
    vec![
        case(&["app:app", "-c", "a/conf.py"]),
        case(&["app:app", "-c", "./a/../a/conf.py"]),
        case(&["app:app", "-c", "file:a/conf.py"]),
        case(&["app:app", "-c", "python:a.conf"]),
        case(&["app:app", "-c", "a/missing.py"]),
        case(&["app:app", "-c", ""]),
        case(&["app:app", "-c", "conf.py"]).folder("a"),
        case(&["app:app", "-c", "../a/conf.py"]).folder("a"),
        case(&["app:app", "-c", "python:conf"]).env("PYTHONPATH", "a"),
        case(&["app:app", "-c", "python:conf"]).env("PYTHONPATH", "b:./a"),
        case(&["app:app"]).env("GUNICORN_CMD_ARGS", "-c a/conf.py"),
        case(&["app:app", "-c", "a/conf.py"])
            .file("b.py", "workers = 5\n")
            .env("GUNICORN_CMD_ARGS", "-c b.py"),
        case(&["app:app", "-c", "a/conf.py"]).file("gunicorn.conf.py", "threads = 9\n"),
        case(&["app:app", "--chdir", "a", "-c", "conf.py"]),
        case(&["app:app", "--chdir", "a", "-c", "a/conf.py"]),
        Case::new(&["app:app", "--chdir", "src"]).file("src/gunicorn.conf.py", four),
        Case::new(&["app:app"])
            .file("gunicorn.conf.py", "chdir = 'src'\n")
            .file("src/gunicorn.conf.py", four),
        Case::new(&["app:app"])
            .file("gunicorn.conf.py", "from base import *\nthreads = 3\n")
            .file("base.py", four),
        Case::new(&["app:app"])
            .file("gunicorn.conf.py", "from a.base import workers as w\nthreads = w\n")
            .file("a/base.py", four),
        Case::new(&["app:app"])
            .file("gunicorn.conf.py", "import base\nthreads = base.workers\n")
            .file("base.py", four),
        Case::new(&["app:app"]).file("gunicorn.conf.py", "import nothing_like_it\n"),
        Case::new(&["app:app", "-c", "conf"]).file("conf", four),
        Case::new(&[]).file("gunicorn.conf.py", "wsgi_app = 'a:b'\n"),
        Case::new(&["x:y"]).file("gunicorn.conf.py", "wsgi_app = 'a:b'\n"),
        Case::new(&["app:app"]).file("gunicorn.conf.py", "\u{feff}workers = 3\n"),
        Case::new(&["app:app"]).file("gunicorn.conf.py", "workers = 3\r\nthreads = 2\r\n"),
        Case::new(&["app:app"]).file("gunicorn.conf.py", ""),
    ]
}
