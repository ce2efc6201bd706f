//! Everything that a run hands to a report, without secrets.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::assumption::Assumption;
use crate::diagnostic::{Diagnostic, Label, Missing, Undecided};
use crate::fact::{Fact, Origin, State, TextPart, Unknown, Value};
use crate::outcome::Outcome;
use crate::plan::OtherWorld;
use crate::project::Project;
use crate::secret::{Grammar, MASK, Secrets, is_secret};
use crate::settings::Place;

/// Takes secrets out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Redactor<'a> {
    secrets: &'a Secrets,
    /// What was looked at and has none: many diagnostics rest on the same facts.
    clean: Option<&'a Clean>,
}

/// What has no secrets.
#[derive(Debug, Default)]
struct Clean {
    sentences: RefCell<HashSet<String>>,
    /// Facts that are shared, each by its address and under the name that it had. All of them are
    /// held by what was looked at, so no address becomes that of another one.
    facts: RefCell<HashMap<*const Fact, String>>,
}

/// Diagnostics that are worked on together: before so many, threads cost more than they bring.
const TOGETHER: usize = 256;

impl<'a> Redactor<'a> {
    /// Takes these secrets out, and those that a text shows of itself.
    pub(super) fn new(secrets: &'a Secrets) -> Self {
        Self { secrets, clean: None }
    }

    /// Takes secrets out of everything that an outcome says.
    pub(super) fn outcome(secrets: &Secrets, outcome: &mut Outcome) {
        let diagnostics = |part: &mut [Diagnostic]| {
            let clean = Clean::default();
            let redactor = Redactor { secrets, clean: Some(&clean) };
            part.iter_mut().for_each(|it| redactor.diagnostic(it));
        };
        match outcome.diagnostics.len() {
            0..=TOGETHER => diagnostics(&mut outcome.diagnostics),
            _ => outcome.diagnostics.par_chunks_mut(TOGETHER).for_each(diagnostics),
        }
        let all = Redactor::new(secrets);
        outcome.assumptions.iter_mut().for_each(|it| all.assumption(it));
        let undecided = |part: &mut [Undecided]| {
            let clean = Clean::default();
            let redactor = Redactor { secrets, clean: Some(&clean) };
            part.iter_mut().for_each(|it| redactor.undecided(it));
        };
        match outcome.undecided.len() {
            0..=TOGETHER => undecided(&mut outcome.undecided),
            _ => outcome.undecided.par_chunks_mut(TOGETHER).for_each(undecided),
        }
    }

    /// Takes secrets out of what was taken for granted.
    pub(super) fn assumption(&self, it: &mut Assumption) {
        self.value(&it.name, &mut it.value);
        self.prose(&mut it.text);
        if let Place::Below(heading) | Place::Under(heading) = &mut it.place {
            self.prose(heading);
        }
        self.prose(&mut it.settle_with);
    }

    /// Takes secrets out of what is known of a project.
    pub(super) fn project(&self, project: &mut Project) {
        for deployment in &mut project.deployments {
            deployment.facts.iter_mut().for_each(|(id, fact)| self.fact(id.name(), fact));
            for process in &mut deployment.processes {
                process.facts.iter_mut().for_each(|(id, fact)| self.fact(id.name(), fact));
                process.settings.iter_mut().for_each(|(name, fact)| self.fact(name, fact));
                process.environment.iter_mut().for_each(|(name, fact)| self.fact(name, fact));
            }
        }
    }

    pub(super) fn diagnostic(&self, it: &mut Diagnostic) {
        self.prose(&mut it.message);
        if let Some(help) = &mut it.help {
            self.prose(help);
        }
        let Diagnostic { primary, related, .. } = it;
        for Label { text, .. } in std::iter::once(primary).chain(related) {
            self.prose(text);
        }
        it.facts.iter_mut().for_each(|it| self.shared(&it.name, &mut it.fact));
        it.fixes.iter_mut().for_each(|it| self.prose(&mut it.title));
    }

    fn undecided(&self, it: &mut Undecided) {
        let shows = |it: &Missing| {
            self.masked(&it.unknown.reason).is_some()
                || self.masked(&it.unknown.settle_with).is_some()
        };
        if it.missing.iter().any(shows) {
            let mut missing = it.missing.to_vec();
            missing.iter_mut().for_each(|it| self.unknown(&mut it.unknown));
            it.missing = missing.into();
        }
    }

    /// Takes secrets out of what a process runs with in another world.
    pub(super) fn world(&self, it: &mut OtherWorld) {
        it.facts.iter_mut().for_each(|(id, fact)| self.fact(id.name(), fact));
    }

    /// A fact that others share goes on being shared, unless it has a secret.
    pub(super) fn shared(&self, name: &str, fact: &mut Arc<Fact>) {
        let address = Arc::as_ptr(fact);
        let is_clean = |it: &Clean| it.facts.borrow().get(&address).is_some_and(|it| it == name);
        if self.clean.is_some_and(is_clean) {
            return;
        }
        let mut without = Fact::clone(fact);
        self.fact(name, &mut without);
        if without != **fact {
            *fact = Arc::new(without);
        } else if let Some(clean) = self.clean {
            clean.facts.borrow_mut().insert(address, name.to_owned());
        }
    }

    /// Takes secrets out of a fact, which has this name.
    pub(super) fn fact(&self, name: &str, fact: &mut Fact) {
        self.state(name, &mut fact.state);
        self.origin(&mut fact.origin);
        for it in &mut fact.overridden {
            self.state(name, &mut it.state);
            self.origin(&mut it.origin);
        }
    }

    fn origin(&self, origin: &mut Origin) {
        self.prose(&mut origin.source);
        origin.inputs.iter_mut().for_each(|it| self.shared(&it.name, &mut it.fact));
    }

    fn state(&self, name: &str, state: &mut State) {
        match state {
            State::Known(value) => self.value(name, value),
            State::OneOf(cases) => {
                cases.iter_mut().for_each(|it| self.value(name, &mut it.value));
            }
            State::Pattern(parts) => {
                for part in parts {
                    match part {
                        TextPart::Known(text) => self.named(name, text),
                        TextPart::Unknown(it) => self.unknown(it),
                    }
                }
            }
            State::Unknown(it) => self.unknown(it),
            State::Range { .. } => {}
        }
    }

    fn value(&self, name: &str, value: &mut Value) {
        match value {
            Value::Text(text) => self.named(name, text),
            Value::List(values) => {
                // `["--password", "value"]`: the words of a command.
                let mut flag: Option<String> = None;
                for it in values {
                    let word = it.as_str().map(str::to_owned);
                    match (&flag, &mut *it) {
                        (Some(flag), Value::Text(text)) => self.named(flag, text),
                        (None, Value::Text(text)) => *text = self.element(name, text),
                        (_, it) => self.value(name, it),
                    }
                    let is_flag =
                        |it: &String| it.starts_with("--") && !it.contains('=') && is_secret(it);
                    flag = word.filter(is_flag);
                }
            }
            // A password may be a number.
            Value::Int(_) if is_secret(name) => *value = Value::Text(MASK.to_owned()),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) => {}
        }
    }

    /// An element of a list: often `NAME=value`, of which all behind the sign is the value.
    fn element(&self, name: &str, text: &str) -> String {
        match text.split_once('=') {
            Some((variable, value))
                if variable.chars().all(|it| it.is_alphanumeric() || it == '_') =>
            {
                format!("{variable}={}", self.secrets.mask_named(variable, value))
            }
            _ => self.secrets.mask_named(name, text).into_owned(),
        }
    }

    pub(super) fn unknown(&self, it: &mut Unknown) {
        self.prose(&mut it.reason);
        self.prose(&mut it.settle_with);
    }

    pub(super) fn prose(&self, text: &mut String) {
        if let Some(masked) = self.masked(text) {
            *text = masked;
        }
    }

    /// A sentence without its secrets, where it has any.
    fn masked(&self, text: &str) -> Option<String> {
        if self.clean.is_some_and(|it| it.sentences.borrow().contains(text)) {
            return None;
        }
        match (self.secrets.mask(text, Grammar::Prose), self.clean) {
            (Cow::Owned(masked), _) => return Some(masked),
            (Cow::Borrowed(_), Some(clean)) => {
                clean.sentences.borrow_mut().insert(text.to_owned());
            }
            (Cow::Borrowed(_), None) => {}
        }
        None
    }

    /// The value of this name.
    fn named(&self, name: &str, text: &mut String) {
        if let Cow::Owned(masked) = self.secrets.mask_named(name, text) {
            *text = masked;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::OriginKind;

    #[test]
    fn elements_of_lists_are_variables_and_words_of_commands() {
        let words = ["SECRET_KEY=a b", "--password", "short", "--workers", "3", "HOST=a b"];
        let value = Value::List(words.map(|it| Value::Text(it.to_owned())).into());
        let mut fact = Fact::known(value, Origin::new(OriginKind::Default, ""));
        Redactor::new(&Secrets::none_known()).fact("raw_env", &mut fact);
        let expect = "[SECRET_KEY=***, --password, ***, --workers, 3, HOST=a b]";
        assert_eq!(fact.state.to_string(), expect);
    }
}
