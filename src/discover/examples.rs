//! Files that deploy nothing: those of tests, examples and fixtures.
//!
//! It counts where a file lies below the folder that the user named. In a folder that is named
//! itself everything is checked, wherever opslint was started.

use super::Found;
use crate::formats;
use crate::workspace::{is_below, parent};

/// Folders whose files are there to be read and tried, and run nowhere.
const EXAMPLES: &[&str] =
    &["test", "tests", "testdata", "__tests__", "example", "examples", "fixture", "fixtures"];

/// Where editors look for the image of a developer's machine.
const EDITORS: &[&str] = &["devcontainer", ".devcontainer"];

/// Folders for a developer's machine. Compose files are for one more often than not.
const DEVELOPMENT: &[&str] =
    &["dev", "development", "local", "e2e", "ci", ".circleci", "cypress", "notebook", "notebooks"];

impl Found {
    /// Takes out the files below folders of tests, examples and fixtures, and keeps them apart.
    pub(crate) fn leave_out_examples(&mut self) {
        let Self { paths, only, folders, left_out, .. } = self;
        let is_around = |path: &str| {
            let folder = parent(path);
            only.iter().any(|it| it == path || is_below(folder, it))
        };
        let is_left_out = |path: &String| {
            let mut below = folders.iter().filter(|it| is_below(it, path));
            !is_around(path) && below.clone().count() > 0 && below.all(|it| is_example(it, path))
        };
        (*left_out, *paths) = std::mem::take(paths).into_iter().partition(is_left_out);
    }

    /// Adds files that are there all the same, see [`Self::hidden`].
    pub(crate) fn add_hidden(&mut self, mut hidden: Vec<String>) {
        let is_new = |it: &String| !self.paths.contains(it) && !self.left_out.contains(it);
        hidden.retain(is_new);
        let mut all = Self { paths: hidden, folders: self.folders.clone(), ..Self::default() };
        all.leave_out_examples();
        self.hidden = all.paths;
    }
}

/// Whether a path leads through such a folder below the one that was searched.
fn is_example(searched: &str, path: &str) -> bool {
    let inner = parent(path).strip_prefix(searched).unwrap_or_default();
    let is_any =
        |of: &[&str]| inner.split('/').any(|it| of.contains(&it.to_ascii_lowercase().as_str()));
    let is_compose = formats::of_path(path).all(|it| it.name == "compose");
    is_any(EXAMPLES) || is_any(EDITORS) || is_compose && is_any(DEVELOPMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folders: &[&str], only: &[&str], path: &str, is_left_out: bool) {
        let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let mut found = Found {
            paths: owned(&[path]),
            only: owned(only),
            folders: owned(folders),
            ..Found::default()
        };
        found.leave_out_examples();
        assert_eq!(found.left_out.len() == 1, is_left_out, "{path} in {folders:?}");
        assert_eq!(found.paths.len() + found.left_out.len(), 1);
    }

    #[test]
    fn what_counts_is_the_path_below_the_folder_that_was_named() {
        check(&[""], &[], "fly.toml", false);
        check(&[""], &[], "tests/app/fly.toml", true);
        check(&[""], &[], "api/examples/Procfile", true);
        check(&[""], &[], "contests/fly.toml", false);
        check(&["tests/app"], &[], "tests/app/fly.toml", false);
        check(&["tests"], &[], "tests/app/fly.toml", false);
        check(&["", "tests"], &[], "tests/app/fly.toml", false);
        check(&["../work/tests"], &[], "../work/tests/a/fly.toml", false);
        check(&["../work/tests"], &[], "../work/tests/fixtures/fly.toml", true);
    }

    #[test]
    fn a_file_that_is_named_is_never_left_out() {
        check(&[], &["tests/fly.toml"], "tests/fly.toml", false);
        check(&[""], &["tests/app/gunicorn.conf.py"], "tests/app/fly.toml", false);
    }

    #[test]
    fn only_compose_files_are_left_out_in_a_folder_for_development() {
        check(&[""], &[], "docker/local/compose.yaml", true);
        check(&[""], &[], "docker/local/fly.toml", false);
        check(&["docker/local"], &[], "docker/local/compose.yaml", false);
    }
}
