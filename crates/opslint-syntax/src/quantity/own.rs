//! Sizes and durations in opslint's own files: opslint.toml, and `mb` and `seconds` of rules.
//!
//! Rules read texts of many programs with these, so they take what any of those programs takes.

use super::split_number;

/// Megabytes of a text such as `512mb` or `1.5 GB`; a bare number is megabytes. Units count by 1024.
pub fn megabytes(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (number, unit) = split_number(&text);
    let unit = unit.trim_start();
    let mut letters = unit.chars();
    let letter = letters.next();
    let tail = letters.as_str();
    let power = match letter {
        Some('b') if tail.is_empty() => -2,
        Some('k') => -1,
        None | Some('m') => 0,
        Some('g') => 1,
        Some('t') => 2,
        Some('p') => 3,
        Some(_) => return None,
    };
    let number: f64 = number.parse().ok()?;
    matches!(tail, "" | "b" | "i" | "ib").then(|| number * 1024f64.powi(power))
}

/// Seconds of a text such as `1m30s` or `2 minutes`; a bare number is seconds.
pub fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if let Ok(number) = rest.parse::<f64>() {
        return Some(number).filter(|it| it.is_finite());
    }
    // In nanoseconds, so that no unit is a fraction that binary numbers do not have.
    let mut all_ns = 0.0;
    loop {
        let (number, tail) = split_number(rest);
        let tail = tail.trim_start();
        let end = tail.find(|it: char| !it.is_alphabetic()).unwrap_or(tail.len());
        all_ns += number.parse::<f64>().ok()? * unit_ns(&tail[..end])?;
        rest = tail[end..].trim_start();
        if rest.is_empty() {
            return Some(all_ns / 1e9);
        }
    }
}

fn unit_ns(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" | "msec" => 1e6,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e9,
        "m" | "min" | "mins" | "minute" | "minutes" => 60e9,
        "h" | "hr" | "hour" | "hours" => 3600e9,
        "d" | "day" | "days" => 86_400e9,
        "w" | "week" | "weeks" => 604_800e9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_by_1024_and_bare_numbers_are_megabytes() {
        for (text, expect) in [
            ("512", Some(512.0)),
            ("512mb", Some(512.0)),
            ("1.5 GB", Some(1536.0)),
            ("1Gi", Some(1024.0)),
            ("512k", Some(0.5)),
            ("1048576 b", Some(1.0)),
            ("1p", Some(1_073_741_824.0)),
            ("1bb", None),
            ("1gbps", None),
            ("1é", None),
            ("1gé", None),
            ("İ1", None),
            ("mb", None),
            ("", None),
        ] {
            assert_eq!(megabytes(text), expect, "{text}");
        }
    }

    #[test]
    fn durations_have_units_of_any_program() {
        for (text, expect) in [
            ("30", Some(30.0)),
            ("2m", Some(120.0)),
            ("1m30s", Some(90.0)),
            ("1min 30s", Some(90.0)),
            ("2 minutes", Some(120.0)),
            ("250ms", Some(0.25)),
            ("1d", Some(86_400.0)),
            ("2gb", None),
            ("2é", None),
            ("soon", None),
            ("inf", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expect, "{text}");
        }
    }

    /// What the two Go grammars take, these take as well, with the same meaning.
    #[test]
    fn what_go_reads_is_read_alike() {
        for text in ["1h2m3s", "1.5h", "300ms", "10us", "0"] {
            assert_eq!(seconds(text), super::super::go::duration_s(text).ok(), "{text}");
        }
        for text in ["512mb", "1gib", "3 kb", "7g"] {
            let bytes = super::super::go::bytes(text, super::super::go::Base::Binary);
            assert_eq!(megabytes(text), bytes.map(|it| it as f64 / 1_048_576.0), "{text}");
        }
    }
}
