//! A proxy of the host in front of the servers that a unit or a program manager starts there.

use std::collections::BTreeSet;

use crate::images::on_host;
use crate::project::Process;
use crate::vocabulary as v;
use crate::workspace::{Workspace, parent};

/// Platforms on which a proxy of the host stands in front of servers.
const PLATFORMS: &[&str] = &["supervisord", "systemd"];

/// Says of each process what a proxy in front of it does, whose file is near the manifest or in one
/// of the folders of the processes.
pub(super) fn proxies(
    workspace: &mut Workspace<'_>,
    (manifest, platform): (&str, Option<&str>),
    folders: &[String],
    processes: &mut [Process],
) {
    let is_bound = |it: &Process| it.facts.get(v::BIND).is_some();
    if !platform.is_some_and(|it| PLATFORMS.contains(&it)) || !processes.iter().any(is_bound) {
        return;
    }
    let folders: BTreeSet<&str> =
        folders.iter().map(String::as_str).chain([parent(manifest)]).collect();
    let passes = on_host::on_host(workspace, &folders);
    for process in processes {
        let found = process.facts.get(v::BIND).and_then(|it| on_host::before(&passes, it));
        if let Some(proxy) = found {
            process.facts.extend(proxy);
        }
    }
}
