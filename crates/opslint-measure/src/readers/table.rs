//! Tables with a header: `kubectl top`, `kubectl get events`, `ps`, `smem`.

use crate::envelope::Line;
use crate::number::{bytes, decimal, words};
use crate::sample::{Event, Incident, Of, Sample, Sink, Source, Subject};

use crate::time;

use super::State;

/// What the columns of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// `NAME CPU(cores) MEMORY(bytes)`, with the places of the name and the memory.
    Top { name: usize, memory: usize },
    /// `LAST SEEN  TYPE  REASON  OBJECT  MESSAGE`: the reason stands behind the type.
    Events,
    /// A table of processes, with the places of the id, the memory and the command.
    Processes { source: Source, id: usize, memory: usize, command: usize },
}

/// Programs that no web app runs as, but that any table of processes has.
const TOOLS: &[&str] = &["ps", "smem", "top", "sh", "bash", "sleep", "awk", "sed", "ssh", "sshd"];

/// Reads a header or a row below one.
pub(super) fn read(state: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    if let Some(stamp) = time::iso(line.text)
        && stamp.len == line.text.len()
    {
        // `date` in front of a table: when all of its rows were.
        state.table_time = Some(stamp.time);
        return Some(state.table.map_or(Source::Ps, source));
    }
    let line = &Line { time: line.time.or(state.table_time), ..*line };
    if let Some(table) = header(line.text) {
        state.table = Some(table);
        return Some(source(table));
    }
    let table = state.table?;
    let row = words(line.text);
    let read = match table {
        Table::Top { name, memory } => read_top(row, name, memory, line, sink),
        Table::Events => read_event(row, line, sink),
        Table::Processes { source, id, memory, command } => {
            read_process(line, sink, source, [id, memory, command])
        }
    };
    read.map(|()| source(table))
}

fn source(table: Table) -> Source {
    match table {
        Table::Top { .. } => Source::KubectlTop,
        Table::Events => Source::Kubernetes,
        Table::Processes { source, .. } => source,
    }
}

/// The table that a line is the header of.
fn header(text: &[u8]) -> Option<Table> {
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
    let id = place(b"PID")?;
    let command = place(b"COMMAND").or_else(|| place(b"CMD")).or_else(|| place(b"Command"))?;
    // The proportional size counts shared pages once; the resident size counts them each time.
    if let Some(memory) = place(b"PSS") {
        let memory = columns.len() - memory;
        return Some(Table::Processes { source: Source::Smem, id, memory, command });
    }
    let memory = place(b"RSS").or_else(|| place(b"RSZ"))?;
    Some(Table::Processes { source: Source::Ps, id, memory, command })
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

/// A row of `ps` or `smem`: one process of the operating system.
fn read_process(
    line: &Line<'_>,
    sink: &mut dyn Sink,
    source: Source,
    [id, memory, command]: [usize; 3],
) -> Option<()> {
    let row: Vec<&[u8]> = words(line.text).take(64).collect();
    let id = std::str::from_utf8(row.get(id)?).ok()?;
    decimal(id.as_bytes())?;
    // In a table of smem, the command stands in front of the numbers and has spaces in it, so that
    // the columns behind it are counted from the end.
    let memory = match source {
        Source::Smem => *row.get(row.len().checked_sub(memory)?)?,
        _ => *row.get(memory)?,
    };
    // Both print KiB, where no unit is asked for.
    let size = match decimal(memory) {
        Some(kib) => kib * 1024.0,
        None => bytes(memory)?,
    };
    let program = row.get(command)?.rsplit(|it| *it == b'/').next()?;
    let is_tool = TOOLS.iter().any(|it| it.as_bytes() == program);
    // Kernel threads have no memory.
    if size > 0.0 && !is_tool {
        let program = std::str::from_utf8(program).ok()?.trim_end_matches(':');
        let (subject, event) = (Subject::Perhaps(program, id), Event::Memory(Of::Worker, size));
        sink.take(Sample { source, subject, time: line.time, event });
    }
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

    #[test]
    fn tables_of_processes_tell_the_memory_of_each() {
        check_lines(
            "USER   PID %CPU %MEM    VSZ   RSS TTY STAT START   TIME COMMAND
app      7  0.0  0.5  30000  1000 ?   S    15:00   0:00 gunicorn: worker [shop]
app      8  0.0  0.5  30000  1000 ?   R    15:00   0:00 ps aux",
            Source::Ps,
            &[r#"ps Perhaps("gunicorn", "7")  Memory(Worker, 1024000.0)"#],
        );
        check_lines(
            "2026-11-28T15:00:00Z
  PID   RSS COMMAND
    7  1000 /app/bin/celery -A shop worker",
            Source::Ps,
            &[r#"ps Perhaps("celery", "7") 2026-11-28T15:00:00Z Memory(Worker, 1024000.0)"#],
        );
        check_lines(
            "  PID User     Command                         Swap      USS      PSS      RSS
    7 app      /usr/bin/python3 /usr/bin/gunic        0     1000     1500     2000",
            Source::Smem,
            &[r#"smem Perhaps("python3", "7")  Memory(Worker, 1536000.0)"#],
        );
    }
}
