//! Flags as typed → what analysis and reports go by.

use std::collections::HashSet;

use anyhow::bail;

use super::output::{self, OutputFile};
use super::terminal::Terminal;
use super::{CheckArgs, ConfigArgs, policy, streams};
use crate::analysis::{
    Absent, Assumptions, BaselineUse, ConfigFile, ConfigOptions, Judgement, Keep, KeptFacts,
    Labels, Options, Scope, Setup, Suppressions,
};
use crate::check::OpenRules;
use crate::diagnostic::Severity;
use crate::outcome::Outcome;
use crate::policy::config::FailOn;
use crate::policy::rule::Rule;
use crate::report::{CleanRun, Format, ReportOptions, RuleInfo, UndecidedRules};

impl ConfigArgs {
    /// Where configuration comes from.
    ///
    /// # Errors
    /// When the clock shows no day.
    pub(super) fn options(&self) -> anyhow::Result<ConfigOptions> {
        let file = match (&self.config, self.no_config) {
            (Some(path), _) => ConfigFile::Named(path.clone()),
            (None, true) => ConfigFile::Ignored,
            (None, false) => ConfigFile::Nearest,
        };
        let today = Some(self.today()?);
        let assumptions = match self.no_assumptions {
            true => Assumptions::None,
            false => Assumptions::Made,
        };
        let policies =
            self.policy.iter().map(|it| policy::located(it)).collect::<Result<_, _>>()?;
        let set = self.set.clone();
        Ok(ConfigOptions { file, policies, set, today, assumptions, policy: None })
    }
}

impl CheckArgs {
    /// Where the analysis looks.
    pub(super) fn options(&self) -> anyhow::Result<Options> {
        let paths = match &self.stdin_filename {
            Some(name) => vec![name.clone()],
            None => self.paths.clone(),
        };
        let absent = match self.changed_since {
            Some(_) => Absent::Noted,
            None => Absent::Forgotten,
        };
        // Mending asks again and again, and only what has changed is worked out anew.
        let keep = if self.fix || self.diff { Keep::Projects } else { Keep::Reports };
        // Whoever reads the report is told which statement would help most.
        let is_read = self.format == Format::Pretty && streams::is_stdout_terminal();
        let is_told =
            self.show_undecided || is_read || self.formats().any(Format::explains_undecided);
        let open = if is_told { OpenRules::Explained } else { OpenRules::Counted };
        // A change of a file that a fact comes from is one of what is said, and what may be changed
        // to end it follows from the facts.
        let are_shown = self.formats().any(Format::shows_facts)
            || self.changed_since.is_some()
            || output::has_fixes(self);
        let facts = if are_shown { KeptFacts::All } else { KeptFacts::Assumed };
        Ok(Options { paths, config: self.config.options()?, keep, absent, open, facts })
    }

    /// The formats of all reports that are asked for.
    fn formats(&self) -> impl Iterator<Item = Format> {
        let of_files = self.output_file.iter().filter_map(OutputFile::format);
        std::iter::once(self.format).chain(of_files)
    }

    /// What the rules say of themselves, as far as the reports tell it.
    pub(super) fn rule_infos(&self, setup: &Setup, outcome: &Outcome) -> Vec<RuleInfo> {
        let all = self.formats().any(Format::describes_rules);
        let said: HashSet<&str> = outcome.diagnostics.iter().map(|it| it.rule.as_str()).collect();
        let rules = setup.policy.rules.iter();
        rules.filter(|it| all || said.contains(it.id.as_ref())).map(rule_info).collect()
    }

    /// What of the answer is wanted.
    pub(super) fn scope(&self) -> Scope {
        match self.stdin_filename {
            Some(_) => Scope { labels: Labels::InNamedFiles, ..Scope::default() },
            None => Scope::default(),
        }
    }

    /// How answers become a report.
    pub(super) fn judgement(&self) -> anyhow::Result<Judgement> {
        let baseline = self.baseline.as_ref().map(|it| it.to_string_lossy().into_owned());
        Ok(Judgement {
            suppressions: match self.no_suppressions {
                true => Suppressions::Ignored,
                false => Suppressions::Applied,
            },
            baseline: match self.write_baseline {
                true => BaselineUse::Write(baseline),
                false => BaselineUse::Apply(baseline),
            },
            today: self.config.today()?,
        })
    }

    /// How the report looks.
    pub(super) fn report<'a>(&self, rules: &'a [RuleInfo]) -> ReportOptions<'a> {
        let listed = self.show_undecided;
        ReportOptions {
            undecided: if listed { UndecidedRules::Listed } else { UndecidedRules::Counted },
            clean: if self.quiet { CleanRun::Silent } else { CleanRun::Said },
            rules,
            ..Terminal::of(self.color.color).report()
        }
    }

    /// What `--fail-on` says; severities and `undecided` may stand together with a comma.
    pub(super) fn fail_on(&self) -> anyhow::Result<Option<FailOn>> {
        let Some(text) = &self.fail_on else { return Ok(None) };
        match FailOn::from_names(text.split(',').map(str::trim)) {
            Some(fail_on) => Ok(Some(fail_on)),
            None => bail!("`--fail-on {text}`: expected one of {}", FailOn::NAMES.join(", ")),
        }
    }
}

/// A severity as typed.
pub(super) fn severity(text: &str) -> Result<Severity, String> {
    let names = || Severity::ALL.map(|(_, name)| name).join(", ");
    Severity::from_name(text).ok_or_else(|| format!("expected one of {}", names()))
}

fn rule_info(it: &Rule) -> RuleInfo {
    RuleInfo {
        id: it.id.clone().into_owned(),
        summary: it.summary.clone().into_owned(),
        why: it.why.clone().into_owned(),
        help: it.help.value().to_owned(),
        url: it.url(),
        severity: it.level.severity(),
    }
}
