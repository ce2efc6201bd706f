//! Scripts that start a server, against Python and the packages themselves: where they listen.

use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::project::Process;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;
use serde_json::json;

use crate::ask::ask;
use crate::oracle_gunicorn::oracle::python;

/// Scripts: `HOST` and `PORT` are replaced by expressions.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "http.server",
        "from http.server import HTTPServer\nHTTPServer((HOST, PORT), None).serve_forever()",
    ),
    (
        "socketserver",
        "import socketserver\nwith socketserver.ThreadingTCPServer((HOST, PORT), None) as server:\n    \
         server.serve_forever()",
    ),
    (
        "xmlrpc",
        "from xmlrpc.server import SimpleXMLRPCServer\n\
         server = SimpleXMLRPCServer(addr=(HOST, PORT))\nserver.serve_forever()",
    ),
    (
        "wsgiref",
        "from wsgiref.simple_server import make_server\n\
         make_server(HOST, PORT, None).serve_forever()",
    ),
    (
        "asyncio",
        "import asyncio\nasync def main():\n    server = await asyncio.start_server(None, HOST, PORT)\n    \
         async with server:\n        await server.serve_forever()\nasyncio.run(main())",
    ),
    (
        "uvicorn",
        "import asyncio, uvicorn\nasync def app(scope, receive, send): pass\nasync def main():\n    \
         config = uvicorn.Config(app, host=HOST, port=PORT, workers=4)\n    \
         await uvicorn.Server(config).serve()\nif __name__ == '__main__':\n    asyncio.run(main())",
    ),
    (
        "uvicorn",
        "import asyncio, uvicorn\nasync def app(scope, receive, send): pass\n\
         async def work():\n    while True:\n        await asyncio.sleep(1)\nasync def main():\n    \
         server = uvicorn.Server(uvicorn.Config(app, HOST, PORT))\n    \
         await asyncio.gather(server.serve(), work())\n\
         asyncio.get_event_loop().run_until_complete(main())",
    ),
    (
        "uvicorn",
        "import asyncio, uvicorn\nasync def app(scope, receive, send): pass\n\
         async def work(seconds):\n    while True:\n        await asyncio.sleep(seconds)\n\
         class Service:\n    def __init__(self, port):\n        self.port = port\n    \
         async def run(self):\n        asyncio.create_task(work(1))\n        \
         config = uvicorn.Config(app, host=HOST)\n        config.port = self.port\n        \
         await uvicorn.Server(config).serve()\nasyncio.run(Service(PORT).run())",
    ),
    (
        "uvicorn",
        "import uvicorn\nasync def app(scope, receive, send): pass\n\
         uvicorn.run(app, host=HOST, port=PORT)",
    ),
    (
        "hypercorn",
        "import asyncio\nfrom hypercorn.config import Config\nfrom hypercorn.asyncio import serve\n\
         async def app(scope, receive, send): pass\nconfig = Config()\n\
         config.bind = [f'{HOST}:{PORT}']\nasyncio.run(serve(app, config))",
    ),
    (
        "hypercorn",
        "import asyncio\nfrom hypercorn.config import Config\nfrom hypercorn.asyncio import serve\n\
         async def app(scope, receive, send): pass\n\
         config = Config.from_mapping({'bind': '%s:%d' % (HOST, PORT), 'workers': 3})\n\
         asyncio.run(serve(app, config))",
    ),
    ("aiohttp", "from aiohttp import web\nweb.run_app(web.Application(), host=HOST, port=PORT)"),
    (
        "aiohttp",
        "import asyncio\nfrom aiohttp import web\nasync def main():\n    \
         await web._run_app(web.Application(), port=PORT, host=HOST)\nasyncio.run(main())",
    ),
    (
        "aiohttp",
        "import asyncio\nfrom aiohttp import web\nasync def start(app, port):\n    \
         runner = web.AppRunner(app)\n    await runner.setup()\n    \
         await web.TCPSite(runner, HOST, port).start()\nasync def main():\n    \
         await start(web.Application(), PORT)\n    await asyncio.Event().wait()\n\
         asyncio.run(main())",
    ),
    (
        "tornado",
        "import asyncio, tornado.web\nasync def main():\n    \
         tornado.web.Application([]).listen(PORT, address=HOST)\n    await asyncio.Event().wait()\n\
         asyncio.run(main())",
    ),
    (
        "tornado",
        "import tornado.httpserver, tornado.ioloop, tornado.web\n\
         server = tornado.httpserver.HTTPServer(tornado.web.Application([]))\n\
         server.bind(PORT, HOST)\nserver.start(2)\ntornado.ioloop.IOLoop.current().start()",
    ),
    (
        "cheroot",
        "from cheroot import wsgi\nserver = wsgi.Server((HOST, PORT), None, numthreads=3)\n\
         server.start()",
    ),
    (
        "gunicorn",
        "import gunicorn.app.base\nclass Own(gunicorn.app.base.BaseApplication):\n    \
         def __init__(self, app, options=None):\n        self.options = options or {}\n        \
         self.application = app\n        super().__init__()\n    def load_config(self):\n        \
         config = {key: value for key, value in self.options.items()\n                  \
         if key in self.cfg.settings and value is not None}\n        \
         for key, value in config.items():\n            self.cfg.set(key.lower(), value)\n    \
         def load(self):\n        return self.application\nif __name__ == '__main__':\n    \
         Own(lambda *it: [], {'bind': '%s:%s' % (HOST, PORT), 'workers': 3, 'none': 1}).run()",
    ),
    (
        "gunicorn",
        "from gunicorn.app.wsgiapp import WSGIApplication\nclass Own(WSGIApplication):\n    \
         def __init__(self, app_uri, **options):\n        self.app_uri = app_uri\n        \
         self.options = options\n        super(Own, self).__init__()\n    \
         def load_config(self):\n        for key, value in self.options.items():\n            \
         if key in self.cfg.settings and value is not None:\n                \
         self.cfg.set(key, value)\napp = Own('main:it', bind=f'{HOST}:{PORT}', threads=None)\napp.run()",
    ),
    (
        "gunicorn",
        "from gunicorn.app import base\nclass Base(base.BaseApplication):\n    \
         def init(self, *it):\n        pass\nclass Own(Base):\n    def load_config(self):\n        \
         self.cfg.set('bind', [HOST + ':' + str(PORT)])\n    def load(self):\n        return None\n\
         Own().run()",
    ),
    ("waitress", "import waitress\nwaitress.serve(lambda *it: [], host=HOST, port=PORT)"),
    (
        "websockets",
        "import asyncio\nfrom websockets.asyncio.server import serve\nasync def main():\n    \
         async with serve(None, HOST, PORT) as server:\n        await server.serve_forever()\n\
         asyncio.run(main())",
    ),
    ("flask-run", "from flask import Flask\napp = Flask(__name__)\napp.run(HOST, PORT)"),
];

/// Scripts that listen nowhere.
const SILENT: &[&str] = &[
    "import asyncio\nasync def main():\n    await asyncio.sleep(0)\nasyncio.run(main())",
    "import asyncio, uvicorn\nasync def main():\n    uvicorn.run('app:app')\nmain()",
    "async def main():\n    from aiohttp import web\n    web.run_app(web.Application())\nit = main()",
    "import sys\nif len(sys.argv) > 9:\n    from aiohttp import web\n    web.run_app(None)",
];

/// An expression for a host, and one for a port.
const ADDRESSES: &[(&str, &str)] = &[
    ("'0.0.0.0'", "8000"),
    ("'127.0.0.1'", "int(os.environ.get('NUMBER', '5001'))"),
    ("os.environ.get('ADDRESS', '0.0.0.0')", "int(os.getenv('UNSET', 7000)) + 1"),
    ("sys.argv[1]", "int(sys.argv[2])"),
    ("sys.argv[-2] if len(sys.argv) == 3 else '0.0.0.0'", "{'it': int(sys.argv.pop())}['it']"),
];

#[derive(Debug)]
struct Case {
    server: Option<&'static str>,
    text: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // Each script with two of the addresses: what an address is has little to do with its server.
    for (idx, (server, script)) in SCRIPTS.iter().enumerate() {
        for (host, port) in ADDRESSES.iter().cycle().skip(idx).take(2) {
            let script = script.replace("HOST", "host").replace("PORT", "port");
            let text = format!("import os, sys\nhost = {host}\nport = {port}\n{script}\n");
            cases.push(Case { server: Some(server), text });
        }
    }
    cases.extend(SILENT.iter().map(|it| Case { server: None, text: format!("{it}\n") }));
    cases
}

#[test]
fn scripts_listen_where_python_does() {
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/starts_oracle.py");
    let cases = cases();
    let line = |it: &Case| {
        json!({
            "files": {"main.py": it.text},
            "argv": ["main.py", "127.0.0.1", "9100"],
            "env": {"NUMBER": "6001", "ADDRESS": "127.0.0.1"},
        })
        .to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    let answers = ask(Command::new(python).arg("-I").arg(script), &lines);
    let (mut known, mut unknown) = (0, 0);
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let process = resolve(case);
        let fact = |id| process.facts.get(id).and_then(Fact::value).cloned();
        let server = process.facts.get(v::SERVER).and_then(Fact::text);
        if case.server.is_none() {
            assert_eq!(*answer, json!({"ends": true}), "{case:?}");
            if server.is_some() {
                wrong.push(format!("{case:?}: {server:?} for us, and nothing there"));
            }
            continue;
        }
        let (host, port) = (&answer["host"], &answer["port"]);
        assert!(port.is_number(), "{case:?}: {answer}");
        if server != case.server {
            wrong.push(format!("{case:?}: {server:?}"));
        }
        match fact(v::BIND_HOST) {
            Some(Value::Text(ours)) if all(&ours) == all(host.as_str().unwrap_or_default()) => {
                known += 1
            }
            None => unknown += 1,
            ours => wrong.push(format!("{case:?}: {ours:?} for us, {answer} there")),
        }
        match fact(v::PORT) {
            Some(Value::Int(ours)) if *port == json!(ours) => known += 1,
            None => unknown += 1,
            ours => wrong.push(format!("{case:?}: {ours:?} for us, {answer} there")),
        }
    }
    println!("{} cases: {known} known, {unknown} unknown", cases.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unknown * 20 < known, "{unknown} of {} values are unknown", known + unknown);
}

/// Functions that get the words of the command: a program, and lines of words for it.
const COMMAND_LINES: &[(&str, &[&str])] = &[
    (
        "import click\n@click.command()\n@click.option('--host', '-h', default='0.0.0.0')\n\
         @click.option('--port', '-p', default=5000, envvar='NUMBER', help='where')\n\
         @click.option('--debug/--no-debug')\n\
         def main(host, port, debug):\n    serve(host, port + 1 if debug else port)\n\
         if __name__ == '__main__':\n    main()",
        &[
            "",
            "--port 80",
            "--port=81",
            "-p 82",
            "-p83",
            "--debug",
            "--debug --no-debug",
            "-h 127.0.0.1 --debug",
            "--por 9",
            "--port",
            "--port x",
            "extra",
            "-- --port",
        ],
    ),
    (
        "import click\n@click.command('run', context_settings={'show_default': True})\n\
         @click.option('--bind-host', 'host', type=str, default=lambda: '127.0.0.1')\n\
         @click.option('--workers', type=click.IntRange(1, 9))\n\
         @click.argument('port', type=int, envvar='NUMBER')\n@click.pass_context\n\
         def main(ctx, host, workers, port):\n    serve(host, port + (workers or 0))\nmain()",
        &["", "80", "80 --workers 3", "--workers=3 --bind-host 0.0.0.0 81", "80 81", "x"],
    ),
    (
        "import click\n@click.command()\n@click.option('--port', envvar=['UNSET', 'NUMBER'], type=int)\n\
         @click.option('--public', is_flag=True)\n\
         def main(port, public):\n    serve('0.0.0.0' if public else '127.0.0.1', port)\n\
         main(standalone_mode=False)",
        &["", "--public", "--port 0x50", "--port ' 80 '", "--public=1"],
    ),
    (
        "import click\n@click.group()\n@click.option('--level', default='info')\n\
         def cli(level):\n    pass\n@cli.command()\n@click.option('--port', default=80)\n\
         def run_server(port):\n    serve('', port)\n@cli.command(name='other')\n\
         def migrate():\n    pass\n@click.command()\n@click.argument('port', default=7000)\n\
         def late(port):\n    serve('', int(port))\ncli.add_command(late)\n\
         cli.add_command(late, 'again')\ncli()",
        &[
            "run-server",
            "run-server --port 81",
            "--level debug run-server --port=82",
            "late",
            "late 90",
            "again 91",
            "run_server",
            "other --port 9",
            "run-server --level x",
        ],
    ),
    (
        "import click\n@click.group()\ndef cli():\n    pass\n@cli.group()\ndef web():\n    pass\n\
         @web.command()\n@click.option('--port', default='80', type=int)\ndef start_cmd(port):\n    \
         serve('', port)\ncli()",
        &["web start", "web start --port 81", "start"],
    ),
    (
        "import typer\ndef main(host: str = '0.0.0.0', port: int = 8000, debug: bool = False):\n    \
         serve(host, port + 1 if debug else port)\nif __name__ == '__main__':\n    typer.run(main)",
        &["", "--port 80", "--debug", "--no-debug --host 127.0.0.1", "80", "--port x", "-p 3"],
    ),
    (
        "import typer\nfrom typing import Optional\nfrom typing_extensions import Annotated\n\
         app = typer.Typer(add_completion=False)\n@app.command()\n\
         def serve_all(port: Annotated[int, typer.Argument(envvar='NUMBER')],\n        \
         host: Annotated[str, typer.Option('--bind', '-b')] = '0.0.0.0',\n        \
         more: Optional[int] = None):\n    serve(host, port + (more or 0))\napp()",
        &["", "80", "-b 127.0.0.1", "80 --bind 127.0.0.1 --more 2", "--host x", "serve-all"],
    ),
    (
        "import typer\napp = typer.Typer(help='it')\n@app.command()\n\
         def serve_it(ctx: typer.Context, port: int = typer.Option(8000, '--port', '-p', envvar='NUMBER'),\n        \
         fast: bool = typer.Option(True, '--fast/--slow')):\n    serve('', port if fast else port + 1)\n\
         @app.command('other')\ndef migrate():\n    pass\napp()",
        &[
            "serve-it",
            "serve-it -p 80",
            "serve-it --slow",
            "other",
            "serve_it",
            "serve-it --no-fast",
        ],
    ),
    (
        "import typer\napp = typer.Typer()\nweb = typer.Typer()\n\
         app.add_typer(web, name='web')\n@web.command()\n\
         def start(port: int = typer.Argument(80)):\n    serve('', port)\n@app.callback()\n\
         def before(verbose: bool = False):\n    pass\nif __name__ == '__main__':\n    app()",
        &["web start", "web start 81", "--verbose web start", "start", "web"],
    ),
];

/// What a function of those serves with.
const SERVE: &str = "import os, sys\nfrom http.server import HTTPServer\n\
                     def serve(host, port):\n    HTTPServer((host, port), None).serve_forever()\n";

#[test]
fn command_lines_are_what_click_and_typer_make_of_them() {
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/starts_oracle.py");
    let mut cases = Vec::new();
    for (text, lines) in COMMAND_LINES {
        let text = format!("{SERVE}{text}\n");
        cases.extend(lines.iter().map(|line| (text.clone(), *line)));
    }
    let words = |line: &str| -> Vec<String> {
        let parts = line.split('\'').enumerate();
        let words = parts.flat_map(|(idx, it)| match idx % 2 {
            0 => it.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![it.to_owned()],
        });
        words.collect()
    };
    let line = |(text, line): &(String, &str)| {
        let argv: Vec<String> = ["main.py".to_owned()].into_iter().chain(words(line)).collect();
        json!({"files": {"main.py": text}, "argv": argv, "env": {"NUMBER": "6001"}}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    let answers = ask(Command::new(python).arg("-I").arg(script), &lines);
    let (mut known, mut unknown) = (0, 0);
    let mut wrong = Vec::new();
    for ((text, line), answer) in cases.iter().zip(&answers) {
        let procfile = format!("web: NUMBER=6001 python main.py {line}\n");
        let files = MemoryFiles::new().with("Procfile", procfile).with("main.py", text.as_str());
        let process = process(files);
        let fact = |id| process.facts.get(id).and_then(Fact::value).cloned();
        let ours = (fact(v::BIND_HOST), fact(v::PORT));
        let theirs = (&answer["host"], &answer["port"]);
        match ours {
            (Some(Value::Text(host)), Some(Value::Int(port)))
                if *theirs.1 == json!(port)
                    && all(&host) == all(theirs.0.as_str().unwrap_or_default()) =>
            {
                known += 1;
            }
            (None, None) if theirs.1.is_null() => known += 1,
            (None, None) => unknown += 1,
            ours => wrong.push(format!("{line}: {ours:?} for us, {answer} there:\n{text}")),
        }
        if theirs.1.is_number() && fact(v::PORT).is_none() {
            println!("unknown: {line}: {answer}\n{text}");
        }
    }
    println!("{} cases: {known} known, {unknown} unknown", cases.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unknown * 20 < known, "{unknown} of {} are unknown", known + unknown);
}

/// An address with one name for all of them.
fn all(host: &str) -> &str {
    match host {
        "" | "::" => "0.0.0.0",
        other => other,
    }
}

/// What opslint knows of the process of a case.
fn resolve(case: &Case) -> Process {
    let procfile = "web: NUMBER=6001 ADDRESS=127.0.0.1 python main.py 127.0.0.1 9100\n";
    process(MemoryFiles::new().with("Procfile", procfile).with("main.py", case.text.as_str()))
}

fn process(files: MemoryFiles) -> Process {
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].clone()
}
