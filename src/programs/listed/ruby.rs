//! What Gemfile.lock says: versions of gems, and whether the application is one of Rails.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::vocabulary as v;
use crate::workspace::Workspace;

use super::Program;

/// The gem that starts every application of Rails.
const RAILS: &str = "railties";

/// Says that the application is one of Rails, where the Gemfile has it.
pub(super) fn framework(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    program: &Program,
    launch: &Launch,
) {
    let origin = if version(workspace, launch, RAILS).is_some() {
        Origin::new(OriginKind::Derived, "Gemfile.lock has Rails")
    } else if is_asked_for(workspace, launch, "rails") {
        Origin::new(OriginKind::Derived, "the Gemfile has Rails")
    } else if program.id == "rails-server" {
        Origin::new(OriginKind::Derived, "`rails server` starts an application of Rails")
    } else {
        return;
    };
    server.facts.set(v::FRAMEWORK, Fact::known(Value::Text("rails".to_owned()), origin));
}

/// Whether the Gemfile asks for a gem outside of any group: `gem "rails", "~> 8.0"`.
fn is_asked_for(workspace: &mut Workspace<'_>, launch: &Launch, gem: &str) -> bool {
    let Some(path) = workspace.join(&launch.folder, "Gemfile") else { return false };
    let Some(file) = workspace.open(&path) else { return false };
    let text = workspace.sources.file(file).shared_text();
    text.lines().any(|line| {
        let quoted = line.strip_prefix("gem ").map(str::trim_start);
        let name = quoted.and_then(|it| it.strip_prefix(['"', '\'']));
        name.and_then(|it| it.strip_prefix(gem)).is_some_and(|it| it.starts_with(['"', '\'']))
    })
}

/// The code of a value that a template writes: `ENV["X"]` of `<%= ENV["X"] %>`.
pub(super) fn embedded(value: &str) -> Option<&str> {
    let code = value.trim().strip_prefix("<%=")?.strip_suffix("%>")?;
    (!code.contains("%>")).then_some(code)
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
