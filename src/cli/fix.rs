//! `opslint check --fix` and `--diff`: what is fixed is written, or shown.

use std::collections::HashSet;
use std::io::Write as _;

use anyhow::bail;

use super::{CheckArgs, ExitStatus, streams};
use crate::analysis::{Analysis, Applied, Checked, Selection};
use crate::diagnostic::Diagnostic;
use crate::discover::{self, Disk, Exchange};
use crate::fix::Safety;
use crate::fixes::unified_without;
use crate::nearest::nearest;
use crate::report::{Ink, Wire};
use crate::secret::Secrets;

/// Fixes files, says how many, and gives what is left to be said.
pub(super) fn run(
    analysis: &mut Analysis,
    disk: &Disk,
    args: &CheckArgs,
) -> anyhow::Result<Checked> {
    if args.stdin_filename.is_some() {
        bail!(
            "--fix writes files, and --stdin-filename names one that is not to be written; use --diff"
        );
    }
    let applied = apply(analysis, args)?;
    let exchanges: Vec<Exchange<'_>> = applied
        .changed
        .iter()
        .map(|(shown, it)| Exchange { shown, old: &it.old, new: &it.new })
        .collect();
    // Nothing is written before all is known to be writable.
    discover::exchange(disk, &exchanges, "nothing was fixed")?;
    let fixed: usize = applied.fixed.values().sum();
    if fixed > 0 && !args.quiet {
        let problems = counted(fixed, "problem", "problems");
        let files = counted(applied.changed.len(), "file", "files");
        streams::say_styled(&format!("fixed {problems} in {files}\n"), Ink::Plain);
    }
    say_what_is_left(&applied, args);
    Ok(applied.left)
}

/// Says that fixes were left out because they change what runs, so that silence is no riddle.
fn say_what_is_left(applied: &Applied, args: &CheckArgs) {
    if args.unsafe_fixes || args.quiet {
        return;
    }
    let is_chosen = |it: &&Diagnostic| args.fix_only.is_empty() || args.fix_only.contains(&it.rule);
    let is_open = |it: &&Diagnostic| it.fixes.iter().any(|it| it.safety == Safety::Unsafe);
    let left = &applied.left.outcome.diagnostics;
    let open = left.iter().filter(is_chosen).filter(is_open).count();
    let text = match (open, applied.changed.is_empty()) {
        (0, true) => "nothing to fix\n".to_owned(),
        (0, false) => return,
        (open, _) => {
            let problems = counted(open, "problem has a fix", "problems have fixes");
            let verb = if open == 1 { "changes" } else { "change" };
            format!("{problems} that {verb} what runs: `--unsafe-fixes` includes them\n")
        }
    };
    streams::say_styled(&text, Ink::Plain);
}

/// Prints what would be fixed.
pub(super) fn diff(analysis: &mut Analysis, args: &CheckArgs) -> anyhow::Result<ExitStatus> {
    let applied = apply(analysis, args)?;
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    let secrets: &Secrets = &applied.left.outcome.secrets;
    let mut left_out = Vec::new();
    for (path, it) in &applied.changed {
        // With stars in the place of a secret, nobody could apply the difference.
        let starred = [&it.old, &it.new].map(|it| secrets.starred(path, it));
        let lines = [(&it.old, &starred[0]), (&it.new, &starred[1])];
        let lines = lines.iter().flat_map(|(plain, starred)| plain.lines().zip(starred.lines()));
        let hidden: HashSet<&str> = lines.filter(|(a, b)| a != b).map(|it| it.0).collect();
        let is_hidden = |line: &str| !args.secrets.show_secrets && hidden.contains(line);
        let (diff, parts) = unified_without(path, &it.old, &it.new, is_hidden);
        left_out.extend((parts > 0).then(|| (path, counted(parts, "part", "parts"))));
        out.write_all(diff.as_bytes())?;
    }
    out.flush()?;
    for (path, parts) in left_out {
        let text = format!(
            "{parts} of the change to {path} would show a secret: `--fix` makes it, and \
             `--show-secrets` shows it"
        );
        streams::say("warning", &text);
    }
    say_what_is_left(&applied, args);
    Ok(match (applied.left.broken().is_empty(), applied.changed.is_empty()) {
        (false, _) => ExitStatus::Failure,
        (true, false) => ExitStatus::Found,
        (true, true) => ExitStatus::Clean,
    })
}

fn apply(analysis: &mut Analysis, args: &CheckArgs) -> anyhow::Result<Applied> {
    for rule in &args.fix_only {
        let ids = || analysis.setup().policy.rules.iter().map(|it| it.id.as_ref());
        if ids().any(|it| it == rule) {
            continue;
        }
        match nearest(rule, ids()) {
            Some(near) => bail!("there is no rule `{rule}`; did you mean `{near}`?"),
            None => bail!("there is no rule `{rule}`; `opslint rules` lists them"),
        }
    }
    let selection =
        Selection { with_unsafe: args.unsafe_fixes, only: args.fix_only.clone(), files: None };
    let applied = analysis.fix(&args.scope(), &args.judgement()?, &selection)?;
    for it in &applied.refused {
        let text = format!("`{}` would change more of {} than it says", it.title, it.path);
        streams::say("warning", &text);
    }
    Ok(applied)
}

/// A number with its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
