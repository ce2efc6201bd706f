//! What Gemfile.lock says: versions of gems, and whether the application is one of Rails.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// The gem that starts every application of Rails.
const RAILS: &str = "railties";

/// Says that the application is one of Rails, where the Gemfile has it.
pub(super) fn framework(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    if version(workspace, launch, RAILS).is_some() {
        let origin = Origin::new(OriginKind::Derived, "Gemfile.lock has Rails");
        server.facts.set(v::FRAMEWORK, Fact::known(Value::Text("rails".to_owned()), origin));
    }
}

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
