//! Tables with a header: `kubectl top`, `kubectl get events`, and those of processes.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::envelope::Line;
use crate::number::{bytes, words};
use crate::sample::{Event, Incident, Of, Sample, Sink, Source, Subject};
use crate::time;

use super::State;
use super::processes::{self, Columns};

/// What the columns of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// `NAME CPU(cores) MEMORY(bytes)`, with the places of the name and the memory.
    Top { name: usize, memory: usize },
    /// `LAST SEEN  TYPE  REASON  OBJECT  MESSAGE`: the reason stands behind the type.
    Events,
    /// A table of processes.
    Processes(Columns),
}

/// Words that are in the headers of the tables that are known.
static MARKS: LazyLock<[Finder<'_>; 3]> = LazyLock::new(|| {
    [Finder::new(b"PID"), Finder::new(b"MEMORY(bytes)"), Finder::new(b"LAST SEEN")]
});

/// Reads a header or a row below one.
pub(super) fn read(state: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    if let Some(stamp) = time::iso(line.text)
        && stamp.len == line.text.len()
    {
        // `date` in front of a table: when all of its rows were.
        finish(state, sink);
        state.table_time = Some(stamp.time);
        return Some(state.table.map_or(Source::Ps, source));
    }
    let line = &Line { time: line.time.or(state.table_time), ..*line };
    if let Some(table) = header(line.text) {
        finish(state, sink);
        state.table = Some(table);
        return Some(source(table));
    }
    let table = state.table?;
    let row = words(line.text);
    let read = match table {
        Table::Top { name, memory } => read_top(row, name, memory, line, sink),
        Table::Events => read_event(row, line, sink),
        Table::Processes(columns) => processes::read(state, columns, line, sink),
    };
    read.map(|()| source(table))
}

/// Hands on what is only known at the end of a table.
pub(super) fn finish(state: &mut State, sink: &mut dyn Sink) {
    if let Some(Table::Processes(columns)) = state.table {
        processes::finish(state, columns, sink);
    }
}

fn source(table: Table) -> Source {
    match table {
        Table::Top { .. } => Source::KubectlTop,
        Table::Events => Source::Kubernetes,
        Table::Processes(columns) => columns.source,
    }
}

/// The table that a line is the header of.
fn header(text: &[u8]) -> Option<Table> {
    // Nearly all lines are none, and looking for one word is faster than taking them apart.
    if !MARKS.iter().any(|it| it.find(text).is_some()) {
        return None;
    }
    let columns: Vec<&[u8]> = words(text).take(24).collect();
    let place = |name: &[u8]| columns.iter().position(|it| *it == name);
    if let Some(memory) = place(b"MEMORY(bytes)") {
        // With --containers, the pod stands in front of the container.
        let name = place(b"POD").or_else(|| place(b"NAME"))?;
        return Some(Table::Top { name, memory });
    }
    if columns.starts_with(&[b"LAST", b"SEEN", b"TYPE", b"REASON", b"OBJECT"]) {
        return Some(Table::Events);
    }
    processes::header(text).map(Table::Processes)
}

/// A row of `kubectl top pods`.
fn read_top<'a>(
    row: impl Iterator<Item = &'a [u8]>,
    name: usize,
    memory: usize,
    line: &Line<'_>,
    sink: &mut dyn Sink,
) -> Option<()> {
    let row: Vec<&[u8]> = row.take(8).collect();
    let name = std::str::from_utf8(row.get(name)?).ok()?;
    let event = Event::Memory(Of::Instance, bytes(row.get(memory)?)?);
    let subject = Subject::Container(name);
    sink.take(Sample { source: Source::KubectlTop, subject, time: line.time, event });
    Some(())
}

/// A row of `kubectl get events`: `5m  Warning  BackOff  pod/web-0  …`.
fn read_event<'a>(
    row: impl Iterator<Item = &'a [u8]>,
    line: &Line<'_>,
    sink: &mut dyn Sink,
) -> Option<()> {
    let row: Vec<&[u8]> = row.take(6).collect();
    let kind = row.iter().position(|it| matches!(*it, b"Warning" | b"Normal"))?;
    let (reason, object) = (*row.get(kind + 1)?, *row.get(kind + 2)?);
    let Some(pod) = object.strip_prefix(b"pod/") else { return Some(()) };
    let incident = match reason {
        b"OOMKilling" => Incident::MemoryKilled,
        b"BackOff" => Incident::Restarted,
        _ => return Some(()),
    };
    let subject = Subject::Container(std::str::from_utf8(pod).ok()?);
    let event = Event::Incident(incident, 1);
    sink.take(Sample { source: Source::Kubernetes, subject, time: line.time, event });
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_lines;
    use super::*;

    #[test]
    fn kubectl_top_tells_the_memory_of_pods() {
        check_lines(
            "NAME                  CPU(cores)   MEMORY(bytes)
web-6d8f7c9b4-x2x9z   5m           1Mi",
            Source::KubectlTop,
            &[r#"kubectl-top Container("web-6d8f7c9b4-x2x9z")  Memory(Instance, 1048576.0)"#],
        );
        check_lines(
            "2026-11-28T15:00:00Z POD   NAME   CPU(cores)   MEMORY(bytes)
2026-11-28T15:00:00Z web-0   app   5m    2Mi",
            Source::KubectlTop,
            &[r#"kubectl-top Container("web-0") 2026-11-28T15:00:00Z Memory(Instance, 2097152.0)"#],
        );
    }

    #[test]
    fn events_tell_the_reason() {
        check_lines(
            "LAST SEEN   TYPE      REASON      OBJECT      MESSAGE
5m          Warning   BackOff     pod/web-0   Back-off restarting failed container
5m          Normal    Pulled      pod/web-0   OOMKilling",
            Source::Kubernetes,
            &[r#"kubernetes Container("web-0")  Incident(Restarted, 1)"#],
        );
    }
}
