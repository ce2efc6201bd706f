//! What a run takes for granted because no file says it.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::Severity;
use crate::fact::Value;
use crate::home::Place;

/// Something that no file says and that rules were decided by all the same, with the line that
/// replaces it by what is true.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// The manifest of the deployment it is about.
    pub manifest: String,
    /// The opslint.toml that the line is for, as a path shown to the user; it need not be there.
    pub file: String,
    /// The process; `None` when it is about the deployment as a whole.
    pub process: Option<String>,
    /// What is assumed, as opslint.toml calls it: `platform`, `plan`, `instances`, the name of a
    /// fact, or `$NAME` for an environment variable.
    pub name: String,
    /// The value that is taken.
    pub value: Value,
    /// Why this one, in words: "Heroku runs this: `Procfile` is here".
    pub text: String,
    /// Where the line has to stand.
    pub place: Place,
    /// The line for opslint.toml that says it, with its full path, so that it may stand before every
    /// table: `deployments.Procfile.platform = "heroku"`.
    pub settle_with: String,
    /// The worst of the diagnostics that rest on it; `None` where none does.
    pub behind: Option<Severity>,
    /// Ids of the rules that were decided by it, whether they fired or held.
    pub rules: BTreeSet<String>,
}

impl Assumption {
    /// The line as it stands in its place.
    pub fn line(&self) -> &str {
        let heading = self.place.heading().unwrap_or_default();
        let inside = self.settle_with.strip_prefix(heading);
        inside.and_then(|it| it.strip_prefix('.')).unwrap_or(&self.settle_with)
    }

    /// Takes over what rests on another one that one statement settles with this one.
    pub fn take_over(&mut self, other: Self) {
        self.rules.extend(other.rules);
        self.behind = self.behind.max(other.behind);
    }

    /// Whether both are the same statement about the same deployment or process.
    pub fn is_same(&self, other: &Self) -> bool {
        place(self) == place(other)
    }
}

/// Adds assumptions to others: those about the same value become one with the rules of both.
pub fn merge(into: &mut Vec<Assumption>, more: impl IntoIterator<Item = Assumption>) {
    for it in more {
        match into.iter_mut().find(|known| known.is_same(&it)) {
            Some(known) => known.take_over(it),
            None => into.push(it),
        }
    }
}

/// The same for the assumptions of a whole run, of which there may be thousands.
pub fn merged(all: impl IntoIterator<Item = Assumption>) -> Vec<Assumption> {
    let mut known: HashMap<(String, Option<String>, String), usize> = HashMap::new();
    let mut merged: Vec<Assumption> = Vec::new();
    for it in all {
        let place = (it.manifest.clone(), it.process.clone(), it.name.clone());
        match known.entry(place) {
            Entry::Occupied(idx) => merged[*idx.get()].take_over(it),
            Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(it);
            }
        }
    }
    merged
}

fn place(it: &Assumption) -> (&str, Option<&str>, &str) {
    (&it.manifest, it.process.as_deref(), &it.name)
}

/// The most useful one first: what the worst diagnostic rests on, then the one that decides most
/// rules; then by place and name.
pub fn sort(assumptions: &mut [Assumption]) {
    let weight = |it: &Assumption| Reverse((it.behind, it.rules.len()));
    assumptions.sort_by(|a, b| weight(a).cmp(&weight(b)).then_with(|| place(a).cmp(&place(b))));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assumption(name: &str, rules: &[&str]) -> Assumption {
        Assumption {
            manifest: "Procfile".to_owned(),
            file: "opslint.toml".to_owned(),
            process: None,
            name: name.to_owned(),
            value: Value::Null,
            text: String::new(),
            place: Place::Anywhere,
            settle_with: String::new(),
            behind: None,
            rules: rules.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn the_one_that_decides_most_comes_first_and_each_is_said_once() {
        let mut all = vec![assumption("plan", &["a", "b"])];
        let more = [assumption("platform", &["a", "b"]), assumption("platform", &["b", "c"])];
        merge(&mut all, more);
        sort(&mut all);
        let names: Vec<_> = all.iter().map(|it| (it.name.as_str(), it.rules.len())).collect();
        assert_eq!(names, [("platform", 3), ("plan", 2)]);
    }
}
