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

/// Whether the Gemfile has a gem, in whichever group.
pub(super) fn is_in_gemfile(workspace: &mut Workspace<'_>, launch: &Launch, gem: &str) -> bool {
    let file = workspace.join(&launch.folder, "Gemfile").and_then(|it| workspace.open(&it));
    let Some(file) = file else { return false };
    let text = workspace.sources.file(file).shared_text();
    text.lines().filter_map(|it| it.trim().strip_prefix("gem ")).any(|it| {
        let name = it.trim_start().strip_prefix(['"', '\'']);
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
    locked(workspace, launch, gem).map(|(major, _)| major)
}

/// The major and the minor version of a gem: that of Gemfile.lock, or the one that the Gemfile
/// names by `~>` or alone. A minor version that it leaves open is `u32::MAX`, the newest.
pub(super) fn release(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    gem: &str,
) -> Option<(u32, u32)> {
    locked(workspace, launch, gem).or_else(|| asked(workspace, launch, gem))
}

fn locked(workspace: &mut Workspace<'_>, launch: &Launch, gem: &str) -> Option<(u32, u32)> {
    let path = workspace.join(&launch.folder, "Gemfile.lock")?;
    let file = workspace.open(&path)?;
    let text = workspace.sources.file(file).shared_text();
    // `    puma (6.4.2)` is a gem; six blanks stand in front of what a gem asks for.
    let line = text.lines().find_map(|it| it.strip_prefix("    ")?.strip_prefix(gem))?;
    let mut numbers = line.strip_prefix(" (")?.split(['.', ')', '-']);
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next().and_then(|it| it.parse().ok()).unwrap_or_default()))
}

fn asked(workspace: &mut Workspace<'_>, launch: &Launch, gem: &str) -> Option<(u32, u32)> {
    let path = workspace.join(&launch.folder, "Gemfile")?;
    let file = workspace.open(&path)?;
    let text = workspace.sources.file(file).shared_text();
    text.lines().find_map(|line| asked_release(line, gem))
}

/// The release that a line of a Gemfile pins: `gem "sidekiq", "~> 5.2"`. Bundler takes the newest
/// that fits, so `~> 5.2` and `~> 5` are the last release of 5, and `~> 5.1.0` is 5.1.
fn asked_release(line: &str, gem: &str) -> Option<(u32, u32)> {
    let is_quote = ['"', '\''];
    let mut parts = line.trim_start().strip_prefix("gem ")?.split(',').map(str::trim);
    if parts.next()?.trim_matches(is_quote) != gem {
        return None;
    }
    let requirement = parts.next().filter(|it| it.starts_with(is_quote))?.trim_matches(is_quote);
    // A second requirement narrows the first.
    if parts.next().is_some_and(|it| it.starts_with(is_quote)) {
        return None;
    }
    let (is_open, version) = match requirement.strip_prefix("~>") {
        Some(version) => (true, version.trim()),
        None => (false, requirement.trim_start_matches('=').trim()),
    };
    let numbers: Option<Vec<u32>> = version.split('.').map(|it| it.parse().ok()).collect();
    match numbers?.as_slice() {
        [major] | [major, _] if is_open => Some((*major, u32::MAX)),
        [major] => Some((*major, 0)),
        [major, minor, ..] => Some((*major, *minor)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::asked_release;

    #[test]
    fn a_gemfile_pins_a_release() {
        for (line, expect) in [
            (r#"gem "sidekiq", "~> 5.2""#, Some((5, u32::MAX))),
            (r"  gem 'sidekiq', '~> 5'", Some((5, u32::MAX))),
            (r#"gem "sidekiq", "~> 5.1.0", require: false"#, Some((5, 1))),
            (r#"gem "sidekiq", "5.0.5""#, Some((5, 0))),
            (r#"gem "sidekiq", ">= 5""#, None),
            (r#"gem "sidekiq", "> 5", "< 7""#, None),
            (r#"gem "sidekiq", "~> 6.0", "< 6.5""#, None),
            (r#"gem "sidekiq""#, None),
            (r#"gem "sidekiq-cron", "~> 1.2""#, None),
            (r#"# gem "sidekiq", "~> 5.2""#, None),
        ] {
            assert_eq!(asked_release(line, "sidekiq"), expect, "{line}");
        }
    }
}
