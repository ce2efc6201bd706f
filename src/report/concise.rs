//! One line for each diagnostic: `path:line:col: severity[rule] message`.

use std::io;

use super::position::Positions;
use crate::diagnostic::Outcome;
use crate::source::SourceMap;

/// Writes one line for each diagnostic.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
) -> io::Result<()> {
    let positions = Positions::new(sources);
    for it in &outcome.diagnostics {
        let place = positions.place(it.primary.span);
        writeln!(out, "{place}: {}[{}] {}", it.severity.name(), it.rule, it.message)?;
    }
    Ok(())
}
