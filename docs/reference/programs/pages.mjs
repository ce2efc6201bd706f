// A page for each program: how it is recognised, its options with the facts they set, and what it
// runs with when nothing is set, which the program of this repository says itself.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { cell, code, opslint, opslintIn, plain, prose, rulesWith, table, tables, WATCHED } from "../../.vitepress/data.mjs";

/** A command that starts each program whose options are in the code. */
const COMMANDS = {
  gunicorn: "gunicorn shop.wsgi",
  uvicorn: "uvicorn shop.asgi:application",
  hypercorn: "hypercorn shop.asgi:application",
  daphne: "daphne shop.asgi:application",
  granian: "granian --interface wsgi shop.wsgi:application",
  waitress: "waitress-serve shop.wsgi:application",
  uwsgi: "uwsgi --http :8000 --module shop.wsgi",
  celery: "celery -A shop worker",
  "celery-beat": "celery -A shop beat",
  rq: "rq worker",
  dramatiq: "dramatiq shop.tasks",
  arq: "arq shop.worker.WorkerSettings",
  huey: "python manage.py run_huey",
  "django-q": "python manage.py qcluster",
  "django-runserver": "python manage.py runserver",
  "flask-run": "flask --app shop run",
  "fastapi-dev": "fastapi dev shop/main.py",
  "http.server": "python -m http.server 8000",
};

/** A call that starts each server which no command starts: a script of the project does. */
const CALLS = {
  aiohttp: "aiohttp.web.run_app(app)",
  asyncio: "asyncio.start_server(callback, host, port)",
  bjoern: "bjoern.run(app, host, port)",
  cheroot: "cheroot.wsgi.Server(address, app).start()",
  eventlet: "eventlet.wsgi.server(socket, app)",
  gevent: "gevent.pywsgi.WSGIServer(listener, app).serve_forever()",
  gradio: "gradio.Interface(…).launch()",
  grpc: "grpc.server(…).start()",
  nicegui: "nicegui.ui.run()",
  "quart-run": "quart.Quart(…).run()",
  robyn: "robyn.Robyn(__file__).start(host, port)",
  socketserver: "socketserver.TCPServer(address, handler).serve_forever()",
  tornado: "tornado.web.Application(…).listen(port)",
  twisted: "twisted.internet.reactor.run()",
  websockets: "websockets.serve(handler, host, port)",
  wsgiref: "wsgiref.simple_server.make_server(host, port, app).serve_forever()",
  xmlrpc: "xmlrpc.server.SimpleXMLRPCServer(address).serve_forever()",
};

/** The names that the fact `server` has. */
function servers() {
  const schema = JSON.parse(opslint("schema", "config"));
  return schema.properties.deployments.additionalProperties.properties.server.enum;
}

/** What the program runs with in a project that says nothing else. */
function unset(command) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "opslint-docs-"));
  try {
    const unit = `[Service]\nExecStart=/srv/shop/bin/${command}\n`;
    writeFileSync(path.join(folder, "shop.service"), unit);
    const { projects } = JSON.parse(opslintIn(folder, "resolve", "--settings", "--format", "json"));
    return projects[0].deployments[0].processes[0];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A row for each fact or setting: its name, its value, and where that is from. */
function rows(facts) {
  const value = (it) => (it.value === undefined ? "not known" : code(JSON.stringify(it.value)));
  const source = (it) => it.origin?.source ?? it.unknown?.reason ?? it.reason ?? "";
  return Object.entries(facts ?? {}).map(([name, it]) => [code(name), value(it), cell(source(it))]);
}

const list = (it) => (it ?? []).map(code).join(", ");

function described(data) {
  const starts = (data.runs ?? []).map((it) => `- ${list(it.names)}${it.subcommands ? ` with ${list(it.subcommands)}` : ""}`);
  const images = (data.images ?? []).map((it) => `- the image ${list(it.names)}`);
  const parts = [`It serves ${prose(data.serves)}.`, "## How it is recognised", [...starts, ...images].join("\n")];
  if (data.options?.length) {
    const rows = data.options.map((it) => [it.name, list(it.flags), list(it.env), it.default === undefined ? "" : code(it.default), it.fact ? code(it.fact) : ""].map(cell));
    parts.push("## Options", table(["option", "flags", "variables", "default", "fact"], rows));
  }
  if (data.memory) parts.push("## Memory", `A worker is taken to need ${data.memory.mb} MB: ${prose(data.memory.what)}.`);
  const sources = Object.values(data.sources ?? {}).map((it) => `- <${it.url}>${[it.version, it.checked].filter(Boolean).map((part) => `, ${part}`).join("")}${it.note ? `: ${prose(it.note.replaceAll("\n", " "))}` : ""}`);
  return [...parts, "## Sources", sources.join("\n")];
}

function page(id, data) {
  const rules = rulesWith((text) => text.includes(`"${id}"`) || text.includes(`'${id}'`));
  const command = COMMANDS[id];
  const call = CALLS[id];
  if (!data && !command && !call) throw new Error(`no command starts ${id}: add one to COMMANDS, or a call to CALLS`);
  const parts = [`# ${data?.title ?? id}`, `Its name in rules is ${code(id)}: \`server == "${id}"\`.`];
  if (data) parts.push(...described(data));
  if (call) parts.push(`A script of the project starts it: \`${call}\`. opslint follows the script that a command runs, and takes host and port from the call.`);
  if (command) {
    const { facts, settings } = unset(command);
    parts.push(
      "## When nothing is set",
      `\`${command}\` in a systemd unit that says nothing else runs with:`,
      table(["fact", "value", "where it is from"], rows(facts)),
    );
    const own = rows(settings);
    if (own.length) parts.push("## Settings", table(["setting", "default", "where it is from"], own));
  }
  if (rules.length) parts.push("## Rules that name it", rules.join("\n"));
  return parts.join("\n\n");
}

export default {
  watch: WATCHED,
  paths() {
    const described = new Map(tables("programs").map((it) => [it.data.id, it.data]));
    const ids = [...new Set([...servers(), ...described.keys()])].sort();
    const rows = ids.map((id) => [`[${described.get(id)?.title ?? id}](./${id})`, code(id)]);
    const index = `# Programs\n\nWhat commands and images start, and what opslint knows of it.\n\n${table(["program", "name in rules"], rows)}\n`;
    return [
      { params: { program: "index" }, content: plain(index) },
      ...ids.map((id) => ({ params: { program: id }, content: plain(page(id, described.get(id))) })),
    ];
  },
};
