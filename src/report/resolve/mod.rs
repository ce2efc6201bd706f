//! `opslint resolve`: what each process will run with, and where each value comes from.

mod difference;
mod human;
mod json;
mod worlds;

pub(super) use human::shown;

use std::io::{self, Write as _};

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::options::ReportOptions;
use super::safe::{SafeWriter, Wire};
use super::shown::{Shown, ShownWorlds};
use crate::check::assumptions;
use crate::plan::OtherWorld;
use crate::project::Project;

pub use difference::write_difference;

/// How facts are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedFormat {
    /// Tables for people.
    Human,
    /// One JSON document; version 1 is stable.
    Json,
}

impl ResolvedFormat {
    /// Every format with its name on the command line and what it is.
    pub const ALL: [(Self, &'static str, &'static str); 2] = [
        (Self::Human, "human", "Tables for people"),
        (Self::Json, "json", "One JSON document; version 1 is stable"),
    ];
}

impl ValueEnum for ResolvedFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Human, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (_, name, doc) = Self::ALL[*self as usize];
        Some(PossibleValue::new(name).help(doc))
    }
}

/// What to print of resolved projects.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedOptions<'a> {
    /// The terminal.
    pub report: ReportOptions<'a>,
    /// Only processes of this name.
    pub process: Option<&'a str>,
    /// Which settings of servers are listed.
    pub settings: ListedSettings,
    /// What the processes run with in other worlds.
    pub worlds: Option<&'a ShownWorlds>,
}

impl ResolvedOptions<'_> {
    fn other_worlds(&self) -> &[OtherWorld] {
        self.worlds.map_or(&[], |it| &it.0)
    }
}

/// Which settings of a server are listed beside the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedSettings {
    /// Those that somebody set and that no fact shows.
    Changed,
    /// All, as the server itself would print them.
    All,
}

/// Writes what the processes of all projects will run with.
///
/// # Errors
/// When `out` refuses.
pub fn write_resolved(
    out: &mut dyn io::Write,
    format: ResolvedFormat,
    shown: &Shown<Vec<Project>>,
    options: &ResolvedOptions<'_>,
) -> io::Result<()> {
    let wire = match format {
        ResolvedFormat::Human => Wire::Prose(options.report.ink),
        ResolvedFormat::Json => Wire::Json,
    };
    let mut out = SafeWriter::new(out, wire);
    let Shown { what, sources } = shown;
    match format {
        ResolvedFormat::Human => human::write(&mut out, what, sources, options)?,
        ResolvedFormat::Json => {
            // Made of what may be shown: a secret is not among it.
            let assumed: Vec<_> = what.iter().flat_map(assumptions::of_project).collect();
            json::write(&mut out, what, &assumed, sources, options)?;
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests;
