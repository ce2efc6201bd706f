//! Where the opslint.toml is that says something of the files of a run, or where it would be.

use crate::discover::Overlaid;
use crate::policy::config;
use crate::settings::Home;
use crate::workspace::{is_within, parent};

/// The file that counts: the one that is named, else the nearest of the `candidates` that is there,
/// else one at the root of what is looked at in `folder`, or in several `paths`.
pub(super) fn of(
    files: &Overlaid,
    (candidates, named): (&[String], Option<&str>),
    (folder, paths): (&str, &[String]),
    above: &[String],
) -> Home {
    let found = candidates.iter().find(|it| files.has(it)).map(String::as_str);
    match named.or(found) {
        Some(file) => Home::new(file, above),
        None => Home::new(&beside(&root(files, folder, paths, above), config::FILE_NAME), above),
    }
}

/// The repository that holds all of them, as far as it lies below the folder opslint was started
/// in; that folder itself inside of a repository, and else the folder that holds all of them.
fn root(files: &Overlaid, folder: &str, paths: &[String], above: &[String]) -> String {
    let mut common = folder;
    while !common.is_empty() && !paths.iter().all(|it| is_within(common, it)) {
        common = if common.ends_with("..") { "" } else { parent(common) };
    }
    let mut at = common;
    while !at.is_empty() && !at.ends_with("..") {
        if is_repository(files, at) {
            return at.to_owned();
        }
        at = parent(at);
    }
    let mut around = (0..=above.len()).map(|it| vec![".."; it].join("/"));
    let is_inside = at.is_empty() && around.any(|it| is_repository(files, &it));
    if is_inside { String::new() } else { common.to_owned() }
}

/// Whether a folder has `.git`: a folder, or a file where it is elsewhere.
fn is_repository(files: &Overlaid, folder: &str) -> bool {
    [".git/HEAD", ".git"].iter().any(|it| files.has(&beside(folder, it)))
}

fn beside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::MemoryFiles;

    #[track_caller]
    fn check(there: &[&str], folder: &str, paths: &[&str], expect: &str) {
        let all = MemoryFiles::new();
        let all = there.iter().fold(all, |all, it| all.with(*it, ""));
        let files = Overlaid::new(Box::new(all));
        let paths: Vec<String> = paths.iter().map(|it| (*it).to_owned()).collect();
        let candidates = config::candidates(folder);
        let home = of(&files, (&candidates, None), (folder, &paths), &[]);
        assert_eq!(home.file(), expect);
    }

    #[test]
    fn the_file_is_at_the_root_of_the_repository_that_is_looked_at() {
        check(&[], "", &[], "opslint.toml");
        check(&[], "shop", &["shop"], "shop/opslint.toml");
        check(&["shop/.git/HEAD"], "shop/api", &["shop/api"], "shop/opslint.toml");
        check(&[".git/HEAD"], "shop/api", &["shop/api"], "opslint.toml");
        check(&[".git"], "shop", &["shop"], "opslint.toml");
        check(&[], "a/b", &["a/b", "a/c"], "a/opslint.toml");
        check(&[], "a", &["a", "b"], "opslint.toml");
        check(&[], "../shop", &["../shop"], "../shop/opslint.toml");
    }

    #[test]
    fn a_file_that_is_there_counts() {
        check(&["opslint.toml", "shop/.git/HEAD"], "shop", &["shop"], "opslint.toml");
        check(&["shop/opslint.toml", "opslint.toml"], "shop/a", &[], "shop/opslint.toml");
    }
}
