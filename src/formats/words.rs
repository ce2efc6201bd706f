//! How a file of which opslint has no tree, or a part of one, is told from other programs' files of
//! the same name: by the words that a manifest cannot do without, wherever they stand.

use super::recognise::{self, CLOUD_FOUNDRY_KEYS};
use super::{Format, Manifest, Names, Role};

/// One of the words that a text must have; all that it needs to see stands close together. The flag
/// is whether the text begins where a line does.
type Mark = fn(&str, bool) -> bool;

/// The words of a format, of which some are found already.
pub(crate) struct Words {
    missing: Vec<Mark>,
    /// Whether the format is told by words at all.
    are_any: bool,
}

impl Words {
    /// The words of a format whose names other programs' files have, too.
    pub(crate) fn of(format: &Format) -> Self {
        let marks = match format.role {
            Role::Manifest(manifest) if format.names == Names::Common => marks(manifest),
            _ => &[],
        };
        Self { missing: marks.to_vec(), are_any: !marks.is_empty() }
    }

    /// Looks at a part of a text, and says whether all words are found now.
    pub(crate) fn add(&mut self, text: &str, starts_line: bool) -> bool {
        self.missing.retain(|it| !it(text, starts_line));
        self.are_any && self.missing.is_empty()
    }
}

/// Whether a text has the words of a format whose names other programs' files have, too.
pub(crate) fn has(format: &Format, text: &str) -> bool {
    Words::of(format).add(text, true)
}

fn marks(manifest: Manifest) -> &'static [Mark] {
    match manifest {
        Manifest::Sam => &[|text, _| text.contains("AWS::Serverless")],
        // The folder says so already.
        Manifest::Chalice => &[|_, _| true],
        Manifest::CloudRun => &[|text, _| text.contains("serving.knative.dev/v1")],
        Manifest::AppEngine => &[|text, starts| has_root_key(text, starts, "runtime")],
        Manifest::Kubernetes => &[
            |text, _| has_workload(text),
            |text, _| keys(text, "containers").next().is_some(),
            |text, _| keys(text, "image").next().is_some(),
        ],
        Manifest::Kustomize => &[
            |text, starts| ["resources", "bases"].iter().any(|it| has_root_key(text, starts, it)),
            |text, _| ["patch", "replicas", "images"].iter().any(|it| text.contains(it)),
        ],
        Manifest::Kamal => {
            &[|text, starts| ["servers", "proxy"].iter().any(|it| has_root_key(text, starts, it))]
        }
        Manifest::Supervisord => &[|text, _| text.contains("[program:")],
        Manifest::Ecs => &[
            |text, _| keys(text, "containerDefinitions").next().is_some(),
            |text, _| keys(text, "image").next().is_some(),
        ],
        Manifest::CloudFoundry => &[
            |text, starts| has_root_key(text, starts, "applications"),
            |text, _| CLOUD_FOUNDRY_KEYS.iter().any(|it| keys(text, it).next().is_some()),
        ],
        Manifest::Workflow => &[|text, _| recognise::may_be(Manifest::Workflow, text)],
        _ => &[],
    }
}

/// Bytes of a line that are looked at in front of a key: a file may be one line.
const LINE_MAX: usize = 200;

/// Places at which a text has a key, in YAML or JSON: the line in front of it, and what follows the
/// colon. A comment has none.
fn keys<'t>(text: &'t str, key: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(key).filter_map(move |(at, _)| {
        let quotes = ['"', '\''];
        let behind = &text[at + key.len()..];
        let behind = behind.strip_prefix(quotes).unwrap_or(behind).trim_start_matches([' ', '\t']);
        let behind = behind.strip_prefix(':')?;
        let from = text.ceil_char_boundary(at.saturating_sub(LINE_MAX));
        let line = text[from..at].rsplit('\n').next()?;
        let before = line.strip_suffix(quotes).unwrap_or(line);
        let is_whole = !before.ends_with(|it: char| it.is_alphanumeric() || "_-./".contains(it));
        (is_whole && !before.trim_start().starts_with('#')).then_some((before, behind))
    })
}

/// Whether a text has a key that stands in no other, as far as its line shows.
fn has_root_key(text: &str, starts_line: bool, key: &str) -> bool {
    keys(text, key).any(|(before, _)| {
        let start = before.as_ptr() as usize - text.as_ptr() as usize;
        let begins = before.trim_start_matches('\u{feff}').is_empty();
        let above = text[..start + before.len()].trim_end();
        (begins && (start > 0 || starts_line)) || above.ends_with(['{', ','])
    })
}

/// Whether a text names a workload of Kubernetes behind `kind`.
fn has_workload(text: &str) -> bool {
    keys(text, "kind").any(|(before, behind)| {
        let value = behind.trim_start_matches([' ', '\t', '"', '\'']);
        let end = value.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(value.len());
        let opens = before.trim_end().ends_with(['{', ',', '-']) || before.trim().is_empty();
        opens && recognise::is_workload(&value[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::FORMATS;

    #[track_caller]
    fn check(format: &str, text: &str, expect: bool) {
        let format = FORMATS.iter().find(|it| it.name == format).unwrap();
        assert_eq!(has(format, text), expect, "{} {text}", format.name);
    }

    #[test]
    fn every_format_of_common_names_has_words() {
        for format in FORMATS.iter().filter(|it| it.names == Names::Common) {
            assert!(Words::of(format).are_any, "{}", format.name);
        }
    }

    #[test]
    fn manifests_have_their_words() {
        check("app-engine", "# x\nruntime: python39\n", true);
        check("app-engine", "{\"a\": 1, \"runtime\" : \"x\"}", true);
        check("app-engine", "{\n  \"runtime\": \"x\"\n}", true);
        check("kubernetes", "kind: Deployment\na: {containers: [{image: x}]}", true);
        check("kubernetes", "{\"kind\":\"Pod\",\"containers\":[{\"image\":\"x\"}]}", true);
        check("kubernetes", "- kind: 'Job'\n  containers:\n  - image: x\n", true);
        check("ecs", "{\"containerDefinitions\": [{\"image\": \"x\"}]}", true);
        check("kamal", "service: a\nservers:\n- 1.2.3.4\n", true);
        check("cloud-foundry", "---\napplications:\n- name: a\n  memory: 1G\n", true);
        check("supervisord", "[program:web]\n", true);
    }

    #[test]
    fn other_files_of_these_names_lack_them() {
        check("app-engine", "services:\n  runtime: x\n", false);
        check("app-engine", "# runtime: x\n", false);
        check("app-engine", "runtimes: x\n", false);
        let definition = "kind: CustomResourceDefinition\nspec:\n  names: {kind: Prometheus}\n  \
                          description: |\n    such as kind: Deployment\n  containers: {image: 1}\n";
        check("kubernetes", definition, false);
        check("kubernetes", "kind: ConfigMap\ndata: {containers: a, image: b}\n", false);
        check("cloud-foundry", "name: a\nmemory: 1\n", false);
        check("sam", "Resources: {A: {Type: 'AWS::Lambda::Function'}}\n", false);
    }
}
