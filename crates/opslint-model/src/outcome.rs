//! What one run found out, before it is printed.

use crate::assumption::Assumption;
use crate::diagnostic::{Diagnostic, Undecided};
use crate::secret::Secrets;

/// Everything that one run found out.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Diagnostics, sorted by path, place and rule.
    pub diagnostics: Vec<Diagnostic>,
    /// Rules that could not be decided, sorted likewise.
    pub undecided: Vec<Undecided>,
    /// What was taken for granted and rules were decided by, the most useful to settle first.
    pub assumptions: Vec<Assumption>,
    /// Rules that cannot be evaluated on these files: opslint could not do its job, whatever else it
    /// found. Nothing suppresses, counts or filters them.
    pub broken: Vec<Diagnostic>,
    /// Diagnostics that a suppression held back.
    pub suppressed: usize,
    /// Diagnostics that the baseline knows.
    pub known: usize,
    /// Diagnostics that are milder than what was asked for.
    pub milder: usize,
    /// Diagnostics that are left out because they touch none of the files that changed.
    pub elsewhere: usize,
    /// Diagnostics that are left out because they are about other files than those that were named.
    pub unnamed: usize,
    /// Files in folders of tests and examples, which were not looked at.
    pub left_out: usize,
    /// Why a file that might be a deployment was taken for none, in words.
    pub no_server: Option<String>,
    /// Files read.
    pub files: usize,
    /// Processes judged.
    pub processes: usize,
    /// The secrets in what was read, which no report may show.
    pub secrets: Secrets,
}
