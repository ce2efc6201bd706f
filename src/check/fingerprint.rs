//! What makes two diagnostics the same one, run after run.
//!
//! A fingerprint depends on the rule, the file, the deployment, the process, and the values that
//! the rule used. It does not depend on lines, on wording, or on levels: edits elsewhere in the
//! file, a newer opslint and a new configuration keep it.

use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;

/// The fingerprint of a diagnostic: 16 hexadecimal digits.
pub fn fingerprint(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    fingerprint_with(diagnostic, sources, str::to_owned)
}

/// The fingerprint with paths written in another way, such as seen from another folder.
pub(crate) fn fingerprint_with(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    path: impl Fn(&str) -> String,
) -> String {
    let mut hash = Fnv1a::new();
    hash.field(&diagnostic.rule);
    hash.field(&path(sources.file(diagnostic.primary.span.file).path()));
    hash.field(&diagnostic.deployment().map_or_else(String::new, &path));
    hash.field(diagnostic.process.as_deref().unwrap_or_default());
    for used in &diagnostic.facts {
        hash.field(&used.name);
        hash.field(&used.fact.state.to_string());
    }
    // A rule about a key as written uses no fact; what is written there is the value.
    if diagnostic.facts.is_empty() {
        let text = sources.text(diagnostic.primary.span);
        hash.field(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    format!("{:016x}", hash.0)
}

/// FNV-1a with 64 bits: the same on every machine and in every version, and never in a security
/// role. See <http://www.isthe.com/chongo/tech/comp/fnv/>.
struct Fnv1a(u64);

impl Fnv1a {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Adds a field and its end, so that `ab` + `c` is not `a` + `bc`.
    fn field(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(&[0xFF]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Severity, UsedFact};
    use crate::fact::{Fact, Origin, OriginKind, Value};
    use crate::source::Span;

    fn diagnostic(sources: &mut SourceMap, text: &str, at: &str, workers: i64) -> Diagnostic {
        let file = sources.add("Procfile", text);
        let start = text.find(at).unwrap();
        let label = Label::new(Span::new(file, start, start + at.len()), "");
        let mut it = Diagnostic::new("a", Severity::Error, "m", label);
        let fact = Fact::known(Value::Int(workers), Origin::new(OriginKind::Default, "x"));
        it.facts = vec![UsedFact { name: "workers".to_owned(), fact }];
        it
    }

    /// The published test vectors of FNV-1a with 64 bits.
    #[test]
    fn the_hash_is_fnv_1a() {
        for (text, expect) in [
            ("", 0xcbf2_9ce4_8422_2325u64),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            let mut hash = Fnv1a::new();
            hash.bytes(text.as_bytes());
            assert_eq!(hash.0, expect, "{text}");
        }
    }

    #[test]
    fn edits_elsewhere_keep_the_fingerprint_and_other_values_change_it() {
        let of = |text: &str, workers| {
            let mut sources = SourceMap::new();
            let it = diagnostic(&mut sources, text, "run", workers);
            fingerprint(&it, &sources)
        };
        assert_eq!(of("web: run", 2), of("# new\n\nweb: run --new", 2));
        assert_ne!(of("web: run", 2), of("web: run", 3));
    }

    #[test]
    fn wording_and_severity_do_not_count_and_the_process_does() {
        let mut sources = SourceMap::new();
        let base = diagnostic(&mut sources, "web: run", "run", 2);
        let mut other = base.clone();
        other.message = "reworded".to_owned();
        other.severity = Severity::Info;
        assert_eq!(fingerprint(&base, &sources), fingerprint(&other, &sources));
        other.process = Some("web".to_owned());
        assert_ne!(fingerprint(&base, &sources), fingerprint(&other, &sources));
    }

    #[test]
    fn without_facts_the_text_is_the_value() {
        let of = |at: &str| {
            let mut sources = SourceMap::new();
            let mut it = diagnostic(&mut sources, "region = 'fra'  region  =\t'fra'", at, 0);
            it.facts.clear();
            fingerprint(&it, &sources)
        };
        assert_eq!(of("region = 'fra'"), of("region  =\t'fra'"));
        assert_ne!(of("region = 'fra'"), of("'fra'"));
    }
}
