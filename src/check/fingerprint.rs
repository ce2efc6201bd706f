//! What makes two diagnostics the same one, run after run.
//!
//! A fingerprint depends on the rule, the file, the deployment, the process, the key that it is
//! about, and the values that the rule used. It does not depend on lines, on wording, or on levels:
//! edits elsewhere in the file, a newer opslint and a new configuration keep it. It does not tell
//! secrets: all values of a secret have the same one.

use std::collections::HashMap;
use std::sync::Arc;

use super::key_path::KeyPaths;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::secret::Secrets;
use crate::source::{FileId, SourceMap};

/// The rule whose diagnostics lie outside of every key: they are told by what is written there.
const SYNTAX_ERROR: &str = "syntax-error";

/// The rule about what a shell does not read: what stands behind it is not judged.
const SHELL_SYNTAX: &str = "shell-syntax";

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
    match diagnostic.identity.is_empty() {
        // It was made after the files were looked at, as those about suppressions are.
        true => {
            let identity = identity(diagnostic, sources, &Secrets::none_known(), None);
            identity.split(BETWEEN).for_each(|it| hash.field(it));
        }
        false => diagnostic.identity.split(BETWEEN).for_each(|it| hash.field(it)),
    }
    format!("{:016x}", hash.0)
}

/// Gives each diagnostic what its fingerprint depends on beside names and paths.
pub(crate) fn identify(
    diagnostics: &mut [Diagnostic],
    documents: &[Arc<Document>],
    sources: &SourceMap,
    secrets: &Secrets,
) {
    if diagnostics.is_empty() {
        return;
    }
    let masked = secrets.mask_sources(sources);
    let mut documents_of: HashMap<FileId, &Document> = HashMap::new();
    for it in documents {
        // A file may be read in two syntaxes: the one that was read first tells.
        documents_of.entry(it.file).or_insert(it);
    }
    let mut paths: HashMap<FileId, KeyPaths> = HashMap::new();
    for it in diagnostics {
        let file = it.primary.span.file;
        if let Some(document) = documents_of.get(&file) {
            paths.entry(file).or_insert_with(|| KeyPaths::of(document));
        }
        it.identity = identity(it, &masked, secrets, paths.get(&file));
    }
}

/// What stands between the parts of an identity.
const BETWEEN: &str = "\0";

/// What a fingerprint depends on beside names and paths. `masked` are sources without secrets.
fn identity(
    diagnostic: &Diagnostic,
    masked: &SourceMap,
    secrets: &Secrets,
    paths: Option<&KeyPaths>,
) -> Box<str> {
    let span = diagnostic.primary.span;
    let mut identity = vec![diagnostic.about.clone()];
    identity.extend(paths.into_iter().flat_map(|it| it.at(span)).map(str::to_owned));
    // An end, so that names of keys are no values.
    identity.push(String::new());
    for used in &diagnostic.facts {
        identity.push(used.name.clone());
        identity.push(secrets.mask_named(&used.name, &used.fact.state.to_string()).into_owned());
    }
    // A rule about a key as written uses no fact; what is written there is the value.
    if diagnostic.facts.is_empty() {
        let text = words(masked.text(span));
        if text.is_empty() || diagnostic.rule == SYNTAX_ERROR {
            identity.push(diagnostic.message.clone());
            identity.push(words(line(masked.file(span.file).text(), span.range().start)));
        }
        identity.push(text);
    }
    // What could not be read is said again when anything of it is another.
    if diagnostic.rule == SHELL_SYNTAX {
        let mut hash = Fnv1a::new();
        hash.field(&words(masked.file(span.file).text()));
        identity.push(format!("{:016x}", hash.0));
    }
    identity.join(BETWEEN).into()
}

/// The words of a text with one blank between them, and one star for a secret of any length.
fn words(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    while words.contains("**") {
        words = words.replace("**", "*");
    }
    words
}

/// The line that an offset is on.
fn line(text: &str, offset: usize) -> &str {
    let offset = text.floor_char_boundary(offset);
    let start = text[..offset].rfind('\n').map_or(0, |it| it + 1);
    text[start..].lines().next().unwrap_or_default()
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
    use crate::parse::{self, Syntax};
    use crate::source::Span;

    fn at(file: FileId, text: &str, at: &str) -> Label {
        let start = text.find(at).unwrap();
        Label::new(Span::new(file, start, start + at.len()), "")
    }

    fn diagnostic(sources: &mut SourceMap, text: &str, label: &str, workers: i64) -> Diagnostic {
        let file = sources.add("Procfile", text);
        let mut it = Diagnostic::new("a", Severity::Error, "m", at(file, text, label));
        let fact = Fact::known(Value::Int(workers), Origin::new(OriginKind::Default, "x"));
        it.facts = vec![UsedFact { name: "workers".to_owned(), fact: fact.into() }];
        it
    }

    /// The fingerprint of a rule without facts whose label is on a part of a file.
    fn of(syntax: Syntax, text: &str, rule: &str, label: &str) -> String {
        let mut sources = SourceMap::new();
        let file = sources.add("x.toml", text);
        let document = Arc::new(parse::document(syntax, file, text));
        let mut secrets = Secrets::none_known();
        secrets.read(file, sources.file(file));
        let label = at(file, text, label);
        let mut it = [Diagnostic::new(rule, Severity::Error, "m", label)];
        identify(&mut it, &[document], &sources, &secrets);
        fingerprint(&it[0], &sources)
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
    fn the_same_value_of_another_key_is_another_diagnostic() {
        let of = |text: &str| of(Syntax::Toml, text, "a", "'NOPE'");
        let base = of("signal = 'NOPE'\n[vm]\ncpus = 1\n");
        assert_ne!(base, of("signal = 1\n[vm]\ncpus = 'NOPE'\n"));
        assert_ne!(base, of("[vm]\nsignal = 'NOPE'\n"));
        for same in [
            "# note\nsignal   =\t'NOPE'\n",
            "a = 1\r\nsignal = 'NOPE'\r\n[vm]\r\n",
            "z = [{ name = 'x' }]\nsignal = 'NOPE' # why\n",
        ] {
            assert_eq!(base, of(same), "{same}");
        }
    }

    #[test]
    fn order_does_not_count_and_names_do() {
        let of = |text: &str| of(Syntax::Yaml, text, "a", "nope");
        let base = of("services:\n- name: a\n  plan: nope\n- name: b\n  plan: x\n");
        assert_eq!(base, of("services:\n- name: b\n  plan: x\n- plan: nope\n  name: a\n"));
        assert_ne!(base, of("services:\n- name: a\n  plan: x\n- name: b\n  plan: nope\n"));
    }

    #[test]
    fn a_syntax_error_is_told_by_its_line() {
        let of = |text: &str, label: &str| of(Syntax::Toml, text, SYNTAX_ERROR, label);
        let base = of("foo\na = 1\n", "foo");
        assert_eq!(base, of("a = 1\r\nfoo\r\n", "foo"));
        assert_ne!(base, of("[foo\na = 1\n", "foo"));
    }

    #[test]
    fn a_secret_has_one_fingerprint_whatever_its_value() {
        let of = |value: &str| {
            let text = format!("SECRET_KEY = '{value}'\n");
            of(Syntax::Toml, &text, "a", value)
        };
        assert_eq!(of("kanarie-5d1c"), of("other-0"));
    }
}
