//! Policy packs: a folder with an opslint.toml, its rules and platforms, that many repositories share.
//!
//! A pack is a folder of the repository, or a package that a package manager has installed in it.
//! Nothing outside of the repository is looked at because a file of it says so: a pull request of a
//! stranger could name anything. What lies elsewhere is named on the command line, by whoever runs
//! opslint.

use super::layer::Pack;
use super::load::FILE_NAME;
use super::problems;
use crate::diagnostic::Diagnostic;
use crate::workspace::join;

/// Folders further up in which an installed package is looked for.
const UP_MAX: usize = 8;

/// Versions of Python whose folder of packages is looked for: 3.`n`.
const PYTHONS: std::ops::RangeInclusive<u32> = 8..=20;

/// Folders of virtual environments.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];

/// Whether a base is a package that a package manager installs.
pub(super) fn is_package(written: &str) -> bool {
    written.starts_with("npm:") || written.starts_with("python:")
}

/// Paths at which a base that a file of `folder` names may be, in order, as shown to the user.
pub fn places(folder: &str, written: &str) -> Vec<String> {
    let up = || (0..=UP_MAX).map(|it| "../".repeat(it));
    if let Some(name) = written.strip_prefix("npm:") {
        let path = |up: String| join(folder, &format!("{up}node_modules/{name}/{FILE_NAME}"));
        return up().filter_map(path).collect();
    }
    if let Some(name) = written.strip_prefix("python:") {
        let environments = up().flat_map(|up| ENVIRONMENTS.map(|it| format!("{up}{it}")));
        return environments
            .flat_map(|it| of_environment(&it, name))
            .filter_map(|it| join(folder, &it))
            .collect();
    }
    let is_file = written.ends_with(".toml");
    let written = written.trim_end_matches('/');
    let path = if is_file { written.to_owned() } else { format!("{written}/{FILE_NAME}") };
    join(folder, &path).into_iter().collect()
}

/// Paths at which a package of Python may have its opslint.toml in a virtual environment.
fn of_environment(environment: &str, name: &str) -> Vec<String> {
    let module = name.replace('-', "_");
    let unix = PYTHONS.rev().map(|it| format!("lib/python3.{it}/site-packages"));
    let folders = unix.chain(["Lib/site-packages".to_owned()]);
    folders.map(|it| format!("{environment}/{it}/{module}/{FILE_NAME}")).collect()
}

/// What is wrong with the version of opslint that a pack asks for.
pub(super) fn too_new(pack: &Pack) -> Option<Diagnostic> {
    let wanted = pack.opslint.as_ref()?;
    let Some(least) = numbers(&wanted.value) else {
        return Some(problems::not_a_version(wanted.span, &wanted.value));
    };
    let own = numbers(env!("CARGO_PKG_VERSION")).unwrap_or_default();
    let is_newer = least > own;
    is_newer.then(|| problems::pack_too_new(wanted.span, &pack.name.value, &wanted.value))
}

/// `1.2.0` as numbers.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|it| it.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_a_file_or_a_folder_or_a_package_that_is_installed_here() {
        assert_eq!(places("a", "../ops/base.toml"), ["ops/base.toml"]);
        assert_eq!(places("a", "policy/"), ["a/policy/opslint.toml"]);
        let npm = places("a", "npm:@acme/policy");
        assert_eq!(npm[0], "a/node_modules/@acme/policy/opslint.toml");
        assert_eq!(npm[1], "node_modules/@acme/policy/opslint.toml");
        let python = places("", "python:acme-policy");
        let expect = ".venv/lib/python3.12/site-packages/acme_policy/opslint.toml".to_owned();
        assert!(python.contains(&expect), "{python:?}");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("0.10.0") > numbers("0.9.9"));
        assert_eq!(numbers("1.x"), None);
    }
}
