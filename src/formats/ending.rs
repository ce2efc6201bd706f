//! The ends of paths, which are what patterns of formats are about.

/// Whether a path ends as a pattern does: most do not, and that is told without a look at the rest.
pub(super) fn may_match(pattern: &str, path: &str) -> bool {
    match pattern.as_bytes().last() {
        Some(b'*' | b'?') => true,
        last => last == path.as_bytes().last(),
    }
}

/// The end of a path that has as many parts as a pattern.
pub(super) fn tail<'a>(path: &'a str, pattern: &str) -> &'a str {
    let parts = pattern.bytes().filter(|it| *it == b'/').count();
    let mut slashes = path.bytes().enumerate().rev().filter(|(_, it)| *it == b'/');
    slashes.nth(parts).map_or(path, |(at, _)| &path[at + 1..])
}
