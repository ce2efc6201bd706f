//! Sizes and times of nginx's configuration.
//!
//! Source: <https://nginx.org/en/docs/syntax.html>

/// Bytes of a size: `512`, `10k`, `20M`, `1g`. `None` for anything nginx would refuse.
///
/// Source: `ngx_parse_offset` in <https://github.com/nginx/nginx/blob/master/src/core/ngx_parse.c>
pub fn bytes(text: &str) -> Option<i64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1 << 10),
        b'm' | b'M' => (&text[..text.len() - 1], 1 << 20),
        b'g' | b'G' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let is_number = digits.bytes().all(|it| it.is_ascii_digit());
    digits.parse::<i64>().ok().filter(|_| is_number)?.checked_mul(factor)
}

/// Seconds of a time that nginx keeps in milliseconds, as all its timeouts: `60`, `90s`, `1h 30m`,
/// `500ms`. Units go from large to small, and a number without one is seconds and the last.
/// `None` for anything nginx would refuse.
///
/// Source: `ngx_parse_time` in <https://github.com/nginx/nginx/blob/master/src/core/ngx_parse.c>
pub fn timeout_s(text: &str) -> Option<f64> {
    // Years and months are only for times that nginx keeps in seconds.
    const UNITS_MS: [(&str, i64); 6] = [
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let mut rest = text;
    let mut total_ms: i64 = 0;
    let mut next = 0;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = if end == 0 { "s" } else { &rest[..end] };
        let at = UNITS_MS.iter().position(|(it, _)| *it == unit)?;
        // A number at the very end needs no place in the order.
        if at < next && !rest.is_empty() {
            return None;
        }
        next = if end == 0 { UNITS_MS.len() } else { at + 1 };
        total_ms = total_ms.checked_add(number.checked_mul(UNITS_MS[at].1)?)?;
        rest = rest[end..].trim_start_matches(' ');
    }
    (!text.is_empty()).then_some(total_ms as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read_as_nginx_reads_them() {
        for (text, expect) in [
            ("1024", Some(1024)),
            ("10k", Some(10 * 1024)),
            ("1G", Some(1 << 30)),
            ("0", Some(0)),
            ("1.5m", None),
            ("-1", None),
            ("m", None),
            ("", None),
            ("10mb", None),
        ] {
            assert_eq!(bytes(text), expect, "{text}");
        }
        for (text, expect) in [
            ("60", Some(60.0)),
            ("90s", Some(90.0)),
            ("1h30m", Some(5400.0)),
            ("500ms", Some(0.5)),
            ("1m 30", Some(90.0)),
            ("1w", Some(604_800.0)),
            // Only for times that nginx keeps in seconds.
            ("1M", None),
            ("30m1h", None),
            ("5x", None),
            ("s", None),
            ("", None),
        ] {
            assert_eq!(timeout_s(text), expect, "{text}");
        }
    }
}
