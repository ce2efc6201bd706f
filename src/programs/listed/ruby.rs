//! Versions of gems, by Gemfile.lock.

use crate::launch::Launch;
use crate::workspace::Workspace;

/// The major version of a gem that Gemfile.lock has.
pub(super) fn version(workspace: &mut Workspace<'_>, launch: &Launch, gem: &str) -> Option<u32> {
    let path = workspace.join(&launch.folder, "Gemfile.lock")?;
    let file = workspace.open(&path)?;
    let text = workspace.sources.file(file).shared_text();
    // `    puma (6.4.2)` is a gem; six blanks stand in front of what a gem asks for.
    let line = text.lines().find_map(|it| it.strip_prefix("    ")?.strip_prefix(gem))?;
    let version = line.strip_prefix(" (")?.split(['.', ')', '-']).next()?;
    version.parse().ok()
}
