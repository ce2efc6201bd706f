//! Amounts as Kubernetes writes them: `512Mi`, `1G`, `500m`.
//!
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

use crate::document::Node;
use crate::manifests::read;

/// Suffixes with the number of units that each stands for.
const SUFFIXES: &[(&str, f64)] = &[
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("m", 1e-3),
    ("", 1.0),
];

/// The amount of a scalar; `None` for anything Kubernetes would refuse.
pub(super) fn amount(node: &Node) -> Option<f64> {
    parse(&read::scalar_text(node)?)
}

/// Bytes as MB of 1024 × 1024 bytes.
pub(super) fn megabytes(node: &Node) -> Option<f64> {
    Some(amount(node)? / 1_048_576.0)
}

fn parse(text: &str) -> Option<f64> {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (_, units) = SUFFIXES.iter().find(|(name, _)| *name == suffix)?;
    Some(number.parse::<f64>().ok()? * units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_kubernetes_reads_them() {
        for (text, expect) in [
            ("512Mi", Some(536_870_912.0)),
            ("1G", Some(1e9)),
            ("1.5Gi", Some(1_610_612_736.0)),
            ("500m", Some(0.5)),
            ("2", Some(2.0)),
            ("2 Gi", None),
            ("512MB", None),
            ("Gi", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expect, "{text}");
        }
    }
}
