//! The values of the fact `server`.

use std::borrow::Cow;

/// All of them.
pub const SERVERS: &[&str] = &ALL;

/// Programs of applications: those whose settings are resolved, and those that only code starts.
pub const OF_APPLICATIONS: &[&str] = &[
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "daphne",
    "granian",
    "waitress",
    "uwsgi",
    "celery",
    "celery-beat",
    "rq",
    "dramatiq",
    "arq",
    "huey",
    "django-q",
    "django-runserver",
    "flask-run",
    "fastapi-dev",
    "http.server",
    "apache",
    "artisan-serve",
    "bun",
    "chainlit",
    "delayed-job",
    "deno",
    "dotnet",
    "falcon",
    "flower",
    "forever",
    "gatsby",
    "good-job",
    "horizon",
    "http-server",
    "java",
    "json-server",
    "laravel-queue",
    "laravel-schedule",
    "messenger",
    "nest",
    "next",
    "next-dev",
    "ng",
    "nodemon",
    "node",
    "nuxt",
    "nuxt-dev",
    "octane",
    "passenger",
    "phoenix",
    "php",
    "php-fpm",
    "php-server",
    "pm2",
    "puma",
    "rackup",
    "rails-server",
    "react-router-serve",
    "react-scripts",
    "resque",
    "ruby",
    "sanic",
    "serve",
    "shoryuken",
    "sidekiq",
    "solid-queue",
    "streamlit",
    "thin",
    "tsx",
    "unicorn",
    "vite",
    "vue-cli-service",
    "webpack-dev-server",
    // Servers that only code starts.
    "aiohttp",
    "bjoern",
    "cheroot",
    "eventlet",
    "gevent",
    "gradio",
    "nicegui",
    "quart-run",
    "robyn",
    "tornado",
    "websockets",
    "wsgiref",
    "xmlrpc",
    "asyncio",
    "grpc",
    "socketserver",
    "twisted",
];

/// Programs for other programs: proxies, databases, consoles.
const OF_OTHERS: &[&str] = &[
    "caddy",
    "clickhouse",
    "cloud-sql-proxy",
    "cloudflared",
    "couchbase",
    "couchdb",
    "dozzle",
    "dynamodb-local",
    "elasticsearch",
    "envoy",
    "ghost",
    "gitea",
    "grafana",
    "haproxy",
    "influxdb",
    "jenkins",
    "kafka",
    "kafka-ui",
    "keycloak",
    "meilisearch",
    "memcached",
    "metabase",
    "minio",
    "mongo-express",
    "mongod",
    "mysql",
    "n8n",
    "nats",
    "neo4j",
    "nextcloud",
    "nginx",
    "nginx-proxy",
    "oauth2-proxy",
    "ollama",
    "open-webui",
    "opensearch",
    "pgadmin",
    "phpredisadmin",
    "postgres",
    "prometheus",
    "qdrant",
    "rabbitmq",
    "redis",
    "redis-commander",
    "redisinsight",
    "tailscale",
    "traefik",
    "uptime-kuma",
    "vaultwarden",
    "vector",
];

const ALL: [&str; OF_APPLICATIONS.len() + OF_OTHERS.len()] = {
    let mut all = [""; OF_APPLICATIONS.len() + OF_OTHERS.len()];
    let mut idx = 0;
    while idx < all.len() {
        all[idx] = match idx.checked_sub(OF_APPLICATIONS.len()) {
            Some(idx) => OF_OTHERS[idx],
            None => OF_APPLICATIONS[idx],
        };
        idx += 1;
    }
    all
};

/// How people call a program whose value is made up, as none of its commands is named like that.
const CALLED: &[(&str, &str)] = &[
    ("artisan-serve", "`artisan serve`"),
    ("celery-beat", "`celery beat`"),
    ("delayed-job", "`delayed_job`"),
    ("django-q", "`manage.py qcluster`"),
    ("django-runserver", "`manage.py runserver`"),
    ("fastapi-dev", "`fastapi dev`"),
    // Code starts it as well, by `app.run()`.
    ("flask-run", "Flask's own server"),
    ("good-job", "`good_job`"),
    ("horizon", "`artisan horizon`"),
    ("laravel-queue", "`artisan queue:work`"),
    ("laravel-schedule", "`artisan schedule:work`"),
    ("messenger", "`console messenger:consume`"),
    ("next-dev", "`next dev`"),
    ("nuxt-dev", "`nuxt dev`"),
    ("octane", "`artisan octane:start`"),
    ("php-server", "`php -S`"),
    ("quart-run", "Quart's own server"),
    ("rails-server", "`rails server`"),
    ("solid-queue", "`solid_queue`"),
];

/// How people call a program, in a sentence: `` `next dev` `` for `next-dev`. Of most it is their name.
pub fn called(server: &str) -> Cow<'_, str> {
    match CALLED.iter().find(|it| it.0 == server) {
        Some((_, called)) => Cow::Borrowed(called),
        None => Cow::Owned(format!("`{server}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_have_other_names() {
        for (server, _) in CALLED {
            assert!(SERVERS.contains(server), "{server}");
        }
    }
}
