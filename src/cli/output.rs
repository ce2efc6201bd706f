//! Where reports go: standard output, files, the summary of a job on GitHub.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::discover::{self, Disk};
use crate::formats;
use crate::nearest::nearest;
use crate::outcome::Outcome;
use crate::policy::config;
use crate::report::{self, Format, ReportOptions, Shown};

use super::{CheckArgs, streams};

/// A file that a report goes to: `PATH`, or `FORMAT=PATH` for another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutputFile {
    format: Option<Format>,
    path: PathBuf,
}

/// Names of standard output.
const STDOUT: &[&str] = &["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

impl OutputFile {
    /// Reads what was typed. What stands before `=` is a format only if there is such a format, or
    /// if it is nearly one: a path may have a `=` in it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let named = text.split_once('=');
        let (format, path) = match named.map(|(name, path)| (Format::from_name(name), path)) {
            Some((Some(format), path)) => (Some(format), path),
            _ => {
                let near = named
                    .and_then(|(name, _)| nearest(name, Format::ALL.iter().map(|it| it.name())));
                if let (Some(near), Some((name, _))) = (near, named) {
                    return Err(format!("there is no format `{name}`; did you mean `{near}`?"));
                }
                (None, text)
            }
        };
        if path.is_empty() {
            return Err("the path is missing".to_owned());
        }
        Ok(Self { format, path: PathBuf::from(path) })
    }

    /// The format, where it has one of its own.
    pub(super) fn format(&self) -> Option<Format> {
        self.format
    }

    fn is_stdout(&self) -> bool {
        STDOUT.iter().any(|it| self.path == Path::new(it))
    }
}

/// Makes sure that no report would take the place of something that somebody wrote.
///
/// # Errors
/// When a report would be written over a file of `inputs`, over a file that opslint reads by its
/// name, over another report, or out of the repository through a link in it.
pub(super) fn check_targets(
    args: &CheckArgs,
    disk: &Disk,
    inputs: &[PathBuf],
) -> anyhow::Result<()> {
    if args.output_file.is_empty() {
        return Ok(());
    }
    let files: Vec<&Path> =
        args.output_file.iter().filter(|it| !it.is_stdout()).map(|it| it.path.as_path()).collect();
    for (idx, path) in files.iter().enumerate() {
        let shown = path.display();
        if inputs.iter().any(|it| discover::is_same_file(it, path)) {
            bail!("cannot write the report to `{shown}`: this run has read that file");
        }
        if disk.leads_out(path) {
            bail!("cannot write the report to `{shown}`: a link there leads out of the project");
        }
        let is_config = path.file_name().is_some_and(|it| it == config::FILE_NAME);
        let is_input = is_config || formats::is_candidate(&path.to_string_lossy());
        if is_input && discover::is_there(path) {
            bail!("cannot write the report to `{shown}`: a deployment file is there");
        }
        if files[..idx].iter().any(|it| discover::is_same_file(it, path)) {
            bail!("cannot write two reports to `{shown}`");
        }
    }
    Ok(())
}

/// Whether a report has the edits of fixes: what is only shown in edits is not worked out for others.
pub(super) fn has_fixes(args: &CheckArgs) -> bool {
    let has = |it: Format| {
        !matches!(it, Format::Pretty | Format::Concise | Format::Github | Format::Junit)
    };
    let files = args.output_file.iter().filter_map(|it| it.format);
    !args.statistics && (has(args.format) || files.into_iter().any(has))
}

/// Writes every report that was asked for.
pub(super) fn write(
    args: &CheckArgs,
    shown: &Shown<Outcome>,
    options: &ReportOptions<'_>,
) -> anyhow::Result<()> {
    let plain = ReportOptions { rules: options.rules, ..ReportOptions::default() };
    let plain = ReportOptions { undecided: options.undecided, ..plain };
    for file in args.output_file.iter().filter(|it| !it.is_stdout()) {
        let mut text = Vec::new();
        let format = file.format.unwrap_or(args.format);
        report::write(&mut text, format, shown, &plain)?;
        discover::write(&file.path, &text)
            .with_context(|| format!("cannot write `{}`", file.path.display()))?;
    }
    if args.format == Format::Github {
        job_summary(&report::job_summary(shown, &plain))?;
    }
    // Last: when nobody reads it, the files are there.
    let to_stdout = args.output_file.iter().filter(|it| it.is_stdout());
    for file in to_stdout.clone() {
        let format = file.format.unwrap_or(args.format);
        report::write(&mut streams::report_stdout(), format, shown, options)?;
    }
    // A file without a format of its own is the report that would go to standard output.
    let is_own = to_stdout.count() == 0 && args.output_file.iter().all(|it| it.format.is_some());
    if is_own {
        let mut out = streams::report_stdout();
        match args.statistics {
            true => report::statistics(&mut out, args.format, shown, options)?,
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
        let slip = OutputFile::parse("sarf=opslint.sarif");
        assert_eq!(slip, Err("there is no format `sarf`; did you mean `sarif`?".to_owned()));
    }
}
