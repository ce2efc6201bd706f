//! Values of formats whose readers say what they take: what is right, and what is told.

use super::diagnostics;
use crate::parse::Syntax;

/// The messages about a text, in the order of the file.
fn messages(format: &str, syntax: Syntax, text: &str) -> Vec<String> {
    let (_, found) = diagnostics(format, syntax, text);
    found.into_iter().map(|it| it.message).collect()
}

/// Nothing is said of the text, and of each replacement of a part a message that begins so, if any.
fn check(format: &str, syntax: Syntax, text: &str, changes: &[(&str, &str, &str)]) {
    assert_eq!(messages(format, syntax, text), [""; 0], "{text}");
    for (from, to, expect) in changes {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        let found = messages(format, syntax, &changed).join("\n");
        let is_it = found.starts_with(expect) && expect.is_empty() == found.is_empty();
        assert!(is_it, "{found}, not {expect}: {changed}");
    }
}

#[test]
fn kamal_takes_the_type_of_its_example() {
    let text = "service: shop\nimage: 37/shop\nservers:\n  web: [10.0.0.1]\n  jobs:\n    \
                hosts:\n      - 10.0.0.2: tag\n    cmd: bin/jobs\nproxy:\n  ssl: true\n  \
                host: shop.example.com\n  app_port: 3000\n  buffering:\n    \
                max_request_body: 40_000_000\n  healthcheck:\n    interval: 3\n\
                builder:\n  arch: amd64\ndeploy_timeout: 30\n";
    let int = "`app_port` must be an integer, not a string";
    check(
        "kamal",
        Syntax::Yaml,
        text,
        &[
            ("app_port: 3000", "app_port: '3000'", int),
            ("app_port: 3000", "app_port: <%= ENV[\"PORT\"] %>", ""),
            ("interval: 3", "interval: 3s", "`interval` must be an integer, not a string"),
            ("ssl: true", "ssl: 'on'", "`ssl` must be a boolean or a table, not a string"),
            ("ssl: true", "ssl: {certificate_pem: A, private_key_pem: B}", ""),
            ("arch: amd64", "arch: [amd64, arm64]", ""),
            ("proxy:\n", "readiness_delay:\nproxy:\n", ""),
            ("service: shop", "service: 7", ""),
            ("service: shop", "service: [shop]", "`service` must be a single value, not a list"),
            ("cmd: bin/jobs", "cmd: [bin/jobs]", "`cmd` must be a single value, not a list"),
        ],
    );
}

#[test]
fn railway_takes_numbers_as_texts_too() {
    let text = "[build]\nbuilder = \"nixpacks\"\nwatchPatterns = [\"src/**\"]\n[deploy]\n\
                startCommand = \"gunicorn shop.wsgi\"\nhealthcheckTimeout = 300\n\
                overlapSeconds = \"60\"\npreDeployCommand = [\"npm run migrate\"]\n\
                restartPolicyType = \"on_failure\"\nnumReplicas = 2\n";
    let list = "`startCommand` must be a single value, not a list";
    let builder = "`builder` cannot be ";
    check(
        "railway",
        Syntax::Toml,
        text,
        &[
            ("preDeployCommand = [\"npm run migrate\"]", "preDeployCommand = \"x\"", ""),
            ("numReplicas = 2", "numReplicas = \"2\"", ""),
            ("\"gunicorn shop.wsgi\"", "[\"gunicorn\"]", list),
            ("300", "\"5m\"", "`healthcheckTimeout` must be an integer, not a string"),
            ("\"nixpacks\"", "\"docker\"", builder),
        ],
    );
}

#[test]
fn digitalocean_has_its_numbers_and_words() {
    let text = "name: shop\nservices:\n- name: web\n  http_port: 8080\n  instance_count: 2\n  \
                protocol: HTTP\n  envs: [{key: A, value: b, scope: RUN_TIME, type: SECRET}]\n  \
                autoscaling: {min_instance_count: 1, max_instance_count: 3}\n\
                jobs:\n- {name: migrate, kind: PRE_DEPLOY}\n";
    check(
        "digitalocean",
        Syntax::Yaml,
        text,
        &[
            ("8080", "'8080'", ""),
            ("8080", "${PORT}", ""),
            ("8080", "80800", "`http_port` is 80800, but must be from 1 to 65535"),
            ("8080", "http", "`http_port` must be an integer, not a string"),
            (
                "instance_count: 2",
                "instance_count: 0",
                "`instance_count` is 0, but must be at least 1",
            ),
            ("protocol: HTTP", "protocol: GRPC", "`protocol` cannot be "),
            ("scope: RUN_TIME", "scope: RUNTIME", "`scope` cannot be "),
            ("kind: PRE_DEPLOY", "kind: PREDEPLOY", "`kind` cannot be "),
        ],
    );
}

#[test]
fn functions_have_the_values_that_their_readers_check() {
    let vercel = r#"{"cleanUrls": true, "functions": {"api/*.py": {"maxDuration": 60, "memory": 1024,
        "includeFiles": "a/**", "regions": ["fra1"]}}, "crons": [{"path": "/api/cron",
        "schedule": "0 5 * * *"}], "redirects": [{"source": "/a", "destination": "/b",
        "permanent": false}]}"#;
    check(
        "vercel",
        Syntax::Json,
        vercel,
        &[
            ("60", "\"max\"", ""),
            ("60", "\"60\"", "`maxDuration` must be a number of seconds or `max`"),
            ("\"/api/cron\"", "\"api/cron\"", "`path` must be a path that begins with `/`"),
            ("\"a/**\"", "[\"a/**\"]", "`includeFiles` must be a string, not a list"),
            ("true", "\"true\"", "`cleanUrls` must be a boolean, not a string"),
        ],
    );
    let netlify = "[build]\ncommand = \"make\"\nfunctions = \"api\"\n[functions]\n\
                   included_files = [\"a\"]\n[functions.hello]\nnode_bundler = \"esbuild\"\n\
                   [[plugins]]\npackage = \"x\"\n";
    check(
        "netlify",
        Syntax::Toml,
        netlify,
        &[
            ("\"make\"", "[\"make\"]", "`command` must be a string, not a list"),
            (
                "[\"a\"]",
                "\"a\"",
                "`included_files` must be a list of strings or a table, not a string",
            ),
            ("\"esbuild\"", "\"webpack\"", "`node_bundler` cannot be "),
            ("package", "#", "`package` is missing"),
        ],
    );
    let zappa = r#"{"dev": {"timeout_seconds": 30, "memory_size": 512, "vpc_config": {}}}"#;
    check(
        "zappa",
        Syntax::Json,
        zappa,
        &[
            ("30", "\"30\"", "`timeout_seconds` must be an integer, not a string"),
            ("512", "null", ""),
        ],
    );
    let chalice = r#"{"version": "2.0", "app_name": "shop", "lambda_timeout": 30,
        "environment_variables": {"A": "1"}, "stages": {"dev": {"lambda_memory_size": 256}}}"#;
    check(
        "chalice",
        Syntax::Json,
        chalice,
        &[
            ("30", "\"30\"", "`lambda_timeout` must be an integer, not a string"),
            ("\"1\"", "1", "`A` must be"),
        ],
    );
}
