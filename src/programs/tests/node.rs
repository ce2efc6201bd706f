//! Programs of Node.js: where their scripts listen, and how many processes they fork.

use super::*;

fn scene(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Scene {
    let memory = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    Scene { files: memory, ..Scene::new(variables) }
}

#[track_caller]
fn check_listen(script: &str, variables: &[(&str, &str)], host: &str, port: &str) {
    let expected = [(vocabulary::BIND_HOST, host), (vocabulary::PORT, port)];
    scene(&[("server.js", script)], variables).check("node server.js", &expected);
}

#[test]
fn a_variable_has_the_default_that_stands_behind_it() {
    for port in [
        "process.env.PORT || 3000",
        "process.env.PORT ?? '3000'",
        "Number(process.env.PORT ?? 3000)",
        "parseInt(process.env.PORT || '3000', 10)",
        "parseInt(process.env.PORT, 10) || 3000",
        "process.env['PORT'] || 3000",
        "+(process.env.PORT || 3000)",
    ] {
        let script = format!("const port = {port};\napp.listen(port, () => {{}})");
        check_listen(&script, &[], "0.0.0.0", "3000");
        check_listen(&script, &[("PORT", "8080")], "0.0.0.0", "8080");
    }
    check_listen("app.listen(process.env.PORT)", &[], "0.0.0.0", "unknown");
    check_listen("app.listen(process.env.PORT || config.port)", &[], "0.0.0.0", "unknown");
    check_listen("app.listen(process.env.API_PORT || 4000)", &[("PORT", "1")], "0.0.0.0", "4000");
    check_listen("app.listen(process.env.API_PORT || 4000)", &[("API_PORT", "5")], "0.0.0.0", "5");
    let taken = "const { PORT = 3000, NODE_ENV } = process.env\napp.listen(PORT)";
    check_listen(taken, &[], "0.0.0.0", "3000");
    check_listen(taken, &[("PORT", "8080")], "0.0.0.0", "8080");
}

#[test]
fn frameworks_say_where_they_listen_in_their_own_way() {
    let hono = "import { serve } from '@hono/node-server'\nserve({ fetch: app.fetch, port: 4000 })";
    check_listen(hono, &[], "0.0.0.0", "4000");
    let hapi = "const Hapi = require('@hapi/hapi');\nconst server = Hapi.server({ port: 4001, host: 'localhost' });";
    check_listen(hapi, &[], "127.0.0.1", "4001");
    let koa = "const Koa = require('koa');\nconst app = new Koa();\napp.listen({ port: 4002, host: '::' });";
    check_listen(koa, &[], "::", "4002");
    let nest = "import { FastifyAdapter } from '@nestjs/platform-fastify';\nawait app.listen(process.env.PORT ?? 3000);";
    check_listen(nest, &[], "127.0.0.1", "3000");
}

#[test]
fn the_source_of_a_compiled_script_is_read() {
    let main = "const app = await NestFactory.create(AppModule);\nawait app.listen(process.env.PORT ?? 3000);";
    let config = r#"{ "compilerOptions": { "outDir": "./dist" } } // "outDir": "x""#;
    let files = [("src/main.ts", main), ("tsconfig.json", config)];
    let port = [(vocabulary::PORT, "3000"), (vocabulary::BIND_HOST, "0.0.0.0")];
    for command in ["node dist/main", "node dist/main.js", "node ./dist/main.js", "nest start"] {
        scene(&files, &[]).check(command, &port);
    }
    let none = [(vocabulary::PORT, "-")];
    scene(&files, &[]).check("node build/main.js", &none);
    scene(&files[..1], &[]).check("node dist/main.js", &none);
    let rooted = r#"{ "compilerOptions": { "rootDir": "server", "outDir": "out" } }"#;
    let files = [("server/a/b.ts", main), ("tsconfig.json", rooted)];
    scene(&files, &[]).check("node out/a/b.js", &port);
    scene(&[("nest-cli.json", "{}"), ("src/main.ts", main)], &[])
        .check("nest start --watch", &[(vocabulary::DEV_SERVER, "true")]);
}

#[test]
fn servers_that_a_build_writes_are_those_of_the_framework() {
    let package = |name: &str| format!(r#"{{"dependencies": {{"{name}": "^1"}}}}"#);
    let check = |name: &str, command: &str, variables: &[(&str, &str)], host: &str, port: &str| {
        let package = package(name);
        let files = [("package.json", package.as_str())];
        let expected = [(vocabulary::BIND_HOST, host), (vocabulary::PORT, port)];
        scene(&files, variables).check(command, &expected);
    };
    check("nuxt", "node .output/server/index.mjs", &[], "0.0.0.0", "3000");
    check("nuxt", "node ./.output/server/index.mjs", &[("PORT", "80")], "0.0.0.0", "80");
    let both = [("PORT", "80"), ("NITRO_PORT", "81"), ("HOST", "127.0.0.1")];
    check("nuxt", "node .output/server/index.mjs", &both, "127.0.0.1", "81");
    check("@sveltejs/adapter-node", "node build", &[], "0.0.0.0", "3000");
    check("@sveltejs/adapter-node", "node build/index.js", &[("HOST", "::1")], "::1", "3000");
    check("@astrojs/node", "node ./dist/server/entry.mjs", &[], "-", "4321");
    check("next", "node .next/standalone/server.js", &[("HOSTNAME", "0.0.0.0")], "0.0.0.0", "3000");
    check("express", "node build", &[], "-", "-");
    let named = [
        ("package.json", r#"{"devDependencies": {"@sveltejs/adapter-node": "5"}}"#),
        ("svelte.config.js", "export default { kit: { adapter: adapter({ envPrefix: 'MY_' }) } }"),
    ];
    scene(&named, &[]).check("node build", &[(vocabulary::PORT, "-")]);
}

#[test]
fn a_script_forks_as_many_processes_as_it_says() {
    let check = |script: &str, variables: &[(&str, &str)], workers: &str| {
        let scene = scene(&[("server.js", script)], variables);
        scene.check("node server.js", &[(vocabulary::WORKERS, workers)]);
    };
    let head = "const cluster = require('cluster');\nconst os = require('os');\n";
    let fork = |count: &str| {
        format!(
            "{head}if (cluster.isPrimary) {{\n  for (let i = 0; i < {count}; i++) {{\n    cluster.fork();\n  }}\n  \
             cluster.on('exit', () => cluster.fork());\n}}"
        )
    };
    check(&fork("os.cpus().length"), &[], "8");
    check(&fork("availableParallelism()"), &[], "8");
    check(&fork("4"), &[], "4");
    check(&format!("const n = os.cpus().length;\n{}", fork("n")), &[], "8");
    // What runs in Node.js 20 with 8 CPUs forks as often.
    let counted = |count: &str| format!("const n = {count};\n{}", fork("n"));
    check(&counted("process.env.WEB_CONCURRENCY || 2"), &[], "2");
    check(&counted("process.env.WEB_CONCURRENCY || 2"), &[("WEB_CONCURRENCY", "3")], "3");
    check(&counted("process.env.WEB_CONCURRENCY || 2"), &[("WEB_CONCURRENCY", "auto")], "unknown");
    check(&fork("process.env.WEB_CONCURRENCY || 2"), &[], "unknown");
    check(&fork("Math.min(4, os.cpus().length)"), &[], "4");
    check(&counted("Math.max(2, os.cpus().length - 1)"), &[], "7");
    check(&counted("os.cpus().length / 3"), &[], "3");
    check(&counted("Math.floor(os.cpus().length / 3)"), &[], "2");
    check(&counted("Math.ceil(os.cpus().length / 3)"), &[], "3");
    check(&counted("parseInt(process.env.WORKERS || '3', 10)"), &[], "3");
    check(&counted("Number(process.env.WORKERS) || os.cpus().length * 2"), &[], "16");
    check(&counted("(os.cpus().length - 1) || 1"), &[], "7");
    check(&counted("isProduction ? os.cpus().length : 1"), &[], "unknown");
    let one_line = format!(
        "{head}if (cluster.isPrimary) {{ for (let i = 0; i < 3; i++) cluster.fork(); }}\nelse {{ listen(); }}"
    );
    check(&one_line, &[], "3");
    let each = format!("{head}for (const cpu of os.cpus()) {{\n  cluster.fork();\n}}");
    check(&each, &[], "8");
    check(&format!("{head}for (let i = 1; i < 4; i++) cluster.fork();"), &[], "unknown");
    check(&format!("{head}cluster.fork();"), &[], "unknown");
    check("require('cluster'); app.listen(80)", &[], "1");
    check("const throng = require('throng');\nthrong({ worker: start, count: 3 });", &[], "3");
    check("const throng = require('throng');\nthrong({ worker: start });", &[], "8");
    check("const throng = require('throng');\nthrong(start);", &[], "8");
    let first =
        "const throng = require('throng');\nconst WORKERS = process.env.WEB_CONCURRENCY || 3;\n";
    check(&format!("{first}throng(WORKERS, {{ lifetime: Infinity }}, start);"), &[], "3");
    check(&format!("{first}throng({{ worker: start, count: WORKERS }});"), &[], "3");
    check(&format!("{first}throng(start, {{ workers: 2 }});"), &[], "2");
}

#[test]
fn settings_of_another_file_are_resolved_as_inline_ones_are() {
    let server = "import config from './config';\nconst app = require('express')();\n\
                  app.listen(config.port, config.host, () => {});\n";
    let check = |config: &str, variables: &[(&str, &str)], host: &str, port: &str| {
        let files = [("server.js", server), ("config.ts", config)];
        let expected = [(vocabulary::BIND_HOST, host), (vocabulary::PORT, port)];
        scene(&files, variables).check("node server.js", &expected);
    };
    let config = "export default {\n  port: process.env.APP_PORT || 3000,\n  \
                  host: process.env.APP_HOST || 'localhost',\n};\n";
    check(config, &[], "127.0.0.1", "3000");
    check(config, &[("APP_HOST", "0.0.0.0"), ("APP_PORT", "81")], "0.0.0.0", "81");
    let typed = "const config: Config = { port: 4000, host: process.env.HOST ?? '::' };\n\
                 export default config;\n";
    check(typed, &[], "::", "4000");
    // A container has its own name, and nobody knows what stands behind a call.
    check(
        "module.exports = { port: 1, host: process.env.HOSTNAME || 'localhost' };",
        &[],
        "-",
        "1",
    );
    check("module.exports = { port: 1, host: host() || 'localhost' };", &[], "-", "1");
    let dotenv = "require('dotenv').config();\nmodule.exports = { port: 1, host: process.env.HOST || 'localhost' };";
    let files = [("server.js", server), ("config.js", dotenv), (".env", "HOST=0.0.0.0\n")];
    scene(&files, &[]).check("node server.js", &[(vocabulary::BIND_HOST, "-")]);
}

#[test]
fn servers_of_frameworks_have_their_own_ports() {
    let check = |command: &str, host: &str, port: &str| {
        let expected = [(vocabulary::BIND_HOST, host), (vocabulary::PORT, port)];
        Scene::new(&[]).check(command, &expected);
    };
    check("nuxt start", "-", "3000");
    check("nuxi preview --port 80", "-", "80");
    check("nuxt dev", "localhost", "3000");
    check("json-server db.json", "localhost", "3000");
    check("json-server --host 0.0.0.0 -p 80 db.json", "0.0.0.0", "80");
    check("gatsby serve -H 0.0.0.0 -p 9001", "0.0.0.0", "9001");
    Scene::new(&[]).check("nuxt dev", &[(vocabulary::DEV_SERVER, "true")]);
}

#[test]
fn the_file_that_listens_may_be_one_that_the_script_loads() {
    let express = "const app = require('express')();\n";
    let listens = |rest: &str| format!("{express}app.listen({rest});\n");
    let port = |value: &'static str| [(vocabulary::PORT, value)];
    let server = listens("process.env.PORT || 4000");
    let files = [("index.js", "require('./src/server');\n"), ("src/server.js", server.as_str())];
    scene(&files, &[]).check("node index.js", &port("4000"));
    scene(&files, &[("PORT", "5000")]).check("node index.js", &port("5000"));
    // Two that listen, or something else that does.
    let two = [
        ("index.js", "require('./a'); require('./b');\n"),
        ("a.js", server.as_str()),
        ("b.js", server.as_str()),
    ];
    scene(&two, &[]).check("node index.js", &port("-"));
    let other = [("index.js", "require('./a');\n"), ("a.js", "history.listen(4000);\n")];
    scene(&other, &[]).check("node index.js", &port("-"));
    let compiled =
        [("src/index.ts", "import './server.js';\n"), ("src/server.ts", server.as_str())];
    scene(&compiled, &[]).check("tsx src/index.ts", &port("4000"));
}

#[test]
fn a_port_of_a_file_with_settings_is_read() {
    let listens = |import: &str, port: &str| format!("{import}\napp.listen({port}, () => {{}});\n");
    let port = [(vocabulary::PORT, "4000")];
    for (import, name, config) in [
        ("const config = require('./config');", "config.port", "module.exports = { port: 4000 };"),
        (
            "const config = require('./config');",
            "config.server.port",
            "module.exports = {\n  a: 1,\n  server: { port: process.env.PORT || 4000 },\n};",
        ),
        ("const { port } = require('./config');", "port", "module.exports = { port: 4000 };"),
        (
            "const { port: p } = require('./config');",
            "p",
            "const port = 4000;\nmodule.exports = { port };",
        ),
        (
            "import config from './config';",
            "config.port",
            "const c = { port: 4000 };\nexport default c;",
        ),
        (
            "import { port } from './config';",
            "port",
            "export const port = process.env.PORT ?? 4000;",
        ),
        (
            "import { config } from './config';",
            "config.port",
            "export const config = { port: 4000 };",
        ),
        ("const config = { port: 4000 };", "config.port", ""),
    ] {
        let script = listens(import, name);
        let files = [("server.js", script.as_str()), ("config.js", config)];
        scene(&files, &[]).check("node server.js", &port);
    }
    let script = listens("const config = require('./config');", "config.port");
    let hidden = [("server.js", script.as_str()), ("config.js", "module.exports = load();")];
    scene(&hidden, &[]).check("node server.js", &[(vocabulary::PORT, "-")]);
}

#[test]
fn a_name_of_a_function_is_not_that_of_the_module() {
    let www = "var port = normalizePort(process.env.PORT || '3000');\nvar server = \
               http.createServer(app);\nserver.listen(port);\nfunction normalizePort(val) {\n  \
               var port = parseInt(val, 10);\n  return port;\n}\n";
    let files = [("bin/www", www)];
    scene(&files, &[]).check("node ./bin/www", &[(vocabulary::PORT, "3000")]);
}

#[test]
fn a_variable_in_front_of_the_cpus_counts_first() {
    let script = "const cluster = require('cluster');\nconst n = process.env.WEB_CONCURRENCY || \
                  os.cpus().length;\nif (cluster.isPrimary) {\n  for (let i = 0; i < n; i++) {\n    \
                  cluster.fork();\n  }\n}\n";
    let set = scene(&[("server.js", script)], &[("WEB_CONCURRENCY", "3")]);
    set.check("node server.js", &[(vocabulary::WORKERS, "3")]);
}
