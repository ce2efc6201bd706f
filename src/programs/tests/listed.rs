//! Programs of `programs/`.

use super::*;
use crate::programs::listed::{PROGRAMS, Serves};

fn id(command: &str) -> Option<&'static str> {
    match Scene::new(&[]).resolve(command).0 {
        Some(ServerKind::Listed(program)) => Some(program.id),
        _ => None,
    }
}

#[test]
fn programs_are_known_by_name_subcommand_and_flag() {
    for (command, expected) in [
        ("node server.js", Some("node")),
        ("node", None),
        ("node --version", None),
        ("/usr/local/bin/node dist/main", Some("node")),
        ("next start -p 8080", Some("next")),
        ("next dev", Some("next-dev")),
        ("next build", None),
        ("node node_modules/.bin/next start", Some("next")),
        ("node ./node_modules/next/dist/bin/next start", Some("next")),
        ("node next.js start", Some("node")),
        ("vite", Some("vite")),
        ("vite --host --port 3000", Some("vite")),
        ("vite --port 3000 preview", Some("vite")),
        ("vite build", None),
        ("nuxt start", Some("nuxt")),
        ("nuxi dev", Some("nuxt-dev")),
        ("nuxt build", None),
        ("nest start --watch", Some("nest")),
        ("nest build", None),
        ("json-server --watch db.json", Some("json-server")),
        ("gatsby serve", Some("gatsby")),
        ("serve@14 -s build", Some("serve")),
        ("bin/rails server -p 3000", Some("rails-server")),
        ("rails s", Some("rails-server")),
        ("rails db:migrate", None),
        ("ruby bin/rails server", Some("rails-server")),
        ("php artisan serve --port=80", Some("artisan-serve")),
        ("php artisan migrate", None),
        ("php artisan inspire", Some("php")),
        ("php artisan octane:start --server=swoole --workers=4", Some("octane")),
        ("php artisan queue:work --tries=3", Some("laravel-queue")),
        ("php artisan horizon", Some("horizon")),
        ("php artisan schedule:work", Some("laravel-schedule")),
        ("php bin/console messenger:consume async -vv", Some("messenger")),
        ("vendor/bin/heroku-php-apache2 public/", Some("php-fpm")),
        ("vendor/bin/heroku-php-nginx -C nginx.conf public/", Some("php-fpm")),
        ("solid_queue", Some("solid-queue")),
        ("bin/rails solid_queue:start", Some("solid-queue")),
        ("php -S 0.0.0.0:8080 -t public", Some("php-server")),
        ("php-fpm8.3 -F", Some("php-fpm")),
        ("java -Xmx256m -jar app.jar", Some("java")),
        ("redis-server --maxmemory 1", Some("redis")),
    ] {
        assert_eq!(id(command), expected, "{command}");
    }
}

#[test]
fn octane_has_the_workers_that_are_said_or_those_of_its_server() {
    let scene = Scene::new(&[]);
    let facts = |command: &str| scene.resolve(command).1;
    let said = facts(
        "php artisan octane:start --server=swoole --workers=4 --max-requests=250 --host=0.0.0.0",
    );
    let value = |facts: &Server, id| facts.facts.get(id).map(|it| it.state.to_string());
    assert_eq!(value(&said, vocabulary::WORKERS).as_deref(), Some("4"));
    assert_eq!(value(&said, vocabulary::MAX_REQUESTS).as_deref(), Some("250"));
    assert_eq!(value(&said, vocabulary::BIND_HOST).as_deref(), Some("0.0.0.0"));
    assert_eq!(value(&said, vocabulary::PORT).as_deref(), Some("8000"));
    assert_eq!(value(&said, vocabulary::CONCURRENCY).as_deref(), Some("4"));
    let workers = vocabulary::WORKERS;
    for (command, expect) in [
        ("php artisan octane:start", "unknown"),
        ("php artisan octane:start --server=swoole", "8"),
        ("php artisan octane:start --server=swoole --workers=auto", "8"),
        ("php artisan octane:swoole --task-workers=2", "8"),
        ("php artisan octane:start --server roadrunner", "1..8"),
        ("php artisan octane:frankenphp", "2..16"),
        ("php artisan octane:frankenphp --caddyfile=Caddyfile", "unknown"),
        ("php artisan octane:start --server=$SERVER", "unknown"),
        ("php artisan octane:start --server=other", "unknown"),
    ] {
        assert_eq!(value(&facts(command), workers).as_deref(), Some(expect), "{command}");
    }
    for (config, expect) in [
        ("'server' => env('OCTANE_SERVER', 'roadrunner'),", "1..8"),
        ("'server' => 'swoole',", "8"),
        ("'server' => $server,", "unknown"),
    ] {
        let files = MemoryFiles::new().with("config/octane.php", config);
        let scene = Scene { files, ..Scene::new(&[]) };
        scene.check("php artisan octane:start", &[(workers, expect)]);
    }
    let files = MemoryFiles::new()
        .with("config/octane.php", "'server' => env('OCTANE_SERVER', 'roadrunner'),");
    let scene = Scene { files, ..Scene::new(&[("OCTANE_SERVER", "swoole")]) };
    scene.check("php artisan octane:start", &[(workers, "8")]);
}

#[test]
fn the_servers_of_the_vocabulary_are_those_with_a_file_and_those_of_the_code() {
    let has_command = |it: &&crate::programs::listed::Program| {
        it.serves == Serves::Others || !it.runs.is_empty() && it.serves != Serves::Once
    };
    for it in PROGRAMS.iter().filter(has_command) {
        assert!(vocabulary::SERVERS.contains(&it.id), "{}", it.id);
    }
    // Else a rule could not ask for it: a comparison with a name that no fact has is refused.
    for name in crate::programs::calls::names() {
        assert!(vocabulary::SERVERS.contains(&name), "{name}");
    }
    let coded: Vec<&str> =
        super::PROGRAMS.iter().flat_map(|(_, kinds)| *kinds).map(|(_, it)| it.name()).collect();
    for name in vocabulary::SERVERS.iter().filter(|it| **it != "http.server") {
        let is_listed = PROGRAMS.iter().filter(has_command).any(|it| it.id == *name);
        let is_called = crate::programs::calls::names().any(|it| it == *name);
        assert!(is_listed || is_called || coded.contains(name), "`{name}` is no program");
    }
}

#[test]
fn each_program_is_found_by_its_id() {
    for it in PROGRAMS {
        let found = crate::programs::listed::of_id(it.id).map(|it| it.id);
        assert_eq!(found, Some(it.id));
    }
}

#[test]
fn facts_follow_from_options() {
    let scene = Scene::new(&[("PORT", "9000"), ("NODE_OPTIONS", "--max-old-space-size=300")]);
    let heap = vocabulary::RUNTIME_HEAP_MB;
    scene.check("node server.js", &[(vocabulary::WORKERS, "1"), (heap, "300")]);
    // The words of the command come behind those of the variable; those behind the script are its.
    scene.check(
        "node --max-old-space-size=4096 a.js --watch",
        &[(heap, "4096"), (vocabulary::RELOAD, "false")],
    );
    scene.check("node --watch a.js", &[(vocabulary::DEV_SERVER, "true")]);
    scene.check(
        "next start",
        &[(vocabulary::PORT, "9000"), (vocabulary::BIND_HOST, "0.0.0.0"), (heap, "300")],
    );
    scene.check("next start -p 80", &[(vocabulary::PORT, "80"), (vocabulary::DEV_SERVER, "-")]);
    scene.check(
        "next dev -H localhost",
        &[(vocabulary::DEV_SERVER, "true"), (vocabulary::BIND_HOST, "localhost")],
    );
    scene.check(
        "vite --host --port 3000",
        &[(vocabulary::BIND_HOST, "0.0.0.0"), (vocabulary::PORT, "3000")],
    );
    scene.check("vite", &[(vocabulary::BIND_HOST, "localhost"), (vocabulary::DEV_SERVER, "true")]);
    scene.check(
        "php -S 127.0.0.1:8080",
        &[(vocabulary::BIND, "[127.0.0.1:8080]"), (vocabulary::DEV_SERVER, "true")],
    );
    scene.check("java -Xms64m -Xmx2g -jar a.jar -Xmx1m", &[(heap, "2048")]);
    scene.check(
        "java -XX:MaxRAMPercentage=75.0 -cp a:b Main",
        &[(vocabulary::RUNTIME_HEAP_PERCENT, "75"), (heap, "none")],
    );
    scene.check("celery -A shop flower --port=8000", &[(vocabulary::PORT, "8000")]);
    scene.check("celery -A shop flower --purge_offline_workers=9", &[(vocabulary::PORT, "5555")]);
    scene.check("pm2-runtime app.js", &[(vocabulary::WORKERS, "1")]);
    scene.check("pm2-runtime app.js -i 4", &[(vocabulary::WORKERS, "4")]);
    scene.check(
        "pm2-runtime start app.js -i max",
        &[(vocabulary::WORKERS, "8"), (vocabulary::WORKERS_FROM_CPU_COUNT, "true")],
    );
    scene.check("pm2-runtime ecosystem.config.js", &[(vocabulary::WORKERS, "unknown")]);
}

#[test]
fn sidekiq_reads_its_file_below_its_flags() {
    let mut scene = Scene::new(&[("RAILS_MAX_THREADS", "7")]);
    let (threads, grace) = (vocabulary::THREADS, vocabulary::GRACEFUL_TIMEOUT_S);
    scene.check("sidekiq", &[(threads, "7"), (grace, "25"), (vocabulary::WORKERS, "1")]);
    scene.check("sidekiq -c 3 -t 8", &[(threads, "3"), (grace, "8")]);
    scene = Scene::new(&[]);
    scene.check("sidekiq", &[(threads, "5")]);
    scene.check("sidekiq -C config/other.yml", &[(threads, "unknown")]);
    let file = |scene: Scene, text: &str| Scene {
        files: scene.files.with("config/sidekiq.yml", text),
        ..scene
    };
    let scene = file(
        Scene::new(&[("RAILS_ENV", "production")]),
        ":concurrency: 12\nproduction:\n  :timeout: 8\n",
    );
    scene.check("sidekiq", &[(threads, "12"), (grace, "8")]);
    scene.check("sidekiq -c 2", &[(threads, "2")]);
    let scene = file(Scene::new(&[]), ":concurrency: 12\nproduction:\n  :timeout: 8\n");
    scene.check("sidekiq", &[(threads, "12"), (grace, "unknown")]);
    let scene = file(Scene::new(&[]), ":concurrency: <%= 5 %>\n");
    scene.check("sidekiq", &[(threads, "5")]);
    // Sidekiq merges the file first and asks the variable only for what is still open.
    let scene = file(Scene::new(&[("RAILS_MAX_THREADS", "7")]), ":concurrency: 12\n");
    scene.check("sidekiq", &[(threads, "12")]);
    let text = ":concurrency: <%= ENV.fetch(\"RAILS_MAX_THREADS\", 5) %>\n:queues: [default]\n";
    let scene = file(Scene::new(&[("RAILS_MAX_THREADS", "7")]), text);
    scene.check("sidekiq", &[(threads, "7")]);
    let scene = file(Scene::new(&[]), "<% if ENV['X'] %>\n:concurrency: 3\n<% end %>\n");
    scene.check("sidekiq", &[(threads, "unknown")]);
}

#[test]
fn puma_is_one_process_without_workers_and_its_file_may_say_more() {
    let (workers, threads) = (vocabulary::WORKERS, vocabulary::THREADS);
    let scene = Scene::new(&[]);
    scene.check("puma", &[(workers, "1"), (threads, "5"), (vocabulary::BIND, "[0.0.0.0:9292]")]);
    scene.check(
        "puma -w 3 -t 2:8 -p 80",
        &[(workers, "3"), (threads, "8"), (vocabulary::PORT, "80")],
    );
    scene.check("puma -b tcp://127.0.0.1:9000", &[(vocabulary::BIND, "[127.0.0.1:9000]")]);
    scene.check("puma -C other.rb -w 2", &[(workers, "2"), (threads, "unknown")]);
    let variable = Scene::new(&[("WEB_CONCURRENCY", "4")]);
    variable.check("puma", &[(workers, "4")]);
    let files = MemoryFiles::new().with("config/puma.rb", "workers 2\n");
    let scene = Scene { files, ..variable };
    scene.check("puma", &[(workers, "2"), (threads, "5")]);
}

#[track_caller]
fn check_puma(file: &str, expected: &[(FactId, &str)]) {
    let files = MemoryFiles::new().with("config/puma.rb", file);
    let scene = Scene { files, ..Scene::new(&[("PORT", "3000"), ("MANY", "4")]) };
    scene.check("puma", expected);
}

#[test]
fn pumas_file_is_read() {
    use vocabulary::{BIND_HOST, KEEPALIVE_S, PORT, PRELOAD, THREADS, WORKERS};
    check_puma(
        "count = ENV.fetch('MAX') { 7 }\nthreads 1, count\nport ENV.fetch('PORT') { 1 }\n\
            workers Integer(ENV['MANY'] || 2)\npreload_app!\npersistent_timeout(95)\n",
        &[(THREADS, "7"), (PORT, "3000"), (WORKERS, "4"), (PRELOAD, "true"), (KEEPALIVE_S, "95")],
    );
    check_puma(
        "bind \"tcp://127.0.0.1:#{ENV['PORT']}\"\nworkers :auto if ENV['MANY'].to_i > 3\n",
        &[(BIND_HOST, "127.0.0.1"), (PORT, "3000"), (WORKERS, "8")],
    );
    check_puma(
        "bind 'unix:///tmp/puma.sock'",
        &[(BIND_HOST, "unix:/tmp/puma.sock"), (PORT, "none")],
    );
    // Which environment runs is not known; a condition on what is set nowhere is.
    check_puma(
        "if ENV['RAILS_ENV'] == 'production'\n  workers 2\nelse\n  workers 3\nend\nthreads 9 if ENV['X']",
        &[(WORKERS, "2 or 3"), (THREADS, "5")],
    );
    check_puma("workers 2 unless ENV['RACK_ENV'] == 'test'", &[(WORKERS, "unknown")]);
    // What may set anything hides everything; what runs later sets nothing.
    check_puma("workers 2\nplugin 'heroku'", &[(WORKERS, "unknown"), (THREADS, "unknown")]);
    check_puma("on_worker_boot { x 1 }\nplugin :tmp_restart", &[(WORKERS, "1")]);
    check_puma("workers 2\nbegin\n  workers 3\nrescue\nend", &[(WORKERS, "unknown")]);
    check_puma("workers <<A\n3\nA", &[(WORKERS, "unknown")]);
}

#[test]
fn puma_reads_the_file_that_is_named_and_that_of_the_environment() {
    let workers = vocabulary::WORKERS;
    let files = MemoryFiles::new()
        .with("config/puma.rb", "workers 2")
        .with("config/puma/staging.rb", "workers 3")
        .with("other.rb", "workers 4");
    let scene = Scene { files, ..Scene::new(&[]) };
    scene.check("puma", &[(workers, "2")]);
    scene.check("puma -e staging", &[(workers, "3")]);
    scene.check("puma -C other.rb", &[(workers, "4")]);
    scene.check("puma --config=other.rb -w 9", &[(workers, "9")]);
    scene.check("puma -C -", &[(workers, "1")]);
    scene.check("puma -C missing.rb", &[(workers, "unknown")]);
    scene.check("rails server -p 80", &[(workers, "2"), (vocabulary::PORT, "80")]);
}

#[test]
fn a_script_of_node_says_where_it_listens() {
    for (script, host, port) in [
        ("app.listen(3000)", "0.0.0.0", "3000"),
        ("const PORT = process.env.PORT || 3000;\napp.listen(PORT, () => {})", "0.0.0.0", "8080"),
        ("app.listen(Number(process.env.PORT), '127.0.0.1')", "127.0.0.1", "8080"),
        ("server.listen(port)", "-", "-"),
        ("// app.listen(80)\napp.listen(81)", "0.0.0.0", "81"),
        ("app.listen(80); other.listen(81)", "-", "-"),
        ("import f from 'fastify';\napp.listen({ port: 3000 })", "127.0.0.1", "3000"),
        ("import f from 'fastify';\napp.listen({ port: 3000, host: '::' })", "::", "3000"),
        ("app.listen(isDev ? 3000 : process.env.PORT)", "-", "-"),
    ] {
        let mut scene = Scene::new(&[("PORT", "8080")]);
        scene.files = MemoryFiles::new().with("src/server.js", script);
        let expected = [(vocabulary::BIND_HOST, host), (vocabulary::PORT, port)];
        scene.check("node src/server.js", &expected);
        scene.check("node src/server", &expected);
    }
}

#[test]
fn a_script_of_node_says_what_it_keeps() {
    let script = "const session = require('express-session');\napp.use(session({ secret }));\n\
        server.keepAliveTimeout = 65 * 1000;\nconst cron = require('node-cron');\n\
        cron.schedule('* * * * *', () => {});\n";
    let mut scene = Scene::new(&[]);
    scene.files = MemoryFiles::new().with("server.js", script);
    scene.check(
        "node server.js",
        &[
            (vocabulary::KEEPALIVE_S, "65"),
            (vocabulary::CODE_LOCAL_SESSIONS, "express-session"),
            (vocabulary::CODE_SCHEDULER, "node-cron"),
            (vocabulary::CODE_WEBSOCKET, "-"),
            (vocabulary::CODE_CLIENT, "-"),
        ],
    );
    let guarded =
        "const cron = require('node-cron');\nif (leader) {\n  cron.schedule('x', f);\n}\n";
    scene.files = MemoryFiles::new().with("server.js", guarded);
    scene.check("node server.js", &[(vocabulary::CODE_SCHEDULER, "-")]);
}

#[test]
fn a_client_of_a_chat_service_answers_no_requests_in_any_of_its_files() {
    let bot = "const { Client } = require('discord.js');\nrequire('./events');\n";
    let mut scene = Scene::new(&[]);
    scene.files = MemoryFiles::new().with("bot.js", bot).with("events.js", "f();");
    scene.check("node bot.js", &[(vocabulary::CODE_CLIENT, "discord.js")]);
    scene.files = MemoryFiles::new().with("bot.js", bot).with("events.js", "require('http')");
    scene.check("node bot.js", &[(vocabulary::CODE_CLIENT, "-")]);
    scene.files = MemoryFiles::new().with("bot.js", bot);
    scene.check("node bot.js", &[(vocabulary::CODE_CLIENT, "-")]);
}
