//! The text that a program shows to Prometheus.
//!
//! Source: prometheus.io/docs/instrumenting/exposition_formats/.

use crate::envelope::Line;
use crate::sample::{Sink, Source};
use crate::time::Time;

use super::State;
use super::metrics::{self, Labels};

/// Whether lines of metrics are expected.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    /// A `# TYPE` or `# HELP` line was seen.
    is_known: bool,
}

/// `name{label="value"} 1.5 1764342000000`.
pub(super) fn read(state: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let text = std::str::from_utf8(line.text).ok()?;
    if text.starts_with("# HELP ") || text.starts_with("# TYPE ") || text == "# EOF" {
        state.prometheus.is_known = true;
        return Some(Source::Prometheus);
    }
    let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | ':');
    let end = text.find(|it| !is_name(it))?;
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    let (labels, rest) = labels(rest)?;
    let mut numbers = rest.split_ascii_whitespace();
    let value: f64 = numbers.next()?.parse().ok()?;
    let time = match numbers.next() {
        // OpenMetrics has seconds, the older format milliseconds.
        Some(time) if time.contains('.') => Time::from_seconds(time.parse().ok()?),
        Some(time) => Time::from_millis(time.parse().ok()?),
        None => line.time,
    };
    if numbers.next().is_some() {
        return None;
    }
    let is_taken = value.is_finite() && metrics::take(state, (name, &labels), (time, value), sink);
    (is_taken || state.prometheus.is_known).then_some(Source::Prometheus)
}

/// The labels in braces at the start of a text, and what follows them.
fn labels(text: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    let Some(mut rest) = text.strip_prefix('{') else { return Some((Labels(labels), text)) };
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((Labels(labels), rest));
        }
        let (name, value) = rest.split_once("=\"")?;
        let mut escaped = false;
        let end = value.find(|it| {
            let ends = it == '"' && !escaped;
            escaped = it == '\\' && !escaped;
            ends
        })?;
        labels.push((name, &value[..end]));
        rest = &value[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_lines;
    use super::*;

    #[test]
    fn a_scrape_tells_memory_and_buckets() {
        check_lines(
            r#"# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 1e6
http_request_duration_seconds_bucket{handler="/a\"}",le="0.5",job="web"} 7
http_request_duration_seconds_bucket{le="+Inf"} 8
other_total 3 1795878000000
http_server_duration_milliseconds_bucket{le="250"} 1 1795878000000"#,
            Source::Prometheus,
            &[
                r#"prometheus Instance("")  Memory(Worker, 1000000.0)"#,
                r#"bucket Perhaps("web", "")  0.5 7"#,
                r#"bucket Instance("")  inf 8"#,
                r#"bucket Instance("") 2026-11-28T15:00:00Z 0.25 1"#,
            ],
        );
    }
}
