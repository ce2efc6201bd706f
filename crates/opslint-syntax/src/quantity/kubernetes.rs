//! Amounts as Kubernetes writes them: `512Mi`, `1G`, `500m`.

use super::split_number;

/// Suffixes with the number of units that each stands for.
const SUFFIXES: [(&str, f64); 16] = [
    ("", 1.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
];

/// The amount of a text; `None` for anything Kubernetes would refuse.
///
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub fn amount(text: &str) -> Option<f64> {
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let (number, suffix) = split_number(unsigned);
    let number: f64 = number.parse().ok()?;
    let units = SUFFIXES.iter().find(|(name, _)| *name == suffix).map(|(_, units)| *units);
    Some(sign * number * units.or_else(|| exponent(suffix))?)
}

/// `e3`, `E-3`: a power of ten.
fn exponent(suffix: &str) -> Option<f64> {
    let power = suffix.strip_prefix(['e', 'E'])?;
    Some(10f64.powi(power.parse().ok()?))
}
