//! `opslint check --add-allow REASON`: what is left is allowed, with one reason.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{CheckArgs, streams};
use crate::analysis::{Analysis, Checked};
use crate::discover::{self, Disk, Exchange};
use crate::report::Ink;

/// Writes suppressions, says how many, and gives what is left to be said.
pub(super) fn run(
    analysis: &mut Analysis,
    disk: &Disk,
    args: &CheckArgs,
    reason: &str,
) -> anyhow::Result<Checked> {
    let allowed = analysis.allow(&args.scope(), &args.judgement()?, reason)?;
    let path = |shown: &str| disk.base().join(PathBuf::from(shown));
    let is_new = |shown: &str| !discover::is_there(&path(shown));
    let (new, old): (Vec<_>, Vec<_>) = allowed.changed.iter().partition(|(it, _)| is_new(it));
    let exchanges: Vec<Exchange<'_>> =
        old.into_iter().map(|(shown, it)| Exchange { shown, old: &it.old, new: &it.new }).collect();
    discover::exchange(disk, &exchanges, "nothing was allowed")?;
    for (shown, it) in new {
        discover::write_new(&path(shown), it.new.trim_start())
            .with_context(|| format!("cannot write `{shown}`"))?;
    }
    let count = allowed.by_comment + allowed.by_config;
    if count > 0 && !args.quiet {
        let ways = match (allowed.by_comment, allowed.by_config) {
            (_, 0) => "by comments".to_owned(),
            (0, _) => "in opslint.toml".to_owned(),
            (comments, config) => format!("{comments} by comments, {config} in opslint.toml"),
        };
        let noun = if count == 1 { "problem" } else { "problems" };
        streams::say_styled(&format!("allowed {count} {noun}: {ways}\n"), Ink::Plain);
    }
    Ok(allowed.left)
}
