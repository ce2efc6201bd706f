//! What a file that is too large to be read is for: what stands in front of a manifest to make it
//! large hides nothing.

use std::io::Read;

use crate::formats::{self, Words};

/// Bytes that are looked at together.
const PART: usize = 1 << 20;

/// Bytes of a part that are looked at with the next one, too: no word with what is around it is
/// longer.
const OVERLAP: usize = 1 << 10;

/// Parts that are looked at. Hosts of repositories take no file of this size.
const PARTS_MAX: usize = 128;

/// Whether the words of a file are those of a manifest of its name.
pub(super) fn tell_manifest(path: &str, file: &mut impl Read) -> bool {
    let mut all: Vec<Words> = formats::of_path(path).map(Words::of).collect();
    let mut bytes = Vec::with_capacity(PART + OVERLAP);
    for _ in 0..PARTS_MAX {
        let kept = bytes.len();
        match file.by_ref().take(PART as u64).read_to_end(&mut bytes) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return false,
        }
        let text = String::from_utf8_lossy(&bytes);
        // What an earlier part ends with begins no line here.
        let starts_line = kept == 0;
        if all.iter_mut().any(|it| it.add(&text, starts_line)) {
            return true;
        }
        bytes.drain(..bytes.len() - OVERLAP.min(bytes.len()));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        let tell = |text: &str| tell_manifest("manifest.yml", &mut text.as_bytes());
        let app = "applications:\n- {name: a, memory: 10M}\n";
        let padding = "# padding\n".repeat(PART / 10);
        assert!(tell(app));
        for cut in 0..app.len() {
            assert!(tell(&format!("#{}\n{}{app}", "x".repeat(cut), padding)), "{cut}");
        }
        assert!(!tell(&padding));
        assert!(!tell(&format!("{padding}# applications:\n# memory: 10M\n")));
        assert!(!tell("versions:\n  applications: 1\n  memory: 10M\n"));
    }
}
