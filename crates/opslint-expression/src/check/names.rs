//! Names that there are none of, and what may be meant.

use super::{Checker, Expr, ExprKind, MISTAKES_MAX, Ty};
use opslint_names::nearest::nearest;
use opslint_names::vocabulary::VOCABULARY;

/// Names that only opslint.toml has, and the facts that they set.
const OF_CONFIG: &[(&str, &str)] = &[("plan", "machine.plan"), ("instances", "scale.min")];

impl Checker<'_> {
    /// The format behind `file.`; rules of ours were checked by a test.
    pub(super) fn format(&mut self, name: &str, expr: &Expr) {
        let known = self.names.formats.filter(|_| self.checks_patterns && !name.is_empty());
        let Some(known) = known.filter(|it| !it.contains(&name)) else { return };
        let help = match (name, nearest(name, known.iter().copied())) {
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

    /// A text that is compared with a fact that can never have it.
    pub(super) fn members(&mut self, ty: &Ty, texts: &Expr) {
        let Ty::Text(Some(values)) = ty else { return };
        let items = match &texts.kind {
            ExprKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(texts),
        };
        for item in items {
            let ExprKind::Text(text) = &item.kind else { continue };
            if !values.contains(&text.as_ref()) {
                let nearest = nearest(text, values.iter().copied());
                let help = match nearest {
                    Some(nearest) => format!("did you mean `\"{nearest}\"`?"),
                    None => format!("it is one of: {}", values.join(", ")),
                };
                self.mistake(format!("the fact is never `\"{text}\"`"), item, Some(help));
            }
        }
    }
}
