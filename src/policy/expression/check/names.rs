//! Names that there are none of, and what may be meant.

use super::{Checker, Expr, MISTAKES_MAX};
use crate::formats::FORMATS;
use crate::nearest::nearest;
use crate::vocabulary::VOCABULARY;

/// Names that only opslint.toml has, and the facts that they set.
const OF_CONFIG: &[(&str, &str)] = &[("plan", "machine.plan"), ("instances", "scale.min")];

impl Checker<'_> {
    /// The format behind `file.`; rules of ours were checked by a test.
    pub(super) fn format(&mut self, name: &str, expr: &Expr) {
        let known = || FORMATS.iter().map(|it| it.name);
        if !self.checks_patterns || name.is_empty() || known().any(|it| it == name) {
            return;
        }
        let help = match (name, nearest(name, known())) {
            ("path" | "name", _) => "the fact `manifest` is the path of the file".to_owned(),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (_, None) => "`opslint formats` lists them".to_owned(),
        };
        self.mistake(format!("there is no format `{name}`"), expr, Some(help));
    }

    pub(super) fn unknown_name(&mut self, expr: &Expr, name: &str) {
        if self.mistakes.len() >= MISTAKES_MAX {
            return;
        }
        let names = VOCABULARY.iter().map(|it| it.name);
        let names = names.filter(|_| self.names.facts).chain(["file", "it"]);
        let other = OF_CONFIG.iter().find(|(it, _)| *it == name).map(|(_, it)| *it);
        let near = other.or_else(|| nearest(name, names));
        let help = near.map(|it| format!("did you mean `{it}`?"));
        let help = help.or_else(|| Some("`opslint facts` lists the names".to_owned()));
        self.mistake(format!("there is no fact `{name}`"), expr, help);
    }
}
