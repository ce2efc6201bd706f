//! The ends of paths, which are what patterns of formats are about.

/// A path, and the letters by which most patterns are told not to match it.
pub(super) struct Ending<'a> {
    path: &'a str,
    /// First letters of its parts that are ASCII, a bit for each: a pattern begins with a part.
    firsts: u128,
    last: Option<u8>,
}

impl<'a> Ending<'a> {
    pub(super) fn of(path: &'a str) -> Self {
        let firsts = path.split('/').filter_map(|it| it.bytes().next().filter(u8::is_ascii));
        let firsts = firsts.fold(0, |all, it| all | 1 << it);
        Self { path, firsts, last: path.bytes().next_back() }
    }

    /// Whether the end of the path may be what a pattern says, without a look at the rest.
    pub(super) fn may_match(&self, pattern: &str) -> bool {
        let is_any = |it: u8| matches!(it, b'*' | b'?');
        let begins = |it: u8| is_any(it) || !it.is_ascii() || self.firsts >> it & 1 == 1;
        let ends = |it: u8| is_any(it) || self.last == Some(it);
        match pattern.as_bytes() {
            [first, .., last] => ends(*last) && begins(*first),
            _ => true,
        }
    }

    /// The end of the path that has as many parts as a pattern.
    pub(super) fn tail(&self, pattern: &str) -> &'a str {
        let parts = pattern.bytes().filter(|it| *it == b'/').count();
        let mut slashes = self.path.bytes().enumerate().rev().filter(|(_, it)| *it == b'/');
        slashes.nth(parts).map_or(self.path, |(at, _)| &self.path[at + 1..])
    }
}
