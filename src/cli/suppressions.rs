//! `opslint suppressions`: arguments → analysis → what is allowed somewhere.

use std::io::Write as _;

use crate::analysis::{Analysis, Judgement, Options, Scope};
use crate::discover::Disk;
use crate::policy::config::LOCKED;
use crate::report::{self, Ink, Wire};
use crate::secret::Secrets;
use crate::source::Span;

use super::{ExitStatus, SuppressionsArgs, say_broken, streams};

/// `opslint suppressions`: everything that is allowed somewhere.
pub(super) fn run(args: &SuppressionsArgs) -> anyhow::Result<ExitStatus> {
    let disk = Disk::here()?.with_checked(&args.paths);
    let (paths, config) = (args.paths.clone(), args.config.options()?);
    let analysis = Analysis::open(disk, Options { paths, config, ..Options::default() })?;
    let checked = analysis.check(&Scope::default(), &Judgement::on(args.config.today()?))?;
    say_broken(checked.broken().iter().cloned(), &checked.sources, &Secrets::none_known())?;
    let setup = analysis.setup();
    let own = |rule: &str| setup.policy.rule(rule).map(|it| it.level);
    let locked = checked.outcome.diagnostics.iter().filter(|it| it.rule == LOCKED);
    let refused: Vec<Span> = locked.map(|it| it.primary.span).collect();
    let text = report::suppressions::suppressions(&checked.suppressions, &checked.sources)
        + &report::suppressions::decisions(&setup.config, &checked.sources, &refused, own);
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    out.write_all(text.as_bytes())?;
    out.flush()?;
    let is_broken = !checked.broken().is_empty();
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}
