//! The formats of `opslint check`: one table.

use std::io::{self, Write as _};

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::ink::Ink;
use super::options::ReportOptions;
use super::safe::{SafeWriter, Wire};
use super::shown::Shown;
use super::{agent, concise, github, gitlab, json, jsonl, junit, markdown, pretty, rdjson, sarif};
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// Writes an outcome in one format.
type Write = fn(&mut dyn io::Write, &Outcome, &SourceMap, &ReportOptions<'_>) -> io::Result<()>;

macro_rules! formats {
    ($($format:ident = $name:literal, $write:path, $doc:literal;)*) => {
        /// How diagnostics are printed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $(#[doc = $doc] $format,)*
        }

        impl Format {
            /// Every format.
            pub const ALL: &[Self] = &[$(Self::$format),*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$format => $name,)* }
            }

            /// What it is for, in one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$format => $doc,)* }
            }

            fn function(self) -> Write {
                match self { $(Self::$format => $write,)* }
            }
        }
    };
}

formats! {
    Pretty = "pretty", pretty::write, "For people: each place in its file, why, and what to do.";
    Concise = "concise", concise::write, "One line each: `path:line:col: level[rule] message`.";
    Json = "json", json::write, "One JSON document; version 1 is stable.";
    Jsonl = "jsonl", jsonl::write, "One JSON object a line, in the shapes of `json`.";
    Sarif = "sarif", sarif::write, "SARIF 2.1.0, for code scanning.";
    Github = "github", github::write, "Workflow commands: annotations on GitHub.";
    Gitlab = "gitlab", gitlab::write, "Code Quality report, for merge requests on GitLab.";
    Junit = "junit", junit::write, "JUnit XML, for CI servers.";
    Rdjson = "rdjson", rdjson::write, "For reviewdog.";
    Markdown = "markdown", markdown::write, "For a comment on a pull request.";
    Agent = "agent", agent::write, "For coding assistants: what, where, and the change to make.";
}

impl Format {
    /// What its text is, to a program that reads it.
    fn wire(self, ink: Ink) -> Wire {
        match self {
            Self::Pretty | Self::Concise => Wire::Prose(ink),
            Self::Markdown | Self::Agent => Wire::Prose(Ink::Plain),
            Self::Json | Self::Jsonl | Self::Sarif | Self::Gitlab | Self::Rdjson => Wire::Json,
            Self::Junit => Wire::Xml,
            Self::Github => Wire::Commands,
        }
    }

    /// Whether it says of each undecided rule what is missing, without being asked to.
    pub fn explains_undecided(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl | Self::Agent)
    }

    /// Whether it shows every fact behind a diagnostic.
    pub fn shows_facts(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }

    /// Whether it describes every rule, whatever was found.
    pub fn describes_rules(self) -> bool {
        self == Self::Sarif
    }

    /// The format of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.doc().trim_end_matches('.')))
    }
}

/// Writes everything that a run found out.
///
/// # Errors
/// When `out` refuses.
pub fn write(
    out: &mut dyn io::Write,
    format: Format,
    shown: &Shown<Outcome>,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let mut out = SafeWriter::new(out, format.wire(options.ink));
    format.function()(&mut out, &shown.what, &shown.sources, options)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_names_round_trip() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(*format));
        }
    }
}
