//! How bad each rule is taken to be, and where.
//!
//! A rule file proposes a level; opslint.toml and the command line decide. This module knows only
//! decisions: `None` means that nobody made one and the rule's own level counts.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::Severity;
use crate::glob::Pattern;

/// What configuration sets for a rule. A diagnostic has a [`Severity`] instead: it is never off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The rule does not run.
    Off,
    /// Worth knowing.
    Info,
    /// It will hurt under load or cost money.
    Warning,
    /// It will fail or be killed.
    Error,
}

impl Level {
    /// Every level with its name, mildest first.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Off, "off"),
        (Self::Info, "info"),
        (Self::Warning, "warning"),
        (Self::Error, "error"),
    ];

    /// The name in rule files and configuration.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The level of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(level, _)| *level)
    }

    /// The severity of a diagnostic of a rule at this level; `None` when the rule is off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// What stands in `[levels]` beside rules: the most that a diagnostic may be which rests on something
/// that no file says.
pub const ASSUMED: &str = "assumed";

/// The levels that configuration sets, for all files and for some.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    rules: HashMap<String, Decisions>,
    /// What is decided about [`ASSUMED`] for rules that not everybody may lower.
    assumed: HashMap<String, Decisions>,
}

/// What configuration decides about one rule.
#[derive(Clone, Debug, Default)]
struct Decisions {
    /// For every file.
    everywhere: Option<Level>,
    /// For the files of some paths, in order of decision: a later one wins over an earlier one.
    overrides: Vec<(Arc<[Pattern]>, Level)>,
}

impl Decisions {
    fn level(&self, path: &str) -> Option<Level> {
        let mut overrides = self.overrides.iter().rev();
        let applies = |(paths, _): &&(Arc<[Pattern]>, Level)| {
            paths.iter().any(|it: &Pattern| it.matches(path))
        };
        overrides.find(applies).map(|(_, level)| *level).or(self.everywhere)
    }
}

impl Levels {
    /// No decisions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the level of a rule in every file; wins over what was set before, overrides excepted.
    pub fn set(&mut self, rule: impl Into<String>, level: Level) {
        self.rules.entry(rule.into()).or_default().everywhere = Some(level);
    }

    /// Sets the level of a rule in the files of some paths; wins over everything set before.
    pub fn set_for(
        &mut self,
        paths: impl Into<Arc<[Pattern]>>,
        rule: impl Into<String>,
        level: Level,
    ) {
        self.rules.entry(rule.into()).or_default().overrides.push((paths.into(), level));
    }

    /// Takes over what others decided about [`ASSUMED`], for one rule alone: what is said of all
    /// rules does not count for it.
    pub fn set_assumed_of(&mut self, rule: impl Into<String>, others: &Self) {
        let decisions = others.rules.get(ASSUMED).cloned().unwrap_or_default();
        self.assumed.insert(rule.into(), decisions);
    }

    /// What configuration sets for a rule in a file, as a path shown to the user.
    ///
    /// `None` when it says nothing: the level in the rule's own file counts.
    pub fn level(&self, rule: &str, path: &str) -> Option<Level> {
        self.rules.get(rule)?.level(path)
    }

    /// The most that a diagnostic of a rule may be in a file, where it rests on something that no
    /// file says. `None` when that makes no difference.
    pub fn assumed(&self, rule: &str, path: &str) -> Option<Level> {
        match self.assumed.get(rule) {
            Some(own) => own.level(path),
            None => self.level(ASSUMED, path),
        }
    }

    /// Whether a rule is an error in some file. `own` is the level in the rule's file.
    pub fn is_error_somewhere(&self, rule: &str, own: Level) -> bool {
        let Some(decisions) = self.rules.get(rule) else { return own == Level::Error };
        decisions.everywhere.unwrap_or(own) == Level::Error
            || decisions.overrides.iter().any(|(_, level)| *level == Level::Error)
    }

    /// Whether a rule is off in every file, so that it need not run at all. `own` is the level in
    /// the rule's file.
    pub fn is_off_everywhere(&self, rule: &str, own: Level) -> bool {
        let Some(decisions) = self.rules.get(rule) else { return own == Level::Off };
        decisions.everywhere.unwrap_or(own) == Level::Off
            && decisions.overrides.iter().all(|(_, level)| *level == Level::Off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Vec<Pattern> {
        vec![Pattern::new("", text, &[]).unwrap()]
    }

    #[test]
    fn level_names_round_trip() {
        for (level, name) in Level::ALL {
            assert_eq!(level.name(), name);
            assert_eq!(Level::from_name(name), Some(level));
            assert_eq!(level.severity().map(Severity::name), (name != "off").then_some(name));
        }
    }

    #[test]
    fn the_last_decision_wins_and_an_override_wins_over_all_files() {
        let mut levels = Levels::new();
        levels.set_for(pattern("legacy/**"), "a", Level::Info);
        levels.set("a", Level::Off);
        levels.set("a", Level::Error);
        assert_eq!(levels.level("a", "Procfile"), Some(Level::Error));
        assert_eq!(levels.level("a", "legacy/Procfile"), Some(Level::Info));
        assert_eq!(levels.level("b", "legacy/Procfile"), None);
    }

    #[test]
    fn a_rule_that_one_override_turns_on_must_run() {
        let mut levels = Levels::new();
        assert!(levels.is_off_everywhere("a", Level::Off));
        assert!(!levels.is_off_everywhere("a", Level::Warning));
        levels.set("a", Level::Off);
        assert!(levels.is_off_everywhere("a", Level::Warning));
        levels.set_for(pattern("legacy"), "a", Level::Info);
        assert!(!levels.is_off_everywhere("a", Level::Warning));
    }
}
