//! Which formats a file may have by the first and the last letter of its name: a look at two bytes
//! that spares the look at most patterns.

use super::FORMATS;

/// Formats by their places in the table, a bit for each.
pub(super) type Bits = u64;

/// By the first byte of a name, the formats with a pattern that begins so, or with any text.
static FIRST: [Bits; 256] = by_letter(End::First);

/// By the last byte of a name, the formats with a pattern that ends so, or with any text.
static LAST: [Bits; 256] = by_letter(End::Last);

/// The formats that a file at this path may have; of all others, no pattern matches it.
pub(super) fn candidates(path: &str) -> impl Iterator<Item = usize> {
    let bytes = path.as_bytes();
    let start = bytes.iter().rposition(|it| *it == b'/').map_or(0, |at| at + 1);
    let mut left = match (bytes.get(start), bytes.last()) {
        (Some(first), Some(last)) => FIRST[usize::from(*first)] & LAST[usize::from(*last)],
        _ => 0,
    };
    std::iter::from_fn(move || {
        let next = left.trailing_zeros();
        (left != 0).then(|| {
            left &= left - 1;
            next as usize
        })
    })
}

#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

const fn by_letter(end: End) -> [Bits; 256] {
    assert!(FORMATS.len() <= Bits::BITS as usize, "a bit for each format");
    let mut all = [0; 256];
    let mut format = 0;
    while format < FORMATS.len() {
        let patterns = FORMATS[format].patterns;
        let mut idx = 0;
        while idx < patterns.len() {
            let letter = letter(patterns[idx].as_bytes(), end);
            let mut byte = 0;
            while byte < all.len() {
                if byte == letter as usize || matches!(letter, b'*' | b'?') {
                    all[byte] |= 1 << format;
                }
                byte += 1;
            }
            idx += 1;
        }
        format += 1;
    }
    all
}

/// The first or last byte of the name that a pattern ends with.
const fn letter(pattern: &[u8], end: End) -> u8 {
    let mut at = pattern.len() - 1;
    if matches!(end, End::First) {
        while at > 0 && pattern[at - 1] != b'/' {
            at -= 1;
        }
    }
    pattern[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_that_matches_is_a_candidate() {
        for name in FORMATS.iter().flat_map(|it| it.patterns.iter().chain(it.excluded)) {
            for filled in ["", "x", ".", "é"] {
                let name = name.replace(['*', '?'], filled);
                for path in [name.clone(), format!("a/{name}"), format!("é/b/{name}")] {
                    let matching = (0..FORMATS.len()).filter(|it| FORMATS[*it].matches(&path));
                    let candidates: Vec<usize> = candidates(&path).collect();
                    assert!(matching.clone().all(|it| candidates.contains(&it)), "{path}");
                    assert!(candidates.is_sorted(), "{path}");
                }
            }
        }
    }

    #[test]
    fn most_files_have_no_candidate_or_few() {
        let of_code: Vec<&str> = candidates("src/lib.rs").map(|it| FORMATS[it].name).collect();
        // One of its patterns begins with anything, and another one ends with anything.
        assert_eq!(of_code, ["dockerfile"]);
        assert_eq!(candidates("a/").count(), 0);
        assert_eq!(candidates("").count(), 0);
        let names: Vec<&str> = candidates("shop/fly.toml").map(|it| FORMATS[it].name).collect();
        assert!(names.contains(&"fly") && names.len() < FORMATS.len() / 2, "{names:?}");
    }
}
