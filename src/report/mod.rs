//! Diagnostics → bytes. The only place with line numbers and wire formats.

mod agent;
mod assumed;
mod columns;
mod concise;
mod distinct;
mod edits;
pub mod explain;
mod format;
mod github;
mod gitlab;
mod ink;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod measured;
mod open;
mod options;
mod plan;
pub mod platforms;
pub mod position;
mod pretty;
mod rdjson;
mod redact;
mod resolve;
mod safe;
#[cfg(test)]
mod samples;
mod sarif;
pub mod schema;
mod settle;
pub mod show_config;
mod shown;
mod start;
mod statistics;
mod summary;
pub mod suppressions;
mod text;
mod wire;

use crate::source::{SourceMap, Span};

pub use format::{Format, write};
pub use github::job_summary;
pub use ink::Ink;
pub use measured::{write_measured, write_unread};
pub use options::{CleanRun, Drawing, Links, ReportOptions, RuleInfo, UndecidedRules};
pub(crate) use plan::price_change;
pub use plan::{PlanFormat, write_plans};
pub use resolve::{
    ListedSettings, ResolvedFormat, ResolvedOptions, write_difference, write_resolved,
};
pub use safe::{SafeWriter, Wire};
pub(crate) use shown::without_secrets;
pub use shown::{ShowSecrets, Shown, ShownWorlds};
pub use start::starting_config;
pub use statistics::statistics;
pub(crate) use text::listed;

/// `path:line` of a span, for lists.
pub fn line(sources: &SourceMap, span: Span) -> String {
    position::Positions::new(sources, position::Columns::CodePoints).line_place(span)
}
