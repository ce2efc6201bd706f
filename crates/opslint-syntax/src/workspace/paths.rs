//! Paths as text: relative, `/` between parts.

/// Joins a folder and a path below or beside it, and takes out `.` and `..`.
///
/// `None` for an absolute path: what it names on the machine that runs the app is not in the project.
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let is_plain = |it: &str| it.split('/').all(|it| !matches!(it, "" | "." | ".."));
    if is_plain(path) && (folder.is_empty() || is_plain(folder)) {
        let mut joined = String::with_capacity(folder.len() + 1 + path.len());
        joined.push_str(folder);
        if !folder.is_empty() {
            joined.push('/');
        }
        joined.push_str(path);
        return Some(joined);
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(format!("{root}{}", parts.join("/")))
}

/// The folder of a path; empty for a path without one.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder and those above it, the nearest first, up to the empty one, which holds all paths. Above
/// `../shop` they end with `..`: of the folders around that one no path says the name.
pub fn folders_up(folder: &str) -> impl Iterator<Item = &str> + Clone {
    let is_last = |it: &str| it.is_empty() || it == ".." || it.ends_with("/..");
    std::iter::successors(Some(folder), move |it| (!is_last(it)).then(|| parent(it)))
}

/// Whether a path lies somewhere below a folder; the empty one holds all paths.
pub fn is_below(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|it| it.starts_with('/'))
}

/// Whether a path is the folder or lies below it.
pub fn is_within(folder: &str, path: &str) -> bool {
    folder == path || is_below(folder, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_above_a_folder_end_where_paths_begin() {
        for (folder, expect) in [
            ("a/b/c", &["a/b/c", "a/b", "a", ""][..]),
            ("", &[""]),
            ("../a/b", &["../a/b", "../a", ".."]),
            ("../../a", &["../../a", "../.."]),
        ] {
            assert_eq!(folders_up(folder).collect::<Vec<_>>(), expect, "{folder}");
        }
    }

    #[test]
    fn a_folder_holds_what_begins_with_its_name_and_a_slash() {
        for (folder, path, below, within) in [
            ("", "a", true, true),
            ("a", "a/b", true, true),
            ("a", "a", false, true),
            ("a", "ab", false, false),
            ("a/b", "a", false, false),
            ("..", "../a", true, true),
        ] {
            assert_eq!(is_below(folder, path), below, "{folder} {path}");
            assert_eq!(is_within(folder, path), within, "{folder} {path}");
        }
    }

    #[test]
    fn join_takes_out_dots() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("", "x").as_deref(), Some("x"));
        assert_eq!(join("a/b", "c/d").as_deref(), Some("a/b/c/d"));
        assert_eq!(join("a/", "b//c").as_deref(), Some("a/b/c"));
        assert_eq!(join("a", "").as_deref(), Some("a"));
        assert_eq!(join("a", "../../x").as_deref(), Some("../x"));
        assert_eq!(join("../a", "../b").as_deref(), Some("../b"));
        assert_eq!(join("a", "/etc/x"), None);
    }
}
