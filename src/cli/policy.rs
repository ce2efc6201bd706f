//! `--policy`: where a policy is that the command line names.
#![expect(clippy::disallowed_methods, reason = "only `cli` reads the environment")]

use std::env;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::discover::{self, Disk};
use crate::policy::config::{FILE_NAME, pack_places};

/// The opslint.toml of a policy: of a file or folder, wherever it is, or of an installed package.
///
/// # Errors
/// When there is none.
pub(super) fn located(written: &str) -> anyhow::Result<PathBuf> {
    let disk = Disk::here()?;
    let is_there = |it: &PathBuf| discover::is_file(&disk, it).is_ok();
    let is_package = written.starts_with("npm:") || written.starts_with("python:");
    if !is_package {
        let path = Path::new(written);
        return match [path.to_owned(), path.join(FILE_NAME)].into_iter().find(is_there) {
            Some(path) => Ok(path),
            None => bail!("`--policy {written}`: there is no such file, nor {FILE_NAME} in it"),
        };
    }
    let here = pack_places("", written).into_iter().map(PathBuf::from);
    // Whoever has activated an environment means the packages in it.
    let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let of_active = active.into_iter().flat_map(|it| {
        let inside = |path: String| path.strip_prefix(".venv/").map(|path| it.join(path));
        pack_places("", written).into_iter().filter_map(inside).collect::<Vec<_>>()
    });
    match of_active.chain(here).find(is_there) {
        Some(path) => Ok(path),
        None => bail!(
            "`--policy {written}`: no such package with {FILE_NAME} is installed in the active \
             environment, here or further up"
        ),
    }
}
