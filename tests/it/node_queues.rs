//! What programs of Node.js open and work on: the pool of Prisma, and the jobs of BullMQ.

use opslint::analysis::{Analysis, Options};
use opslint::project::Facts;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

const SCHEMA: &str = "generator client {\n  provider = \"prisma-client-js\"\n}\n\ndatasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n";
const SERVER: &str = "const { PrismaClient } = require('@prisma/client');\nconst prisma = new PrismaClient();\nrequire('express')().listen(3000);\n";

/// The facts of a process that runs server.js on a machine with two CPUs.
fn facts(env: &str, files: &[(&str, &str)]) -> Facts {
    let fly = format!(
        "[env]\n{env}\n[processes]\napp = 'node server.js'\n[http_service]\ninternal_port = 3000\n[[vm]]\nsize = 'shared-cpu-2x'\n"
    );
    let mut all = MemoryFiles::new()
        .with("fly.toml", fly)
        .with("Dockerfile", "FROM node:22-slim\nWORKDIR /app\nCOPY . .\n")
        .with("prisma/schema.prisma", SCHEMA)
        .with("server.js", SERVER);
    for (path, text) in files {
        all = all.with(*path, *text);
    }
    let answer = Analysis::open(all, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].facts.clone()
}

#[track_caller]
fn check(env: &str, files: &[(&str, &str)], id: FactId, expect: &str) {
    let facts = facts(env, files);
    let found = facts.get(id).map_or_else(|| "-".to_owned(), |it| it.state.to_string());
    assert_eq!(found, expect, "{env} {files:?}");
}

#[test]
fn prisma_opens_a_pool_by_the_cores_or_by_its_address() {
    let pool = v::CONNECTIONS_PER_PROCESS;
    // One core for each CPU, or one that two of them share.
    check("", &[], pool, "3..5");
    let address = "DATABASE_URL = 'postgres://db.internal/shop";
    check(&format!("{address}'"), &[], pool, "3..5");
    check(&format!("{address}?schema=public&connection_limit=7'"), &[], pool, "7");
    check(&format!("{address}?connection_limit=x'"), &[], pool, "unknown");
    check(&format!("{address}?pgbouncer=true&connection_limit=1'"), &[], pool, "unknown");
    check("DATABASE_URL = 'prisma+postgres://accelerate.example/?api_key=x'", &[], pool, "unknown");
    let written = SCHEMA.replace("env(\"DATABASE_URL\")", "\"mysql://db/x?connection_limit=4\"");
    check("", &[("prisma/schema.prisma", &written.replace("postgresql", "mysql"))], pool, "4");
    check("", &[(".env", "DATABASE_URL=postgres://localhost/shop\n")], pool, "unknown");
    let one = [(
        "fly.toml",
        "[processes]\napp = 'node server.js'\n[http_service]\ninternal_port = 3000\n[[vm]]\nsize = 'shared-cpu-1x'\n",
    )];
    check("", &one, pool, "3");
}

#[test]
fn only_the_engine_of_prisma_has_a_pool_of_its_own() {
    let pool = v::CONNECTIONS_PER_PROCESS;
    for provider in ["sqlite", "mongodb", "sqlserver"] {
        let schema = SCHEMA.replace("postgresql", provider);
        check("", &[("prisma/schema.prisma", &schema)], pool, "-");
    }
    let package =
        |version: &str| format!("{{\"dependencies\": {{\"@prisma/client\": \"{version}\"}}}}");
    check("", &[("package.json", &package("^6.19.0"))], pool, "3..5");
    check("", &[("package.json", &package("^7.0.0"))], pool, "-");
    check("", &[("package.json", &package("latest"))], pool, "3..5");
    check(
        "",
        &[("prisma/schema.prisma", "datasource db {\n  provider = \"postgresql\"\n}\n")],
        pool,
        "-",
    );
    let with = |made: &str| {
        format!(
            "const {{ PrismaClient }} = require('@prisma/client');\nconst prisma = {made};\nrequire('express')().listen(3000);\n"
        )
    };
    for made in [
        "new PrismaClient({ datasourceUrl: process.env.URL })",
        "new PrismaClient({ adapter })",
        "new PrismaClient().$extends(withAccelerate())",
    ] {
        check("", &[("server.js", &with(made))], pool, "unknown");
    }
    check(
        "",
        &[("server.js", &with("global.prisma ?? new PrismaClient({ log: ['error'] })"))],
        pool,
        "3..5",
    );
    check("", &[("server.js", &with("[new PrismaClient(), new PrismaClient()]"))], pool, "-");
    let class = "import { PrismaClient } from '@prisma/client';\nclass Db extends PrismaClient {}\nrequire('express')().listen(3000);\n";
    check("", &[("server.js", class)], pool, "3..5");
}

#[test]
fn an_adapter_brings_the_pool_of_its_driver() {
    let pool = v::CONNECTIONS_PER_PROCESS;
    let script = |adapter: &str| {
        format!(
            "import {{ PrismaPg }} from '@prisma/adapter-pg';\nimport {{ Pool }} from 'pg';\n\
             import {{ PrismaClient }} from './generated/prisma/client';\n{adapter}\n\
             const prisma = new PrismaClient({{ adapter }});\nrequire('express')().listen(3000);\n"
        )
    };
    for (adapter, expect) in [
        ("const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });", "10"),
        ("const adapter = new PrismaPg({ connectionString: x, max: 4 }, { schema: 'x' });", "4"),
        ("const pool = new Pool({ max: 6 });\nconst adapter = new PrismaPg(pool);", "6"),
        ("const adapter = new PrismaPg({ ...options });", "unknown"),
    ] {
        check("", &[("server.js", &script(adapter))], pool, expect);
    }
}

/// A worker with these options in worker.js, which the process runs.
#[track_caller]
fn check_jobs(script: &str, others: &[(&str, &str)], expect: [&str; 3]) {
    let mut all = MemoryFiles::new()
        .with("Procfile", "worker: node worker.js\n")
        .with("app.json", "{ \"buildpacks\": [{ \"url\": \"heroku/nodejs\" }] }")
        .with("worker.js", script);
    for (path, text) in others {
        all = all.with(*path, *text);
    }
    let answer = Analysis::open(all, Options::plain()).expect("the files are there").facts();
    let facts = &answer.projects[0].deployments[0].processes[0].facts;
    let found = [v::CONCURRENCY, v::SERVES, v::CODE_DROPS_JOBS]
        .map(|id| facts.get(id).map_or_else(|| "-".to_owned(), |it| it.state.to_string()));
    assert_eq!(found.each_ref().map(String::as_str), expect, "{script}");
}

#[test]
fn a_worker_of_bullmq_takes_the_jobs_that_its_options_say() {
    let with = |options: &str| {
        format!("const {{ Worker }} = require('bullmq');\nnew Worker('mail', send{options});\n")
    };
    for (options, expect) in [
        ("", "1"),
        (", { connection }", "1"),
        (", { connection, concurrency: 20 }", "20"),
        (", { connection, concurrency: Number(process.env.JOBS) || 4 }", "4"),
        (", { connection, concurrency: count() }", "unknown"),
        (", { ...options }", "unknown"),
        (", options", "unknown"),
    ] {
        check_jobs(&with(options), &[], [expect, "jobs", "bullmq"]);
    }
    let two = with(", { concurrency: 2 }") + "new Worker('sms', send, { concurrency: 3 });\n";
    check_jobs(&two, &[], ["5", "jobs", "bullmq"]);
}

#[test]
fn only_a_process_that_answers_no_requests_is_one_of_jobs() {
    let worker = "const { Worker } = require('bullmq');\nconst w = new Worker('mail', send);\n";
    let listens = format!("{worker}require('express')().listen(3000);\n");
    check_jobs(&listens, &[], ["-", "-", "bullmq"]);
    let closes = format!("{worker}process.on('SIGTERM', () => w.close());\n");
    check_jobs(&closes, &[], ["1", "jobs", "-"]);
    let elsewhere = "const { Worker } = require('worker_threads');\nnew Worker('x.js');\n";
    check_jobs(elsewhere, &[], ["-", "-", "-"]);
    check_jobs("require('./jobs');\n", &[("jobs.js", worker)], ["1", "jobs", "bullmq"]);
    // A file that is not here may close it.
    check_jobs(&format!("require('./gone');\n{worker}"), &[], ["1", "jobs", "-"]);
}
