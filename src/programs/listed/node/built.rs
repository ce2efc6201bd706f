//! Servers that a framework's build writes: the file is not in the project, and what it does is
//! known from the framework.
//!
//! Read in the releases that are named, on 2026-11-29.

use std::ops::Range;

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::launch::{Launch, StartFiles};
use crate::parse::Syntax;
use crate::programs::Server;
use crate::project::Lookup;
use crate::vocabulary::{self as v, FactId};
use crate::workspace::{Workspace, parent};

use super::super::sources;

/// A server that a build writes.
struct Built {
    /// Ends of its path; a folder stands for its `index.js`.
    paths: &'static [&'static str],
    /// Packages of which the project has one.
    packages: &'static [&'static str],
    /// Variables that name the port, the first that is set counts, and the port without them.
    port: (&'static [&'static str], i64),
    /// The same for the host; none where the configuration decides.
    host: (&'static [&'static str], Option<&'static str>),
    /// A word in the configuration that changes the names of the variables, and its files.
    unless: &'static [(&'static str, &'static [&'static str])],
}

const SERVERS: &[Built] = &[
    // nitropack 2.13.6, `dist/presets/node/runtime/node-server.mjs`
    Built {
        paths: &[".output/server/index.mjs"],
        packages: &["nuxt", "nitropack", "nitro", "@solidjs/start", "@analogjs/platform"],
        port: (&["NITRO_PORT", "PORT"], 3000),
        host: (&["NITRO_HOST", "HOST"], Some("0.0.0.0")),
        unless: &[],
    },
    // @sveltejs/adapter-node 6.0.1, `src/index.js` and `src/env.js`
    Built {
        paths: &["build", "build/", "build/index.js"],
        packages: &["@sveltejs/adapter-node"],
        port: (&["PORT"], 3000),
        host: (&["HOST"], Some("0.0.0.0")),
        unless: &[
            (
                "envPrefix",
                &["svelte.config.js", "svelte.config.ts", "vite.config.js", "vite.config.ts"],
            ),
            ("out:", &["svelte.config.js", "svelte.config.ts", "vite.config.js", "vite.config.ts"]),
        ],
    },
    // @astrojs/node 11.1.6, `dist/standalone.js`: without HOST, `server.host` of the configuration.
    Built {
        paths: &["dist/server/entry.mjs"],
        packages: &["@astrojs/node"],
        port: (&["PORT"], 4321),
        host: (&["HOST"], None),
        unless: &[("middleware", ASTRO), ("port:", ASTRO)],
    },
    // next 16.4.6, `dist/build/utils.js`: the `server.js` of `output: "standalone"`. In a
    // container, Docker sets HOSTNAME.
    Built {
        paths: &[".next/standalone/server.js"],
        packages: &["next"],
        port: (&["PORT"], 3000),
        host: (&["HOSTNAME"], None),
        unless: &[],
    },
];

/// Where Next.js is configured.
const NEXT: &[&str] = &["next.config.js", "next.config.mjs", "next.config.ts"];

const ASTRO: &[&str] = &["astro.config.mjs", "astro.config.js", "astro.config.ts"];

/// Folders above each other that are looked through for a package.json.
const ABOVE_MAX: usize = 8;

/// Adds what is known of a script that a build writes.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    script: &str,
    launch: &Launch,
) {
    let script = script.strip_prefix("./").unwrap_or(script);
    let is_it = |it: &&Built| {
        it.paths.iter().any(|path| {
            script
                .strip_suffix(path)
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    };
    let (built, folder) = match SERVERS.iter().find(is_it) {
        Some(built) => match package(workspace, &launch.folder, built.packages) {
            Some(folder) => (built, folder),
            None => return,
        },
        // An image has what is in the folder of the build where it likes.
        None => match standalone(workspace, script, launch) {
            Some(found) => found,
            None => return,
        },
    };
    for (word, files) in built.unless {
        for file in *files {
            let path = workspace.join(&folder, file).filter(|it| workspace.is_file(it));
            let file = path.and_then(|it| workspace.open(&it));
            if file.is_some_and(|it| workspace.sources.file(it).text().contains(word)) {
                return;
            }
        }
    }
    let port = setting(launch, built.port.0, Some(Value::Int(built.port.1)), |text| {
        text.parse().ok().map(Value::Int)
    });
    let host = built.host.1.map(|it| Value::Text(it.to_owned()));
    let host = setting(launch, built.host.0, host, |text| Some(Value::Text(text.to_owned())));
    for (id, fact) in [(v::PORT, port), (v::BIND_HOST, host)] {
        set(server, id, fact);
    }
}

/// Next.js's `server.js`, which an image has without the folders above it.
fn standalone(
    workspace: &mut Workspace<'_>,
    script: &str,
    launch: &Launch,
) -> Option<(&'static Built, String)> {
    let built = SERVERS.iter().find(|it| it.packages == ["next"])?;
    if launch.files != StartFiles::Image || script.rsplit('/').next() != Some("server.js") {
        return None;
    }
    let mark = format!("\"{}\"", built.packages[0]);
    let has_next = sources::text(workspace, launch, "package.json")?.contains(&mark);
    let is_standalone = has_next
        && NEXT.iter().any(|it| {
            sources::text(workspace, launch, it).is_some_and(|it| it.contains("standalone"))
        });
    let folder = workspace.root().unwrap_or_default().to_owned();
    is_standalone.then_some((built, folder))
}

fn set(server: &mut Server, id: FactId, fact: Option<Fact>) {
    if let Some(fact) = fact {
        server.facts.set(id, fact);
    }
}

/// What the first variable says that is set, or what holds without them.
fn setting(
    launch: &Launch,
    names: &[&str],
    default: Option<Value>,
    read: impl Fn(&str) -> Option<Value>,
) -> Option<Fact> {
    for name in names {
        if let Lookup::Set(given) = launch.environment.get(name) {
            let state = match given.text() {
                Some("") => continue,
                Some(text) => State::Known(read(text)?),
                None => given.state.clone(),
            };
            return Some(Fact { state, ..given.clone() });
        }
    }
    let origin = Origin::new(OriginKind::Default, "default of the built server");
    default.map(|it| Fact::known(it, origin))
}

/// The folder of the package.json that has one of the packages.
fn package(workspace: &mut Workspace<'_>, folder: &str, packages: &[&str]) -> Option<String> {
    let mut folder = folder.to_owned();
    for _ in 0..ABOVE_MAX {
        let path = workspace.join(&folder, "package.json")?;
        if let Some(file) = workspace.open(&path) {
            let document = workspace.look_into(file, Syntax::Json);
            let has = |key: &str| {
                let all = document.root.get(key).map(Node::entries).unwrap_or_default();
                all.iter().any(|it| packages.contains(&it.key.value.as_str()))
            };
            if has("dependencies") || has("devDependencies") {
                return Some(folder);
            }
        }
        if folder.is_empty() || folder.starts_with("..") {
            return None;
        }
        folder = parent(&folder).to_owned();
    }
    None
}

/// Where the source of a compiled script may be: `dist/main.js` is made of `src/main.ts`.
///
/// The compiler says so itself: `rootDir` and `outDir` of tsconfig.json.
pub(super) fn source(workspace: &mut Workspace<'_>, folder: &str, script: &str) -> Option<String> {
    let script = script.strip_prefix("./").unwrap_or(script);
    let names = ["tsconfig.build.json", "tsconfig.json"];
    let tsconfig = names.map(|it| workspace.join(folder, it));
    let mut options = Vec::new();
    for path in tsconfig.into_iter().flatten() {
        if let Some(file) = workspace.open(&path) {
            options.push(workspace.sources.file(file).text().to_owned());
        }
    }
    let option = |name: &str| {
        options
            .iter()
            .find_map(|text| Some(text[value(text, name)?].trim_start_matches("./").to_owned()))
    };
    let out = option("outDir")?;
    let inner = script.strip_prefix(out.trim_end_matches('/'))?.strip_prefix('/')?;
    let stem =
        [".js", ".mjs", ".cjs"].iter().find_map(|it| inner.strip_suffix(it)).unwrap_or(inner);
    // Without `rootDir`, it is the folder that has all the sources: `src`, unless files beside it
    // are compiled, too. Then the compiled file has `src` in its own path.
    let root = option("rootDir").unwrap_or_else(|| "src".to_owned());
    let root = root.trim_end_matches('/');
    let folders = [root, ""];
    let endings = ["ts", "mts", "js"];
    let paths = folders.iter().flat_map(|folder| {
        let path = if folder.is_empty() || *folder == "." {
            stem.to_owned()
        } else {
            format!("{folder}/{stem}")
        };
        endings.map(|ending| format!("{path}.{ending}"))
    });
    paths.into_iter().find(|it| workspace.join(folder, it).is_some_and(|it| workspace.is_file(&it)))
}

/// The text of an option of tsconfig.json, which may have comments.
fn value(text: &str, name: &str) -> Option<Range<usize>> {
    let key = format!("\"{name}\"");
    let at = text.match_indices(&key).map(|it| it.0).find(|at| {
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        !line.contains("//")
    })?;
    let rest =
        text[at + key.len()..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let start = text.len() - rest.len();
    Some(start..start + rest.find('"')?)
}
