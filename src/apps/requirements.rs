//! What requirements.txt says of the packages that are installed, as far as rules ask: whether the
//! server can speak WebSocket, and how large they are.

use crate::fact::{Fact, Origin, Value};
use crate::project::Facts;
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// Longest file that is read.
const LINES_MAX: usize = 2_000;

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

/// A line that names a package.
struct Requirement {
    name: String,
    extras: String,
    span: Span,
}

/// Everything that the requirements beside a process say.
pub(crate) fn facts(workspace: &mut Workspace<'_>, folder: &str) -> Facts {
    let mut facts = Facts::new();
    let path = join(folder, "requirements.txt");
    let Some(file) = path.and_then(|it| workspace.open(&it)) else { return facts };
    let text = workspace.sources.file(file).shared_text();
    let (requirements, is_whole) = read(file, &text);
    largest(&requirements, &mut facts);
    websocket(&requirements, is_whole, &mut facts);
    facts
}

fn largest(requirements: &[Requirement], facts: &mut Facts) {
    let size = |it: &Requirement| LARGE.iter().find(|(name, _)| *name == it.name);
    let found = requirements.iter().filter_map(|it| Some((it, size(it)?)));
    let Some((requirement, (name, mb))) = found.max_by_key(|(_, (_, mb))| *mb) else { return };
    let origin = || Origin::written(requirement.span, "requirements.txt");
    facts.set(v::REQUIRES_PACKAGE_MB, Fact::known(Value::Int(*mb), origin()));
    facts.set(v::REQUIRES_LARGEST, Fact::known(Value::Text((*name).to_owned()), origin()));
}

/// uvicorn speaks WebSocket with websockets or wsproto, which its extra `standard` brings. Nothing
/// is said where a package may bring one that nobody has looked at.
fn websocket(requirements: &[Requirement], is_whole: bool, facts: &mut Facts) {
    let Some(server) = requirements.iter().find(|it| it.name == "uvicorn") else { return };
    let brings = |it: &Requirement| {
        WEBSOCKET.contains(&it.name.as_str())
            || matches!(it.name.as_str(), "uvicorn" | "fastapi") && !it.extras.is_empty()
    };
    let has = requirements.iter().any(brings);
    // A list that names what packages need themselves is a list of everything.
    let is_frozen = ["h11", "click", "starlette", "idna"]
        .iter()
        .filter(|name| requirements.iter().any(|it| it.name == **name))
        .count()
        >= 2;
    let is_known = requirements.iter().all(|it| PLAIN.contains(&it.name.as_str()));
    if has || is_whole && (is_frozen || is_known) {
        let origin = Origin::written(server.span, "requirements.txt");
        facts.set(v::REQUIRES_WEBSOCKET_LIBRARY, Fact::known(Value::Bool(has), origin));
    }
}

/// The packages, and whether there are no others.
fn read(file: FileId, text: &str) -> (Vec<Requirement>, bool) {
    let mut found = Vec::new();
    let mut is_whole = true;
    let mut at = 0;
    for (idx, line) in text.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let content = line.split(" #").next().unwrap_or(line).trim();
        if content.is_empty() || content.starts_with('#') || content.starts_with("--hash") {
            continue;
        }
        // Options name further files, and addresses name packages that nobody sees here.
        if idx >= LINES_MAX || content.starts_with(['-', '.', '/']) || content.contains("://") {
            is_whole = false;
            continue;
        }
        let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        let name: String = content.chars().take_while(|it| is_name(*it)).collect();
        let rest = content[name.len()..].trim_start();
        let extras = rest.strip_prefix('[').and_then(|it| it.split(']').next()).unwrap_or_default();
        let span = start + line.find(content).unwrap_or(0);
        found.push(Requirement {
            name: name.to_ascii_lowercase().replace(['_', '.'], "-"),
            extras: extras.to_owned(),
            span: Span::new(file, span, span + name.len()),
        });
    }
    (found, is_whole)
}
