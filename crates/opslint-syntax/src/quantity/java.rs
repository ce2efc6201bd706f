//! Sizes of the Java virtual machine: `-Xmx512m`.

use super::MEGABYTE;

/// Megabytes of a size: bytes, or a number with `k`, `m`, `g` or `t` of either case behind it.
/// `None` for what Java refuses. A part of a megabyte counts as nothing.
///
/// Source: <https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html> (`-Xmx`)
pub fn size_mb(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let unit: i64 = match &text[digits.len()..] {
        "" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        "t" | "T" => 1 << 40,
        _ => return None,
    };
    let number: i64 =
        digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some(number.checked_mul(unit)? / MEGABYTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `java -XX:+PrintFlagsFinal -version` of OpenJDK 17 prints as `MaxHeapSize` for these.
    #[test]
    fn sizes_are_those_of_java() {
        for (text, mb) in [("512m", 512), ("2g", 2048), ("2G", 2048), ("1048576k", 1024)] {
            assert_eq!(size_mb(text), Some(mb), "{text}");
        }
        assert_eq!(size_mb("134217728"), Some(128));
        for text in ["", "m", "1.5g", "512mb", "-1m", "m512", "1e3m"] {
            assert_eq!(size_mb(text), None, "{text}");
        }
    }
}
