//! Functions and methods of packages that start something, as far as they are known.
//!
//! Read in aiohttp 3.14, aiogram 3, APScheduler 3, bjoern 3.2, Bottle 0.13, cheroot 11, Dash 4.4,
//! discord.py 2, eventlet 0.40, Flask 3.1.3, Flask-SocketIO 5.7, gevent 25, Gradio 5, granian 2.8, grpcio 1.7x, huey 3.5.4,
//! Hypercorn 0.18, NiceGUI 3.18, python-telegram-bot 22, Quart 0.22, Robyn 0.88, rq 3.0, Sanic 25.12, Tornado 6.6,
//! Twisted 25, uvicorn 0.54, waitress 3.0.2, websockets 15, Werkzeug 3.1 and Python 3.13.

use super::super::ServerKind as K;

/// What a function starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Starts {
    /// A server with a table of options.
    Server(K),
    /// One process that serves by itself.
    Simple(Simple),
    /// A program that asks others for work and serves nothing.
    Nothing,
    /// Work beside what the script goes on to: a scheduler in a thread.
    Beside,
    /// It says more of what another function starts.
    Part,
    /// gunicorn with the settings that an application tells it.
    Gunicorn,
    /// The server of the mode that Flask-SocketIO is told, or of the packages that are installed.
    SocketIo,
    /// A server that depends on what this says.
    Depends(&'static str),
}

/// A server without a table: one process with a host and a port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Simple {
    /// The value of `server`.
    pub(super) name: &'static str,
    /// The host that it listens on when it is not told one; `None` where that is not known.
    pub(super) host: Option<&'static str>,
    /// The port, likewise.
    pub(super) port: Option<i64>,
    /// Whether it is made for development.
    pub(super) is_development: bool,
    /// Whether what it speaks is HTTP.
    pub(super) is_http: bool,
    /// Threads that answer requests when it is not told how many.
    pub(super) threads: Option<i64>,
    /// Variables that an argument is read from when it is not given.
    pub(super) env: &'static [(&'static str, &'static str)],
}

/// A function of a package.
pub(super) struct Function {
    /// Its dotted name; a `*` stands for any words.
    pub(super) dotted: &'static str,
    pub(super) starts: Starts,
    /// The names of its positional parameters. `*` is a dict of arguments.
    pub(super) positional: &'static [&'static str],
}

const fn function(
    dotted: &'static str,
    starts: Starts,
    positional: &'static [&'static str],
) -> Function {
    Function { dotted, starts, positional }
}

const fn simple(name: &'static str, host: &'static str, port: Option<i64>) -> Simple {
    Simple {
        name,
        host: Some(host),
        port,
        is_development: false,
        is_http: true,
        threads: None,
        env: &[],
    }
}

/// A server for development.
const fn development(name: &'static str, host: &'static str, port: Option<i64>) -> Starts {
    Starts::Simple(Simple { is_development: true, ..simple(name, host, port) })
}

/// A server that speaks something else than HTTP.
const fn other(name: &'static str, host: &'static str) -> Starts {
    Starts::Simple(Simple { is_http: false, ..simple(name, host, None) })
}

const fn http(name: &'static str, host: &'static str, port: Option<i64>) -> Starts {
    Starts::Simple(simple(name, host, port))
}

const AIOHTTP: Starts = http("aiohttp", "0.0.0.0", Some(8080));
const CHEROOT: Starts =
    Starts::Simple(Simple { threads: Some(10), ..simple("cheroot", "0.0.0.0", None) });
/// Source: dash 2.17.1 and 4.4.1, `Dash.run`.
const DASH: Starts = Starts::Simple(Simple {
    is_development: true,
    env: &[("host", "HOST"), ("port", "PORT")],
    ..simple("flask-run", "127.0.0.1", Some(8050))
});
const GRADIO: Starts = Starts::Simple(Simple {
    env: &[("server_name", "GRADIO_SERVER_NAME"), ("server_port", "GRADIO_SERVER_PORT")],
    ..simple("gradio", "127.0.0.1", Some(7860))
});
const GRPC: Starts = other("grpc", "0.0.0.0");
/// Its command line says how many processes there are.
const ROBYN: Starts = Starts::Simple(Simple {
    env: &[("host", "ROBYN_HOST"), ("port", "ROBYN_PORT")],
    ..simple("robyn", "127.0.0.1", Some(8080))
});
const TORNADO: Starts = http("tornado", "0.0.0.0", None);
const WEBSOCKETS: Starts = http("websockets", "0.0.0.0", None);

/// Functions and methods that run until the process ends, or that decide about what does.
#[rustfmt::skip]
pub(super) const FUNCTIONS: &[Function] = &[
    function("uvicorn.run", Starts::Server(K::Uvicorn), &["app"]),
    function("uvicorn.Config", Starts::Server(K::Uvicorn), &["app", "host", "port"]),
    function("uvicorn.config.Config", Starts::Server(K::Uvicorn), &["app", "host", "port"]),
    function("waitress.serve", Starts::Server(K::Waitress), &["app"]),
    function("hypercorn.asyncio.serve", Starts::Server(K::Hypercorn), &["app"]),
    function("hypercorn.trio.serve", Starts::Server(K::Hypercorn), &["app"]),
    function("hypercorn.config.Config", Starts::Part, &[]),
    function("hypercorn.Config", Starts::Part, &[]),
    function("hypercorn.config.Config.from_mapping", Starts::Part, &["*"]),
    function("hypercorn.Config.from_mapping", Starts::Part, &["*"]),
    function("granian.Granian", Starts::Server(K::Granian), &["app", "host", "port", "uds"]),
    function("granian.server.Granian", Starts::Server(K::Granian), &["app", "host", "port", "uds"]),
    function("flask.app.run", Starts::Server(K::FlaskRun), &["host", "port", "debug"]),
    function("dash.Dash.run", DASH, &["host", "port"]),
    function("dash.Dash.run_server", DASH, &["host", "port"]),
    function("quart.Quart.run", development("quart-run", "127.0.0.1", Some(5000)),
        &["host", "port"]),
    function("werkzeug.serving.run_simple", development("flask-run", "127.0.0.1", None),
        &["host", "port"]),
    function("werkzeug.run_simple", development("flask-run", "127.0.0.1", None),
        &["host", "port"]),
    function("aiohttp.web.run_app", AIOHTTP, &["app"]),
    function("aiohttp.web._run_app", AIOHTTP, &["app"]),
    function("aiohttp.web.TCPSite", AIOHTTP, &["runner", "host", "port"]),
    function("aiogram.executor.start_webhook", http("aiohttp", "localhost", None), &[]),
    function("aiogram.utils.executor.start_webhook", http("aiohttp", "localhost", None), &[]),
    function("sanic.Sanic.run", http("sanic", "127.0.0.1", Some(8000)), &["host", "port"]),
    function("tornado.web.Application", Starts::Part, &[]),
    function("tornado.web.Application.listen", TORNADO, &["port", "host"]),
    function("tornado.httpserver.HTTPServer.listen", TORNADO, &["port", "host"]),
    function("tornado.httpserver.HTTPServer.bind", TORNADO, &["port", "host"]),
    function("tornado.httpserver.HTTPServer.start", Starts::Part, &["num_processes"]),
    function("telegram.ext.*.run_webhook", http("tornado", "127.0.0.1", Some(80)),
        &["host", "port"]),
    function("telegram.ext.*.start_webhook", http("tornado", "127.0.0.1", Some(80)),
        &["host", "port"]),
    function("wsgiref.simple_server.make_server", development("wsgiref", "0.0.0.0", None),
        &["host", "port", "app"]),
    function("bottle.run", development("wsgiref", "127.0.0.1", Some(8080)),
        &["app", "server", "host", "port"]),
    function("bottle.Bottle.run", development("wsgiref", "127.0.0.1", Some(8080)), &[]),
    function("http.server.HTTPServer", http("http.server", "0.0.0.0", None), &["server_address"]),
    function("http.server.ThreadingHTTPServer", http("http.server", "0.0.0.0", None),
        &["server_address"]),
    function("xmlrpc.server.SimpleXMLRPCServer", http("xmlrpc", "0.0.0.0", None), &["addr"]),
    function("socketserver.TCPServer", other("socketserver", "0.0.0.0"), &["server_address"]),
    function("socketserver.ThreadingTCPServer", other("socketserver", "0.0.0.0"), &["server_address"]),
    function("socketserver.ForkingTCPServer", other("socketserver", "0.0.0.0"), &["server_address"]),
    function("asyncio.start_server", other("asyncio", "0.0.0.0"), &["callback", "host", "port"]),
    function("gevent.pywsgi.WSGIServer", http("gevent", "0.0.0.0", None), &["listener", "app"]),
    function("eventlet.wsgi.server", http("eventlet", "0.0.0.0", None), &["socket", "app"]),
    function("eventlet.listen", Starts::Part, &["addr"]),
    function("bjoern.run", http("bjoern", "0.0.0.0", None), &["app", "host", "port"]),
    function("cheroot.wsgi.Server", CHEROOT, &["bind_addr", "app"]),
    function("cheroot.wsgi.WSGIServer", CHEROOT, &["bind_addr", "app"]),
    function("grpc.server.add_insecure_port", GRPC, &["listen"]),
    function("grpc.server.add_secure_port", GRPC, &["listen"]),
    function("grpc.aio.server.add_insecure_port", GRPC, &["listen"]),
    function("grpc.aio.server.add_secure_port", GRPC, &["listen"]),
    function("grpc.aio.add_insecure_port", GRPC, &["listen"]),
    function("grpc.aio.add_secure_port", GRPC, &["listen"]),
    function("websockets.serve", WEBSOCKETS, &["handler", "host", "port"]),
    function("websockets.server.serve", WEBSOCKETS, &["handler", "host", "port"]),
    function("websockets.asyncio.server.serve", WEBSOCKETS, &["handler", "host", "port"]),
    function("websockets.sync.server.serve", WEBSOCKETS, &["handler", "host", "port"]),
    function("twisted.internet.reactor.listenTCP", other("twisted", "0.0.0.0"), &["port"]),
    function("gradio.*.launch", GRADIO, &[]),
    function("gunicorn.app.base.BaseApplication.run", Starts::Gunicorn, &[]),
    function("gunicorn.app.base.Application.run", Starts::Gunicorn, &[]),
    function("gunicorn.app.wsgiapp.WSGIApplication.run", Starts::Gunicorn, &[]),
    function("nicegui.ui.run", http("nicegui", "0.0.0.0", Some(8080)), &[]),
    function("flask_socketio.SocketIO", Starts::Part, &["app"]),
    function("flask_socketio.SocketIO.init_app", Starts::Part, &["app"]),
    function("flask_socketio.SocketIO.run", Starts::SocketIo, &["app", "host", "port"]),
    function("cherrypy.quickstart",
        Starts::Depends("the configuration of CherryPy is not followed"), &[]),
    function("cherrypy.engine.block",
        Starts::Depends("the configuration of CherryPy is not followed"), &[]),
    function("connexion.*.run",
        Starts::Depends("connexion 3 starts uvicorn, and connexion 2 the server that it is told"), &[]),
    function("robyn.Robyn.start", ROBYN, &["host", "port"]),
    function("huey.*.create_consumer", Starts::Server(K::Huey), &[]),
    function("huey.consumer.Consumer", Starts::Server(K::Huey), &["huey", "workers"]),
    function("rq.Worker.work", Starts::Server(K::Rq), &[]),
    function("rq.SimpleWorker.work", Starts::Server(K::Rq), &[]),
    function("rq.worker.Worker.work", Starts::Server(K::Rq), &[]),
    function("discord.*.run", Starts::Nothing, &[]),
    function("discord.Client.start", Starts::Nothing, &[]),
    function("discord.Bot.start", Starts::Nothing, &[]),
    function("discord.AutoShardedClient.start", Starts::Nothing, &[]),
    function("discord.ext.commands.*.start", Starts::Nothing, &[]),
    function("nextcord.*.run", Starts::Nothing, &[]),
    function("disnake.*.run", Starts::Nothing, &[]),
    function("hikari.*.run", Starts::Nothing, &[]),
    function("interactions.*.start", Starts::Nothing, &[]),
    function("slack_bolt.adapter.socket_mode.*.start", Starts::Nothing, &[]),
    function("slack_bolt.adapter.socket_mode.*.start_async", Starts::Nothing, &[]),
    function("telegram.ext.*.run_polling", Starts::Nothing, &[]),
    function("telegram.ext.*.start_polling", Starts::Nothing, &[]),
    function("telebot.*.polling", Starts::Nothing, &[]),
    function("telebot.*.infinity_polling", Starts::Nothing, &[]),
    function("aiogram.*.start_polling", Starts::Nothing, &[]),
    function("aiogram.*.run_polling", Starts::Nothing, &[]),
    function("pyrogram.*.run", Starts::Nothing, &[]),
    function("telethon.*.run_until_disconnected", Starts::Nothing, &[]),
    function("twitchio.*.run", Starts::Nothing, &[]),
    function("apscheduler.schedulers.blocking.BlockingScheduler.start", Starts::Nothing, &[]),
    function("apscheduler.schedulers.background.BackgroundScheduler.start", Starts::Beside, &[]),
    function("apscheduler.schedulers.asyncio.AsyncIOScheduler.start", Starts::Beside, &[]),
    function("schedule.run_pending", Starts::Beside, &[]),
    function("pika.*.start_consuming", Starts::Nothing, &[]),
    function("kafka.KafkaConsumer", Starts::Beside, &[]),
    function("confluent_kafka.Consumer", Starts::Beside, &[]),
    function("tweepy.*.filter", Starts::Nothing, &[]),
    function("tweepy.*.sample", Starts::Nothing, &[]),
    function("paho.mqtt.client.*.loop_forever", Starts::Nothing, &[]),
];

/// The function of a dotted name.
pub(super) fn find(dotted: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|it| match it.dotted.split_once('*') {
        None => it.dotted == dotted,
        Some((before, after)) => {
            let rest = dotted.strip_prefix(before).and_then(|it| it.strip_suffix(after));
            rest.is_some_and(|it| !it.is_empty())
        }
    })
}

/// The names of the servers without a table of options.
#[cfg(test)]
pub(in crate::programs) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter_map(|it| match &it.starts {
        Starts::Simple(simple) => Some(simple.name),
        _ => None,
    })
}
