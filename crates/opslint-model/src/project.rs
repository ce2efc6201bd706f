//! The model that rules see: projects, their deployments, and the processes of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::Document;
use crate::fact::{Fact, GapKind, State, Unknown};
use crate::home::Home;
use crate::source::{FileId, Span, Spanned};
use crate::vocabulary::FactId;

pub use crate::fact::{Input, Origin, OriginKind, Overridden, Value};
pub use crate::named::NamedFacts;

/// A folder with at least one manifest, and everything that is deployed from it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder as shown to the user; empty for the folder opslint was started in.
    pub root: String,
    /// One for each manifest, in path order.
    pub deployments: Vec<Deployment>,
    /// Files of the project by the name that rules know their format by (`fly`, `render`, …).
    pub files: Vec<ProjectFile>,
}

/// A file of a project that rules can read as written.
#[derive(Clone, Debug)]
pub struct ProjectFile {
    /// Name of the format, as in `file.fly`.
    pub format: &'static str,
    /// The file.
    pub file: FileId,
    /// What was understood of it. A text that is filled in later is [`NodeKind::Dynamic`].
    ///
    /// [`NodeKind::Dynamic`]: crate::document::NodeKind::Dynamic
    pub document: Arc<Document>,
    /// The same with what other files of the project add to it, where they do: what is deployed from
    /// it. `None` where it is all by itself.
    pub whole: Option<Arc<Document>>,
}

impl ProjectFile {
    /// A file that is all by itself.
    pub fn alone(format: &'static str, file: FileId, document: Arc<Document>) -> Self {
        Self { format, file, document, whole: None }
    }
}

/// One manifest's view of the project: each is judged alone.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Path of the manifest, as shown to the user.
    pub manifest: String,
    /// Where opslint.toml says something of it.
    pub home: Home,
    /// The name the manifest gives it, or the name of its platform's resource.
    pub name: String,
    /// Where a label goes when nothing nearer is written.
    pub span: Span,
    /// Facts of the deployment as a whole.
    pub facts: Facts,
    /// Its processes, in file order.
    pub processes: Vec<Process>,
}

/// One command of a deployment.
#[derive(Clone, Debug)]
pub struct Process {
    /// Name in the manifest.
    pub name: Spanned<String>,
    /// Where a label goes when nothing nearer is written: the process in its manifest.
    pub span: Span,
    /// Facts of the process.
    pub facts: Facts,
    /// Every setting of its server under the server's own name; for gunicorn, what
    /// `--print-config` would show. Those of the application, in capital letters, stand beside
    /// them: `SECURE_SSL_REDIRECT`, `DATABASES.default.CONN_MAX_AGE`.
    pub settings: NamedFacts,
    /// Environment variables it starts with, as far as files say.
    pub environment: Environment,
}

/// Facts by name, and where to put a label for one that is not written.
///
/// Copies share them until one of them is changed: those of a platform are the same for all.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    facts: BTreeMap<FactId, Arc<Fact>>,
    anchors: BTreeMap<FactId, Span>,
}

impl Facts {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a fact, replacing what was there.
    pub fn set(&mut self, id: FactId, fact: impl Into<Arc<Fact>>) {
        self.facts.insert(id, fact.into());
    }

    /// Takes a fact out: it turned out not to apply.
    pub fn remove(&mut self, id: FactId) {
        self.facts.remove(&id);
    }

    /// Sets the place for a label when the fact itself is written nowhere: its nearest written
    /// ancestor, such as the `[[vm]]` that has no `memory`.
    pub fn anchor(&mut self, id: FactId, span: Span) {
        self.anchors.insert(id, span);
    }

    /// The fact, if it applies here at all.
    pub fn get(&self, id: FactId) -> Option<&Fact> {
        self.get_shared(id).map(AsRef::as_ref)
    }

    /// The same, to share it.
    pub fn get_shared(&self, id: FactId) -> Option<&Arc<Fact>> {
        self.facts.get(&id)
    }

    /// The place for a label: where the fact is written, else its nearest written ancestor.
    pub fn span(&self, id: FactId) -> Option<Span> {
        let written = self.get(id).and_then(|it| it.origin.span);
        written.or_else(|| self.anchors.get(&id).copied())
    }

    /// All facts in the order of the vocabulary.
    pub fn iter(&self) -> impl Iterator<Item = (FactId, &Fact)> {
        self.facts.iter().map(|(id, fact)| (*id, fact.as_ref()))
    }

    /// The same, to share them.
    pub fn shared(&self) -> impl Iterator<Item = (FactId, &Arc<Fact>)> {
        self.facts.iter().map(|(id, fact)| (*id, fact))
    }

    /// The same facts, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (FactId, &mut Fact)> {
        self.facts.iter_mut().map(|(id, fact)| (*id, Arc::make_mut(fact)))
    }

    /// The places for labels of what is written nowhere, to change them.
    pub fn anchors_mut(&mut self) -> impl Iterator<Item = &mut Span> {
        self.anchors.values_mut()
    }

    /// Takes every fact and anchor of `other`, whose facts win.
    pub fn extend(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.anchors.extend(other.anchors);
    }
}

/// Environment variables of a process, as far as files say.
///
/// Copies share what they have until one of them is changed.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: Arc<BTreeMap<String, Arc<Fact>>>,
    /// What is known of every variable that is not among these.
    others: Others,
}

/// The most variables that are followed for one process: each of many processes may have all that a
/// file sets. Real ones have dozens.
pub const VARIABLES_MAX: usize = 1_000;

#[derive(Clone, Debug, Default)]
enum Others {
    /// No file sets them.
    #[default]
    Unmentioned,
    /// No file sets them, and the manifest lists all variables of the process: what else sets one is
    /// the image or the command.
    Listed,
    /// They are not set.
    Unset,
    /// Something may set any of them that cannot be read.
    Open(Arc<Fact>),
}

/// Variables that say where an image has its programs: files of settings leave them alone.
const OF_IMAGES: &[&str] =
    &["HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "VIRTUAL_ENV"];

/// What is known of an environment variable.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// A file or the platform sets it. The value may still be unknown.
    Set(&'a Fact),
    /// It is certainly not set.
    Unset,
    /// No file sets it. A dashboard or a secret may.
    Unmentioned,
}

impl Environment {
    /// An environment of which files may tell only a part: dashboards and secrets add to it.
    pub fn new() -> Self {
        Self::default()
    }

    /// An environment that is known in full, as in a test against the real program.
    pub fn complete() -> Self {
        Self { variables: Arc::default(), others: Others::Unset }
    }

    /// An environment of which the manifest lists everything, as a compose file does: no dashboard adds
    /// to it.
    pub fn listed() -> Self {
        Self { variables: Arc::default(), others: Others::Listed }
    }

    /// Something that the manifest names may set more, after all.
    pub fn may_be_more(&mut self) {
        if matches!(self.others, Others::Listed) {
            self.others = Others::Unmentioned;
        }
    }

    /// The same where what the manifest does not list is certainly not set; `None` where it does not
    /// list everything.
    pub fn without_others(&self) -> Option<Self> {
        let others = Others::Unset;
        matches!(self.others, Others::Listed).then(|| Self { others, ..self.clone() })
    }

    /// Sets a variable. What was set before becomes what this one overrides.
    pub fn set(&mut self, name: impl Into<String>, fact: Fact) {
        let name = name.into();
        if self.is_full_for(&name) {
            return self.open_more();
        }
        let variables = Arc::make_mut(&mut self.variables);
        let fact = match variables.remove(&name) {
            Some(loser) => fact.over(Arc::unwrap_or_clone(loser)),
            None => fact,
        };
        variables.insert(name, Arc::new(fact));
    }

    /// Sets all variables of another, which win over those that are set already; where there are none
    /// yet, both share them.
    pub fn set_above(&mut self, winners: &Self) {
        if self.variables.is_empty() {
            self.variables = Arc::clone(&winners.variables);
        } else {
            for (name, fact) in winners.variables.iter() {
                self.set(name.as_str(), fact.as_ref().clone());
            }
        }
        self.open_like(winners);
    }

    /// Sets variables that lose to those that are set already, as an image's lose to a platform's.
    /// Where any variable may be set, it is not known whether they lose.
    pub fn set_below(&mut self, variables: &BTreeMap<String, Arc<Fact>>) {
        if variables.is_empty() {
            return;
        }
        for (name, fact) in variables {
            if self.is_full_for(name) {
                self.open_more();
                continue;
            }
            let own = Arc::make_mut(&mut self.variables);
            let fact = match own.remove(name) {
                Some(winner) => Arc::new(Arc::unwrap_or_clone(winner).over(fact.as_ref().clone())),
                None => match &self.others {
                    Others::Open(open) if !OF_IMAGES.contains(&name.as_str()) => {
                        Arc::new(open.as_ref().clone().over(fact.as_ref().clone()))
                    }
                    _ => Arc::clone(fact),
                },
            };
            own.insert(name.clone(), fact);
        }
    }

    /// Whether a variable is one more than is followed.
    fn is_full_for(&self, name: &str) -> bool {
        self.variables.len() >= VARIABLES_MAX && !self.variables.contains_key(name)
    }

    /// Nothing is known of variables beyond those that are followed.
    fn open_more(&mut self) {
        if !matches!(self.others, Others::Open(_)) {
            let reason = "there are more variables than opslint follows, 1,000";
            let origin = Origin::new(OriginKind::Env, "the variables of the process");
            self.open_others(Fact::unknown(Unknown::because(reason), origin));
        }
    }

    /// Takes a variable away, as `unset` does. What was set before becomes what this overrides.
    pub fn unset(&mut self, name: impl Into<String>, origin: Origin) {
        self.set(name, Fact::known(Value::Null, origin));
    }

    /// Something sets variables that cannot be read, such as a file that is not in the project.
    /// What was set before loses to it, and no variable is taken to be unset.
    pub fn open(&mut self, fact: Fact) {
        for variable in Arc::make_mut(&mut self.variables).values_mut() {
            *variable = Arc::new(fact.clone().over(variable.as_ref().clone()));
        }
        self.open_others(fact);
    }

    /// Something sets variables that cannot be read, but none of those that are known already.
    pub fn open_others(&mut self, fact: Fact) {
        self.others = Others::Open(Arc::new(fact));
    }

    /// Takes over that any variable may be set.
    pub fn open_like(&mut self, other: &Self) {
        if let (Others::Open(_), false) = (&other.others, matches!(self.others, Others::Open(_))) {
            self.others = other.others.clone();
        }
    }

    /// What is known of a variable.
    pub fn get(&self, name: &str) -> Lookup<'_> {
        match (self.get_shared(name), &self.others) {
            (Some(fact), _) => Lookup::Set(fact),
            (None, Others::Unset) => Lookup::Unset,
            (None, _) if self.variables.contains_key(name) => Lookup::Unset,
            (None, _) => Lookup::Unmentioned,
        }
    }

    /// What says that a variable is set, to share it.
    pub fn get_shared(&self, name: &str) -> Option<&Arc<Fact>> {
        match (self.variables.get(name), &self.others) {
            (Some(fact), _) => Some(fact).filter(|it| it.value() != Some(&Value::Null)),
            (None, Others::Open(fact)) => Some(fact),
            (None, Others::Unset | Others::Unmentioned | Others::Listed) => None,
        }
    }

    /// What says that a variable is taken to be unset, as no file sets it, or none that can be read;
    /// `None` where it is set, or certainly not.
    pub fn taken_as_unset(&self, name: &str) -> Option<Fact> {
        match self.variables.get(name) {
            Some(fact) => {
                let is_unset = fact.value() == Some(&Value::Null) && fact.origin.is_assumed();
                is_unset.then(|| fact.as_ref().clone())
            }
            None => {
                let is_open = matches!(self.others, Others::Unmentioned | Others::Listed);
                is_open.then(|| assumed_unset(name))
            }
        }
    }

    /// Whether something names the variable itself and gives it a value, known or not. What may set
    /// any variable, such as a file that is not in the project, shows nothing of a single one.
    pub fn sets(&self, name: &str) -> bool {
        self.has(name) && matches!(self.get(name), Lookup::Set(_))
    }

    /// Whether the variable itself is known, set or taken away; else [`Self::get`] says what holds
    /// for all others.
    pub fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The fact of a variable, taken away or not.
    pub fn shared(&self, name: &str) -> Option<Arc<Fact>> {
        self.variables.get(name).cloned()
    }

    /// Gives a variable the fact that it had before.
    pub fn put_back(&mut self, name: &str, fact: Option<Arc<Fact>>) {
        let variables = Arc::make_mut(&mut self.variables);
        match fact {
            Some(fact) => variables.insert(name.to_owned(), fact),
            None => variables.remove(name),
        };
    }

    /// Names of all variables that are known, taken away or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Whether both are the same copy, so that nothing differs between them.
    pub fn is_same(&self, other: &Self) -> bool {
        let same_others = match (&self.others, &other.others) {
            (Others::Open(a), Others::Open(b)) => Arc::ptr_eq(a, b),
            (Others::Unset, Others::Unset)
            | (Others::Unmentioned, Others::Unmentioned)
            | (Others::Listed, Others::Listed) => true,
            _ => false,
        };
        same_others && Arc::ptr_eq(&self.variables, &other.variables)
    }

    /// Variables that files or the platform set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        let set = self.variables.iter().filter(|(_, fact)| fact.value() != Some(&Value::Null));
        set.map(|(name, fact)| (name.as_str(), fact.as_ref()))
    }

    /// Variables that files or the platform set, and those that they take away, to change them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Fact)> {
        let variables = Arc::make_mut(&mut self.variables).iter_mut();
        variables.map(|(name, fact)| (name.as_str(), Arc::make_mut(fact)))
    }

    /// What may set any variable that is not among these, to change it.
    pub fn open_mut(&mut self) -> Option<&mut Fact> {
        match &mut self.others {
            Others::Open(fact) => Some(Arc::make_mut(fact)),
            _ => None,
        }
    }

    /// How many variables there are.
    pub fn count(&self) -> usize {
        self.variables.len()
    }
}

/// The unknown of a variable that no file sets.
pub fn unmentioned(name: &str) -> Unknown {
    Unknown::new(
        format!("`${name}` is set nowhere in this project"),
        format!("`{name}` under `[env]` in opslint.toml"),
    )
    .of_kind(GapKind::Variable(name.to_owned()))
}

/// The fact that a variable which no file sets is taken to be unset, so that a default written
/// beside it applies. Diagnostics that rest on it are not certain.
pub fn assumed_unset(name: &str) -> Fact {
    let source = format!("`${name}` is set nowhere in this project; taken to be unset");
    Fact::new(State::Known(Value::Null), Origin::new(OriginKind::Assumed, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::vocabulary;

    #[test]
    fn an_unwritten_fact_is_labelled_at_its_anchor() {
        let file = SourceMap::new().add("fly.toml", "[[vm]]");
        let mut facts = Facts::new();
        let default = Origin::new(OriginKind::Platform, "Fly.io default");
        facts.set(vocabulary::MACHINE_MEMORY_MB, Fact::known(Value::Int(256), default));
        facts.anchor(vocabulary::MACHINE_MEMORY_MB, Span::new(file, 0, 6));
        assert_eq!(facts.span(vocabulary::MACHINE_MEMORY_MB), Some(Span::new(file, 0, 6)));
    }

    #[test]
    fn setting_a_variable_twice_keeps_the_first_as_overridden() {
        let mut env = Environment::new();
        for value in ["1", "2"] {
            let origin = Origin::new(OriginKind::Env, value);
            env.set("A", Fact::known(Value::Text(value.to_owned()), origin));
        }
        let Lookup::Set(fact) = env.get("A") else { panic!("A is set") };
        assert_eq!(fact.text(), Some("2"));
        assert_eq!(fact.overridden[0].origin.source, "1");
    }

    #[test]
    fn of_very_many_variables_those_that_are_not_followed_are_unknown() {
        let origin = Origin::new(OriginKind::Env, "a file");
        let fact = Fact::known(Value::Text("1".to_owned()), origin);
        let mut env = Environment::complete();
        for number in 0..VARIABLES_MAX {
            env.set(format!("A{number}"), fact.clone());
        }
        assert!(matches!(env.get("B"), Lookup::Unset));
        let mut below = env.clone();
        env.set("B", fact.clone());
        env.set("A0", fact.clone());
        below.set_below(&BTreeMap::from([("B".to_owned(), Arc::new(fact))]));
        for env in [env, below] {
            assert_eq!(env.count(), VARIABLES_MAX);
            let Lookup::Set(other) = env.get("B") else { panic!("B may be set") };
            assert_eq!(other.text(), None);
        }
    }

    #[test]
    fn a_variable_that_is_taken_away_is_unset() {
        let mut env = Environment::new();
        let origin = Origin::new(OriginKind::Env, "1");
        env.set("A", Fact::known(Value::Text("1".to_owned()), origin.clone()));
        env.unset("A", origin);
        assert!(matches!(env.get("A"), Lookup::Unset));
        assert_eq!(env.iter().count(), 0);
    }
}
