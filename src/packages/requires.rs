//! What the packages that a project asks for mean to rules: whether its server can speak WebSocket,
//! and how large they are.

use super::{Package, Packages};
use crate::fact::{Fact, Origin, Value};
use crate::project::Facts;
use crate::vocabulary as v;

/// Packages that are larger than any function's package when they are unpacked, with what they have
/// at least, in megabytes: their smallest wheel or archive for x86-64 since 2023, and of
/// tensorflow-cpu, whose wheels are small, what 2.13.1 has unpacked.
///
/// Source: the sizes that the index of Python packages gives for the files of each,
/// read on 2026-11-28.
const LARGE: &[(&str, i64)] =
    &[("tensorflow", 475), ("torch", 527), ("pyspark", 281), ("tensorflow-cpu", 813)];

/// Packages that bring a library for WebSocket with them, or are one.
const WEBSOCKET: &[&str] = &["websockets", "wsproto", "uvicorn-standard", "sanic", "gradio"];

/// Packages with which code sends systemd the message of `Type=notify`.
const SD_NOTIFY: &[&str] =
    &["sdnotify", "sd-notify", "systemd-python", "cysystemd", "systemd", "pystemd"];

/// Packages that bring none: they and theirs were looked at.
const PLAIN: &[&str] = &[
    "aiosqlite",
    "alembic",
    "anyio",
    "asyncpg",
    "certifi",
    "click",
    "email-validator",
    "fastapi",
    "gunicorn",
    "h11",
    "httpx",
    "idna",
    "jinja2",
    "passlib",
    "psycopg",
    "psycopg2",
    "psycopg2-binary",
    "pydantic",
    "pydantic-settings",
    "python-dotenv",
    "python-jose",
    "python-multipart",
    "pyyaml",
    "redis",
    "requests",
    "sqlalchemy",
    "starlette",
    "typing-extensions",
    "uvicorn",
    "uvicorn-worker",
];

/// Everything that the packages say.
pub(crate) fn facts(packages: &Packages) -> Facts {
    let mut facts = Facts::new();
    largest(packages, &mut facts);
    websocket(packages, &mut facts);
    if let Some(package) = SD_NOTIFY.iter().find_map(|it| packages.get(it)) {
        let origin = Origin::written(package.span, format!("`{}` is asked for", package.name));
        facts.set(v::REQUIRES_SD_NOTIFY, Fact::known(Value::Bool(true), origin));
    }
    facts
}

fn largest(packages: &Packages, facts: &mut Facts) {
    let size = |it: &Package| LARGE.iter().find(|(name, _)| *name == it.name);
    // What only development needs is in no function.
    let installed = packages.iter().filter(|it| it.is_for_production);
    let found = installed.filter_map(|it| Some((it, size(it)?)));
    let Some((package, (name, mb))) = found.max_by_key(|(_, (_, mb))| *mb) else { return };
    let origin = || Origin::written(package.span, format!("`{name}` is asked for"));
    facts.set(v::REQUIRES_PACKAGE_MB, Fact::known(Value::Int(*mb), origin()));
    facts.set(v::REQUIRES_LARGEST, Fact::known(Value::Text((*name).to_owned()), origin()));
}

/// uvicorn speaks WebSocket with websockets or wsproto, which its extra `standard` brings. Nothing
/// is said where a package may bring one that nobody has looked at.
fn websocket(packages: &Packages, facts: &mut Facts) {
    let Some(server) = packages.get("uvicorn") else { return };
    let brings = |it: &Package| {
        WEBSOCKET.contains(&it.name.as_str())
            || matches!(it.name.as_str(), "uvicorn" | "fastapi") && !it.extras.is_empty()
    };
    let has = packages.iter().any(brings);
    // A list that names what packages need themselves is a list of everything.
    let is_frozen = ["h11", "click", "starlette", "idna"]
        .iter()
        .filter(|name| packages.get(name).is_some())
        .count()
        >= 2;
    let is_known = || packages.iter().all(|it| PLAIN.contains(&it.name.as_str()));
    if has || packages.hidden.is_none() && (packages.is_whole || is_frozen || is_known()) {
        let origin = Origin::written(server.span, "`uvicorn` is asked for");
        facts.set(v::REQUIRES_WEBSOCKET_LIBRARY, Fact::known(Value::Bool(has), origin));
    }
}
