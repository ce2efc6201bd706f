//! Sizes as Go programs read them.

use super::schema::Bare;

/// The size of a text such as `512mb` in the unit of `bare`; `None` when it is no size.
/// Source: <https://github.com/docker/go-units/blob/v0.5.0/size.go>, as flyctl calls it.
pub(super) fn size(text: &str, bare: Bare) -> Option<f64> {
    let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = text[digits..].strip_prefix(' ').unwrap_or(&text[digits..]).to_ascii_lowercase();
    let Some(letter) = unit.chars().next() else { return Some(number) };
    let (base, own) = match bare {
        Bare::Gb => (1000.0_f64, 3),
        _ => (1024.0_f64, 2),
    };
    let power = match letter {
        'b' => 0,
        'k' => 1,
        'm' => 2,
        'g' => 3,
        't' => 4,
        'p' => 5,
        _ => return None,
    };
    let known = matches!(&unit[1..], "" | "b" | "ib") && (letter != 'b' || unit == "b");
    known.then(|| number * base.powi(power - own))
}

/// A number of units as a user would say it: `300 ns`, `0.5`.
pub(super) fn plain(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => format!("{}", value as i64),
        false => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_their_unit() {
        assert_eq!(size("512", Bare::Mb), Some(512.0));
        assert_eq!(size("1gb", Bare::Mb), Some(1024.0));
        assert_eq!(size("1 GiB", Bare::Mb), Some(1024.0));
        assert_eq!(size("1g", Bare::Mb), Some(1024.0));
        assert_eq!(size("10GB", Bare::Gb), Some(10.0));
        assert_eq!(size("500mb", Bare::Gb), Some(0.5));
        assert_eq!(size("lots", Bare::Mb), None);
        assert_eq!(size("1gbps", Bare::Mb), None);
        assert_eq!(size("", Bare::Mb), None);
    }
}
