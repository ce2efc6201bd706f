//! Which files changed since a revision, as git tells it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::shown_path;

/// The files that differ from where the current branch left `revision`: committed, staged, edited
/// and new ones, a renamed file under both of its names. Paths as shown to the user.
///
/// # Errors
/// When git cannot be run, the folder is in no repository, or the revision is not a commit of it.
pub fn changed_since(base: &Path, revision: &str) -> anyhow::Result<BTreeSet<String>> {
    let base = base.canonicalize().context("cannot read the current folder")?;
    let top = git(&base, &["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
    let commit = format!("{revision}^{{commit}}");
    let commit = git(&top, &["rev-parse", "--verify", "--end-of-options", &commit])
        .with_context(|| format!("`{revision}` is not a commit of this repository"))?;
    let commit = commit.trim();
    // A shallow clone may lack the commit that both have in common.
    let fork = git(&top, &["merge-base", commit, "HEAD"]);
    let fork = fork.as_deref().map_or(commit, str::trim);
    let differing = git(&top, &["diff", "--name-only", "--no-renames", "-z", fork, "--"])?;
    let new = git(&top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let paths = differing.split('\0').chain(new.split('\0')).filter(|it| !it.is_empty());
    Ok(paths.map(|it| shown_path(&base, &top.join(it))).collect())
}

/// What a command of git prints.
fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .context("cannot run git, which knows what has changed")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {}", arguments[0], said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
