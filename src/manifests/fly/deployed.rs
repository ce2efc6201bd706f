//! `flyctl deploy` in a workflow: which folder a fly.toml is deployed from, and with what options.
//!
//! Source: flyctl `internal/command/deploy` at 07d05293 (`deploy.go`, `deploy_build.go`,
//! `machines_launchinput.go`) and `internal/flag/machines.go`.

use crate::document::{Entry, Node, NodeKind, Text};
use crate::draft::Context;
use crate::manifests::steps::{self, Flag, HOLE, Run, flag};
use crate::source::Spanned;
use crate::workspace::{join, parent};

/// Options of `flyctl deploy` without a value.
///
/// Source: `CommonFlags` of `deploy.go`.
const SWITCHES: &[&str] = &[
    "auto-confirm",
    "build-only",
    "buildkit",
    "detach",
    "debug",
    "dns-checks",
    "flycast",
    "ha",
    "local-only",
    "nixpacks",
    "no-cache",
    "no-extensions",
    "no-public-ips",
    "now",
    "provision-extensions",
    "push",
    "recreate-builder",
    "remote-only",
    "skip-dns-checks",
    "skip-health-checks",
    "skip-release-command",
    "smoke-checks",
    "update-only",
    "use-zstd",
    "verbose",
    "y",
    "yes",
];

/// The key under which the options for new machines are kept in the tree: no section has this name.
pub(super) const MACHINE: &str = "--vm";

/// What a workflow has that deploys to Fly.io.
const MARKS: &[&str] = &["flyctl deploy", "fly deploy", "superfly/flyctl-actions@"];

/// How a workflow deploys a manifest.
pub(super) struct Deployed {
    /// The folder that the command runs in, which is the context of the build.
    pub(super) folder: String,
    flags: Vec<Flag>,
}

/// How workflows deploy the manifest: what all their commands for it agree on.
pub(super) fn of(context: &mut Context<'_, '_>) -> Option<Deployed> {
    let mut found: Vec<Deployed> = Vec::new();
    for (folder, document) in steps::around(context, MARKS) {
        let runs = steps::runs(&document.root, &folder);
        found.extend(runs.iter().filter_map(|it| deploy(it, context.manifest)));
    }
    let mut found = found.into_iter();
    let mut first = found.next()?;
    for other in found {
        if other.folder != first.folder {
            return None;
        }
        let has = |it: &Flag| {
            let text = |it: &Flag| it.value.as_ref().map(|it| it.value.clone());
            other.flags.iter().any(|other| other.name == it.name && text(other) == text(it))
        };
        first.flags.retain(has);
    }
    Some(first)
}

/// Whether a workflow deploys a manifest of another folder with the image of this Dockerfile, so that
/// it is judged there.
pub(crate) fn is_deployed_with(context: &mut Context<'_, '_>, dockerfile: &str) -> bool {
    steps::around(context, MARKS).iter().any(|(folder, document)| {
        steps::runs(&document.root, folder).iter().any(|run| {
            let Some((named, deployed)) = deployment(run) else { return false };
            let path = deployed.dockerfile().or_else(|| join(&deployed.folder, "Dockerfile"));
            path.as_deref() == Some(dockerfile)
                && parent(&named) != parent(dockerfile)
                && context.workspace.is_file(&named)
        })
    })
}

/// The command, if it deploys this manifest.
fn deploy(run: &Run, manifest: &str) -> Option<Deployed> {
    let (named, deployed) = deployment(run)?;
    // A folder stands for the file in it.
    let is_it = named == manifest || join(&named, "fly.toml").as_deref() == Some(manifest);
    is_it.then_some(deployed)
}

/// What a command deploys, and how; `None` for one that deploys nothing.
fn deployment(run: &Run) -> Option<(String, Deployed)> {
    let program = run.words.first()?.value.rsplit('/').next().unwrap_or_default();
    if !matches!(program, "fly" | "flyctl") {
        return None;
    }
    let (flags, others) = run.parts(&|it| SWITCHES.contains(&it));
    let mut others = others.into_iter().skip(1);
    others.next().filter(|it| it.value == "deploy")?;
    let start = run.folder.as_deref()?;
    let folder = match others.next() {
        Some(inner) if inner.value.contains(HOLE) => return None,
        Some(inner) => join(start, &inner.value)?,
        None => start.to_owned(),
    };
    let named = match flag(&flags, &["config", "c"]).and_then(|it| it.value.as_ref()) {
        Some(name) => join(&folder, &name.value)?,
        None => join(&folder, "fly.toml")?,
    };
    Some((named, Deployed { folder, flags }))
}

impl Deployed {
    /// The value of the last option of one of these names.
    pub(super) fn value(&self, names: &[&str]) -> Option<&Text> {
        flag(&self.flags, names)?.value.as_ref()
    }

    /// The Dockerfile of `--dockerfile`, which counts where the manifest names none.
    pub(super) fn dockerfile(&self) -> Option<String> {
        let name = self.value(&["dockerfile"]).filter(|it| !it.value.contains(HOLE))?;
        join(&self.folder, &name.value)
    }

    /// Puts the options into the tree of a manifest, where each has the place of its key.
    pub(super) fn apply(&self, root: &mut Node) {
        let NodeKind::Map(sections) = &mut root.kind else { return };
        if let Some(region) = self.value(&["region", "r"]) {
            sections.push(Entry::of("primary_region", steps::node(region)));
        }
        let pairs = |names: &[&str]| -> Vec<Entry> {
            let of_name = self.flags.iter().filter(|it| names.contains(&it.name.as_str()));
            of_name.filter_map(|it| pair(it.value.as_ref()?)).collect()
        };
        add(sections, "env", pairs(&["env", "e"]));
        let mut build = Vec::new();
        if let Some(image) = self.value(&["image", "i"]) {
            build.push(Entry::of("image", steps::node(image)));
        }
        let has_target = sections
            .iter()
            .any(|it| it.key.value == "build" && it.value.get("build-target").is_some());
        if let Some(target) = self.value(&["build-target"]).filter(|_| !has_target) {
            build.push(Entry::of("build-target", steps::node(target)));
        }
        add(sections, "build", build);
        let mut arguments = Vec::new();
        add(&mut arguments, "args", pairs(&["build-arg"]));
        let build = sections.iter_mut().rfind(|it| it.key.value == "build");
        let own = build.and_then(|it| match &mut it.value.kind {
            NodeKind::Map(keys) => keys.iter_mut().rfind(|it| it.key.value == "args"),
            _ => None,
        });
        match own.map(|it| &mut it.value.kind) {
            Some(NodeKind::Map(keys)) => keys.extend(pairs(&["build-arg"])),
            Some(_) => {}
            None => add(sections, "build", arguments),
        }
        add(sections, MACHINE, self.machine());
    }

    /// The options for new machines, as the keys of a `[[vm]]`.
    fn machine(&self) -> Vec<Entry> {
        let keys: [(&str, &[&str]); 5] = [
            ("size", &["vm-size"]),
            ("cpus", &["vm-cpus"]),
            ("cpu_kind", &["vm-cpu-kind", "vm-cpukind"]),
            ("memory", &["vm-memory"]),
            ("gpu_kind", &["vm-gpu-kind", "vm-gpukind"]),
        ];
        let key = |(key, names): &(&str, &[&str])| {
            let mut node = steps::node(self.value(names)?);
            if let (&"cpus", Some(count)) = (key, node.as_str().and_then(|it| it.parse().ok())) {
                node.kind = NodeKind::Integer(count);
            }
            Some(Entry::of(key, node))
        };
        keys.iter().filter_map(key).collect()
    }
}

/// `NAME=VALUE`
fn pair(text: &Text) -> Option<Entry> {
    let (name, _) = text.value.split_once('=')?;
    let value = steps::node(&text.slice(name.len() + 1..text.value.len()));
    Some(Entry { key: Spanned::new(name.to_owned(), text.span()), value })
}

/// Adds keys to a section, which is made where it is not there.
fn add(sections: &mut Vec<Entry>, name: &str, keys: Vec<Entry>) {
    let section = sections.iter_mut().rfind(|it| it.key.value == name);
    match section.map(|it| &mut it.value.kind) {
        Some(NodeKind::Map(entries)) => entries.extend(keys),
        Some(_) => {}
        None => {
            if let Some(span) = keys.first().map(|it| it.value.span) {
                sections.push(Entry::of(name, Node::new(NodeKind::Map(keys), span)));
            }
        }
    }
}
