//! What a rule lacks to be decided, and what would settle it.

use std::sync::Arc;

use super::{OpenRules, Subject, Used, Verdict};
use crate::diagnostic::{Asked, Diagnostic, Label, Missing, Severity, Undecided};
use crate::fact::GapKind;
use crate::policy::expression::{Gap, Gaps, Scope, Wanted};
use crate::policy::rule::Rule;
use crate::settings::{Home, toml_key};
use crate::source::Span;
use crate::vocabulary;

impl Subject<'_> {
    /// For a rule that wants to know: what it cannot be checked for, and where to say it.
    pub(super) fn not_known(
        &self,
        rule: &Rule,
        scope: &Scope<'_>,
        selected: Option<Span>,
        gaps: &Gaps,
    ) -> Diagnostic {
        let missing: Vec<Missing> = gaps.iter().map(|it| self.missing(it)).collect();
        let join = |it: &mut dyn Iterator<Item = String>| it.collect::<Vec<_>>().join(" and ");
        let names = join(&mut missing.iter().map(|it| format!("`{}`", it.name)));
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let message = format!("{names} {verb} not known, but this policy asks for it");
        let label = Label::new(selected.unwrap_or(self.span), "");
        let severity = rule.level.severity().unwrap_or(Severity::Info);
        let settle = missing.iter().map(|it| it.unknown.settle_with.clone());
        let settle = join(&mut settle.filter(|it| !it.is_empty()));
        let mut diagnostic = Diagnostic::new(rule.id.clone(), severity, message, label);
        diagnostic.help = Some(format!("settle it with {settle}")).filter(|_| !settle.is_empty());
        diagnostic.facts = self.used(scope).iter().map(Used::kept).collect();
        diagnostic.deployments.extend(self.deployment.map(|it| it.manifest.clone()));
        diagnostic.process = self.process.map(|it| it.name.value.clone());
        diagnostic
    }

    pub(super) fn undecided(&self, rule: &Rule, gaps: &Gaps) -> Undecided {
        let missing = match self.open {
            OpenRules::Explained => {
                gaps.iter().filter(|it| can_be_settled(it)).map(|it| self.missing(it)).collect()
            }
            OpenRules::Counted => self.waits_for_platform(gaps),
        };
        let asked = self.deployment.map(|it| {
            let asked = self.asked.get_or_init(|| {
                let process = self.process.map(|it| it.name.value.clone());
                Arc::new(Asked { deployment: it.manifest.clone(), process })
            });
            Arc::clone(asked)
        });
        Undecided { rule: rule.id.clone(), asked, span: self.span, missing }
    }

    /// That nobody says where it runs, where one of the gaps waits for that: even a summary names it.
    fn waits_for_platform(&self, gaps: &Gaps) -> Arc<[Missing]> {
        let platform = self.deployment.and_then(|it| it.facts.get(vocabulary::PLATFORM));
        let unknown = platform.and_then(|it| it.state.unknown());
        let Some(unknown) = unknown.filter(|it| !it.settle_with.is_empty()) else {
            return Arc::default();
        };
        if !gaps.iter().any(|it| it.unknown.settle_with == unknown.settle_with) {
            return Arc::default();
        }
        Arc::clone(self.platform_missing.get_or_init(|| {
            let name = vocabulary::PLATFORM.name().to_owned();
            Arc::new([Missing { name, unknown: unknown.clone() }])
        }))
    }

    /// What is missing, and what settles it: where nothing else does, opslint.toml.
    pub(in crate::check) fn missing(&self, Gap { wanted, unknown }: &Gap) -> Missing {
        let mut unknown = unknown.clone();
        if unknown.settle_with.is_empty() {
            unknown.settle_with = self.statement(wanted);
        }
        Missing { name: wanted.name(), unknown }
    }

    fn statement(&self, wanted: &Wanted) -> String {
        let process = self.process.map(|it| it.name.value.as_str());
        let statement = |name: &str, process| match self.deployment {
            Some(it) => it.home.statement(name, &it.manifest, process),
            None => Home::default().statement(name, "", process),
        };
        match wanted {
            Wanted::Fact(id) if id.def().scope == vocabulary::Scope::Deployment => {
                statement(id.name(), None)
            }
            Wanted::Fact(id) => statement(id.name(), process),
            Wanted::Setting(name) => statement(&format!("settings.{}", toml_key(name)), process),
            Wanted::Variable(name) => format!("`{name}` under `[env]` in opslint.toml"),
            Wanted::Written(text) => format!("a plain value instead of `{text}`"),
        }
    }
}

/// What nobody can say leaves nothing to settle.
pub(super) fn undecided(gaps: Gaps) -> Verdict {
    match gaps.iter().any(can_be_settled) {
        true => Verdict::Undecided(gaps),
        false => Verdict::NotApplicable,
    }
}

fn can_be_settled(gap: &Gap) -> bool {
    gap.unknown.kind != GapKind::AtStart
}
