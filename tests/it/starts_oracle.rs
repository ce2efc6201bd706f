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
    let files = MemoryFiles::new().with("Procfile", procfile).with("main.py", case.text.as_str());
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].clone()
}
