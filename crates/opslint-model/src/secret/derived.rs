//! What a shell or a program makes of a secret: another case, a part, a part within other text.

use std::collections::HashSet;
use std::ops::Range;

use super::value::is_drawn;

/// So many bytes in a row that a text has in common with a secret are no coincidence, when letters
/// and digits are among them.
const FRAGMENT: usize = 8;

/// So many bytes of secrets are cut into fragments; of all others only the whole is told.
const BYTES_MAX: usize = 64 << 10;

/// Parts of secrets, each as long as [`FRAGMENT`] and in small letters.
#[derive(Clone, Debug, Default)]
pub(super) struct Fragments(HashSet<u64>);

impl Fragments {
    /// The parts of some values, which are in small letters.
    pub(super) fn of<'v>(values: impl Iterator<Item = &'v String>) -> Self {
        let mut fragments = HashSet::new();
        let mut bytes = 0;
        for it in values {
            bytes += it.len();
            if bytes > BYTES_MAX {
                break;
            }
            let windows = it.as_bytes().windows(FRAGMENT);
            fragments.extend(windows.filter(|it| is_telling(it)).map(packed));
        }
        Self(fragments)
    }

    /// Where a text in small letters has a part of a secret: whole characters.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let windows = text.as_bytes().windows(FRAGMENT).enumerate();
        let found = windows.filter(|(_, it)| self.0.contains(&packed(it)));
        found
            .map(|(at, _)| text.floor_char_boundary(at)..text.ceil_char_boundary(at + FRAGMENT))
            .collect()
    }
}

fn packed(window: &[u8]) -> u64 {
    window.iter().fold(0, |sum, it| sum << 8 | u64::from(*it))
}

/// Whether bytes are more than a piece of a word: `secret-k` stands in names of rules as well.
fn is_telling(window: &[u8]) -> bool {
    let is_word = |it: &&str| !it.contains(char::is_whitespace);
    std::str::from_utf8(window).ok().filter(is_word).is_some_and(is_drawn)
}
