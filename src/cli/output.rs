//! Where reports go: standard output, files, the summary of a job on GitHub.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::discover;
use crate::outcome::Outcome;
use crate::report::{self, Format, ReportOptions, Shown};

use super::{CheckArgs, streams};

/// A file that a report goes to: `PATH`, or `FORMAT=PATH` for another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutputFile {
    format: Option<Format>,
    path: PathBuf,
}

impl OutputFile {
    /// Reads what was typed. What stands before `=` is a format only if there is such a format: a
    /// path may have a `=` in it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let named = text.split_once('=');
        let (format, path) = match named.map(|(name, path)| (Format::from_name(name), path)) {
            Some((Some(format), path)) => (Some(format), path),
            _ => (None, text),
        };
        if path.is_empty() {
            return Err("the path is missing".to_owned());
        }
        Ok(Self { format, path: PathBuf::from(path) })
    }
}

/// Writes every report that was asked for.
pub(super) fn write(
    args: &CheckArgs,
    shown: &Shown<Outcome>,
    options: &ReportOptions<'_>,
) -> anyhow::Result<()> {
    let plain = ReportOptions { rules: options.rules, ..ReportOptions::default() };
    let plain = ReportOptions { undecided: options.undecided, ..plain };
    for file in &args.output_file {
        let mut text = Vec::new();
        let format = file.format.unwrap_or(args.format);
        report::write(&mut text, format, shown, &plain)?;
        discover::write(&file.path, &text)
            .with_context(|| format!("cannot write `{}`", file.path.display()))?;
    }
    if args.format == Format::Github {
        job_summary(&report::job_summary(shown, &plain))?;
    }
    // Last: when nobody reads it, the files are there. A file without a format of its own is the
    // report that would go to standard output.
    if args.output_file.iter().all(|it| it.format.is_some()) {
        let mut out = streams::report_stdout();
        match args.statistics {
            true => report::statistics(&mut out, shown, options)?,
            false => report::write(&mut out, args.format, shown, options)?,
        }
    }
    Ok(())
}

/// Adds to the page of a job on GitHub, which the runner names in the environment.
#[expect(clippy::disallowed_methods, reason = "only `cli` reads the environment")]
fn job_summary(text: &str) -> anyhow::Result<()> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|it| !it.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    discover::append(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, format: Option<Format>, path: &str) {
        let file = OutputFile { format, path: PathBuf::from(path) };
        assert_eq!(OutputFile::parse(text), Ok(file));
    }

    #[test]
    fn a_format_may_stand_before_the_path() {
        check("report.txt", None, "report.txt");
        check("sarif=opslint.sarif", Some(Format::Sarif), "opslint.sarif");
        check("json=a=b.json", Some(Format::Json), "a=b.json");
        check("day=monday/report", None, "day=monday/report");
        assert!(OutputFile::parse("sarif=").is_err());
    }
}
