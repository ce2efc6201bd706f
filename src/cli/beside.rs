//! What `opslint check` reads and writes beside the report.

use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::fix::counted;
use super::{CheckArgs, streams};
use crate::analysis::Checked;
use crate::discover::{self, Disk, StdinFile, shown_path};
use crate::report::Ink;

/// The files on disk, one of them perhaps replaced by standard input.
pub(super) fn disk(args: &CheckArgs) -> anyhow::Result<Disk> {
    let disk = Disk::here()?;
    let Some(name) = &args.stdin_filename else { return Ok(disk.with_checked(&args.paths)) };
    let disk = disk.with_checked(std::slice::from_ref(name));
    let mut bytes = Vec::new();
    let most = discover::BYTES_MAX;
    let mut input = io::stdin().lock().take(most + 1);
    input.read_to_end(&mut bytes).context("cannot read standard input")?;
    if bytes.len() as u64 > most {
        bail!("standard input is larger than {} MB, the most that opslint reads", most >> 20);
    }
    let Ok(text) = discover::decode(bytes) else {
        bail!("standard input is not UTF-8 text");
    };
    let path = shown_path(disk.base(), name);
    Ok(disk.with_stdin(Some(StdinFile { path, text })))
}

/// Writes the baseline that was asked for, and says what it holds.
pub(super) fn write_baseline(
    args: &CheckArgs,
    disk: &Disk,
    checked: &Checked,
) -> anyhow::Result<()> {
    let Some((path, text)) = &checked.new_baseline else { return Ok(()) };
    if disk.leads_out(Path::new(path)) {
        bail!("cannot write `{path}`: a link there leads out of the project");
    }
    discover::write(Path::new(path), text.as_bytes())
        .with_context(|| format!("cannot write `{path}`"))?;
    let known = counted(checked.outcome.known, "known diagnostic", "known diagnostics");
    if !args.quiet {
        streams::say_styled(&format!("wrote {path}: {known}\n"), Ink::Plain);
    }
    Ok(())
}

/// Says which of the files that were named nobody reads.
pub(super) fn say_passed_over(args: &CheckArgs, checked: &Checked) {
    // An editor asks about every buffer, and expects nothing of most.
    if !args.quiet && args.stdin_filename.is_none() {
        for path in &checked.passed_over {
            streams::say("warning", &format!("no project here reads `{path}`: it is not checked"));
        }
    }
}
