//! Times of PHP-FPM's configuration.
//!
//! Source: <https://www.php.net/manual/en/install.fpm.configuration.php>

/// Whole seconds of a time: `30`, `30s`, `2m`, `1h`, `1d`. `None` for anything else.
pub fn seconds(text: &str) -> Option<i64> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let unit = match text[end..].trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    text[..end].parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expect) in [("30", 30), ("30s", 30), ("2m", 120), ("1h", 3_600), ("0", 0)] {
            assert_eq!(seconds(text), Some(expect), "{text}");
        }
        for text in ["", "x", "2w", "-1", "99999999999999999d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
