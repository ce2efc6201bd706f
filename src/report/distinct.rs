//! Fingerprints that differ within one report.

use std::collections::HashMap;

use crate::check::fingerprint::fingerprint;
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// A fingerprint for each diagnostic. Where two are the same one in every value, the second gets a
/// number: services that tell problems apart by fingerprint show only the first otherwise.
pub(super) fn fingerprints(outcome: &Outcome, sources: &SourceMap) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let number = |it| {
        let fingerprint = fingerprint(it, sources);
        let count = seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        match *count {
            1 => fingerprint,
            count => format!("{fingerprint}-{count}"),
        }
    };
    outcome.diagnostics.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn equal_diagnostics_have_different_fingerprints() {
        let (sources, mut outcome) = samples::shop();
        outcome.diagnostics.push(outcome.diagnostics[0].clone());
        let [first, second] = &fingerprints(&outcome, &sources)[..] else { panic!("two") };
        assert_eq!(*second, format!("{first}-2"));
    }
}
