//! What is open, by what would settle it: one missing value often leaves a score of rules open, and
//! nobody reads a list that says the same twenty times.

use std::collections::HashMap;

use crate::diagnostic::{Missing, Undecided};

/// Rules of one process that wait for the same values.
pub(super) struct Open<'a> {
    /// The first of them, which stands for its process and place.
    pub(super) first: &'a Undecided,
    /// Their ids, in the order of the list.
    pub(super) rules: Vec<&'a str>,
    /// What is missing, each value once.
    pub(super) missing: Vec<&'a Missing>,
}

/// The manifest, the process and the reasons that its rules wait for.
type Key<'a> = (Option<&'a str>, Option<&'a str>, Vec<&'a str>);

/// Groups rules that could not be decided, in the order in which each group first appears.
pub(super) fn open(undecided: &[Undecided]) -> Vec<Open<'_>> {
    let mut groups: Vec<Open<'_>> = Vec::new();
    let mut known: HashMap<Key<'_>, usize> = HashMap::new();
    for it in undecided {
        let mut reasons: Vec<&str> = it.missing.iter().map(reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        let key = (it.deployment(), it.process(), reasons);
        let idx = *known.entry(key).or_insert_with(|| {
            groups.push(Open { first: it, rules: Vec::new(), missing: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[idx];
        if !group.rules.contains(&it.rule.as_ref()) {
            group.rules.push(&it.rule);
        }
        for missing in it.missing.iter() {
            if !group.missing.contains(&missing) {
                group.missing.push(missing);
            }
        }
    }
    groups
}

/// Why a value is missing, without its name in front.
fn reason(it: &Missing) -> &str {
    let reason = it.unknown.reason.as_str();
    let named = reason.strip_prefix('`').and_then(|it_| it_.strip_prefix(it.name.as_str()));
    named.and_then(|it| it.strip_prefix("` ")).unwrap_or(reason)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Asked;
    use crate::fact::Unknown;
    use crate::source::{SourceMap, Span};

    #[test]
    fn rules_that_wait_for_the_same_are_one_entry() {
        let mut sources = SourceMap::new();
        let span = Span::start_of(sources.add("Procfile", "web: run\n"));
        let undecided = |rule: &str, process: &str, names: &[&str], reason: &str| {
            let missing = names.iter().map(|name| Missing {
                name: (*name).to_owned(),
                unknown: Unknown::because(reason.replace('*', name)),
            });
            Undecided {
                rule: rule.to_owned().into(),
                asked: Some(Arc::new(Asked {
                    deployment: "Procfile".to_owned(),
                    process: Some(process.to_owned()),
                })),
                span,
                missing: missing.collect(),
            }
        };
        let all = [
            undecided("a", "web", &["server"], "`npm` may start any program"),
            undecided("b", "web", &["workers", "server"], "`npm` may start any program"),
            undecided("b", "job", &["server"], "`npm` may start any program"),
            undecided("c", "web", &["plan"], "`*` is said nowhere"),
            undecided("d", "web", &["instances"], "`*` is said nowhere"),
        ];
        let groups = open(&all);
        let rules: Vec<_> = groups.iter().map(|it| it.rules.join("+")).collect();
        assert_eq!(rules, ["a+b", "b", "c+d"]);
        let names: Vec<_> = groups[0].missing.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["server", "workers"]);
    }
}
